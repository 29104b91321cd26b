"""Processes that are killed at any moment: what they leave is whole, or not there."""

import csv
import json
import os
import random
import signal
import subprocess
import sys
import time

import nbformat
import psutil
import pytest
from test_build import SOURCE
from test_kills import TRAININGS
from tiny_movielens import register

from data_utils import DATASETS, download_movielens, loading
from tools.build_notebooks import check_lab
from tools.labs import ROOT

ENVIRONMENT = os.environ | {
    "PYTHONPATH": str(ROOT / "scripts"),
    "OMP_NUM_THREADS": "1",
}


@pytest.fixture(autouse=True)
def seed():
    number = int.from_bytes(os.urandom(4))
    random.seed(number)
    print("seed:", number)


def killed(command, seconds) -> bool:
    """Start a process and kill it after so long; False where it had ended before."""
    process = subprocess.Popen(
        command,
        env=ENVIRONMENT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
    )
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return True
    return False


def assert_no_child_stays(folder, seconds=20):
    """Kernels notice that their parent is gone, and end."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        stay = [
            process.pid
            for process in psutil.process_iter(["cwd"])
            if (process.info["cwd"] or "").startswith(str(folder))
        ]
        if not stay:
            return
        time.sleep(0.5)
    pytest.fail(f"processes stay: {stay}")


def test_training_reaches_the_same_digits(tmp_path, count):
    kills = 0
    for number in range(6):
        folder = tmp_path / str(number)
        folder.mkdir()
        command = [sys.executable, "-c", TRAININGS, folder, "8", str(number)]
        run = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True)
        assert run.returncode == 0, run.stderr
        found = json.loads(run.stdout)
        assert found["same digits"]
        assert found["left"] == ["run.pt"]
        assert found["most parts"] <= 1
        kills += found["killed"]
    count("training killed", "the same digits", kills)


def test_caching_leaves_right_tables(tmp_path, monkeypatch, count):
    folder = tmp_path / "ml-latest-small"
    folder.mkdir()
    rows = [f"{n % 997},{n % 89},{n % 9 / 2 + 0.5},{n}" for n in range(200_000)]
    head = "userId,movieId,rating,timestamp"
    (folder / "ratings.csv").write_text("\n".join([head, *rows, ""]))
    titles = [f"{n},A (1995),Drama" for n in range(89)]
    movies = ["movieId,title,genres", *titles, ""]
    (folder / "movies.csv").write_text("\n".join(movies))
    register(monkeypatch, "latest-small", b"", n_ratings=200_000, n_movies=89)
    monkeypatch.delenv("MOVIELENS_DIR", raising=False)
    monkeypatch.setattr(loading, "KEEP_FROM", 1)
    assert DATASETS["latest-small"].n_ratings == 200_000
    cache = tmp_path / "cache"
    first, _ = download_movielens("latest-small", tmp_path)
    for _ in range(20):
        for kept in cache.glob("*.npz"):
            kept.unlink()
        if (pid := os.fork()) == 0:
            download_movielens("latest-small", tmp_path)
            os._exit(0)
        time.sleep(random.uniform(0, 0.4))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        assert len(list(cache.iterdir())) <= 2
        again, _ = download_movielens("latest-small", tmp_path)
        assert again.equals(first)
        count("caching killed", "right tables")
    for kept in cache.glob("*.npz"):
        kept.unlink()
    download_movielens("latest-small", tmp_path)
    assert [kept.name for kept in cache.iterdir()] == ["latest-small.npz"]


BUILD = """
import sys
from pathlib import Path
from tools.build_notebooks import build_lab
build_lab("01-tiny", Path(sys.argv[1]), "sample")
"""


def test_a_build_leaves_whole_notebooks(tmp_path, count):
    notebooks = tmp_path / "notebooks"
    (notebooks / "source").mkdir(parents=True)
    (notebooks / "source" / "01-tiny.py").write_text(SOURCE)
    command = [sys.executable, "-c", BUILD, notebooks]
    start = time.monotonic()
    assert not killed(command, 120)
    seconds = time.monotonic() - start
    for _ in range(6):
        stopped = killed(command, random.uniform(0, seconds))
        for path in notebooks.rglob("*.ipynb"):
            nbformat.validate(nbformat.read(path, as_version=4))
        assert check_lab("01-tiny", notebooks) == []
        assert len(list(notebooks.rglob(".*.part"))) <= 2
        count("a build killed", "whole notebooks", stopped)
    assert not killed(command, 120)
    assert list(notebooks.rglob(".*.part")) == []
    assert_no_child_stays(notebooks)


def test_grading_leaves_a_table_that_can_be_read(tmp_path, count):
    """A class's grades: those that are known when the machine goes down are there."""
    submissions, output = tmp_path / "submissions", tmp_path / "grades"
    submissions.mkdir()
    for name in ("ann", "bob"):
        cells = [nbformat.v4.new_code_cell("1 + 1")]
        notebook = nbformat.v4.new_notebook(cells=cells)
        nbformat.write(notebook, submissions / f"{name}.ipynb")
    command = [sys.executable, "scripts/tools/grade.py", submissions]
    command += ["--output", output]
    start = time.monotonic()
    assert not killed(command, 200)
    seconds = time.monotonic() - start
    for _ in range(4):
        stopped = killed(command, random.uniform(0, seconds))
        if (output / "grades.csv").exists():
            with (output / "grades.csv").open(newline="") as file:
                rows = list(csv.reader(file))
            assert len({len(row) for row in rows}) <= 1
            assert len(rows) <= 3
        count("grading killed", "a table that can be read", stopped)
    assert not killed(command, 200)
    with (output / "grades.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == 2
    assert list(output.rglob(".*.part")) == []
