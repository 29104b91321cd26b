"""Alternating least squares: fix one side, and the other is ridge regressions."""

import torch

from data_utils import RatingsDataset, check_trainable

from .arguments import check_count, check_factors
from .base import Predictor
from .gram import RatingRows, cholesky
from .tables import FactorTables


class ALS(Predictor):
    """Biased matrix factorization by alternating ridge regressions.

    Minimizes  Σ (r - μ - b_u - b_i - p_u·q_i)² + Σ_u (λ n_u + δ) ‖p_u‖² + δ_b b_u²
    and the same over movies, n counting a row's ratings: λ (`regularization`) is the
    weighted penalty of Zhou et al. 2008 (doi:10.1007/978-3-540-68880-8_32), δ
    (`damping`) and δ_b (`bias_damping`) cost the same for every row, and so hold rows
    with few ratings near zero. The bias rides along as one more coordinate: a user is
    (p_u, b_u) and meets a movie as (q_i, 1).

    After `fit`, `objective` holds that sum after each half sweep; it never rises.
    """

    def __init__(
        self,
        n_factors: int = 8,
        regularization: float = 0.04,
        damping: float = 8.0,
        bias_damping: float = 3.0,
        sweeps: int = 12,
        generator: torch.Generator | None = None,
    ):
        check_factors(n_factors)
        check_count("sweeps", sweeps, at_least=1, example=12)
        if min(regularization, damping, bias_damping) < 0:
            raise ValueError(
                f"regularization={regularization}, damping={damping} and "
                f"bias_damping={bias_damping} were given; all are zero or more, for "
                "example 0.04, 8 and 3."
            )
        self.n_factors, self.regularization = n_factors, regularization
        self.damping, self.bias_damping = damping, bias_damping
        self.sweeps, self.generator = sweeps, generator
        self.objective: list[float] = []

    def fit(self, train: RatingsDataset) -> "ALS":
        """Make `sweeps` sweeps, users then movies, from small random movie factors.

        Raises `ValueError` for no or cold training rows, and where a row's equations
        have no single solution.
        """
        check_trainable(train)
        rest = train.ratings - train.mean
        sizes = train.n_users, train.n_items
        by_user = RatingRows(train.users, train.items, rest, *sizes)
        by_item = RatingRows(train.items, train.users, rest, *sizes[::-1])
        users = torch.zeros(train.n_users, self.n_factors + 1)
        items = torch.zeros(train.n_items, self.n_factors + 1)
        items[:, :-1].normal_(0, 0.1, generator=self.generator)
        self.objective = []
        for _ in range(self.sweeps):
            users, squares = self._solve(by_user, items)
            self.objective.append(squares + self._price(by_item, items))
            items, squares = self._solve(by_item, users)
            self.objective.append(squares + self._price(by_user, users))
        self._tables = FactorTables(
            train.mean, users[:, -1], items[:, -1], users[:, :-1], items[:, :-1]
        )
        return self

    def _solve(self, ratings: RatingRows, others):
        """A ridge regression a row: (n, k + 1), and errors² + the rows' own price."""
        solved = torch.empty(ratings.n_rows, others.shape[1])
        explained = 0.0
        for rows, gram, target in bias_systems(ratings, others):
            gram.diagonal(dim1=1, dim2=2).add_(self._ridge(ratings, rows))
            root = cholesky(gram)
            solved[rows] = torch.cholesky_solve(target[..., None], root)[..., 0]
            # At the minimum x of xᵀAx - 2xᵀh + Σr², the first two make -xᵀh.
            explained += (solved[rows] * target).double().sum().item()
        left = ratings.values - others[:, -1].index_select(0, ratings.columns)
        return solved, left.double().square().sum().item() - explained

    def _ridge(self, ratings: RatingRows, rows=slice(None)) -> torch.Tensor:
        weighted = self.regularization * ratings.counts[rows, None] + self.damping
        ridge = weighted.repeat(1, self.n_factors + 1)
        ridge[:, -1] = self.bias_damping
        return ridge

    def _price(self, ratings: RatingRows, solved) -> float:
        return (self._ridge(ratings) * solved.square()).double().sum().item()


def bias_systems(ratings: RatingRows, others: torch.Tensor):
    """For each row, G and h of the regression of r - μ - b_other on (factors, 1).

    others: (n, k + 1), factors and bias. The regressors are (q_i, 1), and the bias b_i
    is one more column of the same sum: Σ b_i (q_i, 1) has to leave the target.
    """
    factors, bias = others[:, :-1], others[:, -1:]
    vectors = torch.cat([factors, torch.ones_like(bias), bias], dim=1)
    for rows, gram, target in ratings.grams(vectors):
        yield rows, gram[:, :-1, :-1].contiguous(), target[:, :-1] - gram[:, :-1, -1]
