"""Training: what would silently spoil a run, from broadcasts to half-written files."""

import copy
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

import training
from data_utils import (
    RatingsDataset,
    ratings_loader,
    seeded,
    train_test_split_random,
)
from metrics import rmse
from models import DotProductMF, MatrixFactorization
from run_state import Run
from training import (
    BadCheckpoint,
    History,
    TrainingDiverged,
    evaluate,
    fit,
    fit_standardized,
    train_epoch,
)


@pytest.fixture(scope="module")
def ratings(small_world):
    return small_world.ratings


@pytest.fixture(scope="module")
def parts(ratings):
    split = train_test_split_random(ratings, 0.2, seed=1)
    train = RatingsDataset.fit(split.train)
    return train, train.encode(split.test)


def fresh(train, seed=0):
    size = train.n_users, train.n_items
    return MatrixFactorization(*size, 4, mean=train.mean, seed=seed)


def train_quietly(model, train, validation=None, **settings):
    settings = {"epochs": 4, "learning_rate": 0.02, "batch_size": 200} | settings
    settings.setdefault("seed", 1)
    return fit(model, train, validation, show_progress=False, **settings)


def test_an_epoch_is_the_four_steps(parts):
    train, _ = parts
    model, twin = fresh(train), fresh(train)
    loader = ratings_loader(train, batch_size=300, shuffle=False)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    mse = train_epoch(model, loader, optimizer, reg_per_rating=0.01)

    optimizer = torch.optim.SGD(twin.parameters(), lr=0.1)
    squares = 0.0
    for users, items, ratings in loader:
        errors = twin(users, items) - ratings
        loss = errors.square().mean() + 0.01 * twin.penalty(users, items)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        squares += errors.detach().square().sum().item()
    torch.testing.assert_close(model.state_dict(), twin.state_dict())
    # Over ratings, not over batches: the last batch is smaller.
    assert mse == pytest.approx(squares / len(train), rel=1e-6)


def test_training_learns(parts):
    train, validation = parts
    model = fresh(train)
    before = evaluate(model, validation)["rmse"]
    history = train_quietly(model, train, validation, reg_per_rating=0.02)
    assert history.epochs[-1]["train_rmse"] < history.epochs[0]["train_rmse"]
    assert history.best_rmse < before


def test_evaluation_is_over_all_ratings_and_clips_only_when_asked(parts):
    train, test = parts
    model = fresh(train)
    nn.init.constant_(model.user_bias.weight, 2.5)
    scores = evaluate(model, test)
    predicted = model.predict(test.users, test.items)
    assert scores["n"] == len(test)
    assert scores["rmse"] == pytest.approx(rmse(predicted, test.ratings))
    clipped = evaluate(model, test, clip=(1, 5))["rmse"]
    assert clipped == pytest.approx(rmse(predicted.clamp(1, 5), test.ratings))
    assert clipped < scores["rmse"]


def test_the_best_epoch_is_put_back(parts):
    train, validation = parts
    model = fresh(train)
    history = train_quietly(model, train, validation, epochs=12, learning_rate=0.1)
    assert history.best_epoch < 12, "this run should overfit"
    assert evaluate(model, validation)["rmse"] == pytest.approx(history.best_rmse)


def test_patience_ends_a_run_that_no_longer_improves(parts):
    train, validation = parts
    settings = {"epochs": 50, "learning_rate": 0.1, "patience": 3}
    history = train_quietly(fresh(train), train, validation, **settings)
    assert len(history.epochs) == history.best_epoch + 3


def test_a_run_depends_on_its_seeds_alone(parts):
    train, _ = parts
    one, two = fresh(train), fresh(train)
    train_quietly(one, train)
    torch.rand(17)  # global state is nobody's business
    train_quietly(two, train)
    torch.testing.assert_close(one.state_dict(), two.state_dict(), rtol=0, atol=0)


def test_a_resumed_run_reaches_the_same_digits(parts, tmp_path):
    train, validation = parts
    whole, halved = fresh(train), fresh(train)
    expected = train_quietly(whole, train, validation, epochs=5)
    path = tmp_path / "run" / "half.pt"
    train_quietly(halved, train, validation, epochs=2, checkpoint=path)

    other = fresh(train, seed=9)
    resumed = train_quietly(
        other, train, validation, epochs=5, checkpoint=path, resume=True
    )
    torch.testing.assert_close(other.state_dict(), whole.state_dict(), rtol=0, atol=0)
    scores = [[row["validation_rmse"] for row in h.epochs] for h in (resumed, expected)]
    assert scores[0] == scores[1]
    assert [file.name for file in path.parent.iterdir()] == ["half.pt"]


def test_an_interrupted_save_leaves_the_old_checkpoint(parts, tmp_path, monkeypatch):
    train, _ = parts
    path = tmp_path / "run.pt"
    train_quietly(fresh(train), train, epochs=1, checkpoint=path)
    before = path.read_bytes()

    def break_off(state, file):
        file.write(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(training.torch, "save", break_off)
    with pytest.raises(KeyboardInterrupt):
        train_quietly(fresh(train), train, epochs=1, checkpoint=path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["run.pt"]


def test_nothing_to_resume_from_is_said(parts, tmp_path):
    train, _ = parts
    with pytest.raises(FileNotFoundError, match="no checkpoint"):
        train_quietly(fresh(train), train, checkpoint=tmp_path / "x.pt", resume=True)


def write_garbage(path, train):
    path.write_bytes(b"no checkpoint at all")


def write_other_dictionary(path, train):
    torch.save({"model": {}}, path)


def write_other_model(path, train):
    size = train.n_users, train.n_items
    train_quietly(DotProductMF(*size, 4), train, epochs=1, checkpoint=path)


def write_other_size(path, train):
    size = train.n_users, train.n_items
    train_quietly(MatrixFactorization(*size, 3), train, epochs=1, checkpoint=path)


def write_other_price(path, train):
    train_quietly(fresh(train), train, epochs=1, checkpoint=path, reg_per_row=1.0)


@pytest.mark.parametrize(
    ("write", "sentence"),
    [
        (write_garbage, "not a checkpoint that fit has written"),
        (write_other_dictionary, "not a checkpoint that fit has written"),
        (write_other_model, r"another class of model: its class is DotProductMF"),
        (write_other_size, r"item_factors.weight is \(\d+, 3\).*\(\d+, 4\)"),
        (write_other_price, r"its reg_per_row is 1.0, and here it is 0.0"),
    ],
)
def test_a_file_that_is_no_checkpoint_of_this_run_changes_nothing(
    parts, tmp_path, write, sentence
):
    train, _ = parts
    path = tmp_path / "run.pt"
    write(path, train)
    model, untouched = fresh(train), fresh(train)
    with pytest.raises(BadCheckpoint, match=sentence):
        train_quietly(model, train, checkpoint=path, resume=True)
    torch.testing.assert_close(model.state_dict(), untouched.state_dict())


def test_a_checkpoint_is_read_to_the_cpu_first(parts, tmp_path, monkeypatch):
    """One from a classroom's GPU must resume on a laptop."""
    train, _ = parts
    path = tmp_path / "run.pt"
    train_quietly(fresh(train), train, epochs=1, checkpoint=path)
    asked = {}
    load = torch.load

    def spy(file, **settings):
        asked.update(settings)
        return load(file, **settings)

    monkeypatch.setattr(torch, "load", spy)
    train_quietly(fresh(train), train, epochs=2, checkpoint=path, resume=True)
    assert asked == {"map_location": "cpu", "weights_only": True}


def test_divergence_names_the_epoch_and_the_rate(parts):
    train, _ = parts
    model = fresh(train)
    optimizer = torch.optim.SGD(model.parameters(), lr=1e6)
    with pytest.raises(TrainingDiverged, match=r"epoch \d+, at a learning rate of 1e"):
        train_quietly(model, train, optimizer=optimizer, epochs=30)


def test_a_column_of_predictions_never_broadcasts(parts):
    train, _ = parts

    class Column(MatrixFactorization):
        def forward(self, users, items):
            return super().forward(users, items)[:, None]

    model = Column(train.n_users, train.n_items, 2)
    with pytest.raises(ValueError, match=r"\(200, 1\) for ratings of shape \(200,\)"):
        train_quietly(model, train)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"epochs": 0}, "epochs=0"),
        ({"patience": 2}, "give validation data"),
        ({"reg_per_rating": -0.1}, "reg_per_rating=-0.1 and .* zero or more"),
        ({"reg_per_row": -1.0}, "reg_per_row=-1.0 were given"),
        ({"reg_per_row": {"user_factors": -1.0}}, "reg_per_row={'user_factors': -1.0}"),
    ],
)
def test_settings_that_make_no_sense_are_refused(parts, settings, sentence):
    train, _ = parts
    with pytest.raises(ValueError, match=sentence):
        train_quietly(fresh(train), train, **settings)


def test_validation_without_a_rating_or_patience_is_refused(parts):
    """An empty part, from a filter too strict, would switch early stopping off."""
    train, validation = parts
    nothing = train.encode(small_table().iloc[:0])
    with pytest.raises(ValueError, match="validation data hold no rating"):
        train_quietly(fresh(train), train, nothing)
    with pytest.raises(ValueError, match="patience=0"):
        train_quietly(fresh(train), train, validation, patience=0)


def test_training_data_that_are_empty_or_cold_are_refused(parts):
    train, _ = parts
    for table, sentence in (
        (small_table().iloc[:0], "the data set is empty"),
        (small_table(), "1 of 1 training ratings"),
    ):
        with pytest.raises(ValueError, match=sentence):
            train_quietly(fresh(train), train.encode(table))


def small_table():
    return pd.DataFrame({"user_id": [-5], "item_id": [-5], "rating": [3.0]})


def test_a_history_without_epochs_has_no_best():
    with pytest.raises(ValueError, match="No epoch"):
        History().best_epoch  # noqa: B018


class Plain(nn.Module):
    """What a student writes first: no penalty, no predict, tables P and Q."""

    def __init__(self, n_users, n_items, mean):
        super().__init__()
        self.P, self.Q = nn.Embedding(n_users, 2), nn.Embedding(n_items, 2)
        for table in (self.P, self.Q):
            nn.init.normal_(table.weight, std=0.1, generator=seeded(3))
        self.mean = mean
        self.dropout = nn.Dropout(0.5)

    def forward(self, users, items):
        return self.mean + self.dropout(self.P(users) * self.Q(items)).sum(-1)


def test_resuming_keeps_the_best_weights_of_before(parts):
    """The best epoch may lie before the interruption: it must not be lost."""
    train, _ = parts
    model = fresh(train)
    run = Run(model, torch.optim.SGD(model.parameters(), lr=0.1), seeded(0))
    run.record(1, 1.0, 0.5, 1.0)
    best = copy.deepcopy(model.state_dict())
    with torch.no_grad():
        model.item_factors.weight.add_(1.0)
    run.record(2, 0.9, 0.8, 2.0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.pt"
        run.save(path)
        later = fresh(train, seed=5)
        resumed = Run(later, torch.optim.SGD(later.parameters(), lr=0.1), seeded(0))
        resumed.load(path)
    assert resumed.stale == 1
    assert resumed.seconds == 2.0
    torch.testing.assert_close(later.state_dict(), model.state_dict())
    resumed.restore_best()
    torch.testing.assert_close(later.state_dict(), best)


def test_an_epoch_trains_a_model_that_was_being_evaluated(parts):
    """Left in eval mode, dropout and batch norms would be off without a word."""
    train, _ = parts
    model = Plain(train.n_users, train.n_items, train.mean).eval()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
    torch.manual_seed(0)
    loss = train_epoch(model, ratings_loader(train), optimizer)
    assert model.training
    assert loss != pytest.approx(evaluate(model, train)["rmse"] ** 2, rel=1e-6)


class TestAnyModule:
    def test_forward_is_enough_to_train_and_to_choose_an_epoch(self, parts):
        train, validation = parts
        warm = (validation.users >= 0) & (validation.items >= 0)
        known = copy.copy(validation)
        known.users, known.items, known.ratings = (
            column[warm]
            for column in (validation.users, validation.items, validation.ratings)
        )
        model = Plain(train.n_users, train.n_items, train.mean)
        history = train_quietly(model, train, known, epochs=6)
        assert history.epochs[-1]["train_rmse"] < history.epochs[0]["train_rmse"]
        score = evaluate(model, known)
        # Scored as it will be used: without dropout, so it is the same again.
        assert score == evaluate(model, known)
        assert score["rmse"] == pytest.approx(history.best_rmse, abs=1e-6)
        with torch.no_grad():
            by_hand = model.mean + (
                model.P.weight[known.users] * model.Q.weight[known.items]
            ).sum(1)
        assert score["rmse"] == pytest.approx(rmse(by_hand, known.ratings), abs=1e-6)

    def test_many_pairs_are_asked_in_parts(self, parts, monkeypatch):
        train, _ = parts
        model = Plain(train.n_users, train.n_items, train.mean)
        whole = evaluate(model, train)
        monkeypatch.setattr("training.PAIRS_AT_ONCE", 77)
        assert evaluate(model, train) == pytest.approx(whole)

    def test_strangers_are_asked_for_in_a_sentence(self, parts):
        train, _ = parts
        cold = copy.copy(train)
        cold.users = train.users.clone()
        cold.users[:3] = -1
        model = Plain(train.n_users, train.n_items, train.mean)
        with pytest.raises(ValueError, match=r"3 of 1,200 .* Plain a method predict"):
            evaluate(model, cold)

    def test_a_penalty_that_is_not_there_is_asked_for(self, parts):
        train, _ = parts
        model = Plain(train.n_users, train.n_items, train.mean)
        with pytest.raises(ValueError, match=r"this Plain has no such method. Write"):
            train_quietly(model, train, reg_per_rating=0.1)

    def test_a_module_without_parameters_has_nothing_to_train(self, parts):
        """Tables in a plain list are not registered: the most common slip of all."""

        class Listed(nn.Module):
            def __init__(self):
                super().__init__()
                self.tables = [nn.Embedding(3, 2)]

        with pytest.raises(ValueError, match=r"This Listed has no parameters"):
            train_quietly(Listed(), parts[0])


class TestStandardized:
    def test_the_history_is_in_stars(self, ratings):
        """A curve in units of 1.1 stars beside another model's would mislead."""
        other = ratings.assign(rating=20 * ratings["rating"] - 3)
        found = []
        for table in (ratings, other):
            split = train_test_split_random(table, 0.2, seed=1)
            train = RatingsDataset.fit(split.train)
            validation = train.encode(split.test)
            model = MatrixFactorization(train.n_users, train.n_items, 4)
            history = fit_standardized(
                model, train, validation, epochs=3, show_progress=False
            )
            frame = history.frame()[["train_rmse", "validation_rmse"]]
            score = evaluate(model, validation)["rmse"]
            assert history.best_rmse == pytest.approx(score, rel=1e-5)
            found.append(frame)
        np.testing.assert_allclose(found[1], 20 * found[0], rtol=1e-3)

    def test_without_validation_there_is_no_validation_error(self, parts):
        train, _ = parts
        model = MatrixFactorization(train.n_users, train.n_items, 4)
        history = fit_standardized(model, train, epochs=1, show_progress=False)
        assert history.best["validation_rmse"] is None

    def test_a_module_that_cannot_go_back_to_stars_says_so(self, parts):
        train, _ = parts
        model = Plain(train.n_users, train.n_items, 0.0)
        with pytest.raises(ValueError, match=r"no method rescale\(mean, unit\)"):
            fit_standardized(model, train)

    def test_a_rescaled_model_predicts_the_rescaled_stars(self, parts):
        train, _ = parts
        model = MatrixFactorization(train.n_users, train.n_items, 4, mean=0.5)
        nn.init.normal_(model.user_bias.weight, generator=seeded(1))
        nn.init.normal_(model.item_bias.weight, generator=seeded(2))
        before = model.predict(train.users, train.items)
        model.rescale(mean=50.0, unit=7.0)
        after = model.predict(train.users, train.items)
        torch.testing.assert_close(after, 50 + 7 * before)
