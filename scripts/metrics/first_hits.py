"""Other readings of a list: where its first hit is, all its hits, and graded gains.

For students: lab 09 works each of them out by hand. `recommended`, `relevant` and who
is left out are as in `metrics.ranking`.
"""

import numpy as np
import pandas as pd

from .ranking import checked, hits_in, per_user_scores


def map_at_k(recommended, relevant, k: int = 10) -> float:
    """Mean average precision at k; see `per_user_measures`."""
    return float(per_user_measures(recommended, relevant, k)["ap"].mean())


def mrr_at_k(recommended, relevant, k: int = 10) -> float:
    """Mean reciprocal rank of the first hit, 0 without a hit in the first k places."""
    return float(per_user_measures(recommended, relevant, k)["rr"].mean())


def hit_rate_at_k(recommended, relevant, k: int = 10) -> float:
    """Share of the users with at least one hit in the first k places."""
    return float(per_user_measures(recommended, relevant, k)["hit"].mean())


def per_user_measures(recommended, relevant, k: int = 10) -> pd.DataFrame:
    """`ndcg, precision, recall, ap, rr, hit` by user; the index is the user's row.

    ap: the precision at the rank of each hit, added up and divided by min(k, number
    relevant), so that a perfect list has 1. (Some divide by the number of hits instead:
    then one hit on top is already perfect.) rr: 1 / rank of the first hit. hit: 1 or 0.
    Formulas: Manning, Raghavan & Schütze 2008, chapter 8; the bound min(k, …) as in
    Kaggle's MAP@k. Raises as `per_user_scores`.

    >>> from scipy.sparse import csr_array
    >>> wanted = csr_array([[0, 1, 0, 1, 1]])  # one user, who wants 1, 3 and 4
    >>> per_user_measures([[0, 1, 3]], wanted, k=3).round(3)
        ndcg  precision  recall     ap   rr  hit
    0  0.531      0.667   0.667  0.389  0.5  1.0
    """
    measures = per_user_scores(recommended, relevant, k)
    lists, relevant, users = checked(recommended, relevant, k)
    hits = hits_in(lists, relevant)[users]
    ranks = np.arange(1, k + 1)
    at_hits = hits * np.cumsum(hits, axis=1) / ranks
    best = np.minimum(np.diff(relevant.indptr)[users], k)
    measures["ap"] = at_hits.sum(axis=1) / best
    measures["rr"] = (hits / ranks).max(axis=1)
    measures["hit"] = hits.any(axis=1).astype(float)
    return measures


def graded_ndcg_at_k(recommended, gains, k: int = 10) -> float:
    """NDCG where some hits are worth more, mean over users with any gain.

    gains: scipy sparse (n_users, n_items), what item i is worth to user u: above zero,
    for example the stars, or 2^stars - 1, which counts little below the best. DCG =
    Σ gain / log2(rank + 1), divided by that of the user's k largest gains in order
    (Järvelin & Kekäläinen 2002; 2^stars - 1: Burges et al. 2005). With all gains equal
    it is `ndcg_at_k`. Raises `ValueError` for negative gains, and as `ndcg_at_k`.

    >>> from scipy.sparse import csr_array
    >>> stars = csr_array([[0, 5, 0, 1]])
    >>> graded_ndcg_at_k([[1, 3]], stars, k=2)
    1.0
    >>> round(graded_ndcg_at_k([[3, 1]], stars, k=2), 3)  # the better one is second
    0.738
    """
    lists, gains, users = checked(recommended, gains, k)
    if gains.data.min() < 0:
        raise ValueError(
            f"The smallest gain is {gains.data.min():g}; what a hit is worth is above "
            "zero. Shift the stars, or leave the disliked out."
        )
    discounts = 1 / np.log2(np.arange(2, k + 2))
    hits = hits_in(lists, gains)
    found = np.zeros(lists.shape)
    if hits.any():  # scipy answers no cells with a sparse array
        found[hits] = gains[np.nonzero(hits)[0], lists[hits]]
    of_lists = found @ discounts
    rows = np.repeat(np.arange(gains.shape[0]), np.diff(gains.indptr))
    order = np.lexsort((-gains.data, rows))  # by user, the largest gain first
    place = np.arange(len(order)) - gains.indptr[rows]
    kept = place < k
    worth = gains.data[order][kept] * discounts[place[kept]]
    best = np.bincount(rows[kept], weights=worth, minlength=gains.shape[0])
    return float((of_lists[users] / best[users]).mean())
