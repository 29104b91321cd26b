"""Lab 02: a viewer's arrow to drag, and the stars that follow from it."""

import math

from .page import COLOURS, Page, make_page, plain_table, table

SIZE = 400  # of the picture, in pixels


def drag_viewer(
    movies: dict[str, tuple[float, float]],
    start: tuple[float, float],
    axes: tuple[str, str],
    key: str,
    middle: float = 3.0,
    reach: float = 1.5,
) -> Page:
    """Movies as fixed arrows on two factors, and a viewer's arrow that can be moved.

    movies: title → its two factors; start: the viewer's; axes: the factors' names. The
    predicted stars are `middle` + viewer · movie, computed in the browser at each move.
    Both axes run from -`reach` to `reach`. key: names this page, see `make_page`.
    Raises `ValueError` for an arrow that is not two numbers within reach.

    >>> drag_viewer({"Jaws": (1.0, 0.2)}, (0.5, 1.0), ("tense", "romantic"), "jaws")
    movie  tense  romantic  stars
    Jaws   1.00   0.20      3.70
    """
    for name, arrow in [*movies.items(), ("the viewer", start)]:
        if len(arrow) != 2 or not all(abs(x) <= reach for x in arrow):
            raise ValueError(
                f"The arrow of {name} is {arrow}, but must be two numbers from "
                f"{-reach:g} to {reach:g}: give a larger reach, or shorter arrows."
            )
    head = ["movie", *axes, "stars"]
    rows = [
        [title, f"{x:.2f}", f"{y:.2f}", f"{predicted_stars(start, (x, y), middle):.2f}"]
        for title, (x, y) in movies.items()
    ]
    where = f"The viewer: {start[0]:.2f} {axes[0]}, {start[1]:.2f} {axes[1]}"
    static = (
        f'<div class="columns"><div class="picture">{_arrows(movies, start, reach)}'
        f'</div><div class="numbers">{table(head, rows, caption=where)}</div></div>'
    )
    data = {
        "movies": [[title, *map(float, place)] for title, place in movies.items()],
        "start": [*map(float, start)],
        "axes": list(axes),
        "middle": middle,
        "reach": reach,
        "size": SIZE,
        "colours": COLOURS,
    }
    return make_page("viewer", key, static, data, plain_table(head, rows))


def predicted_stars(viewer, movie, middle: float = 3.0) -> float:
    """`middle` + viewer · movie: stars, neither rounded nor cut at the scale's ends.

    >>> predicted_stars((0.5, 1.0), (1.0, 0.25))
    3.75
    """
    return middle + math.fsum(p * q for p, q in zip(viewer, movie, strict=True))


def _arrows(movies, start, reach) -> str:
    """The picture without a script: lines from the origin, and no text in it.

    Where a notebook is not trusted its pictures are dropped, and text would remain.
    """
    half = SIZE / 2

    def line(place, colour, width) -> str:
        x, y = half + half * place[0] / reach, half - half * place[1] / reach
        return (
            f'<line x1="{half:g}" y1="{half:g}" x2="{x:.1f}" y2="{y:.1f}" '
            f'stroke="{colour}" stroke-width="{width}"/>'
        )

    lines = [line(place, COLOURS["grey"], 2) for place in movies.values()]
    lines.append(line(start, COLOURS["vermilion"], 4))
    return (
        f'<svg viewBox="0 0 {SIZE} {SIZE}" width="{SIZE}" height="{SIZE}" role="img" '
        'aria-label="Arrows of the movies and of the viewer; the table has their '
        f'numbers">{"".join(lines)}</svg>'
    )
