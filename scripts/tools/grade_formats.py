"""For instructors: the grades in the form that Moodle or Canvas takes back.

Students are known from the names that these systems give to downloaded files.
"""

import csv
import io
import re
from pathlib import Path

from atomic import write_whole

MOODLE = re.compile(r"(?:^|/)([^/]+)_(\d+)_assignsubmission_")
CANVAS = re.compile(r"(?:^|/)([^/_]+)(?:_LATE)?_(\d+)_\d+_[^/]*$", re.IGNORECASE)


def write_moodle(points: dict[str, float], path: Path) -> list[str]:
    """Write a grading worksheet; returns the names whose student is not known.

    `points` are totals by the names of `grades.csv`. Of several notebooks of one
    student the best counts.
    """
    best, unknown = _best(points, MOODLE)
    rows = [[f"Participant {number}", who, total] for number, who, total in best]
    _write(path, [["Identifier", "Full name", "Grade"], *rows])
    return unknown


def write_canvas(points: dict[str, float], path: Path, lab: str) -> list[str]:
    """Write a table to import; returns the names whose student is not known.

    Canvas makes a new assignment, `Lab 06`, unless the column gets the name of yours.
    """
    best, unknown = _best(points, CANVAS)
    rows = [[who, number, "", total] for number, who, total in best]
    _write(path, [["Student", "ID", "Section", f"Lab {lab}"], *rows])
    return unknown


FORMATS = {
    "moodle": lambda points, path, lab: write_moodle(points, path),
    "canvas": write_canvas,
}


def _best(points, pattern):
    """(number, name, points as text) of each student, and the names of no student."""
    found, unknown = {}, []
    for name, total in points.items():
        student = pattern.search(name)
        if student is None:
            unknown.append(name)
            continue
        who, number = student.groups()
        if number not in found or total > found[number][1]:
            found[number] = who, total
    return [(n, who, f"{total:g}") for n, (who, total) in found.items()], unknown


def _write(path, rows):
    file = io.StringIO()
    csv.writer(file).writerows(rows)
    write_whole(path, file.getvalue().encode())
