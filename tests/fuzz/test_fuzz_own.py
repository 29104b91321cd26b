"""Anyone's table: what is written well is read so, and no row goes without a word.

If these fail, someone's own data lose rows, or two of their users become one.
"""

import io
import re
from contextlib import redirect_stdout

import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from outcomes import attempt, count
from writing_editions import damaged
from writing_tables import expected, records, tables

from data_utils import load_ratings

ENCODINGS = ["utf-8", "utf-16", "utf-32", "latin-1", "cp1252"]


def load(path, data: bytes):
    path.write_bytes(data)
    said = io.StringIO()
    with redirect_stdout(said):
        outcome = attempt(lambda: load_ratings(path))
    return outcome, said.getvalue()


def said_to_be(pattern, said) -> int:
    """The number that the output gives for something; 0 where it gives none."""
    match = re.search(pattern, said)
    return int(match[1].replace(",", "")) if match else 0


def assert_read(outcome, said, rows) -> None:
    wanted, lacking, again = expected(rows)
    if not wanted:
        assert isinstance(outcome, Exception), "nothing can be left"
        return
    assert not isinstance(outcome, Exception), outcome
    ratings, movies = outcome
    found = list(ratings.itertuples(index=False, name=None))
    assert [row[:2] + row[3:] for row in found] == [r[:2] + r[3:] for r in wanted]
    assert [row[2] for row in found] == pytest.approx([row[2] for row in wanted])
    assert set(movies["item_id"]) == {row[1] for row in wanted}
    assert said_to_be(r"(\S+) of \S+ rows lack", said) == lacking
    if "rating" in rows[0]:
        assert said_to_be(r"(\S+) rows rate a pair", said) == again


@given(table=tables())
def test_a_sound_table_is_read_as_it_was_written(place, table):
    outcome, said = load(place / "own.csv", table.data)
    assert_read(outcome, said, table.rows)
    count("own tables, sound", outcome)


@given(table=tables(), data=st.data())
def test_a_damaged_table_loses_no_row_without_a_word(place, table, data):
    changed = data.draw(damaged(table.data, most=2))
    if data.draw(st.integers(0, 9)) == 0:
        encoding = data.draw(st.sampled_from(ENCODINGS))
        text = changed.decode("utf-8", "replace")
        changed = text.encode(encoding, "replace")
    outcome, said = load(place / "own.csv", changed)
    count("own tables, damaged", outcome)
    if isinstance(outcome, Exception):
        return
    ratings, movies = outcome
    assert set(ratings["item_id"]) == set(movies["item_id"])
    lacking = said_to_be(r"(\S+) of \S+ rows lack", said)
    again = said_to_be(r"(\S+) rows rate a pair", said)
    there = ratings["rating"].sum() if "no rating" in said else len(ratings) + again
    assert there + lacking == records(changed)


@given(data=st.binary(max_size=200))
def test_any_bytes_are_refused_or_make_sense(place, data):
    outcome, _ = load(place / "own.csv", data)
    count("own tables, any bytes", outcome)


FAULTS = {
    "twice": b"user,item,rating,rating\na,b,1,2\n",
    "one column": b"user\na\nb\n",
    "no rows": b"user,item,rating\n",
    "empty": b"",
    "only a mark": b"\xef\xbb\xbf",
    "blank lines": b"\n\n\n",
    "NUL": b"user,item,rating\na\x00b,c,3\n",
    "one field more": b"user,item,rating\nx,a,b,3\ny,d,e,4\n",
    "no header": b"1,2,3\n4,5,6\n",
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    "nothing whole": b"user,item,rating\n,b,1\na,,2\na,b,\n",
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".parquet"])
def test_what_is_no_table_of_ratings_is_refused(place, fault, suffix):
    outcome, _ = load(place / f"own{suffix}", FAULTS[fault])
    count("own tables, faults", outcome)
    assert isinstance(outcome, Exception)


TYPES = {int: "Int64", float: "Float64", str: "string"}


@given(table=tables(), data=st.data())
def test_a_parquet_file_is_read_as_it_was_written_or_refused(place, table, data):
    pytest.importorskip("pyarrow", reason="see requirements-parquet.txt")
    path, columns = place / "own.parquet", {}
    for role, name in table.heads.items():
        values = [row.get(role) for row in table.rows]
        kinds = {type(value) for value in values if value is not None} or {float}
        assume(all(not isinstance(n, int) or abs(n) < 2**63 for n in values))
        columns[name] = pd.array(values, dtype=TYPES[kinds.pop()])
    columns.pop(table.heads.get("title"), None)
    pd.DataFrame(columns).to_parquet(path)
    packed = path.read_bytes()
    outcome, said = load(path, packed)
    assert_read(outcome, said, table.rows)
    count("Parquet files, sound", outcome)
    outcome, _ = load(path, data.draw(damaged(packed, most=2)))
    count("Parquet files, damaged", outcome)
