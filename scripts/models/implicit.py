"""Models of *what* was rated, whatever the stars: popularity, and implicit ALS."""

import torch

from data_utils import RatingsDataset, check_trainable

from .arguments import check_count, check_factors
from .base import Predictor
from .gram import RatingRows
from .tables import FactorTables


class Popularity(Predictor):
    """Scores a movie by its number of training ratings, the same for every user."""

    def fit(self, train: RatingsDataset) -> "Popularity":
        """Count the ratings of each movie. Raises `ValueError` for cold or no rows."""
        check_trainable(train)
        counts = torch.bincount(train.items, minlength=train.n_items).float()
        nobody = torch.zeros(train.n_users)
        no_factors = torch.zeros(train.n_users, 0), torch.zeros(train.n_items, 0)
        self._tables = FactorTables(0.0, nobody, counts, *no_factors)
        return self


class ImplicitALS(Predictor):
    """Matrix factorization of the 0/1 matrix "has rated", with every cell in the loss.

    Hu, Koren & Volinsky 2008, doi:10.1109/ICDM.2008.22. Minimizes, over *all* pairs,
    Σ c_ui (s_ui - p_u·q_i)² + λ (Σ ‖p_u‖² + Σ ‖q_i‖²),  where s_ui = 1 and
    c_ui = 1 + α for a pair in the training data, s_ui = 0 and c_ui = 1 for any other:
    silence counts, but α (`weight`) times less. Scores are near 0 to 1, not stars.

    After `fit`, `objective` holds that sum after each half sweep; it never rises.
    """

    def __init__(
        self,
        n_factors: int = 16,
        regularization: float = 30.0,
        weight: float = 4.0,
        sweeps: int = 8,
        generator: torch.Generator | None = None,
    ):
        check_factors(n_factors)
        check_count("sweeps", sweeps, at_least=1, example=8)
        if regularization <= 0 or weight <= 0:
            raise ValueError(
                f"regularization={regularization} and weight={weight} were given; both "
                "are above zero, for example 30 and 4."
            )
        self.n_factors, self.regularization = n_factors, regularization
        self.weight, self.sweeps, self.generator = weight, sweeps, generator
        self.objective: list[float] = []

    def fit(self, train: RatingsDataset) -> "ImplicitALS":
        """Make `sweeps` sweeps, users then movies; the stars are not looked at.

        Raises `ValueError` for no or cold training rows.
        """
        check_trainable(train)
        ones, sizes = torch.ones(len(train)), (train.n_users, train.n_items)
        by_user = RatingRows(train.users, train.items, ones, *sizes)
        by_item = RatingRows(train.items, train.users, ones, *sizes[::-1])
        items = torch.empty(train.n_items, self.n_factors)
        items.normal_(0, 0.1, generator=self.generator)
        self.objective = []
        for _ in range(self.sweeps):
            users = self._solve(by_user, items)
            items = self._solve(by_item, users)
        no_bias = torch.zeros(train.n_users), torch.zeros(train.n_items)
        self._tables = FactorTables(0.0, *no_bias, users, items)
        return self

    def _solve(self, rated: RatingRows, others) -> torch.Tensor:
        """(QᵀQ + α Σ q qᵀ + λI) p = (1 + α) Σ q for each row, Σ over what it rated.

        QᵀQ is the Gram matrix of *all* movies, the same for every user: the millions
        of empty cells cost one small product, and only the ratings are summed a row.
        """
        ridge = self.regularization * torch.eye(self.n_factors)
        shared = others.T @ others + ridge
        solved = torch.empty(rated.n_rows, self.n_factors)
        explained = 0.0
        for rows, gram, total in rated.grams(others):
            root = torch.linalg.cholesky(shared + self.weight * gram)
            target = (1 + self.weight) * total
            solved[rows] = torch.cholesky_solve(target[..., None], root)[..., 0]
            explained += (solved[rows] * target).double().sum().item()
        # At the minimum p of pᵀAp - 2pᵀh + Σ c s², the first two make -pᵀh.
        ones = (1 + self.weight) * rated.counts.sum().item()
        price = self.regularization * others.double().square().sum().item()
        self.objective.append(ones - explained + price)
        return solved
