"""Files that are either whole or not there."""

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from .errors import UnwritableFolder

ABANDONED_AFTER = 24 * 3600  # seconds without a change


@contextmanager
def writing(target: Path) -> Iterator[BinaryIO]:
    """A file to write to, which becomes `target` only when the block ends well.

    The bytes go to a hidden `.part` file in the same folder, so that the last step is
    a rename, which readers see wholly or not at all. Each process writes its own part.
    If the block raises, the part is removed. A process that is killed leaves its part;
    the next writer removes it after a day. Raises `UnwritableFolder`.
    """
    part = target.with_name(f".{target.name}.{os.getpid()}-{secrets.token_hex(4)}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove_abandoned_parts(target)
        with part.open("xb") as handle:
            yield handle
        os.replace(part, target)
    except OSError as error:
        raise UnwritableFolder(
            f"{target.name} cannot be written to {target.parent} "
            f"({error.strerror or error}). Check the folder's permissions and the free "
            "space on its disk, or pass another folder as data_dir."
        ) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _remove_abandoned_parts(target: Path) -> None:
    for part in target.parent.glob(f".{target.name}.*.part"):
        with suppress(OSError):
            if time.time() - part.stat().st_mtime > ABANDONED_AFTER:
                part.unlink()
