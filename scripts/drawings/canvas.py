"""A sheet to draw on: boxes, cells, arrows, dots and text, written as SVG.

One palette and one letter size for all drawings. The sheet brings its own light panel,
so that a drawing reads the same on a white page and on a dark one.
"""

from html import escape
from math import atan2, cos, pi, sin

WIDTH = 720
MARGIN = 22

INK, MUTED, LINE = "#1f2430", "#545b66", "#7c838d"
BLUE, ORANGE, GREEN, PURPLE = "#005a91", "#a34300", "#00634a", "#87325f"
PAPER, WHITE, GREY, EDGE = "#faf9f5", "#ffffff", "#eae8e1", "#cbc8bf"
PALE = {
    BLUE: "#d9e9f6",
    ORANGE: "#fde4cd",
    GREEN: "#d3ede3",
    PURPLE: "#f4deea",
    INK: WHITE,
    MUTED: GREY,
}
"""The fill that goes with a colour of text and edge."""

FONTS = "system-ui, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif"
SIZE, SMALL = 15, 13


class Sheet:
    """A drawing of `height` units, `WIDTH` wide; y grows downwards, text is in units.

    The methods draw at once, each over what is there already. The title stands in the
    first 44 units, so a drawing begins below them.
    """

    def __init__(self, height: float):
        self.height = height
        self.parts: list[str] = []

    def text(
        self, x, y, words, *, size=SIZE, colour=INK, anchor="middle", bold=False
    ) -> None:
        """`words` with their baseline at y; `anchor` is start, middle or end."""
        weight = ' font-weight="bold"' if bold else ""
        side = f' text-anchor="{anchor}"' if anchor != "start" else ""
        self.parts.append(
            f'<text x="{_n(x)}" y="{_n(y)}" font-size="{size}" fill="{colour}"'
            f"{side}{weight}>{escape(words, quote=False)}</text>"
        )

    def lines(self, x, y, words, *, size=SIZE, **how) -> None:
        """Lines of text one under another, the first with its baseline at y."""
        for k, line in enumerate(words):
            self.text(x, y + 1.3 * size * k, line, size=size, **how)

    def box(
        self, x, y, width, height, words="", *, colour=INK, fill=None, edge=None,
        radius=6, dashed=False, **how,
    ) -> None:  # fmt: skip
        """A box, with one line of text or a list of lines in its middle."""
        fill, edge = fill or PALE[colour], edge or colour
        dash = ' stroke-dasharray="5 4"' if dashed else ""
        self.parts.append(
            f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}"'
            f' rx="{radius}" fill="{fill}" stroke="{edge}"{dash}/>'
        )
        words = [words] if isinstance(words, str) else words
        size = how.get("size", SIZE)
        top = y + height / 2 + 0.36 * size - 0.65 * size * (len(words) - 1)
        if any(words):
            self.lines(x + width / 2, top, words, colour=colour, **how)

    def cells(
        self, x, y, rows, *, width=44, height=30, colour=INK, marked=None, **how
    ) -> None:
        """A table of texts. `None` is a missing cell: dashed, with a question mark.

        `marked` gives some cells another colour: {(row, column): colour}.
        """
        marked = marked or {}
        for r, row in enumerate(rows):
            for c, words in enumerate(row):
                where = x + c * width, y + r * height, width, height
                hue = marked.get((r, c), colour)
                look = {"edge": EDGE, "radius": 0, "colour": hue, **how}
                if hue != colour:
                    look |= {"edge": hue, "bold": True}
                if words is None:
                    look |= {"fill": PAPER, "dashed": True, "colour": MUTED}
                self.box(*where, words or "?", **look)

    def arrow(self, *points, colour=LINE, width=2, dashed=False) -> None:
        """A line through points (x, y) that ends in a head."""
        (x0, y0), (x1, y1) = points[-2:]
        way, reach = atan2(y1 - y0, x1 - x0), 5 + 2 * width
        neck = x1 - 0.8 * reach * cos(way), y1 - 0.8 * reach * sin(way)
        self.line(*points[:-1], neck, colour=colour, width=width, dashed=dashed)
        head = [(x1, y1)]
        for side in (-1, 1):
            turn = way + pi + side * 0.42
            head.append((x1 + reach * cos(turn), y1 + reach * sin(turn)))
        self.parts.append(f'<polygon points="{_path(head)}" fill="{colour}"/>')

    def line(self, *points, colour=LINE, width=2, dashed=False, fill="none") -> None:
        """A line through points (x, y)."""
        dash = ' stroke-dasharray="5 4"' if dashed else ""
        self.parts.append(
            f'<polyline points="{_path(points)}" fill="{fill}" stroke="{colour}"'
            f' stroke-width="{_n(width)}"{dash}/>'
        )

    def dot(self, x, y, radius=6, *, colour=BLUE, filled=True) -> None:
        """A round dot, or a ring in the paper's colour."""
        self.parts.append(
            f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}"'
            f' fill="{colour if filled else PAPER}" stroke="{colour}"'
            ' stroke-width="2"/>'
        )

    def square(self, x, y, half=6, *, colour=ORANGE) -> None:
        """A pale square around (x, y), told from a filled dot without colour."""
        self.parts.append(
            f'<rect x="{_n(x - half)}" y="{_n(y - half)}" width="{_n(2 * half)}"'
            f' height="{_n(2 * half)}" fill="{PALE[colour]}" stroke="{colour}"'
            ' stroke-width="2"/>'
        )

    def lock(self, x, y, *, colour=MUTED) -> None:
        """A small padlock, 14 wide, around (x, y): this part is fixed."""
        self.parts.append(
            f'<path d="M{_n(x - 4)} {_n(y)}v-4a4 4 0 0 1 8 0v4" fill="none"'
            f' stroke="{colour}" stroke-width="2"/>'
            f'<rect x="{_n(x - 7)}" y="{_n(y)}" width="14" height="10" rx="2"'
            f' fill="{colour}"/>'
        )

    def svg(self, title: str, description: str) -> str:
        """The whole drawing as the text of an SVG file, with its title on top."""
        top = Sheet(0)
        top.text(MARGIN, 31, title, size=18, anchor="start", bold=True)
        box = f"0 0 {WIDTH} {_n(self.height)}"
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}"'
                f' width="{WIDTH}" height="{_n(self.height)}" role="img"'
                f' font-family="{FONTS}">',
                f"<title>{escape(title, quote=False)}</title>",
                f"<desc>{escape(description, quote=False)}</desc>",
                f'<rect x="0.5" y="0.5" width="{WIDTH - 1}"'
                f' height="{_n(self.height - 1)}" rx="14" fill="{PAPER}"'
                f' stroke="{EDGE}"/>',
                *top.parts,
                *self.parts,
                "</svg>\n",
            ]
        )


def _n(number: float) -> str:
    """A coordinate to one decimal: the same text on every machine."""
    return f"{round(number, 1) + 0:g}"


def _path(points) -> str:
    return " ".join(f"{_n(x)},{_n(y)}" for x, y in points)
