"""What a model has to beat: one number for all, and a number a user and a movie."""

import torch

from data_utils import RatingsDataset, check_trainable

from .base import Predictor
from .tables import FactorTables


class GlobalMean(Predictor):
    """Predicts the mean rating for every pair."""

    def fit(self, train: RatingsDataset) -> "GlobalMean":
        """The mean of the training ratings. Raises `ValueError` for cold or no rows."""
        check_trainable(train)
        users, items = torch.zeros(train.n_users), torch.zeros(train.n_items)
        self._tables = _biases_only(train.mean, users, items)
        return self


class BiasModel(Predictor):
    """Damped means in closed form: μ + b_i + b_u.

    Koren 2010, *Factor in the Neighbors*, §2.1, doi:10.1145/1644873.1644874:
    b_i = Σ (r - μ) / (β_i + n_i), then b_u = Σ (r - μ - b_i) / (β_u + n_u). The damping
    β counts imaginary ratings that agree with the mean: one five-star rating alone
    does not make the best movie of the catalogue.
    """

    def __init__(self, user_damping: float = 5.0, item_damping: float = 5.0):
        if user_damping < 0 or item_damping < 0:
            raise ValueError(
                f"Damping counts imaginary ratings, so it is zero or more; given were "
                f"user_damping={user_damping} and item_damping={item_damping}."
            )
        self.user_damping, self.item_damping = user_damping, item_damping

    def fit(self, train: RatingsDataset) -> "BiasModel":
        """The movies' damped means, then the users'. Raises as `GlobalMean.fit`."""
        check_trainable(train)
        rest = train.ratings.double() - train.mean
        item_bias = _damped_means(rest, train.items, train.n_items, self.item_damping)
        rest = rest - item_bias[train.items]
        user_bias = _damped_means(rest, train.users, train.n_users, self.user_damping)
        self._tables = _biases_only(train.mean, user_bias.float(), item_bias.float())
        return self


def _damped_means(values, groups, n_groups: int, damping: float) -> torch.Tensor:
    sums = torch.zeros(n_groups, dtype=values.dtype).index_add_(0, groups, values)
    counts = torch.bincount(groups, minlength=n_groups)
    # Without damping an empty group would be 0 / 0; its sum is 0, so divide by 1.
    return sums / (counts + damping).clamp(min=1e-12)


def _biases_only(mean, user_bias, item_bias) -> FactorTables:
    no_factors = torch.zeros(len(user_bias), 0), torch.zeros(len(item_bias), 0)
    return FactorTables(mean, user_bias, item_bias, *no_factors)
