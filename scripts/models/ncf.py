"""Neural collaborative filtering: a product and a small network, side by side.

For students: read aloud in lab 09.
"""

import torch
from torch import nn

from data_utils import UNKNOWN, seeded

from .arguments import check_sizes
from .base import Predictor
from .factorization import look_up
from .tables import as_indices, check_pairs

FLOATS_AT_ONCE = 1 << 22
"""Pairs are answered in parts of at most this many floats in a layer (16 MB)."""


class NCF(Predictor, nn.Module):
    """score = h · [p_u ∘ q_i ; MLP(p'_u, q'_i)] + b, after He et al. 2017.

    doi:10.1145/3038912.3052569, "NeuMF". The first half (GMF) is a dot product with a
    weight for each factor; the second lets a network of one hidden layer of
    2 `n_factors` and an output of `n_factors` units (ReLU) find another rule. Each half
    has tables of its own. Rendle et al. 2020 (doi:10.1145/3383313.3412488) found that a
    well-tuned dot product is hard to beat with it. Scores are log-odds, no stars.

    Train it by `ranking.fit_ranking`. A network is not a dot product: there are no
    `tables`, and a stranger's score is b.

    >>> model = NCF(n_users=3, n_items=4, n_factors=2)
    >>> model.scores([0, 2]).shape
    torch.Size([2, 4])
    """

    def __init__(self, n_users: int, n_items: int, n_factors: int = 16, seed: int = 0):
        super().__init__()
        check_sizes(n_users, n_items, n_factors)
        self.n_users, self.n_items, self.n_factors = n_users, n_items, n_factors
        self.seed = seed
        self.user_factors = nn.Embedding(n_users, n_factors)
        self.item_factors = nn.Embedding(n_items, n_factors)
        self.user_mlp_factors = nn.Embedding(n_users, n_factors)
        self.item_mlp_factors = nn.Embedding(n_items, n_factors)
        self.hidden = nn.Linear(2 * n_factors, 2 * n_factors)
        self.out = nn.Linear(2 * n_factors, n_factors)
        self.head = nn.Linear(2 * n_factors, 1)
        generator = seeded(seed)
        for name, weights in self.named_parameters():
            if name.endswith("bias"):
                nn.init.zeros_(weights)
            elif "factors" in name:
                nn.init.normal_(weights, std=0.1, generator=generator)
            else:
                nn.init.xavier_uniform_(weights, generator=generator)

    def forward(self, users, items) -> torch.Tensor:
        """Log-odds (batch,) for indices users (batch,) and items (batch,)."""
        users = as_indices(users, self.n_users, "user")
        items = as_indices(items, self.n_items, "item")
        check_pairs(users, items)
        product = look_up(self.user_factors, users) * look_up(self.item_factors, items)
        parts = (
            look_up(self.user_mlp_factors, users),
            look_up(self.item_mlp_factors, items),
        )
        network = self.out(self.hidden(torch.cat(parts, dim=1)).relu()).relu()
        return self.head(torch.cat([product, network], dim=1)).squeeze(-1)

    def tables(self):
        """Raises `TypeError`: a network cannot be given as tables."""
        raise TypeError(
            "An NCF is no dot product, so no tables of factors give its scores: ask "
            "predict(users, items) or scores(users)."
        )

    @torch.no_grad()
    def predict(self, users, items) -> torch.Tensor:
        """Log-odds, float32 (n,), for n pairs; the bias b where one is a stranger."""
        users = as_indices(users, self.n_users, "user", unknown=True)
        items = as_indices(items, self.n_items, "item", unknown=True)
        check_pairs(users, items)
        device = self.head.bias.device
        size = max(1, FLOATS_AT_ONCE // (4 * self.n_factors))
        parts = [
            self(u.clamp(min=0).to(device), i.clamp(min=0).to(device)).cpu()
            for u, i in zip(users.split(size), items.split(size), strict=True)
        ]
        stranger = (users == UNKNOWN) | (items == UNKNOWN)
        found = torch.cat(parts).float()
        return found.masked_fill(stranger, self.head.bias.item())

    def scores(self, users) -> torch.Tensor:
        """Log-odds of every item for these users, float32 (len(users), n_items)."""
        users = as_indices(users, self.n_users, "user", unknown=True)
        pairs = users.repeat_interleave(self.n_items)
        every = torch.arange(self.n_items).repeat(len(users))
        return self.predict(pairs, every).view(len(users), self.n_items)
