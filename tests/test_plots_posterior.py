"""Figures of lab 08: what the samples leave open is said by the samples."""

import numpy as np
import pandas as pd
import pytest
import torch
from drawn import closed_figures, dots, lines, texts, title  # noqa: F401

from metrics import Interval
from plots import posterior


def case(n, mean, sd):
    return {"label": f"{n} known", "n": n, "mean": mean, "sd": sd}


@pytest.mark.parametrize(
    ("fewest", "finding"),
    [
        (5, "5 ratings leave 3.0 times as much open as 1,200"),
        (1, "1 rating leaves 3.0 times as much open as 1,200"),
    ],
)
def test_few_ratings_leave_more_open_than_many(fewest, finding):
    """The ratio the wrong way round says that ratings make us less sure."""
    cases = [case(fewest, 0.2, 0.6), case(20, 0.1, 0.5), case(1200, 0.0, 0.2)]
    figure, sentence = posterior.coordinate_posteriors(cases)
    assert title(figure) == finding
    assert sentence == (
        "Each curve shows which values of the coordinate the ratings leave possible; "
        "the dot is its mean, the value that a ridge regression with this penalty "
        f"keeps. Standard deviations: 0.60 after {finding.split(' leave')[0]}, 0.50 "
        "after 20 ratings and 0.20 after 1,200 ratings."
    )
    drawn = lines(figure)
    for known in cases:
        x, height = np.array(drawn[known["label"]]).T
        weights = height / height.sum()
        centre = (weights * x).sum()
        assert centre == pytest.approx(known["mean"], abs=0.01)
        spread = np.sqrt((weights * (x - centre) ** 2).sum())
        assert spread == pytest.approx(known["sd"], rel=0.02)
        assert x[[0, -1]] == pytest.approx([0.1 - 4 * 0.6, 0.1 + 4 * 0.6])
        assert height.max() == pytest.approx(1 / known["sd"], rel=0.01)
    means = [xy for name, (xy, *_) in drawn.items() if name.startswith("_")]
    assert means == [(c["mean"], round(1 / c["sd"], 6)) for c in cases]


def test_one_sample_is_the_same_number_in_title_and_sentence():
    """The median of the second half: the first sweeps still remember the start."""
    single = [9.0, 9.0, 9.0, 0.97, 0.961, 0.99]
    average = [0.99, 0.96, 0.95, 0.94, 0.93, 0.92]
    figure, sentence = posterior.samples_and_average(single, average, 0.935, "ALS")
    assert title(figure) == "One sample 0.970, ALS 0.935, the average 0.920"
    assert sentence == (
        "A single sample has a median of 0.970 in the second half of the sweeps. The "
        "average goes from 0.990 to 0.920 as samples are added, and is first below ALS "
        "after sweep 5."
    )
    drawn = lines(figure)
    assert drawn["one sample"] == list(zip(range(1, 7), single, strict=True))
    named = drawn["average of the samples so far"]
    assert named == list(zip(range(1, 7), average, strict=True))
    assert {y for _, y in drawn["ALS"]} == {0.935}


@pytest.mark.parametrize(
    ("average", "when"),
    [
        ([0.93, 0.95], "is first below ALS after sweep 1."),
        ([0.97, 0.935], "is never below ALS."),  # equal is not below
    ],
)
def test_the_average_passes_the_reference_or_never_does(average, when):
    _, sentence = posterior.samples_and_average([1.0, 1.0], average, 0.935, "ALS")
    assert sentence.endswith(when)


def test_the_means_of_chains_leave_the_burn_in_out():
    """Means over the burn-in would call chains apart that have met."""
    first = pd.DataFrame({"sweep": [1, 2, 3, 4], "noise": [9.0, 5.0, 0.8, 1.0]})
    other = first.assign(noise=[1.0, 1.0, 0.9, 1.3])
    third = first.assign(noise=[0.0, 0.0, 1.0, 1.0])
    traces = {"near": first, "far": other, "third": third}
    figure, sentence = posterior.chains(traces, "noise", "σ", skip=2)
    assert title(figure) == "After the burn-in the chains' means are 0.200 apart"
    assert sentence == (
        "Without the first 2 sweeps, σ averages 0.900 from the near start, 1.100 from "
        "the far start and 1.000 from the third start."
    )
    drawn = lines(figure)
    assert drawn["near start"] == [(1, 9), (2, 5), (3, 0.8), (4, 1)]
    assert drawn["third start"] == [(1, 0), (2, 0), (3, 1), (4, 1)]
    (burn_in,) = figure.axes[0].patches
    assert (burn_in.get_x(), burn_in.get_width()) == (0, 2)
    assert figure.axes[0].get_xlim()[0] == 0
    assert figure.axes[0].get_ylabel() == "σ"


def test_the_calibration_names_the_worst_level_on_either_side():
    """Too wide and too narrow are both broken promises."""
    levels = np.array([0.5, 0.7, 0.9])
    figure, sentence = posterior.calibration(
        levels, [0.42, 0.7, 0.93], [0.1, 0.15, 0.25]
    )
    assert title(figure) == "With the noise, at most 8.0 points off its promise"
    assert sentence == (
        "Intervals from spread and noise together are at most 8.0 percentage points "
        "off. Those from the spread alone hold 25% of the ratings at a level of 90%: "
        "they speak of the mean, not of a rating."
    )
    drawn = lines(figure)
    assert drawn["what they promise"] == [(0, 0), (1, 1)]
    assert drawn["spread and noise"] == [(0.5, 0.42), (0.7, 0.7), (0.9, 0.93)]
    assert drawn["spread alone"] == [(0.5, 0.1), (0.7, 0.15), (0.9, 0.25)]


@pytest.mark.parametrize(
    ("spreads", "finding"),
    [
        ([0.5, 0.4, 0.3], "The spread falls from 0.50 to 0.30 stars"),
        ([0.3, 0.4, 0.5], "The spread rises from 0.30 to 0.50 stars"),
        ([0.3, 0.5, 0.3], "The spread is 0.30 stars for rare and known movies alike"),
    ],
)
def test_the_spread_falls_or_rises(spreads, finding):
    """Rare movies are less sure, or they are not: that is what the lab asks."""
    figure, sentence = posterior.spread_by_support([1, 10, 1100], spreads)
    assert title(figure) == finding
    assert sentence == (
        "Each point is a validation rating. The median spread is "
        f"{spreads[0]:.2f} stars for movies with about 1 training rating and "
        f"{spreads[-1]:.2f} for those with about 1,100."
    )
    points = list(zip([1, 10, 1100], spreads, strict=True))
    assert lines(figure)["median"] == points
    assert dots(figure) == [points]


def test_the_spread_is_the_median_of_eighths_of_the_ratings():
    """One odd rating in a group must not speak for it."""
    supports = torch.arange(1, 81)
    spreads = 1 - supports / 200
    spreads[0] = 50.0
    figure, sentence = posterior.spread_by_support(supports, spreads)
    middles, medians = zip(*lines(figure)["median"], strict=True)
    assert middles == (5.5, 15.5, 25.5, 35.5, 45.5, 55.5, 65.5, 75.5)
    # of 0.99 to 0.95 in the first eighth, with the odd one in front: 0.975 and 0.97
    assert medians[0] == pytest.approx(0.9725)
    assert medians[-1] == pytest.approx(1 - 75.5 / 200)
    assert "about 6 training ratings and 0.62 for those with about 76." in sentence


def test_the_groups_stand_at_the_median_of_their_support():
    """One blockbuster must not move the last point to the right."""
    supports = [*range(1, 22), 30, 40, 9000]
    figure, sentence = posterior.spread_by_support(supports, np.ones(24))
    assert lines(figure)["median"][-1] == (40, 1)
    assert sentence.endswith("for those with about 40.")


def test_movies_of_one_support_make_one_group():
    figure, _ = posterior.spread_by_support([7, 7, 7], [0.2, 0.2, 0.3])
    assert title(figure).startswith("The spread is 0.20 stars for rare and known")


@pytest.mark.parametrize(
    ("other", "finding"),
    [
        ([0.90, 0.95, 0.97], "ALS: lowest mean, and lowest on 2 of 3 folds"),
        ([0.90, 0.93, 0.93], "other: lowest mean, and lowest on 3 of 3 folds"),
        ([0.99, 0.93, 0.93], "ALS: lowest mean, and lowest on 1 of 3 folds"),
    ],
)
def test_the_best_model_is_best_by_its_mean_and_its_folds_are_counted(other, finding):
    """A model that wins most folds need not have the lowest mean."""
    scores = {"ALS": [0.92, 0.94, 0.94], "other": other}
    figure, sentence = posterior.fold_scores(scores)
    assert title(figure) == finding
    mean = sum(other) / 3
    assert sentence == f"Mean RMSE over the folds: ALS 0.9333, other {mean:.4f}."
    assert texts(figure) == ["ALS 0.9333", f"other {mean:.4f}"]
    assert [note.xy for note in figure.axes[0].texts] == [(3, 0.94), (3, other[-1])]
    drawn = list(lines(figure).values())
    assert drawn == [
        list(zip((1, 2, 3), values, strict=True)) for values in scores.values()
    ]
    assert figure.axes[0].get_xticks().tolist() == [1, 2, 3]


def test_every_model_chain_and_case_is_drawn():
    """zip stops without a word where the colours end."""
    figure, _ = posterior.fold_scores({f"model {i}": [0.9, 0.9] for i in range(9)})
    looks = {
        (line.get_color(), line.get_linestyle(), line.get_marker())
        for line in figure.axes[0].lines
    }
    assert len(looks) == 9
    trace = pd.DataFrame({"sweep": [1, 2, 3], "noise": [1.0, 0.9, 0.9]})
    figure, _ = posterior.chains(dict.fromkeys("abcdefghi", trace), "noise", "", skip=1)
    assert len(figure.axes[0].lines) == 9
    figure, _ = posterior.coordinate_posteriors([case(3, 0.0, 1.0)] * 9)
    assert len(figure.axes[0].lines) == 18


def test_the_best_length_is_the_near_chain_s_lowest():
    """The far chain's best length would say that a chain cut short is best."""
    curves = {"near": [0.95, 0.92, 0.90], "far": [0.93, 0.89, 0.91]}
    figure, sentence = posterior.accuracy_by_length([10, 60, 400], curves, 0.94, "ALS")
    assert title(figure) == "From the near start 400 of 400 sweeps are best"
    assert "from the far start 0.9300 after 10 sweeps, 0.8900 at best" in sentence
    assert np.allclose(
        lines(figure)["far start"], [(10, 0.93), (60, 0.89), (400, 0.91)]
    )


def test_only_intervals_below_zero_count_as_sure():
    """A gain whose interval holds zero, or a loss, would be sold as one."""
    intervals = {
        "both": Interval(-0.02, -0.03, -0.01, 0.95, 9),
        "users": Interval(-0.01, -0.03, 0.01, 0.95, 9),
        "worse": Interval(0.02, 0.01, 0.03, 0.95, 9),
    }
    figure, sentence = posterior.gains(intervals, "none")
    assert title(figure) == "1 of 3 surely lower than “none”"
    assert "users -0.0100 (-0.0300 to +0.0100)" in sentence
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == list(intervals)
