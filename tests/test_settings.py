"""Wrong settings: a named error with a sentence, not one of PyTorch's, nor NaN."""

import numpy as np
import pytest
import torch
from torch import nn

from data_utils import RatingsDataset
from models import (
    ALS,
    BayesianMF,
    BiasModel,
    DotProductMF,
    FlippedSVDpp,
    ImplicitALS,
    MatrixFactorization,
    SVDpp,
)
from training import fit

NAN, INF = float("nan"), float("inf")
NO_COUNTS = (0, -1, 2.5, 3.0, "3", None, True, NAN, [3])
NO_NUMBERS = (-1, "0.1", None, True, NAN, INF, [0.1], np.array([0.1, 0.2]))


@pytest.fixture(scope="module")
def train(small_world):
    return RatingsDataset.fit(small_world.ratings)


def wrong(names, values):
    return [(name, value) for name in names.split() for value in values]


def refused(call, name, value):
    with pytest.raises(ValueError, match=f"{name}=.* (was|were) given") as caught:
        call(**{name: value})
    assert repr(value) in str(caught.value)


def sizes(kind, **settings):
    return kind(**({"n_users": 3, "n_items": 4} | settings))


@pytest.mark.parametrize("kind", [DotProductMF, MatrixFactorization])
@pytest.mark.parametrize(
    ("name", "value"), wrong("n_users n_items n_factors", NO_COUNTS)
)
def test_tables_need_a_size(kind, name, value):
    """MatrixFactorization(-1, 3) ended in a message about PyTorch's storage."""
    refused(lambda **given: sizes(kind, **given), name, value)


@pytest.mark.parametrize("value", NO_NUMBERS)
def test_a_spread_is_a_number(train, value):
    """A NaN would go into every factor, and a text into PyTorch."""
    for make in (
        lambda **given: sizes(MatrixFactorization, **given),
        lambda **given: SVDpp(train, **given),
        lambda **given: FlippedSVDpp(train, **given),
        BayesianMF,
    ):
        refused(make, "init_sd", value)


@pytest.mark.parametrize("value", ["3", None, True, NAN, INF, [3.5]])
def test_a_mean_is_a_number(value):
    refused(lambda **given: sizes(MatrixFactorization, **given), "mean", value)


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (ALS, "n_factors epochs"),
        (ImplicitALS, "n_factors epochs"),
        (BayesianMF, "n_factors epochs max_samples"),
    ],
)
@pytest.mark.parametrize("value", NO_COUNTS)
def test_sweeps_and_factors_are_counted(kind, names, value):
    for name in names.split():
        refused(kind, name, value)


@pytest.mark.parametrize("value", [-1, 2.5, "3", None, True])
def test_a_burn_in_may_be_zero_and_nothing_else_of_the_kind(value):
    refused(BayesianMF, "burn_in", value)
    assert BayesianMF(burn_in=0).burn_in == 0


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (BiasModel, "user_damping item_damping"),
        (ALS, "reg_per_rating reg_per_row bias_reg_per_row tolerance"),
        (ImplicitALS, "reg_per_row alpha"),
    ],
)
@pytest.mark.parametrize("value", NO_NUMBERS)
def test_penalties_are_numbers(kind, names, value):
    """BiasModel(user_damping=nan) predicted NaN for every pair, without a word."""
    for name in names.split():
        refused(kind, name, value)


def test_numbers_of_numpy_and_torch_are_numbers(train):
    """A setting often comes out of np.arange or of a tensor's mean."""
    mean = train.ratings.mean()
    model = MatrixFactorization(
        np.int64(3), np.int32(4), np.int64(2), mean=mean, init_sd=np.float32(0.1)
    )
    assert model.mean == mean
    assert BiasModel(np.float64(1), torch.tensor(2.0)).fit(train).tables()
    assert ALS(np.int64(2), reg_per_row=np.float32(1), epochs=np.int8(1)).fit(train)
    zero = MatrixFactorization(3, 4, init_sd=0)
    assert not zero.user_factors.weight.any()


def a_fit(train, **settings):
    model = MatrixFactorization(train.n_users, train.n_items, 2)
    return fit(model, train, train, show_progress=False, **({"epochs": 1} | settings))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *wrong("epochs batch_size", NO_COUNTS),
        *wrong("patience", [value for value in NO_COUNTS if value is not None]),
        *wrong("learning_rate reg_per_rating", NO_NUMBERS),
        *wrong("learning_rate", [0]),
        *wrong("reg_per_row", NO_NUMBERS),
        *wrong("reg_per_row", [{"user_factors": "5"}, {"item_factors": NAN}]),
        *wrong("seed", [-1, 2.5, "3", None]),
        *wrong("optimizer", ["adam", torch.optim.Adam, 0]),
    ],
)
def test_wrong_settings_of_fit_are_named(train, name, value):
    """epochs="3" was a TypeError of a comparison that no student has written."""
    refused(lambda **given: a_fit(train, **given), name, value)


class Sum(nn.Module):
    """The least that can be trained: no predict, no penalty, no names."""

    def __init__(self, n_users, n_items):
        super().__init__()
        self.a, self.b = nn.Embedding(n_users, 1), nn.Embedding(n_items, 1)

    def forward(self, users, items):
        return (self.a(users) + self.b(items)).squeeze(-1)


def test_a_learners_own_module_needs_forward_and_nothing_else(train, tmp_path):
    """Trained, validated, penalized by row, put away and taken up again."""
    settings = {"reg_per_row": {"a": 1.0}, "patience": 3, "show_progress": False}
    settings |= {"checkpoint": tmp_path / "run.pt", "learning_rate": 0.05}
    whole, model = Sum(train.n_users, train.n_items), Sum(train.n_users, train.n_items)
    model.load_state_dict(whole.state_dict())
    history = fit(whole, train, train, epochs=4, **settings)
    assert history.best_rmse < history.epochs[0]["validation_rmse"]
    fit(model, train, train, epochs=2, **settings)
    fit(model, train, train, epochs=4, resume=True, **settings)
    torch.testing.assert_close(model.state_dict(), whole.state_dict(), rtol=0, atol=0)


@pytest.mark.parametrize("model", [ALS(), BiasModel(), MatrixFactorization])
def test_a_model_with_a_fit_of_its_own_is_told_to_use_it(train, model):
    with pytest.raises(ValueError, match=r"is not a torch.nn.Module.*model.fit\(train"):
        fit(model, train)
