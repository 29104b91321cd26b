"""Figures of lab 09: protocols, losses over order, the board, and a price."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from .style import BLUE, GREY, VERMILION, drawn_once, looks
from .words import listed

__all__ = ["board", "loss_curves", "price_curve", "protocol_ladder"]


@drawn_once
def protocol_ladder(table: pd.DataFrame):
    """One number of one model under several protocols, and of popularity beside it.

    Columns: the model, then popularity; one row per protocol.

    >>> rows = {"ALS": [0.4, 0.9], "popularity": [0.2, 0.6]}
    >>> figure, _ = protocol_ladder(pd.DataFrame(rows, ["full", "sampled"]))
    >>> figure.axes[0].get_title("left")
    'one model, 2 protocols: from 0.40 to 0.90'
    """
    model, base = table.columns
    figure, ax = plt.subplots(figsize=(8.6, 0.42 * len(table) + 1.5))
    rows = range(len(table))
    ax.hlines(rows, table[base], table[model], color=GREY, lw=2)
    ax.plot(table[base], rows, "s", color=VERMILION, label=base)
    ax.plot(table[model], rows, "o", color=BLUE, label=model)
    ax.set_yticks(rows, table.index)
    ax.invert_yaxis()
    ax.set_xlim(0, 1.04)
    ax.set_xlabel("NDCG at the cut named on the left")
    low, high = table[model].min(), table[model].max()
    ax.set_title(f"one model, {len(table)} protocols: from {low:.2f} to {high:.2f}")
    figure.legend(loc="outside lower right", ncols=2)
    sentence = (
        f"{model} has {high:.2f} under “{table[model].idxmax()}” and {low:.2f} under "
        f"“{table[model].idxmin()}”. {base.capitalize()} goes from "
        f"{table[base].min():.2f} to {table[base].max():.2f}."
    )
    return figure, sentence


@drawn_once
def loss_curves():
    """What one pair costs, by how far the liked movie is ahead; the same on any data.

    >>> figure, sentence = loss_curves()
    >>> figure.axes[0].get_title("left")
    'BPR: a pair the wrong way round costs most'
    """
    ahead = np.linspace(-4, 4, 161)
    figure, panels = plt.subplots(1, 2, figsize=(9, 3.4))
    curves = {
        "hits lost (0 or 1)": ((ahead < 0).astype(float), np.zeros_like(ahead)),
        "BPR, -log σ(x)": (np.log1p(np.exp(-ahead)), 1 / (1 + np.exp(ahead))),
        "squared, (1 - x)²": ((1 - ahead) ** 2, 2 * (1 - ahead)),
    }
    for (name, (cost, pull)), (colour, line, _) in zip(
        curves.items(), looks(), strict=False
    ):
        panels[0].plot(ahead, cost, color=colour, linestyle=line, label=name)
        panels[1].plot(ahead, pull, color=colour, linestyle=line, label=name)
    panels[0].set_ylim(-0.2, 5)
    panels[1].set_ylim(-2.2, 3)
    panels[0].set_title("BPR: a pair the wrong way round costs most")
    panels[0].set_ylabel("cost of the pair")
    panels[1].set_title("and is pulled hardest")
    panels[1].set_ylabel("minus the slope")
    for ax in panels:
        ax.set_xlabel("x: liked movie's score - unseen movie's score")
    panels[1].legend(loc="lower left")
    sentence = (
        "Left, the cost of one pair; right, how hard training pulls. The count of "
        "pairs the wrong way round is flat, so it pulls nowhere. BPR pulls with up to "
        "1 where the pair is wrong, and lets go where it is right. The squared error "
        "pulls a pair back that is right by more than 1."
    )
    return figure, sentence


@drawn_once
def board(table: pd.DataFrame):
    """NDCG@10 of each model with its gap to popularity; `table` has one row per model.

    Columns: ndcg, gap, low, high (95 % interval of the gap), seconds.

    >>> rows = pd.DataFrame({"ndcg": [0.5, 0.2], "gap": [0.3, 0], "low": [0.2, 0],
    ...                      "high": [0.4, 0], "seconds": [1.0, 0]},
    ...                     ["EASE", "popularity"])
    >>> figure, _ = board(rows)
    >>> figure.axes[0].get_title("left")
    'EASE is first; of 1, 1 is clearly above popularity'
    """
    table = table.sort_values("ndcg", ascending=False)
    figure, ax = plt.subplots(figsize=(8.6, 0.38 * len(table) + 1.5))
    rows = np.arange(len(table))
    gaps = table["gap"] - table["low"], table["high"] - table["gap"]
    ax.errorbar(table["gap"], rows, xerr=gaps, fmt="o", color=BLUE, capsize=3)
    for row, (ndcg, seconds) in enumerate(
        zip(table["ndcg"], table["seconds"], strict=True)
    ):
        ax.annotate(
            f"{ndcg:.3f}, {seconds:.1f} s",
            (1.01, row),
            xycoords=("axes fraction", "data"),
            va="center",
        )
    ax.axvline(0, color="black", lw=1.2, linestyle="--")
    ax.set_yticks(rows, table.index)
    ax.invert_yaxis()
    ax.set_xlabel("NDCG@10 above popularity, 95 % over users (right: NDCG@10, seconds)")
    others = table.drop("popularity")
    above = int((others["low"] > 0).sum())
    ax.set_title(
        f"{table.index[0]} is first; of {len(others)}, {above} "
        f"{'is' if above == 1 else 'are'} clearly above popularity"
    )
    clear = list(others.index[others["low"] > 0])
    sentence = (
        f"{table.index[0]} has the highest NDCG@10, {table['ndcg'].iloc[0]:.3f}; "
        f"popularity has {table['ndcg']['popularity']:.3f}. "
        + (
            f"The whole interval lies above popularity for {listed(clear)}."
            if clear
            else "No interval lies wholly above popularity."
        )
    )
    return figure, sentence


@drawn_once
def price_curve(table: pd.DataFrame):
    """What leaving the beaten track costs: NDCG@10 against popularity.

    `table` is indexed by the strength of the discount, from 0; columns: ndcg, rank
    (mean popularity rank), coverage.

    >>> rows = {"ndcg": [0.5, 0.4], "rank": [80.0, 160.0], "coverage": [0.2, 0.4]}
    >>> figure, _ = price_curve(pd.DataFrame(rows, [0.0, 0.5]))
    >>> figure.axes[0].get_title("left")
    'a discount of 0.5 keeps 80% of the NDCG'
    """
    figure, panels = plt.subplots(1, 2, figsize=(9, 3.6), sharey=True)
    for ax, name, label in zip(
        panels,
        ("rank", "coverage"),
        ("mean popularity rank of the lists", "share of the movies in some list"),
        strict=True,
    ):
        ax.plot(table[name], table["ndcg"], "-o", color=BLUE)
        for strength, row in table.iterrows():
            ax.annotate(
                f"{strength:g}",
                (row[name], row["ndcg"]),
                (5, 5),
                textcoords="offset points",
            )
        ax.set_xlabel(label)
        ax.margins(x=0.08, y=0.12)  # for the labels
    panels[0].set_ylabel("NDCG@10")
    first, last = table.iloc[0], table.iloc[-1]
    kept = last["ndcg"] / first["ndcg"]
    panels[0].set_title(f"a discount of {last.name:g} keeps {kept:.0%} of the NDCG")
    sentence = (
        f"The labels are the strength of the discount. From {table.index[0]:g} to "
        f"{table.index[-1]:g} the mean popularity rank goes from "
        f"{first['rank']:.0f} to {last['rank']:.0f}, the coverage from "
        f"{first['coverage']:.0%} to {last['coverage']:.0%}, and NDCG@10 from "
        f"{first['ndcg']:.3f} to {last['ndcg']:.3f}."
    )
    return figure, sentence
