"""Questions on lab 01: a split in time, and means without a leak."""

import numpy as np
import pandas as pd

from checks.questions.question import Question, recognized_by


def split_by_time(ratings, test_size):
    """(train, test): the newest ratings of all are the test part.

    `test_size` is the test part's share; round to a whole number of rows.
    Both parts keep the index and the columns of `ratings`.
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
    """Some training ratings are newer than some test ratings, so this is not a split
    in time: a random split lets the model learn from the future."""
    test = ratings.sample(n=round(test_size * len(ratings)), random_state=1)
    return ratings.drop(test.index), test


def oldest_as_test(ratings, test_size):
    """The oldest ratings went into the test part. The model would be trained on the
    future and asked about the past: turn it round."""
    in_time = ratings.sort_values("timestamp", kind="stable")
    n_test = round(test_size * len(ratings))
    return in_time.iloc[n_test:], in_time.iloc[:n_test]


def split_in_file_order(ratings, test_size):
    """The split follows the order of the rows, and the rows are not sorted by time.
    Sort by `timestamp` first."""
    n_train = len(ratings) - round(test_size * len(ratings))
    return ratings.iloc[:n_train], ratings.iloc[n_train:]


def train_keeps_the_test_rows(ratings, test_size):
    """The test rows are still in the training part: the model would be examined on
    what it has seen. The two parts must be disjoint."""
    return ratings, split_by_time(ratings, test_size)[1]


def sizes_swapped(ratings, test_size):
    """`test_size` was used as the share of the training part."""
    return split_by_time(ratings, 1 - test_size)


def parts_in_the_other_order(ratings, test_size):
    """The parts are right and come in the wrong order: return (train, test)."""
    train, test = split_by_time(ratings, test_size)
    return test, train


def index_made_new(ratings, test_size):
    """The rows are right, but their index was made new, so nobody can say which rating
    a row was. Leave out `reset_index` and `ignore_index`."""
    in_time = ratings.sort_values("timestamp", ignore_index=True)
    return split_by_time(in_time, test_size)


def newest_of_each_user(ratings, test_size):
    """This takes the newest ratings of each user. Then one user's training ratings can
    be newer than another's test ratings: the question wants the newest of all."""
    parts = [split_by_time(rows, test_size) for _, rows in ratings.groupby("user_id")]
    trains, tests = zip(*parts, strict=True)
    return pd.concat(trains), pd.concat(tests)


def _split_cases(seed):
    draw = np.random.default_rng(seed)
    return [
        (_random_ratings(draw, n), share)
        for n, share in ((10, 0.2), (45, 0.3), (60, 0.1))
    ]


def _random_ratings(draw, n, n_users=8, n_items=9):
    """A table of `n` ratings in no order, with an index that is not 0, 1, 2, …"""
    return pd.DataFrame(
        {
            "user_id": draw.integers(1, n_users + 1, size=n) * 10,
            "item_id": draw.integers(1, n_items + 1, size=n) * 7,
            "rating": draw.integers(1, 6, size=n).astype(float),
            "timestamp": draw.permutation(np.arange(n) * 60 + 880_000_000),
        },
        index=draw.permutation(np.arange(n) + 100),
    )


def predict_item_means(train, test):
    """A prediction for each row of `test`, as an array.

    It is the mean of the film's ratings in `train`; for a film without any,
    the mean of all ratings in `train`.
    """
    means = train.groupby("item_id")["rating"].mean()
    overall = train["rating"].mean()
    return test["item_id"].map(means).fillna(overall).to_numpy()


def means_over_test_too(train, test):
    """The means contain the test ratings, which is what is to be predicted. Compute
    them from `train` alone."""
    means = pd.concat([train, test]).groupby("item_id")["rating"].mean()
    return test["item_id"].map(means).to_numpy()


def mean_over_empty_cells(train, test):
    """The sums were divided by the number of users, so each missing rating counts as
    zero stars. Divide by the number of ratings that exist."""
    table = train.pivot_table(
        index="user_id", columns="item_id", values="rating", fill_value=0
    )
    means = table.sum() / train["user_id"].nunique()
    return test["item_id"].map(means).fillna(train["rating"].mean()).to_numpy()


def unseen_film_is_missing(train, test):
    """A film that has no training rating got NaN. It needs the overall mean."""
    means = train.groupby("item_id")["rating"].mean()
    return test["item_id"].map(means).to_numpy()


def unseen_film_is_zero(train, test):
    """A film that has no training rating got 0, which is not even on the scale. It
    needs the overall mean."""
    means = train.groupby("item_id")["rating"].mean()
    return test["item_id"].map(means).fillna(0).to_numpy()


def mean_of_the_user(train, test):
    """These are the users' means. The question asks about the films."""
    means = train.groupby("user_id")["rating"].mean()
    return test["user_id"].map(means).fillna(train["rating"].mean()).to_numpy()


def mean_of_the_means(train, test):
    """The fallback is the mean of the films' means, in which a film with one rating
    counts as much as one with a thousand. Take the mean over all ratings."""
    means = train.groupby("item_id")["rating"].mean()
    return test["item_id"].map(means).fillna(means.mean()).to_numpy()


def fallback_over_test_too(train, test):
    """The films' means are right, but the overall mean for the others contains the test
    ratings. Take it from `train` alone too."""
    overall = pd.concat([train, test])["rating"].mean()
    means = train.groupby("item_id")["rating"].mean()
    return test["item_id"].map(means).fillna(overall).to_numpy()


def unseen_film_looked_up(train, test):
    """A film that has no training rating has no mean to look up. It needs the overall
    mean."""
    means = train.groupby("item_id")["rating"].mean()
    return np.array([means[film] for film in test["item_id"]])


def _item_mean_cases(seed):
    draw = np.random.default_rng(seed)
    cases = []
    for n_train, n_test in ((20, 8), (40, 10), (70, 30)):
        train = _random_ratings(draw, n_train)
        train = train.drop_duplicates(["user_id", "item_id"])
        test = _random_ratings(draw, n_test)
        test.loc[test.index[0], "item_id"] = 999
        cases.append((train, test))
    return cases


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
        ),
    ),
    Question(
        "q04",
        predict_item_means,
        _item_mean_cases,
        (
            means_over_test_too,
            mean_over_empty_cells,
            unseen_film_is_missing,
            unseen_film_is_zero,
            mean_of_the_user,
            mean_of_the_means,
            fallback_over_test_too,
            unseen_film_looked_up,
        ),
    ),
)
