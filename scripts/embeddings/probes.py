"""Can a genre be read off the vectors by a straight cut? And off less than them?

For authors: behind the probes of lab 04.
"""

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from .vectors import MovieVectors


def linear_probe(
    features: np.ndarray,
    genres: pd.DataFrame,
    folds: int = 5,
    seed: int = 0,
    min_movies: int = 20,
) -> pd.Series:
    """AUC of one logistic regression per genre, out of fold; 0.5 is a coin.

    features: (n, any), one row per movie; genres: booleans, n rows, one column per
    genre. A genre is probed where `min_movies` movies have it and as many do not. The
    features are standardized, so that their units do not matter. The AUC is the mean
    over `folds` stratified folds, the same folds for every set of features; the penalty
    is scikit-learn's default and is not tuned (Alain & Bengio 2016, arXiv:1610.01644,
    on probes). Raises `ValueError` for NaN, for fewer than two folds, and where no
    genre qualifies.

    >>> has = np.arange(60) % 3 == 0
    >>> genres = pd.DataFrame({"Western": has})
    >>> noise = np.random.default_rng(0).normal(size=(60, 2))
    >>> float(linear_probe(noise + 9 * has[:, None], genres)["Western"])
    1.0
    >>> bool(linear_probe(noise, genres)["Western"] < 0.7)
    True
    """
    if folds < 2:
        raise ValueError(
            f"folds={folds}: each part is scored by a fit on the others, so give two "
            "folds or more, for example 5."
        )
    features = np.asarray(features, dtype=np.float64)
    if features.ndim != 2 or len(features) != len(genres):
        raise ValueError(
            f"Features of shape {features.shape} do not match {len(genres):,} rows of "
            "genres: give one row of features per movie."
        )
    if not np.isfinite(features).all():
        raise ValueError(
            "The features hold NaN or infinity. Fill in what is missing, for example "
            "a missing year by the median year."
        )
    having = genres.sum()
    least = max(min_movies, folds)
    probed = genres.columns[(having >= least) & (len(genres) - having >= least)]
    if not len(probed):
        raise ValueError(
            f"No genre has {least} movies with it and {least} without it among these "
            f"{len(genres):,}. Take more movies, or lower min_movies."
        )
    split = StratifiedKFold(folds, shuffle=True, random_state=seed)
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    return pd.Series(
        {
            genre: cross_val_score(
                model, features, genres[genre], cv=split, scoring="roc_auc"
            ).mean()
            for genre in probed
        },
        name="AUC",
    )


def popularity_and_year(movies: MovieVectors) -> np.ndarray:
    """What a probe may know without any vector: (n, 2), log count and year.

    A missing year is the median year, and 0 where no year is known.

    >>> table = pd.DataFrame({"item_id": [1, 2, 3], "genres": ""})
    >>> table["year"] = pd.array([1990, None, 1994], dtype="Int64")
    >>> movies = MovieVectors(np.eye(3), table, np.array([0, 9, 99]))
    >>> popularity_and_year(movies).round(2).tolist()
    [[0.0, 1990.0], [2.3, 1992.0], [4.61, 1994.0]]
    """
    year = movies.movies["year"].to_numpy("float64")
    known = year[~np.isnan(year)]
    year = np.where(np.isnan(year), np.median(known) if len(known) else 0.0, year)
    return np.column_stack([np.log1p(movies.counts), year])
