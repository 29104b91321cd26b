"""Is the difference real? Paired intervals, and a bootstrap that resamples users."""

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

    Raises `ValueError` for fewer than two pairs, for NaN, for a `level` that is no
    share and for a ratio below zero.
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
    predicted, actual, users, generator, n_resamples: int = 1000, level: float = 0.9
) -> Interval:
    """RMSE with a percentile interval from resampling users, not ratings.

    One user's ratings share that user's quirks, so they are not independent: whole
    users are drawn with replacement (a cluster bootstrap; Davison & Hinkley 1997,
    chapter 3). `users`: ids or indices, shape (n,). `generator`: numpy's.
    """
    squares = residuals(predicted, actual)[:, None] ** 2
    samples = _resampled_rmse(squares, users, generator, n_resamples)
    estimate = np.sqrt(squares.mean())
    return _interval(estimate, samples[:, 0], users, level)


def bootstrap_rmse_difference(
    predicted_a,
    predicted_b,
    actual,
    users,
    generator,
    n_resamples: int = 1000,
    level: float = 0.9,
) -> Interval:
    """RMSE of a minus RMSE of b, both on the same resampled users."""
    squares = np.stack(
        [residuals(predicted, actual) ** 2 for predicted in (predicted_a, predicted_b)],
        axis=1,
    )
    samples = _resampled_rmse(squares, users, generator, n_resamples)
    a, b = np.sqrt(squares.mean(axis=0))
    return _interval(a - b, samples[:, 0] - samples[:, 1], users, level)


def _resampled_rmse(squares, users, generator, n_resamples) -> np.ndarray:
    """RMSEs of shape (n_resamples, models) from squared errors (n, models)."""
    users = np.asarray(users)
    if users.shape != (len(squares),):
        raise ValueError(
            f"`users` has shape {users.shape} for {len(squares):,} ratings; give the "
            "user of each rating."
        )
    if n_resamples < 2:
        raise ValueError(f"n_resamples={n_resamples}: an interval needs many more.")
    _, group = np.unique(users, return_inverse=True)
    columns = [*squares.T, np.ones(len(squares))]
    by_user = np.stack([np.bincount(group, weights=c) for c in columns], axis=1)
    n_users = len(by_user)
    if n_users < 2:
        raise ValueError(
            "All ratings are of one user; a bootstrap over users needs more."
        )
    sums = np.stack(
        [
            by_user[generator.integers(n_users, size=n_users)].sum(axis=0)
            for _ in range(n_resamples)
        ]
    )
    return np.sqrt(sums[:, :-1] / sums[:, -1:])


def _interval(estimate, samples, users, level) -> Interval:
    _check_level(level)
    low, high = np.quantile(samples, [(1 - level) / 2, (1 + level) / 2])
    n_groups = len(np.unique(np.asarray(users)))
    return Interval(float(estimate), float(low), float(high), level, n_groups)


def _check_level(level) -> None:
    if not 0 < level < 1:
        raise ValueError(f"level={level} was given; it is a share, for example 0.9.")
