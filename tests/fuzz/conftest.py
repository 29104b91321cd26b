"""The same properties in two sizes: a fixed few in `make test`, many in `make fuzz`."""

import sys
from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, settings
from outcomes import table, tally

CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large]
# The cases are small already: making one smaller takes longer than finding it.
ALIKE = {
    "deadline": None,
    "suppress_health_check": CHECKS,
    "database": None,
    "phases": [Phase.generate],
}

# Derandomized: what `make test` tries is the same on each machine and each day.
settings.register_profile("few", max_examples=12, derandomize=True, **ALIKE)
settings.register_profile("many", max_examples=1_000, **ALIKE)
settings.load_profile("few")

_of_workers: Counter = Counter()


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder for the files of one case after another; no other copies are found."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MOVIELENS_DIR", raising=False)
        yield tmp_path_factory.mktemp("fuzz")


def pytest_sessionfinish(session):
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["fuzz"] = [[*k, n] for k, n in tally.items()]


def pytest_testnodedown(node):
    for family, outcome, n in getattr(node, "workeroutput", {}).get("fuzz", []):
        _of_workers[family, outcome] += n


def pytest_terminal_summary(terminalreporter):
    total = tally + _of_workers
    if total and "--hypothesis-profile=many" in sys.argv:
        terminalreporter.write_line(table(total))
