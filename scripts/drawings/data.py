"""Drawings of labs 01 and 03: ids and rows, three splits, the test's drawer."""

from drawings.canvas import (
    BLUE,
    EDGE,
    GREEN,
    MARGIN,
    MUTED,
    ORANGE,
    PURPLE,
    SMALL,
    WIDTH,
    Sheet,
)

RAW_IDS = (7, 12, 40, 41, 300)


def ids_to_rows() -> Sheet:
    """Five raw ids with gaps become rows 0 to 4, and a stranger is marked."""
    sheet = Sheet(342)
    top, step = 98, 34
    sheet.text(92, 80, "raw ids", bold=True, colour=PURPLE)
    sheet.text(258, 80, "rows", bold=True, colour=BLUE)
    for row, raw in enumerate(RAW_IDS):
        y = top + step * row
        sheet.box(52, y, 80, 26, str(raw), colour=PURPLE)
        sheet.arrow((138, y + 13), (226, y + 13))
        sheet.box(232, y, 52, 26, str(row), colour=BLUE, bold=True)
    y = top + step * len(RAW_IDS) + 8
    sheet.box(52, y, 80, 26, "99", colour=PURPLE, dashed=True)
    sheet.arrow((138, y + 13), (226, y + 13), dashed=True)
    sheet.box(232, y, 52, 26, "−1", colour=ORANGE, dashed=True)
    sheet.text(168, y + 50, "99 has no training rating", size=SMALL, colour=MUTED)

    left, wide = 364, WIDTH - MARGIN - 364
    empty = max(RAW_IDS) + 1 - len(RAW_IDS)
    sheet.text(left, 112, "Raw ids used as row numbers", anchor="start", bold=True)
    sheet.box(left, 126, wide, 30, radius=2, colour=MUTED)
    for raw in RAW_IDS:
        x = left + wide * raw / (max(RAW_IDS) + 1)
        sheet.line((x + 1, 126), (x + 1, 156), colour=PURPLE, width=3)
    words = f"{max(RAW_IDS) + 1} rows, of which {empty} stay empty"
    sheet.text(left, 178, words, anchor="start", colour=MUTED)

    sheet.text(left, 232, "With the map", anchor="start", bold=True)
    sheet.cells(left, 246, [[str(row) for row in range(5)]], width=36, colour=BLUE)
    sheet.text(
        left, 298, f"{len(RAW_IDS)} rows, none of them empty",
        anchor="start", colour=MUTED,
    )  # fmt: skip
    return sheet


TIMELINES = {
    "Ana": (2, 9, 15, 24, 33, 41, 47),
    "Ben": (6, 18, 30, 44, 56, 63),
    "Cleo": (20, 30, 40, 48, 55, 62, 69, 88),
    "Dev": (78, 85, 91, 97),
}
"""Days of each user's ratings: 25 in all, so that a fifth is 5."""


def hidden_at_random() -> set[tuple[str, int]]:
    """Any fifth of the ratings; these five were picked by hand, from all over."""
    return {("Ana", 15), ("Ana", 41), ("Ben", 30), ("Cleo", 48), ("Dev", 85)}


def hidden_by_user() -> set[tuple[str, int]]:
    """The newest fifth of each user's ratings, to the nearest whole number."""
    return {
        (user, day)
        for user, days in TIMELINES.items()
        for day in days[len(days) - round(len(days) / 5) :]
    }


def hidden_by_date() -> set[tuple[str, int]]:
    """The newest fifth of all ratings."""
    all_of_them = [(day, user) for user, days in TIMELINES.items() for day in days]
    newest = sorted(all_of_them)[-(len(all_of_them) // 5) :]
    return {(user, day) for day, user in newest}


def three_splits() -> Sheet:
    """The same 25 ratings on four users' timelines, and the fifth that is hidden."""
    sheet = Sheet(326)
    panels = (
        ("random", "any 5 of 25", "can you fill a hole?", hidden_at_random()),
        ("per user in time", "each user's newest", "what will Ana say next?",
         hidden_by_user()),
        ("globally in time", "the newest of all", "what will come in next?",
         hidden_by_date()),
    )  # fmt: skip
    left, wide, top = MARGIN + 46, 196, 128
    for row, user in enumerate(TIMELINES):
        sheet.text(left - 10, top + 5 + 32 * row, user, anchor="end")
    for panel, (name, which, question, hidden) in enumerate(panels):
        x0 = left + panel * (wide + 22)
        sheet.text(x0 + wide / 2, 74, name, bold=True)
        sheet.text(x0 + wide / 2, 95, which, size=SMALL, colour=MUTED)
        for row, (user, days) in enumerate(TIMELINES.items()):
            y = top + 32 * row
            sheet.line((x0, y), (x0 + wide, y), colour=EDGE, width=1)
            for day in days:
                x = x0 + wide * day / 100
                if (user, day) in hidden:
                    sheet.square(x, y, 5)
                else:
                    sheet.dot(x, y, 4)
        if name.startswith("globally"):
            cut = min(day for _, day in hidden) - 2.5
            x = x0 + wide * cut / 100
            sheet.line((x, top - 16), (x, top + 112), colour=ORANGE, dashed=True)
        sheet.arrow((x0, top + 124), (x0 + wide, top + 124), width=1.5)
        sheet.text(x0 + wide / 2, top + 146, question, colour=ORANGE)
    sheet.text(left - 10, top + 129, "time", size=SMALL, colour=MUTED, anchor="end")
    y = 306
    sheet.dot(MARGIN + 8, y - 5, 4)
    sheet.text(MARGIN + 20, y, "learned from", anchor="start", size=14)
    sheet.square(MARGIN + 136, y - 5, 5)
    sheet.text(MARGIN + 150, y, "hidden for the test", anchor="start", size=14)
    sheet.text(
        WIDTH - MARGIN, y, "Right: Dev is cold, with nothing to learn from.",
        anchor="end", size=14,
    )  # fmt: skip
    return sheet


def drawer() -> Sheet:
    """Fit on train, choose on validation, open the drawer of the test set once."""
    sheet = Sheet(350)
    wide = WIDTH - 2 * MARGIN
    edges = [MARGIN + wide * share for share in (0, 0.72, 0.80, 1)]  # as in lab 03
    names = (("train", "72 %", BLUE), ("validate", "8 %", GREEN))
    names += (("test (drawer)", "20 %", ORANGE),)
    for (name, share, hue), x, end in zip(names, edges[:-1], edges[1:], strict=True):
        sheet.box(x, 82, end - x, 32, share, colour=hue, radius=0, bold=True)
        sheet.text((x + end) / 2, 72, name, colour=hue, size=14)

    scores = {"model A": 0.96, "model B": 0.95, "model C": 0.93}  # an example
    best = min(scores, key=scores.get)
    sheet.text(92, 158, "1. fit each", bold=True, colour=BLUE)
    sheet.text(268, 158, "2. choose", bold=True, colour=GREEN)
    for row, (name, score) in enumerate(scores.items()):
        y = 174 + 38 * row
        sheet.box(MARGIN, y, 140, 30, name, colour=BLUE)
        sheet.arrow((MARGIN + 146, y + 15), (210, y + 15))
        look = {"bold": True} if name == best else {"edge": EDGE}
        sheet.box(216, y, 104, 30, f"{score:.2f}", colour=GREEN, **look)
    sheet.text(268, 306, "RMSE on validation", size=SMALL, colour=MUTED)

    middle = 174 + 38 * list(scores).index(best) + 15
    sheet.arrow((326, middle), (372, middle), colour=GREEN)
    sheet.text(448, 158, "3. fit the winner", bold=True, colour=BLUE)
    sheet.box(378, middle - 30, 140, 60, [best, "on both parts"], colour=BLUE)
    sheet.arrow((524, middle), (570, middle), colour=ORANGE)

    sheet.text(634, 158, "4. open once", bold=True, colour=ORANGE)
    sheet.box(576, 174, 122, 134, colour=ORANGE, fill="#ffffff")
    sheet.box(586, 184, 102, 36, colour=ORANGE)
    sheet.box(586, 226, 102, 72, ["test RMSE", "0.95"], colour=ORANGE, bold=True)
    sheet.line((622, 202), (652, 202), colour=ORANGE, width=4)
    sheet.text(
        MARGIN, 334, "Whatever it says, nothing is chosen by it.", anchor="start"
    )
    return sheet
