"""Figures of lab 04: what the factors learned."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from scipy.stats import spearmanr

from embeddings import Clusters, MovieVectors, Purity, Stability

from .labels import place_labels
from .style import BLACK, BLUE, GREEN, GREY, MARKERS, ORANGE, PURPLE, SKY, VERMILION

GENRE_COLOURS = (BLUE, VERMILION, GREEN, ORANGE, PURPLE, BLACK)
SHOWN_GENRES = len(GENRE_COLOURS)


def norm_and_popularity(movies: MovieVectors):
    """Length of a movie's vector against its number of ratings."""
    rho = spearmanr(movies.counts, movies.norms).statistic
    figure, axes = plt.subplots(figsize=(7, 3.8))
    axes.scatter(movies.counts, movies.norms, s=6, color=BLUE, alpha=0.6, linewidths=0)
    axes.set_xscale("log")
    axes.set(xlabel="ratings of the movie (log scale)", ylabel="length of its vector")
    longer = "longer" if rho > 0 else "no longer"
    axes.set_title(f"Known movies have {longer} vectors (rank correlation {rho:.2f})")
    order = np.argsort(movies.counts, kind="stable")
    fifth = max(1, len(movies) // 5)
    rare, known = movies.norms[order[:fifth]], movies.norms[order[-fifth:]]
    return figure, (
        f"The mean length is {rare.mean():.2f} in the least rated fifth of the movies "
        f"and {known.mean():.2f} in the most rated fifth; the rank correlation of "
        f"length and number of ratings is {rho:.2f}."
    )


def first_axes_and_popularity(zero_filled, of_model, counts):
    """The main axis of a zero-filled matrix and of our model, against popularity."""
    figure, panels = plt.subplots(1, 2, figsize=(9, 3.3))
    rhos = []
    names = ("missing filled with zeros", "our model: biases apart")
    for axes, scores, name in zip(panels, (zero_filled, of_model), names, strict=True):
        rhos.append(abs(spearmanr(counts, scores).statistic))
        axes.scatter(counts, scores, s=6, color=BLUE, alpha=0.6, linewidths=0)
        axes.set_xscale("log")
        axes.set(xlabel="ratings of the movie (log scale)", ylabel="main coordinate")
        axes.set_title(f"{name}: |correlation| {rhos[-1]:.2f}")
    figure.suptitle(
        f"Popularity is {'the main axis' if rhos[0] > 0.8 else 'part'} of the one, "
        f"and {'hardly' if rhos[1] < 0.3 else 'also'} that of the other"
    )
    return figure, (
        "The rank correlation of the first coordinate and the number of ratings is, "
        f"without its sign, {rhos[0]:.2f} where missing ratings count as zeros and "
        f"{rhos[1]:.2f} in the model with biases."
    )


def movie_map(points, movies: MovieVectors, kept: float, name: str, n_labels: int = 28):
    """Movies on a plane by primary genre, the most rated ones with their titles.

    points: (n, 2); kept: the share of neighbours that the plane keeps.
    """
    figure, axes = plt.subplots(figsize=(8.8, 6.0))
    _scatter_genres(axes, points, movies, size=26)
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1), title="rarest genre")
    _bare(axes)
    order = np.argsort(-movies.counts, kind="stable")
    written = place_labels(axes, points[order], movies.labels[order], most=n_labels)
    axes.set_title(f"{name}: two dimensions keep {kept:.0%} of the nearest neighbours")
    return figure, (
        f"{len(movies):,} movies, {written} of the most rated with their titles. Of "
        f"each movie's ten nearest, the plane keeps {kept:.0%} on average."
    )


def perplexity_panels(maps: dict, kept: dict, movies: MovieVectors):
    """The same vectors by t-SNE at several perplexities."""
    figure, panels = plt.subplots(1, len(maps), figsize=(3.1 * len(maps), 3.6))
    for axes, (perplexity, points) in zip(panels, maps.items(), strict=True):
        _scatter_genres(axes, points, movies, size=12)
        axes.set_title(f"perplexity {perplexity}, keeps {kept[perplexity]:.0%}")
        _bare(axes)
    handles, names = panels[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=7, markerscale=2)
    figure.suptitle(f"One set of vectors, {len(maps)} pictures: clumps come and go")
    shares = ", ".join(f"{share:.0%} at {p}" for p, share in kept.items())
    return figure, f"Of each movie's ten nearest, the pictures keep {shares}."


def cluster_counts(table: pd.DataFrame):
    """Inertia and silhouette against the number of clusters."""
    figure, panels = plt.subplots(1, 2, figsize=(9, 3.4))
    for axes, column, marker in zip(
        panels, ("inertia", "silhouette"), MARKERS, strict=False
    ):
        axes.plot(table["clusters"], table[column], marker=marker)
        axes.set(xlabel="number of clusters", ylabel=column)
        axes.set_xticks(table["clusters"])
    panels[1].set_ylim(0, 1.15 * max(0.01, table["silhouette"].max()))
    best = table.loc[table["silhouette"].idxmax()]
    panels[0].set_title("Inertia always falls")
    panels[1].set_title(f"Silhouette is at most {best['silhouette']:.2f}")
    return figure, (
        f"The silhouette is highest at {best['clusters']:.0f} clusters, "
        f"{best['silhouette']:.2f} where 1 is perfect separation and 0 none; at "
        f"{table['clusters'].iloc[-1]} it is {table['silhouette'].iloc[-1]:.2f}."
    )


def lift_table(clusters: Clusters, genres: list[str]):
    """Clusters × genres: how many times its usual share a genre has."""
    lift = clusters.lift[genres]
    figure, axes = plt.subplots(figsize=(9, 4.6))
    sns.heatmap(
        lift, vmin=0, vmax=4, cmap="Greys", annot=True, fmt=".1f", cbar=False, ax=axes
    )
    axes.set(xlabel="", ylabel="cluster")
    axes.set_xticks(axes.get_xticks(), genres, rotation=35, ha="right")
    axes.tick_params(axis="y", rotation=0)
    cluster, genre = lift.stack().idxmax()
    top = lift.loc[cluster, genre]
    axes.set_title(
        f"{genre} is {top:.1f} times as common in cluster {cluster} as overall"
    )
    low, high = (lift < 0.5).sum().sum(), (lift > 2).sum().sum()
    return figure, (
        f"Of {lift.size} cells, {high} show a genre at more than twice its usual "
        f"share, {low} at less than half."
    )


def purity_null(purity: Purity):
    """The share of like neighbours, and where shuffled labels put it."""
    figure, axes = plt.subplots(figsize=(8, 3.5))
    axes.hist(100 * purity.null, bins=30, color=SKY, edgecolor=BLACK, linewidth=0.5)
    axes.axvline(100 * purity.share, color=VERMILION, linestyle="--")
    axes.annotate(
        f"our vectors: {purity.share:.1%}",
        (100 * purity.share, 0.85),
        (-6, 0),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        ha="right",
    )
    axes.set(
        xlabel=f"share of the {purity.k} nearest that have a genre in common (%)",
        ylabel="shuffles",
    )
    reached = np.count_nonzero(purity.null >= purity.share)
    axes.set_title(
        f"{reached or 'None'} of {len(purity.null):,} shuffles reach our share"
    )
    return figure, (
        f"Shuffled labels give {100 * purity.null.min():.1f} to "
        f"{100 * purity.null.max():.1f} %, {100 * purity.expected:.1f} % on average; "
        f"the vectors give {100 * purity.share:.1f} %, p = {purity.p_value:.2g}."
    )


def probes(aucs: pd.DataFrame):
    """AUC a genre (rows) for each set of features (columns), the first the vectors."""
    aucs = aucs.sort_values(aucs.columns[0])
    figure, axes = plt.subplots(figsize=(8, 0.32 * len(aucs) + 1.8))
    places = np.arange(len(aucs))
    axes.hlines(places, aucs.min(axis=1), aucs.max(axis=1), color="0.8", linewidth=1)
    for column, colour, marker in zip(
        aucs, (BLUE, VERMILION, GREY), MARKERS, strict=False
    ):
        axes.scatter(aucs[column], places, color=colour, marker=marker, label=column)
    axes.axvline(0.5, color=BLACK, linewidth=1, linestyle=":")
    axes.set_yticks(places, aucs.index)
    axes.set(xlabel="AUC out of fold (0.5 is a coin, 1 is certain)")
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
    first, second = aucs.iloc[:, 0], aucs.iloc[:, 1]
    better = (first > second).sum()
    axes.set_title(f"The vectors know more of {better} of the {len(aucs)} genres")
    means = ", ".join(f"{name} {value:.2f}" for name, value in aucs.mean().items())
    return figure, (
        f"Mean AUC: {means}. Easiest for the vectors is {first.index[-1]} "
        f"({first.iloc[-1]:.2f}), hardest {first.index[0]} ({first.iloc[0]:.2f})."
    )


def stability(
    comparisons: dict[str, Stability], purities: dict[str, float], null: float
):
    """Common neighbours between runs, and the genre purity of single runs."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 2.9))
    overlaps = {name: 100 * found.overlap for name, found in comparisons.items()}
    overlaps["chance"] = 100 * next(iter(comparisons.values())).chance
    pure = {name: 100 * share for name, share in purities.items()}
    pure["shuffled labels"] = 100 * null
    for axes, bars in ((left, overlaps), (right, pure)):
        colours = [SKY] * (len(bars) - 1) + ["0.85"]
        drawn = axes.barh(
            list(bars), list(bars.values()), color=colours, edgecolor=BLACK
        )
        axes.bar_label(drawn, fmt="%.0f %%", padding=3)
        axes.invert_yaxis()
        axes.set_xlim(0, 112)
        axes.grid(axis="y", visible=False)
    most, least = (
        max(overlaps, key=overlaps.get),
        min(comparisons, key=lambda name: comparisons[name].overlap),
    )
    left.set_xlabel("the ten nearest in common (%)")
    right.set_xlabel("the ten nearest with a common genre (%)")
    left.set_title(f"Neighbours: from {overlaps[least]:.0f} to {overlaps[most]:.0f} %")
    spread = max(purities.values()) - min(purities.values())
    right.set_title(f"Genre purity: within {100 * spread:.0f} points")
    parts = ", ".join(f"{name} {share:.0f} %" for name, share in overlaps.items())
    return figure, (
        f"Neighbours in common: {parts}. Genre purity lies between "
        f"{min(purities.values()):.0%} and {max(purities.values()):.0%}, against "
        f"{null:.0%} for shuffled labels."
    )


def true_and_found(table: pd.DataFrame):
    """Genre directions of the planted world, as planted and as recovered."""
    true, found = table[["true_x", "true_y"]], table[["found_x", "found_y"]]
    # Regularization shortens what is found; one factor for all makes up for it.
    stretch = np.linalg.norm(true.to_numpy()) / np.linalg.norm(found.to_numpy())
    true, found = true.to_numpy(), stretch * found.to_numpy()
    figure, axes = plt.subplots(figsize=(8.5, 5.6))
    for start, end in zip(true, found, strict=True):
        axes.plot(*np.stack([start, end]).T, color="0.6", linewidth=1)
    axes.scatter(*true.T, s=46, facecolors="white", edgecolors=BLACK, label="planted")
    axes.scatter(*found.T, s=36, marker="^", color=VERMILION, label="recovered")
    axes.axhline(0, color="0.8", zorder=0)
    axes.axvline(0, color="0.8", zorder=0)
    axes.margins(0.14)
    axes.set(xlabel="first true axis", ylabel="second true axis")
    axes.legend()
    place_labels(axes, true, table.index, most=len(table), size=9.5)
    median = table["cosine"].median()
    axes.set_title(
        f"Genres are found where they were planted (median cosine {median:.2f})"
    )
    worst = table["cosine"].idxmin()
    return figure, (
        f"The median cosine of planted and recovered direction is {median:.2f} over "
        f"{len(table)} genres; the lowest is {table['cosine'].min():.2f}, for {worst} "
        f"with {table.loc[worst, 'movies']} movies. Recovered directions are drawn "
        f"{stretch:.1f} times as long as they are."
    )


def _scatter_genres(axes, points, movies: MovieVectors, size: float) -> None:
    """Points with a colour and a marker a genre, for the most frequent ones."""
    of_movie = pd.Series(movies.primary_genres)
    counts = of_movie[of_movie != ""].value_counts()
    shown = counts.index[:SHOWN_GENRES].tolist()
    others = ~of_movie.isin(shown)
    axes.scatter(
        *points[others].T, s=size * 0.5, color="0.75", linewidths=0, label="others"
    )
    for genre, colour, marker in zip(shown, GENRE_COLOURS, MARKERS, strict=False):
        chosen = (of_movie == genre).to_numpy()
        axes.scatter(
            *points[chosen].T,
            s=size,
            color=colour,
            marker=marker,
            alpha=0.75,
            linewidths=0,
            label=genre,
        )


def _bare(axes) -> None:
    """No ticks: the coordinates of such a map have no unit and no meaning."""
    axes.set(xticks=[], yticks=[])
    axes.margins(0.06)
    axes.grid(False)
