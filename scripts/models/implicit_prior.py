"""What is known of a row, as the mean of the prior on its vector.

Which movies a user rated, or which genres a movie has. For students: read aloud in labs
08 and 10.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable

import torch

from .gram import RatingRows, chi_square, cholesky, gaussian_rows

DENSE_CELLS = 10_000_000
"""An X with more cells than this is not written out: see `prior_of_histories`."""

TOLERANCE = 1e-2
"""Where conjugate gradients stop: the length of what is unsolved, as a share of the
right side's. With it the posterior's variance on ML-100K is right to 0.3 %. At 1e-1 the
predictions would be as good, and their variance 3 % off."""

MOST_STEPS = 100
"""Of conjugate gradients; where a sweep starts from the last one's B, 8 are usual."""


class Prior(ABC):
    """A linear model  v_u ~ N(m + x_u B, Λ⁻¹)  of the mean of the prior.

    It says what to expect of a row; the ratings may say otherwise. B has the prior
    N(0, (ρΛ)⁻¹), and is sampled for all columns by one ridge regression (Macau: Simm et
    al. 2017, doi:10.1109/MLSP.2017.8168143). So is the ridge ρ, whose prior is χ² with
    one degree of freedom: where x says nothing, ρ grows and B vanishes.

    n: rows; columns: of X; d: coordinates of a row.
    """

    def __init__(self, n: int, columns: int, d: int, like: torch.Tensor):
        self._coefficients = like.new_zeros(columns, d)
        self.ridge = 1.0
        self.offset = like.new_zeros(n, d)
        """x_u B of all rows, (n, d)."""

    @abstractmethod
    def _of_rows(self, coefficients: torch.Tensor) -> torch.Tensor:
        """X B, (n, d)."""

    @abstractmethod
    def _of_columns(self, vectors: torch.Tensor) -> torch.Tensor:
        """XᵀV, (columns, d)."""

    @abstractmethod
    def _solve(self, shift: torch.Tensor) -> torch.Tensor:
        """B of (XᵀX + ρ) B = `shift`."""

    @property
    def n_coefficients(self) -> int:
        """Rows of B."""
        return len(self._coefficients)

    def scatter(self) -> torch.Tensor:
        """What the coefficients add to the scatter matrix behind Λ, (d, d)."""
        return self.ridge * self._coefficients.T @ self._coefficients

    def sample(self, vectors, precision, generator) -> torch.Tensor:
        """Draw B and ρ, given vectors - m, (n, d), and Λ, (d, d); returns `offset`."""
        root = cholesky(precision)
        noise = gaussian_rows(len(vectors), root, generator)
        shift = self._of_columns(vectors + noise)
        shift += self.ridge**0.5 * gaussian_rows(self.n_coefficients, root, generator)
        # (XᵀX + ρ) B = Xᵀ(V + E₁) + √ρ E₂ has the posterior's mean and covariance.
        self._coefficients = self._solve(shift)
        self.offset = self._of_rows(self._coefficients)
        degrees = 1 + self._coefficients.numel()
        squares = 1 + (self._coefficients @ root).double().square().sum().item()
        self.ridge = chi_square(degrees, generator) / squares
        return self.offset


class LinearPrior(Prior):
    """X is written out, and rotated once, so that XᵀX is diagonal.

    XB and the prior of B stay what they were, and what was a matrix to solve with
    becomes a division. Directions in which X is zero say nothing about any row, and are
    left out.

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
        super().__init__(n, len(squares), d, like=x)

    def _of_rows(self, coefficients):
        return self._features @ coefficients

    def _of_columns(self, vectors):
        return self._features.T @ vectors

    def _solve(self, shift):
        return shift / (self._squares + self.ridge)


class ImplicitPrior(LinearPrior):
    """Which columns a row has rated:  x_uj = |N(u)|^-½ for j in N(u).

    x_u B = |N(u)|^-½ Σ_{j ∈ N(u)} B_j is the implicit part of SVD++ (Koren 2008), here
    in the prior.

    ratings: (n, columns) whose pattern, not whose values, is N.
    """

    def __init__(self, ratings: RatingRows, d: int):
        rows = torch.arange(ratings.n_rows).repeat_interleave(ratings.counts)
        x = ratings.values.new_zeros(ratings.n_rows, ratings.n_columns)
        x[rows, ratings.columns] = ratings.counts[rows].to(x.dtype).rsqrt()
        super().__init__(x, d)


class SparseImplicitPrior(Prior):
    """`ImplicitPrior` where X has too many cells to write out, most of them zero.

    XB adds up the rows of B that a user rated, and XᵀV the rows of V of a movie's
    users: `embedding_bag`, twice. Those are all that conjugate gradients ask of X, and
    each coordinate takes its own steps. Draws are as exact as `TOLERANCE`.

    ratings: as in `ImplicitPrior`; across: the same pairs, columns as rows.
    """

    def __init__(self, ratings: RatingRows, across: RatingRows, d: int):
        self._ratings, self._across = ratings, across
        self._scale = ratings.counts.clamp(min=1).to(ratings.values.dtype).rsqrt()
        self._scale = self._scale[:, None]
        self._squares = across.sums(self._scale.square())
        """The diagonal of XᵀX, (columns, 1)."""
        super().__init__(ratings.n_rows, ratings.n_columns, d, like=ratings.values)

    def _of_rows(self, coefficients):
        return self._ratings.sums(coefficients) * self._scale

    def _of_columns(self, vectors):
        return self._across.sums(vectors * self._scale)

    def _solve(self, shift):
        def product(b):
            return self._of_columns(self._of_rows(b)) + self.ridge * b

        diagonal = self._squares + self.ridge
        # The last sweep's B is nearer than zero where the ratings say much about it.
        return conjugate_gradients(product, shift, self._coefficients, diagonal)


def prior_of_histories(ratings: RatingRows, across: RatingRows, d: int) -> Prior:
    """`ImplicitPrior`, or its sparse form where X has too many cells to write out.

    On small data both take about as long, and the dense one is exact. But to take X
    apart costs the cube of its shorter side.
    """
    if ratings.n_rows * ratings.n_columns <= DENSE_CELLS:
        return ImplicitPrior(ratings, d)
    return SparseImplicitPrior(ratings, across, d)


def conjugate_gradients(product: Callable, right, start, diagonal) -> torch.Tensor:
    """X of A X = `right`, where `product(X)` is A X, to `TOLERANCE`.

    A (n, n) is symmetric and positive definite, and `diagonal` (n, 1) its diagonal, by
    which it is preconditioned (Jacobi). right and start: (n, d). Each column is a
    system of its own. Hestenes & Stiefel 1952, doi:10.6028/jres.049.044.

    >>> a = torch.tensor([[4.0, 1.0], [1.0, 3.0]])
    >>> x = conjugate_gradients(
    ...     lambda x: a @ x, torch.tensor([[1.0], [2.0]]), torch.zeros(2, 1),
    ...     a.diagonal()[:, None])
    >>> (11 * x).round().flatten().tolist()
    [1.0, 7.0]
    """
    x, left = start.clone(), right - product(start)
    enough = TOLERANCE * right.norm(dim=0)
    step = torch.zeros_like(x)
    before = torch.ones_like(enough)
    for _ in range(MOST_STEPS):
        if (left.norm(dim=0) <= enough).all():
            break
        ahead = left / diagonal
        now = (left * ahead).sum(0)
        step = ahead + now / before * step
        pushed = product(step)
        # A column that is solved exactly has no direction left: 0 / 0.
        length = (now / (step * pushed).sum(0)).nan_to_num(0.0)
        x += length * step
        left -= length * pushed
        before = now.clamp(min=torch.finfo(now.dtype).tiny)
    return x


class SumOfPriors:
    """Several linear models whose means add up: v_u ~ N(m + Σ x_u B, Λ⁻¹).

    Each has its own B and its own ridge, drawn one after the other given the rest: what
    a few genres say is not shrunk as much as what a thousand movies do.
    """

    def __init__(self, parts: list[Prior]):
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
        """Draw every B and ρ, as `Prior.sample` does; returns `offset`."""
        for part in self.parts:
            others = self.offset - part.offset
            self.offset = others + part.sample(vectors - others, precision, generator)
        return self.offset
