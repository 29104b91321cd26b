"""Figures of lab 07: what a history says, its scale, training, and the five folds."""

import matplotlib.pyplot as plt
import numpy as np
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


@drawn_once
def echoes(real, shuffled):
    """Scores z of pairs of films, beside those after shuffling the histories."""
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
    ax.set(xlabel="z: difference in standard errors", ylabel="pairs of films")
    ax.set_title(f"{beyond:.0%} of the pairs are beyond ±2; by chance {chance:.0%}")
    ax.legend()
    return figure, (
        f"For each of the {len(real):,} pairs: by how much do people who have also "
        "rated B differ from the others in their stars for A, beyond the biases? By "
        f"more than two standard errors in {beyond:.0%} of the pairs, and in "
        f"{chance:.0%} when the histories are dealt out anew."
    )


@drawn_once
def lengths(sizes, by_exponent: dict):
    """Length of |N|^e Σ y over the number of films, a line per exponent e."""
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
    ax.set(xlabel="films in N(u)", ylabel="length of the vector")
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xticks(list(sizes), [str(size) for size in sizes])
    ax.minorticks_off()
    ax.set_xlim(sizes[0] / 1.2, sizes[-1] * 1.8)  # room for the names of the lines
    ax.set_title(_keepers(growth))
    told = ", ".join(f"{g:.2f} with exponent {e:g}" for e, g in growth.items())
    return figure, (
        f"From {sizes[0]} to {sizes[-1]} films the length is multiplied by {told}."
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
    return f"The exponents {' and '.join(kept)} keep the length"


@drawn_once
def learning_curves(history, reference: float, name: str):
    """Training and validation RMSE by epoch, and the level of another model."""
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
        f"In {len(history)} epochs the training RMSE goes from "
        f"{first['train_rmse']:.3f} to {last['train_rmse']:.3f}, the validation RMSE "
        f"from {first['validation_rmse']:.3f} to {last['validation_rmse']:.3f}. "
        f"The {name} has {reference:.3f}."
    )


@drawn_once
def two_parts(counts, explicit, implicit):
    """Mean lengths of p_u and of the implicit part, by the user's number of ratings.

    `implicit` are the lengths after the average user's part has been taken off.
    """
    order = np.argsort(counts, kind="stable")
    groups = np.array_split(order, 6)
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
        f"Users with about {middle[0]:.0f} ratings: length {means[0][0]:.2f} from the "
        f"stars and {means[1][0]:.2f} from the history, less the average. Users with "
        f"about {middle[-1]:.0f}: {means[0][-1]:.2f} and {means[1][-1]:.2f}."
    )


@drawn_once
def fold_differences(differences, gap: PairedDifference, name: str, other: str):
    """RMSE differences on each fold, their mean, and its interval."""
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
        "below zero"
        if gap.high < 0
        else "above zero"
        if gap.low > 0
        else "on both sides of zero"
    )
    ax.set_title(f"The interval of the mean difference lies {where}")
    listed = ", ".join(f"{value:+.4f}" for value in differences)
    return figure, f"Differences on the {len(folds)} folds: {listed}. Mean {gap}."


@drawn_once
def gain_by_activity(table):
    """Gain in percent by the user's number of training ratings.

    `table` has a row a group: fewest, most, ratings, and gain (percent).
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
        f"SVD++ has the lower RMSE in {(table['gain'] > 0).sum()} of the "
        f"{len(table)} groups of users"
    )
    told = "; ".join(
        f"{label}: {gain:+.2f} %"
        for label, gain in zip(labels, table["gain"], strict=True)
    )
    return figure, f"Gain of SVD++ by the user's training ratings: {told}."
