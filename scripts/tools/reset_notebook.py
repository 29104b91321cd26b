"""For learners: put a notebook back as it was delivered, `make reset NB=06`.

The learner's copy stays beside it under another name: `06-exercises.mine.ipynb`, then
`06-exercises.mine-2.ipynb`, and so on. The delivered notebook comes from git, or, where
the folder is not a checkout, from the lab's source, without outputs.
"""

import argparse
import subprocess
import sys
from pathlib import Path

import nbformat

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from atomic import write_whole
from tools.lab_source import plan_notebook
from tools.labs import NOTEBOOKS, UnknownLab, find_lab


def reset(lab: str, notebooks: Path = NOTEBOOKS) -> Path | None:
    """Restore `lab`'s notebook; return where the learner's copy is, if one is kept."""
    path = notebooks / f"{lab}.ipynb"
    delivered = _committed(path) or _unexecuted(notebooks / "source" / f"{lab}.py")
    kept = None
    # A checkout on Windows may end lines its own way: that changes no notebook.
    if path.exists() and path.read_bytes().replace(b"\r\n", b"\n") != delivered:
        kept = _free_name(path)
        path.rename(kept)
    write_whole(path, delivered)
    return kept


def _committed(path: Path) -> bytes | None:
    """The notebook at git's HEAD; None without git, a checkout or such a file in it."""
    command = ["git", "show", f"HEAD:./{path.name}"]
    try:
        run = subprocess.run(command, cwd=path.parent, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return run.stdout


def _unexecuted(source: Path) -> bytes:
    return (nbformat.writes(plan_notebook(source)) + "\n").encode()


def _free_name(path: Path) -> Path:
    kept, number = path.with_suffix(".mine.ipynb"), 1
    while kept.exists():
        number += 1
        kept = path.with_suffix(f".mine-{number}.ipynb")
    return kept


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("notebook", help="its number or name, e.g. 06")
    try:
        lab = find_lab(parser.parse_args().notebook)
    except UnknownLab as error:
        print(error, file=sys.stderr)
        return 1
    kept = reset(lab)
    print(f"notebooks/{lab}.ipynb is as it was delivered.")
    if kept:
        print(f"Your copy is notebooks/{kept.name}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
