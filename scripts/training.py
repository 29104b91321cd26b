"""Training a factorization: the loop, its penalties, validation, early stopping."""

import math
import time
from pathlib import Path

import torch
from torch import nn
from torch.utils.data import DataLoader

from data_utils import RatingsDataset, check_trainable, ratings_loader
from metrics import mae, rmse
from reporting import progress
from run_state import BadCheckpoint, History, Run

__all__ = [
    "BadCheckpoint",
    "History",
    "TrainingDiverged",
    "evaluate",
    "fit",
    "train_epoch",
]


class TrainingDiverged(RuntimeError):
    """The loss is no longer a finite number."""


def train_epoch(
    model: nn.Module,
    loader: DataLoader,
    optimizer: torch.optim.Optimizer,
    regularization: float = 0.0,
) -> float:
    """One pass over the ratings; the mean squared error (stars²) as it went by.

    The loss of a batch is its mean squared error + `regularization` × `model.penalty`,
    which is the frequency-weighted L2 of the rows the batch has looked up.
    """
    model.train()
    device = next(model.parameters()).device
    total = torch.zeros((), dtype=torch.float64, device=device)
    count = 0
    for users, items, ratings in loader:
        users, items, ratings = (t.to(device) for t in (users, items, ratings))
        errors = _errors(model(users, items), ratings)
        loss = errors.square().mean()
        if regularization:
            loss = loss + regularization * model.penalty(users, items)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += errors.detach().double().square().sum()
        count += len(ratings)
    return total.item() / count


def evaluate(model, dataset: RatingsDataset, clip: tuple | None = None) -> dict:
    """{"rmse", "mae" (stars), "n"} over all ratings of `dataset`, cold rows included.

    `clip=(1, 5)` moves predictions into the scale first; the default leaves them.
    """
    predicted = model.predict(dataset.users, dataset.items)
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
    regularization: float = 0.0,
    damping: float | dict[str, float] = 0.0,
    anneal: bool = False,
    batch_size: int = 1024,
    patience: int | None = None,
    optimizer: torch.optim.Optimizer | None = None,
    generator: torch.Generator | None = None,
    checkpoint: str | Path | None = None,
    resume: bool = False,
    show_progress: bool = True,
) -> History:
    """Train for `epochs` epochs with (fused) Adam, or with the `optimizer` given.

    The loss is the mean squared error + `regularization` × `model.penalty`, which a row
    pays once a rating, + `damping` × Σ ‖row‖² / len(train), which every row pays once.
    `damping` is one number for all tables whose names end with "_factors", or numbers
    by the names of tables: {"user_factors": 5, "item_factors": 5}. With `anneal` the
    learning rate falls in equal steps, one an epoch, to zero after the last: the
    batches' noise dies out.

    With `validation` the weights of the best epoch are put back at the end, and
    `patience` epochs without a new best end the training early. `checkpoint` names a
    file that is rewritten whole after each epoch; `resume=True` goes on from it and
    reaches the digits of an uninterrupted run.

    Raises `ValueError` for settings without sense and for training data that are empty
    or cold; `TrainingDiverged`; `FileNotFoundError` and `BadCheckpoint` on resuming.
    """
    check_trainable(train)
    _check_settings(epochs, regularization, damping, optimizer)
    _check_validation(validation, patience)
    generator = generator or torch.Generator().manual_seed(0)
    optimizer = optimizer or _adam(model, learning_rate, damping, len(train))
    run = Run(model, optimizer, generator)
    if resume:
        run.load(checkpoint)
    loader = ratings_loader(train, batch_size, generator=generator)
    start = time.perf_counter() - run.seconds
    remaining = range(len(run.history.epochs) + 1, epochs + 1)
    bar = progress(remaining, "epochs") if show_progress else remaining
    for epoch in bar:
        if patience is not None and run.stale >= patience:
            break
        if anneal:
            _set_rate(optimizer, share=(epochs - epoch + 1) / epochs)
        train_mse = train_epoch(model, loader, optimizer, regularization)
        if not math.isfinite(train_mse):
            rate = optimizer.param_groups[0]["lr"]
            raise TrainingDiverged(
                f"The loss stopped being a number in epoch {epoch}, at a learning rate "
                f"of {rate:g}. Try a tenth of it, or more regularization."
            )
        score = evaluate(model, validation)["rmse"] if validation is not None else None
        run.record(epoch, math.sqrt(train_mse), score, time.perf_counter() - start)
        if checkpoint:
            run.save(checkpoint)
        if show_progress and score is not None:
            bar.set_postfix_str(f"validation RMSE {score:.4f}", refresh=False)
    run.restore_best()
    return run.history


def _check_settings(epochs, regularization, damping, optimizer) -> None:
    if epochs < 1:
        raise ValueError(f"epochs={epochs}: train for one epoch or more.")
    costs = damping.values() if isinstance(damping, dict) else [damping]
    if not all(cost >= 0 for cost in (regularization, *costs)):
        raise ValueError(
            f"regularization={regularization} and damping={damping} were given; both "
            "are zero or more: below zero they would reward large factors."
        )
    if damping and optimizer is not None:
        raise ValueError(
            "damping is the weight decay of the Adam that fit makes: give your own "
            "optimizer a weight_decay of 2 × damping / len(train) instead."
        )


def _check_validation(validation, patience) -> None:
    if validation is not None and len(validation) == 0:
        raise ValueError(
            "The validation data hold no rating, so no epoch can be chosen by them. "
            "Give some ratings, or leave validation and patience out."
        )
    if patience is None:
        return
    if validation is None:
        raise ValueError("patience needs validation data to lose patience over.")
    if patience < 1:
        raise ValueError(
            f"patience={patience}: it counts epochs without a new best, one or more; "
            "patience=None never stops early."
        )


def _adam(model: nn.Module, learning_rate: float, damping, n_ratings: int):
    named = {n.removesuffix(".weight"): table for n, table in model.named_parameters()}
    if not isinstance(damping, dict):
        damping = _of_factors(named, damping, model)
    if unknown := damping.keys() - named.keys():
        raise ValueError(
            f"damping names {', '.join(sorted(unknown))}; this "
            f"{type(model).__name__} has {', '.join(named)}."
        )
    same_cost = {}
    for name, table in named.items():
        same_cost.setdefault(damping.get(name, 0.0), []).append(table)
    # Adam's weight_decay adds decay × row to the gradient: that of decay / 2 × ‖row‖².
    groups = [
        {"params": tables, "weight_decay": 2 * cost / n_ratings}
        for cost, tables in same_cost.items()
    ]
    return torch.optim.Adam(groups, lr=learning_rate, fused=True)


def _of_factors(named: dict, damping: float, model: nn.Module) -> dict[str, float]:
    """Biases and whatever else a model has are not damped, whatever their shape."""
    factors = [name for name in named if name.endswith("_factors")]
    if damping and not factors:
        raise ValueError(
            f"damping={damping} is a price of factors, and no table of this "
            f"{type(model).__name__} has a name that ends with _factors. Name those to "
            f"damp, as in damping={{{next(iter(named))!r}: {damping}}}."
        )
    return dict.fromkeys(factors, damping)


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
