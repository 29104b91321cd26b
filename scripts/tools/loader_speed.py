"""What a Python call per rating costs: two loaders, the same ratings. For authors."""

from time import perf_counter
from typing import NamedTuple

from torch.utils.data import DataLoader, TensorDataset

from data_utils import RatingsDataset, ratings_loader

BATCH_SIZE = 1024
PASSES = 3  # the quickest counts: the others were disturbed


class LoaderSpeed(NamedTuple):
    """Seconds for one pass over `n_ratings` in shuffled batches."""

    n_ratings: int
    per_sample: float
    per_batch: float

    @property
    def ratio(self) -> float:
        return self.per_sample / self.per_batch

    def __str__(self) -> str:
        return (
            f"One pass over {self.n_ratings:,} ratings in batches of {BATCH_SIZE:,}: "
            f"per-sample DataLoader {self.per_sample * 1000:.0f} ms, ratings_loader "
            f"{self.per_batch * 1000:.1f} ms, {self.ratio:.0f} times quicker."
        )


def compare_loaders(train: RatingsDataset) -> LoaderSpeed:
    """Time the DataLoader of most tutorials against `ratings_loader`.

    The first asks a `TensorDataset` for one rating after another and collates them.
    """
    columns = TensorDataset(train.users, train.items, train.ratings)
    per_sample = DataLoader(columns, batch_size=BATCH_SIZE, shuffle=True)
    per_batch = ratings_loader(train, batch_size=BATCH_SIZE, shuffle=True)
    return LoaderSpeed(len(train), _one_pass(per_sample), _one_pass(per_batch))


def _one_pass(loader) -> float:
    times = []
    for _ in range(PASSES):
        start = perf_counter()
        for _users, _items, _ratings in loader:
            pass
        times.append(perf_counter() - start)
    return min(times)
