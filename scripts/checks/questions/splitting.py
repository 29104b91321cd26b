"""For authors: the question on a split in time, from lab 01."""

import math

import numpy as np
import pandas as pd

from checks.comparing import difference
from checks.questions.question import Question, recognized_by


def split_by_time(ratings, test_size):
    """(train, test): the newest ratings of all are the test part.

    `test_size` is the test part's share of the rows, rounded to the nearest
    whole number of rows. Both parts keep the index and columns of `ratings`.
    """
    in_time = ratings.sort_values("timestamp", kind="stable")
    n_test = round(test_size * len(ratings))
    n_train = len(ratings) - n_test
    return in_time.iloc[:n_train], in_time.iloc[n_train:]


def _is_split_but_not_in_time(given, ratings, test_size):
    if not (isinstance(given, tuple | list) and len(given) == 2):
        return False
    if not all(isinstance(part, pd.DataFrame) and len(part) for part in given):
        return False
    train, test = given
    disjoint = not set(train.index) & set(test.index)
    mixed = train["timestamp"].max() > test["timestamp"].min()
    return disjoint and mixed and len(test) == round(test_size * len(ratings))


@recognized_by(_is_split_but_not_in_time)
def random_split_called_temporal(ratings, test_size):
    """Some training ratings are newer than some test ratings, so this is not a split in
    time: a random split lets the model learn from the future."""
    test = ratings.sample(n=round(test_size * len(ratings)), random_state=1)
    return ratings.drop(test.index), test


def oldest_as_test(ratings, test_size):
    """The oldest ratings went into the test part. The model would be trained on the
    future and asked about the past: take the newest for the test."""
    in_time = ratings.sort_values("timestamp", kind="stable")
    n_test = round(test_size * len(ratings))
    return in_time.iloc[n_test:], in_time.iloc[:n_test]


def split_in_file_order(ratings, test_size):
    """The split follows the order of the rows, and the rows are not sorted by time.
    Sort by `timestamp` first."""
    n_train = len(ratings) - round(test_size * len(ratings))
    return ratings.iloc[:n_train], ratings.iloc[n_train:]


def train_keeps_the_test_rows(ratings, test_size):
    """The test rows are still in the training part: the model would be tested on what
    it has already seen. The two parts must be disjoint."""
    return ratings, split_by_time(ratings, test_size)[1]


def sizes_swapped(ratings, test_size):
    """`test_size` was used as the share of the training part."""
    return split_by_time(ratings, 1 - test_size)


def parts_in_the_other_order(ratings, test_size):
    """The parts are right but come in the wrong order: return (train, test)."""
    train, test = split_by_time(ratings, test_size)
    return test, train


def index_made_new(ratings, test_size):
    """The rows are right, but they have a new index, so nobody can tell which rating a
    row was. Leave out `reset_index` and `ignore_index`."""
    in_time = ratings.sort_values("timestamp", ignore_index=True)
    return split_by_time(in_time, test_size)


def newest_of_each_user(ratings, test_size):
    """This takes the newest ratings of each user. One user's training ratings can then
    be newer than another's test ratings: the question asks for the newest of all."""
    parts = [split_by_time(rows, test_size) for _, rows in ratings.groupby("user_id")]
    trains, tests = zip(*parts, strict=True)
    return pd.concat(trains), pd.concat(tests)


def cut_by_the_span_of_time(ratings, test_size):
    """This cuts at a share of the time span, not of the ratings: a quiet month holds
    fewer ratings than a busy one. Sort, and count rows."""
    times = ratings["timestamp"]
    cut = times.min() + (1 - test_size) * (times.max() - times.min())
    return ratings[times <= cut], ratings[times > cut]


def test_part_rounded_down(ratings, test_size):
    """The test part is one row short: `int` cuts off everything after the decimal
    point. Round to the nearest whole number: `round(test_size * len(ratings))`."""
    n_train = len(ratings) - int(test_size * len(ratings))
    in_time = ratings.sort_values("timestamp")
    return in_time.iloc[:n_train], in_time.iloc[n_train:]


def test_part_rounded_up(ratings, test_size):
    """The test part has one row too many: it was rounded up, or the training part was
    rounded down. Round to the nearest whole number: `round(test_size *
    len(ratings))`."""
    n_train = len(ratings) - math.ceil(test_size * len(ratings))
    in_time = ratings.sort_values("timestamp")
    return in_time.iloc[:n_train], in_time.iloc[n_train:]


def _split_cases(seed):
    draw = np.random.default_rng(seed)
    return [
        (random_ratings(draw, n), share)
        for n, share in ((10, 0.2), (46, 0.3), (44, 0.35))
    ]


def _split_edges():
    draw = np.random.default_rng(7)
    tied = random_ratings(draw, 12)
    tied["timestamp"] = 880_000_000 + 60 * (draw.permutation(12) // 3)
    return [
        (
            "where 0.1 of 14 rows, 1.4, are rounded to one",
            (random_ratings(draw, 14), 0.1),
        ),
        (
            "where 0.3 of 9 rows, 2.7, are rounded to three",
            (random_ratings(draw, 9), 0.3),
        ),
        ("where the test part is empty", (random_ratings(draw, 7), 0.05)),
        ("where the training part is empty", (random_ratings(draw, 3), 0.9)),
        ("where ratings have the same time", (tied, 0.4)),
    ]


def _is_equal_but_for_ties(given, expected, ratings, test_size):
    """True for the same times in either part: ratings of one time are alike."""
    train, test = given
    whole = pd.concat([train, test])
    times = [sorted(part["timestamp"]) for part in (*given, *expected)]
    return (
        times[:2] == times[2:]
        and not difference(whole, ratings)
        and set(whole.columns) == set(ratings.columns)
    )


def same_parts(given, expected):
    """As `difference`, but a part must not have more columns than it should."""
    if found := difference(given, expected):
        return found
    if not isinstance(expected, tuple):
        return ""
    for part, wanted in zip(given, expected, strict=True):
        more = [name for name in part.columns if name not in wanted.columns]
        if more:
            return f"the column {more[0]!r} is new"
    return ""


def random_ratings(draw, n, n_users=8, n_items=9):
    """A table of `n` ratings in no order, with an index that is not 0, 1, 2, …

    The gaps between the times are uneven: half of the time is not half of the rows.
    """
    gaps = 60 + (1000 * draw.exponential(size=n) ** 3).astype(int)
    return pd.DataFrame(
        {
            "user_id": draw.integers(1, n_users + 1, size=n) * 10,
            "item_id": draw.integers(1, n_items + 1, size=n) * 7,
            "rating": draw.integers(1, 6, size=n).astype(float),
            "timestamp": draw.permutation(gaps.cumsum() + 880_000_000),
        },
        index=draw.permutation(np.arange(n) + 100),
    )


def share_not_read(ratings, test_size):
    """The test part is a fifth of the rows, whatever `test_size` says. Use the
    argument."""
    return split_by_time(ratings, 0.2)


def cut_at_a_quantile(ratings, test_size):
    """This cuts at a quantile of the times. It lies between two rows, so the number of
    test rows is not the rounded one. Sort, and count rows."""
    times = ratings["timestamp"]
    cut = times.quantile(1 - test_size)
    return ratings[times <= cut], ratings[times > cut]


def cut_at_a_quantile_that_is_tested(ratings, test_size):
    """This cuts at a quantile of the times and puts the ratings at it into the test
    part, so the number of test rows is not the rounded one. Sort, and count rows."""
    times = ratings["timestamp"]
    cut = times.quantile(1 - test_size)
    return ratings[times < cut], ratings[times >= cut]


def minus_zero_rows(ratings, test_size):
    """Where the test part has no rows, `[-0:]` is the whole table, because -0 is 0. Cut
    at `len(ratings) - n_test`."""
    in_time = ratings.sort_values("timestamp", kind="stable")
    n_test = round(test_size * len(ratings))
    return in_time.iloc[:-n_test], in_time.iloc[-n_test:]


def sorted_by_user_first(ratings, test_size):
    """The rows were sorted by user before the time. The newest of all are asked for:
    sort by `timestamp` alone."""
    n_train = len(ratings) - round(test_size * len(ratings))
    in_order = ratings.sort_values(["user_id", "timestamp"])
    return in_order.iloc[:n_train], in_order.iloc[n_train:]


def test_part_alone(ratings, test_size):
    """This is only the test part. Return both: (train, test)."""
    return split_by_time(ratings, test_size)[1]


def a_column_is_new(ratings, test_size):
    """The parts have a column that `ratings` does not have. They keep its columns: drop
    what you added."""
    in_time = ratings.assign(order=ratings["timestamp"].rank(method="first"))
    return split_by_time(in_time, test_size)


QUESTIONS = (
    Question(
        "q03",
        split_by_time,
        _split_cases,
        (
            random_split_called_temporal,
            oldest_as_test,
            split_in_file_order,
            train_keeps_the_test_rows,
            sizes_swapped,
            parts_in_the_other_order,
            index_made_new,
            newest_of_each_user,
            cut_by_the_span_of_time,
            test_part_rounded_down,
            test_part_rounded_up,
            share_not_read,
            cut_at_a_quantile,
            cut_at_a_quantile_that_is_tested,
            minus_zero_rows,
            sorted_by_user_first,
            test_part_alone,
            a_column_is_new,
        ),
        differ=same_parts,
        edges=_split_edges,
        equal=_is_equal_but_for_ties,
        parts=("the training part", "the test part"),
    ),
)
