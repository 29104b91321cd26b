"""For authors: build the notebooks from their sources, `make notebooks`.

A learner's notebook, in `notebooks/`, has stubs for its exercises and no output that
would settle a guess. Its solved twin in `notebooks/solutions/` is executed in a fresh
kernel on ML-100K and keeps its outputs; it is replaced only by a complete one: a cell
that raises, a visible warning or a machine's path in an output stops the build. After
all labs come the instructor's guide and the index of questions.

    python scripts/tools/build_notebooks.py --only 03
    python scripts/tools/build_notebooks.py --words
    python scripts/tools/build_notebooks.py --check
"""

import argparse
import re
import sys
from pathlib import Path

import nbformat
from nbformat import NotebookNode

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from atomic import CannotWrite, check_writable, writing
from tools.figures import PNG, describe_figures, shrink_figures
from tools.kernels import CellFailed, run_notebook
from tools.lab_source import STAMP, BadSource, plan_notebook, why_stale
from tools.labs import NOTEBOOKS, ROOT, UnknownLab, selected_labs
from tools.make_questions import NoSuchHeading, write_questions

DATASET = "100k"  # what committed outputs come from
LARGEST = 1_000_000  # bytes of a notebook with its outputs

MACHINE_PATH = re.compile(
    r"(?<![\w.])(/(home|Users|root|tmp|private|work|opt|mnt|media)/\w[^\s'\"]*"
    r"|[A-Za-z]:\\Users\\[^\s'\"]*)"
)
SHOWS = re.compile(r"^plt\.show\(\)", re.MULTILINE)  # indented, it may depend on data
ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{6,}")


class BadNotebook(ValueError):
    """An executed notebook holds what must not be committed."""


STOPS = (BadNotebook, BadSource, CannotWrite, CellFailed, NoSuchHeading, UnknownLab)


def build_lab(
    lab: str, notebooks: Path = NOTEBOOKS, dataset: str = DATASET, words: bool = False
) -> list[Path]:
    """Build one lab's two notebooks, the solved one executed on `dataset`.

    `words`: where no code has changed, keep the outputs and run nothing. Returns their
    paths, the learner's first. Raises `CellFailed`, `BadSource` or `BadNotebook`; the
    old notebooks then stay.
    """
    (_, learner), (_, solved) = targets(lab, notebooks)
    source = notebooks / "source" / f"{lab}.py"
    notebook = plan_notebook(source, solution=True)
    solved.parent.mkdir(exist_ok=True)
    name = solved.relative_to(notebooks.parent)
    if words and keep_outputs(notebook, solved):
        write_notebook(notebook, solved)
        write_notebook(plan_notebook(source), learner)
        return [learner, solved]
    try:
        run = run_notebook(notebook, solved.parent, {"MOVIELENS_DATASET": dataset})
    except CellFailed as error:
        raise CellFailed(f"{name}: {error}") from None
    shrink_figures(notebook)
    describe_figures(notebook)
    notebook.metadata[STAMP].update(dataset=dataset, seconds=round(run.seconds))
    if found := problems(notebook):
        listed = "\n".join(f"  {problem}" for problem in found)
        raise BadNotebook(f"{name}:\n{listed}")
    write_notebook(notebook, solved)
    write_notebook(plan_notebook(source), learner)
    return [learner, solved]


def keep_outputs(notebook: NotebookNode, built: Path) -> bool:
    """Give a planned notebook the outputs of the one built before, if the code agrees.

    Returns whether that was possible: the same code in the same order.
    """
    if not built.exists():
        return False
    old = nbformat.read(built, as_version=4)
    pair = [[c for c in n.cells if c.cell_type == "code"] for n in (notebook, old)]
    if [cell.source for cell in pair[0]] != [cell.source for cell in pair[1]]:
        return False
    for cell, before in zip(*pair, strict=True):
        cell.outputs, cell.execution_count = before.outputs, before.execution_count
    describe_figures(notebook)
    notebook.metadata[STAMP] = {**old.metadata[STAMP], **notebook.metadata[STAMP]}
    return True


def targets(lab: str, notebooks: Path = NOTEBOOKS) -> list[tuple[bool, Path]]:
    """`(is the solution, path)` of each notebook that the lab's source makes."""
    return [
        (False, notebooks / f"{lab}.ipynb"),
        (True, notebooks / "solutions" / f"{lab}.ipynb"),
    ]


def problems(notebook: NotebookNode) -> list[str]:
    """Sentences on what an executed notebook shows but should not."""
    found = []
    if "widgets" in notebook.metadata:
        found.append("it saves the state of a widget: use reporting.progress instead")
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type != "code":
            continue
        if SHOWS.search(cell.source) and not _has_figure(cell):
            found.append(
                f"cell {number} draws a figure, and none came out of it: is MPLBACKEND "
                "set to something that draws elsewhere?"
            )
        for output in cell.outputs:
            if PNG in output.get("data", {}) and "alt" not in output.metadata[PNG]:
                found.append(f"cell {number} has a figure, and says no word about it")
            if output.output_type == "error":
                found.append(f"cell {number} raised {output.ename}: {output.evalue}")
            if output.get("name") == "stderr":
                found.append(f"cell {number} wrote to stderr: {output.text.strip()}")
            for text in _texts(output):
                if shown := _machine_path(text):
                    found.append(f"cell {number} shows a path of this machine: {shown}")
                if shown := ADDRESS.search(text):
                    found.append(f"cell {number} shows an object's address: {shown[0]}")
    size = len(nbformat.writes(notebook).encode())
    if size > LARGEST:
        found.append(f"it has {size:,} bytes, but at most {LARGEST:,} are allowed")
    return found


def write_notebook(notebook: NotebookNode, path: Path) -> None:
    """Write a valid notebook in one step: a reader sees the old one or the new one."""
    nbformat.validate(notebook)
    with writing(path) as file:
        file.write(f"{nbformat.writes(notebook)}\n".encode())


def check_lab(lab: str, notebooks: Path = NOTEBOOKS) -> list[str]:
    """Sentences on the lab's notebooks that are missing or out of date."""
    found = []
    for solution, path in targets(lab, notebooks):
        name = path.relative_to(notebooks.parent)
        if not path.exists():
            found.append(f"{name} is not built")
            continue
        notebook = nbformat.read(path, as_version=4)
        source = notebooks / "source" / f"{lab}.py"
        if reason := why_stale(notebook, source, solution):
            found.append(f"{name} is stale: {reason}")
        elif not solution and any(cell.get("outputs") for cell in notebook.cells):
            found.append(f"{name} has outputs, which would answer its own questions")
    return found


def _has_figure(cell: NotebookNode) -> bool:
    return any(PNG in output.get("data", {}) for output in cell.outputs)


def _texts(output: NotebookNode) -> list[str]:
    """All text in one output, pictures left out."""
    data = output.get("data", {})
    texts = [text for kind, text in data.items() if not kind.startswith("image/")]
    texts += [output.get("text", ""), *output.get("traceback", [])]
    return [text if isinstance(text, str) else str(text) for text in texts]


def _machine_path(text: str) -> str | None:
    for folder in (ROOT, Path.home()):
        if folder != Path(folder.anchor) and str(folder) in text:
            return str(folder)
    match = MACHINE_PATH.search(text)
    return match[0] if match else None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", nargs="+", metavar="NN", help="these labs: 03 06")
    parser.add_argument("--check", action="store_true", help="compare, run nothing")
    parser.add_argument(
        "--words", action="store_true", help="keep the outputs where no code changed"
    )
    options = parser.parse_args()
    try:
        labs = selected_labs(options.only)
        if options.check:
            stale = [line for lab in labs for line in check_lab(lab)]
            print("\n".join(stale) or "Every notebook is up to date with its source.")
            return 1 if stale else 0
        for folder in (NOTEBOOKS, NOTEBOOKS / "solutions"):
            check_writable(folder / "a.ipynb")  # before minutes are spent
        for lab in labs:
            _, path = build_lab(lab, words=options.words)
            notebook = nbformat.read(path, as_version=4)
            seconds = notebook.metadata[STAMP]["seconds"]
            size = path.stat().st_size // 1000
            print(f"{path.relative_to(ROOT)}  {seconds} s  {size} kB", flush=True)
        if not options.only:
            from tools.make_guide import write_guide  # loads torch, as its labs do

            print(write_guide().relative_to(ROOT))
            print(write_questions().relative_to(ROOT))
    except STOPS as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
