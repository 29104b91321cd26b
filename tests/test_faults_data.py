"""Bad copies, bad networks, bad variables: each ends in a sentence, or in the sample.

If these fail, a class sits before a traceback, or works on half a data set.
"""

import random
import re
import shutil
import socket
import ssl
import threading
import time

import numpy as np
import pandas as pd
import pytest
from tiny_movielens import (
    COLON_FILES,
    CSV_FILES,
    TAB_FILES,
    TINY,
    local_host,
    register,
    tiny_folder,
    tiny_zip,
)

from data_utils import (
    DATASETS,
    CertificateExpired,
    DatasetUnavailable,
    HostUnreachable,
    IdMap,
    MalformedMovies,
    MissingMember,
    MissingMovies,
    RatingsDataset,
    UnknownDataset,
    UntrustedIssuer,
    WrongHash,
    archives,
    edition_of,
    fetching,
    load_truth,
    loading,
    truth,
)
from data_utils import download_movielens as load
from data_utils.archives import SAMPLE, movielens_dir_problem
from data_utils.fetching import download
from models import SVDpp

pytestmark = pytest.mark.usefixtures("tiny_editions")


# ---------------------------------------------------------------- the list of movies


@pytest.mark.parametrize(
    ("name", "file", "files"),
    [
        ("100k", "u.item", TAB_FILES),
        ("1m", "movies.dat", COLON_FILES),
        ("latest-small", "movies.csv", CSV_FILES),
    ],
)
def test_a_rated_movie_that_is_not_listed_is_named(tmp_path, name, file, files):
    """The list was cut at the end of a line: later a lab would die of a KeyError."""
    lines = files[file].splitlines(keepends=True)
    first = 1 if name == "latest-small" else 0
    cut = "".join(lines[: first + 1])
    tiny_folder(tmp_path, name, **{file: cut})
    with pytest.raises(MissingMovies) as caught:
        load(name, tmp_path)
    listed = int(re.match(r"\d+", lines[first])[0])
    rated = {"100k": {242, 267, 7}, "1m": {122, 185}, "latest-small": {31, 1029}}[name]
    left = rated - {listed}
    said = str(caught.value)
    assert f"lacks {len(left)} of the {len(rated)} movies that were rated" in said
    assert f"the first of them movie {min(left)}." in said
    assert "fetch it again" in said


def test_auto_turns_to_the_sample_when_movies_are_missing(tmp_path, capsys):
    tiny_folder(tmp_path, "100k", **{"u.item": TAB_FILES["u.item"].split("\n")[0]})
    assert edition_of(load("auto", tmp_path)[0]) == "sample"
    assert "its list of movies is incomplete." in capsys.readouterr().out


def test_the_movies_are_counted_too(tmp_path, monkeypatch, capsys):
    """A movie that nobody rated can be missing without a trace in the ratings."""
    register(monkeypatch, "100k", tiny_zip("100k"), n_movies=5)
    folder = tiny_folder(tmp_path, "100k")
    assert len(load("100k", tmp_path)[1]) == 4
    said = capsys.readouterr().out
    assert said == (
        "Note: this copy of 100k holds 4 movies; 5 are published. Is it complete?\n"
    )
    (folder / "u.item").write_bytes((folder / "u.item").read_bytes()[:-1])
    with pytest.raises(MalformedMovies, match=r"u\.item .* holds 4 movies.*cut off"):
        load("100k", tmp_path)


def test_the_real_archives_hold_as_many_movies_as_the_registry_says(ml100k, capsys):
    assert len(ml100k[1]) == 1_682
    assert set(ml100k[0]["item_id"]) <= set(ml100k[1]["item_id"])


@pytest.mark.parametrize("end", ["\r", "\r\n", "\n"])
@pytest.mark.parametrize(
    ("name", "file"), [("100k", "u.item"), ("1m", "movies.dat"), ("20m", "movies.csv")]
)
def test_each_kind_of_line_end_gives_the_same_movies(tmp_path, name, file, end):
    """A carriage return made one title of two movies, without a word."""
    tiny_folder(tmp_path / "as published", name)
    text = TINY[name][file].replace("\n", end)
    tiny_folder(tmp_path / "changed", name, **{file: text})
    expected = load(name, tmp_path / "as published")[1]
    pd.testing.assert_frame_equal(load(name, tmp_path / "changed")[1], expected)


@pytest.mark.parametrize(
    ("name", "file"), [("100k", "u.item"), ("1m", "movies.dat"), ("20m", "movies.csv")]
)
def test_a_carriage_return_inside_a_title_is_refused(tmp_path, name, file):
    text = TINY[name][file].replace("(199", "\r(199", 1)
    tiny_folder(tmp_path, name, **{file: text})
    with pytest.raises(MalformedMovies, match=rf"Line \d of {re.escape(file)}"):
        load(name, tmp_path)


# ---------------------------------------------------------------- the bundled sample


@pytest.fixture
def sample_copy(tmp_path, monkeypatch):
    folder = shutil.copytree(SAMPLE, tmp_path / "sample")
    for module in (archives, truth):
        monkeypatch.setattr(module, "SAMPLE", folder)
    return folder


@pytest.mark.parametrize("file", ["ratings.csv", "movies.csv", "truth.json"])
def test_half_a_file_of_the_sample_is_said_and_how_to_restore_it(sample_copy, file):
    """Half of both files loaded without a word, and every number was another."""
    whole = (sample_copy / file).read_bytes()
    half = whole[: whole.rindex(b"\n", 0, len(whole) // 2) + 1]
    for damaged in (half, whole.replace(b"\n", b"\r\n"), b""):
        (sample_copy / file).write_bytes(damaged)
        for read in (lambda: load("sample"), lambda: load_truth(sample_copy)):
            with pytest.raises(WrongHash) as caught:
                read()
            assert f"{file} was changed or cut off" in str(caught.value)
            assert "`git checkout data/sample`" in str(caught.value)
            assert "`python scripts/tools/make_sample.py`" in str(caught.value)
    (sample_copy / file).unlink()
    with pytest.raises(MissingMember, match=rf"no {file}.*git checkout data/sample"):
        load("sample")


def test_the_sample_as_it_is_shipped_is_accepted(sample_copy):
    assert len(load("sample")[0]) == 38_500
    assert len(load_truth(sample_copy).user_ids) == 450


# ---------------------------------------------------------------- the host


DATA = tiny_zip("100k")


@pytest.mark.parametrize("quick", [0, 300])
def test_auto_does_not_wait_for_a_host_that_trickles(
    tmp_path, monkeypatch, capsys, quick
):
    """One byte a second, from the start or after a good beginning, held up a class."""
    monkeypatch.setattr(fetching, "PATIENCE", 0.3)
    monkeypatch.setattr(fetching, "BLOCK", 1)
    monkeypatch.setattr(fetching, "SLOWEST", 200)
    sent = []

    def slowly():
        sent.append(1)
        if len(sent) > quick:
            time.sleep(0.05)

    with local_host({"ml-100k.zip": DATA}, slowly=slowly) as (address, _):
        dataset = register(monkeypatch, "100k", DATA, address + "ml-100k.zip")
        start = time.perf_counter()
        assert edition_of(load("auto", tmp_path)[0]) == "sample"
        assert time.perf_counter() - start < 3
        assert "its host cannot be reached" in capsys.readouterr().out
        sent.clear()
        with pytest.raises(HostUnreachable) as caught:
            download(dataset, tmp_path)
    assert f" of {len(DATA):,} bytes in " in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_host_that_never_ends_its_head_is_given_up(tmp_path, monkeypatch):
    """A trickle before the first byte of the archive is one as well."""
    monkeypatch.setattr(fetching, "PATIENCE", 0.3)

    def answer(server):
        client, _ = server.accept()
        with client:
            client.sendall(b"HTTP/1.1 200 OK\r\nX: ")
            for _ in range(60):
                try:
                    client.sendall(b"x")
                except OSError:
                    return
                time.sleep(0.05)

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=answer, args=(server,), daemon=True).start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/ml-100k.zip"
        dataset = register(monkeypatch, "100k", DATA, url)
        start = time.perf_counter()
        with pytest.raises(HostUnreachable, match="no answer in"):
            download(dataset, tmp_path)
        assert time.perf_counter() - start < 2


@pytest.mark.parametrize(
    ("code", "message", "error"),
    [
        (20, "unable to get local issuer certificate", UntrustedIssuer),
        (19, "self-signed certificate in certificate chain", UntrustedIssuer),
        (21, "unable to verify the first certificate", UntrustedIssuer),
        (10, "certificate has expired", CertificateExpired),
        (62, "Hostname mismatch", CertificateExpired),
    ],
)
def test_the_advice_fits_the_certificate(tmp_path, monkeypatch, code, message, error):
    """macOS's own Python and a school's proxy were taken for a fault of the host."""

    def refuse(*args, **kwargs):
        found = ssl.SSLCertVerificationError(1, f"certificate verify failed: {message}")
        found.verify_code = code
        raise found

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    with pytest.raises(DatasetUnavailable) as caught:
        download(DATASETS["100k"], tmp_path)
    said = str(caught.value)
    assert type(caught.value) is error
    assert message in said
    assert "never switched off" in said
    assert "MOVIELENS_DATASET=sample" in said
    of_this_machine = (
        "--upgrade certifi",
        "Install Certificates.command",
        "REQUESTS_CA_BUNDLE",
    )
    for remedy in of_this_machine:
        assert (remedy in said) is (error is UntrustedIssuer)
    assert ("your clock" in said) is (error is CertificateExpired)


# ---------------------------------------------------------------- what is kept


def damaged(data: bytes, chance: random.Random) -> bytes:
    """One way in which a disk or a copy spoils a file."""
    at = chance.randrange(len(data))
    kind = chance.choice(["bit", "byte", "cut", "zeros", "doubled"])
    if kind == "bit":
        return data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]
    if kind == "byte":
        return data[:at] + chance.randbytes(1) + data[at + 1 :]
    if kind == "cut":
        return data[:at]
    if kind == "zeros":
        size = chance.randrange(1, 200)
        return data[:at] + bytes(len(data[at : at + size])) + data[at + size :]
    return data[:at] + data[at // 2 :]


def test_a_damaged_cache_is_made_anew_whatever_the_damage(tmp_path, monkeypatch):
    """86 of 1,001 ended in a TypeError or NotImplementedError of NumPy or zipfile."""
    monkeypatch.setattr(loading, "KEEP_FROM", 1)
    tiny_folder(tmp_path, "100k")
    expected = load("100k", tmp_path)[0]
    path = tmp_path / "cache" / "100k.npz"
    whole, chance = path.read_bytes(), random.Random(0)
    for number in range(300):
        path.write_bytes(damaged(whole, chance))
        found, _ = load("100k", tmp_path)
        pd.testing.assert_frame_equal(found, expected, obj=f"damage {number}")


def test_a_whole_zip_that_holds_other_things_is_no_cache(tmp_path, monkeypatch):
    """An older version's file, or another program's, has sound checksums."""
    monkeypatch.setattr(loading, "KEEP_FROM", 1)
    tiny_folder(tmp_path, "100k")
    expected = load("100k", tmp_path)[0]
    path = tmp_path / "cache" / "100k.npz"
    with np.load(path) as file:
        kept = dict(file)
    others = [
        kept | {"user_id": kept["user_id"][:1]},
        kept | {"rating": kept["rating"].astype("float32")},
        kept | {"item_id": kept["item_id"][:, None]},
        kept | {"item_id": np.array(["a", "b", "c"])},
        {"stamp": kept["stamp"]},
    ]
    for other in others:
        np.savez(path, **other)
        pd.testing.assert_frame_equal(load("100k", tmp_path)[0], expected)


# ---------------------------------------------------------------- variables


@pytest.mark.parametrize("name", ["", "  ", "AUTO", "100k", "ml-100k", " ML-100K\n"])
def test_a_name_means_what_it_says(tmp_path, name):
    tiny_folder(tmp_path, "100k")
    assert edition_of(load(name, tmp_path)[0]) == "100k"


@pytest.mark.parametrize("name", ["sample ", "SAMPLE", "\tSample"])
def test_the_sample_by_any_spelling(tmp_path, name):
    assert edition_of(load(name, tmp_path)[0]) == "sample"


def test_a_file_of_ones_own_keeps_its_capitals(tmp_path):
    path = tmp_path / "ML-Books.csv"
    path.write_text("user,item,rating\nann,emma,5\n")
    assert len(load(f" {path} ")[0]) == 1
    with pytest.raises(UnknownDataset, match="'ML-Nothing'"):
        load("ML-Nothing ", tmp_path)


@pytest.mark.parametrize("quote", ['"', "'"])
def test_a_movielens_dir_in_quotes_is_said(tmp_path, monkeypatch, capsys, quote):
    """Windows keeps the quotes of `set MOVIELENS_DIR="C:\\data"`."""
    tiny_folder(tmp_path / "data", "100k")
    monkeypatch.setenv("MOVIELENS_DIR", f"{quote}{tmp_path}{quote}")
    load("auto", tmp_path / "data")
    said = capsys.readouterr().out.splitlines()[0]
    assert said == (
        "Note: MOVIELENS_DIR names a folder that does not exist. It ends in a "
        "quotation mark: set it without quotes."
    )
    monkeypatch.setenv("MOVIELENS_DIR", str(tmp_path))
    assert movielens_dir_problem() is None


# ---------------------------------------------------------------- repeated pairs


def test_a_pair_that_is_rated_twice_is_refused_with_a_remedy():
    """ImplicitALS aimed above 1 for it, and SVD++ counted the movie twice."""
    pairs = {"user_id": [4, 4, 9, 4, 9], "item_id": [7, 8, 7, 8, 7]}
    table = pd.DataFrame(pairs | {"rating": [5.0, 3.0, 4.0, 1.0, 2.0]})
    with pytest.raises(ValueError, match=r"^2 of 5 ratings.*of user 4 and movie 8"):
        RatingsDataset.fit(table)
    once = table.drop_duplicates(["user_id", "item_id"], keep="last")
    train = RatingsDataset.fit(once)
    assert sorted(train.ratings.tolist()) == [1, 2, 5]
    assert len(SVDpp(train, n_factors=1).user_values) == 3
    with pytest.raises(ValueError, match="2 of 5 ratings"):
        train.encode(table)


def test_repeated_pairs_of_texts_are_seen_and_strangers_are_none():
    """All strangers have the index -1, and two of them are not one pair."""
    table = pd.DataFrame(
        {"user_id": ["ann", "bob"], "item_id": ["emma", "emma"], "rating": [5.0, 4.0]}
    )
    with pytest.raises(ValueError, match="user ann and movie emma"):
        RatingsDataset.fit(pd.concat([table, table]))
    nobody = IdMap.fit(["zoe"])
    assert RatingsDataset(table, nobody, nobody).users.tolist() == [-1, -1]
