"""For instructors: grade a folder of notebooks, `make grade SUBMISSIONS=dir`.

Each notebook runs in a fresh kernel and a folder of its own. Its functions are then
called with new inputs and judged here, by this checkout's checks: whatever a submission
does to `check`, to its check cells or to its copy of the course does not count.

    python scripts/tools/grade.py submissions --output grades
"""

import argparse
import functools
import hashlib
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from checks.texts import UnknownQuestion, lab_named, questions_of
from reporting import progress
from tools.check_env import CheckFailed, check_kernel
from tools.grade_formats import FORMATS
from tools.gradebook import LEFT_OUT, TABLE, Gradebook
from tools.grading import Assignment, Grade, Limits, grade_notebook, printable
from tools.grading_pool import run_all
from tools.labs import ROOT
from tools.protection import copy_course, protection
from tools.similar import similar_pairs
from tools.submissions import submissions_in
from tools.submitted_files import CannotRead

MOST_LISTED = 20  # files left out, on the screen; the table has all


def grade_folder(
    folder: Path, output: Path, lab="06", dataset="sample", workers=2, limits=None
) -> Gradebook:
    """Grade every notebook in `folder`; write grades.csv and a report per learner.

    Rows are written as they are known. Rows of an unfinished run into `output` are
    kept where the notebook is still the same.
    """
    limits = limits or Limits()
    found, left_out = submissions_in(folder, without=output)
    settings = {"dataset": dataset, "cell": limits.cell, "total": limits.total}
    book = Gradebook(output, lab, settings)
    jobs = [each for each in found if not book.has(each.name, _digest(each))]
    if book.kept:
        print(
            f"An earlier run into {output} was not finished: it goes on, and "
            f"{len(found) - len(jobs)} of its {len(book.kept)} rows are kept."
        )
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as course:
        assignment = Assignment(
            lab, dataset, limits, copy_course(Path(course)), protection()
        )
        job = functools.partial(grade_notebook, assignment=assignment)
        results = run_all(job, jobs, workers, limits.total)
        for submission, grade, why in progress(results, "grading", len(jobs)):
            book.add(grade or _ungraded(submission.name, why, lab))
    book.finish([each.name for each in found], left_out)
    return book


def _digest(submission):
    try:
        return hashlib.sha256(submission.read()).hexdigest()
    except CannotRead:
        return ""


def _ungraded(name, why, lab):
    grade = Grade(name)
    grade.because(why)
    grade.leave_the_rest_blank(questions_of(lab))
    return grade


def _state_of_scripts():
    """A digest of the grader's own files, to see whether somebody changed them."""
    digest = hashlib.sha256()
    for path in sorted((ROOT / "scripts").rglob("*")):
        if path.suffix in (".py", ".toml"):
            digest.update(os.fsencode(path) + path.read_bytes())
    return digest.digest()


def _lab(text):
    try:
        return lab_named(text)
    except UnknownQuestion as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _parser():
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
    parser.add_argument(
        "--similar", action="store_true", help="list notebooks with nearly equal code"
    )
    parser.add_argument(
        "--format", choices=sorted(FORMATS), help="write the table of that system too"
    )
    return parser


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    if problem := _problem(options):
        print(problem, file=sys.stderr)
        return 1
    before = _state_of_scripts()
    try:
        book = grade_folder(
            options.submissions,
            options.output,
            options.lab,
            options.dataset,
            options.workers,
            Limits(options.cell_seconds, options.seconds),
        )
    except (KeyboardInterrupt, OSError) as error:
        why = f": {error}" if isinstance(error, OSError) else ""
        print(
            f"\nStopped{why}. The rows known so far are in {options.output / TABLE}; "
            "the same command goes on from there.",
            file=sys.stderr,
        )
        return 1 if why else 130
    _summary(book, options)
    if _state_of_scripts() != before:
        print(
            "Files in scripts/ changed while the notebooks ran, perhaps by one of "
            "them. Look with `git status`, restore them, and grade again.",
            file=sys.stderr,
        )
        return 1
    return 0


def _problem(options):
    """Why nothing can be graded, in a sentence; "" where it can."""
    found, left_out = submissions_in(options.submissions, options.output)
    if not found:
        there = f" {len(left_out)} other files are there." if left_out else ""
        return (
            f"There are no notebooks (*.ipynb) in {options.submissions}: name the "
            f"folder that holds the submissions.{there}"
        )
    try:
        check_kernel(draw=False)
        options.output.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=options.output).close()
    except CheckFailed as error:
        return f"Nothing was graded, because {error}."
    except OSError as error:
        return (
            f"Nothing was graded, because {options.output} cannot be written to "
            f"({error.strerror}): name another folder by --output."
        )
    return ""


def _summary(book, options):
    rows = list(book.rows.values())
    for row in rows:
        named = dict(zip(book.columns, row, strict=True))
        line = f"{named['total']:>6}  {named['name']}  {named['first_error']}"
        print(line.rstrip())
    _, left_out = submissions_in(options.submissions, options.output)
    for each in left_out[:MOST_LISTED]:
        print(f"left out: {printable(each.name)}: {each.reason}")
    if len(left_out) > MOST_LISTED:
        print(f"{len(left_out)} files were left out: {options.output / LEFT_OUT}.")
    if options.similar:
        found, _ = submissions_in(options.submissions, options.output)
        for pair, names in similar_pairs(found, options.lab).items():
            alike = " and ".join(map(printable, pair))
            print(f"nearly the same code: {alike}: {', '.join(names)}")
    if options.format:
        points = {row[0]: float(row[book.columns.index("total")]) for row in rows}
        path = options.output / f"{options.format}.csv"
        unknown = FORMATS[options.format](points, path, options.lab)
        print(f"{path}: for {options.format}.")
        if unknown:
            print(f"Whose are these? Enter them yourself: {', '.join(unknown)}.")
    print(f"{options.output / TABLE}: {len(book.rows)} submissions graded.")
    print(protection())


if __name__ == "__main__":
    sys.exit(main())
