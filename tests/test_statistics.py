"""The numbers of the first lab, on a table that can be counted by hand."""

import datetime

import numpy as np
import pandas as pd
import pytest

from data_utils import compute_statistics, print_dataset_info
from data_utils.statistics import gini


@pytest.fixture
def ratings():
    rows = [(1, 10, 5.0, 0), (1, 20, 3.0, 86_400), (2, 10, 4.0, 9), (9, 10, 4.0, 9)]
    return pd.DataFrame(rows, columns=["user_id", "item_id", "rating", "timestamp"])


@pytest.fixture
def movies():
    columns = {
        "item_id": [10, 20, 30],
        "title": ["A", "B", "C"],
        "year": pd.array([1999, None, 2001], dtype="Int64"),
        "genres": ["Drama", "", "Comedy"],
    }
    return pd.DataFrame(columns)


def test_counts_by_hand(ratings):
    facts = compute_statistics(ratings)
    assert (facts["n_ratings"], facts["n_users"]) == (4, 3)
    assert facts["n_items"] == 2
    assert facts["density"] == pytest.approx(4 / 6)
    assert facts["sparsity"] == pytest.approx(2 / 6)
    assert facts["mean_rating"] == 4
    assert facts["sd_rating"] == pytest.approx(np.sqrt(0.5))
    assert facts["rating_shares"] == {3.0: 0.25, 4.0: 0.5, 5.0: 0.25}
    assert facts["ratings_per_user"]["max"] == 2
    assert facts["ratings_per_item"]["median"] == 2
    assert facts["top_10_percent_share"] == 0.75
    assert facts["first_rating"] == datetime.date(1970, 1, 1)
    assert facts["last_rating"] == datetime.date(1970, 1, 2)


def test_a_table_without_time_has_all_its_other_numbers(ratings, movies, capsys):
    """Many a table of one's own has no timestamps."""
    timeless = ratings.drop(columns="timestamp")
    expected, facts = compute_statistics(ratings), compute_statistics(timeless)
    assert facts["first_rating"] is None
    assert facts["last_rating"] is None
    assert facts == expected | {"first_rating": None, "last_rating": None}
    print_dataset_info(timeless, movies)
    assert "unknown   there are no timestamps" in capsys.readouterr().out


def test_the_most_rated_tenth_is_a_tenth_of_the_movies():
    """20 movies, of which the first two hold 10 + 5 of 33 ratings."""
    items = np.repeat(np.arange(20), [10, 5] + [1] * 18)
    columns = {"user_id": np.arange(33), "item_id": items, "rating": 3.0}
    facts = compute_statistics(pd.DataFrame(columns))
    assert facts["top_10_percent_share"] == pytest.approx(15 / 33)
    spread = facts["ratings_per_item"]
    assert (spread["min"], spread["q1"], spread["q3"]) == (1, 1, 1)
    assert (spread["max"], spread["mean"]) == (10, 33 / 20)
    assert spread["gini"] == pytest.approx(gini(np.array([10, 5] + [1] * 18)))


def test_numbers_are_plain_so_that_they_print_plainly(ratings):
    facts = compute_statistics(ratings)
    assert "np." not in repr(facts)


def test_gini_of_equal_and_unequal_counts():
    assert gini(np.array([7, 7, 7])) == pytest.approx(0)
    assert gini(np.array([0, 0, 0, 8])) == pytest.approx(3 / 4)
    counts = np.array([1, 2, 4, 9])
    mean_difference = np.abs(counts[:, None] - counts).mean()
    assert gini(counts) == pytest.approx(mean_difference / (2 * counts.mean()))


def test_an_empty_or_wrong_table_is_refused_with_a_sentence(ratings, movies):
    with pytest.raises(ValueError, match="has 0 rows; at least one is needed"):
        compute_statistics(ratings.iloc[:0])
    with pytest.raises(ValueError, match="lacks user_id, rating"):
        compute_statistics(movies)


PRINTED = """\
Ratings                            4
Users                              3
Movies with ratings                2
Movies listed                      3   1 without a rating
  without a year                   1
  without a genre                  1
Empty cells                    33.3%   of users × movies
Mean rating                     4.00   stars
Standard deviation              0.71   stars
First and last rating     1970-01-01   1970-01-02

Ratings per       min       q1   median       q3      max     mean     gini
user                1        1        1        2        2      1.3     0.17
movie               1        2        2        2        3      2.0     0.25
The most rated tenth of the movies holds 75.0% of the ratings.

Stars    Share
3        25.0%  ███████████████
4        50.0%  ██████████████████████████████
5        25.0%  ███████████████
"""


def test_the_printed_table_holds_the_numbers(ratings, movies, capsys):
    """A lecturer reads it aloud: each line is checked by hand."""
    print_dataset_info(ratings, movies)
    assert capsys.readouterr().out == PRINTED


def test_the_real_100k_has_its_known_numbers(ml100k):
    facts = compute_statistics(ml100k[0])
    assert (facts["n_users"], facts["n_items"]) == (943, 1_682)
    assert facts["n_ratings"] == 100_000
    assert round(facts["sparsity"], 3) == 0.937
    assert round(facts["mean_rating"], 3) == 3.530
    assert round(facts["sd_rating"], 3) == 1.126
    shares = [round(100 * share, 1) for share in facts["rating_shares"].values()]
    assert shares == [6.1, 11.4, 27.1, 34.2, 21.2]
    users, items = facts["ratings_per_user"], facts["ratings_per_item"]
    quartiles = ["min", "q1", "median", "q3", "max"]
    assert [users[q] for q in quartiles] == [20, 33, 65, 148, 737]
    assert [items[q] for q in quartiles] == [1, 6, 27, 80, 583]
    assert round(users["gini"], 2) == 0.47
    assert round(items["gini"], 2) == 0.63
    assert round(facts["top_10_percent_share"], 3) == 0.427
    assert str(facts["first_rating"]) == "1997-09-20"


def test_a_hundred_different_ratings_make_ten_bars(capsys):
    """On a scale from 1 to 100 a line for each rating would fill two screens."""
    n = 200
    ratings = pd.DataFrame(
        {"user_id": range(n), "item_id": range(n), "rating": [*range(1, 101)] * 2}
    )
    movies = pd.DataFrame({"item_id": [1], "title": ["A"], "genres": [""]})
    print_dataset_info(ratings, movies.assign(year=pd.NA))
    bars = capsys.readouterr().out.split("Share\n")[1].splitlines()
    assert len(bars) == 10
    assert all(" 10.0%" in bar for bar in bars)
    assert bars[0].startswith("1 to 10.9 ")
    assert bars[-1].startswith("90.1 to 100 ")
