"""How well movies are put in order that nobody has rated. For students: lab 10.

Two questions that different models answer best: which of the new movies will a user
watch, and which of those watched will be liked?
"""

import numpy as np
import pandas as pd
import torch

from data_utils import seeded

from .ranking import ndcg_at_k
from .ratings import as_vector


def auc_within_users(scores, liked, users) -> float:
    """The chance that a user's liked movie scores above one that the user did not like.

    Area under the ROC curve for each user, then the mean over users who have both kinds
    (Hanley & McNeil 1982, doi:10.1148/radiology.143.1.7063747). Equal scores count
    half, so guessing gives 0.5. scores: (n,), one per rating; liked: booleans (n,);
    users: (n,). Raises `ValueError` for shapes that do not match, and where no user has
    both kinds.

    >>> auc_within_users([3, 2, 1, 5], [True, False, True, True], users=[1, 1, 1, 2])
    0.5
    """
    scores = as_vector(scores, "scores")
    liked, users = np.asarray(liked, dtype=bool), np.asarray(users)
    if not len(scores) == len(liked) == len(users):
        raise ValueError(
            f"{len(scores):,} scores, {len(liked):,} marks and {len(users):,} users "
            "were given; each rating needs one of each."
        )
    table = pd.DataFrame({"user": users, "liked": liked, "score": scores})
    table["rank"] = table.groupby("user")["score"].rank()
    n = table.groupby("user")["liked"].agg(["sum", "size"])
    ranks = table[table["liked"]].groupby("user")["rank"].sum().reindex(n.index)
    pairs = n["sum"] * (n["size"] - n["sum"])
    above = ranks - n["sum"] * (n["sum"] + 1) / 2
    both = pairs > 0
    if not both.any():
        raise ValueError(
            "No user has both liked and other ratings here, so no pair can be put in "
            "order. Check the threshold that made `liked`."
        )
    return float((above[both] / pairs[both]).mean())


def ndcg_among(scores, test, items, k: int = 10) -> float:
    """NDCG@k of lists that are drawn up from `items` alone, such as the new movies.

    scores: (n_users, n_items), a row for each user; test: a `RatingsDataset` of the
    held-out ratings, all of which count as relevant, whatever their stars; items:
    indices of the movies to choose from. Equal scores are put in a random order, the
    same in each call: the order of a catalogue may tell what is popular. Users without
    a held-out rating among `items` are left out. Raises as `ndcg_at_k`.

    >>> table = pd.DataFrame({"user_id": [1, 1, 2], "item_id": [7, 8, 9],
    ...                       "rating": 4.0})
    >>> from data_utils import RatingsDataset
    >>> scores = torch.tensor([[9.0, 1.0, 2.0], [9.0, 3.0, 4.0]])
    >>> round(ndcg_among(scores, RatingsDataset.fit(table), [1, 2], k=1), 2)
    0.5
    """
    from scipy.sparse import csr_array  # here: it would delay the start of every lab

    items = torch.as_tensor(items)
    items = items[torch.randperm(len(items), generator=seeded(0))]
    place = torch.full((scores.shape[1],), -1)
    place[items] = torch.arange(len(items))
    there = (test.users >= 0) & (test.items >= 0)
    there &= place[test.items] >= 0
    cells = test.users[there].numpy(), place[test.items[there]].numpy()
    shape = scores.shape[0], len(items)
    relevant = csr_array((np.ones(len(cells[0])), cells), shape=shape)
    ordered = scores[:, items].sort(dim=1, descending=True, stable=True).indices
    k = min(k, len(items))
    return ndcg_at_k(ordered[:, :k].numpy(), relevant, k)
