"""Where a genre lies among the vectors, and in a planted world where it truly is.

For authors: behind the figure of lab 04 that holds a fit against the truth.
"""

import numpy as np
import pandas as pd
import torch

from data_utils import IdMap, Truth
from models import FactorTables

from .alignment import procrustes
from .axes import prediction_vectors, principal_axes
from .vectors import MovieVectors


def genre_directions(movies: MovieVectors, min_movies: int = 5) -> pd.DataFrame:
    """From the mean of all movies to where a movie of one genre alone would lie.

    A movie is taken as the mean of its genres' places plus its own part; least squares
    finds the places. One row per genre of `min_movies` movies or more, one column per
    coordinate. Movies without such a genre are left out. Raises `ValueError` where no
    genre has that many.
    """
    often = movies.genres.columns[movies.genres.sum() >= min_movies]
    flags = movies.genres[often].to_numpy()
    kept = flags.any(axis=1)
    if not kept.any():
        raise ValueError(
            f"No genre has {min_movies} movies among these {len(movies):,}, so there "
            "is no direction to find: lower min_movies, or take more movies."
        )
    weights = flags[kept] / flags[kept].sum(axis=1, keepdims=True)
    vectors = movies.vectors[kept]
    places = np.linalg.lstsq(weights, vectors)[0]
    return pd.DataFrame(places - vectors.mean(axis=0), index=often)


def true_vectors(truth: Truth, item_ids: np.ndarray) -> np.ndarray:
    """The planted movies in the space of predictions, (len(item_ids), k).

    >>> from data_utils import planted_world
    >>> truth = planted_world(n_users=20, n_items=60, n_ratings=400, seed=0).truth
    >>> len(true_vectors(truth, truth.item_ids[:5]))
    5
    """
    return prediction_vectors(_true_tables(truth))[_rows(truth, item_ids)]


def compare_with_truth(
    movies: MovieVectors, truth: Truth, min_movies: int = 5
) -> pd.DataFrame:
    """Recovered against true genre directions, in the space of predictions.

    `movies` hold `prediction_vectors` of a fitted model. They are rotated onto the true
    ones with no regard to genre. Then the genre directions are taken in both: columns
    `cosine` of the two, `movies` (how many have the genre), and the first two
    coordinates of each, `true_x, true_y, found_x, found_y`, on the true main axes.

    >>> from data_utils import planted_world
    >>> world = planted_world(n_users=60, n_items=300, n_ratings=2000, seed=1)
    >>> vectors = true_vectors(world.truth, world.movies["item_id"].to_numpy())
    >>> movies = MovieVectors(vectors, world.movies, np.ones(300, int))
    >>> table = compare_with_truth(movies, world.truth, min_movies=20)
    >>> bool((table["cosine"] > 0.9).all())  # the truth itself, but for chance
    True
    """
    target = true_vectors(truth, movies.movies["item_id"].to_numpy())
    middle = target.mean(axis=0)
    # Where the found ones have their middle is no matter: the target's is at zero.
    aligned = procrustes(movies.vectors, target - middle).aligned
    found = genre_directions(movies.with_vectors(aligned), min_movies)
    places = _true_places(truth).loc[found.index].to_numpy() - middle
    axes = principal_axes(target).directions
    recovered, true = found.to_numpy() @ axes.T, places @ axes.T
    lengths = np.linalg.norm(recovered, axis=1) * np.linalg.norm(true, axis=1)
    return pd.DataFrame(
        {
            "movies": movies.genres[found.index].sum().to_numpy(),
            "cosine": (recovered * true).sum(axis=1) / lengths,
            "true_x": true[:, 0],
            "true_y": true[:, 1],
            "found_x": recovered[:, 0],
            "found_y": recovered[:, 1],
        },
        index=found.index,
    ).sort_values("cosine", ascending=False)


def _true_places(truth: Truth) -> pd.DataFrame:
    """Where a movie of one genre alone lies in the space of predictions."""
    places = _true_tables(truth, truth.genre_directions)
    return pd.DataFrame(prediction_vectors(places), index=truth.genres)


def _true_tables(truth: Truth, items: np.ndarray | None = None) -> FactorTables:
    items = truth.item_factors if items is None else items
    users = torch.from_numpy(truth.user_factors)
    no_bias = torch.zeros(len(users)), torch.zeros(len(items))
    return FactorTables(truth.mean, *no_bias, users, torch.from_numpy(items))


def _rows(truth: Truth, item_ids: np.ndarray) -> np.ndarray:
    return IdMap.fit(truth.item_ids).encode(item_ids)
