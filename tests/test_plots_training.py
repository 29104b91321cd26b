"""Figures of lab 03: how training went is told by its numbers."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from drawn import closed_figures, lines, texts, ticks, title  # noqa: F401

from plots import training as plots


def history(train_rmse, validation_rmse, pace=0.1):
    epochs = np.arange(1, len(train_rmse) + 1)
    return pd.DataFrame(
        {
            "epoch": epochs,
            "train_rmse": train_rmse,
            "validation_rmse": validation_rmse,
            "seconds": epochs * pace,
        }
    )


def run(*validation_rmse, pace=0.1):
    return history(validation_rmse, validation_rmse, pace)


@pytest.mark.parametrize(
    ("validation", "finding"),
    [
        ([1, 0.9, 1.08], "Best after epoch 2, 20% worse after epoch 3"),
        ([0.9, 1.0, 0.99], "Best after epoch 1, 10% worse after epoch 3"),
        ([1, 0.95, 0.9], "Still getting better after epoch 3"),
        ([0.9], "One epoch, validation RMSE 0.900"),
    ],
)
def test_the_learning_curve_names_the_best_epoch(validation, finding):
    """Early stopping is read off here: the epoch must be that of the lowest point."""
    train = [1, 0.8, 0.2][: len(validation)]
    figure, sentence = plots.learning_curves(history(train, validation))
    assert title(figure) == finding
    best = min(validation)
    assert sentence == (
        f"The training error (dashed) goes from 1.00 to {train[-1]:.2f} stars. The "
        f"validation error (solid) is lowest, {best:.3f}, after epoch "
        f"{validation.index(best) + 1} and stands at {validation[-1]:.3f} after epoch "
        f"{len(validation)}."
    )
    drawn = lines(figure)
    epochs = range(1, len(train) + 1)
    assert drawn["train, as it went by"] == list(zip(epochs, train, strict=True))
    assert drawn["validation"] == list(zip(epochs, validation, strict=True))
    at_best = (validation.index(best) + 1, best)
    assert [at_best] in drawn.values()
    assert [(at_best[0], 0), (at_best[0], 1)] in drawn.values()


@pytest.mark.parametrize(
    ("decay", "finding"),
    [
        (0.92, "The lowest point belongs to L2"),
        (0.89, "The lowest point belongs to decay"),
        (0.8996, "To three decimals, the lowest points are equal"),
    ],
)
def test_the_regularization_figure_names_the_winner(decay, finding):
    """By the lowest best epoch, not the lowest last one; one seed decides no draw."""
    runs = pd.DataFrame(
        [
            ("L2", 0.2, 0.90, 0.91),
            ("L2", 0.1, 0.95, 1.0),
            ("L2", 0.4, 0.97, 0.98),
            ("decay", 0.1, decay, 0.89),
        ],
        columns=["kind", "strength", "best", "last"],
    )
    figure, sentence = plots.regularization_curves(runs)
    assert figure.get_suptitle() == finding
    assert title(figure) == "L2: 0.900 at 0.2"
    assert title(figure, 1) == f"decay: {decay:.3f} at 0.1"
    assert sentence == (
        "With L2 the best epoch scores 0.900 at 0.2, where the last epoch scores "
        "0.910; at 0.1 the last epoch is at 1.000. "
        f"With decay the best epoch scores {decay:.3f} at 0.1, where the last epoch "
        "scores 0.890; at 0.1 the last epoch is at 0.890."
    )
    assert lines(figure) == {
        "last epoch": [(0.1, 1.0), (0.2, 0.91), (0.4, 0.98)],
        "best epoch": [(0.1, 0.95), (0.2, 0.9), (0.4, 0.97)],
    }
    assert ticks(figure.axes[0].xaxis) == ["0.1", "0.2", "0.4"]
    assert [bool(axes.get_legend()) for axes in figure.axes] == [True, False]
    assert figure.axes[0].get_ylabel() == "validation RMSE (stars)"
    assert [axes.get_xlabel() for axes in figure.axes] == [
        "strength of L2",
        "strength of decay",
    ]


@pytest.mark.parametrize(
    ("last", "best"), [(0.98, "0.2"), (0.89, "0.1"), (0.9004, "0.1 and 0.2")]
)
def test_small_multiples_name_the_best_value_of_each_setting(last, best):
    """A wrong value here is the one that a student will train with."""
    panels = {
        "learning rate": {"0.1": run(1.0, last), "0.2": run(0.9, 0.95, pace=0.25)},
        "batch size": {"64": run(0.97)},
    }
    figure, sentence = plots.small_multiples(panels)
    assert title(figure) == f"learning rate: best at {best}"
    assert title(figure, 1) == "batch size: best at 64"
    assert sentence == (
        f"Lowest validation RMSE of each run. **Learning rate**: {last:.3f} at 0.1 "
        "(0.1 s per epoch), 0.900 at 0.2 (0.25 s per epoch). **Batch size**: 0.970 at "
        "64 (0.1 s per epoch)."
    )
    assert lines(figure) == {
        "0.1": [(0.1, 1.0), (0.2, last)],
        "0.2": [(0.25, 0.9), (0.5, 0.95)],
    }
    low = min(last, 0.9)
    assert figure.axes[0].get_ylim() == pytest.approx((0.98 * low, 1.22 * low))
    assert figure.axes[0].get_ylabel() == "validation RMSE (stars)"


def test_the_pace_is_that_of_the_quickest_epoch():
    """An epoch in which the machine was busy says nothing about the setting."""
    disturbed = run(1.0, 0.9, 0.9).assign(seconds=[5.0, 5.5, 9.0])
    _, sentence = plots.small_multiples({"rate": {"0.1": disturbed}})
    assert "(0.5 s per epoch)" in sentence


def test_the_race_is_won_by_the_first_to_arrive_not_by_the_lowest():
    """2 % above the best is 0.918: reached is reached, also exactly."""
    curves = {
        "slow": run(1.0, 0.9, 0.9),
        "quick": run(0.918, 0.99, 0.91),
        "never": run(1.0, 0.95, 0.919),
    }
    figure, sentence = plots.race(curves)
    assert title(figure) == "quick is the first within 2 % of the best"
    assert sentence == (
        "Within 2 % of the best RMSE (0.918 or less): slow after 0.2 s, quick after "
        "0.1 s, never not in its 0.3 s. Lowest points: slow 0.900, quick 0.910, never "
        "0.919."
    )
    drawn = lines(figure)
    assert drawn["slow"] == [(0.1, 1.0), (0.2, 0.9), (0.3, 0.9)]
    assert {y for _, y in drawn["2 % above the best"]} == {0.918}
    assert figure.axes[0].get_ylim() == pytest.approx((0.8883, 1.017))
    assert figure.axes[0].get_xscale() == "log"


@pytest.mark.parametrize("seconds", [(0.015, 0.75), (0.2, 0.6), (0.001, 80)])
def test_labels_of_the_clock_do_not_run_into_one_another(seconds):
    """On a quick machine and on a slow one the axis spans other decades."""
    curve = pd.DataFrame({"seconds": seconds, "validation_rmse": (1.0, 0.9)})
    figure, _ = plots.race({"ALS": curve})
    figure.draw_without_rendering()
    pen, axis = figure.canvas.get_renderer(), figure.axes[0].xaxis
    labels = [label for label in axis.get_ticklabels(which="both") if label.get_text()]
    boxes = sorted((x.get_window_extent(pen) for x in labels), key=lambda box: box.x0)
    assert len(boxes) >= 2
    assert not any(a.overlaps(b) for a, b in pairwise(boxes))


@pytest.mark.parametrize(
    ("scores", "finding"),
    [
        (
            {"a": [0.9, 0.95], "b": [0.92, 0.96]},
            "The same order of the models in all 2 folds",
        ),
        ({"a": [0.9, 0.95], "b": [0.92, 0.94]}, "The best model changes from fold to"),
        (
            {"a": [0.9, 0.95], "b": [0.92, 0.96], "c": [0.93, 0.955]},
            "a is best in all 2 folds; the others trade places",
        ),
        ({"a": [0.9], "b": [0.92]}, "The same order of the models in all 1 fold"),
    ],
)
def test_the_fold_figure_sees_whether_the_order_changes(scores, finding):
    """One fold's order is believed less when the next fold turns it round."""
    folds = range(1, len(scores["a"]) + 1)
    figure, _ = plots.fold_scores(pd.DataFrame(scores, folds))
    assert title(figure).startswith(finding)


def test_the_spread_of_the_folds_is_that_of_the_widest_model():
    scores = pd.DataFrame({"a": [0.95, 0.9, 0.91], "b": [0.92, 0.9, 0.96]}, [1, 2, 3])
    figure, sentence = plots.fold_scores(scores)
    assert sentence == (
        "From its easiest to its hardest fold a goes from 0.900 to 0.950, b goes from "
        "0.900 to 0.960: a spread of up to 0.060 stars."
    )
    assert lines(figure) == {
        "a, mean 0.920": [(1, 0.95), (2, 0.9), (3, 0.91)],
        "b, mean 0.927": [(1, 0.92), (2, 0.9), (3, 0.96)],
    }
    assert ticks(figure.axes[0].xaxis) == ["1", "2", "3"]


def test_an_eighth_model_does_not_vanish():
    """zip stops without a word where the colours end."""
    names = [f"model {i}" for i in range(9)]
    scores = pd.DataFrame(np.full((2, 9), 0.9), [1, 2], names)
    runs = {name: run(0.95, 0.9) for name in names}
    for figure, _ in (
        plots.fold_scores(scores),
        plots.scores_by_split(scores.T, {1: 0.0, 2: 0.0}),
        plots.race(runs),
        plots.small_multiples({"rate": runs}),
    ):
        legend = figure.axes[0].get_legend().get_texts()
        assert sum("model" in text.get_text() for text in legend) == 9


def test_the_split_figure_counts_who_is_below_the_line():
    """0.95 itself is not below 0.95; cold shares stand under their own split."""
    scores = {"random": [0.94, 0.9], "user": [0.95, 0.94], "time": [0.96, 1.0]}
    scores = pd.DataFrame(scores, index=["a", "b"])
    cold = {"random": 0.0, "user": 0.25, "time": 0.8}
    figure, sentence = plots.scores_by_split(scores, cold)
    assert title(figure) == "From left to right 2, 1, 0 of 2 models are below 0.95"
    assert sentence == (
        "The best score under each split: random 0.900 (b), user 0.940 (b), time 0.960 "
        "(a)."
    )
    labels = ["random\n0% cold", "user\n25% cold", "time\n80% cold"]
    assert ticks(figure.axes[0].xaxis) == labels
    drawn = lines(figure)
    assert drawn["a"] == [(-0.2, 0.94), (0.8, 0.95), (1.8, 0.96)]
    assert drawn["b"] == [(0.2, 0.9), (1.2, 0.94), (2.2, 1.0)]
    assert texts(figure) == ["0.95"]
    assert figure.axes[0].texts[0].xy[1] == 0.95
    assert [(0, 0.95), (1, 0.95)] in drawn.values()
    figure, _ = plots.scores_by_split(scores, cold, target=0.97)
    assert title(figure) == "From left to right 2, 2, 1 of 2 models are below 0.97"
    assert texts(figure) == ["0.97"]


def test_the_map_of_penalties_frames_the_lowest_cell_and_names_what_one_can_do():
    """Cells that were not tried stay empty, and are not mistaken for the best."""
    grid = [[0.95, 0.92, np.nan], [0.93, 0.9, 0.91]]
    scores = pd.DataFrame(grid, [0.0, 0.1], [0.0, 5.0, 10.0])
    figure, sentence = plots.penalty_map(scores)
    assert title(figure) == "Lowest at λ = 0.1, δ = 5: 0.900"
    assert sentence == (
        "The best validation RMSE is 0.900, at λ = 0.1, δ = 5; with λ alone (left "
        "column) 0.930; with δ alone (bottom row) 0.920. Empty cells were not tried."
    )
    assert texts(figure) == ["0.950", "0.920", "0.930", "0.900", "0.910"]
    (frame,) = figure.axes[0].patches
    assert frame.get_xy() == (1, 1)
    assert ticks(figure.axes[0].yaxis) == ["0", "0.1"]
