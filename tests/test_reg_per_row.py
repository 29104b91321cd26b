"""`reg_per_row` and annealing in `fit`: a wrong factor would look like bad luck."""

import pytest
import torch
from torch import nn

from data_utils import RatingsDataset
from models import MatrixFactorization, SVDpp
from training import fit, train_epoch


@pytest.fixture(scope="module")
def train(small_world):
    return RatingsDataset.fit(small_world.ratings)


def fresh(train, n_factors=4, kind=MatrixFactorization):
    size = train.n_users, train.n_items
    return kind(*size, n_factors, mean=train.mean, seed=0)


def train_quietly(model, train, **settings):
    settings = {"epochs": 4, "learning_rate": 0.02, "batch_size": 200} | settings
    return fit(model, train, seed=1, show_progress=False, **settings)


class Explicit(MatrixFactorization):
    """The penalty as it is defined: every row pays, a share of it in each batch."""

    def penalty(self, users, items):
        rows = self.user_factors.weight, self.item_factors.weight
        return sum(row.square().sum() for row in rows)


@pytest.mark.parametrize("n_factors", [1, 4])
def test_every_row_pays_once_whatever_its_ratings(train, n_factors):
    model, twin = fresh(train, n_factors), fresh(train, n_factors)
    twin.__class__ = Explicit
    train_quietly(model, train, reg_per_row=6.0)
    train_quietly(twin, train, reg_per_rating=6.0 / len(train))
    torch.testing.assert_close(model.state_dict(), twin.state_dict())


def test_a_table_can_have_its_own_price_and_the_others_none(train):
    named, all_of_them = fresh(train), fresh(train)
    both = {"user_factors": 3.0, "item_factors": 3.0}
    train_quietly(named, train, reg_per_row=both)
    train_quietly(all_of_them, train, reg_per_row=3.0)
    torch.testing.assert_close(named.state_dict(), all_of_them.state_dict())
    users_only = fresh(train)
    train_quietly(users_only, train, reg_per_row={"user_factors": 3.0})
    assert not torch.equal(users_only.item_factors.weight, named.item_factors.weight)


class WithScale(MatrixFactorization):
    """A student's model: one more parameter, and it is a single number."""

    def __init__(self, *args, **settings):
        super().__init__(*args, **settings)
        self.scale = nn.Parameter(torch.tensor(1.0))

    def forward(self, users, items):
        return self.scale * super().forward(users, items)


def test_a_parameter_that_is_not_a_table_pays_nothing(train):
    model, paying = (fresh(train, kind=WithScale) for _ in "ab")
    train_quietly(model, train, reg_per_row={"user_factors": 3.0, "item_factors": 3.0})
    train_quietly(paying, train, reg_per_row=3.0)
    torch.testing.assert_close(paying.state_dict(), model.state_dict())


class Nameless(nn.Module):
    """Factors under the names of the formula, P and Q."""

    def __init__(self, n_users, n_items, n_factors, mean, seed):
        super().__init__()
        self.P, self.Q = (nn.Embedding(n, n_factors) for n in (n_users, n_items))

    def forward(self, users, items):
        return (self.P(users) * self.Q(items)).sum(-1)


def test_a_price_that_finds_no_factors_says_how_to_name_them(train):
    with pytest.raises(ValueError, match=r"ends with _factors.*reg_per_row={'P': 3.0}"):
        train_quietly(fresh(train, kind=Nameless), train, reg_per_row=3.0)
    train_quietly(fresh(train, kind=Nameless), train, reg_per_row={"P": 3.0}, epochs=1)


def test_a_misspelt_table_is_named(train):
    model = SVDpp(train, 2)
    with pytest.raises(
        ValueError, match=r"implicit; this SVDpp has .*implicit_factors"
    ):
        train_quietly(model, train, reg_per_row={"implicit": 40.0})


def test_a_price_beside_an_own_optimizer_is_refused(train):
    model = fresh(train)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(ValueError, match="weight_decay of 2 × reg_per_row"):
        train_quietly(model, train, reg_per_row=1.0, optimizer=optimizer)


def test_the_rate_falls_by_equal_steps_towards_zero(train, monkeypatch):
    model = fresh(train)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.4)
    rates = []
    step = optimizer.step
    monkeypatch.setattr(
        optimizer,
        "step",
        lambda: (rates.append(optimizer.param_groups[0]["lr"]), step()),
    )
    train_quietly(model, train, anneal=True, optimizer=optimizer, batch_size=len(train))
    assert rates == pytest.approx([0.4, 0.3, 0.2, 0.1])


def test_an_annealed_run_resumed_reaches_the_digits_of_one_that_never_stopped(
    train, tmp_path, monkeypatch
):
    settings = {"anneal": True, "reg_per_row": 2.0, "reg_per_rating": 0.02}
    whole = fresh(train)
    train_quietly(whole, train, **settings)

    path = tmp_path / "half.pt"
    stopped = fresh(train)
    monkeypatch.setattr("training.train_epoch", stop_after(2))
    with pytest.raises(KeyboardInterrupt):
        train_quietly(stopped, train, checkpoint=path, **settings)
    monkeypatch.undo()
    resumed = fresh(train)
    train_quietly(resumed, train, checkpoint=path, resume=True, **settings)
    torch.testing.assert_close(resumed.state_dict(), whole.state_dict(), rtol=0, atol=0)


def stop_after(n_epochs):
    """`train_epoch` as it is, interrupted in the epoch after `n_epochs`."""
    done = []

    def interrupted(*arguments):
        if len(done) == n_epochs:
            raise KeyboardInterrupt
        done.append(1)
        return train_epoch(*arguments)

    return interrupted
