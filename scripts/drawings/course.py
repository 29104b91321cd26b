"""The map of the course."""

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


def course_map() -> Sheet:
    """Labs 00 to 12 in four groups, with arrows in the order of reading."""
    sheet = Sheet(446)
    wide, gap, tall = 101, 14, 80
    course = (
        ("00", "Start here", "your list"),
        ("01", "Data", "what is there?"),
        ("02", "Factors", "from scratch"),
        ("03", "Training", "one number"),
        ("04", "Vectors", "the meaning"),
        ("05", "Lists", "for people"),
    )
    beyond = (
        ("08", "Bayesian", "how sure?"),
        ("09", "Ranking", "the order"),
        ("10", "Features", "new movies"),
        ("11", "Scale", "32 M ratings"),
    )
    proof = (("06", "Exercises", "prove it"), ("07", "SVD++", "a challenge"))
    groups = (
        ("The course", BLUE, MARGIN, 84, course),
        ("Examine it", ORANGE, MARGIN, 218, proof),
        ("Go beyond", GREEN, MARGIN + 2 * (wide + gap), 218, beyond),
    )
    for name, hue, left, top, labs in groups:
        indent = 26 if labs is proof else 0  # beside the arrow that comes down there
        sheet.text(left + indent, top - 10, name, bold=True, colour=hue, anchor="start")
        for k, (lab, subject, about) in enumerate(labs):
            x = left + k * (wide + gap)
            sheet.box(x, top, wide, tall, colour=hue)
            middle = x + wide / 2
            sheet.text(middle, top + 23, lab, bold=True, colour=hue)
            sheet.text(middle, top + 44, subject, bold=True, colour=hue)
            sheet.text(middle, top + 66, about, size=SMALL)
            if k:
                sheet.arrow((x - gap + 1, top + 40), (x - 1, top + 40), width=1.5)
    turn = MARGIN + 5 * (wide + gap) + wide / 2
    start = MARGIN + 12
    sheet.arrow((turn, 165), (turn, 184), (start, 184), (start, 215), width=1.5)
    x = MARGIN + 2 * (wide + gap)
    sheet.arrow((x - gap + 1, 258), (x - 1, 258), width=1.5)
    sheet.text(MARGIN, 334, "Your turn", bold=True, colour=PURPLE, anchor="start")
    sheet.box(MARGIN, 344, WIDTH - 2 * MARGIN, 44, colour=PURPLE)
    words = "12 A project on your own data: songs, books, a shop's log"
    sheet.text(WIDTH / 2, 371, words, bold=True, colour=PURPLE)
    sheet.arrow((turn, 299), (turn, 341), width=1.5)
    sheet.text(
        MARGIN, 424,
        "One question leads through it: how far can empty cells honestly be filled?",
        anchor="start", size=14, colour=MUTED,
    )  # fmt: skip
    return sheet
