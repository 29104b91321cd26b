"""Models of *what* was rated, whatever the stars: popularity, and implicit ALS.

For students: read aloud in lab 05.
"""

import torch

from data_utils import RatingsDataset, check_trainable, seeded

from .arguments import check_count, check_factors, check_positive
from .base import Estimator
from .gram import RatingRows
from .tables import FactorTables


class Popularity(Estimator):
    """Scores a movie by its number of training ratings, the same for every user.

    >>> import pandas as pd
    >>> table = pd.DataFrame({"user_id": [1, 1, 2], "item_id": [7, 8, 7],
    ...                       "rating": [5.0, 3.0, 4.0]})
    >>> Popularity().fit(RatingsDataset.fit(table)).scores([0]).tolist()
    [[2.0, 1.0]]
    """

    def fit(self, train: RatingsDataset) -> "Popularity":
        """Count the ratings of each movie. Raises as `Estimator.fit`."""
        check_trainable(train)
        counts = torch.bincount(train.items, minlength=train.n_items).float()
        self._tables = FactorTables.of_biases(
            0.0, counts.new_zeros(train.n_users), counts
        )
        return self


class ImplicitALS(Estimator):
    """Matrix factorization of the 0/1 matrix "has rated", with every cell in the loss.

    Hu, Koren & Volinsky 2008, doi:10.1109/ICDM.2008.22. Minimizes, over *all* pairs,
    Σ c_ui (s_ui - p_u·q_i)² + λ (Σ ‖p_u‖² + Σ ‖q_i‖²),  where s_ui = 1 and
    c_ui = 1 + α for a pair in the training data, s_ui = 0 and c_ui = 1 for any other:
    silence counts, but 1 + α (`alpha`) times less. λ (`reg_per_row`) costs the same for
    every row. Scores are near 0 to 1, not stars. An epoch is one sweep: all users, then
    all movies.

    After `fit`, `objective` holds that sum after each half sweep; it never rises.

    >>> import pandas as pd
    >>> table = pd.DataFrame({"user_id": [1, 1, 2], "item_id": [7, 8, 7],
    ...                       "rating": [5.0, 3.0, 4.0]})
    >>> model = ImplicitALS(n_factors=1, reg_per_row=0.1)
    >>> model = model.fit(RatingsDataset.fit(table))
    >>> seen, unseen = model.predict([1, 1], [0, 1])
    >>> bool(seen > unseen)
    True
    """

    def __init__(
        self,
        n_factors: int = 16,
        reg_per_row: float = 30.0,
        alpha: float = 4.0,
        epochs: int = 8,
        seed: int = 0,
    ):
        check_factors(n_factors)
        check_count("epochs", epochs, at_least=1, example=8)
        check_positive("reg_per_row", reg_per_row, example=30)
        check_positive("alpha", alpha, example=4)
        self.n_factors, self.reg_per_row, self.alpha = n_factors, reg_per_row, alpha
        self.epochs, self.seed = epochs, seed
        self.objective: list[float] = []

    def fit(self, train: RatingsDataset) -> "ImplicitALS":
        """Make `epochs` sweeps, users then movies; the stars are not looked at.

        Raises as `Estimator.fit`.
        """
        check_trainable(train)
        ones, sizes = torch.ones_like(train.ratings), (train.n_users, train.n_items)
        by_user = RatingRows(train.users, train.items, ones, *sizes)
        by_item = RatingRows(train.items, train.users, ones, *sizes[::-1])
        items = ones.new_empty(train.n_items, self.n_factors)
        items.normal_(0, 0.1, generator=seeded(self.seed))
        self.objective = []
        for _ in range(self.epochs):
            users = self._solve(by_user, items)
            items = self._solve(by_item, users)
        no_bias = users.new_zeros(train.n_users), items.new_zeros(train.n_items)
        self._tables = FactorTables(0.0, *no_bias, users, items)
        return self

    def _solve(self, rated: RatingRows, others) -> torch.Tensor:
        """(QᵀQ + α Σ q qᵀ + λI) p = (1 + α) Σ q for each row, Σ over what it rated.

        QᵀQ is the Gram matrix of *all* movies, the same for every user: the millions
        of empty cells cost one small product, and only the ratings are summed per row.
        """
        ridge = self.reg_per_row * torch.eye(self.n_factors, dtype=others.dtype)
        shared = others.T @ others + ridge
        solved = others.new_empty(rated.n_rows, self.n_factors)
        explained = 0.0
        for rows, gram, total in rated.grams(others):
            root = torch.linalg.cholesky(shared + self.alpha * gram)
            target = (1 + self.alpha) * total
            solved[rows] = torch.cholesky_solve(target[..., None], root)[..., 0]
            explained += (solved[rows] * target).double().sum().item()
        # At the minimum p of pᵀAp - 2pᵀh + Σ c s², the first two make -pᵀh.
        ones = (1 + self.alpha) * rated.counts.sum().item()
        price = self.reg_per_row * others.double().square().sum().item()
        self.objective.append(ones - explained + price)
        return solved
