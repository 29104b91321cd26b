"""For authors: the small exercises of lab 01, "Your turn"."""

import numpy as np
import pandas as pd

from checks.questions.question import Question


def share_of_most_rated(counts, k):
    """The share of all ratings that the `k` most rated movies hold.

    `counts` has the number of ratings of each movie, in any order. A share is
    a number from 0 to 1.
    """
    most_first = np.sort(counts)[::-1]
    return most_first[:k].sum() / most_first.sum()


def least_rated_movies(counts, k):
    """These are the `k` least rated movies: `np.sort` begins with the smallest. Turn
    the order round with `[::-1]`, or take the last `k`."""
    return np.sort(counts)[:k].sum() / np.sum(counts)


def first_movies_of_the_list(counts, k):
    """These are the first `k` movies as they come. The counts are in no particular
    order: sort them first."""
    return np.sum(counts[:k]) / np.sum(counts)


def count_in_place_of_share(counts, k):
    """This is the number of ratings of those movies. Divide it by the number of all
    ratings to get a share."""
    return np.sort(counts)[::-1][:k].sum()


def percentage_in_place_of_share(counts, k):
    """This is a percentage. The function returns a share from 0 to 1."""
    return 100 * share_of_most_rated(counts, k)


def one_movie_alone(counts, k):
    """This is the share of one movie, the one in place `k`. Add up all from the most
    rated to that one: a slice, `[:k]`."""
    most_first = np.sort(counts)[::-1]
    return most_first[min(k, len(counts)) - 1] / most_first.sum()


def share_of_the_movies(counts, k):
    """This is the share that they have among the movies. The question is which share of
    the ratings they hold: add up counts."""
    return k / len(counts)


def one_movie_too_many(counts, k):
    """One movie too many: the slice `[:k]` has `k` values already."""
    return share_of_most_rated(counts, k + 1)


def one_movie_too_few(counts, k):
    """One movie too few. A slice ends before its end: `[:k]` holds places 0 to k - 1,
    which are `k` values."""
    return share_of_most_rated(counts, k - 1)


def compared_with_the_rest(counts, k):
    """This divides by the ratings of the other movies. Divide by those of all."""
    share = share_of_most_rated(counts, k)
    return share / (1 - share) if share < 1 else np.inf


def _share_cases(seed):
    draw = np.random.default_rng(seed)
    sizes = (4, 3), (7, 2), (30, 10)
    return [(draw.geometric(0.05, size=n), k) for n, k in sizes]


def _share_edges():
    return [
        ("", (np.array([1, 6, 2, 1]), 2)),
        ("where `k` is the number of movies", (np.array([3, 1, 8]), 3)),
        ("where `k` is 1", (np.array([2, 2, 5, 1]), 1)),
    ]


def back_to_raw(train_ids, rows):
    """The raw id of each of `rows`, as an array; -1 stays -1.

    Row r belongs to number r of the sorted distinct `train_ids`, counted
    from 0.
    """
    raw_of = np.array(sorted(set(train_ids)))
    rows = np.array(rows)
    return np.where(rows < 0, -1, raw_of[rows])


def last_id_for_a_stranger(train_ids, rows):
    """Where the row is -1 the result is the last id: Python counts -1 from the end. No
    error tells you. Such a row stands for a stranger, and the result must be -1."""
    return np.array(sorted(set(train_ids)))[np.array(rows)]


def first_id_for_a_stranger(train_ids, rows):
    """Where the row is -1 the result is the id of row 0, which is somebody else. The
    result there must be -1."""
    return back_to_raw(train_ids, np.maximum(rows, 0))


def ids_as_they_come(train_ids, rows):
    """The list from row to id is in the order in which the ids come. Rows follow their
    sorted order: `sorted(set(train_ids))`."""
    raw_of = np.array(list(dict.fromkeys(train_ids)))
    return np.where(np.array(rows) < 0, -1, raw_of[np.array(rows)])


def ids_that_come_twice(train_ids, rows):
    """An id that occurs twice stands in the list from row to id twice, and all later
    ones are moved. Make them distinct with `set` first."""
    raw_of = np.array(sorted(train_ids))
    return np.where(np.array(rows) < 0, -1, raw_of[np.array(rows)])


def strangers_left_out(train_ids, rows):
    """The rows that are -1 were left out, so the result no longer lines up with `rows`.
    Return one id for each of `rows`, and -1 for -1."""
    raw = back_to_raw(train_ids, rows)
    return raw[raw >= 0]


def rows_as_they_are(train_ids, rows):
    """These are the rows themselves. Look each one up in the list from row to id."""
    return np.array(rows)


def ids_one_row_late(train_ids, rows):
    """Every id is that of the row before: rows are counted from 0, as places in a list
    are, so subtract nothing."""
    moved = np.where(np.array(rows) > 0, np.array(rows) - 1, rows)
    return back_to_raw(train_ids, moved)


def _raw_cases(seed):
    draw = np.random.default_rng(seed)
    cases = []
    for size in (4, 9, 25):
        ids = draw.choice(np.arange(3, 900), size=size, replace=False)
        train = draw.permutation([*ids, *ids[: size // 2]])
        rows = draw.permutation([*range(size), -1, -1])
        cases.append((train.tolist(), rows.tolist()))
    return cases


def _raw_edges():
    return [
        ("", ([40, 7, 300, 7, 12], [0, 3, -1, 1])),
        ("where no row is -1", ([9, 5, 2], [2, 2, 0])),
        ("where every row is -1", ([4, 6], [-1, -1])),
    ]


def leave_one_out(ratings):
    """(train, test): the newest rating of each user is the test.

    All others are training. Among ratings of one user in the same second, the
    one with the larger `item_id` counts as newer.
    """
    in_order = ratings.sort_values(["timestamp", "item_id"])
    test = in_order.groupby("user_id").tail(1)
    return ratings.drop(test.index), test


def _split_off(ratings, labels):
    return ratings.drop(labels), ratings.loc[labels]


def oldest_rating_hidden(ratings):
    """This hides the oldest rating of each user. `tail(1)` takes the last row of each
    group, `head(1)` the first."""
    in_order = ratings.sort_values(["timestamp", "item_id"])
    return _split_off(ratings, in_order.groupby("user_id").head(1).index)


def last_row_of_the_file(ratings):
    """This hides the row that stands last in the table, which need not be the newest.
    Sort by `timestamp` first."""
    return _split_off(ratings, ratings.groupby("user_id").tail(1).index)


def tie_left_to_the_file(ratings):
    """Sorted by time alone, a tie is left in the order of the file, and another file
    with the same ratings gives another test. Sort by `["timestamp", "item_id"]`."""
    in_order = ratings.sort_values("timestamp", kind="stable")
    return _split_off(ratings, in_order.groupby("user_id").tail(1).index)


def first_of_a_tie(ratings):
    """In a tie the row that stands first in the table was taken, as `idxmax` does, and
    another order of the file gives another test. The larger `item_id` is newer."""
    labels = ratings.groupby("user_id")["timestamp"].idxmax()
    return _split_off(ratings, labels)


def tie_the_wrong_way_round(ratings):
    """In a tie the smaller `item_id` was taken for the newer one. Sort both columns
    upwards, and take the last row of each user."""
    in_order = ratings.sort_values(
        ["timestamp", "item_id"], ascending=[True, False], kind="stable"
    )
    return _split_off(ratings, in_order.groupby("user_id").tail(1).index)


def newest_of_all(ratings):
    """As many ratings are hidden as there are users, but the newest of the whole table:
    that is a global split. Take one for each user, with `groupby("user_id")`."""
    in_order = ratings.sort_values(["timestamp", "item_id"])
    return _split_off(ratings, in_order.tail(ratings["user_id"].nunique()).index)


def newest_of_each_movie(ratings):
    """This hides the newest rating of each movie. The groups are the users:
    `groupby("user_id")`."""
    in_order = ratings.sort_values(["timestamp", "user_id"])
    return _split_off(ratings, in_order.groupby("item_id").tail(1).index)


def test_rows_in_training_too(ratings):
    """The training part still holds the test ratings. Take them out, with
    `ratings.drop(test.index)`."""
    return ratings, leave_one_out(ratings)[1]


def parts_exchanged(ratings):
    """The two parts are exchanged: return the training part first."""
    return leave_one_out(ratings)[::-1]


def _table(rows, draw):
    columns = ["user_id", "item_id", "rating", "timestamp"]
    table = pd.DataFrame(rows, columns=columns)
    order = draw.permutation(len(table))
    return table.iloc[order].reset_index(drop=True)


def _split_cases(seed):
    draw = np.random.default_rng(seed)
    cases = []
    for n_users in (3, 6):
        rows = []
        for user in draw.choice(90, size=n_users, replace=False) + 1:
            items = draw.choice(99, size=6, replace=False) + 1
            # From one second to the next, and three ratings in the last one.
            seconds = 1000 * draw.integers(1, 9) + np.array([0, 1, 2, 5, 5, 5])
            stars = draw.integers(1, 6, size=6).astype(float)
            rows += zip([int(user)] * 6, items, stars, seconds, strict=True)
        cases.append((_table(rows, draw),))
    return cases


def _split_edges():
    columns = ["user_id", "item_id", "rating", "timestamp"]
    # The newest stands between the two that are tied with it, and not at the end.
    tied = [(1, 5, 3.0, 9), (1, 8, 2.0, 9), (2, 3, 4.0, 6), (1, 2, 4.0, 9)]
    tied += [(2, 7, 1.0, 4), (1, 6, 5.0, 3)]
    single = [(1, 4, 3.0, 20), (2, 4, 5.0, 10), (1, 9, 2.0, 15)]
    labels = [(8, 2, 4.0, 7), (5, 3, 1.0, 9), (8, 1, 2.0, 8), (5, 6, 5.0, 2)]
    return [
        ("", (pd.DataFrame(tied, columns=columns),)),
        ("where a user has only one rating", (pd.DataFrame(single, columns=columns),)),
        (
            "where the rows do not have the labels 0, 1, 2, …",
            (pd.DataFrame(labels, [40, 3, 17, 8], columns),),
        ),
    ]


QUESTIONS = (
    Question(
        "y011",
        share_of_most_rated,
        _share_cases,
        (
            least_rated_movies,
            first_movies_of_the_list,
            count_in_place_of_share,
            percentage_in_place_of_share,
            one_movie_alone,
            share_of_the_movies,
            one_movie_too_many,
            one_movie_too_few,
            compared_with_the_rest,
        ),
        edges=_share_edges,
    ),
    Question(
        "y012",
        back_to_raw,
        _raw_cases,
        (
            last_id_for_a_stranger,
            first_id_for_a_stranger,
            ids_as_they_come,
            ids_that_come_twice,
            strangers_left_out,
            rows_as_they_are,
            ids_one_row_late,
        ),
        edges=_raw_edges,
    ),
    Question(
        "y013",
        leave_one_out,
        _split_cases,
        (
            oldest_rating_hidden,
            last_row_of_the_file,
            tie_left_to_the_file,
            first_of_a_tie,
            tie_the_wrong_way_round,
            newest_of_all,
            newest_of_each_movie,
            test_rows_in_training_too,
            parts_exchanged,
        ),
        edges=_split_edges,
        parts=("train", "test"),
    ),
)
