"""One's own ratings: what is guessed is said, and nothing is lost in silence."""

import pandas as pd
import pytest

from data_utils.own_ratings import UnreadableRatings, load_ratings

BOOKS = "reader,book,score\nann,emma,9\nbob,emma,4\nann,ulysses,2\n"


@pytest.fixture
def write(tmp_path):
    def written(text, name="ratings.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return written


def test_columns_are_guessed_and_said(write, capsys):
    ratings, movies = load_ratings(write(BOOKS))
    assert ratings.columns.tolist() == ["user_id", "item_id", "rating"]
    assert ratings["rating"].tolist() == [9, 4, 2]
    assert movies["title"].tolist() == ["emma", "ulysses"]
    assert movies["genres"].tolist() == ["", ""]
    assert movies["year"].isna().all()
    said = capsys.readouterr().out
    assert said == (
        "Columns: user = reader, item = book, rating = score; no time, no title.\n"
    )


@pytest.mark.parametrize("sign", ["\t", ";", "|"])
def test_other_separators_are_seen(write, sign):
    ratings, _ = load_ratings(write(BOOKS.replace(",", sign), "ratings.tsv"))
    assert ratings["user_id"].tolist() == ["ann", "bob", "ann"]


def test_named_columns_win_over_guesses(write):
    text = "user,item,rating,grade,who\n1,7,5,80,30\n"
    ratings, _ = load_ratings(write(text), user="who", rating="grade")
    assert ratings.to_numpy().tolist() == [[30, 7, 80]]


def test_movielens_own_layout_is_read_without_a_word(write):
    text = "userId,movieId,rating,timestamp\n1,31,2.5,1260759144\n"
    ratings, movies = load_ratings(write(text))
    assert ratings.to_numpy().tolist() == [[1, 31, 2.5, 1260759144]]
    assert ratings["user_id"].dtype == ratings["timestamp"].dtype == "int64"
    assert movies["title"].tolist() == ["item 31"]


class TestIds:
    def test_numbers_stay_numbers_also_as_floats(self, write):
        ratings, _ = load_ratings(write("user,item,rating\n7.0,3,1\n12.0,4,2\n"))
        assert ratings["user_id"].tolist() == [7, 12]
        assert ratings["user_id"].dtype == "int64"

    def test_leading_zeros_are_kept(self, write):
        """ISBN 0141439580 is not the number 141439580."""
        ratings, _ = load_ratings(write("user,isbn,rating\n1,0141439580,5\n2,12,4\n"))
        assert ratings["item_id"].tolist() == ["0141439580", "12"]

    def test_text_is_stripped(self, write):
        ratings, _ = load_ratings(write('user,item,rating\n"ann ",a,5\nann,b,4\n'))
        assert ratings["user_id"].unique().tolist() == ["ann"]


class TestWhatIsLeftOut:
    def test_is_counted(self, write, capsys):
        text = "user,item,rating\n1,1,5\n,2,4\n3,,3\n4,4,good\n5,5,inf\n6,6,nan\n"
        ratings, _ = load_ratings(write(text))
        assert ratings.to_numpy().tolist() == [[1, 1, 5]]
        assert "5 of 6 rows lack a user, an item" in capsys.readouterr().out

    def test_the_latest_of_a_pair_is_kept_and_the_order_of_the_file(
        self, write, capsys
    ):
        text = "user,item,rating,time\n1,1,5,300\n2,1,4,50\n1,1,2,100\n"
        ratings, _ = load_ratings(write(text))
        assert ratings[["user_id", "rating"]].to_numpy().tolist() == [[1, 5], [2, 4]]
        assert "1 rows rate a pair once more; the latest" in capsys.readouterr().out

    def test_without_times_the_last_in_the_file_is_kept(self, write, capsys):
        ratings, _ = load_ratings(write("user,item,rating\n1,1,5\n1,1,2\n"))
        assert ratings["rating"].tolist() == [2]
        assert "the last in the file" in capsys.readouterr().out

    def test_if_that_is_all_it_is_an_error(self, write):
        with pytest.raises(UnreadableRatings, match="2 rows, and none with all of"):
            load_ratings(write("user,item,rating\n1,1,good\n2,2,bad\n"))


def test_events_are_counted(write, capsys):
    text = "listener,track\na,x\na,x\nb,x\na,y\na,x\n"
    ratings, _ = load_ratings(write(text))
    found = {tuple(row) for row in ratings.itertuples(index=False)}
    assert found == {("a", "x", 3.0), ("b", "x", 1.0), ("a", "y", 1.0)}
    said = capsys.readouterr().out
    assert "a pair's rating is its number of rows" in said
    assert "once more" not in said


class TestTimes:
    @pytest.mark.parametrize(
        ("text", "seconds"),
        [
            ("86400", 86400),
            ("1500000000000", 1500000000),
            ("1970-01-02", 86400),
            ("1970-01-02T00:00:10Z", 86410),
            ("1970-01-02 02:00:00+02:00", 86400),
        ],
    )
    def test_become_seconds(self, write, text, seconds):
        ratings, _ = load_ratings(write(f"user,item,rating,time\n1,1,5,{text}\n"))
        assert ratings["timestamp"].tolist() == [seconds]

    def test_that_cannot_be_read_are_counted(self, write, capsys):
        text = "user,item,rating,date\n1,1,5,2020-01-01\n1,2,4,soon\n1,3,3,2020-01-02\n"
        assert len(load_ratings(write(text))[0]) == 2
        assert "1 of 3 rows" in capsys.readouterr().out


def test_titles_are_taken_where_there_are_any(write):
    text = "user,item,rating,title\n1,1,5,Emma\n2,1,4,\n1,2,3,\n"
    _, movies = load_ratings(write(text))
    assert movies["title"].tolist() == ["Emma", "item 2"]


class TestBadFiles:
    def test_a_file_that_is_not_there(self, tmp_path):
        with pytest.raises(UnreadableRatings, match="There is no file"):
            load_ratings(tmp_path / "nowhere.csv")

    def test_a_folder(self, tmp_path):
        with pytest.raises(UnreadableRatings, match="There is no file"):
            load_ratings(tmp_path)

    def test_an_empty_file(self, write):
        with pytest.raises(UnreadableRatings, match="cannot be read as a table"):
            load_ratings(write(""))

    def test_another_encoding(self, write):
        text = "user,item,rating\n1,Amélie,5\n"
        with pytest.raises(UnreadableRatings, match="not UTF-8 text"):
            load_ratings(write(text, encoding="latin-1"))

    def test_lines_of_different_lengths(self, write):
        with pytest.raises(UnreadableRatings, match="number of fields"):
            load_ratings(write("user,item,rating\n1,1,5\n1,2,4,9,9\n"))

    def test_a_column_that_cannot_be_guessed(self, write):
        text = "alpha,item,rating\n1,1,5\n"
        with pytest.raises(
            UnreadableRatings, match=r"holds the users\? .* alpha, item, rating"
        ):
            load_ratings(write(text))

    def test_a_column_that_is_not_there(self, write):
        with pytest.raises(UnreadableRatings, match="no column 'stars' for rating="):
            load_ratings(write(BOOKS), rating="stars")

    def test_bytes_of_another_kind(self, write, tmp_path):
        path = tmp_path / "ratings.csv"
        path.write_bytes(bytes(range(256)) * 4)
        with pytest.raises(UnreadableRatings):
            load_ratings(path)


def test_parquet_is_read_where_pyarrow_is_installed(tmp_path, capsys):
    pytest.importorskip("pyarrow", reason="pip install -r requirements-parquet.txt")
    path = tmp_path / "ratings.parquet"
    dates = pd.to_datetime(["1970-01-02", "1970-01-03"])
    table = {"user": [1, 2], "item": ["a", "b"], "stars": [5, 3], "date": dates}
    pd.DataFrame(table).to_parquet(path)
    ratings, _ = load_ratings(path)
    assert ratings["timestamp"].tolist() == [86400, 172800]


def test_parquet_without_pyarrow_says_what_to_install(tmp_path, monkeypatch):
    path = tmp_path / "ratings.parquet"
    path.write_bytes(b"PAR1")

    def lacking(*_):
        raise ImportError("pyarrow")

    monkeypatch.setattr("pandas.read_parquet", lacking)
    with pytest.raises(UnreadableRatings, match=r"requirements-parquet\.txt"):
        load_ratings(path)


def test_a_date_far_from_now_does_not_fail_the_others(tmp_path):
    """Of a slip of the finger, 2470 for 2070, the whole file was refused."""
    path = tmp_path / "own.csv"
    times = ["99999999999999999999999", "2470-01-06T10:29:03Z", "2024-08-12"]
    rows = [f"u{n},i,4,{time}" for n, time in enumerate(times)]
    path.write_text("\n".join(["user,item,rating,time", *rows, ""]))
    ratings, _ = load_ratings(path)
    assert ratings["user_id"].tolist() == ["u1", "u2"]
    assert ratings["timestamp"].tolist() == [15779010543, 1723420800]
