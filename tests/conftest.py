"""Shared data: the real ML-100K where a copy is at hand, a small world always."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def _has_local_100k() -> bool:
    folders = [Path(os.environ.get("MOVIELENS_DIR", ROOT / "data")), ROOT / "data"]
    return any(
        (folder / name).exists()
        for folder in folders
        for name in ("ml-100k/u.data", "ml-100k.zip")
    )


@pytest.fixture(scope="session")
def ml100k():
    """`(ratings, movies)` of the real ML-100K; skips, and says why, without a copy."""
    if not _has_local_100k():
        pytest.skip("ML-100K is not here: set MOVIELENS_DIR to the folder that has it")
    from data_utils import download_movielens

    return download_movielens("100k")


@pytest.fixture
def tiny_editions(monkeypatch):
    """The registry publishes hand-written archives, and no other copies are found."""
    from tiny_movielens import TINY, register, tiny_zip

    monkeypatch.delenv("MOVIELENS_DIR", raising=False)
    for name in TINY:
        register(monkeypatch, name, tiny_zip(name))


@pytest.fixture(scope="session")
def small_world():
    """A planted world small enough for unit tests: 60 users, 80 movies."""
    from data_utils import planted_world

    return planted_world(n_users=60, n_items=80, n_ratings=1500, seed=7)
