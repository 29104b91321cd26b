"""Figures of lab 04: what the factors learned. For authors."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from scipy.stats import spearmanr

from embeddings import Clusters, MovieVectors

from .labels import place_labels
from .style import BLACK, BLUE, GREEN, MARKERS, ORANGE, PURPLE, VERMILION, drawn_once
from .words import counted, listed

GENRE_COLOURS = (BLUE, VERMILION, GREEN, ORANGE, PURPLE, BLACK)
SHOWN_GENRES = len(GENRE_COLOURS)


@drawn_once
def norm_and_popularity(movies: MovieVectors):
    """Length of a movie's vector against its number of ratings.

    >>> table = pd.DataFrame({"item_id": range(3), "genres": ""})
    >>> movies = MovieVectors(np.diag([1.0, 2, 3]), table, np.array([5, 10, 90]))
    >>> figure, sentence = norm_and_popularity(movies)
    >>> figure.axes[0].get_title("left")
    'Known movies have longer vectors (rank correlation 1.00)'
    """
    rho = _rank_correlation(movies.counts, movies.norms)
    figure, axes = plt.subplots(figsize=(7, 3.8))
    axes.scatter(movies.counts, movies.norms, s=6, color=BLUE, alpha=0.6, linewidths=0)
    axes.set_xscale("log")
    axes.set(xlabel="ratings of the movie (log scale)", ylabel="length of its vector")
    which = "longer" if rho >= 0.1 else "shorter" if rho <= -0.1 else "equally long"
    axes.set_title(f"Known movies have {which} vectors (rank correlation {rho:.2f})")
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
    """The main axis of a zero-filled matrix and of our model, against popularity.

    All three have shape (n_items,): two coordinates, and the number of ratings.

    >>> counts = np.array([3, 8, 20, 60, 200])
    >>> figure, _ = first_axes_and_popularity(-counts, counts[[3, 0, 4, 1, 2]], counts)
    >>> figure.get_suptitle()
    'Popularity is the main axis of the left one, hardly of the right one'
    """
    figure, panels = plt.subplots(1, 2, figsize=(9, 3.3))
    rhos = []
    names = ("missing filled with zeros", "our model, with biases")
    for axes, scores, name in zip(panels, (zero_filled, of_model), names, strict=True):
        rhos.append(abs(_rank_correlation(counts, scores)))
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


def _rank_correlation(x, y) -> float:
    """Spearman's; 0 where all of one side are equal, for then no order is shared."""
    return spearmanr(x, y).statistic if np.ptp(x) and np.ptp(y) else 0.0


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

    >>> table = {"item_id": [1, 2], "title": ["A", "B"], "year": 1990, "genres": "War"}
    >>> movies = MovieVectors(np.eye(2), pd.DataFrame(table), np.array([9, 5]))
    >>> figure, sentence = movie_map(np.eye(2), movies, kept=1, name="PCA")
    >>> figure.axes[0].get_title("left")
    'PCA: two dimensions keep 100% of the nearest neighbours'
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
        f"{counted(len(movies), 'movie')}, {written} of the most rated with a ring "
        f"and a title. Of each movie's nearest neighbours, the plane keeps {kept:.0%} "
        "on average."
    )


@drawn_once
def perplexity_panels(maps: dict, kept: dict, movies: MovieVectors):
    """The same vectors by t-SNE at several perplexities.

    maps: perplexity → points (n, 2); kept: perplexity → share of neighbours kept.

    >>> table = pd.DataFrame({"item_id": [1, 2], "genres": ["War", "Drama"]})
    >>> movies = MovieVectors(np.eye(2), table, np.array([9, 5]))
    >>> maps = {5: np.eye(2), 30: np.eye(2)}
    >>> figure, _ = perplexity_panels(maps, {5: 0.25, 30: 0.35}, movies)
    >>> figure.get_suptitle()
    'One set of vectors, 2 pictures: 25% to 35% of the neighbours are kept'
    """
    figure, panels = plt.subplots(
        1, len(maps), figsize=(max(9.3, 3.1 * len(maps)), 3.6), squeeze=False
    )
    for axes, (perplexity, points) in zip(panels[0], maps.items(), strict=True):
        _scatter_genres(axes, points, movies, size=12)
        axes.set_title(f"perplexity {perplexity}, keeps {kept[perplexity]:.0%}")
        _bare(axes)
    handles, names = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=7, markerscale=2)
    least, most = (f"{share:.0%}" for share in (min(kept.values()), max(kept.values())))
    span = least if least == most else f"{least} to {most}"
    figure.suptitle(
        f"One set of vectors, {counted(len(maps), 'picture')}: {span} of the "
        "neighbours are kept"
    )
    shares = listed([f"{share:.0%} at {p}" for p, share in kept.items()])
    return figure, (
        f"Of each movie's nearest neighbours, the share kept by perplexity is {shares}."
    )


@drawn_once
def cluster_counts(table: pd.DataFrame):
    """Inertia and silhouette against the number of clusters.

    >>> rows = {"clusters": [2, 4], "inertia": [9.0, 5.0], "silhouette": [0.1, 0.2]}
    >>> figure, sentence = cluster_counts(pd.DataFrame(rows))
    >>> [axes.get_title("left") for axes in figure.axes]
    ['Inertia falls at each step', 'Silhouette is at most 0.20']
    """
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
        f"Inertia {'falls at each step' if falls else 'does not always fall'}"
        if len(table) > 1
        else f"Inertia is {table['inertia'].iloc[0]:.1f}"
    )
    panels[1].set_title(f"Silhouette is at most {best['silhouette']:.2f}")
    return figure, (
        f"The silhouette is highest at {best['clusters']:.0f} clusters, "
        f"{best['silhouette']:.2f} where 1 is perfect separation and 0 none; at "
        f"{table['clusters'].iloc[-1]} it is {table['silhouette'].iloc[-1]:.2f}."
    )


@drawn_once
def lift_table(clusters: Clusters, genres: list[str]):
    """Clusters × genres: how many times its usual share a genre has.

    >>> lift = pd.DataFrame({"War": [3.0, 0.4], "Drama": [1.0, 1.5]})
    >>> figure, sentence = lift_table(Clusters([], None, lift, 0), ["War", "Drama"])
    >>> print(sentence)  # doctest: +NORMALIZE_WHITESPACE
    Of 4 cells, 1 show a genre at more than twice its usual share,
    1 at less than half.
    """
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
        f"Of {counted(lift.size, 'cell')}, {high} show a genre at more than twice its "
        f"usual share, {low} at less than half."
    )


def _scatter_genres(axes, points, movies: MovieVectors, size: float) -> None:
    """Points with one colour and marker per genre, for the most frequent ones."""
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
