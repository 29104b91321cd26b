"""Figures of lab 06: a learner's own runs decide what the figure says."""

import pandas as pd
import pytest
from drawn import closed_figures, lines, texts, ticks, title  # noqa: F401

from plots import exercises


def sweep(validation):
    """Three sizes by their validation RMSE."""
    return pd.DataFrame(
        {
            "factors": [1, 4, 16],
            "train_rmse": [0.8, 0.75, 0.7],
            "validation_rmse": validation,
        }
    )


@pytest.mark.parametrize(
    ("validation", "best", "edge"),
    [
        ([1.1, 0.9, 0.95], "4: 0.900.", ""),
        (
            [0.85, 0.9, 0.95],
            "1: 0.850.",
            " The best size, 1, is at the edge of the grid: below it there may be a "
            "better one.",
        ),
        (
            [1.1, 0.9, 0.85],
            "16: 0.850.",
            " The best size, 16, is at the edge of the grid: above it there may be a "
            "better one.",
        ),
    ],
)
def test_a_size_that_wins_at_the_edge_is_said_to_be_there(validation, best, edge):
    """A learner would take the end of the grid for the best number of factors."""
    figure, sentence = exercises.sweep_curve(sweep(validation))
    assert title(figure) == (
        f"Each at its best epoch, {best.split(':')[0]} factors do best on validation"
    )
    assert sentence == (
        "From 1 to 16 factors the training RMSE goes from 0.800 to 0.700 stars, the "
        f"validation RMSE from {validation[0]:.3f} to {validation[-1]:.3f}, and is "
        f"lowest with {best}{edge}"
    )
    assert lines(figure)["training"] == [(1, 0.8), (4, 0.75), (16, 0.7)]
    assert lines(figure)["validation"] == list(zip((1, 4, 16), validation, strict=True))
    axes = figure.axes[0]
    assert (axes.get_xlabel(), axes.get_xscale()) == ("factors", "log")
    assert ticks(axes.xaxis) == ["1", "4", "16"]


def history(*validation):
    epochs = range(1, len(validation) + 1)
    train = [1 - 0.1 * epoch for epoch in epochs]
    table = {"epoch": epochs, "train_rmse": train, "validation_rmse": validation}
    return pd.DataFrame(table)


@pytest.mark.parametrize(
    ("large", "best", "head"),
    [
        ((0.95, 0.92, 0.99), "2 with 0.920", "More factors are at their best sooner"),
        ((0.99, 0.95, 0.91), "3 with 0.910", "Each size has a best epoch of its own"),
    ],
)
def test_every_size_is_read_at_its_own_best_epoch(large, best, head):
    """Sizes read after the same epoch would compare patience, not sizes."""
    curves = {4: history(0.99, 0.93, 0.92), 16: history(*large)}
    figure, sentence = exercises.sweep_histories(curves)
    assert title(figure) == head
    assert sentence == (
        "Validation RMSE, best epochs ringed: 4 factors are best after epoch 3 with "
        "0.920 stars, and after epoch 3 have 0.920; 16 factors are best after epoch "
        f"{best} stars, and after epoch 3 have {large[-1]:.3f}."
    )
    left, right = (
        {line.get_label(): line.get_ydata().tolist() for line in axes.lines}
        for axes in figure.axes
    )
    assert left["16 factors"] == list(large)
    assert left["4 factors"] == [0.99, 0.93, 0.92]
    assert right["4 factors"] == pytest.approx([0.9, 0.8, 0.7])


def test_curves_have_a_log_axis_only_where_it_is_asked_for():
    figure = exercises.rmse_curves([1, 2, 3], {"a": [3, 2, 1]}, "epoch", "It falls")
    axes = figure.axes[0]
    assert (axes.get_xlabel(), axes.get_xscale()) == ("epoch", "linear")
    assert title(figure) == "It falls"
    assert lines(figure) == {"a": [(1, 3), (2, 2), (3, 1)]}


def penalties(per_rating, per_row):
    """Two strengths of each penalty, by their validation RMSE."""
    return pd.DataFrame(
        {
            "penalty": ["per rating"] * 2 + ["per row"] * 2,
            "strength": [0.05, 0.1, 5, 10],
            "train_rmse": [0.7, 0.8, 0.75, 0.85],
            "validation_rmse": [*per_rating, *per_row],
        }
    )


@pytest.mark.parametrize(
    ("per_rating", "per_row", "sentence"),
    [
        (
            (0.93, 0.91),
            (0.95, 0.96),
            "At its best strength, 0.1, per rating reaches a validation RMSE of 0.910 "
            "with a gap of 0.110; per row at 5 reaches 0.950 with a gap of 0.200.",
        ),
        (
            (0.95, 0.96),
            (0.93, 0.91),
            "At its best strength, 10, per row reaches a validation RMSE of 0.910 with "
            "a gap of 0.060; per rating at 0.05 reaches 0.950 with a gap of 0.250.",
        ),
    ],
)
def test_each_penalty_is_judged_at_its_best_strength(per_rating, per_row, sentence):
    """Winner and loser exchanged would teach the wrong penalty."""
    figure, said = exercises.penalty_plane(penalties(per_rating, per_row))
    assert title(figure) == "Each at its best, the penalties are 0.040 stars apart"
    assert said == sentence
    drawn = lines(figure)
    assert drawn["per rating"] == list(zip((0.7, 0.8), per_rating, strict=True))
    assert drawn["per row"] == list(zip((0.75, 0.85), per_row, strict=True))
    assert texts(figure) == ["0.05", "0.1", "5", "10"]
    places = [note.xy for note in figure.axes[0].texts]
    assert places == [*drawn["per rating"], *drawn["per row"]]
    paths = [line.get_color() for line in figure.axes[0].get_lines()]
    inks = [note.get_color() for note in figure.axes[0].texts]
    assert inks == [paths[0], paths[0], paths[1], paths[1]], "whose number is it?"


@pytest.mark.parametrize(
    ("last", "where"),
    [(0.97, "above"), (0.93, "below"), (0.9504, "level with")],
)
def test_the_repaired_trainer_ends_where_its_last_epoch_is(last, where):
    """Its best epoch is not where it ends: the exercise is about the last."""
    figure, sentence = exercises.repaired_curve([1.0, 0.9, last], 0.95)
    assert title(figure) == f"The repaired trainer ends {where} the bias baseline"
    assert sentence == (
        "The validation RMSE goes from 1.000 after epoch 1 to 0.900 after epoch 2, its "
        "best; the bias baseline has 0.950."
    )
    assert lines(figure)["your trainer"] == [(1, 1.0), (2, 0.9), (3, last)]
    assert lines(figure)["bias baseline"] == [(1, 0.95), (2, 0.95), (3, 0.95)]
