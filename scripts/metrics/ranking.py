"""The quality of recommended lists: accuracy, coverage, novelty and popularity.

For students: lab 05 reads its lists by these.

Every function takes `recommended`, an integer array of shape (n_users, k): row u holds
the item indices recommended to user u, best first, padded with -1 where the list is
shorter. `relevant` is a scipy sparse matrix of shape (n_users, n_items), nonzero where
the user wants the item. Users for whom nothing is relevant cannot be served well or
badly: they are left out of the accuracy means, and `score_lists` says how many.
"""

from dataclasses import dataclass
from numbers import Integral

import numpy as np
import pandas as pd

NO_ITEM = -1
"""What stands in a list where there is nothing left to recommend."""


@dataclass(frozen=True)
class ListScores:
    """Means over users with relevant items; coverage to popularity over all lists."""

    k: int
    ndcg: float
    precision: float
    recall: float
    coverage: float
    novelty: float
    mean_popularity_rank: float
    n_users: int
    n_left_out: int

    def __str__(self) -> str:
        return (
            f"NDCG@{self.k} {self.ndcg:.3f}, precision {self.precision:.3f}, recall "
            f"{self.recall:.3f} over {self.n_users:,} users ({self.n_left_out:,} left "
            f"out: nothing relevant to them). The lists hold {self.coverage:.1%} of "
            f"the movies; novelty {self.novelty:.1f} bits, mean popularity rank "
            f"{self.mean_popularity_rank:.0f}."
        )


def score_lists(recommended, relevant, popularity, k: int = 10) -> ListScores:
    """All measures of this module at once; `popularity`: training ratings by item.

    Raises `ValueError` as the single measures do.

    >>> from scipy.sparse import csr_array
    >>> wanted = csr_array([[0, 1, 1, 0], [0, 0, 0, 0]])  # two users, four movies
    >>> scores = score_lists([[1, 0], [3, 0]], wanted, popularity=[8, 4, 2, 2], k=2)
    >>> scores.precision, scores.recall, scores.coverage
    (0.5, 0.5, 0.75)
    >>> scores.n_users, scores.n_left_out  # nothing is relevant to the second user
    (1, 1)
    """
    scores = per_user_scores(recommended, relevant, k)
    lists = np.asarray(recommended)[:, :k]
    return ListScores(
        k=k,
        **{name: float(scores[name].mean()) for name in scores},
        coverage=coverage(lists, len(popularity)),
        novelty=novelty(lists, popularity),
        mean_popularity_rank=mean_popularity_rank(lists, popularity),
        n_users=len(scores),
        n_left_out=len(lists) - len(scores),
    )


def ndcg_at_k(recommended, relevant, k: int = 10) -> float:
    """Normalized discounted cumulative gain, binary relevance, mean over users.

    DCG = Σ over hits of 1 / log2(rank + 1), ranks from 1; divided by the DCG of the
    best possible list, whose first min(k, number relevant) places are all hits
    (Järvelin & Kekäläinen 2002, doi:10.1145/582415.582418). Raises `ValueError` for
    lists that do not fit, and where nothing is relevant to anyone.

    >>> from scipy.sparse import csr_array
    >>> wanted = csr_array([[0, 1, 0, 1]])  # one user, who wants items 1 and 3
    >>> ndcg_at_k([[1, 3]], wanted, k=2), round(ndcg_at_k([[0, 3]], wanted, k=2), 3)
    (1.0, 0.387)
    """
    return float(per_user_scores(recommended, relevant, k)["ndcg"].mean())


def precision_at_k(recommended, relevant, k: int = 10) -> float:
    """Hits in the first k places / k, mean over users; an unfilled place is a miss."""
    return float(per_user_scores(recommended, relevant, k)["precision"].mean())


def recall_at_k(recommended, relevant, k: int = 10) -> float:
    """Hits in the first k places / number of relevant items, mean over users."""
    return float(per_user_scores(recommended, relevant, k)["recall"].mean())


def per_user_scores(recommended, relevant, k: int = 10) -> pd.DataFrame:
    """`ndcg`, `precision`, `recall` by user; the index is the row of the user.

    Users without a relevant item have no row. Two models' frames on the same
    `relevant` can be compared user by user with `paired_difference`. Raises
    `ValueError` for lists that do not fit, and where nothing is relevant to anyone.

    >>> from scipy.sparse import csr_array
    >>> wanted = csr_array([[0, 1, 0, 1], [0, 0, 0, 0], [1, 0, 0, 0]])
    >>> per_user_scores([[1, 2], [0, 1], [0, -1]], wanted, k=2).round(3)
        ndcg  precision  recall
    0  0.613        0.5     0.5
    2  1.000        0.5     1.0
    """
    lists, relevant, users = checked(recommended, relevant, k)
    n_relevant = np.diff(relevant.indptr)
    n_relevant = n_relevant[users]
    hits = hits_in(lists, relevant)[users]
    discounts = 1 / np.log2(np.arange(2, k + 2))
    best = np.cumsum(discounts)[np.minimum(n_relevant, k) - 1]
    return pd.DataFrame(
        {
            "ndcg": hits @ discounts / best,
            "precision": hits.sum(axis=1) / k,
            "recall": hits.sum(axis=1) / n_relevant,
        },
        index=users,
    )


def coverage(recommended, n_items: int) -> float:
    """Share of the `n_items` movies that stand in at least one list.

    >>> coverage([[0, 1], [1, -1]], n_items=4)
    0.5
    """
    return len(np.unique(filled_places(recommended, n_items))) / n_items


def novelty(recommended, popularity) -> float:
    """Mean of -log2(share of all training ratings) over recommended items, in bits.

    An item with one bit more is rated half as often (Castells, Vargas & Wang 2011).
    `popularity`: training ratings by item; one never rated counts as rated once.
    Raises `ValueError` where nothing has been rated.
    """
    popularity = np.asarray(popularity)
    items = filled_places(recommended, len(popularity))
    if not popularity.sum() > 0:
        raise ValueError(
            "`popularity` holds no ratings at all, so no item has a share of them: "
            "give the number of training ratings of each item."
        )
    share = np.maximum(popularity, 1) / popularity.sum()
    return float(-np.log2(share)[items].mean())


def mean_popularity_rank(recommended, popularity) -> float:
    """Mean rank by popularity of the recommended items: 1 is the most rated movie.

    Movies rated equally often share the mean of their ranks.

    >>> mean_popularity_rank([[0, 2]], popularity=[9, 5, 5])
    1.75
    """
    items = filled_places(recommended, len(popularity))
    ranks = pd.Series(popularity).rank(ascending=False).to_numpy()
    return float(ranks[items].mean())


def checked(recommended, relevant, k):
    """`(lists, relevant, users)`: k places, a tidy csr matrix, who has relevant items.

    Raises as `per_user_scores`.
    """
    from scipy.sparse import csr_array  # here: it would delay the start of every lab

    relevant = csr_array(relevant, copy=True)
    relevant.sum_duplicates()
    relevant.eliminate_zeros()
    lists = checked_lists(recommended, relevant.shape, k)
    users = np.flatnonzero(np.diff(relevant.indptr))
    if len(users) == 0:
        raise ValueError(
            f"None of {len(lists):,} users has a relevant item, so there is nothing to "
            "score. Check how `relevant` was made: is its threshold too high?"
        )
    return lists, relevant, users


def hits_in(lists, relevant) -> np.ndarray:
    """Whether each place holds a relevant item, shape (n_users, k)."""
    n_users, n_items = relevant.shape
    rows = np.arange(n_users)[:, None]
    wanted = np.repeat(rows[:, 0], np.diff(relevant.indptr)) * n_items
    wanted += relevant.indices
    asked = np.where(lists == NO_ITEM, -1, rows * n_items + lists)
    position = np.minimum(np.searchsorted(wanted, asked), len(wanted) - 1)
    return wanted[position] == asked


def checked_lists(recommended, shape, k) -> np.ndarray:
    if not isinstance(k, Integral) or k < 1:
        raise ValueError(
            f"k={k!r}: the first k places of each list are scored, so give a whole "
            "number of 1 or more, for example 10."
        )
    lists = np.asarray(recommended)
    if lists.ndim != 2 or len(lists) != shape[0] or lists.shape[1] < k:
        raise ValueError(
            f"`recommended` has shape {lists.shape}; for k={k} and the {shape[0]:,} "
            f"users of `relevant` it needs shape ({shape[0]}, at least {k}). "
            "Pad short lists with -1."
        )
    lists = lists[:, :k]
    filled_places(lists, shape[1])
    ordered = np.sort(lists)
    twice = (ordered[:, 1:] == ordered[:, :-1]) & (ordered[:, 1:] != NO_ITEM)
    if twice.any():
        user = int(np.flatnonzero(twice.any(axis=1))[0])
        raise ValueError(
            f"The list of user {user} holds an item twice: {lists[user].tolist()}. A "
            "repeated item would be counted as several hits."
        )
    return lists


def filled_places(recommended, n_items) -> np.ndarray:
    """The indices in the lists without padding, shape (number of places filled,)."""
    lists = np.asarray(recommended)
    items = lists[lists != NO_ITEM]
    if len(items) == 0:
        raise ValueError("The lists are empty: no item is recommended to anyone.")
    if not np.issubdtype(items.dtype, np.integer):
        raise ValueError(
            f"`recommended` holds {items.dtype} values; item indices are integers."
        )
    if items.min() < 0 or items.max() >= n_items:
        raise ValueError(
            f"`recommended` holds indices from {items.min()} to {items.max()}; the "
            f"{n_items:,} items have 0 to {n_items - 1}, and -1 is padding. Were raw "
            "ids given?"
        )
    return items
