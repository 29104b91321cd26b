"""Alternating least squares: fix one side, and the other is ridge regressions.

For students: read aloud in lab 02.
"""

import torch

from data_utils import RatingsDataset, check_trainable, seeded

from .arguments import check_count, check_factors, check_penalties, is_number
from .base import Estimator, NotFitted
from .gram import RatingRows, cholesky
from .tables import FactorTables


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
    for example with tolerance=1e-4 and epochs=1000.

    After `fit`, `objective` holds the sum (stars²) after each half sweep; it never
    rises. `changes` holds ‖Q_new - Q_old‖ / ‖Q_new‖ of each sweep.

    >>> import pandas as pd
    >>> table = pd.DataFrame({"user_id": [1, 1, 2, 2], "item_id": [7, 8, 7, 9],
    ...                       "rating": [5.0, 1.0, 4.0, 2.0]})
    >>> model = ALS(n_factors=2, reg_per_row=0.1, bias_reg_per_row=0.1)
    >>> model = model.fit(RatingsDataset.fit(table))
    >>> round(model.predict([0], [0]).item()), round(model.predict([0], [1]).item())
    (5, 1)
    >>> model
    ALS(n_factors=2, reg_per_rating=0.036, reg_per_row=0.1, bias_reg_per_row=0.1, \
epochs=12, tolerance=0, seed=0)
    """

    def __init__(
        self,
        n_factors: int = 8,
        reg_per_rating: float = 0.036,
        reg_per_row: float = 7.1,
        bias_reg_per_row: float = 3.0,
        epochs: int = 12,
        tolerance: float = 0.0,
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
        self.epochs, self.tolerance, self.seed = epochs, tolerance, seed
        self.objective: list[float] = []
        self.changes: list[float] = []
        self._unit: float | None = None

    def fit(self, train: RatingsDataset) -> "ALS":
        """Sweep over users, then movies, from small random movie factors.

        Raises as `Estimator.fit`, and `ValueError` where a row's equations have no
        single solution.
        """
        check_trainable(train)
        self._unit = train.unit
        rest = train.ratings - train.mean
        sizes = train.n_users, train.n_items
        by_user = RatingRows(train.users, train.items, rest, *sizes)
        by_item = RatingRows(train.items, train.users, rest, *sizes[::-1])
        items = rest.new_zeros(train.n_items, self.n_factors + 1)
        items[:, :-1].normal_(0, 0.1 * self._unit**0.5, generator=seeded(self.seed))
        self.objective, self.changes = [], []
        for _ in range(self.epochs):
            before = items
            users, squares = self._solve(by_user, items)
            self.objective.append(squares + self._price(by_item, items))
            items, squares = self._solve(by_item, users)
            self.objective.append(squares + self._price(by_user, users))
            length = items.norm().clamp(min=torch.finfo(items.dtype).tiny)
            self.changes.append(((items - before).norm() / length).item())
            if self.changes[-1] < self.tolerance:
                break
        self._tables = FactorTables(
            train.mean, users[:, -1], items[:, -1], users[:, :-1], items[:, :-1]
        )
        return self

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
        explained = 0.0
        for rows, gram, target in bias_systems(ratings, others):
            gram.diagonal(dim1=1, dim2=2).add_(self.ridge(ratings.counts[rows]))
            root = cholesky(gram)
            solved[rows] = torch.cholesky_solve(target[..., None], root)[..., 0]
            # At the minimum x of xᵀAx - 2xᵀh + Σr², the first two make -xᵀh.
            explained += (solved[rows] * target).double().sum().item()
        left = ratings.values - others[:, -1].index_select(0, ratings.columns)
        return solved, left.double().square().sum().item() - explained

    def _price(self, ratings: RatingRows, solved) -> float:
        return (self.ridge(ratings.counts) * solved.square()).double().sum().item()


def bias_systems(ratings: RatingRows, others: torch.Tensor):
    """For each row, G and h of the regression of r - μ - b_other on (factors, 1).

    others: (n, k + 1), factors and bias. The regressors are (q_i, 1), and the bias b_i
    is one more column of the same sum: Σ b_i (q_i, 1) has to leave the target.

    >>> pair, values = torch.tensor([0, 0]), torch.tensor([1.0, -1.0])
    >>> ratings = RatingRows(pair, torch.tensor([0, 1]), values, 1, 2)
    >>> others = torch.tensor([[2.0, 0.5], [1.0, 0.0]])  # (q_i, b_i) of two movies
    >>> (part, G, h), = bias_systems(ratings, others)
    >>> h[0].tolist()  # (1 - .5) (2, 1) - 1 (1, 1)
    [0.0, -0.5]
    """
    factors, bias = others[:, :-1], others[:, -1:]
    vectors = torch.cat([factors, torch.ones_like(bias), bias], dim=1)
    for rows, gram, target in ratings.grams(vectors):
        yield rows, gram[:, :-1, :-1].contiguous(), target[:, :-1] - gram[:, :-1, -1]
