"""`make faults`: minutes of kills, bad servers and crowds, apart from `make test`."""

import sys
from collections import Counter
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

TALLY: Counter = Counter()


@pytest.fixture
def count():
    """Adds a case to the table that is printed at the end: (what was done, outcome)."""

    def add(done: str, outcome: str, cases: int = 1) -> None:
        TALLY[done, outcome] += cases

    return add


def pytest_terminal_summary(terminalreporter):
    terminalreporter.write_line(f"{'cases':>8}  what was done: outcome")
    for (done, outcome), cases in sorted(TALLY.items()):
        terminalreporter.write_line(f"{cases:8,}  {done}: {outcome}")
    terminalreporter.write_line(f"{TALLY.total():8,}  in all")
