"""The models against what they claim to be: dense solves, autograd, arithmetic."""

import time

import pandas as pd
import pytest
import torch

from data_utils import UNKNOWN, RatingsDataset, download_movielens
from models import (
    ALS,
    BayesianMF,
    BiasModel,
    DotProductMF,
    FactorTables,
    FlippedSVDpp,
    GlobalMean,
    ImplicitALS,
    MatrixFactorization,
    Popularity,
    SVDpp,
)
from models import gram as gram_module
from models.base import NotFitted
from models.gram import RatingRows


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def table(*rows) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["user_id", "item_id", "rating"])


@pytest.fixture(scope="module")
def train(small_world):
    return RatingsDataset.fit(small_world.ratings)


@pytest.fixture
def tables():
    return FactorTables(
        3.0,
        torch.tensor([0.5, -0.5]),
        torch.tensor([0.25, 0.0, -1.0]),
        torch.tensor([[1.0, 2.0], [0.0, 1.0]]),
        torch.tensor([[1.0, 0.0], [0.5, 0.5], [0.0, -1.0]]),
    )


def every_model(train):
    size = train.n_users, train.n_items
    return [
        GlobalMean().fit(train),
        BiasModel().fit(train),
        ALS(4, epochs=3, seed=0).fit(train),
        DotProductMF(*size, 4, seed=0),
        MatrixFactorization(*size, 4, mean=train.mean, seed=0),
        SVDpp(train, 4),
        FlippedSVDpp(train, 4),
    ]


class TestTables:
    def test_a_prediction_by_hand(self, tables):
        assert tables.predict(0, 1).item() == pytest.approx(3 + 0.5 + 0 + 0.5 + 1)
        assert tables.predict([0, 1], [0, 2]).tolist() == pytest.approx([4.75, 0.5])

    def test_strangers_contribute_nothing(self, tables):
        users, items = [UNKNOWN, 0, UNKNOWN], [0, UNKNOWN, UNKNOWN]
        assert tables.predict(users, items).tolist() == pytest.approx([3.25, 3.5, 3])

    def test_scores_are_the_predictions_of_a_row(self, tables):
        scores = tables.scores([1, UNKNOWN])
        assert scores.shape == (2, 3)
        for row, user in enumerate([1, UNKNOWN]):
            expected = tables.predict([user] * 3, [0, 1, 2])
            torch.testing.assert_close(scores[row], expected)

    def test_many_pairs_are_answered_in_parts(self, tables, monkeypatch):
        users, items = torch.arange(10) % 2, torch.arange(10) % 3
        whole = tables.predict(users, items)
        monkeypatch.setattr("models.tables.FLOATS_AT_ONCE", 6)  # three pairs
        torch.testing.assert_close(tables.predict(users, items), whole)

    def test_one_pair_costs_the_same_among_many(self):
        """A server answers one pair at a time: it must not copy all tables for each."""
        n_users, n_items, k = 200_000, 87_000, 64
        large = FactorTables(
            3.5,
            torch.zeros(n_users),
            torch.zeros(n_items),
            torch.ones(n_users, k),
            torch.ones(n_items, k),
        )
        model = MatrixFactorization(n_users, n_items, k)
        for answerer in (large, model):
            seconds = []
            for item in range(15):
                start = time.perf_counter()
                answerer.predict([5], [item])
                seconds.append(time.perf_counter() - start)
            assert min(seconds) < 0.002  # copying takes more than 20 times as long

    @pytest.mark.parametrize(
        ("users", "items", "error", "sentence"),
        [
            ([2], [0], IndexError, "user index 2 .* run from 0 to 1.* IdMap.encode"),
            ([0], [-2], IndexError, "item index -2"),
            ([0.0], [0], TypeError, "whole numbers"),
            ([[0]], [0], ValueError, r"shape \(1, 1\)"),
            ([0, 1], [0], ValueError, "2 users and 1 items"),
            (None, [0], TypeError, "user indices are whole .* a NoneType"),
            ({0, 1}, [0], TypeError, "in a tensor, an array or a list; .* a set"),
            ([0], ["1"], TypeError, "item indices .* a list of <U1"),
            ([[0], [0, 1]], [0], TypeError, "this is a list"),
            ([True], [0], TypeError, "a list of bool"),
        ],
    )
    def test_bad_indices_get_a_sentence(self, tables, users, items, error, sentence):
        with pytest.raises(error, match=sentence):
            tables.predict(users, items)

    def test_indices_come_as_students_have_them(self, tables):
        """A column of a table is read-only: torch would warn, an error in this test."""
        expected = tables.predict([0, 1], [0, 2])
        column = pd.Series([0, 1])
        for users in (column, column.to_numpy(), range(2), column.astype("uint8")):
            assert torch.equal(tables.predict(users, [0, 2]), expected)
        assert len(tables.predict([], pd.Series([], dtype="int64"))) == 0


class TestRecommend:
    def test_best_first_without_the_rated(self, train):
        for model in every_model(train):
            items, scores = model.recommend_for_user(3, top_k=5, exclude_rated=[0, 7])
            assert not {0, 7} & set(items.tolist())
            assert scores.tolist() == sorted(scores.tolist(), reverse=True)
            torch.testing.assert_close(scores, model.predict([3] * 5, items))

    def test_what_is_left_may_be_less_or_nothing(self, train):
        model = BiasModel().fit(train)
        everything = torch.arange(train.n_items)
        items, scores = model.recommend_for_user(0, 10, everything[:-2])
        assert sorted(items.tolist()) == everything[-2:].tolist()
        items, scores = model.recommend_for_user(0, 10, everything)
        assert len(items) == len(scores) == 0

    def test_ties_keep_the_order_of_the_items(self, train):
        items, _ = GlobalMean().fit(train).recommend_for_user(0, 4, [1])
        assert items.tolist() == [0, 2, 3, 4]

    @pytest.mark.parametrize("top_k", [0, -1, 2.5, None, "3"])
    def test_a_length_that_is_none_is_refused(self, train, top_k):
        sentence = f"top_k={top_k!r} .* 1 or more, for example 10"
        with pytest.raises(ValueError, match=sentence):
            GlobalMean().fit(train).recommend_for_user(0, top_k)

    def test_a_model_that_diverged_recommends_nothing(self, train):
        """NaN sorts before all numbers: the broken movie would lead every list."""
        for model in every_model(train)[3:]:
            with torch.no_grad():
                model.item_factors.weight[3] = torch.nan
            sentence = f"this {type(model).__name__} are NaN .* fit again"
            with pytest.raises(ValueError, match=sentence):
                model.recommend_for_user(0, 5)


LEARNERS = {
    "GlobalMean": lambda data: GlobalMean().fit(data),
    "BiasModel": lambda data: BiasModel().fit(data),
    "ALS": lambda data: ALS(2).fit(data),
    "ImplicitALS": lambda data: ImplicitALS(2).fit(data),
    "Popularity": lambda data: Popularity().fit(data),
    "BayesianMF": lambda data: BayesianMF(2).fit(data),
    "SVDpp": lambda data: SVDpp(data, 2),
}


class TestArguments:
    @pytest.mark.parametrize("learn", LEARNERS.values(), ids=LEARNERS)
    def test_nothing_and_strangers_teach_nothing(self, learn):
        train = RatingsDataset.fit(table((1, 1, 5), (2, 2, 3)))
        with pytest.raises(ValueError, match="the data set is empty"):
            learn(train.encode(table()))
        with pytest.raises(ValueError, match=r"1 of 2 training ratings .* drop_cold"):
            learn(train.encode(table((1, 1, 5), (1, 9, 4))))

    @pytest.mark.parametrize(
        "make",
        [
            lambda k: ALS(k),
            lambda k: ImplicitALS(k),
            lambda k: BayesianMF(k),
            lambda k: DotProductMF(3, 3, k),
            lambda k: MatrixFactorization(3, 3, k),
            lambda k: SVDpp(RatingsDataset.fit(table((1, 1, 5))), k),
        ],
    )
    @pytest.mark.parametrize("n_factors", [0, -1, 2.0])
    def test_a_row_of_factors_holds_a_number(self, make, n_factors):
        sentence = f"n_factors={n_factors} .* 1 or more, for example 16"
        with pytest.raises(ValueError, match=sentence):
            make(n_factors)

    @pytest.mark.parametrize("model", [ALS, ImplicitALS])
    def test_at_least_one_epoch(self, model):
        """The number that a student is told to try is the model's own default."""
        usual = model().epochs
        sentence = f"epochs=0 .* 1 or more, for example {usual}"
        with pytest.raises(ValueError, match=sentence):
            model(epochs=0)
        assert model(epochs=1).epochs == 1


class TestBaselines:
    def test_damped_means_by_hand(self):
        train = RatingsDataset.fit(table((1, 1, 5), (1, 2, 4), (2, 1, 3)))
        tables = BiasModel(user_damping=1, item_damping=2).fit(train).tables()
        assert tables.mean == 4
        assert tables.item_bias.tolist() == pytest.approx([0 / 4, 0 / 3])
        assert tables.user_bias.tolist() == pytest.approx([1 / 3, -1 / 2])

    def test_a_users_bias_is_net_of_the_movies(self):
        """Who saw only great movies is no generous rater."""
        train = RatingsDataset.fit(table((1, 1, 5), (1, 2, 1), (2, 1, 5)))
        tables = BiasModel(0, 0).fit(train).tables()
        assert tables.user_bias.tolist() == pytest.approx([0, 0], abs=1e-6)

    def test_without_damping_one_rating_is_the_whole_bias(self):
        train = RatingsDataset.fit(table((1, 1, 5), (2, 2, 1)))
        tables = BiasModel(0, 0).fit(train).tables()
        assert tables.item_bias.tolist() == pytest.approx([2, -2])

    def test_negative_damping_and_no_fit_are_refused(self):
        with pytest.raises(ValueError, match="zero or more"):
            BiasModel(user_damping=-1)
        for model in (GlobalMean(), BiasModel(), ALS()):
            with pytest.raises(NotFitted, match=r"call .*fit\(train\)"):
                model.predict(0, 0)


class TestFactorization:
    def test_forward_is_the_formula(self, train):
        model = MatrixFactorization(2, 3, 2, mean=3.5, seed=0)
        torch.nn.init.normal_(model.user_bias.weight, generator=seeded(1))
        torch.nn.init.normal_(model.item_bias.weight, generator=seeded(2))
        p, q = model.user_factors.weight[1], model.item_factors.weight[2]
        bias = model.user_bias.weight[1, 0] + model.item_bias.weight[2, 0]
        expected = 3.5 + bias + p @ q
        torch.testing.assert_close(model([1], [2])[0], expected)
        torch.testing.assert_close(model.predict(1, 2)[0], expected.detach())

    def test_a_dot_product_belongs_to_each_pair(self):
        """Summed over the wrong axis, it would be trained on nobody's taste."""
        model = DotProductMF(5, 6, n_factors=2, seed=0)
        users, items = [0, 1, 4], [5, 0, 2]
        p, q = model.user_factors.weight[users], model.item_factors.weight[items]
        expected = torch.stack([a @ b for a, b in zip(p, q, strict=True)])
        torch.testing.assert_close(model(users, items), expected)
        torch.testing.assert_close(model.predict(users, items), expected.detach())

    def test_the_starting_prediction_is_the_mean(self, train):
        model = MatrixFactorization(5, 5, 8, mean=3.5, seed=0)
        assert model(range(5), range(5)).sub(3.5).abs().max() < 0.1

    def test_starts_differ_as_documented(self):
        uniform = DotProductMF(50, 50, 8, init="uniform", seed=0)
        assert uniform.user_factors.weight.min() >= 0
        assert uniform.item_factors.weight.max() <= 0.05
        normal = DotProductMF(50, 50, 8, init="normal", seed=0)
        assert normal.user_factors.weight.std().item() == pytest.approx(0.1, rel=0.2)
        with pytest.raises(ValueError, match="init='zeros'"):
            DotProductMF(5, 5, init="zeros")

    def test_the_seed_decides_the_start(self):
        one, two = (MatrixFactorization(4, 4, 2, seed=3) for _ in "ab")
        assert torch.equal(one.item_factors.weight, two.item_factors.weight)

    @pytest.mark.parametrize(
        "name", ["DotProductMF", "MatrixFactorization", "SVDpp", "FlippedSVDpp"]
    )
    def test_only_looked_up_rows_get_a_gradient(self, train, name):
        model = {type(m).__name__: m for m in every_model(train)}[name]
        users, items = torch.tensor([4, 4, 9]), torch.tensor([0, 5, 5])
        (model(users, items).sum() + model.penalty(users, items)).backward()
        touched = model.user_factors.weight.grad.abs().sum(1).nonzero().flatten()
        assert touched.tolist() == [4, 9]
        touched = model.item_factors.weight.grad.abs().sum(1).nonzero().flatten()
        assert touched.tolist() == [0, 5]

    def test_the_penalty_counts_a_row_once_per_rating(self):
        model = MatrixFactorization(3, 3, 2, seed=0)
        users, items = torch.tensor([0, 0, 2]), torch.tensor([1, 2, 1])
        p, q = model.user_factors.weight, model.item_factors.weight
        squares = 2 * p[0] @ p[0] + p[2] @ p[2] + 2 * q[1] @ q[1] + q[2] @ q[2]
        torch.testing.assert_close(model.penalty(users, items), squares / 3)

    def test_bad_batches_get_a_sentence(self):
        model = MatrixFactorization(3, 4, 2)
        with pytest.raises(IndexError, match=r"item index 4 .* run from 0 to 3"):
            model([0], [4])
        with pytest.raises(IndexError, match="user index -1"):
            model([UNKNOWN], [0])
        with pytest.raises(ValueError, match="2 users and 1 items"):
            model([0, 1], [0])


def item_bias_mean(model):
    """μ + b_u of a new movie lacks b_i, whose mean over the movies is this."""
    return model.tables().item_bias.mean()


class TestSVDpp:
    def test_user_vectors_are_the_formula(self, train):
        model = SVDpp(train, 3, seed=0)
        torch.nn.init.normal_(model.implicit_factors.weight, generator=seeded(1))
        users = torch.tensor([7, 2, 7, 0])
        for user, vector in zip(users, model.user_vectors()[users], strict=True):
            seen = train.items[train.users == user]
            implicit = model.implicit_factors.weight[seen].sum(0) / len(seen) ** 0.5
            torch.testing.assert_close(
                vector, model.user_factors.weight[user] + implicit
            )

    def test_the_bag_learns_what_a_sum_in_plain_sight_learns(self, train):
        model = SVDpp(train, 3, seed=0)
        users, items = train.users[:50], train.items[:50]
        model(users, items).square().sum().backward()
        seen = torch.zeros(train.n_users, train.n_items)
        seen[train.users, train.items] = 1
        y = torch.zeros(train.n_items, 3, requires_grad=True)
        p = model.user_factors.weight.detach() + seen @ y / seen.sum(1)[:, None].sqrt()
        q = model.item_factors.weight.detach()
        ((p[users] * q[items]).sum(-1) + train.mean).square().sum().backward()
        torch.testing.assert_close(
            model.implicit_factors.weight.grad, y.grad, rtol=1e-4, atol=1e-4
        )

    def test_a_stranger_is_answered_as_the_average_user(self, train):
        model = SVDpp(train, 3, seed=0)
        torch.nn.init.normal_(model.implicit_factors.weight, generator=seeded(1))
        everyone = torch.arange(train.n_users)
        known = model.predict(everyone, torch.full_like(everyone, 5))
        with torch.no_grad():
            as_trained = model(everyone, torch.full_like(everyone, 5))
        torch.testing.assert_close(known, as_trained)
        stranger = model.predict(UNKNOWN, 5)[0]
        torch.testing.assert_close(stranger, known.mean())

    def test_flipped_movies_have_their_raters(self, train):
        model = FlippedSVDpp(train, 3)
        for number, table in enumerate((model.implicit_factors, model.rater_factors)):
            torch.nn.init.normal_(table.weight, generator=seeded(number))
        vectors = model.item_vectors()
        for item in (0, 5, train.n_items - 1):
            raters = train.users[train.items == item]
            said = model.rater_factors.weight[raters].sum(0) / len(raters) ** 0.5
            torch.testing.assert_close(
                vectors[item], model.item_factors.weight[item] + said
            )
        users, items = train.users[:50], train.items[:50]
        with torch.no_grad():
            as_trained = model(users, items)
        torch.testing.assert_close(model.predict(users, items), as_trained)
        everything = torch.arange(train.n_items)
        known = model.predict(torch.full_like(everything, 4), everything)
        new_movie = model.predict(4, UNKNOWN)[0]
        torch.testing.assert_close(new_movie, known.mean() - item_bias_mean(model))

    def test_flipped_bags_learn_what_a_sum_in_plain_sight_learns(self, train):
        model = FlippedSVDpp(train, 3)
        users, items = train.users[:50], train.items[:50]
        model(users, items).square().sum().backward()
        seen = torch.zeros(train.n_users, train.n_items)
        seen[train.users, train.items] = 1
        z = torch.zeros(train.n_users, 3, requires_grad=True)
        q = model.item_factors.weight.detach()
        q = q + seen.T @ z / seen.sum(0)[:, None].sqrt()
        p = model.user_factors.weight.detach()
        ((p[users] * q[items]).sum(-1) + train.mean).square().sum().backward()
        torch.testing.assert_close(
            model.rater_factors.weight.grad, z.grad, rtol=1e-4, atol=1e-4
        )

    def test_flipped_pays_for_its_raters(self, train):
        model = FlippedSVDpp(train, 3)
        users, items = torch.tensor([0, 0, 2]), torch.tensor([1, 2, 1])
        without = model.penalty(users, items)
        torch.nn.init.ones_(model.rater_factors.weight)
        assert (model.penalty(users, items) - without).item() == pytest.approx(3)

    def test_it_knows_the_training_ratings_alone(self, small_world):
        half = RatingsDataset.fit(small_world.ratings.iloc[:700])
        assert sorted(SVDpp(half, 2).user_values.tolist()) == sorted(
            half.items.tolist()
        )


class TestGram:
    def test_every_row_is_the_dense_product(self, train):
        rows = RatingRows(
            train.users, train.items, train.ratings, train.n_users, train.n_items
        )
        vectors = torch.randn(train.n_items, 5, generator=seeded())
        ((part, gram, target),) = rows.grams(vectors)
        assert (part.start, part.stop) == (0, train.n_users)
        for user in range(train.n_users):
            mine = train.users == user
            v = vectors[train.items[mine]]
            torch.testing.assert_close(gram[user], v.T @ v, rtol=1e-4, atol=1e-4)
            expected = train.ratings[mine] @ v
            torch.testing.assert_close(target[user], expected, rtol=1e-4, atol=1e-4)

    def test_chunks_change_nothing_and_a_row_may_be_empty(self, monkeypatch):
        rows = RatingRows(
            torch.tensor([0, 0, 3]), torch.tensor([1, 0, 1]), torch.ones(3), 5, 2
        )
        vectors = torch.randn(2, 3, generator=seeded())
        ((_, whole, _),) = rows.grams(vectors)
        monkeypatch.setattr(gram_module, "FLOATS_AT_ONCE", 18)  # two rows a chunk
        parts = [gram for _, gram, _ in rows.grams(vectors)]
        assert [len(part) for part in parts] == [2, 2, 1]
        torch.testing.assert_close(torch.cat(parts), whole)
        assert whole[[1, 2, 4]].abs().sum() == 0


class TestALS:
    def test_the_objective_is_the_documented_sum_and_never_rises(self, train):
        model = ALS(6, 0.05, 2.0, 1.0, epochs=10, seed=0).fit(train)
        for before, after in zip(model.objective, model.objective[1:], strict=False):
            assert after <= before * (1 + 1e-6)
        _, *biases, p, q = model.tables()
        errors = model.predict(train.users, train.items) - train.ratings
        total = errors.double().square().sum()
        for rows, bias, factors in zip(
            (train.users, train.items), biases, (p, q), strict=True
        ):
            weight = 0.05 * torch.bincount(rows, minlength=len(bias)) + 2
            weight = train.unit * weight
            total += (weight * factors.square().sum(1)).sum() + bias.square().sum()
        assert model.objective[-1] == pytest.approx(total.item(), rel=1e-4)

    def test_each_movie_is_the_ridge_regression_of_its_ratings(self, train):
        model = ALS(4, 0.05, 2.0, 1.0, epochs=4, seed=0).fit(train)
        tables = model.tables()
        for item in (0, 11, train.n_items - 1):
            mine = train.items == item
            users = train.users[mine]
            x = torch.cat(
                [tables.user_factors[users], torch.ones(len(users), 1)], dim=1
            )
            y = train.ratings[mine] - train.mean - tables.user_bias[users]
            price = train.unit * (0.05 * len(users) + 2)
            ridge = torch.tensor([price] * 4 + [1.0])
            expected = torch.linalg.solve(x.T @ x + ridge.diag(), x.T @ y)
            found = torch.cat([tables.item_factors[item], tables.item_bias[[item]]])
            torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-4)

    def test_the_first_sweep_starts_from_what_the_seed_draws(self, train):
        """Another start is another fit: its factors could not be had again.

        It is drawn in units of the stars, for the same lists on any scale.
        """
        model = ALS(4, 0.05, 2.0, 1.0, epochs=1, seed=3).fit(train)
        start = torch.zeros(train.n_items, 5)
        start[:, :-1].normal_(0, 0.1 * train.unit**0.5, generator=seeded(3))
        x = torch.cat([start[:, :-1], torch.ones(train.n_items, 1)], 1).double()
        rest = train.ratings.double() - train.mean
        total = 0.0
        for user in range(train.n_users):
            mine = train.users == user
            a, y = x[train.items[mine]], rest[mine]
            ridge = model.ridge(len(y)).double()
            found = torch.linalg.solve(a.T @ a + ridge.diag(), a.T @ y)
            total += (a @ found - y).square().sum() + (ridge * found.square()).sum()
        counts = torch.bincount(train.items, minlength=train.n_items)
        total += (model.ridge(counts) * start.square()).sum()
        assert model.objective[0] == pytest.approx(total.item(), rel=1e-5)

    def test_a_tolerance_ends_the_fit_where_the_factors_stand_still(self, train):
        """Two fits stopped halfway differ by their stop, and not by their seeds."""
        long = ALS(2, epochs=400, tolerance=1e-3).fit(train)
        assert len(long.changes) < 400
        assert long.changes[-1] < 1e-3 <= min(long.changes[:-1])
        assert len(long.objective) == 2 * len(long.changes)
        before = ALS(2, epochs=len(long.changes) - 1).fit(train).tables()
        q, b = long.tables().item_factors, long.tables().item_bias
        rows = torch.cat([q, b[:, None]], 1)
        older = torch.cat([before.item_factors, before.item_bias[:, None]], 1)
        by_hand = (rows - older).norm() / rows.norm()
        assert long.changes[-1] == pytest.approx(by_hand.item(), rel=1e-2)
        assert len(ALS(2, epochs=5).fit(train).changes) == 5
        with pytest.raises(ValueError, match=r"tolerance=1.0 .* share"):
            ALS(tolerance=1.0)

    def test_momentum_goes_on_along_the_last_move(self, train):
        """Twice the step, or the way back, would be another method, and a slower one.

        After the first sweep the share is 1 / (1 + 3).
        """
        first = ALS(3, 0.05, 2.0, 1.0, epochs=1, seed=3).fit(train).tables()
        moved = torch.cat([first.item_factors, first.item_bias[:, None]], 1)
        before = torch.zeros_like(moved)
        before[:, :-1].normal_(0, 0.1 * train.unit**0.5, generator=seeded(3))
        start = (moved + (moved - before) / 4).double()
        model = ALS(3, 0.05, 2.0, 1.0, epochs=2, momentum=True, seed=3).fit(train)
        counts = torch.bincount(train.items, minlength=train.n_items)
        total = (model.ridge(counts) * start.square()).sum()
        x = torch.cat([start[:, :-1], torch.ones(train.n_items, 1)], 1)
        rest = train.ratings.double() - train.mean - start[train.items, -1]
        for user in range(train.n_users):
            mine = train.users == user
            a, y = x[train.items[mine]], rest[mine]
            ridge = model.ridge(len(y)).double()
            found = torch.linalg.solve(a.T @ a + ridge.diag(), a.T @ y)
            total += (a @ found - y).square().sum() + (ridge * found.square()).sum()
        assert model.objective[2] == pytest.approx(total.item(), rel=1e-5)

    def test_momentum_arrives_in_fewer_sweeps_and_the_seeds_meet(self):
        """A lab that fits seven times until the vectors stand still waits for it."""
        sample = RatingsDataset.fit(download_movielens("sample")[0])
        settings = {"tolerance": 1e-5, "epochs": 1000}
        plain = ALS(seed=2, **settings).fit(sample)
        found = [ALS(momentum=True, seed=s, **settings).fit(sample) for s in (2, 3)]
        for quick in found:
            assert len(quick.changes) < len(plain.changes) / 3
            assert quick.objective[-1] == pytest.approx(plain.objective[-1], rel=1e-6)
        tables = [quick.tables() for quick in found]
        one, two = (t.user_factors @ t.item_factors.T for t in tables)
        assert (one - two).norm() < 1e-3 * one.norm()

    def test_the_same_seed_gives_the_same_factors(self, train):
        one, two = (ALS(3, epochs=2, seed=5).fit(train) for _ in "ab")
        assert torch.equal(one.tables().item_factors, two.tables().item_factors)

    def test_negative_penalties_are_refused(self):
        with pytest.raises(ValueError, match=r"reg_per_rating=-0\.1, .* zero or more"):
            ALS(reg_per_rating=-0.1)
