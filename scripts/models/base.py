"""What all models share: a prediction, and a list for one user."""

import torch

from .arguments import check_count, check_finite
from .tables import FactorTables, as_indices


class Predictor:
    """A model that can say its numbers as `FactorTables` predicts through them.

    `fit` puts them in `_tables`; a model that keeps them elsewhere overrides `tables`.
    """

    _tables: FactorTables | None = None

    def tables(self) -> FactorTables:
        """What `fit` has found. Raises `NotFitted` before it."""
        if self._tables is None:
            raise NotFitted(self)
        return self._tables

    def predict(self, users, items) -> torch.Tensor:
        """Predicted stars, float32 (n,), for n pairs of indices; see `FactorTables`."""
        return self.tables().predict(users, items)

    def scores(self, users) -> torch.Tensor:
        """Predicted stars of every item, (len(users), n_items)."""
        return self.tables().scores(users)

    def recommend_for_user(self, user: int, top_k: int = 10, exclude_rated=None):
        """The `top_k` items with the most predicted stars, best first.

        `exclude_rated` are the item indices to leave out, usually those that the user
        has rated. Returns `(items, scores)`, int64 and float32 tensors of length
        `top_k`, or shorter where less is left. Equal scores keep the items' order.
        Raises `ValueError` for a `top_k` that is not a whole number of 0 or more and
        for a model with NaN in it, `IndexError` for indices that the model has not.
        """
        check_count("top_k", top_k, at_least=0, example=10)
        scores = self.scores([int(user)])[0]
        check_finite(scores, self)
        allowed = torch.ones(len(scores), dtype=torch.bool)
        if exclude_rated is not None:
            allowed[as_indices(exclude_rated, len(scores), "item")] = False
        items = torch.nonzero(allowed).squeeze(-1)
        best = scores[items].sort(descending=True, stable=True).indices[:top_k]
        return items[best], scores[items[best]]


class NotFitted(RuntimeError):
    """The model has seen no ratings yet."""

    def __init__(self, model):
        name = type(model).__name__
        super().__init__(f"This {name} has not been fitted: call {name}(…).fit(train).")
