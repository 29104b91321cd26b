"""Matrix factorization as PyTorch modules: a dot product, without and with biases."""

import torch
from torch import nn

from .arguments import check_factors
from .base import Predictor
from .tables import FactorTables, as_indices


class DotProductMF(Predictor, nn.Module):
    """r̂_ui = p_u · q_i, and nothing else: the model of the first tutorials.

    `init="normal"` draws the factors from N(0, 0.1²), around a prediction of zero
    stars; `init="uniform"` from [0, 0.05], where all products are positive.
    """

    def __init__(
        self,
        n_users: int,
        n_items: int,
        n_factors: int = 32,
        init: str = "normal",
        generator: torch.Generator | None = None,
    ):
        super().__init__()
        if init not in ("normal", "uniform"):
            raise ValueError(f'init={init!r}: choose "normal" or "uniform".')
        check_factors(n_factors)
        self.user_factors = nn.Embedding(n_users, n_factors)
        self.item_factors = nn.Embedding(n_items, n_factors)
        for table in (self.user_factors, self.item_factors):
            if init == "normal":
                nn.init.normal_(table.weight, std=0.1, generator=generator)
            else:
                nn.init.uniform_(table.weight, 0, 0.05, generator=generator)

    def forward(self, users, items) -> torch.Tensor:
        """Predicted stars (batch,) for indices users (batch,) and items (batch,)."""
        users, items = check_pairs(self, users, items)
        p, q = look_up(self.user_factors, users), look_up(self.item_factors, items)
        return (p * q).sum(-1)

    def penalty(self, users, items) -> torch.Tensor:
        """Mean over the batch of ‖p_u‖² + ‖q_i‖², a scalar.

        Only looked-up rows pay, once for each of their ratings: over an epoch this is
        the frequency-weighted L2 of the literature, Σ_u n_u ‖p_u‖² + Σ_i n_i ‖q_i‖².
        """
        of_users = mean_square(users, self.user_factors)
        return of_users + mean_square(items, self.item_factors)

    def tables(self) -> FactorTables:
        """The factors, with a mean and biases of zero."""
        users, items = self.user_factors.weight, self.item_factors.weight
        zeros = torch.zeros(len(users)), torch.zeros(len(items))
        return FactorTables(0.0, *zeros, users.detach().cpu(), items.detach().cpu())


class MatrixFactorization(Predictor, nn.Module):
    """r̂_ui = μ + b_u + b_i + p_u · q_i.

    Koren, Bell & Volinsky 2009, doi:10.1109/MC.2009.263. `mean` is μ in stars, the mean
    rating of the *training* data. It is no parameter: one that starts at zero spends
    its first epochs on learning μ. The biases start at zero, the factors at
    N(0, `init_sd`²): were both factors zero, so were their gradients.
    """

    def __init__(
        self,
        n_users: int,
        n_items: int,
        n_factors: int = 64,
        mean: float = 0.0,
        init_sd: float = 0.05,
        generator: torch.Generator | None = None,
    ):
        super().__init__()
        check_factors(n_factors)
        self.user_factors = nn.Embedding(n_users, n_factors)
        self.item_factors = nn.Embedding(n_items, n_factors)
        self.user_bias = nn.Embedding(n_users, 1)
        self.item_bias = nn.Embedding(n_items, 1)
        self.register_buffer("mean", torch.tensor(float(mean)))
        for table in (self.user_factors, self.item_factors):
            nn.init.normal_(table.weight, std=init_sd, generator=generator)
        for table in (self.user_bias, self.item_bias):
            nn.init.zeros_(table.weight)

    def forward(self, users, items) -> torch.Tensor:
        """Predicted stars (batch,) for indices users (batch,) and items (batch,)."""
        users, items = check_pairs(self, users, items)
        match = self.user_vectors(users) * look_up(self.item_factors, items)
        bias = look_up(self.user_bias, users) + look_up(self.item_bias, items)
        return self.mean + bias.squeeze(-1) + match.sum(-1)

    def user_vectors(self, users) -> torch.Tensor:
        """What meets q_i, (batch, k): here p_u; a subclass may know more of a user."""
        return look_up(self.user_factors, users)

    def penalty(self, users, items) -> torch.Tensor:
        """Mean over the batch of ‖p_u‖² + ‖q_i‖² + b_u² + b_i², a scalar."""
        of_users = mean_square(users, self.user_factors, self.user_bias)
        return of_users + mean_square(items, self.item_factors, self.item_bias)

    @torch.no_grad()
    def tables(self) -> FactorTables:
        """μ, the biases, and the vectors that meet in the dot product."""
        everyone = torch.arange(len(self.user_bias.weight), device=self.mean.device)
        return FactorTables(
            self.mean.item(),
            self.user_bias.weight.detach().squeeze(-1).cpu(),
            self.item_bias.weight.detach().squeeze(-1).cpu(),
            self.user_vectors(everyone).cpu(),
            self.item_factors.weight.detach().cpu(),
        )


def look_up(table: nn.Embedding, rows) -> torch.Tensor:
    """`table(rows)`, (batch, k), with a backward pass several times as quick.

    On a CPU the gradient of an embedding is summed up row by row, and that was a
    quarter of the time of training with large batches; index_select's is one call.
    """
    return table.weight.index_select(0, rows)


def mean_square(rows, *tables: nn.Embedding) -> torch.Tensor:
    """Mean over the batch of ‖table[row]‖², added over `tables`, a scalar.

    The same as Σ count(row) ‖row‖² / batch, which is quicker than looking the rows up
    again: its gradient scatters nothing.
    """
    squares = sum(table.weight.square().sum(-1) for table in tables)
    counts = torch.bincount(rows, minlength=len(squares))
    return counts.to(squares.dtype) @ squares / len(rows)


def check_pairs(model: nn.Module, users, items):
    """`users` and `items` as indices (batch,) that `model` has rows for."""
    users = as_indices(users, model.user_factors.num_embeddings, "user")
    items = as_indices(items, model.item_factors.num_embeddings, "item")
    if len(users) != len(items):
        raise ValueError(
            f"{len(users):,} users and {len(items):,} items do not make pairs: "
            "give as many of the one as of the other."
        )
    return users, items
