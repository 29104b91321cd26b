"""Figures of lab 01: what is in the rating matrix, and what is missing. For authors."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from .histories import history_spans, ratings_by_month, tested_ratings
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
from .words import counted, listed

__all__ = [
    "activity_histograms",
    "dot_plot",
    "heat_map",
    "history_spans",
    "lorenz_curves",
    "popularity_and_mean",
    "pulled_worlds",
    "rating_histogram",
    "ratings_by_month",
    "stars_of_cells",
    "tested_ratings",
]

MOST_BARS = 20  # with more different ratings, ten parts of the scale are drawn
MOST_DOTS = 200_000  # more would only paint over each other


@drawn_once
def rating_histogram(ratings: pd.DataFrame):
    """How often each number of stars was given.

    >>> ratings = pd.DataFrame({"rating": [3.0, 4.0, 4.0, 5.0]})
    >>> figure, sentence = rating_histogram(ratings)
    >>> figure.axes[0].get_title("left")
    '4 stars are the favourite; 25% are 5 or more'
    >>> sentence
    'Shares of the ratings by stars: 3: 25.0%, 4: 50.0%, 5: 25.0%.'
    """
    shares = ratings["rating"].value_counts(normalize=True).sort_index()
    if len(shares) > MOST_BARS:
        return _histogram_of_parts(ratings["rating"])
    modes, (low, high) = shares.index[shares == shares.max()], shares.index[[0, -1]]
    good = shares.index[shares.index >= low + 0.75 * (high - low)][0]  # 4 of 5 stars
    figure, axes = plt.subplots(figsize=(6.5, 3.4))
    places = np.arange(len(shares))
    bars = axes.bar(places, 100 * shares, color=SKY, edgecolor=BLACK)
    axes.bar_label(bars, [f"{share:.1%}" for share in shares], padding=2)
    axes.set_xticks(places, [f"{star:g}" for star in shares.index])
    axes.set(xlabel="stars", ylabel="share of the ratings (%)")
    liked = listed([f"{mode:g}" for mode in modes])
    one = "star is" if liked == "1" else "stars are"
    favourite = "favourite" if len(modes) == 1 else "favourites"
    top = f"{shares.loc[good:].sum():.0%} are {good:g} or more"
    axes.set_title(f"{liked} {one} the {favourite}; {top}")
    axes.margins(y=0.12)
    parts = ", ".join(f"{star:g}: {share:.1%}" for star, share in shares.items())
    return figure, f"Shares of the ratings by stars: {parts}."


@drawn_once
def activity_histograms(per_user: pd.Series, per_movie: pd.Series, item="movie"):
    """Ratings per user and per movie on a log axis, with medians and means.

    item: what a movie is called.

    >>> per_user, per_movie = pd.Series([1, 2, 9]), pd.Series([3, 3, 6])
    >>> figure, sentence = activity_histograms(per_user, per_movie)
    >>> print(sentence)  # doctest: +NORMALIZE_WHITESPACE
    A user has from 1 to 9 ratings, 2 at the median and 4 on average.
    A movie has from 3 to 6 ratings, 3 at the median and 4 on average.
    """
    figure, panels = plt.subplots(1, 2, figsize=(10, 3.6))
    sentences = []
    for axes, counts, kind in zip(
        panels, (per_user, per_movie), ("user", item), strict=True
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
            f"{'An' if kind == 'item' else 'A'} {kind} has from {counts.min():,} to "
            f"{counted(counts.max(), 'rating')}, {median:g} at the median and "
            f"{mean:.0f} on average."
        )
    return figure, " ".join(sentences)


@drawn_once
def lorenz_curves(curves: dict[str, tuple[np.ndarray, np.ndarray]]):
    """Lorenz curves by name: shares of the owners, shares of the ratings they hold.

    >>> curve = np.array([0, 0.9, 1]), np.array([0, 0.45, 1])
    >>> figure, sentence = lorenz_curves({"movies": curve})
    >>> sentence
    'The top tenth of the movies holds 55.0% of the ratings (Gini index 0.45).'
    """
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
        text = f"nine tenths of the {name}: {1 - top:.0%}"
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
def heat_map(corner: pd.DataFrame, movies: pd.DataFrame, what: str, scale=(1, 5)):
    """Stars of some users (rows) for some movies (columns); NaN cells stay hatched.

    `scale`: the lowest and the highest rating there is, the ends of the colours.

    >>> corner = pd.DataFrame([[5, np.nan], [np.nan, 1]], [7, 9], [1, 2])
    >>> movies = pd.DataFrame({"item_id": [1, 2], "title": ["A", "B"]})
    >>> figure, sentence = heat_map(corner, movies, "Four cells")
    >>> figure.axes[0].get_title("left")
    'Four cells: 50% of the cells are empty (hatched)'
    """
    titles = movies.set_index("item_id")["title"].reindex(corner.columns)
    stars = np.ma.masked_invalid(corner.to_numpy(dtype=float))
    figure, axes = plt.subplots(figsize=(10.5, 6.2))
    axes.patch.set(hatch="////", edgecolor="0.8")
    image = axes.pcolormesh(
        stars, vmin=scale[0], vmax=scale[1], edgecolors="white", linewidth=0.5
    )
    for star in np.unique(stars.compressed()):  # a digit as marker: quicker than texts
        rows, columns = np.nonzero(stars.filled(np.nan) == star)
        ink = "white" if star < sum(scale) / 2 else "black"
        digit = {"marker": f"${star:g}$", "markersize": 5.5, "markeredgewidth": 0.3}
        axes.plot(columns + 0.5, rows + 0.5, color=ink, linestyle="none", **digit)
    short = [title if len(title) < 27 else f"{title[:25]}…" for title in titles]
    axes.set_xticks(np.arange(len(short)) + 0.5, short, rotation=90, fontsize=8)
    axes.set_yticks(np.arange(len(corner)) + 0.5, corner.index, fontsize=8)
    axes.set(ylabel="user_id")
    axes.invert_yaxis()
    axes.grid(False)
    empty = np.ma.count_masked(stars)
    average = f", {stars.mean():.2f} on average" if empty < stars.size else ""
    axes.set_title(f"{what}: {empty / stars.size:.0%} of the cells are empty (hatched)")
    ticks = None if np.ptp(scale) > 10 else np.arange(np.ceil(scale[0]), scale[1] + 1)
    figure.colorbar(image, label="stars", ticks=ticks, shrink=0.7)
    return figure, (
        f"{counted(len(corner), 'user')} × {counted(corner.shape[1], 'movie')}: "
        f"{stars.size - empty} of {stars.size} cells hold stars{average}; the other "
        f"{empty} ({empty / stars.size:.1%}) are empty and drawn hatched."
    )


@drawn_once
def dot_plot(ratings: pd.DataFrame):
    """Every rating a dot: users and movies sorted by their number of ratings.

    >>> pairs = [(user, item) for user in range(5) for item in range(5 - user)]
    >>> figure, sentence = dot_plot(pd.DataFrame(pairs, columns=["user_id", "item_id"]))
    >>> figure.axes[0].get_title("left")
    'The framed corner: 4% of the cells, 7% of the ratings'
    """
    user_ranks, movie_ranks = _ranks(ratings["user_id"]), _ranks(ratings["item_id"])
    n_users, n_movies = user_ranks.max() + 1, movie_ranks.max() + 1
    step = -(-len(ratings) // MOST_DOTS)
    figure, axes = plt.subplots(figsize=(9.5, 5))
    # A dot fills its cell in whole pixels, lest the gaps between them draw a grid.
    dots = {"marker": "s", "markersize": 72 / DPI * -(-740 // n_movies)}
    dots |= {"markeredgewidth": 0, "alpha": 0.6, "linestyle": "none"}
    axes.plot(movie_ranks[::step], user_ranks[::step], color=BLUE, **dots)
    fifth = -(-n_movies // 5), -(-n_users // 5)  # rounded up
    box = {"fill": False, "edgecolor": VERMILION, "linewidth": 2, "zorder": 3}
    axes.add_patch(plt.Rectangle((0, 0), *fifth, **box))
    inside = ((movie_ranks < fifth[0]) & (user_ranks < fifth[1])).sum()
    cells, n_cells = fifth[0] * fifth[1], n_movies * n_users
    blank = 1 - (len(ratings) - inside) / max(1, n_cells - cells)
    framed = inside / len(ratings)
    axes.set(
        xlim=(0, n_movies),
        ylim=(n_users, 0),
        xlabel="movies, the most rated first",
        ylabel="users, the most active first",
        title=f"The framed corner: {cells / n_cells:.0%} of the cells, "
        f"{framed:.0%} of the ratings",
    )
    axes.grid(False)
    return figure, (
        f"{counted(n_users, 'user')} × {counted(n_movies, 'movie')}, one dot for every "
        f"{'rating' if step == 1 else f'{step} ratings'}. The corner in the upper left "
        "has the most active fifth of the users and the most rated fifth of the "
        f"movies, with {framed:.1%} of the ratings. Of the cells outside it, "
        f"{blank:.0%} are blank."
    )


@drawn_once
def popularity_and_mean(per_movie: pd.DataFrame):
    """Mean stars against the number of ratings; `per_movie` has `ratings`, `mean`.

    >>> per_movie = pd.DataFrame({"ratings": range(1, 9), "mean": np.linspace(2, 4, 8)})
    >>> figure, sentence = popularity_and_mean(per_movie)
    >>> figure.axes[0].get_title("left")
    'From the least to the most rated eighth: +2.0 stars'
    """
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
    rise = round(high - low, 1) or 0.0  # no "-0.0"
    axes.set_title(f"From the least to the most rated eighth: {rise:+.1f} stars")
    return figure, (
        f"One dot per movie. The mean goes from {low:.2f} stars in the least rated "
        f"eighth of the movies to {high:.2f} in the most rated one; a mean of few "
        "ratings owes more to chance than one of many."
    )


@drawn_once
def stars_of_cells(filled: np.ndarray, empty: np.ndarray):
    """Expected stars of the cells that were rated, and of those that were not.

    >>> figure, sentence = stars_of_cells(np.array([4.0, 3.6]), np.array([3.0, 3.2]))
    >>> figure.axes[0].get_title("left")
    'In the planted world, filled cells are 0.7 stars better'
    """
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
    if f"{abs(gap):.1f}" == "0.0":
        finding = "as good as empty ones"
    else:
        finding = f"{abs(gap):.1f} stars {'better' if gap > 0 else 'worse'}"
    axes.set_title(f"In the planted world, filled cells are {finding}")
    return figure, (
        f"Expected stars, from the planted truth: {filled.mean():.2f} on average in "
        f"filled cells, {empty.mean():.2f} in empty ones. Thin lines mark the means."
    )


@drawn_once
def pulled_worlds(parts: pd.DataFrame, errors: dict[float, np.ndarray]):
    """What lifts the filled cells, by pull; and how far off the movies' means are.

    `parts` has a row for each pull and the columns `between movies`, `within movies`,
    in stars; `errors`: pull → for each movie, the mean of its viewers less that of
    everybody.

    >>> columns = ["between movies", "within movies"]
    >>> parts = pd.DataFrame([[0.3, 0.0], [0.3, 0.2]], [0, 4], columns)
    >>> errors = {0: np.array([0.1, -0.1]), 4: np.array([0.1, 0.5])}
    >>> figure, sentence = pulled_worlds(parts, errors)
    >>> figure.axes[0].get_title("left")
    'Within movies, from +0.00 to +0.20 stars'
    >>> print(sentence)  # doctest: +NORMALIZE_WHITESPACE
    With a pull of 0: +0.30 stars between movies, +0.00 within;
    with a pull of 4: +0.30 between, +0.20 within. With a pull of 0, the viewers' mean
    lies above everybody's for 50% of the movies; with a pull of 4 for 100%.
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.8))
    between, within = (parts[f"{kind} movies"] for kind in ("between", "within"))
    places = np.arange(len(parts))
    for shift, values, colour, hatch in (
        (-0.2, between, SKY, ""),
        (0.2, within, ORANGE, "//"),
    ):
        drawn = {"color": colour, "hatch": hatch, "edgecolor": BLACK}
        bars = left.bar(places + shift, values, 0.4, label=values.name, **drawn)
        left.bar_label(bars, [f"{value:+.2f}" for value in values], padding=2)
    left.set_xticks(places, [f"{pull:g}" for pull in parts.index])
    left.set(xlabel="pull", ylabel="filled less all cells (stars)")
    left.set_ylim(*np.multiply(left.get_ylim(), (1.3, 1.35)))
    left.legend(loc="upper left", ncols=2)
    left.set_title(
        f"Within movies, from {within.iloc[0]:+.2f} to {within.iloc[-1]:+.2f} stars"
    )
    ends = np.concatenate(list(errors.values()))
    edges = np.linspace(ends.min(), ends.max(), 31)
    for (pull, values), colour, style in zip(
        errors.items(), (BLUE, VERMILION), ("-", "--"), strict=True
    ):
        drawn = {"color": colour, "linestyle": style, "linewidth": 2}
        right.hist(values, edges, histtype="step", label=f"pull {pull:g}", **drawn)
    right.axvline(0, color=GREY, linestyle=":")
    right.set(xlabel="viewers' mean less everybody's (stars)", ylabel="movies")
    right.legend(loc="upper left")
    above = {pull: f"{(values > 0).mean():.0%}" for pull, values in errors.items()}
    *_, (pull, share) = above.items()
    right.set_title(f"Pull {pull:g}: {share} of the movies' means are too high")
    first, *more = (
        f"with a pull of {pull:g}: {row.iloc[0]:+.2f}{' stars' * (k == 0)} between"
        f"{' movies' * (k == 0)}, {row.iloc[1]:+.2f} within"
        for k, (pull, row) in enumerate(parts.iterrows())
    )
    (low, few), (high, many) = above.items()
    return figure, (
        f"{'; '.join([first.capitalize(), *more])}. With a pull of {low:g}, the "
        f"viewers' mean lies above everybody's for {few} of the movies; with a "
        f"pull of {high:g} for {many}."
    )


def _histogram_of_parts(stars: pd.Series):
    """As `rating_histogram`, for a scale of many values: ten equal parts of it."""
    edges = np.linspace(stars.min(), stars.max(), 11)
    shares = np.histogram(stars, bins=edges)[0] / len(stars)
    figure, axes = plt.subplots(figsize=(6.5, 3.4))
    axes.bar(edges[:-1], 100 * shares, np.diff(edges), 0, align="edge", **_BARS)
    axes.set(xlabel="rating", ylabel="share of the ratings (%)")
    middle = edges[5]
    above = f"{(stars > middle).mean():.0%} lie above {middle:g}"
    axes.set_title(f"Half of the ratings are {stars.median():g} or more; {above}")
    parts = ", ".join(
        f"{low:g} to {high:g}: {share:.1%}"
        for low, high, share in zip(edges[:-1], edges[1:], shares, strict=True)
    )
    return figure, f"Shares of the ratings by parts of the scale: {parts}."


_BARS = {"color": SKY, "edgecolor": BLACK}
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
