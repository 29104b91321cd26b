"""Measures of lists beyond lab 05's, sampled ranks, and protocols."""

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.sparse import csr_array
from sklearn.metrics import average_precision_score, ndcg_score
from sklearn.metrics.pairwise import cosine_distances

import metrics
from data_utils import (
    RatingsDataset,
    leave_last_out_split,
    leave_one_out_split,
    stratified_by_item_split,
)
from metrics.protocols import rated_by
from models import Popularity

RNG = np.random.default_rng(0)


def random_lists(n_users, n_items, k):
    scores = RNG.random((n_users, n_items))
    return scores, np.argsort(-scores, axis=1)[:, :k]


def test_one_list_by_hand():
    """A learner works this list out on paper: hits at ranks 2, 3 and 5 of 4 wanted."""
    wanted = csr_array([[0, 1, 1, 0, 1, 0, 1]])
    found = metrics.per_user_measures([[0, 1, 2, 3, 4]], wanted, k=5).iloc[0]
    assert found["precision"] == pytest.approx(3 / 5)
    assert found["recall"] == pytest.approx(3 / 4)
    assert found["ap"] == pytest.approx((1 / 2 + 2 / 3 + 3 / 5) / 4)
    assert found["rr"] == pytest.approx(1 / 2)
    assert found["hit"] == 1


def test_the_means_are_those_of_the_users_with_a_wish():
    """Counting users whom nobody could serve would lower every published figure."""
    wanted = csr_array([[0, 1, 0], [0, 0, 0], [0, 0, 1]])
    lists = [[1, 0], [1, 0], [0, 1]]
    assert metrics.map_at_k(lists, wanted, 2) == pytest.approx(1 / 2)
    assert metrics.mrr_at_k(lists, wanted, 2) == pytest.approx(1 / 2)
    assert metrics.hit_rate_at_k(lists, wanted, 2) == pytest.approx(1 / 2)


def test_average_precision_agrees_with_scikit_learn_on_whole_lists():
    """Over the whole catalogue no cut is left, and both must be one number."""
    scores, lists = random_lists(6, 12, 12)
    wanted = (RNG.random((6, 12)) < 0.4).astype(int)
    wanted[:, 0] = 1
    found = metrics.per_user_measures(lists, csr_array(wanted), 12)["ap"]
    expected = [
        average_precision_score(w, s) for w, s in zip(wanted, scores, strict=True)
    ]
    np.testing.assert_allclose(found, expected)


@pytest.mark.parametrize("k", [1, 3, 12])
def test_graded_ndcg_agrees_with_scikit_learn(k):
    """A figure that others cannot reproduce is worth nothing."""
    scores, lists = random_lists(6, 12, k)
    gains = RNG.integers(0, 6, (6, 12))
    gains[:, 0] = 3
    found = metrics.graded_ndcg_at_k(lists, csr_array(gains), k)
    assert found == pytest.approx(ndcg_score(gains, scores, k=k))


def test_equal_gains_are_binary_ndcg_and_negative_ones_are_refused():
    """Whoever passes r - mean as a gain would be told an NDCG above 1."""
    _, lists = random_lists(5, 9, 4)
    wanted = csr_array((RNG.random((5, 9)) < 0.5).astype(float))
    assert metrics.graded_ndcg_at_k(lists, 3 * wanted, 4) == pytest.approx(
        metrics.ndcg_at_k(lists, wanted, 4)
    )
    with pytest.raises(ValueError, match="smallest gain is -1"):
        metrics.graded_ndcg_at_k(lists, -wanted, 4)


def test_an_empty_place_brings_no_gain():
    """-1 is also Python's last item: a padded list must not earn its gain."""
    gains = csr_array([[0.0, 0.0, 5.0]])
    assert metrics.graded_ndcg_at_k([[0, -1]], gains, 2) == 0


def test_diversity_is_the_mean_distance_of_all_pairs():
    """A quick formula for all pairs must be that of the pairs."""
    vectors = RNG.random((8, 3))
    lists = np.array([[0, 3, 5], [1, 2, -1], [4, -1, -1]])
    found = metrics.per_user_diversity(lists, vectors)
    far = cosine_distances(vectors)
    assert found[0] == pytest.approx((far[0, 3] + far[0, 5] + far[3, 5]) / 3)
    assert found[1] == pytest.approx(far[1, 2])
    assert np.isnan(found[2])
    assert metrics.intra_list_diversity(lists, vectors) == pytest.approx(
        np.mean(found[:2])
    )


def test_a_movie_without_genres_is_like_nothing():
    """0 / 0 would make every mean NaN."""
    assert metrics.intra_list_diversity([[0, 1]], [[0, 0], [1, 0]]) == 1


def test_the_long_tail_by_hand():
    """The head has 80 % of the ratings, and movies rated alike stay together."""
    popularity = [50, 30, 10, 5, 5]
    assert metrics.in_long_tail(popularity, 0.8).tolist() == [False] * 2 + [True] * 3
    assert metrics.in_long_tail(popularity, 0.91).tolist() == [False] * 5
    assert metrics.long_tail_share([[0, 2], [1, -1]], popularity) == pytest.approx(
        1 / 3
    )
    with pytest.raises(ValueError, match="head_share=1"):
        metrics.in_long_tail(popularity, 1)
    with pytest.raises(ValueError, match="neither head nor tail"):
        metrics.in_long_tail([0, 0])


def test_first_ranks_and_what_they_are_worth():
    """With one relevant movie the measures of the lists and of the rank agree."""
    _, lists = random_lists(20, 15, 15)
    wanted = np.zeros((20, 15))
    wanted[np.arange(20), RNG.integers(0, 15, 20)] = 1
    ranks = metrics.first_ranks(lists, csr_array(wanted))
    found = metrics.per_user_measures(lists, csr_array(wanted), 5)
    np.testing.assert_allclose(metrics.hit_at(ranks, 5), found["recall"])
    np.testing.assert_allclose(metrics.gain_at(ranks, 5), found["ndcg"])
    assert metrics.first_ranks([[0]], csr_array([[0, 1]]))[0] == np.inf


def test_the_correction_brings_sampled_ranks_back_to_the_full_measure():
    """Else a lab would call a biased figure corrected: known ranks, many draws."""
    n, m = 400, 50
    rng = np.random.default_rng(1)
    ranks = rng.permutation(np.r_[np.arange(1, 21), rng.integers(20, n, 60)])
    full = metrics.hit_at(ranks).mean()
    above = rng.hypergeometric(ranks - 1, n - ranks, m, size=(300, len(ranks)))
    sampled = metrics.hit_at(above + 1).mean()
    values = metrics.corrected(metrics.hit_at, n, m, shrink=0.001)
    repaired = values[above].mean()
    assert abs(sampled - full) > 0.2
    assert abs(repaired - full) < 0.03
    estimated = metrics.rank_estimates(above + 1, n, m).mean(axis=0)
    assert np.abs(estimated - ranks).mean() < 4  # unbiased, rank by rank


def test_sampling_everything_needs_no_correction():
    """With all other movies drawn, the sampled rank is the rank."""
    values = metrics.corrected(metrics.hit_at, 30, 29, shrink=0)
    np.testing.assert_allclose(values, metrics.hit_at(np.arange(1, 31)), atol=1e-6)
    with pytest.raises(ValueError, match="30 movies cannot be drawn from the 29"):
        metrics.corrected(metrics.hit_at, 30, 30)


@pytest.fixture(scope="module")
def parts(small_world):
    split = stratified_by_item_split(small_world.ratings, seed=0)
    train = RatingsDataset.fit(split.train)
    return train, train.encode(split.test), Popularity().fit(train)


PROTOCOLS = [
    metrics.FullCatalogue(),
    metrics.TestItemsOnly(at_least=4),
    metrics.SampledNegatives(n_negatives=20),
]


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda p: type(p).__name__)
def test_lists_hold_candidates_only_and_nothing_rated(protocol, parts):
    """A rated movie in a list is a certain miss, and makes every model look worse."""
    train, test, model = parts
    lists = protocol.lists(model, train, test, k=12)
    everyone = torch.arange(train.n_users)
    allowed = protocol.candidates(everyone, train, test) & ~rated_by(everyone, train)
    for user, row in enumerate(lists):
        kept = row[row >= 0]
        assert allowed[user, kept].all()
        assert len(kept) == min(12, int(allowed[user].sum()))
        scores = model.scores([user])[0, kept]
        assert (scores.diff() <= 0).all()


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda p: type(p).__name__)
def test_chunks_of_users_make_the_same_lists(protocol, parts, monkeypatch):
    """Memory must not decide a score, nor which negatives are drawn."""
    train, test, model = parts
    whole = protocol.lists(model, train, test)
    monkeypatch.setattr("metrics.protocols.SCORES_AT_ONCE", 7 * train.n_items)
    assert (protocol.lists(model, train, test) == whole).all()


def test_sampled_candidates_are_the_wanted_and_as_many_others_as_asked(parts):
    """A relevant movie among the negatives would be counted against itself."""
    train, test, _ = parts
    everyone = torch.arange(train.n_users)
    protocol = metrics.SampledNegatives(n_negatives=20, at_least=4, seed=3)
    drawn = protocol.candidates(everyone, train, test)
    liked = rated_by(everyone, test, 4)
    seen = rated_by(everyone, train) | rated_by(everyone, test)
    assert drawn[liked].all()
    assert not (drawn & seen & ~liked).any()
    assert ((drawn & ~seen).sum(1) == (~seen).sum(1).clamp(max=20)).all()
    assert torch.equal(drawn, protocol.candidates(everyone, train, test))
    other = metrics.SampledNegatives(n_negatives=20, at_least=4, seed=4)
    assert not torch.equal(drawn, other.candidates(everyone, train, test))


def test_a_ranking_of_relevant_movies_alone_is_perfect(parts):
    """Lab 09 asks why somebody's precision is 1: this is why."""
    train, test, model = parts
    found = metrics.TestItemsOnly().measure(model, train, test, k=1)
    assert (found["precision"] == 1).all()


def test_a_protocol_says_its_name():
    """A table without it cannot be compared with any other."""
    name = metrics.SampledNegatives("leave last out", at_least=4).name
    assert name == (
        "leave last out; held-out movies with 4 stars or more are relevant; "
        "ranked among 100 sampled movies"
    )
    assert "every held-out movie is relevant" in metrics.FullCatalogue().name


def test_strangers_are_left_out_of_what_is_relevant(parts):
    """-1 is Python's last row: a stranger's wishes must not become someone else's."""
    train, *_ = parts
    table = pd.DataFrame(
        {"user_id": [-5, train.user_ids.raw[0]], "item_id": train.item_ids.raw[3]}
    ).assign(rating=4.0)
    relevant = metrics.FullCatalogue().relevant(train.encode(table))
    assert relevant.sum() == 1
    assert relevant[0, 3] == 1


def test_the_last_of_each_user_is_held_out(small_world):
    """A test rating older than a training rating of its user would be a leak."""
    ratings = small_world.ratings
    train, test, _ = leave_last_out_split(ratings)
    assert test["user_id"].is_unique
    newest = train.groupby("user_id")["timestamp"].max()
    assert (test.set_index("user_id")["timestamp"] >= newest[test["user_id"]]).all()
    assert len(train) + len(test) == len(ratings)
    shuffled = ratings.sample(frac=1, random_state=1)
    again = leave_last_out_split(shuffled).test
    assert set(again.index) == set(test.index)


def test_one_of_each_user_is_held_out_without_dates(small_world):
    """Data without dates have no last rating, and a user's only one must train."""
    ratings = small_world.ratings.drop(columns="timestamp")
    train, test, _ = leave_one_out_split(ratings, seed=1)
    assert test["user_id"].is_unique
    assert set(test["user_id"]) <= set(train["user_id"])
    assert not leave_one_out_split(ratings, seed=2).test.equals(test)
    single = pd.DataFrame({"user_id": [1, 2], "item_id": [7, 7], "rating": 4.0})
    with pytest.raises(ValueError, match="nobody has two ratings"):
        leave_one_out_split(single)
