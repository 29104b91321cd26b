"""Figures of lab 04, continued: is it genre, and would it come out again?

For authors.
"""

from itertools import cycle

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from embeddings import Purity, Stability

from .labels import place_labels
from .style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    MARKERS,
    ORANGE,
    PAPER,
    SKY,
    VERMILION,
    drawn_once,
)


@drawn_once
def purity_null(purity: Purity):
    """The share of like neighbours, and where shuffled labels put it.

    >>> shuffled = np.array([0.30, 0.35, 0.40])
    >>> purity = Purity(0.6, shuffled, p_value=0.25, k=10, n_movies=50, left_out=0)
    >>> figure, sentence = purity_null(purity)
    >>> figure.axes[0].get_title("left")
    'None of 3 shuffles reach our share'
    """
    figure, axes = plt.subplots(figsize=(8, 3.5))
    axes.hist(100 * purity.null, bins=30, color=SKY, edgecolor=BLACK, linewidth=0.5)
    axes.axvline(100 * purity.share, color=VERMILION, linestyle="--")
    axes.annotate(
        f"our vectors: {purity.share:.1%}",
        (100 * purity.share, 0.85),
        (-6, 0),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        ha="right",
    )
    axes.set(
        xlabel=f"share of the {purity.k} nearest that have a genre in common (%)",
        ylabel="shuffles",
    )
    reached = np.count_nonzero(purity.null >= purity.share)
    axes.set_title(
        f"{f'{reached:,}' if reached else 'None'} of {len(purity.null):,} shuffles "
        f"reach{'es' if reached == 1 else ''} our share"
    )
    return figure, (
        f"Shuffled labels give {100 * purity.null.min():.1f} to "
        f"{100 * purity.null.max():.1f} %, {100 * purity.expected:.1f} % on average; "
        f"the vectors give {100 * purity.share:.1f} %, p = {purity.p_value:.2g}."
    )


@drawn_once
def probes(aucs: pd.DataFrame):
    """AUC of each genre (rows) by each set of features (columns), the vectors first.

    >>> aucs = pd.DataFrame({"vectors": [0.9, 0.6], "years": [0.5, 0.7]})
    >>> figure, sentence = probes(aucs.set_axis(["War", "Drama"]))
    >>> figure.axes[0].get_title("left")
    'The vectors beat years for 1 of 2 genres'
    """
    aucs = aucs.sort_values(aucs.columns[0])
    figure, axes = plt.subplots(figsize=(8, 0.32 * len(aucs) + 1.8))
    places = np.arange(len(aucs))
    ends = aucs.min(axis=1), aucs.max(axis=1)
    axes.hlines(places, *ends, color="0.8", linewidth=1, zorder=0.9)  # under the dots
    colours = cycle((BLUE, VERMILION, GREY, GREEN, ORANGE))
    for column, colour, marker in zip(aucs, colours, cycle(MARKERS), strict=False):
        axes.scatter(aucs[column], places, color=colour, marker=marker, label=column)
    axes.axvline(0.5, color=BLACK, linewidth=1, linestyle=":")
    axes.set_yticks(places, aucs.index)
    axes.set(xlabel="AUC out of fold (0.5 is a coin, 1 is certain)")
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
    first, second = aucs.iloc[:, 0], aucs.iloc[:, 1]
    better = (first > second).sum()
    axes.set_title(f"The vectors beat {second.name} for {better} of {len(aucs)} genres")
    means = ", ".join(f"{name} {value:.2f}" for name, value in aucs.mean().items())
    return figure, (
        f"Mean AUC: {means}. Easiest for the vectors is {first.index[-1]} "
        f"({first.iloc[-1]:.2f}), hardest {first.index[0]} ({first.iloc[0]:.2f})."
    )


@drawn_once
def stability(
    comparisons: dict[str, Stability], purities: dict[str, float], null: float
):
    """Common neighbours between runs, and the genre purity of single runs.

    Shares from 0 to 1; `null`: the purity under shuffled labels.

    >>> seeds = Stability(0.5, {}, np.array([]), chance=0.01, k=10)
    >>> figure, sentence = stability({"seeds": seeds}, {"one": 0.4, "two": 0.42}, 0.3)
    >>> figure.axes[1].get_title("left")
    'Genre purity: within 2.0 points'
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 2.9))
    k = next(iter(comparisons.values())).k
    overlaps = {name: 100 * found.overlap for name, found in comparisons.items()}
    overlaps["chance"] = 100 * next(iter(comparisons.values())).chance
    pure = {name: 100 * share for name, share in purities.items()}
    pure["shuffled labels"] = 100 * null
    for axes, bars in ((left, overlaps), (right, pure)):
        colours = [SKY] * (len(bars) - 1) + ["0.85"]
        drawn = axes.barh(
            list(bars), list(bars.values()), color=colours, edgecolor=BLACK
        )
        axes.bar_label(drawn, fmt="%.1f %%", padding=3)
        axes.invert_yaxis()
        axes.set_xlim(0, 112)
        axes.grid(axis="y", visible=False)
    left.set_xlabel(f"the {k} nearest in common (%)")
    right.set_xlabel(f"the {k} nearest with a common genre (%)")
    least, most = (f(overlaps[name] for name in comparisons) for f in (min, max))
    left.set_title(f"Neighbours: from {least:.1f} to {most:.1f} %")
    low, high = (round(100 * f(purities.values()), 1) for f in (min, max))
    right.set_title(f"Genre purity: within {high - low:.1f} points")
    parts = ", ".join(f"{name} {share:.1f} %" for name, share in overlaps.items())
    return figure, (
        f"Neighbours in common: {parts}. Genre purity lies between {low:.1f} % and "
        f"{high:.1f} %, against {100 * null:.1f} % for shuffled labels."
    )


@drawn_once
def true_and_found(table: pd.DataFrame):
    """Genre directions of the planted world, as planted and as recovered.

    `table` is indexed by genre: true_x, true_y, found_x, found_y, cosine, movies.

    >>> rows = {"true_x": [2, 0], "true_y": [0, 2], "found_x": [1, 0], "found_y": 1}
    >>> table = pd.DataFrame(rows, ["War", "Drama"]).assign(cosine=[0.7, 1.0], movies=9)
    >>> figure, sentence = true_and_found(table)
    >>> figure.axes[0].get_title("left")
    'Genres are found where they were planted (median cosine 0.85)'
    """
    true, found = table[["true_x", "true_y"]], table[["found_x", "found_y"]]
    # Regularization shortens what is found; one factor for all makes up for it.
    stretch = np.linalg.norm(true.to_numpy()) / np.linalg.norm(found.to_numpy())
    true, found = true.to_numpy(), stretch * found.to_numpy()
    figure, axes = plt.subplots(figsize=(8.5, 5.6))
    for start, end in zip(true, found, strict=True):
        axes.plot(*np.stack([start, end]).T, color="0.6", linewidth=1)
    axes.scatter(*true.T, s=46, facecolors=PAPER, edgecolors=BLACK, label="planted")
    axes.scatter(*found.T, s=36, marker="^", color=VERMILION, label="recovered")
    axes.axhline(0, color="0.8", zorder=0)
    axes.axvline(0, color="0.8", zorder=0)
    axes.margins(0.14)
    axes.set(xlabel="first true axis", ylabel="second true axis")
    axes.legend()
    median = table["cosine"].median()
    how = "" if median >= 0.8 else "only roughly " if median >= 0.5 else "not "
    axes.set_title(
        f"Genres are {how}found where they were planted (median cosine {median:.2f})"
    )
    markers = np.concatenate([true, found])
    place_labels(axes, true, table.index, most=len(table), size=9.5, avoid=markers)
    worst = table["cosine"].idxmin()
    return figure, (
        f"The median cosine of planted and recovered direction is {median:.2f} over "
        f"{len(table)} genres; the lowest is {table['cosine'].min():.2f}, for {worst} "
        f"with {table.loc[worst, 'movies']} movies. Recovered directions are drawn "
        f"{stretch:.1f} times as long as they are."
    )
