"""Lab 01: what the notebook defines agrees with the package; its figures tell truth."""

import ast
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import data_utils as du
from data_utils.statistics import gini
from plots import exploration as plots

SOURCE = Path(__file__).parents[1] / "notebooks/source/01-data-exploration.py"


@pytest.fixture(autouse=True)
def _close_figures():
    plt.switch_backend("agg")
    yield
    plt.close("all")


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


def title(figure):
    """The figure's own title, or those of its panels."""
    own = figure.get_suptitle()
    return own or " ".join(axes.get_title("left") for axes in figure.axes)


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


def test_the_heat_map_paints_no_missing_cell(small_world):
    corner = pd.DataFrame([[5.0, np.nan], [np.nan, 1.0]], index=[7, 9], columns=[1, 2])
    movies = pd.DataFrame({"item_id": [1, 2], "title": ["A" * 40, "Short"]})
    figure, sentence = plots.heat_map(corner, movies, "Corner")
    axes = figure.axes[0]
    assert "50% of the cells are empty" in title(figure)
    assert "2 of 4 cells hold stars, 3.00 on average; 2 cells (50.0%)" in sentence
    digits = {line.get_marker(): line.get_xydata().tolist() for line in axes.lines}
    assert digits == {"$1$": [[1.5, 1.5]], "$5$": [[0.5, 0.5]]}
    assert axes.collections[0].get_array().mask.sum() == 2
    labels = [label.get_text() for label in axes.get_xticklabels()]
    assert labels == ["A" * 25 + "…", "Short"]
    _, sentence = plots.heat_map(corner.fillna(4.0), movies, "Corner")
    assert "0 cells (0.0%)" in sentence


def test_the_histogram_names_the_favourite():
    stars = pd.DataFrame({"rating": [0.5, 4.5, 4.5, 3.0]})
    figure, sentence = plots.rating_histogram(stars)
    assert title(figure) == "4.5 stars are the favourite; 50% are 4 or more"
    assert "0.5: 25.0%, 3: 25.0%, 4.5: 50.0%" in sentence


def test_counts_are_described_by_median_and_mean():
    users, movies = pd.Series([1, 2, 9]), pd.Series([3, 3, 6])
    figure, sentence = plots.activity_histograms(users, movies)
    assert "A user has from 1 to 9 ratings, 2 at the median and 4" in sentence
    assert "Per user, the mean is 2.0 × the median" in title(figure)


def test_the_lorenz_figure_reads_the_top_tenth_off_the_curve(lab):
    counts = [1] * 9 + [11]  # the tenth owner has 11 of 20
    figure, sentence = plots.lorenz_curves({"movies": lab["lorenz_curve"](counts)})
    assert title(figure) == "A tenth of the movies holds 55% of the ratings"
    assert f"holds 55.0% of the ratings (Gini index {gini(counts):.2f})" in sentence


def test_the_dot_plot_shows_every_rating_of_a_small_table(small_world):
    ratings = small_world.ratings
    figure, sentence = plots.dot_plot(ratings)
    movies, users = figure.axes[0].lines[0].get_data()
    assert len(movies) == len(ratings)
    assert (users == 0).sum() == ratings["user_id"].value_counts().max()
    assert (movies == 0).sum() == ratings["item_id"].value_counts().max()
    assert "one dot for every rating." in sentence


def test_the_dot_plot_of_a_large_table_is_thinned_and_says_so(monkeypatch, small_world):
    """Millions of dots would take minutes and look the same."""
    monkeypatch.setattr(plots, "MOST_DOTS", 500)
    figure, sentence = plots.dot_plot(small_world.ratings)
    assert len(figure.axes[0].lines[0].get_xdata()) == 500
    assert "one dot for every 3 ratings." in sentence


def test_months_and_spans_are_counted():
    dates = pd.Series(pd.to_datetime(["1997-09-20", "1997-11-01", "1997-11-02"]))
    figure, sentence = plots.ratings_by_month(dates)
    assert title(figure) == "The busiest month, 1997-11, brought 67% of all ratings"
    assert "from 1997-09 to 1997-11" in sentence
    figure, sentence = plots.history_spans(pd.Series([0.0, 0.5, 30.0, 500.0]))
    assert title(figure) == "50% of the users came and went within a day"
    assert "75% within a week" in sentence


def test_the_picture_of_the_splits_shows_who_is_tested(small_world, splits):
    """A global split tests the people who came last; the picture must say so."""
    tests = {name: split.test for name, split in splits.items()}
    figure, sentence = plots.tested_ratings(small_world.ratings, tests)
    pictures = dict(zip(tests, figure.axes, strict=False))
    shares = {name: axes.images[0].get_array() for name, axes in pictures.items()}
    assert shares["per user"][:, :10].max() == 0  # nobody's first half is tested
    assert shares["per user"][:, -1].mean() > 0.9
    assert shares["global"][-1].mean() > 0.9  # the last to come are tested
    assert shares["global"][-1].mean() > shares["random"].max() * 0.9
    last = float(sentence.split("% (global)")[0].split()[-1])
    assert last > 60
    assert "The newest fifth of the users gave" in title(figure)


def test_the_rise_with_popularity_is_said_with_its_sign():
    counts = pd.DataFrame({"ratings": range(1, 17), "mean": np.linspace(4, 2, 16)})
    figure, sentence = plots.popularity_and_mean(counts)
    assert title(figure) == "From the least to the most rated eighth: -1.9 stars"
    assert "goes from 3.93 stars" in sentence


def test_filled_cells_of_the_sample_are_the_better_ones():
    """Section 7 rests on this property of the planted world."""
    ratings, _ = du.download_movielens("sample")
    truth = du.load_truth()
    filled = truth.predict(ratings["user_id"], ratings["item_id"])
    users, items = np.meshgrid(truth.user_ids, truth.item_ids, indexing="ij")
    everywhere = truth.predict(users.ravel(), items.ravel())
    assert filled.mean() > everywhere.mean() + 0.2
    figure, sentence = plots.stars_of_cells(filled, everywhere)
    gap = filled.mean() - everywhere.mean()
    assert f"{gap:.1f} stars better" in title(figure)
    assert f"{filled.mean():.2f} on average in filled cells" in sentence
