"""The comparison with a GPU, tried out on the CPU: it has one chance on a lent one."""

import json

import pytest
import torch

from data_utils import ratings_loader
from models import ALS
from tools import gpu_check
from tools.gpu_check import N_FACTORS, SIZES, als_on, main, make_world
from training import BatchesOn


@pytest.fixture(scope="module")
def world():
    return make_world(SIZES["tiny"])


def test_the_sweeps_for_a_gpu_are_those_of_als(world, monkeypatch):
    """Another model's seconds would stand in the table as those of ALS."""
    monkeypatch.setattr(gpu_check, "CELLS_AT_ONCE", 400)  # several blocks each
    model = ALS(N_FACTORS, epochs=2).fit(world.train)
    pairs = world.train.users, world.train.items
    found = als_on("cpu", world.train, sweeps=2).predict(*pairs)
    torch.testing.assert_close(found, model.predict(*pairs), atol=1e-3, rtol=0)


def test_every_step_is_measured_and_written(tmp_path, capsys):
    """Fifteen lent minutes are lost by a file that lacks what the lab shows."""
    path = tmp_path / "gpu.json"
    arguments = ["--device", "cpu", "--sizes", "tiny", "--json", str(path)]
    assert main(arguments) == 0
    found = json.loads(path.read_text())
    assert found["machine"]["torch"] == torch.__version__
    assert found["machine"]["command"].endswith(f"--sizes tiny --json {path}")
    rows = found["rows"][len(gpu_check.STEPS) :]  # the first are the warm-up
    assert [row["step"] for row in rows] == list(gpu_check.STEPS)
    assert all(row["agree"] and row["device_seconds"] > 0 for row in rows)
    assert capsys.readouterr().out.count(" agree\n") == 2 * len(rows)


def test_a_step_that_fails_or_comes_too_late_is_a_row(tmp_path, monkeypatch):
    """One missing kernel must not cost the figures of the others."""

    def fail(world, device):
        raise RuntimeError("no such kernel")

    steps = {"broken": fail, "lists of 10": gpu_check.lists}
    monkeypatch.setattr(gpu_check, "STEPS", steps)
    arguments = ["--device", "cpu", "--sizes", "tiny", "--json", str(tmp_path / "a")]
    assert main(arguments) == 1
    rows = json.loads((tmp_path / "a").read_text())["rows"]
    assert [row.get("failed") for row in rows] == 2 * [
        "RuntimeError: no such kernel",
        None,
    ]
    assert main([*arguments, "--minutes", "0"]) == 1
    rows = json.loads((tmp_path / "a").read_text())["rows"]
    assert {row["failed"] for row in rows} == {
        "TimeoutError: not run: 0 minutes were over"
    }


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_without_a_gpu_it_says_so(tmp_path, capsys):
    assert main(["--json", str(tmp_path / "gpu.json")]) == 0
    assert "no GPU on this machine" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())


def test_ratings_on_the_device_come_in_the_loaders_order(world):
    """A GPU would train on another order, and agree with the CPU on nothing."""
    loader = ratings_loader(world.train, 100, seed=3)
    twin = ratings_loader(world.train, 100, seed=3).batch_sampler
    for _ in range(2):
        batches = BatchesOn("cpu", world.train, twin)
        for one, other in zip(loader, batches, strict=True):
            torch.testing.assert_close(one, other, rtol=0, atol=0)
