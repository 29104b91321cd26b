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


CONFIDENCE = {
    "same": torch.ones_like,
    "counts": lambda counts: counts,
    "log counts": torch.log1p,
}
"""How much more than α each rating counts, by what is in the column `rating`."""


class ImplicitALS(Estimator):
    """Matrix factorization of the 0/1 matrix "has rated", with every cell in the loss.

    Hu, Koren & Volinsky 2008, doi:10.1109/ICDM.2008.22. Minimizes, over *all* pairs,
    Σ c_ui (s_ui - p_u·q_i)² + Σ λ_u ‖p_u‖² + Σ λ_i ‖q_i‖²,  where s_ui = 1 and
    c_ui = 1 + α for a pair in the training data, s_ui = 0 and c_ui = 1 for any other:
    silence counts, but 1 + α (`alpha`) times less. A row with n ratings pays
    `reg_per_row` + n × `reg_per_rating` times its squared length (the second: Rendle
    et al. 2022, doi:10.1145/3523227.3548486). Scores are near 0 to 1, not stars. An
    epoch is one sweep: all users, then all movies.

    confidence: "same", whatever the rating says; "counts", c_ui = 1 + α r_ui, for a
    column that says how often; "log counts", 1 + α log(1 + r_ui), the paper's second
    form with ε = 1. dislikes_below: a rating under it is a confident *no*, s_ui = 0
    with the same c_ui; None: every rating is a yes.

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
        reg_per_rating: float = 0.0,
        confidence: str = "same",
        dislikes_below: float | None = None,
    ):
        check_factors(n_factors)
        check_count("epochs", epochs, at_least=1, example=8)
        check_positive("reg_per_row", reg_per_row, example=30)
        check_positive("alpha", alpha, example=4)
        check_positive("reg_per_rating", reg_per_rating, example=0.1, or_zero=True)
        if confidence not in CONFIDENCE:
            raise ValueError(
                f"confidence={confidence!r}: choose one of {', '.join(CONFIDENCE)}."
            )
        self.n_factors, self.reg_per_row, self.alpha = n_factors, reg_per_row, alpha
        self.epochs, self.seed = epochs, seed
        self.reg_per_rating, self.confidence = reg_per_rating, confidence
        self.dislikes_below = dislikes_below
        self.objective: list[float] = []

    def fit(self, train: RatingsDataset) -> "ImplicitALS":
        """Make `epochs` sweeps, users then movies.

        Raises `ValueError` for counts below zero, and as `Estimator.fit`.
        """
        check_trainable(train)
        if self.confidence != "same" and train.ratings.min() < 0:
            raise ValueError(
                f"confidence={self.confidence!r} reads the column `rating` as counts, "
                f"and the smallest is {train.ratings.min():g}: counts are zero or more."
            )
        extra, wanted = self.extra(train.ratings), self.wanted(train.ratings)
        pairs = train.users, train.items
        sizes = train.n_users, train.n_items
        targets = (1 + extra) * wanted
        # All alike need no weights of their own, which makes the sums quicker.
        weights = None if self.confidence == "same" else extra / self.alpha
        by_user = RatingRows(*pairs, targets, *sizes, weights)
        by_item = RatingRows(*pairs[::-1], targets, *sizes[::-1], weights)
        items = targets.new_empty(train.n_items, self.n_factors)
        items.normal_(0, 0.1, generator=seeded(self.seed))
        self.objective = []
        for _ in range(self.epochs):
            users = self._solve(by_user, items, self.ridge(by_item.counts))
            items = self._solve(by_item, users, self.ridge(by_user.counts))
        no_bias = users.new_zeros(train.n_users), items.new_zeros(train.n_items)
        self._tables = FactorTables(0.0, *no_bias, users, items)
        return self

    def ridge(self, n_ratings):
        """The price of a row with so many ratings, per unit of its squared length."""
        return self.reg_per_row + self.reg_per_rating * n_ratings

    def extra(self, ratings: torch.Tensor) -> torch.Tensor:
        """c - 1 of pairs with these ratings, (n,)."""
        return self.alpha * CONFIDENCE[self.confidence](ratings)

    def wanted(self, ratings: torch.Tensor) -> torch.Tensor:
        """s of pairs with these ratings, 0 or 1, (n,)."""
        if self.dislikes_below is None:
            return torch.ones_like(ratings)
        return (ratings >= self.dislikes_below).to(ratings.dtype)

    def _solve(self, rated: RatingRows, others, price) -> torch.Tensor:
        """(QᵀQ + Σ (c-1) q qᵀ + λ_u I) p = Σ c s q for each row, Σ over its ratings.

        QᵀQ is the Gram matrix of *all* movies, the same for every user: the millions
        of empty cells cost one small product, and only the ratings are summed per row.
        price: λ_i of the others.
        """
        shared = others.T @ others
        ridge = self.ridge(rated.counts)
        solved = others.new_empty(rated.n_rows, self.n_factors)
        explained = 0.0
        for rows, gram, target in rated.grams(others):
            gram.mul_(self.alpha).add_(shared)
            own = torch.as_tensor(ridge[rows], dtype=others.dtype)
            gram.diagonal(dim1=1, dim2=2).add_(own[:, None])
            root = torch.linalg.cholesky(gram)
            solved[rows] = torch.cholesky_solve(target[..., None], root)[..., 0]
            explained += (solved[rows] * target).double().sum().item()
        # At the minimum p of pᵀAp - 2pᵀh + Σ c s², the first two make -pᵀh; where
        # s is 0 or 1, Σ c s² is Σ c s.
        paid = (others.double().square().sum(1) * price).sum().item()
        self.objective.append(rated.values.double().sum().item() - explained + paid)
        return solved
