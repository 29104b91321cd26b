"""Tables of other kinds, the page on their quality, and the page that a project leaves.

If these fail, lab 12 begins with a table that is not what its text says.
"""

import re

import pandas as pd
import pytest

from data_utils import load_ratings
from data_utils.own_worlds import WORLDS, write_world
from data_utils.quality import constant_users, data_quality, what_numbers_are
from findings import begin_findings, finding
from findings_page import write_page
from tools.labs import ROOT


@pytest.fixture(scope="module")
def worlds(tmp_path_factory):
    folder = tmp_path_factory.mktemp("worlds")
    return {name: load_ratings(write_world(name, folder)) for name in WORLDS}


def test_each_world_has_its_kind_of_numbers_ids_and_dates(worlds):
    """The lab's choices (logarithm, split) hang on these."""
    kinds = {name: what_numbers_are(ratings) for name, (ratings, _) in worlds.items()}
    assert kinds == {"books": "a scale", "shop": "counts", "songs": "counts"}
    dated = {name: "timestamp" in ratings for name, (ratings, _) in worlds.items()}
    assert dated == {"books": True, "shop": True, "songs": False}
    books, titles = worlds["books"]
    assert books["rating"].between(1, 10).all()
    assert isinstance(books["user_id"].iloc[0], str)
    assert titles["title"].nunique() == len(titles)
    for ratings, _ in worlds.values():
        assert len(ratings) >= 20_000
        assert not ratings.duplicated(["user_id", "item_id"]).any()


@pytest.mark.parametrize("lab", ["05-recommendations", "10-features-and-new-movies"])
def test_somebody_likes_something_in_any_table(lab, worlds):
    """Hardly a count is high on its scale: lab 05 stopped, with nothing liked."""
    source = (ROOT / "notebooks" / "source" / f"{lab}.py").read_text(encoding="utf-8")
    (rule,) = re.findall(r"^LIKED(?:_FROM)? = (min\(.*?\)\))", source, re.M | re.S)
    for ratings, _ in worlds.values():
        stars = ratings["rating"]
        names = {"ratings": ratings, "LOW": stars.min(), "HIGH": stars.max()}
        liked = stars >= eval(rule, names)
        assert 0.2 < liked.mean() < 0.8


def test_each_world_has_what_the_quality_page_must_find(worlds):
    """A page that finds nothing in a dirty table teaches to trust any table."""
    for name, (ratings, movies) in worlds.items():
        page = data_quality(ratings, movies)["here"]
        same = page["users with 10 ratings or more, all of them equal"]
        assert same == {"books": "8", "shop": "1", "songs": "5"}[name]
    assert constant_users(worlds["shop"][0]) == [999]
    assert (data_quality(*worlds["songs"])["here"]["dates"]) == "none"


def test_a_world_depends_on_its_seed_alone(tmp_path):
    """Two neighbours in a classroom compare their numbers."""
    bytes_ = [
        write_world("songs", tmp_path / str(k), seed).read_bytes()
        for k, seed in enumerate((0, 0, 1))
    ]
    assert bytes_[0] == bytes_[1] != bytes_[2]
    with pytest.raises(ValueError, match="no world 'films': choose books, shop, songs"):
        write_world("films", tmp_path)


def test_the_quality_page_counts_what_it_says():
    """A wrong count is worse than none: somebody drops users by it."""
    ratings = pd.DataFrame(
        {
            "user_id": [1] * 12 + [2] * 10 + [3] * 2,
            "item_id": [*range(12), *range(10), 0, 1],
            "rating": [4.0] * 12 + [3.0] * 9 + [5.0] + [2.0] * 2,
            "timestamp": [0] * 12 + [0] * 9 + [90_000] + [5, 6],
        }
    )
    movies = pd.DataFrame(
        {"item_id": range(12), "title": ["Emma", "Emma", *"abcdefghij"]}
    )
    page = data_quality(ratings, movies)["here"]
    assert page["ratings, users, items"] == "24, 3, 12"
    assert page["filled cells"] == "66.7%"
    assert page["users with fewer than 5 ratings"] == "33%"
    assert page["items with fewer than 5 ratings"] == "100%"
    assert page["users with 10 ratings or more, all of them equal"] == "1"
    assert page["lowest, median, highest number"] == "2, 4, 5"
    assert page["titles that several items share"] == "1"
    assert page["dates"] == "1970-01-01 to 1970-01-02"
    assert page["users whose ratings are all of one day"] == "67%"
    assert page["the busiest user, in medians"] == "1"


def test_scales_are_told_from_counts():
    """Stars in logarithms, or plays as stars: both would run without an error."""
    kinds = ([1, 2, 5], [1, 1, 11], [1, 1, 10], [0.5, 0.5, 9.0], [3, 3], [-1, 1, 1, 50])
    found = [what_numbers_are(pd.DataFrame({"rating": list(k)})) for k in kinds]
    assert found == [
        "a scale", "counts", "a scale", "a scale", "always the same", "a scale",
    ]  # fmt: skip


def test_the_page_holds_decisions_numbers_and_findings(tmp_path):
    """It is all that stays when the notebook is closed."""
    begin_findings(None)
    finding("A", True, yes="**a** | b", no="c", control="an interval")
    parts = {
        "What was decided": ["one", "two"],
        "Board": pd.DataFrame({"RMSE": [0.91234]}, index=["ALS"]),
        "Nothing": [],
    }
    file = tmp_path / "new" / "page.md"
    text = write_page(file, "Books", parts)
    assert file.read_text(encoding="utf-8") == text
    assert "# Books\n\n## What was decided\n\n- one\n- two\n\n## Board" in text
    assert "| ALS | 0.912 |" in text
    assert "| A | a ∣ b | an interval |" in text
    assert "Nothing" not in text
    begin_findings(None)
