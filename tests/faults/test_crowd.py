"""Thirty processes at once on one archive and one cache, as in a room of learners."""

import multiprocessing
import os

import pytest
from tiny_movielens import register, tiny_zip

from data_utils import RatingsDataset, download_movielens, loading, planted_world
from models import MatrixFactorization
from training import fit

CROWD = 30


def crowd(work, *arguments) -> list:
    """What each of thirty forks puts into the queue, all begun at one moment."""
    context = multiprocessing.get_context("fork")
    start, results = context.Barrier(CROWD), context.Queue()

    def begin(number):
        start.wait()
        try:
            results.put(work(number, *arguments))
        except Exception as error:
            results.put(repr(error))

    people = [context.Process(target=begin, args=(n,)) for n in range(CROWD)]
    for person in people:
        person.start()
    found = [results.get(timeout=120) for _ in people]
    for person in people:
        person.join()
    return found


def read(number, folder):
    ratings, movies = download_movielens("100k", folder)
    return ratings.to_csv(), movies.to_csv()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the processes are forks")
def test_all_get_right_tables_of_one_archive(tmp_path, monkeypatch, count):
    data = tiny_zip("100k")
    register(monkeypatch, "100k", data)
    monkeypatch.delenv("MOVIELENS_DIR", raising=False)
    monkeypatch.setattr(loading, "KEEP_FROM", 1)
    (tmp_path / "ml-100k.zip").write_bytes(data)
    found = crowd(read, tmp_path)
    assert set(found) == {read(0, tmp_path)}
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["100k.npz"]
    count("30 processes on one archive and cache", "right tables", CROWD)


def train(number, folder):
    world = planted_world(n_users=60, n_items=80, n_ratings=1500, seed=7)
    data = RatingsDataset.fit(world.ratings)
    path = folder / f"{number % 3}.pt"  # ten write each of three files
    model = MatrixFactorization(data.n_users, data.n_items, 4, seed=1)
    fit(model, data, epochs=3, checkpoint=path, show_progress=False)
    again = MatrixFactorization(data.n_users, data.n_items, 4, seed=2)
    fit(again, data, epochs=3, checkpoint=path, resume=True, show_progress=False)
    return round(model.predict([0], [1]).item(), 6)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the processes are forks")
def test_all_train_beside_one_another_in_one_folder(tmp_path, count):
    found = crowd(train, tmp_path)
    assert len(set(found)) == 1, found
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0.pt", "1.pt", "2.pt"]
    count("30 processes on one folder of checkpoints", "the same digits", CROWD)
