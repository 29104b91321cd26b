"""For instructors: reading what was handed in, files and archives, within bounds.

Only regular files are read, never more than `MOST_BYTES` of a notebook, and nothing is
unpacked to the disk.
"""

import io
import lzma
import os
import re
import stat
import zipfile
import zlib
from pathlib import Path

MOST_BYTES = 30_000_000  # of one notebook
MOST_ZIP_BYTES = 500_000_000  # of one archive
MOST_MEMBERS = 20_000
NOTEBOOK = re.compile(r"\.ipynb(\.\w{1,8})?$", re.IGNORECASE)  # also .ipynb.txt
# Windows and macOS keep these beside what people have written.
CLUTTER = {"__MACOSX", "Thumbs.db", "desktop.ini"}
# What the zip module raises for archives that are cut, encrypted, odd or hostile.
DAMAGED = (
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OSError,
    EOFError,
    KeyError,
    OverflowError,
    lzma.LZMAError,
    zlib.error,
)


class CannotRead(Exception):
    """The message says why a submission cannot be read."""


def is_clutter(name: str) -> bool:
    """Whether a path leads through what programs keep for themselves."""
    return any(part.startswith(".") or part in CLUTTER for part in name.split("/"))


def too_large(size: int, most: int) -> str:
    """Why so many bytes are not read, or ""."""
    if size <= most:
        return ""
    return f"it is larger than {most / 1e6:g} MB: clear its outputs and save it again"


def bounded(path: Path, most: int) -> bytes:
    """The bytes of a regular file, without waiting for a pipe. Raises `CannotRead`."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        with open(path, "rb", opener=lambda name, _: os.open(name, flags)) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise CannotRead("it is not a regular file")
            data = file.read(most + 1)
    except OSError as error:
        raise CannotRead(f"it cannot be read ({error.strerror})") from error
    if reason := too_large(len(data), most):
        raise CannotRead(reason)
    return data


def notebooks_in(data: bytes, outer: tuple = ()) -> tuple[list, list]:
    """((name, members, reason), …) of the notebooks, and (name, reason) of the rest."""
    found, left_out = [], []
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        infos = archive.infolist()
    if len(infos) > MOST_MEMBERS:
        raise CannotRead(f"it has more than {MOST_MEMBERS:,} files")
    for info in infos:
        name, members = info.filename.replace("\\", "/"), (*outer, info.filename)
        if info.is_dir():
            continue
        if is_clutter(name) and ".." not in name.split("/"):
            left_out.append((name, "it is hidden, as copies made by programs are"))
        elif NOTEBOOK.search(name):
            linked = stat.S_ISLNK(info.external_attr >> 16)
            reason = "it is a link" if linked else ""
            reason = reason or too_large(info.file_size, MOST_BYTES)
            found.append((name, members, reason))
        elif name.lower().endswith(".zip") and not outer:
            stem = name[: -len(".zip")]
            try:
                inside, rest = notebooks_in(member_of(data, info.filename), members)
            except (CannotRead, *DAMAGED) as error:
                inside = [
                    ("", members, f"the archive cannot be read ({said_by(error)})")
                ]
                rest = []
            found += [(f"{stem}/{n}".rstrip("/"), m, why) for n, m, why in inside]
            left_out += [(f"{stem}/{n}", why) for n, why in rest]
        else:
            left_out.append((name, "it is not a notebook (*.ipynb)"))
    if outer and not found:
        found.append(("", outer, "the archive holds no notebook (*.ipynb)"))
    return found, left_out


def member_of(data: bytes, name: str) -> bytes:
    """The bytes of one file in an archive. Raises `CannotRead`."""
    most = MOST_ZIP_BYTES if name.lower().endswith(".zip") else MOST_BYTES
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open(name) as file:
            inside = file.read(most + 1)
    except DAMAGED as error:
        reason = f"it cannot be read in its archive ({said_by(error)})"
        raise CannotRead(reason) from error
    if reason := too_large(len(inside), most):
        raise CannotRead(reason)
    return inside


def said_by(error: Exception) -> str:
    """Its message, or its name."""
    return str(error) or type(error).__name__
