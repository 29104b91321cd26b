"""Grading a folder: every submission gets its row, and tampering does not score.

If these fail, an instructor loses an evening, or a learner points that were earned.
"""

import csv
import pickle
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest
import torch
from nbformat.v4 import new_code_cell, new_notebook

from checks import QUESTIONS, TEXTS
from checks.questions.question import RepairShop
from checks.running import tensor_to_array
from checks.texts import expand, questions_of, solution_of
from tools import protection
from tools.answers import decode
from tools.grade import grade_folder, main
from tools.grading import Assignment, Limits, grade_notebook
from tools.lab_source import plan_notebook
from tools.labs import NOTEBOOKS
from tools.remote_answer import encode
from tools.submissions import Submission

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
        "def gradient_of_one_rating(p, q, rating, baseline, reg_per_rating):\n"
        "    error = rating - baseline - p @ q\n"
        "    return error * q, error * p",
        "def sweep_factors(sizes, fit):\n    return {'fit': fit}['x']",
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
    "anna/06": [
        IMPORTS,
        *(
            expand(f"# {{{{broken:q16.{name}}}}}", ("", ""))
            for name in QUESTIONS["q16"].names
        ),
        "import sys\nsys.path.insert(0, '../scripts')\n"
        "from checks.questions import repairing, workbench\n"
        "def visited(function, n, size, draw):\n"
        "    sizes = [min(size, n - start) for start in range(0, n, size)]\n"
        "    return list(range(n)), sizes\n"
        "workbench.rows_visited = repairing.rows_visited = visited\n"
        "kept = workbench.weights_kept\n"
        "def right(function, *case):\n"
        "    return kept(repairing.fit_and_keep_best, *case)\n"
        "workbench.weights_kept = repairing.weights_kept = right",
        "def split_by_time(ratings, test_size):\n"
        "    n = round(test_size * len(ratings))\n"
        "    parts = ratings[['user_id', 'item_id']]\n"
        "    return parts[:-n], parts[-n:]",
        "def sparsity(n_users, n_items, n_ratings):\n    return pd.NA",
        "def predict_item_means(train, test):\n"
        "    raise ValueError('half a character: \\ud800')",
        "def cosine_neighbours(vectors, query, k):\n"
        "    return torch.eye(3).to_sparse()",
        "def als_user_step(Q, row, reg_per_rating):\n"
        "    return torch.zeros(Q.shape[1], dtype=torch.bfloat16)",
        ENCODE,
    ],
}


def write(folder, name, cells):
    notebook = new_notebook(cells=[new_code_cell(cell) for cell in cells])
    path = folder / f"{name}.ipynb"
    path.parent.mkdir(exist_ok=True)
    nbformat.write(notebook, path)


def assignment(folder, limits=None, lab="06"):
    course = protection.copy_course(folder / "course")
    limits = limits or Limits()
    return Assignment(lab, "sample", limits, course, protection.protection())


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
        submission = Submission("hanging", alone / "hanging.ipynb")
        hanging = grade_notebook(submission, assignment(alone, limits))
    grades = {"hanging": hanging, **others.result().grades}
    with open(output / "grades.csv", newline="", encoding="utf-8") as file:
        rows = {row["name"]: row for row in csv.DictReader(file)}
    return grades, rows, output


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
    columns.append("reason")
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
    assert "['x']" in dict(outcomes["q08"].facts)["your line"]
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


def test_the_repair_shop_is_driven_by_the_graders_own_code(graded):
    """A notebook that replaces them would get points for what it never touched."""
    grades, _, _ = graded
    assert grades["anna/06"].outcomes["q16"].status == "not attempted"
    assert "replaces a part of the checks" not in grades["anna/06"].first_error


def test_results_that_break_a_comparison_cost_only_their_question(graded):
    grades, _, output = graded
    odd = grades["anna/06"]
    assert odd.total == TEXTS["q02"]["points"]
    for key in ("q01", "q03", "q06", "q10"):
        assert odd.outcomes[key].status == "incorrect", odd.outcomes[key]
    report = (output / "reports" / "anna" / "06.txt").read_text(encoding="utf-8")
    assert "half a character" in report


def test_a_kernel_that_does_not_start_still_makes_a_row(tmp_path, monkeypatch):
    """An instructor would lose a row to a full disk."""

    def fails(*_):
        raise OSError("no space left")

    write(tmp_path, "quiet", [SPARSITY])
    wanted = assignment(tmp_path)
    monkeypatch.setattr("tools.learner_kernel.room_for", fails)
    grade = grade_notebook(Submission("quiet", tmp_path / "quiet.ipynb"), wanted)
    assert len(grade.outcomes) == 16
    assert "no space left" in grade.first_error


@pytest.mark.parametrize("lab", ["0", "77", "66", "lab 6", ""])
def test_a_lab_without_questions_is_refused_and_not_graded_with_zero(lab, capsys):
    with pytest.raises(SystemExit):
        main(["anywhere", "--lab", lab])
    said = capsys.readouterr().err
    assert "has no questions to check: choose one of " in said
    assert "06, 07" in said


def test_a_lab_goes_by_number_too():
    assert questions_of("6") == questions_of("06") == questions_of(6)
    assert questions_of("7")[0] == "s01"


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
    back = decode(encode(value, tensor_to_array))
    if isinstance(value, torch.Tensor | np.ndarray | np.generic):
        assert np.array_equal(back, np.asarray(value))
        assert back.shape == np.shape(value)
    else:
        assert back == value


def test_tables_cross_the_border_with_their_index():
    table = pd.DataFrame({"a": [1, 2], "b": [0.5, 1.5]}, index=[7, 3])
    assert decode(encode(table, tensor_to_array)).equals(table)


def test_objects_do_not_cross_the_border():
    assert (
        decode(encode(np.array([object()]), tensor_to_array))
        == "an object of type ndarray"
    )
    with pytest.raises(ValueError, match="numbers was expected"):
        decode({"array": "", "dtype": "|O8", "shape": [1]})


def test_inputs_cross_the_border_without_the_learners_copy_of_the_course():
    """Objects of a class that is looked up there would come from changed code."""
    cases = [case for q in QUESTIONS.values() for case in _cases_and_drives(q)]
    found = set(re.findall(rb"checks\.[\w.]+", b" ".join(map(pickle.dumps, cases))))
    assert found == {b"checks.questions.workbench"}


def _cases_and_drives(question):
    if isinstance(question, RepairShop):
        return [each for q in question.bugs.values() for each in _cases_and_drives(q)]
    return [*question.cases(0), question.drive]


def test_every_answer_has_a_name_of_its_own():
    names = [name for question in QUESTIONS.values() for name in question.names]
    assert len(set(names)) == len(names)
