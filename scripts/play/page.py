"""HTML for a notebook's output: a static part, and a script that takes it over.

For authors. The script of `templates/KIND.js` defines `start(root, data)`. Styles and
scripts are in the output itself, so that it works in JupyterLab, on a static page and
in a sandboxed frame alike, from a file as from a server.
"""

import json
import re
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

TEMPLATES = Path(__file__).parent / "templates"

COLOURS = {
    "blue": "#0072b2",
    "vermilion": "#d55e00",
    "green": "#009e73",
    "purple": "#c77aa4",
    "orange": "#b87b00",
    "sky": "#2f93cc",
    "grey": "#7f7f7f",
}
"""Okabe and Ito's colours, the pale ones darker: 3 to 1 on white and on #212121."""


@dataclass(frozen=True)
class Page:
    """Something that a notebook shows: `html`, and `text` where HTML is not shown."""

    html: str
    text: str

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        return {"text/plain": self.text, "text/html": self.html}

    def __repr__(self) -> str:
        return self.text


def make_page(kind: str, key: str, static: str, data: dict, text: str) -> Page:
    """A page of this `kind`: `static` HTML that `templates/KIND.js` takes over.

    key: the same in each build, another for each page of a notebook: letters, digits
    and dashes. data: goes to the script as JSON. Raises `ValueError` for another key.
    """
    if not re.fullmatch(r"[a-z0-9-]+", key):
        raise ValueError(
            f"key={key!r} cannot name a part of a page: use small letters, digits and "
            "dashes, such as 'lab04-map'."
        )
    html = (
        f'<div class="play play-{kind}" data-play="{key}" '
        'data-lm-suppress-shortcuts="true">'
        f"<style>{template('play.css')}</style>\n{static}\n"
        f'<script type="application/json">{as_json(data)}</script>\n'
        f"<script>(() => {{\n{template(f'{kind}.js')}\n"
        "const mine = '[data-play=\"" + key + "\"]:not([data-live])';\n"
        "for (const root of document.querySelectorAll(mine)) {\n"
        '  root.dataset.live = "";\n'
        "  const json = root.querySelector('script[type=\"application/json\"]');\n"
        "  start(root, JSON.parse(json.textContent));\n"
        "}\n})();</script></div>"
    )
    return Page(html, text)


@cache
def template(name: str) -> str:
    """The text of a file of `templates/`."""
    return (TEMPLATES / name).read_text(encoding="utf-8").strip()


def as_json(data) -> str:
    """JSON that may stand in a script: no `<` in it can end that script."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def table(head: list[str], rows: list[list], caption: str = "") -> str:
    """An HTML table; every cell is text, and the first of a row is its heading."""
    above = f"<caption>{escape(caption)}</caption>" if caption else ""
    names = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    lines = [
        f'<tr><th scope="row">{escape(str(first))}</th>'
        + "".join(f"<td>{escape(str(cell))}</td>" for cell in rest)
        + "</tr>"
        for first, *rest in rows
    ]
    return (
        f"<table>{above}<thead><tr>{names}</tr></thead>"
        f"<tbody>{''.join(lines)}</tbody></table>"
    )


def plain_table(head: list[str], rows: list[list]) -> str:
    """The same as text: columns padded with spaces."""
    cells = [[str(cell) for cell in row] for row in [head, *rows]]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in cells
    )
