"""The commands around the labs: what `make run` and `make check-env` report."""

import pytest

from tools.check_env import CheckFailed, check_package, pinned_packages, report
from tools.kernels import Run
from tools.run_labs import Row, table, verdict

QUICK = Row("01-data-exploration", 15, Run(seconds=4.0, peak_mb=500))


@pytest.mark.parametrize(
    ("run", "result"),
    [
        (Run(seconds=14.9, peak_mb=1499), "pass"),
        (Run(seconds=15.1, peak_mb=500), "FAIL: too slow"),
        (Run(seconds=3, peak_mb=1501), "FAIL: too much memory"),
        (None, "FAIL: a cell raised"),
    ],
)
def test_a_lab_passes_inside_its_budget_only(run, result):
    rows = [QUICK, Row("02-matrix-factorization-from-scratch", 15, run)]
    assert rows[1].result == result
    assert verdict(rows, "sample").startswith(result[:4])
    assert result in table(rows, "sample").splitlines()[2]


def test_many_quick_labs_can_still_be_too_slow_together():
    rows = [Row(f"0{n}", 15, Run(seconds=14, peak_mb=500)) for n in range(1, 8)]
    assert verdict(rows, "sample") == "FAIL: too slow"
    solved = [Row("solutions/06", 15, Run(seconds=14, peak_mb=500))]
    assert verdict(rows[:6] + solved, "sample") == "pass"


def test_a_data_set_without_budget_is_measured_all_the_same():
    rows = [Row("03-training", None, Run(seconds=4000, peak_mb=900))]
    assert verdict(rows, "25m") == "pass"
    assert "4000.0" in table(rows, "25m")


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
