"""Figures of lab 01: what is in the rating matrix, and what is missing."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from .style import (
    BLACK,
    BLUE,
    DPI,
    GREY,
    LINESTYLES,
    ORANGE,
    SKY,
    VERMILION,
    drawn_once,
)

MOST_DOTS = 200_000  # more would only paint over each other


@drawn_once
def rating_histogram(ratings: pd.DataFrame):
    """How often each number of stars was given."""
    shares = ratings["rating"].value_counts(normalize=True).sort_index()
    mode, high = shares.idxmax(), shares[shares.index >= 4].sum()
    figure, axes = plt.subplots(figsize=(6.5, 3.4))
    places = np.arange(len(shares))
    bars = axes.bar(places, 100 * shares, color=SKY, edgecolor=BLACK)
    axes.bar_label(bars, [f"{share:.1%}" for share in shares], padding=2)
    axes.set_xticks(places, [f"{star:g}" for star in shares.index])
    axes.set(xlabel="stars", ylabel="share of the ratings (%)")
    axes.set_title(f"{mode:g} stars are the favourite; {high:.0%} are 4 or more")
    axes.margins(y=0.12)
    parts = ", ".join(f"{star:g}: {share:.1%}" for star, share in shares.items())
    return figure, f"Shares of the ratings by stars: {parts}."


@drawn_once
def activity_histograms(per_user: pd.Series, per_movie: pd.Series):
    """Ratings per user and per movie on a log axis, with medians and means."""
    figure, panels = plt.subplots(1, 2, figsize=(10, 3.6))
    sentences = []
    for axes, counts, kind in zip(
        panels, (per_user, per_movie), ("user", "movie"), strict=True
    ):
        median, mean = counts.median(), counts.mean()
        edges = np.unique(np.geomspace(counts.min(), counts.max() + 1, 25).round())
        axes.hist(counts, bins=edges, color=SKY, edgecolor=BLACK, linewidth=0.6)
        axes.axvline(median, color=BLACK, label=f"median {median:g}")
        axes.axvline(mean, color=VERMILION, linestyle="--", label=f"mean {mean:.0f}")
        axes.set_xscale("log")
        axes.set_xticks(_decades(counts), [f"{tick:g}" for tick in _decades(counts)])
        axes.minorticks_off()
        axes.set(xlabel=f"ratings per {kind} (log scale)", ylabel=f"{kind}s")
        axes.set_title(f"Per {kind}, the mean is {mean / median:.1f} × the median")
        axes.legend()
        sentences.append(
            f"A {kind} has from {counts.min():,} to {counts.max():,} ratings, "
            f"{median:g} at the median and {mean:.0f} on average."
        )
    return figure, " ".join(sentences)


@drawn_once
def lorenz_curves(curves: dict[str, tuple[np.ndarray, np.ndarray]]):
    """Lorenz curves by name: shares of the owners, shares of the ratings they hold."""
    figure, axes = plt.subplots(figsize=(6.4, 4.4))
    sentences = []
    for place, (name, (owners, owned)) in enumerate(curves.items()):
        gini, top = 1 - 2 * np.trapezoid(owned, owners), _top_tenth(owners, owned)
        axes.plot(
            owners, owned, linestyle=LINESTYLES[place], label=f"{name}, Gini {gini:.2f}"
        )
        axes.plot(0.9, 1 - top, "o", color=BLACK)
        line = {"arrowstyle": "-", "color": GREY}
        where = (-190, 12 + 22 * place)
        text = f"above: the top tenth, {top:.0%}"
        axes.annotate(text, (0.9, 1 - top), where, arrowprops=line, **_OFFSET)
        sentences.append(
            f"The top tenth of the {name} holds {top:.1%} of the ratings "
            f"(Gini index {gini:.2f})."
        )
    axes.plot([0, 1], [0, 1], color=GREY, linestyle=":", label="all equal, Gini 0")
    name, curve = next(iter(curves.items()))
    top = _top_tenth(*curve)
    axes.set_title(f"A tenth of the {name} holds {top:.0%} of the ratings")
    axes.set_xlabel("share of the movies, or users, fewest ratings first")
    axes.set_ylabel("share of the ratings they hold")
    axes.legend(loc="upper left")
    return figure, " ".join(sentences)


@drawn_once
def heat_map(corner: pd.DataFrame, movies: pd.DataFrame, what: str):
    """Stars of some users (rows) for some movies (columns); NaN cells stay hatched."""
    titles = movies.set_index("item_id")["title"].reindex(corner.columns)
    stars = np.ma.masked_invalid(corner.to_numpy(dtype=float))
    figure, axes = plt.subplots(figsize=(10.5, 6.2))
    axes.patch.set(hatch="////", edgecolor="0.8")
    image = axes.pcolormesh(stars, vmin=1, vmax=5, edgecolors="white", linewidth=0.5)
    for star in np.unique(stars.compressed()):  # a digit as marker: quicker than texts
        rows, columns = np.nonzero(stars.filled(np.nan) == star)
        ink = "white" if star < 3 else "black"
        digit = {"marker": f"${star:g}$", "markersize": 5.5, "markeredgewidth": 0.3}
        axes.plot(columns + 0.5, rows + 0.5, color=ink, linestyle="none", **digit)
    short = [title if len(title) < 27 else f"{title[:25]}…" for title in titles]
    axes.set_xticks(np.arange(len(short)) + 0.5, short, rotation=90, fontsize=8)
    axes.set_yticks(np.arange(len(corner)) + 0.5, corner.index, fontsize=8)
    axes.set(ylabel="user_id")
    axes.invert_yaxis()
    axes.grid(False)
    empty = stars.mask.sum() if np.ma.is_masked(stars) else 0
    axes.set_title(f"{what}: {empty / stars.size:.0%} of the cells are empty (hatched)")
    figure.colorbar(image, label="stars", ticks=range(1, 6), shrink=0.7)
    return figure, (
        f"{len(corner)} users × {corner.shape[1]} movies: {stars.size - empty} of "
        f"{stars.size} cells hold stars, {stars.mean():.2f} on average; "
        f"{empty} cells ({empty / stars.size:.1%}) are empty and drawn hatched."
    )


@drawn_once
def dot_plot(ratings: pd.DataFrame):
    """Every rating a dot: users and movies sorted by their number of ratings."""
    user_ranks, movie_ranks = _ranks(ratings["user_id"]), _ranks(ratings["item_id"])
    n_users, n_movies = user_ranks.max() + 1, movie_ranks.max() + 1
    step = -(-len(ratings) // MOST_DOTS)
    figure, axes = plt.subplots(figsize=(9.5, 5))
    # A dot fills its cell in whole pixels, lest the gaps between them draw a grid.
    dots = {"marker": "s", "markersize": 72 / DPI * -(-740 // n_movies)}
    dots |= {"markeredgewidth": 0, "alpha": 0.6, "linestyle": "none"}
    axes.plot(movie_ranks[::step], user_ranks[::step], color=BLUE, **dots)
    fifth = 0.2 * n_movies, 0.2 * n_users
    box = {"fill": False, "edgecolor": VERMILION, "linewidth": 2, "zorder": 3}
    axes.add_patch(plt.Rectangle((0, 0), *fifth, **box))
    inside = ((movie_ranks < fifth[0]) & (user_ranks < fifth[1])).mean()
    axes.set(
        xlim=(0, n_movies),
        ylim=(n_users, 0),
        xlabel="movies, the most rated first",
        ylabel="users, the most active first",
        title=f"The framed corner: 4% of the cells, {inside:.0%} of the ratings",
    )
    axes.grid(False)
    return figure, (
        f"All {n_users:,} users × {n_movies:,} movies, one dot for every "
        f"{'rating' if step == 1 else f'{step} ratings'}. Dots crowd in the upper "
        "left: the most active fifth of the users and the most rated fifth of the "
        f"movies share {inside:.1%} of the ratings. Most of the rest is blank."
    )


@drawn_once
def ratings_by_month(dates: pd.Series):
    """How many ratings each calendar month brought."""
    months = dates.dt.to_period("M").value_counts().sort_index()
    busiest = months.idxmax()
    figure, axes = plt.subplots(figsize=(8, 3.2))
    places = np.arange(len(months))
    axes.bar(places, months, color=SKY, edgecolor=BLACK)
    step = -(-len(months) // 12)
    axes.set_xticks(places[::step], months.index.astype(str)[::step], fontsize=9)
    axes.set(ylabel="ratings", xlabel="month (UTC)")
    share = months[busiest] / months.sum()
    axes.set_title(f"The busiest month, {busiest}, brought {share:.0%} of all ratings")
    return figure, (
        f"{len(months)} calendar months, from {months.index[0]} to {months.index[-1]}; "
        f"between {months.min():,} and {months.max():,} ratings a month."
    )


@drawn_once
def history_spans(hours: pd.Series):
    """Share of the users whose first and last rating lie at most so far apart."""
    minutes = np.sort(60 * hours.to_numpy()).clip(1)
    figure, axes = plt.subplots(figsize=(8, 3.6))
    axes.plot(minutes, np.arange(1, len(minutes) + 1) / len(minutes))
    marks = {"10 min": 10, "1 h": 60, "1 day": 1440, "1 week": 10080, "1 month": 43800}
    axes.set_xscale("log")
    axes.set_xticks(list(marks.values()), list(marks))
    axes.minorticks_off()
    day, median = (hours < 24).mean(), hours.median()
    axes.plot(marks["1 day"], day, "o", color=VERMILION)
    axes.annotate(f"{day:.0%}", (marks["1 day"], day), (-34, 6), **_OFFSET)
    axes.set(xlabel="from a user's first to last rating (log)", ylabel="share of users")
    axes.set_ylim(0, 1.03)
    axes.set_title(f"{day:.0%} of the users came and went within a day")
    return figure, (
        f"Half of the users gave all their ratings within {60 * median:.0f} minutes, "
        f"{day:.0%} within a day, {(hours < 24 * 7).mean():.0%} within a week."
    )


@drawn_once
def tested_ratings(ratings: pd.DataFrame, tests: dict[str, pd.DataFrame]):
    """Where each split's test ratings lie: in a user's history, and among the users."""
    order = ratings.sort_values(["user_id", "timestamp", "item_id"])
    users = order["user_id"].to_numpy()
    counts = order.groupby("user_id")["timestamp"].agg(["min", "size"]).loc[users]
    age = (order.groupby("user_id").cumcount().to_numpy() + 0.5) / counts["size"]
    arrived = counts["min"].rank(method="dense", pct=True).to_numpy()
    figure, panels = plt.subplots(1, len(tests), figsize=(10.5, 3.8), sharey=True)
    newest_fifth = {}
    for axes, (name, test) in zip(panels, tests.items(), strict=True):
        tested = order.index.isin(test.index)
        newest_fifth[name] = (arrived[tested] > 0.8).mean()
        grid = {"bins": (20, 25), "range": ((0, 1), (0, 1))}
        held, *_ = np.histogram2d(age, arrived, weights=tested, **grid)
        every, *_ = np.histogram2d(age, arrived, **grid)
        share = np.divide(held, every, where=every > 0, out=np.zeros_like(held))
        picture = {"origin": "lower", "extent": (0, 1, 0, 1), "aspect": "auto"}
        image = axes.imshow(share.T, cmap="Blues", vmin=0, vmax=1, **picture)
        axes.set_xticks([0, 1], ["first", "last"])
        for label, side in zip(axes.get_xticklabels(), ("left", "right"), strict=True):
            label.set_horizontalalignment(side)
        axes.set_yticks([0, 1], ["first\nto come", "last\nto come"])
        axes.set_title(f"{name}\nnewcomers: {newest_fifth[name]:.0%}", fontsize=10.5)
        axes.grid(False)
    figure.supxlabel("place of the rating in its user's own history", fontsize=10.5)
    figure.colorbar(image, label="share tested")
    low, high = min(newest_fifth.values()), max(newest_fifth.values())
    figure.suptitle(
        f"The newest fifth of the users gave {low:.0%} to {high:.0%} of the test "
        "ratings, by split"
    )
    listed = ", ".join(f"{share:.0%} ({name})" for name, share in newest_fifth.items())
    return figure, (
        "The share of test ratings by the fifth of the users that came last: "
        f"{listed}. A random split tests everywhere a little, a per-user split the end "
        "of each history, a global split the people who came last."
    )


@drawn_once
def popularity_and_mean(per_movie: pd.DataFrame):
    """Mean stars against the number of ratings; `per_movie` has `ratings`, `mean`."""
    bins = pd.qcut(per_movie["ratings"].rank(method="first"), 8, labels=False)
    groups = per_movie.groupby(bins).agg({"ratings": "median", "mean": "mean"})
    low, high = groups["mean"].iloc[[0, -1]]
    figure, axes = plt.subplots(figsize=(8, 4))
    dots = {"color": GREY, "markersize": 3, "label": "a movie"}
    axes.plot(per_movie["ratings"], per_movie["mean"], ".", **dots)
    axes.plot(
        groups["ratings"], groups["mean"], "o-", color=BLUE, label="mean of an eighth"
    )
    ticks = _decades(per_movie["ratings"])
    axes.set_xscale("log")
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.set(xlabel="ratings of the movie (log scale)", ylabel="its mean (stars)")
    axes.legend(loc="lower right")
    axes.set_title(f"From the least to the most rated eighth: {high - low:+.1f} stars")
    return figure, (
        f"One dot per movie. The mean goes from {low:.2f} stars in the least rated "
        f"of the movies to {high:.2f} in the most rated; dots on the left scatter "
        "widely because a mean of few ratings owes much to chance."
    )


@drawn_once
def stars_of_cells(filled: np.ndarray, empty: np.ndarray):
    """Expected stars of the cells that were rated, and of those that were not."""
    figure, axes = plt.subplots(figsize=(8, 3.4))
    edges = np.linspace(1, 5, 41)
    drawn = {"bins": edges, "density": True, "histtype": "step", "linewidth": 2}
    axes.hist(empty, color=ORANGE, linestyle="--", label="empty cells", **drawn)
    axes.hist(filled, color=BLUE, label="filled cells", **drawn)
    for values, colour, style in ((filled, BLUE, "-"), (empty, ORANGE, "--")):
        axes.axvline(values.mean(), color=colour, linestyle=style, linewidth=1)
    axes.set(xlabel="expected stars", ylabel="density")
    axes.legend(loc="upper left")
    gap = filled.mean() - empty.mean()
    axes.set_title(f"In the planted world, filled cells are {gap:.1f} stars better")
    return figure, (
        f"Expected stars, from the planted truth: {filled.mean():.2f} on average in "
        f"filled cells, {empty.mean():.2f} in empty ones. Thin lines mark the means."
    )


_OFFSET = {"textcoords": "offset points"}


def _decades(counts: pd.Series) -> list[int]:
    ticks = [1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 100_000]
    return [tick for tick in ticks if counts.min() * 0.9 <= tick <= counts.max() * 1.1]


def _top_tenth(owners: np.ndarray, owned: np.ndarray) -> float:
    return 1 - np.interp(0.9, owners, owned)


def _ranks(ids: pd.Series) -> np.ndarray:
    """For each row, the place of its id: 0 for the most frequent."""
    ranked = ids.value_counts().index
    return pd.Series(np.arange(len(ranked)), ranked).loc[ids].to_numpy()
