"""The settings of the course: a slip in them would spoil every table and every lab."""

import inspect

import pytest
import torch

import recipes
from data_utils import RatingsDataset, official_folds, planted_world
from data_utils import train_test_split_random as split_at_random
from metrics import rmse
from models import ALS
from recipes import (
    BAYES,
    BAYES_PLAIN,
    BAYES_QUICK,
    MF,
    RECIPES,
    SVDPP,
    fit_mf,
    fit_svdpp,
)
from tools import tune
from training import evaluate

POINT_MODELS = ("mf", "svdpp", "als")
SAMPLERS = ("bayes-plain", "bayes")
LEARNERS = POINT_MODELS + SAMPLERS
LOOSE_MARKS = {"bias": 0.965, "mf": 0.925, "svdpp": 0.920, "als": 0.925} | {
    "svdpp-flipped": 0.905,
    "bayes-quick": 0.918,
    "bayes-plain": 0.912,
    "bayes": 0.900,
}
CHOSEN = {
    "mf": MF,
    "svdpp": SVDPP,
    "als": {n: p.default for n, p in inspect.signature(ALS).parameters.items()},
    "bayes-quick": BAYES_QUICK,
    "bayes-plain": BAYES_PLAIN,
    "bayes": BAYES,
}


@pytest.fixture(scope="module")
def world():
    return planted_world()


@pytest.fixture(scope="module")
def world_parts(world):
    """Four fifths of the planted ratings, the last one, and the truth's RMSE on it."""
    split = split_at_random(world.ratings, 0.2, seed=3)
    train = RatingsDataset.fit(split.train)
    expected = world.truth.predict(split.test["user_id"], split.test["item_id"])
    return train, train.encode(split.test), rmse(expected, split.test["rating"])


@pytest.fixture(scope="module")
def on_world(world_parts):
    """Each model of the course, fitted to the planted ratings."""
    names = ("bias", *LEARNERS)
    return {name: RECIPES[name](world_parts[0], seed=1) for name in names}


@pytest.mark.parametrize("name", LEARNERS)
def test_planted_factors_are_found(on_world, world_parts, name):
    _, test, floor = world_parts
    score = evaluate(on_world[name], test)["rmse"]
    assert floor < score < 1.06 * floor
    assert score < 0.96 * evaluate(on_world["bias"], test)["rmse"]


@pytest.mark.parametrize("name", SAMPLERS)
def test_intervals_keep_their_promise_on_the_planted_world(on_world, world_parts, name):
    _, test, _ = world_parts
    model = on_world[name]
    mean, std = model.predict(test.users, test.items, return_std=True)
    half = 1.645 * (std**2 + model.noise_sd**2).sqrt()
    inside = ((test.ratings - mean).abs() <= half).float().mean().item()
    assert 0.80 <= inside <= 0.97


@pytest.fixture(scope="module")
def first_fold(ml100k):
    fold = official_folds(ml100k[0])[0]
    train = RatingsDataset.fit(fold.train)
    return train, train.encode(fold.test)


@pytest.mark.parametrize("name", LOOSE_MARKS)
def test_the_first_official_fold_is_predicted_as_the_readme_says(first_fold, name):
    train, test = first_fold
    quick = {"epochs": 60} if name == "bayes" else {}
    fitted = RECIPES[name](train, seed=1, **quick)
    assert evaluate(fitted, test)["rmse"] <= LOOSE_MARKS[name]


@pytest.fixture(scope="module")
def small(small_world):
    return RatingsDataset.fit(small_world.ratings)


@pytest.mark.parametrize("name", LEARNERS)
def test_the_seed_decides(small, name):
    quick = {"epochs": 6, "burn_in": 2} if name in SAMPLERS else {}
    one, again, other = (
        RECIPES[name](small, seed, **quick).predict(small.users, small.items)
        for seed in (1, 1, 2)
    )
    torch.testing.assert_close(one, again, rtol=0, atol=0)
    assert not torch.allclose(one, other)


def test_the_settings_are_those_the_readme_was_measured_with():
    """Who changes one measures the README's table anew: it hangs on each of them."""
    mf = {
        "n_factors": 32,
        "init_sd": 0.01,
        "epochs": 15,
        "learning_rate": 0.0075,
        "reg_per_rating": 0.036,
        "reg_per_row": 5.3,
        "batch_size": 1024,
    }
    prices = {"user_factors": 5.3, "item_factors": 5.3, "implicit_factors": 44.0}
    expected = {
        "MF": mf,
        "SVDPP": mf | {"reg_per_row": prices},
        "FLIPPED": mf | {"reg_per_row": prices | {"rater_factors": 44.0}},
        "BAYES_QUICK": {
            "n_factors": 8,
            "als_epochs": 6,
            "epochs": 12,
            "burn_in": 1,
        },
        "BAYES_PLAIN": {
            "n_factors": 10,
            "implicit": False,
            "epochs": 100,
            "burn_in": 20,
        },
        "BAYES": {"n_factors": 16, "implicit": True, "epochs": 200, "burn_in": 40},
    }
    assert {name: getattr(recipes, name) for name in expected} == expected


@pytest.mark.parametrize("name", ["mf", "svdpp", "svdpp-flipped"])
def test_the_seed_orders_the_batches_and_a_recipe_is_silent(small, monkeypatch, name):
    """Five seeds that shuffle alike are not five trainings; tables want no bars."""
    asked = {}
    monkeypatch.setattr(
        "recipes.fit_standardized",
        lambda model, train, **settings: asked.update(settings, model=model),
    )
    model = RECIPES[name](small, seed=7)
    assert asked["model"] is model
    assert model.seed == asked["seed"] == 7
    assert asked["show_progress"] is False
    assert asked["anneal"] is True
    assert model.mean == 0  # the stars come standardized


def test_settings_replace_the_defaults_for_one_fit_alone(small):
    before = MF | {}, SVDPP | {}
    model = fit_mf(small, 1, n_factors=3, epochs=1)
    assert model.tables().user_factors.shape == (small.n_users, 3)
    model = fit_svdpp(small, 1, n_factors=5, epochs=1)
    assert model.implicit_factors.weight.shape == (small.n_items, 5)
    assert before == (MF, SVDPP)


class TestTune:
    def test_validation_is_a_tenth_of_the_training_part_and_not_in_the_rest(
        self, world
    ):
        rest, validation = tune.validation_parts(world.ratings, seed=1)
        assert len(rest) + len(validation) == len(world.ratings)
        assert len(validation) == round(0.1 * len(world.ratings))
        pairs = (set(zip(d.users, d.items, strict=True)) for d in (rest, validation))
        assert set.isdisjoint(*pairs)

    def test_every_point_model_has_as_many_tries(self):
        assert {len(tune.GRIDS[name]) for name in POINT_MODELS} == {27}

    @pytest.mark.parametrize("name", tune.GRIDS)
    def test_the_choice_of_the_course_was_among_the_tries(self, name):
        assert CHOSEN[name] in [CHOSEN[name] | tried for tried in tune.GRIDS[name]]

    def test_the_lowest_mean_over_folds_comes_first(self, small_world):
        settings = [{"epochs": 1}, {"epochs": 3, "reg_per_row": 2.0}]
        trains = {1: small_world.ratings, 2: small_world.ratings[300:]}
        tried = tune.tune("als", trains, settings, seed=0)
        assert list(tried["fold"]) == [1, 2, 1, 2]
        table = tune.ranking(tried)
        by_hand = tried.groupby("setting")["validation_rmse"].mean()
        assert table["validation_rmse"].tolist() == sorted(by_hand)
        assert table["settings"][0] == str(settings[by_hand.idxmin()])

    def test_what_was_tried_is_written(self, tmp_path, capsys, monkeypatch):
        monkeypatch.setitem(tune.GRIDS, "als", [{"epochs": 1}])
        path = tmp_path / "build" / "tried.csv"
        options = ["--dataset", "sample", "--models", "als", "--folds", "1"]
        assert tune.main([*options, "--csv", str(path)]) == 0
        assert "epochs" in capsys.readouterr().out
        assert path.read_text().startswith("model,setting,fold,settings,validation")
