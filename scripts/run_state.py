"""What an epoch changes: the history, the weights, and the file that keeps them.

For students who want to know what a checkpoint has to hold.
"""

import copy
import io
import math
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from atomic import writing

HEAD = b"checkpoint of fit, format 2, sha256 "
"""A checkpoint is one line, HEAD and the hash of all that follows, and a torch.save."""


class BadCheckpoint(RuntimeError):
    """The file is not a whole checkpoint, or it is one of another run."""


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
    """All that an epoch changes, so that a run can be put away and taken up again.

    `settings` are what the digits depend on besides: numbers, names and data sets. A
    checkpoint holds them, and is taken up only under the same.
    """

    def __init__(self, model, optimizer, generator, **settings):
        self.model, self.optimizer, self.generator = model, optimizer, generator
        self.settings = settings
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

    @cached_property
    def conditions(self) -> dict[str, dict]:
        """What has to be the same when the run is taken up: name → value, in groups."""
        return {
            "class of model": {"class": type(self.model).__name__},
            "model": _tables(self.model),
            "run": {name: _described(value) for name, value in self.settings.items()},
            "optimizer": _groups(self.model, self.optimizer),
        }

    def save(self, path) -> None:
        """Write the run to a file: the whole of it, or nothing."""
        optimizer = self.optimizer.state_dict()
        optimizer["param_groups"] = _plain(optimizer["param_groups"])
        state = {
            "conditions": self.conditions,
            "model": self.model.state_dict(),
            "optimizer": optimizer,
            "generator": self.generator.get_state(),
            "global generator": torch.get_rng_state(),  # dropout draws from it
            "epochs": self.history.epochs,
            "best_weights": self.best_weights,
        }
        packed = io.BytesIO()
        torch.save(state, packed)
        with writing(Path(path)) as file:
            file.write(_first_line(packed.getbuffer()))
            file.write(packed.getbuffer())

    def load(self, path, epochs: float = math.inf) -> None:
        """Go on from a file that `save` wrote, on whatever device that was.

        It may hold at most `epochs` epochs. All is checked before anything changes:
        where this raises `FileNotFoundError` or `BadCheckpoint`, the run is as it was.
        """
        state = _read(Path(path))
        try:
            for kind, here in self.conditions.items():
                _compare(path, kind, state["conditions"][kind], here)
            self._try_out(state)
        except BadCheckpoint:
            raise
        except Exception as error:  # another version may have written anything
            raise BadCheckpoint(_damaged(path)) from error
        if len(state["epochs"]) > epochs:
            raise BadCheckpoint(
                f"The checkpoint {path} holds {len(state['epochs'])} epochs, and "
                f"epochs={epochs} was given. Give as many or more, or begin anew with "
                "resume=False."
            )
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.generator.set_state(state["generator"])
        torch.set_rng_state(state["global generator"])
        self.history.epochs = state["epochs"]
        self.best_weights = state["best_weights"]

    def _try_out(self, state: dict) -> None:
        """Raise some exception where `state` is not what `save` would have written.

        The optimizer's part is compared with that of a copy: PyTorch checks no shape
        there, and a step with a table of another shape writes beyond its memory.
        """
        weights = self.model.state_dict()
        _check_alike(state["model"], weights)
        if state["best_weights"] is not None:
            _check_alike(state["best_weights"], weights)
        for generator in ("generator", "global generator"):
            torch.Generator().set_state(state[generator])
        _check_history(state["epochs"], state["best_weights"] is not None)
        model, optimizer = copy.deepcopy((self.model, self.optimizer))
        there = state["optimizer"]["param_groups"]
        here = optimizer.state_dict()["param_groups"]
        for group, ours in zip(there, here, strict=True):
            rates = {"lr", "initial_lr"}
            _check(all(math.isfinite(group[name]) for name in rates & group.keys()))
            kept = [
                {name: repr(value) for name, value in each.items() if name not in rates}
                for each in (group, _plain(ours))
            ]
            _check("lr" in group and kept[0] == kept[1])  # as text: 0 is not False
        # What a first step makes of each table, whatever the optimizer is.
        optimizer.state.clear()
        for table in filter(lambda table: table.requires_grad, model.parameters()):
            table.grad = torch.zeros_like(table)
        optimizer.step()
        made = optimizer.state_dict()["state"]
        for table, kept in state["optimizer"]["state"].items():
            _check(_shapes(kept) == _shapes(made[table]))
        optimizer.load_state_dict(state["optimizer"])


def _check(holds: bool) -> None:
    if not holds:
        raise ValueError("not as it was written")


def _check_history(epochs: list[dict], validated: bool) -> None:
    _check(isinstance(epochs, list))
    for number, row in enumerate(epochs, 1):
        score = row["validation_rmse"]
        _check(set(row) == {"epoch", "train_rmse", "validation_rmse", "seconds"})
        _check(row["epoch"] == number and (score is not None) == validated)
        numbers = [value for value in row.values() if value is not None]
        _check(all(map(math.isfinite, numbers)) and len(numbers) == 3 + validated)


def _shapes(kept: dict) -> dict:
    return {
        name: (value.shape, value.dtype)
        if isinstance(value, torch.Tensor)
        else type(value)
        for name, value in kept.items()
    }


def _check_alike(there: dict, here: dict) -> None:
    _check(there.keys() == here.keys())
    for name, table in here.items():
        _check(there[name].shape == table.shape and there[name].dtype == table.dtype)


def _plain(value):
    """`value` with NumPy's numbers as Python's: a safe file holds no others."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_plain(each) for each in value)
    return value.tolist() if isinstance(value, np.generic | np.ndarray) else value


def _described(value):
    """A setting as a checkpoint holds it; of a data set, its size and a hash."""
    if hasattr(value, "ratings"):
        columns = (value.users, value.items, value.ratings)
        return f"{len(value):,} ratings (hash {_digest(*columns)})"
    return _plain(value.tolist() if isinstance(value, torch.Tensor) else value)


def _tables(model) -> dict[str, str]:
    """Shape and type of each tensor, and a hash of those that no file will hold."""
    state, found = model.state_dict(), {}
    trained = {name for name, table in model.named_parameters() if table.requires_grad}
    for name, table in [*model.named_parameters(), *model.named_buffers()]:
        found[name] = f"{tuple(table.shape)} {table.dtype}".replace("torch.", "")
        found[name] += "" if name in trained else ", not trained"
        found[name] += "" if name in state else f" (hash {_digest(table)})"
    return found


def _groups(model, optimizer) -> dict[str, object]:
    """The optimizer's class and groups, with the names of what they train."""
    names = {id(table): name for name, table in model.named_parameters()}
    found = {"class": type(optimizer).__name__}
    for number, group in enumerate(optimizer.param_groups, 1):
        # What the rate was before it was annealed.
        group = group | {"lr": group.get("initial_lr", group.get("lr"))}
        tables = [names[id(table)] for table in group.pop("params")]
        found[f"list of tables in group {number}"] = ", ".join(tables)
        for key, value in group.items():
            if key not in ("param_names", "initial_lr"):
                found[f"{key} in group {number}"] = _described(value)
    return found


def _digest(*tensors) -> str:
    found = sha256()
    for tensor in tensors:
        found.update(tensor.detach().cpu().reshape(-1).view(torch.uint8).numpy())
    return found.hexdigest()[:16]


def _compare(path, kind: str, there: dict, here: dict) -> None:
    differing = [
        f"its {name} is {there.get(name, 'not there')}, and here it is "
        f"{here.get(name, 'not there')}"
        for name in there | here
        if name not in there or name not in here or there[name] != here[name]
    ]
    if differing:
        raise BadCheckpoint(
            f"The checkpoint {path} is of another {kind}: {'; '.join(differing)}. "
            "Give the settings and the data that began the run, or begin anew with "
            "resume=False."
        )


def _first_line(payload) -> bytes:
    return HEAD + sha256(payload).hexdigest().encode() + b"\n"


def _read(path: Path) -> dict:
    try:
        with path.open("rb") as file:
            line = file.readline(len(_first_line(b"")))
            # Other files may be large, and are not read.
            payload = file.read() if line.startswith(HEAD) else b""
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f"There is no checkpoint at {path} to resume from: train once with "
            "checkpoint=… and resume=False."
        ) from error
    except OSError as error:
        raise BadCheckpoint(
            f"{path} cannot be read ({error.strerror}). Give the file that fit has "
            "written, or begin anew with resume=False."
        ) from error
    if line != _first_line(payload):
        raise BadCheckpoint(_damaged(path))
    try:
        # To the CPU first: the file may come from a machine with a GPU.
        return torch.load(io.BytesIO(payload), map_location="cpu", weights_only=True)
    except Exception as error:  # unpickling fails in many ways
        raise BadCheckpoint(_damaged(path)) from error


def _damaged(path) -> str:
    return (
        f"{path} is not a checkpoint that fit has written with this version of the "
        "course: it is damaged, of another version, or another file. Give the right "
        "file, or delete it and begin anew with resume=False."
    )
