"""For authors: the index of questions, each with the section of a lab that answers it.

    python scripts/tools/make_questions.py

`make notebooks` does it too. Authors edit `notebooks/source/questions.md`, where
`{{05: 6. Strangers}}` becomes a link to that heading of lab 05, and a heading that the
lab does not have stops the build. The page is a notebook without code: whoever opens
the labs can open it, and its links lead to their sections.
"""

import hashlib
import re
import sys
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import quote

import nbformat
from nbformat import NotebookNode

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from atomic import write_whole
from tools.lab_source import NOTEBOOK_METADATA
from tools.labs import HEADING_OF, NOTEBOOKS, QUESTIONS, ROOT, find_lab

LINK = re.compile(r"\{\{(\d\d): (.+?)\}\}")
HEADING = re.compile(r"^# #+ (.+)$", re.MULTILINE)  # of a py:percent source


class NoSuchHeading(ValueError):
    """A question is sent to a section that its lab does not have."""


def linked(text: str, notebooks: Path = NOTEBOOKS) -> str:
    """The page's text with each marker replaced by a link to the lab's section.

    Raises `NoSuchHeading`, which names the nearest one, and `UnknownLab`.
    """

    def link(marker):
        number, heading = marker.groups()
        lab = find_lab(number, notebooks)
        there = headings(lab, notebooks)
        if there.count(heading) != 1:
            near = get_close_matches(heading, there, n=1, cutoff=0.3)
            meant = f" Is it {near[0]!r}?" if near and near[0] != heading else ""
            raise NoSuchHeading(
                f"{marker[0]} needs one heading {heading!r}, and {lab} has "
                f"{there.count(heading)}.{meant}"
            )
        return f"[lab {number}, {heading}]({lab}.ipynb#{HEADING_OF}{anchor(heading)})"

    return LINK.sub(link, text.replace("}} {{", "}} · {{"))


def headings(lab: str, notebooks: Path = NOTEBOOKS) -> list[str]:
    """The headings in a lab's source, without their hashes."""
    source = notebooks / "source" / f"{lab}.py"
    return HEADING.findall(source.read_text(encoding="utf-8"))


def anchor(heading: str) -> str:
    """What JupyterLab calls a heading: its words with hyphens.

    Raises `NoSuchHeading` for characters that a browser would quote, for JupyterLab
    looks for the quoted name and finds nothing.

    >>> anchor("4. `nn.Embedding`: a table")
    '4.-nn.Embedding:-a-table'
    """
    name = re.sub(r"[`*]", "", heading).replace(" ", "-")
    if quote(name, safe=",:;?!'&+=") != name:
        raise NoSuchHeading(f"{heading!r} cannot be linked to: link to one above it.")
    return name


def plan_questions(notebooks: Path = NOTEBOOKS) -> NotebookNode:
    """The page as a notebook, one cell per subject; ids follow from the words."""
    source = notebooks / "source" / f"{QUESTIONS}.md"
    text = linked(source.read_text(encoding="utf-8"), notebooks).strip()
    cells = [
        nbformat.v4.new_markdown_cell(
            part.strip(), id=hashlib.sha1(part.encode()).hexdigest()[:12]
        )
        for part in re.split(r"^(?=## )", text, flags=re.MULTILINE)
    ]
    return nbformat.v4.new_notebook(cells=cells, metadata=NOTEBOOK_METADATA)


def write_questions(notebooks: Path = NOTEBOOKS) -> Path:
    """Write the page beside the labs, and return its path."""
    target = notebooks / f"{QUESTIONS}.ipynb"
    notebook = plan_questions(notebooks)
    write_whole(target, f"{nbformat.writes(notebook)}\n".encode())
    return target


if __name__ == "__main__":
    print(write_questions().relative_to(ROOT))
