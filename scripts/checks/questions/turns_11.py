"""For authors: the small exercises of lab 11, "Your turn"."""

import torch

from checks.questions.question import Question


def bytes_per_step(n_users, n_items, k, batch, sparse):
    """Bytes that one step of Adam moves in the tables of users and movies.

    Each row has k numbers of 4 bytes. For each number Adam reads the weight,
    its gradient and two running means, and writes the weight and the means:
    7 numbers. It visits every row or, where `sparse` is True, only rows that
    the batch looks up: at most one user and one movie for each rating.
    """
    rows = n_users + n_items
    if sparse:
        rows = min(batch, n_users) + min(batch, n_items)
    return 7 * 4 * k * rows


def _moved(rows, k):
    return 7 * 4 * k * rows


def numbers_for_bytes(n_users, n_items, k, batch, sparse):
    """These are numbers, not yet bytes: each float32 has 4 bytes."""
    return bytes_per_step(n_users, n_items, k, batch, sparse) // 4


def weights_alone(n_users, n_items, k, batch, sparse):
    """Only the weights were counted. For each of them Adam reads four numbers and
    writes three: 7 in all."""
    return bytes_per_step(n_users, n_items, k, batch, sparse) // 7


def reads_alone(n_users, n_items, k, batch, sparse):
    """Only the four numbers that are read were counted. Three are written as well."""
    return bytes_per_step(n_users, n_items, k, batch, sparse) // 7 * 4


def doubles(n_users, n_items, k, batch, sparse):
    """You counted 8 bytes for each number. A float32 has 32 bits, which are 4 bytes."""
    return bytes_per_step(n_users, n_items, k, batch, sparse) * 2


def users_alone(n_users, n_items, k, batch, sparse):
    """The table of movies is missing: there are two tables."""
    return _moved(min(batch, n_users) if sparse else n_users, k)


def every_cell(n_users, n_items, k, batch, sparse):
    """The rows of the two tables were multiplied. A factorization has n_users + n_items
    rows, and that is its whole point."""
    if sparse:
        return bytes_per_step(n_users, n_items, k, batch, sparse)
    return _moved(n_users * n_items, k)


def always_every_row(n_users, n_items, k, batch, sparse):
    """`sparse` changes nothing in your answer. Where it is True, only the rows that the
    batch looks up are visited."""
    return _moved(n_users + n_items, k)


def never_every_row(n_users, n_items, k, batch, sparse):
    """Where `sparse` is False, Adam visits all rows, whatever the batch looks up."""
    return bytes_per_step(n_users, n_items, k, batch, True)


def more_rows_than_there_are(n_users, n_items, k, batch, sparse):
    """A batch may hold more ratings than a table has rows, and cannot look up more rows
    than there are: take `min(batch, n_users)`, and the same for the movies."""
    return _moved(2 * batch if sparse else n_users + n_items, k)


def one_row_for_a_rating(n_users, n_items, k, batch, sparse):
    """A rating looks up two rows, its user's and its movie's. Count the two tables one
    by one."""
    rows = n_users + n_items
    return _moved(min(batch, rows) if sparse else rows, k)


def _bytes_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    cases = []
    for sparse in (False, True, False, True, True):
        n_users, n_items, k, batch = (
            int(torch.randint(low, high, (), generator=draw))
            for low, high in ((40, 90), (10, 30), (2, 9), (32, 39))
        )
        cases.append((n_users, n_items, k, batch, sparse))
    return cases


def _bytes_edges():
    return [
        ("", (943, 1682, 50, 1024, False)),
        ("where the batch is small", (300, 200, 8, 16, True)),
        ("where the batch is larger than both tables", (20, 30, 4, 1000, True)),
    ]


def padded_grams(V, index):
    """The Gram matrices of n rows, (n, d, d), by one batched product.

    V: (m, d), the vectors. index: (n, longest), which vectors each row meets;
    a row with fewer of them ends in -1. The matrix of a row is the sum of
    v vᵀ over its vectors.
    """
    vectors = V[index] * (index >= 0)[..., None]  # (n, longest, d)
    return vectors.mT @ vectors


def padding_as_the_last_vector(V, index):
    """The padding was looked up too: in Python the index -1 is the last vector.
    Multiply what it brings by zero: `* (index >= 0)[..., None]`."""
    return V[index].mT @ V[index]


def padding_as_the_first_vector(V, index):
    """The padding brought vector 0 in. Whatever it looks up has to be multiplied by
    zero: `* (index >= 0)[..., None]`."""
    vectors = V[index.clamp(min=0)]
    return vectors.mT @ vectors


def _gathered(V, index):
    return V[index] * (index >= 0)[..., None]


def other_side_transposed(V, index):
    """The wrong factor is transposed: your matrices hold the products of two *vectors*,
    (n, longest, longest). A Gram matrix is d wide: `vectors.mT @ vectors`."""
    return _gathered(V, index) @ _gathered(V, index).mT


def one_matrix_for_all(V, index):
    """This is one matrix, the sum over all rows. Keep the rows apart: the first
    dimension of a batched product stays."""
    return padded_grams(V, index).sum(0)


def product_of_sums(V, index):
    """You added the vectors first and multiplied then. (a + b)(a + b)ᵀ is not
    aaᵀ + bbᵀ: multiply first."""
    total = _gathered(V, index).sum(1)
    return total[:, :, None] * total[:, None, :]


def means_for_sums(V, index):
    """The sums were divided by the number of vectors. Ridge regression needs the
    sum."""
    counts = (index >= 0).sum(1).clamp(min=1)
    return padded_grams(V, index) / counts[:, None, None]


def every_vector_for_each_row(V, index):
    """Every row got the matrix of all vectors. A row has only those in its line of
    `index`."""
    return (V.T @ V).expand(len(index), -1, -1)


def squares_alone(V, index):
    """Only the squares are there, without the products of two different coordinates:
    (n, d) in place of (n, d, d)."""
    return (_gathered(V, index) ** 2).sum(1)


def terms_not_added(V, index):
    """These are the products v vᵀ of single vectors, (n, longest, d, d), not yet added
    up. The batched product adds them without ever writing them down."""
    vectors = _gathered(V, index)
    return vectors[..., None] * vectors[..., None, :]


def _gram_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    cases = []
    for n, m, d, longest in ((4, 7, 3, 5), (3, 6, 2, 4), (5, 9, 4, 3)):
        index = torch.stack(
            [torch.randperm(m, generator=draw)[:longest] for _ in range(n)]
        )
        for row, length in enumerate(
            torch.randint(1, longest, (n - 1,), generator=draw)
        ):
            index[row, length:] = -1
        cases.append((torch.randn(m, d, generator=draw), index))
    return cases


def _gram_edges():
    V = torch.tensor([[1.0, 2.0], [3.0, 1.0], [0.5, -1.0]])
    return [
        ("", (V, torch.tensor([[0, 1], [2, -1]]))),
        ("where a row has no vector", (V, torch.tensor([[1, 2], [-1, -1]]))),
    ]


def equal_lengths(V):
    """V with one more coordinate at its end, (n, d + 1).

    All rows become as long as the longest row of V was.
    V: (n, d), the movies' vectors.
    """
    squares = (V**2).sum(1)
    return torch.cat([V, (squares.max() - squares).sqrt()[:, None]], 1)


def _with(V, more):
    return torch.cat([V, more[:, None]], 1)


def _squares(V):
    return (V**2).sum(1)


def root_forgotten(V):
    """The root is missing. The squares of a row add up to the square of its length, so
    the new coordinate is the root of what is missing there."""
    return _with(V, _squares(V).max() - _squares(V))


def lengths_subtracted(V):
    """You subtracted lengths. Squares add up, lengths do not: take the largest square
    less the row's own, and then the root."""
    lengths = V.norm(dim=1)
    return _with(V, lengths.max() - lengths)


def scaled_to_one(V):
    """Rows were scaled to one length. That changes the products with a user's vector,
    and so the order. Leave the d coordinates as they are, and add one."""
    return _with(V / V.norm(dim=1, keepdim=True).clamp(min=1e-9), 0 * V[:, 0])


def coordinate_in_front(V):
    """The new coordinate stands in front. Put it at the end: the user's vector will get
    its 0 there."""
    return torch.cat([equal_lengths(V)[:, -1:], V], 1)


def coordinate_alone(V):
    """This is the new coordinate alone. Put it behind the others: `torch.cat([V, …],
    1)`."""
    return equal_lengths(V)[:, -1]


def length_of_one_for_all(V):
    """You aimed at the length 1. The target is the longest row of V; longer rows than 1
    cannot be brought there by adding a coordinate."""
    return _with(V, (1 - _squares(V)).clamp(min=0).sqrt())


def length_itself(V):
    """The new coordinate is the length that the row has. It has to be what the row
    lacks: the root of the largest square less its own."""
    return _with(V, V.norm(dim=1))


def largest_number_for_the_longest_row(V):
    """You took the largest *number* of V. The longest row is the one with the largest
    sum of squares, `(V**2).sum(1).max()`."""
    return _with(V, ((V**2).max() - _squares(V)).clamp(min=0).sqrt())


def a_one_for_each(V):
    """The new coordinate is 1 for every row, as for a bias. Here it has to make up for
    what each row lacks in length."""
    return _with(V, torch.ones(len(V)))


def columns_for_rows(V):
    """Lengths were taken along the columns. Each movie is a row: sum along dimension
    1."""
    squares = (V**2).sum(0)
    rest = (squares.max() - squares).sqrt()
    return torch.cat([V, rest[None]], 0)


def _as_long(given, expected, V):
    """Either root makes a row as long, and so does one of a rounding error."""
    given = torch.as_tensor(given).to(V)
    lengths = [rows.square().sum(1) for rows in (given, expected)]
    return torch.allclose(given[:, :-1], V) and torch.allclose(*lengths, rtol=1e-4)


def _length_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    scales = ((6, 2, 1.0), (5, 4, 3.0), (8, 3, 0.4))
    return [(scale * torch.randn(n, d, generator=draw),) for n, d, scale in scales]


def _length_edges():
    return [
        ("", (torch.tensor([[3.0, 4.0], [0.0, 3.0], [1.0, -2.0]]),)),
        ("where a movie's vector is zero", (torch.tensor([[0.6, 0.8], [0.0, 0.0]]),)),
    ]


QUESTIONS = (
    Question(
        "y111",
        bytes_per_step,
        _bytes_cases,
        (
            numbers_for_bytes,
            weights_alone,
            reads_alone,
            doubles,
            users_alone,
            every_cell,
            always_every_row,
            never_every_row,
            more_rows_than_there_are,
            one_row_for_a_rating,
        ),
        edges=_bytes_edges,
    ),
    Question(
        "y112",
        padded_grams,
        _gram_cases,
        (
            padding_as_the_last_vector,
            padding_as_the_first_vector,
            other_side_transposed,
            one_matrix_for_all,
            product_of_sums,
            means_for_sums,
            every_vector_for_each_row,
            squares_alone,
            terms_not_added,
        ),
        edges=_gram_edges,
    ),
    Question(
        "y113",
        equal_lengths,
        _length_cases,
        (
            root_forgotten,
            lengths_subtracted,
            scaled_to_one,
            coordinate_in_front,
            coordinate_alone,
            length_of_one_for_all,
            length_itself,
            largest_number_for_the_longest_row,
            a_one_for_each,
            columns_for_rows,
        ),
        edges=_length_edges,
        equal=_as_long,
    ),
)
