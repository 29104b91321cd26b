"""Lab 03: its own functions against the package.

The lab's story is asserted in its cells, on both data sets; what is tested here is
that a reader who lifts a function out of the lab gets what the package computes.
"""

import ast
import json
import time
from types import SimpleNamespace

import numpy as np
import pytest
import torch

import data_utils
import metrics
import models
import training
from tools import peers
from tools.labs import NOTEBOOKS

SOURCE = NOTEBOOKS / "source" / "03-training.py"
CANDIDATES = ("fit_biases", "fit_als", "fit_mf")
LIFTED = (
    *CANDIDATES,
    "SameObjective",
    "drawer_predictions",
    "my_train_epoch",
    "objective",
    "one_pass",
    "parts_of",
    "one_seed",
    "five_seeds",
)
PRICES = 0.05, 4.0  # as the lab would have chosen them: λ and δ


@pytest.fixture(scope="module")
def lab():
    """The functions of the lab that `LIFTED` names, and what they use."""
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"))
    lifted = [n for n in tree.body if getattr(n, "name", None) in LIFTED]
    assert len(lifted) == len(LIFTED)
    names = {"torch": torch, "time": time, "device": torch.device("cpu")}
    for package in (data_utils, metrics, models):
        names |= {name: getattr(package, name) for name in package.__all__}
    names |= {name: getattr(training, name) for name in training.__all__}
    names |= {"middle": SimpleNamespace(best_epoch=3), "als_prices": PRICES}
    names |= dict(zip(("reg_per_rating", "reg_per_row"), PRICES, strict=True))
    exec(compile(ast.Module(lifted, type_ignores=[]), SOURCE.name, "exec"), names)
    return names


@pytest.fixture(scope="module")
def split(small_world):
    return data_utils.train_test_split_random(small_world.ratings, 0.2, seed=0)


@pytest.fixture(scope="module")
def train(split):
    return data_utils.RatingsDataset.fit(split.train)


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
    result = lab["five_seeds"](lab["parts_of"](split), 0.07)
    test = train.encode(split.test)
    base = training.evaluate(models.BiasModel().fit(train), test)["rmse"]
    fits = (models.ALS(16, 0.07, 0.0, epochs=8, seed=s).fit(train) for s in range(5))
    runs = [training.evaluate(fitted, test)["rmse"] for fitted in fits]
    assert result.n == 5
    assert result.mean == pytest.approx(np.mean(runs) - base)


def test_whoever_looks_into_the_drawer_is_noted(lab, train, split):
    """The lab counts its scorings: a look without a note would falsify the count."""
    lab |= {"opened": [], "drawer": split.test}
    model = models.BiasModel().fit(train)
    predicted = lab["drawer_predictions"](model, train, "a test")
    assert lab["opened"] == ["a test"]
    assert len(predicted) == len(split.test)


def test_the_race_is_on_the_objective_that_als_minimizes(lab, train):
    """Else it would compare penalties, not algorithms."""
    lab["train"] = train
    fitted = models.ALS(4, *PRICES, epochs=5).fit(train)
    expected = fitted.objective[-1] / len(train)
    assert lab["objective"](fitted) == pytest.approx(expected, rel=1e-4)


def test_the_loss_of_the_race_is_that_objective(lab, train):
    """In units of the ratings: errors + λ × penalty + the rows' prices, as `fit` sums.

    A bias that paid λ as well would make SGD and Adam run for another goal than ALS.
    """
    lab["train"] = train
    unit = train.unit
    model = lab["SameObjective"](train.n_users, train.n_items, 4)
    training.fit_standardized(model, train, epochs=1, show_progress=False)
    table = model.tables()
    reg_per_rating, reg_per_row = PRICES
    squares = (train.ratings - model.predict(train.users, train.items)).square()
    rows = sum(x.square().sum() for x in (table.user_factors, table.item_factors))
    biases = sum(x.square().sum() for x in (table.user_bias, table.item_bias))
    with torch.no_grad():
        penalty = model.penalty(train.users, train.items)
    loss = squares.mean() + unit * reg_per_rating * penalty
    loss += (unit * reg_per_row * rows + 3 * biases) / len(train)
    assert lab["objective"](model) == pytest.approx(loss.item(), rel=1e-4)


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


def test_what_was_measured_of_others_can_be_measured_again():
    """A figure of a peer that no command makes has to be taken on trust."""
    found = set()
    for row in json.loads(peers.JSON.read_text(encoding="utf-8"))["rows"]:
        found |= {f"{np.mean(row['rmse']):.4f}", f"{row['rmse'][0]:.4f}"}
    lines = SOURCE.read_text(encoding="utf-8").splitlines()
    said = [
        line.split("|")[2].strip() for line in lines if line.endswith("| measured |")
    ]
    assert len(said) >= 10
    assert {f"0{figure}" for figure in said} <= found
