"""Files that are either whole or not there. For everyone who writes one."""

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

ABANDONED_AFTER = 24 * 3600  # seconds without a change


@contextmanager
def writing(target: Path) -> Iterator[BinaryIO]:
    """A file to write to, which becomes `target` only when the block ends well.

    The bytes go to a hidden `.part` file in the same folder, which is made if needed;
    the last step is a rename, so readers see the old file or the new one. If the block
    raises, the part is removed. A process that is killed leaves its part; the next
    writer of `target` removes it after a day. Raises `OSError` as `open` does.
    """
    part = target.with_name(f".{target.name}.{os.getpid()}-{secrets.token_hex(4)}.part")
    target.parent.mkdir(parents=True, exist_ok=True)
    for old in target.parent.glob(f".{target.name}.*.part"):
        with suppress(OSError):
            if time.time() - old.stat().st_mtime > ABANDONED_AFTER:
                old.unlink()
    try:
        with part.open("xb") as handle:
            yield handle
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
