"""Figures of lab 05: biases by support, lists compared, reasons, spread, fairness."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from .style import BLUE, GREY, VERMILION, drawn_once, looks


@drawn_once
def bias_funnel(counts, raw, damped):
    """Movie biases (stars) against training ratings, before and after damping."""
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
        extremes.append(float(np.median(counts[top])))
        ax.scatter(counts, bias, s=9, color=GREY, marker="o", rasterized=True)
        ax.scatter(
            counts[top], bias[top], s=34, color=colour, marker=marker, label="top 20"
        )
        ax.axhline(0, color="black", lw=1)
        ax.set_xscale("log")
        ax.set_title(f"{name}: median support of the top 20 is {extremes[-1]:g}")
        ax.set_xlabel("training ratings of the movie")
        ax.legend(loc="lower right")
    panels[0].set_ylabel("movie bias $b_i$ (stars)")
    sentence = (
        "Each grey point is a movie, its bias over its number of ratings; the twenty "
        "highest biases are marked. Without damping the cloud is a funnel, widest "
        f"where ratings are few: the median film of the top 20 has {extremes[0]:g} "
        f"rating{'' if extremes[0] == 1 else 's'}. With damping the left end is pulled "
        f"towards zero, and that median is {extremes[1]:g}."
    )
    return figure, sentence


@drawn_once
def list_landscape(table: pd.DataFrame):
    """NDCG and mean popularity rank; `table` is indexed by the list's name."""
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
    panels[0].set_title(f"{best} has {ndcg.iloc[0] / ndcg.iloc[1]:.1f} × the next best")
    panels[1].plot(rank, rows, "s", color=VERMILION)
    for row, value in enumerate(rank):
        panels[1].annotate(
            f"{value:.0f}", (value, row), (8, -4), textcoords="offset points"
        )
    panels[1].set_xscale("log")
    panels[1].margins(x=0.2)
    panels[1].set_xlabel("mean popularity rank (1: the most rated film)")
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
    """NDCG@10 relative to popularity; a column a protocol, a row a list."""
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


@drawn_once
def reasons_waterfall(reasons: pd.DataFrame, title: str):
    """From what anyone would be told to one prediction, rating by rating."""
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
        "anyone is told" if pd.isna(stars) else f"you gave {stars:g} to {reason}"
        for reason, stars in zip(reasons["reason"], reasons["stars"], strict=True)
    ]
    ax.set_yticks(range(len(names)), [name[:46] for name in names])
    ax.invert_yaxis()
    low, high = min(starts[1:].min(), ends.min()), max(ends.max(), starts[1:].max())
    room = 0.25 * (high - low) + 0.05
    ax.set_xlim(low - room, high + room)
    ax.grid(axis="y", visible=False)
    ax.set_xlabel("predicted stars, summed from top to bottom (the axis is cut)")
    ax.set_title(f"{title}: {reasons['contribution'].sum():.2f} stars")
    own = reasons.iloc[1:]
    strongest = own.iloc[0]
    sentence = (
        f"Anyone would be told {reasons['contribution'].iloc[0]:.2f} stars. Your "
        f"{len(own)} ratings add {own['contribution'].sum():+.2f}, the strongest being "
        f"your {strongest['stars']:g} for {strongest['reason']} "
        f"({strongest['contribution']:+.2f}). Together: "
        f"{reasons['contribution'].sum():.2f}."
    )
    return figure, sentence


@drawn_once
def spread_of_predictions(page: pd.DataFrame):
    """Mean ± spread of the recommended movies; columns title, mean, std, ratings."""
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
        f"A list of {len(page)} with the spread of each prediction; in parentheses the "
        f"ratings behind the movie. Surest is {page['title'][most]} "
        f"({page['mean'][most]:.2f} ± {page['std'][most]:.2f}, "
        f"{page['ratings'][most]:,} ratings), least sure is "
        f"{page['title'][least]} ({page['mean'][least]:.2f} ± "
        f"{page['std'][least]:.2f}, {page['ratings'][least]:,} ratings)."
    )
    return figure, sentence


@drawn_once
def error_by_activity(table: pd.DataFrame, overall: float):
    """RMSE by a user's training ratings: rows of `metrics.error_by_group`."""
    first, last = table.iloc[0], table.iloc[-1]
    figure, ax = plt.subplots(figsize=(7.5, 3.6))
    names = [f"{row.fewest:,}–{row.most:,}" for row in table.itertuples()]
    ax.plot(names, table["rmse"], "o-", color=BLUE)
    for x, value in enumerate(table["rmse"]):
        label = ax.annotate(
            f"{value:.3f}", (x, value), (0, 9), textcoords="offset points", ha="center"
        )
        label.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 1})
    ax.axhline(overall, color=GREY, linestyle="--")
    ax.annotate(
        f"all: {overall:.3f}",
        (len(names) - 1, overall),
        (24, 4),
        textcoords="offset points",
        color="0.35",
    )
    ax.set_xlim(-0.5, len(names))
    low, high = table["rmse"].min(), table["rmse"].max()
    room = max(0.2 * (high - low), 0.03)  # a difference of nothing shall look so
    ax.set_ylim(low - room, high + room)
    ax.set_xlabel(
        "training ratings of the user (groups with equally many test ratings)"
    )
    ax.set_ylabel("RMSE (stars)")
    gap = first["rmse"] / last["rmse"] - 1
    side = "larger" if gap >= 0 else "smaller"
    if abs(gap) < 0.01:
        title = "The least and the most active users' errors differ by less than 1%"
    else:
        title = f"The least active users' error is {abs(gap):.0%} {side}"
        title += " than the most active's"
    ax.set_title(title)
    sentence = (
        f"Users with {first['fewest']:.0f} to {first['most']:.0f} training ratings "
        f"have an RMSE of {first['rmse']:.3f}, those with {last['fewest']:.0f} to "
        f"{last['most']:.0f} one of {last['rmse']:.3f}; over all test ratings it is "
        f"{overall:.3f}."
    )
    return figure, sentence


@drawn_once
def audience_growth(counts: pd.DataFrame):
    """Share of movies that gained a viewer; a column a world, rows are the rounds."""
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
        "without anyone new"
    )
    sentence = " ".join(
        f"After {counts.index[-1]} rounds in the world “{name}”, {last[name]:.0%} of "
        "the movies have gained at least one viewer."
        for name in counts.columns
    )
    return figure, sentence
