"""Figures of lab 05: biases by support, and lists compared. For authors."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from .predictions import (
    audience_growth,
    error_by_activity,
    reasons_waterfall,
    spread_of_predictions,
)
from .style import BLUE, GREY, VERMILION, drawn_once
from .words import counted

__all__ = [
    "audience_growth",
    "bias_funnel",
    "error_by_activity",
    "list_landscape",
    "reasons_waterfall",
    "spread_of_predictions",
    "two_protocols",
]


@drawn_once
def bias_funnel(counts, raw, damped):
    """Movie biases (stars) against training ratings, before and after damping.

    All three have shape (n_items,). The twenty highest biases are marked.

    >>> counts = np.array([1, 2, 40, 90])
    >>> figure, sentence = bias_funnel(counts, [2, 1, 0, 1], [0.3, 0.2, 0, 1])
    >>> figure.axes[0].get_title("left")
    'undamped: top 4, median support 21'
    """
    counts, raw, damped = (np.asarray(values) for values in (counts, raw, damped))
    figure, panels = plt.subplots(1, 2, figsize=(9, 3.8), sharey=True)
    extremes = []
    for ax, bias, name, colour, marker in zip(
        panels,
        (raw, damped),
        ("undamped", "damped"),
        (VERMILION, BLUE),
        "s^",
        strict=True,
    ):
        top = np.argsort(-bias, kind="stable")[:20]
        label = f"top {len(top)}"
        middle = np.median(counts[top])
        extremes.append(counted(middle, "rating"))
        ax.scatter(counts, bias, s=9, color=GREY, marker="o", rasterized=True)
        ax.scatter(
            counts[top], bias[top], s=34, color=colour, marker=marker, label=label
        )
        ax.axhline(0, color="black", lw=1)
        ax.set_xscale("log")
        ax.set_title(f"{name}: {label}, median support {middle:g}")
        ax.set_xlabel("training ratings of the movie")
        ax.legend(loc="lower right")
    panels[0].set_ylabel("movie bias $b_i$ (stars)")
    sentence = (
        "Each grey point is a movie, its bias over its number of ratings; the "
        f"{len(top)} highest biases are marked. "
        f"Without damping the median movie of the {label} has {extremes[0]}. Damping "
        f"pulls the left end towards zero, and that median is {extremes[1]}."
    )
    return figure, sentence


@drawn_once
def list_landscape(table: pd.DataFrame):
    """NDCG and mean popularity rank; `table` is indexed by the list's name.

    >>> rows = {"ndcg": [0.1, 0.3], "popularity rank": [200.0, 9.0]}
    >>> figure, _ = list_landscape(pd.DataFrame(rows, ["damped", "popularity"]))
    >>> figure.axes[0].get_title("left")
    'popularity has 3.0 × the next best'
    """
    table = table.sort_values("ndcg", ascending=False)
    ndcg, rank = table["ndcg"], table["popularity rank"]
    figure, panels = plt.subplots(
        1, 2, figsize=(9, 0.36 * len(table) + 1.5), sharey=True
    )
    rows = range(len(table))
    bars = panels[0].barh(rows, ndcg, color=BLUE)
    panels[0].bar_label(bars, [f"{value:.3f}" for value in ndcg], padding=4)
    panels[0].set_yticks(rows, table.index)
    panels[0].invert_yaxis()
    panels[0].margins(x=0.15)
    panels[0].set_xlabel("NDCG@10")
    best, second = ndcg.index[:2]
    panels[0].set_title(
        f"{best} has {ndcg.iloc[0] / ndcg.iloc[1]:.1f} × the next best"
        if ndcg.iloc[1] > 0
        else f"{best} has {ndcg.iloc[0]:.3f}, the others 0"
    )
    panels[1].plot(rank, rows, "s", color=VERMILION)
    for row, value in enumerate(rank):
        panels[1].annotate(
            f"{value:.0f}", (value, row), (8, -4), textcoords="offset points"
        )
    panels[1].set_xscale("log")
    panels[1].margins(x=0.2)
    panels[1].set_xlabel("mean popularity rank (1: the most rated movie)")
    panels[1].set_title(f"deepest in the catalogue: {rank.idxmax()}")
    sentence = (
        f"The highest NDCG@10 is that of {best}, {ndcg.iloc[0]:.3f}; then comes "
        f"{second} with {ndcg.iloc[1]:.3f}; the lowest is that of {ndcg.index[-1]}, "
        f"{ndcg.iloc[-1]:.3f}. The lists of {rank.idxmin()} stay at a mean popularity "
        f"rank of {rank.min():.0f}, those of {rank.idxmax()} go down to "
        f"{rank.max():.0f}."
    )
    return figure, sentence


@drawn_once
def two_protocols(table: pd.DataFrame):
    """NDCG@10 relative to popularity; one column per protocol, one row per list.

    >>> rows = {"any": [0.25, 0.5], "liked": [0.1, 0.05]}
    >>> figure, _ = two_protocols(pd.DataFrame(rows, ["popularity", "ALS"]))
    >>> figure.axes[0].get_title("left")
    'any: best is ALS; liked: best is popularity'
    """
    relative = table / table.loc["popularity"]
    figure, ax = plt.subplots(figsize=(8, 3.8))
    height = 0.38
    rows = np.arange(len(table))
    for place, (name, colour, hatch) in enumerate(
        zip(table.columns, (BLUE, VERMILION), ("", "//"), strict=True)
    ):
        bars = ax.barh(
            rows + (place - 0.5) * height,
            relative[name],
            height,
            label=name,
            color=colour,
            hatch=hatch,
            edgecolor="white",
        )
        ax.bar_label(bars, [f"{value:.3f}" for value in table[name]], padding=4)
    ax.axvline(1, color="black", lw=1.2, linestyle="--")
    ax.set_yticks(rows, table.index)
    ax.invert_yaxis()
    ax.margins(x=0.12)
    ax.set_xlabel("NDCG@10 as a multiple of popularity's (labels: NDCG@10 itself)")
    winners = relative.idxmax()
    if winners.nunique() == 1:
        best = winners.iloc[0]
        times = " and ".join(f"{relative[n][best]:.2f}" for n in table.columns)
        title = f"{best} is best under both protocols: {times} × popularity"
    else:
        title = "; ".join(f"{name}: best is {winners[name]}" for name in table.columns)
    ax.set_title(title)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2)
    sentence = " ".join(
        _against_popularity(name, relative[name]) for name in table.columns
    )
    return figure, sentence


def _against_popularity(protocol: str, relative: pd.Series) -> str:
    best, worst = relative.idxmax(), relative.idxmin()
    if best == "popularity":
        first = f"Under the protocol “{protocol}” nothing beats popularity"
    else:
        first = (
            f"Under the protocol “{protocol}” {best} has {relative[best]:.2f} times "
            "the NDCG@10 of popularity"
        )
    return f"{first}; the last is {worst} with {relative[worst]:.2f} times."
