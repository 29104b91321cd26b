"""Training: what would silently spoil a run, from broadcasts to half-written files."""

import pandas as pd
import pytest
import torch
from torch import nn

import training
from data_utils import RatingsDataset, ratings_loader, train_test_split_random
from metrics import rmse
from models import DotProductMF, MatrixFactorization
from training import (
    BadCheckpoint,
    History,
    TrainingDiverged,
    evaluate,
    fit,
    train_epoch,
)


@pytest.fixture(scope="module")
def parts(small_world):
    split = train_test_split_random(small_world.ratings, 0.2, seed=1)
    train = RatingsDataset.fit(split.train)
    return train, train.like(split.test)


def fresh(train, seed=0):
    generator = torch.Generator().manual_seed(seed)
    size = train.n_users, train.n_items
    return MatrixFactorization(*size, 4, mean=train.mean, generator=generator)


def train_quietly(model, train, validation=None, **settings):
    settings = {"epochs": 4, "learning_rate": 0.02, "batch_size": 200} | settings
    settings.setdefault("generator", torch.Generator().manual_seed(1))
    return fit(model, train, validation, show_progress=False, **settings)


def test_an_epoch_is_the_four_steps(parts):
    train, _ = parts
    model, twin = fresh(train), fresh(train)
    loader = ratings_loader(train, batch_size=300, shuffle=False)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    mse = train_epoch(model, loader, optimizer, regularization=0.01)

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
    history = train_quietly(model, train, validation, regularization=0.02)
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


def test_a_run_depends_on_its_generators_alone(parts):
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
        file.write_bytes(b"half")
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


def write_other_damping(path, train):
    train_quietly(fresh(train), train, epochs=1, checkpoint=path, damping=1.0)


@pytest.mark.parametrize(
    ("write", "sentence"),
    [
        (write_garbage, "not a checkpoint that fit has written"),
        (write_other_dictionary, "not a checkpoint that fit has written"),
        (write_other_model, r"another model: its item_bias.weight is not there"),
        (write_other_size, r"item_factors.weight is \(\d+, 3\).*\(\d+, 4\)"),
        (write_other_damping, "another damping"),
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
        ({"patience": 2}, "needs validation"),
        ({"regularization": -0.1}, "regularization=-0.1 and .* zero or more"),
        ({"damping": -1.0}, "damping=-1.0 were given"),
        ({"damping": {"user_factors": -1.0}}, "damping={'user_factors': -1.0}"),
    ],
)
def test_settings_that_make_no_sense_are_refused(parts, settings, sentence):
    train, _ = parts
    with pytest.raises(ValueError, match=sentence):
        train_quietly(fresh(train), train, **settings)


def test_validation_without_a_rating_or_patience_is_refused(parts):
    """An empty part, from a filter too strict, would switch early stopping off."""
    train, validation = parts
    nothing = train.like(small_table().iloc[:0])
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
            train_quietly(fresh(train), train.like(table))


def small_table():
    return pd.DataFrame({"user_id": [-5], "item_id": [-5], "rating": [3.0]})


def test_a_history_without_epochs_has_no_best():
    with pytest.raises(ValueError, match="No epoch"):
        History().best_epoch  # noqa: B018
