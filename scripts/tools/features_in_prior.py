"""The sampler with features in its prior, on the first fold: a figure of lab 10.

    python scripts/tools/features_in_prior.py

For authors: about two minutes. Settings were chosen on a tenth of u1's training
ratings (`--validation` scores there); the test part was measured once. Four chains are
averaged, with the features and without, and compared on the same users.
"""

import argparse
import json
import sys
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from atomic import writing
from data_utils import (
    Features,
    IdMap,
    RatingsDataset,
    download_movielens,
    load_users,
    movie_features,
    official_folds,
    rating_dates,
    train_test_split_random,
)
from metrics import bootstrap_rmse, bootstrap_rmse_difference, rmse
from models import BayesianMF
from recipes import BAYES

JSON = Path(__file__).with_suffix(".json")
CHAINS = 4
DAYS = 28  # in a span of rating dates
RESAMPLED = {"level": 0.95, "seed": 0}


def features_of(train_ratings, movies, users_table, users: IdMap, items: IdMap) -> dict:
    """The settings of `BayesianMF` that hold the features; a ridge for each kind."""
    known = Features.of_table(users_table, users, "user_id")
    dates = [rating_dates(train_ratings, users, "user_id", DAYS)]
    dates += [rating_dates(train_ratings, items, "item_id", DAYS)]
    return {
        "user_features": [known, dates[0]],
        "item_features": [movie_features(movies, items), dates[1]],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--validation", action="store_true", help="and write nothing")
    parser.add_argument("--chains", type=int, default=CHAINS)
    parser.add_argument("--epochs", type=int, default=BAYES["epochs"])
    parser.add_argument("--json", type=Path, default=JSON)
    options = parser.parse_args()
    ratings, movies = download_movielens("100k")
    known, hidden, _ = official_folds(ratings)[0]
    if options.validation:
        known, hidden, _ = train_test_split_random(known, 0.1, seed=0)
    users_table = load_users("100k")
    users = IdMap.fit(users_table["user_id"].to_numpy())
    items = IdMap.fit(movies["item_id"].to_numpy())
    train = RatingsDataset(known, users, items)
    test = train.encode(hidden)
    told = features_of(known, movies, users_table, users, items)
    settings = BAYES | {"epochs": options.epochs}
    means, single = {}, {}
    for name, features in (("features", told), ("histories alone", {})):
        chains = [
            BayesianMF(seed=seed, **settings, **features)
            .fit(train)
            .predict(test.users, test.items)
            for seed in range(1, options.chains + 1)
        ]
        means[name] = sum(chains) / len(chains)
        single[name] = [round(rmse(chain, test.ratings), 4) for chain in chains]
        interval = bootstrap_rmse(
            means[name], test.ratings, hidden["user_id"], **RESAMPLED
        )
        print(name, single[name], "mean of the chains", interval, flush=True)
        single[f"{name}, mean of the chains"] = str(interval)
    both = means["features"], means["histories alone"]
    difference = bootstrap_rmse_difference(
        *both, test.ratings, hidden["user_id"], **RESAMPLED
    )
    print("difference", difference)
    if options.validation:
        return
    found = {"measured": date.today().isoformat(), "settings": settings, "days": DAYS}
    found |= {"rmse on u1": single, "features less histories alone": str(difference)}
    with writing(options.json) as file:
        file.write(f"{json.dumps(found, indent=1)}\n".encode())


if __name__ == "__main__":
    main()
