"""How each model of the course is fitted, with its defaults, under the name it has.

For students: the settings behind every figure of the README. A recipe takes the
training ratings and a seed, and returns the fitted model.
`tools/tune.py` found the penalties, the learning rate of MF, and the factors of ALS and
of the Bayesian model, on validation parts of the five training folds of ML-100K. The
rest was set beforehand: from earlier trials of that kind, or for speed. Penalties and
learning rates are for ratings in units of their standard deviation (1.126 stars in
ML-100K), so predictions follow any change of scale: r → a·r + b.
"""

from collections.abc import Callable

from data_utils import Features, RatingsDataset
from models import (
    ALS,
    BayesianMF,
    BiasModel,
    FlippedSVDpp,
    HybridMF,
    MatrixFactorization,
    Predictor,
    SVDpp,
)
from training import fit_standardized

MF = {
    "n_factors": 32,
    "init_sd": 0.01,
    "epochs": 15,
    "learning_rate": 0.0075,
    "reg_per_rating": 0.036,
    "reg_per_row": 5.3,
    "batch_size": 1024,
}
# SVD++ differs in nothing but what it adds. Which movies someone rated is a weaker hint
# than the stars they got, so the implicit factors have to earn more.
SVDPP = MF | {
    "reg_per_row": {"user_factors": 5.3, "item_factors": 5.3, "implicit_factors": 44.0}
}
# Who rated a movie costs what a user's movies cost: copied, not tuned.
FLIPPED = SVDPP | {"reg_per_row": SVDPP["reg_per_row"] | {"rater_factors": 44.0}}
# A feature's row serves hundreds of movies. Its price was tried on draws of held-out
# movies that no figure comes from.
HYBRID = MF | {
    "n_factors": 16,
    "reg_per_row": {
        "user_factors": 5.3,
        "item_factors": 5.3,
        "user_feature_factors": 300.0,
        "item_feature_factors": 300.0,
        "user_feature_bias": 80.0,
        "item_feature_bias": 80.0,
    },
}

# Ten factors to be quick, and to stand beside published figures with ten: with 16 the
# validation RMSE is .001 lower, and the fit takes twice as long.
BAYES_PLAIN = {"n_factors": 10, "implicit": False, "epochs": 100, "burn_in": 20}
BAYES = {"n_factors": 16, "implicit": True, "epochs": 200, "burn_in": 40}
# The most accurate of 27 settings whose fit takes no longer than twice that of ALS: see
# `tools/tune.py`. A chain that is cut this short begins where ALS ends.
BAYES_QUICK = {"n_factors": 8, "als_epochs": 6, "epochs": 12, "burn_in": 1}


def fit_bias(train: RatingsDataset, seed: int = 0) -> Predictor:
    """Damped means: a closed form, in which the seed changes nothing.

    >>> import pandas as pd
    >>> table = pd.DataFrame({"user_id": [1, 1, 2], "item_id": [7, 8, 7],
    ...                       "rating": [5.0, 3.0, 4.0]})
    >>> fit_bias(RatingsDataset.fit(table))
    BiasModel(user_damping=5, item_damping=5)
    """
    return BiasModel().fit(train)


def fit_mf(train: RatingsDataset, seed: int = 0, **settings) -> Predictor:
    """Matrix factorization by Adam; `settings` replace those of `MF`.

    >>> import pandas as pd
    >>> table = pd.DataFrame({"user_id": [1, 1, 2], "item_id": [7, 8, 7],
    ...                       "rating": [5.0, 3.0, 4.0]})
    >>> fit_mf(RatingsDataset.fit(table), n_factors=2, epochs=1)
    MatrixFactorization(n_users=2, n_items=2, n_factors=2, mean=4, init_sd=0.01, seed=0)
    """
    settings = MF | settings
    start = {name: settings.pop(name) for name in ("n_factors", "init_sd")}
    model = MatrixFactorization(train.n_users, train.n_items, seed=seed, **start)
    return _trained(model, train, seed, settings)


def fit_svdpp(train: RatingsDataset, seed: int = 0, **settings) -> Predictor:
    """SVD++ by Adam; `settings` replace those of `SVDPP`.

    N(u) is what u rated in `train`.

    >>> import pandas as pd
    >>> table = pd.DataFrame({"user_id": [1, 1, 2], "item_id": [7, 8, 7],
    ...                       "rating": [5.0, 3.0, 4.0]})
    >>> fit_svdpp(RatingsDataset.fit(table), n_factors=2, epochs=1).n_factors
    2
    """
    return _fit_svdpp(SVDpp, train, seed, SVDPP | settings)


def fit_flipped_svdpp(train: RatingsDataset, seed: int = 0, **settings) -> Predictor:
    """SVD++ on both sides, by Adam; `settings` replace those of `FLIPPED`.

    >>> import pandas as pd
    >>> table = pd.DataFrame({"user_id": [1, 1, 2], "item_id": [7, 8, 7],
    ...                       "rating": [5.0, 3.0, 4.0]})
    >>> fit_flipped_svdpp(RatingsDataset.fit(table), n_factors=2, epochs=1).n_factors
    2
    """
    return _fit_svdpp(FlippedSVDpp, train, seed, FLIPPED | settings)


def fit_hybrid(
    train: RatingsDataset,
    seed: int = 0,
    item_features: Features | None = None,
    user_features: Features | None = None,
    own_rows: bool = True,
    **settings,
) -> Predictor:
    """Rows of their own plus rows of features, by Adam; `settings` as in `HYBRID`.

    >>> import pandas as pd
    >>> table = pd.DataFrame({"user_id": [1, 1, 2], "item_id": [7, 8, 7],
    ...                       "rating": [5.0, 3.0, 4.0]})
    >>> fit_hybrid(RatingsDataset.fit(table), n_factors=2, epochs=1).n_factors
    2
    """
    settings = HYBRID | settings
    start = {name: settings.pop(name) for name in ("n_factors", "init_sd")}
    bags = item_features, user_features
    model = HybridMF(train, *bags, own_rows=own_rows, seed=seed, **start)
    model.mean.zero_()
    prices = settings["reg_per_row"]
    if isinstance(prices, dict):  # a side without features has no table that could pay
        tables = {name.removesuffix(".weight") for name, _ in model.named_parameters()}
        settings["reg_per_row"] = {n: p for n, p in prices.items() if n in tables}
    return _trained(model, train, seed, settings)


def fit_als(train: RatingsDataset, seed: int = 0, **settings) -> Predictor:
    """Alternating least squares; `settings` replace the defaults of `ALS`.

    >>> import pandas as pd
    >>> table = pd.DataFrame({"user_id": [1, 1, 2], "item_id": [7, 8, 7],
    ...                       "rating": [5.0, 3.0, 4.0]})
    >>> fit_als(RatingsDataset.fit(table), n_factors=2, epochs=3).epochs
    3
    """
    return ALS(seed=seed, **settings).fit(train)


def fit_bayes_plain(train: RatingsDataset, seed: int = 0, **settings) -> Predictor:
    """The sampler on stars alone, and quick; `settings` replace those of `BAYES_PLAIN`.

    >>> import pandas as pd
    >>> table = pd.DataFrame({"user_id": [1, 1, 2], "item_id": [7, 8, 7],
    ...                       "rating": [5.0, 3.0, 4.0]})
    >>> fit_bayes_plain(RatingsDataset.fit(table), epochs=30).implicit
    False
    """
    return BayesianMF(seed=seed, **(BAYES_PLAIN | settings)).fit(train)


def fit_bayes_quick(train: RatingsDataset, seed: int = 0, **settings) -> Predictor:
    """A few sweeps from where ALS ends; `settings` replace those of `BAYES_QUICK`.

    >>> import pandas as pd
    >>> table = pd.DataFrame({"user_id": [1, 1, 2], "item_id": [7, 8, 7],
    ...                       "rating": [5.0, 3.0, 4.0]})
    >>> len(fit_bayes_quick(RatingsDataset.fit(table)).samples)
    11
    """
    return BayesianMF(seed=seed, **(BAYES_QUICK | settings)).fit(train)


def fit_bayes(train: RatingsDataset, seed: int = 0, **settings) -> Predictor:
    """The sampler with histories on both sides; `settings` replace those of `BAYES`.

    >>> import pandas as pd
    >>> table = pd.DataFrame({"user_id": [1, 1, 2], "item_id": [7, 8, 7],
    ...                       "rating": [5.0, 3.0, 4.0]})
    >>> fit_bayes(RatingsDataset.fit(table), epochs=50).implicit
    True
    """
    return BayesianMF(seed=seed, **(BAYES | settings)).fit(train)


def _fit_svdpp(kind, train, seed, settings) -> Predictor:
    start = {name: settings.pop(name) for name in ("n_factors", "init_sd")}
    model = kind(train, seed=seed, **start)
    model.mean.zero_()
    return _trained(model, train, seed, settings)


def _trained(model, train, seed, settings) -> Predictor:
    # All of `train` trains: the number of epochs was chosen beforehand.
    fit_standardized(
        model, train, anneal=True, seed=seed, show_progress=False, **settings
    )
    return model


RECIPES: dict[str, Callable[..., Predictor]] = {
    "bias": fit_bias,
    "mf": fit_mf,
    "svdpp": fit_svdpp,
    "svdpp-flipped": fit_flipped_svdpp,
    "als": fit_als,
    "bayes-quick": fit_bayes_quick,
    "bayes-plain": fit_bayes_plain,
    "bayes": fit_bayes,
}
