"""Figures of lab 11: title and sentence say what was measured, whatever that is."""

import math

from drawn import closed_figures, dots, lines, texts, title  # noqa: F401

from plots import scale as plots


def test_growth_names_the_step_that_grows_fastest():
    """A class would tune the wrong step."""
    seconds = {"split": [1.0, 3.0], "sweep": [0.1, 2.0], "lists": [math.nan, 9.0]}
    figure, sentence = plots.growth([1e6, 1.6e7], seconds)
    assert title(figure) == "16 times the ratings take at most 20.0 times as long"
    assert lines(figure)["sweep"] == [(1e6, 0.1), (1.6e7, 2.0)]
    assert "“sweep” takes 20.0 times as long, “split” 3.0 times" in sentence


def test_step_times_stand_beside_their_rows():
    figure, sentence = plots.step_times([10, 1000], {"Adam": [2, 50], "rows": [3, 3]})
    assert title(figure) == "100 times the rows: Adam 25 times as long, rows 1"
    assert lines(figure) == {
        "Adam": [(10, 2), (1000, 50)],
        "rows": [(10, 3), (1000, 3)],
    }
    assert sentence.endswith("one step: Adam 2 and 50 and rows 3 and 3.")


def test_an_index_that_finds_enough_is_said_to_be_quicker_or_not():
    figure, sentence = plots.recall_and_time([0.01, 0.2], [0.4, 0.96], [1, 3], 2.0)
    assert title(figure) == "95% of the exact list in 150% of its time"
    assert texts(figure) == ["1%", "20%"]
    assert "Looking at 1.0% finds 40% of the exact ten" in sentence


def test_an_index_that_misses_too_much_is_said_to():
    figure, _ = plots.recall_and_time([0.01, 0.2], [0.4, 0.9], [1, 3], 2.0)
    assert title(figure) == "at most 90% of the exact list are found"


def test_a_gpu_that_is_slower_on_a_small_table_is_named():
    """The whole section rests on which side of 1 a step is."""
    gains = {"epoch": ([1e5, 2e7], [0.4, 9.0]), "sweep": ([1e5, 2e7], [2.0, 30.0])}
    gains |= {"bags": ([1e5, 1e6], [1.0, 50.0])}  # not measured on the largest
    figure, sentence = plots.gpu_gain(gains)
    assert title(figure) == (
        "a GPU is 0.4 to 2 times as quick on little data, 9 to 30 on much"
    )
    assert lines(figure)["epoch"] == [(1e5, 0.4), (2e7, 9.0)]
    assert sentence.endswith("it is slower in epoch.")
    _, always = plots.gpu_gain({"sweep": ([1e5, 2e7], [2.0, 30.0])})
    assert "in every step measured" in always
