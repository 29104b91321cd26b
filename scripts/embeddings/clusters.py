"""Groups of movies that lie together, and how far they agree with genres.

For authors: behind the clusters of lab 04.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_mutual_info_score, silhouette_score

from .vectors import MovieVectors


@dataclass(frozen=True)
class Clusters:
    """labels: int64 (n,), 0 for the largest cluster, -1 for a vector that is zero.

    table: one row per cluster, with its size, its most rated titles and the genres that
    are overrepresented; lift: cluster × genre, the genre's share in the cluster over
    its share in the catalogue; inertia: sum of squared distances to the centres.
    """

    labels: np.ndarray
    table: pd.DataFrame
    lift: pd.DataFrame
    inertia: float


@dataclass(frozen=True)
class Agreement:
    """Adjusted mutual information: 0 is what chance gives, 1 is the same partition."""

    ami: float
    p_value: float
    n_movies: int


def cluster_movies(
    movies: MovieVectors, n_clusters: int = 10, seed: int = 0, n_titles: int = 10
) -> Clusters:
    """K-means on the vectors' directions; lengths, which follow popularity, drop out.

    The same seed gives the same clusters. A movie without genres counts in the size of
    its cluster. Raises `ValueError` where the movies have fewer directions than
    `n_clusters`.

    >>> table = pd.DataFrame({"item_id": [1, 2, 3], "title": ["Heat", "Ronin", "Big"],
    ...     "year": [1995, 1998, 1988], "genres": ["Crime", "Crime", "Comedy"]})
    >>> vectors = np.array([[1.0, 0], [5, 0.1], [0, 1]])
    >>> movies = MovieVectors(vectors, table, np.array([9, 5, 7]))
    >>> found = cluster_movies(movies, n_clusters=2)
    >>> found.labels, found.table["most rated"][0]
    (array([0, 0, 1]), 'Heat (1995); Ronin (1998)')
    """
    labels, inertia = _k_means(movies, n_clusters, seed)
    lift = genre_lift(labels, movies)
    by_popularity = np.argsort(-movies.counts, kind="stable")
    rows = []
    for cluster in range(n_clusters):
        members = by_popularity[labels[by_popularity] == cluster]
        rows.append(
            {
                "movies": len(members),
                "overrepresented genres": _strongest(
                    lift.loc[cluster], members, movies
                ),
                "most rated": "; ".join(movies.labels[members[:n_titles]]),
            }
        )
    table = pd.DataFrame(rows).rename_axis("cluster")
    return Clusters(labels, table, lift, inertia)


def compare_cluster_counts(
    movies: MovieVectors, counts=(2, 4, 6, 8, 10, 15, 20), seed: int = 0
) -> pd.DataFrame:
    """Inertia and silhouette (Rousseeuw 1987) of K-means by number of clusters.

    Raises `ValueError` for a count for which no silhouette is defined: of a single
    cluster, and of clusters of one movie each.

    >>> angles = np.array([0.0, 0.1, 2.0, 2.1, 4.0, 4.1])  # three pairs
    >>> vectors = np.column_stack([np.cos(angles), np.sin(angles)])
    >>> table = pd.DataFrame({"item_id": range(6), "genres": ""})
    >>> movies = MovieVectors(vectors, table, np.ones(6, int))
    >>> compare_cluster_counts(movies, counts=(2, 3, 4)).round(2)
       clusters  inertia  silhouette
    0         2     2.84        0.54
    1         3     0.01        0.94
    2         4     0.01        0.63
    """
    rows = []
    n_movies = np.count_nonzero(movies.norms)
    for count in counts:
        if not 2 <= count < n_movies:
            raise ValueError(
                f"{count} clusters of {n_movies:,} movies with a vector that is not "
                "zero have no silhouette: ask for 2 or more, and for fewer than there "
                "are movies."
            )
        labels, inertia = _k_means(movies, count, seed)
        kept = labels >= 0
        silhouette = silhouette_score(movies.unit[kept], labels[kept])
        rows.append({"clusters": count, "inertia": inertia, "silhouette": silhouette})
    return pd.DataFrame(rows)


def genre_lift(labels: np.ndarray, movies: MovieVectors) -> pd.DataFrame:
    """Cluster × genre: how many times the catalogue's share the cluster's share is.

    Raises `ValueError` where `labels` do not have shape (n,), one per movie.

    >>> table = pd.DataFrame({"item_id": range(4), "genres": ["War", "War", "", "War"]})
    >>> movies = MovieVectors(np.ones((4, 2)), table, np.ones(4, int))
    >>> genre_lift(np.array([0, 0, 1, 1]), movies)["War"].round(2).tolist()
    [1.33, 0.67]
    """
    _check_labels(labels, movies)
    genres = movies.genres[labels >= 0]
    flags, overall = genres.to_numpy(dtype=float), genres.mean()
    clusters, sizes = np.unique(labels[labels >= 0], return_counts=True)
    members = labels[labels >= 0] == clusters[:, None]  # (clusters, n)
    inside = pd.DataFrame(members @ flags / sizes[:, None], clusters, genres.columns)
    return inside.loc[:, overall > 0] / overall[overall > 0]


def genre_agreement(
    labels: np.ndarray, movies: MovieVectors, permutations: int = 1000, seed: int = 0
) -> Agreement:
    """Adjusted mutual information of clusters (n,) and primary genre.

    Vinh, Epps & Bailey 2010 (JMLR 11:2837–2854). p by shuffling the genres: sizes stay
    as they are, so the plain mutual information ranks the shuffles as the adjusted
    does. Movies without a genre or a cluster are left out. Raises `ValueError` where
    none is left, and where `labels` do not have shape (n,), one per movie.

    >>> table = pd.DataFrame({"item_id": range(8), "genres": ["War", "Comedy"] * 4})
    >>> movies = MovieVectors(np.ones((8, 2)), table, np.ones(8, int))
    >>> round(genre_agreement(np.array([0, 1] * 4), movies, permutations=100).ami, 2)
    1.0
    >>> round(genre_agreement(np.array([0, 0, 1, 1] * 2), movies, 100).ami, 2)
    -0.13
    """
    _check_labels(labels, movies)
    kept = (labels >= 0) & (movies.primary_genres != "")
    if not kept.any():
        raise ValueError("No movie has both a cluster and a genre to compare.")
    clusters = np.unique(labels[kept], return_inverse=True)[1]
    genres = np.unique(movies.primary_genres[kept], return_inverse=True)[1]
    rng = np.random.default_rng(seed)
    observed = _mutual_information(clusters, genres)
    null = [
        _mutual_information(clusters, rng.permutation(genres))
        for _ in range(permutations)
    ]
    as_large = sum(information >= observed - 1e-12 for information in null)
    ami = adjusted_mutual_info_score(genres, clusters)
    return Agreement(float(ami), (1 + as_large) / (1 + permutations), int(kept.sum()))


def _k_means(movies: MovieVectors, n_clusters: int, seed: int):
    """Labels (n,), largest cluster first, and the inertia."""
    pointing = movies.norms > 0
    unit = movies.unit[pointing]
    # One factor has two directions, however many movies lie in them.
    directions = len(np.unique(unit.round(6) + 0.0, axis=0))  # -0.0 becomes 0.0
    if not 1 <= n_clusters <= directions:
        raise ValueError(
            f"{n_clusters} clusters of {len(unit):,} movies with a vector that is not "
            f"zero, which lie in {directions:,} different directions: ask for 1 or "
            "more, and not for more than there are directions."
        )
    model = KMeans(n_clusters, n_init=10, random_state=seed)
    found = model.fit(unit).labels_
    sizes = np.bincount(found)
    rank = np.argsort(np.argsort(-sizes, kind="stable"))
    labels = np.full(len(movies), -1)
    labels[pointing] = rank[found]
    return labels, float(model.inertia_)


def _check_labels(labels: np.ndarray, movies: MovieVectors) -> None:
    if len(labels) != len(movies):
        raise ValueError(
            f"{len(labels):,} labels were given for {len(movies):,} movies: give the "
            "cluster of each movie, as cluster_movies(movies).labels holds them."
        )


def _strongest(lift: pd.Series, members: np.ndarray, movies: MovieVectors) -> str:
    """Up to three genres with the highest lift above 1, of three movies or more."""
    often = movies.genres.iloc[members].sum() >= 3
    top = lift[lift.index.map(often) & (lift > 1)].nlargest(3)
    return ", ".join(f"{genre} ×{value:.1f}" for genre, value in top.items())


def _mutual_information(a: np.ndarray, b: np.ndarray) -> float:
    """In nats, of two labellings by 0 … m-1."""
    width = b.max() + 1
    joint = np.bincount(a * width + b, minlength=(a.max() + 1) * width) / len(a)
    joint = joint.reshape(-1, width)
    independent = joint.sum(1, keepdims=True) * joint.sum(0, keepdims=True)
    seen = joint > 0
    return float((joint[seen] * np.log(joint[seen] / independent[seen])).sum())
