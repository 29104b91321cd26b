"""If a raw id reached the wrong row, every model would learn another user's taste."""

import numpy as np
import pandas as pd
import pytest
import torch
from torch.utils.data import DataLoader

from data_utils import (
    UNKNOWN,
    IdMap,
    RatingsDataset,
    check_trainable,
    planted_world,
    ratings_loader,
    seeded,
    train_test_split_random,
)
from models import ALS, BiasModel, ImplicitALS, MatrixFactorization
from recommend import recommend_for_user_id, safe_predict
from recommend.cold_start import KNOWN
from recommend.folding import fold_in_items
from training import evaluate, fit, fit_standardized


def test_ids_go_there_and_back():
    ids = IdMap.fit([50, 7, 50, 1_000_003])
    assert len(ids) == 3
    np.testing.assert_array_equal(ids.encode([1_000_003, 7, 50]), [2, 0, 1])
    np.testing.assert_array_equal(ids.decode([2, 0, 1]), [1_000_003, 7, 50])
    assert 50 in ids
    assert 51 not in ids


def test_an_unknown_id_is_refused_by_name_or_marked():
    ids = IdMap.fit([3, 5])
    with pytest.raises(KeyError, match="4, 9"):
        ids.encode([3, 4, 9])
    np.testing.assert_array_equal(
        ids.encode([4, 5, 9], unknown="mark"), [UNKNOWN, 1, UNKNOWN]
    )
    with pytest.raises(ValueError, match="raise"):
        ids.encode([3], unknown="skip")


def test_a_refusal_names_each_stranger_once_and_no_more_than_five():
    ids = IdMap.fit([1, 100])
    with pytest.raises(KeyError) as caught:
        ids.encode([9, 100, 9, 8, 7, 6, 5, 4, 1])
    assert "6 ids are not in this map, among them 4, 5, 6, 7, 8. The" in str(caught)


def test_ids_of_any_integer_type_and_size_find_their_row():
    large = 2**62
    ids = IdMap.fit(np.array([3, large]))
    for kind in (np.int16, np.uint8, np.int64):
        assert ids.encode(np.array([3, 4], dtype=kind), "mark").tolist() == [0, UNKNOWN]
    found = ids.encode([large, large - 1], unknown="mark")
    assert found.tolist() == [1, UNKNOWN]
    assert found.dtype == np.int64
    assert ids.encode([]).tolist() == ids.decode([]).tolist() == []


@pytest.mark.parametrize("raw", [[1, 2, 5], [0, 9], [-4, 3], [7, 10**6], [2**62, 3]])
def test_a_table_and_a_hash_find_the_same_rows(raw):
    """Ids without wide gaps are read from a table, whose ends are not ids' ends."""
    ids = IdMap.fit(raw)
    asked = sorted({near for id_ in raw for near in (id_ - 1, id_, id_ + 1)})
    expected = [sorted(raw).index(id_) if id_ in raw else UNKNOWN for id_ in asked]
    assert ids.encode(asked, "mark").tolist() == expected
    for id_, place in zip(asked, expected, strict=True):
        assert ids.encode([id_], "mark").tolist() == [place]


def test_a_map_keeps_its_ids_whatever_becomes_of_the_array():
    raw = np.array([3, 5])
    ids = IdMap(raw)
    raw[:] = 0
    assert ids.decode([0, 1]).tolist() == [3, 5]


def test_a_map_shows_its_size_and_its_ends():
    assert repr(IdMap.fit(range(1, 1201))) == "IdMap(1,200 ids from 1 to 1200)"
    assert repr(IdMap.fit([])) == "IdMap(no ids)"


@pytest.mark.parametrize("index", [-1, 2])
def test_an_index_without_a_raw_id_is_an_error(index):
    with pytest.raises(IndexError, match="run from 0 to 1"):
        IdMap.fit([3, 5]).decode([index])


def test_ids_must_be_a_row_of_integers():
    with pytest.raises(TypeError, match="integers"):
        IdMap.fit([1.5, 2.0])
    with pytest.raises(ValueError, match="1-D"):
        IdMap.fit([[1, 2], [3, 4]])


@pytest.mark.parametrize(
    ("raw", "falls"),
    [
        ([5, 3, 9], "3 follows 5"),
        ([3, 3, 5], "3 follows 3"),
        ([3, 9, 5], "5 follows 9"),
    ],
)
def test_a_map_of_unsorted_ids_would_find_wrong_rows(raw, falls):
    with pytest.raises(ValueError, match=rf"{falls}\. IdMap\.fit\(raw\) sorts"):
        IdMap(np.array(raw))
    assert IdMap(np.unique(raw)).encode([5]).tolist() == [1]


def test_an_empty_map_knows_nobody():
    ids = IdMap.fit(np.array([], dtype=np.int64))
    assert len(ids) == 0
    assert 3 not in ids


@pytest.fixture
def train():
    return pd.DataFrame(
        {"user_id": [9, 9, 4, 7], "item_id": [20, 10, 20, 30], "rating": [5, 4, 3, 1]}
    )


def test_test_rows_of_strangers_are_kept_and_marked(train):
    dataset = RatingsDataset.fit(train)
    test = pd.DataFrame({"user_id": [4, 8], "item_id": [31, 10], "rating": [2.0, 4.0]})
    other = dataset.encode(test)
    assert len(other) == 2
    assert other.users.tolist() == [0, UNKNOWN]
    assert other.items.tolist() == [UNKNOWN, 0]
    assert (other.n_users, other.n_items) == (3, 3)


def test_rows_are_found_by_user(train):
    """Another user's rows would be left out of a list, and their own listed again."""
    dataset = RatingsDataset.fit(train)
    assert [dataset.rows_of(user).tolist() for user in range(3)] == [[2], [3], [0, 1]]
    assert dataset.rows_of(1, 2).tolist() == [3, 0, 1]
    assert dataset.ratings_per_item.tolist() == [1, 2, 1]
    strange = dataset.encode(train.assign(user_id=[8, 9, 7, 9]))
    assert strange.rows_of(1, 2).tolist() == [2, 1, 3]
    assert strange.rows_of(0).tolist() == []
    cold = dataset.encode(train.assign(item_id=[99, 10, 20, 99]))
    assert cold.ratings_per_item.tolist() == [1, 1, 0]


@pytest.mark.parametrize("order", [[0, 1, 2, 3, 0], [3, 2, 0, 1, 1]])
def test_a_pair_that_is_rated_twice_is_found_in_any_order(train, order):
    """Sorted tables are looked through without a sort."""
    with pytest.raises(ValueError, match="1 of 5 ratings are of a user and a movie"):
        RatingsDataset.fit(train.iloc[order])


def test_the_mean_is_in_stars(train):
    assert RatingsDataset.fit(train).mean == pytest.approx(13 / 4)


def test_a_pass_sees_each_rating_once_and_depends_on_the_seed_alone():
    n = 103
    frame = pd.DataFrame(
        {"user_id": np.arange(n), "item_id": np.arange(n), "rating": np.ones(n)}
    )
    dataset = RatingsDataset.fit(frame)

    def one_pass(seed):
        batches = list(ratings_loader(dataset, 20, seed=seed))
        assert [len(users) for users, _, _ in batches] == [20] * 5 + [3]
        assert all((users == items).all() for users, items, _ in batches)
        return torch.cat([users for users, _, _ in batches])

    first = one_pass(1)
    assert first.sort().values.tolist() == list(range(n))
    assert torch.equal(first, one_pass(1))
    assert not torch.equal(first, one_pass(2))


def test_without_shuffling_the_order_is_the_tables(train):
    loader = ratings_loader(RatingsDataset.fit(train), batch_size=3, shuffle=False)
    assert torch.cat([ratings for *_, ratings in loader]).tolist() == [5, 4, 3, 1]


def test_a_batch_costs_no_call_per_rating(train, monkeypatch):
    many = [train.assign(user_id=train["user_id"] + 10 * n) for n in range(100)]
    dataset = RatingsDataset.fit(pd.concat(many))
    calls = []
    answer = RatingsDataset.__getitems__

    def counted(self, rows):
        calls.append(rows)
        return answer(self, rows)

    monkeypatch.setattr(RatingsDataset, "__getitems__", counted)
    monkeypatch.delattr(RatingsDataset, "__getitem__")  # no rating is asked for alone
    assert len(list(ratings_loader(dataset, batch_size=100))) == len(calls) == 4


def test_a_plain_loader_makes_batches_of_the_three_types(train):
    """The first loader of every tutorial: it gave one float tensor of ids and stars."""
    users, items, ratings = next(iter(DataLoader(RatingsDataset.fit(train), 4)))
    assert users.tolist() == [2, 2, 0, 1]
    assert items.tolist() == [1, 0, 1, 2]
    assert ratings.tolist() == [5, 4, 3, 1]
    dtypes = [t.dtype for t in (users, items, ratings)]
    assert dtypes == [torch.int64, torch.int64, torch.float32]


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_ratings_that_are_no_numbers_are_refused_with_their_row(train, bad):
    ratings = train.assign(rating=[5, 4, bad, 1])
    with pytest.raises(
        ValueError, match=rf"1 of 4 ratings .* first is {bad}, in row 2"
    ):
        RatingsDataset.fit(ratings)


def test_what_no_model_can_learn_from_is_said(train):
    dataset = RatingsDataset.fit(train)
    check_trainable(dataset)
    with pytest.raises(ValueError, match="the data set is empty"):
        check_trainable(dataset.encode(train[:0]))
    cold = dataset.encode(train.assign(user_id=[9, 9, 8, 8]))
    with pytest.raises(ValueError, match=r"2 of 4 training ratings .* drop_cold"):
        check_trainable(cold)


def test_bad_tables_and_sizes_are_named(train):
    for column in train:
        with pytest.raises(ValueError, match=f"this DataFrame lacks {column}"):
            RatingsDataset.fit(train.drop(columns=column))
    with pytest.raises(ValueError, match="empty"):
        ratings_loader(RatingsDataset.fit(train).encode(train.iloc[:0]))
    with pytest.raises(ValueError, match="batch_size=0"):
        ratings_loader(RatingsDataset.fit(train), batch_size=0)


class TestTextIds:
    """Books have ISBNs, and log files have names: nobody should have to number them."""

    def test_go_both_ways(self):
        ids = IdMap.fit(pd.Series(["emma", "ulysses", "emma", "007"]))
        assert ids.of_text
        assert repr(ids) == "IdMap(3 ids from 007 to ulysses)"
        assert ids.encode(["ulysses", "007"]).tolist() == [2, 0]
        assert ids.decode([1]).tolist() == ["emma"]
        assert ids.encode(["emma", "dune"], unknown="mark").tolist() == [1, UNKNOWN]
        assert "emma" in ids

    def test_are_never_mixed_with_numbers(self):
        """Looked up as a text, the number 7 would be a stranger without a word."""
        texts, numbers = IdMap.fit(["7", "8"]), IdMap.fit([7, 8])
        with pytest.raises(TypeError, match="ids of this map are texts, and numbers"):
            texts.encode([7])
        with pytest.raises(TypeError, match="ids of this map are numbers, and texts"):
            numbers.encode(["7"], unknown="mark")
        with pytest.raises(TypeError, match="these are mixed"):
            IdMap.fit(np.array(["7", 8], dtype=object))

    def test_train_a_model_and_get_a_page(self, small_world):
        def texts(column, letter):
            return letter + column.astype("str")

        ratings = small_world.ratings.assign(
            user_id=texts(small_world.ratings["user_id"], "u"),
            item_id=texts(small_world.ratings["item_id"], "m"),
        )
        movies = small_world.movies.assign(
            item_id=texts(small_world.movies["item_id"], "m")
        )
        train = RatingsDataset.fit(ratings)
        model = BiasModel().fit(train)
        user = ratings["user_id"].iloc[0]
        page = recommend_for_user_id(model, train, movies, user, top_k=3)
        assert not set(page.new.index) & set(
            ratings.loc[ratings["user_id"] == user, "item_id"]
        )
        for stranger in ("nobody", 7):
            note = recommend_for_user_id(model, train, movies, stranger).note
            assert "average user" in note
        assert safe_predict(model, train, user, page.new.index[0]).case == KNOWN
        assert "ids are texts" in safe_predict(model, train, 7, "m1").case


@pytest.mark.parametrize("size", [2.5, "3", 0, -1, True, None])
def test_a_batch_size_that_is_no_whole_number_is_refused(size):
    """It failed inside PyTorch, in words about tensors."""
    table = pd.DataFrame({"user_id": [1, 1], "item_id": [7, 8], "rating": [5.0, 3.0]})
    with pytest.raises(ValueError, match=r"^batch_size=.* a whole number, 1 or more"):
        ratings_loader(RatingsDataset.fit(table), batch_size=size)


@pytest.mark.parametrize("seed", [-1, 2**64, 1.5, "7", None])
def test_a_seed_that_no_generator_takes_is_refused(small_world, seed):
    """Python's own error is about C's integers, or NumPy's another one."""
    ratings = small_world.ratings
    for use in (
        seeded,
        lambda seed: train_test_split_random(ratings, seed=seed),
        lambda seed: planted_world(n_users=5, n_items=50, n_ratings=110, seed=seed),
    ):
        with pytest.raises(ValueError, match=r"a whole number from 0 to 18,446,744"):
            use(seed)
    assert seeded(2**64 - 1).initial_seed() == 2**64 - 1


def test_a_table_in_place_of_a_dataset_is_named(small_world):
    """The two are easily confused, and the error was about a missing attribute."""
    table = small_world.ratings
    train = RatingsDataset.fit(table)
    model = MatrixFactorization(train.n_users, train.n_items, 2)
    for use in (
        lambda: fit(model, table, epochs=1),
        lambda: fit(model, train, table, epochs=1),
        lambda: fit_standardized(model, train, table, epochs=1),
        lambda: BiasModel().fit(table),
        lambda: ALS().fit(table),
        lambda: evaluate(model, table),
        lambda: ratings_loader(table),
    ):
        with pytest.raises(ValueError, match=r"DataFrame was given.*RatingsDataset\."):
            use()


def test_a_default_of_float64_changes_neither_fit_nor_fold_in(small_world):
    """Another course's notebook sets it; these ended in raw errors about types."""
    train = RatingsDataset.fit(small_world.ratings)

    def fitted():
        model = MatrixFactorization(train.n_users, train.n_items, 2)
        fit(model, train, epochs=1, show_progress=False)
        folded = [
            fold_in_items(kind(2, epochs=2).fit(train), [0, 1], [5.0, 2.0]).scores()
            for kind in (ALS, ImplicitALS)
        ]
        assert torch.isfinite(model.predict([0], [1])).all()
        return folded

    before = fitted()
    torch.set_default_dtype(torch.float64)
    try:
        after = fitted()
    finally:
        torch.set_default_dtype(torch.float32)
    torch.testing.assert_close(before, after)
