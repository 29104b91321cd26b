"""Do the tests notice? One small edit at a time, and the unit tests are run on it.

    python scripts/tools/mutants.py --module models/bayesian --limit 40

For those who carry the project on; no part of `make test`. A mutant is the project with
one edit: `<` for `<=`, `+` for `-`, a keyword argument left out (see `edits`). It is
killed where a test fails or hangs, or cannot be collected, and survives where all pass.
This happens in copies of the tree and without ML-100K, for not everyone who changes a
line has it. Printed are the share killed in each room, and every survivor.

`tests/mutants.toml` says which files make a room, which tests a module has, which
mutants change nothing that anyone could see, and why. The looks of figures are left
alone, and so are default values, annotations and texts.

Two libraries do nearly this. mutmut wants packages to be imported by their path from
the root, and here scripts/ is the root of imports; cosmic-ray edits the checkout
itself, and runs all tests for each edit.
"""

import argparse
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import chain, zip_longest
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from reporting import progress
from tools.edits import Mutant, mutants_of
from tools.labs import ROOT

SETTINGS = tomllib.loads((ROOT / "tests" / "mutants.toml").read_text("utf-8"))
ENOUGH = 0.95
AT_ONCE = 2
LONGEST = 1800  # seconds, for all the tests
NOT_COPIED = shutil.ignore_patterns(".*", "__pycache__", "build", "data")


def modules(part: str = "", scripts: Path = ROOT / "scripts") -> dict[str, str]:
    """The room of each module whose path under scripts/ holds `part`."""
    rooms = {
        path.relative_to(scripts).as_posix(): room
        for room, patterns in SETTINGS["rooms"].items()
        for pattern in patterns
        for path in sorted(scripts.glob(pattern))
    }
    return {path: room for path, room in rooms.items() if part in path}


def sample(paths, limit: int, seed: int) -> tuple[list[Mutant], list[tuple]]:
    """`(mutants, left out)`: as many of each module; left out come with the reason.

    Which of a module's mutants are drawn depends on their lines alone, so that an edit
    elsewhere does not change the sample.
    """
    why = {(m["path"], m["before"], m["after"]): m["why"] for m in SETTINGS["same"]}
    drawn, left_out = [], []
    for path in paths:
        source = (ROOT / "scripts" / path).read_text("utf-8")
        found = mutants_of(source, path, SETTINGS["untouched"])
        left_out += [(m, why[m[:1] + m[2:4]]) for m in found if m[:1] + m[2:4] in why]
        found = [m for m in found if m[:1] + m[2:4] not in why]
        drawn.append(sorted(found, key=lambda mutant: mutant.rank(seed)))
    in_turn = [m for turn in zip_longest(*drawn) for m in turn if m is not None]
    return in_turn[:limit], left_out


def tests_of(path: str) -> list[str]:
    """The test files for a module, those that know most of it first."""
    patterns = [
        pattern
        for start in sorted(SETTINGS["tests"], key=len, reverse=True)
        if path.startswith(start)
        for pattern in SETTINGS["tests"][start]
    ]
    found = [sorted((ROOT / "tests").glob(f"test_{name}.py")) for name in patterns]
    files = [file.relative_to(ROOT).as_posix() for file in chain(*found)]
    return list(dict.fromkeys(files))


class Copy:
    """A copy of the project, and in it a process that has done the slow imports."""

    SLOW = (
        "IPython, matplotlib.pyplot, nbformat, pandas, pytest, scipy.stats, seaborn, "
        "sklearn.cluster, sklearn.linear_model, sklearn.metrics, torch"
    )
    SERVER = """if True:
        import os, signal, sys
        for line in sys.stdin:
            seconds, *arguments = line.split()
            if not (child := os.fork()):
                log = os.open("pytest.log", os.O_CREAT | os.O_TRUNC | os.O_WRONLY)
                os.dup2(log, 1)
                signal.alarm(int(seconds))  # ends the process
                os._exit(pytest.main(arguments))
            print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
    """

    def __init__(self, folder: Path):
        self.folder = folder
        shutil.copytree(ROOT, folder, ignore=NOT_COPIED)
        shutil.copytree(ROOT / "data" / "sample", folder / "data" / "sample")
        environment = {"OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        environment |= {"MOVIELENS_DIR": str(folder / "data")}
        self.server = subprocess.Popen(
            [sys.executable, "-c", f"import {self.SLOW}\n{self.SERVER}"],
            cwd=folder,
            env=os.environ | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def passes(self, tests: list[str], seconds: int) -> bool:
        """Whether all `tests` pass, and in time."""
        print(
            seconds,
            "-qx -p no:cacheprovider -p no:nbval",
            *tests,
            file=self.server.stdin,
        )
        self.server.stdin.flush()
        return int(self.server.stdout.readline()) == 0

    def notices(self, mutant: Mutant, tests: list[str], seconds: int) -> bool:
        """Whether one of `tests` fails on the mutant."""
        file = self.folder / "scripts" / mutant.path
        source = file.read_text("utf-8")
        file.write_text(mutant.source, "utf-8")
        noticed = not self.passes(tests, seconds)
        file.write_text(source, "utf-8")
        return noticed


def survivors(mutants: list[Mutant]) -> list[Mutant]:
    """The mutants that no test notices. Raises `SystemExit` where tests fail anyway."""
    tests = {path: tests_of(path) for path in {mutant.path for mutant in mutants}}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        idle = queue.SimpleQueue()
        for n in range(AT_ONCE):
            copy = Copy(folder / str(n))
            stack.enter_context(copy.server)
            idle.put(copy)
        start = perf_counter()
        if not copy.passes(sorted({*chain(*tests.values())}), LONGEST):
            print((copy.folder / "pytest.log").read_text("utf-8"))
            raise SystemExit("The tests fail without any edit: mend them first.")
        patience = 30 + int(3 * (perf_counter() - start))

        def is_noticed(mutant: Mutant) -> bool:
            copy = idle.get()
            noticed = copy.notices(mutant, tests[mutant.path], patience)
            idle.put(copy)
            return noticed

        with ThreadPoolExecutor(AT_ONCE) as pool:
            noticed = progress(pool.map(is_noticed, mutants), "mutants", len(mutants))
            return [m for m, seen in zip(mutants, noticed, strict=True) if not seen]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--module", default="", help="part of a path under scripts/")
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    parser.add_argument("--limit", type=int, default=240, help="mutants at most")
    options = parser.parse_args()
    room_of = modules(options.module)
    mutants, left_out = sample(room_of, options.limit, options.seed)
    if not mutants:
        parser.error(f"no module under scripts/ with {options.module!r} can be edited")
    alive = survivors(mutants)
    print(f"\n{'room':<12}{'mutants':>8}{'killed':>8}{'share':>8}")
    for room in [*dict.fromkeys(room_of.values()), "all"]:
        tried, left = (
            sum(room in ("all", room_of[m.path]) for m in group)
            for group in (mutants, alive)
        )
        if tried:
            print(f"{room:<12}{tried:>8}{tried - left:>8}{1 - left / tried:>8.1%}")
    for mutant in alive:
        print(f"\nsurvives: scripts/{mutant.path}:{mutant.line}")
        print(f"  - {mutant.before}\n  + {mutant.after}")
    for mutant, reason in left_out:
        print(f"\nnot tried: scripts/{mutant.path}:{mutant.line}: {reason}")
        print(f"  - {mutant.before}\n  + {mutant.after}")
    return int(1 - len(alive) / len(mutants) < ENOUGH)


if __name__ == "__main__":
    sys.exit(main())
