"""Matrix factorization by several processes: `fit` under PyTorch's `torchrun`.

    python scripts/tools/distributed.py --dataset 100k
    torchrun --nproc-per-node 2 scripts/tools/distributed.py --dataset 100k

For students who outgrow one machine. The first command is one process, the second two;
both print the RMSE on the same test fold, and seconds. With GPUs, start one process for
each: they talk by NCCL, and by gloo on CPUs. On several machines the same command runs
on each of them, with `--nnodes 2 --rdzv-endpoint HOST:29500` before the script's name.

With `--checkpoint FILE` a training that was killed goes on by `--resume`, with as many
processes as before or another number. Where one process is killed, the others end.

When is it worth it? Where a batch costs far more than the tables: however small the
batch, each process sends the gradient of all tables and takes Adam's step over all
rows. `tools/two_processes.py` measures it: a second process slows ML-100K down, and
halves the time of huge batches only, which learn less in an epoch. On one machine
`scale_training.fit_rows` is the quicker way.
"""

import argparse
import os
import signal
import sys
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import torch
from torch import distributed

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from atomic import CannotWrite
from data_utils import DatasetUnavailable, RatingsDataset, download_movielens
from models import MatrixFactorization
from processes import ProcessLost, n_processes, rank
from recipes import MF
from run_state import BadCheckpoint
from tools.benchmark import make_folds
from training import evaluate, fit_standardized

SILENCE = timedelta(seconds=60)
"""A process that does not answer for so long counts as lost."""


def train(options: argparse.Namespace, device: str) -> str:
    """Fit on the first fold; a sentence with the RMSE on its test part, and seconds."""
    ratings, _ = download_movielens(options.dataset)
    _, folds = make_folds(ratings, "folds", options.seed)
    fold = RatingsDataset.fit(folds[0].train)
    settings = MF | {"epochs": options.epochs, "batch_size": options.batch_size}
    start = {name: settings.pop(name) for name in ("n_factors", "init_sd")}
    model = MatrixFactorization(fold.n_users, fold.n_items, seed=options.seed, **start)
    history = fit_standardized(
        model.to(device),
        fold,
        anneal=True,
        seed=options.seed,
        checkpoint=options.checkpoint,
        resume=options.resume,
        **settings,
    )
    test = evaluate(model, fold.encode(folds[0].test))
    sent = sum(4 * table.numel() for table in model.parameters()) / 1e6
    return (
        f"RMSE {test['rmse']:.4f} on {test['n']:,} ratings of {options.dataset}. "
        f"{len(history.epochs)} epochs took {history.epochs[-1]['seconds']:.1f} s in "
        f"processes: {n_processes()}, each of which sends {sent:.1f} MB at each step."
    )


@contextmanager
def process_group():
    """The device of this process, and the others to talk to if torchrun started it."""
    device = "cpu"
    if torch.cuda.is_available():
        device = f"cuda:{os.environ.get('LOCAL_RANK', 0)}"
        torch.cuda.set_device(device)
    if "WORLD_SIZE" not in os.environ:
        yield device
        return
    # torchrun ends the others by this signal when one is gone.
    before = signal.signal(signal.SIGTERM, _end)
    backend = "gloo" if device == "cpu" else "nccl"
    distributed.init_process_group(backend, timeout=SILENCE)
    try:
        yield device
    finally:
        distributed.destroy_process_group()
        signal.signal(signal.SIGTERM, before)


def _end(*_) -> None:
    raise ProcessLost


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dataset", default="100k")
    parser.add_argument("--epochs", type=int, default=MF["epochs"])
    parser.add_argument("--batch-size", type=int, default=MF["batch_size"])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--checkpoint", type=Path)
    parser.add_argument("--resume", action="store_true")
    options = parser.parse_args(arguments)
    if options.resume and options.checkpoint is None:
        parser.error("--resume goes on from a file: name it by --checkpoint FILE")
    try:
        with process_group() as device:
            found = train(options, device)
            if rank() == 0:
                print(found)
    except (BadCheckpoint, CannotWrite, DatasetUnavailable, ProcessLost) as error:
        print(error, file=sys.stderr)
        return 1
    except FileNotFoundError as error:  # no checkpoint to resume from
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
