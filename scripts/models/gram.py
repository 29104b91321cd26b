"""All rows' Gram matrices in one call: the kernel of ALS and of Gibbs sampling.

For students: read aloud in lab 02, the ways for large data in lab 11.

Row u needs  G_u = Σ_{i rated by u} v_i v_iᵀ  and  h_u = Σ_{i rated by u} r_ui v_i.
There are two ways to all of them, without a Python loop over users.

Summed. Flatten each v_i v_iᵀ into a row of d² numbers; then G_u is a sum of those rows
over the movies that u rated. `embedding_bag` adds up such bags for *all* users at once:
a product with the sparse 0/1 rating matrix. A rating fetches d²/2 numbers to add them
once. That is quick while the table of products lies in the processor's cache.

Gathered. With V_u the m vectors of the movies that u rated, G_u = V_uᵀ V_u. A rating
fetches d numbers, and a matrix product uses each d times. For one batched product of
many rows at once their V must have one shape: see `RatingRows.gathered`.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from scipy import sparse

FLOATS_AT_ONCE = 1 << 26
"""A chunk of summed Gram matrices holds at most this many floats (256 MB)."""

SUMMED_FLOATS = 1 << 20
"""A table of products larger than this (4 MB) leaves the cache: then gather."""

BLOCK_FLOATS = 1 << 20
"""Of a block of gathered vectors (4 MB), so that it is still in the cache when it is
multiplied. At 8 MB a sweep takes longer."""

LIKE_LENGTH = 0.75
"""The shortest row of a block has at least this share of the longest one's ratings."""


class Block(NamedTuple):
    """n rows with up to m ratings each; a row with fewer ends with zeros.

    rows: int64 (n,); vectors (n, m, d); values (n, m); weights (n, m) or None.
    """

    rows: torch.Tensor
    vectors: torch.Tensor
    values: torch.Tensor
    weights: torch.Tensor | None


class RatingRows:
    """Ratings sorted by row: one row per user or, with the two exchanged, per movie.

    rows, columns: indices (n,), no pair twice; values: float (n,), for example r - μ.
    Afterwards `columns` (int32) and `values` are in the order of the rows.

    >>> rows, columns = torch.tensor([0, 0, 1]), torch.tensor([0, 1, 1])
    >>> ratings = RatingRows(rows, columns, torch.tensor([5.0, 3.0, 4.0]), 2, 2)
    >>> (part, G, h), = ratings.grams(torch.tensor([[1.0, 0.0], [1.0, 2.0]]))
    >>> G[0].tolist(), h[0].tolist()  # of row 0: the sums over both columns
    ([[2.0, 2.0], [2.0, 4.0]], [8.0, 6.0])
    """

    def __init__(
        self, rows, columns, values, n_rows: int, n_columns: int, weights=None
    ):
        """weights: float (n,), what each v vᵀ counts in G; None: one each."""
        pairs = rows.int().numpy(), columns.int().numpy()

        def by_row(of_pairs):
            # SciPy sorts by row in one pass, without an order of all pairs beside them.
            entries = of_pairs.float().numpy(), pairs
            return sparse.coo_array(entries, shape=(n_rows, n_columns)).tocsr()

        self._keep(by_row(values), None if weights is None else by_row(weights))

    def across(self) -> "RatingRows":
        """The same ratings, with rows and columns exchanged: one pass, no sorting."""
        other = object.__new__(RatingRows)
        weights = None if self.weights is None else self._table(self.weights).T.tocsr()
        other._keep(self._table(self.values).T.tocsr(), weights)
        return other

    def _table(self, entries) -> sparse.csr_array:
        parts = entries.numpy(), self.columns.numpy(), self._offsets.numpy()
        return sparse.csr_array(parts, shape=(self.n_rows, self.n_columns))

    def _keep(self, values: sparse.csr_array, weights) -> None:
        self.n_rows, self.n_columns = values.shape
        self.columns = torch.from_numpy(values.indices)
        self.values = torch.from_numpy(values.data)
        self._offsets = torch.from_numpy(values.indptr)
        self.counts = self._offsets.diff().long()
        """Ratings of each row, int64 (n_rows,)."""
        self.weights = None if weights is None else torch.from_numpy(weights.data)

    def grams(self, vectors) -> Iterator[tuple]:
        """Yields `(rows, G, h)`, some rows at a time, so that memory stays bounded.

        vectors: (n_columns, d). `rows` is a slice or int64 indices (n,); G (n, d, d),
        h (n, d). While `n_columns` × d²/2 is small, they come in the order of the rows.
        """
        if self.gathers(vectors.shape[1]):
            return map(_product, self.gathered(vectors))
        return self.summed(vectors, self.values)

    def gathers(self, d: int) -> bool:
        """Whether `grams` gathers vectors of d numbers, or sums their products."""
        return self.n_columns * d * (d + 1) // 2 > SUMMED_FLOATS

    def gathered(self, vectors) -> Iterator[Block]:
        """Yields the vectors of what each row rated; rows with most ratings come first.

        vectors: (n_columns, d). Rows of like length share a block, so that little of it
        is padding. Several threads may take blocks from the same iterator.
        """
        table = F.pad(vectors, (0, 0, 0, 1))  # the last row, zeros, is the padding
        by_length = torch.argsort(self.counts, descending=True, stable=True)
        sizes = _block_sizes(self.counts[by_length].numpy(), vectors.shape[1])
        # A `map`, for a generator serves one thread only.
        return map(partial(self._block, table), by_length.split(sizes))

    def _block(self, table, rows) -> Block:
        counts = self.counts[rows, None]
        steps = torch.arange(max(1, counts[0].item()))
        rated = steps < counts
        at = (self._offsets[rows, None] + steps).clamp_(max=len(self.columns) - 1)
        columns = self.columns[at].masked_fill_(~rated, self.n_columns)
        vectors = table.index_select(0, columns.flatten()).view(*columns.shape, -1)
        weights = None if self.weights is None else self.weights[at] * rated
        return Block(rows, vectors, self.values[at] * rated, weights)

    def summed(self, vectors, values) -> Iterator[tuple]:
        """`grams` by sums of products; h is of `values` (n,), in the rows' order."""
        d = vectors.shape[1]
        # G is symmetric: add up its upper triangle only, and read each number twice.
        first, second = torch.triu_indices(d, d)
        outer = vectors.index_select(1, first) * vectors.index_select(1, second)
        place = torch.empty(d, d, dtype=torch.int64)
        place[first, second] = place[second, first] = torch.arange(len(first))
        size = max(1, FLOATS_AT_ONCE // (d * d))
        for start in range(0, self.n_rows, size):
            rows = slice(start, min(start + size, self.n_rows))
            triangle = self._sum(rows, outer, self.weights)
            gram = triangle.index_select(1, place.flatten()).view(-1, d, d)
            yield rows, gram, self._sum(rows, vectors, values)

    def sums(self, table) -> torch.Tensor:
        """Σ over its columns of the rows of `table` (n_columns, d), for each row."""
        return self._sum(slice(0, self.n_rows), table, None)

    def _sum(self, rows: slice, table, weights) -> torch.Tensor:
        offsets = self._offsets[rows.start : rows.stop + 1]
        part = slice(offsets[0], offsets[-1])
        return F.embedding_bag(
            self.columns[part],
            table,
            offsets[:-1] - offsets[0],
            mode="sum",
            per_sample_weights=None if weights is None else weights[part],
        )


def for_each(systems: Iterator[tuple], work: Callable, in_threads: bool) -> None:
    """`work(*system)` for all of them; with `in_threads`, on as many as torch may use.

    Factorizing many small matrices keeps one thread busy, whatever torch is allowed. So
    each Python thread takes the next system, and does all of it on one core. Whoever
    takes it, its numbers are the same.
    """
    threads = torch.get_num_threads()

    def take() -> None:
        for system in systems:
            work(*system)

    if threads == 1 or not in_threads:
        return take()
    torch.set_num_threads(1)
    try:
        with ThreadPoolExecutor(threads) as pool:
            for taken in [pool.submit(take) for _ in range(threads)]:
                taken.result()
    finally:
        torch.set_num_threads(threads)


def _product(block: Block):
    """`(rows, G, h)` of a block."""
    left = block.vectors
    if block.weights is not None:
        left = left * block.weights[..., None]
    target = block.values[:, None] @ block.vectors
    return block.rows, left.mT @ block.vectors, target[:, 0]


def _block_sizes(lengths: np.ndarray, d: int) -> list[int]:
    """How many rows each block has; lengths: ratings of each row, longest first."""
    lengths = np.maximum(lengths, 1)
    sizes, start = [], 0
    while start < len(lengths):
        longest = lengths[start]
        # A short row needs little room for its vectors, and d² floats for its matrix.
        room = max(1, BLOCK_FLOATS // (d * max(longest, d)))
        alike = np.searchsorted(-lengths, -LIKE_LENGTH * longest, side="right")
        sizes.append(int(min(start + room, alike)) - start)
        start += sizes[-1]
    return sizes


def cholesky(matrices: torch.Tensor) -> torch.Tensor:
    """L with L Lᵀ = A for symmetric A (…, d, d), or a sentence why there is none."""
    root, failed = torch.linalg.cholesky_ex(matrices)
    if failed.any():
        raise ValueError(
            f"{int((failed != 0).sum())} of {failed.numel()} rows have no single best "
            "solution: their matrix is not positive definite. A row with fewer ratings "
            "than factors needs a penalty above zero, such as reg_per_row."
        )
    return root


def gaussian_rows(n: int, root: torch.Tensor, generator) -> torch.Tensor:
    """n draws (n, d) from N(0, (LLᵀ)⁻¹); L is the Cholesky factor of the precision."""
    noise = torch.randn(len(root), n, generator=generator, dtype=root.dtype)
    return torch.linalg.solve_triangular(root.T, noise, upper=True).T


def chi_square(degrees: int, generator) -> float:
    """A draw from the χ² distribution; its seed is drawn from `generator` (torch's).

    PyTorch has no public draw of it that takes a generator.

    >>> draws = [chi_square(5, generator) for generator in [torch.Generator()] * 2000]
    >>> bool(4.8 < np.mean(draws) < 5.2)  # its mean is its degrees
    True
    """
    seed = torch.randint(2**62, (), generator=generator).item()
    return np.random.default_rng(seed).chisquare(degrees)
