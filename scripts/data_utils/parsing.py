"""The three layouts of MovieLens, each read whole columns at a time."""

import csv
import io
import re
from typing import BinaryIO, NoReturn

import numpy as np
import pandas as pd

from .archives import Source
from .errors import MalformedMovies, MalformedRatings, NegativeId, RatingOutOfScale
from .registry import COLONS, TAB, Dataset
from .titles import clean_titles

RATING_TYPES = {
    "user_id": "int64",
    "item_id": "int64",
    "rating": "float64",
    "timestamp": "int64",
}
RATINGS_HEADER = "userId,movieId,rating,timestamp"
MOVIES_HEADER = ["movieId", "title", "genres"]
NO_GENRES = "(no genres listed)"
ADVICE = "Correct the line, or delete this copy and fetch it again."

# The genre flags of u.item, in their order there; the first one says "unknown".
# fmt: off
GENRE_FLAGS = [
    "unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime",
    "Documentary", "Drama", "Fantasy", "Film-Noir", "Horror", "Musical", "Mystery",
    "Romance", "Sci-Fi", "Thriller", "War", "Western",
]
# fmt: on


def read_ratings(source: Source, dataset: Dataset) -> pd.DataFrame:
    """The ratings in the order of the file: `user_id, item_id, rating, timestamp`.

    Raises `MalformedRatings`, `RatingOutOfScale` or `NegativeId` with file and line.
    """
    try:
        with source.open(dataset.layout.ratings_file) as handle:
            ratings = _four_columns(handle, dataset)
    except (ValueError, OverflowError) as error:
        _name_the_bad_row(source, dataset, error)
    if not isinstance(ratings.index, pd.RangeIndex):  # a fifth field in the first row
        _name_the_bad_row(source, dataset, "more than four fields")
    if ratings.empty:
        raise MalformedRatings(
            f"{dataset.layout.ratings_file} in {source.path} holds no ratings. "
            "Delete this copy and fetch it again."
        )
    stars = ratings["rating"].to_numpy()
    on_scale = (stars >= dataset.lowest) & (stars <= dataset.highest)
    on_scale &= stars / dataset.step == np.floor(stars / dataset.step)
    ids = ratings[["user_id", "item_id"]].to_numpy()
    if not on_scale.all() or ids.min() < 0:
        _name_the_bad_row(source, dataset, "a value out of range")
    return ratings


def read_movies(source: Source, dataset: Dataset) -> pd.DataFrame:
    """The movies: `item_id, title, year, genres`; see `clean_titles` for the titles.

    Genres are joined by `|`; a movie without any has an empty string. Raises
    `MalformedMovies` with file and line.
    """
    file = dataset.layout.movies_file
    read = {TAB: _tab_movies, COLONS: _colon_movies}.get(dataset.layout, _csv_movies)
    with source.open(file) as handle:
        data = handle.read()
    where = f"{file} in {source.path}"
    try:
        text = data.decode(dataset.encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise MalformedMovies(
            f"Line {line} of {where} is not {dataset.encoding} text. The file was "
            "saved in another encoding; delete this copy and fetch it again."
        ) from error
    raw = read(text, where)
    title, year = clean_titles(raw["title"])
    genres = raw["genres"].mask(raw["genres"] == NO_GENRES, "").astype("str")
    item_id = raw["item_id"].astype("int64")
    columns = {"item_id": item_id, "title": title, "year": year, "genres": genres}
    return pd.DataFrame(columns).reset_index(drop=True)


def _four_columns(handle: BinaryIO, dataset: Dataset) -> pd.DataFrame:
    layout = dataset.layout
    separator = layout.separator
    if separator == "::":  # pandas reads one-byte separators ten times faster
        handle = io.BytesIO(handle.read().replace(b"::", b"\t"))
        separator = "\t"
    if layout.header:
        header = handle.readline().decode("utf-8-sig", "replace").strip()
        if header != RATINGS_HEADER:
            raise ValueError(f"line 1 is {header[:60]!r}, not {RATINGS_HEADER!r}")
    return pd.read_csv(
        handle,
        sep=separator,
        header=None,
        names=list(RATING_TYPES),
        dtype=RATING_TYPES,
        quoting=csv.QUOTE_NONE,
        engine="c",
    )


def _name_the_bad_row(source: Source, dataset: Dataset, problem) -> NoReturn:
    """Reads line by line up to the first row that is wrong, to say where it is."""
    layout = dataset.layout
    with source.open(layout.ratings_file) as lines:
        for number, line in enumerate(lines, start=1):
            row = line.decode("utf-8", "replace").strip("\r\n")
            if (layout.header and number == 1) or not row:
                continue
            where = f"Line {number} of {layout.ratings_file} in {source.path}"
            fields = row.split(layout.separator)
            numbers = [f for f in fields if re.fullmatch(r"-?\d{1,18}(\.\d+)?", f)]
            whole = [f for f in (*fields[:2], *fields[3:]) if "." not in f]
            if len(fields) != 4 or len(numbers) != 4 or len(whole) != 3:
                raise MalformedRatings(
                    f"{where} is {row[:80]!r}; expected four numbers (user, movie, "
                    f"rating, timestamp) separated by {layout.separator!r}. {ADVICE}"
                )
            if "-" in fields[0] or "-" in fields[1]:
                raise NegativeId(
                    f"{where} has the ids {fields[0]} and {fields[1]}; user and movie "
                    f"ids are never negative. {ADVICE}"
                )
            steps = (float(fields[2]) - dataset.lowest) / dataset.step
            if steps % 1 or not dataset.lowest <= float(fields[2]) <= dataset.highest:
                raise RatingOutOfScale(
                    f"{where} rates {fields[2]}; {dataset.name} has stars from "
                    f"{dataset.lowest:g} to {dataset.highest:g} in steps of "
                    f"{dataset.step:g}. {ADVICE}"
                )
    raise MalformedRatings(
        f"{layout.ratings_file} in {source.path} cannot be read: {problem}. "
        "Delete this copy and fetch it again."
    )


def _tab_movies(text: str, where: str) -> pd.DataFrame:
    columns = ["item_id", "title", "released", "video", "address", *GENRE_FLAGS]
    parts = _lines(text).str.split("|", expand=True)
    _check(parts, len(columns), "item id, title, two dates, address, 19 flags", where)
    parts.columns = columns
    genres = pd.Series("", index=parts.index, dtype="str")
    for genre in GENRE_FLAGS[1:]:
        genres = genres.where(parts[genre] != "1", genres + f"|{genre}")
    return parts[["item_id", "title"]].assign(genres=genres.str.lstrip("|"))


def _colon_movies(text: str, where: str) -> pd.DataFrame:
    parts = _lines(text).str.extract(r"^(\d+)::(.*)::(.*)$")
    _check(parts, 3, "item id::title::genres", where)
    return parts.set_axis(["item_id", "title", "genres"], axis=1)


def _csv_movies(text: str, where: str) -> pd.DataFrame:
    # pandas would fill a short row up, and drop what a long one has too much.
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, [])
        rows = [(reader.line_num, row) for row in reader if row]
    except csv.Error as error:
        raise MalformedMovies(
            f"Line {reader.line_num} of {where} cannot be read: {error}. "
            "Delete this copy and fetch it again."
        ) from error
    if header != MOVIES_HEADER:
        raise MalformedMovies(
            f"Line 1 of {where} names the columns {', '.join(header) or '(none)'}; "
            f"expected {', '.join(MOVIES_HEADER)}. Delete this copy and fetch it again."
        )
    expected = ",".join(MOVIES_HEADER)
    for line, row in rows:
        if len(row) != len(MOVIES_HEADER):
            raise MalformedMovies(_not_a_movie(line, where, expected))
    lines, fields = [line for line, _ in rows], [row for _, row in rows]
    columns = ["item_id", "title", "genres"]
    parts = pd.DataFrame(fields, index=lines, columns=columns, dtype="str")
    _check(parts, len(columns), expected, where)
    return parts


def _lines(text: str) -> pd.Series:
    """The lines that are not blank, under their numbers in the file."""
    lines = pd.Series(text.split("\n"), dtype="str").str.rstrip("\r")
    lines.index += 1
    return lines[lines.str.strip() != ""]


def _check(parts: pd.DataFrame, n_fields: int, expected: str, where: str) -> None:
    if parts.empty:
        raise MalformedMovies(
            f"{where} lists no movies. Delete this copy and fetch it again."
        )
    ids = parts.iloc[:, 0].astype("str")
    bad = ~ids.str.fullmatch(r"\d{1,18}")
    bad |= parts.iloc[:, min(n_fields, parts.shape[1]) - 1].isna()
    bad |= parts.iloc[:, n_fields:].notna().any(axis=1)
    if parts.shape[1] < n_fields or bad.any():
        line = parts.index[bad.argmax()]
        raise MalformedMovies(_not_a_movie(line, where, expected))
    untitled = parts.iloc[:, 1].str.strip() == ""
    if untitled.any():
        line = parts.index[untitled.argmax()]
        raise MalformedMovies(
            f"Line {line} of {where} has an empty title; every movie has one. {ADVICE}"
        )
    again = ids.astype("int64").duplicated()
    if again.any():
        line, movie = parts.index[again.argmax()], ids[again].iloc[0]
        raise MalformedMovies(
            f"Line {line} of {where} lists movie {movie} a second time; an item id "
            f"stands for one movie. {ADVICE}"
        )


def _not_a_movie(line: int, where: str, expected: str) -> str:
    return f"Line {line} of {where} is not {expected}. {ADVICE}"
