"""Read and check: the three layouts of MovieLens become the same two tables.

For students who ask what is in the files, and for authors who add a layout.
"""

import csv
import io
import re
from typing import BinaryIO, NoReturn

import numpy as np
import pandas as pd

from .archives import Source
from .errors import MalformedMovies, MalformedRatings, NegativeId, RatingOutOfScale
from .registry import GENRE_FLAGS, TAB, Dataset
from .titles import clean_titles

RATING_TYPES = {"user_id": int, "item_id": int, "rating": float, "timestamp": int}
NO_GENRES = "(no genres listed)"
REMEDY = "Delete this copy and fetch it again."


def read_ratings(source: Source, dataset: Dataset) -> pd.DataFrame:
    """The ratings in the order of the file: `user_id, item_id, rating, timestamp`.

    Raises `MalformedRatings`, `RatingOutOfScale` or `NegativeId` with file and line.
    """
    layout, separator = dataset.layout, dataset.layout.separator
    with source.open(layout.ratings_file) as file:
        if separator == "::":  # pandas reads one-byte separators ten times faster
            data, separator = file.read(), "\t"
            # A tab that was there already is not taken for one of ours.
            data = data.replace(b"\t", b"?").replace(b"::", b"\t")
            file = io.BytesIO(data)
        try:
            header = (
                file.readline().decode("utf-8-sig") if layout.ratings_header else ""
            )
            if header.strip() != layout.ratings_header:
                raise ValueError(f"its first line is not {layout.ratings_header}")
            rows = _Rows(file, separator.encode())
            with np.errstate(invalid="ignore"):  # "inf" as an id, which is refused
                ratings = pd.read_csv(
                    io.BufferedReader(rows, 2**18),
                    sep=separator,
                    header=None,
                    names=list(RATING_TYPES),
                    dtype=RATING_TYPES,
                    quoting=csv.QUOTE_NONE,
                )
        except (TypeError, ValueError, OverflowError) as error:
            _name_the_bad_row(source, dataset, error)
    stars = ratings["rating"].to_numpy()
    sound = (stars >= dataset.lowest) & (stars <= dataset.highest)
    sound &= stars / dataset.step == np.floor(stars / dataset.step)
    sound &= (ratings[["user_id", "item_id"]].to_numpy() >= 0).all(axis=1)
    # Of a fifth field in the first row pandas makes an index.
    sound &= not rows.odd
    if not len(ratings) or not sound.all() or type(ratings.index) is not pd.RangeIndex:
        _name_the_bad_row(source, dataset, "it holds no ratings")
    return ratings


def read_movies(source: Source, dataset: Dataset) -> pd.DataFrame:
    """The movies: `item_id, title, year, genres`; see `clean_titles` for the titles.

    Genres are joined by `|`; a movie without any has an empty string. Raises
    `MalformedMovies` with file and line.
    """
    layout, file = dataset.layout, dataset.layout.movies_file
    with source.open(file) as handle:
        data = handle.read()
    try:
        # A carriage return alone ends a line too, as pandas has it in the ratings: left
        # inside, it would make one movie of two.
        lines = re.split(r"\r\n|\r|\n", data.decode(dataset.encoding))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise MalformedMovies(
            f"Line {line} of {file} in {source.path} is not {dataset.encoding} text. "
            "It was saved in another encoding; delete this copy and fetch it again."
        ) from error
    movies = {}
    for number, line in enumerate(lines, start=1):
        match = re.fullmatch(layout.movie, line)
        movie, title, genres = map(_unquoted, match.groups()) if match else ("", "", "")
        if number == 1 and layout.movies_header:
            if line == layout.movies_header:
                continue
            expected = f"expected the header {layout.movies_header}"
        elif not line.strip():
            continue
        elif not match:
            expected = "expected a movie: its id, title and genres"
        elif not title.strip():
            expected = "it has an empty title, and every movie has one"
        elif int(movie) in movies:
            expected = f"it lists movie {movie} a second time"
        else:
            movies[int(movie)] = title, genres
            continue
        raise MalformedMovies(_sentence(source, file, number, line, expected))
    if not movies:
        raise MalformedMovies(f"{file} in {source.path} lists no movies. {REMEDY}")
    raw = pd.DataFrame(movies.values(), columns=["title", "genres"], dtype="str")
    title, year = clean_titles(raw["title"])
    genres = raw["genres"].map(_named) if layout is TAB else raw["genres"]
    genres = genres.replace(NO_GENRES, "")
    columns = {"item_id": list(movies), "title": title, "year": year, "genres": genres}
    return pd.DataFrame(columns)


class _Rows(io.RawIOBase):
    """The bytes of a file of ratings; `odd` tells whether some are no row of four.

    pandas takes "True", "1e3" and "7.0" for whole numbers. So while it reads, digits
    and signs are left out of a copy of the bytes, and all that may remain of a row are
    its separators, a point in the stars, and its end.
    """

    def __init__(self, file: BinaryIO, separator: bytes):
        self._file, self._begun, self.odd = file, b"", False
        sign = separator
        self._sound = 2 * sign + b"." + sign + b"\n", 3 * sign + b"\n"

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        rest = data.translate(None, b"0123456789-").replace(b"\r", b"\n")
        if not data:  # the last row may have no end
            rest = b"\n"
        *lines, self._begun = (self._begun + rest).rpartition(b"\n")
        rest = b"".join(lines)
        for row in self._sound:
            rest = rest.replace(row, b"")
        self.odd |= bool(rest.strip(b"\n"))
        return len(data)


def _unquoted(field: str) -> str:
    return field[1:-1].replace('""', '"') if field.startswith('"') else field


def _named(flags: str) -> str:
    """Of u.item's `|0|1|…|0` the names of the genres, without the flag "unknown"."""
    pairs = zip(GENRE_FLAGS, flags.split("|")[2:], strict=True)
    return "|".join(genre for genre, flag in pairs if flag == "1")


def _name_the_bad_row(source: Source, dataset: Dataset, problem) -> NoReturn:
    """Read line by line up to the first row that is wrong, to say where it is."""
    layout, file = dataset.layout, dataset.layout.ratings_file
    low, high, step = dataset.lowest, dataset.highest, dataset.step
    scale = f"stars from {low:g} to {high:g} in steps of {step:g}"
    fields = f"user, movie, rating, timestamp, separated by {layout.separator!r}"
    whole = r"(-?[0-9]{1,18})"
    pattern = layout.separator.join(
        [whole, whole, r"(-?[0-9]{1,18}(?:\.[0-9]+)?)", whole]
    )
    with source.open(file) as lines:
        for number, line in enumerate(lines, start=1):
            row = line.decode("utf-8", "replace").strip("\r\n")
            match = re.fullmatch(pattern, row)
            if not row or (layout.ratings_header and number == 1):
                continue
            stars = float(match[3]) if match else None
            if not match:
                error, expected = MalformedRatings, f"expected four numbers ({fields})"
            elif "-" in match[1] + match[2]:
                error, expected = NegativeId, "user and movie ids are never negative"
            elif not low <= stars <= high or (stars - low) / step % 1:
                error, expected = RatingOutOfScale, f"{dataset.name} has {scale}"
            else:
                continue
            raise error(_sentence(source, file, number, row, expected))
    raise MalformedRatings(
        f"{file} in {source.path} cannot be read: {problem}. {REMEDY}"
    )


def _sentence(source: Source, file: str, number: int, line: str, expected: str) -> str:
    return (
        f"Line {number} of {file} in {source.path} is {line[:80]!r}; {expected}. "
        "Correct the line, or delete this copy and fetch it again."
    )
