"""What all models share: predictions, a list for one user, and a readable name.

For students: this is the contract. Hyperparameters go to the constructor, `fit(train)`
returns the model and gives the same result when it is called again, and whatever the
method was, predictions come from the same five tables (`FactorTables`).
"""

import inspect
from abc import ABC, abstractmethod

import torch

from data_utils import RatingsDataset

from .arguments import check_count, check_finite
from .tables import FactorTables, as_indices


class Predictor(ABC):
    """A model that can give its numbers as `FactorTables`, and predicts with them."""

    @abstractmethod
    def tables(self) -> FactorTables:
        """The numbers behind the predictions. Raises `NotFitted` where none are yet."""

    def predict(self, users, items) -> torch.Tensor:
        """Predicted stars, float32 (n,), for n pairs of indices; see `FactorTables`."""
        return self.tables().predict(users, items)

    def scores(self, users) -> torch.Tensor:
        """Predicted stars of every item, float32 (len(users), n_items)."""
        return self.tables().scores(users)

    def recommend_for_user(self, user: int, top_k: int = 10, exclude_rated=None):
        """The `top_k` items with the most predicted stars, best first.

        `user` is an index, not a raw id (`recommend.recommend_for_user_id` takes raw
        ids). `exclude_rated` are the item indices to leave out, usually those that the
        user has rated. Returns `(items, scores)`, int64 and float32 tensors of length
        `top_k`, or shorter where fewer items are left. Equal scores keep the items'
        order. Raises `ValueError` for a `top_k` that is not a whole number of 1 or more
        and for a model with NaN in it, `IndexError` for indices that the model does not
        have.
        """
        check_count("top_k", top_k, at_least=1, example=10)
        scores = self.scores([int(user)])[0]
        check_finite(scores, self)
        allowed = torch.ones(len(scores), dtype=torch.bool)
        if exclude_rated is not None:
            allowed[as_indices(exclude_rated, len(scores), "item")] = False
        items = torch.nonzero(allowed).squeeze(-1)
        best = scores[items].sort(descending=True, stable=True).indices[:top_k]
        return items[best], scores[items[best]]

    def __repr__(self) -> str:
        """The class with its settings, as the constructor takes them."""
        names = inspect.signature(type(self)).parameters
        settings = ", ".join(f"{name}={_shown(getattr(self, name))}" for name in names)
        return f"{type(self).__name__}({settings})"


class Estimator(Predictor):
    """A `Predictor` that learns by its own `fit`, which puts its numbers in `_tables`.

    The others are `nn.Module`s, which `training.fit` trains.
    """

    _tables: FactorTables | None = None

    @abstractmethod
    def fit(self, train: RatingsDataset) -> "Estimator":
        """Learn from `train` and return the model.

        Called again, it starts anew, from the same seed. Raises `ValueError` for no
        training rows, and for rows of users or movies outside the maps of `train`.
        """

    def tables(self) -> FactorTables:
        """What `fit` has found. Raises `NotFitted` before it."""
        if self._tables is None:
            raise NotFitted(self)
        return self._tables


class NotFitted(RuntimeError):
    """The model has seen no ratings yet."""

    def __init__(self, model):
        name = type(model).__name__
        super().__init__(f"This {name} has not been fitted: call {name}(…).fit(train).")


def _shown(value) -> str:
    if isinstance(value, torch.Tensor):
        value = value.item()
    return f"{value:g}" if isinstance(value, float) else repr(value)
