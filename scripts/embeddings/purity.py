"""Do neighbours share a genre more often than chance would have it?

For authors: behind the permutation test of lab 04.
"""

from dataclasses import dataclass

import numpy as np

from .neighbours import nearest_neighbours
from .vectors import MovieVectors


@dataclass(frozen=True)
class Purity:
    """The share of neighbours with a common genre, and the same under shuffled labels.

    null: (permutations,), the share after each shuffle; p_value: one-sided; n_movies:
    those with a genre and a vector that is not zero; left_out: the others.
    """

    share: float
    null: np.ndarray
    p_value: float
    k: int
    n_movies: int
    left_out: int

    @property
    def expected(self) -> float:
        """The mean share under shuffled labels."""
        return float(self.null.mean())

    def __str__(self) -> str:
        return (
            f"{self.share:.1%} of the {self.k} nearest neighbours share a genre, "
            f"{self.expected:.1%} under {len(self.null):,} shuffles "
            f"(largest {self.null.max():.1%}, p = {self.p_value:.2g}), "
            f"over {self.n_movies:,} movies"
        )


def genre_purity(
    movies: MovieVectors,
    k: int = 10,
    permutations: int = 1000,
    seed: int = 0,
    within: np.ndarray | None = None,
) -> Purity:
    """How many of each movie's `k` nearest neighbours share a genre with it.

    The null hypothesis: genres have nothing to do with the vectors. Each permutation
    hands the movies' sets of genres around and leaves the neighbours as they are.
    p = (1 + shuffles with as large a share) / (1 + shuffles), which is never zero
    (Phipson & Smyth 2010, doi:10.2202/1544-6115.1585). `within`, labels (n,), shuffles
    among movies with an equal label only: for example of like popularity.

    Movies without a genre can share none, and zero vectors have no neighbours: both
    are left out. Raises `ValueError` where fewer than k + 1 movies remain, for less
    than one permutation, and for `within` of another length.

    >>> import pandas as pd
    >>> genres = ["Western"] * 10 + ["Musical"] * 10
    >>> table = pd.DataFrame({"item_id": range(20), "genres": genres})
    >>> vectors = np.repeat([[1.0, 0.0], [0.0, 1.0]], 10, axis=0)
    >>> movies = MovieVectors(vectors, table, np.ones(20, int))
    >>> found = genre_purity(movies, k=3, permutations=99)
    >>> found.share, found.p_value, found.expected < 0.6
    (1.0, 0.01, True)
    """
    if permutations < 1:
        raise ValueError(
            f"permutations={permutations}: without a shuffle there is nothing to "
            "compare with. Ask for 1 or more, for example 1000."
        )
    if within is not None and len(within) != len(movies):
        raise ValueError(
            f"`within` holds {len(within):,} labels for {len(movies):,} movies: give "
            "one per movie, also to those without a genre."
        )
    usable = movies.genres.any(axis=1).to_numpy() & (movies.norms > 0)
    if usable.sum() <= k:
        raise ValueError(
            f"{usable.sum():,} of {len(movies):,} movies have a genre and a vector "
            f"that is not zero: too few for {k} neighbours each."
        )
    kept = movies.where(usable)
    genres = kept.genres.to_numpy()
    neighbours = nearest_neighbours(kept, k)
    groups = np.zeros(len(kept)) if within is None else np.asarray(within)[usable]
    rng = np.random.default_rng(seed)
    share = shared_genres(genres, neighbours)
    null = np.array(
        [
            shared_genres(genres[shuffle_within(groups, rng)], neighbours)
            for _ in range(permutations)
        ]
    )
    p_value = float(1 + np.count_nonzero(null >= share)) / (1 + permutations)
    left_out = len(movies) - len(kept)
    return Purity(share, null, p_value, k, len(kept), left_out)


def shared_genres(genres: np.ndarray, neighbours: np.ndarray) -> float:
    """The share of neighbours (n, k) that have a genre (n, n_genres) in common."""
    common = genres[:, None, :] & genres[neighbours]  # (n, k, n_genres)
    return float(common.any(axis=-1).mean())


def shuffle_within(groups: np.ndarray, rng) -> np.ndarray:
    """A random order of the rows, (n,), that moves none out of its group."""
    by_group = np.argsort(groups, kind="stable")
    shuffled = np.lexsort((rng.random(len(groups)), groups))
    order = np.empty_like(shuffled)
    order[by_group] = shuffled
    return order
