"""Training by several processes: the tables of one, and no hang when one is killed."""

import json
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest
import torch
from torch import distributed

from processes import ProcessLost, Share
from tools import two_processes
from tools.distributed import main
from tools.labs import ROOT

SCRIPT = ROOT / "scripts" / "tools" / "distributed.py"
QUICK = ["--dataset", "sample", "--batch-size", "4096", "--epochs", "40"]

pytestmark = pytest.mark.skipif(
    not (distributed.is_available() and distributed.is_gloo_available()),
    reason="this PyTorch is built without gloo",
)

# Torch is imported once, and the two processes are forks, as torchrun would start them.
PROCESSES = """
import json, os, sys
from datetime import timedelta
from pathlib import Path

from torch import distributed
from data_utils import RatingsDataset, planted_world, train_test_split_random
from models import MatrixFactorization
from training import fit

folder = Path(sys.argv[1])
world = planted_world(n_users=60, n_items=80, n_ratings=1500, seed=7)
split = train_test_split_random(world.ratings, 0.2, seed=1)
train = RatingsDataset.fit(split.train)


def run(seed):
    model = MatrixFactorization(60, train.n_items, 4, mean=train.mean, seed=seed)
    history = fit(model, train, epochs=6, batch_size=100, learning_rate=0.02,
                  reg_per_rating=0.05, show_progress=False)
    rmse = [row["train_rmse"] for row in history.epochs]
    return [rmse, *(table.tolist() for table in model.parameters())]


def joined(rank):
    pid = os.fork()
    if pid == 0:
        store = f"file://{folder}/store"
        distributed.init_process_group("gloo", store, timedelta(seconds=20), 2, rank)
        # The second process has other weights, until it is given those of the first.
        (folder / str(rank)).write_text(json.dumps(run(seed=rank)))
        os._exit(0)
    return pid


alone = run(seed=0)  # before the forks: it imports more of PyTorch
children = [joined(rank) for rank in (0, 1)]
assert [os.waitpid(pid, 0)[1] for pid in children] == [0, 0]
found = [json.loads((folder / str(rank)).read_text()) for rank in (0, 1)]
print(json.dumps([alone, *found]))
"""


def flat(tables) -> torch.Tensor:
    return torch.cat([torch.tensor(table).flatten() for table in tables])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the processes are forks")
def test_two_processes_reach_the_tables_of_one(tmp_path):
    """A student's second machine would train another model than the first one."""
    paths = os.environ | {"PYTHONPATH": str(ROOT / "scripts")}
    command = [sys.executable, "-c", PROCESSES, str(tmp_path)]
    done = subprocess.run(
        command, capture_output=True, text=True, env=paths, timeout=100
    )
    assert done.returncode == 0, done.stderr
    alone, first, second = json.loads(done.stdout)
    assert first == second
    # Up to rounding, which Adam may blow up where a gradient is next to nothing.
    torch.testing.assert_close(flat(first[1:]), flat(alone[1:]), atol=0.01, rtol=0)
    torch.testing.assert_close(first[0], alone[0], atol=0.002, rtol=0)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_a_killed_process_ends_the_others_and_training_resumes(tmp_path, capsys):
    """A cluster would hang for half an hour, and the epochs so far would be lost."""
    path, log = tmp_path / "run.pt", tmp_path / "log"
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += ["--nproc-per-node", "2", str(SCRIPT), *QUICK, "--checkpoint", str(path)]
    with log.open("w") as file:
        agent = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT)
    try:
        first = wait_for(lambda: path.stat().st_mtime_ns if path.exists() else None)
        wait_for(lambda: path.stat().st_mtime_ns != first)
        workers = psutil.Process(agent.pid).children()
        assert len(workers) == 2
        workers[-1].send_signal(signal.SIGKILL)
        assert agent.wait(timeout=60) != 0
    finally:
        agent.kill()
    assert str(ProcessLost()) in log.read_text()
    state = path.read_bytes()
    assert main([*QUICK, "--checkpoint", str(path), "--resume"]) == 0
    assert "40 epochs took" in capsys.readouterr().out
    assert path.read_bytes() != state


def wait_for(condition, seconds: float = 60):
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "the processes did not come so far"
        time.sleep(0.01)
    return found


def test_the_table_of_the_lab_comes_from_a_command(tmp_path, monkeypatch):
    """Figures of no known machine, which nobody could measure again."""
    cases = {"the sample": two_processes.Case("sample", 4096)}
    monkeypatch.setattr(two_processes, "CASES", cases)
    # That two processes train together is tested below; here it is about the table.
    alone = two_processes.epoch_seconds
    monkeypatch.setattr(two_processes, "measured", lambda case, processes: alone(case))
    path = tmp_path / "found.json"
    monkeypatch.setattr(sys, "argv", ["two_processes.py", "--json", str(path)])
    assert two_processes.main() == 0
    found, kept = (json.loads(p.read_text()) for p in (path, two_processes.JSON))
    assert set(found) == set(kept)
    row = found["rows"]["the sample"]
    assert set(row) == {"one process", "each of two"}
    assert all(0 < seconds < 60 for seconds in row.values())
    monkeypatch.undo()
    assert set(kept["rows"]) == set(two_processes.CASES)


def test_shares_are_equal_and_miss_no_rating():
    """A mean of means is not the mean where one process has fewer ratings."""
    batches = [torch.arange(10), torch.tensor([3])]
    shares = [list(Share(batches, 4, rank)) for rank in range(4)]
    for number, batch in enumerate(batches):
        parts = [share[number] for share in shares]
        assert len({len(part) for part in parts}) == 1
        assert set(torch.cat(parts).tolist()) == set(batch.tolist())


def test_a_checkpoint_that_is_not_there_is_a_sentence(tmp_path, capsys):
    path = str(tmp_path / "none.pt")
    assert main([*QUICK, "--checkpoint", path, "--resume"]) == 1
    assert "There is no checkpoint" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["--resume"])
    assert "name it by --checkpoint" in capsys.readouterr().err
