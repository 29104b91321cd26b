"""Figures of lab 07: what a history says, its scale, training, and the five folds.

For authors.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from metrics import PairedDifference

from .style import (
    BLACK,
    BLUE,
    GREY,
    LINE_COLOURS,
    LINESTYLES,
    MARKERS,
    VERMILION,
    drawn_once,
)
from .words import counted, listed


@drawn_once
def echoes(real, shuffled):
    """Scores z of pairs of movies, beside those after shuffling the histories.

    >>> figure, sentence = echoes(real=[3, -3, 0, 0], shuffled=[0, 0, 0, 2.5])
    >>> figure.axes[0].get_title("left")
    '50% of the pairs are beyond ±2; by chance 25%'
    """
    real, shuffled = np.asarray(real), np.asarray(shuffled)
    bins = np.linspace(-6, 6, 49)
    figure, ax = plt.subplots(figsize=(8, 3.6))
    ax.hist(np.clip(shuffled, -6, 6), bins, color="0.8", label="histories shuffled")
    ax.hist(
        np.clip(real, -6, 6),
        bins,
        histtype="step",
        color=BLUE,
        linewidth=1.8,
        label="as they are",
    )
    ax.axvline(-2, color=BLACK, linestyle=":", linewidth=1)
    ax.axvline(2, color=BLACK, linestyle=":", linewidth=1)
    beyond, chance = (np.mean(np.abs(z) > 2) for z in (real, shuffled))
    ax.set(xlabel="z: difference in standard errors", ylabel="pairs of movies")
    ax.set_title(f"{beyond:.0%} of the pairs are beyond ±2; by chance {chance:.0%}")
    ax.legend()
    return figure, (
        f"For each of {counted(len(real), 'pair')}: by how much do people who have "
        "also rated B differ from the others in their stars for A, beyond the biases? "
        f"By more than two standard errors in {beyond:.0%} of the pairs, and in "
        f"{chance:.0%} when the histories are dealt out anew."
    )


@drawn_once
def lengths(sizes, by_exponent: dict):
    """Length of |N|^e Σ y over the number of movies, one line per exponent e.

    `by_exponent` has the lengths at all `sizes` for each exponent.

    >>> figure, sentence = lengths((20, 320), {0: [1.0, 4.0], -0.5: [1.0, 1.1]})
    >>> figure.axes[0].get_title("left")
    'Only the exponent -0.5 keeps the length'
    >>> print(sentence)  # doctest: +NORMALIZE_WHITESPACE
    From 20 to 320 movies the length is multiplied by 4.00 with exponent 0
    and 1.10 with exponent -0.5.
    """
    figure, ax = plt.subplots(figsize=(8, 3.8))
    growth = {}
    for place, (exponent, values) in enumerate(by_exponent.items()):
        ax.plot(
            sizes,
            values,
            color=LINE_COLOURS[place],
            linestyle=LINESTYLES[place],
            marker=MARKERS[place],
        )
        ax.annotate(
            f"exponent {exponent:g}",
            (sizes[-1], values[-1]),
            xytext=(9, -4),
            textcoords="offset points",
            color=LINE_COLOURS[place],
        )
        growth[exponent] = values[-1] / values[0]
    ax.set(xlabel="movies in N(u)", ylabel="length of the vector")
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xticks(list(sizes), [str(size) for size in sizes])
    ax.minorticks_off()
    ax.set_xlim(sizes[0] / 1.2, sizes[-1] * 1.8)  # room for the names of the lines
    ax.set_title(_keepers(growth))
    told = listed([f"{g:.2f} with exponent {e:g}" for e, g in growth.items()])
    return figure, (
        f"From {sizes[0]} to {sizes[-1]} movies the length is multiplied by {told}."
    )


def _keepers(growth: dict) -> str:
    """Which exponents keep the length, at most half as long again or a third off."""
    change = {e: abs(np.log(factor)) for e, factor in growth.items()}
    kept = [f"{e:g}" for e in change if change[e] <= np.log(1.5)]
    if not kept:
        flat = min(change, key=change.get)
        return f"No exponent keeps the length; {flat:g} changes it least"
    if len(kept) == 1:
        return f"Only the exponent {kept[0]} keeps the length"
    return f"The exponents {listed(kept)} keep the length"


@drawn_once
def learning_curves(history: pd.DataFrame, reference: float, name: str):
    """Training and validation RMSE by epoch, and the level of another model.

    `history` is `History.frame()`; `reference`: the validation RMSE of `name`.

    >>> rows = {"epoch": [1, 2], "train_rmse": [1, 0.9], "validation_rmse": [1, 0.95]}
    >>> figure, sentence = learning_curves(pd.DataFrame(rows), 0.98, "bias model")
    >>> figure.axes[0].get_title("left")
    'SVD++ ends at 0.950 on the validation ratings'
    """
    figure, ax = plt.subplots(figsize=(8, 3.8))
    columns = {"training": "train_rmse", "validation": "validation_rmse"}
    for place, (label, column) in enumerate(columns.items()):
        ax.plot(
            history["epoch"],
            history[column],
            color=LINE_COLOURS[place],
            linestyle=LINESTYLES[place],
            marker=MARKERS[place],
            label=label,
        )
    ax.axhline(reference, color=BLACK, linestyle=":", label=f"{name}, validation")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    first, last = history.iloc[0], history.iloc[-1]
    ax.set(xlabel="epoch", ylabel="RMSE (stars)")
    ax.set_title(
        f"SVD++ ends at {last['validation_rmse']:.3f} on the validation ratings"
    )
    ax.legend()
    return figure, (
        f"In {counted(len(history), 'epoch')} the training RMSE goes from "
        f"{first['train_rmse']:.3f} to {last['train_rmse']:.3f}, the validation RMSE "
        f"from {first['validation_rmse']:.3f} to {last['validation_rmse']:.3f}. "
        f"The {name} has {reference:.3f}."
    )


@drawn_once
def two_parts(counts, explicit, implicit):
    """Mean lengths of p_u and of the implicit part, by the user's number of ratings.

    All three have shape (n_users,). `implicit` are the lengths after the average
    user's part has been taken off. Users are put in six groups of equal size.

    >>> figure, sentence = two_parts([10, 90], explicit=[0.5, 2], implicit=[1, 1])
    >>> print(sentence)  # doctest: +NORMALIZE_WHITESPACE
    Users with about 10 ratings: length 0.50 from the stars and 1.00 from the
    history, less the average. Users with about 90: 2.00 and 1.00.
    """
    order = np.argsort(counts, kind="stable")
    groups = np.array_split(order, min(6, len(order)))
    middle = [np.median(np.asarray(counts)[group]) for group in groups]
    figure, ax = plt.subplots(figsize=(8, 3.8))
    means = []
    named = {
        "p_u, from the stars": explicit,
        "implicit part, less the average": implicit,
    }
    for place, (label, values) in enumerate(named.items()):
        means.append([np.asarray(values)[group].mean() for group in groups])
        ax.plot(
            middle,
            means[-1],
            color=LINE_COLOURS[place],
            linestyle=LINESTYLES[place],
            marker=MARKERS[place],
            label=label,
        )
    ax.set(xlabel="training ratings of the user", ylabel="mean length of the vector")
    ax.set_xscale("log")
    ax.set_xticks(middle, [f"{value:.0f}" for value in middle])
    ax.minorticks_off()
    ax.set_ylim(0, None)
    share = [part / own for own, part in zip(*means, strict=True)]
    ax.set_title(
        f"Implicit part: {share[0]:.1f} times as long as p_u for the least active, "
        f"{share[-1]:.1f} times for the most"
    )
    ax.legend()
    return figure, (
        f"Users with about {counted(round(middle[0]), 'rating')}: length "
        f"{means[0][0]:.2f} from the stars and {means[1][0]:.2f} from the history, "
        f"less the average. Users with about {middle[-1]:,.0f}: {means[0][-1]:.2f} and "
        f"{means[1][-1]:.2f}."
    )


@drawn_once
def fold_differences(differences, gap: PairedDifference, name: str, other: str):
    """RMSE differences on each fold, their mean, and its interval.

    >>> from metrics import paired_difference
    >>> gap = paired_difference([0.90, 0.92], [0.93, 0.95])
    >>> figure, sentence = fold_differences(np.array([-0.03, -0.03]), gap, "A", "B")
    >>> figure.axes[0].get_title("left")
    'The interval of the mean difference lies below zero'
    """
    figure, ax = plt.subplots(figsize=(8, 2.8))
    folds = np.arange(1, len(differences) + 1)
    for place, row in enumerate(np.argsort(differences)):
        value = differences[row]
        ax.plot(value, 1, "o", color=BLUE, alpha=0.8)
        ax.annotate(
            str(folds[row]),
            (value, 1),
            xytext=(0, 8 if place % 2 else -17),  # neighbours above and below
            textcoords="offset points",
            ha="center",
            fontsize=9,
        )
    ax.plot([gap.low, gap.high], [0, 0], color=VERMILION, linewidth=2.5)
    ax.plot(gap.mean, 0, "D", color=VERMILION)
    ax.axvline(0, color=BLACK, linestyle="--", linewidth=1)
    ax.set_yticks([0, 1], [f"mean, {gap.level:.0%} interval", "folds"])
    ax.set_ylim(-0.6, 1.6)
    ax.grid(axis="y", visible=False)
    ax.set_xlabel(f"RMSE of {name} less that of {other} (stars; left of 0 is better)")
    where = (
        "lies below zero"
        if gap.high < 0
        else "lies above zero"
        if gap.low > 0
        else "contains zero"
    )
    ax.set_title(f"The interval of the mean difference {where}")
    by_fold = ", ".join(f"{value:+.4f}" for value in differences)
    return figure, f"Differences on the {len(folds)} folds: {by_fold}. Mean {gap}."


@drawn_once
def gain_by_activity(table: pd.DataFrame):
    """By how many percent the RMSE is lower, by the user's training ratings.

    `table` has one row per group: fewest, most (training ratings), gain (percent).

    >>> rows = {"fewest": [9, 60], "most": [59, 500], "gain": [1.5, -0.25]}
    >>> figure, sentence = gain_by_activity(pd.DataFrame(rows))
    >>> print(sentence)  # doctest: +NORMALIZE_WHITESPACE
    Gain of SVD++ by the user's training ratings:
    9 to 59: +1.50 %; 60 to 500: -0.25 %.
    """
    figure, ax = plt.subplots(figsize=(8, 3.4))
    labels = [f"{row.fewest} to {row.most}" for row in table.itertuples()]
    colours = [BLUE if gain > 0 else GREY for gain in table["gain"]]
    bars = ax.bar(labels, table["gain"], color=colours, width=0.6)
    ax.bar_label(bars, [f"{gain:+.2f} %" for gain in table["gain"]], padding=3)
    ax.axhline(0, color=BLACK, linewidth=1)
    ax.margins(y=0.2)
    ax.set(xlabel="training ratings of the user", ylabel="RMSE lower by (%)")
    ax.set_title(
        f"SVD++ has the lower RMSE in {(table['gain'] > 0).sum()} of "
        f"{counted(len(table), 'group')} of users"
    )
    told = "; ".join(
        f"{label}: {gain:+.2f} %"
        for label, gain in zip(labels, table["gain"], strict=True)
    )
    return figure, f"Gain of SVD++ by the user's training ratings: {told}."
