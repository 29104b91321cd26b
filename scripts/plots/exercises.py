"""Figures of lab 06: curves of RMSE, and two penalties in one plane. For authors."""

from itertools import pairwise

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.patheffects import withStroke

from .style import LINESTYLES, MARKERS, PAPER, drawn_once


def rmse_curves(x, series: dict, x_label: str, title: str, log_base=None):
    """One line per entry of `series` over `x`, told apart by marker and line too.

    >>> figure = rmse_curves([1, 2], {"validation": [1.0, 0.9]}, "epoch", "It falls")
    >>> figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()
    ('epoch', 'RMSE (stars)')
    """
    figure, axes = plt.subplots(figsize=(7, 3.6))
    for place, (name, values) in enumerate(series.items()):
        style = {"marker": MARKERS[place], "linestyle": LINESTYLES[place]}
        axes.plot(x, values, label=name, **style)
    if log_base:
        axes.set_xscale("log", base=log_base)
        axes.set_xticks(list(x), [f"{value:g}" for value in x])
        axes.minorticks_off()
    axes.set(xlabel=x_label, ylabel="RMSE (stars)", title=title)
    axes.legend()
    return figure


@drawn_once
def sweep_histories(curves: dict):
    """Training and validation RMSE of several sizes, epoch by epoch.

    `curves`: number of factors → a table with the columns epoch, train_rmse (an average
    over the epoch, while the weights move) and validation_rmse. A ring marks each
    size's best epoch.

    >>> table = pd.DataFrame({"epoch": [1, 2, 3], "train_rmse": [0.9, 0.8, 0.7]})
    >>> curves = {2: table.assign(validation_rmse=[0.99, 0.95, 0.94]),
    ...           8: table.assign(validation_rmse=[0.97, 0.95, 0.99])}
    >>> figure, sentence = sweep_histories(curves)
    >>> figure.axes[0].get_title("left")
    'More factors are at their best sooner'
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6))
    best, said = [], []
    for place, (size, curve) in enumerate(curves.items()):
        style = {"marker": MARKERS[place], "linestyle": LINESTYLES[place]}
        style |= {"color": f"C{place}", "label": f"{size:g} factors"}
        left.plot(curve["epoch"], curve["validation_rmse"], **style)
        right.plot(curve["epoch"], curve["train_rmse"], **style)
        row, last = curve.loc[curve["validation_rmse"].idxmin()], curve.iloc[-1]
        ring = {"marker": "o", "markersize": 14, "markerfacecolor": "none"}
        left.plot(row["epoch"], row["validation_rmse"], color=f"C{place}", **ring)
        best.append(row["epoch"])
        said.append(
            f"{size:g} factors are best after epoch {row['epoch']:g} with "
            f"{row['validation_rmse']:.3f} stars, and after epoch {last['epoch']:g} "
            f"have {last['validation_rmse']:.3f}"
        )
    sooner = all(b <= a for a, b in pairwise(best)) and best[-1] < best[0]
    left.set(
        xlabel="epoch",
        ylabel="validation RMSE (stars)",
        title="More factors are at their best sooner"
        if sooner
        else "Each size has a best epoch of its own",
    )
    right.set(xlabel="epoch", ylabel="training RMSE, as the epoch ran (stars)")
    right.legend()
    return figure, f"Validation RMSE, best epochs ringed: {'; '.join(said)}."


@drawn_once
def sweep_curve(table: pd.DataFrame):
    """Training and validation RMSE over the number of factors, each at its best epoch.

    `table` has the columns factors, train_rmse, validation_rmse and gap, in the order
    of the factors. The sentence says so where the best size is at an edge of the table.

    >>> rows = {"factors": [2, 8], "train_rmse": [0.9, 0.8]}
    >>> rows |= {"validation_rmse": [1.0, 0.99], "gap": [0.1, 0.19]}
    >>> figure, sentence = sweep_curve(pd.DataFrame(rows))
    >>> sentence.split(". ")[1]
    'The best size, 8, is at the edge of the grid: above it there may be a better one.'
    """
    best = table.loc[table["validation_rmse"].idxmin()]
    first, last = table.iloc[0], table.iloc[-1]
    figure = rmse_curves(
        table["factors"],
        {"training": table["train_rmse"], "validation": table["validation_rmse"]},
        "factors",
        f"Each at its best epoch, {best['factors']:g} factors do best on validation",
        log_base=2,
    )
    sentence = (
        f"From {first['factors']:g} to {last['factors']:g} factors the training RMSE "
        f"goes from {first['train_rmse']:.3f} to {last['train_rmse']:.3f} stars, the "
        f"validation RMSE from {first['validation_rmse']:.3f} to "
        f"{last['validation_rmse']:.3f}, and is lowest with {best['factors']:g}: "
        f"{best['validation_rmse']:.3f}."
    )
    if best["factors"] in (first["factors"], last["factors"]):
        side = "below" if best["factors"] == first["factors"] else "above"
        sentence += (
            f" The best size, {best['factors']:g}, is at the edge of the grid: {side} "
            "it there may be a better one."
        )
    return figure, sentence


@drawn_once
def penalty_plane(table: pd.DataFrame):
    """Training against validation RMSE, one path per kind of penalty.

    `table` has the columns penalty (two of them), strength, train_rmse and
    validation_rmse.

    >>> rows = {"penalty": ["per rating", "per row"], "strength": [0.1, 5]}
    >>> rows |= {"train_rmse": [0.8, 0.7], "validation_rmse": [0.91, 0.95]}
    >>> figure, sentence = penalty_plane(pd.DataFrame(rows))
    >>> figure.axes[0].get_title("left")
    'Each at its best, the penalties are 0.040 stars apart'
    """
    best = table.loc[table.groupby("penalty")["validation_rmse"].idxmin()]
    best = best.sort_values("validation_rmse")
    winner, loser = best.iloc[0], best.iloc[1]
    lead = loser["validation_rmse"] - winner["validation_rmse"]
    figure, axes = plt.subplots(figsize=(7, 4))
    for place, (name, path) in enumerate(table.groupby("penalty", sort=False)):
        style = {"marker": MARKERS[place], "linestyle": LINESTYLES[place]}
        style |= {"color": f"C{place}", "label": name}
        axes.plot(path["train_rmse"], path["validation_rmse"], **style)
        for _, row in path.iterrows():
            place_of_text = row["train_rmse"], row["validation_rmse"]
            note = axes.annotate(
                f"{row['strength']:g}",
                place_of_text,
                textcoords="offset points",
                xytext=(6, 5),
                color=f"C{place}",
                fontsize=9,
            )
            note.set_path_effects([withStroke(linewidth=2.2, foreground=PAPER)])
    axes.set(
        xlabel="training RMSE (stars)",
        ylabel="validation RMSE (stars)",
        title=f"Each at its best, the penalties are {lead:.3f} stars apart",
    )
    axes.legend()
    sentence = (
        f"At its best strength, {winner['strength']:g}, {winner['penalty']} reaches a "
        f"validation RMSE of {winner['validation_rmse']:.3f} with a gap of "
        f"{_gap(winner):.3f}; {loser['penalty']} at {loser['strength']:g} reaches "
        f"{loser['validation_rmse']:.3f} with a gap of {_gap(loser):.3f}."
    )
    return figure, sentence


@drawn_once
def repaired_curve(curve: list, baseline: float):
    """Validation RMSE after each epoch, beside that of the bias baseline.

    >>> figure, sentence = repaired_curve([1.0, 0.9, 0.97], baseline=0.95)
    >>> print(sentence)  # doctest: +NORMALIZE_WHITESPACE
    The validation RMSE goes from 1.000 after epoch 1 to 0.900 after epoch 2,
    its best; the bias baseline has 0.950.
    """
    epochs = range(1, len(curve) + 1)
    best = min(curve)
    if f"{curve[-1]:.3f}" == f"{baseline:.3f}":
        word = "level with"
    else:
        word = "below" if curve[-1] < baseline else "above"
    figure = rmse_curves(
        epochs,
        {"your trainer": curve, "bias baseline": [baseline] * len(curve)},
        "epoch",
        f"The repaired trainer ends {word} the bias baseline",
    )
    sentence = (
        f"The validation RMSE goes from {curve[0]:.3f} after epoch 1 to {best:.3f} "
        f"after epoch {curve.index(best) + 1}, its best; the bias baseline has "
        f"{baseline:.3f}."
    )
    return figure, sentence


def _gap(row) -> float:
    return row["validation_rmse"] - row["train_rmse"]
