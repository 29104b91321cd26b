"""Matrix factorization of tens of millions of ratings: a step touches few rows.

For students: read aloud in lab 11.

`training.fit` asks autograd for the gradient of whole tables, and Adam then visits each
of their rows at each step. A batch of 16,384 ratings looks up a few thousand of 400,000
rows; with tables that large nearly all of the work is for rows that have not changed.
Here the gradient of  μ + b_u + b_i + p_u · q_i  is written by hand, for the looked-up
rows alone, and Adagrad keeps one number per row.
"""

import math
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import torch

from data_utils import RatingsDataset, check_trainable, seeded
from models import BiasModel, MatrixFactorization
from models.arguments import check_count, check_penalties, check_positive
from reporting import progress
from run_state import History, Run
from training import check_converging, check_validation, evaluate

__all__ = ["RowAdagrad", "fit_rows", "rating_gradients"]


def fit_rows(
    model: MatrixFactorization,
    train: RatingsDataset,
    validation: RatingsDataset | None = None,
    *,
    epochs: int = 1,
    learning_rate: float = 0.1,
    reg_per_rating: float = 0.03,
    batch_size: int = 16_384,
    threads: int = 1,
    seed: int = 0,
    checkpoint: str | Path | None = None,
    resume: bool = False,
    show_progress: bool = True,
) -> History:
    """Train a `MatrixFactorization` by row-wise Adagrad for `epochs` epochs.

    The loss is that of `training.fit`: squared errors + `reg_per_rating` ×
    `model.penalty`, which a row pays once for each of its ratings. A model whose biases
    are all zero is new: its μ and biases start at the damped means of `BiasModel`.
    Others go on from the weights that they have. `seed` decides the order. The defaults
    were chosen by validation ratings of a planted world with 23 million ratings, for
    one epoch or two; small tables want batches of about 1,024 and a penalty of 0.1.

    With one of Python's `threads` the same call gives the same digits. More of them
    race: they change the same tables at once, now and then one overwrites the step of
    another, and the digits differ from run to run ("Hogwild", Niu et al. 2011,
    arXiv:1106.5730). On two cores two threads take about two thirds of the time.

    `validation`, `checkpoint`, `resume` and GPUs as in `training.fit`: the weights of
    the best epoch are put back, and a run that was killed goes on after its last whole
    epoch. Raises as `fit`, and `ValueError` for a model of another class.

    >>> import pandas as pd
    >>> table = pd.DataFrame({"user_id": [1, 1, 2], "item_id": [7, 8, 7],
    ...                       "rating": [5.0, 3.0, 4.0]})
    >>> train = RatingsDataset.fit(table)
    >>> model = MatrixFactorization(2, 2, n_factors=2)
    >>> history = fit_rows(model, train, epochs=200, reg_per_rating=0.0,
    ...                    show_progress=False)
    >>> [round(stars, 1) for stars in model.predict([0, 0, 1], [0, 1, 0]).tolist()]
    [5.0, 3.0, 4.0]
    """
    check_trainable(train)
    _check_model(model)
    check_count("epochs", epochs, at_least=1, example=1)
    check_count("batch_size", batch_size, at_least=1, example=16_384)
    check_count("threads", threads, at_least=1, example=2)
    check_positive("learning_rate", learning_rate, example=0.1)
    check_penalties(reg_per_rating=reg_per_rating)
    check_validation(validation)
    if resume and checkpoint is None:
        raise ValueError("resume=True goes on from a file: name it in checkpoint=….")
    optimizer = RowAdagrad(model.parameters(), lr=learning_rate)
    generator = seeded(seed)
    batches = _shuffled(train, batch_size, generator, model.mean.device)
    settings = {
        "train": train,
        "validation": validation,
        "reg_per_rating": reg_per_rating,
        "batch_size": batch_size,
        "threads": threads,
        "seed": seed,
    }
    run = Run(model, optimizer, generator, **settings)
    if resume:
        run.load(checkpoint, epochs)
    elif not (model.user_bias.weight.any() or model.item_bias.weight.any()):
        _start_at_damped_means(model, train)
    if checkpoint is not None and not resume:
        run.save(checkpoint)

    def step(number: int) -> torch.Tensor:
        return _step(model, optimizer, *batches[number], reg_per_rating)

    start = time.perf_counter() - run.seconds
    for epoch in range(len(run.history.epochs) + 1, epochs + 1):
        order = torch.randperm(len(batches), generator=generator).tolist()
        with _in_threads(step, order, threads) as squares:
            if show_progress:
                squares = progress(squares, f"batches of epoch {epoch}", len(order))
            train_mse = torch.stack(list(squares)).sum().item() / len(train)
        check_converging(model, train_mse, epoch, learning_rate)
        score = evaluate(model, validation)["rmse"] if validation is not None else None
        run.record(epoch, math.sqrt(train_mse), score, time.perf_counter() - start)
        if checkpoint is not None:
            run.save(checkpoint)
    run.restore_best()
    return run.history


def rating_gradients(
    model: MatrixFactorization, users, items, ratings, reg_per_rating: float
):
    """The errors (n,) in stars, and what each of n ratings adds to the gradients.

    The loss of a rating is ½ (e² + λ (‖p_u‖² + ‖q_i‖² + b_u² + b_i²)), with the error
    e = r̂ - r. Its gradient is  e q_i + λ p_u  for p_u,  e p_u + λ q_i  for q_i,  and
    e + λ b  for each of the biases. Yields no graph: returns `(errors, gradients)`,
    and `gradients` is a list of `(table, rows, gradient)`, the last (n, width).

    >>> model = MatrixFactorization(1, 1, n_factors=2, mean=3.0)
    >>> first = torch.tensor([0])
    >>> errors, gradients = rating_gradients(model, first, first, torch.ones(1), 0.0)
    >>> [round(x) for x in errors.tolist()]  # 3 predicted, 1 given
    [2]
    >>> (table, rows, gradient) = gradients[2]
    >>> table is model.user_bias.weight, rows.tolist(), round(gradient.item())
    (True, [0], 2)
    """
    b_u, b_i = model.user_bias.weight.detach(), model.item_bias.weight.detach()
    p = model.user_factors.weight.detach().index_select(0, users)
    q = model.item_factors.weight.detach().index_select(0, items)
    b_u, b_i = b_u.index_select(0, users), b_i.index_select(0, items)
    errors = (p * q).sum(1, keepdim=True).add_(b_u).add_(b_i).add_(model.mean)
    errors.sub_(ratings[:, None])
    return errors[:, 0], [
        (model.user_factors.weight, users, (errors * q).add_(p, alpha=reg_per_rating)),
        (model.item_factors.weight, items, (errors * p).add_(q, alpha=reg_per_rating)),
        (model.user_bias.weight, users, errors.add(b_u, alpha=reg_per_rating)),
        (model.item_bias.weight, items, errors.add(b_i, alpha=reg_per_rating)),
    ]


class RowAdagrad(torch.optim.Optimizer):
    """Adagrad with one sum of squares per row: x_u ← x_u - lr g / √(Σ mean g²).

    Duchi, Hazan & Singer 2011 (JMLR 12) keep a sum for each number. One per row is a
    fiftieth of that memory at k = 50, and a row that is seldom looked up still takes
    long steps when it is. The unit of g cancels.

    >>> table = torch.nn.Parameter(torch.zeros(3, 2))
    >>> optimizer = RowAdagrad([table], lr=0.5)
    >>> gradient = torch.tensor([[4.0, 4.0], [-4.0, 4.0]])
    >>> optimizer.step_rows(table, torch.tensor([0, 2]), gradient)
    >>> table.tolist()  # the first step is `lr` long; row 1 was not looked up
    [[-0.5, -0.5], [0.0, 0.0], [0.5, -0.5]]
    """

    def __init__(self, tables, lr: float = 0.1):
        super().__init__(tables, {"lr": lr})

    @torch.no_grad()
    def step_rows(self, table, rows, gradients) -> None:
        """Change `table[rows]`; a row that is there twice takes both steps.

        rows: (n,) int64; gradients: (n, width), overwritten. The sums have all of the
        batch's gradients in them before the first step is taken: a movie with a hundred
        ratings in the batch takes a hundred short steps.
        """
        sums = self._sums(table)
        sums.scatter_add_(0, rows, gradients.square().mean(1))
        rate = sums.index_select(0, rows).rsqrt_().mul_(-self.param_groups[0]["lr"])
        gradients.mul_(rate[:, None])
        # An index that is only expanded in the second dimension adds row by row.
        table.scatter_add_(0, rows[:, None].expand_as(gradients), gradients)

    def step(self) -> None:
        """All rows, with the gradients of autograd, as other optimizers do."""
        for table in self.param_groups[0]["params"]:
            rows = torch.arange(len(table), device=table.device)
            self.step_rows(table, rows, table.grad.clone())

    def _sums(self, table) -> torch.Tensor:
        if not self.state[table]:
            # Not zero: a row without a gradient would be divided by it.
            self.state[table]["squares"] = table.new_full((len(table),), 1e-12)
        return self.state[table]["squares"]


def _step(model, optimizer, users, items, ratings, reg_per_rating) -> torch.Tensor:
    """One batch; its squared errors as they were before, summed, a scalar."""
    users, items = users.long(), items.long()
    errors, found = rating_gradients(model, users, items, ratings, reg_per_rating)
    squares = errors.double().square().sum()
    for table, rows, gradients in found:
        optimizer.step_rows(table, rows, gradients)
    return squares


def _shuffled(train: RatingsDataset, batch_size: int, generator, device) -> list:
    """Batches `(users, items, ratings)` of the ratings in random order.

    They are shuffled once; epochs reorder the batches. To draw rows from all over the
    columns anew for each batch takes as long as half a step. 32 bits hold an index.
    """
    order = torch.randperm(len(train), generator=generator)
    columns = [
        column.index_select(0, order).to(device, kind).split(batch_size)
        for column, kind in (
            (train.users, torch.int32),
            (train.items, torch.int32),
            (train.ratings, torch.float32),
        )
    ]
    return list(zip(*columns, strict=True))


@contextmanager
def _in_threads(step, order: list[int], threads: int) -> Iterator[Iterator]:
    """The results of `step(number)` for each number of `order`, in that order."""
    if threads == 1:
        yield map(step, order)
        return
    before = torch.get_num_threads()
    torch.set_num_threads(1)  # PyTorch's own threads would share the same cores
    try:
        with (
            ThreadPoolExecutor(threads) as pool,
            closing(pool.map(step, order)) as results,
        ):
            yield results  # closed, after Ctrl-C for example, it starts no further step
    finally:
        torch.set_num_threads(before)


@torch.no_grad()
def _start_at_damped_means(model: MatrixFactorization, train: RatingsDataset) -> None:
    tables = BiasModel().fit(train).tables()
    model.mean.fill_(tables.mean)
    model.user_bias.weight.copy_(tables.user_bias[:, None])
    model.item_bias.weight.copy_(tables.item_bias[:, None])


def _check_model(model) -> None:
    # A subclass has another formula, and so another gradient.
    if type(model) is not MatrixFactorization:
        raise ValueError(
            f"A {type(model).__name__} was given; the gradient here is that of "
            "MatrixFactorization. training.fit trains any nn.Module."
        )
