"""Ways to part ratings into train and test, each with a report of what it leaks.

For students. Every part keeps the rows' own index and their order in `ratings`; the
parts are disjoint and together they are `ratings`. Time splits sort by (timestamp,
user_id, item_id), so ties are broken by id and the order of the rows does not matter.
Random splits are decided by `seed` and by the order of the rows.

A table of ratings has the columns `user_id, item_id, rating`; a split by time also
needs `timestamp`, and the others do without. Whatever is lacking is a `ValueError`.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from .columns import check_columns, check_ratings
from .seeds import check_seed
from .split_reports import SplitReport, split_report

FOLD_SIZE = 20_000
LAST_USER_OF_FOLD = (462, 658, 877, 943, 943)  # u.data in file order, and only then


class Split(NamedTuple):
    """A training and a test part, and the report on them."""

    train: pd.DataFrame
    test: pd.DataFrame
    report: SplitReport


class ThreeWaySplit(NamedTuple):
    """Train, validation and test; the report compares test with train alone."""

    train: pd.DataFrame
    validation: pd.DataFrame
    test: pd.DataFrame
    report: SplitReport


def train_test_split_random(ratings, test_size: float = 0.2, seed: int = 0) -> Split:
    """Hold out a random share of the ratings, whoever gave them and whenever.

    Raises `ValueError` for a `test_size` outside (0, 1) and for fewer than 2 ratings.

    >>> ratings = pd.DataFrame({"user_id": [1, 1, 2, 2, 3], "item_id": 7, "rating": 4})
    >>> train, test, report = train_test_split_random(ratings, test_size=0.4, seed=0)
    >>> len(train), len(test)
    (3, 2)
    """
    check_ratings(ratings, at_least=2)
    _check_share(test_size)
    shuffled = np.random.default_rng(check_seed(seed)).permutation(len(ratings))
    return _hold_out(ratings, shuffled[: _count(test_size, len(ratings))])


def train_test_split_by_time(
    ratings, test_size: float = 0.2, per_user: bool = False
) -> Split:
    """Hold out the newest share: of all ratings, or of each user's own.

    The global split is a forecast, and mostly a cold-start test. With `per_user` a
    user's training part is rounded down, so that everyone with two or more ratings is
    tested; a user's only rating trains. Other users' future still leaks in. Raises
    `ValueError` as `train_test_split_random` does, and where nobody has two ratings.

    >>> ratings = pd.DataFrame({"user_id": [1, 1, 2, 2], "item_id": [7, 8, 7, 8],
    ...                         "rating": 4.0, "timestamp": [10, 20, 30, 40]})
    >>> train_test_split_by_time(ratings, 0.5).test["timestamp"].tolist()
    [30, 40]
    >>> split = train_test_split_by_time(ratings, 0.5, per_user=True)
    >>> split.test["timestamp"].tolist()
    [20, 40]
    """
    check_ratings(ratings, "timestamp", at_least=2)
    _check_share(test_size)
    if not per_user:
        newest = _newest(ratings, _count(test_size, len(ratings)))
        return _hold_out(ratings, np.flatnonzero(newest))
    users = ratings["user_id"].to_numpy()
    times, items = ratings["timestamp"].to_numpy(), ratings["item_id"].to_numpy()
    order = np.lexsort((items, times, users))
    # Without the 1e-9, (1 - 0.3) * 90 would be 62.99…99 and rounded down to 62.
    n_train = np.floor((1 - test_size) * _group_sizes(users) + 1e-9)
    return _hold_out(ratings, _after_first(n_train, users, order))


def split_by_time_quantiles(ratings, shares=(0.75, 0.15, 0.10)) -> ThreeWaySplit:
    """Cut the time line twice: the oldest share trains, the newest tests.

    Raises `ValueError` for `shares` that are not three positive numbers of sum 1, and
    for fewer than 3 ratings.

    >>> ratings = pd.DataFrame({"user_id": 1, "item_id": range(20), "rating": 4.0,
    ...                         "timestamp": range(20)})
    >>> *parts, report = split_by_time_quantiles(ratings)
    >>> [len(part) for part in parts]
    [15, 3, 2]
    """
    check_ratings(ratings, "timestamp", at_least=3)
    shares = tuple(shares)
    if len(shares) != 3 or min(shares) <= 0 or not np.isclose(sum(shares), 1):
        raise ValueError(
            f"The shares of train, validation and test are {shares}; three positive "
            "numbers that add up to 1 are needed, for example (0.75, 0.15, 0.10)."
        )
    n = len(ratings)
    train_end = np.clip(round(shares[0] * n), 1, n - 2)
    validation_end = np.clip(round((shares[0] + shares[1]) * n), train_end + 1, n - 1)
    part = _newest(ratings, n - train_end, n - validation_end)
    train, validation, test = (ratings[part == k] for k in range(3))
    return ThreeWaySplit(train, validation, test, split_report(train, test))


def official_folds(ratings) -> list[Split]:
    """The five published folds u1 to u5 of ML-100K, in order.

    Fold i tests on the i-th block of 20,000 lines of `u.data`. The file is not in
    random order (u1 tests on users 1 to 462 only), so these are not random folds.
    Raises `ValueError` for any other table, and for this one in another order.

    >>> ratings = pd.DataFrame({"user_id": [1, 2], "item_id": 7, "rating": 4.0})
    >>> official_folds(ratings)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ValueError: The official folds need the 100,000 ratings of ML-100K ...
    """
    check_ratings(ratings)
    n = len(LAST_USER_OF_FOLD) * FOLD_SIZE
    users = ratings["user_id"].to_numpy()
    if not (
        len(ratings) == n
        and ratings.index.equals(pd.RangeIndex(n))
        and tuple(users.reshape(-1, FOLD_SIZE).max(axis=1)) == LAST_USER_OF_FOLD
    ):
        raise ValueError(
            f"The official folds need the {n:,} ratings of ML-100K in the order of "
            f"its file, index 0 to {n - 1}; these are {len(ratings):,} ratings, or in "
            "another order. Use random_folds(ratings) for other data."
        )
    starts = range(0, n, FOLD_SIZE)
    return [_hold_out(ratings, np.arange(s, s + FOLD_SIZE)) for s in starts]


def random_folds(ratings, n_folds: int = 5, seed: int = 0) -> list[Split]:
    """Random k-fold cross-validation: each rating is tested exactly once.

    Raises `ValueError` for `n_folds` below 2 or above the number of ratings.

    >>> ratings = pd.DataFrame({"user_id": 1, "item_id": range(5), "rating": 4.0})
    >>> [len(fold.test) for fold in random_folds(ratings, n_folds=2, seed=0)]
    [3, 2]
    """
    check_ratings(ratings)
    if not 2 <= n_folds <= len(ratings):
        raise ValueError(
            f"n_folds={n_folds} was asked of {len(ratings):,} ratings; give at least "
            "2 folds, and no more than there are ratings."
        )
    shuffled = np.random.default_rng(check_seed(seed)).permutation(len(ratings))
    return [_hold_out(ratings, part) for part in np.array_split(shuffled, n_folds)]


def stratified_by_item_split(ratings, test_size: float = 0.25, seed: int = 0) -> Split:
    """Hold out a random share of each movie's ratings.

    The protocol of the benchmark in Microsoft's Recommenders: a movie with n ratings
    keeps round((1 - test_size) n) of them for training, so popular and obscure
    movies lose the same share and every movie stays in training. Raises `ValueError`
    as `train_test_split_random` does, and where no movie has a rating to spare.

    >>> ratings = pd.DataFrame({"user_id": range(5), "item_id": [7, 7, 7, 7, 8],
    ...                         "rating": 4.0})
    >>> split = stratified_by_item_split(ratings, test_size=0.25, seed=0)
    >>> split.test["item_id"].tolist()
    [7]
    """
    check_ratings(ratings, at_least=2)
    _check_share(test_size)
    items = ratings["item_id"].to_numpy()
    draws = np.random.default_rng(check_seed(seed)).random(len(items))
    order = np.lexsort((draws, items))
    n_train = np.rint((1 - test_size) * _group_sizes(items))
    return _hold_out(ratings, _after_first(n_train, items, order))


def movies_held_out_split(ratings, share: float = 0.2, seed: int = 0) -> Split:
    """Hold out all ratings of a random share of the movies: nobody has rated those.

    Movies are drawn, not ratings, whatever the number of their ratings; so the share of
    the ratings that is held out varies from draw to draw. Raises `ValueError` for a
    `share` outside (0, 1) and for fewer than 2 movies.

    >>> ratings = pd.DataFrame({"user_id": [1, 1, 2, 2], "item_id": [7, 8, 7, 9],
    ...                         "rating": 4.0})
    >>> train, test, report = movies_held_out_split(ratings, share=0.3, seed=1)
    >>> set(train["item_id"]) & set(test["item_id"]), report.cold_items
    (set(), 1)
    """
    check_ratings(ratings, at_least=2)
    if not 0 < share < 1:
        raise ValueError(
            f"share={share} was given; it is a share of the movies between 0 and 1, "
            "for example 0.2."
        )
    items = np.unique(ratings["item_id"].to_numpy())
    if len(items) < 2:
        raise ValueError(
            "All ratings are of one movie: held out, it leaves nothing to learn from."
        )
    shuffled = np.random.default_rng(seed).permutation(items)
    held_out = ratings["item_id"].isin(shuffled[: _count(share, len(items))])
    return _hold_out(ratings, np.flatnonzero(held_out))


def drop_cold(train, *others) -> tuple[pd.DataFrame, ...]:
    """`(train, *others)`, the others without rows of users or movies not in train.

    Dropping cold rows makes a test easier and a score incomparable with one that
    kept them: say so wherever the score is printed. Raises `ValueError` for an empty
    `train`.

    >>> train = pd.DataFrame({"user_id": [1], "item_id": [7], "rating": [4.0]})
    >>> test = pd.DataFrame({"user_id": [1, 2], "item_id": 7, "rating": 4.0})
    >>> _, warm = drop_cold(train, test)
    >>> warm["user_id"].tolist()
    [1]
    """
    check_ratings(train)
    users, items = train["user_id"].unique(), train["item_id"].unique()
    warm = []
    for other in others:
        check_columns(other)
        known = other["user_id"].isin(users) & other["item_id"].isin(items)
        warm.append(other[known])
    return (train, *warm)


def _hold_out(ratings, test_positions) -> Split:
    in_test = np.zeros(len(ratings), dtype=bool)
    in_test[test_positions] = True
    if not in_test.any():
        raise ValueError(
            "The test part would be empty: no group has enough ratings to spare one. "
            "Give a larger test_size, or more ratings."
        )
    train, test = ratings[~in_test], ratings[in_test]
    return Split(train, test, split_report(train, test))


def _newest(ratings, *counts: int) -> np.ndarray:
    """Of how many of the counts each rating is among the newest, int8 (n,).

    To part them takes a look at all times, and no sort: only the ratings of the second
    in which a cut falls are put in order.
    """
    times = ratings["timestamp"].to_numpy()
    parted = np.partition(times, [-count for count in counts])
    part = np.zeros(len(times), dtype=np.int8)
    for count in counts:
        newest = times > parted[-count]
        same = np.flatnonzero(times == parted[-count])
        users, items = (ratings[key].to_numpy()[same] for key in ("user_id", "item_id"))
        left = count - np.count_nonzero(newest)
        newest[same[np.lexsort((items, users))][-left:]] = True
        part += newest
    return part


def _group_sizes(groups) -> np.ndarray:
    return np.unique(groups, return_counts=True)[1]


def _after_first(n_train, groups, order) -> np.ndarray:
    """Row positions left when each group gives its first `n_train`, at least one, away.

    `order` sorts the rows by group, and within a group as it is to be cut.
    """
    sizes = _group_sizes(groups)
    first = np.cumsum(sizes) - sizes
    rank = np.arange(len(groups)) - np.repeat(first, sizes)
    return order[rank >= np.repeat(np.maximum(n_train, 1), sizes)]


def _count(share, n) -> int:
    return min(max(round(share * n), 1), n - 1)


def _check_share(share) -> None:
    if not 0 < share < 1:
        raise ValueError(
            f"test_size={share} was given; it is a share of the ratings between 0 "
            "and 1, for example 0.2."
        )
