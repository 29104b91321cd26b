"""The index: the served form of a model must answer what the model does."""

import pytest
import torch

from data_utils import RatingsDataset
from models import ALS
from recommend import VectorIndex, item_tower, user_tower


def test_the_index_gives_the_model_s_own_list(small_world, monkeypatch):
    """Served lists that differ from the evaluated ones were never evaluated."""
    train = RatingsDataset.fit(small_world.ratings)
    model = ALS(4).fit(train)
    tables = model.tables()
    index = VectorIndex(range(train.n_items), item_tower(tables))
    for at_once in (1 << 20, 100):
        monkeypatch.setattr("recommend.index.ROWS_AT_ONCE", at_once)
        items, scores = index.search(user_tower(tables, range(train.n_users)), k=7)
        for user in range(train.n_users):
            expected, stars = model.recommend_for_user(user, 7)
            assert items[user].tolist() == expected.tolist()
            base = tables.mean + tables.user_bias[user]
            torch.testing.assert_close(base + scores[user], stars)


def test_fewer_movies_than_asked_for():
    index = VectorIndex([5], torch.ones(1, 2))
    assert index.search(torch.ones(3, 2), k=9)[0].tolist() == [[5]] * 3


def test_what_does_not_fit_is_refused():
    index = VectorIndex([5], torch.ones(1, 2))
    with pytest.raises(ValueError, match="twice"):
        index.add([5], torch.ones(1, 2))
    with pytest.raises(ValueError, match="expected"):
        index.add([6], torch.ones(1, 3))
    with pytest.raises(ValueError, match="k=0"):
        index.search(torch.ones(1, 2), k=0)
