"""For instructors: the code of a submitted notebook, however it was saved."""

import ast
import codecs
import json
import re
from dataclasses import dataclass, field

# UTF-32 first: its mark begins with that of UTF-16.
MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
DEFINITION = re.compile(r"^(\s*)(?:async\s+)?(def|class)\s+(\w+)", re.MULTILINE)


class NotANotebook(ValueError):
    """The message says what the file is instead."""


@dataclass
class NotebookCode:
    """(number, source) of the code cells that are not empty, and what was odd."""

    cells: list = field(default_factory=list)
    notes: list = field(default_factory=list)

    @property
    def functions(self) -> set[str]:
        """The names of functions that the cells define at their top level."""
        return {name for name, inside in self._definitions() if not inside}

    @property
    def in_classes(self) -> dict[str, str]:
        """Functions that are defined inside a class, with the name of the class."""
        return {name: inside for name, inside in self._definitions() if inside}

    def _definitions(self):
        for _, source in self.cells:
            holder, holder_indent = "", -1
            for indent, kind, name in DEFINITION.findall(source):
                width = len(indent.replace("\n", ""))
                if width <= holder_indent:
                    holder, holder_indent = "", -1
                if kind == "class" and not holder:
                    holder, holder_indent = name, width
                elif kind == "def" and (holder or width == 0):
                    yield name, holder


def read_notebook(data: bytes) -> NotebookCode:
    """The code in a notebook's bytes. Raises `NotANotebook`."""
    if not data.strip():
        raise NotANotebook("the file is empty")
    try:
        notebook = json.loads(_text(data))
    except RecursionError:
        raise NotANotebook("it is nested too deeply") from None
    except ValueError as error:
        raise NotANotebook(f"it is not JSON ({error})") from None
    code = NotebookCode()
    place = "cell"
    for place, cell in _cells(notebook):
        if not isinstance(cell, dict):
            code.notes.append(f"{place} is not a cell of a notebook")
        elif cell.get("cell_type") == "code":
            source = _source(cell)
            if source is None:
                code.notes.append(f"{place} has no readable source")
            elif source.strip():
                code.cells.append((int(place.split()[1]), source))
    if not code.cells:
        code.notes.append("the notebook has no code")
    return code


def names_stored(source: str) -> set[str]:
    """The names that a cell would define."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.alias):
            found.add((node.asname or node.name).split(".")[0])
    return found


def _text(data):
    marked = [MARKS[mark] for mark in MARKS if data.startswith(mark)]
    encoding = marked[0] if marked else json.detect_encoding(data)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")  # an editor on Windows


def _cells(notebook):
    """("cell 1", cell), … Notebooks of format 3 keep them in worksheets."""
    if not isinstance(notebook, dict):
        raise NotANotebook("it is JSON, but not a notebook")
    cells = notebook.get("cells")
    if cells is None and isinstance(notebook.get("worksheets"), list):
        sheets = [each for each in notebook["worksheets"] if isinstance(each, dict)]
        cells = [cell for sheet in sheets for cell in sheet.get("cells") or []]
    if not isinstance(cells, list):
        raise NotANotebook("it is JSON, but has no list of cells")
    return [(f"cell {number}", cell) for number, cell in enumerate(cells, start=1)]


def _source(cell):
    """A cell's source, a string or a list of lines; None where it is neither."""
    source = cell.get("source", cell.get("input"))
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    return source.replace("\r\n", "\n") if isinstance(source, str) else None
