"""What an epoch changes: the history, the weights, and the file that keeps them.

For students who want to know what a checkpoint has to hold.
"""

import copy
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import torch

from atomic import writing

PARTS = {"model", "optimizer", "generator", "epochs", "best_weights"}
"""What a checkpoint holds."""


class BadCheckpoint(RuntimeError):
    """The file is not a checkpoint, or it is one of another model or optimizer."""


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


class Run:
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
        """Add a row to the history; keep the weights if they are the best so far."""
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
        """Put the weights of the best epoch back, if there was validation."""
        if self.best_weights is not None:
            self.model.load_state_dict(self.best_weights)

    def save(self, path) -> None:
        """Write the run to a file: the whole of it, or nothing."""
        state = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "generator": self.generator.get_state(),
            "epochs": self.history.epochs,
            "best_weights": self.best_weights,
        }
        with writing(Path(path)) as file:
            torch.save(state, file)

    def load(self, path) -> None:
        """Go on from a file that `save` wrote, on whatever device that was.

        Raises `FileNotFoundError` or `BadCheckpoint`; the model is then as it was.
        """
        if path is None or not Path(path).exists():
            raise FileNotFoundError(
                f"There is no checkpoint at {path} to resume from: train once with "
                "checkpoint=… and resume=False."
            )
        state = _read(path)
        _check_shapes(self.model, state["model"], path)
        try:
            self.optimizer.load_state_dict(state["optimizer"])
        except (ValueError, KeyError) as error:
            raise BadCheckpoint(
                f"The checkpoint {path} was made with another optimizer, or with "
                f"another reg_per_row ({error}). Resume with the settings that began "
                "the run, or begin anew with resume=False."
            ) from error
        self.model.load_state_dict(state["model"])
        self.generator.set_state(state["generator"])
        self.history.epochs = state["epochs"]
        self.best_weights = state["best_weights"]


def _read(path) -> dict:
    try:
        # To the CPU first: the file may come from a machine with a GPU.
        state = torch.load(path, map_location="cpu", weights_only=True)
    except OSError:
        raise
    except Exception as error:  # unpickling other files fails in many ways
        raise BadCheckpoint(_no_checkpoint(path)) from error
    if not isinstance(state, dict) or state.keys() != PARTS:
        raise BadCheckpoint(_no_checkpoint(path))
    return state


def _no_checkpoint(path) -> str:
    return (
        f"{path} is not a checkpoint that fit has written: it is damaged, or another "
        "file. Give the right file, or delete it and begin anew with resume=False."
    )


def _check_shapes(model, weights: dict, path) -> None:
    expected = {name: tuple(t.shape) for name, t in model.state_dict().items()}
    found = {name: tuple(t.shape) for name, t in weights.items()}
    if differing := sorted(expected.items() ^ found.items()):
        name = differing[0][0]
        raise BadCheckpoint(
            f"The checkpoint {path} is of another model: its {name} is "
            f"{found.get(name, 'not there')}, and that of this {type(model).__name__} "
            f"{expected.get(name, 'not there')}. Give the model that began the run, or "
            "begin anew with resume=False."
        )
