"""SVD++: which movies a user has rated says something, whatever the stars were.

For students: read aloud in lab 07.
"""

import torch
import torch.nn.functional as F
from torch import nn

from data_utils import RatingsDataset, check_trainable

from .factorization import MatrixFactorization, mean_square
from .tables import FactorTables


class SVDpp(MatrixFactorization):
    """r̂_ui = μ + b_u + b_i + q_i · (p_u + |N(u)|^-½ Σ_{j ∈ N(u)} y_j).

    Koren 2008, doi:10.1145/1401890.1401944, eq. 15. N(u) are the movies that u rated in
    `history`, which must be the training data: published tables that let N(u) hold the
    test fold's movies too know what was watched, and score better than they should.
    μ and the table sizes come from `history`. The y_j start at zero, so an untrained
    SVD++ is the untrained factorization of the same seed. Raises `ValueError` for a
    `history` without rows or with cold ones.

    >>> import pandas as pd
    >>> table = pd.DataFrame({"user_id": [1, 1, 2], "item_id": [7, 8, 7],
    ...                       "rating": [5.0, 3.0, 4.0]})
    >>> model = SVDpp(RatingsDataset.fit(table), n_factors=2)
    >>> model.user_values.tolist(), model.user_offsets.tolist()  # N(1) is {0, 1}
    ([0, 1, 0], [0, 2])
    """

    def __init__(
        self,
        history: RatingsDataset,
        n_factors: int = 64,
        init_sd: float = 0.05,
        seed: int = 0,
    ):
        check_trainable(history)
        super().__init__(
            history.n_users,
            history.n_items,
            n_factors,
            history.mean,
            init_sd,
            seed,
        )
        self.history = history
        self.implicit_factors = nn.Embedding(history.n_items, n_factors)
        nn.init.zeros_(self.implicit_factors.weight)
        users, items = history.users, history.items
        counts = torch.bincount(users, minlength=history.n_users)
        buffers = {
            # The N(u) of all users end to end, and where each begins.
            "user_values": items[users.argsort(stable=True)],
            "user_offsets": _offsets(users, history.n_users),
            # The same pairs by movie: the users that have j in their N(u).
            "item_values": users[items.argsort(stable=True)],
            "item_offsets": _offsets(items, history.n_items),
            "user_scale": counts.clamp(min=1).rsqrt()[:, None],
        }
        for name, values in buffers.items():
            self.register_buffer(name, values, persistent=False)

    def user_vectors(self) -> torch.Tensor:
        """p_u + |N(u)|^-½ Σ y_j, (n_users, k)."""
        return self.user_factors.weight + self.implicit_vectors()

    def implicit_vectors(self) -> torch.Tensor:
        """|N(u)|^-½ Σ y_j, (n_users, k): one bag per user, all users at once.

        That is an addition per training rating, however small the batch: batches of
        thousands of ratings are the economic ones.
        """
        by_user = self.user_values, self.user_offsets
        by_item = self.item_values, self.item_offsets
        bags = _SumOfBags.apply(self.implicit_factors.weight, *by_user, *by_item)
        return self.user_scale * bags

    def tables(self) -> FactorTables:
        """As in the factorization, with the average user moved into the item biases.

        Users with a history share a direction: they have one. Were it left in their
        vectors, a stranger, whose vector is zero, would not be an average user. Each
        call makes the sums over N(u) anew: to predict often, keep the tables.
        """
        tables = super().tables()
        average = tables.user_factors.mean(0)
        return tables._replace(
            item_bias=tables.item_bias + tables.item_factors @ average,
            user_factors=tables.user_factors - average,
        )

    def penalty(self, users, items) -> torch.Tensor:
        """As in the factorization, and ‖y_i‖² of the batch's movies."""
        of_bags = mean_square(items, self.implicit_factors)
        return super().penalty(users, items) + of_bags


class FlippedSVDpp(SVDpp):
    """SVD++ on both sides: who rated a movie says something of the movie, too.

    r̂_ui = μ + b_u + b_i
           + (p_u + |N(u)|^-½ Σ_{j ∈ N(u)} y_j) · (q_i + |N(i)|^-½ Σ_{v ∈ N(i)} z_v).

    "SVD++ flipped" of Rendle, Zhang & Koren 2019, arXiv:1905.01395, turned to the
    movies and kept on the users. N(i) are the users who rated i in `history`; their z_v
    (`rater_factors`) start at zero. Raises as `SVDpp`.

    >>> import pandas as pd
    >>> table = pd.DataFrame({"user_id": [1, 1, 2], "item_id": [7, 8, 7],
    ...                       "rating": [5.0, 3.0, 4.0]})
    >>> model = FlippedSVDpp(RatingsDataset.fit(table), n_factors=2)
    >>> model.item_values.tolist(), model.item_offsets.tolist()  # N(7) is {0, 1}
    ([0, 1, 0], [0, 2])
    """

    def __init__(
        self,
        history: RatingsDataset,
        n_factors: int = 64,
        init_sd: float = 0.05,
        seed: int = 0,
    ):
        super().__init__(history, n_factors, init_sd, seed)
        self.rater_factors = nn.Embedding(history.n_users, n_factors)
        nn.init.zeros_(self.rater_factors.weight)
        counts = torch.bincount(history.items, minlength=history.n_items)
        scale = counts.clamp(min=1).rsqrt()[:, None]
        self.register_buffer("item_scale", scale, persistent=False)

    def item_vectors(self) -> torch.Tensor:
        """q_i + |N(i)|^-½ Σ z_v, (n_items, k)."""
        by_user = self.user_values, self.user_offsets
        by_item = self.item_values, self.item_offsets
        bags = _SumOfBags.apply(self.rater_factors.weight, *by_item, *by_user)
        return self.item_factors.weight + self.item_scale * bags

    def tables(self) -> FactorTables:
        """As in SVD++, with the average movie moved into the user biases as well."""
        tables = super().tables()
        average = tables.item_factors.mean(0)
        return tables._replace(
            user_bias=tables.user_bias + tables.user_factors @ average,
            item_factors=tables.item_factors - average,
        )

    def penalty(self, users, items) -> torch.Tensor:
        """As in SVD++, and ‖z_u‖² of the batch's users."""
        of_bags = mean_square(users, self.rater_factors)
        return super().penalty(users, items) + of_bags


class _SumOfBags(torch.autograd.Function):
    """The embedding bags of one side, with a gradient that is a bag as well.

    A user's sum runs over the user's movies; so the gradient of y_j is the sum of the
    gradients of j's users. PyTorch's own backward pass does not know the same pairs
    from the other side: it sorts them anew at each step.
    """

    @staticmethod
    def forward(context, table, values, offsets, back_values, back_offsets):
        context.save_for_backward(back_values, back_offsets)
        return F.embedding_bag(values, table, offsets, mode="sum")

    @staticmethod
    def backward(context, gradient):
        values, offsets = context.saved_tensors
        bags = F.embedding_bag(values, gradient.contiguous(), offsets, mode="sum")
        return bags, None, None, None, None


def _offsets(rows, n_rows: int) -> torch.Tensor:
    counts = torch.bincount(rows, minlength=n_rows)
    return counts.cumsum(0) - counts
