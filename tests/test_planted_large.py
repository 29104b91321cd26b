"""The world that stands for all of MovieLens: lab 11's large figures rest on it."""

import os

import numpy as np
import pandas as pd
import pytest

from data_utils import download_movielens, load_truth, planted_large, registry
from data_utils.planted_large import SHAPES, LargeWorld, Shape
from metrics import rmse
from tools import large_sample, make_sample
from tools.large_sample import NotOurs, write_large

TINY = Shape(n_users=80, n_items=120, n_ratings=2_400, min_ratings=1)


@pytest.fixture(scope="module")
def ratings():
    return pd.concat(LargeWorld(TINY, seed=3).blocks(), ignore_index=True)


@pytest.fixture
def tiny_latest(monkeypatch, tmp_path):
    """The folder that holds a tiny world in the place of `latest`."""
    monkeypatch.setitem(SHAPES, "latest", TINY)
    monkeypatch.setenv("MOVIELENS_DIR", str(tmp_path))
    return write_large("latest", tmp_path, seed=3)


def test_the_world_has_what_was_asked_for(ratings):
    """A user counted twice, or half stars that are whole, would be another problem."""
    world = LargeWorld(TINY, seed=3)
    assert len(ratings) == 2_400
    assert not ratings.duplicated(["user_id", "item_id"]).any()
    per_user = ratings.groupby("user_id").size()
    assert per_user.tolist() == world.activity.tolist()
    assert per_user.min() < 5
    assert set(ratings["rating"]) <= set(np.arange(0.5, 5.5, 0.5))
    assert set(ratings["item_id"]) <= set(world.movies["item_id"])
    assert ratings["timestamp"].between(820_454_400, 1_689_811_200).all()
    in_order = ratings.sort_values(["user_id", "item_id"], ignore_index=True)
    pd.testing.assert_frame_equal(ratings, in_order)


def test_a_block_does_not_depend_on_those_before_it(monkeypatch):
    """Blocks bound the memory; each has a generator of its own."""
    monkeypatch.setattr(planted_large, "RATINGS_AT_ONCE", 700)
    blocks = list(LargeWorld(TINY, seed=3).blocks())
    assert len(blocks) > 2
    assert max(map(len, blocks)) < 700 + 60  # nobody rates more than half
    assert len(pd.concat(blocks)) == 2_400
    for first, again in zip(blocks, LargeWorld(TINY, seed=3).blocks(), strict=True):
        pd.testing.assert_frame_equal(first, again)
    assert not blocks[0].equals(next(iter(LargeWorld(TINY, seed=4).blocks())))


def test_both_ways_to_draw_a_list_follow_one_law(monkeypatch):
    """Else those who rate much would have another taste than the others."""
    shape = Shape(n_users=2_000, n_items=60, n_ratings=30_000, min_ratings=15)
    shares = []
    for limit in (0, 1_000):
        monkeypatch.setattr(planted_large, "LONG_LIST", limit)
        world = LargeWorld(shape, seed=0)
        assert (world.activity == 15).all()
        block = pd.concat(world.blocks())
        liked = world.truth.user_factors[:, 0] > 0
        by_liking = block.groupby(["item_id", liked[block["user_id"] - 1]]).size()
        shares.append(by_liking.unstack(fill_value=0) / 1_000)
    assert (shares[0] - shares[1]).abs().max(axis=None) < 0.1
    assert (shares[0] - shares[1]).abs().mean(axis=None) < 0.02


def test_it_is_read_in_the_place_of_the_edition(tiny_latest, ratings, capsys):
    read, movies = download_movielens("latest", tiny_latest / "none")
    pd.testing.assert_frame_equal(read, ratings)
    assert len(movies) == 120
    truth = load_truth(tiny_latest)
    floor = rmse(truth.predict(read["user_id"], read["item_id"]), read["rating"])
    assert f"an RMSE of {floor:.4f} on" in (tiny_latest / "README.md").read_text()
    off = truth.predict(read["user_id"], read["item_id"]) + 0.05
    assert floor < rmse(off, read["rating"])


def test_the_same_command_writes_the_same_bytes(tiny_latest, tmp_path, capsys):
    """A figure measured on one machine is made again on another."""
    command = ["--like", "latest", "--out", str(tmp_path / "b"), "--seed", "3"]
    assert make_sample.main(command) == 0
    for path in tiny_latest.iterdir():
        assert (
            path.read_bytes() == (tmp_path / "b" / "ml-latest" / path.name).read_bytes()
        )
    assert "100%" in capsys.readouterr().out


def test_other_layouts_are_read_too(monkeypatch, tmp_path):
    monkeypatch.setitem(SHAPES, "1m", TINY._replace(step=1.0))
    monkeypatch.setenv("MOVIELENS_DIR", str(tmp_path))
    folder = write_large("1m", tmp_path, seed=3)
    assert b"::" in (folder / "ratings.dat").read_bytes()
    read, movies = download_movielens("1m", tmp_path / "none")
    assert set(read["rating"]) <= {1.0, 2.0, 3.0, 4.0, 5.0}
    assert movies["title"].is_unique
    world = LargeWorld(SHAPES["1m"], seed=3)
    pd.testing.assert_frame_equal(movies, world.movies, check_dtype=False)


def test_real_ratings_are_never_overwritten(tmp_path, capsys):
    """Who names the folder of their MovieLens with --out would lose it."""
    real = tmp_path / "ml-latest" / "ratings.csv"
    real.parent.mkdir()
    real.write_text("userId,movieId,rating,timestamp\n1,1,4.0,1\n")
    with pytest.raises(NotOurs, match="Nothing was written"):
        write_large("latest", tmp_path)
    assert make_sample.main(["--like", "latest", "--out", str(tmp_path)]) == 1
    assert "is not of a planted world" in capsys.readouterr().err
    assert os.listdir(real.parent) == ["ratings.csv"]


def test_what_a_break_leaves_is_not_taken_for_an_edition(monkeypatch, tmp_path):
    """Half of the ratings would be read as if they were all."""
    monkeypatch.setitem(SHAPES, "latest", TINY)

    def broken(movies, edition):
        raise KeyboardInterrupt

    monkeypatch.setattr(large_sample, "_movie_lines", broken)
    with pytest.raises(KeyboardInterrupt):
        write_large("latest", tmp_path)
    assert not (tmp_path / "ml-latest" / "ratings.csv").exists()
    monkeypatch.undo()
    monkeypatch.setitem(SHAPES, "latest", TINY)
    assert (write_large("latest", tmp_path) / "ratings.csv").exists()


def test_a_folder_without_an_edition_or_the_reverse_is_asked_for(capsys):
    for half in (["--like", "latest"], ["--out", "elsewhere"]):
        with pytest.raises(SystemExit):
            make_sample.main(half)
        assert "belong together" in capsys.readouterr().err


def test_the_shapes_are_those_that_are_published():
    """The loader would note that ratings are missing."""
    for name in ("1m", "10m", "25m"):
        edition, shape = registry.DATASETS[name], SHAPES[name]
        assert (shape.n_users, shape.n_items, shape.n_ratings) == (
            edition.n_users, edition.n_movies, edition.n_ratings,
        )  # fmt: skip
        assert shape.step == edition.step == edition.lowest
