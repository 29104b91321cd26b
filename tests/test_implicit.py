"""Implicit ALS against the sum over every cell that it claims to minimize."""

from itertools import pairwise

import pandas as pd
import pytest
import torch

from data_utils import RatingsDataset
from models import ImplicitALS, Popularity
from models.base import NotFitted


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def train(small_world):
    return RatingsDataset.fit(small_world.ratings)


@pytest.fixture(scope="module")
def model(train):
    return ImplicitALS(5, reg_per_row=3.0, alpha=6.0, epochs=4, seed=0).fit(train)


def dense(train):
    """s and c of every pair, both (n_users, n_items)."""
    rated = torch.zeros(train.n_users, train.n_items, dtype=torch.float64)
    rated[train.users, train.items] = 1
    return rated, 1 + 6.0 * rated


def test_each_movie_solves_its_weighted_ridge_regression(train, model):
    """The Gram trick must give what a dense weighted regression gives."""
    rated, confidence = dense(train)
    users, items = model.tables().user_factors.double(), model.tables().item_factors
    for item in (0, 7, train.n_items - 1):
        weighted = users * confidence[:, item, None]
        gram = users.T @ weighted + 3.0 * torch.eye(5)
        expected = torch.linalg.solve(gram, weighted.T @ rated[:, item])
        torch.testing.assert_close(items[item].double(), expected, atol=1e-4, rtol=0)


def test_the_objective_is_the_sum_over_every_cell(train, model):
    rated, confidence = dense(train)
    users = model.tables().user_factors.double()
    items = model.tables().item_factors.double()
    squares = confidence * (rated - users @ items.T).square()
    price = 3.0 * (users.square().sum() + items.square().sum())
    expected = (squares.sum() + price).item()
    assert model.objective[-1] == pytest.approx(expected, rel=1e-4)


def test_the_objective_never_rises(model):
    values = model.objective
    assert len(values) == 8
    assert all(b <= a * (1 + 1e-6) for a, b in pairwise(values))


def test_the_first_sweep_starts_from_what_the_seed_draws(train):
    """Another start is another fit: no table of lab 05 could be had again."""
    rated, confidence = dense(train)
    drawn = torch.empty(train.n_items, 5).normal_(0, 0.1, generator=seeded(3)).double()
    weighted = confidence[..., None] * drawn
    grams = drawn.T @ weighted + 3.0 * torch.eye(5)
    users = torch.linalg.solve(grams, weighted.mT @ rated[..., None])[..., 0]
    squares = confidence * (rated - users @ drawn.T).square()
    price = 3.0 * (users.square().sum() + drawn.square().sum())
    model = ImplicitALS(5, reg_per_row=3.0, alpha=6.0, epochs=1, seed=3).fit(train)
    expected = (squares.sum() + price).item()
    assert model.objective[0] == pytest.approx(expected, rel=1e-5)


def test_stars_change_nothing(train, model, small_world):
    """Only who rated what counts: a model that read the stars would be another one."""
    ratings = small_world.ratings.assign(rating=1.0)
    other = ImplicitALS(5, reg_per_row=3.0, alpha=6.0, epochs=4, seed=0).fit(
        train.encode(ratings)
    )
    assert torch.equal(other.scores([3]), model.scores([3]))


def test_rows_without_a_rating_score_zero(train, small_world):
    """Fitted on liked films alone, a user without one has a row and no opinion."""
    user = train.user_ids.raw[0]
    part = small_world.ratings[small_world.ratings["user_id"] != user]
    model = ImplicitALS(5, epochs=2, seed=0).fit(train.encode(part))
    assert model.scores([0]).abs().max() == 0


def test_popularity_counts_ratings():
    rows = [(1, 10, 5.0), (2, 10, 1.0), (2, 20, 4.0)]
    ratings = pd.DataFrame(rows, columns=["user_id", "item_id", "rating"])
    model = Popularity().fit(RatingsDataset.fit(ratings))
    assert model.scores([0, 1]).tolist() == [[2, 1], [2, 1]]


@pytest.mark.parametrize("model", [Popularity(), ImplicitALS()])
def test_asking_too_early_says_what_to_do(model):
    with pytest.raises(NotFitted, match=r"call \w+\(…\)\.fit"):
        model.scores([0])


@pytest.mark.parametrize(
    "wrong", [{"alpha": 0}, {"reg_per_row": 0}, {"reg_per_row": -1}]
)
def test_settings_without_sense_are_refused(wrong):
    with pytest.raises(ValueError, match="above zero"):
        ImplicitALS(**wrong)
