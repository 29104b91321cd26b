"""A figure's title and sentence must say what its data say, whatever the data are."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from plots import lists as plots


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def titles(figure):
    return " | ".join(ax.get_title(loc="left") for ax in figure.axes)


def test_the_funnel_names_the_support_of_the_top():
    counts = np.arange(1, 61)
    figure, sentence = plots.bias_funnel(counts, -counts, counts)
    assert "top 20 is 10" in titles(figure)
    assert "the median film of the top 20 has 10.5 ratings." in sentence
    assert "that median is 50.5." in sentence
    _, sentence = plots.bias_funnel(np.ones(3), np.arange(3), np.arange(3))
    assert "has 1 rating. With damping" in sentence


def test_the_landscape_names_the_best_list_and_by_how_much():
    table = pd.DataFrame(
        {"ndcg": [0.1, 0.3, 0.0], "popularity rank": [200.0, 9.0, 1400.0]},
        index=["damped", "popularity", "raw"],
    )
    figure, sentence = plots.list_landscape(table)
    assert "popularity has 3.0 × the next best" in titles(figure)
    assert "deepest in the catalogue: raw" in titles(figure)
    assert "popularity, 0.300; then comes damped with 0.100" in sentence


def test_the_protocols_are_read_relative_to_popularity():
    table = pd.DataFrame(
        {"any": [0.25, 0.5], "liked": [0.1, 0.05]}, index=["popularity", "other"]
    )
    figure, sentence = plots.two_protocols(table)
    assert titles(figure) == "any: best is other; liked: best is popularity"
    assert "“any” other has 2.00 times" in sentence


def test_the_waterfall_sums_to_the_prediction():
    reasons = pd.DataFrame(
        {
            "reason": ["anyone, of C", "A", "B"],
            "stars": [np.nan, 5, 2],
            "contribution": [4.0, 0.5, -0.25],
        }
    )
    figure, sentence = plots.reasons_waterfall(reasons, "C")
    assert titles(figure) == "C: 4.25 stars"
    assert "Your 2 ratings add +0.25" in sentence
    assert "your 5 for A (+0.50)" in sentence


def test_the_spread_names_the_surest_and_the_least_sure():
    page = pd.DataFrame(
        {
            "title": ["A", "B"],
            "mean": [4.5, 4.0],
            "std": [0.6, 0.2],
            "ratings": [3, 1200],
        },
        index=[50, 7],
    )
    figure, sentence = plots.spread_of_predictions(page)
    assert "from 0.20 to 0.60 stars" in titles(figure)
    assert "Surest is B (4.00 ± 0.20, 1,200 ratings)" in sentence
    assert "least sure is A (4.50 ± 0.60, 3 ratings)" in sentence
    assert sentence.startswith("A list of 2 ")


@pytest.mark.parametrize(
    ("rmse", "finding"), [([1.1, 1.0], "10% larger"), ([0.9, 1.0], "10% smaller")]
)
def test_the_error_by_activity_says_which_way_it_goes(rmse, finding):
    table = pd.DataFrame({"fewest": [10, 60], "most": [59, 500], "rmse": rmse})
    figure, sentence = plots.error_by_activity(table, 1.0)
    assert finding in titles(figure)
    assert f"10 to 59 training ratings have an RMSE of {rmse[0]:.3f}" in sentence


def test_the_growth_of_audiences_is_that_of_the_last_round():
    worlds = pd.DataFrame({"own choice": [0.5, 0.8], "the loop": [0.1, 0.2]}, [1, 2])
    figure, sentence = plots.audience_growth(worlds)
    assert "“the loop” leaves 80% of the movies without anyone new" in titles(figure)
    assert "“own choice”, 80% of the movies" in sentence


def test_every_world_is_drawn():
    worlds = pd.DataFrame({f"world {i}": [0.1 * i, 0.1 * i] for i in range(9)}, [1, 2])
    figure, _ = plots.audience_growth(worlds)
    assert len(figure.axes[0].lines) == 9
