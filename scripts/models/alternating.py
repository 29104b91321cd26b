"""Alternating least squares: fix one side, and the other is ridge regressions.

For students: read aloud in lab 02, the ways for large data in lab 11.
"""

from collections.abc import Iterator

import torch

from data_utils import RatingsDataset, check_trainable, seeded

from .arguments import check_count, check_factors, check_penalties, is_number
from .base import Estimator, NotFitted
from .gram import RatingRows, cholesky, for_each
from .tables import FactorTables

SHORT_ROW = 0.6
"""Up to this share of a row's unknowns, its ratings make the quicker system."""

PART = 1 << 20
"""Ratings at once where their errors are added up."""


class ALS(Estimator):
    """Biased matrix factorization by alternating ridge regressions.

    Minimizes  Σ (r - μ - b_u - b_i - p_u·q_i)² + Σ_u s (λ n_u + δ) ‖p_u‖² + δ_b b_u²
    and the same over movies, n counting a row's ratings. λ (`reg_per_rating`) is the
    weighted penalty of Zhou et al. 2008 (doi:10.1007/978-3-540-68880-8_32), which grows
    with a row's ratings; δ (`reg_per_row`) and δ_b (`bias_reg_per_row`) cost the same
    for every row, and so hold rows with few ratings near zero. The bias rides along as
    one more coordinate: a user is (p_u, b_u) and meets a movie as (q_i, 1).

    s is the standard deviation of the training ratings. Two factors make a rating, so
    ‖p‖² has the unit of the ratings and the errors have its square; times s, both have
    the same, and the fit is the same on any scale of stars.

    An epoch is one sweep: all users, then all movies. With a `tolerance` above zero the
    fit ends when a sweep has changed the movies' rows by less than that share of their
    length, and `epochs` is the most it may take. The error of the predictions has
    settled long before the factors have: compare factors only of fits that converged,
    for example with tolerance=1e-5, epochs=1000 and momentum=True.

    With `momentum` a sweep starts not from the movies' rows but farther along the way
    that the last sweep moved them (Mitchell, Ye & De Sterck 2020,
    doi:10.1002/nla.2297): by a share of that move which grows from sweep to sweep, and
    is zero again where a sweep has turned back (O'Donoghue & Candès 2015,
    doi:10.1007/s10208-013-9150-3). Plain sweeps creep along a valley or past a saddle,
    so slowly that they may seem to have arrived.

    After `fit`, `objective` holds the sum (stars²) after each half sweep; without
    momentum it never rises. `changes` holds ‖Q_new - Q_old‖ / ‖Q_new‖ of each sweep.

    >>> import pandas as pd
    >>> table = pd.DataFrame({"user_id": [1, 1, 2, 2], "item_id": [7, 8, 7, 9],
    ...                       "rating": [5.0, 1.0, 4.0, 2.0]})
    >>> model = ALS(n_factors=2, reg_per_row=0.1, bias_reg_per_row=0.1)
    >>> model = model.fit(RatingsDataset.fit(table))
    >>> round(model.predict([0], [0]).item()), round(model.predict([0], [1]).item())
    (5, 1)
    >>> model
    ALS(n_factors=2, reg_per_rating=0.036, reg_per_row=0.1, bias_reg_per_row=0.1, \
epochs=12, tolerance=0, momentum=False, seed=0)
    """

    def __init__(
        self,
        n_factors: int = 8,
        reg_per_rating: float = 0.036,
        reg_per_row: float = 7.1,
        bias_reg_per_row: float = 3.0,
        epochs: int = 12,
        tolerance: float = 0.0,
        momentum: bool = False,
        seed: int = 0,
    ):
        check_factors(n_factors)
        check_count("epochs", epochs, at_least=1, example=12)
        check_penalties(
            reg_per_rating=reg_per_rating,
            reg_per_row=reg_per_row,
            bias_reg_per_row=bias_reg_per_row,
        )
        self.n_factors, self.reg_per_rating = n_factors, reg_per_rating
        self.reg_per_row, self.bias_reg_per_row = reg_per_row, bias_reg_per_row
        if not (is_number(tolerance) and 0 <= tolerance < 1):
            raise ValueError(
                f"tolerance={tolerance!r} was given; it is a share from 0 (make all "
                "epochs) to below 1, for example 0.001."
            )
        self.epochs, self.tolerance = epochs, tolerance
        self.momentum, self.seed = momentum, seed
        self.objective: list[float] = []
        self.changes: list[float] = []
        self._unit: float | None = None

    def fit(self, train: RatingsDataset) -> "ALS":
        """Sweep over users, then movies, from small random movie factors.

        Raises as `Estimator.fit`, and `ValueError` where a row's equations have no
        single solution.
        """
        check_trainable(train)
        rest = train.ratings - train.mean
        sizes = train.n_users, train.n_items
        by_user = RatingRows(train.users, train.items, rest, *sizes)
        del rest  # as large as all ratings
        by_item = by_user.across()
        users, items = self.alternate(by_user, by_item, train.unit)
        self._tables = FactorTables(
            train.mean, users[:, -1], items[:, -1], users[:, :-1], items[:, :-1]
        )
        return self

    def alternate(self, by_user: RatingRows, by_item: RatingRows, unit: float):
        """The sweeps of `fit` on rows of r - μ; `unit` is the ratings' spread.

        Returns the rows of users and movies, (n, k + 1), factors and bias.
        """
        self._unit = unit
        items = by_user.values.new_zeros(by_item.n_rows, self.n_factors + 1)
        items[:, :-1].normal_(0, 0.1 * unit**0.5, generator=seeded(self.seed))
        self.objective, self.changes = [], []
        start, straight = items, 0
        for _ in range(self.epochs):
            before = items
            users, squares = self._solve(by_user, start)
            self.objective.append(squares + self.price(by_item, start))
            items, squares = self._solve(by_item, users)
            self.objective.append(squares + self.price(by_user, users))
            length = items.norm().clamp(min=torch.finfo(items.dtype).tiny)
            self.changes.append(((items - before).norm() / length).item())
            if self.changes[-1] < self.tolerance:
                break
            if self.momentum:
                turned = ((items - start) * (items - before)).sum() < 0
                straight = 0 if turned else straight + 1
                start = items + straight / (straight + 3) * (items - before)
            else:
                start = items
        return users, items

    def ridge(self, n_ratings) -> torch.Tensor:
        """The price of each coordinate of a row with `n_ratings` ratings: (…, k + 1).

        n_ratings: a number, or a tensor (n,) for n rows. The last one is the price of
        the bias. Raises `NotFitted`: the unit is that of the training ratings.
        """
        if self._unit is None:
            raise NotFitted(self)
        n_ratings = torch.as_tensor(n_ratings)[..., None]
        weighted = self.reg_per_rating * n_ratings + self.reg_per_row
        ridge = (self._unit * weighted).expand(*n_ratings.shape[:-1], self.n_factors)
        bias = torch.full_like(ridge[..., :1], self.bias_reg_per_row)
        return torch.cat([ridge, bias], dim=-1)

    def _solve(self, ratings: RatingRows, others):
        """One ridge regression per row: (n, k + 1), and errors² + the rows' price."""
        solved = others.new_empty(ratings.n_rows, others.shape[1])
        explained = solved.new_empty(ratings.n_rows, dtype=torch.float64)

        def solve(rows, gram, target) -> None:
            gram.diagonal(dim1=1, dim2=2).add_(self.ridge(ratings.counts[rows]))
            root = cholesky(gram)
            solved[rows] = torch.cholesky_solve(target[..., None], root)[..., 0]
            # At the minimum x of xᵀAx - 2xᵀh + Σr², the first two make -xᵀh.
            explained[rows] = (solved[rows] * target).double().sum(1)

        def solve_block(rows, data) -> None:
            short = data.shape[1] < SHORT_ROW * others.shape[1]
            if short and self.reg_per_row and self.bias_reg_per_row:
                ridge = self.ridge(ratings.counts[rows])
                solved[rows], explained[rows] = dual_ridge(data, ridge)
            else:
                solve(rows, *products(data))

        if ratings.gathers(others.shape[1] + 1):
            for_each(bias_blocks(ratings, others), solve_block, in_threads=True)
        else:
            for_each(bias_systems(ratings, others), solve, in_threads=False)
        return solved, squared_residuals(ratings, others) - explained.sum().item()

    def price(self, ratings: RatingRows, solved) -> float:
        """What the rows `solved` (n, k + 1) cost in the objective (stars²)."""
        prices = self.ridge(ratings.counts) * solved.square()
        return prices.sum(dtype=torch.float64).item()


def bias_systems(ratings: RatingRows, others: torch.Tensor) -> Iterator[tuple]:
    """For each row, G and h of the regression of r - μ - b_other on (factors, 1).

    others: (n, k + 1), factors and bias. Yields as `RatingRows.grams`.

    >>> pair, values = torch.tensor([0, 0]), torch.tensor([1.0, -1.0])
    >>> ratings = RatingRows(pair, torch.tensor([0, 1]), values, 1, 2)
    >>> others = torch.tensor([[2.0, 0.5], [1.0, 0.0]])  # (q_i, b_i) of two movies
    >>> (part, G, h), = bias_systems(ratings, others)
    >>> h[0].tolist()  # (1 - .5) (2, 1) - 1 (1, 1)
    [0.0, -0.5]
    """

    def system(block):
        return block[0], *products(block[1])

    if ratings.gathers(others.shape[1] + 1):
        return map(system, bias_blocks(ratings, others))
    rest = ratings.values - others[:, -1].index_select(0, ratings.columns)
    return ratings.summed(_with_one(others)[:, :-1], rest)


def bias_blocks(ratings: RatingRows, others: torch.Tensor) -> Iterator[tuple]:
    """The same regressions, written out: `(rows, data)` of many rows of like length.

    data: (n, m, k + 2), for each rating of a row (q_i, 1, r - μ - b_i), and zeros after
    the last. Yields as `RatingRows.gathered`.
    """

    def block(gathered):
        data = gathered.vectors
        data[..., -1] = gathered.values - data[..., -1]
        return gathered.rows, data

    return map(block, ratings.gathered(_with_one(others)))


def products(data: torch.Tensor):
    """G and h of a block: the target is one more column of the same product."""
    both = data.mT @ data
    return both[:, :-1, :-1], both[:, :-1, -1]


def squared_residuals(ratings: RatingRows, others: torch.Tensor) -> float:
    """Σ (r - μ - b_other)², a part at a time: all at once would fill new memory."""
    parts = zip(ratings.values.split(PART), ratings.columns.split(PART), strict=True)
    bias = others[:, -1]
    return sum(
        (values - bias.index_select(0, columns)).double().square().sum().item()
        for values, columns in parts
    )


def dual_ridge(data: torch.Tensor, ridge: torch.Tensor):
    """Ridge regressions on fewer ratings m than unknowns d, by systems of m equations.

    (VᵀV + D)⁻¹ Vᵀt = D⁻¹Vᵀ (V D⁻¹Vᵀ + I)⁻¹ t. A system of d equations costs d³ / 3, and
    half of all users have few ratings.

    data: (n, m, d + 1), V beside t; ridge: (n, d), the diagonal of D, above zero.
    Returns the solutions x (n, d), and xᵀVᵀt (n,), by which they lower Σt².

    >>> data = torch.tensor([[[1.0, 2.0, 6.0]]])  # 6 = x₀ + 2 x₁
    >>> x, _ = dual_ridge(data, torch.ones(1, 2))
    >>> x.tolist()  # of (1 + 1) x₀ + 2 x₁ = 6 and 2 x₀ + (4 + 1) x₁ = 12
    [[1.0, 2.0]]
    """
    vectors, target = data[..., :-1], data[..., -1:]
    scaled = vectors / ridge[:, None]
    system = vectors @ scaled.mT
    system.diagonal(dim1=1, dim2=2).add_(1)
    weights = torch.cholesky_solve(target, cholesky(system))
    solution = (weights.mT @ scaled)[:, 0]
    # V x is what the system leaves of t: t = (V D⁻¹Vᵀ + I) weights = V x + weights.
    return solution, (target * (target - weights)).double().sum((1, 2))


def _with_one(others: torch.Tensor) -> torch.Tensor:
    """(q_i, 1, b_i): the regressors, and the bias, which has to leave the target."""
    factors, bias = others[:, :-1], others[:, -1:]
    return torch.cat([factors, torch.ones_like(bias), bias], dim=1)
