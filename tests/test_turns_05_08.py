"""The small exercises of labs 05 and 08 must say what the course's own code does.

If these fail, a learner is taught another formula than the lab around it uses.
"""

import numpy as np
import pandas as pd
import pytest
import torch

from checks import solution
from data_utils import RatingsDataset
from metrics import per_user_scores
from models import ALS, ImplicitALS
from recommend import fold_in_items


@pytest.fixture(scope="module")
def train():
    draw = np.random.default_rng(0)
    pairs = np.unique(draw.integers(0, 12, (90, 2)), axis=0)
    table = pd.DataFrame(pairs, columns=["user_id", "item_id"])
    return RatingsDataset.fit(table.assign(rating=draw.integers(1, 6, len(pairs))))


def test_a_users_row_is_that_of_implicit_als(train):
    """The vector that a learner solves for would rank other movies than the lab's."""
    model = ImplicitALS(3, 5.0, 2.0, epochs=4).fit(train)
    table = model.tables()
    items = torch.tensor([1, 4, 7])
    expected = fold_in_items(model, items, torch.full((3,), 5.0)).vector
    given = solution("y053")(table.item_factors, items, 2.0, 5.0)
    assert given.tolist() == pytest.approx(expected.tolist()[:3], abs=1e-4)


def test_reasons_are_those_that_the_lab_draws(train):
    """The terms must add up to the prediction, as those in the waterfall do."""
    model = ALS(3, 0.05, 2.0, 1.5, epochs=6).fit(train)
    items, stars = torch.tensor([0, 3, 8]), torch.tensor([5.0, 1.0, 4.0])
    you = fold_in_items(model, items, stars)
    mean, _, item_bias, _, Q = model.tables()
    vectors = torch.cat([Q, torch.ones(len(Q), 1)], 1)
    price = torch.full((4,), train.unit * (0.05 * len(items) + 2.0))
    price[-1] = 1.5
    t = stars - mean - item_bias[items]
    given = solution("y054")(vectors[5], vectors[items], price.diag(), t)
    assert given.tolist() == pytest.approx(you.contributions(5).tolist(), abs=1e-4)
    assert given.sum() + mean + item_bias[5] == pytest.approx(
        you.scores()[5].item(), abs=1e-4
    )


def test_precision_and_recall_are_those_of_the_library():
    """The learner's number stands beside the lab's table."""
    shown, wanted = [3, 1, 4, 0], {4, 3, 7}
    relevant = np.zeros((1, 9))
    relevant[0, list(wanted)] = 1
    row = per_user_scores([shown], relevant, k=4).iloc[0]
    given = solution("y052")(shown, wanted)
    assert given == pytest.approx((row["precision"], row["recall"]))


def test_ratings_one_by_one_end_where_all_at_once_do():
    """Bayes' rule knows no order: section 1's formula is for all ratings together."""
    draw = torch.Generator().manual_seed(0)
    q, t = torch.randn(2, 6, generator=draw).double()
    mean, precision, sigma = 0.0, 3.0, 0.8
    for one in zip(q.tolist(), t.tolist(), strict=True):
        mean, precision = solution("y081")(mean, precision, *one, sigma)
    whole = 3.0 + (q**2).sum().item() / sigma**2
    assert precision == pytest.approx(whole)
    assert mean == pytest.approx((q @ t).item() / sigma**2 / whole)


def test_draws_of_a_row_have_the_covariance_that_the_lab_promises():
    """A sampler with another noise would sample another model."""
    A = torch.tensor([[4.0, 1.0, 0.5], [1.0, 3.0, -0.5], [0.5, -0.5, 2.0]])
    mean = torch.tensor([1.0, -1.0, 0.5])
    columns = torch.eye(3)  # with unit vectors for z, e is the square root of A⁻¹
    root = torch.stack([solution("y082")(A, mean, z) - mean for z in columns], 1)
    assert torch.allclose(root @ root.T, torch.linalg.inv(A), atol=1e-5)
