"""Training a factorization: the loop, its penalties, validation, early stopping.

For students: read aloud in lab 03.
"""

import math
import time
from pathlib import Path

import torch
from torch import nn
from torch.utils.data import DataLoader

import processes
from data_utils import (
    UNKNOWN,
    RatingsDataset,
    check_dataset,
    check_trainable,
    ratings_loader,
)
from metrics import mae, rmse
from models.arguments import check_count, check_positive, is_number
from reporting import progress
from run_state import BadCheckpoint, History, Run

__all__ = [
    "BadCheckpoint",
    "History",
    "TrainingDiverged",
    "evaluate",
    "fit",
    "fit_standardized",
    "train_epoch",
]

PAIRS_AT_ONCE = 1 << 16
"""A module without `predict` is asked for at most this many pairs at once."""


class TrainingDiverged(RuntimeError):
    """The loss is no longer a finite number."""


def train_epoch(
    model: nn.Module,
    loader: DataLoader,
    optimizer: torch.optim.Optimizer,
    reg_per_rating: float = 0.0,
) -> float:
    """One pass over the ratings; the mean squared error (stars²) as it went by.

    model: any `nn.Module` with `forward(users, items)`, (batch,) indices to (batch,)
    stars. The loss of a batch is its mean squared error + `reg_per_rating` ×
    `model.penalty(users, items)`, which in the models of this course is the
    frequency-weighted L2 of the rows that the batch has looked up. Raises `ValueError`
    for a penalty that the model does not have and for predictions of another shape
    than the ratings'.

    >>> import pandas as pd
    >>> from models import MatrixFactorization
    >>> table = pd.DataFrame({"user_id": [1, 1, 2], "item_id": [7, 8, 7],
    ...                       "rating": [5.0, 3.0, 4.0]})
    >>> train = RatingsDataset.fit(table)
    >>> model = MatrixFactorization(2, 2, n_factors=2, mean=train.mean)
    >>> optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    >>> loader = ratings_loader(train, batch_size=3)
    >>> [round(train_epoch(model, loader, optimizer), 2) for epoch in range(3)]
    [0.67, 0.58, 0.51]
    """
    device = _device(model)
    _check_penalty(model, reg_per_rating)
    model.train()
    total = torch.zeros((), dtype=torch.float64, device=device)
    count = 0
    for users, items, ratings in loader:
        users, items, ratings = (t.to(device) for t in (users, items, ratings))
        mse = _errors(model(users, items), ratings).square().mean()
        loss = mse
        if reg_per_rating:
            loss = loss + reg_per_rating * model.penalty(users, items)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += mse.detach().double() * len(ratings)
        count += len(ratings)
    return total.item() / count


def evaluate(model, dataset: RatingsDataset, clip: tuple | None = None) -> dict:
    """{"rmse", "mae" (stars), "n"} over all ratings of `dataset`, cold rows included.

    `clip=(1, 5)` moves predictions into the scale first; the default leaves them. A
    module without a method `predict` is asked by its `forward`, which has no answer for
    strangers: then cold rows raise a `ValueError`.

    >>> import pandas as pd
    >>> from models import GlobalMean
    >>> table = pd.DataFrame({"user_id": [1, 1, 2], "item_id": [7, 8, 7],
    ...                       "rating": [5.0, 3.0, 4.0]})
    >>> train = RatingsDataset.fit(table)
    >>> scores = evaluate(GlobalMean().fit(train), train)
    >>> round(scores["rmse"], 3), round(scores["mae"], 3), scores["n"]
    (0.816, 0.667, 3)
    """
    check_dataset(dataset)
    predicted = _predictions(model, dataset)
    if clip is not None:
        predicted = predicted.clamp(*clip)
    actual = dataset.ratings
    scores = {"rmse": rmse(predicted, actual), "mae": mae(predicted, actual)}
    return scores | {"n": len(dataset)}


def fit(
    model: nn.Module,
    train: RatingsDataset,
    validation: RatingsDataset | None = None,
    *,
    epochs: int = 30,
    learning_rate: float = 0.005,
    reg_per_rating: float = 0.0,
    reg_per_row: float | dict[str, float] = 0.0,
    anneal: bool = False,
    batch_size: int = 1024,
    patience: int | None = None,
    optimizer: torch.optim.Optimizer | None = None,
    seed: int = 0,
    checkpoint: str | Path | None = None,
    resume: bool = False,
    show_progress: bool = True,
) -> History:
    """Train for `epochs` epochs with (fused) Adam, or with the `optimizer` given.

    model: any `nn.Module` with `forward(users, items)`, as in `train_epoch`. It goes on
    from the weights that it has. The loss is the mean squared error + `reg_per_rating`
    × `model.penalty`, which a row pays once for each of its ratings, + `reg_per_row`
    × Σ ‖row‖² / len(train), which every row pays once. `reg_per_row` is one number for
    all tables whose names end with "_factors", or a number for each table by its name:
    {"user_factors": 5, "item_factors": 5}. The errors are in stars², so a penalty that
    suits 1 to 5 stars is another one on 1 to 100: see `fit_standardized`. With `anneal`
    the learning rate falls by the same amount each epoch, to zero after the last: the
    batches' noise dies out. `seed` decides the order of the ratings.

    With `validation` the weights of the best epoch are put back at the end, and
    `patience` epochs without a new best end the training early.

    `checkpoint` names a file that is written whole at the start and after each epoch;
    `resume=True` goes on from it and reaches the digits of an uninterrupted run. It
    does so only where the file is undamaged and the run is the same: class, shapes and
    types of the model; the ratings of `train` and `validation`, by their hashes; the
    penalties, `learning_rate` or the optimizer's class and groups, `anneal`,
    `batch_size`, `patience` and `seed`. More `epochs` are welcome, but with `anneal`
    their number decides the rates, and must be the same, too. Otherwise
    `BadCheckpoint` says what differs, and nothing has changed. A model may draw from
    PyTorch's global generator, as dropout does: its state is put back as well.

    A model that is on a GPU (`model.to("cuda")`) is trained there: the ratings are
    moved to it once, and come in the same order as on a CPU.

    Under `torchrun` the processes share each batch, and the first one shows progress
    and writes: see `processes` and `tools/distributed.py`. The tables are those of one
    process, up to rounding, so a run may be taken up by another number of processes.

    Raises `ValueError` for settings that make no sense, for training data that are
    empty or cold and for what the model would need and does not have;
    `TrainingDiverged`; `ProcessLost` where another process of the training is gone;
    `CannotWrite` where the checkpoint cannot be written;
    `FileNotFoundError` and `BadCheckpoint` on resuming.

    >>> import pandas as pd
    >>> from models import MatrixFactorization
    >>> table = pd.DataFrame({"user_id": [1, 1, 2], "item_id": [7, 8, 7],
    ...                       "rating": [5.0, 3.0, 4.0]})
    >>> train = RatingsDataset.fit(table)
    >>> model = MatrixFactorization(2, 2, n_factors=2, mean=train.mean)
    >>> history = fit(model, train, epochs=80, learning_rate=0.05, show_progress=False)
    >>> [round(stars, 1) for stars in model.predict([0, 0, 1], [0, 1, 0]).tolist()]
    [5.0, 3.0, 4.0]
    """
    check_trainable(train)
    device = _device(model)
    check_count("epochs", epochs, at_least=1, example=30)
    check_count("batch_size", batch_size, at_least=1, example=1024)
    _check_prices(reg_per_rating, reg_per_row)
    check_validation(validation, patience)
    if resume and checkpoint is None:
        raise ValueError("resume=True goes on from a file: name it in checkpoint=….")
    settings = {
        "train": train,
        "validation": validation,
        "reg_per_rating": reg_per_rating,
        "anneal": f"over {epochs} epochs" if anneal else False,
        "batch_size": batch_size,
        "patience": patience,
        "seed": seed,
    }
    if optimizer is None:
        check_positive("learning_rate", learning_rate, example=0.005)
        optimizer = _adam(model, learning_rate, reg_per_row, len(train))
        settings |= {"learning_rate": learning_rate, "reg_per_row": reg_per_row}
    else:
        _check_optimizer(optimizer, model, reg_per_row)
    batches = ratings_loader(train, int(batch_size), seed=seed).batch_sampler
    run = Run(model, optimizer, batches.generator, **settings)
    loader = BatchesOn(device, train, processes.share(batches))
    writes = checkpoint is not None and processes.rank() == 0
    show_progress = show_progress and processes.rank() == 0
    if resume:
        run.load(checkpoint, epochs)
    elif writes:
        run.save(checkpoint)
    start = time.perf_counter() - run.seconds
    remaining = range(len(run.history.epochs) + 1, epochs + 1)
    bar = progress(remaining, "epochs") if show_progress else remaining
    for epoch in bar:
        if patience is not None and run.stale >= patience:
            break
        if anneal:
            _set_rate(optimizer, share=(epochs - epoch + 1) / epochs)
        with processes.in_step(model, optimizer):
            train_mse = train_epoch(model, loader, optimizer, reg_per_rating)
        train_mse = processes.average(train_mse)
        check_converging(model, train_mse, epoch, optimizer.param_groups[0]["lr"])
        score = evaluate(model, validation)["rmse"] if validation is not None else None
        run.record(epoch, math.sqrt(train_mse), score, time.perf_counter() - start)
        if writes:
            run.save(checkpoint)
        if show_progress and score is not None:
            bar.set_postfix_str(f"validation RMSE {score:.4f}", refresh=False)
    run.restore_best()
    return run.history


def fit_standardized(
    model: nn.Module,
    train: RatingsDataset,
    validation: RatingsDataset | None = None,
    **settings,
) -> History:
    """`fit` on ratings measured in their own unit, then turn the model back to stars.

    Ratings become (r - μ) / s, with the mean and the standard deviation of `train`. So
    the same learning rate and the same penalties (`settings`, as in `fit`) do the same
    on any scale: with ratings a·r + b the predictions are a·r̂ + b. The `model` is new,
    with a mean of zero, and has a method `rescale(mean, unit)`, as
    `MatrixFactorization` does. The RMSEs of the history are in stars; the progress bar
    and a checkpoint are in units of s.

    >>> import pandas as pd
    >>> from models import MatrixFactorization
    >>> table = pd.DataFrame({"user_id": [1, 1, 2], "item_id": [7, 8, 7],
    ...                       "rating": [100.0, 20.0, 60.0]})
    >>> model = MatrixFactorization(2, 2, n_factors=2)
    >>> history = fit_standardized(model, RatingsDataset.fit(table), epochs=80,
    ...                            learning_rate=0.05, show_progress=False)
    >>> [round(stars) for stars in model.predict([0, 0, 1], [0, 1, 0]).tolist()]
    [100, 20, 60]
    """
    if not hasattr(model, "rescale"):
        raise ValueError(
            f"This {type(model).__name__} has no method rescale(mean, unit) that turns "
            "it back to stars: train it by fit, which measures in stars throughout."
        )
    check_trainable(train)
    mean, unit = train.mean, train.unit
    if validation is not None:
        check_dataset(validation)
        validation = validation.standardized(mean, unit)
    history = fit(model, train.standardized(mean, unit), validation, **settings)
    model.rescale(mean, unit)
    for row in history.epochs:
        row["train_rmse"] *= unit
        if row["validation_rmse"] is not None:
            row["validation_rmse"] *= unit
    return history


class BatchesOn:
    """Batches `(users, items, ratings)` of ratings that are on `device` already.

    `batches` are row numbers, as the loader's sampler gives them. A GPU is done with a
    batch before the loader could copy the next one to it, and on a CPU a small batch
    spends part of its time in what the loader does around the look-ups.

    >>> import pandas as pd
    >>> table = pd.DataFrame({"user_id": [1, 1, 2], "item_id": [7, 8, 7],
    ...                       "rating": [5.0, 3.0, 4.0]})
    >>> rows = [torch.tensor([2, 0])]
    >>> for users, items, ratings in BatchesOn("cpu", RatingsDataset.fit(table), rows):
    ...     print(ratings.tolist())
    [4.0, 5.0]
    """

    def __init__(self, device, data: RatingsDataset, batches):
        columns = data.users, data.items, data.ratings
        self.columns, self.batches = [column.to(device) for column in columns], batches

    def __iter__(self):
        for rows in self.batches:
            rows = rows.to(self.columns[0].device)
            yield tuple(column.index_select(0, rows) for column in self.columns)


def check_converging(model: nn.Module, mse: float, epoch: int, rate: float) -> None:
    """The loss and the weights are finite numbers; else raises `TrainingDiverged`.

    Of a table ‖table‖² is finite as well, and so is every p · q.
    """
    tables = (table.detach().float() for table in model.parameters())
    lengths = [mse, *(table.square().sum().item() for table in tables)]
    if not all(map(math.isfinite, lengths)):
        raise TrainingDiverged(
            f"The loss or the weights stopped being finite numbers in epoch {epoch}, "
            f"at a learning rate of {rate:g}. Try a tenth of it, or more "
            "regularization."
        )


def _device(model: nn.Module) -> torch.device:
    if not isinstance(model, nn.Module):
        raise ValueError(
            f"This {type(model).__name__} is not a torch.nn.Module with a method "
            "forward(users, items). Models that have a method fit of their own are "
            "trained by it: model.fit(train)."
        )
    parameter = next(iter(model.parameters()), None)
    if parameter is None:
        raise ValueError(
            f"This {type(model).__name__} has no parameters, so there is nothing to "
            "train: assign its tables to self as nn.Embedding or nn.Parameter."
        )
    return parameter.device


def _check_penalty(model: nn.Module, reg_per_rating: float) -> None:
    if reg_per_rating and not hasattr(model, "penalty"):
        raise ValueError(
            f"reg_per_rating={reg_per_rating} weighs model.penalty(users, items), and "
            f"this {type(model).__name__} has no such method. Write one that returns "
            "the mean of the looked-up rows' squares, or use reg_per_row."
        )


def _predictions(model, dataset: RatingsDataset) -> torch.Tensor:
    if hasattr(model, "predict"):
        return model.predict(dataset.users, dataset.items)
    cold = (dataset.users == UNKNOWN) | (dataset.items == UNKNOWN)
    if cold.any():
        raise ValueError(
            f"{int(cold.sum()):,} of {len(dataset):,} ratings are of users or movies "
            f"without a training rating (index {UNKNOWN}). Give this "
            f"{type(model).__name__} a method predict(users, items) that answers for "
            "them, or leave them out with drop_cold."
        )
    device = _device(model)
    model.eval()
    with torch.no_grad():
        parts = [
            model(users.to(device), items.to(device)).cpu()
            for users, items, _ in ratings_loader(dataset, PAIRS_AT_ONCE, shuffle=False)
        ]
    return torch.cat(parts)


def _check_prices(reg_per_rating, reg_per_row) -> None:
    prices = reg_per_row.values() if isinstance(reg_per_row, dict) else [reg_per_row]
    if not all(is_number(price) and price >= 0 for price in (reg_per_rating, *prices)):
        raise ValueError(
            f"reg_per_rating={reg_per_rating!r} and reg_per_row={reg_per_row!r} were "
            "given; both are finite numbers, zero or more: below zero they would "
            "reward large factors."
        )


def _check_optimizer(optimizer, model: nn.Module, reg_per_row) -> None:
    if not isinstance(optimizer, torch.optim.Optimizer):
        raise ValueError(
            f"optimizer={optimizer!r} was given; it is an optimizer with tables to "
            "train, for example torch.optim.SGD(model.parameters(), lr=0.1)."
        )
    own = {id(table) for table in model.parameters()}
    trained = [table for group in optimizer.param_groups for table in group["params"]]
    if not all(id(table) in own for table in trained):
        raise ValueError(
            f"The optimizer was made for another model than this "
            f"{type(model).__name__}: make it anew from model.parameters()."
        )
    if reg_per_row:
        raise ValueError(
            "reg_per_row is the weight decay of the Adam that fit makes: give your own "
            "optimizer a weight_decay of 2 × reg_per_row / len(train) instead."
        )


def check_validation(validation, patience=None) -> None:
    """`validation` has ratings, if it is there; raises `ValueError` otherwise."""
    if validation is not None:
        check_dataset(validation)
    if validation is not None and len(validation) == 0:
        raise ValueError(
            "The validation data hold no rating, so no epoch can be chosen by them. "
            "Give some ratings, or leave validation and patience out."
        )
    if patience is None:
        return
    if validation is None:
        raise ValueError(
            "patience counts epochs without a better validation error: give "
            "validation data."
        )
    check_count("patience", patience, at_least=1, example=3)


def _adam(model: nn.Module, learning_rate: float, reg_per_row, n_ratings: int):
    named = {n.removesuffix(".weight"): table for n, table in model.named_parameters()}
    if not isinstance(reg_per_row, dict):
        reg_per_row = _of_factors(named, reg_per_row, model)
    if unknown := reg_per_row.keys() - named.keys():
        raise ValueError(
            f"reg_per_row names {', '.join(sorted(unknown))}; this "
            f"{type(model).__name__} has {', '.join(named)}."
        )
    same_price = {}
    for name, table in named.items():
        same_price.setdefault(reg_per_row.get(name, 0.0), []).append(table)
    # Adam's weight_decay adds decay × row to the gradient: that of decay / 2 × ‖row‖².
    groups = [
        {"params": tables, "weight_decay": 2 * price / n_ratings}
        for price, tables in same_price.items()
    ]
    return torch.optim.Adam(groups, lr=learning_rate, fused=True)


def _of_factors(named: dict, price: float, model: nn.Module) -> dict[str, float]:
    """Biases and whatever else a model has pay nothing, whatever their shape."""
    factors = [name for name in named if name.endswith("_factors")]
    if price and not factors:
        raise ValueError(
            f"reg_per_row={price} is a price of factors, and no table of this "
            f"{type(model).__name__} has a name that ends with _factors. Name those "
            f"that pay, as in reg_per_row={{{next(iter(named))!r}: {price}}}."
        )
    return dict.fromkeys(factors, price)


def _set_rate(optimizer: torch.optim.Optimizer, share: float) -> None:
    # The optimizer's state holds initial_lr, so a resumed run goes on from it.
    for group in optimizer.param_groups:
        group["lr"] = share * group.setdefault("initial_lr", group["lr"])


def _errors(predicted: torch.Tensor, ratings: torch.Tensor) -> torch.Tensor:
    # (n, 1) minus (n,) is (n, n) without a word from PyTorch, and trains on nonsense.
    if predicted.shape != ratings.shape:
        raise ValueError(
            f"The model predicts shape {tuple(predicted.shape)} for ratings of shape "
            f"{tuple(ratings.shape)}: they must be equal. squeeze(-1) drops a last "
            "dimension of one."
        )
    return predicted - ratings
