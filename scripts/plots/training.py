"""Figures of lab 03: how training went, what it cost, what the number is worth.

For authors.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from .style import BLUE, GREY, VERMILION, drawn_once, looks
from .words import counted

TARGET = 0.95
"""The RMSE (stars) that a good model of ML-100K is expected to be below."""


@drawn_once
def learning_curves(history: pd.DataFrame):
    """RMSE of train and validation by epoch; `history` is `History.frame()`.

    >>> rows = {"epoch": [1, 2, 3], "train_rmse": [1, 0.8, 0.2]}
    >>> history = pd.DataFrame(rows | {"validation_rmse": [1, 0.9, 1.08]})
    >>> figure, sentence = learning_curves(history)
    >>> figure.axes[0].get_title("left")
    'Best after epoch 2, 20% worse after epoch 3'
    """
    epochs, train = history["epoch"], history["train_rmse"]
    validation = history["validation_rmse"]
    best = history.loc[validation.idxmin()]
    last = history.iloc[-1]
    figure, axes = plt.subplots()
    axes.plot(epochs, train, "--", color=BLUE, label="train, as it went by")
    axes.plot(epochs, validation, "-", color=VERMILION, label="validation")
    axes.axvline(best["epoch"], color=GREY, linestyle=":")
    axes.plot(best["epoch"], best["validation_rmse"], "o", color=VERMILION)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set(xlabel="epoch", ylabel="RMSE (stars)")
    axes.legend(loc="center right")
    worse = last["validation_rmse"] / best["validation_rmse"] - 1
    if len(history) == 1:
        axes.set_title(f"One epoch, validation RMSE {best['validation_rmse']:.3f}")
    elif best["epoch"] == last["epoch"]:
        axes.set_title(f"Still getting better after epoch {last['epoch']:.0f}")
    else:
        axes.set_title(
            f"Best after epoch {best['epoch']:.0f}, {worse:.0%} worse after epoch "
            f"{last['epoch']:.0f}"
        )
    sentence = (
        f"The training error (dashed) goes from {train.iloc[0]:.2f} to "
        f"{train.iloc[-1]:.2f} stars. The validation error (solid) is lowest, "
        f"{best['validation_rmse']:.3f}, after epoch {best['epoch']:.0f} and stands at "
        f"{last['validation_rmse']:.3f} after epoch {last['epoch']:.0f}."
    )
    return figure, sentence


@drawn_once
def regularization_curves(runs: pd.DataFrame):
    """Validation RMSE over strength; `runs` has kind, strength, best, last (RMSE).

    One panel per kind: the best epoch of each run, and its last.

    >>> rows = [("L2", 0.1, 0.95, 1.0), ("decay", 0.1, 0.92, 1.1)]
    >>> runs = pd.DataFrame(rows, columns=["kind", "strength", "best", "last"])
    >>> figure, sentence = regularization_curves(runs)
    >>> figure.get_suptitle()
    'The lowest point belongs to decay'
    """
    kinds = list(runs["kind"].unique())
    figure, panels = plt.subplots(
        1, len(kinds), sharey=True, figsize=(8.6, 3.8), squeeze=False
    )
    phrases, lowest = [], {}
    for axes, kind in zip(panels[0], kinds, strict=True):
        part = runs[runs["kind"] == kind].sort_values("strength")
        strength = part["strength"]
        axes.plot(strength, part["last"], "s--", color=VERMILION, label="last epoch")
        axes.plot(strength, part["best"], "o-", color=BLUE, label="best epoch")
        axes.set_xscale("log")
        axes.set_xticks(strength, [f"{s:g}" for s in strength])
        axes.minorticks_off()
        best = part.loc[part["best"].idxmin()]
        lowest[kind] = best["best"]
        axes.set(xlabel=f"strength of {kind}")
        axes.set_title(f"{kind}: {best['best']:.3f} at {best['strength']:g}")
        phrases.append(
            f"With {kind} the best epoch scores {best['best']:.3f} at "
            f"{best['strength']:g}, where the last epoch scores {best['last']:.3f}; at "
            f"{strength.iloc[0]:g} the last epoch is at {part['last'].iloc[0]:.3f}."
        )
    panels[0][0].set_ylabel("validation RMSE (stars)")
    panels[0][0].legend()
    low = f"{min(lowest.values()):.3f}"
    winners = [kind for kind, rmse in lowest.items() if f"{rmse:.3f}" == low]
    title = f"The lowest point belongs to {winners[0]}"
    if len(winners) > 1:
        title = "To three decimals, the lowest points are equal"
    figure.suptitle(title, x=0.01, ha="left")
    return figure, " ".join(phrases)


@drawn_once
def small_multiples(panels: dict[str, dict[str, pd.DataFrame]]):
    """Validation RMSE against seconds: one panel per setting, one line per value of it.

    The y axis ends 22 % above the best point; what is worse is cut off.

    >>> run = pd.DataFrame({"seconds": [0.1, 0.2], "validation_rmse": [0.95, 0.9]})
    >>> figure, sentence = small_multiples({"learning rate": {"0.02": run}})
    >>> print(sentence)  # doctest: +NORMALIZE_WHITESPACE
    Lowest validation RMSE of each run.
    **Learning rate**: 0.900 at 0.02 (0.1 s per epoch).
    """
    figure, row = plt.subplots(
        1, len(panels), sharey=True, figsize=(9.4, 3.7), squeeze=False
    )
    phrases = []
    for axes, (setting, runs) in zip(row[0], panels.items(), strict=True):
        for (value, run), (colour, line, marker) in zip(
            runs.items(), looks(), strict=False
        ):
            axes.plot(
                run["seconds"],
                run["validation_rmse"],
                color=colour,
                linestyle=line,
                marker=marker,
                markersize=4,
                label=value,
            )
        best = {value: run["validation_rmse"].min() for value, run in runs.items()}
        lowest = f"{min(best.values()):.3f}"
        first = " and ".join(v for v in best if f"{best[v]:.3f}" == lowest)
        pace = {v: _seconds_per_epoch(run["seconds"]) for v, run in runs.items()}
        axes.set_title(f"{setting}: best at {first}")
        axes.set(xlabel="seconds", xlim=(0, None))
        axes.legend(fontsize=9)
        scores = ", ".join(
            f"{best[v]:.3f} at {v} ({pace[v]:.2g} s per epoch)" for v in best
        )
        phrases.append(f"**{setting.capitalize()}**: {scores}.")
    points = pd.concat([r for runs in panels.values() for r in runs.values()])
    low = points["validation_rmse"].min()
    row[0][0].set_ylim(0.98 * low, 1.22 * low)
    row[0][0].set_ylabel("validation RMSE (stars)")
    return figure, "Lowest validation RMSE of each run. " + " ".join(phrases)


@drawn_once
def race(curves: dict[str, pd.DataFrame]):
    """Validation RMSE against wall-clock seconds (log), one line per optimizer.

    Each frame has `seconds` and `validation_rmse`. The y axis ends 13 % above the
    best point; what is worse is cut off.

    >>> fast = pd.DataFrame({"seconds": [1, 2], "validation_rmse": [0.91, 0.91]})
    >>> slow = pd.DataFrame({"seconds": [1, 2], "validation_rmse": [1.0, 0.9]})
    >>> figure, sentence = race({"Adam": fast, "SGD": slow})
    >>> figure.axes[0].get_title("left")
    'Adam is the first within 2 % of the best'
    """
    figure, axes = plt.subplots()
    low = min(curve["validation_rmse"].min() for curve in curves.values())
    target = 1.02 * low
    arrival = {}
    for (name, curve), (colour, line, marker) in zip(
        curves.items(), looks(), strict=False
    ):
        axes.plot(
            curve["seconds"],
            curve["validation_rmse"],
            color=colour,
            linestyle=line,
            marker=marker,
            label=name,
        )
        there = curve.loc[curve["validation_rmse"] <= target, "seconds"]
        arrival[name] = there.iloc[0] if len(there) else np.inf
    axes.axhline(target, color=GREY, linestyle=":", label="2 % above the best")
    axes.set_xscale("log")
    # Left to itself, an axis with one power of ten in it has labels that run into one
    # another.
    start, end = axes.get_xlim()
    axes.xaxis.set_major_locator(
        LogLocator(subs=(1, 2, 5) if end < 300 * start else (1,))
    )
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
    axes.set_ylim(0.987 * low, 1.13 * low)
    axes.set(xlabel="seconds (log scale)", ylabel="validation RMSE (stars)")
    axes.legend()
    first = min(arrival, key=arrival.get)
    axes.set_title(f"{first} is the first within 2 % of the best")
    said = [
        f"{name} after {seconds:.2g} s"
        if np.isfinite(seconds)
        else f"{name} not in its {curves[name]['seconds'].max():.2g} s"
        for name, seconds in arrival.items()
    ]
    lows = [f"{name} {c['validation_rmse'].min():.3f}" for name, c in curves.items()]
    sentence = (
        f"Within 2 % of the best RMSE ({target:.3f} or less): {', '.join(said)}. "
        f"Lowest points: {', '.join(lows)}."
    )
    return figure, sentence


@drawn_once
def fold_scores(scores: pd.DataFrame):
    """RMSE by fold: `scores` has one row per fold and one column per model.

    >>> scores = pd.DataFrame({"ALS": [0.9, 0.95], "biases": [0.92, 0.96]}, [1, 2])
    >>> figure, sentence = fold_scores(scores)
    >>> figure.axes[0].get_title("left")
    'The same order of the models in all 2 folds'
    """
    figure, axes = plt.subplots()
    for model, (colour, line, marker) in zip(scores.columns, looks(), strict=False):
        axes.plot(
            scores.index,
            scores[model],
            color=colour,
            linestyle=line,
            marker=marker,
            label=f"{model}, mean {scores[model].mean():.3f}",
        )
    axes.set_xticks(scores.index)
    axes.set(xlabel="fold", ylabel="test RMSE (stars)")
    axes.legend(fontsize=9, loc="upper left", bbox_to_anchor=(1, 1))
    axes.set_title(_order_in_words(scores.rank(axis=1)))
    spread = scores.max() - scores.min()
    sentence = "From its easiest to its hardest fold " + ", ".join(
        f"{model} goes from {scores[model].min():.3f} to {scores[model].max():.3f}"
        for model in scores
    )
    return figure, f"{sentence}: a spread of up to {spread.max():.3f} stars."


@drawn_once
def scores_by_split(
    scores: pd.DataFrame, cold_share: dict[str, float], target: float = TARGET
):
    """RMSE by split: `scores` has one row per model and one column per split.

    `cold_share`: split → share of its test ratings with an unseen user or movie;
    `target`: an RMSE (stars) to be below, drawn as a line.

    >>> scores = pd.DataFrame({"random": [0.9, 0.94], "time": [0.96, 1.0]}, ["a", "b"])
    >>> figure, sentence = scores_by_split(scores, {"random": 0.0, "time": 0.8})
    >>> sentence
    'The best score under each split: random 0.900 (a), time 0.960 (a).'
    """
    figure, axes = plt.subplots()
    places = np.arange(len(scores.columns))
    shift = np.linspace(-0.2, 0.2, len(scores))
    for (model, row), move, (colour, _, marker) in zip(
        scores.iterrows(), shift, looks(), strict=False
    ):
        axes.plot(places + move, row, marker, color=colour, markersize=8, label=model)
    axes.axhline(target, color=GREY, linestyle="--")
    axes.annotate(f"{target:g}", (places[-1] + 0.45, target), va="bottom", color="0.3")
    labels = [f"{split}\n{cold_share[split]:.0%} cold" for split in scores]
    axes.set_xticks(places, labels)
    axes.grid(visible=False, axis="x")
    axes.set(ylabel="test RMSE (stars)", xlim=(-0.5, places[-1] + 0.6))
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1), fontsize=9)
    below = ", ".join(str(n) for n in (scores < target).sum())
    axes.set_title(
        f"From left to right {below} of {len(scores)} models are below {target:g}"
    )
    best = ", ".join(
        f"{split} {scores[split].min():.3f} ({scores[split].idxmin()})"
        for split in scores
    )
    return figure, f"The best score under each split: {best}."


def _seconds_per_epoch(seconds: pd.Series) -> float:
    """The quickest epoch: the others were disturbed. The clock starts at 0."""
    return seconds.diff().fillna(seconds).min()


def _order_in_words(ranks: pd.DataFrame) -> str:
    """What the ranks of the models (columns) have in common over the folds (rows)."""
    if (ranks == ranks.iloc[0]).all(axis=None):
        return f"The same order of the models in all {counted(len(ranks), 'fold')}"
    winner, *rivals = ranks.idxmin(axis=1).unique()
    if not rivals:
        return f"{winner} is best in all {len(ranks)} folds; the others trade places"
    return "The best model changes from fold to fold"


@drawn_once
def penalty_map(scores: pd.DataFrame):
    """Validation RMSE over two penalties: one row per λ, one column per δ.

    NaN where nothing was tried. The lowest cell is framed.

    >>> scores = pd.DataFrame([[0.95, 0.92], [0.93, 0.90]], [0, 0.1], [0, 5])
    >>> figure, sentence = penalty_map(scores)
    >>> figure.axes[0].get_title("left")
    'Lowest at λ = 0.1, δ = 5: 0.900'
    """
    values = scores.to_numpy(dtype=float)
    row, column = np.unravel_index(np.nanargmin(values), values.shape)
    middle = np.nanmean([np.nanmin(values), np.nanmax(values)])
    figure, axes = plt.subplots(figsize=(6.2, 4.0))
    axes.pcolormesh(values, cmap="cividis_r")
    for (i, j), value in np.ndenumerate(values):
        if np.isfinite(value):
            ink = "white" if value > middle else "black"
            axes.text(j + 0.5, i + 0.5, f"{value:.3f}", ha="center", va="center", c=ink)
    frame = plt.Rectangle((column, row), 1, 1, fill=False, ec=VERMILION, lw=3)
    axes.add_patch(frame)
    axes.set_xticks(np.arange(len(scores.columns)) + 0.5, [f"{d:g}" for d in scores])
    axes.set_yticks(np.arange(len(scores)) + 0.5, [f"{x:g}" for x in scores.index])
    axes.grid(visible=False)
    axes.set(xlabel="δ, per row", ylabel="λ, per rating")
    where = f"λ = {scores.index[row]:g}, δ = {scores.columns[column]:g}"
    axes.set_title(f"Lowest at {where}: {values[row, column]:.3f}")
    alone = []
    if 0 in scores.columns:
        alone.append(f"with λ alone (left column) {scores[0].min():.3f}")
    if 0 in scores.index:
        alone.append(f"with δ alone (bottom row) {scores.loc[0].min():.3f}")
    best = f"The best validation RMSE is {values[row, column]:.3f}, at {where}"
    missing = " Empty cells were not tried." if scores.isna().any(axis=None) else ""
    return figure, "; ".join([best, *alone]) + "." + missing
