"""From a name to two tables: what `auto` does, the sample, and what is kept."""

import socket

import pandas as pd
import pytest
from tiny_movielens import (
    TAB_FILES,
    TINY,
    local_host,
    register,
    tiny_folder,
    tiny_zip,
)

from data_utils import (
    DATASETS,
    DatasetUnavailable,
    MalformedRatings,
    MissingMember,
    UnknownDataset,
    UnwritableFolder,
    archives,
    loading,
)
from data_utils import download_movielens as load

pytestmark = pytest.mark.usefixtures("tiny_editions")


@pytest.fixture
def offline(monkeypatch):
    def refuse(*args, **kwargs):
        raise socket.gaierror(-3, "network is down")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture
def parsed(monkeypatch):
    """Names of the data sets whose ratings were parsed rather than kept."""
    names = []
    real = loading.read_ratings

    def spy(source, dataset):
        names.append(dataset.name)
        return real(source, dataset)

    monkeypatch.setattr(loading, "read_ratings", spy)
    return names


@pytest.fixture
def keeping(monkeypatch):
    """Every edition is large enough to be kept."""
    monkeypatch.setattr(loading, "KEEP_FROM", 1)


def same(first, second):
    for a, b in zip(first, second, strict=True):
        pd.testing.assert_frame_equal(a, b)


def test_an_unknown_name_lists_the_known_ones(tmp_path):
    with pytest.raises(UnknownDataset, match=r"'100G'.*auto, sample, 100k, 1m, 10m"):
        load("100G", tmp_path)


def test_the_registry_covers_every_edition():
    assert list(DATASETS) == [
        *("sample", "100k", "1m", "10m", "20m", "25m", "32m"),
        *("latest-small", "latest"),
    ]


def test_auto_takes_a_local_copy_and_says_so(tmp_path, offline, capsys):
    tiny_folder(tmp_path, "100k")
    ratings, _ = load(data_dir=tmp_path)
    assert len(ratings) == 3
    assert capsys.readouterr().out == "Data: ML-100K, the copy in the data folder.\n"


def test_auto_names_movielens_dir_without_its_path(
    tmp_path, offline, monkeypatch, capsys
):
    tiny_folder(tmp_path / "shared", "100k")
    monkeypatch.setenv("MOVIELENS_DIR", str(tmp_path / "shared"))
    load("auto", tmp_path / "data")
    assert capsys.readouterr().out == "Data: ML-100K, the copy in MOVIELENS_DIR.\n"


def test_auto_downloads_where_it_can(tmp_path, monkeypatch, capsys):
    with local_host({"ml-100k.zip": tiny_zip("100k")}) as (address, _):
        register(monkeypatch, "100k", tiny_zip("100k"), address + "ml-100k.zip")
        assert len(load("auto", tmp_path)[0]) == 3
    assert "Data: ML-100K, downloaded" in capsys.readouterr().out


@pytest.mark.parametrize("damage", ["no network", "malformed", "foreign archive"])
def test_auto_falls_back_to_the_sample_and_says_why(tmp_path, offline, capsys, damage):
    if damage == "malformed":
        tiny_folder(tmp_path, "100k", **{"u.data": "nonsense\n"})
    if damage == "foreign archive":
        (tmp_path / "ml-100k.zip").write_bytes(b"no zip")
    ratings, _ = load("auto", tmp_path)
    same([ratings], [load("sample")[0]])
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert said.startswith("Data: the bundled sample (synthetic")
    reason = {
        "no network": "cannot be reached",
        "malformed": "a row that cannot be read",
        "foreign archive": "hash is not the published one",
    }
    assert reason[damage] in said
    assert str(tmp_path) not in said


def test_a_named_edition_never_turns_into_another(tmp_path, offline):
    with pytest.raises(DatasetUnavailable):
        load("1m", tmp_path)


def test_the_sample_needs_neither_network_nor_a_folder(tmp_path, offline):
    ratings, movies = load("sample", tmp_path / "not there")
    assert set(ratings["item_id"]) <= set(movies["item_id"])
    assert ratings["rating"].between(1, 5).all()
    assert not (tmp_path / "not there").exists()


def test_a_copy_with_fewer_ratings_than_published_is_noted(
    tmp_path, monkeypatch, capsys
):
    register(monkeypatch, "100k", tiny_zip("100k"), n_ratings=100_000)
    tiny_folder(tmp_path, "100k")
    load("100k", tmp_path)
    assert "holds 3 ratings; 100,000 are published" in capsys.readouterr().out


@pytest.mark.parametrize("cut", [3, 30])
def test_a_copy_that_was_cut_off_is_refused(tmp_path, monkeypatch, cut):
    """Half a timestamp is a number too: only the missing end of the line tells."""
    register(monkeypatch, "100k", tiny_zip("100k"), n_ratings=100_000)
    tiny_folder(tmp_path, "100k", **{"u.data": TAB_FILES["u.data"][:-cut]})
    with pytest.raises(MalformedRatings, match=r"u\.data in .*(cut off|is '186.t267')"):
        load("100k", tmp_path)


def test_a_data_dir_of_a_user_who_is_not_there_is_named():
    with pytest.raises(
        UnwritableFolder, match=r"'~nobody-of-this-name/x'.*the default"
    ):
        load("100k", "~nobody-of-this-name/x")


@pytest.mark.parametrize("copy", [True, False])
def test_a_movielens_dir_that_does_not_exist_is_noted(
    tmp_path, offline, monkeypatch, capsys, copy
):
    if copy:
        tiny_folder(tmp_path / "data", "100k")
    monkeypatch.setenv("MOVIELENS_DIR", str(tmp_path / "misspelt"))
    load("auto", tmp_path / "data")
    said = capsys.readouterr().out
    assert said.startswith("Note: MOVIELENS_DIR names a folder that does not exist.\n")
    assert ("the copy in the data folder" in said) is copy


# ---------------------------------------------------------------- what is kept


def test_the_labs_editions_are_parsed_each_time_and_leave_nothing(tmp_path, parsed):
    """Below ten million ratings a cache would save less than it costs to explain."""
    tiny_folder(tmp_path, "100k")
    same(load("100k", tmp_path), load("100k", tmp_path))
    assert parsed == ["100k", "100k"]
    assert [path.name for path in tmp_path.iterdir()] == ["ml-100k"]
    assert loading.KEEP_FROM == 10_000_000


def test_as_many_ratings_as_the_limit_are_kept(tmp_path, parsed, monkeypatch):
    tiny_folder(tmp_path, "100k")
    for limit, times in ((4, 2), (3, 1)):
        monkeypatch.setattr(loading, "KEEP_FROM", limit)
        parsed.clear()
        load("100k", tmp_path), load("100k", tmp_path)
        assert len(parsed) == times


@pytest.mark.parametrize("name", list(TINY))
@pytest.mark.parametrize("packed", [True, False])
def test_the_second_load_is_the_first_without_parsing(
    tmp_path, keeping, parsed, name, packed
):
    if packed:
        (tmp_path / f"ml-{name}.zip").write_bytes(tiny_zip(name))
    else:
        tiny_folder(tmp_path, name)
    first, second = load(name, tmp_path), load(name, tmp_path)
    assert parsed == [name]
    same(first, second)
    second[0].loc[0, "rating"] = 4.0  # a table of one's own, not a frozen view
    same(first, load(name, tmp_path))


def test_ids_beyond_32_bits_are_kept(tmp_path, keeping):
    large = 2**40
    tiny_folder(tmp_path, "100k", **{"u.data": f"{large}\t7\t3\t{large}\n"})
    for _ in range(2):
        assert load("100k", tmp_path)[0].iloc[0].tolist() == [large, 7, 3, large]


def test_a_changed_source_is_parsed_again(tmp_path, keeping, parsed):
    folder = tiny_folder(tmp_path, "100k")
    load("100k", tmp_path)
    changed = TAB_FILES["u.data"].replace("\t3\t", "\t4\t")  # of the same length
    (folder / "u.data").write_text(changed)
    assert load("100k", tmp_path)[0]["rating"].tolist() == [4, 5, 1]
    (folder / "u.item").write_text(
        TAB_FILES["u.item"].replace("unknown", "forgotten"), encoding="latin-1"
    )
    assert "forgotten" in load("100k", tmp_path)[1]["title"].tolist()


def test_another_copy_of_the_same_edition_is_not_mistaken(
    tmp_path, keeping, monkeypatch
):
    tiny_folder(tmp_path / "shared", "100k", **{"u.data": "1\t7\t5\t9\n"})
    tiny_folder(tmp_path / "data", "100k")
    assert len(load("100k", tmp_path / "data")[0]) == 3
    monkeypatch.setenv("MOVIELENS_DIR", str(tmp_path / "shared"))
    assert len(load("100k", tmp_path / "data")[0]) == 1


@pytest.mark.parametrize("keep", [0, 100, 0.5, -1])
def test_damaged_ratings_are_parsed_again(tmp_path, keeping, parsed, keep):
    tiny_folder(tmp_path, "100k")
    first = load("100k", tmp_path)
    path = tmp_path / "cache" / "100k.npz"
    data = path.read_bytes()
    if keep == -1:  # all bytes there, one of them wrong
        at = data.rindex((881250949).to_bytes(4, "little"))
        path.write_bytes(data[:at] + b"\xff" + data[at + 1 :])
    else:
        path.write_bytes(data[: int(keep * len(data)) if keep < 1 else keep])
    same(first, load("100k", tmp_path))
    assert len(parsed) == 2
    same(first, load("100k", tmp_path))
    assert len(parsed) == 2
    assert [p.name for p in path.parent.iterdir()] == ["100k.npz"]


def test_a_copy_that_was_cut_off_is_never_kept(tmp_path, keeping, monkeypatch):
    register(monkeypatch, "100k", tiny_zip("100k"), n_ratings=100_000)
    tiny_folder(tmp_path, "100k", **{"u.data": TAB_FILES["u.data"][:-3]})
    for _ in range(2):
        with pytest.raises(MalformedRatings, match="cut off"):
            load("100k", tmp_path)
    assert not (tmp_path / "cache").exists()


def test_ratings_that_cannot_be_kept_are_done_without(
    tmp_path, keeping, monkeypatch, capsys
):
    tiny_folder(tmp_path / "shared", "100k")
    monkeypatch.setenv("MOVIELENS_DIR", str(tmp_path / "shared"))
    (tmp_path / "data").write_text("a file where the folder should be")
    assert len(load("100k", tmp_path / "data")[0]) == 3
    assert "cannot be kept" in capsys.readouterr().out


def test_a_sample_without_a_file_says_how_to_make_it(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "SAMPLE", tmp_path)
    with pytest.raises(MissingMember, match=r"no ratings\.csv.*make_sample\.py"):
        load("sample")
