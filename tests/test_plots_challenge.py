"""Figures of lab 07: their words are chosen by the data, not by the author."""

import numpy as np
import pandas as pd
import pytest
from drawn import closed_figures, lines, texts, ticks, title  # noqa: F401

from metrics import PairedDifference
from plots import challenge
from plots.style import BLUE


def test_the_echoes_count_the_pairs_beyond_two():
    """A student reads off whether histories speak: shares of the wrong side mislead."""
    figure, sentence = challenge.echoes([3, -3, 2, -2], [0, 0, 0, 2.5])
    assert title(figure) == "50% of the pairs are beyond ±2; by chance 25%"
    assert sentence == (
        "For each of 4 pairs: by how much do people who have also rated B differ from "
        "the others in their stars for A, beyond the biases? By more than two standard "
        "errors in 50% of the pairs, and in 25% when the histories are dealt out anew."
    )
    assert [x for (x, _), _ in lines(figure).values()] == [-2, 2]
    assert len(figure.axes[0].patches) == 48 + 1  # bars of the shuffled, one outline


def test_extreme_pairs_are_counted_in_the_last_bars():
    """A pair that falls off the axis would be missing from the histogram."""
    figure, _ = challenge.echoes([9, -9, 9], [7, -8, 0])
    shuffled, real = figure.axes[0].patches[:-1], figure.axes[0].patches[-1]
    heights = [bar.get_height() for bar in shuffled]
    assert (heights[0], heights[-1], sum(heights)) == (1, 1, 3)
    outline = real.get_xy()
    assert outline[outline[:, 0] == 6][:, 1].max() == 2
    assert outline[outline[:, 0] == -6][:, 1].max() == 1
    assert outline[:, 0].min() == -6


@pytest.mark.parametrize(
    ("by_exponent", "finding"),
    [
        ({0.0: [1, 4], -0.5: [1, 1.1]}, "Only the exponent -0.5 keeps the length"),
        (
            {0.0: [1, 4], -1.0: [1, 0.3]},
            "No exponent keeps the length; -1 changes it least",
        ),
        (
            {-0.5: [1, 1.1], -0.6: [1, 0.9]},
            "The exponents -0.5 and -0.6 keep the length",
        ),
        (
            {-0.4: [2, 2.9], -0.5: [1, 1.0], -0.6: [3, 2.1], -1: [1, 0.6]},
            "The exponents -0.4, -0.5 and -0.6 keep the length",
        ),
    ],
)
def test_an_exponent_keeps_the_length_where_it_does(by_exponent, finding):
    """Kept is at most half as long again and at least two thirds as long."""
    figure, _ = challenge.lengths((20, 320), by_exponent)
    assert title(figure) == finding


def test_half_as_long_again_is_still_kept():
    figure, _ = challenge.lengths((20, 320), {1: [2, 3], 2: [2, 3.02]})
    assert title(figure) == "Only the exponent 1 keeps the length"


def test_the_growth_is_that_from_the_first_to_the_last_size():
    figure, sentence = challenge.lengths((20, 80, 320), {0: [2, 4, 9], -1: [4, 3, 1]})
    assert sentence == (
        "From 20 to 320 movies the length is multiplied by 4.50 with exponent 0 and "
        "0.25 with exponent -1."
    )
    assert list(lines(figure).values()) == [
        [(20, 2), (80, 4), (320, 9)],
        [(20, 4), (80, 3), (320, 1)],
    ]
    assert texts(figure) == ["exponent 0", "exponent -1"]
    assert [note.xy for note in figure.axes[0].texts] == [(320, 9), (320, 1)]
    assert ticks(figure.axes[0].xaxis) == ["20", "80", "320"]
    low, high = figure.axes[0].get_xlim()
    assert low < 20
    assert high > 320


def history(train, validation):
    columns = {"train_rmse": train, "validation_rmse": validation}
    return pd.DataFrame({"epoch": range(1, len(train) + 1)} | columns)


def test_the_learning_curves_say_where_each_error_starts_and_ends():
    """Training exchanged with validation would show an overfit as a success."""
    figure, sentence = challenge.learning_curves(
        history([1.1, 0.9, 0.7], [1.2, 0.96, 0.97]), 0.98, "bias model"
    )
    assert title(figure) == "SVD++ ends at 0.970 on the validation ratings"
    assert sentence == (
        "In 3 epochs the training RMSE goes from 1.100 to 0.700, the validation RMSE "
        "from 1.200 to 0.970. The bias model has 0.980."
    )
    drawn = lines(figure)
    assert drawn["training"] == [(1, 1.1), (2, 0.9), (3, 0.7)]
    assert drawn["validation"] == [(1, 1.2), (2, 0.96), (3, 0.97)]
    assert drawn["bias model, validation"][0][1] == 0.98
    _, sentence = challenge.learning_curves(history([1], [1]), 1, "mean")
    assert sentence.startswith("In 1 epoch the")


def test_the_two_parts_are_compared_within_the_same_users():
    """The least active first, or the lab's claim about newcomers is turned round."""
    counts = np.array([900, 10, 20, 30, 40, 50, 60, 12, 800, 55, 45, 35])
    figure, sentence = challenge.two_parts(
        counts, explicit=counts / 10, implicit=np.full(12, 4.0)
    )
    # pairs by activity: 10 12 | 20 30 | 35 40 | 45 50 | 55 60 | 800 900
    assert title(figure) == (
        "Implicit part: 3.6 times as long as p_u for the least active, 0.0 times for "
        "the most"
    )
    assert sentence == (
        "Users with about 11 ratings: length 1.10 from the stars and 4.00 from the "
        "history, less the average. Users with about 850: 85.00 and 4.00."
    )
    middles = [11, 25, 37.5, 47.5, 57.5, 850]
    drawn = lines(figure)
    assert drawn["p_u, from the stars"] == [(m, m / 10) for m in middles]
    assert drawn["implicit part, less the average"] == [(m, 4) for m in middles]
    assert ticks(figure.axes[0].xaxis) == ["11", "25", "38", "48", "58", "850"]
    assert figure.axes[0].get_ylim()[0] == 0


def test_the_typical_user_of_a_group_is_its_median():
    """One user with 9,000 ratings must not stand for a group of ordinary ones."""
    counts = [1] * 15 + [100, 110, 9000]
    _, sentence = challenge.two_parts(counts, np.ones(18), np.arange(18.0))
    assert sentence == (
        "Users with about 1 rating: length 1.00 from the stars and 1.00 from the "
        "history, less the average. Users with about 110: 1.00 and 16.00."
    )


def test_fewer_users_than_groups_make_fewer_groups():
    figure, sentence = challenge.two_parts([30], explicit=[2.0], implicit=[1.0])
    assert "nan" not in title(figure) + sentence
    assert "0.5 times as long as p_u for the least active, 0.5" in title(figure)


@pytest.mark.parametrize(
    ("low", "high", "where"),
    [
        (-0.03, -0.01, "lies below zero"),
        (0.01, 0.03, "lies above zero"),
        (-0.01, 0.03, "contains zero"),
        (-0.01, 0.0, "contains zero"),
        (0.0, 0.01, "contains zero"),
    ],
)
def test_the_interval_lies_where_both_its_ends_are(low, high, where):
    """Whoever chooses a model by this title is misled by the end of the other side."""
    gap = PairedDifference((low + high) / 2, low, high, n=3, wins=2, level=0.9)
    figure, sentence = challenge.fold_differences(
        np.array([0.002, -0.001, -0.004]), gap, "SVD++", "MF"
    )
    assert title(figure) == f"The interval of the mean difference {where}"
    assert sentence == (
        f"Differences on the 3 folds: +0.0020, -0.0010, -0.0040. Mean {gap}."
    )
    *folds, interval, mean, zero = lines(figure).values()
    assert folds == [[(-0.004, 1)], [(-0.001, 1)], [(0.002, 1)]]
    assert interval == [(low, 0), (high, 0)]
    assert mean == [(round((low + high) / 2, 6), 0)]
    assert {x for x, _ in zero} == {0}
    assert [(n.get_text(), n.xy) for n in figure.axes[0].texts] == [
        ("3", (-0.004, 1)),
        ("2", (-0.001, 1)),
        ("1", (0.002, 1)),
    ]
    assert ticks(figure.axes[0].yaxis) == ["mean, 90% interval", "folds"]
    assert figure.axes[0].get_yticks().tolist() == [0, 1]
    assert figure.axes[0].get_xlabel() == (
        "RMSE of SVD++ less that of MF (stars; left of 0 is better)"
    )


def test_numbers_of_neighbouring_folds_are_not_written_on_one_another():
    gap = PairedDifference(0, -1, 1, n=2, wins=1, level=0.95)
    figure, _ = challenge.fold_differences(np.array([0.0, 1e-6]), gap, "a", "b")
    figure.canvas.draw()
    boxes = [note.get_window_extent() for note in figure.axes[0].texts]
    assert not boxes[0].overlaps(boxes[1])


@pytest.mark.parametrize(
    ("gain", "finding"),
    [
        ([1.5, -0.25], "in 1 of 2 groups of users"),
        ([1.5, 0.5], "in 2 of 2 groups of users"),
        ([0.0, -0.5], "in 0 of 2 groups of users"),  # no difference is no gain
        ([0.75], "in 1 of 1 group of users"),
    ],
)
def test_the_groups_with_a_gain_are_counted(gain, finding):
    rows = {"fewest": [9, 60], "most": [59, 500]}
    table = pd.DataFrame(rows)[: len(gain)].assign(gain=gain)
    figure, sentence = challenge.gain_by_activity(table)
    assert title(figure) == f"SVD++ has the lower RMSE {finding}"
    assert sentence.startswith(
        f"Gain of SVD++ by the user's training ratings: 9 to 59: {gain[0]:+.2f} %"
    )
    bars = figure.axes[0].patches
    assert [bar.get_height() for bar in bars] == gain
    colours = {bar.get_facecolor() for bar in bars}
    assert len(colours) == len({value > 0 for value in gain})
    assert (bars[0].get_facecolor()[:3] == BLUE) == (gain[0] > 0)
    ((zero, _),) = lines(figure).values()
    assert zero == (0, 0)
    assert texts(figure) == [f"{value:+.2f} %" for value in gain]
    assert ticks(figure.axes[0].xaxis) == ["9 to 59", "60 to 500"][: len(gain)]
