"""For instructors: labs 06 and 07 as assignments for nbgrader, `make nbgrader`.

    python scripts/tools/make_nbgrader.py --output course

writes a course folder: `nbgrader_config.py`, and for each lab `source/lab06/` with the
notebook and what it needs. Then, in that folder, `nbgrader generate_assignment lab06`.
"""

import argparse
import re
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import nbformat
from nbformat.v4 import new_code_cell

from atomic import write_whole
from checks import QUESTIONS, TEXTS
from checks.questions.question import RepairShop
from checks.texts import questions_of
from tools.lab_source import BEGIN, END, STUB, plan_notebook
from tools.labs import BUILD, NOTEBOOKS, ROOT, find_lab

CHECK = re.compile(r"^check\(\"(\w\d\d)\"", re.MULTILINE)
WORKED = re.compile(r"<details>\n<summary>Solution of .*?</details>\s*", re.DOTALL)
CONFIG = f'''"""Settings of this course for nbgrader."""

import os

os.environ.setdefault("MOVIELENS_DATASET", "sample")  # what the notebooks load
c = get_config()  # noqa: F821
c.ClearSolutions.code_stub = {{"python": {chr(10).join(STUB)!r}}}
c.Execute.timeout = 120  # seconds for a cell
'''
FIND = (
    'next(p for p in [Path.cwd(), *Path.cwd().parents]\n         if (p / "scripts" / '
    '"tools").is_dir())'
)
JUDGE = f"""import runpy
from pathlib import Path

_home = {FIND}
_judge = runpy.run_path(str(_home / "scripts/tools/nbgrader_judge.py"))
"""
AWAY = "# While nbgrader grades, the worked answers are away: this cell sees to it."
ASKED = "# Here nbgrader asks for {key}, with inputs of its own. Points: {points:g}."


def assignment_notebook(lab: str) -> nbformat.NotebookNode:
    """The source version of lab "06" or "07": answers, tests and their points."""
    source = NOTEBOOKS / "source" / f"{find_lab(lab)}.py"
    notebook = plan_notebook(source, solution=True)
    to_repair = {
        name
        for key in questions_of(lab)
        if isinstance(QUESTIONS[key], RepairShop)
        for name in QUESTIONS[key].names
    }
    cells = [_test("away", 0, AWAY, '_judge["put_checks_away"]()')]
    for cell in notebook.cells:
        tags = cell.metadata.pop("tags", [])
        if "solution" in tags:
            continue  # shows a worked answer, which is not for an assignment
        name = _defined(cell)
        if "instructor" in tags and name in to_repair:
            answer = next(each for each in reversed(cells) if _defined(each) == name)
            answer.source += f"\n\n\n{BEGIN}\n{cell.source}\n{END}"
        elif "instructor" not in tags:
            if BEGIN in cell.source or name in to_repair:
                cell.metadata["nbgrader"] = _marks(name, solution=True)
            cells.append(cell)
        if cell.cell_type == "markdown":
            cell.source = WORKED.sub("", cell.source)
    for key in questions_of(lab):
        _add_test(cells, key)
    notebook.cells = cells
    notebook.metadata.pop("latent_factor_labs", None)
    return notebook


def write_course(folder: Path, labs: list[str]) -> list[Path]:
    """Write the settings and the labs' assignments; returns the notebooks' paths."""
    write_whole(folder / "nbgrader_config.py", CONFIG.encode())
    written = []
    for lab in labs:
        assignment = folder / "source" / f"lab{lab}"
        for part in ("scripts", "data/sample"):
            shutil.rmtree(assignment / part, ignore_errors=True)
            shutil.copytree(
                ROOT / part,
                assignment / part,
                ignore=shutil.ignore_patterns("__pycache__"),
            )
        path = assignment / f"{find_lab(lab)}.ipynb"
        text = nbformat.writes(assignment_notebook(lab))
        write_whole(path, text.encode())
        written.append(path)
    return written


def _add_test(cells, key):
    """Put the test of a question after the last cell that checks it."""
    code = [place for place, cell in enumerate(cells) if cell.cell_type == "code"]
    last = max(p for p in code if key in CHECK.findall(cells[p].source))
    points = TEXTS[key]["points"]
    call = f'_judge["points_of"]({key!r}, globals())'
    asked = ASKED.format(key=key, points=points)
    cells.insert(last + 1, _test(key, points, asked, call))


def _defined(cell):
    """The name of the first function that a code cell defines, or ""."""
    found = re.search(r"^def (\w+)", cell.source, re.MULTILINE)
    return found[1] if cell.cell_type == "code" and found else ""


def _test(name, points, said, call):
    """A locked cell whose test the learner does not get."""
    hidden = f"### BEGIN HIDDEN TESTS\n{JUDGE}{call}\n### END HIDDEN TESTS"
    cell = new_code_cell(f"{said}\n{hidden}", id=f"test-{name}")
    cell.metadata["nbgrader"] = _marks(f"test-{name}", points=points)
    return cell


def _marks(name, solution=False, points=None):
    """What nbgrader wants to know of a cell."""
    tested = {} if points is None else {"points": points}
    return {
        "schema_version": 3,
        "grade_id": name,
        "solution": solution,
        "grade": not solution,
        "locked": not solution,
        "task": False,
        **tested,
    }


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--output", type=Path, default=BUILD / "nbgrader")
    parser.add_argument("--lab", choices=["06", "07"], action="append")
    options = parser.parse_args(arguments)
    for path in write_course(options.output, options.lab or ["06", "07"]):
        print(path)
    print(
        f"Next: cd {options.output}; pip install -r requirements-nbgrader.txt; "
        "nbgrader generate_assignment lab06"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
