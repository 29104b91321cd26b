"""Right files of the three layouts, damage, and what a strict reader sees in them."""

import csv
import re
from dataclasses import dataclass, replace
from unittest import mock

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from data_utils import DATASETS
from data_utils.registry import COLONS, GENRE_FLAGS, TAB
from data_utils.titles import clean_titles

NAMES = ["100k", "1m", "10m", "latest-small"]
LINE_ENDS = ["\n", "\r\n"]
TOKENS = [
    *(b"\x00", b"\xff", b"\xef\xbb\xbf", b'"', b"\r", b"\n", b"\t", b"::", b",", b"|"),
    *(b" ", b"-", b"+", b".", b"e9", b"nan", b"inf", b"1_0", b"#", b"0x1", b"\x1a"),
    *(str(2**70).encode(), str(2**63).encode(), "٣".encode(), "é".encode(), b"9" * 400),
]

KINDS = ["flip", "cut", "delete", "insert", "twice", "swap", "drop", "field", "cr"]


@dataclass(frozen=True)
class Files:
    """A written edition: its name, the bytes of its two files, and what they hold."""

    name: str
    ratings: bytes
    movies: bytes
    rows: list[tuple]  # user, item, stars, time
    films: list[tuple]  # item, title with its year, genres

    @property
    def by_name(self) -> dict[str, bytes]:
        ratings, movies = DATASETS[self.name].files
        return {ratings: self.ratings, movies: self.movies}

    def registered(self, **facts):
        """Let the registry publish this many ratings and movies, without a hash."""
        counts = {"n_ratings": len(self.rows), "n_movies": len(self.films)}
        known = {"bytes": None, "md5": None, "sha256": None} | counts | facts
        dataset = replace(DATASETS[self.name], **known)
        return mock.patch.dict(DATASETS, {self.name: dataset})


@st.composite
def files(draw, names=NAMES):
    """A whole edition of a few movies and ratings."""
    name = draw(st.sampled_from(names))
    dataset = DATASETS[name]
    tab, colons = dataset.layout is TAB, dataset.layout is COLONS
    latin = dataset.encoding == "latin-1"
    letters = st.characters(
        categories=["L", "N", "P", "S", "Zs"],
        exclude_characters='|",:\x85\xa0' if latin else '|",:',
        max_codepoint=255 if latin else None,
    )
    ids = draw(st.lists(st.integers(1, 10**6), min_size=1, max_size=5, unique=True))
    genres = st.lists(st.sampled_from(GENRE_FLAGS), max_size=2, unique=True)
    films = []
    for item in ids:
        title = draw(st.text(letters, max_size=8)).strip()
        chosen = [g for g in GENRE_FLAGS if g in draw(genres)]
        films.append((item, f"A {title} (1995)", "|".join(chosen)))
    stars = np.arange(dataset.lowest, 5.01, dataset.step).tolist()
    row = st.tuples(
        st.integers(1, 10**6),
        st.sampled_from(ids),
        st.sampled_from(stars),
        st.integers(0, 2**31),
    )
    rows = draw(st.lists(row, min_size=1, max_size=6))
    sign, end = dataset.layout.separator, draw(st.sampled_from(LINE_ENDS))
    kind = int if dataset.step == 1 else float
    lines = [sign.join(map(str, (u, i, kind(s), t))) for u, i, s, t in rows]
    listed = [_movie_line(film, tab, colons) for film in films]
    heads = [dataset.layout.ratings_header, dataset.layout.movies_header]
    texts = [
        end.join([head, *part] if head else part) + end
        for head, part in zip(heads, (lines, listed), strict=True)
    ]
    encoding = dataset.encoding.removesuffix("-sig")
    mark = b"\xef\xbb\xbf" if dataset.encoding.endswith("-sig") else b""
    mark = mark if draw(st.booleans()) else b""
    return Files(name, *(mark + text.encode(encoding) for text in texts), rows, films)


def _movie_line(film, tab: bool, colons: bool) -> str:
    item, title, genres = film
    if tab:
        flags = [str(int(genre in genres.split("|"))) for genre in GENRE_FLAGS]
        return "|".join([str(item), title, "01-Jan-1995", "", "http://x", "0", *flags])
    if colons:
        return f"{item}::{title}::{genres}"
    return f'{item},"{title}",{genres or "(no genres listed)"}'


@st.composite
def damaged(draw, data: bytes, most: int = 3):
    """`data` after one to `most` accidents: a bit, a cut, a line, a field."""
    for _ in range(draw(st.integers(1, most))):
        place = draw(st.integers(0, max(len(data) - 1, 0)))
        length = draw(st.integers(1, 12))
        token = draw(st.sampled_from(TOKENS))
        lines = data.split(b"\n")
        first, second = (draw(st.integers(0, len(lines) - 1)) for _ in "ab")
        kind = draw(st.sampled_from(KINDS))
        if kind == "flip" and data:
            bit = 1 << draw(st.integers(0, 7))
            data = data[:place] + bytes([data[place] ^ bit]) + data[place + 1 :]
        elif kind == "cut":
            data = data[:place]
        elif kind == "delete":
            data = data[:place] + data[place + length :]
        elif kind == "insert":
            data = data[:place] + token + data[place:]
        elif kind == "twice":
            data = b"\n".join([*lines[: first + 1], *lines[first:]])
        elif kind == "swap":
            lines[first], lines[second] = lines[second], lines[first]
            data = b"\n".join(lines)
        elif kind == "drop":
            data = b"\n".join(lines[:first] + lines[first + 1 :])
        elif kind == "field":
            fields = re.split(rb"(\t|::|,|\||;)", lines[first])
            fields[draw(st.integers(0, len(fields) - 1))] = token
            lines[first] = b"".join(fields)
            data = b"\n".join(lines)
        elif kind == "cr":
            data = data.replace(b"\n", b"\r")
    return data


def strictly_read(name: str, ratings: bytes, movies: bytes):
    """`(rows, films)` as a plain reader of lines sees them; None for no such table."""
    try:
        return _rows(DATASETS[name], ratings), _films(DATASETS[name], movies)
    except (ValueError, csv.Error, UnicodeDecodeError):
        return None


def _lines(data: bytes, encoding: str, header: str) -> list[str]:
    lines = re.split(r"\r\n|\r|\n", data.decode(encoding))
    if header and lines.pop(0).strip() != header:
        raise ValueError("no header")
    return [line for line in lines if line.strip()]


def _whole(text: str) -> int:
    if not re.fullmatch(r"\s*[+-]?[0-9]+\s*", text):
        raise ValueError(text)
    if not -(2**63) <= int(text) < 2**63:
        raise ValueError(text)
    return int(text)


def _rows(dataset, data: bytes) -> list[tuple]:
    header = dataset.layout.ratings_header
    encoding = "utf-8-sig" if header else "latin-1"
    rows = []
    for line in _lines(data, encoding, header):
        user, item, stars, time = line.split(dataset.layout.separator)
        row = _whole(user), _whole(item), float(stars), _whole(time)
        scale = dataset.lowest <= row[2] <= dataset.highest
        if not scale or row[2] / dataset.step % 1 or min(row[:2]) < 0 or "_" in stars:
            raise ValueError(line)
        rows.append(row)
    if not rows:
        raise ValueError("no rows")
    return rows


def _films(dataset, data: bytes) -> list[tuple]:
    films = []
    for line in _lines(data, dataset.encoding, dataset.layout.movies_header):
        if dataset.layout is TAB:
            item, title, *_, genres = (*line.split("|", 5)[:5], line.split("|")[5:])
            if len(genres) != 19 or not set(genres) <= {"0", "1"}:
                raise ValueError(line)
            pairs = zip(GENRE_FLAGS, genres[1:], strict=True)
            genres = "|".join(genre for genre, flag in pairs if flag == "1")
        elif dataset.layout is COLONS:
            item, rest = line.split("::", 1)
            title, genres = rest.rsplit("::", 1)
        else:
            ((item, title, genres),) = csv.reader([line], strict=True)
        if not title.strip():
            raise ValueError(line)
        genres = "" if genres == "(no genres listed)" else genres
        films.append((_whole(item), title, genres))
    if not films or len({film[0] for film in films}) < len(films):
        raise ValueError("no films, or one twice")
    return films


def assert_tables(tables, rows, films) -> None:
    """The two tables hold these rows and movies, in this order."""
    ratings, movies = tables
    assert list(ratings.itertuples(index=False, name=None)) == rows
    assert movies["item_id"].tolist() == [film[0] for film in films]
    title, year = clean_titles(pd.Series([film[1] for film in films], dtype="str"))
    assert movies["title"].tolist() == title.tolist()
    assert movies["year"].isna().tolist() == year.isna().tolist()
    assert movies["genres"].tolist() == [film[2] for film in films]
