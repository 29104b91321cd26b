"""A reader types a title from memory and must reach the movie, or learn why not."""

import pandas as pd
import pytest

from title_search import TitleIndex, UnknownTitle, label_movies

TITLES = [
    (3, "The Usual Suspects", 1995),
    (5, "Star Trek: First Contact", 1996),
    (8, "Star Trek: The Motion Picture", 1979),
    (9, "Heat", 1995),
    (11, "Shall We Dance? (Shall We Dansu?)", 1996),
    (14, "Shall We Dance?", 1937),
    (20, "Seven (Se7en)", 1995),
    (21, "Die Hard", 1988),
    (25, "Hard Eight", 1996),
    (30, "Les Misérables", 1995),
    (31, "L'Avventura", 1960),
    (40, "Chasing Amy", 1997),
    (41, "Chasing Amy", 1997),
    (50, "2001: A Space Odyssey", 1968),
    (60, "unknown", None),
]
COUNTS = {3: 9, 5: 4, 8: 6, 9: 2, 14: 1, 41: 3, 40: 2}


@pytest.fixture(scope="module")
def movies():
    frame = pd.DataFrame(TITLES, columns=["item_id", "title", "year"])
    return frame.assign(year=frame["year"].astype("Int64"), genres="Drama")


@pytest.fixture(scope="module")
def index(movies):
    items = [item for item, count in COUNTS.items() for _ in range(count)]
    return TitleIndex(movies, pd.DataFrame({"item_id": items}))


@pytest.mark.parametrize(
    ("typed", "item_id"),
    [
        ("usual suspects", 3),
        ("USUAL SUSPECTS, THE", 3),
        ("The Usual Suspects (1995)", 3),
        ("usual suspects, the (1995)", 3),
        ("heat 1995", 9),
        ("first contact", 5),
        ("se7en", 20),
        ("seven", 20),
        ("die hard", 21),
        ("les miserables", 30),
        ("Misérables, Les", 30),
        ("l’avventura", 31),
        ("avventura", 31),
        ("2001 a space odyssey", 50),
        ("space odyssey", 50),
        ("Shall we dance? (1937)", 14),
        ("Shall we dansu", 11),
        ("unknown", 60),
    ],
)
def test_a_title_is_found_as_people_say_it(index, typed, item_id):
    match = index.find(typed)
    assert match.item_id == item_id
    assert index.item_ids[match.row] == item_id
    assert match.note == ""


def test_of_several_matches_the_most_rated_is_taken_and_all_are_named(index):
    """Silently taking one of them would answer a question nobody asked."""
    match = index.find("star trek")
    assert match.label == "Star Trek: The Motion Picture (1979)"
    assert "2 movies" in match.note
    assert "First Contact (1996) – 4 ratings" in match.note
    assert index.find("chasing amy").item_id == 41  # the same title stands twice


def test_without_ratings_the_first_of_several_is_taken(movies):
    assert TitleIndex(movies).find("chasing amy").item_id == 40


def test_an_unknown_title_suggests_the_nearest(index):
    with pytest.raises(UnknownTitle, match=r"nearest .*The Usual Suspects \(1995\)"):
        index.find("the usual suspect")
    with pytest.raises(UnknownTitle, match="one distinctive word"):
        index.find("qqq zzz xxx")


def test_a_wrong_year_names_the_years_there_are(index):
    with pytest.raises(UnknownTitle, match=r"in 1996\..*Heat \(1995\) – 2 ratings"):
        index.find("Heat (1996)")


@pytest.mark.parametrize("nothing", ["", "  ", "?!", None, 50])
def test_what_is_no_title_is_refused(index, nothing):
    with pytest.raises(ValueError, match="as you would say it"):
        index.find(nothing)


def test_an_empty_catalogue_says_so(movies):
    with pytest.raises(UnknownTitle, match="empty"):
        TitleIndex(movies.head(0)).find("heat")


def test_labels_show_the_year_where_it_is_known(movies):
    assert label_movies(movies).tolist()[-2:] == [
        "2001: A Space Odyssey (1968)",
        "unknown",
    ]


def test_every_title_of_ml100k_finds_itself(ml100k):
    ratings, movies = ml100k
    index = TitleIndex(movies, ratings)
    for label in label_movies(movies):
        match = index.find(label)
        assert label == match.label or label in match.note, match
