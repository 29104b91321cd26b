"""Questions on lab 01: sparsity, ids, splits, and means without a leak."""

import numpy as np
import pandas as pd

from checks.questions.question import Question, recognized_by


def sparsity(n_users, n_items, n_ratings):
    """The share of the rating matrix that is empty, between 0 and 1."""
    cells = n_users * n_items
    return 1 - n_ratings / cells


def density_for_sparsity(n_users, n_items, n_ratings):
    """This is the density, the filled share. Sparsity is the share that is empty."""
    return n_ratings / (n_users * n_items)


def percentage_for_share(n_users, n_items, n_ratings):
    """This is a percentage. The question wants a share between 0 and 1."""
    return 100 * (1 - n_ratings / (n_users * n_items))


def number_of_empty_cells(n_users, n_items, n_ratings):
    """This counts the empty cells. Divide by the number of all cells for a share."""
    return n_users * n_items - n_ratings


def cells_by_adding(n_users, n_items, n_ratings):
    """A matrix with m rows and n columns has m · n cells, not m + n."""
    return 1 - n_ratings / (n_users + n_items)


def _sparsity_cases(seed):
    draw = np.random.default_rng(seed)
    sizes = draw.integers(5, 400, size=(3, 2))
    some = [(int(m), int(n), int(draw.integers(1, m * n))) for m, n in sizes]
    return [(4, 5, 6), *some, (943, 1682, 100_000), (3, 2, 6), (7, 9, 0)]


def encode(train_ids, new_ids):
    """The row of each of `new_ids`, as an array of integers.

    Rows are counted from 0 in the sorted order of the distinct `train_ids`.
    An id that the training data does not know gets -1.
    """
    known = sorted(set(train_ids))
    row_of = {raw: row for row, raw in enumerate(known)}
    return np.array([row_of.get(raw, -1) for raw in new_ids])


def raw_id_as_row(train_ids, new_ids):
    """Raw ids are names, not row numbers: they have gaps and start anywhere.
    Number the distinct training ids 0, 1, 2, … first."""
    return np.array(new_ids)


def raw_id_minus_one(train_ids, new_ids):
    """Subtracting 1 works only if the ids run 1, 2, 3, … without a gap. These do not:
    build a table from id to row."""
    return np.array(new_ids) - 1


def rows_from_one(train_ids, new_ids):
    """Every row is too large by one: rows are counted from 0. With k ids the last row
    is k - 1, and row k does not exist."""
    rows = encode(train_ids, new_ids)
    return np.where(rows < 0, -1, rows + 1)


def fitted_on_test_too(train_ids, new_ids):
    """The new ids were numbered as well. At training time nobody knows them: build the
    table from the training ids only, and mark the others with -1."""
    return encode([*train_ids, *new_ids], new_ids)


def unknown_becomes_row_zero(train_ids, new_ids):
    """An unknown id got row 0, which belongs to somebody else. Mark it with -1."""
    return np.maximum(encode(train_ids, new_ids), 0)


def numbered_by_appearance(train_ids, new_ids):
    """The rows follow the order in which ids appear. The question wants their sorted
    order, so that shuffling the ratings does not change the table."""
    row_of = {raw: row for row, raw in enumerate(dict.fromkeys(train_ids))}
    return np.array([row_of.get(raw, -1) for raw in new_ids])


def _encode_cases(seed):
    draw = np.random.default_rng(seed)
    cases = []
    for size in (6, 15, 40):
        known = draw.choice(np.arange(50, 900), size=size, replace=False)
        train = draw.choice(known, size=3 * size)
        strangers = draw.choice(np.arange(1000, 2000), size=3, replace=False)
        fresh = draw.permutation([*train[:4], *strangers])
        cases.append((train.tolist(), fresh.tolist()))
    return [([70, 20, 20, 90], [20, 90, 55]), *cases, ([8, 3, 5], [3, 5, 8])]


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
        "q01",
        sparsity,
        _sparsity_cases,
        (
            density_for_sparsity,
            percentage_for_share,
            number_of_empty_cells,
            cells_by_adding,
        ),
    ),
    Question(
        "q02",
        encode,
        _encode_cases,
        (
            raw_id_as_row,
            raw_id_minus_one,
            rows_from_one,
            fitted_on_test_too,
            unknown_becomes_row_zero,
            numbered_by_appearance,
        ),
    ),
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
        ),
    ),
)
