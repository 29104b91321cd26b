"""For authors: from a lab's source, a py:percent file, to its notebooks' cells.

A source holds the solved lab. Two notebooks come from it:

- the learner's, where each region between `### BEGIN SOLUTION` and `### END SOLUTION`
  is a stub, and cells tagged `instructor` are left out;
- the solution, which keeps both.

A cell tagged `solution` is a worked answer that a learner may open and run: it is in
both notebooks, folded in the learner's. Boxes, folds and minutes are the matter of
`lab_prose`.
"""

import hashlib
import re
from collections import Counter
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

from tools.lab_prose import TIME, boxed, is_bookkeeping, minutes, said_minutes
from tools.labs import QUESTIONS

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
STUB = ("# YOUR CODE HERE", "...")
MARKER = re.compile(r"\{\{\w+:\w+")  # a text from scripts/checks: `{{hints:q05}}`
TIME_OF = re.compile(r"\{\{time:(\d\d)\}\}")  # another lab's minutes
STAMP = "latent_factor_labs"
BESIDE_LABS = re.compile(rf"\]\((images/|{QUESTIONS}\.ipynb)")

# What jupytext records so that it can turn the notebook back into text.
JUPYTEXT_NOTES = ("cell_marker", "lines_to_end_of_cell_marker", "lines_to_next_cell")

NOTEBOOK_METADATA = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
    },
}


class BadSource(ValueError):
    """A lab's source has markers that do not form pairs."""


def plan_notebook(source: Path, solution: bool = False) -> NotebookNode:
    """The notebook of `source` before it is run: cells with their ids, and the stamp.

    `solution` chooses the solution's notebook instead of the learner's. A cell's id is
    a digest of the lab's name and the learner's view of the cell, so that an edit
    changes one id, both notebooks agree, and a corrected solution changes none.
    """
    seen = Counter()
    cells = []
    read = _cells(source)
    time = said_minutes(read)
    for cell in read:
        learner = strip_solutions(cell.source, source.name)
        key = f"{source.stem}\n{cell.cell_type}\n{learner}"
        seen[key] += 1
        tags = cell.metadata.get("tags", [])
        if "instructor" in tags and not solution:
            continue
        cell.id = hashlib.sha1(f"{key}\n{seen[key]}".encode()).hexdigest()[:12]
        cell.metadata = NotebookNode(
            (name, value)
            for name, value in cell.metadata.items()
            if name not in JUPYTEXT_NOTES
        )
        if is_bookkeeping(cell) or ("solution" in tags and not solution):
            cell.metadata.setdefault("jupyter", NotebookNode())["source_hidden"] = True
        if is_bookkeeping(cell):  # the site's name for the same
            cell.metadata["tags"] = [*tags, "hide-input"]
        if not solution:
            cell.source = learner
        if cell.cell_type == "markdown":
            cell.source = cell.source.replace(TIME, time)
            cell.source = TIME_OF.sub(lambda m: _minutes_of(source, m[1]), cell.source)
            cell.source = boxed(cell.source)
            if solution:  # one folder further down
                cell.source = BESIDE_LABS.sub(r"](../\1", cell.source)
        cells.append(cell)
    stamp = {
        "source": f"notebooks/source/{source.name}",
        "sha256": source_hash(source),
        "version": "solution" if solution else "learner",
    }
    return nbformat.from_dict(
        {
            "cells": cells,
            "metadata": {**NOTEBOOK_METADATA, STAMP: stamp},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    )


def _minutes_of(source: Path, number: str) -> str:
    """The core minutes of the lab with this number, for a page that lists them all."""
    (other,) = source.parent.glob(f"{number}-*.py")
    return str(minutes(_cells(other))[0])


def strip_solutions(text: str, where: str = "the cell") -> str:
    """`text` with each solution region replaced by a stub at the region's indent.

    Raises `BadSource` where a marker lacks its partner.
    """
    kept, inside = [], False
    for line in text.split("\n"):
        marker = line.strip()
        if marker == (BEGIN if inside else END):
            raise BadSource(
                f"{where}: {marker!r} has no partner. Each {BEGIN!r} needs an {END!r} "
                "after it, before the next one begins."
            )
        if marker == BEGIN:
            indent = line[: len(line) - len(line.lstrip())]
            kept += [indent + stub for stub in STUB]
            inside = True
        elif marker == END:
            inside = False
        elif not inside:
            kept.append(line)
    if inside:
        raise BadSource(
            f"{where}: {BEGIN!r} has no partner. Add {END!r} where the solution ends."
        )
    return "\n".join(kept)


def source_hash(source: Path) -> str:
    """SHA-256 of the source's text, whatever its line endings are.

    Texts of the exercises that a marker in the source asks for are part of it.
    """
    text = source.read_text(encoding="utf-8")
    if MARKER.search(text):
        text += "\n".join(cell.source for cell in _cells(source))
    return hashlib.sha256(text.encode()).hexdigest()


def why_stale(built: NotebookNode, source: Path, solution: bool = False) -> str | None:
    """Why a built notebook no longer follows from its source; None if it does."""
    plan = plan_notebook(source, solution)
    stamp = built.metadata.get(STAMP, {})
    if any(stamp.get(name) != value for name, value in plan.metadata[STAMP].items()):
        return f"its stamp does not match {source.name} as it is now"
    if len(built.cells) != len(plan.cells):
        return (
            f"it has {len(built.cells)} cells, but its source makes {len(plan.cells)}"
        )
    pairs = zip(built.cells, plan.cells, strict=True)
    for number, (cell, planned) in enumerate(pairs):
        for name in ("id", "cell_type", "source", "metadata"):
            if cell.get(name) != planned[name]:
                return f"cell {number} was edited by hand: its {name} differs"
    return None


def _cells(source: Path) -> list[NotebookNode]:
    """The cells of the source, with the exercises' texts in place of their markers."""
    cells = jupytext.read(source, fmt="py:percent").cells
    if any(MARKER.search(cell.source) for cell in cells):
        from checks.texts import expand  # loads torch: only where a lab needs it

        for cell in cells:
            cell.source = expand(cell.source, (BEGIN, END))
    return cells
