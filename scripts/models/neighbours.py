"""Nearest neighbours for lists: movies like yours, and what people like you watch.

For students: read aloud in lab 09. Stars are not looked at: a user's history is a set.
"""

import torch

from data_utils import RatingsDataset, check_trainable

from .arguments import check_count, check_positive
from .base import Estimator
from .ease import check_movies, co_ratings
from .sparse_tables import SparseTables

MOST_USERS = 20_000
"""UserKNN compares all pairs of users: 1.6 GB for this many."""


class ItemKNN(Estimator):
    """Score of a movie: its similarities to what the user has rated, added up.

    Deshpande & Karypis 2004, doi:10.1145/963770.963776. The similarity of two movies is
    the shrunken cosine of their audiences,  s_ij = n_ij / (√(n_i n_j) + `shrinkage`),
    in which a user with a history of n movies counts as 1 / n: who has rated everything
    says little of any pair. A movie listens to its `n_neighbours` most similar movies
    only, whoever asks. Limiting instead for how many movies each *rated* movie speaks
    makes worse lists: the famous are near everything.

    Memory 8 n_items² bytes. `fit` raises `TooManyItems`, and as `Estimator.fit`.

    >>> import pandas as pd
    >>> table = pd.DataFrame({"user_id": [1, 1, 2, 2, 3], "rating": 4.0,
    ...                       "item_id": [7, 8, 7, 8, 7]})
    >>> model = ItemKNN(n_neighbours=1).fit(RatingsDataset.fit(table))
    >>> bool(model.predict([2], [1]) > 0)  # the third has seen 7, and 8 is like it
    True
    """

    def __init__(self, n_neighbours: int = 200, shrinkage: float = 0.0):
        _check_neighbourhood(n_neighbours, shrinkage)
        self.n_neighbours, self.shrinkage = n_neighbours, shrinkage

    def fit(self, train: RatingsDataset) -> "ItemKNN":
        """Compare all pairs of movies by who has rated them."""
        check_trainable(train)
        check_movies(train.n_items, type(self).__name__)
        activity = torch.bincount(train.users, minlength=train.n_users)
        together = co_ratings(train, 1 / activity.clamp(min=1))
        similar = nearest(together, self.n_neighbours, self.shrinkage)
        ones = torch.ones(len(train))
        self._tables = SparseTables.of(
            train.users, train.items, ones, similar.T.contiguous(), train.n_users
        )
        return self


class UserKNN(Estimator):
    """Score of a movie: the similarities of the user's neighbours who have rated it.

    Herlocker et al. 1999, doi:10.1145/312624.312682, for histories in place of stars.
    The similarity of two users is the shrunken cosine of their histories, in which a
    movie with n ratings counts as 1 / √n: that both know a famous movie says
    little. Each user listens to the `n_neighbours` most similar ones.

    Memory 8 n_users² bytes, and n_users × n_items floats for the histories. `fit`
    raises `ValueError` above `MOST_USERS`, and as `Estimator.fit`.

    >>> import pandas as pd
    >>> table = pd.DataFrame({"user_id": [1, 1, 2, 2, 3], "rating": 4.0,
    ...                       "item_id": [7, 8, 7, 8, 7]})
    >>> model = UserKNN(n_neighbours=1).fit(RatingsDataset.fit(table))
    >>> bool(model.predict([2], [1]) > 0)  # one of those who have seen 7 has seen 8
    True
    """

    def __init__(self, n_neighbours: int = 150, shrinkage: float = 0.0):
        _check_neighbourhood(n_neighbours, shrinkage)
        self.n_neighbours, self.shrinkage = n_neighbours, shrinkage

    def fit(self, train: RatingsDataset) -> "UserKNN":
        """Compare all pairs of users by what they have rated."""
        check_trainable(train)
        if train.n_users > MOST_USERS:
            raise ValueError(
                f"UserKNN compares all pairs of users, and {train.n_users:,} are more "
                f"than its limit of {MOST_USERS:,}: use ItemKNN, which compares movies."
            )
        support = torch.bincount(train.items, minlength=train.n_items)
        histories = torch.zeros(train.n_users, train.n_items, dtype=torch.float32)
        histories[train.users, train.items] = 1
        weighted = histories / support.clamp(min=1).sqrt().float()
        similar = nearest(weighted @ histories.T, self.n_neighbours, self.shrinkage)
        users, neighbours = similar.nonzero(as_tuple=True)
        self._tables = SparseTables.of(
            users, neighbours, similar[users, neighbours], histories, train.n_users
        )
        return self


def nearest(together: torch.Tensor, n_neighbours: int, shrinkage: float):
    """Shrunken cosines, each row's `n_neighbours` largest; all others 0, (n, n).

    together: (n, n), common weight of two rows, on the diagonal the row's own.

    >>> nearest(torch.tensor([[4.0, 2.0, 1.0], [2.0, 4.0, 0.0], [1.0, 0.0, 1.0]]),
    ...         n_neighbours=1, shrinkage=0).tolist()
    [[0.0, 0.5, 0.0], [0.5, 0.0, 0.0], [0.5, 0.0, 0.0]]
    """
    lengths = together.diagonal().sqrt()
    scale = lengths[:, None] * lengths + shrinkage
    cosines = torch.where(scale > 0, together / scale, 0.0).fill_diagonal_(0)
    # Of equals, the first in order: topk would pick any.
    order = cosines.sort(dim=1, descending=True, stable=True).indices
    kept = order[:, :n_neighbours]
    return torch.zeros_like(cosines).scatter_(1, kept, cosines.gather(1, kept))


def _check_neighbourhood(n_neighbours, shrinkage) -> None:
    check_count("n_neighbours", n_neighbours, at_least=1, example=100)
    check_positive("shrinkage", shrinkage, example=0.1, or_zero=True)
