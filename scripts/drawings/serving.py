"""Drawings of lab 12: what a saved recommender holds, and a newcomer near the crowd."""

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


def recommender_file() -> Sheet:
    """Vectors, ids, titles and ratings go into one file; a raw id gets titles back."""
    sheet = Sheet(330)
    kept = (
        ("vectors of users and items", BLUE),
        ("ids, in the order of the rows", GREEN),
        ("titles", GREEN),
        ("ratings: what not to show again", ORANGE),
    )
    sheet.text(150, 78, "in the notebook", bold=True, colour=MUTED)
    sheet.text(WIDTH - 140, 78, "in another process", bold=True, colour=MUTED)
    for k, (words, hue) in enumerate(kept):
        y = 96 + 44 * k
        sheet.box(MARGIN, y, 250, 32, words, colour=hue, size=14)
        sheet.arrow((276, y + 16), (314, 150 + 16 * k), colour=hue)
    sheet.box(318, 114, 130, 116, colour=PURPLE)
    sheet.lines(
        383, 148, ["one file:", "format, hash,", "numbers, texts,", "no code"],
        size=14, colour=PURPLE,
    )  # fmt: skip
    sheet.box(WIDTH - 230, 96, 180, 32, "raw id: emma.017", colour=BLUE, size=14)
    sheet.arrow((WIDTH - 140, 130), (WIDTH - 140, 154))
    sheet.box(WIDTH - 230, 158, 180, 32, "row, vector, scores", size=14)
    sheet.arrow((WIDTH - 140, 192), (WIDTH - 140, 216))
    sheet.box(WIDTH - 230, 220, 180, 32, "ten titles", colour=GREEN, bold=True)
    sheet.arrow((451, 172), (486, 172), colour=PURPLE)
    sheet.text(
        MARGIN, 300, "Vectors without their ids are nobody's: row 17 has no name.",
        anchor="start",
    )  # fmt: skip
    return sheet


def newcomer_and_crowd() -> Sheet:
    """One number of a newcomer: at the crowd's mean first, at the ratings' own last."""
    sheet = Sheet(300)
    mean, own, price = 0.2, 1.0, 4
    left, right = 130, WIDTH - 90

    def place(value):
        return left + (right - left) * value

    for value, words, hue in (
        (mean, f"crowd, m = {mean:.1f}", BLUE),
        (own, f"ratings alone, {own:.1f}", ORANGE),
    ):
        x = place(value)
        sheet.line((x, 92), (x, 250), colour=hue, dashed=True)
        sheet.text(x, 80, words, colour=hue, bold=True, size=14)
    for k, n in enumerate((0, 1, 4, 20)):
        y = 118 + 38 * k
        value = (n * own + price * mean) / (n + price)
        word = "rating" if n == 1 else "ratings"
        sheet.text(MARGIN, y + 5, f"{n} {word}", anchor="start", size=14)
        sheet.line((place(mean), y), (place(value), y), colour=PURPLE, width=3)
        sheet.dot(place(value), y, colour=PURPLE)
        shown = f"{value:.2f}"
        sheet.text(place(value) + 12, y + 5, shown, anchor="start", size=SMALL)
    words = f"x = (n × {own:.1f} + {price} × {mean:.1f}) / (n + {price})"
    sheet.text(MARGIN, 282, words, anchor="start")
    return sheet
