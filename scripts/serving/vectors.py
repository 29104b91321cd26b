"""What a fitted model leaves behind: a vector for each user and each item.

For students: lab 12.
"""

from typing import NamedTuple

import torch

from data_utils import RatingsDataset
from models.arguments import check_finite
from models.tables import FactorTables

SMALLEST = 1e-6
"""A variance below this share of the ratings' counts as none: such numbers stay."""


class Vectors(NamedTuple):
    """μ, and the vectors of both sides, float32; a Bayesian model has S sets of them.

    mean: (S,); users: (n_users, S, k + 1); items: (n_items, S, k + 1). The last
    coordinate of a vector is its bias. A prediction is the mean over the S sets of
    μ + b_u + b_i + p_u · q_i.

    >>> vectors = Vectors(torch.tensor([3.0]), torch.tensor([[[2.0, 0.5]]]),
    ...                   torch.tensor([[[0.25, -1.0]], [[0.5, 0.0]]]))
    >>> vectors.scores(vectors.users[0]).tolist()  # 3 + .5 - 1 + .5, 3 + .5 + 0 + 1
    [3.0, 4.5]
    """

    mean: torch.Tensor
    users: torch.Tensor
    items: torch.Tensor

    @classmethod
    def of_model(cls, model) -> "Vectors":
        """The vectors of a fitted model. Raises `TypeError` for one without factors.

        Models of neighbours and EASE keep no vectors, and a network keeps no product.
        """
        samples = getattr(model, "samples", None) or [_tables_of(model)]
        means, *columns = zip(*samples, strict=True)
        user_bias, item_bias, p, q = (torch.stack(column, 1) for column in columns)
        users = torch.cat([p, user_bias[..., None]], dim=2)
        items = torch.cat([q, item_bias[..., None]], dim=2)
        check_finite(torch.cat([users, items]), model)
        return cls(torch.tensor(means, dtype=torch.float32), users, items)

    def scores(self, user: torch.Tensor) -> torch.Tensor:
        """Predictions of all items for one user's vector (S, k + 1): (n_items,)."""
        # S dot products of length k + 1 are one of length S (k + 1).
        query = torch.cat([user[:, :-1], torch.ones_like(user[:, -1:])], dim=1)
        products = self.items.flatten(1) @ query.flatten() / len(self.mean)
        return products + (self.mean + user[:, -1]).mean()


class Crowd(NamedTuple):
    """The Gaussian from which the vectors of one side seem to come.

    centre: (S, d); ridge: (S, d, d), σ² times the inverse covariance. In a ridge
    regression with targets of variance σ² this is the price of leaving the centre.
    """

    centre: torch.Tensor
    ridge: torch.Tensor

    @classmethod
    def of_rows(cls, rows: torch.Tensor, noise: float, unit: float) -> "Crowd":
        """Mean and covariance of rows (n, S, d).

        noise: σ², in the ratings' unit squared; unit: their standard deviation. Where
        all rows agree in a coordinate, its price is so high that others agree as well.
        """
        rows = rows.double().transpose(0, 1)
        centre = rows.mean(1)
        apart = rows - centre[:, None]
        covariance = apart.mT @ apart / rows.shape[1]
        covariance.diagonal(dim1=1, dim2=2).add_(SMALLEST * unit)
        return cls(centre.float(), (noise * torch.linalg.inv(covariance)).float())


def noise_of(model, train: RatingsDataset) -> float:
    """σ²: the mean squared error of the model on its training ratings."""
    errors = model.predict(train.users, train.items) - train.ratings
    return errors.double().square().mean().item()


def _tables_of(model) -> FactorTables:
    tables = model.tables() if hasattr(model, "tables") else None
    if not isinstance(tables, FactorTables):
        raise TypeError(
            f"A {type(model).__name__} keeps no vector for each user and item, and a "
            "recommender is made of those. Save an ALS, a MatrixFactorization, an "
            "SVDpp, a BayesianMF or an ImplicitALS instead."
        )
    return tables
