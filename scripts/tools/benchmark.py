"""Accuracy and speed of the course's models: `make bench`. For authors.

    python scripts/tools/benchmark.py --dataset 100k --split folds \\
        --models bias,mf,svdpp,als,bayes --json build/benchmark.json

Splits: `folds` (the official folds of ML-100K, five random ones elsewhere), `user-time`
(each user's newest 20 %), `time` (the newest 20 % of all), `random` (20 % at random).
Cold rows are kept and predictions are not clipped. Each model is fitted in a process
of its own, so that its peak memory (with Python, torch and the data) is its own.

`--scale` measures instead what each step costs at the size of all of MovieLens:

    MOVIELENS_DIR=DIR OMP_NUM_THREADS=2 python scripts/tools/benchmark.py --scale

`tools/scale.py` says how, and `make_sample.py --like latest --out DIR` makes the data.

`benchmark.py --peers` measures other libraries beside them: see `tools/peers.py`.
"""

import argparse
import json
import multiprocessing
import sys
from collections.abc import Callable, Collection
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter
from typing import BinaryIO, NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from atomic import writing
from data_utils import (
    DatasetUnavailable,
    RatingsDataset,
    Split,
    UnwritableFolder,
    download_movielens,
    official_folds,
    random_folds,
    train_test_split_by_time,
    train_test_split_random,
)
from metrics import mae, rmse
from recipes import RECIPES
from tools import scale
from tools.benchmark_tables import print_tables
from tools.labs import BUILD
from tools.loader_speed import compare_loaders
from tools.memory import peak_rss_mb

SPLITS = ("folds", "user-time", "time", "random")
DEFAULT_JSON = BUILD / "benchmark.json"
SCALE_JSON = BUILD / "scale.json"


class FoldResult(NamedTuple):
    """One model on one fold: its row of the JSON file, and its test predictions."""

    row: dict
    predicted: np.ndarray


def make_folds(ratings, split: str, seed: int) -> tuple[str, list[Split]]:
    """The folds of `split`, and the split's name in the rows."""
    if split == "user-time":
        return split, [train_test_split_by_time(ratings, 0.2, per_user=True)]
    if split == "time":
        return split, [train_test_split_by_time(ratings, 0.2)]
    if split == "random":
        return split, [train_test_split_random(ratings, 0.2, seed)]
    try:
        return "folds", official_folds(ratings)
    except ValueError:  # not ML-100K: nobody has published folds of it
        return "random-folds", random_folds(ratings, 5, seed)


def fit_fold(recipe: Callable, split: Split, seed: int) -> FoldResult:
    """Fit on the training part, then score the test part once.

    `ratings_per_second` is the number of training ratings over the seconds of the
    whole fit, however many epochs it takes.
    """
    train = RatingsDataset.fit(split.train)
    test = train.encode(split.test)
    start = perf_counter()
    model = recipe(train, seed)
    seconds = perf_counter() - start
    peak = peak_rss_mb()
    predicted = np.asarray(model.predict(test.users, test.items), dtype=np.float64)
    row = {
        "rmse": rmse(predicted, test.ratings),
        "mae": mae(predicted, test.ratings),
        "fit_seconds": seconds,
        "ratings_per_second": len(train) / seconds,
        "peak_rss_mb": peak,
    }
    return FoldResult(row, predicted)


def fit_all_folds(model: str, dataset: str, split: str, seed: int) -> list[FoldResult]:
    """One model on every fold, a line printed for each; fold i has seed `seed` + i."""
    ratings, _ = download_movielens(dataset)
    split, folds = make_folds(ratings, split, seed)
    # A process's first fit may load more of PyTorch, for two seconds: here, uncounted.
    RECIPES[model](RatingsDataset.fit(folds[0].train.head(1000)), seed)
    results = []
    for number, fold in enumerate(folds, start=1):
        scores, predicted = fit_fold(RECIPES[model], fold, seed + number)
        row = {"model": model, "dataset": dataset, "split": split, "fold": number}
        results.append(FoldResult(row | scores, predicted))
        print(
            f"{model:8} fold {number}: RMSE {scores['rmse']:.4f} in "
            f"{scores['fit_seconds']:.2f} s",
            flush=True,
        )
    return results


def model_names(known: Collection[str]) -> Callable[[str], list[str]]:
    """For argparse: reads "bias,mf" as a list of names, each of them `known`."""

    def read(text: str) -> list[str]:
        models = list(dict.fromkeys(name.strip() for name in text.split(",")))
        if unknown := [name for name in models if name not in known]:
            raise argparse.ArgumentTypeError(
                f"no model is named {', '.join(map(repr, unknown))}; "
                f"known: {', '.join(known)}"
            )
        return models

    return read


def run(models: list[str], dataset: str, split: str, seed: int) -> list[dict]:
    """Fit, print the tables, and return the rows of the JSON file."""
    ratings, _ = download_movielens(dataset)
    split_name, folds = make_folds(ratings, split, seed)
    results = {}
    for model in models:
        fresh = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(max_workers=1, mp_context=fresh) as process:
            job = process.submit(fit_all_folds, model, dataset, split, seed)
            results[model] = job.result()
    print_tables(dataset, split_name, folds, results, seed)
    print(f"\n{compare_loaders(RatingsDataset.fit(folds[0].train))}")
    return [result.row for folds_of in results.values() for result in folds_of]


def _opened(path: Path, files: ExitStack) -> BinaryIO:
    """The file for the rows, before anything is fitted: that takes minutes."""
    try:
        return files.enter_context(writing(path))
    except OSError as error:
        raise UnwritableFolder(
            f"{path} cannot be written ({error.strerror}), so nothing was fitted. "
            "Name a file elsewhere: --json FILE."
        ) from error


def main(arguments: list[str] | None = None) -> int:
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["--peers"]:
        from tools import peers  # which imports this module, by way of `tune`

        return peers.main(arguments[1:])
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scale", action="store_true")
    parser.add_argument("--dataset", help="100k, or with --scale latest")
    parser.add_argument("--split", choices=SPLITS, default="folds")
    parser.add_argument("--models", type=model_names(RECIPES), default=list(RECIPES))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    default = SCALE_JSON if options.scale else DEFAULT_JSON
    path = options.json or default
    try:
        if options.scale:
            scale.run(options.dataset or "latest", path)
        else:
            dataset = options.dataset or "100k"
            with ExitStack() as files:
                file = _opened(path, files)
                rows = run(options.models, dataset, options.split, options.seed)
                file.write(f"{json.dumps(rows, indent=1)}\n".encode())
    except DatasetUnavailable as error:
        print(error, file=sys.stderr)
        return 1
    print(f"\nThe rows are in {path}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
