"""Labs 06 to 08: the words of a figure are chosen by its data, not by its author."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from plots import challenge, exercises, posterior


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def title(figure):
    return figure.axes[0].get_title(loc="left")


@pytest.mark.parametrize(
    ("last", "words"),
    [
        (0.4, "the gap grows from 0.300 to 0.400."),
        (0.1, "the gap shrinks from 0.300 to 0.100."),
        (0.3, "the gap stays at 0.300."),
    ],
)
def test_the_gap_grows_or_shrinks(last, words):
    table = pd.DataFrame(
        {
            "factors": [1, 2],
            "train_rmse": [0.8, 0.7],
            "validation_rmse": [1.1, 0.7 + last],
            "gap": [0.3, last],
        }
    )
    assert exercises.sweep_curve(table)[1].endswith(words)


def test_the_repaired_trainer_ends_where_its_last_epoch_is():
    figure, sentence = exercises.repaired_curve([1.0, 0.9, 0.97], 0.95)
    assert "ends above" in title(figure)
    assert "0.900 after epoch 2, its best" in sentence


@pytest.mark.parametrize(
    ("by_exponent", "finding"),
    [
        ({0.0: [1, 4], -0.5: [1, 1.1]}, "Only the exponent -0.5 keeps the length"),
        ({0.0: [1, 4], -1.0: [1, 0.3]}, "No exponent keeps the length; -1 changes"),
        ({-0.5: [1, 1.1], -0.6: [1, 0.9]}, "The exponents -0.5 and -0.6 keep"),
    ],
)
def test_an_exponent_keeps_the_length_where_it_does(by_exponent, finding):
    figure, _ = challenge.lengths((20, 320), by_exponent)
    assert title(figure).startswith(finding)


def test_the_echoes_count_the_pairs_beyond_two():
    figure, sentence = challenge.echoes([3, -3, 0, 0], [0, 0, 0, 2.5])
    assert "50% of the pairs are beyond ±2; by chance 25%" in title(figure)
    assert sentence.startswith("For each of the 4 pairs")
    assert "in 50% of the pairs, and in 25% when" in sentence


@pytest.mark.parametrize(
    ("spreads", "finding"),
    [
        ([0.5, 0.4, 0.3], "The spread falls from 0.50 to 0.30"),
        ([0.3, 0.4, 0.5], "The spread rises from 0.30 to 0.50"),
        ([0.3, 0.3, 0.3], "The spread is 0.30 stars for rare and known movies alike"),
    ],
)
def test_the_spread_falls_or_rises(spreads, finding):
    figure, _ = posterior.spread_by_support([1, 10, 100], spreads)
    assert title(figure).startswith(finding)
    figure, _ = posterior.spread_by_support([7, 7, 7], [0.2, 0.2, 0.2])
    assert "alike" in title(figure)


def test_one_sample_is_the_same_number_in_title_and_sentence():
    single = [0.99, 0.95, 0.96, 0.97, 0.961, 0.99]
    figure, sentence = posterior.samples_and_average(
        single, [0.99, 0.96, 0.95, 0.94, 0.93, 0.92], 0.935, "ALS"
    )
    assert title(figure) == "One sample 0.970, ALS 0.935, the average 0.920"
    assert "a median of 0.970" in sentence
    assert "below ALS from sweep 5" in sentence


def test_every_model_chain_and_case_is_drawn():
    figure, _ = posterior.fold_scores({f"model {i}": [0.9, 0.9] for i in range(9)})
    looks = {
        (line.get_color(), line.get_linestyle(), line.get_marker())
        for line in figure.axes[0].lines
    }
    assert len(looks) == 9
    trace = pd.DataFrame({"sweep": [1, 2, 3], "noise": [1.0, 0.9, 0.9]})
    figure, _ = posterior.chains([trace] * 9, "noise", "noise", skip=1)
    assert len(figure.axes[0].lines) == 9
    case = {"label": "few", "n": 3, "mean": 0.0, "sd": 1.0}
    figure, sentence = posterior.coordinate_posteriors([case] * 9)
    assert len(figure.axes[0].lines) == 18
    assert "the dot is its mean" in sentence
