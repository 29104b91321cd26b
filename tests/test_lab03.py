"""Lab 03: its own functions against the package, and its figures' words against data.

The lab's story is asserted in its cells, on both data sets; what is tested here is
that a reader who lifts a function out of the lab gets what the package computes.
"""

import ast
import time

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import torch

import data_utils
import metrics
import models
import training
from plots import training as plots
from tools.labs import NOTEBOOKS

SOURCE = NOTEBOOKS / "source" / "03-training.py"
CANDIDATES = ("fit_biases", "fit_als", "fit_textbook_als")
LIFTED = (*CANDIDATES, "my_train_epoch", "one_pass", "seeds_against_biases")


@pytest.fixture(scope="module")
def lab():
    """The functions of the lab that `LIFTED` names, and what they use."""
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"))
    lifted = [n for n in tree.body if getattr(n, "name", None) in LIFTED]
    assert len(lifted) == len(LIFTED)
    names = {"torch": torch, "time": time, "device": torch.device("cpu")}
    for package in (data_utils, metrics, models):
        names |= {name: getattr(package, name) for name in package.__all__}
    names |= {"fit": training.fit, "evaluate": training.evaluate}
    exec(compile(ast.Module(lifted, type_ignores=[]), SOURCE.name, "exec"), names)
    return names


@pytest.fixture(scope="module")
def split(small_world):
    return data_utils.train_test_split_random(small_world.ratings, 0.2, seed=0)


@pytest.fixture(scope="module")
def train(split):
    return data_utils.RatingsDataset.fit(split.train)


@pytest.fixture(autouse=True)
def no_figure_is_left_open():
    yield
    plt.close("all")


def test_the_loop_written_in_the_lab_is_the_loop_of_the_package(lab, train):
    """The lab says that nothing is hidden in `train_epoch`: then nothing may be."""
    ends = []
    for one_epoch in (lab["my_train_epoch"], training.train_epoch):
        model = models.MatrixFactorization(train.n_users, train.n_items, 4, train.mean)
        loader = data_utils.ratings_loader(train, 100)
        optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
        losses = [one_epoch(model, loader, optimizer) for _ in range(2)]
        ends.append((losses, model.user_factors.weight.detach()))
    assert ends[0][0] == pytest.approx(ends[1][0], rel=1e-5)
    torch.testing.assert_close(ends[0][1], ends[1][1])


def test_a_pass_counts_each_rating_once(lab, train):
    """A quicker loader that skipped ratings would be no comparison."""
    loader = data_utils.ratings_loader(train, 64)
    seconds, total = lab["one_pass"](loader)
    assert seconds > 0
    assert total == train.ratings.sum().item()


@pytest.mark.parametrize("name", CANDIDATES)
def test_a_candidate_depends_on_its_arguments_alone(lab, train, split, name):
    """A fold fitted with another fold's data would leak, and look good."""
    test = train.encode(split.test)
    first, second = (lab[name](train, 3) for _ in range(2))
    guesses = [model.predict(test.users, test.items) for model in (first, second)]
    assert torch.equal(*guesses)
    assert metrics.rmse(guesses[0], test.ratings) < 2


def test_seeds_are_paired_with_the_same_biases(lab, train, split):
    result = lab["seeds_against_biases"](split, n_seeds=3)
    test = train.encode(split.test)
    base = training.evaluate(models.BiasModel().fit(train), test)["rmse"]
    runs = [
        training.evaluate(lab["fit_textbook_als"](train, seed), test)["rmse"]
        for seed in range(3)
    ]
    assert result.n == 3
    assert result.mean == pytest.approx(np.mean(runs) - base)


def test_each_published_figure_has_its_protocol_and_its_source():
    text = SOURCE.read_text(encoding="utf-8")
    table = text.split("| method | RMSE | protocol | source |")[1].split("#\n# Read")[0]
    rows = [line.strip("# |").split("|") for line in table.splitlines()[2:] if line]
    assert len(rows) > 10
    for row in rows:
        score, protocol, source = (cell.strip() for cell in row[-3:])
        assert score.startswith("."), row
        assert "fold" in protocol or "u1" in protocol, row
        assert source, row


def history(train_rmse, validation_rmse):
    epochs = np.arange(1, len(train_rmse) + 1)
    return pd.DataFrame(
        {
            "epoch": epochs,
            "train_rmse": train_rmse,
            "validation_rmse": validation_rmse,
            "seconds": epochs / 10,
        }
    )


def test_the_learning_curve_names_the_best_epoch():
    figure, sentence = plots.learning_curves(history([1, 0.8, 0.2], [1, 0.9, 1.08]))
    title = figure.axes[0].get_title(loc="left")
    assert title == "Best after epoch 2, 20% worse after epoch 3"
    assert "0.900, after epoch 2" in sentence
    figure, _ = plots.learning_curves(history([1, 0.8], [1, 0.9]))
    assert "Still getting better" in figure.axes[0].get_title(loc="left")


def test_the_regularization_figure_names_the_winner():
    runs = pd.DataFrame(
        [("L2", 0.1, 0.95, 1.0), ("L2", 0.2, 0.90, 0.9), ("decay", 0.1, 0.92, 1.1)],
        columns=["kind", "strength", "best", "last"],
    )
    figure, sentence = plots.regularization_curves(runs)
    assert figure.get_suptitle() == "The lowest point belongs to L2"
    assert "With decay the best epoch scores 0.920 at 0.1" in sentence


def test_small_multiples_have_a_panel_a_setting_and_a_line_a_value():
    good, bad = history([1, 1], [0.95, 0.9]), history([1, 1], [1.0, 0.98])
    figure, sentence = plots.small_multiples({"rate": {"0.1": bad, "0.2": good}})
    assert figure.axes[0].get_title(loc="left") == "rate: best at 0.2"
    assert len(figure.axes[0].lines) == 2
    assert "0.980 at 0.1 (0.1 s an epoch)" in sentence


def test_the_race_is_won_by_the_first_to_arrive_not_by_the_lowest():
    quick, slow = history([1, 1], [0.91, 0.91]), history([1, 1], [1.0, 0.9])
    never = history([1, 1], [1.0, 0.95])
    figure, sentence = plots.race({"slow": slow, "quick": quick, "never": never})
    assert "quick is the first" in figure.axes[0].get_title(loc="left")
    assert "slow after 0.2 s, quick after 0.1 s, never never" in sentence


def test_the_fold_figure_sees_whether_the_order_changes():
    scores = pd.DataFrame({"a": [0.9, 0.95], "b": [0.92, 0.96]}, index=[1, 2])
    figure, sentence = plots.fold_scores(scores)
    assert figure.axes[0].get_title(loc="left").startswith("The same order")
    assert "a goes from 0.900 to 0.950" in sentence
    figure, _ = plots.fold_scores(scores.assign(b=[0.92, 0.94]))
    assert "best model changes" in figure.axes[0].get_title(loc="left")
    figure, _ = plots.fold_scores(scores.assign(c=[0.93, 0.955]))
    title = figure.axes[0].get_title(loc="left")
    assert title == "a is best in all 2 folds; the others trade places"


def test_an_eighth_model_does_not_vanish():
    """zip stops without a word where the colours end."""
    names = [f"model {i}" for i in range(9)]
    scores = pd.DataFrame(np.full((2, 9), 0.9), [1, 2], names)
    runs = {name: history([1, 1], [0.95, 0.9]) for name in names}
    for figure, _ in (
        plots.fold_scores(scores),
        plots.scores_by_split(scores.T, {1: 0.0, 2: 0.0}),
        plots.race(runs),
        plots.small_multiples({"rate": runs}),
    ):
        legend = figure.axes[0].get_legend().get_texts()
        assert sum("model" in text.get_text() for text in legend) == 9


def test_the_split_figure_counts_who_is_below_the_line():
    scores = {"random": [0.9, 0.94], "time": [0.96, 1.0]}
    scores = pd.DataFrame(scores, index=["a", "b"])
    figure, sentence = plots.scores_by_split(scores, {"random": 0.0, "time": 0.8})
    title = figure.axes[0].get_title(loc="left")
    assert title == "From left to right 2, 0 of 2 models are below 0.95"
    assert "random 0.900 (a)" in sentence
    assert "80% cold" in figure.axes[0].get_xticklabels()[1].get_text()
