"""The same code on the CPU and on a GPU: are the numbers equal, and which is quicker?

    python scripts/tools/gpu_check.py --json scripts/tools/gpu.json

For authors. On planted worlds of the sizes of MovieLens 100k, 1m and 25m, made in
memory (a tiny one first, whose seconds count for nothing: libraries are loaded in
them), each step runs on both devices: training (`fit` of a factorization and of SVD++,
`fit_rows`), a sweep of ALS, predictions and lists. Accuracy has to agree to three
digits. What fits in `--minutes` is measured, the rest is named; each row is in the file
as soon as it is there. Without a GPU it says so. `--device cpu` tries the script out:
both sides are the CPU then.
"""

import argparse
import json
import platform
import shlex
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from atomic import CannotWrite, write_whole
from data_utils import RatingsDataset, seeded
from metrics import rmse
from models import ALS, FactorTables, MatrixFactorization, SVDpp
from recommend import top_k_for_everyone
from scale_training import fit_rows
from training import evaluate, fit

N_FACTORS = 50
TOLERANCE = 1e-3
"""Three digits: values of the two devices may differ by less."""

CELLS_AT_ONCE = 1 << 22
"""A block of a sweep on the GPU gathers at most this many vectors (900 MB)."""


class Size(NamedTuple):
    """A world, and the settings that suit it: batch sizes, epochs, sweeps of ALS."""

    n_users: int
    n_items: int
    n_ratings: int
    batch_size: int
    rows_batch_size: int
    epochs: int
    sweeps: int
    svdpp_batch_size: int | None


SIZES = {
    "tiny": Size(60, 80, 1_500, 200, 200, 2, 2, 500),
    "100k": Size(943, 1_682, 100_000, 1_024, 1_024, 5, 5, 10_000),
    "1m": Size(6_040, 3_706, 1_000_000, 8_192, 8_192, 5, 5, 100_000),
    # SVD++ sums over all ratings at each step: on a CPU it would take the whole time.
    "25m": Size(162_541, 59_047, 25_000_000, 65_536, 16_384, 2, 2, None),
}


class World(NamedTuple):
    """Planted ratings: a twentieth of them for validation."""

    size: Size
    train: RatingsDataset
    validation: RatingsDataset


class Outcome(NamedTuple):
    """A step on one device: seconds (of one epoch or sweep), and what it came to."""

    seconds: float
    value: float


def make_world(size: Size, seed: int = 0) -> World:
    """Stars of eight planted factors; popularity and activity have long tails.

    >>> world = make_world(SIZES["tiny"])
    >>> world.train.n_users, len(world.train) > 900
    (60, True)
    """
    rng = np.random.default_rng(seed)
    users = _drawn(size.n_users, 1.2, size.n_ratings, rng)
    items = rng.permutation(_drawn(size.n_items, 2.0, size.n_ratings, rng))
    # Nobody rates a movie twice: of 100k two fifths of the pairs are lost here, of 25m
    # a tenth.
    users, items = np.divmod(np.unique(users * size.n_items + items), size.n_items)
    p = rng.normal(0, 0.4, (size.n_users, 8)).astype(np.float32)
    q = rng.normal(0, 0.4, (size.n_items, 8)).astype(np.float32)
    biases = rng.normal(0, 0.4, size.n_users), rng.normal(0, 0.5, size.n_items)
    tables = FactorTables(3.5, *map(torch.tensor, biases), *map(torch.tensor, (p, q)))
    opinions = tables.predict(torch.from_numpy(users), torch.from_numpy(items)).numpy()
    opinions = opinions + rng.normal(0, 0.75, len(users))
    stars = (np.round(opinions * 2) / 2).clip(0.5, 5)
    table = pd.DataFrame({"user_id": users, "item_id": items, "rating": stars})
    held_out = rng.random(len(table)) < 0.05
    train = RatingsDataset.fit(table[~held_out])
    return World(size, train, train.encode(table[held_out]))


def epochs_of_mf(world: World, device: str) -> Outcome:
    """`fit`: Adam on whole tables, gradients by autograd."""
    model, size = _model(world).to(device), world.size
    history = fit(
        model,
        world.train,
        epochs=size.epochs,
        batch_size=size.batch_size,
        reg_per_rating=0.02,
        show_progress=False,
    )
    return Outcome(_quickest(history), evaluate(model, world.validation)["rmse"])


def epochs_of_svdpp(world: World, device: str) -> Outcome:
    """`fit` of SVD++, whose steps sum over everything that the users have rated."""
    model = SVDpp(world.train, N_FACTORS).to(device)
    history = fit(
        model,
        world.train,
        epochs=world.size.epochs,
        batch_size=world.size.svdpp_batch_size,
        learning_rate=0.02,
        show_progress=False,
    )
    return Outcome(_quickest(history), evaluate(model, world.validation)["rmse"])


def epochs_of_rows(world: World, device: str) -> Outcome:
    """`fit_rows`: Adagrad on the looked-up rows."""
    model = _model(world).to(device)
    history = fit_rows(
        model,
        world.train,
        epochs=world.size.epochs,
        batch_size=world.size.rows_batch_size,
        show_progress=False,
    )
    return Outcome(_quickest(history), evaluate(model, world.validation)["rmse"])


def sweeps_of_als(world: World, device: str) -> Outcome:
    """`ALS` on the CPU; on another device the sweeps of this script."""
    train, sweeps = world.train, world.size.sweeps
    on_cpu = ALS(N_FACTORS, epochs=sweeps)
    seconds, model = _timed(
        lambda: on_cpu.fit(train) if device == "cpu" else als_on(device, train, sweeps)
    )
    return Outcome(seconds / sweeps, evaluate(model, world.validation)["rmse"])


def predictions(world: World, device: str) -> Outcome:
    """Every pair of the training data, from tables and indices that are on the device.

    The value is the RMSE of what an untrained model predicts.
    """
    tables = _model(world, init_sd=0.3).tables().to(device)
    pairs = world.train.users.to(device), world.train.items.to(device)
    seconds, predicted = _timed(lambda: tables.predict(*pairs).cpu())
    return Outcome(seconds, rmse(predicted, world.train.ratings))


def lists(world: World, device: str) -> Outcome:
    """Ten unseen movies for each user; the value is their mean score."""
    tables = _model(world, init_sd=0.3).tables().to(device)
    seconds, found = _timed(lambda: top_k_for_everyone(tables, world.train, top_k=10))
    return Outcome(seconds, float(found.scores.mean(dtype=np.float64)))


STEPS = {
    "MF epoch (fit)": epochs_of_mf,
    "SVD++ epoch (fit)": epochs_of_svdpp,
    "MF epoch (fit_rows)": epochs_of_rows,
    "ALS sweep": sweeps_of_als,
    "predictions": predictions,
    "lists of 10": lists,
}


def als_on(device: str, train: RatingsDataset, sweeps: int) -> FactorTables:
    """`ALS` with its own settings and start, in blocks of rows of like length."""
    start = torch.zeros(train.n_items, N_FACTORS + 1)
    start[:, :-1].normal_(0, 0.1 * train.unit**0.5, generator=seeded(0))
    items, rest = start.to(device), (train.ratings - train.mean).to(device)
    columns = train.users.to(device), train.items.to(device)
    by_user = list(_blocks(*columns, rest, train.n_users))
    by_item = list(_blocks(*columns[::-1], rest, train.n_items))
    for _ in range(sweeps):
        users = _solve(by_user, items, train.n_users, train.unit)
        items = _solve(by_item, users, train.n_items, train.unit)
    biases, factors = (users[:, -1], items[:, -1]), (users[:, :-1], items[:, :-1])
    return FactorTables(train.mean, *biases, *factors).to("cpu")


def _blocks(rows, columns, values, n_rows: int) -> Iterator[tuple]:
    """`(rows, columns, values, mask)`: rows (n,), the others (n, longest), padded."""
    order = rows.argsort(stable=True)
    columns, values = columns[order], values[order]
    counts = rows.bincount(minlength=n_rows)
    starts = counts.cumsum(0) - counts
    by_length = counts.argsort(stable=True)
    lengths, first = counts[by_length].cpu().numpy(), 0
    while first < n_rows:
        cells = np.arange(1, n_rows - first + 1) * lengths[first:]
        last = first + max(1, int(np.searchsorted(cells, CELLS_AT_ONCE, "right")))
        part = by_length[first:last]
        places = torch.arange(max(1, int(lengths[last - 1])), device=rows.device)
        mask = places < counts[part, None]
        places = (starts[part, None] + places).clamp(max=len(rows) - 1)
        yield part, columns[places], values[places] * mask, mask.float()
        first = last


def _solve(blocks: list, others, n_rows: int, unit: float) -> torch.Tensor:
    """One ridge regression per row: as `ALS`, with the bias as one more coordinate."""
    solved = others.new_zeros(n_rows, others.shape[1])
    prices = ALS(N_FACTORS)
    for rows, columns, values, mask in blocks:
        vectors = others[columns]
        target = values - vectors[..., -1] * mask
        vectors[..., -1] = 1
        vectors *= mask[..., None]
        gram = vectors.mT @ vectors
        counts = mask.sum(1)
        price = unit * (prices.reg_per_rating * counts + prices.reg_per_row)
        gram.diagonal(dim1=1, dim2=2)[:, :-1] += price[:, None]
        gram[:, -1, -1] += prices.bias_reg_per_row
        product = vectors.mT @ target[..., None]
        root = torch.linalg.cholesky(gram)
        solved[rows] = torch.cholesky_solve(product, root)[..., 0]
    return solved


def compare(
    sizes: list[str], device: str, minutes: float, keep: Callable[[list], None]
) -> list[dict]:
    """A row for each world and step; `keep` is given those so far after each of them.

    A step that fails is a row with what it said: the others still run.
    """
    deadline = time.perf_counter() + 60 * minutes
    rows = []
    for name in ("tiny", *sizes):  # the first calls load libraries: none of the sizes
        world = None
        for label, step in STEPS.items():
            if step is epochs_of_svdpp and SIZES[name].svdpp_batch_size is None:
                continue
            row = {"world": name, "step": label}
            try:
                if time.perf_counter() > deadline:
                    raise TimeoutError(f"not run: {minutes:g} minutes were over")
                world = world or make_world(SIZES[name])
                row |= {"ratings": len(world.train), **_both(step, world, device)}
            except Exception as error:
                row["failed"] = f"{type(error).__name__}: {error}"
            rows.append(row)
            print(_line(row), flush=True)
            keep(rows)
    return rows


def _both(step: Callable, world: World, device: str) -> dict:
    there, here = step(world, device), step(world, "cpu")
    return {
        "cpu_seconds": here.seconds,
        "device_seconds": there.seconds,
        "cpu_value": here.value,
        "device_value": there.value,
        "agree": abs(here.value - there.value) < TOLERANCE,
    }


def _line(row: dict) -> str:
    start = f"{row['world']:5} {row['step']:20}"
    if "failed" in row:
        return f"{start} {row['failed']}"
    here, there = row["cpu_seconds"], row["device_seconds"]
    values = f"{row['cpu_value']:8.4f} {row['device_value']:8.4f}"
    verdict = "agree" if row["agree"] else "DIFFER"
    return f"{start} {here:10.4f} {there:10.4f} {here / there:7.1f} {values}  {verdict}"


HEADING = (
    "world step                      CPU s   device s   ratio    value on each\n"
    "(seconds of one epoch or sweep, or of all predictions or lists)"
)


def machine(device: str) -> dict:
    """What the seconds were measured on."""
    name = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = (line.split(":") for line in cpuinfo.read_text().splitlines())
        name = next((x[1].strip() for x in lines if x[0].strip() == "model name"), name)
    on_gpu = device.startswith("cuda")
    return {
        "device": torch.cuda.get_device_name(device) if on_gpu else "CPU",
        "cpu": name,
        "threads": torch.get_num_threads(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "cuda": torch.version.cuda if on_gpu else None,
        "numpy": np.__version__,
        "date": datetime.now(UTC).date().isoformat(),
    }


def _drawn(n: int, spread: float, n_draws: int, rng) -> np.ndarray:
    """`n_draws` of the numbers 0 … n-1, sorted, with log-normal frequencies."""
    weights = np.exp(rng.normal(0, spread, n))
    return np.repeat(np.arange(n), rng.multinomial(n_draws, weights / weights.sum()))


def _model(world: World, init_sd: float = 0.05) -> MatrixFactorization:
    train = world.train
    size = train.n_users, train.n_items, N_FACTORS
    return MatrixFactorization(*size, mean=train.mean, init_sd=init_sd)


def _timed(call: Callable):
    """The seconds of the quickest of three calls, or of one that takes long."""
    seconds, start = [], time.perf_counter()
    while not seconds or (len(seconds) < 3 and sum(seconds) < 2):
        found = call()
        now = time.perf_counter()
        seconds.append(now - start)
        start = now
    return min(seconds), found


def _quickest(history) -> float:
    """Seconds of the quickest epoch."""
    return float(np.diff([row["seconds"] for row in history.epochs], prepend=0).min())


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--device", default="cuda", help="cuda, or cpu to try it out")
    parser.add_argument("--sizes", default="100k,1m,25m", help=", ".join(SIZES))
    parser.add_argument("--minutes", type=float, default=5.5)
    parser.add_argument("--json", type=Path, required=True)
    options = parser.parse_args(arguments)
    sizes = options.sizes.split(",")
    if unknown := [name for name in sizes if name not in SIZES]:
        parser.error(
            f"no world is named {', '.join(unknown)}; known: {', '.join(SIZES)}"
        )
    if options.device.startswith("cuda") and not torch.cuda.is_available():
        print("PyTorch sees no GPU on this machine, so nothing was measured.")
        return 0
    given = sys.argv[1:] if arguments is None else arguments
    found = machine(options.device)
    found["command"] = shlex.join(["python", "scripts/tools/gpu_check.py", *given])

    def keep(rows: list[dict]) -> None:
        text = json.dumps({"machine": found, "rows": rows}, indent=1)
        write_whole(options.json, f"{text}\n".encode())

    try:
        keep([])
        print(*(f"{name}: {value}" for name, value in found.items()), sep="\n")
        print(HEADING, flush=True)
        rows = compare(sizes, options.device, options.minutes, keep)
    except CannotWrite as error:
        print(error, file=sys.stderr)
        return 1
    return 0 if all(row.get("agree") for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
