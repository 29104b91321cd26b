"""Lab 07's questions, and the model that the learner assembles from their answers.

If these fail, a learner is told about another mistake than the one made, or the model
of the lab is another one than the package's.
"""

import ast
import inspect

import numpy as np
import pandas as pd
import pytest
import torch
from other_answers import RIGHT

from checks import QUESTIONS, TEXTS, judge
from checks.texts import expand
from data_utils import RatingsDataset
from models import SVDpp
from recipes import fit_svdpp
from tools.lab_source import BEGIN, END, plan_notebook, strip_solutions
from tools.labs import NOTEBOOKS
from training import train_epoch

KEYS = [key for key in QUESTIONS if TEXTS[key].get("notebook") == "07"]
WRONG = [(key, known) for key in KEYS for known in QUESTIONS[key].misconceptions]
SOURCE = NOTEBOOKS / "source" / "07-svdpp-challenge.py"


def said(text):
    """The words of an outcome or a message, whatever the lines they stand in."""
    return " ".join(str(text).replace("`", "").split())


def judged(key, answer, seed=0):
    return judge(QUESTIONS[key], answer, TEXTS[key], seed)


def test_the_lab_has_five_questions_with_at_least_five_known_mistakes_each():
    assert KEYS == ["s01", "s02", "s03", "s04", "s05"]
    assert all(len(QUESTIONS[key].misconceptions) >= 5 for key in KEYS)


@pytest.mark.parametrize("seed", [0, 3, 2009])
@pytest.mark.parametrize("key", KEYS)
def test_right_answers_pass_however_they_are_written(key, seed):
    assert len(RIGHT[key]) >= 2
    for answer in (QUESTIONS[key].right, *RIGHT[key]):
        assert judged(key, answer, seed).status == "correct", judged(key, answer, seed)


@pytest.mark.parametrize(
    ("key", "known"), WRONG, ids=[f"{key}-{known.name}" for key, known in WRONG]
)
def test_wrong_answers_are_rejected_with_their_own_message(key, known):
    outcome = judged(key, known.wrong, seed=2009)
    assert outcome.status in ("incorrect", "raised")
    assert outcome.misconception == known.name
    assert said(known.message) in said(outcome)


def test_wrong_answers_written_by_others_are_recognized():
    def everything_known(user, train, test):
        both = pd.concat([test, train]).query("user == @user")
        return sorted(both["item"].tolist())

    def mean(Y, items):
        return Y[items].mean(0) if len(items) else torch.zeros(Y.shape[1])

    def ends(users, items, n_users):
        order = sorted(range(len(users)), key=lambda row: users[row].item())
        ends = [int((users <= user).sum()) for user in range(n_users)]
        return items[order], torch.tensor(ends)

    def unscaled(G, users, items, n_items):
        gradient = np.zeros((n_items, G.shape[1]), dtype=np.float32)
        np.add.at(gradient, items.numpy(), G.numpy()[users.numpy()])
        return torch.from_numpy(gradient)

    assert judged("s01", everything_known).misconception == "held-out-movies-included"
    assert judged("s02", mean).misconception == "mean-of-the-vectors"
    assert judged("s03", ends).misconception == "ends-for-starts"
    assert judged("s05", unscaled).misconception == "scale-left-out"


def test_any_order_within_a_bag_is_right_and_a_movie_in_another_bag_is_not():
    _, (users, items, n_users) = QUESTIONS["s03"].edges()[0]
    movies, starts = QUESTIONS["s03"].right(users, items, n_users)
    within, across = movies.clone(), movies.clone()
    within[[0, 2]] = movies[[2, 0]]  # both of user 0
    across[[0, 4]] = movies[[4, 0]]  # of users 0 and 2
    differ = QUESTIONS["s03"].differ
    assert differ((within, starts), (movies, starts)) == ""
    assert differ((across, starts), (movies, starts))
    assert differ((movies.float(), starts + 1), (movies, starts))


@pytest.mark.parametrize("key", ["s02", "s03", "s04", "s05"])
def test_what_later_cells_cannot_compute_with_is_named(key):
    """`torch.stack`, EmbeddingBag and backward() take tensors and nothing else."""

    def plain(value):
        return tuple(map(plain, value)) if isinstance(value, tuple) else value.tolist()

    outcome = judged(key, lambda *case: plain(QUESTIONS[key].right(*case)))
    assert outcome.misconception in {
        "implicit-part-without-torch",
        "bags-without-tensors",
        "stars-without-gradient",
        "gradient-without-torch",
    }


def test_doubles_pass_and_floats_for_indices_and_stars_cut_off_do_not():
    def double(G, users, items, n_items):
        return QUESTIONS["s05"].right(G, users, items, n_items).double()

    def floats(users, items, n_users):
        movies, starts = QUESTIONS["s03"].right(users, items, n_users)
        return movies.float(), starts

    def half_cut(users, items, mean, user_bias, item_bias, P, Q, implicit):
        tables = mean, user_bias, item_bias, P.detach(), Q, implicit
        return QUESTIONS["s04"].right(users, items, *tables)

    def numbers(*case):
        return QUESTIONS["s04"].right(*case).tolist()

    assert "it has no gradient" in str(judged("s04", numbers))
    assert judged("s05", double).status == "correct"
    where = dict(judged("s03", floats).facts)["where"]
    assert where == "tensor of torch.float32 in place of a tensor of torch.int64"
    assert "its gradient is not" in str(judged("s04", half_cut))


def notebook_space():
    """The definitions of the solved lab: what a learner with right answers has."""
    space = {"__name__": "lab", "SEED": 0, "ratings": []}
    for cell in plan_notebook(SOURCE, solution=True).cells:
        if cell.cell_type != "code":
            continue
        tree = ast.parse(cell.source)
        wanted = ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef
        tree.body = [
            node
            for node in tree.body
            if isinstance(node, wanted)
            or (
                isinstance(node, ast.Assign)
                and ast.unparse(node).startswith(("QUICK", "PACE"))
            )
        ]
        exec(compile(tree, SOURCE.name, "exec"), space)
    return space


@pytest.fixture(scope="module")
def lab():
    return notebook_space()


@pytest.fixture(scope="module")
def train():
    draw = np.random.default_rng(0)
    cells = draw.choice(30 * 20, size=260, replace=False)
    table = {"user_id": cells // 20, "item_id": cells % 20}
    table["rating"] = draw.integers(1, 6, len(cells)).astype(float)
    return RatingsDataset.fit(pd.DataFrame(table))


def seeded():
    return torch.Generator().manual_seed(7)


def filled(model):
    with torch.no_grad():
        model.implicit_factors.weight.normal_(0, 0.3, generator=seeded())
    return model


def test_the_stubs_of_the_lab_are_those_that_the_checks_expect(lab):
    for key in KEYS:
        name = QUESTIONS[key].right.__name__
        assert inspect.signature(lab[name]) == inspect.signature(QUESTIONS[key].right)


def test_the_learners_model_is_the_packages(lab, train):
    """Predictions, penalty, all gradients and an epoch of training agree."""
    mine = filled(lab["MySVDpp"](train, 4))
    theirs = filled(SVDpp(train, 4))
    users, items = train.users[:64], train.items[:64]
    losses = [
        model(users, items).square().mean() + 0.1 * model.penalty(users, items)
        for model in (mine, theirs)
    ]
    torch.testing.assert_close(*losses)
    for loss in losses:
        loss.backward()
    gradients = dict(theirs.named_parameters())
    for name, weights in mine.named_parameters():
        torch.testing.assert_close(weights.grad, gradients[name].grad)
    pairs = train.users, train.items
    torch.testing.assert_close(mine.predict(*pairs), theirs.predict(*pairs))
    for model in (mine, theirs):
        rows = [(train.users, train.items, train.ratings)]
        train_epoch(model, rows, torch.optim.SGD(model.parameters(), lr=0.1), 0.05)
    torch.testing.assert_close(mine.predict(*pairs), theirs.predict(*pairs))


def test_the_lab_trains_with_the_settings_of_the_recipes(lab, train):
    """A verdict on SVD++ that was fitted in another way would be on another model."""
    mine, _ = lab["fit_model"](lab["MySVDpp"], train, seed=3, epochs=2)
    theirs = fit_svdpp(train, 3, **(lab["PACE"] | {"epochs": 2}))
    pairs = train.users, train.items
    torch.testing.assert_close(mine.predict(*pairs), theirs.predict(*pairs))


def test_the_sum_of_bags_has_the_gradient_of_finite_differences(lab, train):
    by_user = QUESTIONS["s03"].right(train.users, train.items, train.n_users)
    by_item = QUESTIONS["s03"].right(train.items, train.users, train.n_items)
    Y = torch.randn(train.n_items, 2, dtype=torch.float64, generator=seeded())
    Y.requires_grad_()
    assert torch.autograd.gradcheck(lab["SumOfBags"].apply, (Y, by_user, by_item))


def test_an_extension_without_its_new_vectors_is_the_model_it_extends(lab, train):
    """At the start the flipped vectors are zero; then SVD++ is what must come out."""
    flipped = filled(lab["Flipped"](train, 4))
    plain = filled(lab["MySVDpp"](train, 4))
    users, items = train.users[:64], train.items[:64]
    torch.testing.assert_close(flipped(users, items), plain(users, items))
    predicted = flipped.predict(users, items)
    torch.testing.assert_close(predicted, flipped(users, items).detach())


@pytest.mark.parametrize("key", KEYS)
def test_an_untouched_stub_is_not_attempted(key):
    space = {}
    exec(strip_solutions(expand(f"# {{{{answer:{key}}}}}", (BEGIN, END))), space)
    stub = space[QUESTIONS[key].right.__name__]
    assert judged(key, stub).status == "not attempted"
