"""SVD++: which movies a user has rated says something, whatever the stars were."""

import torch
import torch.nn.functional as F
from torch import nn

from data_utils import RatingsDataset

from .factorization import MatrixFactorization


class SVDpp(MatrixFactorization):
    """r̂_ui = μ + b_u + b_i + q_i · (p_u + |N(u)|^-½ Σ_{j ∈ N(u)} y_j).

    Koren 2008, doi:10.1145/1401890.1401944, eq. 15. N(u) are the movies that u rated in
    `history`, which must be the training data: published tables that let N(u) hold the
    test fold's movies too know what was watched, and score better than they should.
    μ and the table sizes come from `history`. The y_j start at zero, so an untrained
    SVD++ is the untrained factorization of the same generator.
    """

    def __init__(
        self,
        history: RatingsDataset,
        n_factors: int = 64,
        init_sd: float = 0.05,
        generator: torch.Generator | None = None,
    ):
        super().__init__(
            history.n_users,
            history.n_items,
            n_factors,
            history.mean,
            init_sd,
            generator,
        )
        self.implicit_factors = nn.EmbeddingBag(history.n_items, n_factors, mode="sum")
        nn.init.zeros_(self.implicit_factors.weight)
        # The histories of all users end to end: user u's starts at starts[u].
        by_user = torch.argsort(history.users, stable=True)
        counts = torch.bincount(history.users, minlength=history.n_users)
        self.register_buffer("movies", history.items[by_user], persistent=False)
        self.register_buffer("counts", counts, persistent=False)
        self.register_buffer("starts", counts.cumsum(0) - counts, persistent=False)

    def user_vectors(self, users) -> torch.Tensor:
        """p_u + |N(u)|^-½ Σ y_j, (batch, k): one bag a *distinct* user, then copies."""
        distinct, place = users.unique(return_inverse=True)
        movies, starts = self._histories(distinct)
        scale = self.counts[distinct].clamp(min=1).rsqrt()
        implicit = self.implicit_factors(movies, starts) * scale[:, None]
        return self.user_factors(users) + implicit[place]

    def penalty(self, users, items) -> torch.Tensor:
        """As in the factorization, and ‖y_i‖² of the batch's movies."""
        implicit = F.embedding(items, self.implicit_factors.weight)
        return super().penalty(users, items) + implicit.square().sum(-1).mean()

    def _histories(self, users):
        counts = self.counts[users]
        ends = counts.cumsum(0)
        starts = ends - counts
        # Position t of the joined list is (t - starts) steps into its user's history.
        shift = (self.starts[users] - starts).repeat_interleave(counts)
        steps = torch.arange(len(shift), device=shift.device)
        return self.movies[steps + shift], starts
