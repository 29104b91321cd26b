"""Checkpoints: what a file must refuse, so that no resumed run is of other digits."""

import copy
import io
import os

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from atomic import CannotWrite
from data_utils import RatingsDataset, seeded, train_test_split_random
from models import FlippedSVDpp, MatrixFactorization, SVDpp
from run_state import HEAD, Run, _first_line
from training import (
    BadCheckpoint,
    TrainingDiverged,
    fit,
    fit_standardized,
    train_epoch,
)


@pytest.fixture(scope="module")
def parts(small_world):
    split = train_test_split_random(small_world.ratings, 0.2, seed=1)
    train = RatingsDataset.fit(split.train)
    return train, train.encode(split.test)


def new_model(train, seed=0, n_factors=4):
    size = train.n_users, train.n_items
    return MatrixFactorization(*size, n_factors, mean=train.mean, seed=seed)


def train_quietly(model, train, validation=None, **settings):
    defaults = {"epochs": 3, "learning_rate": 0.02, "batch_size": 200, "seed": 1}
    return fit(model, train, validation, show_progress=False, **(defaults | settings))


def sgd(model, **settings):
    return torch.optim.SGD(model.parameters(), **({"lr": 0.1} | settings))


def all_state(model, optimizer=None):
    """Copies of all that a load may change, the global random numbers included."""
    state = [model.state_dict(), optimizer and optimizer.state_dict()]
    return copy.deepcopy([*state, torch.get_rng_state()])


def refused(path, sentence, model, train, validation=None, **settings):
    """`fit` refuses to resume with this sentence, and nothing has changed."""
    before = all_state(model, settings.get("optimizer"))
    with pytest.raises(BadCheckpoint, match=sentence):
        train_quietly(
            model, train, validation, checkpoint=path, resume=True, **settings
        )
    torch.testing.assert_close(
        all_state(model, settings.get("optimizer")), before, rtol=0, atol=0
    )


def other_stars(data):
    """The same pairs with one other rating."""
    other = copy.copy(data)
    other.ratings = data.ratings.clone()
    other.ratings[17] += 1
    return other


def other_pairs(data):
    """The same numbers of ratings, users and movies."""
    other = copy.copy(data)
    other.items = data.items.flip(0)
    return other


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ({"reg_per_rating": 0.1}, {}, "its reg_per_rating is 0.1, and here it is 0.0"),
        ({"reg_per_row": 2}, {}, "its reg_per_row is 2, and here it is 0.0"),
        (
            {"reg_per_row": {"item_factors": 5}},
            {"reg_per_row": {"item_bias": 5}},
            r"its reg_per_row is {'item_factors': 5}, and here it is {'item_bias': 5}",
        ),
        ({"learning_rate": 0.5}, {}, "its learning_rate is 0.5, and here it is 0.02"),
        ({"batch_size": 100}, {}, "its batch_size is 100, and here it is 200"),
        ({"seed": 2}, {}, "its seed is 2, and here it is 1"),
        ({"anneal": True}, {}, "its anneal is over 3 epochs, and here it is False"),
        (
            {"anneal": True},
            {"anneal": True, "epochs": 5},
            "its anneal is over 3 epochs, and here it is over 5 epochs",
        ),
        ({"patience": 2}, {"patience": 3}, "its patience is 2, and here it is 3"),
        (
            {"seed": 2, "batch_size": 100},
            {},
            "its batch_size is 100, and here it is 200; its seed is 2, and here it is",
        ),
        ({"epochs": 4}, {"epochs": 3}, "holds 4 epochs, and epochs=3 was given"),
    ],
)
def test_another_setting_is_named_with_both_values(
    parts, tmp_path, before, after, sentence
):
    """A student would take a mixture of two runs for one of them."""
    path = tmp_path / "run.pt"
    train_quietly(new_model(parts[0]), *parts, checkpoint=path, **before)
    refused(path, sentence, new_model(parts[0], seed=7), *parts, **after)


def test_other_data_are_refused(parts, tmp_path):
    """Ratings of the same number would go unnoticed, and so would a new split."""
    train, validation = parts
    path = tmp_path / "run.pt"
    train_quietly(new_model(train), train, validation, checkpoint=path)
    for other in other_stars(train), other_pairs(train):
        sentence = r"its train is 1,200 ratings \(hash .*here it is 1,200 ratings"
        refused(path, sentence, new_model(train), other, validation)
    sentence = r"its validation is 300 ratings \(.*here it is 300 ratings"
    refused(path, sentence, new_model(train), train, other_stars(validation))


def test_validation_that_comes_or_goes_is_refused(parts, tmp_path):
    """The best of the first epochs would be given as the best of all."""
    train, validation = parts
    path = tmp_path / "run.pt"
    train_quietly(new_model(train), train, validation, checkpoint=path)
    refused(path, r"300 ratings .*, and here it is None", new_model(train), train)
    train_quietly(new_model(train), train, checkpoint=path)
    sentence = r"its validation is None, and here it is 300 ratings"
    refused(path, sentence, new_model(train), train, validation)


class Named(MatrixFactorization):
    """Another class with the same tables."""


def test_another_model_is_refused(parts, tmp_path):
    train, _ = parts
    path = tmp_path / "run.pt"
    train_quietly(new_model(train), train, checkpoint=path)
    named = Named(train.n_users, train.n_items, 4, mean=train.mean)
    for model, sentence in (
        (named, "its class is MatrixFactorization, and here it is Named"),
        (new_model(train, n_factors=3), r"is \(\d+, 4\) float32.*is \(\d+, 3\) float"),
        (new_model(train).double(), r"4\) float32, and here it is \(\d+, 4\) float64"),
    ):
        refused(path, sentence, model, train)
    frozen = new_model(train)
    frozen.item_bias.requires_grad_(False)
    refused(path, "its item_bias.weight is .* here it is .* not trained", frozen, train)


@pytest.mark.parametrize("kind", [SVDpp, FlippedSVDpp])
def test_another_history_of_svdpp_is_refused(parts, tmp_path, kind):
    """N(u) is in no file: with other movies in it the factors y mean something else."""
    train, _ = parts
    path = tmp_path / "run.pt"
    train_quietly(kind(train, 2), train, checkpoint=path, epochs=1)
    sentence = r"its user_values is \(1200,\) int64, not trained \(hash "
    refused(path, sentence, kind(other_pairs(train), 2), train)


def swapped(model):
    """Adam over the same tables in another order."""
    return torch.optim.Adam(list(model.parameters())[::-1], lr=0.1)


def grouped(model):
    tables = list(model.parameters())
    return torch.optim.SGD([{"params": tables[:1]}, {"params": tables[1:]}], lr=0.1)


@pytest.mark.parametrize(
    ("first", "then", "sentence"),
    [
        (sgd, lambda m: sgd(m, lr=0.2), "its lr in group 1 is 0.1, and here it is 0.2"),
        (sgd, lambda m: sgd(m, momentum=0.9), "its momentum in group 1 is 0, and here"),
        (sgd, lambda m: None, "another run: its learning_rate is not there"),
        (sgd, swapped, "another optimizer: its class is SGD, and here it is Adam"),
        (
            lambda m: torch.optim.Adam(m.parameters(), lr=0.1),
            swapped,
            r"its list of tables in group 1 is user_factors.*here it is item_bias",
        ),
        (sgd, grouped, "group 2 is not there, and here it is item_factors"),
    ],
)
def test_another_optimizer_is_refused(parts, tmp_path, first, then, sentence):
    """Adam's averages of one table, given to another of its size, killed the kernel."""
    train, _ = parts
    path, model = tmp_path / "run.pt", new_model(train)
    train_quietly(model, train, optimizer=first(model), checkpoint=path)
    model = new_model(train, seed=3)
    refused(path, sentence, model, train, optimizer=then(model))


def test_an_optimizer_with_a_past_is_as_it_was_after_a_refusal(parts, tmp_path):
    train, _ = parts
    path = tmp_path / "run.pt"
    train_quietly(new_model(train), train, checkpoint=path)
    model = new_model(train)
    optimizer = sgd(model, momentum=0.9)
    train_quietly(model, train, optimizer=optimizer)
    refused(path, "another run", model, train, optimizer=optimizer)


def test_numpy_numbers_are_settings_like_others(parts, tmp_path):
    """np.logspace is how learning rates are tried; its files were called damaged."""
    train, _ = parts
    path = tmp_path / "run.pt"
    settings = {
        "learning_rate": np.logspace(-3, -1, 3)[1],
        "reg_per_rating": np.float32(0.01),
        "reg_per_row": {"item_factors": np.float64(2), "user_factors": np.float64(1)},
        "batch_size": np.int64(200),
        "patience": np.int32(9),
        "seed": np.int64(5),
    }
    train_quietly(
        new_model(train), *parts, checkpoint=path, epochs=np.int64(2), **settings
    )
    model, whole = new_model(train, seed=4), new_model(train)
    train_quietly(model, *parts, checkpoint=path, resume=True, **settings)
    train_quietly(whole, *parts, **settings)
    torch.testing.assert_close(model.state_dict(), whole.state_dict(), rtol=0, atol=0)
    own = new_model(train)
    optimizer = sgd(own, lr=np.float64(0.1), momentum=np.float64(0.5))
    train_quietly(own, train, optimizer=optimizer, checkpoint=path)
    train_quietly(own, train, optimizer=optimizer, checkpoint=path, resume=True)


@pytest.mark.parametrize("anneal", [False, True])
@pytest.mark.parametrize("kind", ["Adagrad", "Adafactor", "RMSprop", "NAdam"])
def test_any_optimizer_goes_on_to_the_same_digits(parts, tmp_path, kind, anneal):
    """Also one that is used again after an interruption, as in the next cell."""
    train, _ = parts
    path, whole, model = tmp_path / "run.pt", new_model(train), new_model(train)
    make = getattr(torch.optim, kind)
    settings = {"anneal": anneal, "epochs": 4}
    optimizer = make(whole.parameters(), lr=0.02)
    train_quietly(whole, train, optimizer=optimizer, **settings)
    optimizer = make(model.parameters(), lr=0.02)
    settings |= {"optimizer": optimizer, "checkpoint": path}
    interrupted_after(2, model, train, **settings)
    train_quietly(model, train, resume=True, **settings)
    torch.testing.assert_close(model.state_dict(), whole.state_dict(), rtol=0, atol=0)


def interrupted_after(n_epochs, *arguments, **settings):
    """`fit`, interrupted before the end of the epoch that follows `n_epochs`."""
    done = []

    def train_or_stop(*arguments):
        result = train_epoch(*arguments)
        if len(done) == n_epochs:
            raise KeyboardInterrupt
        done.append(result)
        return result

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("training.train_epoch", train_or_stop)
        with pytest.raises(KeyboardInterrupt):
            train_quietly(*arguments, **settings)


def test_an_interruption_in_the_first_epoch_loses_nothing(parts, tmp_path):
    """The start is in the file, too: another model's weights play no part."""
    train, _ = parts
    path, whole, model = tmp_path / "run.pt", new_model(train), new_model(train)
    train_quietly(whole, train)
    interrupted_after(0, model, train, checkpoint=path)
    train_quietly(model, train, checkpoint=path, resume=True)
    torch.testing.assert_close(model.state_dict(), whole.state_dict(), rtol=0, atol=0)


class WithDropout(MatrixFactorization):
    def forward(self, users, items):
        return nn.functional.dropout(super().forward(users, items), 0.1, self.training)


def test_a_model_that_draws_numbers_itself_goes_on_to_the_same_digits(parts, tmp_path):
    """Dropout draws from the global generator, which a new kernel starts anew."""
    train, _ = parts
    size, path = (train.n_users, train.n_items, 4), tmp_path / "run.pt"
    whole, model = WithDropout(*size), WithDropout(*size)
    torch.manual_seed(0)
    train_quietly(whole, train, epochs=4)
    torch.manual_seed(0)
    train_quietly(model, train, epochs=2, checkpoint=path)
    torch.rand(5)
    train_quietly(model, train, epochs=4, checkpoint=path, resume=True)
    torch.testing.assert_close(model.state_dict(), whole.state_dict(), rtol=0, atol=0)


def test_a_run_in_units_of_the_spread_is_taken_up_again(parts, tmp_path):
    """Recipes train so; the history is in stars again, whichever way it came about."""
    train, validation = parts
    settings = {"learning_rate": 0.02, "checkpoint": tmp_path / "run.pt"}
    settings |= {"show_progress": False, "epochs": 3, "anneal": True}
    size = train.n_users, train.n_items
    whole, model = MatrixFactorization(*size, 4), MatrixFactorization(*size, 4, seed=8)
    expected = fit_standardized(whole, train, validation, **settings)
    found = fit_standardized(model, train, validation, resume=True, **settings)
    assert found == expected
    torch.testing.assert_close(model.state_dict(), whole.state_dict(), rtol=0, atol=0)
    again = MatrixFactorization(*size, 4)
    with pytest.raises(BadCheckpoint, match=r"its train is 1,200 ratings .* 300 rat"):
        fit_standardized(
            again, RatingsDataset.fit(_table(validation)), resume=True, **settings
        )


def _table(data):
    columns = data.users, data.items, data.ratings
    names = ("user_id", "item_id", "rating")
    return pd.DataFrame(dict(zip(names, (c.numpy() for c in columns), strict=True)))


class TestDamage:
    SENTENCE = "not a checkpoint that fit has written .* delete it and begin anew"

    @pytest.fixture
    def path(self, parts, tmp_path):
        path = tmp_path / "run.pt"
        train_quietly(new_model(parts[0]), *parts, checkpoint=path, epochs=2)
        return path

    def test_no_flipped_bit_goes_unnoticed(self, parts, path):
        """A third of them trained on to other digits, without a word."""
        whole, model = path.read_bytes(), new_model(parts[0])
        draw = np.random.default_rng(5)
        places = [*range(0, len(HEAD) + 70, 9), *draw.integers(len(whole), size=120)]
        for place in places:
            damaged = bytearray(whole)
            damaged[place] ^= 1 << int(draw.integers(8))
            path.write_bytes(damaged)
            with pytest.raises(BadCheckpoint, match=self.SENTENCE):
                train_quietly(model, *parts, checkpoint=path, resume=True)
        refused(path, self.SENTENCE, model, *parts)

    def test_no_cut_or_longer_file_is_read(self, parts, path):
        whole = path.read_bytes()
        for size in (0, 1, len(HEAD), len(HEAD) + 65, 200, len(whole) // 2, -1):
            path.write_bytes(whole[:size])
            refused(path, self.SENTENCE, new_model(parts[0]), *parts)
        path.write_bytes(whole + b"\0")
        refused(path, self.SENTENCE, new_model(parts[0]), *parts)

    def test_other_files_are_refused(self, parts, path):
        """Weights alone, and checkpoints from before there was a hash."""
        model = new_model(parts[0])
        old = {"model": model.state_dict(), "optimizer": {}, "generator": None}
        old |= {"epochs": [], "best_weights": None}
        for other in (old, model.state_dict(), model):
            torch.save(other, path)
            refused(path, self.SENTENCE, model, *parts)
        path.write_bytes(HEAD.replace(b"2", b"3") + b"0" * 64 + b"\n")
        refused(path, "of another version", model, *parts)

    def test_no_code_is_run(self, parts, path):
        """A checkpoint from a stranger may have the right hash, too."""
        packed = io.BytesIO()
        torch.save({"conditions": Harmful()}, packed)
        path.write_bytes(_first_line(packed.getvalue()) + packed.getvalue())
        refused(path, self.SENTENCE, new_model(parts[0]), *parts)
        assert not Harmful.done

    def test_a_folder_is_not_read(self, parts, tmp_path):
        refused(tmp_path, r"cannot be read \(Is a dir", new_model(parts[0]), *parts)

    def test_a_file_without_permission_is_not_read(self, parts, path, monkeypatch):
        def denied(*_):
            raise PermissionError(13, "Permission denied", str(path))

        monkeypatch.setattr("pathlib.Path.open", denied)
        refused(path, r"read \(Permission denied\)", new_model(parts[0]), *parts)


class Harmful:
    done: list = []  # noqa: RUF012

    def __reduce__(self):
        return Harmful.done.append, (1,)


def test_a_checkpoint_that_cannot_be_written_is_said_before_the_training(
    parts, tmp_path, monkeypatch
):
    """After an hour's epoch it would be too late."""
    model = new_model(parts[0])
    before = all_state(model)
    with pytest.raises(CannotWrite, match=r"It is a folder: add the name of a file"):
        train_quietly(model, *parts, checkpoint=tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(CannotWrite, match=r"cannot be written \(.*choose another"):
        train_quietly(model, *parts, checkpoint=tmp_path / "file" / "run.pt")
    torch.testing.assert_close(all_state(model), before, rtol=0, atol=0)
    assert os.listdir(tmp_path) == ["file"]


def test_divergence_in_the_last_epoch_is_not_silent(parts, tmp_path):
    """Its loss is taken before the last step; the step may still leave NaN behind."""
    train, _ = parts
    model = new_model(train)
    settings = {"epochs": 1, "batch_size": len(train)}
    with pytest.raises(TrainingDiverged, match="in epoch 1, at a learning rate of 1e"):
        train_quietly(model, train, optimizer=sgd(model, lr=1e25), **settings)


def test_a_diverged_epoch_is_in_no_checkpoint(parts, tmp_path):
    train, _ = parts
    path, model = tmp_path / "run.pt", new_model(train)
    start = copy.deepcopy(model.state_dict())
    settings = {"epochs": 1, "batch_size": len(train), "checkpoint": path}
    with pytest.raises(TrainingDiverged):
        train_quietly(model, train, optimizer=sgd(model, lr=1e25), **settings)
    _, _, packed = path.read_bytes().partition(b"\n")
    kept = torch.load(io.BytesIO(packed), weights_only=True)["model"]
    torch.testing.assert_close(kept, start, rtol=0, atol=0)


def test_an_optimizer_of_another_model_is_refused(parts):
    """A cell that makes the model anew leaves the optimizer training the old one."""
    old, model = new_model(parts[0]), new_model(parts[0])
    with pytest.raises(ValueError, match="made for another model than this Matrix"):
        train_quietly(model, parts[0], optimizer=sgd(old))


def test_resuming_needs_a_file(parts):
    with pytest.raises(ValueError, match=r"name it in checkpoint="):
        train_quietly(new_model(parts[0]), parts[0], resume=True)


def test_the_generator_of_the_order_goes_on(parts, tmp_path):
    """Each epoch has an order of its own; a resumed run may not repeat one."""
    train, _ = parts
    model = new_model(train)
    run = Run(model, sgd(model), seeded(3))
    assert run.seconds == 0, "the clock of a new run"
    torch.rand(4, generator=run.generator)
    run.save(tmp_path / "run.pt")
    expected = torch.rand(4, generator=run.generator)
    later = Run(model, sgd(model), seeded(3))
    later.load(tmp_path / "run.pt")
    assert torch.equal(torch.rand(4, generator=later.generator), expected)
