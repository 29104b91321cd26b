"""Figures of lab 06: a learner's own runs decide what the figure says."""

import pandas as pd
import pytest
from drawn import closed_figures, lines, texts, ticks, title  # noqa: F401

from plots import exercises


def sweep(last_gap):
    """The best of three sizes is the middle one."""
    return pd.DataFrame(
        {
            "factors": [1, 4, 16],
            "train_rmse": [0.8, 0.75, 0.7],
            "validation_rmse": [1.1, 0.9, 0.7 + last_gap],
            "gap": [0.3, 0.15, last_gap],
        }
    )


@pytest.mark.parametrize(
    ("last", "words"),
    [
        (0.4, "the gap grows from 0.300 to 0.400."),
        (0.25, "the gap shrinks from 0.300 to 0.250."),
        (0.3004, "the gap stays at 0.300."),  # as equal as the digits shown
    ],
)
def test_the_gap_grows_or_shrinks(last, words):
    """The exercise asks what more factors do to the gap: the figure answers."""
    figure, sentence = exercises.sweep_curve(sweep(last))
    assert title(figure) == "Validation is best with 4 factors"
    assert sentence == (
        "From 1 to 16 factors the training RMSE goes from 0.800 to 0.700 stars, the "
        f"validation RMSE from 1.100 to {0.7 + last:.3f}: {words}"
    )
    assert lines(figure)["training"] == [(1, 0.8), (4, 0.75), (16, 0.7)]
    assert lines(figure)["validation"] == [(1, 1.1), (4, 0.9), (16, 0.7 + last)]
    axes = figure.axes[0]
    assert (axes.get_xlabel(), axes.get_xscale()) == ("factors", "log")
    assert ticks(axes.xaxis) == ["1", "4", "16"]


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
