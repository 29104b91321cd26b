"""All rows' Gram matrices in one call: the kernel of ALS and of Gibbs sampling.

For students: read aloud in lab 02.

Row u needs  G_u = Σ_{i rated by u} v_i v_iᵀ  and  h_u = Σ_{i rated by u} r_ui v_i.
Flatten each v_i v_iᵀ into a row of d² numbers; then G_u is a sum of those rows over the
movies that u rated. `embedding_bag` adds up such bags for *all* users at once: a
product with the sparse 0/1 rating matrix, without a Python loop over users.
"""

from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F

FLOATS_AT_ONCE = 1 << 26
"""A chunk of Gram matrices holds at most this many floats (256 MB)."""


class RatingRows:
    """Ratings sorted by row: one row per user or, with the two exchanged, per movie.

    rows, columns: int64 indices (n,); values: float (n,), for example r - μ.

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
        order = torch.argsort(rows * n_columns + columns)
        self.columns, self.values = columns[order], values[order].float()
        self.weights = None if weights is None else weights[order].float()
        self.counts = torch.bincount(rows, minlength=n_rows)
        """Ratings of each row, int64 (n_rows,)."""
        self._offsets = F.pad(self.counts.cumsum(0), (1, 0))
        self.n_rows, self.n_columns = n_rows, n_columns

    def grams(self, vectors) -> Iterator[tuple[slice, torch.Tensor, torch.Tensor]]:
        """Yields `(rows, G, h)` in chunks of rows, so that memory stays bounded.

        vectors: (n_columns, d). `rows` is a slice, G (len, d, d), h (len, d).
        """
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
            yield rows, gram, self._sum(rows, vectors, self.values)

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
