"""Several processes that train one model: each has its share of every batch.

For students who outgrow one machine: `tools/distributed.py` shows how it is started.

`torchrun` starts N processes, on one machine or on several. Each holds the whole model
and the whole table of ratings, and takes every N-th rating of a batch. Before a step
the gradients of all processes are averaged, so that all take the same step, which is
the one that a single process would take with the whole batch. A process that was not
started by `torchrun` is alone, and nothing here costs it anything.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import distributed

__all__ = ["ProcessLost", "Share", "average", "in_step", "n_processes", "rank", "share"]


class ProcessLost(RuntimeError):
    """Another process of the training has ended, or no longer answers."""

    def __init__(self):
        super().__init__(
            "Another process of this training has ended or no longer answers, so this "
            "one stops as well. Start them all again with resume=True: they go on "
            "after the last epoch that the checkpoint holds."
        )


def n_processes() -> int:
    """How many processes train together: 1 where there is no process group."""
    return distributed.get_world_size() if _together() else 1


def rank() -> int:
    """The number of this process, from 0; the first one writes and prints."""
    return distributed.get_rank() if _together() else 0


class Share:
    """This process's part of each batch of row numbers: every N-th, from its rank on.

    A mean of means is the mean of all only where the parts are equal. So a batch that
    does not divide by N is filled up with its own first rows, which count twice.

    >>> [rows.tolist() for rows in Share([torch.arange(3)], n_processes=2, rank=1)]
    [[1, 0]]
    """

    def __init__(self, batches, n_processes: int, rank: int):
        self.batches, self.n_processes, self.rank = batches, n_processes, rank

    def __iter__(self):
        for rows in self.batches:
            size = -(-len(rows) // self.n_processes) * self.n_processes
            places = torch.arange(self.rank, size, self.n_processes) % len(rows)
            yield rows[places]


def share(batches):
    """The `Share` of `batches` that this process has; alone, all of them."""
    alone = n_processes() == 1
    return batches if alone else Share(batches, n_processes(), rank())


def average(value: float) -> float:
    """The mean of the processes' values; alone, `value`. Raises `ProcessLost`."""
    if not _together():
        return value
    device = "cuda" if distributed.get_backend() == "nccl" else "cpu"
    total = torch.tensor(value, dtype=torch.float64, device=device)
    with _answered():
        distributed.all_reduce(total)
    return total.item() / n_processes()


@contextmanager
def in_step(model, optimizer) -> Iterator[None]:
    """Inside, all processes have the weights of the first, and take the same steps.

    The steps of `optimizer` raise `ProcessLost` where another process is gone.
    """
    if not _together():
        yield
        return
    tables = [table for table in model.parameters() if table.requires_grad]

    def average_gradients(*_) -> None:
        with _answered():
            for table in tables:
                distributed.all_reduce(table.grad)
                table.grad /= n_processes()

    with _answered():
        for table in model.state_dict().values():
            distributed.broadcast(table, src=0)
    hook = optimizer.register_step_pre_hook(average_gradients)
    try:
        yield
    finally:
        hook.remove()


def _together() -> bool:
    return distributed.is_available() and distributed.is_initialized()


@contextmanager
def _answered() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        raise ProcessLost from error
