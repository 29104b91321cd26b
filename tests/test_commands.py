"""The commands around the labs: what `make run` and `make check-env` report."""

import shutil
import subprocess

import pytest

from data_utils import UnknownDataset, loading
from tools.check_env import (
    CheckFailed,
    check_data,
    check_import,
    check_package,
    course_modules,
    pinned_packages,
    report,
)
from tools.kernels import Run
from tools.labs import ROOT
from tools.run_labs import Row, _data_set, table, verdict

QUICK = Row("01-data-exploration", 15, Run(seconds=4.0, peak_mb=500))


@pytest.mark.parametrize(
    ("run", "result"),
    [
        (Run(seconds=14.9, peak_mb=1499), "pass"),
        (Run(seconds=15.1, peak_mb=500), "FAIL: too slow"),
        (Run(seconds=3, peak_mb=1501), "FAIL: too much memory"),
        (None, "FAIL: a cell raised an error"),
    ],
)
def test_a_lab_passes_inside_its_budget_only(run, result):
    rows = [QUICK, Row("02-matrix-factorization-from-scratch", 15, run)]
    assert rows[1].result == result
    assert verdict(rows, "sample", seconds=20).startswith(result[:4])
    assert result in table(rows, "sample", seconds=20).splitlines()[2]


def test_many_quick_labs_can_still_be_too_slow_together():
    rows = [Row(f"0{n}", 15, Run(seconds=14, peak_mb=500)) for n in range(1, 10)]
    assert verdict(rows, "sample", seconds=121) == "FAIL: too slow"
    assert verdict(rows, "sample", seconds=119) == "pass"


def test_a_data_set_without_budget_is_measured_all_the_same():
    rows = [Row("03-training", None, Run(seconds=4000, peak_mb=900))]
    assert verdict(rows, "25m", seconds=4000) == "pass"
    assert "4000.0" in table(rows, "25m", seconds=4000)


def test_every_pin_is_exact_and_installed():
    """A pin that pip could not have installed makes the environment a guess."""
    pins = pinned_packages()
    assert pins["torch"] == "2.13.0"
    for name, version in pins.items():
        assert check_package(name, version).split("+")[0] == version


def test_another_version_and_a_missing_package_say_what_to_do(capsys):
    with pytest.raises(CheckFailed, match=r"tested with 0\.0\.1: python -m pip"):
        check_package("numpy", "0.0.1")
    assert not report("no-such", check_package, "no-such-package", "1.0")
    assert "[FAIL] no-such        not installed" in capsys.readouterr().out


@pytest.mark.parametrize("damage", ["incomplete folder", "damaged zip"])
def test_the_budget_is_that_of_the_data_that_were_loaded(damage, tmp_path, monkeypatch):
    """`auto` falls back to the sample, which has a budget of its own."""
    if damage == "incomplete folder":
        (tmp_path / "ml-100k").mkdir()
        (tmp_path / "ml-100k" / "u.item").touch()
    else:
        (tmp_path / "ml-100k.zip").write_bytes(b"cut off")
    monkeypatch.setenv("MOVIELENS_DIR", str(tmp_path))
    monkeypatch.delenv("MOVIELENS_DATASET", raising=False)
    monkeypatch.setattr(loading, "DATA_DIR", tmp_path)
    assert _data_set() == "sample"


def test_the_budget_of_ml_100k_is_for_ml_100k(ml100k, monkeypatch):
    monkeypatch.delenv("MOVIELENS_DATASET", raising=False)
    assert _data_set() == "100k"


def test_check_env_loads_what_the_notebooks_will_load(monkeypatch, capsys):
    monkeypatch.setenv("MOVIELENS_DATASET", "sample")
    assert check_data().startswith("sample, ")
    monkeypatch.setenv("MOVIELENS_DATASET", "nonsense")
    with pytest.raises(UnknownDataset, match="nonsense"):
        check_data()
    assert not report("data set", check_data)
    assert "[FAIL] data set       " in capsys.readouterr().out


def test_check_env_imports_every_module_of_the_course():
    names = course_modules()
    assert {"checks", "data_utils", "embeddings", "plots", "recipes"} < set(names)
    assert "tools" not in names
    assert all(check_import(name).startswith("scripts") for name in names)


@pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")
@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (["grade", "SUBMISSIONS=my dir"], '--lab "06" "my dir"'),
        (["grade", "SUBMISSIONS=it's", "LAB=7"], '--lab "7" "it\'s"'),
        (["reset", "NB=my lab"], 'reset_notebook.py "my lab"'),
    ],
)
def test_a_name_with_a_space_stays_one_argument(target, expected):
    command = ["make", "--dry-run", *target]
    plan = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert expected in " ".join(plan.stdout.replace("\\\n", " ").split())
