"""Fits one library's models on folds: the half of `peers.py` that runs beside it.

    .venv-bench/bin/python scripts/tools/peer_fits.py surprise JOB.json

For authors. A process for each library, in the environment that has it, so this module
imports NumPy alone until it is asked. JOB.json names the file of the folds, what to fit
and where the predictions go; `course` is the library of this repository.

A fit is timed in seconds of the processor, all threads together: on one thread that is
the time an idle machine takes, and others' work does not count.
"""

import json
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from time import process_time
from typing import NamedTuple

import numpy as np


class Pairs(NamedTuple):
    """Ratings as arrays (n,): indices from 0, -1 for what has no training rating."""

    users: np.ndarray
    items: np.ndarray
    stars: np.ndarray

    def rows(self) -> list[tuple]:
        """(user, item, stars) of each, as Python's numbers."""
        return list(zip(*(column.tolist() for column in self), strict=True))


Fitted = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""(users, items) → predicted stars.

Each `fit_…` below is in two steps: it yields once when the library has its data, and
then the fitted model, so that the second alone is timed.
"""


def fit_course(model: str, train: Pairs, settings: dict) -> Iterator:
    import pandas as pd

    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from data_utils import RatingsDataset
    from recipes import RECIPES

    columns = ("user_id", "item_id", "rating")
    data = RatingsDataset.fit(pd.DataFrame(dict(zip(columns, train, strict=True))))
    # Its ids are the indices already, for every one of them has a rating.
    yield
    fitted = RECIPES[model](data, **settings)
    yield lambda users, items: fitted.predict(users, items).numpy()


def fit_surprise(model: str, train: Pairs, settings: dict) -> Iterator:
    import surprise

    rows = [(*row, None) for row in train.rows()]
    low, high = train.stars.min(), train.stars.max()
    data = surprise.Dataset(surprise.Reader(rating_scale=(low, high)))
    data = data.construct_trainset(rows)
    yield
    fitted = getattr(surprise, model)(random_state=0, **settings).fit(data)

    def predict(users, items):
        pairs = zip(users.tolist(), items.tolist(), strict=True)
        return np.array([fitted.predict(u, i, clip=False).est for u, i in pairs])

    yield predict


def fit_cornac(model: str, train: Pairs, settings: dict) -> Iterator:
    import cornac

    data = cornac.data.Dataset.from_uir(train.rows(), seed=0)
    settings = {"seed": 0, "num_threads": 1} | settings
    yield
    fitted = getattr(cornac.models, model)(**settings).fit(data)
    place = [
        np.array([index.get(n, -1) for n in range(max(index) + 1)] + [-1])
        for index in (data.uid_map, data.iid_map)
    ]

    def predict(users, items):
        # Of all pairs at once: its own `score` takes one user, and is slow for many.
        u, i = place[0][users], place[1][items]
        bu, bi = (u >= 0) * fitted.u_biases[u], (i >= 0) * fitted.i_biases[i]
        both = (u >= 0) & (i >= 0)
        products = (fitted.u_factors[u] * fitted.i_factors[i]).sum(1)
        return data.global_mean + bu + bi + both * products

    yield predict


def fit_lenskit(model: str, train: Pairs, settings: dict) -> Iterator:
    import pandas as pd
    from lenskit import predict as predict_one
    from lenskit.als import BiasedMFScorer
    from lenskit.data import ItemList, from_interactions_df
    from lenskit.pipeline import predict_pipeline
    from lenskit.training import TrainingOptions

    columns = ("user_id", "item_id", "rating")
    data = from_interactions_df(pd.DataFrame(dict(zip(columns, train, strict=True))))
    pipeline = predict_pipeline({"BiasedMF": BiasedMFScorer}[model](**settings))
    yield
    pipeline.train(data, TrainingOptions(rng=0))

    def predict(users, items):
        # Strangers need names of their own: no list may hold one item twice.
        items = np.where(items < 0, -1 - np.arange(len(items)), items)
        predicted = np.empty(len(users))
        for user in np.unique(users):
            mine = np.flatnonzero(users == user)
            asked = ItemList(item_ids=items[mine])
            predicted[mine] = predict_one(pipeline, int(user), asked).scores()
        return predicted

    yield predict


def fit_myfm(model: str, train: Pairs, settings: dict) -> Iterator:
    import myfm
    from scipy import sparse

    n_users, n_items = train.users.max() + 1, train.items.max() + 1

    def one_hot(users, items):
        rows = np.arange(len(users))
        at = np.concatenate([users, n_users + items])
        known = np.concatenate([users, items]) >= 0
        pairs = np.concatenate([rows, rows])[known], at[known]
        shape = len(users), n_users + n_items
        return sparse.csr_matrix((np.ones(known.sum()), pairs), shape=shape)

    settings = {"rank": 10, "n_iter": 100} | settings
    sweeps = settings.pop("n_iter")
    data, groups = one_hot(train.users, train.items), [n_users, n_items]
    yield
    fitted = getattr(myfm, model)(random_seed=0, **settings)
    fitted.fit(data, train.stars, n_iter=sweeps, group_shapes=groups)
    yield lambda users, items: fitted.predict(one_hot(users, items))


LIBRARIES = {
    "course": (fit_course, None),
    "surprise": (fit_surprise, "scikit-surprise"),
    "cornac": (fit_cornac, "cornac"),
    "lenskit": (fit_lenskit, "lenskit"),
    "myfm": (fit_myfm, "myfm"),
}
"""Name → how its models are fitted, and its name on PyPI."""


def timed(fit: Callable, model: str, train: Pairs, settings: dict):
    """The fitted model and its seconds; what a library makes of arrays is not timed."""
    steps = fit(model, train, settings)
    next(steps)
    start = process_time()
    fitted = next(steps)
    return fitted, process_time() - start


def main() -> None:
    library, job = sys.argv[1], json.loads(Path(sys.argv[2]).read_text())
    fit, package = LIBRARIES[library]
    arrays = np.load(job["folds"])

    def part(fold, name):
        return Pairs(*(arrays[f"{fold}-{name}-{column}"] for column in Pairs._fields))

    saved = {}
    for number, asked in enumerate(job["fits"]):
        seconds = []
        for fold in asked["folds"]:
            train, test = part(fold, "train"), part(fold, "test")
            if not seconds:  # the first fit loads more of the library: uncounted
                few = Pairs(*(column[:1000] for column in train))
                timed(fit, asked["model"], few, asked["settings"])
            fitted, spent = timed(fit, asked["model"], train, asked["settings"])
            seconds.append(spent)
            saved[f"{number}-{fold}"] = fitted(test.users, test.items)
        saved[f"{number}-seconds"] = np.array(seconds)
        print(library, asked["model"], asked["settings"], seconds, flush=True)
    saved["version"] = np.array(version(package) if package else "")
    np.savez(job["predictions"], **saved)


if __name__ == "__main__":
    # A library that asks how many threads it may use is told before it is imported.
    sys.exit(main())
