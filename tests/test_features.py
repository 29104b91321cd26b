"""Bags of features, users' tables and held-out movies: what lab 10 stands on."""

import io
import zipfile

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from data_utils import (
    Features,
    IdMap,
    load_users,
    movie_features,
    movies_held_out_split,
    rating_dates,
)
from data_utils.errors import MalformedRow

MOVIES = pd.DataFrame(
    {
        "item_id": [3, 5, 8],
        "title": list("abc"),
        "year": pd.array([1994, 2001, None], dtype="Int64"),
        "genres": ["War|Drama", "Drama", ""],
    }
)


def test_a_bag_is_what_embedding_bag_adds_up():
    """Who reads the formula as a sum of rows must find that sum in the model."""
    features = movie_features(MOVIES, IdMap.fit([3, 4, 5, 8]))
    table = nn.EmbeddingBag(len(features), 2, mode="sum", include_last_offset=False)
    bags = table(features.values, features.offsets, per_sample_weights=features.weights)
    torch.testing.assert_close(bags, features.matrix() @ table.weight)
    known = ["decade: 1990s", "genres: Drama", "genres: War", "year: 1994"]
    assert features.of_row(0) == known
    assert features.matrix().sum(1).tolist() == [4.0, 0.0, 3.0, 0.0]


def test_the_order_of_the_table_decides_nothing():
    """A student's own table comes in any order, with movies nobody has rated."""
    ids = IdMap.fit([3, 5])
    one = movie_features(MOVIES, ids)
    other = movie_features(MOVIES.iloc[::-1], ids)
    assert one.names == other.names
    assert torch.equal(one.matrix(), other.matrix())


def test_numbers_are_cut_and_few_numbers_are_names():
    """A column such as a running time would else be a feature for each minute."""
    table = pd.DataFrame(
        {
            "item_id": range(100),
            "minutes": np.arange(100.0),
            "parts": [1, 2] * 50,
            "colour": [True, False] * 50,
        }
    )
    table.loc[0, "minutes"] = np.nan
    features = Features.of_table(table, IdMap.fit(range(100)), "item_id")
    assert len(features.only("minutes")) == 5
    assert features.only("parts").names == ("parts: 1", "parts: 2")
    assert len(features.only("colour")) == 2
    assert features.counts[0] == 2
    assert set(features.counts[1:].tolist()) == {3}


def test_no_features_are_features_too():
    """Ratings from a file of one's own have neither genres nor years."""
    bare = MOVIES.assign(genres="", year=pd.array([None] * 3, dtype="Int64"))
    features = movie_features(bare, IdMap.fit([3, 5, 8]))
    assert len(features) == 0
    assert features.matrix().shape == (3, 0)
    assert features.offsets.tolist() == [0, 0, 0]


def test_features_add_up_and_part_again():
    """Leaving the decade out is an exercise; the genres must stay what they were."""
    ids = IdMap.fit([3, 5, 8])
    both = movie_features(MOVIES, ids)
    again = both.only("genres") + both.only("decade", "year")
    assert sorted(again.names) == sorted(both.names)
    torch.testing.assert_close(
        again.only("genres").matrix(), both.only("genres").matrix()
    )
    with pytest.raises(ValueError, match="same map of ids"):
        both + movie_features(MOVIES, IdMap.fit([3]))


def test_a_pair_stands_where_both_stand():
    """A romantic comedy is not a comedy plus a romance; wrong pairs say nonsense."""
    table = pd.DataFrame(
        {"item_id": range(6), "genres": ["A|B", "A|B", "A", "B|C", "C", ""]}
    )
    features = Features.of_table(table, IdMap.fit(range(6)), "item_id")
    assert features.pairs("genres", at_least=2).matrix().T.tolist() == [
        [1, 1, 0, 0, 0, 0]
    ]
    assert len(features.pairs("genres", at_least=1)) == 2
    assert len(features.pairs("genres", at_least=3)) == 0


def test_a_missing_column_is_named():
    with pytest.raises(ValueError, match="lacks tone"):
        Features.of_table(MOVIES, IdMap.fit([3]), "item_id", ["tone"])


def test_dates_are_shares_of_a_row_s_ratings():
    """A user of many days must not weigh more than a user of one."""
    ratings = pd.DataFrame(
        {
            "user_id": [1, 1, 1, 2],
            "item_id": [7, 8, 9, 7],
            "rating": 3.0,
            "timestamp": [0, 10, 40 * 86_400, 86_400],
        }
    )
    matrix = rating_dates(ratings, IdMap.fit([1, 2]), "user_id").matrix()
    torch.testing.assert_close(matrix, torch.tensor([[2 / 3, 1 / 3], [1.0, 0.0]]))


def test_whole_movies_are_held_out(small_world):
    """One training rating of a "new" movie, and the lab measures another thing."""
    ratings = small_world.ratings
    train, test, report = movies_held_out_split(ratings, 0.2, seed=3)
    assert not set(train["item_id"]) & set(test["item_id"])
    assert report.cold_items == test["item_id"].nunique() == 16
    assert report.cold_rating_share == 1.0
    assert len(train) + len(test) == len(ratings)
    again = movies_held_out_split(ratings.sample(frac=1, random_state=0), 0.2, seed=3)
    assert set(again.test["item_id"]) == set(test["item_id"])
    other = movies_held_out_split(ratings, 0.2, seed=4)
    assert set(other.test["item_id"]) != set(test["item_id"])


@pytest.mark.parametrize("share", [0, 1, -0.2])
def test_no_such_share_of_movies(small_world, share):
    with pytest.raises(ValueError, match="share of the movies"):
        movies_held_out_split(small_world.ratings, share)


def test_one_movie_cannot_be_held_out():
    ratings = pd.DataFrame({"user_id": [1, 2], "item_id": 7, "rating": 3.0})
    with pytest.raises(ValueError, match="one movie"):
        movies_held_out_split(ratings)


def _archive(folder, text) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        if text is not None:
            archive.writestr("ml-100k/u.user", text)
    (folder / "ml-100k.zip").write_bytes(content.getvalue())


def test_users_are_read_from_an_archive(tmp_path, monkeypatch):
    monkeypatch.delenv("MOVIELENS_DIR", raising=False)
    _archive(
        tmp_path, "1|24|M|technician|85711\n2|56|F|other|94043\n3|17|F|student|1\n"
    )
    users = load_users("100k", tmp_path)
    assert users["age"].tolist() == ["18-24", "56+", "0-17"]
    assert users.columns.tolist() == ["user_id", "age", "sex", "occupation"]


def test_a_copy_without_users_has_none(tmp_path, monkeypatch):
    """A classroom's copy may hold the two tables only; the lab goes on without."""
    monkeypatch.delenv("MOVIELENS_DIR", raising=False)
    assert load_users("100k", tmp_path) is None
    _archive(tmp_path, None)
    assert load_users("100k", tmp_path) is None
    assert load_users(None) is None


def test_a_line_that_is_no_user_is_shown(tmp_path, monkeypatch):
    monkeypatch.delenv("MOVIELENS_DIR", raising=False)
    _archive(tmp_path, "1|24|M|technician|85711\n2|F|other\n")
    with pytest.raises(MalformedRow, match=r"Line 2 of u\.user"):
        load_users("100k", tmp_path)


def test_all_users_of_ml100k_are_known(ml100k):
    users = load_users("100k")
    assert len(users) == 943
    assert set(users["sex"]) == {"F", "M"}
    assert users["occupation"].nunique() == 21
