"""Drawings of lab 02: the table and its factors, the look-up, ALS to and fro."""

from drawings.arithmetic import dot, dot_in_words, number, vector
from drawings.canvas import (
    BLUE,
    EDGE,
    GREEN,
    GREY,
    INK,
    MARGIN,
    MUTED,
    ORANGE,
    SMALL,
    Sheet,
)

MOVIES = {
    "Alien": (1.0, -0.4),
    "Die Hard": (0.8, 0.1),
    "Casa- blanca": (0.5, 0.9),
    "Notting Hill": (-0.5, 1.0),
    "Shrek": (-0.6, 0.2),
}
VIEWERS = {
    "Ana": (1.2, -0.3),
    "Ben": (0.6, 0.9),
    "Cleo": (-0.8, 1.1),
    "Dev": (-1.0, -0.5),
}
MIDDLE = 3  # of the scale


def table_and_factors() -> Sheet:
    """R with holes, and the full table that two thin tables of factors make.

    The movies and the first two viewers are those of lab 02, section 1. Every number of
    the product is computed; the missing cells of R are marked in it.
    """
    sheet = Sheet(376)
    stars = [
        [None, "4", None, "2", None],
        ["3", None, "4", None, "3"],
        ["2", None, None, "5", None],
        [None, "2", "2", None, "4"],
    ]
    left, top, wide = MARGIN + 44, 166, 47
    titles = [title.split(" ") for title in MOVIES]

    sheet.text(left + 2.5 * wide, 84, "R: what was rated", bold=True)
    for row, name in enumerate(VIEWERS):
        sheet.text(left - 8, top + 20 + 30 * row, name, anchor="end")
    for column, title in enumerate(titles):
        place = left + (column + 0.5) * wide, top - 8 - 17 * (len(title) - 1)
        sheet.lines(*place, title, size=SMALL, colour=MUTED)
    sheet.cells(left, top, stars, width=wide)

    sheet.text(left + 5 * wide + 34, top + 66, "≈ 3 +", size=18)

    left += 5 * wide + 68
    sheet.text(left + 42, top - 8, "P: viewers", colour=BLUE, bold=True)
    p = [[number(value, 1) for value in pair] for pair in VIEWERS.values()]
    sheet.cells(left, top, p, width=42, colour=BLUE)
    left += 2 * 42 + 10
    sheet.text(left - 10, 121, "Qᵀ: movies", colour=GREEN, bold=True, anchor="end")
    q = [[number(pair[f], 1) for pair in MOVIES.values()] for f in (0, 1)]
    sheet.cells(left, top - 70, q, width=wide, colour=GREEN)
    for column, title in enumerate(titles):
        place = left + (column + 0.5) * wide, top - 78 - 17 * (len(title) - 1)
        sheet.lines(*place, title, size=SMALL, colour=MUTED)

    product = [
        [number(MIDDLE + dot(p, q)) for q in MOVIES.values()] for p in VIEWERS.values()
    ]
    holes = {
        (r, c): ORANGE
        for r, row in enumerate(stars)
        for c, value in enumerate(row)
        if value is None
    }
    sheet.cells(left, top, product, width=wide, marked=holes)

    sum_ = dot_in_words(VIEWERS["Ana"], MOVIES["Alien"], MIDDLE)
    sheet.text(MARGIN, 318, f"Ana and Alien: {sum_}", anchor="start")
    sheet.text(
        MARGIN, 346,
        "3 is the middle of the scale. Orange: the cells that are missing in R.",
        anchor="start", colour=MUTED,
    )  # fmt: skip
    return sheet


def lookup() -> Sheet:
    """A one-hot vector times the table picks a row, and the look-up takes that row."""
    sheet = Sheet(310)
    table = [(0.4, -0.1), (-0.3, 0.6), (0.2, 0.2), (0.7, -0.5), (-0.6, 0.1)]
    user = 3
    rows = [[number(value, 1) for value in row] for row in table]
    hot = [["1" if row == user else "0" for row in range(len(table))]]
    marked = {(user, 0): BLUE, (user, 1): BLUE}
    top, middle = 92, 92 + 2.5 * 30

    sheet.text(MARGIN + 75, 76, "One-hot product", bold=True)
    sheet.cells(MARGIN, middle - 15, hot, width=30, marked={(0, user): BLUE})
    sheet.text(MARGIN + 75, middle + 36, "a 1 in place 3", size=SMALL, colour=MUTED)
    sheet.text(MARGIN + 168, middle + 6, "×", size=20)
    sheet.cells(MARGIN + 186, top, rows, marked=marked)
    sheet.text(MARGIN + 293, middle + 6, "=", size=20)
    result = {(0, 0): BLUE, (0, 1): BLUE}
    sheet.cells(MARGIN + 312, middle - 15, [rows[user]], marked=result)

    left = 466
    sheet.text(left + 98, 76, "Look-up", bold=True)
    sheet.box(left, top + 30 * user, 38, 30, "3", colour=BLUE, bold=True)
    sheet.arrow((left + 42, top + 105), (left + 74, top + 105), colour=BLUE)
    sheet.cells(left + 100, top, rows, marked=marked)
    for row in range(len(table)):
        place = left + 88, top + 20 + 30 * row
        colour = BLUE if row == user else MUTED
        sheet.text(*place, str(row), size=SMALL, colour=colour, bold=row == user)
    sheet.text(left + 144, top + 172, "nn.Embedding(5, 2)", size=SMALL, colour=MUTED)

    sheet.text(
        MARGIN, 290,
        f"Both give {vector(table[user])}. The look-up never touches the other rows.",
        anchor="start",
    )  # fmt: skip
    return sheet


TASTES = [[2, 1, None], [None, -1, 1], [1, None, -1]]
FIRST, PRICE = [0.5, 0.1, -0.3], 0.1


def solve(ratings, others, price: float = PRICE) -> list[float]:
    """One factor for each row of `ratings`, by ridge regression on `others`.

    Ratings are rows with `None` where a cell is missing, and the price is paid once a
    rating. The best p of a row minimizes Σ (r − p q)² + price · n p².
    """
    solved = []
    for row in ratings:
        pairs = [(r, q) for r, q in zip(row, others, strict=True) if r is not None]
        above = sum(r * q for r, q in pairs)
        solved.append(above / (sum(q * q for _, q in pairs) + price * len(pairs)))
    return solved


def objective(ratings, p, q, price: float = PRICE) -> float:
    """Squared errors, and the price of both rows, over all ratings."""
    return sum(
        (r - p[u] * q[i]) ** 2 + price * (p[u] ** 2 + q[i] ** 2)
        for u, row in enumerate(ratings)
        for i, r in enumerate(row)
        if r is not None
    )


def als() -> Sheet:
    """Solve one side, fix it, solve the other: the same sum falls at each solve."""
    sheet = Sheet(380)
    columns = [list(column) for column in zip(*TASTES, strict=True)]
    left, top = MARGIN + 42, 122
    sheet.text(left + 60, 84, "stars above the mean", size=SMALL, colour=MUTED)
    for index in range(3):
        sheet.text(left + 20 + 40 * index, top - 8, "ABC"[index], colour=GREEN)
        name = list(VIEWERS)[index]
        sheet.text(left - 8, top + 20 + 30 * index, name, anchor="end", colour=BLUE)
    shown = [[None if r is None else number(r, 0) for r in row] for row in TASTES]
    sheet.cells(left, top, shown, width=40)
    sheet.text(left + 60, top + 130, "r ≈ p × q", bold=True)
    sheet.text(left + 60, top + 152, "one factor each", size=SMALL, colour=MUTED)

    p, q = None, FIRST
    for stage in range(5):
        x = 222 + 98 * stage
        if stage % 2:
            p = solve(TASTES, q)
        elif stage:
            q = solve(columns, p)
        head = ("start", "solve P", "solve Q", "solve P", "solve Q")[stage]
        colour = MUTED if not stage else (GREEN, BLUE)[stage % 2]
        sheet.text(x + 36, 76, head, bold=True, colour=colour)
        sides = [("P", p, BLUE, top - 24), ("Q", q, GREEN, top + 94)]
        for letter, values, hue, y in sides:
            new = bool(stage) and (letter == "P") == bool(stage % 2)
            given = values is not None
            texts = [[number(v)] for v in values] if given else [[None]] * 3
            look = {"colour": hue, "bold": True} if new else {"colour": INK}
            fill = {} if new or not given else {"fill": GREY}
            sheet.cells(x, y, texts, width=72, height=28, **look, **fill)
            if given and not new:
                sheet.lock(x + 84, y + 38)
        if stage:
            value = objective(TASTES, p, q)
            sheet.text(x + 36, top + 208, number(value), bold=True)
            sheet.arrow((x - 24, 71), (x - 4, 71))
    for letter, hue, y in (("P", BLUE, top + 24), ("Q", GREEN, top + 142)):
        sheet.text(210, y, letter, bold=True, colour=hue, anchor="end")
    sheet.text(294, top + 208, "objective", colour=MUTED, anchor="end")
    sheet.line((MARGIN, top + 188), (720 - MARGIN, top + 188), colour=EDGE, width=1)
    sheet.text(
        MARGIN, 362,
        "One side is locked, so each number of the other is one small regression.",
        anchor="start", size=14,
    )  # fmt: skip
    return sheet
