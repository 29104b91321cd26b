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
    assert lab["storage"](268_300, 41_239, 0)["dense"] / 1e9 == pytest.approx(
        44.26, 1e-3
    )


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


def test_filled_cells_of_the_sample_are_the_better_ones():
    """Section 7 rests on this property of the planted world."""
    ratings, _ = du.download_movielens("sample")
    truth = du.load_truth()
    filled = truth.predict(ratings["user_id"], ratings["item_id"])
    users, items = np.meshgrid(truth.user_ids, truth.item_ids, indexing="ij")
    everywhere = truth.predict(users.ravel(), items.ravel())
    assert filled.mean() > everywhere.mean() + 0.2
