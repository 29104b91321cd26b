"""Downloading an archive: streamed, shown, verified, and only then in its place."""

import hashlib
import queue
import ssl
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from tqdm import tqdm

from .archives import hash_file, hash_in, published_hash
from .atomic import writing
from .errors import BadArchive, CertificateExpired, HostUnreachable, WrongHash
from .registry import Dataset

PATIENCE = 6.0  # seconds for the host to answer, and between two blocks
BLOCK = 2**18  # bytes
MAX_ARCHIVE_BYTES = 2**30  # where the size is not published


def download(dataset: Dataset, folder: Path) -> Path:
    """Fetches the archive into `folder` and returns its path.

    Until its hash is verified it has a hidden temporary name; whatever goes wrong,
    that file is removed. A hash that was asked of the host is kept beside the archive.
    Raises `HostUnreachable`, `CertificateExpired`, `WrongHash`, `BadArchive` (more
    bytes than published) or `UnwritableFolder`.
    """
    target = folder / dataset.archive
    with _network_errors(dataset, folder):
        response = _open_url(dataset.url)
    with response, writing(target) as part:
        with _network_errors(dataset, folder):
            announced = int(response.headers.get("Content-Length") or 0)
        limit = dataset.bytes or MAX_ARCHIVE_BYTES
        digest = hashlib.new(published_hash(dataset)[0])
        received = 0
        with _bytes_bar(dataset.archive, announced or dataset.bytes) as bar:
            while True:
                with _network_errors(dataset, folder):
                    block = response.read(BLOCK)
                if not block:
                    break
                part.write(block)
                digest.update(block)
                bar.update(len(block))
                received += len(block)
                if received > limit:
                    raise BadArchive(_too_long(dataset, limit))
        if received < announced:
            raise HostUnreachable(
                f"{_host(dataset)} broke off after {received:,} of {announced:,} bytes "
                f"of {dataset.archive}; nothing was kept. Run the cell again. "
                + _without_network(dataset, folder)
            )
        found = digest.hexdigest()
        _compare(found, _expected_hash(dataset, folder), dataset, folder)
        if published_hash(dataset)[1] is None:
            with writing(hash_file(target)) as note:
                note.write(f"{found}  {target.name}\n".encode())
    return target


def _expected_hash(dataset: Dataset, folder: Path) -> str:
    """From the registry or, for an edition that changes, from the `.md5` beside it."""
    expected = published_hash(dataset)[1]
    if expected is None:
        url = f"{dataset.url}.md5"
        with _network_errors(dataset, folder), _open_url(url) as response:
            expected = hash_in(response.read(1_000).decode("ascii", "replace"))
    if expected is None:
        raise WrongHash(
            f"{dataset.url}.md5 holds no MD5, so {dataset.archive} cannot be verified "
            "and was not kept. Try again later. " + _without_network(dataset, folder)
        )
    return expected


def _compare(found: str, expected: str, dataset: Dataset, folder: Path) -> None:
    if found != expected:
        raise WrongHash(
            f"What {_host(dataset)} sent as {dataset.archive} has the hash {found}, "
            f"published is {expected}; it was not kept. A network that asks for a "
            "login can cause this; log in and try again. "
            + _without_network(dataset, folder)
        )


def _open_url(url: str):
    """The answer to a request, within `PATIENCE` even when name resolution hangs."""
    answers = queue.Queue(maxsize=1)

    def ask() -> None:
        request = Request(url, headers={"User-Agent": "latent-factor-labs"})
        try:
            answers.put(urlopen(request, timeout=PATIENCE))
        except Exception as error:
            answers.put(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        answer = answers.get(timeout=PATIENCE + 1)
    except queue.Empty:
        raise TimeoutError("no answer") from None
    if isinstance(answer, Exception):
        raise answer
    return answer


@contextmanager
def _network_errors(dataset: Dataset, folder: Path) -> Iterator[None]:
    try:
        yield
    except HTTPError as error:
        error.close()
        raise HostUnreachable(
            f"{_host(dataset)} answered {error.code} ({error.reason}) for "
            f"{dataset.url}. " + _without_network(dataset, folder)
        ) from error
    except (OSError, HTTPException) as error:
        reason = error.reason if isinstance(error, URLError) else error
        if isinstance(reason, ssl.SSLCertVerificationError):
            raise CertificateExpired(
                f"The certificate of {_host(dataset)} is not valid "
                f"({reason}), as has happened before; check that your clock is right. "
                "Verification is never switched off here. "
                + _without_network(dataset, folder)
            ) from error
        raise HostUnreachable(
            f"{_host(dataset)} cannot be reached ({reason or type(reason).__name__}). "
            + _without_network(dataset, folder)
        ) from error
    except ValueError as error:  # a length that is no number, a redirect to no address
        raise HostUnreachable(
            f"{_host(dataset)} answered what cannot be understood ({error}). A network "
            "that asks for a login can cause this; log in and try again. "
            + _without_network(dataset, folder)
        ) from error


def _without_network(dataset: Dataset, folder: Path) -> str:
    return (
        f"Without a connection: place {dataset.archive} in {folder} or in the folder "
        "that MOVIELENS_DIR names (do not unpack it, or unpack it to "
        f"{dataset.folder}/), or set MOVIELENS_DATASET=sample to work on the bundled "
        "synthetic ratings, which need no download."
    )


def _too_long(dataset: Dataset, limit: int) -> str:
    return (
        f"{_host(dataset)} sent more than the {limit:,} bytes expected of "
        f"{dataset.archive}; nothing was kept. It is another file; try again later or "
        "set MOVIELENS_DATASET=sample to work on the bundled synthetic ratings."
    )


def _host(dataset: Dataset) -> str:
    return urlsplit(dataset.url).hostname


def _bytes_bar(description: str, size: int | None) -> tqdm:
    return tqdm(
        desc=description,
        total=size,
        unit="B",
        unit_scale=True,
        file=sys.stdout,
        ncols=76,
        mininterval=0.2,
    )
