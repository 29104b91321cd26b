"""Editions as they come: written well they are read so, damaged they are refused.

If these fail, a class works on tables that nobody has published, and nobody knows.
"""

import hashlib
import io
import shutil
import warnings
import zipfile
from contextlib import redirect_stdout
from unittest import mock

from hypothesis import given
from hypothesis import strategies as st
from outcomes import attempt, count
from writing_editions import Files, assert_tables, damaged, files, strictly_read

from data_utils import (
    DATASETS,
    BadArchive,
    MissingMember,
    WrongHash,
    download_movielens,
    loading,
)


def written(place, edition, changed=None, archive=None):
    """The folder of the edition, or its archive, and nothing else."""
    shutil.rmtree(place, ignore_errors=True)
    dataset = DATASETS[edition.name]
    if archive is not None:
        place.mkdir()
        (place / dataset.archive).write_bytes(archive)
        return
    folder = place / dataset.folder
    folder.mkdir(parents=True)
    for file, data in (edition.by_name | (changed or {})).items():
        if data is None:
            (folder / file).mkdir()
        else:
            (folder / file).write_bytes(data)


def load(place, edition):
    """The outcome, and what was printed."""
    said = io.StringIO()
    with redirect_stdout(said):
        outcome = attempt(lambda: download_movielens(edition.name, place))
    return outcome, said.getvalue()


@given(edition=files(), kept=st.booleans())
def test_a_sound_folder_is_read_as_it_was_written(place, edition, kept):
    place /= "sound"
    written(place, edition)
    least = 1 if kept else 10**7
    with edition.registered(), mock.patch.object(loading, "KEEP_FROM", least):
        for _ in range(1 + kept):
            outcome, said = load(place, edition)
            assert not isinstance(outcome, Exception), outcome
            assert_tables(outcome, edition.rows, edition.films)
            assert said == ""
    count("folders, sound", outcome)


@given(edition=files(), both=st.booleans(), data=st.data())
def test_a_damaged_folder_is_refused_or_read_as_it_now_is(place, edition, both, data):
    """What cannot be seen without a hash, another star for one, is read as it is."""
    place /= "damaged"
    ratings, movies = edition.ratings, edition.movies
    if both or data.draw(st.booleans()):
        ratings = data.draw(damaged(ratings))
    if both or ratings == edition.ratings:
        movies = data.draw(damaged(movies))
    written(place, edition, dict(zip(edition.by_name, (ratings, movies), strict=True)))
    with edition.registered():
        outcome, said = load(place, edition)
    count("folders, damaged", outcome)
    if isinstance(outcome, Exception):
        return
    seen = strictly_read(edition.name, ratings, movies)
    assert seen is not None, "a file that is no table was read"
    rows, films = seen
    assert_tables(outcome, rows, films)
    assert {row[1] for row in rows} <= {film[0] for film in films}
    counts = (len(rows), len(films)) == (len(edition.rows), len(edition.films))
    assert counts == (said == ""), "what is missing must be said, and nothing else"


@given(edition=files(), which=st.integers(0, 1), as_folder=st.booleans())
def test_a_folder_that_lacks_a_file_is_named(place, edition, which, as_folder):
    place /= "lacking"
    written(place, edition)
    path = place / DATASETS[edition.name].folder / list(edition.by_name)[which]
    path.unlink()
    if as_folder:
        path.mkdir()
    with edition.registered():
        outcome, _ = load(place, edition)
    assert isinstance(outcome, MissingMember)
    count("folders, incomplete", outcome)


METHODS = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2]
STRANGE = ["/etc/passwd", "../up", "a/../../up", "C:\\up", "..\\up", "\\\\host\\up"]
FRIENDLY = ["README", "__MACOSX/._ratings.csv", "deep/er/er/u.data", "é.txt", "a/"]
PATCHES = {  # field of a member's entry in the list at the end → what it says then
    "encrypted": (8, b"\x01\x00"),
    "method": (10, b"\x63\x00"),
    "huge": (24, b"\xff\xff\xff\xf0"),
    "short": (24, b"\x03\x00\x00\x00"),
}


@st.composite
def archives(draw, edition):
    """`(bytes, sound)`: an archive of the edition, sound or strange."""
    inside = draw(st.sampled_from(["ml/", "", "other/", "a/b/"]))
    kind = draw(st.sampled_from(["sound", "name", "twice", "two", "lack", *PATCHES]))
    packed, method = io.BytesIO(), draw(st.sampled_from(METHODS))
    chosen = draw(st.sampled_from(list(edition.by_name)))
    with warnings.catch_warnings(), zipfile.ZipFile(packed, "w", method) as archive:
        warnings.simplefilter("ignore")  # zipfile's own, of a second file of one name
        for file, data in edition.by_name.items():
            if not (kind == "lack" and file == chosen):
                archive.writestr(inside + file, data)
        archive.writestr(draw(st.sampled_from(FRIENDLY)), b"hello")
        if kind == "name":
            archive.writestr(draw(st.sampled_from(STRANGE)), b"x")
        elif kind == "two":
            beside = "a/copy/" if inside == "a/b/" else "copy/"
            archive.writestr(beside + chosen, b"x")
        elif kind == "twice":
            archive.writestr(inside + chosen, edition.by_name[chosen] + b"\n")
    data = packed.getvalue()
    if kind in PATCHES:
        field, value = PATCHES[kind]
        entry = data.index(b"PK\x01\x02")
        while data[entry + 46 :].startswith((inside + chosen).encode()) is False:
            entry = data.index(b"PK\x01\x02", entry + 1)
        data = data[: entry + field] + value + data[entry + field + len(value) :]
    return data, kind == "sound" or (kind == "two" and not inside)


@given(edition=files(["latest-small"]), data=st.data())
def test_an_archive_is_read_right_or_refused(place, edition, data):
    """Nothing outside is touched, and of two files of one name none is guessed."""
    place /= "archive"
    packed, sound = data.draw(archives(edition))
    if flipped := data.draw(st.booleans()):
        packed = data.draw(damaged(packed, most=2))
    written(place, edition, archive=packed)
    with edition.registered(), mock.patch.object(loading, "verify"):
        outcome, _ = load(place, edition)
    if not isinstance(outcome, Exception):
        assert sound or flipped, "a strange archive was read"
        assert_tables(outcome, edition.rows, edition.films)
    assert flipped or sound != isinstance(outcome, Exception), outcome
    assert [path.name for path in place.parent.rglob("up")] == []
    count("archives, no hash known", outcome)


def test_an_archive_that_would_fill_the_memory_is_refused(place):
    """300 MB of zeros come in 300 kB, and a laptop would stand still."""
    place /= "bomb"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ml/ratings.csv", bytes(300_000_000))
        archive.writestr("ml/movies.csv", "")
    edition = Files("latest-small", b"", b"", [], [])
    written(place, edition, archive=packed.getvalue())
    with edition.registered(), mock.patch.object(loading, "verify"):
        outcome, _ = load(place, edition)
    assert isinstance(outcome, BadArchive)
    assert "would unpack to 300 MB" in str(outcome)
    count("archives, no hash known", outcome)


@given(edition=files(["100k", "1m", "20m"]), data=st.data())
def test_an_archive_with_a_published_hash_is_that_or_nothing(place, edition, data):
    place /= "hashed"
    packed, sound = data.draw(archives(edition))
    published = hashlib.sha256(packed).hexdigest()
    found = data.draw(damaged(packed))
    written(place, edition, archive=found)
    with edition.registered(sha256=published):
        outcome, _ = load(place, edition)
    if found != packed:
        assert isinstance(outcome, WrongHash)
    elif sound:
        assert_tables(outcome, edition.rows, edition.films)
    count("archives, hash known", outcome)
