"""Drawings of labs 04, 05 and 09: an angle, a newcomer, a list, a ranking loss."""

from math import exp, hypot, log, log2

from drawings.arithmetic import dot, number, ridge_line
from drawings.canvas import (
    BLUE,
    EDGE,
    GREEN,
    GREY,
    INK,
    MARGIN,
    MUTED,
    ORANGE,
    PURPLE,
    SMALL,
    WIDTH,
    Sheet,
)


def cosine() -> Sheet:
    """Three arrows: the dot product prefers length, the cosine the same direction."""
    sheet = Sheet(362)
    arrows = {"A": ((3, 4), BLUE), "B": ((6, 8), GREEN), "C": ((12, 5), ORANGE)}
    x0, y0, unit = 62, 318, 27
    for step in range(1, 13):
        sheet.line((x0 + unit * step, y0), (x0 + unit * step, y0 - 8 * unit - 8),
                   colour=EDGE, width=0.5)  # fmt: skip
    for step in range(1, 9):
        sheet.line((x0, y0 - unit * step), (x0 + 12.3 * unit, y0 - unit * step),
                   colour=EDGE, width=0.5)  # fmt: skip
    sheet.line((x0, 90), (x0, y0), (x0 + 12.3 * unit, y0), colour=MUTED, width=1.5)
    for name in "CBA":
        (x, y), hue = arrows[name]
        tip = x0 + unit * x, y0 - unit * y
        sheet.arrow((x0, y0), tip, colour=hue, width=5 if name == "A" else 3)
    places = {"A": (-16, 0), "B": (16, 6), "C": (-6, -14)}
    for name, (dx, dy) in places.items():
        (x, y), hue = arrows[name]
        place = x0 + unit * x + dx, y0 - unit * y + dy
        sheet.text(*place, name, bold=True, colour=hue, size=17)
    sheet.text(x0 + 6 * unit, y0 + 24, "factor 1", size=SMALL, colour=MUTED)
    sheet.text(x0 - 8, 82, "factor 2", size=SMALL, colour=MUTED)

    left = 432
    for row, (name, (v, hue)) in enumerate(arrows.items()):
        words = f"{name} = ({v[0]}, {v[1]}), length {hypot(*v):g}"
        sheet.text(left, 84 + 23 * row, words, anchor="start", colour=hue)
    a = arrows["A"][0]
    sheet.text(left + 148, 174, "dot", bold=True)
    sheet.text(left + 226, 174, "cosine", bold=True)
    for row, name in enumerate("BC"):
        v, hue = arrows[name]
        y = 188 + 40 * row
        product, alike = dot(a, v), dot(a, v) / hypot(*a) / hypot(*v)
        sheet.text(left, y + 21, f"A and {name}", anchor="start")
        for x, text, wins in (
            (left + 112, f"{product}", name == "C"),
            (left + 190, number(alike), name == "B"),
        ):
            look = {"bold": True} if wins else {"fill": "#ffffff", "edge": EDGE}
            sheet.box(x, y, 72, 30, text, colour=hue if wins else INK, **look)
    sheet.lines(
        left, 298,
        ["Dot product: C is nearer. It is long.",
         "Cosine: B is. It points the same way."],
        anchor="start", size=14,
    )  # fmt: skip
    return sheet


RATED = {  # (tense, romantic) as in lab 02; stars, and what was expected
    "Alien": ((1.0, -0.4), 5, 3.9),
    "Die Hard": ((0.8, 0.1), 5, 3.8),
    "Casablanca": ((0.5, 0.9), 4, 4.3),
    "Notting Hill": ((-0.5, 1.0), 2, 3.5),
    "Shrek": ((-0.6, 0.2), 3, 3.6),
}
UNSEEN = {
    "Heat": ((0.9, -0.2), 3.8),
    "Amélie": ((0.0, 0.8), 4.0),
    "Jaws": ((1.0, -0.1), 3.6),
    "Up": ((-0.6, 0.5), 3.9),
}
RIDGE = 0.5


def newcomer() -> list[float]:
    """The two factors that the five ratings give by one ridge solve."""
    rows = [q for q, _, _ in RATED.values()]
    return ridge_line(
        rows, [stars - least for _, stars, least in RATED.values()], RIDGE
    )


def fold_in() -> Sheet:
    """Five ratings and the fixed rows of five movies: one solve, and a list."""
    sheet = Sheet(328)
    top = 118
    sheet.text(84, 80, "you rate five", bold=True, colour=BLUE)
    sheet.text(160, 106, "t", size=14, colour=MUTED)
    sheet.text(122, 106, "stars", size=SMALL, colour=MUTED, anchor="middle")
    sheet.text(234, 80, "Q, fixed", bold=True)
    sheet.lock(286, 73)
    rows = [
        [str(stars), number(stars - least, 1)] for _, stars, least in RATED.values()
    ]
    for row, title in enumerate(RATED):
        sheet.text(MARGIN + 82, top + 20 + 30 * row, title, anchor="end", size=SMALL)
    sheet.cells(MARGIN + 86, top, rows, width=38, colour=BLUE, size=14)
    fixed = [[number(value, 1) for value in q] for q, _, _ in RATED.values()]
    sheet.cells(197, top, fixed, width=40, fill=GREY, size=14)

    p = newcomer()
    middle = top + 75
    sheet.arrow((284, middle), (318, middle))
    sheet.text(404, 80, "one ridge solve", bold=True, colour=PURPLE)
    sheet.lines(404, 134, ["p = (QᵀQ + λI)⁻¹ Qᵀt"], size=SMALL, colour=PURPLE)
    words = "you, in a moment:", f"p = ({number(p[0])}, {number(p[1])})"
    sheet.box(324, 150, 160, 86, words, colour=PURPLE, size=14)
    sheet.text(404, 258, "no training, λ = 0.5", size=SMALL, colour=MUTED)
    sheet.arrow((490, middle), (524, middle))

    sheet.text(614, 80, "your list", bold=True, colour=GREEN)
    sheet.text(614, 106, "expected + p · q", size=SMALL, colour=MUTED)
    scores = {title: least + dot(p, q) for title, (q, least) in UNSEEN.items()}
    for rank, title in enumerate(sorted(scores, key=scores.get, reverse=True)):
        y = top + 38 * rank
        sheet.box(530, y, 168, 30, colour=GREEN, fill=None if rank < 3 else "#ffffff",
                  edge=GREEN if rank < 3 else EDGE)  # fmt: skip
        sheet.text(544, y + 20, f"{rank + 1}. {title}", anchor="start")
        sheet.text(686, y + 20, number(scores[title]), anchor="end", bold=rank < 3)
    sheet.text(
        MARGIN, 308,
        "t: your stars less the stars expected of that movie. Nobody else's row moves.",
        anchor="start", size=14,
    )  # fmt: skip
    return sheet


HITS, RELEVANT = (True, False, True, False, False), 3


def ndcg() -> Sheet:
    """A list of five with hits at ranks 1 and 3, its NDCG, precision and recall."""
    sheet = Sheet(366)
    worth = [1 / log2(rank + 1) for rank in range(1, len(HITS) + 1)]
    best = [rank < RELEVANT for rank in range(len(HITS))]
    top, step = 110, 36
    columns = (("the list", HITS, BLUE, 60), ("a perfect list", best, GREEN, 470))
    sheet.text(372, 76, "worth of a hit", bold=True)
    sheet.text(372, 96, "1 / log₂(rank + 1)", size=SMALL, colour=MUTED)
    gains = []
    for name, hits, hue, x in columns:
        sheet.text(x + 105, 76, name, bold=True, colour=hue)
        sheet.text(x + 174, 96, "earns", size=SMALL, colour=MUTED)
        for rank, hit in enumerate(hits):
            y = top + step * rank
            look = {"bold": True} if hit else {"edge": EDGE, "fill": "#ffffff"}
            words = "✓ relevant" if hit else "not relevant"
            sheet.box(x, y, 136, 30, words, colour=hue if hit else MUTED, **look)
            earned = number(worth[rank], 3) if hit else "0"
            sheet.text(x + 174, y + 20, earned, bold=hit)
        gains.append(sum(w for w, hit in zip(worth, hits, strict=True) if hit))
        y = top + step * len(hits) + 16
        sheet.text(x + 174, y, number(gains[-1], 3), bold=True, colour=hue)
        sheet.text(x + 136, y, "sum", anchor="end", colour=hue)
    for rank, value in enumerate(worth):
        y = top + step * rank
        sheet.text(48, y + 20, str(rank + 1), anchor="end", colour=MUTED)
        sheet.text(352, y + 20, number(value, 3), anchor="end", colour=PURPLE)
        sheet.box(360, y + 4, 76 * value, 22, radius=0, colour=PURPLE)
    y = 340
    mine, ideal = (number(gain, 3) for gain in gains)
    sheet.text(MARGIN, y, f"NDCG: {mine} / {ideal} = {number(gains[0] / gains[1])}",
               anchor="start", bold=True)  # fmt: skip
    n = sum(HITS)
    sheet.text(300, y, f"precision: {n} / {len(HITS)} = {number(n / len(HITS))}",
               anchor="start")  # fmt: skip
    sheet.text(WIDTH - MARGIN, y, f"recall: {n} / {RELEVANT} = {number(n / RELEVANT)}",
               anchor="end")  # fmt: skip
    return sheet


PAIRS = (("order right", 1.2, 0.4, GREEN), ("order wrong", 0.3, 1.0, ORANGE))


def pair_loss(liked: float, unseen: float) -> tuple[float, float]:
    """`(−ln σ(d), 1 − σ(d))` of the difference of scores d: the loss and its push."""
    sigmoid = 1 / (1 + exp(unseen - liked))
    return -log(sigmoid), 1 - sigmoid


def ranking_loss() -> Sheet:
    """Two pairs on a scale of scores: the wrong order costs more and is pushed more."""
    sheet = Sheet(360)
    for panel, (name, liked, unseen, hue) in enumerate(PAIRS):
        x, wide = MARGIN + 350 * panel, 326
        loss, push = pair_loss(liked, unseen)
        sheet.box(x, 58, wide, 234, colour=hue, fill="#ffffff", radius=10)
        sheet.text(x + wide / 2, 84, name, bold=True, colour=hue)
        base, high = 262, 112
        sheet.arrow((x + 46, base), (x + 46, 98), colour=MUTED, width=1.5)
        sheet.text(x + 46, 280, "score", size=SMALL, colour=MUTED)
        for tick in (0, 0.5, 1.0):
            y = base - high * tick
            sheet.line((x + 42, y), (x + 50, y), colour=MUTED, width=1.5)
            sheet.text(x + 37, y + 5, number(tick, 1), size=SMALL, colour=MUTED,
                       anchor="end")  # fmt: skip
        for place, score, words, way in (
            (x + 78, liked, "liked", -1), (x + 132, unseen, "unseen", 1)
        ):  # fmt: skip
            y = base - high * score
            sheet.line((x + 54, y), (place, y), colour=EDGE, width=1)
            colour = BLUE if words == "liked" else PURPLE
            if words == "liked":
                sheet.dot(place, y, 7, colour=colour)
            else:
                sheet.square(place, y, 6, colour=colour)
            sheet.arrow((place + 17, y), (place + 17, y + way * (8 + 60 * push)),
                        colour=colour, width=3)  # fmt: skip
            sheet.text(place + 4, y - way * 22 + (4 if way > 0 else 6),
                       words, size=14, colour=colour)  # fmt: skip
        left = x + 168
        words = f"x = {number(liked, 1)} − {number(unseen, 1)}"
        words += f" = {number(liked - unseen, 1)}"
        losses = f"loss: {number(loss)}", f"push: {number(push)}"
        sheet.lines(left, 142, [words, *losses], anchor="start", size=14)
    sheet.text(
        MARGIN, 318, "loss = −log σ(x), where x is the liked score less the unseen one",
        anchor="start", size=14,
    )  # fmt: skip
    sheet.text(
        MARGIN, 342, "push = 1 − σ(x): liked goes up by it, unseen down. "
        "Stars are not asked for.",
        anchor="start", size=14, colour=MUTED,
    )  # fmt: skip
    return sheet
