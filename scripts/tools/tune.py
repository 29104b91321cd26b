"""Chooses hyperparameters on validation data, and never looks at a test score.

For authors.

    python scripts/tools/tune.py --models mf,svdpp,als --folds 1,3

Of each fold's training part a tenth, at random, is set aside for validation; a setting
is scored by its mean RMSE there. All models that minimize a loss get the same number of
settings to try, on the same ratings. What was tried is written as CSV, one row per
setting and fold; the settings that win are copied by hand to `recipes.py`.

One setting serves all folds. So a test rating of one fold may have been a validation
rating of another: tuning fold by fold (nested) would be free of that, and all models
here have had the same advantage.
"""

import argparse
import sys
from itertools import product
from pathlib import Path
from time import perf_counter

import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from atomic import CannotWrite, writing
from data_utils import (
    DatasetUnavailable,
    RatingsDataset,
    download_movielens,
    train_test_split_random,
)
from recipes import RECIPES, SVDPP
from reporting import progress
from tools.benchmark import make_folds, model_names
from tools.labs import BUILD
from training import evaluate

VALIDATION_SHARE = 0.1
FOLDS = range(1, 6)
DEFAULT_CSV = BUILD / "tuning.csv"


def grid(**choices) -> list[dict]:
    """All combinations: grid(a=[1, 2], b=[3]) is [{a: 1, b: 3}, {a: 2, b: 3}]."""
    return [
        dict(zip(choices, some, strict=True)) for some in product(*choices.values())
    ]


def svdpp_prices(factors: float, implicit: float) -> dict[str, float]:
    """The `reg_per_row` of the tables of SVD++, p and q alike."""
    return SVDPP["reg_per_row"] | {
        "user_factors": factors,
        "item_factors": factors,
        "implicit_factors": implicit,
    }


GRIDS: dict[str, list[dict]] = {
    "mf": grid(
        reg_per_rating=[0.027, 0.036, 0.045],
        reg_per_row=[3.6, 5.3, 7.1],
        learning_rate=[0.0055, 0.0075, 0.01],
    ),
    "svdpp": grid(
        reg_per_rating=[0.027, 0.036, 0.045],
        reg_per_row=[
            svdpp_prices(f, i) for f in (3.6, 5.3, 7.1) for i in (22.0, 44.0, 89.0)
        ],
    ),
    "als": grid(
        reg_per_rating=[0.027, 0.036, 0.045],
        reg_per_row=[5.3, 7.1, 9.8],
        n_factors=[5, 8, 12],
    ),
    "bayes-quick": grid(n_factors=[6, 8, 10], als_epochs=[4, 6, 8], epochs=[8, 12, 16]),
    "bayes-plain": grid(n_factors=[6, 8, 10, 12, 16]),
    "bayes": grid(n_factors=[6, 8, 10, 12, 16]),
}
"""Settings to try, by the name of the recipe: 27 for each model that minimizes a loss.
Models that sample draw their penalties, too: only the number of factors is left, and
of a chain cut short where to cut it, accuracy against the seconds that are printed."""


def validation_parts(train: pd.DataFrame, seed: int):
    """`train` without a random tenth, and that tenth, as data sets."""
    split = train_test_split_random(train, VALIDATION_SHARE, seed)
    rest = RatingsDataset.fit(split.train)
    return rest, rest.encode(split.test)


def tune(model: str, trains: dict[int, pd.DataFrame], settings: list[dict], seed: int):
    """One row per setting and fold; `trains`: fold → training ratings."""
    parts = {fold: validation_parts(train, fold) for fold, train in trains.items()}
    rows = []
    for number, setting in enumerate(progress(settings, f"{model}, settings")):
        for fold, (rest, validation) in parts.items():
            start = perf_counter()
            fitted = RECIPES[model](rest, seed, **setting)
            seconds = perf_counter() - start
            score = evaluate(fitted, validation)["rmse"]
            rows.append(
                {"model": model, "setting": number, "fold": fold}
                | {"settings": setting, "validation_rmse": score, "seconds": seconds}
            )
    return pd.DataFrame(rows)


def ranking(tried: pd.DataFrame) -> pd.DataFrame:
    """The settings of one model, best first, by the mean of their folds."""
    by_setting = tried.groupby("setting")
    table = by_setting[["validation_rmse", "seconds"]].mean()
    table["settings"] = by_setting["settings"].first().map(str)
    return table.sort_values("validation_rmse").reset_index(drop=True)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dataset", default="100k")
    parser.add_argument("--models", type=model_names(GRIDS), default=list(GRIDS))
    parser.add_argument("--folds", type=_fold_numbers, default=list(FOLDS))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--csv", type=Path, default=DEFAULT_CSV)
    options = parser.parse_args(arguments)
    try:
        ratings, _ = download_movielens(options.dataset)
    except DatasetUnavailable as error:
        print(error, file=sys.stderr)
        return 1
    _, folds = make_folds(ratings, "folds", options.seed)
    trains = {number: folds[number - 1].train for number in options.folds}
    tried = []
    try:
        with writing(options.csv) as file:  # opened first: what follows takes hours
            for model in options.models:
                tried.append(tune(model, trains, GRIDS[model], options.seed))
                shown = ranking(tried[-1]).to_string(float_format="{:.4f}".format)
                print(f"\n{model}\n{shown}")
            file.write(pd.concat(tried).to_csv(index=False).encode())
    except CannotWrite as error:
        print(f"{error} Name another file: --csv FILE.", file=sys.stderr)
        return 1
    print(f"\nWhat was tried is in {options.csv}.")
    return 0


def _fold_numbers(text: str) -> list[int]:
    asked = [part.strip() for part in text.split(",")]
    known = {str(number): number for number in FOLDS}
    if unknown := [part for part in asked if part not in known]:
        raise argparse.ArgumentTypeError(
            f"no fold is numbered {', '.join(map(repr, unknown))}; "
            f"known: {', '.join(known)}"
        )
    return [known[part] for part in dict.fromkeys(asked)]


if __name__ == "__main__":
    sys.exit(main())
