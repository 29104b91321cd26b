"""Titles on a map of points, without one lying on another."""

import numpy as np
from matplotlib.patheffects import withStroke
from matplotlib.transforms import Bbox

NEAR, FAR = 5, 14  # points between a dot and its title
SIDES = [
    (gap * x, gap * y)
    for gap in (NEAR, FAR)
    for x, y in [(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1)]
]


MARKER = 4  # pixels from the middle of a marker to its edge


def place_labels(
    axes, points: np.ndarray, texts, most: int, size: float = 8, avoid=()
) -> int:
    """Write up to `most` of `texts` beside their `points` (n, 2); returns how many.

    Greedy: the first text gets the first free side of its point, the next one the first
    side that overlaps no text so far; a text without a free side is left out. So give
    the most important first, and set the title and the limits of the axes before.
    No text lies on the markers at `avoid`, (n, 2).
    """
    axes.figure.draw_without_rendering()  # so that boxes can be measured
    axes.figure.set_layout_engine("none")  # the texts to come leave it as it is
    inside = axes.get_window_extent()
    taken = [
        Bbox.from_extents(x - MARKER, y - MARKER, x + MARKER, y + MARKER)
        for x, y in (axes.transData.transform(avoid) if len(avoid) else ())
    ]
    written = 0
    for point, text in zip(points, texts, strict=True):
        if written == most:
            break
        box = _place(axes, point, text, size, taken, inside)
        if box is not None:
            taken.append(box)
            written += 1
    return written


def _place(axes, point, text, size, taken, inside) -> Bbox | None:
    """The box of the text where it has found room; None, and no text, where not."""
    note = axes.annotate(
        text, point, SIDES[0], textcoords="offset points", fontsize=size
    )
    note.set_in_layout(False)
    note.set_path_effects([withStroke(linewidth=2.2, foreground="white")])
    for x, y in SIDES:
        note.set_position((x, y))
        note.set_horizontalalignment(["right", "center", "left"][int(np.sign(x)) + 1])
        note.set_verticalalignment(["top", "center", "bottom"][int(np.sign(y)) + 1])
        box = note.get_window_extent().padded(1.5)
        fits = inside.containsx(box.x0) and inside.containsx(box.x1)
        fits = fits and inside.containsy(box.y0) and inside.containsy(box.y1)
        if fits and not box.count_overlaps(taken):
            if max(abs(x), abs(y)) > NEAR:
                axes.annotate(
                    "",
                    point,
                    (x, y),
                    textcoords="offset points",
                    arrowprops={"arrowstyle": "-", "color": "0.4", "lw": 0.6},
                )
            return box
    note.remove()
    return None
