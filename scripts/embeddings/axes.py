"""Coordinates that can be compared: main axes, and the space of predictions.

For authors: behind the axes and the maps of lab 04.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.decomposition import PCA

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
    the positive side, and a second run gives the same picture. Where all vectors are
    equal, every share is 0.

    >>> axes = principal_axes(np.array([[0.0, 0], [3, 4], [6, 8], [12, 16]]))
    >>> axes.directions[0].round(2), axes.shares.round(2)
    (array([0.6, 0.8]), array([1., 0.]))
    >>> axes.scores[:, 0].round(2)
    array([-8.75, -3.75,  1.25, 11.25])
    """
    with np.errstate(invalid="ignore"):  # 0 / 0, where there is no variance to share
        pca = PCA(svd_solver="full").fit(vectors)
    scores = pca.transform(vectors)
    farthest = np.abs(scores).argmax(axis=0, keepdims=True)
    signs = np.where(np.take_along_axis(scores, farthest, axis=0)[0] < 0, -1.0, 1.0)
    shares = np.nan_to_num(pca.explained_variance_ratio_)
    return Axes(scores * signs, pca.components_ * signs[:, None], shares)


def axis_extremes(
    scores: np.ndarray, movies: MovieVectors, n_titles: int = 6
) -> pd.DataFrame:
    """The movies with the lowest and the highest of `scores` (n,), outermost first.

    >>> table = pd.DataFrame({"item_id": [1, 2, 3], "title": ["Heat", "Ronin", "Big"],
    ...     "year": [1995, 1998, 1988], "genres": ["Crime", "Crime", "Comedy"]})
    >>> movies = MovieVectors(np.eye(3), table, np.array([9, 5, 7]))
    >>> axis_extremes(np.array([0.2, -0.5, 0.9]), movies, n_titles=1)
            one end the other end
    0  Ronin (1998)    Big (1988)
    """
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

    >>> import torch
    >>> users = torch.tensor([[1.0, 0.0], [-1.0, 0.0]])  # they differ in one taste only
    >>> no_bias = torch.zeros(2), torch.zeros(2)
    >>> tables = FactorTables(3.0, *no_bias, users, torch.tensor([[1.0, 9], [2, -9]]))
    >>> abs(prediction_vectors(tables)).round(2)
    array([[1., 0.],
           [2., 0.]])
    """
    users = tables.user_factors.double()
    items = tables.item_factors.double().numpy()
    centred = (users - users.mean(dim=0)).numpy()
    triangle = np.linalg.qr(centred, mode="r") / np.sqrt(len(centred))  # C = RᵀR
    return items @ triangle.T
