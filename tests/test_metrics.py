"""A wrong metric makes every table of the course wrong without anything failing."""

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.sparse import csr_array
from scipy.stats import ttest_rel
from sklearn.metrics import mean_absolute_error, ndcg_score, root_mean_squared_error

from metrics import (
    bootstrap_rmse,
    bootstrap_rmse_difference,
    coverage,
    error_by_group,
    mae,
    mean_popularity_rank,
    ndcg_at_k,
    novelty,
    paired_difference,
    per_user_scores,
    precision_at_k,
    recall_at_k,
    rmse,
    score_lists,
    training_counts,
)


def generator(seed=0):
    return np.random.default_rng(seed)


# --- errors of predicted stars ---


def test_rmse_and_mae_by_hand():
    assert rmse([3, 4, 5], [3, 2, 4]) == pytest.approx(np.sqrt(5 / 3))
    assert mae([3, 4, 5], [3, 2, 4]) == 1


def test_rmse_and_mae_agree_with_scikit_learn_for_arrays_tensors_and_columns():
    predicted, actual = generator().normal(3.5, 1, (2, 500))
    parameter = torch.tensor(predicted, requires_grad=True)
    column = pd.Series(actual, index=np.arange(500)[::-1])
    for mine, theirs in ((rmse, root_mean_squared_error), (mae, mean_absolute_error)):
        expected = theirs(actual, predicted)
        assert mine(predicted, actual) == pytest.approx(expected)
        assert mine(parameter, column) == pytest.approx(expected)
        assert type(mine(predicted, actual)) is float


def test_millions_of_single_precision_errors_are_summed_in_double_precision():
    actual = torch.zeros(2_000_000)
    predicted = torch.full_like(actual, 0.1)
    assert rmse(predicted, actual) == pytest.approx(float(predicted[0]), rel=1e-12)


@pytest.mark.parametrize(
    ("predicted", "actual", "sentence"),
    [
        (torch.zeros(4, 1), torch.zeros(4), r"shape \(4, 1\); one number per rating"),
        (np.zeros(4), np.zeros((1, 4)), r"actual has shape \(1, 4\)"),
        (3.5, [3.5], r"predicted has shape \(\)"),
        ([1, 2, 3], [1, 2], "3 predictions were given for 2 ratings"),
        ([], [], "predicted is empty"),
        ([1, np.nan], [1, 2], "1 of 2 values in predicted are NaN"),
        ([1, np.inf], [1, 2], "lower its learning rate"),
        ([1, 2], [np.nan, 2], "1 of 2 values in actual"),
    ],
)
def test_predictions_that_do_not_fit_are_refused(predicted, actual, sentence):
    for metric in (rmse, mae):
        with pytest.raises(ValueError, match=sentence):
            metric(predicted, actual)


def test_training_counts_are_zero_for_the_unseen():
    seen = torch.tensor([5, 2, 5, 5])
    counts = training_counts([5, 2, 9, -1, 3], seen)
    assert counts.tolist() == [3, 1, 0, 0, 0]
    assert counts.dtype == training_counts([5, 2], []).dtype == np.int64
    assert training_counts([5, 2], []).tolist() == [0, 0]


def test_error_by_group_parts_the_cold_and_loses_no_rating():
    actual = np.zeros(10)
    predicted = np.array([2, 2, 1, 1, 1, 1, 0, 0, 0, 0.0])
    counts = np.array([0, 0, 1, 5, 6, 7, 20, 30, 30, 40])
    table = error_by_group(predicted, actual, counts, n_groups=2)
    assert table["fewest"].tolist() == [0, 1, 20]
    assert table["most"].tolist() == [0, 7, 40]
    assert table["ratings"].tolist() == [2, 4, 4]
    assert table["rmse"].tolist() == table["mae"].tolist() == [2, 1, 0]


def test_groups_add_up_to_the_whole_and_ties_are_not_parted():
    predicted, actual = generator().normal(3.5, 1, (2, 1000))
    counts = generator(1).integers(0, 6, 1000)
    table = error_by_group(predicted, actual, counts, n_groups=20)
    whole = np.sqrt((table["rmse"] ** 2 * table["ratings"]).sum() / 1000)
    assert whole == pytest.approx(rmse(predicted, actual))
    assert (table["fewest"].iloc[1:] > table["most"].shift().iloc[1:]).all()
    assert error_by_group(predicted, actual, np.zeros(1000))["ratings"].tolist() == [
        1000
    ]


@pytest.mark.parametrize("n_groups", [1, 5])
def test_equal_counts_are_one_group_and_no_rating_is_lost(n_groups):
    table = error_by_group([1, 2, 3], [1, 1, 1], [0, 7, 7], n_groups)
    assert table["ratings"].tolist() == [1, 2]
    assert table["mae"].tolist() == [0, 1.5]


@pytest.mark.parametrize(
    ("counts", "n_groups", "sentence"),
    [([1], 2, "1 counts were given for 2 ratings"), ([1, 2], 0, "n_groups=0")],
)
def test_error_by_group_refuses_what_it_cannot_group(counts, n_groups, sentence):
    with pytest.raises(ValueError, match=sentence):
        error_by_group([1, 2], [1, 2], counts, n_groups)


# --- lists ---

# Three users, six items. User 0 wants items 1, 3; user 1 nothing; user 2 item 5.
RELEVANT = csr_array(
    [[0, 1, 0, 1, 0, 0], [0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 1]], dtype=float
)
LISTS = np.array([[0, 1, 2], [0, 1, 2], [5, 4, -1]])


def test_lists_by_hand():
    # User 0: one hit at rank 2 of two wanted. User 2: one hit at rank 1, a gap after.
    dcg, best = 1 / np.log2(3), 1 + 1 / np.log2(3)
    scores = per_user_scores(LISTS, RELEVANT, k=3)
    assert scores.index.tolist() == [0, 2]
    assert scores["ndcg"].tolist() == pytest.approx([dcg / best, 1])
    assert scores["precision"].tolist() == pytest.approx([1 / 3, 1 / 3])
    assert scores["recall"].tolist() == [0.5, 1]
    assert ndcg_at_k(LISTS, RELEVANT, 3) == pytest.approx((dcg / best + 1) / 2)
    assert precision_at_k(LISTS, RELEVANT, 3) == pytest.approx(1 / 3)
    assert recall_at_k(LISTS, RELEVANT, 3) == 0.75
    assert ndcg_at_k(LISTS, RELEVANT, 1) == 0.5  # user 0's first place is a miss


def test_coverage_novelty_and_popularity_rank_by_hand():
    popularity = [8, 4, 2, 1, 1, 0]
    assert coverage(LISTS, 6) == 5 / 6
    bits = [1, 2, 3] * 2 + [4, 4]  # the item without a rating counts as rated once
    assert novelty(LISTS, popularity) == pytest.approx(np.mean(bits))
    ranks = [1, 2, 3] * 2 + [6, 4.5]  # items 3 and 4 tie for ranks 4 and 5
    assert mean_popularity_rank(LISTS, popularity) == np.mean(ranks)


def test_novelty_needs_ratings_to_compare_with():
    """-inf bits would look like a result."""
    with pytest.raises(ValueError, match="no ratings at all"):
        novelty(LISTS, np.zeros(6))
    assert novelty([[0]], [1, 0]) == 0


def test_score_lists_says_how_many_users_were_left_out():
    scores = score_lists(LISTS, RELEVANT, popularity=[8, 4, 2, 1, 1, 0], k=3)
    assert (scores.n_users, scores.n_left_out) == (2, 1)
    assert scores.ndcg == ndcg_at_k(LISTS, RELEVANT, 3)
    assert scores.coverage == 5 / 6
    assert str(scores) == (
        "NDCG@3 0.693, precision 0.333, recall 0.750 over 2 users (1 left out: nothing "
        "relevant to them). The lists hold 83.3% of the movies; novelty 2.5 bits, mean "
        "popularity rank 3."
    )


def test_only_the_first_k_places_count_for_coverage_too():
    """A longer list would look more varied than what is shown of it."""
    scores = score_lists(LISTS, RELEVANT, popularity=[8, 4, 2, 1, 1, 0], k=2)
    assert scores.coverage == 4 / 6
    assert scores.mean_popularity_rank == np.mean([1, 2, 1, 2, 6, 4.5])
    assert scores.recall == recall_at_k(LISTS, RELEVANT, 2) == 0.75


def test_the_callers_matrix_stays_as_it_was():
    """A second score of the same matrix would be that of another one."""
    relevant = csr_array(([1.0, 1.0, 0.0], ([0, 0, 0], [1, 1, 2])), shape=(1, 4))
    relevant.sort_indices()
    before = relevant.data.tolist()
    recall_at_k([[1, 2, 3]], relevant, 3)
    assert relevant.data.tolist() == before


def test_ndcg_agrees_with_scikit_learn():
    random = generator(2)
    wanted = random.random((50, 40)) < 0.15
    wanted[:, 0] |= ~wanted.any(axis=1)
    predicted = random.normal(size=wanted.shape)
    lists = np.argsort(-predicted, axis=1)[:, :10]
    for k in (1, 5, 10):
        expected = ndcg_score(wanted, predicted, k=k)
        assert ndcg_at_k(lists, csr_array(wanted), k) == pytest.approx(expected)


def test_precision_and_recall_agree_with_sets():
    random = generator(3)
    wanted = random.random((50, 40)) < 0.15
    lists = np.argsort(random.random(wanted.shape), axis=1)[:, :7]
    scores = per_user_scores(lists, csr_array(wanted), k=5)
    for user in scores.index:
        relevant = set(np.flatnonzero(wanted[user]))
        hits = len(relevant & set(lists[user, :5]))
        assert scores.loc[user, "precision"] == hits / 5
        assert scores.loc[user, "recall"] == hits / len(relevant)


def test_stored_zeros_and_duplicates_in_the_matrix_are_no_extra_relevant_items():
    entries = ([1.0, 1.0, 0.0], ([0, 0, 0], [1, 1, 2]))
    relevant = csr_array(entries, shape=(1, 4))
    assert recall_at_k([[1, 2, 3]], relevant, 3) == 1


def test_a_matrix_put_together_by_hand_may_be_out_of_order_and_say_a_thing_twice():
    """Three entries, the last two for one movie: two movies are wanted, and found."""
    relevant = csr_array(([1.0, 1.0, 1.0], [3, 1, 1], [0, 3]), shape=(1, 4))
    assert recall_at_k([[1, 2, 0]], relevant, 3) == 1 / 2
    assert recall_at_k([[3, 2, 1]], relevant, 3) == 1


@pytest.mark.parametrize(
    ("lists", "k", "sentence"),
    [
        (LISTS, 4, r"the 3 users .* needs shape \(3, at least 4\)"),
        (LISTS, 0, "k=0: the first k places"),
        (LISTS, 1.5, "k=1.5: the first k places"),
        (LISTS[:2], 3, r"shape \(2, 3\)"),
        (LISTS[0], 3, r"shape \(3,\)"),
        (LISTS + 3, 3, "indices from 2 to 8.*Were raw ids given"),
        (LISTS - 1, 3, "indices from -2 to 4"),
        (LISTS + 1, 3, "indices from 0 to 6; the 6 items have 0 to 5"),
        (LISTS / 2, 3, "holds float64 values"),
        (np.full((3, 3), -1), 3, "no item is recommended to anyone"),
        (
            np.array([[0, 1, 2], [4, 2, 4], [0, 1, 2]]),
            3,
            "user 1 holds an item twice",
        ),
    ],
)
def test_malformed_lists_are_refused(lists, k, sentence):
    with pytest.raises(ValueError, match=sentence):
        per_user_scores(lists, RELEVANT, k)


def test_when_nothing_is_relevant_to_anyone_there_is_no_score():
    with pytest.raises(ValueError, match="None of 3 users has a relevant item"):
        ndcg_at_k(LISTS, RELEVANT * 0, 3)


# --- comparisons ---


def test_paired_difference_is_the_paired_t_test():
    a, b = generator(4).normal(0.91, 0.01, (2, 8))
    difference = paired_difference(a, b)
    expected = ttest_rel(a, b).confidence_interval(0.95)
    assert (difference.low, difference.high) == pytest.approx(tuple(expected))
    assert difference.mean == pytest.approx((a - b).mean())
    assert difference.wins == (a < b).sum()
    assert paired_difference(a, b, lower_is_better=False).wins == (a > b).sum()


def test_overlapping_training_folds_widen_the_interval():
    a, b = [0.90, 0.91, 0.92, 0.93, 0.94], [0.91, 0.93, 0.93, 0.94, 0.96]
    plain, corrected = (
        paired_difference(a, b),
        paired_difference(a, b, test_train_ratio=0.25),
    )
    ratio = (corrected.high - corrected.low) / (plain.high - plain.low)
    assert ratio == pytest.approx(np.sqrt((1 / 5 + 1 / 4) / (1 / 5)))
    assert "-0.0140, 95% interval" in str(plain)
    assert str(plain).endswith("better in 5 of 5")


@pytest.mark.parametrize(("a", "b"), [([1.0], [2.0]), ([1.0, 2.0], [1.0, 2.0, 3.0])])
def test_a_paired_difference_needs_pairs(a, b):
    with pytest.raises(ValueError, match="needs two or more of each"):
        paired_difference(a, b)


@pytest.mark.parametrize("ratio", [-1, np.nan, np.inf])
def test_a_ratio_of_fold_sizes_is_not_negative(ratio):
    with pytest.raises(ValueError, match="n_test / n_train"):
        paired_difference([1.0, 2.0], [1.0, 3.0], test_train_ratio=ratio)


def clustered(random, n_users=200, per_user=5):
    """Errors of sd √1.25, most of it an offset that a user's ratings share."""
    users = np.repeat(np.arange(n_users), per_user)
    errors = random.normal(0, 1, n_users)[users] + random.normal(0, 0.5, len(users))
    return errors, np.zeros(len(users)), users


def test_bootstrap_over_users_agrees_with_resampling_the_ratings_themselves():
    columns = clustered(generator(5), n_users=30, per_user=4)
    kept = np.arange(120) % 4 <= columns[2] % 4  # one rating to four for each user
    predicted, actual, users = (column[kept] for column in columns)
    interval = bootstrap_rmse(predicted, actual, users, seed=1, n_resamples=50)
    by_hand = []
    random = generator(1)
    for _ in range(50):
        drawn = random.integers(30, size=30)
        rows = np.concatenate([np.flatnonzero(users == user) for user in drawn])
        by_hand.append(rmse(predicted[rows], actual[rows]))
    assert interval.estimate == pytest.approx(rmse(predicted, actual))
    expected = np.quantile(by_hand, [0.05, 0.95])
    assert (interval.low, interval.high) == pytest.approx(tuple(expected))
    assert "over 30 users" in str(interval)


def test_resampling_users_covers_the_truth_where_resampling_ratings_does_not():
    random, covered = generator(7), {"users": 0, "ratings": 0}
    for seed in range(100):
        predicted, actual, users = clustered(random)
        for name, groups in (("users", users), ("ratings", np.arange(len(users)))):
            interval = bootstrap_rmse(predicted, actual, groups, seed, 100)
            covered[name] += interval.low <= np.sqrt(1.25) <= interval.high
    assert 80 <= covered["users"] <= 97
    assert covered["ratings"] < 70


def test_the_difference_of_two_models_on_the_same_users_is_sharper_than_either():
    predicted, actual, users = clustered(generator(6))
    better = 0.97 * predicted
    difference = bootstrap_rmse_difference(
        predicted, better, actual, users, n_resamples=200
    )
    alone = bootstrap_rmse(predicted, actual, users, n_resamples=200)
    assert difference.estimate == pytest.approx(0.03 * alone.estimate)
    assert 0 < difference.low < difference.high
    assert difference.high - difference.low < 0.1 * (alone.high - alone.low)


@pytest.mark.parametrize(
    ("users", "options", "sentence"),
    [
        ([1, 2], {}, r"shape \(2,\) for 3 ratings"),
        ([1, 1, 1], {}, "All ratings are of one user"),
        ([1, 2, 3], {"n_resamples": 1}, "n_resamples=1"),
        ([1, 2, 3], {"level": 90}, "level=90"),
        ([1, 2, 3], {"level": 1}, "level=1 .* for example 0.9"),
        ([1, 2, 3], {"level": 0}, "level=0 "),
    ],
)
def test_a_bootstrap_that_cannot_work_says_why(users, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        bootstrap_rmse([1, 2, 3], [1, 2, 4], users, **options)
