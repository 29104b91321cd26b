"""Lists, strangers, newcomers and reasons: what a user of the recommender would see."""

import math
import time

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.sparse import csr_array

from data_utils import (
    RatingsDataset,
    stratified_by_item_split,
    train_test_split_by_time,
)
from metrics import ndcg_at_k
from metrics.best import best
from models import ALS, BiasModel, FactorTables, GlobalMean, ImplicitALS, Popularity
from models.base import Predictor
from recommend import (
    explain,
    fold_in,
    fold_in_items,
    fold_in_user,
    recommend_for_user_id,
    safe_predict,
    support,
    top_k_for_everyone,
)
from recommend import lists as lists_module
from title_search import TitleIndex, UnknownTitle


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


class Scores:
    """A model whose scores are given: (n_users, n_items)."""

    def __init__(self, scores):
        self.given = torch.as_tensor(scores, dtype=torch.float32)

    def scores(self, users):
        return self.given[users].clone()


class Tables(Predictor):
    def __init__(self, *tables):
        self._tables = FactorTables(*tables)

    def tables(self):
        return self._tables


def world(*rows) -> RatingsDataset:
    return RatingsDataset.fit(
        pd.DataFrame(rows, columns=["user_id", "item_id", "rating"])
    )


def movie_table(*rows) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["item_id", "title", "year", "genres"])
    return table.astype({"year": "Int64"})


@pytest.fixture(scope="module")
def train(small_world):
    return RatingsDataset.fit(small_world.ratings)


@pytest.fixture(scope="module")
def als(train):
    return ALS(6, epochs=30, seed=0).fit(train)


@pytest.fixture(scope="module")
def implicit(train):
    return ImplicitALS(6, epochs=30, seed=0).fit(train)


@pytest.fixture
def tiny():
    """Two users, three movies; user 1 has rated all of them."""
    train = world((1, 10, 5), (1, 20, 3), (1, 30, 4), (2, 30, 2))
    movies = movie_table((10, "Alpha", 1990, "Drama"), (20, "Beta", None, ""))
    return train, movies, Scores([[1, 2, 3], [2, 2, 1]])


@pytest.fixture
def broken(train, als):
    """A model that has diverged: one movie's factors are NaN."""
    mean, user_bias, item_bias, users, items = als.tables()
    items = items.clone()
    items[3] = math.nan
    model = ALS(6)
    model._tables = FactorTables(mean, user_bias, item_bias, users, items)
    return model


class TestEveryone:
    def test_agrees_with_a_loop_over_users(self, train, als):
        lists = top_k_for_everyone(als, train, top_k=7)
        scores = als.scores(range(train.n_users)).numpy()
        for user in range(train.n_users):
            rated = set(train.items[train.users == user].tolist())
            unseen = [i for i in range(train.n_items) if i not in rated]
            expected = sorted(unseen, key=lambda i: (-scores[user, i], i))[:7]
            assert lists.items[user].tolist() == expected
            np.testing.assert_array_equal(lists.scores[user], scores[user, expected])

    def test_chunks_change_nothing(self, train, als, monkeypatch):
        whole = top_k_for_everyone(als, train)
        monkeypatch.setattr(lists_module, "SCORES_AT_ONCE", 7 * train.n_items)
        parts = top_k_for_everyone(als, train)
        np.testing.assert_array_equal(parts.items, whole.items)

    def test_equal_scores_keep_the_order_of_the_movies(self):
        """Else a list changes from run to run, and a diff of two runs means nothing."""
        train = world(*((1, item, 3) for item in range(100)), (2, 5, 3))
        scores = torch.ones(2, 100)
        scores[1, [40, 60, 80]] = 2
        lists = top_k_for_everyone(Scores(scores), train, top_k=6)
        assert lists.items[1].tolist() == [40, 60, 80, 0, 1, 2]
        one = recommend_for_user_id(Scores(scores), train, movie_table(), 2, top_k=6)
        assert one.new.index.tolist() == [40, 60, 80, 0, 1, 2]

    @pytest.mark.parametrize("n_items", [64, 260, 1_000])
    def test_no_group_hides_a_movie_of_the_list(self, n_items):
        """Of most groups only the maximum is looked at, also where scores are equal."""
        for decimals in (0, 1, 6):
            scores = torch.randn(50, n_items, generator=seeded(1)).round(
                decimals=decimals
            )
            scores[:7, 5:] = -torch.inf
            items, values = best(scores, 3)
            ordered = scores.sort(descending=True, stable=True)
            assert torch.equal(values, ordered.values[:, :3])
            assert torch.equal(items, ordered.indices[:, :3])

    def test_short_lists_are_padded_as_the_metrics_expect(self, tiny):
        train, _, model = tiny
        lists = top_k_for_everyone(model, train, top_k=4)
        assert lists.items.tolist() == [[-1, -1, -1, -1], [0, 1, -1, -1]]
        assert np.isneginf(lists.scores[0]).all()

    def test_rare_movies_can_be_left_out(self, train, als):
        counts = np.bincount(train.items.numpy())
        lists = top_k_for_everyone(als, train, min_ratings=25)
        assert counts[lists.items[lists.items >= 0]].min() >= 25

    def test_as_many_ratings_as_asked_for_are_enough(self, tiny):
        train, movies, model = tiny
        assert support(train).tolist() == [1, 1, 2]
        lists = top_k_for_everyone(model, train, top_k=2, min_ratings=1)
        assert lists.items[1].tolist() == [0, 1]
        page = recommend_for_user_id(model, train, movies, 2, min_ratings=1)
        assert page.new.index.tolist() == [10, 20]
        assert page.new["ratings"].tolist() == [1, 1]
        assert recommend_for_user_id(model, train, movies, 2, min_ratings=2).new.empty

    def test_two_hundred_thousand_users_are_scored_in_chunks(self, monkeypatch):
        """All their scores at once would be 32 GB with the movies of ML-32M."""
        n_users, n_items = 200_000, 120
        users = torch.arange(n_users).repeat(2)
        items = torch.cat([torch.arange(n_users), torch.arange(n_users) + 7]) % n_items
        train = RatingsDataset.fit(
            pd.DataFrame(
                {"user_id": users.numpy(), "item_id": items.numpy(), "rating": 4.0}
            )
        )
        model = Tables(
            3.0,
            torch.zeros(n_users),
            torch.zeros(n_items),
            torch.randn(n_users, 4, generator=seeded(1)),
            torch.randn(n_items, 4, generator=seeded(2)),
        )
        sizes = []
        score = model.scores
        model.scores = lambda users: sizes.append(len(users)) or score(users)
        monkeypatch.setattr(lists_module, "SCORES_AT_ONCE", 1 << 22)
        lists = top_k_for_everyone(model, train, top_k=3)
        assert lists.items.shape == (n_users, 3)
        seen = train.items.view(2, n_users).T.numpy()
        assert not (lists.items[:, :, None] == seen[:, None, :]).any()
        assert max(sizes) * n_items <= 1 << 22


class TestOneUser:
    def test_what_was_liked_and_what_is_new(self, small_world, train, als):
        user = int(train.user_ids.raw[4])
        page = recommend_for_user_id(als, train, small_world.movies, user, top_k=5)
        own = small_world.ratings.query("user_id == @user").set_index("item_id")
        assert page.liked["stars"].is_monotonic_decreasing
        assert page.liked["stars"].iloc[0] == own["rating"].max()
        assert (own["rating"][page.liked.index] == page.liked["stars"]).all()
        assert not set(page.new.index) & set(own.index)
        items = train.item_ids.encode(page.new.index.to_numpy())
        predicted = als.predict([4] * 5, items).numpy()
        np.testing.assert_allclose(page.new["predicted"], predicted, rtol=1e-5)
        counts = small_world.ratings["item_id"].value_counts()
        assert (page.new["ratings"] == counts[page.new.index].to_numpy()).all()
        assert f"User {user} has {len(own)} training ratings." in page.note

    def test_the_list_is_the_one_of_everybody(self, small_world, train, als):
        everyone = train.item_ids.decode(top_k_for_everyone(als, train).items[4])
        user = train.user_ids.raw[4]
        page = recommend_for_user_id(als, train, small_world.movies, user)
        assert page.new.index.tolist() == everyone.tolist()

    def test_a_user_who_rated_everything_gets_an_empty_list(self, tiny):
        train, movies, model = tiny
        page = recommend_for_user_id(model, train, movies, 1)
        assert page.new.empty
        assert len(page.liked) == 3
        assert page.note.endswith("every movie has been rated.")

    def test_a_support_that_no_movie_has_gives_an_empty_list_too(self, tiny):
        train, movies, model = tiny
        page = recommend_for_user_id(model, train, movies, 2, min_ratings=9)
        assert page.new.empty
        assert "fewer than 9 ratings" in page.note

    def test_a_stranger_gets_what_anyone_would_be_told(self, small_world, train, als):
        page = recommend_for_user_id(als, train, small_world.movies, 10**9, top_k=3)
        best = als.tables().item_bias.argsort(descending=True)[:3]
        assert page.new.index.tolist() == train.item_ids.decode(best.numpy()).tolist()
        assert page.liked.empty
        assert "no training rating" in page.note

    def test_movies_without_genres_or_title_are_named_all_the_same(self, tiny):
        train, movies, model = tiny
        page = recommend_for_user_id(model, train, movies, 1)
        assert page.liked["title"].tolist() == ["Alpha", "movie 30", "Beta"]
        assert page.liked["genres"].tolist() == ["Drama", "none listed", "none listed"]

    @pytest.mark.parametrize("user", ["1", 1.5, None, math.nan])
    def test_what_is_no_id_is_not_called_a_user_without_ratings(self, tiny, user):
        """User 1 is known; the reader typed "1"."""
        train, movies, model = tiny
        note = recommend_for_user_id(model, train, movies, user).note
        assert note.startswith(f"User {user!r} is not a whole number")
        assert "no training rating" not in note

    @pytest.mark.parametrize("top_k", [0, -3, 2.5, None, "3"])
    def test_a_list_of_nothing_is_refused(self, tiny, top_k):
        train, movies, model = tiny
        with pytest.raises(
            ValueError, match=f"top_k={top_k!r} was given; .* 1 or more"
        ):
            recommend_for_user_id(model, train, movies, 1, top_k=top_k)
        with pytest.raises(
            ValueError, match=f"top_k={top_k!r} was given; .* 1 or more"
        ):
            top_k_for_everyone(model, train, top_k=top_k)

    def test_nan_in_the_factors_is_not_ranked(self, small_world, train, broken):
        movies, user = small_world.movies, train.user_ids.raw[0]
        with pytest.raises(ValueError, match=r"ALS are NaN .* diverged"):
            recommend_for_user_id(broken, train, movies, user)
        with pytest.raises(ValueError, match="ALS are NaN"):
            top_k_for_everyone(broken, train)
        with pytest.raises(ValueError, match="ALS are NaN"):
            safe_predict(broken, train, user, train.item_ids.raw[3])
        with pytest.raises(ValueError, match="ALS are NaN"):
            fold_in_items(broken, [0, 1], [4.0, 5.0])

    def test_a_model_of_other_data_is_noticed(self, tiny):
        train, movies, _ = tiny
        with pytest.raises(ValueError, match=r"scores 5 movies .* have 3"):
            recommend_for_user_id(Scores(torch.ones(2, 5)), train, movies, 1)


class TestSafePredict:
    @pytest.fixture
    def known(self):
        train = world((1, 10, 5), (2, 20, 3))
        model = Tables(
            3.0,
            torch.tensor([0.5, 0]),
            torch.tensor([0.25, 0]),
            torch.tensor([[2.0], [0.0]]),
            torch.tensor([[0.1], [0.0]]),
        )
        return model, train

    @pytest.mark.parametrize(
        ("user", "item", "stars", "case"),
        [
            (1, 10, 3 + 0.5 + 0.25 + 0.2, "known user, known movie"),
            (9, 10, 3 + 0.25, "new user, known movie"),
            (1, 99, 3 + 0.5, "known user, new movie"),
            (9, 99, 3.0, "new user, new movie"),
        ],
    )
    def test_the_four_cases(self, known, user, item, stars, case):
        answer = safe_predict(*known, user, item)
        assert answer.stars == pytest.approx(stars)
        assert answer.case.startswith(case)

    @pytest.mark.parametrize(
        "strange", [-1, 0, 2**80, None, "1", 1.5, math.nan, math.inf, [1], pd.NA]
    )
    def test_no_id_raises(self, known, strange):
        assert safe_predict(*known, strange, strange).stars == pytest.approx(3.0)

    @pytest.mark.parametrize("user", ["cid", 1, None, float("nan")])
    def test_among_texts_a_stranger_is_one_whatever_was_typed(self, user):
        """Of one's own ratings the ids are often names: a typing slip is no error."""
        rows = [("ann", "x", 5.0), ("bob", "y", 3.0)]
        table = pd.DataFrame(rows, columns=["user_id", "item_id", "rating"])
        train = RatingsDataset.fit(table)
        model = BiasModel().fit(train)
        answer = safe_predict(model, train, user, "y")
        assert answer.case.startswith("new user, known movie")
        stars = model.predict([-1], [1]).item()
        assert answer.stars == pytest.approx(stars)
        assert ("ids are texts" in answer.case) == (user != "cid")
        assert safe_predict(model, train, "bob", "y").case.startswith("known user")

    def test_what_is_no_id_is_said(self, known):
        """To be told "new user" of the id that one has typed would mislead."""
        case = safe_predict(*known, "1", 10).case
        assert case.endswith("('1' cannot be an id: ids are whole numbers)")
        case = safe_predict(*known, "who?", None).case
        assert "'who?' and None cannot be an id" in case
        assert "(" not in safe_predict(*known, 9, 99).case

    @pytest.mark.parametrize(
        "user", [1, 1.0, np.int32(1), np.float64(1), np.float32(1), torch.tensor(1)]
    )
    def test_one_is_one_whatever_its_type(self, known, user):
        """pandas turns ids into floats as soon as one of them is missing."""
        assert safe_predict(*known, user, 99).stars == pytest.approx(3.5)


class TestFoldIn:
    def test_a_training_user_gets_their_own_row(self, train, als):
        """The ridge must be the one that ALS itself used, or newcomers are treated
        otherwise than everybody else."""
        tables = als.tables()
        for user in range(0, train.n_users, 7):
            folded = fold_in_user(als, train, train.user_ids.raw[user])
            own = torch.cat([tables.user_factors[user], tables.user_bias[user, None]])
            torch.testing.assert_close(folded.vector.float(), own, atol=0.01, rtol=0)
            torch.testing.assert_close(
                folded.scores().float(), als.scores([user])[0], atol=0.01, rtol=0
            )

    def test_an_implicit_user_gets_their_own_row(self, train, implicit):
        for user in range(0, train.n_users, 7):
            folded = fold_in_user(implicit, train, train.user_ids.raw[user])
            own = implicit.tables().user_factors[user]
            torch.testing.assert_close(folded.vector.float(), own, atol=5e-3, rtol=0)

    def test_it_minimizes_what_it_says(self, train, als):
        """Against least squares with the ridge as extra rows, written out by hand."""
        items, stars = torch.tensor([3, 11, 25]), torch.tensor([5.0, 2.0, 4.5])
        mean, _, item_bias, _, factors = als.tables()
        rows = torch.cat([factors[items], torch.ones(3, 1)], 1).double()
        price = als.reg_per_rating * 3 + als.reg_per_row
        ridge = [train.unit * price] * 6 + [als.bias_reg_per_row]
        rows = torch.cat([rows, torch.tensor(ridge).double().sqrt().diag()])
        target = torch.cat([(stars - mean - item_bias[items]).double(), torch.zeros(7)])
        expected = torch.linalg.lstsq(rows, target[:, None].double()).solution[:, 0]
        folded = fold_in_items(als, items, stars)
        torch.testing.assert_close(folded.vector, expected, atol=1e-6, rtol=0)

    def test_by_title(self, small_world, train, als):
        titles = TitleIndex(small_world.movies, small_world.ratings)
        names = small_world.movies.set_index("item_id")["title"]
        ids = train.item_ids.raw[[2, 9]]
        asked = {names[ids[0]].upper(): 5, names[ids[1]]: 1.5}
        folded = fold_in(als, train, titles, asked)
        assert train.item_ids.decode(folded.items.numpy()).tolist() == ids.tolist()
        page = recommend_for_user_id(als, train, small_world.movies, folded)
        assert "folded in from 2 ratings" in page.note
        assert page.liked["stars"].tolist() == [5, 1.5]
        assert not set(page.new.index) & set(ids.tolist())

    def test_an_ambiguous_title_is_said(self):
        train = world((1, 10, 5), (1, 20, 3), (2, 20, 1))
        titles = TitleIndex(
            movie_table((10, "Twin", 1990, ""), (20, "Twin", 1999, "")),
            pd.DataFrame({"item_id": [10, 20, 20]}),
        )
        als = ALS(2, epochs=2, seed=0).fit(train)
        folded = fold_in(als, train, titles, {"twin": 4})
        assert "The one with the most ratings was taken: Twin (1999)" in folded.note

    def test_it_takes_less_than_fifty_milliseconds(self, ml100k):
        ratings, movies = ml100k
        train = RatingsDataset.fit(ratings)
        als = ALS(epochs=2, seed=0).fit(train)
        titles = TitleIndex(movies, ratings)
        asked = {"star wars": 5, "fargo": 4, "the english patient": 1, "psycho": 3}
        seconds = []
        for _ in range(3):
            start = time.process_time()
            fold_in(als, train, titles, asked)
            seconds.append(time.process_time() - start)
        assert min(seconds) < 0.05

    @pytest.mark.parametrize("stars", [0.5, 5.5, math.nan, "5", None])
    def test_stars_off_the_scale_are_refused(self, tiny, als, stars):
        train, movies, _ = tiny
        titles = TitleIndex(movies)
        with pytest.raises(ValueError, match="scale of these data runs from 2 to 5"):
            fold_in(als, train, titles, {"alpha": stars})

    @pytest.mark.parametrize(
        ("items", "stars", "error", "sentence"),
        [
            ([-1], [5], IndexError, "item index -1 is not in this model"),
            ([10**6], [5], IndexError, "is not in this model"),
            ([1.9], [5], TypeError, "item indices are whole numbers"),
            ([1, 2], [5], ValueError, r"2 movies and stars of shape \(1,\)"),
            ([1, 2], [5, math.nan], ValueError, "NaN or infinity"),
        ],
    )
    def test_indices_and_stars_that_do_not_fit(
        self, als, items, stars, error, sentence
    ):
        """PyTorch would take the last movie, broadcast, cut off, or answer NaN."""
        with pytest.raises(error, match=sentence):
            fold_in_items(als, items, stars)

    def test_fewer_ratings_than_factors_need_a_ridge(self, train, als):
        free = ALS(6, reg_per_rating=0, reg_per_row=0)
        free._tables, free._unit = als.tables(), train.unit
        with pytest.raises(
            ValueError, match="2 ratings do not determine the 7 numbers"
        ):
            fold_in_items(free, [3, 11], [5, 2])

    def test_the_table_of_movies_does_as_well(self, tiny):
        train, movies, _ = tiny
        als = ALS(2, epochs=2, seed=0).fit(train)
        by_table = fold_in(als, train, movies, {"alpha": 4})
        by_index = fold_in(als, train, TitleIndex(movies), {"alpha": 4})
        torch.testing.assert_close(by_table.vector, by_index.vector)
        with pytest.raises(
            TypeError, match=r"is a dict.*TitleIndex\(movies, ratings\)"
        ):
            fold_in(als, train, {"alpha": 10}, {"alpha": 4})

    def test_nothing_to_fold_in_is_said(self, tiny, als):
        train, movies, _ = tiny
        with pytest.raises(ValueError, match="No ratings were given"):
            fold_in(als, train, TitleIndex(movies), {})

    def test_an_unknown_title_suggests_the_nearest(self, tiny, als):
        train, movies, _ = tiny
        with pytest.raises(UnknownTitle, match="nearest titles are: Alpha"):
            fold_in(als, train, TitleIndex(movies), {"Alpho": 4})

    def test_one_movie_under_two_titles_is_refused(self, tiny, als):
        train, movies, _ = tiny
        with pytest.raises(ValueError, match="both mean Alpha"):
            fold_in(als, train, TitleIndex(movies), {"alpha": 4, "Alpha (1990)": 3})

    def test_a_movie_nobody_rated_is_refused(self, tiny, als):
        train, _, _ = tiny
        titles = TitleIndex(movie_table((99, "Gamma", 2001, "")))
        with pytest.raises(ValueError, match="Nobody in the training data has rated"):
            fold_in(als, train, titles, {"gamma": 4})

    def test_a_model_without_a_regression_says_which_have_one(self, train):
        with pytest.raises(TypeError, match="fold into an ALS"):
            fold_in_items(GlobalMean().fit(train), [0], [4])

    def test_half_stars_go_through_everything(self, small_world):
        """The CSV editions of MovieLens have them; ML-100K does not."""
        halves = small_world.ratings["rating"] - 0.5
        ratings = small_world.ratings.assign(rating=halves)
        train = RatingsDataset.fit(ratings)
        als = ALS(4, epochs=3, seed=0).fit(train)
        titles = TitleIndex(small_world.movies, ratings)
        first = small_world.movies["title"].iloc[0]
        folded = fold_in(als, train, titles, {first: 0.5})
        page = recommend_for_user_id(als, train, small_world.movies, folded)
        assert page.liked["stars"].tolist() == [0.5]


class TestReasons:
    @pytest.mark.parametrize("kind", ["als", "implicit"])
    def test_the_reasons_sum_to_the_prediction(self, kind, request, small_world, train):
        model = request.getfixturevalue(kind)
        folded = fold_in_items(model, [3, 11, 25, 40], [5.0, 2.0, 4.5, 3.0])
        for item in (0, 11, 30):
            raw = train.item_ids.raw[item]
            reasons = explain(folded, train, small_world.movies, raw)
            total = reasons["contribution"].sum()
            assert total == pytest.approx(folded.scores()[item].item(), abs=1e-9)
            assert len(reasons) == 5

    def test_a_star_more_is_worth_what_it_says(self, als):
        """Contributions are linear in the stars: one star more on one movie moves the
        prediction by that movie's contribution per unit of surprise."""
        items = [3, 11, 25]
        before = fold_in_items(als, items, [5.0, 2.0, 4.0])
        after = fold_in_items(als, items, [5.0, 3.0, 4.0])
        surprise = 2.0 - before.base[11]
        expected = before.item_vectors @ before.steps[1] / surprise
        moved = after.scores() - before.scores()
        torch.testing.assert_close(moved, expected, atol=1e-9, rtol=0)

    def test_the_largest_reason_comes_first(self, small_world, train, als):
        folded = fold_in_user(als, train, train.user_ids.raw[0])
        raw = train.item_ids.raw[5]
        reasons = explain(folded, train, small_world.movies, raw)
        title = small_world.movies.set_index("item_id")["title"][raw]
        assert reasons["reason"].iloc[0] == f"average user, for {title}"
        assert reasons["contribution"].iloc[1:].abs().is_monotonic_decreasing

    def test_a_movie_outside_the_training_data_has_no_reasons(
        self, small_world, train, als
    ):
        folded = fold_in_items(als, [1], [4])
        with pytest.raises(KeyError, match="not in this map"):
            explain(folded, train, small_world.movies, 10**9)


def relevant_in(test: RatingsDataset, least: float) -> csr_array:
    kept = (test.ratings >= least) & (test.items >= 0)
    pairs = test.users[kept].numpy(), test.items[kept].numpy()
    ones = np.ones(len(pairs[0]))
    return csr_array((ones, pairs), shape=(test.n_users, test.n_items))


class TestTargets:
    """The course promises lists that beat popularity; both protocols, real data."""

    def test_every_held_out_movie_relevant(self, ml100k):
        split = stratified_by_item_split(ml100k[0], 0.25, seed=0)
        train = RatingsDataset.fit(split.train)
        relevant = relevant_in(train.encode(split.test), 0)
        popular = top_k_for_everyone(Popularity().fit(train), train)
        assert ndcg_at_k(popular.items, relevant) == pytest.approx(0.253, abs=0.015)
        model = ImplicitALS(seed=0).fit(train)
        lists = top_k_for_everyone(model, train)
        assert ndcg_at_k(lists.items, relevant) >= 0.40

    def test_liked_movies_of_each_users_future(self, ml100k):
        split = train_test_split_by_time(ml100k[0], 0.2, per_user=True)
        train = RatingsDataset.fit(split.train)
        relevant = relevant_in(train.encode(split.test), 4)
        popular = top_k_for_everyone(Popularity().fit(train), train)
        liked = train.encode(split.train[split.train["rating"] >= 4])
        model = ImplicitALS(seed=0).fit(liked)
        lists = top_k_for_everyone(model, train)
        ratio = ndcg_at_k(lists.items, relevant) / ndcg_at_k(popular.items, relevant)
        assert ratio >= 1.3
