"""Is the difference real? Paired intervals, and a bootstrap that resamples users.

For students.
"""

from dataclasses import dataclass

import numpy as np

from .ratings import as_vector, residuals


@dataclass(frozen=True)
class PairedDifference:
    """Mean of a - b with its interval; a was better in `wins` of the `n` pairs."""

    mean: float
    low: float
    high: float
    n: int
    wins: int
    level: float

    def __str__(self) -> str:
        return (
            f"{self.mean:+.4f}, {self.level:.0%} interval {self.low:+.4f} to "
            f"{self.high:+.4f}, better in {self.wins} of {self.n}"
        )


@dataclass(frozen=True)
class Interval:
    """An estimate with the interval that resampling `n_groups` groups gives."""

    estimate: float
    low: float
    high: float
    level: float
    n_groups: int

    def __str__(self) -> str:
        return (
            f"{self.estimate:.4f}, {self.level:.0%} interval {self.low:.4f} to "
            f"{self.high:.4f} over {self.n_groups:,} users"
        )


def paired_difference(
    a,
    b,
    level: float = 0.95,
    lower_is_better: bool = True,
    test_train_ratio: float = 0.0,
) -> PairedDifference:
    """Student's t interval for the mean of a - b, where a[i] and b[i] share a fold.

    Pairing removes what the folds have in common: some are harder for every model.
    Folds of one data set also share most of their training ratings, so their scores
    are not independent and the plain interval is too narrow. Give `test_train_ratio`
    = n_test / n_train of a fold (0.25 for five folds) for the correction of Nadeau &
    Bengio 2003 (doi:10.1023/A:1024068626366); leave it 0 for independent pairs.

    Raises `ValueError` for fewer than two pairs, for NaN, for a `level` that is not
    between 0 and 1 and for a ratio below zero.

    >>> difference = paired_difference([0.91, 0.93, 0.92], [0.92, 0.95, 0.93])
    >>> print(difference)
    -0.0133, 95% interval -0.0277 to +0.0010, better in 3 of 3
    """
    a, b = as_vector(a, "a"), as_vector(b, "b")
    n = len(a)
    if len(b) != n or n < 2:
        raise ValueError(
            f"{n} scores were given for a and {len(b)} for b; a paired comparison "
            "needs two or more of each, from the same folds in the same order."
        )
    _check_level(level)
    if not 0 <= test_train_ratio < np.inf:
        raise ValueError(
            f"test_train_ratio={test_train_ratio} was given; it is n_test / n_train of "
            "a fold: 0 or more, for example 0.25 for five folds."
        )
    from scipy.special import stdtrit  # here: it would delay the start of every lab

    difference = a - b
    variance = difference.var(ddof=1) * (1 / n + test_train_ratio)
    half = stdtrit(n - 1, (1 + level) / 2) * np.sqrt(variance)
    mean = difference.mean()
    wins = np.count_nonzero(difference < 0 if lower_is_better else difference > 0)
    return PairedDifference(
        float(mean), float(mean - half), float(mean + half), n, int(wins), level
    )


def bootstrap_rmse(
    predicted, actual, users, seed: int = 0, n_resamples: int = 1000, level: float = 0.9
) -> Interval:
    """RMSE with a percentile interval from resampling users, not ratings.

    One user's ratings share that user's quirks, so they are not independent: whole
    users are drawn with replacement (a cluster bootstrap; Davison & Hinkley 1997,
    chapter 3). `users`: the user of each rating, ids or indices, shape (n,).

    >>> actual, users = np.array([5, 3, 4, 1]), [1, 1, 2, 3]
    >>> interval = bootstrap_rmse(actual + 0.5, actual, users, n_resamples=50)
    >>> interval.low, interval.estimate, interval.high, interval.n_groups
    (0.5, 0.5, 0.5, 3)
    """
    return _bootstrap([predicted], actual, users, seed, n_resamples, level)


def bootstrap_rmse_difference(
    predicted_a,
    predicted_b,
    actual,
    users,
    seed: int = 0,
    n_resamples: int = 1000,
    level: float = 0.9,
) -> Interval:
    """RMSE of a minus RMSE of b, both on the same resampled users.

    >>> actual, users = np.array([5, 3, 4, 1]), [1, 1, 2, 3]
    >>> interval = bootstrap_rmse_difference(
    ...     actual + 0.75, actual + 0.5, actual, users, n_resamples=50
    ... )
    >>> interval.low, interval.estimate, interval.high
    (0.25, 0.25, 0.25)
    """
    both = [predicted_a, predicted_b]
    return _bootstrap(both, actual, users, seed, n_resamples, level)


def _bootstrap(predictions, actual, users, seed, n_resamples, level) -> Interval:
    """The RMSE of one model, or the RMSE of the first minus that of the second."""
    squares = [residuals(predicted, actual) ** 2 for predicted in predictions]
    users = np.asarray(users)
    if users.shape != squares[0].shape:
        raise ValueError(
            f"`users` has shape {users.shape} for {len(squares[0]):,} ratings; give "
            "the user of each rating."
        )
    _, group, counts = np.unique(users, return_inverse=True, return_counts=True)
    if len(counts) < 2:
        raise ValueError(
            "All ratings are of one user; a bootstrap over users needs more."
        )
    if n_resamples < 2:
        raise ValueError(f"n_resamples={n_resamples}: an interval needs many more.")
    _check_level(level)

    n = len(counts)
    columns = [*(np.bincount(group, weights=s) for s in squares), counts]
    by_user = np.column_stack(columns)  # (n, models + 1)

    def statistic(sums):
        roots = np.sqrt(sums[..., :-1] / sums[..., -1:])
        return roots[..., 0] - roots[..., 1:].sum(axis=-1)  # of one model, less none

    rng = np.random.default_rng(seed)
    drawn = [  # each user counts as often as drawn
        np.bincount(rng.integers(n, size=n), minlength=n) @ by_user
        for _ in range(n_resamples)
    ]
    tail = (1 - level) / 2
    low, high = np.quantile(statistic(np.array(drawn)), [tail, 1 - tail])
    estimate = statistic(by_user.sum(axis=0))
    return Interval(float(estimate), float(low), float(high), level, n)


def _check_level(level) -> None:
    if not 0 < level < 1:
        raise ValueError(f"level={level} was given; it is a share, for example 0.9.")
