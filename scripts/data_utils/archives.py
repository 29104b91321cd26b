"""Find and verify: copies of a data set on this machine, opened without unpacking.

For students who ask where the data come from.
"""

import hashlib
import os
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from .errors import BadArchive, MissingMember, WrongHash
from .registry import SAMPLE_SHA256, Dataset

HOME = Path(__file__).resolve().parents[2]
DATA_DIR = HOME / "data"
SAMPLE = DATA_DIR / "sample"

RESTORE_SAMPLE = (
    "`git checkout data/sample` brings the sample back, and "
    "`python scripts/tools/make_sample.py` makes it anew."
)
MAX_MEMBER_BYTES = 2 * 2**30  # the largest published table has .9 GB
MAX_COMPRESSION = 200  # published tables shrink to about a quarter


@dataclass(frozen=True)
class Source:
    """A copy of a data set on this machine: a zip archive or an extracted folder."""

    path: Path
    found_in: str  # for people, without the path of a machine

    @contextmanager
    def open(self, file: str) -> Iterator[BinaryIO]:
        """The bytes of one file. Nothing is ever unpacked to disk.

        Raises `MissingMember`, and `BadArchive` also while the file is being read.
        """
        with _named_failures(self.path):
            if self.path.is_file():
                with zipfile.ZipFile(self.path) as archive:
                    member = _safe_member(archive, file, self.path)
                    with archive.open(member) as handle:
                        yield handle
            elif (self.path / file).is_file():
                with (self.path / file).open("rb") as handle:
                    yield handle
            else:
                raise _missing(file, self.path)


def find(dataset: Dataset, data_dir: Path) -> Source | None:
    """The first whole copy in MOVIELENS_DIR, then in `data_dir`; None without one.

    Extracted folders come before archives. Raises `MissingMember` when all there is
    is a folder that lacks a file.
    """
    if dataset.url is None:
        return Source(SAMPLE, "the bundled sample")
    incomplete = None
    for place, found_in in _search_places(data_dir):
        # "Extract all" on Windows makes ml-100k/ml-100k; and some point MOVIELENS_DIR
        # at the extracted folder itself.
        name = dataset.folder
        folders = [place / name, place / name / name]
        folders += [place] if place.name == name else []
        for folder in filter(Path.is_dir, folders):
            missing = [f for f in dataset.files if not (folder / f).is_file()]
            if not missing:
                return Source(folder, found_in)
            incomplete = incomplete or _missing(missing[0], folder)
        if (place / dataset.archive).is_file():
            return Source(place / dataset.archive, found_in)
    if incomplete:
        raise incomplete
    return None


def _search_places(data_dir: Path) -> list[tuple[Path, str]]:
    """The folders that may hold copies, each with its name for people."""
    places = [(data_dir, "the copy in the data folder")]
    if problem := movielens_dir_problem():
        print(f"Note: {problem}")
    if place := _movielens_dir():
        places.insert(0, (place.resolve(), "the copy in MOVIELENS_DIR"))
    return places


def movielens_dir_problem() -> str | None:
    """What is wrong with MOVIELENS_DIR, in a sentence; None for a folder or without it.

    It does not name the path: the sentence is printed into notebooks.
    """
    place = _movielens_dir()
    if place is None or place.is_dir():
        return None
    if place.is_file():
        return "MOVIELENS_DIR names a file; name the folder that holds it."
    problem = "MOVIELENS_DIR names a folder that does not exist."
    if place.name[-1:] in ("'", '"'):
        problem += " It ends in a quotation mark: set it without quotes."
    return problem


def _movielens_dir() -> Path | None:
    """What MOVIELENS_DIR names; a relative path counts from the working directory or,
    since notebooks run in their own folder, from the project's."""
    if not os.environ.get("MOVIELENS_DIR"):
        return None
    # Unlike Path.expanduser, this leaves a "~nobody" as it is: a missing folder.
    named = Path(os.path.expanduser(os.environ["MOVIELENS_DIR"]))
    # A folder before a file, a file before nothing; the first of two alike.
    return max(named, HOME / named, key=lambda p: (p.is_dir(), p.exists()))


def verify(archive: Path, dataset: Dataset, md5_file: Path, remedy: str) -> None:
    """Compare an archive with its published hash; raises `WrongHash`.

    The hash of `latest`, which changes, is read from `md5_file`; where there is none, a
    printed line says so. `remedy` ends the message.
    """
    expected, name = dataset.sha256 or dataset.md5, dataset.archive
    with _named_failures(archive):
        if not expected and not md5_file.is_file():
            print(
                f"Note: {name} cannot be verified, for there is no {name}.md5 beside "
                f"it. The published one is at {dataset.url}.md5."
            )
            return
        if not expected:
            text = md5_file.read_text(errors="replace").lower()
            match = re.search(r"\b[0-9a-f]{32}\b", text)
            expected = match and match.group()
        with archive.open("rb") as handle:
            algorithm = "sha256" if dataset.sha256 else "md5"
            found = hashlib.file_digest(handle, algorithm).hexdigest()
    if found != expected:
        reason = f"its hash is {found}, expected {expected}"
        if expected is None:
            reason = f"{name}.md5 holds no MD5 as {dataset.url}.md5 should"
        raise WrongHash(f"{name} is not the published archive: {reason}. {remedy}")


def verify_sample(folder: Path) -> None:
    """Compare the bundled sample with what this project ships.

    Raises `MissingMember` or `WrongHash`.
    """
    for file, expected in SAMPLE_SHA256.items():
        path = folder / file
        if not path.is_file():
            raise _missing(file, folder)
        with _named_failures(path), path.open("rb") as handle:
            found = hashlib.file_digest(handle, "sha256").hexdigest()
        if found != expected:
            raise WrongHash(
                f"{path} was changed or cut off: its hash is {found}, expected "
                f"{expected}. {RESTORE_SAMPLE}"
            )


@contextmanager
def _named_failures(path: Path) -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        reason = f"is not a sound zip archive, but truncated or damaged ({error})"
        raise _refused(path, reason) from error
    except OSError as error:
        raise BadArchive(
            f"{path} cannot be read ({error.strerror or error}). "
            "Check its permissions, or fetch it again."
        ) from error


def _safe_member(archive: zipfile.ZipFile, file: str, path: Path) -> zipfile.ZipInfo:
    for name in archive.namelist():
        parts = PurePosixPath(name.replace("\\", "/"))
        if parts.is_absolute() or ".." in parts.parts or ":" in name:
            raise _refused(path, f"holds a file {name!r}, which points outside of it")
    named = [m for m in archive.infolist() if PurePosixPath(m.filename).name == file]
    if not named:
        raise _missing(file, path)
    depth = min(m.filename.count("/") for m in named)
    member, *others = [m for m in named if m.filename.count("/") == depth]
    if others:
        raise _refused(path, f"holds {len(others) + 1} files {file}, side by side")
    if member.flag_bits & 0x1:
        raise _refused(path, f"holds a {file} that is encrypted")
    limit = min(MAX_MEMBER_BYTES, MAX_COMPRESSION * max(member.compress_size, 2**20))
    if member.file_size > limit:
        size, most = (f"{n / 1e6:,.0f} MB" for n in (member.file_size, limit))
        raise _refused(
            path, f"would unpack to {size} for {file}, more than the {most} allowed"
        )
    return member


def _refused(path: Path, reason: str) -> BadArchive:
    return BadArchive(f"{path} {reason}; delete it and fetch it again.")


def _missing(file: str, path: Path) -> MissingMember:
    remedy = "It was unpacked in part; delete it and fetch or unpack it again."
    if path == SAMPLE:
        remedy = RESTORE_SAMPLE
    return MissingMember(f"{path} holds no {file}. {remedy}")
