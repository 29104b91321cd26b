"""Matrix factorization as PyTorch modules: a dot product, without and with biases.

For students: read aloud in lab 02.
"""

import torch
from torch import nn

from data_utils import seeded

from .arguments import check_positive, check_sizes, is_number
from .base import Predictor
from .tables import FactorTables, as_indices, check_pairs


class DotProductMF(Predictor, nn.Module):
    """r̂_ui = p_u · q_i, and nothing else: the model of the first tutorials.

    `init="normal"` draws the factors from N(0, 0.1²), around a prediction of zero
    stars; `init="uniform"` from [0, 0.05], where all products are positive.

    >>> model = DotProductMF(n_users=3, n_items=4, n_factors=2)
    >>> p, q = model.user_factors.weight[2], model.item_factors.weight[0]
    >>> bool(torch.isclose(model([2], [0])[0], p @ q))
    True
    """

    def __init__(
        self,
        n_users: int,
        n_items: int,
        n_factors: int = 32,
        init: str = "normal",
        seed: int = 0,
    ):
        super().__init__()
        if init not in ("normal", "uniform"):
            raise ValueError(f'init={init!r}: choose "normal" or "uniform".')
        check_sizes(n_users, n_items, n_factors)
        self.n_users, self.n_items, self.n_factors = n_users, n_items, n_factors
        self.init, self.seed = init, seed
        self.user_factors = nn.Embedding(n_users, n_factors)
        self.item_factors = nn.Embedding(n_items, n_factors)
        generator = seeded(seed)
        for table in (self.user_factors, self.item_factors):
            if init == "normal":
                nn.init.normal_(table.weight, std=0.1, generator=generator)
            else:
                nn.init.uniform_(table.weight, 0, 0.05, generator=generator)

    def forward(self, users, items) -> torch.Tensor:
        """Predicted stars (batch,) for indices users (batch,) and items (batch,)."""
        users, items = known_pairs(self, users, items)
        p, q = look_up(self.user_factors, users), look_up(self.item_factors, items)
        return (p * q).sum(-1)

    def penalty(self, users, items) -> torch.Tensor:
        """Mean over the batch of ‖p_u‖² + ‖q_i‖², a scalar, in stars.

        Only looked-up rows pay, once for each of their ratings: over an epoch this is
        the frequency-weighted L2 of the literature, Σ_u n_u ‖p_u‖² + Σ_i n_i ‖q_i‖².
        The squared errors beside it are in stars², so how much a given weight does
        depends on the unit of the ratings.
        """
        of_users = mean_square(users, self.user_factors)
        return of_users + mean_square(items, self.item_factors)

    def tables(self) -> FactorTables:
        """The factors, with a mean and biases of zero."""
        p, q = on_cpu(self.user_factors.weight), on_cpu(self.item_factors.weight)
        return FactorTables(0.0, p.new_zeros(len(p)), q.new_zeros(len(q)), p, q)


class MatrixFactorization(Predictor, nn.Module):
    """r̂_ui = μ + b_u + b_i + p_u · q_i.

    Koren, Bell & Volinsky 2009, doi:10.1109/MC.2009.263. `mean` is μ in stars, the mean
    rating of the *training* data. It is not a parameter: one that starts at zero spends
    its first epochs on learning μ. The biases start at zero and the factors at
    N(0, `init_sd`²), because where both factors are zero, so are their gradients.

    >>> model = MatrixFactorization(n_users=3, n_items=4, n_factors=2, mean=3.5)
    >>> [round(stars, 1) for stars in model.predict([0, 1], [3, 3]).tolist()]
    [3.5, 3.5]
    """

    def __init__(
        self,
        n_users: int,
        n_items: int,
        n_factors: int = 64,
        mean: float = 0.0,
        init_sd: float = 0.05,
        seed: int = 0,
    ):
        super().__init__()
        check_sizes(n_users, n_items, n_factors)
        check_positive("init_sd", init_sd, example=0.05, or_zero=True)
        if not is_number(mean):
            raise ValueError(
                f"mean={mean!r} was given; it is the mean of the training ratings, in "
                "stars, for example 3.5."
            )
        self.n_users, self.n_items, self.n_factors = n_users, n_items, n_factors
        self.init_sd, self.seed = init_sd, seed
        self.user_factors = nn.Embedding(n_users, n_factors)
        self.item_factors = nn.Embedding(n_items, n_factors)
        self.user_bias = nn.Embedding(n_users, 1)
        self.item_bias = nn.Embedding(n_items, 1)
        self.register_buffer("mean", torch.tensor(float(mean)))
        generator = seeded(seed)
        for table in (self.user_factors, self.item_factors):
            nn.init.normal_(table.weight, std=init_sd, generator=generator)
        for table in (self.user_bias, self.item_bias):
            nn.init.zeros_(table.weight)

    def forward(self, users, items) -> torch.Tensor:
        """Predicted stars (batch,) for indices users (batch,) and items (batch,)."""
        users, items = known_pairs(self, users, items)
        p = self.user_vectors().index_select(0, users)
        q = self.item_vectors().index_select(0, items)
        bias = look_up_bias(self.user_bias, users) + look_up_bias(self.item_bias, items)
        return self.mean + bias + (p * q).sum(-1)

    def user_vectors(self) -> torch.Tensor:
        """What meets q_i, (n_users, k): here p_u; a subclass may know more."""
        return self.user_factors.weight

    def item_vectors(self) -> torch.Tensor:
        """What meets the user's vector, (n_items, k): here q_i."""
        return self.item_factors.weight

    def penalty(self, users, items) -> torch.Tensor:
        """Mean over the batch of ‖p_u‖² + ‖q_i‖² + b_u² + b_i², a scalar.

        Who pays, and in which unit: as in `DotProductMF.penalty`.
        """
        of_users = mean_square(users, self.user_factors, self.user_bias)
        return of_users + mean_square(items, self.item_factors, self.item_bias)

    @torch.no_grad()
    def tables(self) -> FactorTables:
        """μ, the biases, and the vectors that meet in the dot product."""
        return FactorTables(
            self.mean.item(),
            on_cpu(self.user_bias.weight).squeeze(-1),
            on_cpu(self.item_bias.weight).squeeze(-1),
            on_cpu(self.user_vectors()),
            on_cpu(self.item_vectors()),
        )

    @torch.no_grad()
    def rescale(self, mean: float, unit: float) -> None:
        """Turn a model of (r - mean) / unit into the model of r, in place.

        Afterwards each prediction x is mean + unit × x: biases grow by `unit`, and
        factors by its square root, since two of them meet. So a model that was trained
        on `train.standardized()` is told the scale that people use.
        """
        for name, parameter in self.named_parameters():
            parameter.mul_(unit**0.5 if "factors" in name else unit)
        self.mean.mul_(unit).add_(mean)


def look_up(table: nn.Embedding, rows) -> torch.Tensor:
    """`table(rows)`, (batch, k), with a backward pass several times as quick.

    On a CPU the gradient of an embedding is summed up row by row, and that was a
    quarter of the time of training with large batches; index_select's is one call.
    """
    return table.weight.index_select(0, rows)


def look_up_bias(table: nn.Embedding, rows) -> torch.Tensor:
    """`table(rows)` of a table with one column, as a vector (batch,).

    Sums of single numbers are a third of the time of sums of rows of one number.
    """
    return table.weight.squeeze(-1).index_select(0, rows)


def mean_square(rows, *tables: nn.Embedding) -> torch.Tensor:
    """Mean over the batch of ‖table[row]‖², added over `tables`, a scalar.

    The same as Σ count(row) ‖row‖² / batch, which is quicker than looking the rows up
    again: its gradient scatters nothing.
    """
    squares = sum(table.weight.square().sum(-1) for table in tables)
    counts = torch.bincount(rows, minlength=len(squares))
    return counts.to(squares.dtype) @ squares / len(rows)


def on_cpu(weights: torch.Tensor) -> torch.Tensor:
    """Weights as tables hold them: float32, on the CPU; a copy only where needed."""
    return weights.detach().cpu().float()


def known_pairs(model: nn.Module, users, items):
    """`users` and `items` as indices (batch,) that `model` has rows for."""
    users = as_indices(users, model.user_factors.num_embeddings, "user")
    items = as_indices(items, model.item_factors.num_embeddings, "item")
    check_pairs(users, items)
    return users, items
