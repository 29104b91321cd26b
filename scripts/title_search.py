"""Find a movie by its title as a person types it.

For authors: behind every question of a lab that asks for a title.
"""

import difflib
import re
import unicodedata
from typing import NamedTuple

import numpy as np
import pandas as pd

from data_utils.titles import ARTICLES

_YEAR = re.compile(r"^(.+?)\s*(?:\((\d{4})\)|(?<=\s)(\d{4}))$")
_ARTICLE = "|".join([*ARTICLES, "l"]).lower()  # "L'Avventura" as one types it
_LEADING = re.compile(rf"^(?:{_ARTICLE}) (?=.)")
_TRAILING = re.compile(rf", *(?:{_ARTICLE})'?$", re.IGNORECASE)
_LISTED = 5  # titles in a sentence


class UnknownTitle(LookupError):
    """No movie has such a title; the message suggests the nearest ones."""


class TitleMatch(NamedTuple):
    """One movie for a title that was typed.

    row: its place in the table of movies; item_id: its raw id; label: title and year;
    note: a sentence on the choice where several titles matched, else empty.
    """

    row: int
    item_id: int | str
    label: str
    note: str


class TitleIndex:
    """The titles of `movies` made ready for many searches.

    movies: the table with `item_id, title, year`. ratings: the table of ratings, or a
    series with their number by item_id; where several titles match, the movie with the
    most ratings is taken. Without it, the first in the table is.

    >>> movies = pd.DataFrame({"item_id": [7, 8], "title": ["Alien", "The Aliens"],
    ...     "year": [1979, 1986]})
    >>> match = TitleIndex(movies).find("aliens")
    >>> match.item_id, match.label
    (8, 'The Aliens (1986)')
    """

    def __init__(
        self, movies: pd.DataFrame, ratings: pd.DataFrame | pd.Series | None = None
    ):
        self.item_ids = movies["item_id"].tolist()
        self.years = movies["year"].to_numpy(dtype="float64", na_value=np.nan)
        self.labels = label_movies(movies).tolist()
        if isinstance(ratings, pd.DataFrame):
            ratings = ratings["item_id"].value_counts()
        counts = {} if ratings is None else ratings.to_dict()
        self.counts = [counts.get(item, 0) for item in self.item_ids]
        # A title and its names in parentheses: "Shall We Dance? (Shall We Dansu?)".
        self.names: dict[str, list[int]] = {}
        for row, title in enumerate(movies["title"].tolist()):
            for form in {form for name in _names(title) for form in _forms(name)}:
                self.names.setdefault(form, []).append(row)

    def find(self, query: str) -> TitleMatch:
        """The movie that `query` means: without case, accents, article or year.

        A whole title goes before part of one. "Heat (1995)" asks for that year. Raises
        `UnknownTitle`, with the nearest titles, where nothing matches.
        """
        if not isinstance(query, str) or not normalize_title(query):
            raise ValueError(
                f"{query!r} was given, and a title is text with a letter or a digit in "
                'it. Type one as you would say it, for example "the godfather".'
            )
        rows = self._rows(query)
        best = max(rows, key=lambda row: (self.counts[row], -row))
        item_id, label = self.item_ids[best], self.labels[best]
        return TitleMatch(best, item_id, label, self._note(query, rows))

    def _rows(self, query: str) -> list[int]:
        """Rows of all movies that match equally well."""
        dated = _YEAR.match(query.strip())
        for search in (self._titled, self._containing):
            if rows := search(query):
                return rows
            if dated and (rows := search(dated[1])):
                return self._of_year(int(dated[2] or dated[3]), rows, dated[1])
        return self._give_up(dated[1] if dated else query)

    def _titled(self, title: str) -> list[int]:
        known = [form for form in _forms(title) if form in self.names]
        return self.names[known[0]] if known else []

    def _containing(self, title: str) -> list[int]:
        for form in _forms(title):
            part = re.compile(rf"\b{re.escape(form)}\b")
            inside = filter(part.search, self.names)
            if rows := {row for name in inside for row in self.names[name]}:
                return sorted(rows)
        return []

    def _of_year(self, year: int, rows: list[int], title: str) -> list[int]:
        found = [row for row in rows if self.years[row] == year]
        if not found:
            raise UnknownTitle(
                f"No movie called “{title}” came out in {year}. "
                f"The movies with this title are: {self._list(rows)}."
            )
        return found

    def _give_up(self, title: str):
        if not self.names:
            raise UnknownTitle(
                f"“{title}” was not found, for the table of movies is empty."
            )
        near = difflib.get_close_matches(normalize_title(title), self.names, 3, 0.5)
        rows = list(dict.fromkeys(self.names[name][0] for name in near))
        hint = (
            f"The nearest titles are: {self._list(rows)}."
            if rows
            else "No title comes near it: try one distinctive word of the title."
        )
        raise UnknownTitle(f"No movie is called “{title}”. {hint}")

    def _note(self, query: str, rows: list[int]) -> str:
        if len(rows) == 1:
            return ""
        rows = sorted(rows, key=lambda row: (-self.counts[row], row))
        return (
            f"“{query}” matches {len(rows)} movies: {self._list(rows)}. "
            f"The one with the most ratings was taken: {self.labels[rows[0]]}."
        )

    def _list(self, rows: list[int]) -> str:
        listed = "; ".join(
            f"{self.labels[row]} – {_plural(self.counts[row])}"
            for row in rows[:_LISTED]
        )
        rest = len(rows) - _LISTED
        return listed + (f"; and {rest} more" if rest > 0 else "")


def label_movies(movies: pd.DataFrame) -> pd.Series:
    """Titles with their year in parentheses where one is known."""
    years = movies["year"].map(lambda year: "" if pd.isna(year) else f" ({year})")
    return movies["title"] + years


def normalize_title(title: str) -> str:
    """Lower case, without accents, punctuation or an article moved behind."""
    text = unicodedata.normalize("NFKD", _TRAILING.sub("", title.strip()))
    text = "".join(c for c in text if not unicodedata.combining(c)).casefold()
    text = re.sub(r"^l['’]", "l ", text)
    text = re.sub(r"['’]", "", text).replace("&", " and ")
    return re.sub(r"[\W_]+", " ", text).strip()


def _forms(title: str) -> list[str]:
    """As it is, then without its article: “Die Hard” is not first of all “hard”."""
    name = normalize_title(title)
    return [form for form in dict.fromkeys([name, _LEADING.sub("", name)]) if form]


def _names(title: str) -> list[str]:
    """The whole title, what stands before the parentheses, and what stands in them."""
    inside = re.findall(r"\((?:a\.k\.a\. )?([^()]+)\)", title)
    return [title, re.sub(r"\s*\([^()]*\)", "", title), *inside]


def _plural(count: int) -> str:
    return f"{count:,} rating" + ("" if count == 1 else "s")
