"""Figures of lab 02: hand-made factors, baselines, fits, and factors compared."""

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


@drawn_once
def viewers_and_films(viewers: dict, films: dict, axes: tuple[str, str]):
    """Viewers as arrows and films as points on two factors; values are pairs."""
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
        best[name] = max(films, key=lambda film: np.dot(taste, films[film]))
    for film, place in films.items():
        ax.plot(*place, marker="o", color=BLACK)
        above_or_below = (7, 5) if place[1] >= 0 else (7, -13)
        ax.annotate(film, place, above_or_below, textcoords="offset points")
    points = np.array([*viewers.values(), *films.values(), (0, 0)])
    low, high = points.min(axis=0) - 0.3, points.max(axis=0) + 0.4
    ax.set(xlim=(low[0], high[0] + 0.5), ylim=(low[1], high[1]))
    ax.set(xlabel=f"factor 1: {axes[0]}", ylabel=f"factor 2: {axes[1]}")
    ax.axhline(0, color=GREY, lw=1)
    ax.axvline(0, color=GREY, lw=1)
    ax.set_aspect("equal")
    listed = ", ".join(f"{film} for {name}" for name, film in best.items())
    ax.set_title(f"Furthest along the arrow: {listed}")
    sentence = (
        "Films are points on two axes and viewers are arrows from the origin. The dot "
        "product grows with a film's distance in the direction of the arrow: "
        f"furthest along are {listed}."
    )
    return figure, sentence


@drawn_once
def noise_floor(expected, stars):
    """What was given where the true model expects so much: mean, and middle 80 %."""
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
    ax.set_title(f"Right on average, the truth is typically {rmse:.2f} stars off")
    gap = np.abs(means - centres).max()
    sentence = (
        "Ratings in twenty groups by what the true parameters expect. Group means stay "
        f"within {gap:.2f} stars of the diagonal, yet single ratings scatter around it "
        f"with an RMSE of {rmse:.2f} stars: nobody can predict that scatter."
    )
    return figure, sentence


@drawn_once
def shrunken_means(counts, raw, damped, mean: float):
    """Movie means against their number of ratings, before and after damping."""
    counts, raw, damped = (np.asarray(a) for a in (counts, raw, damped))
    figure, panels = plt.subplots(1, 2, figsize=(8.4, 3.5), sharey=True)
    for ax, values, name in zip(panels, (raw, damped), ("raw", "damped"), strict=True):
        ax.plot(counts, values, "o", ms=3, color=BLUE, alpha=0.35, mew=0)
        ax.axhline(mean, color=BLACK, ls="--", lw=1.2)
        ax.set(xscale="log", xlabel="training ratings of the movie")
        ax.set_title(f"{name} means")
        ax.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    panels[0].set_ylabel("mean rating (stars)")
    few = counts <= 3
    spreads = raw[few].std(), damped[few].std()
    figure.suptitle(
        f"Movies with up to 3 ratings: sd {spreads[0]:.2f} stars raw, "
        f"{spreads[1]:.2f} damped",
        x=0.01,
        ha="left",
    )
    sentence = (
        "Each point is a movie. Raw means (left) fan out where ratings are few: a "
        f"movie with up to 3 of them has a mean that varies by {spreads[0]:.2f} stars "
        f"(sd). Damping (right) pulls those to the overall mean, the dashed line, and "
        f"leaves {spreads[1]:.2f}; movies with many ratings hardly move."
    )
    return figure, sentence


@drawn_once
def ladder(scores: dict[str, float]):
    """RMSE of each model as a dot on a line, in the order given."""
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
    ax.set_title(f"{best}: {gain:.0%} below {names[0]}")
    listed = "; ".join(f"{n} {v:.3f}" for n, v in scores.items())
    return figure, f"RMSE on the held-out ratings: {listed}."


@drawn_once
def als_progress(objective, train_rmse, held_rmse):
    """The objective after each half sweep, and two RMSEs after each whole one."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(9.4, 3.7))
    halves = np.arange(1, len(objective) + 1) / 2
    left.plot(halves, objective, "o-", ms=4, color=BLUE)
    left.set(xlabel="sweeps", ylabel="objective (stars²)")
    left.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    left.set_title("objective: it only falls")
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
    after, total = objective[0] - objective[9], objective[0] - objective[-1]
    figure.suptitle(
        f"Five sweeps do {after / total:.0%} of the work of {len(held_rmse)}",
        x=0.01,
        ha="left",
    )
    sentence = (
        f"Left: the objective falls from {objective[0]:,.0f} to {objective[-1]:,.0f}, "
        f"{after / total:.0%} of that in the first five sweeps. Right: training RMSE "
        f"ends at {train_rmse[-1]:.3f}; held-out RMSE ends at {held_rmse[-1]:.3f}, and "
        f"changed by {late:+.4f} in the second half of the sweeps."
    )
    return figure, sentence


@drawn_once
def learning_curves(
    curves: dict[str, list[float]], baseline: float, name: str, top: float | None = None
):
    """Held-out RMSE by epoch, from 0 (untrained), a line a model; cut off at `top`."""
    figure, ax = plt.subplots()
    for (label, values), colour, marker, style in zip(
        curves.items(), LINE_COLOURS, MARKERS, LINESTYLES, strict=False
    ):
        epochs = range(len(values))
        ax.plot(epochs, values, marker=marker, ls=style, color=colour, label=label)
    ax.axhline(baseline, color=GREY, lw=1.2)
    ax.annotate(name, (0, baseline), (0, -13), textcoords="offset points", color="0.35")
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
    ax.set_title(f'"{best}" ends at {last[best]:.2f}, "{worst}" at {last[worst]:.2f}')
    listed = "; ".join(f'"{n}" from {first[n]:.2f} to {last[n]:.3f}' for n in curves)
    sentence = f"Held-out RMSE: {listed}. The grey line, {name}, is at {baseline:.3f}."
    return figure, sentence


@drawn_once
def before_and_after_rotation(reference, other, rotated, names: tuple[str, str]):
    """One coordinate of each row in two fits, as they come and after rotation.

    The coordinate is the one whose correlation, as they come, is the median one.
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
    """Correlation with the reference fit on each of its axes, the strongest first."""
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
    first, last = table[:, 0].min(), table[:, -1].max()
    half = len(axes) // 2
    strong, weak = table[:, :half].mean(), table[:, half:].mean()
    ax.set_title(
        f"Strongest axis: all fits agree (r ≥ {first:.2f}). Weakest: r ≤ {last:.2f}"
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
    figure.suptitle(
        f"Well-known movies are found (r = {found[1]:.2f} and {found[3]:.2f}), "
        f"obscure ones much less ({found[0]:.2f} and {found[2]:.2f})",
        x=0.01,
        ha="left",
    )
    spread = fitted[~often, 0].std(), fitted[often, 0].std()
    sentence = (
        "Each point is a movie of the planted world. On the strongest true axis the "
        f"fit correlates with the truth by {found[1]:.2f} for movies with at least "
        f"{many} ratings and by {found[0]:.2f} for the others; on the second axis by "
        f"{found[3]:.2f} and {found[2]:.2f}. The fitted coordinates of the others "
        f"spread by {spread[0]:.2f} (sd, first axis), those of the well-known by "
        f"{spread[1]:.2f}."
    )
    return figure, sentence
