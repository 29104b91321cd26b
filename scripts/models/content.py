"""What a movie is like, without learning a table of features by gradient descent.

The rivals of lab 10: genre means, content neighbours, and vectors mapped from features.
"""

import torch

from data_utils import Features, RatingsDataset, check_trainable

from .arguments import check_bags, check_count, check_penalties, check_positive
from .base import Estimator
from .baselines import BiasModel
from .gram import cholesky
from .tables import FactorTables

MAX_PAIRS = 100_000_000
"""`ContentKNN` writes out a number for each user and movie: 400 MB at most."""


class _OfFeatures(Estimator):
    """What the models here share: features of each movie, checked against `train`."""

    item_features: Features | None

    def _matrix(self, train: RatingsDataset) -> torch.Tensor:
        """The movies' features, (n_items, n_features); no columns without features."""
        check_trainable(train)
        if self.item_features is None:
            return torch.zeros(train.n_items, 0, dtype=torch.float32)
        check_bags(self.item_features, train.n_items, "items")
        return self.item_features.matrix()


class GenreMeans(_OfFeatures):
    """What a user gave to movies with a feature, on average, for each of the features.

    r̂_ui = μ + b_u + the mean of d_uf over the movie's features f, where d_uf is the
    mean of r - μ - b_u over the user's movies with f. Means are damped twice: d_uf adds
    `damping` imaginary ratings at the mean of all users for f, and that one `damping`
    at zero.

    >>> import pandas as pd
    >>> from data_utils import IdMap
    >>> table = pd.DataFrame({"user_id": [1, 1, 2], "item_id": [7, 8, 7],
    ...                       "rating": [5.0, 1.0, 3.0]})
    >>> users, movies = IdMap.fit([1, 2]), IdMap.fit([7, 8, 9])  # 9 is new
    >>> known = pd.DataFrame({"item_id": [7, 8, 9], "genres": ["War", "", "War"]})
    >>> features = Features.of_table(known, movies, "item_id")
    >>> model = GenreMeans(features, damping=1)
    >>> model = model.fit(RatingsDataset(table, users, movies))
    >>> bool(model.predict([0], [2]) > 3)  # user 1 liked a movie of this genre
    True
    """

    def __init__(self, item_features: Features | None = None, damping: float = 10.0):
        check_penalties(damping=damping)
        self.item_features, self.damping = item_features, damping

    def fit(self, train: RatingsDataset) -> "GenreMeans":
        """Biases of users, then the means. Raises as `Estimator.fit`."""
        x = self._matrix(train)
        user_bias, rest = _user_residuals(train)
        has = (x > 0).float()[train.items]  # (n_ratings, n_features)
        shape = train.n_users, x.shape[1]
        sums = rest.new_zeros(shape).index_add_(0, train.users, has * rest[:, None])
        counts = rest.new_zeros(shape).index_add_(0, train.users, has)
        least = max(self.damping, 1e-12)
        of_all = sums.sum(0) / (counts.sum(0) + least)
        means = (sums + self.damping * of_all) / (counts + least)
        no_bias = x.new_zeros(train.n_items)
        shares = x / x.sum(1, keepdim=True).clamp(min=1e-12)
        self._tables = FactorTables(train.mean, user_bias, no_bias, means, shares)
        return self


class ContentKNN(_OfFeatures):
    """What a user gave to the rated movies whose features are most like this one's.

    r̂_ui = μ + b_u + Σ_j s_ij (r_uj - μ - b_u) / (δ + Σ_j s_ij), over the
    `n_neighbours` rated movies j of u with the largest cosine s_ij of features (Lops,
    de Gemmis & Semeraro 2011, doi:10.1007/978-0-387-85820-3_3). δ is `damping`. A movie
    is no neighbour of itself. Its tables hold a number for each user and movie: raises
    `ValueError` for more than `MAX_PAIRS`.

    >>> import pandas as pd
    >>> from data_utils import IdMap
    >>> table = pd.DataFrame({"user_id": [1, 1, 2], "item_id": [7, 8, 7],
    ...                       "rating": [5.0, 1.0, 3.0]})
    >>> users, movies = IdMap.fit([1, 2]), IdMap.fit([7, 8, 9])  # 9 is new
    >>> known = pd.DataFrame({"item_id": [7, 8, 9], "genres": ["War", "", "War"]})
    >>> features = Features.of_table(known, movies, "item_id")
    >>> model = ContentKNN(features, damping=0.5)
    >>> model = model.fit(RatingsDataset(table, users, movies))
    >>> bool(model.predict([0], [2]) > 3)
    True
    """

    def __init__(
        self,
        item_features: Features | None = None,
        n_neighbours: int = 20,
        damping: float = 5.0,
    ):
        check_count("n_neighbours", n_neighbours, at_least=1, example=20)
        check_positive("damping", damping, example=5)
        self.item_features, self.n_neighbours = item_features, n_neighbours
        self.damping = damping

    def fit(self, train: RatingsDataset) -> "ContentKNN":
        """Look the neighbours up, user by user. Raises as `Estimator.fit`."""
        x = self._matrix(train)
        if train.n_users * train.n_items > MAX_PAIRS:
            raise ValueError(
                f"ContentKNN writes out {train.n_users:,} × {train.n_items:,} numbers; "
                f"it is made for up to {MAX_PAIRS:,}. Use GenreMeans on such data."
            )
        user_bias, rest = _user_residuals(train)
        x = x / x.norm(dim=1, keepdim=True).clamp(min=1e-12)
        found = x.new_zeros(train.n_items, train.n_users)
        order = train.users.argsort(stable=True)
        counts = torch.bincount(train.users, minlength=train.n_users)
        for user, mine in enumerate(order.split(counts.tolist())):
            items = train.items[mine]
            alike = x @ x[items].T  # (n_items, what the user rated)
            alike[items, torch.arange(len(items))] = 0
            near, which = alike.topk(min(self.n_neighbours, len(items)), dim=1)
            found[:, user] = (near * rest[mine][which]).sum(1)
            found[:, user] /= self.damping + near.sum(1)
        # A number for each pair: a user's vector only points at its column.
        users = torch.eye(train.n_users, dtype=torch.float32)
        no_bias = x.new_zeros(train.n_items)
        self._tables = FactorTables(train.mean, user_bias, no_bias, users, found)
        return self


class FeatureMapping(_OfFeatures):
    """Any factorization, with vectors for new movies: a regression of q_i on features.

    Fit `base`; then solve one ridge regression, (q_i, b_i) ≈ c + x_i W over the movies
    that have ratings, each weighed by n_i / (n_i + `support`); movies without ratings
    get c + x_i W. Known movies keep what `base` gave them. Attribute-to-factor mapping:
    Gantner et al. 2010, doi:10.1109/ICDM.2010.129.

    >>> import pandas as pd
    >>> from data_utils import IdMap
    >>> from models import ImplicitALS
    >>> table = pd.DataFrame({"user_id": [1, 1, 2], "item_id": [7, 8, 7],
    ...                       "rating": [5.0, 3.0, 4.0]})
    >>> users, movies = IdMap.fit([1, 2]), IdMap.fit([7, 8, 9, 10])
    >>> known = pd.DataFrame({"item_id": [7, 8, 9, 10],
    ...                       "genres": ["War", "Drama", "War", "Drama"]})
    >>> features = Features.of_table(known, movies, "item_id")
    >>> model = FeatureMapping(ImplicitALS(1, reg_per_row=0.1), features)
    >>> model = model.fit(RatingsDataset(table, users, movies))
    >>> like_7, like_8 = model.predict([1, 1], [2, 3])  # user 2 has seen 7 only
    >>> bool(like_7 > like_8)
    True
    """

    def __init__(
        self,
        base: Estimator | None = None,
        item_features: Features | None = None,
        ridge: float = 30.0,
        support: float = 5.0,
    ):
        check_positive("ridge", ridge, example=30)
        check_penalties(support=support)
        self.base = BiasModel() if base is None else base
        self.item_features, self.ridge, self.support = item_features, ridge, support

    def fit(self, train: RatingsDataset) -> "FeatureMapping":
        """Fit the base, then the regression. Raises as the base's `fit` does."""
        x = self._matrix(train)
        tables = self.base.fit(train).tables()
        counts = torch.bincount(train.items, minlength=train.n_items).float()
        weights = counts / (counts + max(self.support, 1e-12))
        rows = torch.cat([tables.item_factors, tables.item_bias[:, None]], dim=1)
        centre, middle = (weights @ table / weights.sum() for table in (rows, x))
        x = x - middle
        gram = x.T @ (weights[:, None] * x)
        gram += self.ridge * torch.eye(x.shape[1], dtype=x.dtype)
        target = x.T @ (weights[:, None] * (rows - centre))
        new = centre + x @ torch.cholesky_solve(target, cholesky(gram))
        rows = torch.where(counts[:, None] > 0, rows, new)
        self._tables = tables._replace(
            item_factors=rows[:, :-1].contiguous(), item_bias=rows[:, -1].contiguous()
        )
        return self


def _user_residuals(train: RatingsDataset) -> tuple[torch.Tensor, torch.Tensor]:
    """b_u of μ + b_u, damped, (n_users,), and r - μ - b_u of each rating."""
    tables = BiasModel(item_damping=1e12).fit(train).tables()
    rest = train.ratings - train.mean - tables.user_bias[train.users]
    return tables.user_bias, rest
