"""The sampler: conjugate draws against closed forms, and the average it promises."""

import pandas as pd
import pytest
import torch

from data_utils import UNKNOWN, RatingsDataset, planted_world, train_test_split_random
from metrics import rmse
from models import BayesianMF, bayesian, implicit_prior
from models.base import NotFitted
from models.bayesian import centred
from models.gram import RatingRows, cholesky, gaussian_rows
from models.implicit_prior import (
    ImplicitPrior,
    LinearPrior,
    SparseImplicitPrior,
    SumOfPriors,
)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def parts():
    world = planted_world(n_users=150, n_items=120, n_ratings=5000, seed=3)
    split = train_test_split_random(world.ratings, 0.2, seed=0)
    train = RatingsDataset.fit(split.train)
    oracle = world.truth.predict(split.test["user_id"], split.test["item_id"])
    return train, train.encode(split.test), rmse(oracle, split.test["rating"])


@pytest.fixture(scope="module", params=[False, True], ids=["plain", "implicit"])
def fitted(parts, request):
    model = BayesianMF(4, request.param, epochs=60, burn_in=20)
    return model.fit(parts[0])


def test_it_comes_near_the_best_possible(fitted, parts):
    _, test, floor = parts
    assert rmse(fitted.predict(test.users, test.items), test.ratings) < 1.12 * floor


def test_its_intervals_cover_what_they_say(fitted, parts):
    _, test, _ = parts
    mean, std = fitted.predict(test.users, test.items, return_std=True)
    half = 1.645 * (std**2 + fitted.noise_sd**2).sqrt()
    inside = ((test.ratings - mean).abs() <= half).float().mean().item()
    assert 0.80 < inside < 0.97


def test_the_average_table_is_the_average_prediction(fitted, parts):
    _, test, _ = parts
    mean, _ = fitted.predict(test.users, test.items, return_std=True)
    torch.testing.assert_close(
        fitted.predict(test.users, test.items), mean, rtol=1e-4, atol=1e-4
    )
    torch.testing.assert_close(
        fitted.scores([3])[0, :7], fitted.predict([3] * 7, range(7))
    )


def test_the_more_is_known_the_less_it_spreads(fitted, parts):
    train, _, _ = parts
    counts = torch.bincount(train.items, minlength=train.n_items)
    order = counts.argsort()
    users = torch.arange(train.n_users)

    def spread(items):
        pairs = torch.cartesian_prod(users, items)
        return fitted.predict(*pairs.T, return_std=True)[1].mean()

    assert spread(order[-10:]) < spread(order[:10])


def test_the_trace_says_the_training_error(parts):
    train, _, _ = parts
    model = BayesianMF(3, epochs=4, burn_in=3).fit(train)
    last = model.predict(train.users, train.items)  # the one sample that was kept
    assert model.trace[-1]["train_rmse"] == pytest.approx(
        rmse(last, train.ratings), rel=1e-3
    )
    assert len(model.trace) == 4


def test_memory_is_bounded_by_thinning(parts):
    train, _, _ = parts
    model = BayesianMF(2, epochs=25, burn_in=5, max_samples=7).fit(train)
    assert len(model.samples) == 6  # every third of twenty


def test_the_burn_in_is_in_no_average(parts):
    """Its first sweeps still remember where the chain began, and would pull it back."""
    train, test, _ = parts
    whole = BayesianMF(2, epochs=9, burn_in=0).fit(train)
    late = BayesianMF(2, epochs=9, burn_in=6).fit(train)
    assert len(late.samples) == 3
    expected = torch.stack(
        [s.predict(test.users, test.items) for s in whole.samples[6:]]
    )
    found = late.predict(test.users, test.items)
    torch.testing.assert_close(found, expected.mean(0), rtol=1e-4, atol=1e-4)
    sds = [row["noise_sd"] for row in whole.trace[6:]]
    assert late.noise_sd == pytest.approx(sum(sds) / 3, rel=1e-6)
    mean, std = late.predict(test.users, test.items, return_std=True)
    torch.testing.assert_close(mean, found, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(std, expected.std(0, correction=0), rtol=1e-3, atol=1e-3)


def test_noise_is_said_in_stars(small_world):
    """An interval of r ± 2σ with σ in other units would cover nothing, or all."""
    one, other = (
        RatingsDataset.fit(small_world.ratings.assign(rating=stars))
        for stars in (
            small_world.ratings["rating"],
            10 * small_world.ratings["rating"],
        )
    )
    a, b = (BayesianMF(2, epochs=6, burn_in=2).fit(train) for train in (one, other))
    assert b.noise_sd == pytest.approx(10 * a.noise_sd, rel=1e-3)
    for name in ("noise_sd", "train_rmse"):
        assert b.trace[-1][name] == pytest.approx(10 * a.trace[-1][name], rel=1e-3)
    assert b.trace[-1]["user_norm"] == pytest.approx(a.trace[-1]["user_norm"], rel=1e-3)


def test_the_seed_decides_the_chain(parts):
    train, test, _ = parts
    one, two, other = (
        BayesianMF(2, epochs=3, burn_in=1, seed=seed)
        .fit(train)
        .predict(test.users, test.items)
        for seed in (1, 1, 2)
    )
    assert torch.equal(one, two)
    assert not torch.equal(one, other)


def test_centring_keeps_predictions_and_makes_strangers_average():
    users = torch.randn(6, 4, generator=seeded(1)) + 1
    items = torch.randn(5, 4, generator=seeded(2)) - 0.5
    tables = centred(3.0, users, items)
    pairs = torch.cartesian_prod(torch.arange(6), torch.arange(5))
    p, q = users[pairs[:, 0]], items[pairs[:, 1]]
    expected = 3 + p[:, -1] + q[:, -1] + (p[:, :-1] * q[:, :-1]).sum(1)
    torch.testing.assert_close(tables.predict(*pairs.T), expected)
    of_all_users = tables.predict(range(6), [2] * 6).mean()
    torch.testing.assert_close(tables.predict(UNKNOWN, 2)[0], of_all_users)


def test_gaussian_rows_have_the_precision_asked_for():
    factor = torch.tensor([[2.0, 0.0], [1.0, 0.5]])
    draws = gaussian_rows(40_000, factor, seeded())
    expected = torch.linalg.inv(factor @ factor.T)
    torch.testing.assert_close(draws.T.cov(), expected, rtol=0.05, atol=0.05)


@pytest.fixture
def bags():
    """Which of 4 movies each of 30 users rated: ratings, and the features they make."""
    pattern = torch.rand(30, 4, generator=seeded(5)) < 0.6
    pattern[:, 0] = True
    rows, columns = pattern.nonzero().T
    ratings = RatingRows(rows, columns, torch.ones(len(rows)), 30, 4)
    return ratings, pattern / pattern.sum(1, keepdim=True).sqrt()


def test_coefficients_have_the_mean_and_spread_of_ridge_regression(bags):
    ratings, x = bags
    prior = ImplicitPrior(ratings, d=1)
    vectors = torch.randn(30, 1, generator=seeded(6))
    precision, generator = torch.tensor([[4.0]]), seeded(7)
    draws = []
    for _ in range(4000):
        prior.ridge = 0.5
        draws.append(prior.sample(vectors, precision, generator)[:, 0])
    draws = torch.stack(draws)
    inverse = torch.linalg.inv(x.T @ x + 0.5 * torch.eye(4))
    mean = x @ inverse @ x.T @ vectors[:, 0]
    spread = (x @ inverse @ x.T).diagonal().div(4).sqrt()
    torch.testing.assert_close(draws.mean(0), mean, rtol=0, atol=0.03)
    torch.testing.assert_close(draws.std(0), spread, rtol=0.06, atol=0)


@pytest.fixture
def sparse_prior(bags):
    ratings, _ = bags
    rows, columns = torch.arange(30).repeat_interleave(ratings.counts), ratings.columns
    across = RatingRows(columns, rows, ratings.values, 4, 30)
    return SparseImplicitPrior(ratings, across, d=2)


def test_the_sparse_prior_is_the_dense_one(bags, sparse_prior, monkeypatch):
    """Else a larger table would be fitted to another model than a small one."""
    _, x = bags
    monkeypatch.setattr(implicit_prior, "TOLERANCE", 1e-5)
    b, v = torch.randn(4, 2, generator=seeded(1)), torch.randn(30, 2)
    torch.testing.assert_close(sparse_prior._of_rows(b), x @ b)
    torch.testing.assert_close(sparse_prior._of_columns(v), x.T @ v)
    sparse_prior.ridge = 0.5
    a = x.T @ x + 0.5 * torch.eye(4)
    torch.testing.assert_close(sparse_prior._squares[:, 0], (x.T @ x).diagonal())
    torch.testing.assert_close(sparse_prior._solve(a @ b), b, rtol=1e-3, atol=1e-3)


def test_conjugate_gradients_keep_the_variance_of_the_posterior():
    """The intervals of a model on millions of ratings would be too narrow."""
    pattern = torch.rand(120, 80, generator=seeded(3)) ** 2 < torch.rand(80) * 0.6
    rows, columns = pattern.nonzero().T
    ones = torch.ones(len(rows))
    ratings = RatingRows(rows, columns, ones, 120, 80)
    prior = SparseImplicitPrior(ratings, RatingRows(columns, rows, ones, 80, 120), 3)
    x = torch.zeros(120, 80)
    for column in range(80):
        x[:, column] = prior._of_rows(torch.eye(80)[:, [column]])[:, 0]
    solve, exact, drawn = prior._solve, [], []

    def recorded(shift):
        exact.append(torch.linalg.solve(x.T @ x + prior.ridge * torch.eye(80), shift))
        return solve(shift)

    prior._solve = recorded
    vectors, generator = torch.randn(120, 3, generator=seeded(4)), seeded(5)
    for _ in range(300):
        prior.ridge = 0.3
        drawn.append(prior.sample(vectors, torch.eye(3), generator))
    exact = torch.stack([x @ b for b in exact])
    ratio = torch.stack(drawn).var(0).mean() / exact.var(0).mean()
    assert ratio == pytest.approx(1, abs=0.01)


def test_the_sparse_prior_is_taken_where_cells_are_many(bags, monkeypatch):
    """A dense X of all of MovieLens would take 100 GB."""
    ratings, _ = bags
    monkeypatch.setattr(implicit_prior, "DENSE_CELLS", 120)
    kind = implicit_prior.prior_of_histories
    assert isinstance(kind(ratings, ratings, 2), ImplicitPrior)
    monkeypatch.setattr(implicit_prior, "DENSE_CELLS", 119)
    across = RatingRows(
        ratings.columns,
        torch.arange(30).repeat_interleave(ratings.counts),
        ratings.values,
        4,
        30,
    )
    assert isinstance(kind(ratings, across, 2), SparseImplicitPrior)


def test_the_ridge_finds_how_much_the_bags_say():
    # 200 users and 150 movies: enough coefficients to tell their variance by.
    pattern = torch.rand(200, 150, generator=seeded(8)) < 0.3
    rows, columns = pattern.nonzero().T
    ratings = RatingRows(rows, columns, torch.ones(len(rows)), 200, 150)
    x = pattern / pattern.sum(1, keepdim=True).sqrt()
    noise = torch.randn(200, 2, generator=seeded(9))
    b = torch.randn(150, 2, generator=seeded(10))
    found = {}
    for true in (1.0, 25.0, None):  # None: they say nothing
        vectors = noise + (x @ b / true**0.5 if true else 0)
        prior, generator = ImplicitPrior(ratings, d=2), seeded(11)
        chain = []
        for _ in range(400):
            prior.sample(vectors, torch.eye(2), generator)
            chain.append(prior.ridge)
        found[true] = sum(chain[100:]) / 300
    assert found[1.0] == pytest.approx(1.0, rel=0.4)
    assert found[1.0] < found[25.0] < found[None]


def test_two_kinds_of_features_are_told_apart():
    """Genres must not be shrunk by what rating dates fail to say, nor the reverse."""
    generator = seeded(5)
    telling, silent = (torch.randn(400, 3, generator=generator) for _ in range(2))
    effect = torch.tensor([[2.0, 0.0], [0.0, 2.0], [1.0, 1.0]])
    parts = [LinearPrior(telling, 2), LinearPrior(silent, 2)]
    prior = SumOfPriors(parts)
    vectors = telling @ effect + torch.randn(400, 2, generator=generator)
    found, ridges = torch.zeros(400, 2), [0.0, 0.0]
    for _ in range(60):
        found += prior.sample(vectors, torch.eye(2), generator) / 60
        ridges = [r + part.ridge for r, part in zip(ridges, parts, strict=True)]
    assert (found - telling @ effect).abs().mean() < 0.15
    assert ridges[1] > 10 * ridges[0]
    torch.testing.assert_close(prior.offset, parts[0].offset + parts[1].offset)
    torch.testing.assert_close(prior.scatter(), parts[0].scatter() + parts[1].scatter())
    assert prior.n_coefficients == 6


def test_a_matrix_without_a_root_gets_a_sentence():
    with pytest.raises(ValueError, match=r"1 of 2 rows .* a penalty above zero"):
        cholesky(torch.stack([torch.eye(2), -torch.eye(2)]))


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"epochs": 5, "burn_in": 5}, "epochs=5 and burn_in=5 leave no sweep"),
        ({"burn_in": -1}, "burn_in=-1 .* 0 or more"),
        ({"max_samples": 0}, "max_samples=0 .* 1 or more"),
    ],
)
def test_settings_that_leave_no_sample_are_refused(settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        BayesianMF(2, **settings)


def tiny(*stars):
    """`stars` in the order of the cells of two movies per user."""
    cells = {"user_id": [i // 2 for i in range(len(stars))]}
    cells |= {"item_id": [i % 2 for i in range(len(stars))], "rating": stars}
    return RatingsDataset.fit(pd.DataFrame(cells))


@pytest.mark.parametrize("implicit", [False, True])
@pytest.mark.parametrize("stars", [[4.0] * 40, [4.0, 5.0] * 20, [4.0, 4.0], [5.0, 3.0]])
def test_ratings_that_are_explained_whole_do_not_break_the_chain(stars, implicit):
    """Equal ratings have no variance, and σ would fall to zero, sweep after sweep."""
    train = tiny(*stars)
    model = BayesianMF(3, implicit, epochs=200).fit(train)
    predicted = model.predict(train.users, train.items)
    assert rmse(predicted, train.ratings) < 0.5
    assert model.noise_sd > 0.005


def test_one_rating_is_too_few():
    with pytest.raises(ValueError, match=r"One training rating .* two or more"):
        BayesianMF(2).fit(tiny(4.0))


def test_an_unfitted_model_says_so():
    with pytest.raises(NotFitted, match="BayesianMF"):
        _ = BayesianMF().noise_sd
    for question in ({}, {"return_std": True}):
        with pytest.raises(NotFitted, match="BayesianMF"):
            BayesianMF().predict(0, 0, **question)


def test_one_side_of_the_histories_can_be_left_out(parts, monkeypatch):
    """Else lab 08 would credit the wrong side with what the histories bring."""
    made = []

    class Recorded(ImplicitPrior):
        def __init__(self, ratings, d):
            made.append((ratings.n_rows, ratings.n_columns))
            super().__init__(ratings, d)

    monkeypatch.setattr(bayesian, "ImplicitPrior", Recorded)
    monkeypatch.setattr(implicit_prior, "ImplicitPrior", Recorded)
    train, _, _ = parts
    sizes = train.n_users, train.n_items
    for implicit, expected in {
        False: [],
        "users": [sizes],
        "items": [sizes[::-1]],
        True: [sizes, sizes[::-1]],
        "counts": [(n, 16) for n in sizes],
    }.items():
        made.clear()
        BayesianMF(2, implicit=implicit, epochs=2, burn_in=1).fit(train)
        assert made == expected, implicit
    with pytest.raises(ValueError, match="'users', 'items', 'counts'"):
        BayesianMF(implicit="movies")


def test_classes_of_activity_say_how_many_and_nothing_else(parts):
    """Rows of one class have neighbouring counts; classes are about as large."""
    train, _, _ = parts
    by_user = RatingRows(
        train.users, train.items, train.ratings, train.n_users, train.n_items
    )
    classes = bayesian.count_classes(by_user, n_classes=4)
    assert classes.counts.tolist() == [1] * train.n_users
    order = torch.argsort(by_user.counts)
    assert (classes.columns[order].diff() >= 0).all()
    same = by_user.counts[:, None] == by_user.counts
    assert (classes.columns[:, None] == classes.columns)[same].all()


def test_where_a_chain_ends_does_not_depend_on_where_it_began(parts):
    """Lab 08 starts one chain far away; one that remembers would end elsewhere."""
    train, _, _ = parts
    ends = [
        BayesianMF(2, epochs=400, burn_in=200, init_sd=sd).fit(train).noise_sd
        for sd in (0.1, 3.0)
    ]
    assert ends[0] == pytest.approx(ends[1], rel=0.05)
    first = [
        BayesianMF(2, epochs=2, burn_in=1, init_sd=sd).fit(train).trace[0]["item_norm"]
        for sd in (0.1, 3.0)
    ]
    assert first[0] != pytest.approx(first[1], rel=0.05)
    with pytest.raises(ValueError, match="init_sd=0"):
        BayesianMF(init_sd=0)
