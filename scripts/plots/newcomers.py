"""Figures of lab 10: movies that nobody has rated. For authors."""

import matplotlib.pyplot as plt
import numpy as np

from .labels import place_labels
from .style import BLUE, GREY, VERMILION, drawn_once, looks
from .words import listed

__all__ = ["known_and_new", "two_winners"]


@drawn_once
def known_and_new(errors: dict[str, tuple[float, float]]):
    """RMSE (stars) of each model on known and on new movies, a line for each.

    errors: name → (RMSE on known movies, RMSE on new movies).

    >>> figure, sentence = known_and_new({"own rows": (0.9, 1.1), "both": (0.9, 1.0)})
    >>> figure.axes[0].get_title("left")
    'new movies: “both” has the smallest error'
    """
    figure, ax = plt.subplots(figsize=(7, 3.6))
    for (name, pair), (colour, line, marker) in zip(
        errors.items(), looks(), strict=False
    ):
        ax.plot([0, 1], pair, color=colour, ls=line, marker=marker, label=name)
    best = [min(errors, key=lambda name: errors[name][side]) for side in (0, 1)]
    ax.set_xticks([0, 1], ["known movies", "new movies"])
    ax.set_xlim(-0.2, 1.2)
    ax.set_ylabel("test RMSE (stars)")
    ax.set_title(f"new movies: “{best[1]}” has the smallest error")
    ax.legend(loc="upper left")
    sentence = (
        "A line for each model, from its error on known movies to its error on new "
        f"ones. On known movies “{best[0]}” is lowest ({errors[best[0]][0]:.3f}), on "
        f"new ones “{best[1]}” ({errors[best[1]][1]:.3f} stars)."
    )
    return figure, sentence


@drawn_once
def two_winners(found: dict[str, tuple[float, float]]):
    """Each model by two measures: does it find the watched, does it know the liked?

    found: name → (AUC of liked against disliked, NDCG@10 of watched).

    >>> figure, sentence = two_winners({"a": (0.6, 0.1), "b": (0.5, 0.3)})
    >>> figure.axes[0].get_title("left")
    'the liked: a; the watched: b'
    """
    names = list(found)
    points = np.array([found[name] for name in names])
    liked, watched = (names[i] for i in points.argmax(axis=0))
    figure, ax = plt.subplots(figsize=(7, 4))
    ax.scatter(*points.T, color=GREY, s=40)
    for name, colour in ((liked, BLUE), (watched, VERMILION)):
        ax.scatter(*found[name], color=colour, s=70, marker="s")
    ax.margins(x=0.25, y=0.15)
    ax.set_xlabel("AUC: a liked movie above one not liked")
    ax.set_ylabel("NDCG@10: watched movies in the list")
    title = f"the liked: {liked}; the watched: {watched}"
    ax.set_title(f"both: {liked}" if liked == watched else title)
    place_labels(ax, points, names, most=len(names), size=9, avoid=points)
    others = [name for name in names if name not in (liked, watched)]
    sentence = (
        "Each point is a model; further right it tells liked movies from others, "
        f"further up its lists hold what was watched. Furthest right is {liked}, "
        f"furthest up {watched}"
        + (f"; the others are {listed(others)}." if others else ".")
    )
    return figure, sentence
