"""Ways to part ratings into train and test, each with a report of what it leaks.

Every part keeps the rows' own index and their order in `ratings`; the parts are
disjoint and together they are `ratings`. Time splits sort by (timestamp, user_id,
item_id), so ties are broken by id and the order of the rows does not matter. Random
splits are decided by `seed` and by the order of the rows.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from .split_reports import (
    SplitReport,
    check_columns,
    check_ratings,
    split_report,
    unseen,
)

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

    Raises `ValueError` for a `test_size` outside (0, 1), for a table without one of the
    columns, and for fewer than 2 ratings.
    """
    check_ratings(ratings)
    _check_share(test_size)
    shuffled = np.random.default_rng(seed).permutation(len(ratings))
    return _hold_out(ratings, shuffled[: _count(test_size, len(ratings))])


def train_test_split_by_time(
    ratings, test_size: float = 0.2, per_user: bool = False
) -> Split:
    """Hold out the newest share: of all ratings, or of each user's own.

    The global split is a forecast, and mostly a cold-start test. With `per_user` a
    user's training part is rounded down, so that everyone with two or more ratings is
    tested; a user's only rating trains. Other users' future still leaks in. Raises
    `ValueError` as `train_test_split_random` does, and where nobody has two ratings.
    """
    check_ratings(ratings)
    _check_share(test_size)
    if not per_user:
        oldest_first = _time_order(ratings)
        return _hold_out(ratings, oldest_first[-_count(test_size, len(ratings)) :])
    users = ratings["user_id"].to_numpy()
    times, items = ratings["timestamp"].to_numpy(), ratings["item_id"].to_numpy()
    order = np.lexsort((items, times, users))
    # Without the 1e-9, (1 - 0.3) * 90 would be 62.99…99 and rounded down to 62.
    n_train = np.floor((1 - test_size) * _group_sizes(users) + 1e-9)
    return _hold_out(ratings, _after_first(n_train, users, order))


def split_by_time_quantiles(ratings, shares=(0.75, 0.15, 0.10)) -> ThreeWaySplit:
    """Cut the time line twice: the oldest share trains, the newest tests.

    Raises `ValueError` for `shares` that are not three positive numbers of sum 1, for a
    table without one of the columns, and for fewer than 3 ratings.
    """
    check_ratings(ratings, at_least=3)
    shares = tuple(shares)
    if len(shares) != 3 or min(shares) <= 0 or not np.isclose(sum(shares), 1):
        raise ValueError(
            f"The shares of train, validation and test are {shares}; three positive "
            "numbers that add up to 1 are needed, for example (0.75, 0.15, 0.10)."
        )
    n = len(ratings)
    train_end = np.clip(round(shares[0] * n), 1, n - 2)
    validation_end = np.clip(round((shares[0] + shares[1]) * n), train_end + 1, n - 1)
    part = np.empty(n, dtype=np.int8)
    part[_time_order(ratings)] = np.repeat(
        [0, 1, 2], [train_end, validation_end - train_end, n - validation_end]
    )
    train, validation, test = (ratings[part == k] for k in range(3))
    return ThreeWaySplit(train, validation, test, split_report(train, test))


def official_folds(ratings) -> list[Split]:
    """The five published folds u1 to u5 of ML-100K, in order.

    Fold i tests on the i-th block of 20,000 lines of `u.data`. The file is not in
    random order (u1 tests on users 1 to 462 only), so these are not random folds.
    Raises `ValueError` for any other table, and for this one in another order.
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

    Raises `ValueError` for `n_folds` below 2 or above the number of ratings, and for a
    table without one of the columns.
    """
    check_ratings(ratings)
    if not 2 <= n_folds <= len(ratings):
        raise ValueError(
            f"n_folds={n_folds} was asked of {len(ratings):,} ratings; give at least "
            "2 folds, and no more than there are ratings."
        )
    shuffled = np.random.default_rng(seed).permutation(len(ratings))
    return [_hold_out(ratings, part) for part in np.array_split(shuffled, n_folds)]


def stratified_by_item_split(ratings, test_size: float = 0.25, seed: int = 0) -> Split:
    """Hold out a random share of each movie's ratings.

    The protocol of the benchmark in Microsoft's Recommenders: a movie with n ratings
    keeps round((1 - test_size) n) of them for training, so popular and obscure
    movies lose the same share and every movie stays in training. Raises `ValueError`
    as `train_test_split_random` does, and where no movie has a rating to spare.
    """
    check_ratings(ratings)
    _check_share(test_size)
    items = ratings["item_id"].to_numpy()
    order = np.lexsort((np.random.default_rng(seed).random(len(items)), items))
    n_train = np.rint((1 - test_size) * _group_sizes(items))
    return _hold_out(ratings, _after_first(n_train, items, order))


def drop_cold(train, *others) -> tuple[pd.DataFrame, ...]:
    """`(train, *others)`, the others without rows of users or movies not in train.

    Dropping cold rows makes a test easier and a score incomparable with one that
    kept them: say so wherever the score is printed. Raises `ValueError` for an empty
    `train`, and for a table without one of the columns.
    """
    check_ratings(train, at_least=1)
    warm = []
    for other in others:
        check_columns(other)
        cold = unseen(train, other, "user_id") | unseen(train, other, "item_id")
        warm.append(other[~cold])
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


def _time_order(ratings) -> np.ndarray:
    keys = ("item_id", "user_id", "timestamp")  # lexsort: the last key decides first
    return np.lexsort([ratings[key].to_numpy() for key in keys])


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
