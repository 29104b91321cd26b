"""What every model of the course is when it predicts: μ + b_u + b_i + p_u · q_i.

For students: training differs from model to model, and predicting does not.
"""

from typing import NamedTuple

import numpy as np
import torch

from data_utils import UNKNOWN

FLOATS_AT_ONCE = 1 << 24
"""Pairs are answered in parts that look up at most this many floats (64 MB)."""


class FactorTables(NamedTuple):
    """The numbers behind a prediction, float32, on the CPU, without gradients.

    mean: stars; user_bias (n_users,), item_bias (n_items,): stars;
    user_factors (n_users, k), item_factors (n_items, k). A model without biases or
    without factors holds zeros or k = 0.

    >>> tables = FactorTables(3.0, torch.tensor([0.5]), torch.tensor([0.25, -1.0]),
    ...                       torch.tensor([[1.0, 2.0]]),
    ...                       torch.tensor([[0.5, 0.5], [0.0, -1.0]]))
    >>> tables.predict([0, 0], [0, 1]).tolist()  # 3 + .5 + .25 + 1.5, 3 + .5 - 1 - 2
    [5.25, 0.5]
    >>> tables.predict([UNKNOWN], [1]).tolist()  # a new user: μ + b_i
    [2.0]
    """

    mean: float
    user_bias: torch.Tensor
    item_bias: torch.Tensor
    user_factors: torch.Tensor
    item_factors: torch.Tensor

    @classmethod
    def of_biases(cls, mean: float, user_bias, item_bias) -> "FactorTables":
        """Tables without factors: k = 0."""
        no_factors = (bias.new_zeros(len(bias), 0) for bias in (user_bias, item_bias))
        return cls(mean, user_bias, item_bias, *no_factors)

    def to(self, device) -> "FactorTables":
        """The same numbers on `device`, where `predict` and `scores` then work.

        >>> FactorTables.of_biases(3.0, torch.ones(2), torch.ones(2)).to("cpu").mean
        3.0
        """
        return self._make([self.mean, *(table.to(device) for table in self[1:])])

    @property
    def n_users(self) -> int:
        return len(self.user_bias)

    @property
    def n_items(self) -> int:
        return len(self.item_bias)

    def predict(self, users, items) -> torch.Tensor:
        """Predicted stars, float32 (n,), unclipped, for n pairs of indices.

        A user or movie that the model has never seen has the index `UNKNOWN` (-1) and
        contributes nothing: a new user gets μ + b_i, a new movie μ + b_u. Raises
        `IndexError` for any other index outside the tables, `TypeError` for indices
        that are not whole numbers, `ValueError` where users and items do not pair up.
        """
        users = as_indices(users, self.n_users, "user", unknown=True)
        items = as_indices(items, self.n_items, "item", unknown=True)
        check_pairs(users, items)
        size = max(1, FLOATS_AT_ONCE // max(1, self.item_factors.shape[1]))
        parts = zip(users.split(size), items.split(size), strict=True)
        return torch.cat([self._rate(u, i) for u, i in parts])

    def scores(self, users) -> torch.Tensor:
        """Predicted stars of every item for these users, (len(users), n_items).

        Strangers, and what raises, as in `predict`.
        """
        users = as_indices(users, self.n_users, "user", unknown=True)
        p, base = _rows(self.user_factors, users), _rows(self.user_bias, users)
        scores = torch.addmm(self.item_bias, p, self.item_factors.T)
        return scores.add_(base.add_(self.mean)[:, None])

    def _rate(self, users, items) -> torch.Tensor:
        p, q = _rows(self.user_factors, users), _rows(self.item_factors, items)
        bias = _rows(self.user_bias, users) + _rows(self.item_bias, items)
        return self.mean + bias + (p * q).sum(-1)


def _rows(table: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    """`table[rows]`, with zeros for `UNKNOWN`; only the rows asked for are copied."""
    found = table.index_select(0, rows.clamp(min=0))
    unknown = rows == UNKNOWN
    if unknown.any():
        found[unknown] = 0
    return found


def check_pairs(users: torch.Tensor, items: torch.Tensor) -> None:
    """As many users as items; raises `ValueError` otherwise."""
    if len(users) != len(items):
        raise ValueError(
            f"{len(users):,} users and {len(items):,} items do not make pairs: "
            "give as many users as items."
        )


def as_indices(values, size: int, kind: str, unknown: bool = False) -> torch.Tensor:
    """Indices as an int64 tensor (n,), checked to be rows of a table of `size` rows.

    One number is n = 1. `unknown=True` lets `UNKNOWN` pass. Raises `TypeError` for
    anything but integers, `ValueError` for a wrong shape, `IndexError` outside.
    """
    indices = values if isinstance(values, torch.Tensor) else _tensor(values, kind)
    if indices.numel() and (indices.is_floating_point() or indices.dtype == torch.bool):
        raise TypeError(
            f"{kind} indices are whole numbers, not {indices.dtype}: "
            "IdMap.encode turns raw ids into them."
        )
    indices = indices.long().reshape(1) if indices.ndim == 0 else indices.long()
    if indices.ndim != 1:
        raise ValueError(
            f"{kind} indices need the shape (n,), and these have the shape "
            f"{tuple(indices.shape)}: flatten them or drop the extra dimension."
        )
    lowest = UNKNOWN if unknown else 0
    if len(indices) == 0:
        return indices
    low, high = (end.item() for end in indices.aminmax())
    if low < lowest or high >= size:
        outside = indices[(indices < lowest) | (indices >= size)][0].item()
        raise IndexError(
            f"{kind} index {outside} is not in this model, whose {kind} indices run "
            f"from 0 to {size - 1}. IdMap.encode turns a raw id into an index."
        )
    return indices


def _tensor(values, kind: str) -> torch.Tensor:
    """What numpy can read: a list, a range, an array, a column of a table, a number."""
    try:
        array = np.asarray(values)
    except ValueError:  # lists of different lengths
        array = np.asarray(None)
    if array.size and not np.issubdtype(array.dtype, np.integer):
        given = type(values).__name__
        given += "" if array.dtype == object else f" of {array.dtype}"
        raise TypeError(
            f"{kind} indices are whole numbers, in a tensor, an array or a list; this "
            f"is a {given}. IdMap.encode turns raw ids into them."
        )
    # A copy, for pandas' arrays are read-only, and a tensor on one of those warns.
    return torch.from_numpy(array.astype(np.int64))
