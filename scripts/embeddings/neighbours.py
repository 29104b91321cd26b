"""Which movies lie in the same direction: cosine by one normalized product.

For authors: behind the lists of lab 04.
"""

from numbers import Integral

import numpy as np
import pandas as pd

from reporting import say

from .vectors import MovieVectors

SIMILARITIES_AT_ONCE = 1 << 24
"""A chunk of movies has at most this many similarities (128 MB)."""


def find_similar_movies(
    title: str, movies: MovieVectors, top_k: int = 10, min_ratings: int = 0
) -> pd.DataFrame:
    """The `top_k` movies nearest to `title` by cosine, the nearest first.

    Columns: title (with its year), genres, ratings (how many), cosine. Where several
    movies match the title, the one with the most ratings is taken and said. Neighbours
    have `min_ratings` ratings or more; where fewer are left than `top_k`, the table is
    shorter. Raises `UnknownTitle` with the nearest titles, and `ValueError` for a
    `top_k` below 1 and for a movie whose vector is zero.

    >>> table = pd.DataFrame({"item_id": [1, 2, 3], "title": ["Heat", "Ronin", "Big"],
    ...     "year": [1995, 1998, 1988], "genres": ["Crime", "Crime", "Comedy"]})
    >>> vectors = np.array([[1.0, 0], [3, 4], [0, 1]])
    >>> movies = MovieVectors(vectors, table, np.array([9, 5, 7]))
    >>> find_similar_movies("heat", movies, top_k=1)[["title", "ratings", "cosine"]]
              title  ratings  cosine
    0  Ronin (1998)        5     0.6
    """
    match = movies.titles.find(title)
    if match.note:
        say(match.note)
    if not movies.norms[match.row]:
        raise ValueError(
            f"The vector of {match.label} is zero: it has no direction, so nothing is "
            "near it. The model has learned nothing about this movie."
        )
    return nearest_to(
        movies.unit[match.row], movies, top_k, min_ratings, leave_out=[match.row]
    )


def nearest_to(
    vector: np.ndarray,
    movies: MovieVectors,
    top_k: int = 10,
    min_ratings: int = 0,
    leave_out=(),
) -> pd.DataFrame:
    """As `find_similar_movies`, for any `vector` (k,) that is not zero.

    `leave_out` holds rows that may not be answered. Raises `ValueError` for a vector
    of another length, with NaN or infinity in it, or of zeros, and for a `top_k` that
    is not a whole number of 1 or more.

    >>> table = pd.DataFrame({"item_id": [1, 2, 3], "title": ["Heat", "Ronin", "Big"],
    ...     "year": [1995, 1998, 1988], "genres": ["Crime", "Crime", "Comedy"]})
    >>> vectors = np.array([[1.0, 0], [3, 4], [0, 1]])
    >>> movies = MovieVectors(vectors, table, np.array([9, 5, 7]))
    >>> nearest_to(np.array([0, 2]), movies, top_k=2)[["title", "cosine"]]
              title  cosine
    0    Big (1988)     1.0
    1  Ronin (1998)     0.8
    """
    if not isinstance(top_k, Integral) or top_k < 1:
        raise ValueError(
            f"top_k={top_k!r}: ask for one neighbour or more, for example 10."
        )
    vector = _direction(vector, movies.vectors.shape[1])
    cosine = movies.unit @ vector
    allowed = (movies.norms > 0) & (movies.counts >= min_ratings)
    allowed[list(leave_out)] = False
    rows = np.flatnonzero(allowed)
    rows = rows[np.argsort(-cosine[rows], kind="stable")][:top_k]
    return pd.DataFrame(
        {
            "title": movies.labels[rows],
            "genres": movies.movies["genres"].to_numpy()[rows],
            "ratings": movies.counts[rows],
            "cosine": cosine[rows],
        }
    )


def nearest_neighbours(movies: MovieVectors, k: int = 10) -> np.ndarray:
    """Rows of every movie's `k` nearest by cosine, int64 (n, k), the nearest first.

    A movie is not its own neighbour. A zero vector has no direction: it is nobody's
    neighbour, and its own row holds -1. Raises `ValueError` where there are not `k`
    others with a direction.

    >>> table = pd.DataFrame({"item_id": range(4), "genres": ""})
    >>> vectors = np.array([[1.0, 0], [3, 4], [0, 1], [0, 0]])
    >>> movies = MovieVectors(vectors, table, np.array([9, 5, 7, 1]))
    >>> nearest_neighbours(movies, k=2).tolist()
    [[1, 2], [2, 0], [1, 0], [-1, -1]]
    """
    pointing = movies.norms > 0
    if not 1 <= k < pointing.sum():
        raise ValueError(
            f"k={k} neighbours of {pointing.sum():,} movies with a vector that is not "
            "zero: k is 1 or more, and less than the number of movies."
        )
    found = np.empty((len(movies), k), dtype=np.int64)
    size = max(1, SIMILARITIES_AT_ONCE // len(movies))
    for rows in np.split(np.arange(len(movies)), range(size, len(movies), size)):
        cosine = movies.unit[rows] @ movies.unit.T
        cosine[:, ~pointing] = -np.inf
        cosine[np.arange(len(rows)), rows] = -np.inf
        best = np.argpartition(-cosine, k - 1)[:, :k]
        order = np.argsort(-np.take_along_axis(cosine, best, 1))
        found[rows] = np.take_along_axis(best, order, 1)
    found[~pointing] = -1
    return found


def _direction(vector, k: int) -> np.ndarray:
    """`vector` at length one, (k,)."""
    vector = np.asarray(vector)
    if vector.shape != (k,):
        raise ValueError(
            f"The vector has shape {vector.shape}, and the vectors of these movies "
            f"have {k} numbers each: give one of shape ({k},)."
        )
    length = np.linalg.norm(vector)
    if not np.isfinite(length):
        raise ValueError(
            "The vector holds NaN or infinity, so it has no direction: look at what "
            "it was computed from."
        )
    if length == 0:
        raise ValueError(
            "The vector is zero: it has no direction, so nothing is near it. Give "
            "another one."
        )
    return vector / length
