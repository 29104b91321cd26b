"""Figures of lab 02: hand-made factors, fits, and factors compared. For authors."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import MaxNLocator

from .fits import als_progress, ladder, learning_curves, noise_floor, shrunken_means
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

__all__ = [
    "agreement_by_axis",
    "als_progress",
    "before_and_after_rotation",
    "ladder",
    "learning_curves",
    "noise_floor",
    "shrunken_means",
    "truth_against_fit",
    "viewers_and_movies",
]


@drawn_once
def viewers_and_movies(viewers: dict, movies: dict, axes: tuple[str, str]):
    """Viewers as arrows and movies as points on two factors; values are pairs.

    >>> viewers = {"Ana": (1, 0), "Ben": (0.5, 1)}
    >>> movies = {"Jaws": (1, 0.2), "Emma": (0.1, 1)}
    >>> figure, _ = viewers_and_movies(viewers, movies, ("tense", "romantic"))
    >>> figure.axes[0].get_title("left")
    'Furthest along the arrow: Jaws for Ana, Emma for Ben'
    """
    figure, ax = plt.subplots(figsize=(7.2, 4.6))
    best = {}
    for (name, taste), colour, style in zip(
        viewers.items(), (BLUE, VERMILION), LINESTYLES, strict=False
    ):
        arrow = {"arrowstyle": "-|>", "color": colour, "lw": 2.2, "linestyle": style}
        ax.annotate("", taste, (0, 0), arrowprops=arrow)
        beside = 14 * np.array((-taste[1], taste[0])) / np.hypot(*taste)
        label = {"textcoords": "offset points", "ha": "center", "va": "center"}
        ax.annotate(name, 0.5 * np.array(taste), beside, color=colour, **label)
        best[name] = max(movies, key=lambda title: np.dot(taste, movies[title]))
    for title, place in movies.items():
        ax.plot(*place, marker="o", color=BLACK)
        above_or_below = (7, 5) if place[1] >= 0 else (7, -13)
        ax.annotate(title, place, above_or_below, textcoords="offset points")
    points = np.array([*viewers.values(), *movies.values(), (0, 0)])
    low, high = points.min(axis=0) - 0.3, points.max(axis=0) + 0.4
    ax.set(xlim=(low[0], high[0] + 0.5), ylim=(low[1], high[1]))
    ax.set(xlabel=f"factor 1: {axes[0]}", ylabel=f"factor 2: {axes[1]}")
    ax.axhline(0, color=GREY, lw=1)
    ax.axvline(0, color=GREY, lw=1)
    ax.set_aspect("equal")
    listed = ", ".join(f"{title} for {name}" for name, title in best.items())
    ax.set_title(f"Furthest along the arrow: {listed}")
    sentence = (
        "Movies are points on two axes and viewers are arrows from the origin. The dot "
        "product grows with a movie's distance in the direction of the arrow: "
        f"furthest along are {listed}."
    )
    return figure, sentence


@drawn_once
def before_and_after_rotation(reference, other, rotated, names: tuple[str, str]):
    """One coordinate of each row in two fits, as they come and after rotation.

    The coordinate is the one whose correlation, as they come, is the median one.
    All three tables have the shape (rows, n_factors).

    >>> x = np.array([[1.0, 0.0], [2.0, 1.0], [3.0, 5.0], [4.0, 2.0]])
    >>> figure, _ = before_and_after_rotation(x, -x, x, ("one fit", "another"))
    >>> [axes.get_title("left") for axes in figure.axes]
    ['as it comes: r = -1.00', 'after one rotation: r = 1.00']
    """
    as_they_come = [
        abs(np.corrcoef(x, y)[0, 1]) for x, y in zip(reference.T, other.T, strict=True)
    ]
    chosen = int(np.argsort(as_they_come)[len(as_they_come) // 2])
    x = reference[:, chosen]
    figure, panels = plt.subplots(1, 2, figsize=(8, 3.7), sharex=True, sharey=True)
    found = []
    for ax, table, when in zip(
        panels, (other, rotated), ("as it comes", "after one rotation"), strict=True
    ):
        found.append(np.corrcoef(x, table[:, chosen])[0, 1])
        ax.plot(x, table[:, chosen], "o", ms=3, color=BLUE, alpha=0.3, mew=0)
        ax.set_title(f"{when}: r = {found[-1]:.2f}")
        ax.set_xlabel(f"coordinate {chosen + 1} in {names[0]}")
    panels[0].set_ylabel(f"coordinate {chosen + 1} in {names[1]}")
    figure.suptitle(
        f"One rotation of the whole table takes the correlation from {found[0]:.2f} "
        f"to {found[1]:.2f}",
        x=0.01,
        ha="left",
    )
    sentence = (
        f"Each point is a user or a movie, its coordinate {chosen + 1} in {names[0]} "
        f"against that in {names[1]}: a coordinate like most. As they come the "
        f"correlation is {found[0]:.2f}; after rotating all of {names[1]} as one rigid "
        f"body it is {found[1]:.2f}."
    )
    return figure, sentence


@drawn_once
def agreement_by_axis(strength, agreement: dict[str, list[float]], reference: str):
    """Correlation with the reference fit on each of its axes, the strongest first.

    >>> by_axis = {"SGD": [1, 0.9, 0.5, 0.1], "Adam": [0.8, 0.7, 0.4, 0.2]}
    >>> figure, sentence = agreement_by_axis([9, 5, 2, 1], by_axis, "ALS")
    >>> figure.axes[0].get_title("left")
    'Strongest axis: r from 0.80 to 1.00. Weakest: from 0.10 to 0.20'
    """
    figure, ax = plt.subplots()
    axes = np.arange(1, len(strength) + 1)
    for (name, values), colour, marker, style in zip(
        agreement.items(), LINE_COLOURS, MARKERS, LINESTYLES, strict=False
    ):
        ax.plot(axes, values, marker=marker, ls=style, color=colour, label=name)
    labels = [
        f"{axis}\n({value:.0f})" for axis, value in zip(axes, strength, strict=True)
    ]
    ax.set_xticks(axes, labels)
    ax.set(xlabel="axis of the reference fit (its strength, a singular value)")
    ax.set(
        ylabel=f"correlation with {reference}",
        ylim=(min(-0.05, ax.get_ylim()[0]), 1.05),
    )
    ax.legend(loc="lower left")
    table = np.array(list(agreement.values()))
    first, last = table[:, 0], table[:, -1]
    half = len(axes) // 2
    strong, weak = table[:, :half].mean(), table[:, half:].mean()
    ax.set_title(
        f"Strongest axis: r from {first.min():.2f} to {first.max():.2f}. Weakest: from "
        f"{last.min():.2f} to {last.max():.2f}"
    )
    parts = "; ".join(f"{n} {v[0]:.2f} and {v[-1]:.2f}" for n, v in agreement.items())
    sentence = (
        f"After rotation, correlation with {reference} on its strongest and on its "
        f"weakest axis: {parts}. The mean over all fits is {strong:.2f} on the "
        f"stronger half of the axes and {weak:.2f} on the weaker half."
    )
    return figure, sentence


@drawn_once
def truth_against_fit(true, fitted, counts, many: int = 30):
    """Movies on the two strongest true axes: where they are, and where a fit puts them.

    true, fitted: (n_items, 2) or wider; counts: training ratings of each movie.

    >>> true = np.array([[0, 1], [1, 3], [2, 2], [0, 0], [1, 2], [2, 1]])
    >>> fitted = np.array([[0, 1], [1, 3], [2, 2], [0, 0], [1, 1], [1, 2]])
    >>> figure, _ = truth_against_fit(true, fitted, [90, 80, 70, 5, 4, 3])
    >>> figure.get_suptitle()  # doctest: +NORMALIZE_WHITESPACE
    'Movies with many ratings are found better
    (r = 1.00 and 1.00) than others (0.87 and 0.50)'
    """
    often = np.asarray(counts) >= many
    figure, panels = plt.subplots(1, 2, figsize=(8.6, 3.9))
    found = []
    for axis, ax in enumerate(panels):
        for rows, marker, colour, name in (
            (~often, "x", GREY, f"under {many} ratings"),
            (often, "o", BLUE, f"{many} ratings or more"),
        ):
            x, y = true[rows, axis], fitted[rows, axis]
            found.append(np.corrcoef(x, y)[0, 1])
            size = {"ms": 4, "mew": 0 if marker == "o" else 0.8, "alpha": 0.6}
            ax.plot(
                x, y, marker, color=colour, label=f"{name}: r = {found[-1]:.2f}", **size
            )
        ax.set(xlabel="true coordinate", ylabel="fitted coordinate, rotated")
        ax.xaxis.set_major_locator(MaxNLocator(5))
        low, high = fitted[:, axis].min(), fitted[:, axis].max()
        ax.set_ylim(low - 0.1, high + 0.3 * (high - low))  # room for the legend
        ax.set_title(f"true axis {axis + 1}")
        ax.legend(loc="upper left", fontsize=9)
    better = found[1] > found[0] and found[3] > found[2]
    figure.suptitle(
        f"Movies with many ratings are found {'' if better else 'no '}better "
        f"(r = {found[1]:.2f} and {found[3]:.2f}) than others ({found[0]:.2f} and "
        f"{found[2]:.2f})",
        x=0.01,
        ha="left",
    )
    spread = fitted[~often, 0].std(), fitted[often, 0].std()
    sentence = (
        "Each point is a movie of the planted world. On the strongest true axis the "
        f"fit correlates with the truth by {found[1]:.2f} for movies with at least "
        f"{many} ratings and by {found[0]:.2f} for the others; on the second axis by "
        f"{found[3]:.2f} and {found[2]:.2f}. The fitted coordinates of the others "
        f"spread by {spread[0]:.2f} (sd, first axis), those of the movies with at "
        f"least {many} by {spread[1]:.2f}."
    )
    return figure, sentence
