"""What a recommender for all of MovieLens does, one step after another, timed.

For authors. `tools.scale` runs each step in a process of its own and makes the table.
A step is a function of `Data` that returns seconds, one per repetition, and figures by
which two machines can see that they did the same: an RMSE, an objective.
"""

import contextlib
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from time import perf_counter
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch

from data_utils import (
    DATASETS,
    IdMap,
    RatingsDataset,
    download_movielens,
    drop_cold,
    split_by_time_quantiles,
)
from data_utils.archives import DATA_DIR, find
from data_utils.parsing import read_movies, read_ratings
from models import ALS, BayesianMF, FactorTables, MatrixFactorization, bayesian
from recommend import recommend_for_user_id, top_k_for_everyone
from tools.memory import forget_peak, peak_rss_mb
from training import evaluate

REPEATS = 3
FACTORS, BAYES_FACTORS, PIPELINE_SWEEPS = 50, 16, 4


@dataclass
class Data:
    """An edition, or the ratings of some of its users: every `part`-th one."""

    edition: str
    part: int = 1

    def table(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """`(ratings, movies)`, read or from the cache."""
        with contextlib.redirect_stdout(io.StringIO()):
            ratings, movies = download_movielens(self.edition)
        if self.part > 1:
            chosen = np.sort(ratings["user_id"].unique())[:: self.part]
            ratings = ratings[ratings["user_id"].isin(chosen)]
        return ratings, movies

    @cached_property
    def parts(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Training and warm validation ratings."""
        split = split_by_time_quantiles(self.table()[0])
        return drop_cold(split.train, split.validation)

    @cached_property
    def train(self) -> RatingsDataset:
        """The training ratings; the tables that they came from are let go."""
        train, validation = self.parts
        encoded = RatingsDataset.fit(train)
        self.validation = encoded.encode(validation)
        del self.parts
        return encoded

    @cached_property
    def random_model(self) -> ALS:
        """A model whose numbers are noise: to make lists, any numbers do."""
        draw = np.random.default_rng(0).standard_normal
        rows = ((self.train.n_users, FACTORS), (self.train.n_items, FACTORS))
        p, q = (torch.from_numpy(0.3 * draw(size, np.float32)) for size in rows)
        model = ALS(FACTORS)
        model._tables = FactorTables(3.5, p[:, 0].clone(), q[:, 0].clone(), p, q)
        return model


@dataclass
class Measured:
    """Seconds of each repetition, the peak (10⁶ bytes), and what came out."""

    seconds: list[float]
    value: dict = field(default_factory=dict)
    peak_mb: float = 0.0


class Step(NamedTuple):
    """A step, what it must and should reach on all ratings, and its function."""

    name: str
    must_seconds: float | None
    aim_seconds: float | None
    must_mb: float | None
    aim_mb: float | None
    measure: Callable[[Data], Measured]
    by_part: bool = True  # also on fewer users, so that growth can be read


def measure(name: str, edition: str, part: int) -> tuple[Measured, dict]:
    """One step, and the sizes of its data; called in a fresh process."""
    step = STEPS[name]
    data = Data(edition, part)
    measured = step.measure(data)
    measured.peak_mb = peak_rss_mb()
    sizes = {}
    if "train" in vars(data):
        train = data.train
        sizes = {
            "train": len(train),
            "users": train.n_users,
            "items": train.n_items,
            "validation": len(data.validation),
        }
    return measured, sizes


def repeated(action: Callable, repeats: int = REPEATS) -> list[float]:
    """Seconds of each of `repeats` calls."""
    seconds = []
    for _ in range(repeats):
        start = perf_counter()
        action()
        seconds.append(perf_counter() - start)
    return seconds


@contextmanager
def times_of(owner, name: str) -> Iterator[list[float]]:
    """When `owner.name` is called: of a fit the times of its sweeps, from outside."""
    called, times = getattr(owner, name), []

    def noted(*args, **kwargs):
        times.append(perf_counter())
        return called(*args, **kwargs)

    setattr(owner, name, noted)
    try:
        yield times
    finally:
        setattr(owner, name, called)


def read_file(data: Data) -> Measured:
    """From the file to two tables, without the cache."""
    edition = DATASETS[data.edition]
    source = find(edition, DATA_DIR)

    def read():
        read_ratings(source, edition)
        read_movies(source, edition)

    return Measured(repeated(read))


def read_cached(data: Data) -> Measured:
    """The same from what the first start has kept."""
    data.table()
    forget_peak()
    return Measured(repeated(data.table))


def split(data: Data) -> Measured:
    """75/15/10 by time, then without cold rows."""
    ratings, _ = data.table()
    forget_peak()
    sizes = {}

    def part():
        three = split_by_time_quantiles(ratings)
        parts = drop_cold(three.train, three.validation, three.test)
        names = ("train", "warm_validation", "warm_test")
        sizes.update(zip(names, map(len, parts), strict=True))

    return Measured(repeated(part), sizes)


def id_maps(data: Data) -> Measured:
    """Both maps from the training ratings, and these ratings' indices."""
    train, _ = data.parts
    columns = [train[name].to_numpy() for name in ("user_id", "item_id")]
    forget_peak()
    sizes = {}

    def make():
        maps = [IdMap.fit(column) for column in columns]
        for ids, column in zip(maps, columns, strict=True):
            ids.encode(column)
        sizes.update(users=len(maps[0]), items=len(maps[1]))

    return Measured(repeated(make), sizes)


def als_sweep(data: Data) -> Measured:
    """One sweep over users and movies; the fit makes one more than is timed."""
    model, train = ALS(FACTORS, epochs=REPEATS + 1), data.train
    forget_peak()
    with times_of(ALS, "_solve") as times:
        model.fit(train)
    sweeps = np.diff(times[::2]).tolist()
    return Measured(sweeps, {"objective": model.objective[-1]} | _score(model, data))


def mf_epoch(data: Data) -> Measured:
    """One epoch on one thread: the same digits each time."""
    return _mf(data, threads=1)


def mf_epoch_racing(data: Data) -> Measured:
    """One epoch on two threads, which race: digits differ from run to run."""
    return _mf(data, threads=2)


def _mf(data: Data, threads: int) -> Measured:
    from scale_training import fit_rows

    train, models = data.train, []
    forget_peak()

    def epoch():
        model = MatrixFactorization(train.n_users, train.n_items, FACTORS)
        fit_rows(model, train, threads=threads, show_progress=False)
        models[:] = [model]

    return Measured(repeated(epoch), _score(models[0], data))


def bayes_sweep(data: Data) -> Measured:
    """One Gibbs sweep with the implicit prior on both sides."""
    sweeps = REPEATS + 1
    model = BayesianMF(BAYES_FACTORS, implicit=True, epochs=sweeps, burn_in=sweeps - 1)
    train = data.train
    forget_peak()
    with times_of(bayesian, "noise_precision") as times:
        model.fit(train)
    return Measured(np.diff(times).tolist(), _score(model, data))


def lists(data: Data) -> Measured:
    """Lists of ten for every user, seen movies left out."""
    model = data.random_model
    forget_peak()
    found = []

    def everyone():
        found[:] = [top_k_for_everyone(model, data.train)]

    return Measured(repeated(everyone), {"lists": len(found[0].items)})


def one_pair(data: Data) -> Measured:
    """One prediction."""
    model = data.random_model
    forget_peak()
    return Measured(repeated(lambda: model.predict([5], [7]), 99))


def one_list(data: Data) -> Measured:
    """One user's page; the first request, which sorts the ratings by user, is apart."""
    movies = data.table()[1]
    model, train = data.random_model, data.train
    user = int(train.user_ids.raw[5])
    forget_peak()
    first, *others = repeated(
        lambda: recommend_for_user_id(model, train, movies, user), 21
    )
    return Measured(others, {"first_seconds": first})


def pipeline(data: Data) -> Measured:
    """File, split, ids, a few sweeps of ALS, lists: what one run of it needs."""
    times = [perf_counter()]
    train = data.train
    times.append(perf_counter())
    model = ALS(FACTORS, epochs=PIPELINE_SWEEPS).fit(train)
    times.append(perf_counter())
    top_k_for_everyone(model, train)
    times.append(perf_counter())
    parts = zip(("data", "fit", "lists"), np.diff(times).tolist(), strict=True)
    return Measured([times[-1] - times[0]], dict(parts))


def _score(model, data: Data) -> dict:
    return {"validation_rmse": evaluate(model, data.validation)["rmse"]}


_ALL = [
    Step("read the file", None, None, None, None, read_file, by_part=False),
    Step("read the cache", None, None, None, None, read_cached, by_part=False),
    Step("split and cold filter", 6, 4, None, None, split),
    Step("id maps", 2, 1, None, None, id_maps),
    Step("ALS sweep, k = 50", 12, 8, 2000, 1300, als_sweep),
    Step("MF epoch, k = 50", 16, None, None, None, mf_epoch),
    Step("MF epoch, two threads", None, 6.5, None, None, mf_epoch_racing),
    Step("Bayesian sweep, k = 16", 10, 6, 3000, None, bayes_sweep),
    Step("lists for everyone", 120, 45, None, None, lists),
    Step("one pair", 0.001, None, None, None, one_pair),
    Step("one list", 0.030, None, None, None, one_list),
    Step("file to lists", None, None, 6000, 4000, pipeline, by_part=False),
]
STEPS = {step.name: step for step in _ALL}
