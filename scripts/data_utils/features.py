"""What is known of a movie or a user beside ratings: one bag of features per row.

For students: read aloud in lab 10. A bag says which rows of an embedding table are
added up, in the form that `torch.nn.EmbeddingBag` takes: all bags end to end, and where
each begins.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from .columns import check_columns
from .ids import IdMap

N_BINS = 5
"""Columns of numbers are cut into this many parts that hold about as many rows."""


@dataclass(frozen=True)
class Features:
    """Bags of features, a bag for each row of an embedding table.

    names: what the features are called, such as "genres: Drama"; values: feature
    numbers of all bags end to end, int64; weights: of each value, float32; offsets:
    where each bag begins, int64 (n_rows,). A bag may be empty: nothing is known of the
    row. A category that a row has weighs 1, so a movie with three genres is their sum.

    >>> table = pd.DataFrame({"item_id": [7, 9], "genres": ["War|Drama", ""]})
    >>> features = Features.of_table(table, IdMap.fit([7, 8, 9]), "item_id")
    >>> features
    Features(2 features of 3 rows, 2 rows without any)
    >>> features.of_row(0), features.of_row(1)  # movie 8 is not in the table
    (['genres: Drama', 'genres: War'], [])
    >>> features.matrix().tolist()
    [[1.0, 1.0], [0.0, 0.0], [0.0, 0.0]]
    """

    names: tuple[str, ...]
    values: torch.Tensor
    weights: torch.Tensor
    offsets: torch.Tensor

    @classmethod
    def of_table(
        cls, table: pd.DataFrame, ids: IdMap, id_column: str, columns=None
    ) -> "Features":
        """The features in any table that has a row per movie, or per user.

        ids: which row of the embedding table each raw id has; ids outside the map are
        passed over, and those that the table lacks get an empty bag. columns: by
        default all but `id_column`. A column of text names categories, several where it
        holds `|`; a column of numbers is cut into `N_BINS` parts at its quantiles.
        Empty texts and missing values are no feature.

        Raises `ValueError` for a column that the table lacks.
        """
        columns = [c for c in table if c != id_column] if columns is None else columns
        lacking = [name for name in (id_column, *columns) if name not in table]
        if lacking:
            raise ValueError(
                f"The table of features lacks {', '.join(lacking)}; it has "
                f"{', '.join(map(str, table))}."
            )
        rows = ids.encode(table[id_column].to_numpy(), unknown="mark")
        parts = [_values(table[name], rows, name) for name in columns]
        cells = pd.concat([pd.DataFrame({"row": [], "name": []}), *parts])
        cells = cells[cells["row"] >= 0].drop_duplicates().assign(weight=1.0)
        return cls._of_cells(cells, len(ids))

    @classmethod
    def _of_cells(cls, cells: pd.DataFrame, n_rows: int) -> "Features":
        """cells: a table `row, name, weight` without repetitions."""
        cells = cells.sort_values(["row", "name"])
        names, values = np.unique(
            cells["name"].to_numpy(dtype=str), return_inverse=True
        )
        counts = np.bincount(cells["row"].to_numpy(dtype=np.int64), minlength=n_rows)
        return cls(
            tuple(names.tolist()),
            torch.tensor(values, dtype=torch.int64),
            torch.tensor(
                cells["weight"].to_numpy(dtype="float64"), dtype=torch.float32
            ),
            torch.tensor(counts.cumsum() - counts, dtype=torch.int64),
        )

    @property
    def n_rows(self) -> int:
        """Bags, as many as the embedding table has rows."""
        return len(self.offsets)

    def __len__(self) -> int:
        """How many features there are."""
        return len(self.names)

    def __repr__(self) -> str:
        return (
            f"Features({len(self)} features of {self.n_rows:,} rows, "
            f"{int((self.counts == 0).sum()):,} rows without any)"
        )

    @property
    def counts(self) -> torch.Tensor:
        """Features of each row, int64 (n_rows,)."""
        return torch.diff(self.offsets, append=torch.tensor([len(self.values)]))

    @property
    def rows(self) -> torch.Tensor:
        """The row of each value, int64 (n_values,)."""
        return torch.arange(self.n_rows).repeat_interleave(self.counts)

    def of_row(self, row: int) -> list[str]:
        """The names of a row's features."""
        return [self.names[value] for value in self.values[self.rows == row].tolist()]

    def matrix(self) -> torch.Tensor:
        """The bags as a dense matrix of weights, float32 (n_rows, n_features)."""
        matrix = torch.zeros(self.n_rows, len(self), dtype=torch.float32)
        matrix[self.rows, self.values] = self.weights
        return matrix

    def only(self, *starts: str) -> "Features":
        """The features whose names begin with one of `starts`; the rows stay.

        >>> table = pd.DataFrame({"item_id": [7], "genres": ["War"], "tone": ["dark"]})
        >>> Features.of_table(table, IdMap.fit([7]), "item_id").only("genres").names
        ('genres: War',)
        """
        kept = [i for i, name in enumerate(self.names) if name.startswith(starts)]
        place = torch.full((len(self) + 1,), -1)
        place[kept] = torch.arange(len(kept))
        there = place[self.values] >= 0
        counts = torch.bincount(self.rows[there], minlength=self.n_rows)
        return Features(
            tuple(self.names[i] for i in kept),
            place[self.values[there]],
            self.weights[there],
            counts.cumsum(0) - counts,
        )

    def pairs(self, start: str, at_least: int = 5) -> "Features":
        """A feature for two that go together, where `at_least` rows have both.

        start: only features whose names begin with it are paired. A comedy and a drama
        are each something else than a movie that is both.

        >>> table = pd.DataFrame({"item_id": [7, 8], "genres": ["War|Drama", "War"]})
        >>> genres = Features.of_table(table, IdMap.fit([7, 8]), "item_id")
        >>> genres.pairs("genres", at_least=1).names
        ('genres: Drama and genres: War',)
        """
        part = self.only(start)
        has = part.matrix() > 0
        both = has.float().T @ has.float()
        first, second = (torch.triu(both, 1) >= at_least).nonzero().T
        rows, pairs = (has[:, first] & has[:, second]).nonzero().T
        names = [
            f"{part.names[a]} and {part.names[b]}"
            for a, b in zip(first.tolist(), second.tolist(), strict=True)
        ]
        counts = torch.bincount(rows, minlength=self.n_rows)
        weights = torch.ones(len(pairs), dtype=torch.float32)
        return Features(tuple(names), pairs, weights, counts.cumsum(0) - counts)

    def __add__(self, other: "Features") -> "Features":
        """Both bags of each row in one. Raises `ValueError` for other numbers of rows.

        >>> table = pd.DataFrame({"item_id": [7], "genres": ["War"], "tone": ["dark"]})
        >>> ids = IdMap.fit([7])
        >>> genres = Features.of_table(table, ids, "item_id", ["genres"])
        >>> (genres + Features.of_table(table, ids, "item_id", ["tone"])).names
        ('genres: War', 'tone: dark')
        """
        if self.n_rows != other.n_rows:
            raise ValueError(
                f"Features of {self.n_rows:,} and of {other.n_rows:,} rows do not go "
                "together: make both with the same map of ids."
            )
        rows = torch.cat([self.rows, other.rows])
        order = rows.argsort(stable=True)
        values = torch.cat([self.values, other.values + len(self)])
        counts = self.counts + other.counts
        return Features(
            self.names + other.names,
            values[order],
            torch.cat([self.weights, other.weights])[order],
            counts.cumsum(0) - counts,
        )


def movie_features(movies: pd.DataFrame, ids: IdMap) -> Features:
    """Genres, pairs of genres, decade and year of each movie in the map `ids`.

    movies: a table as `download_movielens` has it. A pair of genres counts from five
    movies on. Where the table has neither genres nor years, there are no features, and
    every bag is empty.

    >>> movies = pd.DataFrame({"item_id": [7, 9], "title": ["A", "B"],
    ...                        "year": [1994, None], "genres": ["War|Drama", "War"]})
    >>> movie_features(movies, IdMap.fit([7, 9])).names
    ('decade: 1990s', 'genres: Drama', 'genres: War', 'year: 1994')
    """
    years = movies["year"].astype("Int64")
    decades = (years // 10 * 10).astype("string") + "s"
    table = pd.DataFrame(
        {
            "item_id": movies["item_id"],
            "genres": movies["genres"],
            "decade": decades,
            "year": years.astype("string"),
        }
    )
    features = Features.of_table(table, ids, "item_id")
    return features + features.pairs("genres")


def rating_dates(
    ratings: pd.DataFrame, ids: IdMap, of: str, days: int = 28
) -> Features:
    """When a user rated, or when a movie was rated: a feature for each `days` days.

    of: "user_id" or "item_id". A row's weights are the shares of its ratings. Give
    *training* ratings: when a test rating was made is not known before it is made.
    Raises `ValueError` for ratings without `timestamp`.

    >>> ratings = pd.DataFrame({"user_id": [1, 1, 2], "item_id": [7, 8, 7],
    ...                         "rating": 4.0, "timestamp": [0, 86_400, 9_000_000]})
    >>> rating_dates(ratings, IdMap.fit([1, 2]), "user_id").matrix().tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    check_columns(ratings, "timestamp")
    rows = ids.encode(ratings[of].to_numpy(), unknown="mark")
    spans = (ratings["timestamp"] - ratings["timestamp"].min()) // (days * 86_400)
    names = spans.map("rated in span {:04d}".format)
    cells = pd.DataFrame({"row": rows, "name": names.to_numpy()})
    cells = cells[cells["row"] >= 0].value_counts().rename("weight").reset_index()
    cells["weight"] /= cells.groupby("row")["weight"].transform("sum")
    return Features._of_cells(cells, len(ids))


def _values(column: pd.Series, rows: np.ndarray, name: str) -> pd.DataFrame:
    """A column as cells `row, name`, one for each feature of each row."""
    if pd.api.types.is_numeric_dtype(column) and column.dtype != bool:
        column = _binned(column.astype("float64"))
    texts = column.astype("string").fillna("").str.split("|")
    cells = pd.DataFrame({"row": rows, "name": texts.to_numpy()}).explode("name")
    cells = cells[cells["name"].str.strip() != ""]
    return cells.assign(name=f"{name}: " + cells["name"].str.strip())


def _binned(numbers: pd.Series) -> pd.Series:
    if numbers.nunique() <= N_BINS:
        return numbers.map("{:g}".format).where(numbers.notna())
    parts = pd.qcut(numbers, N_BINS, duplicates="drop")
    names = [f"{part.left:g} to {part.right:g}" for part in parts.cat.categories]
    return parts.cat.rename_categories(names).astype(object)
