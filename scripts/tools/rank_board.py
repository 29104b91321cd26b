"""One board of all ranking models under each protocol: JSON, and Markdown beside it.

    python scripts/tools/rank_board.py 100k

For authors. Settings are chosen on an inner split of the training part, made like the
outer one, by NDCG@10. The test part reports. Seconds are of one core's own time, so a
busy machine changes them little. A part that is in the file already is not measured
again: a run that was cut off goes on, and `--again NAME` measures a part anew.
"""

import argparse
import json
import sys
import time
from datetime import date
from functools import partial
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import metrics
from atomic import writing
from data_utils import (
    RatingsDataset,
    download_movielens,
    leave_last_out_split,
    stratified_by_item_split,
    train_test_split_by_time,
)
from ranking_recipes import RANKERS, TRIED

JSON = Path(__file__).with_suffix(".json")
SEEDS = (0, 1, 2)
K = 10
DRAWS = 5  # of a hundred negatives for each user

BY_MOVIE = metrics.FullCatalogue("75/25 by movie")
BY_TIME = metrics.FullCatalogue("each user's newest quarter", at_least=4)
LAST = metrics.FullCatalogue("each user's last rating")

# Where a hit needs four stars, what got fewer may count as a no.
LIKED = {
    "implicit ALS, dislikes as no": [
        {**settings, "dislikes_below": 4} for settings in TRIED["implicit ALS"]
    ]
}
# Two that look at few neighbours only: sharp on top, blind below.
NARROW = {
    "user-kNN of 5": [{"n_neighbours": 5}],
    "item-kNN of 2": [{"n_neighbours": 2}],
}


def split_of(protocol, ratings, seed: int):
    """Train and test, as the protocol's name says."""
    if protocol is BY_MOVIE:
        return stratified_by_item_split(ratings, 0.25, seed)
    if protocol is BY_TIME:
        return train_test_split_by_time(ratings, 0.25, per_user=True)
    return leave_last_out_split(ratings)


def recipe(name: str):
    """The function behind a row: the part before a comma or " of " names the model."""
    return RANKERS[name.split(",")[0].split(" of ")[0]]


def tried(protocol) -> dict[str, list[dict]]:
    """Row of the board → settings among which the inner split chooses."""
    return TRIED | {BY_TIME: LIKED, LAST: NARROW}.get(protocol, {})


def fitted(name: str, train, seed: int, settings: dict):
    """`(model, seconds)`: seconds of this process's own time."""
    start = time.process_time()
    model = recipe(name)(train, seed, **settings)
    return model, time.process_time() - start


def choose(protocol, ratings) -> dict[str, dict]:
    """The settings of each model with the best NDCG on the inner split."""
    inner = split_of(protocol, split_of(protocol, ratings, 0).train, 0)
    train = RatingsDataset.fit(inner.train)
    test = train.encode(inner.test)
    chosen = {}
    for name, settings in tried(protocol).items():
        scores = []
        for one in settings if len(settings) > 1 else []:
            model, seconds = fitted(name, train, 0, one)
            scores.append(protocol.measure(model, train, test, K)["ndcg"].mean())
            say(protocol.split, "inner", name, one, f"{scores[-1]:.4f} {seconds:.1f} s")
        chosen[name] = settings[int(np.argmax(scores)) if scores else 0]
    return chosen


def measure(protocol, ratings, chosen, seed: int) -> dict[str, dict]:
    """Means, seconds, and the NDCG beside popularity's, for each row."""
    split = split_of(protocol, ratings, seed)
    train = RatingsDataset.fit(split.train)
    test = train.encode(split.test)
    support = np.bincount(train.items, minlength=train.n_items)
    wanted, rows, ndcg = protocol.relevant(test), {}, {}
    for name, settings in chosen.items():
        model, seconds = fitted(name, train, seed, settings)
        lists = protocol.lists(model, train, test, K)
        by_user = metrics.per_user_measures(lists, wanted, K)
        ndcg[name] = by_user["ndcg"]
        rows[name] = rounded(by_user.mean()) | {
            "coverage": round(metrics.coverage(lists, train.n_items), 4),
            "long tail": round(metrics.long_tail_share(lists, support), 4),
            "seconds": round(seconds, 2),
            "over popularity": interval(ndcg[name], ndcg["popularity"]),
        }
        say(protocol.split, seed, name, rows[name])
    best = max(ndcg, key=lambda name: ndcg[name].mean())
    for name, values in ndcg.items():
        rows[name]["below the best"] = interval(ndcg[best], values)
    return rows


def measure_last(ratings, chosen, seed: int) -> dict:
    """Hits among the full catalogue and among a hundred, and the pairs that flip."""
    split = split_of(LAST, ratings, seed)
    train = RatingsDataset.fit(split.train)
    test = train.encode(split.test)
    wanted, hits, rows = LAST.relevant(test), {}, {}
    seen = np.bincount(train.users, minlength=train.n_users)
    candidates = int(np.median(train.n_items - seen))
    values = metrics.corrected(metrics.hit_at, candidates, 100)
    for name, settings in chosen.items():
        model, seconds = fitted(name, train, seed, settings)
        full = metrics.first_ranks(LAST.lists(model, train, test, K), wanted)
        drawn = [
            metrics.first_ranks(
                metrics.SampledNegatives(LAST.split, seed=draw).lists(
                    model, train, test, 101
                ),
                wanted,
            )
            for draw in range(DRAWS)
        ]
        sampled = np.stack(drawn)
        hits[name] = metrics.hit_at(full), metrics.hit_at(sampled).mean(axis=0)
        rows[name] = {
            "full": round(hits[name][0].mean(), 4),
            "sampled": round(hits[name][1].mean(), 4),
            "corrected": round(values[sampled.astype(int) - 1].mean(), 4),
            "seconds": round(seconds, 2),
        }
        say(LAST.split, seed, name, rows[name])
    pairs = {}
    for a, b in combinations(hits, 2):
        gaps = [interval(x, y) for x, y in zip(hits[a], hits[b], strict=True)]
        if gaps[0][0] * gaps[1][0] < 0:
            pairs[f"{a} - {b}"] = dict(zip(("full", "sampled"), gaps, strict=True))
    return {"rows": rows, "pairs that turn round": pairs}


def interval(a, b) -> list[float]:
    """Mean of a - b over users with its 95 % interval."""
    gap = metrics.paired_difference(a, b, lower_is_better=False)
    return [round(value, 4) for value in (gap.mean, gap.low, gap.high)]


def rounded(means: pd.Series) -> dict[str, float]:
    return {name: round(float(value), 4) for name, value in means.items()}


def parts() -> dict:
    """Name → `(protocol, function of ratings and chosen settings)`, in their order."""
    made = {}
    for seed in SEEDS:
        made[f"{BY_MOVIE.name}, seed {seed}"] = (
            BY_MOVIE,
            partial(measure, BY_MOVIE, seed=seed),
        )
    made[BY_TIME.name] = BY_TIME, partial(measure, BY_TIME, seed=0)
    made[LAST.name] = LAST, partial(measure_last, seed=0)
    return made


def markdown(saved: dict) -> str:
    """The board as tables, best row first."""
    text = []
    for name in parts():
        if name not in saved.get("parts", {}):
            continue
        part = saved["parts"][name]
        table = pd.DataFrame(part.get("rows", part)).T
        order = "full" if "full" in table else "ndcg"
        table = table.sort_values(order, ascending=False)
        text += [f"**{name}** (@{K})", "", *_lines(table), ""]
    return "\n".join(text)


def _lines(table: pd.DataFrame) -> list[str]:
    lines = [
        "| model | " + " | ".join(table) + " |",
        "|---" * (1 + table.shape[1]) + "|",
    ]
    for name, row in table.iterrows():
        cells = [
            f"{v[0]:+.3f} ({v[1]:+.3f} to {v[2]:+.3f})"
            if isinstance(v, list)
            else f"{v:.3f}"
            for v in row
        ]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def say(*words) -> None:
    print(*words, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("edition", nargs="?", default="100k")
    parser.add_argument("--json", type=Path, default=JSON)
    parser.add_argument("--again", help="a part's name, or the beginning of several")
    options = parser.parse_args()
    saved = json.loads(options.json.read_text()) if options.json.exists() else {}
    if saved.get("edition", options.edition) != options.edition:
        parser.error(f"{options.json} is of {saved['edition']}: name another --json.")
    saved |= {"edition": options.edition, "measured": date.today().isoformat()}
    chosen, done = saved.setdefault("settings", {}), saved.setdefault("parts", {})
    ratings, _ = download_movielens(options.edition)

    def save():
        with writing(options.json) as file:
            file.write(f"{json.dumps(saved, indent=1)}\n".encode())
        with writing(options.json.with_suffix(".md")) as file:
            file.write(markdown(saved).encode())

    for name, (protocol, measured) in parts().items():
        anew = options.again is not None and name.startswith(options.again)
        if name in done and not anew:
            continue
        if protocol.name not in chosen:
            chosen[protocol.name] = choose(protocol, ratings)
            save()
        done[name] = measured(ratings, chosen[protocol.name])
        save()


if __name__ == "__main__":
    main()
