"""Write the drawings of the labs to notebooks/images. For authors.

    python scripts/tools/make_drawings.py [--check]

With `--check` nothing is written: the files are compared with what would be, and those
that differ, are missing or belong to no drawing are named. The text is the same on
every machine.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from atomic import write_whole
from drawings import DRAWINGS
from tools.labs import NOTEBOOKS

IMAGES = NOTEBOOKS / "images"


def stale(folder: Path = IMAGES) -> list[str]:
    """Names of files in `folder` that are not what the code draws, or not there."""
    wanted = {f"{name}.svg": d.svg().encode() for name, d in DRAWINGS.items()}
    there = {path.name: path.read_bytes() for path in folder.glob("*.svg")}
    names = wanted.keys() | there.keys()
    return sorted(name for name in names if wanted.get(name) != there.get(name))


def main(argv: list[str] | None = None) -> None:
    """Write all drawings, or with `--check` exit with the names that are stale."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    if parser.parse_args(argv).check:
        if names := stale():
            sys.exit(f"Run make_drawings.py and commit: {', '.join(names)}")
        return print(f"{len(DRAWINGS)} drawings are current.")
    for name, drawing in DRAWINGS.items():
        write_whole(IMAGES / f"{name}.svg", drawing.svg().encode())
    print(f"{len(DRAWINGS)} drawings in {IMAGES.relative_to(NOTEBOOKS.parent)}")


if __name__ == "__main__":
    main()
