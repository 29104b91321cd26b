"""Labs 00 and 05: rate movies by clicking on stars, and see the list change.

Python answers each click: it folds the ratings in (`recommend.folding`), which takes
milliseconds, and writes the list anew. Where no kernel answers, the output is the list
for the ratings that were given in code.
"""

from html import escape

import ipywidgets as widgets
import numpy as np
import pandas as pd
import torch

from data_utils import UNKNOWN, RatingsDataset
from models import ALS
from models.arguments import check_count
from recommend import FoldedUser, fold_in, fold_in_items, recommend_for_user_id, support
from title_search import TitleIndex, UnknownTitle, label_movies

from .page import plain_table, table, template

MOST_LEVELS = 10  # buttons in a row
MOST_SUGGESTED = 5000  # titles that the search field completes
HEAD = ["", "your list", "predicted", "mostly because of"]
MOVED = "last click"


def rate_movies(
    model: ALS,
    train: RatingsDataset,
    movies: pd.DataFrame,
    ratings: dict[str, float] | None = None,
    n_movies: int = 12,
    top_k: int = 10,
    min_ratings: int = 0,
) -> "RateMovies":
    """Movies to rate by clicking, beside the list that follows from the ratings.

    ratings: stars by title, to start with; a title may be typed as one says it. Those
    movies come first, then the most rated ones, `n_movies` in all; a search field adds
    others. The list has `top_k` movies with at least `min_ratings` training ratings,
    and to each the rating that adds most to its prediction. `.ratings` of the answer
    holds what has been clicked so far. Raises what `recommend.fold_in` raises for
    titles and stars, and `ValueError` for a number of movies below 1.

    >>> table = pd.DataFrame({"user_id": [1, 1, 2, 2], "item_id": [7, 8, 7, 8],
    ...                       "rating": [5.0, 1.0, 4.0, 2.0]})
    >>> movies = pd.DataFrame({"item_id": [7, 8], "title": ["Heat", "Casino"],
    ...                        "year": [1995, 1995], "genres": ["", ""]})
    >>> train = RatingsDataset.fit(table)
    >>> page = rate_movies(ALS(1).fit(train), train, movies, {"heat": 5})
    >>> page.ratings, page.new["title"].tolist()
    ({'Heat (1995)': 5.0}, ['Casino'])
    """
    check_count("n_movies", n_movies, at_least=1, example=12)
    return RateMovies(model, train, movies, ratings or {}, n_movies, top_k, min_ratings)


class RateMovies:
    """What `rate_movies` answers: `.ratings` by title and year, and `.new`, the list.

    `.new` is the table of `recommend.Recommendations`, with a column `reason`.
    """

    def __init__(self, model, train, movies, ratings, n_movies, top_k, min_ratings):
        self._model, self._train, self._movies = model, train, movies
        self._top_k, self._min_ratings = top_k, min_ratings
        self._counts = support(train).numpy()  # (n_items,)
        counts = pd.Series(self._counts, train.item_ids.raw)
        self._titles = TitleIndex(movies, counts)
        labels = pd.Series(label_movies(movies).to_numpy(), movies["item_id"])
        raw = pd.Index(train.item_ids.raw)
        untitled = pd.Series([f"movie {i}" for i in raw], raw)
        self._labels = labels.reindex(raw).fillna(untitled).tolist()
        self._levels = levels_of(train)
        self._stars: dict[int, float] = {}  # by item index, in order of rating
        if ratings:
            you = fold_in(model, train, self._titles, ratings)
            pairs = zip(you.items.tolist(), you.stars.tolist(), strict=True)
            self._stars = dict(pairs)
        famous = np.argsort(-self._counts, kind="stable").tolist()
        self._offered = list(dict.fromkeys([*self._stars, *famous]))
        self._offered = self._offered[: max(n_movies, len(self._stars))]
        self._box: widgets.Box | None = None
        self._update()

    @property
    def ratings(self) -> dict[str, float]:
        """Stars by title and year, as `recommend.fold_in` takes them."""
        return {self._labels[item]: stars for item, stars in self._stars.items()}

    def rate(self, item: int, stars: float | None) -> None:
        """Give `stars` to the movie with this index, or take them back with None."""
        self._stars.pop(item, None)
        if stars is not None:
            self._stars[item] = stars
        self._update()

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        if self._box is None:
            self._box = self._build()
        live = self._box._repr_mimebundle_()
        return live | {"text/plain": repr(self), "text/html": self._html()}

    def __repr__(self) -> str:
        rated = [[label, f"{stars:g}"] for label, stars in self.ratings.items()]
        yours = plain_table(["you rated", "stars"], rated) if rated else self._note()
        return f"{yours}\n\n{plain_table(HEAD, self._rows())}"

    def _update(self) -> None:
        you = self._fold()
        page = recommend_for_user_id(
            self._model, self._train, self._movies, you, self._top_k, self._min_ratings
        )
        before = getattr(self, "new", page.new).index.tolist()
        items = self._train.item_ids.encode(page.new.index)
        self.new = page.new.assign(reason=self._reasons(you, items))
        self._items = items.tolist()
        self._moves = [
            _move(before, movie, i) for i, movie in enumerate(page.new.index)
        ]
        if self._box is not None:
            self._list.value = self._html()

    def _fold(self) -> FoldedUser:
        if self._stars:
            items, stars = list(self._stars), list(self._stars.values())
            return fold_in_items(self._model, items, stars)
        # Nobody yet: an average user, in the space of the same model.
        you = fold_in_items(self._model, [0], [self._levels[0]])
        nothing = you.items[:0], you.stars[:0], you.steps[:0]
        return you._replace(
            **dict(zip(("items", "stars", "steps"), nothing, strict=True))
        )

    def _reasons(self, you: FoldedUser, items) -> list[str]:
        """For each listed movie the rating that adds most, as words."""
        if not len(you.items):
            return ["liked by most who rated it"] * len(items)
        vectors = you.item_vectors[torch.as_tensor(items)]
        most, which = (you.steps @ vectors.T).max(dim=0)
        return [
            f"{self._labels[you.items[w]]}, {m:+.2f}" if m > 0 else "no rating of yours"
            for m, w in zip(most.tolist(), which.tolist(), strict=True)
        ]

    def _rows(self) -> list[list]:
        return [
            [i + 1, self._labels[item], f"{predicted:.2f}", reason]
            for i, (item, predicted, reason) in enumerate(
                zip(self._items, self.new["predicted"], self.new["reason"], strict=True)
            )
        ]

    def _note(self) -> str:
        if not self._stars:
            return "You have rated nothing yet: this is the list for an average user."
        count = len(self._stars)
        return f"From your {count} rating{'' if count == 1 else 's'}:"

    def _html(self) -> str:
        """The ratings where no kernel answers, and the list."""
        rows = [
            [*row, move] for row, move in zip(self._rows(), self._moves, strict=True)
        ]
        rated = "; ".join(f"{t}: {s:g}" for t, s in self.ratings.items())
        given = f'<p class="quiet">{escape(rated)}</p>' if rated else ""
        listed = table([*HEAD, MOVED], rows, self._note())
        return (
            f'<div class="play"><style>{template("play.css")}</style>'
            f'<div role="status">{listed}{given}</div></div>'
        )

    def _build(self) -> widgets.Box:
        style = f"<style>{template('rating.css')}{_signs(self._levels)}</style>"
        suggested = np.argsort(-self._counts, kind="stable")[:MOST_SUGGESTED]
        self._search = widgets.Combobox(
            placeholder="Add a movie by its title",
            options=list(dict.fromkeys(self._labels[item] for item in suggested)),
            continuous_update=False,
        )
        self._search.observe(self._add, "value")
        self._said = widgets.HTML()
        self._buttons = widgets.VBox([self._row(item) for item in self._offered])
        self._list = widgets.HTML(self._html())
        left = widgets.VBox(
            [widgets.HTML(style), self._search, self._said, self._buttons]
        )
        box = widgets.Box([left, self._list])
        box.add_class("rate-movies")
        left.add_class("rate-left")
        self._list.add_class("rate-list")
        return box

    def _row(self, item: int) -> widgets.RadioButtons:
        """A movie with one button per level; the first one takes a rating back."""
        label, index = self._labels[item], 0
        if item in self._stars:
            gaps = [abs(level - self._stars[item]) for level in self._levels]
            index = 1 + gaps.index(min(gaps))
        options = [f"{label}: not rated"]
        options += [f"{label}: {level:g}" for level in self._levels]
        row = widgets.RadioButtons(
            options=options, index=index, description=label, orientation="horizontal"
        )

        def clicked(change) -> None:
            place = change["new"]
            self.rate(item, self._levels[place - 1] if place else None)

        row.observe(clicked, "index")
        return row

    def _add(self, change) -> None:
        """Offer the movie that was typed, above the others."""
        if not change["new"].strip():
            return
        try:
            match = self._titles.find(change["new"])
        except (UnknownTitle, ValueError) as error:
            self._say(str(error))
            return
        item = int(self._train.item_ids.encode([match.item_id], unknown="mark")[0])
        if item == UNKNOWN:
            self._say(f"Nobody has rated {match.label}: choose another movie.")
            return
        rows = list(self._buttons.children)
        row = rows.pop(self._offered.index(item)) if item in self._offered else None
        self._offered = [item, *(i for i in self._offered if i != item)]
        self._buttons.children = [row or self._row(item), *rows]
        self._search.value = ""
        self._say(match.note or f"{match.label} is at the top now: rate it.")

    def _say(self, text: str) -> None:
        self._said.value = f'<div class="play" role="status">{escape(text)}</div>'


def levels_of(train: RatingsDataset) -> list[float]:
    """The levels of the scale, ascending; of many, ten from the lowest to the highest.

    >>> table = pd.DataFrame({"user_id": [1, 1, 2], "item_id": [7, 8, 7],
    ...                       "rating": [5.0, 3.5, 4.0]})
    >>> levels_of(RatingsDataset.fit(table))
    [3.5, 4.0, 5.0]
    """
    levels = train.ratings.unique().double().tolist()
    levels = [float(f"{level:.6g}") for level in levels]  # float32 has seven digits
    if len(levels) > MOST_LEVELS:
        places = np.linspace(0, len(levels) - 1, MOST_LEVELS).round().astype(int)
        levels = [levels[place] for place in places]
    return levels


def _signs(levels: list[float]) -> str:
    """CSS: what is written on the buttons, stars or the levels' numbers."""
    if levels == [float(i + 1) for i in range(len(levels))] and len(levels) <= 5:
        return (
            ".rate-movies .widget-radio-box label + label::before{content:'☆'}"
            ".rate-movies .widget-radio-box label + label:has(input:checked)::before,"
            ".rate-movies .widget-radio-box label + label:has(~ label input:checked)"
            "::before{content:'★'}"
        )
    return "".join(
        f".rate-movies .widget-radio-box label:nth-child({i})::before"
        f"{{content:'{level:g}';font-size:14px}}"
        for i, level in enumerate(levels, start=2)
    ) + (
        ".rate-movies .widget-radio-box label + label:has(input:checked)::before"
        "{background:#b87b00;color:#fff}"
    )


def _move(before: list, movie, place: int) -> str:
    """How a movie of the list has moved: "new", "▲ 2", "▼ 1" or nothing."""
    if movie not in before:
        return "new"
    step = before.index(movie) - place
    return "" if step == 0 else f"{'▲' if step > 0 else '▼'} {abs(step)}"
