"""When does a second process pay? Processor seconds of an epoch, alone and shared.

    python scripts/tools/two_processes.py

For authors: lab 11 shows `two_processes.json`, which this writes. Each case trains in
one process, and in two that `torchrun` starts on this machine (`tools/distributed.py`).
Counted is what each process itself computes, since others may use the machine too. A
first epoch goes before and is not counted: it loads libraries, and fills caches.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from datetime import date
from importlib.metadata import version
from pathlib import Path
from statistics import median
from time import process_time
from typing import NamedTuple

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from atomic import check_writable, write_whole
from data_utils import RatingsDataset, download_movielens
from models import MatrixFactorization
from tools.distributed import process_group
from training import fit

JSON = Path(__file__).with_suffix(".json")
FACTORS, EPOCHS = 32, 5


class Case(NamedTuple):
    """An edition of MovieLens, or about so many random ratings; and a batch."""

    data: str
    batch: int

    def ratings(self) -> RatingsDataset:
        if not self.data.isdigit():
            return RatingsDataset.fit(download_movielens(self.data)[0])
        n, draw = int(self.data), np.random.default_rng(0)
        table = pd.DataFrame(
            {
                "user_id": draw.integers(0, n // 25, n),
                "item_id": draw.integers(0, n // 400, n),
                "rating": draw.integers(1, 6, n),
            }
        )
        return RatingsDataset.fit(table.drop_duplicates(["user_id", "item_id"]))


CASES = {
    "ML-100K, batches of 1,024": Case("100k", 1024),
    "ML-100K, batches of 16,384": Case("100k", 16_384),
    "a million ratings, batches of 65,536": Case("1000000", 65_536),
    "a million ratings, batches of 524,288": Case("1000000", 524_288),
}


def epoch_seconds(case: Case) -> float:
    """Processor seconds of one epoch in this process, the mean of `EPOCHS`."""
    train = case.ratings()
    model = MatrixFactorization(train.n_users, train.n_items, FACTORS, train.mean)

    def some(epochs: int) -> None:
        fit(model, train, epochs=epochs, batch_size=case.batch, show_progress=False)

    some(1)
    start = process_time()
    some(EPOCHS)
    return (process_time() - start) / EPOCHS


def measured(case: Case, processes: int) -> float:
    """Seconds of each of so many processes, their median."""
    launcher = []
    if processes > 1:
        launcher = ["-m", "torch.distributed.run", "--standalone"]
        launcher += ["--nproc-per-node", str(processes)]
    done = subprocess.run(
        [sys.executable, *launcher, __file__, "--case", *map(str, case)],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return median(map(float, done.stdout.split()))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--case", nargs=2, metavar=("DATA", "BATCH"), help="only this")
    parser.add_argument("--json", type=Path, default=JSON)
    options = parser.parse_args()
    if options.case:
        with process_group():
            seconds = epoch_seconds(Case(options.case[0], int(options.case[1])))
            print(f"{seconds}\n", end="")  # whole, though others write there too
        return 0
    check_writable(options.json)
    rows = {}
    for name, case in CASES.items():
        one, two = (round(measured(case, processes), 3) for processes in (1, 2))
        rows[name] = {"one process": one, "each of two": two}
        print(f"{name}: {one:.2f} s alone, {two:.2f} s in each of two", flush=True)
    about = {
        "measured": date.today().isoformat(),
        "command": "python scripts/tools/two_processes.py",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "versions": {"torch": version("torch")},
        "factors": FACTORS,
        "epochs": EPOCHS,
        "rows": rows,
    }
    write_whole(options.json, f"{json.dumps(about, indent=1)}\n".encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
