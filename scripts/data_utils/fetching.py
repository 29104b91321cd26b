"""Fetch: an archive streamed, shown, verified, and only then in its place.

For students whose download failed. pooch asks and receives. What it leaves to us is
time: no time-out of a socket covers a name look-up that hangs, or a host that trickles.
"""

import ssl
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from tqdm import tqdm

from atomic import writing

from . import errors
from .archives import verify
from .registry import Dataset

PATIENCE = 8.0  # seconds for the host to answer, and between two blocks
SLOWEST = 8_000  # bytes per second; at this speed ML-100K takes ten minutes
BLOCK = 2**13  # bytes
MAX_BYTES = 2**30  # of an archive whose size is not published
NO_ISSUER = (2, 19, 20, 21)  # OpenSSL's numbers: nobody this machine knows has signed


def download(dataset: Dataset, folder: Path) -> Path:
    """Fetch the archive into `folder` and return its path.

    Until its hash is verified it has a hidden temporary name; whatever goes wrong,
    that file is removed. Where the host keeps the hash, it comes to lie beside the
    archive. Raises `HostUnreachable`, `CertificateExpired`, `UntrustedIssuer`,
    `WrongHash`, `BadArchive` (more bytes than published) or `UnwritableFolder`.
    """
    target, host = folder / dataset.archive, urlsplit(dataset.url).hostname
    limit = dataset.bytes or MAX_BYTES
    remedy = (
        f"Without a connection: place {dataset.archive} in {folder} or in the folder "
        "that MOVIELENS_DIR names (do not unpack it, or unpack it to "
        f"{dataset.folder}/), or set MOVIELENS_DATASET=sample to work on the bundled "
        "synthetic ratings, which need no download."
    )
    with _named_failures(host, target, remedy), ExitStack() as files:
        md5_file = part = files.enter_context(writing(target))
        if not (dataset.sha256 or dataset.md5):
            md5_file = files.enter_context(writing(Path(f"{target}.md5")))
            _fetch(f"{dataset.url}.md5", md5_file, limit=1_000)
        _fetch(dataset.url, part, limit, dataset)
        if part.tell() > limit:
            raise errors.BadArchive(
                f"{host} sent more than the {limit:,} bytes expected of "
                f"{dataset.archive}; nothing was kept. {remedy}"
            )
        login = "A network that asks for a login can cause this: log in and try again."
        md5_path = Path(md5_file.name)
        verify(Path(part.name), dataset, md5_path, f"It was not kept. {login} {remedy}")
    return target


def _fetch(url: str, handle: BinaryIO, limit: int, shown: Dataset | None = None):
    """Write what `url` answers to `handle`, until it ends or has passed the limit.

    One thread receives, this one watches. A receiver that is left behind, after an
    error or an interrupt, ends at its next block, for `handle` is closed by then.

    Waiting uses up patience and bytes give it back, at the rate `SLOWEST`, but never
    more than `PATIENCE`: a host that trickles is given up, in the middle too.
    """
    from pooch import HTTPDownloader  # here: it would delay each start

    answers, failures = [], []
    remember = {"response": lambda answer, **_: answers.append(answer)}

    def receive() -> None:
        try:
            ask = HTTPDownloader(chunk_size=BLOCK, timeout=PATIENCE, hooks=remember)
            ask(url, handle, None)
        except Exception as error:
            failures.append(error)
        finally:
            for answer in answers:  # pooch leaves them open
                answer.close()

    thread = threading.Thread(target=receive, daemon=True)
    start = before = time.monotonic()
    patience = PATIENCE  # seconds
    with tqdm(
        desc=shown and shown.archive,
        total=shown and shown.bytes,
        unit="B",
        unit_scale=True,
        file=sys.stdout,
        ncols=76,
        delay=1e-6,  # so that no bar is shown before the first bytes
        mininterval=0,
        disable=shown is None,
    ) as bar:
        thread.start()
        alive, got = True, 0
        while alive and got <= limit:
            thread.join(0.1)
            alive, now, new = thread.is_alive(), time.monotonic(), handle.tell() - got
            patience = min(patience + new / SLOWEST, PATIENCE) - (now - before)
            got, before = got + new, now
            if new:
                bar.update(new)
            if alive and patience < 0:
                of = f" of {shown.bytes:,}" if shown and shown.bytes else ""
                said = f"only {got:,}{of} bytes" if got else "no answer"
                raise TimeoutError(f"{said} in {now - start:.0f} seconds")
    if failures:
        raise failures[0]


@contextmanager
def _named_failures(host: str, target: Path, remedy: str) -> Iterator[None]:
    """Failures of the network and of the disk, each by its name and with a remedy."""
    try:
        yield
    except (OSError, ValueError) as error:
        cause = error
        while cause.__cause__ or cause.__context__:
            cause = cause.__cause__ or cause.__context__
        response = getattr(error, "response", None)
        if getattr(cause, "verify_code", None) in NO_ISSUER:
            raise errors.UntrustedIssuer(
                f"This machine cannot tell who signed the certificate of {host} "
                f"({cause}). Either Python's list of issuers is old or missing: "
                "`python -m pip install --upgrade certifi`, and on macOS run `Install "
                "Certificates.command` in Python's folder under Applications. Or a "
                "proxy or virus scanner opens the connection: ask your network's "
                "administrator for the file of its certificate, and name that file in "
                "the variable REQUESTS_CA_BUNDLE. Verification is never switched off "
                f"here. {remedy}"
            ) from error
        if isinstance(cause, ssl.SSLCertVerificationError):
            raise errors.CertificateExpired(
                f"The certificate of {host} is not valid ({cause}), as has happened "
                "before; check that your clock is right. Verification is never "
                f"switched off here. {remedy}"
            ) from error
        if getattr(error, "errno", None):  # those of the network have none here
            raise errors.UnwritableFolder(
                f"{target.name} cannot be written to {target.parent} "
                f"({error.strerror}). Check the folder's permissions and the free "
                "space on its disk, or pass another folder as data_dir."
            ) from error
        if response is not None:
            said = f"answered {response.status_code} ({response.reason})"
        elif isinstance(error, ValueError):
            # A length that is not a number, a redirect to nowhere: often a login page.
            said = f"answered what cannot be understood ({cause})"
        elif type(error).__name__ == "ChunkedEncodingError":  # as requests says it
            said = f"broke off, and nothing was kept ({cause})"
        else:
            said = f"cannot be reached ({cause})"
        raise errors.HostUnreachable(f"{host} {said}. {remedy}") from error
