"""Training a factorization: the loop, validation, early stopping, checkpoints."""

import copy
import math
import os
import time
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import torch
from torch import nn
from torch.utils.data import DataLoader

from data_utils import RatingsDataset, ratings_loader
from metrics import mae, rmse
from reporting import progress


class TrainingDiverged(RuntimeError):
    """The loss is no longer a finite number."""


@dataclass
class History:
    """What happened in each epoch of a `fit`.

    `epochs` is a list of rows: epoch (from 1), train_rmse (stars, over the epoch as it
    went by), validation_rmse (stars, after the epoch; None without validation data),
    seconds (since the start, training and validation together).
    """

    epochs: list[dict] = field(default_factory=list)

    def frame(self) -> pd.DataFrame:
        """The rows as a table."""
        return pd.DataFrame(self.epochs)

    @property
    def best(self) -> dict:
        """The row of the lowest validation RMSE; without validation data, the last."""
        if not self.epochs:
            raise ValueError("No epoch has been trained yet.")
        if self.epochs[-1]["validation_rmse"] is None:
            return self.epochs[-1]
        return min(self.epochs, key=lambda row: row["validation_rmse"])

    @property
    def best_epoch(self) -> int:
        return self.best["epoch"]

    @property
    def best_rmse(self) -> float | None:
        return self.best["validation_rmse"]


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
    `damping` is one number for all factors, or numbers by the names of their tables:
    {"user_factors": 5, "item_factors": 5}. With `anneal` the learning rate falls in
    equal steps, one an epoch, to zero after the last: the batches' noise dies out.

    With `validation` the weights of the best epoch are put back at the end, and
    `patience` epochs without a new best end the training early. `checkpoint` names a
    file that is rewritten whole after each epoch; `resume=True` goes on from it and
    reaches the digits of an uninterrupted run. Raises `TrainingDiverged`.
    """
    if epochs < 1:
        raise ValueError(f"epochs={epochs}: train for one epoch or more.")
    if patience is not None and validation is None:
        raise ValueError("patience needs validation data to lose patience over.")
    if damping and optimizer is not None:
        raise ValueError(
            "damping is the weight decay of the Adam that fit makes: give your own "
            "optimizer a weight_decay of 2 × damping / len(train) instead."
        )
    generator = generator or torch.Generator().manual_seed(0)
    optimizer = optimizer or _adam(model, learning_rate, damping, len(train))
    run = _Run(model, optimizer, generator)
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
        score = evaluate(model, validation)["rmse"] if validation else None
        run.record(epoch, math.sqrt(train_mse), score, time.perf_counter() - start)
        if checkpoint:
            run.save(checkpoint)
        if show_progress and score is not None:
            bar.set_postfix_str(f"validation RMSE {score:.4f}", refresh=False)
    run.restore_best()
    return run.history


def _adam(model: nn.Module, learning_rate: float, damping, n_ratings: int):
    named = {n.removesuffix(".weight"): table for n, table in model.named_parameters()}
    if not isinstance(damping, dict):
        # Biases, which are tables of one column, are not damped.
        damping = {n: damping for n, table in named.items() if table.shape[-1] > 1}
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


def _set_rate(optimizer: torch.optim.Optimizer, share: float) -> None:
    # The optimizer's state holds initial_lr, so a resumed run goes on from it.
    for group in optimizer.param_groups:
        group["lr"] = share * group.setdefault("initial_lr", group["lr"])


class _Run:
    """All that an epoch changes, so that a run can be put away and taken up again."""

    def __init__(self, model, optimizer, generator):
        self.model, self.optimizer, self.generator = model, optimizer, generator
        self.history = History()
        self.best_weights = None

    @property
    def stale(self) -> int:
        """Epochs since the best one."""
        epochs = self.history.epochs
        return len(epochs) - self.history.best_epoch if epochs else 0

    @property
    def seconds(self) -> float:
        return self.history.epochs[-1]["seconds"] if self.history.epochs else 0.0

    def record(self, epoch, train_rmse, validation_rmse, seconds) -> None:
        self.history.epochs.append(
            {
                "epoch": epoch,
                "train_rmse": train_rmse,
                "validation_rmse": validation_rmse,
                "seconds": seconds,
            }
        )
        if validation_rmse is not None and self.history.best_epoch == epoch:
            self.best_weights = copy.deepcopy(self.model.state_dict())

    def restore_best(self) -> None:
        if self.best_weights is not None:
            self.model.load_state_dict(self.best_weights)

    def save(self, path) -> None:
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        state = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "generator": self.generator.get_state(),
            "epochs": self.history.epochs,
            "best_weights": self.best_weights,
        }
        try:
            torch.save(state, part)
            os.replace(part, path)  # whole or not at all
        finally:
            part.unlink(missing_ok=True)

    def load(self, path) -> None:
        if path is None or not Path(path).exists():
            raise FileNotFoundError(
                f"There is no checkpoint at {path} to resume from: train once with "
                "checkpoint=… and resume=False."
            )
        state = torch.load(path, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.generator.set_state(state["generator"])
        self.history.epochs = state["epochs"]
        self.best_weights = state["best_weights"]


def _errors(predicted: torch.Tensor, ratings: torch.Tensor) -> torch.Tensor:
    # (n, 1) minus (n,) is (n, n) without a word from PyTorch, and trains on nonsense.
    if predicted.shape != ratings.shape:
        raise ValueError(
            f"The model predicts shape {tuple(predicted.shape)} for ratings of shape "
            f"{tuple(ratings.shape)}: they must be equal. squeeze(-1) drops a last "
            "dimension of one."
        )
    return predicted - ratings
