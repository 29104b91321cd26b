"""Is a list varied, and does it leave the beaten track?

For students: lab 09. `recommended` is as in `metrics.ranking`.
"""

import numpy as np

from .ranking import NO_ITEM, filled_places


def per_user_diversity(recommended, item_vectors) -> np.ndarray:
    """Mean of 1 - cosine over the pairs of each list, float64 (n_users,).

    0: all movies of the list are alike; 1: none has anything in common with another.
    item_vectors: (n_items, d), for example one column per genre; a row of zeros is like
    nothing. NaN for lists of fewer than two items. Smyth & McClave 2001, intra-list
    diversity. Raises `ValueError` for lists that do not fit the vectors.

    >>> genres = np.array([[1, 0], [1, 0], [0, 1]])
    >>> per_user_diversity([[0, 1], [0, 2]], genres).tolist()
    [0.0, 1.0]
    """
    lists = np.asarray(recommended)
    vectors = np.asarray(item_vectors, dtype=np.float64)
    filled_places(lists, len(vectors))
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    there = lists != NO_ITEM
    listed = unit[lists] * there[..., None]
    # Σ over pairs of a·b = (‖Σ a‖² - Σ ‖a‖²) / 2: no pair is looked at.
    alike = (listed.sum(axis=1) ** 2).sum(axis=1) - (listed**2).sum(axis=(1, 2))
    n = there.sum(axis=1)
    pairs = np.where(n > 1, n * (n - 1), np.nan)
    return 1 - alike / pairs


def intra_list_diversity(recommended, item_vectors) -> float:
    """Mean of `per_user_diversity` over the lists of two items or more.

    >>> intra_list_diversity([[0, 1], [0, 2]], [[1, 0], [1, 0], [0, 1]])
    0.5
    """
    return float(np.nanmean(per_user_diversity(recommended, item_vectors)))


def in_long_tail(popularity, head_share: float = 0.8) -> np.ndarray:
    """Which items are in the long tail, bool (n_items,).

    The head holds the most rated items that together have `head_share` of all ratings;
    the tail is the rest (Abdollahpouri, Burke & Mobasher 2017, doi:10.1145/3109859.
    3109912). popularity: training ratings by item. Items rated equally often stay on
    one side. Raises `ValueError` for a share outside (0, 1) and where nothing is rated.

    >>> in_long_tail([80, 15, 5], head_share=0.8).tolist()
    [False, True, True]
    """
    popularity = np.asarray(popularity, dtype=np.float64)
    if not 0 < head_share < 1:
        raise ValueError(
            f"head_share={head_share} was given; it is a share of the ratings between "
            "0 and 1, for example 0.8."
        )
    if not popularity.sum() > 0:
        raise ValueError("Nothing has been rated, so there is neither head nor tail.")
    falling = np.sort(popularity)[::-1]
    enough = np.cumsum(falling) >= head_share * popularity.sum() * (1 - 1e-12)
    return popularity < falling[np.argmax(enough)]


def long_tail_share(recommended, popularity, head_share: float = 0.8) -> float:
    """Share of the filled places of all lists that hold an item of the long tail.

    >>> long_tail_share([[0, 1], [0, -1]], popularity=[80, 15, 5])  # one of three
    0.3333333333333333
    """
    items = filled_places(recommended, len(popularity))
    return float(in_long_tail(popularity, head_share)[items].mean())
