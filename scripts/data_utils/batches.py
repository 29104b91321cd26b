"""Ratings as tensors, and a DataLoader that hands them out a batch at a time.

For students: read aloud in lab 03.
"""

import copy
from functools import cached_property
from numbers import Integral

import numpy as np
import pandas as pd
import torch
from torch.utils.data import DataLoader, Dataset, Sampler

from .columns import check_columns
from .ids import UNKNOWN, IdMap
from .seeds import seeded


class RatingsDataset(Dataset):
    """Ratings as three tensors of equal length, ready for `DataLoader` and for `fit`.

    Attributes: `users`, `items` (int64 indices; `UNKNOWN` (-1) for an id outside the
    maps, so cold rows are kept and seen), `ratings` (float32), `n_users`, `n_items`
    (the sizes of the maps), `user_ids`, `item_ids` (the maps). Raises `ValueError` for
    a table without one of the columns, for ratings that are not finite numbers, and
    where a user rates a movie twice.

    >>> table = pd.DataFrame({"user_id": [31, 31, 7], "item_id": [50, 60, 50],
    ...                       "rating": [5.0, 3.0, 4.0]})
    >>> train = RatingsDataset.fit(table)
    >>> train
    RatingsDataset(3 ratings, 2 users, 2 items)
    >>> train.users.tolist(), train.items.tolist()
    ([1, 1, 0], [0, 1, 0])
    >>> later = table.assign(user_id=[31, 99, 7])
    >>> train.encode(later).users.tolist()  # 99 is a stranger
    [1, -1, 0]
    """

    def __init__(self, ratings: pd.DataFrame, user_ids: IdMap, item_ids: IdMap):
        check_columns(ratings)
        self.user_ids, self.item_ids = user_ids, item_ids
        self.n_users, self.n_items = len(user_ids), len(item_ids)
        users = user_ids.encode(ratings["user_id"].to_numpy(), unknown="mark")
        items = item_ids.encode(ratings["item_id"].to_numpy(), unknown="mark")
        _check_pairs(ratings, users, items)
        self.users, self.items = torch.from_numpy(users), torch.from_numpy(items)
        stars = ratings["rating"].to_numpy(dtype="float64")
        self.ratings = torch.tensor(stars, dtype=torch.float32)
        _check_finite(self.ratings)

    @classmethod
    def fit(cls, ratings: pd.DataFrame) -> "RatingsDataset":
        """Training data: the id maps are made from these very ratings."""
        check_columns(ratings)
        users = IdMap.fit(ratings["user_id"].to_numpy())
        return cls(ratings, users, IdMap.fit(ratings["item_id"].to_numpy()))

    def encode(self, ratings: pd.DataFrame) -> "RatingsDataset":
        """Other ratings under the maps of this one: for validation and test data."""
        return RatingsDataset(ratings, self.user_ids, self.item_ids)

    def standardized(self, mean: float, unit: float) -> "RatingsDataset":
        """The same pairs, with (r - mean) / unit for each rating r."""
        other = copy.copy(self)
        other.ratings = ((self.ratings.double() - mean) / unit).float()
        return other

    @cached_property
    def _by_user(self) -> tuple[torch.Tensor, torch.Tensor]:
        """All rows, sorted by user, and where each known user begins and ends."""
        users = self.users.numpy()
        order = np.argsort(users, kind="stable")  # no work where they are in order
        starts = np.searchsorted(users[order], np.arange(self.n_users + 1))
        return torch.from_numpy(order), torch.from_numpy(starts)

    def rows_of(self, first: int, last: int | None = None) -> torch.Tensor:
        """The rows of one user, or of the users from `first` to `last`, int64 (n,).

        They come user by user, and a user's in the order of the table. The first call
        sorts all rows; later ones look up.

        >>> table = pd.DataFrame({"user_id": [31, 7, 31], "item_id": [5, 5, 6],
        ...                       "rating": [5.0, 3.0, 4.0]})
        >>> RatingsDataset.fit(table).rows_of(1)
        tensor([0, 2])
        """
        order, starts = self._by_user
        return order[starts[first] : starts[(first if last is None else last) + 1]]

    @cached_property
    def ratings_per_item(self) -> torch.Tensor:
        """How often each item was rated, int64 (n_items,)."""
        return torch.bincount(self.items[self.items != UNKNOWN], minlength=self.n_items)

    @property
    def mean(self) -> float:
        """The mean rating (stars)."""
        return self.ratings.double().mean().item()

    @property
    def unit(self) -> float:
        """What models measure in: the standard deviation of the ratings (stars).

        It is 1 where all ratings are equal. Measured in it, ratings from 1 to 5 and
        from 0 to 100 look the same to a penalty.
        """
        if self.ratings.min() == self.ratings.max():
            return 1.0
        return self.ratings.double().std(correction=0).item()

    def __len__(self) -> int:
        return len(self.ratings)

    def __repr__(self) -> str:
        return (
            f"RatingsDataset({len(self):,} ratings, {self.n_users:,} users, "
            f"{self.n_items:,} items)"
        )

    def __getitem__(self, row):
        return self.users[row], self.items[row], self.ratings[row]

    def __getitems__(self, rows):
        # PyTorch's fetcher asks for a whole batch here where it can: three look-ups per
        # batch instead of three per rating. Its own samplers give a list of numbers.
        if not isinstance(rows, torch.Tensor):
            return [self[row] for row in rows]
        columns = (self.users, self.items, self.ratings)
        return tuple(column.index_select(0, rows) for column in columns)


class RowBatches(Sampler):
    """Row numbers, one tensor per batch: in a new random order each epoch, or in order.

    PyTorch's own samplers hand out one Python integer per rating.
    """

    def __init__(self, n_rows: int, batch_size: int, shuffle: bool, generator):
        self.n_rows, self.batch_size = n_rows, batch_size
        self.shuffle, self.generator = shuffle, generator

    def __len__(self) -> int:
        return -(-self.n_rows // self.batch_size)

    def __iter__(self):
        if self.shuffle:
            rows = torch.randperm(self.n_rows, generator=self.generator)
        else:
            rows = torch.arange(self.n_rows)
        return iter(rows.split(self.batch_size))


def ratings_loader(
    dataset: RatingsDataset,
    batch_size: int = 1024,
    shuffle: bool = True,
    seed: int = 0,
) -> DataLoader:
    """A standard `DataLoader` of `(users, items, ratings)` without a call per rating.

    The sampler names a whole batch of rows and the dataset answers it at once, so
    `collate_fn` has nothing left to do: the default would take the batch apart and
    stack it again. `batch_size` is the number of ratings in a batch; the last one may
    be smaller. Each epoch has an order of its own; `seed` decides all of them. Raises
    `ValueError` for a data set without ratings, for a table in its place, and for a
    `batch_size` that is not a whole number of 1 or more.

    >>> table = pd.DataFrame({"user_id": [1, 1, 2], "item_id": [7, 8, 7],
    ...                       "rating": [5.0, 3.0, 4.0]})
    >>> loader = ratings_loader(RatingsDataset.fit(table), batch_size=2, shuffle=False)
    >>> [ratings.tolist() for users, items, ratings in loader]
    [[5.0, 3.0], [4.0]]
    """
    check_dataset(dataset)
    if len(dataset) == 0:
        raise ValueError("There are no ratings to load: the data set is empty.")
    whole = isinstance(batch_size, Integral) and not isinstance(batch_size, bool)
    if not whole or batch_size < 1:
        raise ValueError(
            f"batch_size={batch_size!r} was given; it is a whole number, 1 or more, "
            "for example 1024."
        )
    batches = RowBatches(len(dataset), int(batch_size), shuffle, seeded(seed))
    return DataLoader(dataset, batch_sampler=batches, collate_fn=_as_it_is)


def check_dataset(given) -> None:
    """`given` holds ratings as tensors; raises `ValueError` for a table."""
    # A table has a length, too, and would fail much later.
    if not all(hasattr(given, name) for name in ("users", "items", "ratings")):
        raise ValueError(
            f"A {type(given).__name__} was given; models are trained on a "
            "RatingsDataset. Make one of the table: RatingsDataset.fit(ratings) for "
            "training, train.encode(ratings) for the rest."
        )


def check_trainable(train: RatingsDataset) -> None:
    """A model can learn from `train`: it has ratings, and knows each user and movie.

    Raises `ValueError`.
    """
    check_dataset(train)
    if len(train) == 0:
        raise ValueError(
            "There are no ratings to train on: the data set is empty. "
            "Check the filter that made its table."
        )
    strangers = (train.users == UNKNOWN) | (train.items == UNKNOWN)
    if strangers.any():
        raise ValueError(
            f"{int(strangers.sum()):,} of {len(train):,} training ratings are of users "
            f"or movies outside the data set's id maps (index {UNKNOWN}), and no model "
            "has a row for them. Train on RatingsDataset.fit(ratings), or leave them "
            "out with drop_cold."
        )


def _check_pairs(ratings: pd.DataFrame, users: np.ndarray, items: np.ndarray) -> None:
    known = (users != UNKNOWN) & (items != UNKNOWN)
    cells = users * (items.max(initial=0) + 1)
    cells += items
    if not known.all():
        cells = cells[known]
    if not (cells[1:] > cells[:-1]).all():  # as the files of MovieLens are sorted
        cells.sort()
    if (cells[1:] != cells[:-1]).all():
        return
    pairs = ratings.loc[known, ["user_id", "item_id"]]
    again = pairs.duplicated()
    user, item = pairs[again].iloc[0]
    raise ValueError(
        f"{int(again.sum()):,} of {len(ratings):,} ratings are of a user and a movie "
        f"that have one already; the first is of user {user} and movie {item}. A model "
        "would count that movie twice. Decide which rating is the right one; to keep "
        'the last: ratings.drop_duplicates(["user_id", "item_id"], keep="last").'
    )


def _check_finite(ratings: torch.Tensor) -> None:
    bad = ~torch.isfinite(ratings)
    if bad.any():
        row = int(bad.nonzero()[0])
        raise ValueError(
            f"{int(bad.sum()):,} of {len(ratings):,} ratings are not finite numbers; "
            f"the first is {ratings[row].item()}, in row {row:,} of the table. Leave "
            'such rows out, for example by ratings.dropna(subset=["rating"]).'
        )


def _as_it_is(batch):
    return batch
