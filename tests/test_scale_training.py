"""Row-wise Adagrad: the gradient of the formula, the same digits, and resumed runs."""

import threading

import numpy as np
import pytest
import torch

import scale_training
from data_utils import RatingsDataset, train_test_split_random
from models import BiasModel, MatrixFactorization, SVDpp
from scale_training import RowAdagrad, fit_rows, rating_gradients
from training import BadCheckpoint, TrainingDiverged, evaluate


@pytest.fixture(scope="module")
def parts(small_world):
    split = train_test_split_random(small_world.ratings, 0.2, seed=1)
    train = RatingsDataset.fit(split.train)
    return train, train.encode(split.test)


def new_model(train, n_factors=3, seed=0):
    size = train.n_users, train.n_items, n_factors
    return MatrixFactorization(*size, mean=train.mean, seed=seed)


def train_quietly(model, train, validation=None, **settings):
    settings = {"epochs": 3, "batch_size": 200, "seed": 1} | settings
    return fit_rows(model, train, validation, show_progress=False, **settings)


def rmses(history):
    return [(row["train_rmse"], row["validation_rmse"]) for row in history.epochs]


def assert_same(model, other):
    torch.testing.assert_close(model.state_dict(), other.state_dict(), rtol=0, atol=0)


def test_the_gradient_written_by_hand_is_that_of_autograd(parts):
    """A slip in it would train a model of no formula, and its error might still fall.

    The batch holds users and movies several times, as batches do.
    """
    train, _ = parts
    model = new_model(train).double()
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for table in model.parameters():
            table.normal_(generator=generator)
    batch = (train.users[:300], train.items[:300], train.ratings[:300].double())
    errors = model(*batch[:2]) - batch[2]
    loss = errors.square().mean() + 0.3 * model.penalty(*batch[:2])
    (loss / 2 * 300).backward()
    by_hand, gradients = rating_gradients(model, *batch, reg_per_rating=0.3)
    torch.testing.assert_close(by_hand, errors.detach())
    assert {id(table) for table, _, _ in gradients} == set(map(id, model.parameters()))
    for table, rows, each in gradients:
        total = torch.zeros_like(table).index_add(0, rows, each)
        torch.testing.assert_close(total, table.grad)


def test_a_row_that_is_there_twice_takes_both_steps():
    """Popular movies are in a batch a hundred times, and would learn from one rating.

    Gradients of 3 and 4: the root of both squares is 5, so the steps are 3/5 and 4/5.
    """
    table = torch.nn.Parameter(torch.zeros(2, 1, dtype=torch.float64))
    optimizer = RowAdagrad([table], lr=1.0)
    rows, gradients = torch.tensor([1, 1]), torch.tensor([[3.0], [4.0]]).double()
    optimizer.step_rows(table, rows, gradients)
    assert table.flatten().tolist() == pytest.approx([0, -7 / 5])
    optimizer.step_rows(table, rows[:1], torch.full((1, 1), 12.0).double())
    assert table[1].item() == pytest.approx(-7 / 5 - 12 / 13)


def test_with_gradients_of_autograd_it_is_an_optimizer_as_any_other():
    """`fit` takes any optimizer: this one has to leave rows without gradient alone."""
    table = torch.nn.Parameter(torch.ones(3, 2))
    optimizer = RowAdagrad([table], lr=0.25)
    (4 * table[[0, 0, 2]].sum()).backward()
    optimizer.step()
    assert table.tolist() == [[0.75, 0.75], [1, 1], [0.75, 0.75]]


def test_it_learns_more_than_the_biases(parts):
    train, validation = parts
    model = new_model(train)
    history = train_quietly(model, train, validation, epochs=20, reg_per_rating=0.05)
    biases = evaluate(BiasModel().fit(train), validation)["rmse"]
    assert history.best_rmse < biases - 0.005
    assert evaluate(model, validation)["rmse"] == history.best_rmse


def test_the_training_error_is_that_of_all_ratings_as_they_went_by(parts):
    """In one batch: the error before the step, which is that of the damped means."""
    train, _ = parts
    model = MatrixFactorization(train.n_users, train.n_items, 1)  # knows no mean
    with torch.no_grad():
        model.user_factors.weight.zero_()
    history = train_quietly(model, train, epochs=1, batch_size=len(train))
    biases = evaluate(BiasModel().fit(train), train)["rmse"]
    assert history.epochs[0]["train_rmse"] == pytest.approx(biases, abs=1e-6)


def test_a_trained_model_goes_on_from_its_biases(parts):
    """A second call would forget what the first has learnt of every movie."""
    train, _ = parts
    model = new_model(train)
    train_quietly(model, train, epochs=1)
    first = model.item_bias.weight.detach().clone()
    train_quietly(model, train, epochs=1, learning_rate=1e-9)
    torch.testing.assert_close(model.item_bias.weight.detach(), first)
    assert model.mean.item() == pytest.approx(train.mean)
    model = new_model(train)
    with torch.no_grad():
        model.item_bias.weight[0] = 1.5  # the others are zero
    train_quietly(model, train, epochs=1, learning_rate=1e-9)
    assert model.item_bias.weight.sum().item() == pytest.approx(1.5, abs=1e-4)


def test_one_thread_gives_the_same_digits(parts):
    """A figure of the lab could not be made again; PyTorch's threads change nothing."""
    train, validation = parts
    before, models, errors = torch.get_num_threads(), [], []
    try:
        for torch_threads in (1, 2):
            torch.set_num_threads(torch_threads)
            models.append(new_model(train, n_factors=64))
            errors.append(rmses(train_quietly(models[-1], train, validation)))
    finally:
        torch.set_num_threads(before)
    assert errors[0] == errors[1]
    assert_same(*models)
    other = train_quietly(new_model(train, n_factors=64), train, validation, seed=2)
    assert rmses(other) != errors[0]


def test_threads_that_race_learn_as_much(parts, monkeypatch):
    """Two threads that each did all of the batches would go unnoticed.

    The barrier lets no thread go on before both have a batch. Each of them computes on
    one core: PyTorch's own threads would get in their way.
    """
    train, validation = parts
    step, both, cores = scale_training._step, threading.Barrier(2, timeout=60), set()

    def waiting(*arguments):
        both.wait()
        cores.add(torch.get_num_threads())
        return step(*arguments)

    before = torch.get_num_threads()
    alone = train_quietly(new_model(train), train, validation)
    torch.set_num_threads(2)
    try:
        monkeypatch.setattr(scale_training, "_step", waiting)
        racing = train_quietly(new_model(train), train, validation, threads=2)
        assert (cores, torch.get_num_threads()) == ({1}, 2)
    finally:
        torch.set_num_threads(before)
    assert np.abs(np.subtract(rmses(racing), rmses(alone))).max() < 0.05


def test_a_resumed_run_reaches_the_same_digits(parts, tmp_path):
    """An evening of training is lost to a laptop's lid."""
    train, validation = parts
    path = tmp_path / "run.pt"
    whole = new_model(train)
    expected = rmses(train_quietly(whole, train, validation, epochs=4))
    train_quietly(new_model(train), train, validation, epochs=2, checkpoint=path)
    model = new_model(train, seed=9)
    resumed = {"checkpoint": path, "resume": True}
    history = train_quietly(model, train, validation, epochs=4, **resumed)
    assert rmses(history) == expected
    assert len(expected) == 4
    assert_same(model, whole)
    seconds = [row["seconds"] for row in history.epochs]
    assert seconds == sorted(seconds)
    assert 0 < seconds[0] < seconds[-1] < 60
    with pytest.raises(BadCheckpoint, match="holds 4 epochs, and epochs=3"):
        train_quietly(model, train, validation, epochs=3, **resumed)
    other = {"learning_rate": 0.01, "batch_size": 100, "threads": 2}
    for name, value in other.items():
        named = {"learning_rate": "its lr in group 1"}.get(name, f"its {name}")
        with pytest.raises(BadCheckpoint, match=f"{named} is .* here it is {value}"):
            train_quietly(
                model, train, validation, epochs=4, **resumed, **{name: value}
            )
    with pytest.raises(ValueError, match="name it in checkpoint"):
        train_quietly(model, train, resume=True)


def test_a_step_that_is_too_long_is_named(parts, tmp_path):
    """And a run that ends in its first epoch has left a checkpoint to go on from."""
    train, _ = parts
    with pytest.raises(TrainingDiverged, match=r"epoch 1, at .* rate of 1e\+30"):
        train_quietly(
            new_model(train), train, learning_rate=1e30, checkpoint=tmp_path / "run.pt"
        )
    assert (tmp_path / "run.pt").exists()


def test_another_formula_is_refused(parts):
    """SVD++ would be trained with the gradient of another model."""
    train, _ = parts
    with pytest.raises(ValueError, match=r"A SVDpp was given.*training\.fit"):
        train_quietly(SVDpp(train, 2), train)


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ({"epochs": 0}, "epochs=0 .* 1 or more, for example 1"),
        ({"batch_size": 0}, "batch_size=0 .* 1 or more, for example 16384"),
        ({"threads": 0}, "threads=0 .* 1 or more, for example 2"),
        ({"learning_rate": 0.0}, r"learning_rate=0.0 .* for example 0\.1"),
        ({"reg_per_rating": -1.0}, "reg_per_rating=-1.0"),
    ],
)
def test_a_setting_without_sense_is_named(parts, setting, sentence):
    train, _ = parts
    with pytest.raises(ValueError, match=rf"{sentence}\b"):
        train_quietly(new_model(train), train, **setting)


def test_data_that_no_row_can_learn_from_are_refused(parts, small_world):
    """Index -1 is the last row: it would be trained on the ratings of strangers."""
    train, _ = parts
    strangers = train.encode(small_world.ratings.assign(user_id=-5))
    with pytest.raises(ValueError, match="outside the data set's id maps"):
        train_quietly(new_model(train), strangers)
    empty = train.encode(small_world.ratings.head(0))
    with pytest.raises(ValueError, match="validation data hold no rating"):
        train_quietly(new_model(train), train, empty)
