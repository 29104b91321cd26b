"""What the learned vectors mean: neighbours, clusters, probes, stability.

For authors of lab 04, and for students who want to see how its numbers are made.
"""

from .alignment import Alignment, Stability, neighbour_stability, procrustes
from .axes import Axes, axis_extremes, prediction_vectors, principal_axes
from .clusters import (
    Agreement,
    Clusters,
    cluster_movies,
    compare_cluster_counts,
    genre_agreement,
    genre_lift,
)
from .directions import compare_with_truth, genre_directions, true_vectors
from .neighbours import find_similar_movies, nearest_neighbours, nearest_to
from .probes import linear_probe, popularity_and_year
from .purity import Purity, genre_purity, shared_genres
from .vectors import MovieVectors, movie_vectors

__all__ = [
    "Agreement",
    "Alignment",
    "Axes",
    "Clusters",
    "MovieVectors",
    "Purity",
    "Stability",
    "axis_extremes",
    "cluster_movies",
    "compare_cluster_counts",
    "compare_with_truth",
    "find_similar_movies",
    "genre_agreement",
    "genre_directions",
    "genre_lift",
    "genre_purity",
    "linear_probe",
    "movie_vectors",
    "nearest_neighbours",
    "nearest_to",
    "neighbour_stability",
    "popularity_and_year",
    "prediction_vectors",
    "principal_axes",
    "procrustes",
    "shared_genres",
    "true_vectors",
]
