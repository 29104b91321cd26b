"""Reading the three layouts: every edition gives the same two tables."""

import pandas as pd
import pytest
from tiny_movielens import COLON_FILES, CSV_FILES, TAB_FILES, tiny_folder, tiny_zip

from data_utils import DATASETS
from data_utils.archives import Source
from data_utils.errors import (
    MalformedMovies,
    MalformedRatings,
    NegativeId,
    RatingOutOfScale,
)
from data_utils.parsing import read_movies, read_ratings
from data_utils.titles import clean_titles


def read(tmp_path, name, **changed):
    source = Source(tiny_folder(tmp_path, name, **changed), "a test")
    return (
        read_ratings(source, DATASETS[name]),
        read_movies(source, DATASETS[name]),
    )


@pytest.mark.parametrize("name", [name for name in DATASETS if name != "sample"])
def test_every_edition_gives_the_same_columns_from_folder_and_archive(tmp_path, name):
    tables = read(tmp_path, name)
    archive = tmp_path / "tiny.zip"
    archive.write_bytes(tiny_zip(name))
    source = Source(archive, "a test")
    ratings, movies = tables
    assert ratings.dtypes.astype("str").to_dict() == {
        "user_id": "int64",
        "item_id": "int64",
        "rating": "float64",
        "timestamp": "int64",
    }
    assert movies.dtypes.astype("str").to_dict() == {
        "item_id": "int64",
        "title": "str",
        "year": "Int64",
        "genres": "str",
    }
    pd.testing.assert_frame_equal(ratings, read_ratings(source, DATASETS[name]))
    pd.testing.assert_frame_equal(movies, read_movies(source, DATASETS[name]))


def test_tab_layout_keeps_the_order_of_the_file_and_reads_latin_1(tmp_path):
    ratings, movies = read(tmp_path, "100k")
    assert ratings["user_id"].tolist() == [196, 186, 22]  # official folds rely on it
    assert movies["title"].tolist() == [
        "The Usual Suspects",
        "Les Misérables",
        "unknown",
        "Land Before Time III (1995) (V)",
    ]
    assert movies["genres"].tolist() == ["Crime|Thriller", "Drama", "", ""]
    assert movies["year"].isna().tolist() == [False, False, True, True]


def test_double_colons_are_read_beside_titles_with_colons(tmp_path):
    ratings, movies = read(tmp_path, "1m")
    assert ratings["item_id"].tolist() == [122, 185, 122]
    assert movies["title"].tolist() == ["Boomerang: A Love Story", "Il Postino"]
    assert movies["genres"].tolist() == ["Comedy|Romance", "Drama"]


def test_encodings_of_the_colon_editions_differ(tmp_path):
    movies_dat = {"movies.dat": "1::Cérémonie, La (1995)::Drama\n"}
    for name in ("1m", "10m"):
        assert read(tmp_path, name, **movies_dat)[1]["title"][0] == "La Cérémonie"


def test_csv_layout_reads_quotes_half_stars_and_missing_genres(tmp_path):
    ratings, movies = read(tmp_path, "32m")
    assert ratings["rating"].tolist() == [2.5, 0.5, 5.0]
    assert movies["title"].tolist() == [
        "The City of Lost Children (La Cité des enfants perdus)",
        "Null",  # a title, not a missing value
        'Long "Quoted" Series',
        "Running Series",
    ]
    assert movies["genres"].tolist() == ["Drama", "", "Comedy|Drama", "Comedy"]
    years = movies["year"].astype("object").where(movies["year"].notna(), None)
    assert years.tolist() == [1995, None, 2005, 2007]


def test_a_table_saved_by_a_spreadsheet_is_still_read(tmp_path):
    marked = {
        file: ("\ufeff" + text.replace("\n", "\r\n")).encode()
        for file, text in CSV_FILES.items()
    }
    ratings, movies = read(tmp_path, "25m", **marked)
    assert len(ratings) == 3
    assert movies["item_id"].tolist() == [31, 1029, 2000, 2001]
    assert movies["genres"].tolist()[-1] == "Comedy"


@pytest.mark.parametrize(
    ("raw", "title"),
    [
        ("Fish Called Wanda, A (1988)", "A Fish Called Wanda"),
        ("Enfer, L' (1994)", "L'Enfer"),
        ("Star Maker, The (Uomo delle stelle, L') (1995)", None),
        ("Paris, Texas (1984)", "Paris, Texas"),
        ("Bye Bye, Love (1995)", "Bye Bye, Love"),
        ("Two Friends (1986) ", "Two Friends"),
        ("2001: A Space Odyssey (1968)", "2001: A Space Odyssey"),
        ("1984", "1984"),
        ("Seven (a.k.a. Sins, The) (1995)", "Seven (a.k.a. The Sins)"),
    ],
)
def test_titles_read_as_people_say_them(raw, title):
    cleaned, _ = clean_titles(pd.Series([raw], dtype="str"))
    assert cleaned[0] == (title or "The Star Maker (L'Uomo delle stelle)")


HEADER = "userId,movieId,rating,timestamp\n"
MOVIES = "movieId,title,genres\n"


@pytest.mark.parametrize(
    ("name", "text", "line", "error"),
    [
        ("100k", "1\t2\t3\t4\n1\t2\t3\n", 2, MalformedRatings),
        ("100k", "1\t2\t3\t4\n\n1\t2\t3\t4\t5\n", 3, MalformedRatings),
        ("100k", "1\t2\t3\t4\t5\n1\t2\t3\t4\n", 1, MalformedRatings),
        ("100k", "1\t2\t3\t4\n1\tx\t3\t4\n", 2, MalformedRatings),
        ("100k", "1\t2\t3\t4\n1.5\t2\t3\t4\n", 2, MalformedRatings),
        ("100k", "1\t2\tnan\t4\n", 1, MalformedRatings),
        ("100k", "1\t2\t3\t4\n" + '"' + "1\t2\t3\t4\n", 2, MalformedRatings),
        ("1m", "1::2::3::4\n1:2:3:4\n", 2, MalformedRatings),
        ("20m", HEADER + "1,2,3.5,4\n1,2,,4\n", 3, MalformedRatings),
        ("20m", HEADER + "1,2,3.5\n", 2, MalformedRatings),
        ("20m", HEADER + "1,2,3.5,4\n1,2,3.5,4,5\n", 3, MalformedRatings),
        ("20m", HEADER + "99999999999999999999,2,3.5,4\n", 2, MalformedRatings),
        ("100k", "1\t2\t3\t4\n1\t2\t3.5\t4\n", 2, RatingOutOfScale),
        ("100k", "1\t2\t0\t4\n", 1, RatingOutOfScale),
        ("1m", "1::2::3::4\n1::2::6::4\n", 2, RatingOutOfScale),
        ("20m", HEADER + "1,2,3.7,4\n", 2, RatingOutOfScale),
        ("20m", HEADER + "1,2,5.5,4\n", 2, RatingOutOfScale),
        ("100k", "1\t2\t3\t4\n-1\t2\t3\t4\n", 2, NegativeId),
        ("20m", HEADER + "1,2,3,4\n1,3,3,4\n1,-2,3.5,4\n", 4, NegativeId),
    ],
)
def test_a_bad_rating_is_named_with_file_and_line(tmp_path, name, text, line, error):
    file = DATASETS[name].layout.ratings_file
    with pytest.raises(error, match=f"Line {line} of {file}") as caught:
        read(tmp_path, name, **{file: text})
    assert type(caught.value) is error


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("100k", ""),
        ("20m", HEADER),
        ("20m", "user,movie,stars,when\n1,2,3,4\n"),
        ("20m", ""),
    ],
)
def test_a_file_without_ratings_or_with_another_header_is_refused(tmp_path, name, text):
    file = DATASETS[name].layout.ratings_file
    with pytest.raises(MalformedRatings, match=f"{file} in .*fetch it again"):
        read(tmp_path, name, **{file: text})


@pytest.mark.parametrize(
    ("name", "text", "where"),
    [
        ("100k", TAB_FILES["u.item"] + "9|Short row (1990)|x\n", "Line 5 of u.item"),
        ("100k", TAB_FILES["u.item"] + "x" + TAB_FILES["u.item"], "Line 5 of u.item"),
        ("100k", "", "u.item in .* lists no movies"),
        ("1m", COLON_FILES["movies.dat"] + "9::No genres\n", "Line 4 of movies.dat"),
        ("1m", "nonsense\n", "Line 1 of movies.dat"),
        ("10m", b"1::Good::Drama\n2::C\xe9::Drama\n", "Line 2 of movies.dat .*utf-8"),
        ("20m", "movieId,name,genres\n1,A,B\n", "Line 1 of movies.csv"),
        ("20m", "movieId,title,genres\nx,A,B\n", "Line 2 of movies.csv"),
        ("20m", 'movieId,title,genres\n1,"A,B\n', "Line 2 of movies.csv"),
        ("20m", "", "Line 1 of movies.csv .*is ''; expected the header movieId"),
        ("20m", "movieId,title,genres\n", "movies.csv in .* lists no movies"),
        ("20m", MOVIES + "1,A,B\n\n3,a\n", "Line 4 of movies.csv"),
        ("20m", MOVIES + "3,a\n", "Line 2 of movies.csv"),
        (
            "20m",
            MOVIES + "1,A,B\n3,a,B,C\n",
            "Line 3 of movies.csv .* expected a movie: its id",
        ),
        ("20m", MOVIES + "1,A,B\n2,,B\n", "Line 3 of movies.csv .* empty title"),
        ("20m", MOVIES + "1,A,B\n01,C,B\n", "Line 3 of movies.csv .*movie 01 a second"),
        ("1m", "1::A::B\n2:: ::B\n", "Line 2 of movies.dat .* empty title"),
        ("1m", "1::A::B\n1::C::B\n", "Line 2 of movies.dat .*movie 1 a second"),
        ("100k", TAB_FILES["u.item"] * 2, "Line 5 of u.item .*movie 7 a second"),
    ],
)
def test_a_bad_movie_is_named_with_file_and_line(tmp_path, name, text, where):
    file = DATASETS[name].layout.movies_file
    with pytest.raises(MalformedMovies, match=where):
        read(tmp_path, name, **{file: text})


def test_the_real_100k_has_its_known_quirks(ml100k):
    ratings, movies = ml100k
    assert len(ratings) == 100_000
    assert ratings["user_id"].nunique() == 943
    assert ratings["item_id"].nunique() == len(movies) == 1_682
    assert not ratings.duplicated(["user_id", "item_id"]).any()
    assert ratings.iloc[0].tolist() == [196, 242, 3, 881250949]
    by_id = movies.set_index("item_id")
    assert by_id.loc[12, "title"] == "The Usual Suspects"
    assert by_id.loc[12, "year"] == 1995
    assert by_id.loc[267, "title"] == "unknown"
    assert by_id.index[by_id["year"].isna()].tolist() == [267, 1412]
    assert by_id.index[by_id["genres"] == ""].tolist() == [267, 1373]
    assert movies.duplicated(["title", "year"]).sum() == 18
    assert "Misérables" in by_id["title"].str.cat()


def test_no_article_stays_behind_in_the_real_100k(ml100k):
    """379 articles are moved with a space, "Enfer, L'" without."""
    titles = ml100k[1]["title"]
    moved = titles.str.match(r"(?:The|A|An|La|Le|Les|Il|Das|Der) |L'")
    assert moved.sum() >= 380
    assert not titles.str.contains(
        r", (?:The|A|An|La|Le|Les|Il|Das|Der|L')(?: \(|$)"
    ).any()
