"""A split that leaks, loses rows or changes between runs falsifies every score."""

import numpy as np
import pandas as pd
import pytest

from data_utils.splits import (
    drop_cold,
    official_folds,
    random_folds,
    split_by_time_quantiles,
    split_report,
    stratified_by_item_split,
    train_test_split_by_time,
    train_test_split_random,
)


def made_up_ratings(n=600, seed=3):
    """Few distinct times, so that ties are everywhere; pairs are distinct."""
    generator = np.random.default_rng(seed)
    pairs = generator.choice(30 * 40, size=n, replace=False)
    return pd.DataFrame(
        {
            "user_id": 10 + 3 * (pairs // 40),
            "item_id": 100 + 7 * (pairs % 40),
            "rating": generator.integers(1, 6, n).astype(float),
            "timestamp": 1_000 + generator.integers(0, 12, n),
        }
    )


SPLITS = {
    "random": lambda r: train_test_split_random(r, 0.3, seed=5),
    "time": lambda r: train_test_split_by_time(r, 0.3),
    "user time": lambda r: train_test_split_by_time(r, 0.3, per_user=True),
    "quantiles": lambda r: split_by_time_quantiles(r),
    "by item": lambda r: stratified_by_item_split(r, 0.3, seed=5),
    "fold": lambda r: random_folds(r, 3, seed=5)[1],
}
TIME_SPLITS = ("time", "user time", "quantiles")


@pytest.mark.parametrize("name", SPLITS)
def test_parts_are_disjoint_and_together_are_the_input(name):
    ratings = made_up_ratings()
    *parts, _ = SPLITS[name](ratings)
    assert all(part.index.is_monotonic_increasing and len(part) for part in parts)
    pd.testing.assert_frame_equal(pd.concat(parts).sort_index(), ratings)


@pytest.mark.parametrize("name", SPLITS)
def test_the_same_call_gives_the_same_parts_and_leaves_its_input_alone(name):
    ratings = made_up_ratings()
    before = ratings.copy()
    first, second = SPLITS[name](ratings), SPLITS[name](ratings)
    pd.testing.assert_frame_equal(first.test, second.test)
    assert first.report == second.report
    pd.testing.assert_frame_equal(ratings, before)


@pytest.mark.parametrize("n", [3, 40, 600])
def test_a_time_split_is_a_cut_of_all_ratings_put_in_order(n):
    """No sort is made; what a sort would give is published in the labs."""
    ratings = made_up_ratings(n)
    keys = ["timestamp", "user_id", "item_id"]
    in_order = ratings.sort_values(keys).index
    train, validation, test, _ = split_by_time_quantiles(ratings, (0.5, 0.25, 0.25))
    ends = np.cumsum([len(train), len(validation)])
    for part, expected in zip(
        (train, validation, test), np.split(in_order, ends), strict=True
    ):
        assert part.index.tolist() == sorted(expected)
    newest = train_test_split_by_time(ratings, 0.3).test
    assert newest.index.tolist() == sorted(in_order[n - len(newest) :])


@pytest.mark.parametrize("name", TIME_SPLITS)
def test_row_order_does_not_decide_a_time_split(name):
    ratings = made_up_ratings()
    shuffled = ratings.sample(frac=1, random_state=1)
    *expected, _ = SPLITS[name](ratings)
    *parts, _ = SPLITS[name](shuffled)
    for part, same in zip(parts, expected, strict=True):
        pd.testing.assert_frame_equal(part.sort_index(), same)


def test_other_seeds_give_other_parts():
    ratings = made_up_ratings()
    for split in (train_test_split_random, stratified_by_item_split):
        one, two = split(ratings, 0.3, seed=1), split(ratings, 0.3, seed=2)
        assert not one.test.index.equals(two.test.index)
    one, two = (random_folds(ratings, 3, seed)[0].test for seed in (1, 2))
    assert not one.index.equals(two.index)


def test_no_training_rating_is_newer_than_a_test_rating_in_a_global_time_split():
    split = train_test_split_by_time(made_up_ratings(), 0.3)
    assert split.train["timestamp"].max() <= split.test["timestamp"].min()
    assert split.report.leakage_share == 0
    assert len(split.test) == 180


def test_a_tie_in_time_is_broken_by_user_then_movie():
    ratings = pd.DataFrame(
        {
            "user_id": [2, 1, 2, 1],
            "item_id": [5, 9, 4, 8],
            "rating": 3.0,
            "timestamp": 7,
        }
    )
    split = train_test_split_by_time(ratings, 0.5)
    assert split.test.index.tolist() == [0, 2]
    per_user = train_test_split_by_time(ratings, 0.5, per_user=True)
    assert per_user.test.index.tolist() == [0, 1]


def test_per_user_each_test_rating_follows_that_user_s_training_ratings():
    ratings = made_up_ratings()
    train, test, report = train_test_split_by_time(ratings, 0.2, per_user=True)
    newest = train.groupby("user_id")["timestamp"].max()
    assert (test["timestamp"] >= test["user_id"].map(newest)).all()
    sizes = ratings.groupby("user_id").size()
    expected = sizes - 4 * sizes // 5
    assert (test.groupby("user_id").size() == expected).all()
    assert (report.cold_users, report.leakage_share) == (0, 0)


def test_a_user_with_one_rating_keeps_it_for_training():
    ratings = made_up_ratings()
    lonely = ratings.iloc[[0]].assign(user_id=999)
    split = train_test_split_by_time(
        pd.concat([ratings, lonely], ignore_index=True), 0.9, per_user=True
    )
    assert 999 in set(split.train["user_id"])
    assert 999 not in set(split.test["user_id"])


@pytest.mark.parametrize(
    ("test_size", "n_test"), [(0.001, 1), (0.25, 2), (0.5, 5), (0.999, 9)]
)
def test_no_part_of_a_small_table_is_empty(test_size, n_test):
    """Python rounds 2.5 to 2; at the ends one rating is left over for either part."""
    ratings = made_up_ratings(n=10)
    for split in (train_test_split_random, train_test_split_by_time):
        train, test, _ = split(ratings, test_size)
        assert (len(train), len(test)) == (10 - n_test, n_test)


@pytest.mark.parametrize(
    ("n", "shares", "sizes"),
    [
        (3, (0.98, 0.01, 0.01), [1, 1, 1]),
        (3, (0.01, 0.01, 0.98), [1, 1, 1]),
        (10, (0.01, 0.01, 0.98), [1, 1, 8]),
        (10, (0.01, 0.98, 0.01), [1, 8, 1]),
        (10, (0.98, 0.01, 0.01), [8, 1, 1]),
    ],
)
def test_each_of_three_parts_has_a_rating(n, shares, sizes):
    *parts, _ = split_by_time_quantiles(made_up_ratings(n=n), shares)
    assert [len(part) for part in parts] == sizes


def test_per_user_a_share_that_floats_miss_by_a_hair_is_not_rounded_down():
    """(1 - 0.3) * 90 is 62.99…99 to a computer: 63 ratings train, not 62."""
    columns = {"user_id": 1, "item_id": range(90), "rating": 3.0}
    ratings = pd.DataFrame(columns).assign(timestamp=range(90))
    split = train_test_split_by_time(ratings, 0.3, per_user=True)
    assert (len(split.train), len(split.test)) == (63, 27)


def test_quantiles_cut_the_time_line_in_order():
    train, validation, test, report = split_by_time_quantiles(made_up_ratings())
    assert [len(train), len(validation), len(test)] == [450, 90, 60]
    assert train["timestamp"].max() <= validation["timestamp"].min()
    assert validation["timestamp"].max() <= test["timestamp"].min()
    assert (report.n_train, report.n_test) == (450, 60)


def test_random_folds_test_each_rating_once():
    ratings = made_up_ratings(n=602)
    folds = random_folds(ratings, 5, seed=0)
    assert [len(fold.test) for fold in folds] == [121, 121, 120, 120, 120]
    together = pd.concat([fold.test for fold in folds]).sort_index()
    pd.testing.assert_frame_equal(together, ratings)


def test_by_item_every_movie_loses_the_share_the_benchmark_s_rounding_gives():
    ratings = made_up_ratings()
    train, _, report = stratified_by_item_split(ratings, 0.25, seed=0)
    kept = train.groupby("item_id").size()
    sizes = ratings.groupby("item_id").size()
    assert kept.tolist() == [max(round(0.75 * n), 1) for n in sizes]
    assert report.cold_items == 0


def test_a_report_counts_the_cold_and_the_leaking_by_hand():
    train = pd.DataFrame(
        {
            "user_id": [1, 1, 2],
            "item_id": [5, 6, 5],
            "rating": 3.0,
            "timestamp": [1, 9, 4],
        }
    )
    test = pd.DataFrame(
        {
            "user_id": [1, 2, 2, 3],
            "item_id": [7, 6, 6, 5],
            "rating": 4.0,
            "timestamp": [8, 4, 5, 0],
        }
    )
    report = split_report(train, test)
    assert (report.n_train, report.n_test) == (3, 4)
    assert (report.cold_users, report.cold_items) == (1, 1)
    assert report.cold_rating_share == 0.5  # user 3, and movie 7
    assert report.leakage_share == 0.25  # 8 < 9; at 4 the same time is not older
    assert "1 users and 1 movies, in 50.0%" in str(report)
    same, warm = drop_cold(train, test)
    assert same is train
    assert warm.index.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda r: train_test_split_random(r.iloc[:0]), "has 0 rows; at least 2 are"),
        (lambda r: train_test_split_by_time(r.iloc[:1]), "has 1 rows; at least 2 are"),
        (lambda r: split_by_time_quantiles(r.iloc[:2]), "at least 3 are needed"),
        (lambda r: train_test_split_random(r, 20), "test_size=20 was given"),
        (lambda r: train_test_split_by_time(r, 0.0), "between 0 and 1"),
        (lambda r: stratified_by_item_split(r, float("nan")), "between 0 and 1"),
        (lambda r: split_by_time_quantiles(r, (0.8, 0.1)), "three positive numbers"),
        (lambda r: split_by_time_quantiles(r, (0.8, 0.3, -0.1)), "add up to 1"),
        (lambda r: train_test_split_by_time(r.drop(columns="timestamp")), "lacks t"),
        (lambda r: train_test_split_random(r.to_numpy()), "this ndarray lacks user_id"),
        (lambda r: train_test_split_random(r, 1.0), "between 0 and 1"),
        (lambda r: stratified_by_item_split(r.iloc[:1]), "at least 2 are needed"),
        (lambda r: random_folds(r, 1), "n_folds=1 was asked of 600 ratings"),
        (lambda r: random_folds(r, 601), "n_folds=601 was asked of 600 ratings"),
        (lambda r: split_by_time_quantiles(r, (0.5, 0.25, 0.0)), "three positive"),
        (lambda r: split_by_time_quantiles(r, (1.0, 0.0, 0.0)), "three positive"),
        (lambda r: official_folds(r), r"Use random_folds\(ratings\)"),
        (lambda r: drop_cold(r.iloc[:0], r), "at least one is needed"),
        (lambda r: drop_cold(r, r.drop(columns="item_id")), "lacks item_id"),
        (lambda r: split_report(r, r.iloc[:0]), "at least one is needed"),
        (lambda r: split_by_time_quantiles(r.drop(columns="timestamp")), "lacks time"),
        (
            lambda r: stratified_by_item_split(r.drop_duplicates("item_id"), 0.2),
            "test part would be empty",
        ),
    ],
)
def test_bad_input_is_answered_by_a_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call(made_up_ratings())


@pytest.mark.parametrize("name", [name for name in SPLITS if name not in TIME_SPLITS])
def test_where_time_is_not_used_a_table_without_it_is_split_the_same(name):
    """Many a table of one's own has no timestamps."""
    ratings = made_up_ratings()
    timeless = ratings.drop(columns="timestamp")
    expected, split = SPLITS[name](ratings), SPLITS[name](timeless)
    pd.testing.assert_index_equal(split.test.index, expected.test.index)
    assert split.report.leakage_share is None
    assert split.report.cold_users == expected.report.cold_users
    assert str(split.report).endswith(
        "no timestamps, so nothing can be said of leakage."
    )
    assert "older than" in str(expected.report)
    _, warm = drop_cold(split.train, split.test)
    assert warm.index.equals(drop_cold(expected.train, expected.test)[1].index)


def test_the_seeds_of_the_course_give_the_parts_they_always_gave():
    """Every number in the labs hangs on them."""
    ratings = made_up_ratings()
    found = {
        "random": train_test_split_random(ratings, 0.3).test,
        "seed 5": train_test_split_random(ratings, 0.3, seed=5).test,
        "by item": stratified_by_item_split(ratings).test,
        "fold": random_folds(ratings)[4].test,
    }
    assert {name: part.index[:6].tolist() for name, part in found.items()} == {
        "random": [5, 12, 15, 17, 18, 20],
        "seed 5": [1, 2, 3, 7, 9, 11],
        "by item": [5, 9, 10, 16, 26, 27],
        "fold": [1, 3, 7, 11, 16, 21],
    }


@pytest.fixture(scope="module")
def as_long_as_ml100k():
    """100,000 ratings whose blocks of 20,000 end with the users that u.data's do."""
    last = np.repeat([462, 658, 877, 943, 943], 20_000)
    return pd.DataFrame(
        {"user_id": np.arange(100_000) % last + 1, "item_id": 7, "rating": 4.0}
    )


def test_official_fold_i_tests_the_ith_block_of_lines(as_long_as_ml100k):
    """Other blocks would be other folds, and no published figure could be compared."""
    folds = official_folds(as_long_as_ml100k)
    for number, fold in enumerate(folds):
        first = 20_000 * number
        assert fold.test.index.equals(pd.RangeIndex(first, first + 20_000))
        assert len(fold.train) == 80_000
    assert len(folds) == 5


def test_official_folds_of_another_table_are_refused(as_long_as_ml100k):
    """Five blocks of anything else would be called u1 to u5."""
    ratings = as_long_as_ml100k
    others = (
        ratings.iloc[:-1],
        ratings.iloc[::-1],
        ratings.iloc[::-1].reset_index(drop=True),
        ratings.set_axis(ratings.index + 1),
        ratings.assign(user_id=ratings["user_id"] + 1),
    )
    for other in others:
        sentence = (
            "need the 100,000 ratings of ML-100K in the order of its file, index 0 to "
            f"99999; these are {len(other):,} ratings, or in another order"
        )
        with pytest.raises(ValueError, match=sentence):
            official_folds(other)


@pytest.mark.parametrize("timeless", ["train", "test"])
def test_nothing_is_said_of_leakage_where_one_part_has_no_times(timeless):
    """Parts of one's own may come from two files; 0 % would be a claim."""
    ratings = made_up_ratings()
    parts = {"train": ratings[:400], "test": ratings[400:]}
    parts[timeless] = parts[timeless].drop(columns="timestamp")
    report = split_report(**parts)
    assert report.leakage_share is None
    assert "nothing can be said of leakage" in str(report)


def test_official_folds_are_the_published_u1_to_u5(ml100k):
    ratings, _ = ml100k
    folds = official_folds(ratings)
    assert [len(fold.test) for fold in folds] == [20_000] * 5
    assert [len(fold.train) for fold in folds] == [80_000] * 5
    # Users of u1.test … u5.test, and the movies they rate.
    users = [fold.test["user_id"] for fold in folds]
    assert [(u.min(), u.max()) for u in users] == [
        (1, 462), (1, 658), (1, 877), (1, 943), (1, 943)
    ]  # fmt: skip
    assert [u.nunique() for u in users] == [459, 653, 869, 923, 927]
    n_items = [fold.test["item_id"].nunique() for fold in folds]
    assert n_items == [1410, 1420, 1423, 1394, 1407]
    pd.testing.assert_frame_equal(pd.concat(f.test for f in folds), ratings)
    assert folds[0].report.leakage_share == pytest.approx(0.97, abs=0.005)


def test_official_folds_refuse_ml100k_in_another_order(ml100k):
    ratings, _ = ml100k
    shuffled = ratings.sample(frac=1, random_state=0)
    for other in (shuffled, shuffled.reset_index(drop=True), ratings.iloc[:-1]):
        with pytest.raises(ValueError, match="in another order"):
            official_folds(other)


def test_a_global_time_split_of_ml100k_is_a_cold_start_test(ml100k):
    ratings, _ = ml100k
    train, test, report = train_test_split_by_time(ratings, 0.2)
    assert (train["user_id"].nunique(), test["user_id"].nunique()) == (751, 301)
    assert report.cold_users == 192
    _, warm = drop_cold(train, test)
    assert (len(warm), warm["user_id"].nunique()) == (2863, 107)
    assert report.cold_rating_share == pytest.approx(1 - 2863 / 20_000)
    new_user = ~test["user_id"].isin(train["user_id"])
    assert new_user.mean() == pytest.approx(0.85, abs=0.005)
    assert report.leakage_share == 0


def test_every_user_of_ml100k_is_warm_in_the_per_user_time_split(ml100k):
    ratings, _ = ml100k
    train, test, report = train_test_split_by_time(ratings, 0.2, per_user=True)
    assert train["user_id"].nunique() == test["user_id"].nunique() == 943
    assert (report.cold_users, report.leakage_share) == (0, 0)
    constant = np.sqrt(((test["rating"] - train["rating"].mean()) ** 2).mean())
    assert constant == pytest.approx(1.208, abs=0.001)
