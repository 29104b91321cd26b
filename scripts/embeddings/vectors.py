"""Movies and their vectors in one place, row by row.

For authors: all of lab 04 starts from `movie_vectors`.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
import torch

from data_utils import RatingsDataset
from models import FactorTables
from title_search import TitleIndex, label_movies


@dataclass(frozen=True)
class MovieVectors:
    """The vectors of n movies, and what else is known of these movies.

    vectors: float64 (n, k); movies: the table `item_id, title, year, genres`, n rows;
    counts: int64 (n,), ratings of each movie. Raises `ValueError` for no movies at
    all, for rows that do not match, and for a vector with NaN or infinity in it.
    """

    vectors: np.ndarray
    movies: pd.DataFrame
    counts: np.ndarray

    def __post_init__(self):
        if self.vectors.ndim != 2 or not (
            len(self.vectors) == len(self.movies) == len(self.counts)
        ):
            raise ValueError(
                f"Vectors of shape {self.vectors.shape}, {len(self.movies):,} movies "
                f"and {len(self.counts):,} counts do not match: give one of each per "
                "movie."
            )
        if not len(self.vectors):
            raise ValueError("There are no movies here, so there are no vectors.")
        broken = ~np.isfinite(self.vectors).all(axis=1)
        if broken.any():
            raise ValueError(
                f"{broken.sum():,} of {len(self):,} vectors hold NaN or infinity, "
                f"first that of {self.labels[broken.argmax()]}. The training has "
                "diverged: train again, with a lower rate or more regularization."
            )

    def __len__(self) -> int:
        return len(self.vectors)

    @cached_property
    def norms(self) -> np.ndarray:
        """Lengths of the vectors, (n,)."""
        return np.linalg.norm(self.vectors, axis=1)

    @cached_property
    def unit(self) -> np.ndarray:
        """Vectors of length one, (n, k); a zero vector has no direction and stays."""
        lengths = self.norms[:, None]
        return self.vectors / np.where(lengths > 0, lengths, 1.0)

    @cached_property
    def labels(self) -> np.ndarray:
        """Title and year of each movie, strings (n,)."""
        return label_movies(self.movies).to_numpy()

    @cached_property
    def genres(self) -> pd.DataFrame:
        """Which movie has which genre: booleans, n rows, one column per genre."""
        flags = self.movies["genres"].str.get_dummies("|").astype(bool)
        return flags.drop(columns="unknown", errors="ignore").reset_index(drop=True)

    @cached_property
    def primary_genres(self) -> np.ndarray:
        """The rarest of each movie's genres, which says most; "" where it has none.

        MovieLens lists genres by the alphabet, so the first means nothing.
        """
        by_rarity = self.genres.loc[:, self.genres.sum().sort_values().index]
        if by_rarity.empty:
            return np.full(len(self), "")
        rarest = by_rarity.columns.to_numpy()[by_rarity.to_numpy().argmax(axis=1)]
        return np.where(by_rarity.any(axis=1), rarest, "").astype(object)

    @cached_property
    def titles(self) -> TitleIndex:
        """To find a movie's row by its title."""
        counts = pd.Series(self.counts, self.movies["item_id"].to_numpy())
        return TitleIndex(self.movies, counts)

    def where(self, kept: np.ndarray) -> "MovieVectors":
        """The movies that a boolean (n,) marks."""
        movies = self.movies[kept].reset_index(drop=True)
        return MovieVectors(self.vectors[kept], movies, self.counts[kept])

    def rated_at_least(self, min_ratings: int) -> "MovieVectors":
        """The movies with `min_ratings` ratings or more."""
        kept = self.counts >= min_ratings
        if not kept.any():
            raise ValueError(
                f"No movie has {min_ratings:,} ratings; the most that one has is "
                f"{self.counts.max():,}. Ask for fewer."
            )
        return self.where(kept)

    def with_vectors(self, vectors: np.ndarray) -> "MovieVectors":
        """The same movies with other vectors, (n, any k)."""
        other = replace(self, vectors=np.asarray(vectors, dtype=np.float64))
        for name in ("labels", "genres", "primary_genres", "titles"):
            if name in vars(self):  # found already, and the movies are the same
                vars(other)[name] = vars(self)[name]
        return other


def movie_vectors(
    tables: FactorTables, train: RatingsDataset, movies: pd.DataFrame
) -> MovieVectors:
    """The item factors of a model that was fitted on `train`, with their movies.

    Row i is the movie with index i. A movie that the table of movies lacks keeps its
    row, under its number and without genres. Raises `ValueError` for a model of other
    data, and for factors with NaN or infinity in them.

    >>> from data_utils import planted_world
    >>> from models import ALS
    >>> world = planted_world(n_users=30, n_items=60, n_ratings=700, seed=0)
    >>> train = RatingsDataset.fit(world.ratings)
    >>> tables = ALS(n_factors=3).fit(train).tables()
    >>> movies = movie_vectors(tables, train, world.movies)
    >>> movies.vectors.shape == (train.n_items, 3), len(movies.rated_at_least(8))
    (True, 32)
    """
    if tables.n_items != train.n_items:
        raise ValueError(
            f"The model has {tables.n_items:,} movies and the training data "
            f"{train.n_items:,}: give the data that this model was fitted on."
        )
    known = movies.drop_duplicates("item_id").set_index("item_id")
    rows = known.reindex(train.item_ids.raw)
    numbers = pd.Series([f"movie {raw}" for raw in rows.index], rows.index)
    rows = rows.assign(
        title=rows["title"].fillna(numbers), genres=rows["genres"].fillna("")
    )
    seen = train.items[train.items >= 0]
    return MovieVectors(
        tables.item_factors.numpy().astype(np.float64),
        rows.rename_axis("item_id").reset_index(),
        torch.bincount(seen, minlength=train.n_items).numpy(),
    )
