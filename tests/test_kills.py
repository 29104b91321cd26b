"""Killed trainings: whatever the moment, a resumed run reaches the same digits."""

import json
import os
import subprocess
import sys

import pytest

from tools.labs import ROOT

# Torch is imported once; each training is a fork of that process, and is killed.
TRAININGS = """
import json, os, random, signal, sys, time
from pathlib import Path

from data_utils import RatingsDataset, planted_world, train_test_split_random
from models import MatrixFactorization
from training import fit

folder, kills = Path(sys.argv[1]), int(sys.argv[2])
random.seed(int(sys.argv[3]))
world = planted_world(n_users=60, n_items=80, n_ratings=1500, seed=7)
split = train_test_split_random(world.ratings, 0.2, seed=1)
train = RatingsDataset.fit(split.train)
validation = train.encode(split.test)


def run(seed, **settings):
    model = MatrixFactorization(train.n_users, train.n_items, 64, seed=seed)
    history = fit(model, train, validation, epochs=30, anneal=True, batch_size=100,
                  learning_rate=0.02, seed=5, show_progress=False, **settings)
    scores = [row["validation_rmse"] for row in history.epochs]
    return [scores, [table.tolist() for table in model.state_dict().values()]]


def forked(path):
    pid = os.fork()
    if pid == 0:
        resume = path.exists()
        result = run(seed=int(resume), checkpoint=path, resume=resume)
        (folder / "result").write_text(json.dumps(result))
        os._exit(0)
    return pid


def parts():
    return list(path.parent.glob(".*.part"))


path = folder / "run" / "run.pt"
whole = run(seed=0)
start = time.perf_counter()
run(seed=0, checkpoint=folder / "timed.pt")  # not the first: that one imports more
seconds = time.perf_counter() - start
killed = most_parts = 0
for number in range(kills):
    pid = forked(path)
    time.sleep(random.uniform(0, seconds / 5))
    # Every other one in the midst of a write.
    deadline = time.perf_counter() + seconds / 10
    while number % 2 and not parts() and time.perf_counter() < deadline:
        pass
    os.kill(pid, signal.SIGKILL)
    if os.waitpid(pid, 0)[1] == 0:
        break
    killed += 1
    most_parts = max(most_parts, len(parts()))
assert os.waitpid(forked(path), 0)[1] == 0
print(json.dumps({
    "killed": killed,
    "most parts": most_parts,
    "left": sorted(file.name for file in path.parent.iterdir()),
    "same digits": json.loads((folder / "result").read_text()) == whole,
}))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the trainings are forks")
def test_killed_trainings_reach_the_digits_of_one_that_ran_through(tmp_path):
    """A laptop that is closed, or a job that a scheduler ends, must cost an epoch."""
    seed = int.from_bytes(os.urandom(4))
    print("seed:", seed)
    run = subprocess.run(
        [sys.executable, "-c", TRAININGS, tmp_path, "10", str(seed)],
        env=os.environ | {"PYTHONPATH": str(ROOT / "scripts"), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    print(found)
    assert found["killed"] >= 3, "too few to say anything"
    assert found["most parts"] <= 1, "they must not pile up"
    assert found["left"] == ["run.pt"]
    assert found["same digits"]
