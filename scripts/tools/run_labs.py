"""For instructors: run every lab from its first cell to its last, `make run`.

Each notebook is executed in a fresh kernel, on the data set that MOVIELENS_DATASET
names (by default `auto`). Web pages with the outputs go to `build/`; the notebooks stay
as they are. A table compares what each lab took with its budget; the exit status is 1
if a cell raised an error or a budget was exceeded.

Two labs run at a time where there are two cores. Each keeps one of them busy, so its
seconds are a few per cent more than those it takes alone (`--jobs 1`).

    python scripts/tools/run_labs.py --only 03 --solutions --twice
"""

import argparse
import copy
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import nbformat

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from atomic import CannotWrite, check_writable
from data_utils import DatasetUnavailable, download_movielens, edition_of
from tools.kernels import CellFailed, Run, run_notebook, write_html
from tools.labs import BUILD, NOTEBOOKS, UnknownLab, selected_labs

# Seconds by the clock, on two cores without a GPU: of a lab, and of them all.
LAB_SECONDS = {"sample": 15, "100k": 60}
LONGER_LABS = {"100k": {"03": 120, "07": 120}}
SERIES_SECONDS = {"sample": 120, "100k": 540}
LAB_MEGABYTES = 1500


@dataclass(frozen=True)
class Row:
    """One lab's line in the table; `run` is None where a cell raised an error."""

    name: str
    budget: int | None  # seconds; None on data sets without one
    run: Run | None

    @property
    def result(self) -> str:
        """`pass`, or `FAIL` and why."""
        if self.run is None:
            return "FAIL: a cell raised an error"
        if self.budget and self.run.seconds > self.budget:
            return "FAIL: too slow"
        if self.run.peak_mb > LAB_MEGABYTES:
            return "FAIL: too much memory"
        return "pass"


def run_lab(path: Path, dataset: str, twice: bool = False) -> Row:
    """Execute one notebook and save its page; its budget is that of `dataset`.

    `twice`: every cell two times, as people do; there is no budget then.
    """
    name = str(path.relative_to(NOTEBOOKS).with_suffix(""))
    budget = LONGER_LABS.get(dataset, {}).get(path.stem[:2], LAB_SECONDS.get(dataset))
    notebook = nbformat.read(path, as_version=4)
    if twice:
        budget = None
        notebook.cells = [copy.deepcopy(cell) for cell in notebook.cells for _ in "12"]
        for cell in notebook.cells[1::2]:
            cell.id += "-again"
    try:
        run = run_notebook(notebook, path.parent)
    except CellFailed as error:
        print(f"{name}: {error}", file=sys.stderr)
        return Row(name, budget, None)
    finally:
        write_html(notebook, BUILD / f"{name.replace('/', '-')}.html")
    return Row(name, budget, run)


def side_by_side(
    run: Callable[[Path], Row], paths: list[Path], jobs: int
) -> tuple[list[Row], float]:
    """`run(path)` of all notebooks, `jobs` at a time, and the seconds by the clock."""
    rows, start = [], time.perf_counter()
    # Processes, for in threads Jupyter's client leaves its event loops open.
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        for row in pool.map(run, paths):
            print(f"{row.name}: {row.result}", flush=True)
            rows.append(row)
    return rows, time.perf_counter() - start


def table(rows: list[Row], dataset: str, seconds: float) -> str:
    """The report as text: one line per lab, and one for the series in `seconds`."""
    lines = [f"{'lab':42} {'seconds':>7} {'budget':>6} {'peak MB':>7}  result"]
    for row in rows:
        took, megabytes = "-", "-"
        if row.run:
            took, megabytes = f"{row.run.seconds:.1f}", f"{row.run.peak_mb:.0f}"
        lines.append(
            f"{row.name:42} {took:>7} {row.budget or '-':>6} {megabytes:>7}  "
            f"{row.result}"
        )
    peak = max((row.run.peak_mb for row in rows if row.run), default=0)
    lines.append(
        f"{'the series on ' + dataset:42} {seconds:7.1f} "
        f"{SERIES_SECONDS.get(dataset, '-'):>6} {peak:7.0f}  "
        f"{verdict(rows, dataset, seconds)}"
    )
    return "\n".join(lines)


def verdict(rows: list[Row], dataset: str, seconds: float) -> str:
    """`pass` if every lab ran inside its budget, and so did the series."""
    failed = sum(row.result != "pass" for row in rows)
    if failed:
        return f"FAIL: {failed} of {len(rows)}"
    if seconds > SERIES_SECONDS.get(dataset, float("inf")):
        return "FAIL: too slow"
    return "pass"


def _data_set() -> str:
    """The data set the labs will use, fetched before the clock runs."""
    name = os.environ.get("MOVIELENS_DATASET", "auto")
    ratings, _ = download_movielens(name)
    return edition_of(ratings) or Path(name).name


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", nargs="+", metavar="NN", help="these labs: 03 06")
    parser.add_argument("--solutions", action="store_true", help="solved labs as well")
    parser.add_argument("--twice", action="store_true", help="every cell two times")
    parser.add_argument(
        "--jobs",
        type=int,
        choices=range(1, 9),
        default=min(2, os.cpu_count() or 1),
        help="labs at a time, here %(default)s",
    )
    options = parser.parse_args()
    try:
        names = selected_labs(options.only)
        dataset = _data_set()
        check_writable(BUILD / "labs.html")  # before the minutes that it would waste
    except (CannotWrite, DatasetUnavailable, UnknownLab) as error:
        print(error, file=sys.stderr)
        return 1
    run = partial(run_lab, dataset=dataset, twice=options.twice)
    labs = [NOTEBOOKS / f"{name}.ipynb" for name in names]
    rows, seconds = side_by_side(run, labs, options.jobs)
    if options.solutions:  # no part of the series: a reader runs each lab once
        solved = [NOTEBOOKS / "solutions" / path.name for path in labs]
        solved = [path for path in solved if path.exists()]
        rows += side_by_side(run, solved, options.jobs)[0]
    print(f"\n{table(rows, dataset, seconds)}")
    return 0 if verdict(rows, dataset, seconds) == "pass" else 1


if __name__ == "__main__":
    sys.exit(main())
