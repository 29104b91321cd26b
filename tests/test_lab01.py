"""Lab 01: what the notebook defines agrees with the package."""

import ast
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import data_utils as du
from data_utils.statistics import gini

SOURCE = Path(__file__).parents[1] / "notebooks/source/01-data-exploration.py"


@pytest.fixture
def lab(small_world):
    """The functions of the notebook, as if its data were the small world."""
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"))
    kept = [
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef) or ast.unparse(node).startswith("K =")
    ]
    names = {"np": np, "pd": pd, "ratings": small_world.ratings}
    exec(compile(ast.Module(kept, type_ignores=[]), SOURCE.name, "exec"), names)
    return names


@pytest.fixture
def splits(small_world):
    ratings = small_world.ratings
    return {
        "random": du.train_test_split_random(ratings, seed=0),
        "per user": du.train_test_split_by_time(ratings, per_user=True),
        "global": du.train_test_split_by_time(ratings),
    }


def test_the_lorenz_curve_encloses_the_packages_gini(lab, small_world):
    """The lab says that the area and the ranks give the same number."""
    counts = small_world.ratings["item_id"].value_counts()
    owners, owned = lab["lorenz_curve"](counts)
    assert (owners[0], owned[0], owners[-1], owned[-1]) == (0, 0, 1, 1)
    assert 1 - 2 * np.trapezoid(owned, owners) == pytest.approx(gini(counts))
    owners, owned = lab["lorenz_curve"]([7, 7, 7, 7])
    np.testing.assert_allclose(owners, owned)


@pytest.mark.parametrize("name", ["random", "per user", "global"])
def test_the_quality_table_agrees_with_the_splits_own_report(lab, splits, name):
    """Two counts of the same leak that differ would leave a student with neither."""
    train, test, report = splits[name]
    row = lab["quality"](name, train, test).loc[name]
    assert (row["train"], row["test"]) == (report.n_train, report.n_test)
    assert row["cold users"] == report.cold_users
    assert row["cold movies"] == report.cold_items
    assert row["users in both"] + row["cold users"] == test["user_id"].nunique()
    assert row["movies in both"] + row["cold movies"] == test["item_id"].nunique()
    assert row["cold ratings %"] == pytest.approx(
        100 * report.cold_rating_share, abs=0.05
    )
    assert row["own future %"] == pytest.approx(100 * report.leakage_share, abs=0.05)


def test_the_future_that_training_knows_is_counted_as_by_hand(lab):
    """One of two training ratings is newer than the test rating: 50 %; a tie is not."""
    columns = ["user_id", "item_id", "rating", "timestamp"]
    train = pd.DataFrame([(1, 1, 3.0, 10), (2, 1, 3.0, 30)], columns=columns)
    test = pd.DataFrame([(1, 2, 4.0, 20), (3, 1, 4.0, 30)], columns=columns)
    row = lab["quality"]("toy", train, test).loc["toy"]
    assert row["any future %"] == 25  # 50 % of the first test rating, 0 % of the second
    assert row["own future %"] == 0
    assert row["cold ratings %"] == 100  # movie 2 is new, and so is user 3


def test_storage_is_counted_in_bytes(lab):
    """The what-if at full size rests on this; 4-byte numbers in all three ways."""
    matrix, table = np.zeros((30, 20), np.float32), np.zeros((50, 8), np.float32)
    sizes = lab["storage"](30, 20, 7, k=8)
    assert sizes["dense"] == matrix.nbytes
    assert sizes["two tables"] == table.nbytes
    assert sizes["list"] == 7 * 3 * 4
    assert sizes["rows"] == 7 * 2 * 4 + (30 + 1) * 4
    big = du.DATASETS["32m"]
    dense = lab["storage"](big.n_users, big.n_movies, 0)["dense"]
    assert dense / 1e9 == pytest.approx(70.40, 1e-3)
    text = SOURCE.read_text(encoding="utf-8")
    assert f"{big.n_users:,}" in text
    assert f"{big.n_movies:,}" in text


def test_a_corner_leaves_missing_cells_empty(lab, small_world):
    """A zero in the heat map would be read as the worst opinion of all."""
    ratings = small_world.ratings
    users, items = ratings["user_id"].unique()[:5], ratings["item_id"].unique()[:6]
    table = lab["corner"](users, items)
    assert table.shape == (5, 6)
    pairs = ratings.set_index(["user_id", "item_id"])["rating"]
    for user in users:
        for item in items:
            stars = table.loc[user, item]
            assert stars == pairs.get((user, item)) or np.isnan(stars)
    inside = ratings["user_id"].isin(users) & ratings["item_id"].isin(items)
    assert table.notna().sum(axis=None) == inside.sum()


def test_without_dates_the_quality_table_is_silent_about_time(lab):
    """A table of one's own may have no dates; the lab goes on without them."""
    columns = ["user_id", "item_id", "rating"]
    train = pd.DataFrame([(1, 1, 3.0), (2, 1, 3.0)], columns=columns)
    row = lab["quality"]("toy", train, train.assign(item_id=[1, 2])).loc["toy"]
    assert row["cold movies"] == 1
    assert row["cold ratings %"] == 50
    assert not [name for name in row.index if "future" in name]


def test_an_interval_is_what_the_formula_says(lab):
    """Mean 2, standard deviation 1: half the width is 1.96 / √3."""
    assert lab["interval"]([1, 2, 3]) == pytest.approx((2, 0.8684, 3.1316), abs=1e-4)


def test_drift_compares_halves_of_one_history(lab):
    """Sorted by time, not by row; whoever has one rating has no halves."""
    columns = ["user_id", "item_id", "rating", "timestamp"]
    rows = [(1, 4, 1.0, 40), (1, 1, 5.0, 10), (1, 2, 4.0, 20), (1, 3, 2.0, 30)]
    table = pd.DataFrame([*rows, (2, 1, 5.0, 9)], columns=columns)
    assert lab["drift"](table, "rating").to_dict() == {1: -3.0}


def test_parts_between_and_within_movies_are_as_by_hand(lab):
    """Section 7 rests on them: only the second is missing not at random."""
    lab["expected"] = np.array([[5.0, 1.0], [3.0, 1.0]])  # means 4 and 1
    everyone = np.ones((2, 2), dtype=bool)
    assert lab["two_parts"](everyone) == {"between movies": 0, "within movies": 0}
    first_movie = np.array([[True, False], [True, False]])
    parts = lab["two_parts"](first_movie)
    assert parts == {"between movies": 1.5, "within movies": 0}
    who_likes_it = np.array([[True, False], [False, True]])
    parts = lab["two_parts"](who_likes_it)
    assert parts == {"between movies": 0, "within movies": 0.5}


def test_the_sample_hardly_chooses_within_a_movie():
    """Section 7 says so, and then gives the same people a stronger pull."""
    ratings, _ = du.download_movielens("sample")
    truth = du.load_truth()
    users, items = np.meshgrid(truth.user_ids, truth.item_ids, indexing="ij")
    everywhere = truth.predict(users.ravel(), items.ravel()).reshape(users.shape)
    of_movie = pd.Series(everywhere.mean(axis=0), truth.item_ids)
    filled = truth.predict(ratings["user_id"], ratings["item_id"])
    within = filled - of_movie.loc[ratings["item_id"]].to_numpy()
    assert filled.mean() > everywhere.mean() + 0.2
    assert abs(within.mean()) < 0.1
