"""For authors: the questions on sparsity and on rows for raw ids, from lab 01."""

import numpy as np

from checks.comparing import plain
from checks.questions.question import Question, recognized_by


def sparsity(n_users, n_items, n_ratings):
    """The share of the rating matrix that is empty, between 0 and 1."""
    cells = n_users * n_items
    return 1 - n_ratings / cells


def density_for_sparsity(n_users, n_items, n_ratings):
    """This is the density, the filled share. Sparsity is the share that is empty."""
    return n_ratings / (n_users * n_items)


def percentage_for_share(n_users, n_items, n_ratings):
    """This is a percentage. The question asks for a share between 0 and 1."""
    return 100 * (1 - n_ratings / (n_users * n_items))


def number_of_empty_cells(n_users, n_items, n_ratings):
    """This is the number of empty cells. Divide it by the number of all cells to get a
    share."""
    return n_users * n_items - n_ratings


def cells_by_adding(n_users, n_items, n_ratings):
    """A matrix with m rows and n columns has m · n cells, not m + n."""
    return 1 - n_ratings / (n_users + n_items)


def division_to_whole_numbers(n_users, n_items, n_ratings):
    """`//` rounds down to a whole number, so a share below 1 becomes 0. Divide with
    `/`."""
    return 1 - n_ratings // (n_users * n_items)


def brackets_forgotten(n_users, n_items, n_ratings):
    """`a / b * c` divides by b and then multiplies by c. Put the number of cells in
    brackets: `n_ratings / (n_users * n_items)`."""
    return 1 - n_ratings / n_users * n_items


def sign_reversed(n_users, n_items, n_ratings):
    """The sign is reversed: subtract the filled share from 1."""
    return n_ratings / (n_users * n_items) - 1


def percentage_of_the_density(n_users, n_items, n_ratings):
    """This is the filled share, as a percentage. The question asks for the empty share,
    between 0 and 1."""
    return 100 * n_ratings / (n_users * n_items)


def rows_in_place_of_cells(n_users, n_items, n_ratings):
    """This divides by the number of users. Each rating fills one cell, and there are m
    · n cells."""
    return 1 - n_ratings / n_users


def text_for_number(n_users, n_items, n_ratings):
    """This is a string. Return the number, and format it where you print it."""
    return f"{1 - n_ratings / (n_users * n_items):.1%}"


def rounded_share(n_users, n_items, n_ratings):
    """The formula is right, but the result was rounded. Return it as it is, and round
    it where you print it."""
    return round(1 - n_ratings / (n_users * n_items), 2)


def _sparsity_cases(seed):
    draw = np.random.default_rng(seed)
    sizes = draw.integers(5, 400, size=(3, 2))
    return [(int(m), int(n), int(draw.integers(1, m * n))) for m, n in sizes]


def _sparsity_edges():
    return [
        ("", (4, 5, 6)),
        ("", (943, 1682, 100_000)),
        ("where every cell is filled", (3, 2, 6)),
        ("where no cell is filled", (7, 9, 0)),
        ("where only a few of many cells are empty", (100, 267, 26_690)),
    ]


def encode(train_ids, new_ids):
    """The row of each of `new_ids`, as an array of integers.

    Rows are counted from 0 in the sorted order of the distinct `train_ids`.
    An id that is not in the training data gets -1.
    """
    known = sorted(set(train_ids))
    row_of = {raw: row for row, raw in enumerate(known)}
    return np.array([row_of.get(raw, -1) for raw in new_ids])


def raw_id_as_row(train_ids, new_ids):
    """Raw ids are names, not row numbers: they have gaps and may start anywhere. Number
    the distinct training ids 0, 1, 2, … first."""
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
    """The rows follow the order in which the ids appear. The question asks for their
    sorted order, so that shuffling the ratings does not change the table."""
    row_of = {raw: row for row, raw in enumerate(dict.fromkeys(train_ids))}
    return np.array([row_of.get(raw, -1) for raw in new_ids])


def repeated_ids_counted(train_ids, new_ids):
    """An id that occurs several times was counted several times, which leaves gaps
    between the rows. Number the distinct ids: `sorted(set(train_ids))`."""
    row_of = {raw: row for row, raw in enumerate(sorted(train_ids))}
    return np.array([row_of.get(raw, -1) for raw in new_ids])


def row_of_the_next_id(train_ids, new_ids):
    """An unknown id got the row of the next larger one: that is what `searchsorted`
    returns. Compare the id at that position with the one you looked up, and mark
    unknown ids with -1."""
    return np.searchsorted(np.unique(train_ids), new_ids)


def unknown_id_looked_up(train_ids, new_ids):
    """The table has no entry for an id that is not in the training data. Such an id is
    not an error: it gets -1, as from `row_of.get(raw, -1)`."""
    row_of = {raw: row for row, raw in enumerate(sorted(set(train_ids)))}
    return np.array([row_of[raw] for raw in new_ids])


def _encoded(train_ids, new_ids, unknown):
    row_of = {raw: row for row, raw in enumerate(sorted(set(train_ids)))}
    return [row_of.get(raw, unknown) for raw in new_ids]


def _holds_none(given, train_ids, new_ids):
    return any(row is None for row in list(given))


@recognized_by(_holds_none)
def unknown_becomes_none(train_ids, new_ids):
    """`get(raw)` returns None for an id that is not in the table. The second argument
    is what it returns instead: `get(raw, -1)`."""
    return np.array(_encoded(train_ids, new_ids, None))


def unknown_becomes_nan(train_ids, new_ids):
    """An unknown id got NaN, which is not a row number and turns all the others into
    decimal numbers. Mark it with -1."""
    return np.array(_encoded(train_ids, new_ids, np.nan))


def unknown_gets_the_next_row(train_ids, new_ids):
    """All unknown ids got the row after the last one, as if they were a single new id.
    Mark them with -1."""
    return np.array(_encoded(train_ids, new_ids, len(set(train_ids))))


def unknown_ids_left_out(train_ids, new_ids):
    """The unknown ids were left out, so nobody can tell which row belongs to which id.
    Return one row for each of `new_ids`: -1 for an unknown one."""
    return np.array([row for row in encode(train_ids, new_ids) if row >= 0])


def sorted_new_ids(train_ids, new_ids):
    """The rows are in the order of the sorted new ids. Keep the order in which
    `new_ids` come."""
    return encode(train_ids, sorted(new_ids))


def training_ids_encoded(train_ids, new_ids):
    """These are the rows of the training ids. The question asks for those of
    `new_ids`."""
    return encode(train_ids, train_ids)


def _encode_cases(seed):
    draw = np.random.default_rng(seed)
    cases = []
    for size in (6, 15, 40):
        ids = draw.choice(np.arange(5, 2000), size=size + 4, replace=False)
        known, between = ids[4:], ids[:4]  # strangers of any size
        train = [*known, *draw.choice(known, size=2 * size)]
        fresh = [*known[:4], *between, int(ids.max()) + 7]
        train, fresh = draw.permutation(train), draw.permutation(fresh)
        cases.append((train.tolist(), fresh.tolist()))
    return cases


def _encode_edges():
    return [
        ("", ([70, 20, 20, 90], [20, 90, 55])),
        ("", ([8, 3, 5], [3, 5, 8])),
        ("", ([30, 10, 20, 10], [40, 5, 15, 30, 20])),
        (
            "where the ids have different numbers of digits",
            ([9, 100, 10, 2, 99], [2, 9, 10, 99, 100]),
        ),
        ("where there is only one training id", ([7], [7, 6, 8])),
        ("where all the new ids are unknown", ([4, 6], [5, 9])),
        ("where a new id comes twice", ([4, 6, 9], [9, 4, 9, 1, 1])),
    ]


def columns_in_place_of_cells(n_users, n_items, n_ratings):
    """This divides by the number of movies. Each rating fills one cell, and there are m
    · n cells."""
    return 1 - n_ratings / n_items


def empty_over_filled(n_users, n_items, n_ratings):
    """This divides the empty cells by the filled ones. A share divides by all cells."""
    cells = n_users * n_items
    return (cells - n_ratings) / n_ratings if n_ratings else float("inf")


def cells_over_ratings(n_users, n_items, n_ratings):
    """The fraction is upside down: divide the ratings by the cells."""
    cells = n_users * n_items
    return 1 - cells / n_ratings if n_ratings else float("-inf")


def filled_over_empty(n_users, n_items, n_ratings):
    """This divides the filled cells by the empty ones. The question asks for the empty
    cells as a share of all."""
    empty = n_users * n_items - n_ratings
    return n_ratings / empty if empty else float("inf")


def sorted_as_text(train_ids, new_ids):
    """The ids were sorted as text, where "100" comes before "9". Sort them as
    numbers."""
    known = sorted(set(map(str, train_ids)))
    row_of = {raw: row for row, raw in enumerate(known)}
    return np.array([row_of.get(str(raw), -1) for raw in new_ids])


def order_of_a_set(train_ids, new_ids):
    """The rows follow the order of a `set`, which is no order at all. Sort the distinct
    ids first: `sorted(set(train_ids))`."""
    row_of = {raw: row for row, raw in enumerate(set(train_ids))}
    return np.array([row_of.get(raw, -1) for raw in new_ids])


def descending_ids(train_ids, new_ids):
    """The ids were numbered from the largest to the smallest. Sort them in ascending
    order."""
    known = sorted(set(train_ids), reverse=True)
    row_of = {raw: row for row, raw in enumerate(known)}
    return np.array([row_of.get(raw, -1) for raw in new_ids])


def _are_decimal(given, train_ids, new_ids):
    given = np.asarray(plain(given))
    return given.dtype.kind == "f" and np.array_equal(given, encode(train_ids, new_ids))


@recognized_by(_are_decimal)
def decimal_rows(train_ids, new_ids):
    """The rows are right, but they are decimal numbers, which cannot index a table (NaN
    on the way makes them so). Return whole numbers: `.astype(int)`."""
    return encode(train_ids, new_ids).astype(float)


def rows_from_one_and_zero_for_unknown(train_ids, new_ids):
    """Rows are counted from 0, and here from 1, with 0 for an unknown id. Subtract 1
    from all of them."""
    return encode(train_ids, new_ids) + 1


def only_larger_ids_unknown(train_ids, new_ids):
    """Only ids beyond the largest training id got -1. An unknown id can also lie
    between the others: compare the id at the position found with the one you look
    for."""
    known = np.unique(train_ids)
    rows = np.searchsorted(known, new_ids)
    return np.where(rows < len(known), rows, -1)


def yes_or_no_for_rows(train_ids, new_ids):
    """This says whether an id is known. The question asks for its row."""
    return np.isin(new_ids, train_ids)


def unknown_ids_keep_their_number(train_ids, new_ids):
    """An unknown id was returned as it came. Mark it with -1."""
    rows = encode(train_ids, new_ids)
    return np.where(rows < 0, new_ids, rows)


def first_place_in_the_list(train_ids, new_ids):
    """`index` gives the place of an id in the list of ratings, where ids come several
    times and in no order. Number the distinct ids: `sorted(set(train_ids))`."""
    return np.array([train_ids.index(i) if i in train_ids else -1 for i in new_ids])


def first_place_in_sorted_ids(train_ids, new_ids):
    """The ids are sorted, but one that comes several times was counted several times,
    which leaves gaps. Number the distinct ids: `sorted(set(train_ids))`."""
    known = sorted(train_ids)
    return np.array([known.index(i) if i in known else -1 for i in new_ids])


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
            division_to_whole_numbers,
            rounded_share,
            brackets_forgotten,
            sign_reversed,
            percentage_of_the_density,
            rows_in_place_of_cells,
            text_for_number,
            columns_in_place_of_cells,
            empty_over_filled,
            cells_over_ratings,
            filled_over_empty,
        ),
        edges=_sparsity_edges,
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
            repeated_ids_counted,
            row_of_the_next_id,
            unknown_id_looked_up,
            unknown_becomes_none,
            unknown_becomes_nan,
            unknown_gets_the_next_row,
            unknown_ids_left_out,
            sorted_new_ids,
            training_ids_encoded,
            sorted_as_text,
            order_of_a_set,
            descending_ids,
            decimal_rows,
            rows_from_one_and_zero_for_unknown,
            only_larger_ids_unknown,
            yes_or_no_for_rows,
            unknown_ids_keep_their_number,
            first_place_in_the_list,
            first_place_in_sorted_ids,
        ),
        edges=_encode_edges,
    ),
)
