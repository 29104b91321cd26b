"""How each model of the course is fitted, with its defaults, under the name it has.

A recipe takes the training ratings and a seed, and returns the fitted model. It may
set a part of the training ratings aside to choose by; it never sees a test rating.
"""

from collections.abc import Callable

import torch

from data_utils import RatingsDataset
from models import ALS, BiasModel
from models.base import Predictor


def fit_bias(train: RatingsDataset, seed: int) -> Predictor:
    """Damped means: a closed form, the seed changes nothing."""
    return BiasModel().fit(train)


def fit_als(train: RatingsDataset, seed: int) -> Predictor:
    return ALS(generator=torch.Generator().manual_seed(seed)).fit(train)


RECIPES: dict[str, Callable[[RatingsDataset, int], Predictor]] = {
    "bias": fit_bias,
    "als": fit_als,
}
