"""Movies that nobody has rated: the figures of lab 10, over ten draws.

    python scripts/tools/cold_movies.py 100k sample

For authors: a minute or two for each edition, so the lab shows what was measured here,
with the date, and measures one draw itself. Each draw holds out a fifth of the movies
with all their ratings. Nothing was chosen by these draws: settings and features were
tried on others. Rows of an edition that is not named stay.
"""

import argparse
import json
import sys
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import torch

from atomic import writing
from data_utils import (
    IdMap,
    RatingsDataset,
    download_movielens,
    movie_features,
    movies_held_out_split,
    seeded,
)
from metrics import auc_within_users, ndcg_among, paired_difference, rmse
from models import (
    ALS,
    BayesianMF,
    BiasModel,
    ContentKNN,
    FeatureMapping,
    GenreMeans,
    ImplicitALS,
    Popularity,
)
from recipes import fit_hybrid

JSON = Path(__file__).with_suffix(".json")
SHARE, DRAWS = 0.2, 10
FIRST = 200  # of the draws: 0 to 2 and 100, 101 have been looked at while choosing
LIKED_FROM = 4.0  # stars
MEASURES = ("rmse", "auc", "ndcg")


def models(features, seed: int) -> dict:
    """Name → a function of the training data that answers with a fitted model."""
    genres = features.only("genres")
    bayes = {"n_factors": 10, "epochs": 200, "burn_in": 50, "seed": seed}
    return {
        "user's mean": lambda train: BiasModel().fit(train),
        "genre means": lambda train: GenreMeans(genres).fit(train),
        "content neighbours": lambda train: ContentKNN(features).fit(train),
        "hybrid": lambda train: fit_hybrid(train, seed, features),
        "features in the prior": lambda train: BayesianMF(
            item_features=features, **bayes
        ).fit(train),
        "mapped ALS": lambda train: FeatureMapping(ALS(seed=seed), features).fit(train),
        "mapped implicit ALS": lambda train: FeatureMapping(
            ImplicitALS(seed=seed), features
        ).fit(train),
        "predicted popularity": lambda train: FeatureMapping(
            Popularity(), features
        ).fit(train),
    }


def draw(ratings, movies, seed: int) -> tuple:
    """Training and test data under maps of the whole catalogue, and the new movies."""
    split = movies_held_out_split(ratings, SHARE, seed)
    users = IdMap.fit(ratings["user_id"].to_numpy())
    items = IdMap.fit(movies["item_id"].to_numpy())
    train = RatingsDataset(split.train, users, items)
    test = train.encode(split.test)
    return train, test, test.items.unique()


def measure(edition: str, draws: int) -> dict[str, dict[str, list[float]]]:
    """Model → measure → its value in each draw. RMSE is in stars."""
    ratings, movies = download_movielens(edition)
    scores = {}
    for seed in range(FIRST, FIRST + draws):
        train, test, new = draw(ratings, movies, seed)
        liked = test.ratings >= LIKED_FROM
        features = movie_features(movies, train.item_ids)
        chance = torch.rand(train.n_users, train.n_items, generator=seeded(seed))
        lists = {"random": chance}
        for name, make in models(features, seed).items():
            model = make(train)
            lists[name] = model.scores(range(train.n_users))
        for name, table in lists.items():
            predicted = table[test.users, test.items]
            found = {
                "rmse": rmse(predicted, test.ratings),
                "auc": auc_within_users(predicted, liked, test.users),
                "ndcg": ndcg_among(table, test, new),
            }
            if name == "random" or "implicit" in name or "popularity" in name:
                del found["rmse"]  # no stars
            for key, value in found.items():
                rows = scores.setdefault(name, {}).setdefault(key, [])
                rows.append(round(value, 4))
        print(edition, seed, {n: s["ndcg"][-1] for n, s in scores.items()}, flush=True)
    return scores


def compared(scores: dict) -> dict[str, dict]:
    """Each model's mean, and its difference from μ + b_u over the draws, paired.

    The draws share most of their training ratings, so their intervals are widened.
    """
    base, found = scores["user's mean"], {}
    for name, by_measure in scores.items():
        found[name] = {m: sum(v) / len(v) for m, v in by_measure.items()}
        if name != "user's mean":
            pairs = {m: (v, base[m]) for m, v in by_measure.items()}
            found[name]["against user's mean"] = {
                m: str(
                    paired_difference(
                        *pair,
                        lower_is_better=m == "rmse",
                        test_train_ratio=SHARE / (1 - SHARE),
                    )
                )
                for m, pair in pairs.items()
            }
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("editions", nargs="+")
    parser.add_argument("--draws", type=int, default=DRAWS)
    parser.add_argument("--json", type=Path, default=JSON)
    options = parser.parse_args()
    saved = json.loads(options.json.read_text()) if options.json.exists() else {}
    saved |= {"measured": date.today().isoformat(), "share": SHARE}
    saved["command"] = "python scripts/tools/cold_movies.py 100k sample"
    for edition in options.editions:
        scores = measure(edition, options.draws)
        saved.setdefault("draws", {})[edition] = scores
        saved.setdefault("means", {})[edition] = compared(scores)
        with writing(options.json) as file:
            file.write(f"{json.dumps(saved, indent=1)}\n".encode())


if __name__ == "__main__":
    main()
