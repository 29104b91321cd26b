"""Predictions of models that keep no factors: sums over what each user has rated.

For students: EASE and the neighbour methods of lab 09 predict with these.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F

from .tables import as_indices, check_pairs

FLOATS_AT_ONCE = 1 << 24
"""Users are answered in parts that have at most this many scores (64 MB)."""


class SparseTables(NamedTuple):
    """score(u, i) = Σ over the entries (j, w) of user u of  w · item_rows[j, i].

    As `FactorTables`, with long sparse rows in place of the user's factors: float32, on
    the CPU. The mean and the biases are zeros, since such scores are no stars.

    weights: (n,), the entries of all users one after another; item_rows: (m, n_items);
    columns: int64 (n,), the row of `item_rows` that each entry meets; offsets: int64
    (n_users + 1,), where each user's entries begin.

    >>> tables = SparseTables.of(torch.tensor([0, 0, 1]), torch.tensor([0, 2, 1]),
    ...                          torch.ones(3), torch.eye(3) * 2, n_users=2)
    >>> tables.scores([0]).tolist(), tables.predict([1], [1]).tolist()
    ([[2.0, 0.0, 2.0]], [2.0])
    """

    mean: float
    user_bias: torch.Tensor
    item_bias: torch.Tensor
    weights: torch.Tensor
    item_rows: torch.Tensor
    columns: torch.Tensor
    offsets: torch.Tensor

    @classmethod
    def of(cls, users, columns, weights, item_rows, n_users: int) -> "SparseTables":
        """From entries in any order: user, column and weight of each, all (n,)."""
        order = torch.argsort(users * len(item_rows) + columns)
        counts = torch.bincount(users, minlength=n_users)
        return cls(
            0.0,
            item_rows.new_zeros(n_users),
            item_rows.new_zeros(item_rows.shape[1]),
            weights[order].float(),
            item_rows,
            columns[order],
            F.pad(counts.cumsum(0), (1, 0)),
        )

    @property
    def n_users(self) -> int:
        return len(self.user_bias)

    @property
    def n_items(self) -> int:
        return len(self.item_bias)

    def predict(self, users, items) -> torch.Tensor:
        """Scores, float32 (n,), for n pairs of indices; 0 for strangers.

        Each user asked for is scored once, for all movies. Raises as `FactorTables`.
        """
        users = as_indices(users, self.n_users, "user", unknown=True)
        items = as_indices(items, self.n_items, "item", unknown=True)
        check_pairs(users, items)
        asked, places = users.unique(return_inverse=True)
        found = self.weights.new_zeros(len(users))
        size = max(1, FLOATS_AT_ONCE // max(1, self.n_items))
        for start in range(0, len(asked), size):
            scores = self.scores(asked[start : start + size])
            here = (places >= start) & (places < start + size) & (items >= 0)
            found[here] = scores[places[here] - start, items[here]]
        return found

    def scores(self, users) -> torch.Tensor:
        """Scores of every item for these users, (len(users), n_items)."""
        users = as_indices(users, self.n_users, "user", unknown=True)
        known = users.clamp(min=0)
        sizes = self.offsets[known + 1] - self.offsets[known]
        sizes[users < 0] = 0
        ends = sizes.cumsum(0)
        # Entry e of the answer is entry e - (start of its bag) of its user.
        shift = (self.offsets[known] - (ends - sizes)).repeat_interleave(sizes)
        entries = torch.arange(len(shift)) + shift
        return F.embedding_bag(
            self.columns[entries],
            self.item_rows,
            ends - sizes,
            mode="sum",
            per_sample_weights=self.weights[entries],
        )
