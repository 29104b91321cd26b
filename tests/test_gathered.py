"""Large tables take other ways than small ones, and must get the same numbers."""

import numpy as np
import pytest
import torch

from data_utils import RatingsDataset, planted_world, seeded
from models import ALS, BayesianMF, alternating
from models import gram as gram_module
from models.gram import RatingRows, _block_sizes, for_each


@pytest.fixture(scope="module")
def train():
    world = planted_world(n_users=50, n_items=90, n_ratings=1500, seed=3)
    return RatingsDataset.fit(world.ratings)


@pytest.fixture
def gathered(monkeypatch):
    monkeypatch.setattr(gram_module, "SUMMED_FLOATS", 0)


def rows_of(train, weights=None):
    sizes = train.n_users, train.n_items
    return RatingRows(train.users, train.items, train.ratings, *sizes, weights)


@pytest.fixture
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("weighted", [False, True])
def test_gathered_products_are_the_sums(train, monkeypatch, weighted):
    """Lab 11 shows both ways beside each other, with the same digits."""
    weights = torch.rand(len(train), generator=seeded(1)) if weighted else None
    rows = rows_of(train, weights)
    vectors = torch.randn(train.n_items, 5, generator=seeded(2))
    ((_, G, h),) = rows.grams(vectors)
    monkeypatch.setattr(gram_module, "SUMMED_FLOATS", 0)
    monkeypatch.setattr(gram_module, "BLOCK_FLOATS", 400)
    seen = []
    for part, gram, target in rows.grams(vectors):
        torch.testing.assert_close(gram, G[part])
        torch.testing.assert_close(target, h[part])
        seen += part.tolist()
    assert sorted(seen) == list(range(train.n_users))


def test_the_other_side_has_the_same_ratings(train):
    """A movie would be fitted to other users' stars."""
    weights = torch.rand(len(train), generator=seeded(1))
    across = rows_of(train, weights).across()
    sizes = train.n_items, train.n_users
    made = RatingRows(train.items, train.users, train.ratings, *sizes, weights)
    for name in ("columns", "values", "weights", "counts", "_offsets"):
        assert torch.equal(getattr(across, name), getattr(made, name)), name
    assert (across.n_rows, across.n_columns) == sizes
    assert rows_of(train).across().weights is None


def test_a_row_without_ratings_is_a_row_of_zeros(gathered):
    one = torch.tensor([2]), torch.tensor([0]), torch.ones(1)
    found = RatingRows(*one, 4, 1).grams(torch.ones(1, 2))
    sums = {
        int(r): g.sum().item()
        for rows, G, _ in found
        for r, g in zip(rows, G, strict=True)
    }
    assert sums == {0: 0.0, 1: 0.0, 2: 4.0, 3: 0.0}


def test_blocks_hold_rows_of_like_length_and_stay_small(monkeypatch):
    """Padding is work for nothing, and a block that leaves the cache waits for it."""
    monkeypatch.setattr(gram_module, "BLOCK_FLOATS", 4000)
    lengths = np.sort(np.random.default_rng(0).geometric(0.02, 500))[::-1]
    lengths[-20:] = 0
    sizes = _block_sizes(lengths, d=8)
    assert sum(sizes) == len(lengths)
    for block in np.split(lengths, np.cumsum(sizes)[:-1]):
        assert block[-1] >= 0.75 * block[0] or block[0] <= 1
        assert len(block) == 1 or len(block) * 8 * max(block[0], 8) <= 4000
    assert len(sizes) < 120


def test_als_minimizes_the_same_sum_both_ways(train, monkeypatch):
    """With 24 factors many movies have fewer ratings, and are solved as duals."""
    settings = {"n_factors": 24, "reg_per_row": 0.5, "epochs": 3}
    summed = ALS(**settings).fit(train)
    monkeypatch.setattr(gram_module, "SUMMED_FLOATS", 0)
    duals = []
    solve = alternating.dual_ridge
    monkeypatch.setattr(
        alternating, "dual_ridge", lambda *a: duals.append(1) or solve(*a)
    )
    gathered = ALS(**settings).fit(train)
    assert duals
    assert gathered.objective == pytest.approx(summed.objective, rel=1e-5)
    pairs = train.users, train.items
    torch.testing.assert_close(
        gathered.predict(*pairs), summed.predict(*pairs), rtol=1e-3, atol=1e-3
    )


def test_the_dual_solves_the_same_equations():
    data = torch.randn(3, 4, 7, generator=seeded(4))
    ridge = torch.rand(3, 6, generator=seeded(5)) + 0.1
    solution, explained = alternating.dual_ridge(data, ridge)
    v, t = data[..., :-1], data[..., -1]
    gram, h = v.mT @ v + torch.diag_embed(ridge), (t[:, None] @ v)[:, 0]
    torch.testing.assert_close(solution, torch.linalg.solve(gram, h))
    assert explained.tolist() == pytest.approx((solution * h).sum(1).tolist(), rel=1e-4)


def test_no_penalty_is_said_in_the_quick_way_too(train, gathered, two_threads):
    """From another thread the sentence has to reach the student all the same."""
    model = ALS(24, reg_per_rating=0, reg_per_row=0, bias_reg_per_row=0, epochs=1)
    with pytest.raises(ValueError, match="no single best solution"):
        model.fit(train)
    assert torch.get_num_threads() == 2


def test_threads_change_no_digit(train, gathered, two_threads):
    """Else two machines would give two models, and no figure could be made again."""
    als, bayes = ALS(6, epochs=2), BayesianMF(3, epochs=3, burn_in=1)
    two = [model.fit(train).tables() for model in (als, bayes)]
    torch.set_num_threads(1)
    one = [model.fit(train).tables() for model in (als, bayes)]
    for a, b in zip(two, one, strict=True):
        assert all(torch.equal(x, y) for x, y in zip(a[1:], b[1:], strict=True))


def test_every_system_is_worked_on_once(two_threads):
    done = []
    for_each(iter([(n,) for n in range(50)]), done.append, in_threads=True)
    assert sorted(done) == list(range(50))


def test_a_chain_is_the_same_both_ways(train, monkeypatch):
    """Every row has its own noise, in whatever order the rows are drawn."""
    model = BayesianMF(3, epochs=2, burn_in=1)
    summed = model.fit(train).trace[-1]
    monkeypatch.setattr(gram_module, "SUMMED_FLOATS", 0)
    assert model.fit(train).trace[-1] == pytest.approx(summed, rel=1e-3)


def test_a_chain_can_start_where_als_ends(train):
    """Its first sweep is then near its goal; from random factors it is far."""
    als = ALS(3, epochs=6).fit(train)
    users, items = train.users, train.items
    wanted = (als.predict(users, items) - train.ratings).square().sum().item()
    cold, warm = (BayesianMF(3, als_epochs=n, epochs=2, burn_in=1) for n in (0, 6))
    sides = warm.fit(train), cold.fit(train)
    first = [model.trace[0]["item_norm"] for model in sides]
    assert first[0] != first[1]
    recorded = []
    start = BayesianMF._start_from_als
    warm._start_from_als = lambda *s: recorded.append(start(warm, *s)) or recorded[0]
    warm.fit(train)
    assert recorded[0] * train.unit**2 == pytest.approx(wanted, rel=1e-3)
    with pytest.raises(ValueError, match="als_epochs"):
        BayesianMF(als_epochs=-1)
