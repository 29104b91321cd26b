"""For instructors: grade one submission: run it, call its functions, judge here."""

import hashlib
import re
import time
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

from checks import QUESTIONS, TEXTS
from checks.outcomes import Outcome
from checks.texts import lab_of, questions_of
from tools.answers import judge_remote
from tools.learner_kernel import KernelLost, LearnerKernel, OutOfTime
from tools.notebook_code import NotANotebook, names_stored, read_notebook
from tools.protection import Protection
from tools.submissions import Submission
from tools.submitted_files import CannotRead

CELLS_SHARE = 0.75  # of a submission's time; the rest is for its questions
MOST_RESTARTS = 25
AWAY = "NotWhileGrading"
ESCAPES = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)?|.)?")
# What a notebook may do to the checks. It changes no points, but is worth a look.
TOUCHES = {
    r"exercises\.toml|checks[/\\]+questions|notebooks[/\\]+solutions": (
        "names the files with the worked answers, which are away while grading"
    ),
    r"^\s*(?:[\w.]+\s*=\s*)*checks\.[\w.]+\s*=[^=]|sys\.modules\[.checks|"
    r"setattr\(\s*checks\b|^\s*(?:def|class)\s+(?:check|passed|judge)\b": (
        "replaces a part of the checks, which judge elsewhere"
    ),
}


@dataclass(frozen=True)
class Limits:
    """The most seconds for one cell, and for a whole submission."""

    cell: float = 60
    total: float = 240


@dataclass(frozen=True)
class Assignment:
    """What is the same for all submissions of one run."""

    lab: str
    dataset: str
    limits: Limits
    course: Path
    protection: Protection


@dataclass
class Grade:
    """One learner's result: outcomes by question, and the first thing that failed.

    `reasons` say why points are not what the notebook seems to deserve.
    """

    name: str
    outcomes: dict = field(default_factory=dict)
    seconds: float = 0.0
    first_error: str = ""
    reasons: list = field(default_factory=list)
    digest: str = ""

    @property
    def total(self) -> float:
        """The points of all questions together."""
        return sum(outcome.points for outcome in self.outcomes.values())

    def note(self, error: str) -> None:
        """Keep the first error, in one short line."""
        if error and not self.first_error:
            self.first_error = printable(" ".join(error.split()))[:200]

    def because(self, reason: str) -> None:
        """Add a reason, and let it be the first error where there is none."""
        if reason not in self.reasons:
            self.reasons.append(printable(" ".join(reason.split()))[:300])
        self.note(reason)

    def leave_the_rest_blank(self, keys: list[str]) -> None:
        """Questions without an outcome count as not attempted."""
        for key in keys:
            self.outcomes.setdefault(key, _blank(key))


def grade_notebook(submission: Submission, assignment: Assignment) -> Grade:
    """Run and judge one submission. Whatever it does, a `Grade` comes back."""
    grade, start = Grade(submission.name), time.monotonic()
    keys = questions_of(assignment.lab)
    try:
        data = submission.read()
        grade.digest = hashlib.sha256(data).hexdigest()
        code = read_notebook(data)
        for note in code.notes:
            grade.because(note)
        if code.cells:
            _Trial(grade, code, keys, assignment, start).run()
            _explain(grade, code, keys, assignment.lab)
    except CannotRead as error:
        grade.because(f"not graded: {error}")
    except NotANotebook as error:
        grade.because(f"it is not a notebook: {error}")
    except Exception as error:  # what is judged already stays
        grade.because(f"the grader failed: {type(error).__name__}: {error}")
    grade.leave_the_rest_blank(keys)
    grade.seconds = time.monotonic() - start
    return grade


def printable(text: str, lines: bool = False) -> str:
    """The text without what steers a terminal or cannot be written.

    Line ends and tabs stay with `lines`, and are spaces without.
    """
    text = ESCAPES.sub("", text)
    kept = []
    for sign in text:
        if sign in "\n\t":
            kept.append(sign if lines else " ")
        elif unicodedata.category(sign) not in ("Cc", "Cf"):
            kept.append(sign)
    return "".join(kept).encode(errors="backslashreplace").decode()


class _Trial:
    """Runs the cells, then the questions.

    A cell or a question that crashes the kernel is left out, and everything else is
    run again in a new one.
    """

    def __init__(self, grade, code, keys, assignment, start):
        self.grade, self.code, self.keys = grade, code, keys
        self.assignment, limits = assignment, assignment.limits
        self.end = start + limits.total
        self.end_of_cells = start + CELLS_SHARE * limits.total
        self.left_out, self.lost = set(), {}
        self.excused, self.undefined = set(), {}
        self.current = "kernel"

    def run(self):
        for _ in range(MOST_RESTARTS):
            kernel = None
            try:
                kernel = LearnerKernel(
                    self.assignment.course,
                    self.assignment.dataset,
                    self.assignment.protection,
                    self.end,
                )
                self._run_cells(kernel)
                self._judge_all(kernel)
                break
            except OutOfTime:
                self._too_long()
                break
            except KernelLost as error:
                if not self._leave_out_current(str(error)):
                    break
            finally:
                if kernel:
                    kernel.close()
        if self.undefined:
            self.grade.because(_why_undefined(self.undefined, self.code))

    def _leave_out_current(self, why):
        """Note who lost the kernel; False where another one would be lost too."""
        current, self.current = self.current, "kernel"
        if current == "kernel":
            self.grade.note(f"kernel: {why}")
            return False
        if isinstance(current, int):
            self.grade.note(f"cell {current}: {why}")
            self.left_out.add(current)
        else:
            self.grade.note(f"{current}: {why}")
            self.lost[current] = _blank(
                current, status="raised", message=f"KernelLost: {why}"
            )
        return time.monotonic() < self.end

    def _run_cells(self, kernel):
        for number, source in self.code.cells:
            if number in self.left_out:
                continue
            rest = self.end_of_cells - time.monotonic()
            if rest <= 0:
                self._too_long(f": the cells from {number} on were left out")
                break
            self.current = number
            cell = kernel.run(source, min(self.assignment.limits.cell, rest))
            if cell.stopped:  # in another kernel it would take as long again
                self.left_out.add(number)
            if cell.error and not self._is_excused(cell, source):
                self.grade.note(f"cell {number}: {cell.error}")
        self.current = "kernel"

    def _is_excused(self, cell, source):
        """Whether a cell failed only because the worked answers are away."""
        missing = re.search(r"NameError: name '(\w+)' is not", cell.error)
        excused = cell.kind.endswith(AWAY) or (missing and missing[1] in self.excused)
        if excused:
            self.excused |= names_stored(source)
        return bool(excused)

    def _judge_all(self, kernel):
        for key in self.keys:
            if key in self.grade.outcomes:
                continue
            self.current = key
            self.grade.outcomes[key] = self.lost.get(key) or self._judge(kernel, key)
        self.current = "kernel"

    def _judge(self, kernel, key):
        outcome, missing = judge_remote(kernel, key)
        if missing:
            self.undefined[key] = missing
        return outcome

    def _too_long(self, what=""):
        seconds = self.assignment.limits.total
        self.grade.because(f"it took more than {seconds:g} seconds in all{what}")


def _explain(grade, code, keys, lab):
    """Add reasons that the outcomes and the notebook's text give."""
    used = [key for key in keys if key in grade.outcomes]
    used = [key for key in used if AWAY in grade.outcomes[key].message]
    if used:
        grade.because(
            f"{', '.join(used)}: the answer uses a worked answer of the course, which "
            "is away while grading"
        )
    for pattern, what in TOUCHES.items():
        cells = [str(n) for n, text in code.cells if re.search(pattern, text, re.M)]
        if cells:
            grade.because(f"cell {', '.join(cells)} {what}")


def _why_undefined(undefined, code):
    """One sentence on the functions that the notebook does not define."""
    names = [name for missing in undefined.values() for name in missing]
    others = {
        lab_of(key)
        for key, question in QUESTIONS.items()
        if key not in undefined and code.functions.issuperset(question.names)
    }
    expected = {name for question in QUESTIONS.values() for name in question.names}
    listed = [f"{', '.join(missing)} ({key})" for key, missing in undefined.items()]
    more = f" and {len(listed) - 3} more" if len(listed) > 3 else ""
    said = f"not defined: {', '.join(listed[:3])}{more}"
    lab = lab_of(next(iter(undefined)))
    if len(undefined) == len(questions_of(lab)) and others - {lab}:
        other = min(others - {lab})
        return f"this looks like lab {other}, not lab {lab}: LAB={other}; {said}"
    inside = {name: code.in_classes[name] for name in names if name in code.in_classes}
    if inside:
        name, holder = next(iter(inside.items()))
        said = f"{name} stands inside the class {holder}, not at the top level; {said}"
    unknown = sorted(code.functions - expected)
    if unknown:
        said += f". Functions of other names: {', '.join(unknown[:5])}"
    return said


def _blank(key, **fields):
    text = TEXTS[key]
    fields = {"status": "not attempted", **fields}
    return Outcome(key=key, title=text["title"], out_of=text["points"], **fields)
