"""For instructors: which files in a folder are submissions, and why others are not.

Every file is either a submission or left out with a reason.
"""

import os
import re
import stat
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tools.submitted_files import (
    DAMAGED,
    MOST_BYTES,
    MOST_ZIP_BYTES,
    NOTEBOOK,
    CannotRead,
    bounded,
    is_clutter,
    member_of,
    notebooks_in,
    said_by,
    too_large,
)

MOST_ENTRIES = 100_000  # of the whole folder
MOODLE = re.compile(r"_\d+_assignsubmission_")


@dataclass(frozen=True)
class Submission:
    """A file that is graded: its name in the table, and where it lies.

    `members` are the names inside archives, the outermost first. `reason` says why it
    cannot be read, and is "" where it can.
    """

    name: str
    path: Path
    members: tuple[str, ...] = ()
    reason: str = ""

    def read(self) -> bytes:
        """The file's bytes. Raises `CannotRead`."""
        if self.reason:
            raise CannotRead(self.reason)
        if not self.members:
            return bounded(self.path, MOST_BYTES)
        data = bounded(self.path, MOST_ZIP_BYTES)
        for member in self.members:
            data = member_of(data, member)
        return data


@dataclass(frozen=True)
class LeftOut:
    """A file that is not graded, and why not."""

    name: str
    reason: str


def submissions_in(
    folder: Path, without: Path | None = None
) -> tuple[list[Submission], list[LeftOut]]:
    """The submissions in `folder`, its subfolders and its archives, by their names.

    What lies in the folder `without` is not looked at.
    A name is the path without `.ipynb`; any other ending stays a part of it. A folder
    or an archive without a notebook is a submission too: one that cannot be read.
    """
    folder = Path(os.path.realpath(folder))
    found, left_out = [], []
    hidden = Path(os.path.realpath(without)) if without else None
    for name, path, kind in _walk(folder, hidden):
        if kind is None and NOTEBOOK.search(name):
            found.append(Submission(name, path))
        elif kind is None:
            left_out.append(LeftOut(name, "it is not a notebook (*.ipynb)"))
        elif kind == "zip":
            inside, rest = _in_archive(name, path)
            found += inside
            left_out += rest
        elif NOTEBOOK.search(name) and not is_clutter(name):
            found.append(Submission(name, path, reason=kind))
        else:
            left_out.append(LeftOut(name, kind))
    found += _folders_without(found, left_out)
    return _named(found), sorted(left_out, key=lambda each: each.name)


def _walk(folder, without) -> Iterator[tuple[str, Path, str | None]]:
    """(name, path, kind) of what lies in `folder`.

    The kind is None for a file to read, "zip", or why it is neither.
    """
    waiting, count = [folder], 0
    while waiting:
        place = waiting.pop()
        try:
            entries = sorted(os.scandir(place), key=lambda entry: entry.name)
        except OSError as error:
            reason = f"it cannot be opened ({error.strerror})"
            yield place.relative_to(folder).as_posix(), place, reason
            continue
        for entry in entries:
            path = Path(entry.path)
            name = path.relative_to(folder).as_posix()
            if path == without:
                continue
            count += 1
            if count > MOST_ENTRIES:
                yield (
                    name,
                    path,
                    f"it comes after {MOST_ENTRIES:,} others: make folders",
                )
                return
            if is_clutter(name):
                yield name, path, "it is hidden, as copies made by programs are"
            elif entry.is_dir(follow_symlinks=False):
                if NOTEBOOK.search(name) and not any(path.iterdir()):
                    yield (
                        name,
                        path,
                        "it is an empty folder with the name of a notebook",
                    )
                waiting.append(path)
            else:
                yield name, *_kind(path, folder)


def _kind(path, folder):
    if path.is_symlink():
        target = Path(os.path.realpath(path))
        if not target.is_relative_to(folder):
            return path, "it is a link to something outside the folder"
        if not target.is_file():
            return path, "it is a link to something that is not a file"
        path = target
    try:
        status = path.lstat()
    except OSError as error:
        return path, f"it cannot be read ({error.strerror})"
    if not stat.S_ISREG(status.st_mode):
        return path, "it is not a regular file"
    if path.suffix.lower() == ".zip":
        return path, "zip"
    return path, too_large(status.st_size, MOST_BYTES) or None


def _in_archive(name, path):
    """The submissions in an archive on the disk, and what is left out of it."""
    try:
        found, left_out = notebooks_in(bounded(path, MOST_ZIP_BYTES))
    except (CannotRead, *DAMAGED) as error:
        reason = f"the archive cannot be read ({said_by(error)})"
        return [Submission(name, path, reason=reason)], []
    stem = name[: -len(".zip")]
    submissions = [
        Submission(f"{stem}/{inside}", path, members, reason)
        for inside, members, reason in found
    ]
    if not submissions:
        reason = "the archive holds no notebook (*.ipynb)"
        submissions = [Submission(name, path, reason=reason)]
    return submissions, [LeftOut(f"{stem}/{n}", why) for n, why in left_out]


def _folders_without(found, left_out):
    """A student's folder without a notebook is a submission that cannot be read.

    A student's folder is one that Moodle made, or one beside others with notebooks.
    """
    has = {_student(each.name) for each in found} - {""}
    visible = [each.name for each in left_out if not is_clutter(each.name)]
    without = {_student(name) for name in visible} - {""} - has
    if not any("/" not in name for name in has):
        without = {name for name in without if MOODLE.search(name)}
    reason = "there is no notebook (*.ipynb) in this folder"
    return [Submission(name, Path(name), reason=reason) for name in without]


def _student(name):
    """The folder of a student that a file lies in: Moodle's, or the topmost, or ""."""
    parts = name.split("/")[:-1]
    for place, part in enumerate(parts, start=1):
        if MOODLE.search(part):
            return "/".join(parts[:place])
    return "/".join(parts[:1])


def _named(found):
    """The submissions under names of their own, in the order of their names."""
    short = [_short(each.name) for each in found]
    count = Counter(short)
    names, named = set(), []
    for each, name in zip(found, short, strict=True):
        if count[name] > 1 and not each.path.name.endswith(".ipynb"):
            name = each.name
        while name in names:
            name += "~"
        names.add(name)
        named.append(replace(each, name=name))
    return sorted(named, key=lambda each: each.name)


def _short(name):
    return name.removesuffix(".ipynb")
