"""Figures of lab 11: what grows with the data, and how fast. For authors."""

import matplotlib.pyplot as plt
import numpy as np

from .style import BLUE, GREY, VERMILION, drawn_once, looks
from .words import listed

__all__ = ["gpu_gain", "growth", "recall_and_time", "step_times"]


@drawn_once
def growth(ratings, seconds: dict[str, list[float]]):
    """Seconds of each step against the number of ratings, both on log scales.

    ratings: (n,), ascending; seconds: step → n numbers, NaN where it was not measured.

    >>> figure, sentence = growth([1e5, 1e6], {"split": [0.1, 1.0], "map": [0.1, 0.2]})
    >>> figure.axes[0].get_title("left")
    '10 times the ratings take at most 10.0 times as long'
    """
    figure, ax = plt.subplots(figsize=(7.4, 4))
    for (name, values), (colour, line, marker) in zip(
        seconds.items(), looks(), strict=False
    ):
        ax.plot(ratings, values, color=colour, ls=line, marker=marker, label=name)
    factors = {name: values[-1] / values[0] for name, values in seconds.items()}
    known = {name: factor for name, factor in factors.items() if np.isfinite(factor)}
    more, most = ratings[-1] / ratings[0], max(known, key=known.get)
    ax.set(xscale="log", yscale="log", xlabel="ratings", ylabel="seconds")
    title = f"{more:.3g} times the ratings take at most {known[most]:.1f} times as long"
    ax.set_title(title)
    ax.legend(bbox_to_anchor=(1.01, 1), loc="upper left")
    least = min(known, key=known.get)
    sentence = (
        f"From {ratings[0]:,.0f} to {ratings[-1]:,.0f} ratings, {more:.3g} times as "
        f"many, “{most}” takes {known[most]:.1f} times as long, “{least}” "
        f"{known[least]:.1f} times. At the same price for each rating a step takes "
        f"{more:.3g} times as long."
    )
    return figure, sentence


@drawn_once
def step_times(rows, milliseconds: dict[str, list[float]]):
    """Milliseconds of one step of training against the rows of the table.

    rows: (n,), ascending; milliseconds: optimizer → n numbers.

    >>> figure, sentence = step_times([1e3, 1e5], {"Adam": [1, 30], "rows": [1, 1.2]})
    >>> figure.axes[0].get_title("left")
    '100 times the rows: Adam 30 times as long, rows 1.2'
    """
    figure, ax = plt.subplots(figsize=(7, 3.8))
    for (name, values), (colour, line, marker) in zip(
        milliseconds.items(), looks(), strict=False
    ):
        ax.plot(rows, values, color=colour, ls=line, marker=marker, label=name)
    ax.set(xscale="log", yscale="log", xlabel="rows of the table")
    ax.set_ylabel("milliseconds of one step")
    more = rows[-1] / rows[0]
    factors = [f"{name} {_short(v[-1] / v[0])}" for name, v in milliseconds.items()]
    factors[0] += " times as long"
    ax.set_title(f"{_short(more)} times the rows: {', '.join(factors)}")
    ax.legend()
    ends = [
        f"{name} {_short(v[0])} and {_short(v[-1])}" for name, v in milliseconds.items()
    ]
    sentence = (
        f"The same batch in tables of {rows[0]:,.0f} and of {rows[-1]:,.0f} rows. "
        f"Milliseconds of one step: {listed(ends)}."
    )
    return figure, sentence


@drawn_once
def recall_and_time(shares, recalls, milliseconds, exact: float):
    """How much of the exact list an index finds, against what a request takes.

    shares: (n,), of the catalogue that is looked at; recalls: (n,), from 0 to 1;
    milliseconds: (n,), of a request; exact: milliseconds of looking at everything.

    >>> figure, sentence = recall_and_time([0.1, 0.3], [0.8, 0.97], [0.2, 0.5], 1.0)
    >>> figure.axes[0].get_title("left")
    '95% of the exact list in 50% of its time'
    """
    figure, ax = plt.subplots(figsize=(7, 3.8))
    ax.plot(milliseconds, recalls, color=BLUE, marker="o", label="clusters looked at")
    ax.axvline(exact, color=VERMILION, ls="--", label="exact: everything")
    for share, recall, time in zip(shares, recalls, milliseconds, strict=True):
        ax.annotate(
            f"{100 * share:.2g}%",
            (time, recall),
            xytext=(5, -12),
            textcoords="offset points",
            fontsize=9,
            color=GREY,
        )
    ax.set(xlabel="milliseconds of a request", ylabel="recall of ten")
    ax.set(xlim=(0, 1.15 * max(*milliseconds, exact)), ylim=(0, 1.04))
    ax.legend(bbox_to_anchor=(1.01, 1), loc="upper left")
    enough = [
        t for t, recall in zip(milliseconds, recalls, strict=True) if recall >= 0.95
    ]
    title = f"at most {max(recalls):.0%} of the exact list are found"
    if enough:
        title = f"95% of the exact list in {enough[0] / exact:.0%} of its time"
    ax.set_title(title)
    sentence = (
        "Each point is a number of clusters that a request looks into, with the share "
        f"of the catalogue beside it. Looking at {shares[0]:.1%} finds "
        f"{recalls[0]:.0%} of the exact ten, looking at {shares[-1]:.0%} finds "
        f"{recalls[-1]:.0%}."
    )
    return figure, sentence


@drawn_once
def gpu_gain(gains: dict[str, tuple[list[float], list[float]]]):
    """How many times as quick a GPU is, against the number of ratings.

    gains: step → (ratings, seconds on the CPU / seconds on the GPU).

    >>> figure, sentence = gpu_gain({"sweep": ([1e5, 2e7], [0.5, 20.0])})
    >>> figure.axes[0].get_title("left")
    'a GPU is 0.5 times as quick on little data, 20 on much'
    """
    figure, ax = plt.subplots(figsize=(7.4, 3.8))
    for (name, (ratings, ratios)), (colour, line, marker) in zip(
        gains.items(), looks(), strict=False
    ):
        ax.plot(ratings, ratios, color=colour, ls=line, marker=marker, label=name)
    ax.axhline(1, color=GREY, lw=1)
    ax.set(xscale="log", yscale="log", xlabel="ratings")
    ax.set_ylabel("seconds on CPU / on GPU")
    sizes = [size for ratings, _ in gains.values() for size in ratings]
    few, many = (_range_at(end(sizes), gains) for end in (min, max))
    ax.set_title(f"a GPU is {few} times as quick on little data, {many} on much")
    ax.legend(bbox_to_anchor=(1.01, 1), loc="upper left")
    slower = [name for name, (_, ratios) in gains.items() if ratios[0] < 1]
    sentence = (
        "Above the grey line the GPU is quicker. On the smallest table it is slower in "
        f"{listed(slower)}."
        if slower
        else "Above the grey line the GPU is quicker: it is so in every step measured."
    )
    return figure, sentence


def _range_at(size: float, gains) -> str:
    """The least and the greatest gain among the steps measured at this size."""
    here = [
        ratio
        for ratings, ratios in gains.values()
        for at, ratio in zip(ratings, ratios, strict=True)
        if at == size
    ]
    ends = dict.fromkeys(f"{end(here):.2g}" for end in (min, max))
    return " to ".join(ends)


def _short(number: float) -> str:
    """Two digits, and no power of ten: 0.46, 1.4, 860, 1,000."""
    return f"{number:.2g}" if number < 10 else f"{number:,.0f}"
