"""For authors: the question on a split in time, from lab 01."""

import math

import numpy as np
import pandas as pd

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
        for n, share in ((10, 0.2), (46, 0.3), (44, 0.3), (60, 0.1))
    ]


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
        ),
    ),
)
