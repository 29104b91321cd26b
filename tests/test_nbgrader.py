"""Lab 06 as an assignment for nbgrader: the source, and the real nbgrader's points.

If these fail, an instructor with nbgrader gives points to an untouched notebook, or to
one that replaces `passed`.
"""

import csv
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from checks import TEXTS
from checks.texts import questions_of, solution_of
from tools.lab_source import strip_solutions
from tools.make_nbgrader import assignment_notebook, write_course

REAL = pytest.mark.skipif(
    importlib.util.find_spec("nbgrader") is None,
    reason="nbgrader is not installed: pip install -r requirements-nbgrader.txt",
)
CHEATS = """
passed = lambda key: True
check = lambda *_: "correct"
import checks
checks.judge = checks.passed = lambda *_: True
"""
PROGRAMS = str(Path(sys.executable).parent)  # nbgrader calls alembic by its name


@pytest.mark.parametrize("lab", ["06", "07"])
def test_each_question_has_its_answer_its_test_and_its_points(lab):
    """A question without its mark would be lost from the gradebook."""
    cells = assignment_notebook(lab).cells
    marks = [cell.metadata.nbgrader for cell in cells if "nbgrader" in cell.metadata]
    points = {m["grade_id"]: m["points"] for m in marks if m["grade"]}
    expected = {f"test-{key}": TEXTS[key]["points"] for key in questions_of(lab)}
    assert points == {"test-away": 0, **expected}
    answers = [m["grade_id"] for m in marks if m["solution"]]
    assert len(answers) == len(set(answers)) >= len(expected)


@pytest.mark.parametrize("lab", ["06", "07"])
def test_what_learners_get_does_not_show_an_answer(lab):
    """Hidden tests are shown in the feedback, so they may not hold the answer."""
    for cell in assignment_notebook(lab).cells:
        assert "Solution of" not in cell.source
        assert not cell.source.startswith("solution(")
        if "HIDDEN TESTS" in cell.source:
            assert "return" not in cell.source
        elif cell.cell_type == "code":
            given = strip_solutions(cell.source)
            assert "Repaired:" not in given
            for key in questions_of(lab):
                assert solution_of(key).code not in given


def command(*words, cwd):
    run = subprocess.run(
        [sys.executable, "-m", "nbgrader", *words],
        cwd=cwd,
        env={**os.environ, "PATH": PROGRAMS + os.pathsep + os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-6000:]


def hand_in(course, name, notebook, change):
    """Submit the released notebook, each answer cell changed by `change(id, text)`."""
    release = course / "release" / notebook.parent.name
    folder = course / "submitted" / name / notebook.parent.name
    shutil.copytree(release, folder)
    cells = nbformat.read(release / notebook.name, as_version=4)
    for cell in cells.cells:
        marks = cell.metadata.get("nbgrader", {})
        if marks.get("solution"):
            cell.source = change(marks["grade_id"], cell.source)
    nbformat.write(cells, folder / notebook.name)


@REAL
@pytest.mark.parametrize(("lab", "all_points"), [("06", 42), ("07", 11)])
def test_nbgrader_gives_the_right_points(tmp_path, lab, all_points):
    """An untouched notebook had 7 of 42, and `passed = lambda key: True` had 42."""
    [source] = write_course(tmp_path, [lab])
    first = questions_of(lab)[0]
    command("generate_assignment", f"lab{lab}", cwd=tmp_path)
    released = tmp_path / "release" / f"lab{lab}" / source.name
    text = released.read_text(encoding="utf-8")
    assert "HIDDEN" not in text
    assert "points_of" not in text
    assert rf"check(\"{first}\", " in text
    solved = {
        cell.metadata.nbgrader["grade_id"]: cell.source
        for cell in nbformat.read(source, as_version=4).cells
        if "nbgrader" in cell.metadata
    }
    for name, change in {
        "perfect": lambda name, _: solved[name],
        "untouched": lambda _, text: text,
        "cheating": lambda _, text: text + CHEATS,
        "copying": lambda name, _: f"{CHEATS}{name} = checks.solution({first!r})\n",
    }.items():
        hand_in(tmp_path, name, source, change)
    command("autograde", f"lab{lab}", cwd=tmp_path)
    command("export", "--to", "grades.csv", cwd=tmp_path)
    with open(tmp_path / "grades.csv", newline="", encoding="utf-8") as file:
        found = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    none = dict.fromkeys(["untouched", "cheating", "copying"], 0)
    assert found == {"perfect": all_points, **none}
