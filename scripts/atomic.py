"""Files that are either whole or not there. For everyone who writes one."""

import errno
import glob
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

try:
    import fcntl
except ImportError:  # Windows, where a file that a process has open stays by itself
    fcntl = None

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class CannotWrite(OSError):
    """The file could not be written; the sentence says why, and what to do."""

    def __init__(self, target: Path, error: OSError):
        super().__init__(error.errno, error.strerror, str(target))

    def __str__(self) -> str:
        remedy = "Check the permissions of the folder, or choose another one."
        if self.errno in FULL:
            remedy = "Free some space on the disk, or choose another folder."
        elif self.errno == errno.EISDIR:
            remedy = "It is a folder: add the name of a file to the path."
        return (
            f"{self.filename} cannot be written ({self.strerror}). A file that was "
            f"there before is as it was. {remedy}"
        )


@contextmanager
def writing(target: Path) -> Iterator[BinaryIO]:
    """A file to write to, which becomes `target` only when the block ends well.

    The bytes go to a hidden `.part` file in the same folder, which is made if needed.
    Its name cannot be guessed and it must be new, so no link is followed. The last step
    is a rename: readers see the old file or the new one. If the block raises, the part
    is removed. A process that is killed leaves its part, and the next writer of
    `target` removes it. Raises `CannotWrite`, an `OSError`.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with writing(Path(folder) / "a.txt") as file:
    ...         _ = file.write(b"whole")
    ...     [(path.name, path.read_text()) for path in Path(folder).iterdir()]
    [('a.txt', 'whole')]
    """
    with _named(target):
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(target)
        handle, lock = _new_part(target)
    part = Path(handle.name)
    try:
        with _named(target, only=FULL), handle:  # others in the block are not ours
            yield handle
        with _named(target):
            os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
        if lock is not None:
            os.close(lock)


def write_whole(target: Path, data: bytes) -> None:
    """`data` as the file `target`: all of it, or `CannotWrite`; see `writing`."""
    with writing(target) as file:
        file.write(data)


def check_writable(target: Path) -> None:
    """Could `target` be written now? Raises `CannotWrite`, and changes no file."""
    with _named(target):
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, lock = _new_part(target)
    handle.close()
    Path(handle.name).unlink(missing_ok=True)
    if lock is not None:
        os.close(lock)


def _new_part(target: Path) -> tuple[BinaryIO, int | None]:
    """A new part, and a descriptor whose lock tells others that someone writes it."""
    while True:
        # Cut, because the name of the target may have the greatest length there is.
        name = f".{target.name[:40]}.{secrets.token_hex(8)}.part"
        handle = target.with_name(name).open("xb")
        if fcntl is None:
            return handle, None
        lock = os.dup(handle.fileno())  # outlives `handle`, until the rename is done
        with suppress(OSError):  # a file system without locks: nothing is removed there
            fcntl.flock(lock, fcntl.LOCK_EX)
        if os.path.exists(handle.name):
            return handle, lock
        os.close(lock)  # another writer took it for abandoned before it was locked
        handle.close()


def _remove_abandoned(target: Path) -> None:
    """Remove the parts of `target` that no process holds."""
    name = f".{glob.escape(target.name[:40])}.{'?' * 16}.part"
    for part in target.parent.glob(name):
        with suppress(OSError):
            if fcntl is None:
                part.unlink()
                continue
            lock = os.open(part, os.O_RDWR | os.O_NOFOLLOW)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                part.unlink()
            finally:
                os.close(lock)


@contextmanager
def _named(target: Path, only: set[int] | None = None) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        other = only is not None and error.errno not in only
        if other or isinstance(error, CannotWrite):
            raise
        raise CannotWrite(target, error) from error
