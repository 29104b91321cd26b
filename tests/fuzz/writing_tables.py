"""Tables of anyone's ratings as they are written, and what should be made of them.

A cell is a text and what it means; None where it means nothing that can be used.
"""

import csv
import io
import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from hypothesis import strategies as st

WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.0)?")
ENCODINGS = ["utf-8", "utf-8-sig"]
HEADS = {
    "user": ["user", "User ID", "reader", "customer_id"],
    "item": ["item", "Book", "isbn", "movieId"],
    "rating": ["rating", "Score", "stars"],
    "time": ["timestamp", "Date", "rated_at"],
    "title": ["title", "Book-Title"],
}
BAD_NUMBERS = ["", "abc", "nan", "inf", "-inf", "1e400", "--", "3 stars", "NaN", "NULL"]
BAD_TIMES = ["", "yesterday", "nan", "99999999999999999999999", "inf", "0000-00-00"]
LETTERS = st.characters(categories=["L", "N", "P", "S", "M"], exclude_characters="\x00")
INTEGERS = [
    st.integers(0, 5),
    st.integers(-3, 3),
    st.integers(2**53, 2**53 + 3),
    st.integers(10**18 - 3, 10**18 + 3),
    st.integers(2**70, 2**70 + 3),
]


@dataclass
class Table:
    """The bytes of a file, and what its rows mean."""

    data: bytes
    heads: dict[str, str]  # role → name of the column
    rows: list[dict]  # role → what the cell means


@st.composite
def ids(draw):
    """A strategy of ids of one kind."""
    kinds = [some.map(str) for some in INTEGERS]
    kinds += [some.map(lambda n: f"{n}.0") for some in INTEGERS[:3]]
    kinds += [st.integers(0, 9).map(lambda n: f"00{n}"), st.text(LETTERS, min_size=1)]
    kinds += [st.sampled_from(["ann", " ann", "ann ", "Ann", "٣", "é", "é", "True"])]
    one = draw(st.sampled_from(kinds))
    return st.one_of(one, one, one, st.sampled_from(["", " ", "NaN"]))


@st.composite
def tables(draw):
    """A well-written table: every row has a field for each column."""
    roles = ["user", "item", *draw(st.sets(st.sampled_from(list(HEADS)[2:])))]
    heads = {role: draw(st.sampled_from(HEADS[role])) for role in roles}
    order = draw(st.permutations(roles))
    kinds = {
        "user": draw(ids()),
        "item": draw(ids()),
        "rating": st.one_of(
            st.integers(-5, 100).map(str),
            st.floats(-1e6, 1e6).map(repr),
            st.sampled_from(BAD_NUMBERS),
        ),
        "time": draw(st.sampled_from(["seconds", "ms", "dates"])),
        "title": st.text(LETTERS, max_size=6),
    }
    time = kinds["time"]
    seconds = st.integers(10**9, 4 * 10**9)
    n = draw(st.integers(1, 8))
    texts, bad_times = [], 0
    for _ in range(n):
        row = {}
        for role in order:
            if role != "time":
                row[role] = draw(kinds[role])
                continue
            bad = draw(st.booleans()) and 2 * (bad_times + 1) < n
            bad_times += bad
            moment = draw(seconds)
            good = {
                "seconds": str(moment),
                "ms": str(moment * 1000 + 7),
                "dates": datetime.fromtimestamp(moment, UTC).strftime(
                    draw(st.sampled_from(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"]))
                ),
            }[time]
            row[role] = draw(st.sampled_from(BAD_TIMES)) if bad else good
        texts.append(row)
    file = io.StringIO(newline="")
    writer = csv.writer(
        file,
        delimiter=draw(st.sampled_from(",;\t|")),
        quoting=draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
        lineterminator=draw(st.sampled_from(["\n", "\r\n"])),
    )
    writer.writerow([heads[role] for role in order])
    writer.writerows([[row[role] for role in order] for row in texts])
    data = file.getvalue().encode(draw(st.sampled_from(ENCODINGS)))
    return Table(data, heads, [_meaning(row, time, texts) for row in texts])


def _meaning(row: dict, time: str, texts: list[dict]) -> dict:
    found = {}
    for role in ("user", "item"):
        column = [_id(other[role]) for other in texts]
        whole = all(WHOLE.fullmatch(i) for i in column if i is not None)
        text = _id(row[role])
        found[role] = int(text.removesuffix(".0")) if text and whole else text
    if "rating" in row:
        found["rating"] = _number(row["rating"])
    if "time" in row:
        found["time"] = _moment(row["time"], time)
    return found


def _id(text: str) -> str | None:
    text = text.strip()
    return None if text.lower() in ("", "nan") else text


def _number(text: str) -> float | None:
    try:
        return float(text) if math.isfinite(float(text)) else None
    except ValueError:
        return None


def _moment(text: str, kind: str) -> int | None:
    if text in BAD_TIMES:
        return None
    if kind == "dates":
        return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())
    return int(text) // (1000 if kind == "ms" else 1)


def expected(rows: list[dict]) -> tuple[list[tuple], int, int]:
    """The rows of `load_ratings`, how many are left out, and how many are repeated."""
    whole = [row for row in rows if None not in row.values()]
    pairs = {}
    for place, row in enumerate(whole):
        pairs.setdefault((row["user"], row["item"]), []).append((place, row))
    kept = []
    for found in pairs.values():
        place, row = max(found, key=lambda pair: (pair[1].get("time", 0), pair[0]))
        stars = row.get("rating", float(len(found)))
        times = [row["time"]] if "time" in row else []
        kept.append((place, (row["user"], row["item"], stars, *times)))
    again = len(whole) - len(kept)
    return [row for _, row in sorted(kept)], len(rows) - len(whole), again


def records(data: bytes) -> int | None:
    """How many rows Python's own reader finds under the header; None for no text."""
    try:
        text = data.decode("utf-8-sig")
        head = re.split("\r\n|\r|\n", text)[0]
        sign = max("\t;|,", key=lambda s: (head.count(s), s == ","))
        file = io.StringIO(text, newline="")
        reader = csv.reader(file, delimiter=sign, skipinitialspace=True)
        # A line of nothing but spaces is blank.
        return sum(len(row) > 1 or bool("".join(row).strip()) for row in reader) - 1
    except (UnicodeDecodeError, csv.Error):
        return None
