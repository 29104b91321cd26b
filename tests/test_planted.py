"""The planted world: what labs 01 to 05 rely on when they run on the sample."""

import numpy as np
import pandas as pd
import pytest
import torch

from data_utils import (
    RatingsDataset,
    download_movielens,
    load_truth,
    planted_world,
    train_test_split_random,
)
from data_utils.truth import SAMPLE
from metrics import rmse
from models import ALS, BiasModel
from tools.make_sample import as_filed, write_sample

# Value in ML-100K, and how far the sample may be from it.
NEIGHBOURHOOD = {
    "share of 1 star": (0.061, 0.02),
    "share of 2 stars": (0.114, 0.045),
    "share of 3 stars": (0.271, 0.03),
    "share of 4 stars": (0.342, 0.055),
    "share of 5 stars": (0.212, 0.03),
    "mean": (3.530, 0.08),
    "sd": (1.126, 0.04),
    "least ratings of a user": (20, 0),
    "median of ratings per user": (65, 20),
    "Gini of users": (0.47, 0.03),
    "least ratings of a movie": (1, 0),
    "median of ratings per movie": (27, 8),
    "Gini of movies": (0.63, 0.04),
    "share of movies with one rating": (0.084, 0.03),
    "share of the top 10 % of movies": (0.427, 0.03),
    "sd of user means": (0.45, 0.04),
    "sd of movie means": (0.53, 0.04),
    "correlation of log count and movie mean": (0.52, 0.08),
    "hours of a user's history, median": (0.8, 0.2),
    "users within a day": (0.68, 0.05),
    "distinct timestamps of a user, median": (0.5, 0.05),
    "days in all": (215, 60),
    "pairs of movies that share a genre": (0.349, 0.03),
}


@pytest.fixture(scope="module")
def world():
    return planted_world()


@pytest.fixture(scope="module")
def split(world):
    """Train as a dataset; the test part as users, items, stars, and the floor."""
    train, test, _ = train_test_split_random(world.ratings, test_size=0.2, seed=0)
    train = RatingsDataset.fit(train)
    users = train.user_ids.encode(test.user_id, unknown="mark")
    items = train.item_ids.encode(test.item_id, unknown="mark")
    stars = test.rating.to_numpy()
    floor = rmse(world.truth.predict(test.user_id, test.item_id), stars)
    return train, users, items, stars, floor


@pytest.fixture(scope="module")
def factorized(split):
    return _als(split[0], n_factors=8, reg_per_rating=0.08, reg_per_row=3.0, epochs=8)


def test_the_committed_sample_is_the_one_the_tool_writes(world, tmp_path):
    write_sample(world, tmp_path)
    names = {path.name for path in SAMPLE.iterdir()}
    assert names == {path.name for path in tmp_path.iterdir()}
    for name in names:
        assert (tmp_path / name).read_bytes() == (SAMPLE / name).read_bytes(), name
    assert sum(path.stat().st_size for path in SAMPLE.iterdir()) <= 1_500_000


def test_the_files_are_read_back_as_the_world_they_came_from(world):
    ratings, movies = download_movielens("sample")
    pd.testing.assert_frame_equal(ratings, world.ratings)
    pd.testing.assert_frame_equal(movies, world.movies, check_dtype=False)
    truth = load_truth()
    for name, value in vars(world.truth).items():
        np.testing.assert_array_equal(getattr(truth, name), value, err_msg=name)


def test_the_sample_looks_like_ml_100k(world):
    found = _describe(*world[:2])
    far = {
        name: found[name]
        for name, (real, tolerance) in NEIGHBOURHOOD.items()
        if abs(found[name] - real) > tolerance + 1e-9
    }
    assert not far


def test_the_tolerances_are_about_the_real_ml_100k(ml100k):
    found = _describe(*ml100k)
    for name, (real, _) in NEIGHBOURHOOD.items():
        assert found[name] == pytest.approx(real, rel=0.03), name


def test_a_model_comes_near_the_floor_and_well_below_the_biases(split):
    train, users, items, stars, floor = split
    bias = rmse(BiasModel().fit(train).predict(users, items), stars)
    tuned = _als(train, n_factors=2, reg_per_rating=0.06, reg_per_row=3.0)
    for model, reach in ((tuned, 1.06), (_als(train), 1.07)):  # the latter: defaults
        found = rmse(model.predict(users, items), stars)
        assert floor < found < reach * floor
        assert found < 0.96 * bias


def test_no_constant_shift_or_stretch_improves_on_the_truth(world):
    ratings, truth = world.ratings, world.truth
    best = truth.predict(ratings.user_id, ratings.item_id)
    slope, shift = np.polyfit(best, ratings.rating, 1)
    assert slope == pytest.approx(1, abs=0.02)
    assert shift == pytest.approx(0, abs=0.06)
    assert rmse(best, ratings.rating) < rmse(
        truth.opinion(ratings.user_id, ratings.item_id), ratings.rating
    )


def test_the_prediction_is_the_mean_of_many_draws(small_world):
    truth = small_world.truth
    user, item = truth.user_ids[[3]], truth.item_ids[[5]]
    noise = np.random.default_rng(0).normal(0, truth.noise_sd, 200_000)
    draws = np.rint(truth.opinion(user, item) + noise).clip(1, 5)
    assert truth.predict(user, item)[0] == pytest.approx(draws.mean(), abs=0.01)


def test_an_id_from_elsewhere_has_no_truth(small_world):
    with pytest.raises(KeyError, match="not in this map"):
        small_world.truth.predict([10**6], small_world.truth.item_ids[:1])


def test_without_regularization_more_factors_overfit(split):
    train, users, items, stars, _ = split
    test, training = [], []
    for k in (2, 6, 16):
        model = _als(train, n_factors=k, reg_per_rating=0, reg_per_row=0.1, epochs=8)
        test.append(rmse(model.predict(users, items), stars))
        fitted = model.predict(train.users, train.items)
        training.append(rmse(fitted, train.ratings))
    assert training == sorted(training, reverse=True)
    assert test == sorted(test)
    assert test[-1] > 1.2 * test[0]


def test_a_raw_movie_mean_is_worse_than_a_damped_one(world):
    train, test, _ = train_test_split_random(world.ratings, test_size=0.2, seed=0)
    by_movie = train.groupby("item_id").rating.agg(["sum", "count"])
    mean = train.rating.mean()
    errors = []
    for damping in (0, 5):
        damped = (by_movie["sum"] + damping * mean) / (by_movie["count"] + damping)
        errors.append(rmse(test.item_id.map(damped).fillna(mean), test.rating))
    raw, damped = errors
    assert damped < raw


def test_what_is_missing_is_not_missing_at_random(world):
    truth, ratings = world.truth, world.ratings
    every_user = np.repeat(truth.user_ids, len(truth.item_ids))
    every_item = np.tile(truth.item_ids, len(truth.user_ids))
    everywhere = truth.opinion(every_user, every_item).mean()
    assert truth.opinion(ratings.user_id, ratings.item_id).mean() > everywhere + 0.2


def test_neighbours_in_a_learned_model_share_a_genre(world, split, factorized):
    train = split[0]
    known = np.flatnonzero(np.bincount(train.items, minlength=train.n_items) >= 20)
    genres = world.movies.set_index("item_id").genres.str.get_dummies()
    flags = genres.loc[train.item_ids.decode(known)].to_numpy()
    vectors = factorized.tables().item_factors[known]
    directions = torch.nn.functional.normalize(vectors)
    cosine = directions @ directions.T
    nearest = cosine.fill_diagonal_(-2).topk(10).indices.numpy()
    rng = np.random.default_rng(0)
    null = [_sharing(rng.permutation(flags), nearest) for _ in range(200)]
    assert _sharing(flags, nearest) > max(null) + 0.05


def test_the_highest_predicted_stars_are_obscure(split):
    train = split[0]
    counts = np.bincount(train.items, minlength=train.n_items)
    model = _als(train, n_factors=8, reg_per_row=0.5, bias_reg_per_row=0.1, epochs=8)
    scores = model.tables().scores(torch.arange(train.n_users))
    scores[train.users, train.items] = -torch.inf
    listed = counts[scores.topk(10).indices.numpy()]
    rated = counts[train.items.numpy()]
    assert np.median(listed) < 0.6 * np.median(rated)
    assert (listed < 20).mean() > 2.5 * (rated < 20).mean()


def test_norms_follow_popularity(split, factorized):
    train = split[0]
    counts = np.bincount(train.items, minlength=train.n_items)
    norms = factorized.tables().item_factors.norm(dim=1).numpy()
    assert pd.Series(norms).corr(pd.Series(counts), method="spearman") > 0.3


def test_titles_are_unique_and_none_is_a_title_of_movielens(world, ml100k):
    titles = world.movies.title
    assert titles.is_unique
    assert not set(titles.str.casefold()) & set(ml100k[1].title.str.casefold())


def test_the_files_need_quotes_and_a_moved_article(world):
    filed = world.movies.title.map(as_filed)
    assert as_filed("The Last Picnic") == "Last Picnic, The"
    assert filed.str.endswith(", The").sum() > 100
    assert world.movies.title.str.contains(",").any()
    assert world.movies.year.between(1930, 1998).all()


@pytest.mark.parametrize("seed", [0, 1])
def test_a_small_world_has_what_was_asked_for(seed):
    ratings, movies, truth = planted_world(60, 80, 1500, seed=seed)
    again = planted_world(60, 80, 1500, seed=seed)
    pd.testing.assert_frame_equal(ratings, again.ratings)
    assert len(ratings) == 1500
    assert not ratings.duplicated(["user_id", "item_id"]).any()
    assert set(ratings.item_id) == set(movies.item_id) == set(truth.item_ids)
    assert ratings.groupby("user_id").size().min() == 20
    assert ratings.user_id.nunique() == 60
    assert set(ratings.rating) <= {1.0, 2.0, 3.0, 4.0, 5.0}
    assert truth.user_ids.max() >= 60, "ids without gaps would hide a forgotten IdMap"
    assert truth.genre_directions.shape == (len(truth.genres), 4)


def test_every_movie_is_rated_even_where_there_are_as_many_as_ratings():
    ratings, movies, _ = planted_world(5, 100, 100, seed=0)
    assert ratings.item_id.nunique() == len(movies) == 100
    assert (ratings.groupby("user_id").size() == 20).all()


@pytest.mark.parametrize(
    ("sizes", "sentence"),
    [
        ((100, 80, 1_500), "Ask for 2000 to 4000 ratings"),
        ((100, 80, 5_000), "Ask for 2000 to 4000 ratings"),
        ((100, 30, 2_500), "40 movies or more"),
        ((0, 80, 0), "too small"),
        ((5, 500, 120), "too few for 500 movies"),
    ],
)
def test_an_impossible_world_is_refused_in_a_sentence(sizes, sentence):
    with pytest.raises(ValueError, match=sentence):
        planted_world(*sizes)


def test_a_folder_without_truth_says_where_truth_is_known(tmp_path):
    with pytest.raises(FileNotFoundError, match="only planted data"):
        load_truth(tmp_path)


def _als(train, **settings):
    return ALS(**settings, seed=0).fit(train)


def _sharing(flags, nearest) -> float:
    """Share of (movie, neighbour) pairs with a genre in common."""
    return ((flags[:, None] * flags[nearest]).sum(-1) > 0).mean()


def _describe(ratings, movies) -> dict[str, float]:
    stars = ratings.rating
    per_user, per_movie = (
        ratings.groupby(name).rating.agg(["size", "mean"])
        for name in ("user_id", "item_id")
    )
    often = per_movie["size"].sort_values(ascending=False)
    times = ratings.groupby("user_id").timestamp
    hours = (times.max() - times.min()) / 3600
    flags = movies.genres.str.get_dummies().to_numpy()
    share = (flags @ flags.T > 0)[np.triu_indices(len(flags), 1)]
    movie_means = per_movie["mean"][per_movie["size"] >= 20]
    shares = {
        f"share of {k} star{'s' * (k > 1)}": (stars == k).mean() for k in range(1, 6)
    }
    return shares | {
        "mean": stars.mean(),
        "sd": stars.std(),
        "least ratings of a user": per_user["size"].min(),
        "median of ratings per user": per_user["size"].median(),
        "Gini of users": _gini(per_user["size"]),
        "least ratings of a movie": per_movie["size"].min(),
        "median of ratings per movie": per_movie["size"].median(),
        "Gini of movies": _gini(per_movie["size"]),
        "share of movies with one rating": (per_movie["size"] == 1).mean(),
        "share of the top 10 % of movies": often[: len(often) // 10].sum() / len(stars),
        "sd of user means": per_user["mean"].std(),
        "sd of movie means": movie_means.std(),
        "correlation of log count and movie mean": np.corrcoef(
            np.log(per_movie["size"]), per_movie["mean"]
        )[0, 1],
        "hours of a user's history, median": hours.median(),
        "users within a day": (hours < 24).mean(),
        "distinct timestamps of a user, median": (
            times.nunique() / times.size()
        ).median(),
        "days in all": (ratings.timestamp.max() - ratings.timestamp.min()) / 86_400,
        "pairs of movies that share a genre": share.mean(),
    }


def _gini(counts) -> float:
    counts = np.sort(counts)
    ranks = np.arange(1, len(counts) + 1)
    return (2 * ranks - len(counts) - 1) @ counts / (len(counts) * counts.sum())
