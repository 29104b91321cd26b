"""Protocols: against which movies is a relevant one ranked, and what is relevant?

For students: lab 09. The same model has a different NDCG under each of them, so a table
of scores prints the `name` of its protocol.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from data_utils import RatingsDataset
from models.arguments import check_count, check_finite

from .best import best
from .first_hits import per_user_measures

SCORES_AT_ONCE = 1 << 24
"""A chunk of users has at most this many scores (64 MB)."""


@dataclass(frozen=True)
class Protocol(ABC):
    """How the lists of a model are made and judged.

    split: in words, how train and test were parted. at_least: stars from which a
    held-out movie is relevant; None for every one. What a user has rated in `train` is
    never a candidate.
    """

    split: str = "75/25 by movie"
    at_least: float | None = None

    @property
    def name(self) -> str:
        """All that another laboratory must know, in one line."""
        wanted = "every held-out movie is relevant"
        if self.at_least is not None:
            wanted = (
                f"held-out movies with {self.at_least:g} stars or more are relevant"
            )
        return f"{self.split}; {wanted}; {self.against}"

    @property
    @abstractmethod
    def against(self) -> str:
        """Which movies are ranked."""

    @abstractmethod
    def candidates(self, users, train, test) -> torch.Tensor:
        """Which movies are ranked for these users, bool (len(users), n_items).

        users: consecutive indices, int64 (n,). Movies of `train` may be among them.
        """

    def relevant(self, test: RatingsDataset):
        """scipy sparse (n_users, n_items), 1 where the user wants the movie.

        Users and movies without a training rating cannot be ranked, and are left out.
        """
        from scipy.sparse import csr_array  # here: it would delay every lab's start

        kept = (test.users >= 0) & (test.items >= 0)
        if self.at_least is not None:
            kept &= test.ratings >= self.at_least
        pairs = test.users[kept].numpy(), test.items[kept].numpy()
        ones = np.ones(len(pairs[0]))
        return csr_array((ones, pairs), shape=(test.n_users, test.n_items))

    def lists(self, model, train, test, k: int = 10) -> np.ndarray:
        """The k best candidates of every user, best first, int64 (n_users, k).

        -1 pads short lists; equal scores keep the order of the movies. Raises
        `ValueError` for a k below 1 and for scores that are NaN.
        """
        check_count("k", k, at_least=1, example=10)
        size = max(1, SCORES_AT_ONCE // train.n_items)
        chunks = []
        for users in torch.arange(train.n_users).split(size):
            scores = model.scores(users)
            check_finite(scores, model)
            allowed = self.candidates(users, train, test)
            allowed &= ~rated_by(users, train)
            scores = scores.masked_fill(~allowed, -torch.inf)
            chunks.append(best(scores, k)[0])
        return torch.cat(chunks).numpy()

    def measure(self, model, train, test, k: int = 10) -> pd.DataFrame:
        """`per_user_measures` of the model's lists: one row per user with a wish.

        Two models' frames can be compared user by user with `paired_difference`.

        >>> from models import Popularity
        >>> table = pd.DataFrame({"user_id": [1, 1, 2, 3, 3], "rating": 4.0,
        ...                       "item_id": [7, 8, 7, 8, 9]})
        >>> train = RatingsDataset.fit(table.iloc[:4])
        >>> test = train.encode(pd.DataFrame(
        ...     {"user_id": [2], "item_id": [8], "rating": [5.0]}))
        >>> model = Popularity().fit(train)
        >>> FullCatalogue().measure(model, train, test, k=1)["hit"].tolist()
        [1.0]
        """
        lists = self.lists(model, train, test, k)
        return per_user_measures(lists, self.relevant(test), k)


@dataclass(frozen=True)
class FullCatalogue(Protocol):
    """Every movie that the user has not rated in train: what a shop has to rank.

    >>> FullCatalogue("75/25 by movie").name.split("; ")[1]
    'every held-out movie is relevant'
    """

    @property
    def against(self) -> str:
        return "ranked among the full catalogue"

    def candidates(self, users, train, test) -> torch.Tensor:
        return torch.ones(len(users), train.n_items, dtype=torch.bool)


@dataclass(frozen=True)
class TestItemsOnly(Protocol):
    """Only the movies that the user rates in test: are the better ones on top?

    Where all of them are relevant, any order is perfect.

    >>> TestItemsOnly().against
    "ranked among the user's own held-out movies"
    """

    __test__ = False  # not a test of pytest, in spite of its name

    @property
    def against(self) -> str:
        return "ranked among the user's own held-out movies"

    def candidates(self, users, train, test) -> torch.Tensor:
        return rated_by(users, test)


@dataclass(frozen=True)
class SampledNegatives(Protocol):
    """The user's relevant movies against `n_negatives` that the user rates nowhere.

    The negatives are drawn alike, without putting back, a user's own at a time. Users
    with fewer such movies get them all. A movie's rank among so few is better than its
    rank among all: `metrics.corrected` estimates by how much.

    >>> SampledNegatives(n_negatives=99).against
    'ranked among 99 sampled movies'
    """

    n_negatives: int = 100
    seed: int = 0

    @property
    def against(self) -> str:
        return f"ranked among {self.n_negatives} sampled movies"

    def candidates(self, users, train, test) -> torch.Tensor:
        wanted = rated_by(users, test, self.at_least)
        seen = rated_by(users, train) | rated_by(users, test)
        # A user's keys stand at a fixed place in the stream, whatever the chunk.
        stream = np.random.PCG64(self.seed).advance(int(users[0]) * train.n_items)
        keys = torch.from_numpy(np.random.Generator(stream).random(seen.shape))
        keys[seen] = -1
        values, drawn = keys.topk(min(self.n_negatives, keys.shape[1]), dim=1)
        return wanted.scatter(1, drawn, (values >= 0) | wanted.gather(1, drawn))


def rated_by(users, dataset, at_least: float | None = None) -> torch.Tensor:
    """What these users have rated, bool (len(users), n_items), in consecutive rows.

    >>> table = pd.DataFrame({"user_id": [1, 1, 2], "item_id": [7, 8, 7],
    ...                       "rating": [5.0, 3.0, 4.0]})
    >>> train = RatingsDataset.fit(table)
    >>> rated_by(torch.tensor([0, 1]), train, at_least=4).tolist()
    [[True, False], [True, False]]
    """
    first = int(users[0])
    here = (dataset.users >= first) & (dataset.users < first + len(users))
    here &= dataset.items >= 0
    if at_least is not None:
        here &= dataset.ratings >= at_least
    mask = torch.zeros(len(users), dataset.n_items, dtype=torch.bool)
    mask[dataset.users[here] - first, dataset.items[here]] = True
    return mask
