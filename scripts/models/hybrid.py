"""A movie is its own row plus its features' rows, so a new movie is not empty.

For students: read aloud in lab 10.
"""

import torch
from torch import nn

from data_utils import Features, RatingsDataset, check_trainable

from .arguments import check_bags
from .bayesian import centred
from .factorization import MatrixFactorization, known_pairs, on_cpu
from .tables import FactorTables


class HybridMF(MatrixFactorization):
    """r̂_ui = μ + b_u + b_i + p_u · q_i, where  q_i = own_i + Σ_f w_if e_f.

    Kula 2015, arXiv:1507.08439 (LightFM). The e_f are rows of a table of features, w_if
    the weights of the movie's bag; the biases are sums of the same kind. Users too,
    where `user_features` are given. Own rows pay the penalties of
    `MatrixFactorization`, so a movie with many ratings leaves its features, and one
    with few does not.

    history: the training data, which says who has been rated. Its maps may hold movies
    and users without a rating: make it with a map of the whole catalogue,
    `RatingsDataset(ratings, user_ids, item_ids)`. Their own rows are left out, since
    nothing has trained them, and they are predicted from their features alone.
    `own_rows=False` leaves out the own rows of a side that has features: then movies
    with the same features are the same. Raises `ValueError` for features of another
    number of rows, and as `SVDpp`.

    >>> import pandas as pd
    >>> from data_utils import IdMap
    >>> table = pd.DataFrame({"user_id": [1, 1, 2], "item_id": [7, 8, 7],
    ...                       "rating": [5.0, 3.0, 4.0]})
    >>> users, movies = IdMap.fit([1, 2]), IdMap.fit([7, 8, 9])  # 9 is new
    >>> known = pd.DataFrame({"item_id": [7, 8, 9], "genres": ["War", "", "War"]})
    >>> features = Features.of_table(known, movies, "item_id")
    >>> model = HybridMF(RatingsDataset(table, users, movies), features, n_factors=2)
    >>> new = model.item_feature_factors.weight[0]  # what is known of movie 9: "War"
    >>> bool(torch.equal(model.item_vectors()[2], new))
    True
    """

    def __init__(
        self,
        history: RatingsDataset,
        item_features: Features | None = None,
        user_features: Features | None = None,
        n_factors: int = 32,
        own_rows: bool = True,
        init_sd: float = 0.01,
        seed: int = 0,
    ):
        check_trainable(history)
        sizes = history.n_users, history.n_items
        super().__init__(*sizes, n_factors, history.mean, init_sd, seed)
        self.history, self.own_rows = history, own_rows
        self.user_features, self.item_features = user_features, item_features
        sides = (
            ("user", history.users, user_features),
            ("item", history.items, item_features),
        )
        for (side, rated, features), n_rows in zip(sides, sizes, strict=True):
            own = torch.bincount(rated, minlength=n_rows)[:, None] > 0
            if features is not None and len(features):
                check_bags(features, n_rows, f"{side}s")
                self._add_features(side, features)
                own &= own_rows
            weight = self.user_factors.weight
            self.register_buffer(f"{side}_own", own.to(weight.dtype), False)

    def _add_features(self, side: str, features: Features) -> None:
        factors = nn.EmbeddingBag(len(features), self.n_factors, mode="sum")
        bias = nn.EmbeddingBag(len(features), 1, mode="sum")
        for table in (factors, bias):
            nn.init.zeros_(table.weight)
        setattr(self, f"{side}_feature_factors", factors)
        setattr(self, f"{side}_feature_bias", bias)
        weights = features.weights.to(factors.weight.dtype)
        bags = {"values": features.values, "offsets": features.offsets}
        for name, values in (bags | {"weights": weights}).items():
            self.register_buffer(f"{side}_{name}", values, False)

    def forward(self, users, items) -> torch.Tensor:
        """Predicted stars (batch,) for indices users (batch,) and items (batch,)."""
        users, items = known_pairs(self, users, items)
        p = self.user_vectors().index_select(0, users)
        q = self.item_vectors().index_select(0, items)
        bias = self._rows("user", "bias").squeeze(-1).index_select(0, users)
        bias = bias + self._rows("item", "bias").squeeze(-1).index_select(0, items)
        return self.mean + bias + (p * q).sum(-1)

    def user_vectors(self) -> torch.Tensor:
        """p_u, with the features' part, (n_users, k)."""
        return self._rows("user", "factors")

    def item_vectors(self) -> torch.Tensor:
        """q_i, with the features' part, (n_items, k)."""
        return self._rows("item", "factors")

    @torch.no_grad()
    def tables(self) -> FactorTables:
        """Sums of own rows and features, where a row of zeros is the average row.

        A movie of which nothing is known, not even features, is an average movie.
        """
        sides = (
            torch.cat(
                [on_cpu(self._rows(side, part)) for part in ("factors", "bias")], 1
            )
            for side in ("user", "item")
        )
        return centred(self.mean.item(), *sides)

    def _rows(self, side: str, part: str) -> torch.Tensor:
        """A side's own rows and features together; part: factors or bias."""
        own = getattr(self, f"{side}_own") * getattr(self, f"{side}_{part}").weight
        bags = getattr(self, f"{side}_feature_{part}", None)
        if bags is None:
            return own
        values, offsets, weights = (
            getattr(self, f"{side}_{name}") for name in ("values", "offsets", "weights")
        )
        return own + bags(values, offsets, per_sample_weights=weights)
