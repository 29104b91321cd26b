"""Grading a folder: every submission gets its row, and tampering does not score.

If these fail, an instructor loses an evening, or a learner points that were earned.
"""

import csv
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest
import torch
from nbformat.v4 import new_code_cell, new_notebook

from checks import QUESTIONS, TEXTS
from checks.texts import solution_of
from tools.grade import Limits, grade_folder, grade_notebook, questions_of
from tools.lab_source import plan_notebook
from tools.labs import NOTEBOOKS
from tools.learner_kernel import decode
from tools.remote_answer import encode

NUMPY = "import numpy as np"
IMPORTS = "import numpy as np\nimport pandas as pd\nimport torch"
SPARSITY = solution_of("q01").code
ENCODE = solution_of("q02").code

HANGING = [  # nothing is imported, so that 5 seconds are plenty on a busy machine
    SPARSITY,
    "while True:\n"
    "    try:\n"
    "        while True:\n"
    "            pass\n"
    "    except KeyboardInterrupt:\n"
    "        pass",
    "def encode(train_ids, new_ids):\n"
    "    known = sorted(set(train_ids))\n"
    "    return [known.index(i) if i in known else -1 for i in new_ids]",
]
SUBMISSIONS = {
    "perfect": [
        IMPORTS,
        *(solution_of(key).code for key in questions_of("06")),
    ],
    "half": [
        IMPORTS,
        SPARSITY,
        ENCODE,
        "def gradient_of_one_rating(p, q, rating, baseline, strength):\n"
        "    error = rating - baseline - p @ q\n"
        "    return error * q, error * p",
        "def choose_epoch(history):\n    return history['nonsense']",
        "1 / 0",
        solution_of("q03").code,
    ],
    "exiting": [
        "import os\nos._exit(3)",
        NUMPY,
        "def sparsity(n_users, n_items, n_ratings):\n    os._exit(4)",
        ENCODE,
    ],
    "printing": [
        SPARSITY,
        "import time\n"
        "while True:\n"
        "    print('x' * 100_000)\n"
        "    time.sleep(0.01)  # still 10 megabytes a second",
    ],
    "tampering": [
        "import sys\nfrom pathlib import Path\n"
        "home = Path.cwd().parent\n"
        "assert (home / 'scripts' / 'checks').is_dir()\n"
        "sys.path.insert(0, str(home / 'scripts'))\n"
        "import checks\n"
        "checks.judge = checks.check = check = lambda *_, **__: 'correct'",
        "for path in (home / 'scripts' / 'checks').rglob('*.toml'):\n"
        "    path.write_text('')",
        "class Yes:\n"
        "    def __eq__(self, other): return True\n"
        "    def __array__(self, *_, **__): return self\n"
        "def sparsity(n_users, n_items, n_ratings):\n    return Yes()",
        "check('q01', sparsity)",
    ],
}


def write(folder, name, cells):
    notebook = new_notebook(cells=[new_code_cell(cell) for cell in cells])
    nbformat.write(notebook, folder / f"{name}.ipynb")


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    folder, output = tmp_path_factory.mktemp("in"), tmp_path_factory.mktemp("out")
    for name, cells in SUBMISSIONS.items():
        write(folder, name, cells)
    nbformat.write(plan_notebook(_learners_source(folder)), folder / "empty.ipynb")
    (folder / "letter.ipynb").write_text("Dear professor, my dog", encoding="utf-8")
    alone = tmp_path_factory.mktemp("alone")
    write(alone, "hanging", HANGING)
    limits = Limits(cell=5, total=120)
    with ThreadPoolExecutor(1) as beside:  # the hanging one only waits
        others = beside.submit(grade_folder, folder, output)
        hanging = grade_notebook(alone / "hanging.ipynb", "06", "sample", limits)
    grades = [hanging, *others.result()]
    with open(output / "grades.csv", newline="", encoding="utf-8") as file:
        rows = {row["name"]: row for row in csv.DictReader(file)}
    return {grade.name: grade for grade in grades}, rows, output


def _learners_source(folder):
    """Lab 06 as handed out, without the cells that load data."""
    text = (NOTEBOOKS / "source" / "06-exercises.py").read_text(encoding="utf-8")
    cells = [
        cell
        for cell in text.split("# %%")
        if "{{answer:" in cell or "{{broken:" in cell
    ]
    source = folder / "06-exercises.py"
    source.write_text("# %%".join(["", f"\n{IMPORTS}\n", *cells]), encoding="utf-8")
    return source


def test_every_submission_has_its_row_and_its_report(graded):
    _, rows, output = graded
    assert set(rows) == {*SUBMISSIONS, "empty", "letter"}
    columns = ["name", *questions_of("06"), "total", "seconds", "first_error"]
    assert list(rows["perfect"]) == columns
    for name in rows:
        assert name in (output / "reports" / f"{name}.txt").read_text(encoding="utf-8")


def test_the_reference_solution_gets_all_points(graded):
    grades, rows, _ = graded
    assert grades["perfect"].total == sum(
        TEXTS[key]["points"] for key in questions_of("06")
    )
    assert rows["perfect"]["first_error"] == ""


def test_the_untouched_notebook_is_not_attempted(graded):
    grades, _, _ = graded
    outcomes = grades["empty"].outcomes.values()
    assert {outcome.status for outcome in outcomes} == {"not attempted"}


def test_half_a_notebook_gets_what_it_earned_in_spite_of_an_error(graded):
    grades, rows, output = graded
    outcomes = grades["half"].outcomes
    assert grades["half"].total == 5
    assert outcomes["q05"].status == "incorrect"
    assert outcomes["q08"].status == "raised"
    assert "nonsense" in dict(outcomes["q08"].facts)["your line"]
    assert "ZeroDivisionError" in rows["half"]["first_error"]
    report = (output / "reports" / "half.txt").read_text(encoding="utf-8")
    assert "KeyError" in report


def test_a_hanging_cell_costs_only_itself(graded):
    grades, _, _ = graded
    assert grades["hanging"].total == 3
    assert "5 seconds" in grades["hanging"].first_error


def test_leaving_the_kernel_costs_only_the_guilty_cell_and_question(graded):
    grades, rows, _ = graded
    assert grades["exiting"].outcomes["q01"].status == "raised"
    assert grades["exiting"].outcomes["q02"].status == "correct"
    assert "died" in rows["exiting"]["first_error"]


def test_printing_without_end_is_stopped(graded):
    grades, rows, _ = graded
    assert grades["printing"].total == 1
    assert "printed more" in rows["printing"]["first_error"]


def test_tampering_does_not_score_and_hurts_nobody(graded):
    grades, _, _ = graded
    assert grades["tampering"].total == 0
    assert Path(NOTEBOOKS.parent, "scripts/checks/exercises.toml").stat().st_size


def test_a_file_that_is_no_notebook_gets_its_row(graded):
    _, rows, _ = graded
    assert rows["letter"]["total"] == "0"
    assert "not a notebook" in rows["letter"]["first_error"]


@pytest.mark.parametrize(
    "value",
    [
        None,
        ...,
        True,
        2.5,
        "text",
        [1, (2.5, "x")],
        torch.tensor([[1.0, 2.0]]),
        np.array(3, dtype=np.int64),
        np.float64(0.5),
    ],
    ids=repr,
)
def test_results_cross_the_border_as_plain_data(value):
    back = decode(encode(value))
    if isinstance(value, torch.Tensor | np.ndarray | np.generic):
        assert np.array_equal(back, np.asarray(value))
        assert back.shape == np.shape(value)
    else:
        assert back == value


def test_tables_cross_the_border_with_their_index():
    table = pd.DataFrame({"a": [1, 2], "b": [0.5, 1.5]}, index=[7, 3])
    assert decode(encode(table)).equals(table)


def test_objects_do_not_cross_the_border():
    assert decode(encode(np.array([object()]))) == "a ndarray"
    with pytest.raises(ValueError, match="no numbers"):
        decode({"array": "", "dtype": "|O8", "shape": [1]})


def test_every_answer_has_a_name_of_its_own():
    names = [name for question in QUESTIONS.values() for name in question.names]
    assert len(set(names)) == len(names)
