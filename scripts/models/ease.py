"""EASE: a linear model from movies to movies, solved in closed form.

For students: read aloud in lab 09.
"""

import torch

from data_utils import RatingsDataset, check_trainable

from .arguments import check_positive
from .base import Estimator
from .gram import cholesky
from .sparse_tables import SparseTables

MOST_ITEMS = 20_000
"""EASE holds three matrices of n_items² floats at once: 4.8 GB for this many movies."""


class TooManyItems(ValueError):
    """The matrix of all pairs of movies would not fit into memory."""


class EASE(Estimator):
    """Each movie as a weighted sum of the other movies that the user has rated.

    Steck 2019, doi:10.1145/3308558.3313710. With X the 0/1 matrix "has rated", it
    minimizes ‖X - X B‖² + λ ‖B‖² over the B whose diagonal is zero: no movie may
    explain itself. With P = (XᵀX + λ I)⁻¹ the solution is B_ij = -P_ij / P_jj for
    i ≠ j. λ is `reg_per_row`, one price for every row of B. Scores are X B, about 0 to
    1, and no stars. Negative weights are what neighbour methods lack: having seen one
    movie may speak *against* another.

    Nothing is drawn, so there is no seed. Time n_items³, memory 12 n_items² bytes: a
    second for the 1,682 movies of ML-100K. `fit` raises `TooManyItems` above
    `MOST_ITEMS`, and otherwise as `Estimator.fit`.

    >>> import pandas as pd
    >>> table = pd.DataFrame({"user_id": [1, 1, 2, 2, 3], "rating": 4.0,
    ...                       "item_id": [7, 8, 7, 8, 7]})
    >>> model = EASE(reg_per_row=1).fit(RatingsDataset.fit(table))
    >>> [round(score, 2) for score in model.scores([2])[0].tolist()]
    [0.0, 0.5]
    """

    def __init__(self, reg_per_row: float = 500.0):
        check_positive("reg_per_row", reg_per_row, example=500)
        self.reg_per_row = reg_per_row

    def fit(self, train: RatingsDataset) -> "EASE":
        """Invert one matrix; the stars are not looked at."""
        check_trainable(train)
        check_movies(train.n_items, type(self).__name__)
        gram = co_ratings(train)
        gram.diagonal().add_(self.reg_per_row)
        inverse = torch.cholesky_inverse(cholesky(gram))
        weights = inverse.div_(-inverse.diagonal().clone())  # column j by -P_jj
        weights.fill_diagonal_(0)
        ones = torch.ones(len(train))
        self._tables = SparseTables.of(
            train.users, train.items, ones, weights, train.n_users
        )
        return self


def check_movies(n_items: int, name: str) -> None:
    """All pairs of movies fit into memory; raises `TooManyItems`."""
    if n_items > MOST_ITEMS:
        raise TooManyItems(
            f"{name} keeps a number for each pair of movies, and {n_items:,} movies "
            f"have {n_items**2:,}. Its limit is {MOST_ITEMS:,} movies: leave out the "
            "rarest ones, or use a model with factors, such as ImplicitALS."
        )


def co_ratings(train: RatingsDataset, weights=None) -> torch.Tensor:
    """XᵀX, float32 (n_items, n_items): in how many histories two movies meet.

    weights: (n_users,), how much each user's history counts; one each by default.

    >>> import pandas as pd
    >>> table = pd.DataFrame({"user_id": [1, 1, 2], "item_id": [7, 8, 7],
    ...                       "rating": 4.0})
    >>> co_ratings(RatingsDataset.fit(table)).tolist()
    [[2.0, 1.0], [1.0, 1.0]]
    """
    from scipy.sparse import csr_array  # here: it would delay the start of every lab

    values = torch.ones(len(train)) if weights is None else weights[train.users].sqrt()
    pairs = train.users.numpy(), train.items.numpy()
    histories = csr_array((values.numpy(), pairs), shape=(train.n_users, train.n_items))
    return torch.from_numpy((histories.T @ histories).toarray()).float()
