"""Coordinates that can be compared: main axes, and the space of predictions."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from models import FactorTables

from .vectors import MovieVectors


class Axes(NamedTuple):
    """Principal components of n vectors of length k, the widest first.

    scores: (n, m), the vectors' coordinates on the axes, m = min(n, k); directions:
    (m, k), unit vectors; shares: (m,), of the variance.
    """

    scores: np.ndarray
    directions: np.ndarray
    shares: np.ndarray


def principal_axes(vectors: np.ndarray) -> Axes:
    """Axes through the mean of `vectors` (n, k), by a singular value decomposition.

    An axis has no sign of its own: each is turned so that its farthest vector lies on
    the positive side, and a second run gives the same picture.
    """
    centred = vectors - vectors.mean(axis=0)
    left, sizes, directions = np.linalg.svd(centred, full_matrices=False)
    scores = left * sizes
    farthest = np.abs(scores).argmax(axis=0)
    signs = np.where(scores[farthest, np.arange(len(sizes))] < 0, -1.0, 1.0)
    variances = sizes**2
    shares = variances / max(variances.sum(), np.finfo(float).tiny)
    return Axes(scores * signs, directions * signs[:, None], shares)


def axis_extremes(
    scores: np.ndarray, movies: MovieVectors, n_titles: int = 6
) -> pd.DataFrame:
    """The movies with the lowest and the highest of `scores` (n,), outermost first."""
    order = np.argsort(scores, kind="stable")
    return pd.DataFrame(
        {
            "one end": movies.labels[order[:n_titles]],
            "the other end": movies.labels[order[::-1][:n_titles]],
        }
    )


def prediction_vectors(tables: FactorTables) -> np.ndarray:
    """Item vectors (n_items, k) whose cosine is the correlation of predictions.

    Let p_u·q_i be the part of a prediction that taste adds. Its covariance over users,
    of movie i with movie j, is q_iᵀ C q_j, C the covariance of the users' factors. With
    C = LLᵀ it is the dot product of the vectors Lᵀq. No invertible change of the
    factors that keeps the predictions can change it; plain cosine has no such anchor
    (Steck et al. 2024, arXiv:2403.05440).
    """
    users = tables.user_factors.double()
    items = tables.item_factors.double().numpy()
    centred = (users - users.mean(dim=0)).numpy()
    triangle = np.linalg.qr(centred, mode="r") / np.sqrt(len(centred))  # C = RᵀR
    return items @ triangle.T
