"""Figures of lab 05, continued: reasons, spread, and who is served how well.

For authors.
"""

import matplotlib.pyplot as plt
import pandas as pd

from .style import BLUE, GREY, PAPER, VERMILION, drawn_once, looks
from .words import counted


@drawn_once
def reasons_waterfall(reasons: pd.DataFrame, title: str):
    """From the prediction for an average user to that for you, rating by rating.

    `reasons`: the table of `recommend.explain`, the average user in the first row.

    >>> rows = {"reason": ["", "Jaws", "Emma"], "stars": [None, 5, 2]}
    >>> reasons = pd.DataFrame(rows | {"contribution": [4.0, 0.5, -0.25]})
    >>> figure, sentence = reasons_waterfall(reasons, "Alien")
    >>> figure.axes[0].get_title("left")
    'Alien: 4.25 stars'
    """
    ends = reasons["contribution"].cumsum()
    starts = ends.shift(fill_value=0)
    figure, ax = plt.subplots(figsize=(8, 0.36 * len(reasons) + 1.3))
    for row, (start, end) in enumerate(zip(starts, ends, strict=True)):
        up = end >= start
        colour = GREY if row == 0 else BLUE if up else VERMILION
        hatch = "" if row == 0 or up else "//"
        ax.barh(row, end - start, left=start, color=colour, hatch=hatch, edgecolor="w")
        ax.text(max(start, end), row, f" {end - start:+.2f}", va="center")
    names = [
        "an average user" if pd.isna(stars) else f"you gave {stars:g} to {reason}"
        for reason, stars in zip(reasons["reason"], reasons["stars"], strict=True)
    ]
    ax.set_yticks(range(len(names)), [name[:46] for name in names])
    ax.invert_yaxis()
    low, high = ends.min(), ends.max()
    room = 0.25 * (high - low) + 0.05
    ax.set_xlim(low - room, high + room)
    ax.grid(axis="y", visible=False)
    ax.set_xlabel("predicted stars, summed from top to bottom (the axis is cut)")
    ax.set_title(f"{title}: {reasons['contribution'].sum():.2f} stars")
    own = reasons.iloc[1:]
    sentence = (
        "The prediction for an average user is "
        f"{reasons['contribution'].iloc[0]:.2f} stars. {_own_part(own)} Together: "
        f"{reasons['contribution'].sum():.2f}."
    )
    return figure, sentence


def _own_part(own: pd.DataFrame) -> str:
    """What your ratings add, and the one that adds or takes away most."""
    if own.empty:
        return "You have no ratings that could change it."
    strongest = own.loc[own["contribution"].abs().idxmax()]
    most = (
        f"your {strongest['stars']:g} for {strongest['reason']} "
        f"({strongest['contribution']:+.2f})"
    )
    if len(own) == 1:
        return f"Your only rating, {most}, is added."
    return (
        f"Your {len(own)} ratings add {own['contribution'].sum():+.2f}, the strongest "
        f"being {most}."
    )


@drawn_once
def spread_of_predictions(page: pd.DataFrame):
    """Mean ± spread of the recommended movies; columns title, mean, std, ratings.

    >>> rows = {"title": ["A", "B"], "mean": [4.5, 4.0], "std": [0.6, 0.2]}
    >>> figure, _ = spread_of_predictions(pd.DataFrame(rows | {"ratings": [3, 120]}))
    >>> figure.axes[0].get_title("left")
    'Spreads from 0.20 to 0.60 stars in one list'
    """
    page = page.reset_index(drop=True)
    least, most = page["std"].idxmax(), page["std"].idxmin()
    figure, ax = plt.subplots(figsize=(8, 0.34 * len(page) + 1.3))
    ax.errorbar(
        page["mean"],
        page.index,
        xerr=page["std"],
        fmt="o",
        capsize=4,
        color=BLUE,
        ecolor=GREY,
    )
    labels = [
        f"{row.title[:38]} ({row.ratings:,})" for row in page.itertuples(index=False)
    ]
    ax.set_yticks(page.index, labels)
    ax.invert_yaxis()
    ax.set_xlabel("predicted stars: mean and one standard deviation")
    ax.set_title(
        f"Spreads from {page['std'].min():.2f} to {page['std'].max():.2f} stars "
        "in one list"
    )
    sentence = (
        f"A list of {counted(len(page), 'movie')} with the spread of each prediction; "
        "in parentheses the number of ratings of the movie. Surest is "
        f"{page['title'][most]} ({page['mean'][most]:.2f} ± {page['std'][most]:.2f}, "
        f"{counted(page['ratings'][most], 'rating')}), least sure is "
        f"{page['title'][least]} ({page['mean'][least]:.2f} ± "
        f"{page['std'][least]:.2f}, {counted(page['ratings'][least], 'rating')})."
    )
    return figure, sentence


@drawn_once
def error_by_activity(
    table: pd.DataFrame, overall: float, control: pd.DataFrame | None = None
):
    """RMSE by a user's training ratings: rows of `metrics.error_by_group`.

    `control`: the same groups under a model of biases alone.

    >>> rows = {"fewest": [10, 60], "most": [59, 500], "rmse": [1.1, 1.0]}
    >>> figure, sentence = error_by_activity(pd.DataFrame(rows), overall=1.05)
    >>> figure.axes[0].get_title("left")
    "The least active users' error is 10% larger than the most active's"
    """
    first, last = table.iloc[0], table.iloc[-1]
    figure, ax = plt.subplots(figsize=(7.5, 3.6))
    names = [f"{row.fewest:,}–{row.most:,}" for row in table.itertuples()]
    ax.plot(names, table["rmse"], "o-", color=BLUE, label="with factors")
    for x, value in enumerate(table["rmse"]):
        label = ax.annotate(
            f"{value:.3f}", (x, value), (0, 9), textcoords="offset points", ha="center"
        )
        label.set_bbox({"facecolor": PAPER, "edgecolor": "none", "pad": 1})
    ax.axhline(overall, color=GREY, linestyle="--")
    ax.annotate(
        f"all: {overall:.3f}",
        (len(names) - 1, overall),
        (24, 4),
        textcoords="offset points",
        color="0.35",
    )
    ax.set_xlim(-0.5, len(names))
    drawn = table["rmse"]
    if control is not None:
        drawn = pd.concat([drawn, control["rmse"]])
        look = {"marker": "s", "linestyle": ":", "color": VERMILION}
        ax.plot(names, control["rmse"], label="biases alone", **look)
        ax.legend()
    low, high = drawn.min(), drawn.max()
    room = max(0.2 * (high - low), 0.03)  # a difference of nothing shall look so
    ax.set_ylim(low - room, high + room)
    ax.set_xlabel(
        "training ratings of the user (groups with equally many test ratings)"
    )
    ax.set_ylabel("RMSE (stars)")
    gap = first["rmse"] / last["rmse"] - 1
    if len(table) == 1:
        title = "All users are in one group"
    elif abs(gap) < 0.01:
        title = "The least and the most active users' errors differ by less than 1%"
    else:
        side = "larger" if gap > 0 else "smaller"
        title = f"The least active users' error is {abs(gap):.0%} {side}"
        title += " than the most active's"
    ax.set_title(title)
    least, most = (
        f"{row['fewest']:,.0f} to {row['most']:,.0f}" for row in (first, last)
    )
    others = f", those with {most} one of {last['rmse']:.3f}" if len(table) > 1 else ""
    sentence = (
        f"Users with {least} training ratings have an RMSE of {first['rmse']:.3f}"
        f"{others}; over all test ratings it is {overall:.3f}."
    )
    if control is not None:
        listed = ", ".join(f"{value:.3f}" for value in control["rmse"])
        sentence += f" With biases alone, group by group: {listed}."
    return figure, sentence


@drawn_once
def audience_growth(counts: pd.DataFrame):
    """Share of movies that gained a viewer; one column per world, one row per round.

    >>> worlds = pd.DataFrame({"own choice": [0.5, 0.8], "the loop": [0.1, 0.2]})
    >>> figure, sentence = audience_growth(worlds)
    >>> figure.axes[0].get_title("left")
    '“the loop” leaves 80% of the movies without a new viewer'
    """
    figure, ax = plt.subplots(figsize=(7.5, 3.6))
    for name, (colour, line, marker) in zip(counts.columns, looks(), strict=False):
        label = f"{name}: {counts[name].iloc[-1]:.0%}"
        look = {"marker": marker, "linestyle": line, "color": colour}
        ax.plot(counts.index, counts[name], label=label, **look)
    ax.legend(title="in the end")
    ax.set_xticks(counts.index)
    ax.yaxis.set_major_formatter("{x:.0%}")
    ax.set_ylim(0, 1)
    ax.set_xlabel("round")
    ax.set_ylabel("movies that gained a viewer")
    last = counts.iloc[-1]
    ax.set_title(
        f"“{last.idxmin()}” leaves {1 - last.min():.0%} of the movies "
        "without a new viewer"
    )
    sentence = " ".join(
        f"After {counted(counts.index[-1], 'round')} in the world “{name}”, "
        f"{last[name]:.0%} of the movies have gained at least one viewer."
        for name in counts.columns
    )
    return figure, sentence
