"""Drawings of lab 10: a movie as a sum of rows, and two towers."""

from drawings.arithmetic import dot_in_words, vector
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

FEATURES = {"Crime": (0.4, -0.1), "Thriller": (0.2, 0.3), "1990s": (-0.1, 0.2)}


def feature_rows() -> Sheet:
    """A rated and an unrated movie share their features' rows; one has no own row."""
    sheet = Sheet(334)
    movies = (
        ("Heat", "rated by many", (0.3, 0.2), BLUE),
        ("new movie", "rated by nobody", (0.0, 0.0), ORANGE),
    )
    wide, step, first = 94, 117, 136
    heads = ("own row", *FEATURES, "vector q")
    for k, head in enumerate(heads):
        hue = (MUTED, GREEN, GREEN, GREEN, PURPLE)[k]
        middle = first + wide / 2 + step * k
        sheet.text(middle, 80, head, bold=True, colour=hue)
    for row, (name, by, own, hue) in enumerate(movies):
        y = 98 + 82 * row
        sheet.text(MARGIN, y + 20, name, bold=True, anchor="start", colour=hue)
        sheet.text(MARGIN, y + 40, by, size=SMALL, anchor="start", colour=MUTED)
        total = [sum(v) for v in zip(own, *FEATURES.values(), strict=True)]
        rows = [(own, hue), *((v, GREEN) for v in FEATURES.values()), (total, PURPLE)]
        for k, (values, colour) in enumerate(rows):
            x = first + step * k
            final = colour == PURPLE
            untrained = values == (0.0, 0.0)
            look = {"colour": colour, "bold": final, "dashed": untrained}
            sheet.box(x, y, wide, 44, vector(values), **look)
            if k:
                sheet.text(x - 11.5, y + 28, "=" if final else "+", size=18, bold=True)
    for k in range(3):
        middle = first + step * (k + 1) + wide / 2
        sheet.line((middle, 145), (middle, 177), colour=GREEN, width=3)
    words = "the same rows for every movie with the feature"
    sheet.text(first + 2 * step + wide / 2, 252, words, size=14, colour=GREEN)
    sheet.text(
        MARGIN, 288,
        "Ratings of one movie train its own row and its features' rows.",
        anchor="start",
    )  # fmt: skip
    sheet.text(
        MARGIN, 312,
        "So a movie that nobody has rated has a vector too: what its features say.",
        anchor="start",
    )  # fmt: skip
    return sheet


def two_towers() -> Sheet:
    """Each side becomes a vector by itself; they meet only in a dot product."""
    sheet = Sheet(392)
    user, movie = (0.6, 0.8), (0.5, 0.5)
    towers = (
        (150, "user tower", BLUE, ["row of the user", "recent ratings"], user),
        (
            WIDTH - 150,
            "movie tower",
            GREEN,
            ["row of the movie", "genres, year"],
            movie,
        ),
    )
    for x, name, hue, inputs, output in towers:
        for k, words in enumerate(inputs):
            left = x - 128 + 132 * k
            sheet.box(left, 300, 124, 32, words, colour=hue, fill="#ffffff", size=SMALL)
            sheet.arrow((left + 62, 297), (x - 40 + 80 * k, 274), colour=hue)
        sheet.line((x - 104, 272), (x - 60, 190), (x + 60, 190), (x + 104, 272),
                   (x - 104, 272), colour=hue, fill="#ffffff")  # fmt: skip
        sheet.text(x, 226, name, bold=True, colour=hue)
        sheet.text(x, 250, "sums or layers", size=SMALL, colour=MUTED)
        sheet.arrow((x, 188), (x, 166), colour=hue)
        sheet.box(x - 52, 130, 104, 32, vector(output), colour=hue, bold=True)
    sheet.box(300, 62, 120, 44, "dot product", colour=PURPLE, bold=True)
    sheet.arrow((206, 140), (296, 96), colour=BLUE)
    sheet.arrow((WIDTH - 206, 140), (424, 96), colour=GREEN)
    sheet.text(360, 152, dot_in_words(user, movie), size=14)
    sheet.text(360, 214, "The towers", size=14, colour=MUTED)
    sheet.text(360, 233, "never look at", size=14, colour=MUTED)
    sheet.text(360, 252, "each other.", size=14, colour=MUTED)
    sheet.text(150, 352, "run when the user comes", colour=BLUE, size=14)
    sheet.text(WIDTH - 150, 352, "run once for all movies, and kept", colour=GREEN,
               size=14)  # fmt: skip
    words = "To serve: one user vector meets all kept ones, the best come first."
    sheet.text(MARGIN, 378, words, anchor="start", size=14)
    return sheet
