"""What is known of a row, as the mean of the prior on its vector.

Which movies a user rated, or which genres a movie has. For students: read aloud in labs
08 and 10.
"""

import torch

from .gram import RatingRows, chi_square, cholesky, gaussian_rows

MAX_CELLS = 100_000_000
"""Of the dense matrix X: 400 MB, and as much again for X rotated."""


class LinearPrior:
    """A linear model  v_u ~ N(m + x_u B, Λ⁻¹)  of the mean of the prior.

    It says what to expect of a row; the ratings may say otherwise. B has the prior
    N(0, (ρΛ)⁻¹), and is sampled for all columns by one ridge regression (Macau: Simm et
    al. 2017, doi:10.1109/MLSP.2017.8168143). So is the ridge ρ, whose prior is χ² with
    one degree of freedom: where x says nothing, ρ grows and B vanishes.

    X is rotated once, so that XᵀX is diagonal: XB and the prior of B stay what they
    were, and what was a matrix to solve with becomes a division. Directions in which X
    is zero say nothing about any row, and are left out.

    x: the features of each row, float32 (n, columns), dense: memory grows with n ×
    columns, time with the cube of the smaller of the two. d: coordinates of a row.
    """

    def __init__(self, x: torch.Tensor, d: int):
        n, columns = x.shape
        # XXᵀ and XᵀX have the same eigenvalues: take the smaller of the two apart.
        tall = n > columns
        squares, directions = torch.linalg.eigh(x.T @ x if tall else x @ x.T)
        there = squares > 1e-6 * squares.max()
        squares, directions = squares[there], directions[:, there]
        self._squares = squares[:, None]
        self._features = x @ directions if tall else directions * squares.sqrt()
        self._coefficients = x.new_zeros(len(self._squares), d)
        self.ridge = 1.0
        self.offset = x.new_zeros(n, d)
        """x_u B of all rows, (n, d)."""

    @property
    def n_coefficients(self) -> int:
        """Rows of B."""
        return len(self._squares)

    def scatter(self) -> torch.Tensor:
        """What the coefficients add to the scatter matrix behind Λ, (d, d)."""
        return self.ridge * self._coefficients.T @ self._coefficients

    def sample(self, vectors, precision, generator) -> torch.Tensor:
        """Draw B and ρ, given vectors - m, (n, d), and Λ, (d, d); returns `offset`."""
        root = cholesky(precision)
        noise = gaussian_rows(len(vectors), root, generator)
        shift = self._features.T @ (vectors + noise)
        shift += self.ridge**0.5 * gaussian_rows(self.n_coefficients, root, generator)
        # (XᵀX + ρ) B = Xᵀ(V + E₁) + √ρ E₂ has the posterior's mean and covariance.
        self._coefficients = shift / (self._squares + self.ridge)
        self.offset = self._features @ self._coefficients
        degrees = 1 + self._coefficients.numel()
        squares = 1 + (self._coefficients @ root).double().square().sum().item()
        self.ridge = chi_square(degrees, generator) / squares
        return self.offset


class ImplicitPrior(LinearPrior):
    """Which columns a row has rated:  x_uj = |N(u)|^-½ for j in N(u).

    x_u B = |N(u)|^-½ Σ_{j ∈ N(u)} B_j is the implicit part of SVD++ (Koren 2008), here
    in the prior.

    ratings: (n, columns) whose pattern, not whose values, is N. Raises `ValueError`
    where n × columns is more than `MAX_CELLS`.
    """

    def __init__(self, ratings: RatingRows, d: int):
        n, cells = ratings.n_rows, ratings.n_rows * ratings.n_columns
        if cells > MAX_CELLS:
            raise ValueError(
                f"implicit=True writes out all {n:,} × {ratings.n_columns:,} cells of "
                f"users and movies, {cells:,}; it is made for up to {MAX_CELLS:,} "
                "(minutes, and a gigabyte). Use implicit=False on data of this size."
            )
        rows = torch.arange(n).repeat_interleave(ratings.counts)
        x = ratings.values.new_zeros(n, ratings.n_columns)
        x[rows, ratings.columns] = ratings.counts[rows].to(x.dtype).rsqrt()
        super().__init__(x, d)


class SumOfPriors:
    """Several linear models whose means add up: v_u ~ N(m + Σ x_u B, Λ⁻¹).

    Each has its own B and its own ridge, drawn one after the other given the rest: what
    a few genres say is not shrunk as much as what a thousand movies do.
    """

    def __init__(self, parts: list[LinearPrior]):
        self.parts = parts
        self.offset = sum(part.offset for part in parts)
        """Σ x_u B of all rows, (n, d)."""

    @property
    def n_coefficients(self) -> int:
        """Rows of all B together."""
        return sum(part.n_coefficients for part in self.parts)

    def scatter(self) -> torch.Tensor:
        """What all coefficients add to the scatter matrix behind Λ, (d, d)."""
        return sum(part.scatter() for part in self.parts)

    def sample(self, vectors, precision, generator) -> torch.Tensor:
        """Draw every B and ρ, as `LinearPrior.sample` does; returns `offset`."""
        for part in self.parts:
            others = self.offset - part.offset
            self.offset = others + part.sample(vectors - others, precision, generator)
        return self.offset
