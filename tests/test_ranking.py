"""Losses over order, what is drawn for them, and rivals that need no gradient."""

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.sparse import csr_array

import metrics
from data_utils import (
    RatingsDataset,
    planted_world,
    seeded,
    stratified_by_item_split,
)
from models import (
    EASE,
    NCF,
    DotProductMF,
    ImplicitALS,
    ItemKNN,
    MatrixFactorization,
    Popularity,
    TooManyItems,
    UserKNN,
)
from models.neighbours import nearest
from ranking import (
    UnseenMovies,
    bpr_loss,
    fit_ranking,
    fit_softmax,
    logistic_loss,
    sampled_softmax_loss,
)
from training import TrainingDiverged


@pytest.fixture(scope="module")
def train(small_world):
    return RatingsDataset.fit(small_world.ratings)


def histories(train) -> np.ndarray:
    ones = np.ones(len(train))
    pairs = train.users.numpy(), train.items.numpy()
    return csr_array((ones, pairs), shape=(train.n_users, train.n_items)).toarray()


def test_the_gradient_of_bpr_is_that_of_its_formula():
    """The lab writes -(1 - σ(x)) on the board, and autograd must agree."""
    liked = torch.tensor([0.3, -1.0], dtype=torch.float64, requires_grad=True)
    unseen = torch.tensor([[0.1], [0.5]], dtype=torch.float64)
    bpr_loss(liked, unseen).backward()
    by_hand = -(1 - torch.sigmoid(liked - unseen[:, 0])) / 2
    torch.testing.assert_close(liked.grad, by_hand.detach())


@pytest.mark.parametrize("loss", [bpr_loss, logistic_loss, sampled_softmax_loss])
def test_losses_agree_with_finite_differences(loss):
    """A wrong gradient still lowers the loss, and nobody sees why lists are poor."""
    generator = seeded(0)
    liked = torch.randn(4, generator=generator, dtype=torch.float64)
    unseen = torch.randn(4, 3, generator=generator, dtype=torch.float64)
    inputs = liked.requires_grad_(), unseen.requires_grad_()
    assert torch.autograd.gradcheck(loss, inputs)


def test_softmax_over_one_negative_is_bpr():
    """The lab says so: two names for one loss."""
    liked, unseen = torch.randn(9), torch.randn(9, 1)
    torch.testing.assert_close(
        sampled_softmax_loss(liked, unseen), bpr_loss(liked, unseen)
    )


@pytest.mark.parametrize("by", ["uniform", "popularity"])
def test_nothing_rated_is_ever_drawn_and_everything_else_is(train, by):
    """A liked movie as a negative teaches the opposite of what was observed."""
    unseen = UnseenMovies(train, by)
    users = torch.arange(train.n_users)
    drawn = unseen.draw(users, 2000, seeded(1))
    seen = torch.from_numpy(histories(train)).bool()
    assert not seen[users[:, None], drawn].any()
    counts = torch.zeros(seen.shape).scatter_add_(1, drawn, torch.ones(drawn.shape))
    support = torch.bincount(train.items, minlength=train.n_items)
    weights = support.double() if by == "popularity" else torch.ones(train.n_items)
    expected = weights.masked_fill(seen, 0)
    expected = 2000 * expected / expected.sum(1, keepdim=True)
    assert (counts - expected).abs().max() < 6 * expected.max().sqrt()


@pytest.mark.parametrize("by", ["uniform", "popularity"])
def test_a_user_who_has_rated_all_but_one_gets_that_one(by):
    """Drawing again until it is met could take forever."""
    n = 3000
    table = pd.DataFrame({"user_id": 1, "item_id": range(n - 1), "rating": 4.0})
    table.loc[n] = [2, n - 1, 4.0]
    train = RatingsDataset.fit(table.astype({"user_id": int, "item_id": int}))
    drawn = UnseenMovies(train, by).draw(torch.zeros(50, dtype=int), 3, seeded(0))
    assert (drawn == n - 1).all()


def test_someone_who_has_rated_everything_teaches_no_order():
    """Such users are left out of training, and cannot be drawn for."""
    table = pd.DataFrame({"user_id": [1, 1, 2], "item_id": [7, 8, 7], "rating": 4.0})
    data = RatingsDataset.fit(table)
    unseen = UnseenMovies(data)
    assert unseen.can_draw.tolist() == [False, True]
    with pytest.raises(ValueError, match="rated every movie"):
        unseen.draw(torch.tensor([0]), 1, seeded(0))
    with pytest.raises(ValueError, match='choose "uniform" or "popularity"'):
        UnseenMovies(data, "hard")


def ndcg(model, parts):
    train, test = parts
    return metrics.FullCatalogue().measure(model, train, test)["ndcg"].mean()


@pytest.fixture(scope="module")
def parts():
    world = planted_world(n_users=250, n_items=120, n_ratings=9000, seed=3)
    split = stratified_by_item_split(world.ratings, seed=0)
    train = RatingsDataset.fit(split.train)
    return train, train.encode(split.test)


def trained(kind, train, fitter, **settings):
    model = kind(train.n_users, train.n_items, 8)
    fitter(model, train, **settings)
    return model


@pytest.mark.parametrize("loss", [bpr_loss, sampled_softmax_loss, logistic_loss])
@pytest.mark.parametrize("kind", [DotProductMF, MatrixFactorization, NCF])
def test_any_module_learns_order(kind, loss, parts):
    """`fit_ranking` needs no more than forward(users, items)."""
    model = kind(parts[0].n_users, parts[0].n_items, 8)
    before = ndcg(model, parts)
    history = fit_ranking(model, parts[0], loss, epochs=15, n_negatives=4)
    assert [row["epoch"] for row in history] == list(range(1, 16))
    assert history[-1]["loss"] < history[0]["loss"]
    assert ndcg(model, parts) > before + 0.02


def test_full_softmax_is_the_loss_that_it_says(parts):
    """One epoch in one batch starts at the loss of the formula, written plainly."""
    train, _ = parts
    model = MatrixFactorization(train.n_users, train.n_items, 4, seed=1)
    with torch.no_grad():
        logits = model.scores(range(train.n_users))
        expected = -logits.log_softmax(1)[train.users, train.items].mean()
    history = fit_softmax(model, train, epochs=1, batch_size=train.n_users)
    assert history[0]["loss"] == pytest.approx(expected.item(), rel=1e-5)
    with pytest.raises(TypeError, match="no table user_factors"):
        fit_softmax(torch.nn.Linear(1, 1), train)


def test_a_penalty_shortens_the_factors_alone(parts):
    """A bias that pays would pull popular movies down, and the lists with them."""
    free, priced = (
        trained(MatrixFactorization, parts[0], fit_ranking, epochs=5, reg_per_row=reg)
        for reg in (0, 50)
    )
    length = [m.item_factors.weight.square().sum().item() for m in (free, priced)]
    assert length[1] < 0.7 * length[0]
    assert (
        priced.item_bias.weight.abs().mean() > 0.5 * free.item_bias.weight.abs().mean()
    )


def test_what_cannot_be_trained_is_refused(parts):
    """A learner's slip in a setting must not end in a page of PyTorch."""
    train, _ = parts
    for wrong in ({"epochs": 0}, {"n_negatives": 0}, {"learning_rate": -1}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            trained(DotProductMF, train, fit_ranking, **wrong)
    with pytest.raises(TrainingDiverged, match=r"learning rate of 0\.01"):
        trained(DotProductMF, train, fit_ranking, loss=lambda a, b: a.sum() * torch.nan)


def test_ease_agrees_with_one_regression_for_each_movie(train):
    """Five lines of algebra replace a ridge regression per movie: the same weights."""
    X, reg = histories(train), 7.0
    weights = EASE(reg).fit(train).tables().item_rows.numpy()
    for item in (0, 5, 40):
        others = np.delete(np.arange(train.n_items), item)
        A = X[:, others]
        ridge = A.T @ A + reg * np.eye(len(others))
        expected = np.linalg.solve(ridge, A.T @ X[:, item])
        np.testing.assert_allclose(weights[others, item], expected, atol=1e-4)
        assert weights[item, item] == 0
    scores = EASE(reg).fit(train).scores(range(train.n_users))
    np.testing.assert_allclose(scores, X @ weights, atol=1e-4)


@pytest.mark.parametrize("kind", [EASE, ItemKNN])
def test_too_many_movies_are_named_before_memory_runs_out(kind, train, monkeypatch):
    """A kernel that dies says nothing to a learner with a larger edition."""
    monkeypatch.setattr("models.ease.MOST_ITEMS", train.n_items - 1)
    with pytest.raises(TooManyItems, match="Its limit is 79 movies"):
        kind().fit(train)
    monkeypatch.setattr("models.neighbours.MOST_USERS", 10)
    with pytest.raises(ValueError, match="more than its limit of 10"):
        UserKNN().fit(train)


def test_item_neighbours_agree_with_a_loop(train):
    X = histories(train)
    weighted = X / X.sum(1, keepdims=True)
    together = weighted.T @ X
    lengths = np.sqrt(np.diag(together))
    similar = together / (np.outer(lengths, lengths) + 0.1)
    np.fill_diagonal(similar, 0)
    model = ItemKNN(n_neighbours=5, shrinkage=0.1).fit(train)
    scores = model.scores(range(train.n_users)).numpy()
    for item in (0, 11, 30):
        near = np.argsort(-similar[item], kind="stable")[:5]
        np.testing.assert_allclose(
            scores[:, item], X[:, near] @ similar[item, near], atol=1e-5
        )


def test_user_neighbours_agree_with_a_loop(train):
    X = histories(train)
    together = (X / np.sqrt(X.sum(0))) @ X.T
    lengths = np.sqrt(np.diag(together))
    similar = together / (np.outer(lengths, lengths) + 2)
    np.fill_diagonal(similar, 0)
    scores = UserKNN(n_neighbours=5, shrinkage=2).fit(train).scores([0, 8]).numpy()
    for row, user in zip(scores, (0, 8), strict=True):
        near = np.argsort(-similar[user], kind="stable")[:5]
        np.testing.assert_allclose(row, similar[user, near] @ X[near], atol=1e-5)


def test_movies_that_nobody_has_rated_are_near_nothing():
    """0 / 0 in a similarity would make every score NaN."""
    together = torch.tensor([[4.0, 0.0], [0.0, 0.0]])
    assert nearest(together, 1, 0.0).tolist() == [[0, 0], [0, 0]]


SETTINGS = [
    {"confidence": "counts"},
    {"confidence": "log counts", "reg_per_rating": 0.3},
    {"dislikes_below": 3, "reg_per_rating": 0.3},
]


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_implicit_als_minimizes_what_it_says(train, settings):
    """Counts, dislikes and prices: the objective is that of the dense formula."""
    model = ImplicitALS(4, reg_per_row=3.0, alpha=2.0, epochs=3, **settings).fit(train)
    _, _, _, P, Q = model.tables()
    C, S = np.ones((train.n_users, train.n_items)), np.zeros((60, 80))
    stars = train.ratings.numpy()
    w = {"counts": stars, "log counts": np.log1p(stars)}.get(
        settings.get("confidence"), np.ones_like(stars)
    )
    C[train.users, train.items] += 2 * w
    S[train.users, train.items] = stars >= settings.get("dislikes_below", -1)
    per_rating = settings.get("reg_per_rating", 0)
    X = histories(train)
    price_u, price_i = (3 + per_rating * X.sum(axis) for axis in (1, 0))
    P, Q = P.double().numpy(), Q.double().numpy()
    total = (C * (S - P @ Q.T) ** 2).sum()
    total += price_u @ (P**2).sum(1) + price_i @ (Q**2).sum(1)
    assert model.objective[-1] == pytest.approx(total, rel=1e-4)
    assert (np.diff(model.objective) <= 1e-4 * model.objective[0]).all()


def test_counts_below_zero_and_unknown_forms_are_refused(train):
    with pytest.raises(ValueError, match="choose one of same, counts, log counts"):
        ImplicitALS(confidence="linear")
    with pytest.raises(ValueError, match="counts are zero or more"):
        ImplicitALS(2, confidence="counts").fit(train.standardized(3.5, 1.0))


@pytest.fixture(scope="module")
def two_tastes():
    """Two groups of users, each of which watches its own half of the movies."""
    rng = np.random.default_rng(0)
    group, half = np.arange(60) % 2, np.arange(40) % 2
    chosen = rng.random((60, 40)) < np.where(group[:, None] == half, 0.6, 0.02)
    users, items = np.nonzero(chosen)
    table = pd.DataFrame({"user_id": users, "item_id": items, "rating": 4.0})
    split = stratified_by_item_split(table, seed=0)
    train = RatingsDataset.fit(split.train)
    return train, train.encode(split.test)


RIVALS = [EASE(10), ItemKNN(20), UserKNN(20), ImplicitALS(4, reg_per_row=1)]


@pytest.mark.parametrize("model", RIVALS, ids=lambda m: type(m).__name__)
def test_each_rival_sees_taste_that_popularity_cannot(model, two_tastes):
    """Else a board of models would compare mistakes."""
    base = ndcg(Popularity().fit(two_tastes[0]), two_tastes)
    assert ndcg(model.fit(two_tastes[0]), two_tastes) > base + 0.1
