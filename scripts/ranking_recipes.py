"""How each ranking model of lab 09 and of the board is made, and what was tried.

For students: a recipe takes the training ratings, a seed and settings, and returns the
fitted model. `TRIED` holds the settings among which an inner split chooses.
"""

from collections.abc import Callable

from data_utils import RatingsDataset
from models import (
    EASE,
    NCF,
    DotProductMF,
    ImplicitALS,
    ItemKNN,
    MatrixFactorization,
    Popularity,
    Predictor,
    UserKNN,
)
from ranking import fit_ranking, fit_softmax, logistic_loss, sampled_softmax_loss


def fit_popularity(train: RatingsDataset, seed: int = 0) -> Predictor:
    """The most rated movies, the same for everyone."""
    return Popularity().fit(train)


def fit_item_knn(train: RatingsDataset, seed: int = 0, **settings) -> Predictor:
    """`ItemKNN`; the seed changes nothing."""
    return ItemKNN(**settings).fit(train)


def fit_user_knn(train: RatingsDataset, seed: int = 0, **settings) -> Predictor:
    """`UserKNN`; the seed changes nothing."""
    return UserKNN(**settings).fit(train)


def fit_ease(train: RatingsDataset, seed: int = 0, **settings) -> Predictor:
    """`EASE`; the seed changes nothing."""
    return EASE(**settings).fit(train)


def fit_implicit_als(train: RatingsDataset, seed: int = 0, **settings) -> Predictor:
    """`ImplicitALS`."""
    return ImplicitALS(seed=seed, **settings).fit(train)


def fit_bpr(
    train: RatingsDataset, seed: int = 0, n_factors: int = 64, **settings
) -> Predictor:
    """The model of lab 02 under the loss of BPR; `settings` as in `fit_ranking`.

    >>> import pandas as pd
    >>> table = pd.DataFrame({"user_id": [1, 1, 2], "item_id": [7, 8, 9],
    ...                       "rating": 4.0})
    >>> fit_bpr(RatingsDataset.fit(table), n_factors=2, epochs=1).n_factors
    2
    """
    model = MatrixFactorization(train.n_users, train.n_items, n_factors, seed=seed)
    fit_ranking(model, train, seed=seed, **settings)
    return model


def fit_sampled(train: RatingsDataset, seed: int = 0, **settings) -> Predictor:
    """As `fit_bpr`, first among several unseen movies at once."""
    return fit_bpr(train, seed, loss=sampled_softmax_loss, **settings)


def fit_full_softmax(
    train: RatingsDataset, seed: int = 0, n_factors: int = 128, **settings
) -> Predictor:
    """A dot product, first among all movies; `settings` as in `fit_softmax`."""
    model = DotProductMF(train.n_users, train.n_items, n_factors, seed=seed)
    fit_softmax(model, train, seed=seed, **({"batch_size": 64} | settings))
    return model


def fit_ncf(
    train: RatingsDataset, seed: int = 0, n_factors: int = 16, **settings
) -> Predictor:
    """`NCF` under its logistic loss, four negatives for each rating."""
    model = NCF(train.n_users, train.n_items, n_factors, seed=seed)
    settings = {"n_negatives": 4, "epochs": 12, "learning_rate": 0.003} | settings
    fit_ranking(model, train, logistic_loss, seed=seed, **settings)
    return model


RANKERS: dict[str, Callable[..., Predictor]] = {
    "popularity": fit_popularity,
    "item-kNN": fit_item_knn,
    "user-kNN": fit_user_knn,
    "EASE": fit_ease,
    "implicit ALS": fit_implicit_als,
    "BPR": fit_bpr,
    "sampled softmax": fit_sampled,
    "full softmax": fit_full_softmax,
    "NCF": fit_ncf,
}

TRIED: dict[str, list[dict]] = {
    "popularity": [{}],
    "item-kNN": [
        {"n_neighbours": k, "shrinkage": s}
        for k in (100, 200, 300, 500)
        for s in (0.0, 0.05)
    ],
    "user-kNN": [
        {"n_neighbours": k, "shrinkage": s}
        for k in (40, 75, 150, 300)
        for s in (0.0, 0.5)
    ],
    "EASE": [{"reg_per_row": reg} for reg in (60.0, 125.0, 250.0, 500.0, 1000.0)],
    "implicit ALS": [
        {"n_factors": k, "reg_per_row": row, "alpha": a, "reg_per_rating": rating}
        for k, row, a, rating in (
            (96, 40.0, 6.0, 0.1),
            (96, 25.0, 5.0, 0.1),
            (128, 30.0, 4.0, 0.1),
            (128, 10.0, 3.0, 0.2),
            (128, 10.0, 2.0, 0.1),
            (128, 5.0, 2.0, 0.2),
        )
    ],
    "BPR": [
        {"n_factors": 64, "epochs": 20, "reg_per_row": reg}
        for reg in (0.25, 0.5, 1.0, 2.0)
    ],
    "sampled softmax": [
        {"n_factors": 64, "epochs": 6, "n_negatives": 16, "reg_per_row": reg}
        for reg in (0.3, 1.0, 3.0)
    ],
    "full softmax": [
        {"n_factors": k, "epochs": 40, "reg_per_row": reg}
        for k in (128, 256)
        for reg in (3.0, 5.0, 7.0)
    ],
    "NCF": [
        {"n_factors": 16, "reg_per_row": reg, "epochs": e}
        for reg in (0.5, 1.0, 2.0)
        for e in (16, 24, 32)
    ],
}
