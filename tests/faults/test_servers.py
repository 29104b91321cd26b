"""Servers on a bad day: the right tables, or the right sentence, in time."""

import gzip
import shutil
import subprocess
import time

import pytest
from tiny_movielens import local_host, register, tiny_zip

from data_utils import (
    BadArchive,
    CertificateExpired,
    HostUnreachable,
    WrongHash,
    download_movielens,
)

DATA, FILE = tiny_zip("100k"), "ml-100k.zip"
BOMB = gzip.compress(bytes(200_000_000))
LONGEST = 12  # seconds from the question to the sentence


def slowly(rate):
    return lambda: time.sleep(1 / rate)


CASES = {
    "sound": ({}, DATA, None, ""),
    "slow": ({"slowly": slowly(2_000)}, DATA, None, ""),
    "trickling": ({"slowly": slowly(1)}, DATA, HostUnreachable, "in 8 seconds"),
    "cut": ({"announce": 10}, DATA, HostUnreachable, "broke off"),
    "longer than published": ({}, DATA + b"x", BadArchive, "sent more than"),
    "a login page": ({}, b"<html>", WrongHash, "not the published"),
    "another archive": ({}, DATA[:-1] + b"x", WrongHash, "not the published"),
    "nothing": ({}, b"", WrongHash, "not the published"),
    "503": ({"status": 503}, DATA, HostUnreachable, "answered 503"),
    "404": ({"status": 404}, DATA, HostUnreachable, "answered 404"),
    "a redirect in a circle": (
        {"status": 302, "headers": {"Location": f"/{FILE}"}},
        DATA,
        HostUnreachable,
        "answered 302",
    ),
    "a length that is no number": (
        {"headers": {"Content-Length": "many"}},
        DATA,
        HostUnreachable,
        "cannot be understood",
    ),
    "a bomb in gzip": (
        {"headers": {"Content-Encoding": "gzip"}},
        BOMB,
        BadArchive,
        "sent more than",
    ),
    "gzip that is none": (
        {"headers": {"Content-Encoding": "gzip"}},
        DATA,
        HostUnreachable,
        "127.0.0.1",
    ),
}


def ask(tmp_path, monkeypatch, address, error, said):
    monkeypatch.delenv("MOVIELENS_DIR", raising=False)
    register(monkeypatch, "100k", DATA, address + FILE)
    start = time.monotonic()
    if error is None:
        assert len(download_movielens("100k", tmp_path)[0]) == 3
        return
    with pytest.raises(error, match=said) as caught:
        download_movielens("100k", tmp_path)
    assert time.monotonic() - start < LONGEST
    assert "MOVIELENS_DATASET=sample" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", CASES)
def test_a_server_is_read_or_named(tmp_path, monkeypatch, count, name):
    behaviour, body, error, said = CASES[name]
    with local_host({FILE: body}, **behaviour) as (address, _):
        ask(tmp_path, monkeypatch, address, error, said)
    count("a server", f"{name}: {error.__name__ if error else 'right tables'}")


@pytest.mark.parametrize("body", [DATA, b"something else"])
def test_another_host_is_believed_by_the_hash_alone(tmp_path, monkeypatch, count, body):
    error = None if body == DATA else WrongHash
    with local_host({FILE: body}) as (other, _):
        behaviour = {"status": 302, "headers": {"Location": other + FILE}}
        with local_host({FILE: b""}, **behaviour) as (address, _):
            ask(tmp_path, monkeypatch, address, error, "not the published")
    outcome = error.__name__ if error else "right tables"
    count("a server", f"a redirect to another host: {outcome}")


def test_a_certificate_of_its_own_is_refused(tmp_path, monkeypatch, count):
    if not shutil.which("openssl"):
        pytest.skip("openssl, which makes the certificate, is not installed")
    pem = tmp_path / "own.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
    command += f" -days 1 -subj /CN=127.0.0.1 -keyout {pem} -out {pem}.crt"
    subprocess.run(command.split(), check=True, capture_output=True)
    pem.write_bytes(pem.read_bytes() + (tmp_path / "own.pem.crt").read_bytes())
    folder = tmp_path / "data"
    folder.mkdir()
    with local_host({FILE: DATA}, certificate=pem) as (address, asked):
        ask(folder, monkeypatch, address, CertificateExpired, "is not valid")
    assert asked == []
    count("a server", "a certificate of its own: CertificateExpired")
