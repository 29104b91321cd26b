"""Measures among movies that nobody has rated, and the models that rank them."""

import json
import sys

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.metrics import ndcg_score, roc_auc_score

from data_utils import (
    Features,
    IdMap,
    RatingsDataset,
    movie_features,
    movies_held_out_split,
)
from metrics import auc_within_users, ndcg_among, paired_difference
from models import (
    ALS,
    BayesianMF,
    ContentKNN,
    FeatureMapping,
    GenreMeans,
    HybridMF,
    ImplicitALS,
)
from recipes import fit_hybrid


@pytest.fixture(scope="module")
def cold(small_world):
    """Training and test data, the new movies, and the features of all."""
    ratings, movies = small_world.ratings, small_world.movies
    split = movies_held_out_split(ratings, 0.2, seed=1)
    users = IdMap.fit(ratings["user_id"].to_numpy())
    train = RatingsDataset(split.train, users, IdMap.fit(movies["item_id"].to_numpy()))
    test = train.encode(split.test)
    features = movie_features(movies, train.item_ids)
    return train, test, test.items.unique(), features


def test_auc_is_scikit_learn_s_user_by_user():
    """Ties included: whole stars tie often."""
    rng = np.random.default_rng(0)
    users, scores = rng.integers(0, 8, 200), rng.integers(0, 5, 200).astype(float)
    liked = rng.random(200) < 0.5
    one_by_one = [
        roc_auc_score(liked[users == u], scores[users == u]) for u in range(8)
    ]
    assert auc_within_users(scores, liked, users) == pytest.approx(np.mean(one_by_one))


def test_users_of_one_kind_say_nothing_of_order():
    assert auc_within_users([1, 2, 9, 9], [0, 1, 1, 1], [1, 1, 2, 2]) == 1.0
    with pytest.raises(ValueError, match="both liked"):
        auc_within_users([1, 2], [1, 1], [1, 1])
    with pytest.raises(ValueError, match="one of each"):
        auc_within_users([1, 2], [1], [1, 1])


def test_ndcg_among_new_movies_is_scikit_learn_s(cold):
    train, test, new, _ = cold
    scores = torch.rand(
        train.n_users, train.n_items, generator=torch.Generator().manual_seed(0)
    )
    wanted = np.zeros(scores.shape)
    wanted[test.users, test.items] = 1
    some = wanted.any(axis=1)
    expected = ndcg_score(wanted[some][:, new], scores.numpy()[some][:, new], k=10)
    assert ndcg_among(scores, test, new) == pytest.approx(expected)


def test_the_order_of_the_catalogue_earns_nothing():
    """ML-100K lists popular movies first: ties in that order look like skill."""
    table = pd.DataFrame({"user_id": range(200), "item_id": 0, "rating": 4.0})
    table = pd.concat([table, table.assign(item_id=99)]).iloc[:201]
    users, items = IdMap.fit(range(200)), IdMap.fit(range(100))
    test = RatingsDataset(table, users, items)
    assert ndcg_among(torch.zeros(200, 100), test, range(100)) < 0.5


MODELS = {
    "genre means": lambda features: GenreMeans(features),
    "content neighbours": lambda features: ContentKNN(features),
    "mapped": lambda features: FeatureMapping(ALS(4), features),
    "mapped implicit": lambda features: FeatureMapping(ImplicitALS(4), features),
    "in the prior": lambda features: BayesianMF(
        4, item_features=features, epochs=20, burn_in=5
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_a_new_movie_is_told_from_another_by_its_features(cold, name):
    """Otherwise every user gets one number for all new movies: the lab's bad start."""
    train, _, new, features = cold
    scores = MODELS[name](features).fit(train).scores([3])[0, new]
    assert torch.isfinite(scores).all()
    assert scores.std() > 0


@pytest.mark.parametrize("name", MODELS)
def test_features_of_another_map_are_refused(cold, name):
    """Bags made with another map belong to other movies, without any crash."""
    train, *_ = cold
    table = pd.DataFrame({"item_id": [1], "genres": ["War"]})
    wrong = Features.of_table(table, IdMap.fit([1]), "item_id")
    with pytest.raises(ValueError, match="features are of 1 rows"):
        MODELS[name](wrong).fit(train)


@pytest.mark.parametrize("name", MODELS)
def test_no_features_are_no_crash(cold, name):
    """A file of one's own has ratings only."""
    train, *_ = cold
    table = pd.DataFrame({"item_id": [1]})
    empty = Features.of_table(table, train.item_ids, "item_id")
    for nothing in (None, empty):
        model = MODELS[name](nothing).fit(train)
        assert torch.isfinite(model.scores([0])).all()


def test_the_hybrid_s_new_movie_is_its_features(cold):
    """Its own row is what the generator drew: nobody's taste."""
    train, _, new, features = cold
    model = fit_hybrid(train, 1, features, epochs=2)
    bags = features.matrix() @ model.item_feature_factors.weight
    torch.testing.assert_close(model.item_vectors()[new], bags[new])
    known = train.items[0]
    assert not torch.allclose(model.item_vectors()[known], bags[known])
    predicted = model(train.users, train.items)
    torch.testing.assert_close(
        predicted.detach(), model.predict(train.users, train.items)
    )


def test_the_hybrid_s_gradients_reach_the_features(cold):
    train, _, _, features = cold
    model = HybridMF(train, features, n_factors=2)
    model(train.users, train.items).sum().backward()
    for table in (model.item_feature_factors, model.item_feature_bias):
        assert table.weight.grad.abs().sum() > 0


def test_without_own_rows_alike_movies_are_one(cold):
    """The lab shows what that costs known movies."""
    train, _, _, features = cold
    twins = features.only("genres")
    model = fit_hybrid(train, 0, twins, own_rows=False, epochs=1)
    bags = [tuple(row) for row in twins.matrix().tolist()]
    first = {}
    vectors = model.item_vectors()
    for row, bag in enumerate(bags):
        torch.testing.assert_close(vectors[row], vectors[first.setdefault(bag, row)])
    assert len(first) < len(bags)


def test_users_have_features_too(cold):
    train, *_ = cold
    table = pd.DataFrame({"user_id": train.user_ids.raw, "sex": ["F", "M"] * 30})
    users = Features.of_table(table, train.user_ids, "user_id")
    model = fit_hybrid(train, 0, user_features=users, epochs=1)
    assert model.user_feature_factors.weight.shape == (2, 16)
    bayes = BayesianMF(2, user_features=[users], epochs=6, burn_in=1).fit(train)
    assert torch.isfinite(bayes.scores([0])).all()


def test_neighbours_by_hand():
    """Movie 9 is like 7 and unlike 8: the user's stars for 7 are what it gets."""
    table = pd.DataFrame({"user_id": [1, 1], "item_id": [7, 8], "rating": [5.0, 1.0]})
    items = IdMap.fit([7, 8, 9])
    train = RatingsDataset(table, IdMap.fit([1]), items)
    known = pd.DataFrame({"item_id": [7, 8, 9], "genres": ["War", "Drama", "War"]})
    features = Features.of_table(known, items, "item_id")
    model = ContentKNN(features, damping=1).fit(train)
    # Here μ + b_u is 3; one neighbour of similarity 1, two stars above.
    assert model.predict([0], [2]).item() == pytest.approx(3 + 2 * 1 / (1 + 1))


def test_pairs_too_many_to_write_out_are_said(cold, monkeypatch):
    train, _, _, features = cold
    monkeypatch.setattr("models.content.MAX_PAIRS", 8)
    with pytest.raises(ValueError, match="ContentKNN writes out"):
        ContentKNN(features).fit(train)


def test_known_movies_keep_what_the_base_gave_them(cold):
    train, *_, features = cold
    base = ALS(4).fit(train)
    mapped = FeatureMapping(ALS(4), features).fit(train)
    torch.testing.assert_close(
        mapped.predict(train.users, train.items), base.predict(train.users, train.items)
    )


def test_the_tool_measures_one_draw(tmp_path, monkeypatch):
    """Who rebuilds the lab's table needs the command to run."""
    from tools import cold_movies

    quick = {"genre means": lambda train: GenreMeans().fit(train)}
    base = {"user's mean": lambda train: GenreMeans().fit(train)}
    monkeypatch.setattr(cold_movies, "models", lambda features, seed: base | quick)
    path = tmp_path / "cold.json"
    command = ["cold_movies.py", "sample", "--draws", "2", "--json", str(path)]
    monkeypatch.setattr(sys, "argv", command)
    cold_movies.main()
    found = json.loads(path.read_text())
    assert len(found["draws"]["sample"]["random"]["ndcg"]) == 2
    assert "against user's mean" in found["means"]["sample"]["genre means"]


def test_the_saved_figures_follow_from_the_saved_draws():
    """A table that is not that of its draws would be believed."""
    from tools import cold_movies

    saved = json.loads(cold_movies.JSON.read_text())
    assert saved["means"] == {
        edition: cold_movies.compared(scores)
        for edition, scores in saved["draws"].items()
    }


def test_draws_that_share_their_ratings_get_a_wider_interval():
    """Ten draws of one table are no ten tables: lab 10 would claim too much."""
    from tools import cold_movies

    scores = {"user's mean": {"rmse": [1.0, 1.0]}, "a": {"rmse": [0.9, 0.8]}}
    (found,) = cold_movies.compared(scores)["a"]["against user's mean"].values()
    wider = paired_difference([0.9, 0.8], [1.0, 1.0], test_train_ratio=0.25)
    assert found == str(wider)
