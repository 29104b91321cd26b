"""Figures of lab 04: what the factors learned."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from scipy.stats import spearmanr

from embeddings import Clusters, MovieVectors

from .labels import place_labels
from .style import BLACK, BLUE, GREEN, MARKERS, ORANGE, PURPLE, VERMILION, drawn_once

GENRE_COLOURS = (BLUE, VERMILION, GREEN, ORANGE, PURPLE, BLACK)
SHOWN_GENRES = len(GENRE_COLOURS)


@drawn_once
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


@drawn_once
def first_axes_and_popularity(zero_filled, of_model, counts):
    """The main axis of a zero-filled matrix and of our model, against popularity."""
    figure, panels = plt.subplots(1, 2, figsize=(9, 3.3))
    rhos = []
    names = ("missing filled with zeros", "our model, with biases")
    for axes, scores, name in zip(panels, (zero_filled, of_model), names, strict=True):
        rhos.append(abs(spearmanr(counts, scores).statistic))
        axes.scatter(counts, scores, s=6, color=BLUE, alpha=0.6, linewidths=0)
        axes.set_xscale("log")
        axes.set(xlabel="ratings of the movie (log scale)", ylabel="main coordinate")
        axes.set_title(f"{name}: |correlation| {rhos[-1]:.2f}")
    figure.suptitle(_whose_axis(rhos))
    return figure, (
        "The rank correlation of the first coordinate and the number of ratings is, "
        f"without its sign, {rhos[0]:.2f} where missing ratings count as zeros and "
        f"{rhos[1]:.2f} in the model with biases."
    )


def _whose_axis(rhos) -> str:
    """What two |correlations| with popularity say of two main axes."""
    left, right = (
        "fully" if rho > 0.8 else "partly" if rho >= 0.3 else "hardly" for rho in rhos
    )
    first = "" if left == "fully" else f"{left} "
    if left == right:
        return f"Popularity is {first}the main axis of both"
    return (
        f"Popularity is {first}the main axis of the left one, {right} of the right one"
    )


@drawn_once
def movie_map(points, movies: MovieVectors, kept: float, name: str, n_labels: int = 20):
    """Movies on a plane by primary genre, the most rated ones with their titles.

    points: (n, 2); kept: the share of neighbours that the plane keeps. A titled movie
    has a ring, for its title may lie over the markers of others.
    """
    figure, axes = plt.subplots(figsize=(8.8, 6.0))
    _scatter_genres(axes, points, movies, size=26)
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1), title="rarest genre")
    _bare(axes)
    axes.set_title(f"{name}: two dimensions keep {kept:.0%} of the nearest neighbours")
    order = np.argsort(-movies.counts, kind="stable")
    written = place_labels(axes, points[order], movies.labels[order], most=n_labels)
    titled = np.array([note.xy for note in axes.texts if note.get_text()])
    axes.scatter(*titled.reshape(-1, 2).T, s=58, facecolors="none", edgecolors=BLACK)
    return figure, (
        f"{len(movies):,} movies, {written} of the most rated with a ring and their "
        f"titles. Of each movie's nearest neighbours, the plane keeps {kept:.0%} on "
        "average."
    )


@drawn_once
def perplexity_panels(maps: dict, kept: dict, movies: MovieVectors):
    """The same vectors by t-SNE at several perplexities."""
    figure, panels = plt.subplots(
        1, len(maps), figsize=(max(9.3, 3.1 * len(maps)), 3.6), squeeze=False
    )
    for axes, (perplexity, points) in zip(panels[0], maps.items(), strict=True):
        _scatter_genres(axes, points, movies, size=12)
        axes.set_title(f"perplexity {perplexity}, keeps {kept[perplexity]:.0%}")
        _bare(axes)
    handles, names = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=7, markerscale=2)
    pictures = "1 picture" if len(maps) == 1 else f"{len(maps)} pictures"
    least, most = (f"{share:.0%}" for share in (min(kept.values()), max(kept.values())))
    span = least if least == most else f"{least} to {most}"
    figure.suptitle(
        f"One set of vectors, {pictures}: {span} of the neighbours are kept"
    )
    shares = ", ".join(f"{share:.0%} at {p}" for p, share in kept.items())
    return figure, (
        f"Of each movie's nearest neighbours, the share kept by perplexity is {shares}."
    )


@drawn_once
def cluster_counts(table: pd.DataFrame):
    """Inertia and silhouette against the number of clusters."""
    table = table.sort_values("clusters")
    figure, panels = plt.subplots(1, 2, figsize=(9, 3.4))
    for axes, column, marker in zip(
        panels, ("inertia", "silhouette"), MARKERS, strict=False
    ):
        axes.plot(table["clusters"], table[column], marker=marker)
        axes.set(xlabel="number of clusters", ylabel=column)
        axes.set_xticks(table["clusters"])
    panels[1].set_ylim(0, 1.15 * max(0.01, table["silhouette"].max()))
    best = table.loc[table["silhouette"].idxmax()]
    falls = (table["inertia"].diff().dropna() < 0).all()
    panels[0].set_title(
        f"Inertia {'always falls' if falls else 'does not always fall'}"
    )
    panels[1].set_title(f"Silhouette is at most {best['silhouette']:.2f}")
    return figure, (
        f"The silhouette is highest at {best['clusters']:.0f} clusters, "
        f"{best['silhouette']:.2f} where 1 is perfect separation and 0 none; at "
        f"{table['clusters'].iloc[-1]} it is {table['silhouette'].iloc[-1]:.2f}."
    )


@drawn_once
def lift_table(clusters: Clusters, genres: list[str]):
    """Clusters × genres: how many times its usual share a genre has."""
    lift = clusters.lift[genres]
    figure, axes = plt.subplots(figsize=(9, 4.6))
    sns.heatmap(
        lift, vmin=0, vmax=4, cmap="Greys", annot=True, fmt=".1f", cbar=False, ax=axes
    )
    for digits, value in zip(axes.texts, lift.to_numpy().ravel(), strict=True):
        digits.set_color("white" if value > 2.5 else BLACK)
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
