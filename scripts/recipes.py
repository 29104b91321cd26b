"""How each model of the course is fitted, with its defaults, under the name it has.

A recipe takes the training ratings and a seed, and returns the fitted model. It may
set a part of the training ratings aside to choose by; it never sees a test rating.
`tools/tune.py` found the penalties, the learning rate of MF, and the factors of ALS and
of the Bayesian model, on validation parts of the five training folds of ML-100K. The
rest was set beforehand: from earlier trials of that kind, or for speed.
"""

from collections.abc import Callable

import torch

from data_utils import RatingsDataset
from models import ALS, BayesianMF, BiasModel, MatrixFactorization, SVDpp
from models.base import Predictor
from training import fit

MF = {
    "n_factors": 32,
    "init_sd": 0.01,
    "epochs": 15,
    "learning_rate": 0.008,
    "regularization": 0.04,
    "damping": 6.0,
    "batch_size": 1024,
}
# SVD++ differs in nothing but what it adds. Which movies someone rated is a weaker hint
# than the stars they got, so the implicit factors have to earn more.
SVDPP = MF | {
    "damping": {"user_factors": 6.0, "item_factors": 6.0, "implicit_factors": 50.0}
}

# Ten factors to be quick, and to stand beside published figures with ten: with 16 the
# validation RMSE is .001 lower, and the fit takes twice as long.
BAYES_PLAIN = {"n_factors": 10, "implicit": False, "sweeps": 100, "burn_in": 20}
BAYES = {"n_factors": 16, "implicit": True, "sweeps": 200, "burn_in": 40}


def fit_bias(train: RatingsDataset, seed: int) -> Predictor:
    """Damped means: a closed form, the seed changes nothing."""
    return BiasModel().fit(train)


def fit_mf(train: RatingsDataset, seed: int, **settings) -> Predictor:
    """`settings` replace those of `MF`."""
    settings = MF | settings
    generator = torch.Generator().manual_seed(seed)
    size = train.n_users, train.n_items, settings.pop("n_factors")
    start = {"init_sd": settings.pop("init_sd"), "generator": generator}
    model = MatrixFactorization(*size, train.mean, **start)
    return _trained(model, train, generator, settings)


def fit_svdpp(train: RatingsDataset, seed: int, **settings) -> Predictor:
    """`settings` replace those of `SVDPP`. N(u) is what u rated in `train`."""
    settings = SVDPP | settings
    generator = torch.Generator().manual_seed(seed)
    start = {"init_sd": settings.pop("init_sd"), "generator": generator}
    model = SVDpp(train, settings.pop("n_factors"), **start)
    return _trained(model, train, generator, settings)


def fit_als(train: RatingsDataset, seed: int, **settings) -> Predictor:
    """`settings` replace the defaults of `ALS`."""
    return ALS(generator=torch.Generator().manual_seed(seed), **settings).fit(train)


def fit_bayes_plain(train: RatingsDataset, seed: int, **settings) -> Predictor:
    """`settings` replace those of `BAYES_PLAIN`: stars alone, and quick."""
    return fit_bayes(train, seed, **(BAYES_PLAIN | settings))


def fit_bayes(train: RatingsDataset, seed: int, **settings) -> Predictor:
    """`settings` replace those of `BAYES`: the most accurate model of the course."""
    settings = BAYES | settings
    generator = torch.Generator().manual_seed(seed)
    model = BayesianMF(settings["n_factors"], settings["implicit"], generator)
    return model.fit(train, settings["sweeps"], settings["burn_in"])


def _trained(model, train, generator, settings) -> Predictor:
    # All of `train` trains: the number of epochs was chosen beforehand.
    fit(model, train, anneal=True, generator=generator, show_progress=False, **settings)
    return model


RECIPES: dict[str, Callable[..., Predictor]] = {
    "bias": fit_bias,
    "mf": fit_mf,
    "svdpp": fit_svdpp,
    "als": fit_als,
    "bayes-plain": fit_bayes_plain,
    "bayes": fit_bayes,
}
