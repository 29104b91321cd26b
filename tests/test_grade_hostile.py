"""Submissions that exit, hang, lie or attack: only their own row may suffer.

If these fail, one learner decides about another's points, or an instructor's machine.
"""

import csv
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest
from test_grade import HANGING, SPARSITY, assignment, write

from tools import protection
from tools.grading import Limits, grade_notebook
from tools.grading_pool import run_all
from tools.labs import ROOT
from tools.protection import Protection
from tools.submissions import Submission

POSIX = pytest.mark.skipif(os.name == "nt", reason="this system has no such limits")
WALLS = pytest.mark.skipif(
    not protection.protection().walls, reason=protection.protection().why_not
)
BOTH = [pytest.param(True, marks=WALLS), pytest.param(False, marks=POSIX)]

ENCODE = HANGING[2]  # it needs no imports
EXITS = {
    "exit": "exit()",
    "quit": "x = 1\nquit()",
    "sys": "import sys\nsys.exit()",
    "os": "import os\nos._exit(3)",
    "kill": "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
    "crash": "import ctypes\nctypes.string_at(0)",
    "parent": "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)",
    "group": "import os, signal\nos.killpg(0, signal.SIGKILL)",
}


def graded(tmp_path, cells, walls=True, limits=None, lab="06"):
    write(tmp_path, "one", cells)
    wanted = assignment(tmp_path, limits, lab)
    if not walls:
        wanted = replace(wanted, protection=Protection(False, "for a test"))
    return grade_notebook(Submission("one", tmp_path / "one.ipynb"), wanted)


# ------------------------------------------------------------------------------ exits


@pytest.mark.parametrize(
    ("how", "walls"),
    [(how, True) for how in EXITS]
    + [pytest.param(how, False, marks=POSIX) for how in ("exit", "os", "group")],
)
def test_a_cell_that_ends_the_kernel_costs_only_itself(tmp_path, how, walls):
    """One `exit()` cell gave 0 of 42, and the next cell was blamed."""
    cells = ["names = []", SPARSITY, EXITS[how], "names.append(1)", ENCODE]
    grade = graded(tmp_path, cells, walls)
    assert grade.total == 3
    harmless = (
        how == "parent" and walls
    )  # behind walls it is process 1, which does not die
    assert harmless or grade.first_error.startswith("cell 3: ")
    assert "NameError" not in grade.first_error


@POSIX
def test_a_cell_that_kills_its_parent_without_walls_costs_only_itself(tmp_path):
    """It would end the process that grades the others."""
    cells = [SPARSITY, EXITS["parent"], ENCODE]
    grade = graded(tmp_path, cells, walls=False)
    assert grade.first_error.startswith("cell 2: ")
    assert grade.total == 3


def test_five_exits_cost_five_cells(tmp_path):
    """The kernel was started again three times, and no more."""
    cells = [SPARSITY, *["exit()"] * 5, ENCODE]
    assert graded(tmp_path, cells).total == 3


def test_a_function_that_ends_the_kernel_costs_its_question(tmp_path):
    """The questions after it would count as not attempted."""
    head, _ = SPARSITY.split("\n", 1)
    grade = graded(tmp_path, [f"{head}\n    exit()\n    return 0", ENCODE])
    assert grade.total == 2
    assert grade.outcomes["q01"].status == "raised"
    assert grade.first_error.startswith("q01: ")


# ------------------------------------------------------------------------ silent zeros


def test_a_renamed_function_is_named(tmp_path):
    """0 points and an empty reason: the instructor looks for the mistake himself."""
    grade = graded(tmp_path, [SPARSITY.replace("sparsity", "sparsness"), ENCODE])
    assert grade.total == 2
    assert "not defined: sparsity (q01)" in grade.first_error
    assert "Functions of other names: sparsness" in grade.reasons[0]


def test_functions_in_a_class_are_named(tmp_path):
    """The same, for whoever likes classes."""
    body = "\n".join(f"    {line}" for line in SPARSITY.splitlines())
    grade = graded(tmp_path, [f"class Mine:\n{body}", ENCODE])
    assert "sparsity stands inside the class Mine" in grade.first_error


def test_another_lab_is_recognized(tmp_path):
    """Lab 06 graded as lab 07 gave everybody 0, and an empty reason."""
    grade = graded(tmp_path, [SPARSITY, ENCODE], lab="07")
    assert "this looks like lab 06, not lab 07: LAB=06" in grade.first_error


# ------------------------------------------------------------------- the worked answers


def test_the_worked_answers_are_away(tmp_path):
    """`sparsity = solution("q01")` scored, as 42 of 42 in all."""
    start = "import sys\nsys.path.insert(0, '../scripts')\n"
    grade = graded(
        tmp_path,
        [
            f"{start}from checks import check, passed, solution\nsolution('q02')",
            "sparsity = solution('q01')",
            "check('q01', sparsity)",
            ENCODE,
            "from checks.questions.measuring import rmse",
            "open('../scripts/checks/exercises.toml').read()",
            "import checks\nchecks.judge = lambda *_: 'correct'",
        ],
    )
    assert grade.total == 2
    said = " ".join(grade.reasons)
    assert "q01: the answer uses a worked answer of the course" in said
    assert "cell 6 names the files with the worked answers" in said
    assert "cell 7 replaces a part of the checks" in said
    assert "cheat" not in said


# ----------------------------------------------------------------------------- attacks


def lines(*text):
    return "\n".join(text)


@WALLS
def test_nothing_of_the_grader_is_visible(tmp_path, monkeypatch):
    """A password in a variable reached the table; a notebook could edit the checks."""
    monkeypatch.setenv("COURSE_PASSWORD", "hunter2")
    tries = lines(
        "import os, socket",
        "found = []",
        "def attempt(what):",
        "    try:",
        "        what()",
        "    except OSError:",
        "        return",
        "    found.append(what.__name__)",
        "def edit():",
        f"    open({str(ROOT / 'scripts' / 'recipes.py')!r}, 'a')",
        "def own_copy():",
        "    open('../scripts/recipes.py', 'a')",
        "def others():",
        f"    open({str(tmp_path / 'one.ipynb')!r})",
        "def network():",
        "    socket.create_connection(('127.0.0.1', 22), 2)",
        "def answers():",
        f"    open({str(ROOT / 'scripts' / 'checks' / 'exercises.toml')!r})",
        "for what in (edit, own_copy, others, network, answers):",
        "    attempt(what)",
        "found += [name for name in os.environ if 'PASSWORD' in name]",
        "found += [pid for pid in os.listdir('/proc') if pid.isdigit()][3:]",
        "assert not found, found",
    )
    grade = graded(tmp_path, [tries, SPARSITY, ENCODE])
    assert grade.first_error.startswith("not defined")
    assert grade.total == 3


def test_variables_do_not_reach_the_learner_anywhere(tmp_path, monkeypatch):
    """Without walls too."""
    monkeypatch.setenv("COURSE_PASSWORD", "hunter2")
    cells = ["import os\nraise ValueError(os.environ.get('COURSE_PASSWORD'))"]
    assert "None" in graded(tmp_path, cells, walls=False).first_error


@WALLS
@pytest.mark.parametrize(
    "attack",
    [
        lines(
            "import os, time",
            "for _ in range(2000):  # bounded, should the limit fail",
            "    if os.fork() == 0:",
            "        time.sleep(60)",
            "        os._exit(0)",
        ),
        lines(
            "import numpy as np",
            "kept = []",
            "for _ in range(16):  # gigabytes",
            "    kept.append(np.ones(2**27))",
        ),
        "with open('big', 'wb') as file:\n    file.write(bytes(300_000_000))",
        lines(
            "for number in range(8):",
            "    with open(f'/tmp/{number}', 'wb') as file:",
            "        file.write(bytes(190_000_000))",
        ),
    ],
    ids=["processes", "memory", "file", "disk"],
)
def test_what_is_used_up_is_bounded(tmp_path, attack):
    """A fork bomb, or a full memory or disk, would take the machine with it."""
    grade = graded(tmp_path, [SPARSITY, attack, ENCODE])
    assert grade.first_error.startswith("cell 2: "), grade.first_error
    assert grade.total == 3


@pytest.mark.parametrize("walls", BOTH)
def test_pipes_in_the_way_of_an_answer_do_not_stop_the_run(tmp_path, walls):
    """A pipe in place of the answer's file hung the grader for ever."""
    pipes = lines(
        "import os",
        "for number in range(100):",
        "    for name in ('request', 'response', 'answer'):",
        "        os.mkfifo(f'../../io/{name}-{number}')",
    )
    start = time.monotonic()
    grade = graded(tmp_path, [SPARSITY, pipes, ENCODE], walls, Limits(20, 60))
    assert time.monotonic() - start < 90
    assert grade.first_error


@WALLS
def test_the_folder_of_the_sockets_is_no_place_to_write(tmp_path):
    """It is the only one outside that a notebook can write to."""
    attack = "import time\nopen('../../sock/x', 'w').close()\ntime.sleep(5)"
    grade = graded(tmp_path, [SPARSITY, attack, ENCODE])
    assert "cell 2: the code wrote into the folder" in grade.first_error
    assert grade.total == 3


def test_slow_answers_cannot_use_more_than_their_time(tmp_path):
    """Ten calls of 29 seconds for each question are an hour."""
    slow = SPARSITY.replace(":\n", ":\n    import time; time.sleep(4)\n", 1)
    grade = graded(tmp_path, [slow, ENCODE], limits=Limits(5, 12))
    assert grade.seconds < 60
    assert "more than 12 seconds" in " ".join([grade.first_error, *grade.reasons])


# -------------------------------------------------------------------- the whole command


def kill_or_double(job):
    if job == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    return job * 2


@POSIX
def test_a_process_of_the_grader_that_dies_takes_only_its_job_with_it():
    """The jobs that waited were lost with it."""
    results = {job: why for job, _, why in run_all(kill_or_double, JOBS, 2, 60)}
    assert set(results) == set(JOBS)
    assert "ended" in results["kill"]
    assert results["a"] == results["b"] == results["c"] == ""


JOBS = ["a", "kill", "b", "c"]


def test_after_a_kill_the_known_rows_are_there_and_the_next_run_goes_on(tmp_path):
    """The table was written at the end, so a power cut took an evening with it."""
    folder, output = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    write(folder, "=a", [SPARSITY])
    write(folder, "b", ["import time\ntime.sleep(50)"])
    tool = str(ROOT / "scripts" / "tools" / "grade.py")
    command = [sys.executable, tool, str(folder), "--output", str(output)]
    command += ["--workers", "1"]
    process = subprocess.Popen(command, start_new_session=True)
    for _ in range(1000):
        if len(rows(output)) == 1:
            break
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert list(rows(output)) == ["'=a"]
    write(folder, "b", [ENCODE])
    again = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "was not finished: it goes on, and 1 of its 1 rows are kept" in again.stdout
    found = rows(output)
    assert {name: row["total"] for name, row in found.items()} == {"'=a": "1", "b": "2"}


def rows(output):
    try:
        with open(output / "grades.csv", newline="", encoding="utf-8") as file:
            return {row["name"]: row for row in csv.DictReader(file)}
    except OSError:
        return {}
