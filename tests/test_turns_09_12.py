"""The small exercises of labs 09, 10 and 12 must say what the course's own code does.

If these fail, a learner is taught another formula than the lab around it uses.
"""

import numpy as np
import pandas as pd
import pytest
import torch
import torch.nn.functional as F

from checks import solution
from data_utils import Features, IdMap, RatingsDataset
from data_utils.quality import constant_users
from metrics import mrr_at_k
from models import ALS, HybridMF
from ranking import sampled_softmax_loss
from serving import Recommender


@pytest.fixture(scope="module")
def train():
    draw = np.random.default_rng(0)
    pairs = np.unique(draw.integers(0, 12, (90, 2)), axis=0)
    table = pd.DataFrame(pairs, columns=["user_id", "item_id"])
    return RatingsDataset.fit(table.assign(rating=draw.integers(1, 6, len(pairs))))


def test_the_reciprocal_rank_is_that_of_the_library():
    """The learner's number stands beside `metrics.mrr_at_k`."""
    relevant = np.array([[0, 1, 1, 0], [0, 0, 0, 1], [1, 0, 0, 0]])
    lists = np.arange(3)[None].repeat(3, 0)
    given = solution("y091")(relevant[:, :3].astype(bool))
    assert given == pytest.approx(mrr_at_k(lists, relevant, k=3))


def test_the_loss_in_the_batch_is_the_sampled_softmax_of_the_others():
    """Section 3 says that it is the same loss, with other negatives."""
    p, q = torch.randn(2, 5, 3, generator=torch.Generator().manual_seed(0))
    scores = p @ q.T
    apart = ~torch.eye(5, dtype=torch.bool)
    others = scores[apart].view(5, 4)
    expected = sampled_softmax_loss(scores.diagonal(), others)
    assert solution("y092")(p, q) == pytest.approx(expected.item())


def test_the_hybrids_vectors_are_those_of_the_exercises(train):
    """y101 makes the features' part and y102 the sum: lab 10's model does both."""
    items = IdMap.fit(range(14))
    table = pd.DataFrame({"item_id": range(14), "genres": ["War|Drama", "War"] * 7})
    features = Features.of_table(table, items, "item_id")
    ratings = pd.DataFrame(
        {
            "user_id": train.user_ids.decode(train.users.numpy()),
            "item_id": train.item_ids.decode(train.items.numpy()),
            "rating": train.ratings.numpy(),
        }
    )
    history = RatingsDataset(ratings, train.user_ids, items)
    model = HybridMF(history, features, n_factors=3)
    E = torch.randn(len(features), 3, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        model.item_feature_factors.weight.copy_(E)
    ends = F.pad(features.offsets, (0, 1), value=len(features.values))
    bags = torch.stack(
        [solution("y101")(E, features.values, ends, movie) for movie in range(14)]
    )
    counts = torch.bincount(history.items, minlength=14)
    found = solution("y102")(model.item_factors.weight, bags, counts)
    assert torch.allclose(found, model.item_vectors(), atol=1e-6)


def test_the_odd_users_are_those_of_the_quality_page(train):
    """Learners compare their list with the page."""
    table = pd.DataFrame(
        {"user_id": [1] * 10 + [2] * 9 + [3] * 10, "item_id": range(29), "rating": 4.0}
    )
    table.loc[28, "rating"] = 5.0
    columns = table["user_id"].to_numpy(), table["rating"].to_numpy()
    assert solution("y121")(*columns, 10) == constant_users(table) == [1]


def test_a_newcomers_row_is_that_of_the_file(train):
    """The formula of the exercise is what a saved recommender does."""
    movies = pd.DataFrame({"item_id": range(12), "title": "a"})
    shop = Recommender.of(ALS(2).fit(train), train, movies)
    q = shop.vectors.items[[1, 4], 0]
    V = torch.cat([q[:, :-1], torch.ones(2, 1)], 1)
    t = torch.tensor([5.0, 2.0]) - shop.vectors.mean[0] - q[:, -1]
    m, R = (part[0] for part in shop.rule.users)
    rated = train.item_ids.raw[[1, 4]].tolist()
    shop.add_user(99, {rated[0]: 5.0, rated[1]: 2.0})
    row = shop.vectors.users[shop.rated.user_ids.encode([99])[0], 0]
    given = solution("y123")(V, t, R, m)
    assert torch.allclose(given, row, atol=1e-4)
