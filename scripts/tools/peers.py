"""The course's models beside the libraries one can install: accuracy against seconds.

    python -m venv .venv-bench
    .venv-bench/bin/python -m pip install -r requirements-bench.txt
    python scripts/tools/benchmark.py --peers

For authors. The official folds of ML-100K, one thread, and a process for each library:
its defaults, and the most accurate of a grid on validation parts of the training folds.
Rows of libraries that are not installed stay as they were. `implicit` makes lists and
predicts no ratings, so it has no point here.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from atomic import writing
from data_utils import (
    RatingsDataset,
    download_movielens,
    official_folds,
    train_test_split_random,
)
from metrics import rmse
from tools.labs import BUILD, ROOT
from tools.tune import VALIDATION_SHARE, grid

JSON = Path(__file__).with_suffix(".json")
DRAWING = Path(__file__).with_suffix(".svg")
PYTHON = ROOT / ".venv-bench" / "bin" / "python"
FITS = Path(__file__).with_name("peer_fits.py")


class Contender(NamedTuple):
    """A model of a library; `choices` are the settings that its tuning tries."""

    library: str
    model: str
    name: str
    choices: list[dict]


PEERS = [
    Contender(
        "surprise",
        "SVD",
        "Surprise SVD",
        grid(
            n_factors=[20, 100, 200], n_epochs=[20, 40, 80], reg_all=[0.05, 0.1, 0.15]
        ),
    ),
    Contender("surprise", "SVDpp", "Surprise SVD++", []),  # minutes for each setting
    Contender(
        "cornac",
        "MF",
        "Cornac MF",
        grid(
            k=[10, 30, 100],
            max_iter=[30, 50, 70],
            lambda_reg=[0.06, 0.08, 0.1],
        ),
    ),
    Contender(
        "lenskit",
        "BiasedMF",
        "LensKit ALS",
        grid(
            embedding_size=[8, 16, 50, 100, 200],
            regularization=[0.05, 0.1, 0.2],
        ),
    ),
    Contender(
        "myfm", "MyFMRegressor", "myFM", grid(rank=[6, 10, 16, 24], n_iter=[100, 300])
    ),
]
COURSE = {
    "biases": ("bias", {}),
    "ALS, 4 sweeps": ("als", {"epochs": 4}),
    "ALS": ("als", {}),
    "Bayesian, quick": ("bayes-quick", {}),
    "Bayesian": ("bayes-plain", {}),
    "MF": ("mf", {}),
    "SVD++": ("svdpp", {}),
    "flipped SVD++": ("svdpp-flipped", {}),
    "Bayesian, histories": ("bayes", {}),
}
"""Name → recipe, and settings of its that are not the recipe's own."""


class CannotFit(Exception):
    """The message says which library could not be run, and its last words."""


def write_folds(path: Path, splits: list) -> list[np.ndarray]:
    """Save the splits as `peer_fits.py` reads them; returns the stars of each test."""
    arrays, stars = {}, []
    for number, split in enumerate(splits, start=1):
        train = RatingsDataset.fit(split.train)
        test = train.encode(split.test)
        for name, part in (("train", train), ("test", test)):
            arrays[f"{number}-{name}-users"] = part.users.numpy()
            arrays[f"{number}-{name}-items"] = part.items.numpy()
            arrays[f"{number}-{name}-stars"] = part.ratings.double().numpy()
        stars.append(test.ratings.double().numpy())
    np.savez(path, **arrays)
    return stars


def fit_apart(library: str, asked: list[tuple[str, dict]], folds: Path, stars) -> dict:
    """Fit models of one library in its own process, on one thread.

    asked: (model, settings) for each fit; stars: as `write_folds` returns them. Returns
    {"version": …, "fits": one {"rmse": […], "seconds": […]} for each, by fold}. Raises
    `CannotFit`.
    """
    numbers = range(1, len(stars) + 1)
    python = sys.executable if library == "course" else str(PYTHON)
    with tempfile.TemporaryDirectory() as folder:
        job, predictions = Path(folder, "job.json"), Path(folder, "predictions.npz")
        fits = [
            {"model": model, "settings": settings, "folds": list(numbers)}
            for model, settings in asked
        ]
        order = {"folds": str(folds), "predictions": str(predictions), "fits": fits}
        job.write_text(json.dumps(order))
        threads = dict.fromkeys(("OMP_NUM_THREADS", "LK_NUM_THREADS"), "1")
        try:
            done = subprocess.run(
                [python, "-W", "ignore", str(FITS), library, str(job)],
                env=os.environ | threads,
                capture_output=True,
                text=True,
            )
        except OSError as error:
            raise CannotFit(f"{python} cannot be started: {error.strerror}.") from error
        if done.returncode:
            last = done.stderr.strip().splitlines()[-1:]
            raise CannotFit(f"{library} could not be fitted: {' '.join(last)}")
        found = np.load(predictions)
        scores = [
            {
                "rmse": [
                    round(float(rmse(found[f"{fit}-{n}"], stars[n - 1])), 4)
                    for n in numbers
                ],
                "seconds": [round(s, 4) for s in found[f"{fit}-seconds"].tolist()],
            }
            for fit in range(len(asked))
        ]
        return {"version": str(found["version"]), "fits": scores}


def measure(library: str, splits: list) -> dict:
    """Its `rows`, its `version`, and what its `tuning` tried. Raises `CannotFit`."""
    inner = [
        train_test_split_random(split.train, VALIDATION_SHARE, number)
        for number, split in enumerate(splits, start=1)
    ]
    asked, tuning = _defaults(library), {}
    with tempfile.TemporaryDirectory() as folder:
        outer, validation = Path(folder, "outer.npz"), Path(folder, "validation.npz")
        stars, held_out = write_folds(outer, splits), write_folds(validation, inner)
        for peer in PEERS:
            if peer.library == library and peer.choices:
                tried = [(peer.model, settings) for settings in peer.choices]
                fits = fit_apart(library, tried, validation, held_out)["fits"]
                means = [round(float(np.mean(fit["rmse"])), 4) for fit in fits]
                tuning[peer.name] = list(zip(peer.choices, means, strict=True))
                best = peer.choices[int(np.argmin(means))]
                asked.append(("tuned", peer.name, peer.model, best))
        models = [(model, settings) for *_, model, settings in asked]
        found = fit_apart(library, models, outer, stars)
    rows = [
        {"library": library, "name": name, "how": how, "settings": settings} | fit
        for (how, name, _, settings), fit in zip(asked, found["fits"], strict=True)
    ]
    return {"rows": rows, "version": found["version"], "tuning": tuning}


def _defaults(library: str) -> list[tuple[str, str, str, dict]]:
    if library == "course":
        return [("defaults", name, *recipe) for name, recipe in COURSE.items()]
    return [("defaults", p.name, p.model, {}) for p in PEERS if p.library == library]


def point(row: dict) -> tuple[float, float]:
    """Median seconds of a fit, and the mean RMSE of the folds."""
    return float(np.median(row["seconds"])), float(np.mean(row["rmse"]))


def line(row: dict) -> str:
    """One row of the table.

    >>> line({"name": "ALS", "how": "defaults", "settings": {}, "rmse": [0.91, 0.93],
    ...       "seconds": [0.05, 0.06]})
    'ALS                  defaults  RMSE 0.9200  0.055 s  {}'
    """
    seconds, score = point(row)
    name = f"{row['name']:20} {row['how']:9}"
    return f"{name} RMSE {score:.4f}  {seconds:.3f} s  {row['settings']}"


def ahead(rows: list[dict]) -> list[str]:
    """The peers that no model of the course matches in accuracy and time at once.

    >>> ours = {"library": "course", "name": "ALS", "how": "", "rmse": [0.91],
    ...         "seconds": [0.05]}
    >>> quicker = ours | {"library": "other", "name": "SGD", "seconds": [0.03]}
    >>> ahead([ours, quicker, quicker | {"seconds": [0.06]}])
    ['SGD']
    """
    ours = [point(row) for row in rows if row["library"] == "course"]
    return [
        " ".join([row["name"], *(["tuned"] if row["how"] == "tuned" else [])])
        for row in rows
        if row["library"] != "course"
        and not any(s <= point(row)[0] and e <= point(row)[1] for s, e in ours)
    ]


def draw(saved: dict, files: list[Path]) -> str:
    """Draw the figure into `files` (PNG or SVG); returns its sentence."""
    import matplotlib as mpl

    from plots.peers import accuracy_and_time

    mpl.use("Agg")
    # Text as text, names that do not change from run to run, and no date.
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "peers"})
    figure, sentence = accuracy_and_time(saved["rows"], ahead(saved["rows"]))
    for path in files:
        path.parent.mkdir(parents=True, exist_ok=True)
        kind = path.suffix[1:]
        with writing(path) as file:
            undated = {"metadata": {"Date": None}} if kind == "svg" else {}
            figure.savefig(file, format=kind, **undated)
    return sentence


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    known = ["course", *dict.fromkeys(peer.library for peer in PEERS)]
    parser.add_argument("--libraries", nargs="+", choices=known, default=known)
    parser.add_argument("--draw", action="store_true", help="only draw what was saved")
    options = parser.parse_args(arguments)
    saved = {"rows": [], "versions": {}, "tuning": {}}
    if JSON.exists():
        saved = json.loads(JSON.read_text())
    if not options.draw:
        splits = official_folds(download_movielens("100k")[0])
        for library in options.libraries:
            try:
                _put(saved, library, measure(library, splits))
            except CannotFit as reason:
                print(f"{reason} Its rows stay as they were.", file=sys.stderr)
    print("\n".join(line(row) for row in saved["rows"]))
    print(", ".join(f"{name} {v}" for name, v in saved["versions"].items() if v))
    print(draw(saved, [BUILD / "peers.png", DRAWING]))
    return 0


def _put(saved: dict, library: str, found: dict) -> None:
    """What was found of `library` in place of what was saved, kept at once."""
    others = [row for row in saved["rows"] if row["library"] != library]
    saved["rows"] = others + found["rows"]
    saved["versions"][library] = found["version"]
    saved["tuning"] |= found["tuning"]
    saved["measured"] = date.today().isoformat()
    saved["command"] = "python scripts/tools/benchmark.py --peers"
    saved["machine"] = f"{platform.machine()}, {os.cpu_count()} cores, one thread"
    saved["python"] = platform.python_version()
    with writing(JSON) as file:
        file.write(f"{json.dumps(saved, indent=1)}\n".encode())


if __name__ == "__main__":
    sys.exit(main())
