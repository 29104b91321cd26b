"""For instructors: grade a folder of notebooks, `make grade SUBMISSIONS=dir`.

Each notebook runs in a fresh kernel and a folder of its own. Its functions are then
called with new inputs and judged here, by this checkout's checks: whatever a submission
does to `check`, to its check cells or to its copy of the course does not count.

    python scripts/tools/grade.py submissions --output grades
"""

import argparse
import csv
import io
import json
import os
import re
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from atomic import write_whole
from checks import QUESTIONS, TEXTS, judge
from checks.outcomes import Outcome
from checks.questions.question import RepairShop
from checks.texts import UnknownQuestion, lab_named, questions_of
from reporting import progress
from tools.check_env import CheckFailed, check_kernel
from tools.labs import ROOT
from tools.learner_kernel import KernelLost, LearnerKernel, RemoteAnswer

SEED = 2009  # for the grader's inputs; the notebook's checks use another
RESTARTS = 3  # how often a lost kernel is restarted without the guilty cell


@dataclass
class Grade:
    """One learner's result: outcomes by question, and the first thing that failed."""

    name: str
    outcomes: dict = field(default_factory=dict)
    seconds: float = 0.0
    first_error: str = ""

    @property
    def total(self) -> float:
        """The points of all questions together."""
        return sum(outcome.points for outcome in self.outcomes.values())

    def note(self, error: str) -> None:
        """Keep the first error, in one short line."""
        if error and not self.first_error:
            self.first_error = _encodable(" ".join(error.split())[:200])

    def leave_the_rest_blank(self, keys: list[str]) -> None:
        """Questions without an outcome count as not attempted."""
        for key in keys:
            self.outcomes.setdefault(key, _blank(key))


@dataclass(frozen=True)
class Limits:
    """The most seconds for one cell, and for a whole submission."""

    cell: float = 60
    total: float = 240


def grade_folder(
    folder: Path, output: Path, lab="06", dataset="sample", workers=2, limits=None
):
    """Grade every `*.ipynb` under `folder`; write grades.csv and a report per learner.

    Returns the `Grade`s in the order of their names, one for each notebook.
    """
    rest = (lab, dataset, limits or Limits())
    done, cut_off = [], []
    # Spawned, because a forked process must not use torch's threads.
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        jobs = {
            pool.submit(grade_notebook, path, name, *rest): (path, name)
            for name, path in submissions_in(folder).items()
        }
        for job in progress(as_completed(jobs), "grading", len(jobs)):
            try:
                done.append(job.result())
            except Exception:  # a process that dies takes the others' jobs with it
                cut_off.append(jobs[job])
    done += [_grade_alone(path, name, *rest) for path, name in cut_off]
    grades = sorted(done, key=lambda grade: grade.name)
    write_grades(grades, output, lab)
    return grades


def submissions_in(folder: Path) -> dict[str, Path]:
    """The notebooks in `folder` and its subfolders, by their path without its ending.

    Hidden folders and files are left out: Jupyter and macOS keep copies there.
    """
    paths = {path.relative_to(folder): path for path in folder.rglob("*.ipynb")}
    return {
        inside.with_suffix("").as_posix(): path
        for inside, path in sorted(paths.items())
        if not any(part.startswith(".") for part in inside.parts)
    }


def grade_notebook(
    path: Path, name: str, lab: str, dataset: str, limits: Limits
) -> Grade:
    """Run and judge one submission. Whatever it does, a `Grade` comes back."""
    grade, start = Grade(name), time.monotonic()
    keys = questions_of(lab)
    try:
        cells = _code_cells(path)
    except Exception as error:  # any file may be called .ipynb
        grade.note(f"it is not a notebook: {type(error).__name__}: {error}")
        cells = []
    deadline = start + limits.total
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        try:
            _run_and_judge(grade, cells, keys, Path(folder), dataset, limits, deadline)
        except Exception as error:  # what is judged already stays
            grade.note(f"the grader failed: {type(error).__name__}: {error}")
    grade.leave_the_rest_blank(keys)
    grade.seconds = time.monotonic() - start
    return grade


def write_grades(grades: list[Grade], output: Path, lab: str) -> None:
    """Write `grades.csv` and `reports/<name>.txt` into `output`."""
    keys = questions_of(lab)
    file = io.StringIO()
    table = csv.writer(file)
    table.writerow(["name", *keys, "total", "seconds", "first_error"])
    for grade in grades:
        points = [f"{grade.outcomes[key].points:g}" for key in keys]
        row = [_cell(_encodable(grade.name)), *points, f"{grade.total:g}"]
        table.writerow([*row, f"{grade.seconds:.0f}", _cell(grade.first_error)])
    write_whole(output / "grades.csv", file.getvalue().encode())
    for grade in grades:
        report = output / "reports" / f"{grade.name}.txt"
        write_whole(report, _encodable(_report(grade)).encode())


def _grade_alone(path, name, lab, dataset, limits):
    """Grade one submission in its own pool, where its death harms no other."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        try:
            return pool.submit(
                grade_notebook, path, name, lab, dataset, limits
            ).result()
        except Exception as error:
            grade = Grade(name)
            grade.note(f"the grader's process ended: {error}")
            grade.leave_the_rest_blank(questions_of(lab))
            return grade


def _run_and_judge(grade, cells, keys, folder, dataset, limits, deadline):
    """Fill `grade.outcomes`. A cell or a question that crashes the kernel is left out,
    and everything else is run again in a new one."""
    guilty_cells, lost = set(), {}
    for attempt in range(RESTARTS + 1):
        if not cells:
            return
        environment = {"MOVIELENS_DATASET": dataset, "OMP_NUM_THREADS": "1"}
        kernel, current = None, "kernel"
        try:
            kernel = LearnerKernel(folder / str(attempt), environment)
            for number, code in cells:
                current = number
                if number in guilty_cells:
                    continue
                seconds = min(limits.cell, deadline - time.monotonic())
                if seconds <= 0:
                    grade.note(f"it took more than {limits.total:g} seconds in all")
                    return
                if error := kernel.run(code, seconds).error:
                    grade.note(f"cell {number}: {error}")
            for key in keys:
                current = key
                if key in grade.outcomes:
                    continue
                if time.monotonic() > deadline:
                    grade.note(f"it took more than {limits.total:g} seconds in all")
                    return
                grade.outcomes[key] = lost.get(key) or _judge(kernel, key)
            return
        except KernelLost as error:
            grade.note(
                f"{'cell ' if isinstance(current, int) else ''}{current}: {error}"
            )
            if isinstance(current, int):
                guilty_cells.add(current)
            elif current in keys:
                lost[current] = _lost(current, str(error))
        finally:
            if kernel:
                kernel.close()


def _judge(kernel, key):
    question = QUESTIONS[key]
    answers = tuple(RemoteAnswer(kernel, name) for name in question.names)
    answer = answers if isinstance(question, RepairShop) else answers[0]
    return judge(question, answer, TEXTS[key], SEED)


def _blank(key, **fields):
    text = TEXTS[key]
    fields = {"status": "not attempted", **fields}
    return Outcome(key=key, title=text["title"], out_of=text["points"], **fields)


def _lost(key, message):
    return _blank(key, status="raised", message=f"KernelLost: {message}")


def _code_cells(path):
    """(number, source) of the code cells that are not empty.

    Read as JSON: importing nbformat takes as long as a small submission.
    """
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    sources = [
        (number, "".join(cell["source"]))  # a string, or a list of lines
        for number, cell in enumerate(cells, start=1)
        if cell["cell_type"] == "code"
    ]
    return [(number, source) for number, source in sources if source.strip()]


def _encodable(text):
    """The text, with lone halves of characters escaped so that it can be written."""
    return text.encode(errors="backslashreplace").decode()


def _cell(text):
    """Text that a spreadsheet will not read as a formula."""
    return f"'{text}" if re.match(r"[=+\-@\t\r]", text) else text


def _report(grade):
    total = sum(outcome.out_of for outcome in grade.outcomes.values())
    head = [
        f"{grade.name}: {grade.total:g} of {total:g} points",
        f"Graded in {grade.seconds:.0f} seconds, with inputs of the grader's own.",
    ]
    if grade.first_error:
        head.append(f"First error while running: {grade.first_error}")
    return "\n\n".join(["\n".join(head), *map(str, grade.outcomes.values())]) + "\n"


def _lab(text):
    try:
        return lab_named(text)
    except UnknownQuestion as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "submissions", type=Path, help="the folder with the *.ipynb files"
    )
    parser.add_argument("--output", type=Path, default=ROOT / "grades")
    parser.add_argument("--lab", type=_lab, default="06", help="06 (default) or 07")
    parser.add_argument("--dataset", default="sample", help="what the notebooks load")
    parser.add_argument("--workers", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--cell-seconds", type=float, default=Limits.cell)
    parser.add_argument("--seconds", type=float, default=Limits.total)
    options = parser.parse_args(arguments)
    if not submissions_in(options.submissions):
        print(
            f"There are no notebooks (*.ipynb) in {options.submissions}: name the "
            "folder that holds the submissions.",
            file=sys.stderr,
        )
        return 1
    try:
        check_kernel(draw=False)
        options.output.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=options.output).close()
    except CheckFailed as error:
        print(f"Nothing was graded, because {error}.", file=sys.stderr)
        return 1
    except OSError as error:
        print(
            f"Nothing was graded, because {options.output} cannot be written to "
            f"({error.strerror}): name another folder by --output.",
            file=sys.stderr,
        )
        return 1
    grades = grade_folder(
        options.submissions,
        options.output,
        options.lab,
        options.dataset,
        options.workers,
        Limits(options.cell_seconds, options.seconds),
    )
    for grade in grades:
        name = _encodable(grade.name)
        print(f"{grade.total:6g}  {name}  {grade.first_error}".rstrip())
    print(f"{options.output / 'grades.csv'}: {len(grades)} submissions graded.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
