"""The benchmark in tables: scores, comparisons with intervals, and errors by group.

For authors.
"""

from itertools import combinations

import numpy as np
import pandas as pd

from metrics import (
    bootstrap_rmse,
    bootstrap_rmse_difference,
    error_by_group,
    paired_difference,
    training_counts,
)

LEVEL = 0.95


def print_tables(dataset, split_name, folds, results, seed) -> None:
    """`results`: model → its `FoldResult`s, in the order of `folds`."""
    _print(
        f"{dataset}, {split_name}; cold rows are kept, predictions not clipped",
        fold_table(folds),
    )
    pooled = Pooled(folds, results)
    rows = pd.DataFrame([r.row for each in results.values() for r in each])
    _print("Scores", score_table(rows))
    _print(
        f"RMSE over all test ratings, {LEVEL:.0%} intervals from resampling users",
        [f"{name:8} {interval}" for name, interval in pooled.intervals(seed).items()],
    )
    if len(results) > 1:
        _print(
            f"Differences in RMSE, with {LEVEL:.0%} intervals",
            comparisons(rows, folds, pooled, seed),
        )
    for who, key in (("users", "user_id"), ("movies", "item_id")):
        _print(
            f"RMSE by the number of training ratings of the test ratings' {who}",
            pooled.errors_by(key).to_string(index=False, float_format="{:.4f}".format),
        )


def fold_table(folds) -> str:
    """What each fold asks: see `SplitReport`."""
    table = pd.DataFrame([vars(fold.report) for fold in folds])
    table.index = [f"fold {number}" for number in range(1, len(folds) + 1)]
    return table.to_string(float_format="{:.1%}".format)


def score_table(rows: pd.DataFrame) -> str:
    """Mean and sd over folds, the first fold alone, and what a fold costs."""
    by_model = rows.groupby("model", sort=False)
    first = rows[rows["fold"] == 1].set_index("model")["rmse"]
    table = pd.DataFrame(
        {
            "RMSE": by_model["rmse"].mean(),
            "sd": by_model["rmse"].std(),
            "fold 1": first,
            "MAE": by_model["mae"].mean(),
            "seconds": by_model["fit_seconds"].mean(),
            "ratings/s": by_model["ratings_per_second"].mean(),
            "peak MB": by_model["peak_rss_mb"].max(),
        }
    ).rename_axis(None)
    formats = dict.fromkeys(("RMSE", "sd", "fold 1", "MAE"), "{:.4f}".format)
    formats |= {"seconds": "{:.2f}".format, "peak MB": "{:.0f}".format}
    formats |= {"ratings/s": "{:,.0f}".format}
    return table.to_string(formatters=formats, na_rep="-")


def comparisons(rows, folds, pooled, seed) -> list[str]:
    """Each pair of models: over the folds where there are several, and over users."""
    by_fold = rows.pivot(index="fold", columns="model", values="rmse")
    ratio = np.mean([len(fold.test) / len(fold.train) for fold in folds])
    lines = []
    for b, a in combinations(rows["model"].unique(), 2):
        line = f"{a} - {b}: "
        if len(folds) > 1:
            difference = paired_difference(
                by_fold[a], by_fold[b], LEVEL, test_train_ratio=ratio
            )
            line += f"{difference} folds; "
        interval = bootstrap_rmse_difference(
            pooled.predicted[a],
            pooled.predicted[b],
            pooled.test["rating"],
            pooled.test["user_id"],
            seed,
            level=LEVEL,
        )
        lines.append(
            f"{line}over users {interval.estimate:+.4f} ({interval.low:+.4f} to "
            f"{interval.high:+.4f})"
        )
    return lines


class Pooled:
    """The test ratings of all folds in a row, with the predictions of every model."""

    def __init__(self, folds, results):
        self.test = pd.concat([fold.test for fold in folds])
        self.counts = {
            key: np.concatenate(
                [training_counts(f.test[key], f.train[key]) for f in folds]
            )
            for key in ("user_id", "item_id")
        }
        self.predicted = {
            model: np.concatenate([result.predicted for result in each])
            for model, each in results.items()
        }

    def intervals(self, seed) -> dict:
        return {
            model: bootstrap_rmse(
                predicted,
                self.test["rating"],
                self.test["user_id"],
                seed,
                level=LEVEL,
            )
            for model, predicted in self.predicted.items()
        }

    def errors_by(self, key) -> pd.DataFrame:
        """One row per group of `error_by_group`, one column of RMSEs per model."""
        tables = {
            model: error_by_group(predicted, self.test["rating"], self.counts[key])
            for model, predicted in self.predicted.items()
        }
        groups = next(iter(tables.values()))[["fewest", "most", "ratings"]]
        return groups.assign(**{model: t["rmse"] for model, t in tables.items()})


def _print(title, body) -> None:
    print(f"\n{title}\n{body if isinstance(body, str) else chr(10).join(body)}")
