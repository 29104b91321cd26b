"""Titles on a map of points, without one lying on another."""

import numpy as np
from matplotlib.patheffects import withStroke
from matplotlib.transforms import Bbox

from .style import PAPER

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
    side that overlaps no text so far; a text without a free side is left out, and so is
    one whose point lies under another's text. So give the most important first, and set
    the title and the limits of the axes before. No text lies on the marker of a point
    that has one already, nor on those at `avoid`, (n, 2).
    """
    axes.figure.draw_without_rendering()  # so that boxes can be measured
    axes.figure.set_layout_engine("none")  # the texts to come leave it as it is
    inside = axes.get_window_extent()
    markers = [_around(axes, point) for point in avoid]
    taken: list[Bbox] = []  # by texts, and by the lines that lead to them
    written = 0
    for point, text in zip(points, texts, strict=True):
        if written == most:
            break
        marker = _around(axes, point)
        if marker.count_overlaps(taken):
            continue
        if boxes := _place(axes, point, text, size, taken, markers, inside):
            taken += boxes
            markers.append(marker)
            written += 1
    return written


def _around(axes, point) -> Bbox:
    """The box of a point's marker, in pixels."""
    x, y = axes.transData.transform(point)
    return Bbox.from_extents(x - MARKER, y - MARKER, x + MARKER, y + MARKER)


def _place(axes, point, text, size, taken, markers, inside) -> list[Bbox]:
    """The boxes of the text and its line where it has found room; else no text."""
    note = axes.annotate(
        text, point, SIDES[0], textcoords="offset points", fontsize=size
    )
    note.set_in_layout(False)
    note.set_path_effects([withStroke(linewidth=2.2, foreground=PAPER)])
    for x, y in SIDES:
        note.set_position((x, y))
        note.set_horizontalalignment(["right", "center", "left"][int(np.sign(x)) + 1])
        note.set_verticalalignment(["top", "center", "bottom"][int(np.sign(y)) + 1])
        box = note.get_window_extent().padded(1.5)
        fits = inside.containsx(box.x0) and inside.containsx(box.x1)
        fits = fits and inside.containsy(box.y0) and inside.containsy(box.y1)
        line = _line(axes, point, (x, y)) if max(abs(x), abs(y)) > NEAR else []
        crossed = any(step.count_overlaps(taken) for step in line)
        if fits and not crossed and not box.count_overlaps(taken + markers):
            if line:
                axes.annotate(
                    "",
                    point,
                    (x, y),
                    textcoords="offset points",
                    arrowprops={"arrowstyle": "-", "color": "0.4", "lw": 0.6},
                )
            return [box, *line]
    note.remove()
    return []


def _line(axes, point, offset) -> list[Bbox]:
    """Small boxes along the line from a point to a text `offset` points away."""
    start = axes.transData.transform(point)
    steps = np.linspace(0, np.array(offset) * axes.figure.dpi / 72, 10)
    return [Bbox([start + step - 0.5, start + step + 0.5]) for step in steps]
