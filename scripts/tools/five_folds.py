"""Where the sampler's accuracy comes from, on five folds: the figures of lab 08.

    python scripts/tools/five_folds.py 100k sample

For authors: minutes for each edition, so the lab shows what was measured here, with the
date, and measures one fold itself. The chains are long enough to forget where they
began. Nothing is chosen by these scores. Rows of an edition that is not named stay.
"""

import argparse
import json
import sys
from datetime import date
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from atomic import CannotWrite, writing
from data_utils import (
    DatasetUnavailable,
    RatingsDataset,
    download_movielens,
    official_folds,
    random_folds,
)
from metrics import rmse
from recipes import (
    BAYES_PLAIN,
    fit_als,
    fit_bayes_plain,
    fit_bias,
    fit_flipped_svdpp,
    fit_svdpp,
)

JSON = Path(__file__).with_suffix(".json")
CHAINS = {"n_factors": 10, "epochs": 300, "burn_in": 150}
PRIORS = {
    "no histories": False,
    "only how many": "counts",
    "users' side": "users",
    "movies' side": "items",
    "both sides": True,
}


def models() -> dict:
    """Name → recipe, in the order of the table."""
    made = {
        "biases": fit_bias,
        "ALS": fit_als,
        "SVD++": fit_svdpp,
        "flipped SVD++": fit_flipped_svdpp,
    }
    for name, implicit in PRIORS.items():
        made[name] = partial(fit_bayes_plain, **CHAINS, implicit=implicit)
    made["cut short"] = fit_bayes_plain
    return made


def measure(edition: str, names) -> dict[str, list[float]]:
    """Test RMSE of each model on each fold (stars)."""
    ratings, _ = download_movielens(edition)
    folds = official_folds(ratings) if edition == "100k" else random_folds(ratings)
    scores = {name: [] for name in names}
    for number, fold in enumerate(folds, start=1):
        train = RatingsDataset.fit(fold.train)
        test = train.encode(fold.test)
        for name in names:
            model = models()[name](train, number)
            error = rmse(model.predict(test.users, test.items), test.ratings)
            scores[name].append(round(error, 4))
            print(edition, number, name, f"{error:.4f}", flush=True)
    return scores


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("editions", nargs="+")
    parser.add_argument("--models", help="names with commas between; all of them")
    parser.add_argument("--json", type=Path, default=JSON)
    options = parser.parse_args()
    names = options.models.split(",") if options.models else list(models())
    saved = json.loads(options.json.read_text()) if options.json.exists() else {}
    saved |= {"measured": date.today().isoformat(), "chains": CHAINS}
    saved["cut short"] = BAYES_PLAIN
    saved["command"] = "python scripts/tools/five_folds.py 100k sample"
    try:
        with writing(options.json) as file:  # opened first: what follows takes minutes
            for edition in options.editions:
                scores = measure(edition, names)
                saved.setdefault("rmse", {}).setdefault(edition, {}).update(scores)
            file.write(f"{json.dumps(saved, indent=1)}\n".encode())
    except CannotWrite as error:
        print(f"{error} Name another file: --json FILE.", file=sys.stderr)
        return 1
    except DatasetUnavailable as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
