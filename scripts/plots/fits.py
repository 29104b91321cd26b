"""Figures of lab 02, continued: noise, damping, and how fits get to their RMSE.

For authors.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

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
from .words import counted


@drawn_once
def noise_floor(expected, stars):
    """What was given where the true model expects so much: mean, and middle 80 %.

    Both have one entry per rating, in twenty groups of equal size.

    >>> expected = np.repeat(np.linspace(2, 4, 20), 2)
    >>> figure, sentence = noise_floor(expected, expected + np.tile([-1, 1], 20))
    >>> figure.axes[0].get_title("left")
    'Right on average, the truth is typically 1.00 stars off'
    """
    expected, stars = np.asarray(expected), np.asarray(stars)
    edges = np.quantile(expected, np.linspace(0, 1, 21))
    group = np.searchsorted(edges[1:-1], expected)
    centres = np.array([expected[group == g].mean() for g in range(20)])
    means = np.array([stars[group == g].mean() for g in range(20)])
    low, high = np.array(
        [np.quantile(stars[group == g], (0.1, 0.9)) for g in range(20)]
    ).T
    rmse = np.sqrt(np.mean((stars - expected) ** 2))
    figure, ax = plt.subplots()
    ax.vlines(centres, low, high, color=GREY, lw=5, label="middle 80 % of the stars")
    ax.plot(centres, means, "o", color=BLUE, label="mean of the stars")
    ax.plot([1, 5], [1, 5], "--", color=BLACK, lw=1.2, label="stars = expected")
    ax.set(xlabel="stars that the true parameters expect", ylabel="stars given")
    ax.set(xlim=(1, 5), ylim=(0.8, 5.2))
    ax.legend(loc="lower right")
    gap = np.abs(means - centres).max()
    right = "Right on average" if gap < 0.25 else f"Up to {gap:.2f} off on average"
    ax.set_title(f"{right}, the truth is typically {rmse:.2f} stars off")
    sentence = (
        "Ratings in twenty groups by what the true parameters expect. Group means stay "
        f"within {gap:.2f} stars of the diagonal; single ratings scatter around it "
        f"with an RMSE of {rmse:.2f} stars, and nobody can predict that scatter."
    )
    return figure, sentence


@drawn_once
def shrunken_means(counts, raw, damped, mean: float):
    """Movie means against their number of ratings, before and after damping.

    The first three have shape (n_items,); `mean` is that of all ratings.

    >>> raw, damped = [1.0, 5.0, 3.0], [2.5, 3.5, 3.0]
    >>> figure, sentence = shrunken_means([1, 1, 90], raw, damped, mean=3.0)
    >>> figure.get_suptitle()
    'Movies with up to 3 ratings: sd 2.00 stars raw, 0.50 damped'
    """
    counts, raw, damped = (np.asarray(a) for a in (counts, raw, damped))
    figure, panels = plt.subplots(1, 2, figsize=(8.4, 3.5), sharey=True)
    for ax, values, name in zip(panels, (raw, damped), ("raw", "damped"), strict=True):
        ax.plot(counts, values, "o", ms=3, color=BLUE, alpha=0.35, mew=0)
        ax.axhline(mean, color=BLACK, ls="--", lw=1.2)
        ax.set(xscale="log", xlabel="training ratings of the movie")
        ax.set_title(f"{name} means")
        ax.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    panels[0].set_ylabel("mean rating (stars)")
    limit = max(3, counts.min())
    few, most = counts <= limit, counts == counts.max()
    spreads = raw[few].std(), damped[few].std()
    moved = np.abs(damped - raw)[most].max()
    figure.suptitle(
        f"Movies with up to {limit} ratings: sd {spreads[0]:.2f} stars raw, "
        f"{spreads[1]:.2f} damped",
        x=0.01,
        ha="left",
    )
    sentence = (
        "Each point is a movie. The raw means (left) of movies with up to "
        f"{limit} ratings vary by {spreads[0]:.2f} stars (sd). Damping (right) pulls "
        "them towards the overall mean, the dashed line, and leaves "
        f"{spreads[1]:.2f}; the mean of the most rated movie moves by {moved:.2f}."
    )
    return figure, sentence


@drawn_once
def ladder(scores: dict[str, float]):
    """RMSE of each model as a dot on a line, in the order given.

    >>> figure, sentence = ladder({"mean": 1.0, "biases": 0.8})
    >>> figure.axes[0].get_title("left")
    'biases: 20% below mean'
    """
    names, values = list(scores), np.array(list(scores.values()))
    figure, ax = plt.subplots(figsize=(8, 0.9 + 0.42 * len(names)))
    rows = np.arange(len(names))[::-1]
    ax.hlines(rows, 0, 1, color="0.9", lw=1.5, transform=ax.get_yaxis_transform())
    ax.plot(values, rows, "o", color=BLUE, ms=8)
    for row, value in zip(rows, values, strict=True):
        ax.annotate(f"{value:.3f}", (value, row), (9, -4), textcoords="offset points")
    ax.set_yticks(rows, names)
    ax.set_xlim(values.min() - 0.01, values.max() + 0.12 * np.ptp(values))
    ax.set_ylim(-0.6, len(names) - 0.4)
    ax.set_xlabel("RMSE on held-out ratings (stars), less is better; the axis is cut")
    ax.grid(axis="y", visible=False)
    gain = 1 - values.min() / values[0]
    best = names[int(values.argmin())]
    ax.set_title(
        f"{best}: {gain:.0%} below {names[0]}" if gain else f"None is below {best}"
    )
    each = "; ".join(f"{n} {v:.3f}" for n, v in scores.items())
    return figure, f"RMSE on the held-out ratings: {each}."


@drawn_once
def als_progress(objective, train_rmse, held_rmse):
    """The objective after each half sweep, and two RMSEs after each whole one.

    >>> costs = [100, 80, 60, 50, 40, 30, 26, 24, 22, 21, 20.5, 20]
    >>> figure, sentence = als_progress(costs, [0.9] * 6, [0.95] * 6)
    >>> figure.get_suptitle()
    'The first 5 of 6 sweeps did 99% of the work'
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(9.4, 3.7))
    halves = np.arange(1, len(objective) + 1) / 2
    left.plot(halves, objective, "o-", ms=4, color=BLUE)
    left.set(xlabel="sweeps", ylabel="objective (stars²)")
    left.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    falls = (np.diff(objective) <= 0).all()
    left.set_title(f"objective: it {'only falls' if falls else 'does not only fall'}")
    sweeps = np.arange(1, len(held_rmse) + 1)
    for values, name, colour, marker, style in (
        (held_rmse, "held out", VERMILION, "s", "--"),
        (train_rmse, "training", BLUE, "o", "-"),
    ):
        right.plot(sweeps, values, marker=marker, ls=style, ms=4, color=colour)
        where = (sweeps[-1], values[-1])
        offset = {"xytext": (-4, 8), "textcoords": "offset points", "ha": "right"}
        right.annotate(name, where, color=colour, **offset)
    right.set(xlabel="sweeps", ylabel="RMSE (stars)")
    late = held_rmse[-1] - held_rmse[len(held_rmse) // 2 - 1]
    right.set_title(f"held-out RMSE: {late:+.4f} in the second half")
    early = min(5, len(held_rmse))
    after, total = (objective[0] - objective[end] for end in (2 * early - 1, -1))
    work = f"{after / total if total else 1:.0%}"
    n_sweeps = counted(len(held_rmse), "sweep")
    figure.suptitle(
        f"The first {early} of {n_sweeps} did {work} of the work",
        x=0.01,
        ha="left",
    )
    sentence = (
        f"Left: the objective goes from {objective[0]:,.0f} to {objective[-1]:,.0f}, "
        f"{work} of that in the first {counted(early, 'sweep')}. Right: training RMSE "
        f"ends at {train_rmse[-1]:.3f}; held-out RMSE ends at {held_rmse[-1]:.3f}, and "
        f"changed by {late:+.4f} in the second half of the sweeps."
    )
    return figure, sentence


@drawn_once
def learning_curves(
    curves: dict[str, list[float]], baseline: float, name: str, top: float | None = None
):
    """Held-out RMSE by epoch, from 0 (untrained), one line per model; cut at `top`.

    >>> curves = {"+ mu": [3.0, 1.0], "+ b_u": [1.1, 0.9]}
    >>> figure, sentence = learning_curves(curves, 0.95, "both biases")
    >>> figure.axes[0].get_title("left")
    '"+ b_u" ends at 0.90, "+ mu" at 1.00'
    """
    figure, ax = plt.subplots()
    for (label, values), colour, marker, style in zip(
        curves.items(), LINE_COLOURS, MARKERS, LINESTYLES, strict=False
    ):
        epochs = range(len(values))
        ax.plot(epochs, values, marker=marker, ls=style, color=colour, label=label)
    ax.axhline(baseline, color=GREY, lw=1.2)
    end = {"xycoords": ax.get_yaxis_transform(), "textcoords": "offset points"}
    ax.annotate(name, (1, baseline), (5, 0), va="center", color="0.35", **end)
    if top is not None:
        lowest = min(min(values) for values in curves.values())
        ax.set_ylim(lowest - 0.15 * (top - lowest), top)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set(xlabel="epoch (0 = before training)", ylabel="held-out RMSE (stars)")
    ax.legend()
    last = {label: values[-1] for label, values in curves.items()}
    first = {label: values[0] for label, values in curves.items()}
    best = min(last, key=last.get)
    worst = max(last, key=last.get)
    ends = [f'"{best}" ends at {last[best]:.2f}', f'"{worst}" at {last[worst]:.2f}']
    ax.set_title(", ".join(ends[: len(curves)]))
    each = "; ".join(f'"{n}" from {first[n]:.2f} to {last[n]:.3f}' for n in curves)
    sentence = f"Held-out RMSE: {each}. The grey line, {name}, is at {baseline:.3f}."
    return figure, sentence
