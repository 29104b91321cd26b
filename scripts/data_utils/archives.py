"""Local copies of a data set: finding, proving and reading them safely."""

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
from .registry import Dataset

HOME = Path(__file__).resolve().parents[2]
DATA_DIR = HOME / "data"

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
                with (
                    zipfile.ZipFile(self.path) as archive,
                    archive.open(_safe_member(archive, file, self.path)) as handle,
                ):
                    yield handle
            elif (self.path / file).is_file():
                with (self.path / file).open("rb") as handle:
                    yield handle
            else:
                raise MissingMember(_missing(file, self.path))

    def verify(self, dataset: Dataset) -> None:
        """Compares an archive with its published hash; raises `WrongHash`.

        Extracted folders carry no hash. For `latest` the hash is read from the `.md5`
        file beside the archive; where there is none, a printed line says so.
        """
        if self.path.is_dir():
            return
        algorithm, expected = published_hash(dataset)
        expected = expected or self._hash_beside(dataset)
        if expected is None:
            return
        with _named_failures(self.path), self.path.open("rb") as handle:
            found = hashlib.file_digest(handle, algorithm).hexdigest()
        if found != expected:
            raise WrongHash(
                f"{self.path} is not the published archive of {dataset.name!r}: its "
                f"{algorithm} is {found}, expected {expected}. Delete it and fetch it "
                "again; if you packed it yourself, extract it to a folder beside it."
            )

    def _hash_beside(self, dataset: Dataset) -> str | None:
        beside = hash_file(self.path)
        advice = f"The published one is at {dataset.url}.md5."
        if not beside.is_file():
            print(
                f"Note: {self.path.name} cannot be verified, for there is no "
                f"{beside.name} beside it. {advice}"
            )
            return None
        with _named_failures(beside):
            expected = hash_in(beside.read_text(errors="replace"))
        if expected is None:
            raise WrongHash(
                f"{beside} holds no MD5 (32 hexadecimal digits), so {self.path.name} "
                f"cannot be verified. {advice} Put it there, or delete both files to "
                "fetch them again."
            )
        return expected

    def fingerprint(self, files: tuple[str, ...]) -> list:
        """Changes whenever the copy does: path, size and times of what is read."""
        folder = self.path.is_dir()
        parts = [self.path / file for file in files] if folder else [self.path]
        stats = [(str(part), part.stat()) for part in parts if part.exists()]
        return [[p, s.st_size, s.st_mtime_ns, s.st_ctime_ns] for p, s in stats]


def locate(dataset: Dataset, data_dir: Path) -> Source | None:
    """The first whole copy in MOVIELENS_DIR, then in `data_dir`; None without one.

    Extracted folders come before archives. Raises `MissingMember` when all there is
    is a folder that lacks a file.
    """
    incomplete = None
    for place, found_in in search_places(data_dir):
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
        if dataset.archive and (place / dataset.archive).is_file():
            return Source(place / dataset.archive, found_in)
    if incomplete:
        raise MissingMember(incomplete)
    return None


def search_places(data_dir: Path) -> list[tuple[Path, str]]:
    """The folders that may hold copies, each with its name for people.

    A relative MOVIELENS_DIR counts from the working directory or, since notebooks run
    in their own folder, from the project's. It may be missing: see
    `movielens_dir_problem`.
    """
    places = [(data_dir, "the copy in the data folder")]
    if os.environ.get("MOVIELENS_DIR"):
        # Unlike Path.expanduser, this leaves a "~nobody" as it is: a missing folder.
        named = Path(os.path.expanduser(os.environ["MOVIELENS_DIR"]))
        # A folder before a file, a file before nothing; the first of two alike.
        both = named, HOME / named
        resolved = max(both, key=lambda place: (place.is_dir(), place.exists()))
        places.insert(0, (resolved.resolve(), "the copy in MOVIELENS_DIR"))
    return places


def movielens_dir_problem() -> str | None:
    """Why MOVIELENS_DIR cannot be searched, in a sentence; None where it can, or unset.

    Without the path of a machine, for it is printed into notebooks.
    """
    if not os.environ.get("MOVIELENS_DIR"):
        return None
    place, _ = search_places(DATA_DIR)[0]
    if place.is_dir():
        return None
    if place.is_file():
        return "MOVIELENS_DIR names a file; name the folder that holds it."
    return "MOVIELENS_DIR names a folder that does not exist."


def published_hash(dataset: Dataset) -> tuple[str, str | None]:
    """The strongest known hash: its algorithm and its hexadecimal digits."""
    return ("sha256", dataset.sha256) if dataset.sha256 else ("md5", dataset.md5)


def hash_file(archive: Path) -> Path:
    """Where the MD5 of an archive lies, if it is kept: `ml-latest.zip.md5`."""
    return archive.with_name(f"{archive.name}.md5")


def hash_in(text: str) -> str | None:
    """The first MD5 in a text such as `0e33…  ml-latest.zip`; None without one."""
    match = re.search(r"\b[0-9a-f]{32}\b", text.lower())
    return match.group() if match else None


@contextmanager
def _named_failures(path: Path) -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise BadArchive(
            f"{path} is not a sound zip archive ({error}). It is truncated, damaged or "
            "something else; delete it and fetch it again."
        ) from error
    except OSError as error:
        raise BadArchive(
            f"{path} cannot be read ({error.strerror or error}). "
            "Check its permissions, or fetch it again."
        ) from error


def _safe_member(archive: zipfile.ZipFile, file: str, path: Path) -> zipfile.ZipInfo:
    for name in archive.namelist():
        parts = PurePosixPath(name.replace("\\", "/"))
        if parts.is_absolute() or ".." in parts.parts or ":" in name:
            raise BadArchive(
                f"{path} holds a file named {name!r}, which points outside of the "
                "archive. No MovieLens archive does; delete it and fetch it again."
            )
    named = [m for m in archive.infolist() if PurePosixPath(m.filename).name == file]
    if not named:
        raise MissingMember(_missing(file, path))
    member = min(named, key=lambda m: len(m.filename))
    if member.flag_bits & 0x1:
        raise BadArchive(
            f"{file} in {path} is encrypted; no MovieLens archive is. Fetch it again."
        )
    limit = min(MAX_MEMBER_BYTES, MAX_COMPRESSION * max(member.compress_size, 2**20))
    if member.file_size > limit:
        raise BadArchive(
            f"{file} in {path} would unpack to {member.file_size / 1e6:,.0f} MB, more "
            f"than the {limit / 1e6:,.0f} MB allowed for its size. It is not the "
            "published archive; delete it and fetch it again."
        )
    return member


def _missing(file: str, path: Path) -> str:
    return (
        f"{path} holds no {file}. It is another archive or was unpacked in part; "
        "delete it and fetch or unpack it again."
    )
