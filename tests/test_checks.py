"""The checks must know right from wrong, and one wrong from another.

If these fail, a learner with a right answer is turned away, or one with a known mistake
is told about another one.
"""

import copy
import itertools
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from other_answers import RIGHT

import checks
from checks import (
    QUESTIONS,
    TEXTS,
    check,
    example,
    hint,
    judge,
    passed,
    scoreboard,
    solution,
)
from checks.comparing import difference, same_arguments, show
from checks.outcomes import LOOKS
from checks.questions.question import Question, RepairShop
from checks.recognizing import examples
from checks.running import Answer
from checks.single_bugs import BUGS, trainer_with
from checks.texts import UnknownMarker, expand, hints_of
from data_utils import Features, IdMap, RatingsDataset
from metrics import ndcg_at_k
from models import ALS, FeatureMapping
from ranking import bpr_loss
from recommend import fold_in_items
from tools.lab_source import BEGIN, END, strip_solutions
from tools.labs import NOTEBOOKS
from tools.make_guide import guide, write_guide

PLAIN = {key: q for key, q in QUESTIONS.items() if isinstance(q, Question)}
WRONG = [(key, known) for key, q in PLAIN.items() for known in q.misconceptions]
SHOP = QUESTIONS["q16"]


@pytest.fixture(autouse=True)
def _fresh_book(monkeypatch):
    monkeypatch.setattr(checks, "_latest", {})
    monkeypatch.setattr(checks, "_hints_given", {})


def said(text):
    """The words of an outcome or a message, whatever the lines they stand in."""
    return " ".join(str(text).replace("`", "").split())


def judged(key, answer, seed=0):
    return judge(QUESTIONS[key], answer, TEXTS[key], seed)


def stub_of(key):
    space = {"np": np, "torch": torch}
    exec(strip_solutions(expand(f"# {{{{answer:{key}}}}}", (BEGIN, END))), space)
    return space[QUESTIONS[key].right.__name__]


@pytest.mark.parametrize("seed", [0, 11])
@pytest.mark.parametrize("key", PLAIN)
def test_the_stored_and_the_differently_written_right_answers_pass(key, seed):
    answers = [QUESTIONS[key].right, *RIGHT[key]]
    assert len(answers) >= 3
    for answer in answers:
        assert judged(key, answer, seed).status == "correct", judged(key, answer, seed)


@pytest.mark.parametrize(
    ("key", "known"), WRONG, ids=[f"{key}-{known.name}" for key, known in WRONG]
)
def test_each_stored_wrong_answer_is_rejected_with_its_own_message(key, known):
    outcome = judged(key, known.wrong, seed=11)
    assert outcome.status in ("incorrect", "raised")
    assert outcome.misconception == known.name
    assert said(known.message) in said(outcome)
    assert outcome.points == 0


def test_the_catalogue_is_large_and_every_message_is_its_own():
    messages = [known.message for _, known in WRONG]
    assert len(messages) >= 25
    assert len(set(messages)) == len(messages)


@pytest.mark.parametrize("key", PLAIN)
def test_an_untouched_stub_is_not_attempted(key):
    assert judged(key, stub_of(key)).status == "not attempted"


def test_placeholders_and_half_filled_stubs_are_not_attempted():
    def raises(n_users, n_items, n_ratings):
        raise NotImplementedError

    def returns_dots(n_users, n_items, n_ratings):
        return ...

    def raises_by_another_name(n_users, n_items, n_ratings):
        later = NotImplementedError
        raise later

    def counts_with_dots(n_users, n_items, n_ratings):
        cells = ...
        return 1 - n_ratings / cells

    half_filled = (counts_with_dots, ...), {"answer": ..., "why": 1}
    stubs = raises, raises_by_another_name, returns_dots, counts_with_dots
    for answer in (..., None, *stubs, *half_filled):
        assert judged("q01", answer).status == "not attempted"


def test_an_answer_that_raises_shows_the_learners_own_line():
    def encode(train_ids, new_ids):
        known = sorted(train_ids)
        return [known.index(raw) for raw in new_ids]  # unknown ids raise here

    outcome = judged("q02", encode)
    assert outcome.status == "raised"
    facts = dict(outcome.facts)
    assert "known.index(raw)" in facts["your line"]
    assert re.search(r"line \d+", facts["your line"])
    text = str(outcome)
    assert text.index("ValueError") < text.index("Traceback")
    assert "running.py" not in outcome.trace


def test_an_error_deep_in_a_library_points_at_the_learners_line():
    def als_user_step(Q, row, reg_per_rating):
        return torch.linalg.solve(Q, row)

    outcome = judged("q06", als_user_step)
    assert "torch.linalg.solve(Q, row)" in dict(outcome.facts)["your line"]


def test_leaving_the_interpreter_is_an_error_like_others():
    def sparsity(n_users, n_items, n_ratings):
        raise SystemExit

    assert judged("q01", sparsity).status == "raised"


NOTEBOOK_BATCHES = QUESTIONS["q07"].cases(0)[0][0]


def test_a_global_in_place_of_the_argument_fails_and_is_named():
    def rmse_of_batches(batches):
        errors = [p - a.reshape(-1) for p, a in NOTEBOOK_BATCHES]
        return torch.cat(errors).square().mean().sqrt()

    outcome = judged("q07", rmse_of_batches)
    assert outcome.status == "incorrect"
    assert "NOTEBOOK_BATCHES" in outcome.message


@pytest.mark.parametrize("key", PLAIN)
def test_an_answer_learned_by_heart_fails_on_fresh_inputs(key):
    """A table of the results of one check would be worth full points in the next."""
    question, table = QUESTIONS[key], []

    def learned(*case):
        for known, result in table:
            if all(map(same_arguments, known, case)):
                return result
        return None

    def note(*case):
        table.append((copy.deepcopy(case), question.right(*copy.deepcopy(case))))
        return None

    judge(question, note, TEXTS[key])
    assert table
    outcome = judge(question, learned, TEXTS[key])
    assert outcome.status in ("incorrect", "raised")


# What a learner's own seed must not decide: (question, wrong answer).
ON_EVERY_SEED = [
    ("q03", "cut_by_the_span_of_time"),
    ("q03", "test_part_rounded_down"),
    ("q03", "test_part_rounded_up"),
    ("q11", "ideal_not_cut"),
    ("q13", "logarithm_of_the_mean"),
    ("q14", "drawn_with_putting_back"),
    ("q14", "the_movie_drawn_as_well"),
    ("q15", "one_rating_as_none"),
    ("q15", "a_at_a_price"),
    ("s05", "last_users_not_counted"),
]


@pytest.mark.parametrize(("key", "name"), ON_EVERY_SEED)
def test_no_seed_lets_a_wrong_answer_pass(key, name):
    wrong = next(each for each in QUESTIONS[key].wrong if each.__name__ == name)
    for seed in range(8):
        assert judged(key, wrong, seed).status != "correct", seed


@pytest.mark.parametrize("seed", range(8))
def test_single_precision_does_not_decide_about_a_ridge_regression(seed):
    def als_user_step(Q, row, reg_per_rating):
        rated = ~row.isnan()
        n, seen = int(rated.sum()), Q[rated]
        if n == 0:
            return torch.zeros(Q.shape[1])
        gram = seen.T @ seen + reg_per_rating * n * torch.eye(Q.shape[1])
        return torch.linalg.inv(gram) @ seen.T @ row[rated]

    assert judged("q06", als_user_step, seed).status == "correct"
    for answer in RIGHT["q12"]:
        assert judged("q12", answer, seed).status == "correct"


def test_a_folded_in_newcomer_is_that_of_lab_05():
    """The exercise would teach another ridge than the lab that it examines."""
    draw = torch.Generator().manual_seed(0)
    pairs = torch.randint(9, (60, 2), generator=draw).unique(dim=0).numpy()
    stars = torch.randint(1, 6, (len(pairs),), generator=draw).double().numpy()
    table = pd.DataFrame({"user_id": pairs[:, 0], "item_id": pairs[:, 1]})
    train = RatingsDataset.fit(table.assign(rating=stars))
    model = ALS(3, 0.05, 2.0, 1.5).fit(train)
    items, given = torch.tensor([0, 4, 5]), torch.tensor([5.0, 1.0, 4.0])
    mean, _, item_bias, _, Q = model.tables()
    penalties = model.reg_per_rating, model.reg_per_row, model.bias_reg_per_row
    bias, vector = QUESTIONS["q12"].right(
        Q, item_bias, mean, train.unit, items, given, penalties
    )
    expected = fold_in_items(model, items, given).vector
    assert [*vector.tolist(), bias] == pytest.approx(expected.tolist(), abs=1e-4)


def test_the_loss_for_order_is_that_of_lab_09():
    """A learner would be told that the lab's own loss is wrong."""
    for p, Q, liked, others in QUESTIONS["q13"].cases(3):
        loss, _ = QUESTIONS["q13"].right(p, Q, liked, others)
        expected = bpr_loss(Q[liked] @ p, (Q[others] @ p)[:, None])
        assert loss.item() == pytest.approx(expected.item(), abs=1e-6)


def test_the_expected_hit_rate_is_the_mean_over_all_samples():
    """Every sample of three movies from the six others, counted one by one."""
    hits = [
        sum(other < rank for other in sample) < 2
        for rank in (1, 3, 6)
        for sample in itertools.combinations(set(range(1, 8)) - {rank}, 3)
    ]
    expected = QUESTIONS["q14"].right(np.array([1, 3, 6]), 7, 3, 2)
    assert np.mean(hits) == pytest.approx(expected)


def test_the_vectors_of_new_movies_are_those_of_lab_10():
    """`FeatureMapping` without its weights solves the exercise's own sum."""
    table = pd.DataFrame(itertools.product(range(5), range(4)))
    table.columns = ["user_id", "item_id"]
    stars = torch.randint(1, 6, (20,), generator=torch.Generator().manual_seed(0))
    known = pd.DataFrame(
        {"item_id": range(6), "genres": ["A", "B", "A|B", "", "A", ""]}
    )
    movies = IdMap.fit(known["item_id"])
    train = RatingsDataset(
        table.assign(rating=stars.double().numpy()), IdMap.fit(range(5)), movies
    )
    features = Features.of_table(known, movies, "item_id")
    mapping = FeatureMapping(ALS(2, 0.01, 0.01), features, ridge=0.7, support=0).fit(
        train
    )
    Q, counts = mapping.base.tables().item_factors, torch.bincount(train.items)
    ours = QUESTIONS["q15"].right(
        Q, features.matrix().to_dense(), torch.cat([counts, torch.zeros(2)]), 0.7
    )
    assert not torch.allclose(ours[4:], Q[4:], atol=1e-3)
    assert torch.allclose(ours, mapping.tables().item_factors, atol=1e-5)


def test_users_without_relevant_movies_are_left_out_here_and_in_lab_05():
    """A mean over users would be another number than the lab's."""
    predicted, stars = torch.tensor([3.0, 4.0]), torch.tensor([[5, 1], [2, 3]])
    ours = [QUESTIONS["q11"].right(predicted, row, 2)[1] for row in stars]
    lists = np.array([[1, 0], [1, 0]])
    assert np.nanmean(ours) == pytest.approx(ndcg_at_k(lists, (stars >= 4).numpy(), 2))


def test_a_changed_argument_is_mentioned_beside_a_right_result():
    def vectors_with_new_movies(Q, features, n_ratings, ridge):
        Q[:] = QUESTIONS["q15"].right(Q.clone(), features, n_ratings, ridge)
        return Q

    outcome = judged("q15", vectors_with_new_movies)
    assert outcome.status == "correct"
    assert "changes `Q` in place" in outcome.message
    for key in PLAIN:
        assert judged(key, QUESTIONS[key].right).message == ""

    def rmse_of_batches(batches):
        for predicted, actual in batches:
            predicted -= actual.reshape(-1)
        return torch.cat([p for p, _ in batches]).square().mean().sqrt()

    assert "changes `batches` in place" in judged("q07", rmse_of_batches).message


def test_a_second_mistake_is_said_to_be_there():
    def rmse_of_batches(batches):
        return np.mean([(p - a).square().mean().sqrt() for p, a in batches])

    outcome = judged("q07", rmse_of_batches)
    assert outcome.misconception == "mean-of-batch-rmses"
    assert "The other calls differ in another way." in outcome.message


def test_a_mistake_that_explains_less_than_half_is_not_named():
    """Five results alike of thirteen say little about what the learner did."""

    def expected_hit_rate(ranks, n_movies, n_sampled, k):
        if k == 2:
            return 1 - QUESTIONS["q14"].right(ranks, n_movies, n_sampled, k)
        return 99 + n_movies * n_sampled

    assert judged("q14", expected_hit_rate).misconception == ""


def test_another_error_of_the_same_kind_is_another_mistake():
    """A KeyError has many causes; the stored one would be the wrong lead."""

    def encode(train_ids, new_ids):
        if set(new_ids) - set(train_ids):
            raise KeyError("row_number")
        return QUESTIONS["q02"].right(train_ids, new_ids)

    outcome = judged("q02", encode)
    assert (outcome.status, outcome.misconception) == ("raised", "")


def test_an_error_of_pytorch_is_not_an_unfinished_stub():
    def als_user_step(Q, row, reg_per_rating):
        rated = ~row.isnan()
        return rated @ rated

    outcome = judged("q06", als_user_step)
    assert outcome.status == "raised"
    assert "NotImplementedError" in outcome.message

    def says_so(Q, row, reg_per_rating):
        raise NotImplementedError("later")

    assert judged("q06", says_so).status == "not attempted"


split = (1, 2)  # the name of a variable, and below that of a method


def test_the_name_of_an_attribute_is_not_a_variable_of_the_notebook():
    def rmse_of_batches(batches):
        errors = torch.cat([p - a.flatten() for p, a in batches]).split(1)
        return 2 * torch.cat(errors).abs().mean()

    def nested(batches):
        return [len(split) for _ in batches]

    assert judged("q07", rmse_of_batches).message == (
        "The result differs from the expected one."
    )
    assert "`split`" in judged("q07", nested).message

    sizes = [3, 4]

    def reads_an_enclosing_variable(batches):
        return sum(sizes)

    assert "`sizes`" in judged("q07", reads_an_enclosing_variable).message


def test_differences_are_said_in_words():
    rows = pd.DataFrame({"a": [1, 2]})
    assert difference(1.0, np.ones(2)) == (
        "shape (2,) was expected, but one number was given"
    )
    assert difference(np.ones(5), (1.0, 2.0)) == (
        "two values were expected, but one array of 5 numbers was given"
    )
    assert "an array that holds None" in difference(np.array([None]), np.ones(1))
    assert difference(pd.Index([3, 1]), np.array([3, 1])) == ""
    assert difference(pd.array([3, 1]), np.array([3, 1])) == ""
    assert difference(np.array([1e-6, 1.0]), np.array([2e-6, 1.0])) == ""
    assert difference(np.array([880_000_001]), np.array([880_000_000]))
    assert show(rows).splitlines()[0] == "table of 2 rows"
    assert len(show(rows).splitlines()) == 4
    assert "index 0, 1" in show(pd.concat([rows] * 7, ignore_index=True))


def test_what_a_message_prints_is_short_and_whole():
    """A learner reads numbers to four digits, twelve of a row, and no cut-off name."""
    assert show(0.123456) == "0.1235"
    assert show(list(range(12))) == f"{list(range(12))}"
    assert show(np.arange(13)) == "shape (13,): 0, 1, 2, 3, 4, 5, …"
    assert show("a name of usual length") == "'a name of usual length'"
    assert len(show("x" * 500)) < 170


def test_tolerances_follow_the_size_of_the_numbers():
    """Rounding passes in single precision, and an error of a percent does not."""
    assert difference(np.array([0.01005]), np.array([0.01])) != ""
    assert difference(1000.05, 1000.0) == ""
    assert difference(1000.2, 1000.0) == "the numbers differ"
    assert difference(np.array([np.nan, 1]), np.array([np.nan, 1])) == ""
    assert difference(np.array([np.nan, 1]), np.array([0.0, 1])) != ""
    assert difference(torch.ones(2, dtype=torch.bfloat16), np.ones(2)) == ""


def test_too_many_values_and_other_labels_are_said_in_words():
    """ "The values differ" would send a learner back to a formula that is right."""
    table = pd.DataFrame({"a": [1, 2]}, index=[7, 8])
    assert difference((1, 2, 3), (1, 2)) == (
        "two values were expected, but 3 were given"
    )
    assert difference(table.set_axis([7, 9]), table) == (
        "its index has other labels than expected"
    )
    assert difference(table.set_axis([7, 7]), table) == (
        "its index has other labels than expected"
    )
    assert difference(table[:1], table) == "it has 1 rows instead of 2"
    assert difference(np.ones(1), table) == "a table (DataFrame) was expected"
    assert Answer(lambda: table).call(()).value is table


def test_changing_the_arguments_in_place_does_not_change_the_verdict():
    def cosine_neighbours(vectors, query, k):
        vectors /= vectors.norm(dim=1, keepdim=True)
        vectors[vectors.isnan()] = 0
        cosines = vectors @ vectors[query]
        cosines[query] = -2
        cosines[(vectors == 0).all(1)] = -2
        return cosines.topk(min(k, int((cosines > -2).sum()))).indices

    assert judged("q10", cosine_neighbours).status == "correct"


def test_wrong_answers_written_by_others_are_recognized():
    def mean_of_roots(batches):
        losses = []
        for predicted, actual in batches:
            loss = torch.nn.functional.mse_loss(predicted, actual.view(-1))
            losses.append(loss.sqrt().item())
        return np.mean(losses)

    def shuffled(ratings, test_size):
        order = np.random.default_rng(99).permutation(len(ratings))
        n_test = round(test_size * len(ratings))
        return ratings.iloc[order[n_test:]], ratings.iloc[order[:n_test]]

    def zeros(Q, row, reg_per_rating):
        Q, row = Q.numpy(), row.numpy().copy()
        n = max((~np.isnan(row)).sum(), 1)
        row[np.isnan(row)] = 0
        return np.linalg.solve(
            Q.T @ Q + reg_per_rating * n * np.eye(Q.shape[1]), Q.T @ row
        )

    assert judged("q07", mean_of_roots).misconception == "mean-of-batch-rmses"
    assert judged("q03", shuffled).misconception == "random-split-called-temporal"
    assert judged("q06", zeros).misconception == "solved-over-all-cells"


def test_tensors_in_a_tuple_count_as_numbers():
    def dcg_and_ndcg(predicted, stars, k):
        return tuple(map(torch.tensor, QUESTIONS["q11"].right(predicted, stars, k)))

    assert judged("q11", dcg_and_ndcg).status == "correct"


def test_one_result_that_is_the_same_by_chance_accuses_nobody():
    stored = QUESTIONS["q05"].cases(0)

    def gradient_of_one_rating(p, q, rating, baseline, reg_per_rating):
        right = QUESTIONS["q05"].right(p, q, rating, baseline, reg_per_rating)
        return right[::-1] if torch.equal(p, stored[0][0]) else right

    outcome = judged("q05", gradient_of_one_rating)
    assert outcome.status == "incorrect"
    assert outcome.misconception == ""


def test_other_arguments_than_asked_for_are_answered_with_the_call():
    outcome = judged("q01", lambda n_users, n_items: 0)
    assert outcome.status == "raised"
    assert [label for label, _ in outcome.facts] == ["why", "called with"]
    assert "in this order: n_users, n_items, n_ratings" in said(outcome)
    assert "n_ratings = 6" in str(outcome)
    assert "running.py" not in str(outcome)


def test_a_result_with_nan_and_a_path_without_return_are_explained():
    def fold_in(Q, item_bias, mean, unit, items, stars, penalties):
        return torch.nan, Q[0]

    def expected_hit_rate(ranks, n_movies, n_sampled, k):
        if k > 2:
            return QUESTIONS["q14"].right(ranks, n_movies, n_sampled, k)

    assert "NaN" in judged("q12", fold_in).message
    assert "without `return`" in judged("q14", expected_hit_rate).message


def test_a_result_is_called_constant_or_nan_only_where_that_is_the_mistake():
    """A question may expect NaN, or one number: then neither is news to the learner."""

    def answers_with(expected, given):
        question = replace(
            QUESTIONS["q01"], right=lambda a, b, c: expected, wrong=(), key="q99"
        )

        def answer(a, b, c, value=given):
            return value

        return judge(question, answer, TEXTS["q01"]).message

    nothing, some = np.array([np.nan, 1.0]), np.array([np.nan, 2.0])
    assert answers_with(nothing, some) == "The result differs from the expected one."
    assert answers_with(1.0, 2.0) == "The result differs from the expected one."
    assert "NaN" in answers_with(np.ones(2), some)
    assert "whatever its arguments" in judged("q01", lambda m, n, r: 0.25).message


def test_a_split_is_called_random_only_where_it_is_one():
    """The message would be about another mistake than the learner's."""
    right = QUESTIONS["q03"].right

    def without_a_column(ratings, test_size):
        train, test = right(ratings, test_size)
        return train.drop(columns="rating"), test.drop(columns="rating")

    def with_the_test_rows(ratings, test_size):
        test = ratings.sample(n=round(test_size * len(ratings)), random_state=1)
        return ratings, test

    assert judged("q03", without_a_column).misconception == ""
    assert judged("q03", with_the_test_rows).misconception == ""


def test_a_failure_names_arguments_given_and_expected():
    outcome = judged("q01", lambda n_users, n_items, n_ratings: 0.25)
    facts = dict(outcome.facts)
    assert "n_users = 4" in facts["called with"]
    assert facts["given"] == "0.25"
    assert facts["expected"] == "0.7"


def test_a_forgotten_return_and_a_called_function_are_explained():
    def forgets(n_users, n_items, n_ratings):
        _ = n_ratings / n_users

    assert "return" in judged("q01", forgets).message
    assert "without parentheses" in judged("q01", 0.7).message


class Unruly:
    """An object that nobody can look at."""

    def __getattr__(self, name):
        raise LookupError("look elsewhere")

    def __repr__(self):
        raise LookupError("look elsewhere")

    def __eq__(self, other):
        raise LookupError("look elsewhere")

    __hash__ = None


@pytest.mark.parametrize(
    "wrong",
    [
        "text",
        {"a": 1},
        [1, "two"],
        np.zeros((2, 2)),
        1j,
        pd.NA,
        [1.5, pd.NA],
        (pd.NA, pd.NA),
        pd.DataFrame({"factors": [1]}),
        (pd.DataFrame({"user_id": [1, 2]}), pd.DataFrame({"user_id": [3]})),
        pd.Series([1, None], dtype="Int64"),
        torch.zeros(2, dtype=torch.bfloat16),
        torch.eye(2).to_sparse(),
        torch.empty(2, device="meta"),
        torch.ones(2, requires_grad=True),
        (torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)),
        Unruly(),
        (Unruly(), [Unruly()]),
    ],
    ids=lambda wrong: type(wrong).__name__,
)
def test_results_of_any_kind_are_answered(wrong):
    for key in PLAIN:
        outcome = judged(key, lambda *arguments, value=wrong: value)
        assert outcome.status == "incorrect"
        assert str(outcome)


def test_an_error_inside_a_check_becomes_a_sentence():
    def differ(given, expected):
        raise KeyError("timestamp")

    question = replace(QUESTIONS["q01"], differ=differ)
    outcome = judge(question, question.right, TEXTS["q01"])
    assert outcome.status == "incorrect"
    assert "cannot read what the function returns" in outcome.message
    assert "KeyError: 'timestamp'" in str(outcome)


def test_tensors_of_any_kind_count_as_numbers():
    def implicit_part(Y, items):
        return QUESTIONS["s02"].right(Y, items).requires_grad_().to_sparse()

    def bag_inputs(users, items, n_users):
        inputs, offsets = QUESTIONS["s03"].right(users, items, n_users)
        return inputs.int(), offsets.to_sparse()

    assert judged("s02", implicit_part).status == "correct"
    assert judged("s03", bag_inputs).status == "correct"


def test_every_outcome_has_a_word_and_a_symbol_besides_its_colour():
    assert len({symbol for symbol, _, _ in LOOKS.values()}) == len(LOOKS)
    outcome = judged("q01", lambda a, b, c: "<b>")
    page = outcome._repr_html_()
    assert "✗" in page
    assert "Not yet" in page
    assert "&lt;b&gt;" in page
    forgets = judged("q01", lambda a, b, c: print(end=""))
    assert "<code>return</code>" in forgets._repr_html_()
    assert "background" not in page
    assert 'hint("q01")' in str(outcome)
    right = str(judged("q01", QUESTIONS["q01"].right))
    assert "hint(" not in right
    assert right.splitlines()[0].endswith("(1 of 1 point)")


def test_what_a_learner_wrote_cannot_break_the_page_of_an_outcome():
    """A tag in an error message would swallow the rest of the notebook's output."""

    def sparsity(n_users, n_items, n_ratings):
        raise ValueError("<script>")

    assert "<script>" not in judged("q01", sparsity)._repr_html_()


def repairs_of(flags):
    """The trainer with those of the seven bugs repaired whose flag is set."""
    return trainer_with(*itertools.compress(BUGS, [not flag for flag in flags]))


# The 16 of 128 states in which any three bugs take all eight: no function has more.
PARITIES = ((3, 4, 5, 6), (1, 2, 5, 6), (0, 2, 4, 6))
STATES = [
    flags
    for flags in itertools.product([False, True], repeat=7)
    if not any(sum(flags[place] for place in places) % 2 for places in PARITIES)
]


@pytest.mark.parametrize("flags", STATES)
def test_each_repair_turns_its_own_light_green_whatever_the_others(flags):
    outcome = judged("q16", repairs_of(flags))
    lights = tuple(label.startswith("✓") for label, _ in outcome.facts)
    assert lights == flags
    assert outcome.points == sum(flags)


@pytest.mark.parametrize("place", range(len(BUGS)))
def test_a_bug_that_lab_06_puts_back_is_the_one_that_it_names(place):
    """The lab would blame one mistake for what another does to the RMSE."""
    outcome = judged("q16", trainer_with(BUGS[place]))
    lights = [label.startswith("✓") for label, _ in outcome.facts[: len(BUGS)]]
    assert [not light for light in lights] == [at == place for at in range(len(BUGS))]


def test_a_bug_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="'a typo' is not one of the bugs"):
        trainer_with("a typo")


REPAIRS = [
    (holds, known) for holds in SHOP.bugs for known in SHOP.misconceptions(holds)
]


@pytest.mark.parametrize(
    ("holds", "known"), REPAIRS, ids=[known.name for _, known in REPAIRS]
)
def test_a_repair_that_repairs_nothing_is_named(holds, known):
    """A learner who has found the bug would hear only that the light is red."""
    name = SHOP.bugs[holds].right.__name__
    outcome = judged("q16", tuple({**SHOP.repaired, name: known.wrong}.values()))
    place = list(SHOP.bugs).index(holds) + 1
    facts = dict(outcome.facts)
    assert outcome.status == "incorrect"
    assert facts[f"✗ bug {place}"] == holds
    assert facts[f"on bug {place}"] == f"{name}: {known.message}"


def test_the_trainer_as_handed_out_is_not_attempted_and_the_repaired_one_correct():
    assert judged("q16", tuple(SHOP.broken.values())).status == "not attempted"
    assert judged("q16", tuple(SHOP.repaired.values())).status == "correct"
    assert judged("q16", ...).status == "incorrect"


def shuffled(n, draw):
    return torch.randperm(n, generator=draw)


def batches_by_yield(n, size, draw):
    order = shuffled(n, draw)
    for start in range(0, n, size):
        yield order[start : start + size]


def even_batches(n, size, draw):
    return torch.tensor_split(shuffled(n, draw), -(-n // size))


def one_batch_too_many(n, size, draw):
    order = shuffled(n, draw)
    return [order[k * size : (k + 1) * size] for k in range(n // size + 1)]


def batches_in_order(n, size, draw):
    return torch.arange(n).split(size)


def batches_without_draw(n, size, draw):
    return torch.randperm(n).split(size)


def batches_one_by_one(n, size, draw):
    return shuffled(n, draw).split(1)


def large_first_batch(n, size, draw):
    order, rest = shuffled(n, draw), -(-n // size) - 1
    first = n - rest
    return [order[:first], *order[first:, None]]


@pytest.mark.parametrize(
    ("minibatches", "points"),
    [
        (batches_by_yield, 7),
        (even_batches, 7),
        (one_batch_too_many, 6),
        (batches_in_order, 6),
        (batches_without_draw, 6),
        (batches_one_by_one, 6),
        (large_first_batch, 6),
    ],
)
def test_an_epoch_is_all_rows_in_a_new_order_however_it_is_cut(minibatches, points):
    functions = {**SHOP.repaired, "minibatches": minibatches}
    outcome = judged("q16", tuple(functions.values()))
    assert outcome.points == points
    if points < 7:
        facts = dict(outcome.facts)
        assert "minibatches: " in facts["on bug 1"]
        assert facts["given"] != facts["expected"]
        assert facts["where"]


def step_with(error, penalty):
    def train_step(model, optimizer, users, items, ratings, reg_per_rating):
        optimizer.zero_grad()
        loss = error(model(users, items), ratings).square().mean()
        loss = loss + reg_per_rating * penalty(model, users, items)
        loss.backward()
        optimizer.step()
        return loss.item()

    return train_step


@pytest.mark.parametrize(
    "penalty",
    [
        lambda model, u, i: model.penalty(u, i) / len(u),
        lambda model, u, i: model.penalty(u, i) * len(u),
        lambda model, u, i: model.penalty(u.unique(), u.unique()),
        lambda model, u, i: 0,
    ],
)
def test_another_penalty_leaves_its_light_red(penalty):
    step = step_with(lambda p, r: p - r.reshape(-1), penalty)
    functions = {**SHOP.repaired, "train_step": step}
    outcome = judged("q16", tuple(functions.values()))
    assert outcome.points == 6
    assert dict(outcome.facts)["✗ bug 4"]


def test_a_penalty_that_is_written_out_is_the_models_own():
    """In lab 06 the step trains a model whose penalty is a mean over the batch."""

    def penalty(model, users, items):
        squares = model.P[users].square().sum(1) + model.Q[items].square().sum(1)
        return squares.mean()

    step = step_with(lambda p, r: p - r.reshape(-1), penalty)
    outcome = judged("q16", tuple({**SHOP.repaired, "train_step": step}.values()))
    assert outcome.status == "correct"


def test_columns_of_predictions_do_not_repair_the_step():
    step = step_with(lambda p, r: p.reshape(-1, 1) - r, lambda m, u, i: m.penalty(u, i))
    outcome = judged("q16", tuple({**SHOP.repaired, "train_step": step}.values()))
    assert "✗ bug 3" in dict(outcome.facts)


def test_stopping_at_the_first_rise_leaves_the_light_red():
    def fit_and_keep_best(model, run_epoch, validate, epochs):
        best, kept = np.inf, None
        for _ in range(epochs):
            run_epoch(model)
            rmse = validate(model)
            if rmse >= best:
                break
            weights = model.state_dict()
            best, kept = rmse, {name: w.clone() for name, w in weights.items()}
        model.load_state_dict(kept)
        return best

    functions = {**SHOP.repaired, "fit_and_keep_best": fit_and_keep_best}
    assert judged("q16", tuple(functions.values())).points == 6


@pytest.mark.parametrize("name", SHOP.names)
def test_a_repair_that_forgets_to_return_is_told_so(name):
    def forgets(*arguments):
        SHOP.repaired[name](*arguments)

    outcome = judged("q16", tuple({**SHOP.repaired, name: forgets}.values()))
    assert outcome.status == "incorrect"
    assert "begin with return?" in said(outcome)


def test_repairs_that_repair_nothing_are_an_attempt():
    def minibatches(n, size, draw):
        return [torch.arange(min(n, size))]

    functions = {**SHOP.broken, "minibatches": minibatches}
    outcome = judged("q16", tuple(functions.values()))
    assert (outcome.status, outcome.points) == ("incorrect", 0)
    assert outcome.message == "0 of 7 bugs repaired."
    untouched = judged("q16", tuple(SHOP.broken.values()))
    assert "when handed out" in untouched.message

    def like_the_broken_one_at_times(n, size, draw):
        pieces = SHOP.broken["minibatches"](n, size, draw)
        return pieces or [torch.arange(n), torch.arange(n)]

    functions = {**SHOP.broken, "minibatches": like_the_broken_one_at_times}
    assert judged("q16", tuple(functions.values())).status == "incorrect"


def test_a_repair_that_raises_shows_its_line_and_keeps_the_other_points():
    def train_step(model, optimizer, users, items, ratings, reg_per_rating):
        return model.no_such_thing

    functions = {**SHOP.repaired, "train_step": train_step}
    outcome = judged("q16", tuple(functions.values()))
    assert outcome.status == "raised"
    assert outcome.points == 4
    assert "no_such_thing" in dict(outcome.facts)["your line"]

    def minibatches(n, size, draw):
        return 1 / 0

    functions = {**SHOP.repaired, "minibatches": minibatches}
    outcome = judged("q16", tuple(functions.values()))
    assert (outcome.status, outcome.points) == ("raised", 6)


def test_hints_climb_a_ladder_and_stay_on_the_last_rung():
    ladder = hints_of("q05")
    assert [hint("q05").text for _ in range(4)] == [
        *(each.text for each in ladder),
        ladder[-1].text,
    ]
    assert hint("q05", 1).text == ladder[0].text
    assert hint("q05", 1.0).text == ladder[0].text
    for number in (9, 0, "1"):
        with pytest.raises(
            checks.UnknownQuestion, match=f"3 hints.* none is {number!r}"
        ):
            hint("q05", number)


@pytest.mark.parametrize("key", [key for key in TEXTS if "target" in TEXTS[key]])
def test_the_last_hint_of_a_training_question_draws_its_target(key, monkeypatch):
    shown = []
    monkeypatch.setattr(checks.plt, "show", lambda: shown.append(checks.plt.gcf()))
    assert "|" not in str(hint(key, 1))
    assert "|" in str(hint(key, len(TEXTS[key]["hints"])))
    assert len(shown) == 1
    checks.plt.close("all")


def test_a_solution_can_be_read_called_and_checked():
    worked = solution("q01")
    assert "def sparsity" in str(worked)
    assert worked(4, 5, 6) == pytest.approx(0.7)
    assert judged("q01", worked).status == "correct"
    assert worked._repr_html_().startswith("<details>")


def test_progress_counts_what_is_done(capsys):
    outcome = check("q01", QUESTIONS["q01"].right)
    assert "Done: 1 of 16" in outcome.progress
    assert passed("q01")
    assert not passed("q02")
    assert "Done: 0 of 16" in check("q01", ...).progress
    assert not passed("q01")
    scoreboard("06")
    printed = capsys.readouterr().out
    assert "q16" in printed
    scoreboard(6)
    assert capsys.readouterr().out == printed
    with pytest.raises(checks.UnknownQuestion, match=r"one of .*06, 07"):
        scoreboard("13")


def test_an_unknown_question_is_answered_with_the_nearest():
    with pytest.raises(checks.UnknownQuestion, match="q05"):
        check("q5", None)
    with pytest.raises(checks.UnknownQuestion, match='mean "s01"'):
        check("s1", None)
    with pytest.raises(
        checks.UnknownQuestion, match=r"must be the name .* not sparsity"
    ):
        check(QUESTIONS["q01"].right, "q01")


def test_every_question_has_its_texts():
    assert list(TEXTS) == list(QUESTIONS)
    for key, text in TEXTS.items():
        assert ("answer" in text) == ("notebook" not in text), key
        needed = {"title", "lab", "minutes", "points", "hints"}
        if not key.startswith("y"):
            needed |= {"discuss"}
        assert set(text) - {"target", "notebook", "answer"} == needed, key
        assert len(text["hints"]) >= (2 if key.startswith("y") else 3)


def test_the_notebook_gets_hints_and_solutions_from_the_same_source():
    cell = expand("{{head:q05}}\n\n{{hints:q05}}", (BEGIN, END))
    assert TEXTS["q05"]["title"] in cell
    assert cell.startswith("### q05")
    assert "3 points*" in cell
    assert "1 point*" in expand("{{head:q01}}", (BEGIN, END))
    assert "favourites hold?** *y011" in expand("{{turn:y011}}", (BEGIN, END))
    assert "to ids.** *y012" in expand("{{turn:y012}}", (BEGIN, END))
    for each in hints_of("q05"):
        assert each.text in cell
    assert "gradient_p = -2 * error * q" in cell
    assert "</summary>\n\n" in cell
    ladder = expand("{{ladder:q05}}", (BEGIN, END))
    assert cell.endswith(expand("{{hints:q05}}", (BEGIN, END)))
    assert expand("{{hints:q05}}", (BEGIN, END)).startswith(ladder)
    assert "gradient_p" not in ladder


def test_an_unknown_marker_stops_the_build():
    with pytest.raises(UnknownMarker, match="q99"):
        expand("{{hints:q99}}", (BEGIN, END))


@pytest.mark.parametrize("key", PLAIN)
def test_stubs_and_solutions_fit_a_cell(key):
    lines = expand(f"# {{{{answer:{key}}}}}", (BEGIN, END)).splitlines()
    assert max(map(len, lines)) <= 79
    assert len(lines) <= 24


def test_the_repair_shop_hands_out_what_it_says():
    assert isinstance(SHOP, RepairShop)
    broken, repaired = (
        expand(f"# {{{{{kind}:q16.train_step}}}}", (BEGIN, END))
        for kind in ("broken", "repaired")
    )
    assert broken.startswith("def train_step(")
    assert "zero_grad" not in broken
    assert "zero_grad" in repaired


def test_the_instructors_guide_is_written_beside_the_solutions(tmp_path):
    (tmp_path / "source").mkdir()
    template = tmp_path / "source" / "instructors-guide.md"
    template.write_text("Times:\n\n{{times:07}}\n", encoding="utf-8")
    written = write_guide(tmp_path)
    assert written == tmp_path / "solutions" / "README.md"
    assert "| s05 |" in written.read_text(encoding="utf-8")


def test_the_instructors_guide_says_what_the_checks_know():
    template = (NOTEBOOKS / "source" / "instructors-guide.md").read_text("utf-8")
    written = (NOTEBOOKS / "solutions" / "README.md").read_text("utf-8")
    assert written == guide(template), "run scripts/tools/make_guide.py"
    for key, text in TEXTS.items():
        assert text.get("discuss", "") in written, key
        assert text.get("answer", "") in written, key


def test_the_call_that_failed_can_be_repeated():
    """A learner reads six of ninety numbers, and cannot debug what cannot be rerun."""
    for key, question in PLAIN.items():
        outcome = judged(key, question.wrong[0])
        given, expected = (
            question.run(Answer(function), outcome.arguments).value
            for function in (question.wrong[0], question.right)
        )
        assert question.differ(given, expected), key
    step = SHOP.wrong["two steps move the weights by two steps"][0]
    outcome = judged("q16", tuple({**SHOP.repaired, "train_step": step}.values()))
    assert len(outcome.arguments) == 6
    assert judged("q01", QUESTIONS["q01"].right).arguments == ()


@pytest.mark.parametrize("key", PLAIN)
def test_an_example_is_a_call_and_its_expected_result(key):
    call = example(key)
    question = QUESTIONS[key]
    assert difference(question.right(*call.arguments), call.expected) == ""
    assert question.arguments[0] in str(call)
    last = example(key, len(examples(question, 0).cases))
    assert difference(question.right(*last.arguments), last.expected) == ""
    with pytest.raises(checks.UnknownQuestion, match="numbered from 1"):
        example(key, 0)


def test_calls_that_lack_something_are_answered_with_a_sentence():
    def sparsity(n_users, n_items, n_ratings):
        return 0

    def encode(train_ids, new_ids):
        return 0

    for call, sentence in (
        (lambda: check(sparsity), r'such as check\("q01", sparsity\), not sparsity'),
        (lambda: check(encode), r'such as check\("q02", encode\)'),
        (check, "must be the name of a question"),
        (hint, "must be the name of a question"),
        (lambda: check("q02"), r'check\("q02", encode\)'),
        (lambda: check("q16"), r"\(minibatches, train_step, "),
        (lambda: example("q16"), "several functions"),
    ):
        with pytest.raises(checks.UnknownQuestion, match=sentence):
            call()


def test_the_functions_of_the_shop_in_another_order_are_told_so():
    functions = tuple(SHOP.repaired.values())
    outcome = judged("q16", functions[::-1])
    assert "another order" in outcome.message


@pytest.mark.parametrize("key", PLAIN)
def test_the_plain_text_is_narrow_and_without_backticks(key):
    """A terminal breaks lines in the middle of a word, and shows marks literally."""
    for wrong in QUESTIONS[key].wrong:
        outcome = judged(key, wrong)
        assert max(map(len, str(outcome).splitlines())) <= 100
        assert "`" not in str(outcome)
        assert "`" not in outcome._repr_html_()
        assert "site-packages" not in outcome.trace
    assert "`" not in str(hint(key, 1))


# What a function may leave unused, because the question says so.
UNUSED = {("q09", "mean"), ("s01", "test")}


@pytest.mark.parametrize("key", PLAIN)
def test_no_argument_can_be_ignored(key):
    """An answer that is right for one k, or one user, would pass."""
    question = QUESTIONS[key]
    first = question.cases(0)[0]
    for place, name in enumerate(question.arguments):
        if (key, name) in UNUSED:
            continue

        def answer(*case, place=place):
            fixed = copy.deepcopy(first[place])
            return question.right(*case[:place], fixed, *case[place + 1 :])

        assert judged(key, answer).status in ("incorrect", "raised"), name
        assert judged(key, answer, 77).status in ("incorrect", "raised"), name
