"""Finding, fetching and opening archives, and what is said when that fails."""

import io
import multiprocessing
import os
import shutil
import socket
import subprocess
import threading
import time
import zipfile
from dataclasses import replace
from types import SimpleNamespace

import pytest
from tiny_movielens import TAB_FILES, local_host, register, tiny_folder, tiny_zip

from atomic import writing
from data_utils import DATASETS, archives, download_movielens, fetching
from data_utils.archives import HOME, Source, find, verify
from data_utils.errors import (
    BadArchive,
    CertificateExpired,
    HostUnreachable,
    MissingMember,
    UnwritableFolder,
    WrongHash,
)
from data_utils.fetching import download


@pytest.fixture(autouse=True)
def no_shared_copies(monkeypatch):
    monkeypatch.delenv("MOVIELENS_DIR", raising=False)


@pytest.fixture
def data_dir(tmp_path):
    return tmp_path / "data"


def left_in(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


# ---------------------------------------------------------------- finding


def test_movielens_dir_comes_before_the_data_folder(tmp_path, data_dir, monkeypatch):
    shared = tmp_path / "shared"
    ours = tiny_folder(data_dir, "100k")
    theirs = tiny_folder(shared, "100k")
    assert find(DATASETS["100k"], data_dir).path == ours
    monkeypatch.setenv("MOVIELENS_DIR", str(shared))
    assert find(DATASETS["100k"], data_dir).path == theirs


def test_movielens_dir_may_be_the_extracted_folder_itself(data_dir, monkeypatch):
    folder = tiny_folder(data_dir.parent / "elsewhere", "100k")
    monkeypatch.setenv("MOVIELENS_DIR", str(folder))
    assert find(DATASETS["100k"], data_dir).path == folder


def test_a_relative_movielens_dir_counts_from_the_project_too(
    tmp_path, data_dir, monkeypatch
):
    """Notebooks run in notebooks/, where ../shared would be another folder."""
    folder = tiny_folder(tmp_path / "shared", "100k")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MOVIELENS_DIR", "shared")
    assert find(DATASETS["100k"], data_dir).path == folder
    monkeypatch.setenv("MOVIELENS_DIR", os.path.relpath(tmp_path / "shared", HOME))
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    assert find(DATASETS["100k"], data_dir).path == folder


@pytest.mark.parametrize(
    ("named", "problem"),
    [
        ("~nobody-of-this-name/data", "names a folder that does not exist"),
        ("misspelt", "names a folder that does not exist"),
        ("data/ml-100k.zip", "names a file; name the folder that holds it"),
        ("data", None),
        ("", None),
    ],
)
def test_a_movielens_dir_that_is_not_a_folder_is_said(
    tmp_path, data_dir, monkeypatch, capsys, named, problem
):
    data_dir.mkdir()
    (data_dir / "ml-100k.zip").write_bytes(tiny_zip("100k"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MOVIELENS_DIR", named)
    assert find(DATASETS["100k"], data_dir).path.name == "ml-100k.zip"
    said = capsys.readouterr().out
    assert said == (f"Note: MOVIELENS_DIR {problem}.\n" if problem else "")


def test_a_folder_in_a_folder_as_windows_unpacks_is_found(data_dir):
    folder = tiny_folder(data_dir / "ml-100k", "100k")
    assert find(DATASETS["100k"], data_dir).path == folder


def test_the_10m_folder_has_its_own_name(data_dir):
    assert tiny_folder(data_dir, "10m").name == "ml-10M100K"
    assert find(DATASETS["10m"], data_dir) is not None


def test_an_archive_helps_where_the_folder_is_incomplete(data_dir):
    tiny_folder(data_dir, "100k", **{"u.item": None})
    with pytest.raises(MissingMember, match=r"ml-100k holds no u\.item"):
        find(DATASETS["100k"], data_dir)
    (data_dir / "ml-100k.zip").write_bytes(tiny_zip("100k"))
    assert find(DATASETS["100k"], data_dir).path.name == "ml-100k.zip"


def test_a_hand_placed_archive_must_be_the_published_one(data_dir):
    data_dir.mkdir()
    (data_dir / "ml-1m.zip").write_bytes(tiny_zip("1m"))
    with pytest.raises(WrongHash, match=r"1m\.zip is not the published archive: its"):
        download_movielens("1m", data_dir)


def test_latest_is_compared_with_the_md5_beside_it(data_dir):
    data_dir.mkdir()
    (data_dir / "ml-latest.zip").write_bytes(tiny_zip("latest"))
    (data_dir / "ml-latest.zip.md5").write_text(f"{'0' * 32}  ml-latest.zip\n")
    with pytest.raises(WrongHash, match=f"expected {'0' * 32}"):
        download_movielens("latest", data_dir)
    (data_dir / "ml-latest.zip.md5").write_text("<html>please log in</html>")
    with pytest.raises(WrongHash, match=r"zip\.md5 holds no MD5 .*latest\.zip\.md5"):
        download_movielens("latest", data_dir)


def test_an_archive_that_nothing_can_prove_is_read_and_said(data_dir, capsys):
    data_dir.mkdir()
    (data_dir / "ml-latest.zip").write_bytes(tiny_zip("latest"))
    assert len(download_movielens("latest", data_dir)[0]) == 3
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert said.startswith("Note: ml-latest.zip cannot be verified")
    assert "datasets/movielens/ml-latest.zip.md5" in said


# ---------------------------------------------------------------- fetching


def test_a_download_is_verified_shown_and_read(data_dir, monkeypatch, capsys):
    data = tiny_zip("100k")
    with local_host({"ml-100k.zip": data}) as (address, asked):
        register(monkeypatch, "100k", data, address + "ml-100k.zip")
        ratings, movies = download_movielens("100k", data_dir)
        download_movielens("100k", data_dir)
    assert asked == ["/ml-100k.zip"]  # the second time it is there
    assert (len(ratings), len(movies)) == (3, 4)
    assert left_in(data_dir) == ["ml-100k.zip"]
    shown = capsys.readouterr().out
    assert "ml-100k.zip: 100%" in shown
    assert "B/s" in shown


def test_the_hash_of_latest_comes_from_the_md5_beside_it(data_dir, monkeypatch, capsys):
    data = tiny_zip("latest")
    facts = register(monkeypatch, "latest", data)
    pages = {
        "ml-latest.zip": data,
        "ml-latest.zip.md5": f"MD5 (ml-latest.zip) = {facts.md5}\n".encode(),
    }
    with local_host(pages) as (address, _):
        unknown = {"md5": None, "sha256": None, "bytes": None}
        register(monkeypatch, "latest", data, address + "ml-latest.zip", **unknown)
        assert download(DATASETS["latest"], data_dir).read_bytes() == data
        assert left_in(data_dir) == ["ml-latest.zip", "ml-latest.zip.md5"]
        download_movielens("latest", data_dir)
        assert "cannot be verified" not in capsys.readouterr().out
        (data_dir / "ml-latest.zip").write_bytes(data + b"later damage")
        with pytest.raises(WrongHash, match=f"expected {facts.md5}"):
            download_movielens("latest", data_dir)
        pages["ml-latest.zip.md5"] = b"<html>login</html>"
        with pytest.raises(WrongHash, match="holds no MD5"):
            download(DATASETS["latest"], data_dir / "again")
        del pages["ml-latest.zip.md5"]
        with pytest.raises(HostUnreachable, match="answered 404"):
            download(DATASETS["latest"], data_dir / "again")
    assert left_in(data_dir / "again") == []


def test_what_fails_on_the_way_leaves_nothing_and_says_what_to_do(
    data_dir, monkeypatch
):
    data = tiny_zip("100k")
    page = b"<html>please log in</html>"
    cases = [
        (
            {"announce": 10},
            data,
            {},
            HostUnreachable,
            "broke off, and .*10 more",
        ),
        ({}, page, {}, WrongHash, "not the published .* It was not kept"),
        ({}, data, {"bytes": len(data) - 1}, BadArchive, "sent more than"),
        ({}, None, {}, HostUnreachable, "answered 404"),
        ({"status": 503}, data, {}, HostUnreachable, "answered 503"),
    ]
    for behaviour, body, facts, error, message in cases:
        pages = {} if body is None else {"ml-100k.zip": body}
        with local_host(pages, **behaviour) as (address, _):
            url = address + "ml-100k.zip"
            dataset = register(monkeypatch, "100k", data, url, **facts)
            with pytest.raises(error, match=message) as caught:
                download(dataset, data_dir)
        assert "MOVIELENS_DATASET=sample" in str(caught.value)
        assert left_in(data_dir) == []


@pytest.fixture
def asks(data_dir, monkeypatch):
    """Downloads the tiny 100k of a host; returns the sentence in which that fails."""

    def ask(address, error):
        dataset = register(monkeypatch, "100k", DATA, address + "ml-100k.zip")
        with pytest.raises(error) as caught:
            download(dataset, data_dir)
        said = str(caught.value)
        assert f"place ml-100k.zip in {data_dir}" in said
        assert "MOVIELENS_DIR" in said
        assert "MOVIELENS_DATASET=sample" in said
        assert left_in(data_dir) == []
        return said

    return ask


DATA = tiny_zip("100k")


def test_a_host_that_refuses_or_that_nobody_knows_is_named(asks, monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    said = asks(f"http://127.0.0.1:{port}/", HostUnreachable)
    assert "127.0.0.1 cannot be reached" in said
    assert "refused" in said

    def unknown(*args, **kwargs):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    said = asks("https://files.grouplens.org/", HostUnreachable)
    assert "files.grouplens.org cannot be reached" in said
    assert "Name or service not known" in said


def test_a_certificate_that_proves_nothing_is_named_and_nothing_is_asked(
    asks, tmp_path
):
    """It lapses every other summer; a course must not teach to look away."""
    if not shutil.which("openssl"):
        pytest.skip("openssl, which makes the certificate, is not installed")
    pem = tmp_path / "self-signed.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
    command += f" -subj /CN=127.0.0.1 -keyout {pem} -out {pem}.crt"
    subprocess.run(command.split(), check=True, capture_output=True)
    with pem.open("ab") as file:
        file.write((tmp_path / "self-signed.pem.crt").read_bytes())
    with local_host({"ml-100k.zip": DATA}, certificate=pem) as (address, asked):
        said = asks(address, CertificateExpired)
    assert "certificate of 127.0.0.1 is not valid" in said
    assert "self-signed certificate" in said
    assert "never switched off" in said
    assert asked == []


@pytest.mark.parametrize(
    ("headers", "status", "reason"),
    [
        ({"Location": "http://[::1"}, 302, "Invalid"),  # a login page's mistake
        ({"Content-Length": "abc"}, 200, "abc"),
    ],
)
def test_an_answer_that_cannot_be_understood_is_the_hosts_mistake(
    asks, headers, status, reason
):
    pages = {"ml-100k.zip": DATA}
    with local_host(pages, headers=headers, status=status) as (address, _):
        said = asks(address, HostUnreachable)
    assert "answered what cannot be understood" in said
    assert reason in said


def test_a_host_that_does_not_answer_is_given_up(asks, monkeypatch):
    monkeypatch.setattr(fetching, "PATIENCE", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        start = time.perf_counter()
        asks(f"http://127.0.0.1:{silent.getsockname()[1]}/", HostUnreachable)
    assert time.perf_counter() - start < 2


def test_a_name_lookup_that_hangs_is_given_up(asks, monkeypatch):
    """Socket time-outs do not cover name resolution, where bad networks hang."""
    monkeypatch.setattr(fetching, "PATIENCE", 0.3)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: time.sleep(5))
    start = time.perf_counter()
    said = asks("http://files.grouplens.org/", HostUnreachable)
    assert "no answer in" in said
    assert time.perf_counter() - start < 2


def test_a_host_that_trickles_is_given_up(asks, monkeypatch):
    """Each byte comes in time, so no time-out of a socket ever ends it."""
    monkeypatch.setattr(fetching, "PATIENCE", 0.3)
    monkeypatch.setattr(fetching, "BLOCK", 1)
    pages, start = {"ml-100k.zip": DATA}, time.perf_counter()
    with local_host(pages, slowly=lambda: time.sleep(0.02)) as (address, _):
        said = asks(address, HostUnreachable)
        assert time.perf_counter() - start < 2
    assert "only " in said
    assert " bytes in " in said


def test_a_slow_host_is_waited_for(data_dir, monkeypatch):
    monkeypatch.setattr(fetching, "PATIENCE", 0.3)
    monkeypatch.setattr(fetching, "BLOCK", 1)
    monkeypatch.setattr(fetching, "SLOWEST", 100)
    pages = {"ml-100k.zip": DATA}
    with local_host(pages, slowly=lambda: time.sleep(0.001)) as (address, _):
        dataset = register(monkeypatch, "100k", DATA, address + "ml-100k.zip")
        assert download(dataset, data_dir).read_bytes() == DATA


def test_an_interrupted_download_leaves_nothing(data_dir, monkeypatch):
    sent = []

    def count():
        sent.append(1)
        time.sleep(0.2 * (len(sent) >= 100))

    class Watched(threading.Thread):
        def join(self, timeout=None):
            if len(sent) >= 100:
                raise KeyboardInterrupt  # Ctrl+C reaches the one that waits
            super().join(timeout)

    monkeypatch.setattr(fetching, "threading", SimpleNamespace(Thread=Watched))
    with local_host({"ml-100k.zip": DATA}, slowly=count) as (address, _):
        dataset = register(monkeypatch, "100k", DATA, address + "ml-100k.zip")
        with pytest.raises(KeyboardInterrupt):
            download(dataset, data_dir)
    assert left_in(data_dir) == []


def test_a_killed_download_is_not_taken_for_an_archive_and_is_cleared(data_dir):
    data_dir.mkdir()
    (data_dir / f".ml-100k.zip.{'a1' * 8}.part").write_bytes(b"half")
    assert find(DATASETS["100k"], data_dir) is None
    with writing(data_dir / "ml-100k.zip") as handle:
        handle.write(b"whole")
    assert left_in(data_dir) == ["ml-100k.zip"]


def _fetch(url, facts, folder, start, results):
    DATASETS["100k"] = replace(DATASETS["100k"], url=url, n_ratings=None, **facts)
    start.wait()
    results.put(len(download_movielens("100k", folder)[0]))


def test_two_processes_at_once_both_get_whole_tables(data_dir, monkeypatch):
    data = tiny_zip("100k")
    entry = register(monkeypatch, "100k", data)
    facts = {"bytes": entry.bytes, "md5": entry.md5, "sha256": entry.sha256}
    context = multiprocessing.get_context("spawn")
    start, results = context.Barrier(2), context.Queue()
    with local_host({"ml-100k.zip": data}) as (address, _):
        arguments = (address + "ml-100k.zip", facts, data_dir, start, results)
        other = context.Process(target=_fetch, args=arguments)
        other.start()
        _fetch(*arguments)
        counts = [results.get(timeout=60) for _ in range(2)]
        other.join()
    results.close()
    results.join_thread()
    assert counts == [3, 3]
    assert left_in(data_dir) == ["ml-100k.zip"]
    assert (data_dir / "ml-100k.zip").read_bytes() == data


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path, monkeypatch):
    blocked = tmp_path / "a file, not a folder"
    blocked.write_text("")
    data = tiny_zip("100k")
    with local_host({"ml-100k.zip": data}) as (address, _):
        dataset = register(monkeypatch, "100k", data, address + "ml-100k.zip")
        with pytest.raises(UnwritableFolder, match="permissions and the free space"):
            download(dataset, blocked)


# ---------------------------------------------------------------- opening


def opened(tmp_path, data, file="u.data"):
    path = tmp_path / "ml-100k.zip"
    path.write_bytes(data)
    with Source(path, "a test").open(file) as handle:
        return handle.read()


def zip_with(name, data=b"1\t2\t3\t4\n"):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
        archive.writestr("ml-100k/u.data", data)
    return packed.getvalue()


def test_a_member_is_read_without_unpacking(tmp_path):
    assert opened(tmp_path, tiny_zip("100k")) == TAB_FILES["u.data"].encode()
    assert left_in(tmp_path) == ["ml-100k.zip"]


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "a/../../evil", "..\\evil"])
def test_an_archive_with_a_path_that_escapes_is_refused(tmp_path, name):
    with pytest.raises(BadArchive, match="points outside"):
        opened(tmp_path, zip_with(name))


def test_truncated_foreign_and_corrupted_archives_are_refused(tmp_path):
    whole = tiny_zip("100k", **{"u.data": TAB_FILES["u.data"] * 500})
    flipped = bytearray(whole)
    flipped[60] ^= 0xFF  # inside the packed ratings
    for data in (whole[: len(whole) // 2], b"<html></html>", b"", bytes(flipped)):
        with pytest.raises(BadArchive, match="not a sound zip archive"):
            opened(tmp_path, data)


def test_corruption_that_the_hash_does_not_show_is_found_while_parsing(
    tmp_path, monkeypatch
):
    whole = bytearray(tiny_zip("100k", **{"u.data": TAB_FILES["u.data"] * 500}))
    whole[60] ^= 0xFF
    register(monkeypatch, "100k", bytes(whole))
    (tmp_path / "ml-100k.zip").write_bytes(whole)
    with pytest.raises(BadArchive, match="delete it and fetch it again"):
        download_movielens("100k", tmp_path)
    assert left_in(tmp_path) == ["ml-100k.zip"]  # nothing of it was cached


def test_another_zip_lacks_the_file(tmp_path):
    with pytest.raises(MissingMember, match=r"holds no u\.item"):
        opened(tmp_path, zip_with("readme"), "u.item")


def test_a_zip_bomb_is_refused_before_it_unpacks(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MAX_COMPRESSION", 2)
    with pytest.raises(BadArchive, match="more than the 2 MB"):
        opened(tmp_path, zip_with("zeros", bytes(3 * 2**20)))
    monkeypatch.setattr(archives, "MAX_MEMBER_BYTES", 5)
    with pytest.raises(BadArchive, match="more than the 0 MB allowed"):
        opened(tmp_path, tiny_zip("100k"))


def test_a_copy_that_may_not_be_read_is_named(tmp_path, monkeypatch):
    folder = Source(tiny_folder(tmp_path, "100k"), "a test")
    packed = tmp_path / "ml-100k.zip"
    packed.write_bytes(tiny_zip("100k"))

    def refuse(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refuse)
    with pytest.raises(BadArchive, match=r"cannot be read \(Permission denied\)"):
        verify(packed, DATASETS["100k"], tmp_path, "")
    with (
        pytest.raises(BadArchive, match=r"cannot be read \(Permission denied\)"),
        folder.open("u.data"),
    ):
        pass


def test_an_encrypted_archive_is_refused(tmp_path):
    data = bytearray(zip_with("readme"))
    for signature, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        start = data.find(signature)
        while start >= 0:
            data[start + offset] |= 1
            start = data.find(signature, start + 4)
    with pytest.raises(BadArchive, match="is encrypted"):
        opened(tmp_path, bytes(data))
