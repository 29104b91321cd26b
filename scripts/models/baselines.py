"""What a model has to beat: one number for all, and one per user and per movie.

For students: read aloud in lab 02.
"""

import torch

from data_utils import RatingsDataset, check_trainable

from .arguments import check_penalties
from .base import Estimator
from .tables import FactorTables


class GlobalMean(Estimator):
    """Predicts the mean rating for every pair.

    >>> import pandas as pd
    >>> table = pd.DataFrame({"user_id": [1, 1, 2], "item_id": [7, 8, 7],
    ...                       "rating": [5.0, 3.0, 4.0]})
    >>> GlobalMean().fit(RatingsDataset.fit(table)).predict([0, 1], [1, 1]).tolist()
    [4.0, 4.0]
    """

    def fit(self, train: RatingsDataset) -> "GlobalMean":
        """Take the mean of the training ratings. Raises as `Estimator.fit`."""
        check_trainable(train)
        users = torch.zeros(train.n_users, dtype=torch.float32)
        items = torch.zeros(train.n_items, dtype=torch.float32)
        self._tables = FactorTables.of_biases(train.mean, users, items)
        return self


class BiasModel(Estimator):
    """Damped means in closed form: μ + b_i + b_u.

    Koren 2010, *Factor in the Neighbors*, §2.1, doi:10.1145/1644873.1644874:
    b_i = Σ (r - μ) / (β_i + n_i), then b_u = Σ (r - μ - b_i) / (β_u + n_u). The damping
    β counts imaginary ratings that agree with the mean: a single five-star rating does
    not make the best movie of the catalogue.

    >>> import pandas as pd
    >>> table = pd.DataFrame({"user_id": [1, 1, 2], "item_id": [7, 8, 7],
    ...                       "rating": [5.0, 3.0, 4.0]})
    >>> model = BiasModel(user_damping=1, item_damping=1)
    >>> biases = model.fit(RatingsDataset.fit(table)).tables()
    >>> [round(b, 2) for b in biases.item_bias.tolist()]  # (1 + 0) / 3 and -1 / 2
    [0.33, -0.5]
    """

    def __init__(self, user_damping: float = 5.0, item_damping: float = 5.0):
        check_penalties(user_damping=user_damping, item_damping=item_damping)
        self.user_damping, self.item_damping = user_damping, item_damping

    def fit(self, train: RatingsDataset) -> "BiasModel":
        """The movies' damped means, then the users'. Raises as `Estimator.fit`."""
        check_trainable(train)
        rest = train.ratings.double() - train.mean
        item_bias = _damped_means(rest, train.items, train.n_items, self.item_damping)
        rest = rest - item_bias[train.items]
        user_bias = _damped_means(rest, train.users, train.n_users, self.user_damping)
        self._tables = FactorTables.of_biases(
            train.mean, user_bias.float(), item_bias.float()
        )
        return self


def _damped_means(values, groups, n_groups: int, damping: float) -> torch.Tensor:
    sums = torch.zeros(n_groups, dtype=values.dtype).index_add_(0, groups, values)
    counts = torch.bincount(groups, minlength=n_groups)
    # Without damping an empty group would be 0 / 0; its sum is 0, so divide by 1.
    return sums / (counts + damping).clamp(min=1e-12)
