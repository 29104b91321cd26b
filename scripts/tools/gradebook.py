"""For instructors: the table of grades, written row by row, and a report for each.

A row is on the disk as soon as it is known. If the run is killed, the next one into the
same folder goes on after the last row.
"""

import csv
import io
import json
import os
import re
from pathlib import Path

from atomic import write_whole
from checks.texts import questions_of
from tools.grading import Grade, printable
from tools.submissions import LeftOut

TABLE, UNFINISHED, LEFT_OUT = "grades.csv", "unfinished.json", "left_out.csv"
FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]")
DIGEST = re.compile(r"^SHA-256 of the notebook: (\w+)$", re.MULTILINE)
MOST_NAME = 200  # bytes of a report's name, so that an ending fits


class Gradebook:
    """The table in `folder`. `settings` are what must be equal for rows to be kept.

    `kept` are the rows of an earlier run that was not finished, by name; `grades` are
    the `Grade`s of this run.
    """

    def __init__(self, folder: Path, lab: str, settings: dict):
        self.folder, self.keys = folder, questions_of(lab)
        self.settings = {"lab": lab, **settings}
        self.kept = self._rows_of_unfinished()
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / UNFINISHED, json.dumps(self.settings).encode())
        self.rows = dict(self.kept)
        self._write_table()
        self.grades = {}

    @property
    def columns(self) -> list[str]:
        return ["name", *self.keys, "total", "seconds", "first_error", "reason"]

    def has(self, name: str, digest: str) -> bool:
        """Whether a row of exactly this notebook was kept."""
        row = self.kept.get(_cell(name))
        if row is None or not digest:
            return False
        try:
            text = (self.folder / _report_name(name)).read_text(encoding="utf-8")
        except OSError:
            return False
        found = DIGEST.search(text)
        return bool(found) and found[1] == digest

    def add(self, grade: Grade) -> None:
        """Write a report and a row, and wait until the row is on the disk."""
        try:
            write_report(grade, self.folder)
        except OSError as error:
            grade.because(f"its report cannot be written ({error.strerror})")
        row = row_of(grade, self.keys)
        self.rows[row[0]] = row
        self.grades[grade.name] = grade
        with open(self.folder / TABLE, "ab") as file:
            file.write(_csv([row]))
            file.flush()
            os.fsync(file.fileno())

    def finish(self, names: list[str], left_out: list[LeftOut]) -> None:
        """Write the table anew, in the order of names, and what was left out."""
        wanted = [_cell(name) for name in names]
        self.rows = {name: self.rows[name] for name in wanted if name in self.rows}
        self._write_table()
        table = [["name", "reason"]]
        table += [[_cell(each.name), _cell(each.reason)] for each in left_out]
        write_whole(self.folder / LEFT_OUT, _csv(table))
        (self.folder / UNFINISHED).unlink(missing_ok=True)

    def _write_table(self):
        write_whole(self.folder / TABLE, _csv([self.columns, *self.rows.values()]))

    def _rows_of_unfinished(self):
        try:
            settings = json.loads((self.folder / UNFINISHED).read_text("utf-8"))
            with open(self.folder / TABLE, newline="", encoding="utf-8") as file:
                head, *rows = csv.reader(file)
        except (OSError, ValueError, csv.Error):
            return {}
        if settings != self.settings or head != self.columns:
            return {}
        return {row[0]: row for row in rows if len(row) == len(head)}


def row_of(grade: Grade, keys: list[str]) -> list[str]:
    """The cells of one row, as text that no spreadsheet takes for a formula."""
    points = [f"{grade.outcomes[key].points:g}" for key in keys]
    texts = [_cell(grade.first_error), _cell("; ".join(grade.reasons))]
    row = [_cell(grade.name), *points, f"{grade.total:g}"]
    return [*row, f"{grade.seconds:.0f}", *texts]


def write_report(grade: Grade, output: Path) -> None:
    """Write a page for one learner."""
    text = printable(_report(grade), lines=True)
    write_whole(output / _report_name(grade.name), text.encode())


def _csv(rows):
    file = io.StringIO()
    csv.writer(file).writerows(rows)
    return file.getvalue().encode()


def _cell(text):
    text = printable(text)
    return f"'{text}" if FORMULA.match(text) else text


def _report_name(name):
    """`reports/<name>.txt`. A folder of such a name gets a mark, for both may be."""
    *folders, last = [_short_enough(part) for part in name.split("/")]
    marked = [f"{part}_" if re.search(r"\.txt_*$", part) else part for part in folders]
    return Path("reports", *marked, f"{last}.txt")


def _short_enough(part):
    part = re.sub(r'[<>:"\\|?*\x00-\x1f]', "_", part)
    if part in ("", ".", ".."):
        return f"{part}_"
    return os.fsencode(part)[:MOST_NAME].decode(errors="ignore")


def _report(grade):
    total = sum(outcome.out_of for outcome in grade.outcomes.values())
    head = [
        f"{grade.name}: {grade.total:g} of {total:g} points",
        f"Graded in {grade.seconds:.0f} seconds, with inputs of the grader's own.",
        f"SHA-256 of the notebook: {grade.digest or 'none, it could not be read'}",
    ]
    if grade.first_error:
        head.append(f"First error while running: {grade.first_error}")
    head += [f"Note: {reason}" for reason in grade.reasons]
    return "\n\n".join(["\n".join(head), *map(str, grade.outcomes.values())]) + "\n"
