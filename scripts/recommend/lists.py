"""From scores to lists: the best unseen movies of one user, and of everyone at once.

For students: read aloud in lab 05.
"""

from typing import NamedTuple

import numpy as np
import torch

from data_utils import RatingsDataset
from metrics.best import best
from models.arguments import check_count, check_finite

SCORES_AT_ONCE = 1 << 22
"""A chunk of users has at most this many scores (16 MB): they stay in the cache."""


class Lists(NamedTuple):
    """One list per user, best first, as `metrics.score_lists` takes them.

    items: int64 (n_users, top_k), item indices, -1 where a list is shorter;
    scores: float32 (n_users, top_k), -inf there.
    """

    items: np.ndarray
    scores: np.ndarray


def top_k_for_everyone(
    model, train: RatingsDataset, top_k: int = 10, min_ratings: int = 0
) -> Lists:
    """The `top_k` movies with the highest scores that each user has not rated.

    `min_ratings` leaves out movies with fewer training ratings. One matrix product
    scores a chunk of users, so memory stays bounded for any number of them; the rated
    cells are marked by their positions, never by a users × movies mask. Equal scores
    keep the order of the items. `model` may be tables alone, as `model.tables()` gives
    them; on a GPU (`.to("cuda")`) they are scored there. Raises `ValueError` for a
    `top_k` that is not a whole number of 1 or more, and for scores that are NaN.

    >>> import pandas as pd
    >>> from models import Popularity
    >>> table = pd.DataFrame({"user_id": [1, 1, 2, 3], "item_id": [7, 8, 7, 9],
    ...                       "rating": [5.0, 1.0, 4.0, 2.0]})
    >>> train = RatingsDataset.fit(table)
    >>> top_k_for_everyone(Popularity().fit(train), train, top_k=2).items.tolist()
    [[2, -1], [1, 2], [0, 1]]
    """
    check_count("top_k", top_k, at_least=1, example=10)
    rare = torch.nonzero(support(train) < min_ratings).squeeze(1)
    size = max(1, SCORES_AT_ONCE // max(1, train.n_items))
    # Filled in place: small results between large scores would break up the memory.
    lists = Lists(
        np.empty((train.n_users, top_k), dtype=np.int64),
        np.empty((train.n_users, top_k), dtype=np.float32),
    )
    for users in torch.arange(train.n_users).split(size):
        scores = finite_scores(model, users, train.n_items)
        rated = train.rows_of(users[0], users[-1])
        scores[train.users[rated] - users[0], train.items[rated]] = -torch.inf
        scores[:, rare] = -torch.inf
        items, highest = best(scores, top_k)
        lists.items[users], lists.scores[users] = items.cpu(), highest.cpu()
    return lists


def finite_scores(model, users, n_items: int) -> torch.Tensor:
    """Scores of all movies for these users, (len(users), n_items), a fresh tensor."""
    scores = model.scores(users)
    if scores.shape[1] != n_items:
        raise ValueError(
            f"The model scores {scores.shape[1]:,} movies and the training data have "
            f"{n_items:,}: give the data that the model was fitted on."
        )
    check_finite(scores, model)
    return scores


def support(train: RatingsDataset) -> torch.Tensor:
    """Training ratings of each movie, int64 (n_items,).

    >>> import pandas as pd
    >>> table = pd.DataFrame({"user_id": [1, 1, 2], "item_id": [7, 8, 7],
    ...                       "rating": [5.0, 3.0, 4.0]})
    >>> support(RatingsDataset.fit(table)).tolist()
    [2, 1]
    """
    return train.ratings_per_item
