"""Drawings of lab 11: two ways to a Gram matrix, and vectors made equally long."""

from math import hypot

from drawings.arithmetic import number, vector
from drawings.canvas import (
    BLUE,
    GREEN,
    MARGIN,
    MUTED,
    ORANGE,
    PURPLE,
    SMALL,
    WIDTH,
    Sheet,
)

VECTORS = ((1, 2), (3, 1), (2, 2))
"""What the movies of one user are in this drawing."""

MOVIES = {"A": (4, 3), "B": (0, 4), "C": (3, 0)}


def gram(vectors) -> list[list[int]]:
    """The 2 × 2 matrix Σ v vᵀ."""
    return [[sum(v[i] * v[j] for v in vectors) for j in (0, 1)] for i in (0, 1)]


def gram_two_ways() -> Sheet:
    """Rows of products that are added up, or two thin matrices that are multiplied."""
    sheet = Sheet(372)
    total = gram(VECTORS)
    for left, hue, head in (
        (MARGIN, ORANGE, "add up rows of products"),
        (WIDTH / 2 + 12, BLUE, "gather, then multiply"),
    ):
        sheet.text(left, 74, head, bold=True, anchor="start", colour=hue)
    wide, high = 52, 30
    for k, (a, b) in enumerate(VECTORS):
        y = 96 + 36 * k
        sheet.cells(MARGIN, y, [[f"{a}", f"{b}"]], width=34, height=high, colour=GREEN)
        sheet.arrow((MARGIN + 76, y + 15), (MARGIN + 112, y + 15), colour=ORANGE)
        row = [[f"{a * a}", f"{a * b}", f"{b * b}"]]
        sheet.cells(MARGIN + 118, y, row, width=wide, height=high, colour=ORANGE)
    sums = [[f"{total[0][0]}", f"{total[0][1]}", f"{total[1][1]}"]]
    sheet.line((MARGIN + 118, 208), (MARGIN + 274, 208), colour=ORANGE)
    sheet.cells(MARGIN + 118, 216, sums, width=wide, height=high, colour=PURPLE)
    sheet.text(MARGIN + 100, 237, "sum", anchor="end", size=SMALL, colour=MUTED)
    left = WIDTH / 2 + 12
    turned = [[f"{v[k]}" for v in VECTORS] for k in (0, 1)]
    sheet.cells(left, 114, turned, width=36, height=high, colour=GREEN)
    sheet.text(left + 122, 150, "×", size=18, bold=True)
    tall = [[f"{a}", f"{b}"] for a, b in VECTORS]
    sheet.cells(left + 136, 99, tall, width=36, height=high, colour=GREEN)
    sheet.text(left + 222, 150, "=", size=18, bold=True)
    square = [[f"{x}" for x in row] for row in total]
    sheet.cells(left + 238, 114, square, width=42, height=high, colour=PURPLE)
    first, second = VECTORS[0], VECTORS[1]
    terms = " + ".join(f"{a} × {b}" for a, b in VECTORS)
    sheet.text(left, 237, f"{terms} = {total[0][1]}", anchor="start", size=14)
    sheet.line((WIDTH / 2 - 4, 62), (WIDTH / 2 - 4, 316), colour=MUTED, width=1)
    k = 50
    moved, halves = k * (k + 1) // 2, k * k
    lines = (
        (MARGIN, ORANGE, (
            f"k = {k}: for each rating, read a row of",
            f"{moved:,} numbers and add it: one addition",
            "for each number from memory.",
        )),
        (left, BLUE, (
            f"k = {k}: for each rating, read {k} numbers",
            f"and do {halves:,} multiplications: {k} for",
            "each number from memory.",
        )),
    )  # fmt: skip
    for x, hue, words in lines:
        sheet.lines(x, 274, words, size=14, anchor="start", colour=hue)
    words = f"The same matrix, from the same vectors {vector(first, 0)}, "
    words += f"{vector(second, 0)} and {vector(VECTORS[2], 0)}."
    sheet.text(MARGIN, 350, words, anchor="start", size=14)
    return sheet


def equal_lengths() -> Sheet:
    """Vectors of unlike length get one more coordinate, and are equally long."""
    sheet = Sheet(322)
    longest = max(hypot(*v) for v in MOVIES.values())
    heads = ("movie", "vector", "length", "one more coordinate", "length now")
    places = (50, 150, 262, 432, 628)
    for x, head in zip(places, heads, strict=True):
        sheet.text(x, 76, head, bold=True, colour=MUTED)
    for row, (name, v) in enumerate(MOVIES.items()):
        y, length = 96 + 58 * row, hypot(*v)
        missing = longest**2 - length**2
        sheet.text(places[0], y + 26, name, bold=True)
        sheet.box(places[1] - 44, y, 88, 40, vector(v, 0), colour=BLUE)
        sheet.text(places[2], y + 26, number(length, 0))
        rule = f"√({longest**2:.0f} − {length**2:.0f})"
        sheet.box(places[3] - 88, y, 176, 40, rule, colour=ORANGE)
        together = vector((*v, missing**0.5), 0)
        sheet.box(places[4] - 60, y, 88, 40, together, colour=PURPLE)
        now = hypot(*v, missing**0.5)
        sheet.text(places[4] + 50, y + 26, number(now, 0), bold=True)
    sheet.text(
        MARGIN, 284,
        "The user's vector gets a 0 there, so no product changes.",
        anchor="start", size=14, colour=GREEN,
    )  # fmt: skip
    sheet.text(
        MARGIN, 306,
        "Among equally long vectors the largest product is the smallest angle.",
        anchor="start", size=14,
    )  # fmt: skip
    return sheet
