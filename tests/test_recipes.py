"""The settings of the course: a slip in them would spoil every table and every lab."""

import pytest
import torch

from data_utils import RatingsDataset, official_folds, planted_world
from data_utils import train_test_split_random as split_at_random
from metrics import rmse
from recipes import MF, RECIPES, SVDPP, fit_mf, fit_svdpp
from tools import tune
from training import evaluate

LEARNERS = ("mf", "svdpp", "als")
LOOSE_MARKS = {"bias": 0.965, "mf": 0.925, "svdpp": 0.920, "als": 0.925}


@pytest.fixture(scope="module")
def world():
    return planted_world()


@pytest.fixture(scope="module")
def world_scores(world):
    """RMSE of each model on the same fifth of the planted ratings, and of the truth."""
    split = split_at_random(world.ratings, 0.2, seed=3)
    train = RatingsDataset.fit(split.train)
    test = train.like(split.test)
    scores = {
        name: evaluate(RECIPES[name](train, seed=1), test)["rmse"]
        for name in ("bias", *LEARNERS)
    }
    expected = world.truth.predict(split.test["user_id"], split.test["item_id"])
    return scores | {"oracle": rmse(expected, split.test["rating"])}


@pytest.mark.parametrize("name", LEARNERS)
def test_planted_factors_are_found(world_scores, name):
    assert world_scores["oracle"] < world_scores[name] < 1.06 * world_scores["oracle"]
    assert world_scores[name] < 0.96 * world_scores["bias"]


@pytest.fixture(scope="module")
def first_fold(ml100k):
    fold = official_folds(ml100k[0])[0]
    train = RatingsDataset.fit(fold.train)
    return train, train.like(fold.test)


@pytest.mark.parametrize("name", LOOSE_MARKS)
def test_the_first_official_fold_is_predicted_as_the_readme_says(first_fold, name):
    train, test = first_fold
    assert evaluate(RECIPES[name](train, seed=1), test)["rmse"] <= LOOSE_MARKS[name]


@pytest.fixture(scope="module")
def small(small_world):
    return RatingsDataset.fit(small_world.ratings)


@pytest.mark.parametrize("name", LEARNERS)
def test_the_seed_decides(small, name):
    one, again, other = (
        RECIPES[name](small, seed).predict(small.users, small.items)
        for seed in (1, 1, 2)
    )
    torch.testing.assert_close(one, again, rtol=0, atol=0)
    assert not torch.allclose(one, other)


def test_settings_replace_the_defaults_for_one_fit_alone(small):
    before = MF | {}, SVDPP | {}
    model = fit_mf(small, 1, n_factors=3, epochs=1)
    assert model.tables().user_factors.shape == (small.n_users, 3)
    model = fit_svdpp(small, 1, n_factors=5, epochs=1)
    assert model.implicit_factors.weight.shape == (small.n_items, 5)
    assert before == (MF, SVDPP)


def test_the_two_factorizations_are_tuned_alike():
    # Lab 07 compares them: only the price of what SVD++ adds may be new.
    assert MF | {"damping": SVDPP["damping"]} == SVDPP
    shared = SVDPP["damping"]["user_factors"], SVDPP["damping"]["item_factors"]
    assert set(shared) == {MF["damping"]}


class TestTune:
    def test_validation_is_a_tenth_of_the_training_part_and_not_in_the_rest(
        self, world
    ):
        rest, validation = tune.validation_parts(world.ratings, seed=1)
        assert len(rest) + len(validation) == len(world.ratings)
        assert len(validation) == round(0.1 * len(world.ratings))
        pairs = (set(zip(d.users, d.items, strict=True)) for d in (rest, validation))
        assert set.isdisjoint(*pairs)

    def test_every_model_has_as_many_tries(self):
        assert len({len(settings) for settings in tune.GRIDS.values()}) == 1

    def test_the_lowest_mean_over_folds_comes_first(self, small_world):
        settings = [{"sweeps": 1}, {"sweeps": 3, "damping": 2.0}]
        trains = {1: small_world.ratings, 2: small_world.ratings[300:]}
        tried = tune.tune("als", trains, settings, seed=0)
        assert list(tried["fold"]) == [1, 2, 1, 2]
        table = tune.ranking(tried)
        by_hand = tried.groupby("setting")["validation_rmse"].mean()
        assert table["validation_rmse"].tolist() == sorted(by_hand)
        assert table["settings"][0] == str(settings[by_hand.idxmin()])

    def test_what_was_tried_is_written(self, tmp_path, capsys, monkeypatch):
        monkeypatch.setitem(tune.GRIDS, "als", [{"sweeps": 1}])
        path = tmp_path / "build" / "tried.csv"
        options = ["--dataset", "sample", "--models", "als", "--folds", "1"]
        assert tune.main([*options, "--csv", str(path)]) == 0
        assert "sweeps" in capsys.readouterr().out
        assert path.read_text().startswith("model,setting,fold,settings,validation")
