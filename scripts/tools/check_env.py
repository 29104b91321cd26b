"""Is this machine ready for the labs? `make check-env`.

For instructors. Prints one line each for Python, every pinned package, the device, the
data set and the modules that the notebooks will import. Each failing line says what to
do. It needs nothing installed, so that it can say what is missing.
"""

import contextlib
import importlib
import io
import os
import re
import sys
from importlib import metadata
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[1]
ROOT = SCRIPTS.parent
OLDEST_PYTHON, NEWEST_PYTHON = (3, 11), (3, 13)


class CheckFailed(Exception):
    """The message says what is wrong and what to do."""


def check_python() -> str:
    found = ".".join(map(str, sys.version_info[:3]))
    if not OLDEST_PYTHON <= sys.version_info[:2] <= NEWEST_PYTHON:
        raise CheckFailed(f"{found}, but the labs need 3.11, 3.12 or 3.13")
    return found


def check_package(name: str, pinned: str) -> str:
    """Installed version of a package; build labels such as `+cpu` do not matter."""
    try:
        found = metadata.version(name)
    except metadata.PackageNotFoundError:
        raise CheckFailed(
            "not installed: python -m pip install -r requirements.txt"
        ) from None
    if found.split("+")[0] != pinned:
        raise CheckFailed(
            f"{found}, but the labs are tested with {pinned}: "
            "python -m pip install -r requirements.txt"
        )
    return found


def check_device() -> str:
    import torch

    if torch.cuda.is_available():
        return f"cuda, {torch.cuda.get_device_name(0)}"
    return f"cpu, {torch.get_num_threads()} threads"


def check_data() -> str:
    """What the notebooks will load; `auto` says in one line what it chose, and why."""
    from data_utils import download_movielens

    name, said = os.environ.get("MOVIELENS_DATASET", "auto"), io.StringIO()
    with contextlib.redirect_stdout(said):
        ratings, _ = download_movielens(name)
    lines = [line for line in said.getvalue().splitlines() if line.startswith("Data:")]
    if lines:
        return lines[-1].removeprefix("Data: ")
    return f"{name}, {len(ratings):,} ratings, as MOVIELENS_DATASET asks"


def check_import(name: str) -> str:
    """Where a module comes from; another one of the same name may stand before ours."""
    path = Path(importlib.import_module(name).__file__)
    if SCRIPTS not in path.parents:
        raise CheckFailed(
            f"{path} stands before scripts/{name}: rename or uninstall that one"
        )
    return str(path.relative_to(ROOT))


def pinned_packages() -> dict[str, str]:
    """Name and version of each package in requirements.txt."""
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    return dict(re.findall(r"^([\w-]+)==(\S+)$", text, re.MULTILINE))


def course_modules() -> list[str]:
    """The names in scripts/ that a notebook may import: all but the commands."""
    packages = {path.parent.name for path in SCRIPTS.glob("*/__init__.py")}
    return sorted(packages - {"tools"} | {path.stem for path in SCRIPTS.glob("*.py")})


def report(name: str, check, *arguments) -> bool:
    """Run one check and print its line."""
    try:
        print(f"[OK]   {name:14} {check(*arguments)}")
    except Exception as error:  # any failure is a finding here, not a crash
        print(f"[FAIL] {name:14} {error}")
        return False
    return True


def main() -> int:
    sys.path.insert(0, str(SCRIPTS))
    passed = [report("python", check_python)]
    for name, version in pinned_packages().items():
        passed.append(report(name, check_package, name, version))
    passed.append(report("device", check_device))
    passed.append(report("data set", check_data))
    for name in course_modules():
        passed.append(report(name, check_import, name))
    failed = passed.count(False)
    print(f"\n{failed} of {len(passed)} checks failed." if failed else "\nAll ready.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
