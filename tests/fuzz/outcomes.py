"""What may come of a case, and how often each came: right, or an error by its name."""

import signal
from collections import Counter
from contextlib import contextmanager

import psutil

from data_utils import DatasetUnavailable
from training import BadCheckpoint, TrainingDiverged

try:
    import resource
except ImportError:  # Windows
    resource = None

NAMED = (DatasetUnavailable, BadCheckpoint, TrainingDiverged)
"""The errors of the course that a damaged file may end in. All others are faults."""

SECONDS, BYTES = 10, 10**9
"""What one case may take."""

tally: Counter = Counter()
"""(family, outcome) → cases."""


def attempt(read):
    """What `read()` returns, or the named error that it raises with a sentence."""
    try:
        with _limits():
            return read()
    except NAMED as error:
        said = str(error)
        assert len(said) > 40, f"no sentence: {said!r}"
        assert said[-1] in ".)?", f"no sentence: {said!r}"
        assert "Traceback" not in said
        return error


def count(family: str, outcome) -> None:
    """Add a case to the table; `outcome` is what `attempt` gave, once it was judged."""
    name = type(outcome).__name__ if isinstance(outcome, Exception) else "right"
    tally[family, name] += 1


def table(tally: Counter) -> str:
    """The cases and what came of them, as text."""
    lines = [f"{'cases':>8}  what was read: outcome"]
    for family in sorted({family for family, _ in tally}):
        some = {name: n for (of, name), n in tally.items() if of == family}
        lines.append(f"{sum(some.values()):8,}  {family}")
        for name, n in sorted(some.items(), key=lambda pair: -pair[1]):
            lines.append(f"{'':10}{n:8,}  {name}")
    return "\n".join([*lines, f"{sum(tally.values()):8,}  in all"])


@contextmanager
def _limits():
    """Ten seconds and a gigabyte more than there is; more raises in the midst."""
    if resource is None:
        yield
        return

    def hang(*_):
        raise AssertionError(f"it took more than {SECONDS} seconds")

    handler = signal.signal(signal.SIGALRM, hang)
    before = resource.getrlimit(resource.RLIMIT_AS)
    most = psutil.Process().memory_info().vms + BYTES
    resource.setrlimit(resource.RLIMIT_AS, (most, before[1]))
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, handler)
        resource.setrlimit(resource.RLIMIT_AS, before)
