"""Where a genre lies among the vectors, and in a planted world where it truly is."""

import numpy as np
import pandas as pd
import torch

from data_utils import IdMap, Truth
from models import FactorTables

from .alignment import procrustes
from .axes import prediction_vectors
from .vectors import MovieVectors


def genre_directions(movies: MovieVectors, min_movies: int = 5) -> pd.DataFrame:
    """From the mean of all movies to where a film of one genre alone would lie.

    A film is taken as the mean of its genres' places plus its own part; least squares
    finds the places. A row is a genre of `min_movies` movies or more, a column a
    coordinate. Movies without such a genre are left out.
    """
    often = movies.genres.columns[movies.genres.sum() >= min_movies]
    flags = movies.genres[often].to_numpy(dtype=float)
    kept = flags.any(axis=1)
    if not kept.any():
        raise ValueError(
            f"No genre has {min_movies} movies among these {len(movies):,}: there is "
            "no direction to find."
        )
    weights = flags[kept] / flags[kept].sum(axis=1, keepdims=True)
    vectors = movies.vectors[kept]
    places = np.linalg.lstsq(weights, vectors, rcond=None)[0]
    return pd.DataFrame(places - vectors.mean(axis=0), index=often)


def true_vectors(truth: Truth, item_ids: np.ndarray) -> np.ndarray:
    """The planted movies in the space of predictions, (len(item_ids), k)."""
    return prediction_vectors(_true_tables(truth))[_rows(truth, item_ids)]


def compare_with_truth(
    movies: MovieVectors, truth: Truth, min_movies: int = 5
) -> pd.DataFrame:
    """Recovered against true genre directions, in the space of predictions.

    `movies` hold `prediction_vectors` of a fitted model. They are rotated onto the true
    ones with no regard to genre. Then the genre directions are taken in both: columns
    `cosine` of the two, `movies` (how many have the genre), and the first two
    coordinates of each, `true_x, true_y, found_x, found_y`, on the true main axes.
    """
    target = true_vectors(truth, movies.movies["item_id"].to_numpy())
    middle = target.mean(axis=0)
    source = movies.vectors - movies.vectors.mean(axis=0)
    aligned = procrustes(source, target - middle).aligned
    found = genre_directions(movies.with_vectors(aligned), min_movies)
    places = _true_places(truth).loc[found.index].to_numpy() - middle
    axes = np.linalg.svd(target - middle, full_matrices=False)[2]
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
    """Where a film of one genre alone lies in the space of predictions."""
    places = _true_tables(truth, truth.genre_directions)
    return pd.DataFrame(prediction_vectors(places), index=truth.genres)


def _true_tables(truth: Truth, items: np.ndarray | None = None) -> FactorTables:
    items = truth.item_factors if items is None else items
    users = torch.from_numpy(truth.user_factors)
    no_bias = torch.zeros(len(users)), torch.zeros(len(items))
    return FactorTables(truth.mean, *no_bias, users, torch.from_numpy(items))


def _rows(truth: Truth, item_ids: np.ndarray) -> np.ndarray:
    return IdMap.fit(truth.item_ids).encode(item_ids)
