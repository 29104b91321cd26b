"""What every model promises. A new model gets a class here, and passes all of it."""

import inspect

import numpy as np
import pandas as pd
import pytest
import torch

from data_utils import UNKNOWN, Features, RatingsDataset, official_folds
from models import (
    ALS,
    EASE,
    NCF,
    BayesianMF,
    BiasModel,
    ContentKNN,
    DotProductMF,
    Estimator,
    FeatureMapping,
    GenreMeans,
    GlobalMean,
    ImplicitALS,
    ItemKNN,
    NotFitted,
    Popularity,
    UserKNN,
)
from ranking import fit_ranking, fit_softmax, logistic_loss
from recipes import RECIPES, fit_flipped_svdpp, fit_hybrid, fit_mf, fit_svdpp
from training import evaluate, fit

SCALES = [(a, b) for a in (0.1, 2, 20) for b in (-3, 0, 50)]


@pytest.fixture(scope="module")
def ratings(small_world) -> pd.DataFrame:
    return small_world.ratings


@pytest.fixture(scope="module")
def train(ratings):
    return RatingsDataset.fit(ratings)


def rows(*cells) -> RatingsDataset:
    table = pd.DataFrame(cells, columns=["user_id", "item_id", "rating"])
    return RatingsDataset.fit(table.astype({"rating": "float64"}))


class ModelContract:
    """The tests. A subclass says how its model is made and fitted."""

    predicts_stars = True  # else its scores do not depend on the stars at all
    follows_the_scale = True
    has_tables = True  # else only the model itself can score
    n_factors = True  # has factors, so their number can be above that of the movies

    def fitted(self, train, **settings):
        raise NotImplementedError

    def test_the_same_seed_gives_the_same_again(self, train):
        """Who runs a cell twice, or after another cell, must get the same digits."""
        found = []
        for what_ran_before in (1, 2):
            torch.manual_seed(what_ran_before)
            np.random.seed(what_ran_before)  # noqa: NPY002 - the one to guard from
            found.append(self.fitted(train).predict(train.users, train.items))
        assert torch.equal(*found)

    def test_predictions_are_plain_numbers(self, train):
        """Lists, metrics and NumPy take float32 on the CPU, without gradients."""
        model = self.fitted(train)
        predicted = model.predict(train.users, train.items)
        assert predicted.dtype == torch.float32
        assert predicted.shape == (len(train),)
        assert not predicted.requires_grad
        assert torch.isfinite(predicted).all()
        if self.has_tables:
            for table in model.tables()[1:5]:  # sparse tables keep indices behind them
                assert table.dtype == torch.float32
                assert not table.requires_grad

    def test_scores_are_the_predictions_of_all_movies(self, train):
        model = self.fitted(train)
        scores = model.scores([3, UNKNOWN])
        assert scores.shape == (2, train.n_items)
        for row, user in zip(scores, (3, UNKNOWN), strict=True):
            one_by_one = model.predict([user] * train.n_items, range(train.n_items))
            torch.testing.assert_close(row, one_by_one, rtol=1e-4, atol=1e-5)

    def test_strangers_get_what_is_known_of_the_other_side(self, train):
        """A new user is told μ + b_i, a new movie μ + b_u: never a crash, never NaN."""
        model = self.fitted(train)
        if not self.has_tables:
            found = model.predict([UNKNOWN, 4, UNKNOWN], [5, UNKNOWN, UNKNOWN])
            assert torch.isfinite(found).all()
            return
        mean, user_bias, item_bias, *_ = model.tables()
        predicted = model.predict([UNKNOWN, 4, UNKNOWN], [5, UNKNOWN, UNKNOWN])
        expected = torch.stack(
            [mean + item_bias[5], mean + user_bias[4], torch.tensor(mean)]
        )
        torch.testing.assert_close(predicted, expected.float(), rtol=1e-4, atol=1e-4)

    def test_a_list_is_in_order_and_without_the_rated(self, train):
        model = self.fitted(train)
        items, scores = model.recommend_for_user(3, top_k=5, exclude_rated=[0, 7])
        allowed = [i for i in range(train.n_items) if i not in (0, 7)]
        best = model.scores([3])[0][allowed].sort(descending=True).values[:5]
        torch.testing.assert_close(scores, best)
        assert not {0, 7} & set(items.tolist())
        torch.testing.assert_close(
            model.predict([3] * 5, items), scores, rtol=1e-4, atol=1e-5
        )

    def test_all_ratings_equal_are_predicted(self):
        """A scale without spread has no unit: nothing may be divided by zero."""
        train = rows(*((u, i, 4) for u in range(6) for i in range(5) if u != i))
        predicted = self.fitted(train).predict(train.users, train.items)
        assert torch.isfinite(predicted).all()
        if self.predicts_stars and self.follows_the_scale:
            torch.testing.assert_close(
                predicted, torch.full_like(predicted, 4.0), rtol=0, atol=0.1
            )

    @pytest.mark.parametrize("shape", [(1, 6), (6, 1)], ids=["one user", "one movie"])
    def test_one_row_is_enough(self, shape):
        cells = [
            (u, i, 1 + (u + i) % 5) for u in range(shape[0]) for i in range(shape[1])
        ]
        train = rows(*cells)
        model = self.fitted(train)
        assert torch.isfinite(model.predict(train.users, train.items)).all()
        assert model.scores([0]).shape == (1, train.n_items)

    def test_rows_without_a_rating_are_answered(self, ratings, train):
        """A fold's maps know users and movies that its training part lacks.

        The last of each lack ratings here: a count that ends too early would crash.
        """
        user, item = (ids.raw[-1] for ids in (train.user_ids, train.item_ids))
        left = (ratings["user_id"] != user) & (ratings["item_id"] != item)
        model = self.fitted(train.encode(ratings[left]))
        assert model.scores(range(train.n_users)).shape == (60, train.n_items)
        last = [train.n_users - 1], [train.n_items - 1]
        assert torch.isfinite(model.predict(*last)).all()

    def test_more_factors_than_movies(self):
        if not self.n_factors:
            pytest.skip("this model has no factors")
        train = rows((1, 1, 5), (1, 2, 3), (2, 1, 4), (2, 3, 1), (3, 2, 2))
        model = self.fitted(train, n_factors=9)
        assert torch.isfinite(model.scores(range(3))).all()

    def test_a_default_of_float64_changes_no_type(self, train):
        """Some set it in their first cell, and torch multiplies no mixed types."""
        torch.set_default_dtype(torch.float64)
        try:
            model = self.fitted(train)
            predicted = model.predict(train.users, train.items)
            listed = model.recommend_for_user(0, 3)[1]
        finally:
            torch.set_default_dtype(torch.float32)
        assert predicted.dtype == listed.dtype == torch.float32
        assert torch.isfinite(predicted).all()

    def test_read_only_arrays_are_read(self, ratings):
        """A column of a pandas table is read-only, and torch warns of such arrays."""
        users, items = (np.array([0, 1, 2]) for _ in "ab")
        for array in (users, items):
            array.flags.writeable = False
        model = self.fitted(RatingsDataset.fit(ratings))
        assert model.predict(users, items).shape == (3,)
        assert model.scores(users).shape[0] == 3
        assert not set(model.recommend_for_user(0, 3, users)[0].tolist()) & {0, 1, 2}

    @pytest.mark.parametrize(("a", "b"), SCALES)
    def test_the_unit_of_the_stars_does_not_matter(self, ratings, train, a, b):
        """Who rates from 1 to 100 gets the lists and errors of who rates 1 to 5."""
        if not self.follows_the_scale:
            pytest.skip("the model has no mean, so it cannot follow a shift")
        other = RatingsDataset.fit(ratings.assign(rating=a * ratings["rating"] + b))
        predicted = self.fitted(train).predict(train.users, train.items).double()
        if self.predicts_stars:
            predicted = a * predicted + b
        found = self.fitted(other).predict(train.users, train.items).double()
        unit = other.unit if self.predicts_stars else 1.0
        assert (found - predicted).abs().max() <= 1e-3 * unit

    def test_a_model_says_its_settings(self, train):
        """`repr` is what a table of results and a student's print show."""
        model = self.fitted(train)
        text = repr(model)
        assert text.startswith(f"{type(model).__name__}(")
        for name in inspect.signature(type(model)).parameters:
            assert f"{name}=" in text

    def test_a_second_fit_starts_anew(self, ratings, train):
        """Run a cell twice, or fit on a fold after another: nothing is left over."""
        model = self.fitted(train)
        if not isinstance(model, Estimator):
            pytest.skip("a module goes on from its weights, as PyTorch's do")
        first = model.predict(train.users, train.items)
        half = RatingsDataset.fit(ratings.iloc[::2])
        assert model.fit(half) is model
        assert model.tables().n_users == half.n_users
        again = model.fit(train).predict(train.users, train.items)
        assert torch.equal(again, first)
        with pytest.raises(NotFitted, match=type(model).__name__):
            type(model)().predict(0, 0)


class TestGlobalMean(ModelContract):
    n_factors = False

    def fitted(self, train, **settings):
        return GlobalMean().fit(train)


class TestBiasModel(ModelContract):
    n_factors = False

    def fitted(self, train, **settings):
        return BiasModel().fit(train)


class TestPopularity(ModelContract):
    predicts_stars, n_factors = False, False

    def fitted(self, train, **settings):
        return Popularity().fit(train)


class TestImplicitALS(ModelContract):
    predicts_stars = False

    def fitted(self, train, **settings):
        return ImplicitALS(**({"n_factors": 3, "epochs": 4} | settings)).fit(train)


class TestImplicitALSOfCounts(ModelContract):
    predicts_stars, follows_the_scale = False, False

    def fitted(self, train, **settings):
        settings = {"n_factors": 3, "epochs": 4, "reg_per_rating": 0.1} | settings
        counted = {"confidence": "log counts", "dislikes_below": 3}
        return ImplicitALS(**settings, **counted).fit(train)


class TestEASE(ModelContract):
    predicts_stars, n_factors = False, False

    def fitted(self, train, **settings):
        return EASE(reg_per_row=20).fit(train)


class TestItemKNN(ModelContract):
    predicts_stars, n_factors = False, False

    def fitted(self, train, **settings):
        return ItemKNN(n_neighbours=20).fit(train)


class TestUserKNN(ModelContract):
    predicts_stars, n_factors = False, False

    def fitted(self, train, **settings):
        return UserKNN(n_neighbours=20).fit(train)


class OfOrder(ModelContract):
    """Modules that learn which movies a user leaves out."""

    predicts_stars = False

    def test_one_row_is_enough(self):
        """One row is a user who has rated all: there is no order to learn."""
        train = rows(*((0, i, 3) for i in range(6)))
        with pytest.raises(ValueError, match="Everyone has rated every movie"):
            self.fitted(train)


class TestNCF(OfOrder):
    has_tables = False

    def fitted(self, train, **settings):
        model = NCF(train.n_users, train.n_items, **({"n_factors": 3} | settings))
        fit_ranking(model, train, logistic_loss, epochs=2)
        return model

    def test_it_has_no_tables(self, train):
        """Whoever would take its factors for a dot product gets other scores."""
        with pytest.raises(TypeError, match="no dot product"):
            self.fitted(train).tables()


class TestBPR(OfOrder):
    def fitted(self, train, **settings):
        model = DotProductMF(train.n_users, train.n_items, **settings)
        fit_ranking(model, train, epochs=2)
        return model


class TestSoftmax(ModelContract):
    predicts_stars = False

    def fitted(self, train, **settings):
        model = DotProductMF(train.n_users, train.n_items, **settings)
        fit_softmax(model, train, epochs=2)
        return model


class TestALS(ModelContract):
    def fitted(self, train, **settings):
        return ALS(**({"n_factors": 3} | settings)).fit(train)


class TestBayesianMF(ModelContract):
    def fitted(self, train, **settings):
        settings = {"n_factors": 3, "epochs": 20, "burn_in": 5} | settings
        return BayesianMF(**settings).fit(train)


class TestBayesianMFWithTheImplicitPrior(ModelContract):
    def fitted(self, train, **settings):
        settings = {"n_factors": 3, "epochs": 20, "burn_in": 5} | settings
        return BayesianMF(implicit=True, **settings).fit(train)


def some_features(ids, column: str) -> Features:
    """A bag for each row of a map: two kinds, by whether the id is odd."""
    table = pd.DataFrame({column: ids.raw, "kind": np.where(ids.raw % 2, "a", "a|b")})
    return Features.of_table(table, ids, column)


class WithFeatures(ModelContract):
    """A model that is told of features, which belong to one map of ids."""

    model = staticmethod(lambda features, **settings: None)

    def fitted(self, train, **settings):
        features = some_features(train.item_ids, "item_id")
        return self.model(features, **settings).fit(train)

    def test_a_second_fit_starts_anew(self, ratings, train):
        """The features stay those of one map, so the other data have it as well."""
        model = self.fitted(train)
        first = model.predict(train.users, train.items)
        model.fit(train.encode(ratings.iloc[::2]))
        assert torch.equal(model.fit(train).predict(train.users, train.items), first)
        with pytest.raises(NotFitted, match=type(model).__name__):
            type(model)().predict(0, 0)


class TestGenreMeans(WithFeatures):
    n_factors = False
    model = GenreMeans


class TestContentKNN(WithFeatures):
    n_factors = False
    model = ContentKNN


class TestFeatureMapping(WithFeatures):
    n_factors = False
    model = staticmethod(lambda features: FeatureMapping(ALS(3), features))


class TestBayesianMFWithFeatures(WithFeatures):
    @staticmethod
    def model(features, **settings):
        settings = {"n_factors": 3, "epochs": 20, "burn_in": 5} | settings
        return BayesianMF(item_features=features, **settings)


class TestHybridMF(ModelContract):
    def fitted(self, train, **settings):
        settings = {"n_factors": 4, "epochs": 4} | settings
        items = some_features(train.item_ids, "item_id")
        users = some_features(train.user_ids, "user_id")
        return fit_hybrid(train, 0, items, users, **settings)


class TestDotProductMF(ModelContract):
    follows_the_scale = False

    def fitted(self, train, **settings):
        model = DotProductMF(train.n_users, train.n_items, **settings)
        fit(model, train, epochs=2, show_progress=False)
        return model


class TestMatrixFactorization(ModelContract):
    def fitted(self, train, **settings):
        return fit_mf(train, **({"n_factors": 4, "epochs": 4} | settings))


class TestFlippedSVDpp(ModelContract):
    def fitted(self, train, **settings):
        return fit_flipped_svdpp(train, **({"n_factors": 4, "epochs": 4} | settings))


class TestSVDpp(ModelContract):
    def fitted(self, train, **settings):
        return fit_svdpp(train, **({"n_factors": 4, "epochs": 4} | settings))


@pytest.mark.parametrize("name", RECIPES)
def test_the_first_official_fold_has_the_same_error_in_other_stars(name, ml100k):
    """A published figure must not be a property of one to five stars."""
    fold = official_folds(ml100k[0])[0]
    quick = {"epochs": 40, "burn_in": 10} if name == "bayes" else {}
    scores = []
    for a, b in ((1, 0), (20, -3)):
        known, hidden = (
            part.assign(rating=a * part["rating"] + b)
            for part in (fold.train, fold.test)
        )
        train = RatingsDataset.fit(known)
        model = RECIPES[name](train, 1, **quick)
        scores.append(evaluate(model, train.encode(hidden))["rmse"] / a)
    assert scores[1] == pytest.approx(scores[0], abs=0.002)
