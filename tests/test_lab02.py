"""Lab 02's own definitions, taken out of its source, against autograd and the package.

A learner copies these classes and functions: what they claim to compute, they must.
"""

import ast
from pathlib import Path

import jupytext
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from scipy.sparse import csr_matrix

import models
from data_utils import RatingsDataset
from plots import factors

SOURCE = (
    Path(__file__).resolve().parents[1]
    / "notebooks"
    / "source"
    / "02-matrix-factorization-from-scratch.py"
)


@pytest.fixture(scope="module")
def lab():
    """The imports, classes and functions of the lab, without its computations."""
    code = [
        statement
        for cell in jupytext.read(SOURCE, fmt="py:percent").cells
        if cell.cell_type == "code"
        for statement in ast.parse(cell.source).body
        if isinstance(
            statement, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef
        )
    ]
    names = {"held": None, "REG": 0.1, "SEED": 0, "SEEN": ()}
    names["device"] = torch.device("cpu")
    exec(compile(ast.Module(code, type_ignores=[]), SOURCE.name, "exec"), names)
    return names


@pytest.fixture(scope="module")
def train(small_world):
    return RatingsDataset.fit(small_world.ratings)


@pytest.fixture
def funk(lab):
    """A FunkSVD of 6 users and 5 movies with biases that are not zero."""
    rng = np.random.default_rng(3)
    model = lab["FunkSVD"](6, 5, 3, 3.5, rng)
    model.b_u, model.b_i = rng.normal(size=6), rng.normal(size=5)
    return model


# Users 1 and 4 and movie 2 come more than once.
BATCH = (
    np.array([1, 4, 1, 0, 4, 4]),
    np.array([2, 2, 0, 4, 1, 2]),
    np.array([5.0, 1.0, 3.0, 4.0, 2.0, 5.0]),
)
PARTS = ("b_u", "b_i", "P", "Q")


def autograd(model, users, items, ratings, reg):
    """Gradients of the summed loss for the four whole tables, by PyTorch."""
    b_u, b_i, P, Q = tables = [
        torch.tensor(getattr(model, part), requires_grad=True) for part in PARTS
    ]
    users, items = torch.tensor(users), torch.tensor(items)
    match = (P[users] * Q[items]).sum(-1)
    errors = torch.tensor(ratings) - (model.mean + b_u[users] + b_i[items] + match)
    size = b_u[users] ** 2 + b_i[items] ** 2
    size = size + (P[users] ** 2).sum(-1) + (Q[items] ** 2).sum(-1)
    (0.5 * (errors**2 + reg * size)).sum().backward()
    return {part: t.grad.numpy() for part, t in zip(PARTS, tables, strict=True)}


def test_gradients_on_paper_are_those_of_autograd(funk):
    users, items, ratings = (part[:1] for part in BATCH)
    by_hand = funk.gradients(users, items, ratings, 0.3)
    whole = autograd(funk, users, items, ratings, 0.3)
    for part, row, gradient in zip(PARTS, (1, 2, 1, 2), by_hand, strict=True):
        np.testing.assert_allclose(gradient[0], whole[part][row])


@pytest.mark.parametrize("part", PARTS)
def test_gradients_on_paper_are_finite_differences(lab, funk, part):
    rating = tuple(values[:1] for values in BATCH)
    by_hand = funk.gradients(*rating, 0.3)[PARTS.index(part)]
    row = getattr(funk, part)[BATCH[0][0] if part in ("b_u", "P") else BATCH[1][0]]
    for f in range(np.size(row)):
        losses = []
        for shift in (1e-5, -2e-5):
            _shift(funk, part, f, shift)
            losses.append(lab["loss_of"](funk, *rating, 0.3))
        _shift(funk, part, f, 1e-5)
        slope = (losses[0] - losses[1]) / 2e-5
        assert slope == pytest.approx(np.ravel(by_hand)[f], abs=1e-6)


def _shift(model, part, f, by):
    row = BATCH[0][0] if part in ("b_u", "P") else BATCH[1][0]
    table = getattr(model, part)
    place = row if table.ndim == 1 else (row, f)
    table[place] += by


def test_a_batch_moves_repeated_rows_by_the_sum_of_their_gradients(lab, funk):
    """`+=` on an index array loses all but the last."""
    gradients = autograd(funk, *BATCH, 0.3)
    before = {part: getattr(funk, part).copy() for part in PARTS}
    lab["step"](funk, *BATCH, 0.01, 0.3)
    for part in PARTS:
        expected = before[part] - 0.01 * gradients[part]
        np.testing.assert_allclose(getattr(funk, part), expected)


def test_batches_of_one_are_the_loop(lab):
    models_ = [lab["FunkSVD"](6, 5, 3, 3.5, np.random.default_rng(1)) for _ in "ab"]
    lab["step_by_step"](models_[0], *BATCH, 0.05, 0.1)
    for n in range(len(BATCH[0])):
        lab["step"](models_[1], *(part[n : n + 1] for part in BATCH), 0.05, 0.1)
    for part in PARTS:
        one, other = (getattr(model, part) for model in models_)
        np.testing.assert_allclose(one, other)


def start(train, k, seed=0):
    items = np.zeros((train.n_items, k + 1))
    items[:, :-1] = np.random.default_rng(seed).normal(0, 0.1, (train.n_items, k))
    return items


def centred_matrix(train):
    values = train.ratings.double().numpy() - train.mean
    pairs = train.users.numpy(), train.items.numpy()
    return csr_matrix((values, pairs), shape=(train.n_users, train.n_items))


def test_als_for_all_rows_is_als_row_by_row(lab, train):
    R = centred_matrix(train)
    users, items = train.users.numpy(), train.items.numpy()
    values = train.ratings.double().numpy() - train.mean
    counts = np.bincount(users, minlength=train.n_users)
    others = start(train, 4)
    others[:, -1] = np.random.default_rng(1).normal(size=train.n_items)
    slowly = lab["solve_slowly"](users, items, values, others, 0.1, train.n_users)
    at_once = lab["solve_all"](R, others, 0.1 * counts)
    np.testing.assert_allclose(at_once, slowly)


def test_als_is_the_package_s_where_the_penalties_agree(lab, train):
    """The package adds constants to λn, and measures in the ratings' own unit; with
    λ = 0 and all constants equal, both are the same ridge."""
    ridge, k = 2.0, 4
    package = models.ALS(k, 0.0, ridge / train.unit, ridge, epochs=3, seed=5).fit(train)
    generator = torch.Generator().manual_seed(5)
    items = torch.zeros(train.n_items, k + 1)
    items[:, :-1].normal_(0, 0.1 * train.unit**0.5, generator=generator)
    items = items.double().numpy()
    R = centred_matrix(train)
    for _ in range(3):
        users = lab["solve_all"](R, items, np.full(train.n_users, ridge))
        items = lab["solve_all"](R.T.tocsr(), users, np.full(train.n_items, ridge))
    ours = lab["as_tables"](users, items, train.mean)
    for mine, theirs in zip(ours[1:], package.tables()[1:], strict=True):
        torch.testing.assert_close(mine, theirs, atol=2e-3, rtol=0)


def test_als_never_rises_and_reports_the_stated_objective(lab, train):
    sweeps = list(lab["als"](train, 4, 0.1, 0, epochs=8))
    costs = np.array([cost for _, pair in sweeps for cost in pair])
    assert (np.diff(costs) <= 1e-9 * costs[0]).all()
    tables = sweeps[-1][0]
    errors = train.ratings - tables.predict(train.users, train.items)
    total = errors.double().square().sum()
    for rows, bias, vectors in (
        (train.users, tables.user_bias, tables.user_factors),
        (train.items, tables.item_bias, tables.item_factors),
    ):
        counts = torch.bincount(rows, minlength=len(bias))
        size = bias.square() + vectors.square().sum(1)
        total += 0.1 * (counts * size).double().sum()
    assert costs[-1] == pytest.approx(total.item(), rel=1e-4)


@pytest.fixture
def twins(lab, train):
    """The lab's full model and the package's, with the same random weights."""
    generator = torch.Generator().manual_seed(2)
    mine = lab["MatrixFactorization"](
        train.n_users, train.n_items, 5, generator, train.mean
    )
    for bias in (mine.user_bias, mine.item_bias):
        torch.nn.init.normal_(bias.weight, generator=generator)
    package = models.MatrixFactorization(train.n_users, train.n_items, 5)
    package.load_state_dict(mine.state_dict())
    return mine, package


def test_the_model_is_the_package_s(lab, train, twins):
    mine, package = twins
    users, items = train.users[:200], train.items[:200]
    torch.testing.assert_close(mine(users, items), package(users, items))
    ours, theirs = mine.penalty(users, items), package.penalty(users, items)
    torch.testing.assert_close(ours, theirs)
    tables = lab["module_tables"](mine)
    for ours, theirs in zip(tables, package.tables(), strict=True):
        torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("top_k", [1, 7, 10_000])
def test_the_model_recommends_what_the_package_s_does(train, twins, top_k):
    rated = train.items[train.users == 3]
    ours, theirs = (
        model.recommend_for_user(3, top_k=top_k, exclude_rated=rated) for model in twins
    )
    torch.testing.assert_close(ours[0], theirs[0])
    torch.testing.assert_close(ours[1], theirs[1])
    assert not torch.isin(ours[0], rated).any()


def test_the_bare_dot_product_is_the_package_s(lab):
    mine = lab["DotProductMF"](6, 5, 3, torch.Generator().manual_seed(1))
    package = models.DotProductMF(6, 5, 3, seed=1)
    users, items = torch.tensor([0, 5, 3]), torch.tensor([4, 0, 0])
    torch.testing.assert_close(mine(users, items), package(users, items))


def test_procrustes_undoes_a_rotation(lab):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 4))
    rotation = np.linalg.qr(rng.normal(size=(4, 4)))[0]
    np.testing.assert_allclose(lab["rotated_onto"](X, X @ rotation), X, atol=1e-12)


def test_principal_axes_leave_the_products_alone(lab):
    rng = np.random.default_rng(0)
    P, Q = rng.normal(size=(30, 3)), rng.normal(size=(20, 3))
    on_axes_P, on_axes_Q, strength = lab["principal_axes"](P, Q)
    np.testing.assert_allclose(on_axes_P @ on_axes_Q.T, P @ Q.T)
    assert (np.diff(strength) <= 0).all()
    for table in (on_axes_P, on_axes_Q):
        np.testing.assert_allclose(table.T @ table, np.diag(strength), atol=1e-9)


def test_fits_that_differ_by_a_rotation_agree_on_every_axis(lab):
    """Else a reader would blame the search or the data for what is neither."""
    rng = np.random.default_rng(0)
    P, Q = (torch.tensor(rng.normal(size=(n, 3))) for n in (30, 20))
    turn = torch.tensor(np.linalg.qr(rng.normal(size=(3, 3)))[0])
    zeros = torch.zeros(30), torch.zeros(20)
    one = models.FactorTables(3.0, *zeros, P, Q)
    other = models.FactorTables(3.0, *zeros, P @ turn, Q @ turn)
    np.testing.assert_allclose(lab["agreement"](one, other), 1)
    shuffled = models.FactorTables(3.0, *zeros, P.flip(0), Q.flip(0))
    assert lab["agreement"](one, shuffled).max() < 0.9


def test_a_column_without_spread_correlates_with_nothing(lab):
    """Strong damping of few ratings leaves no factors, and no warning either."""
    X, Y = np.array([[1.0, 0.0], [2.0, 0.0]]), np.array([[2.0, 5.0], [4.0, 6.0]])
    np.testing.assert_allclose(lab["axis_by_axis"](X, Y), [1, 0])


RNG = np.random.default_rng(0)
POINTS = RNG.normal(size=(400, 3))
FIGURES = {
    "viewers": lambda: factors.viewers_and_movies(
        {"Ana": (1, 0), "Ben": (0, 1)}, {"A": (1, 0.2), "B": (0.1, 1)}, ("x", "y")
    ),
    "noise": lambda: factors.noise_floor(
        RNG.uniform(1.2, 4.8, 2000), RNG.integers(1, 6, 2000)
    ),
    "shrunken": lambda: factors.shrunken_means(
        np.arange(1, 41), RNG.uniform(1, 5, 40), RNG.uniform(3, 4, 40), 3.5
    ),
    "ladder": lambda: factors.ladder({"mean": 1.12, "biases": 0.94}),
    "als": lambda: factors.als_progress(
        np.geomspace(90, 50, 12), [1.0] * 6, [1.1] * 5 + [1.0]
    ),
    "curves": lambda: factors.learning_curves(
        {"a": [3.0, 1.0], "b": [1.1, 0.9]}, 0.95, "biases", top=1.2
    ),
    "rotation": lambda: factors.before_and_after_rotation(
        POINTS, POINTS[:, ::-1], POINTS, ("one", "two")
    ),
    "axes": lambda: factors.agreement_by_axis(
        [9, 5, 2, 1], {"a": [1, 0.9, 0.5, 0.1], "b": [0.8, 0.7, 0.4, 0.2]}, "ALS"
    ),
    "truth": lambda: factors.truth_against_fit(
        POINTS, POINTS + 0.1, RNG.integers(1, 90, 400)
    ),
}


@pytest.mark.parametrize("name", FIGURES)
def test_figures_say_what_they_show(name):
    """A reader who cannot see the figure gets a sentence, and everyone a finding."""
    figure, sentence = FIGURES[name]()
    figure.canvas.draw()
    titles = [ax.get_title(loc="left") for ax in figure.axes]
    assert any(any(map(str.isalpha, title)) for title in titles)
    assert sentence.endswith(".")
    assert any(map(str.isalpha, sentence))
    plt.close(figure)


def test_titles_are_computed():
    figure, sentence = factors.ladder({"mean": 1.0, "biases": 0.8})
    assert figure.axes[0].get_title(loc="left") == "biases: 20% below mean"
    assert "mean 1.000; biases 0.800" in sentence
    plt.close(figure)
