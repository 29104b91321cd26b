"""A recommender answers raw ids: a list, a prediction, newcomers, new ratings.

For students: lab 12.
"""

from collections.abc import Mapping
from numbers import Real
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch

from data_utils import UNKNOWN, IdMap, RatingsDataset
from metrics.best import best
from models.arguments import check_count, is_number
from recommend.cold_start import can_be_id, known_index, whole_number

from .rules import Entries, Rule, rule_of
from .vectors import Vectors


class NoSuchId(LookupError):
    """No user or item has this id; the sentence says which, and what ids look like."""


class Recommendation(NamedTuple):
    """One place of a list; `score` is in the ratings' unit, or orders only."""

    item_id: int | str
    title: str
    score: float


class Growth(NamedTuple):
    """What new ratings were: how many, and of how many users and items, new and old."""

    ratings: int
    users: int
    items: int
    new_users: int
    new_items: int


class Recommender:
    """Vectors, ids, titles and the training ratings: all that an answer needs.

    `serving.load_recommender` makes one from a file and `Recommender.of` from a fitted
    model. `model` is the model's name with its settings. `answers` is "ratings" where
    scores are predicted ratings, and "order" where they only say what comes first.

    >>> from models import ALS
    >>> table = pd.DataFrame({"user_id": ["ann", "ann", "bob", "bob"],
    ...                       "item_id": [7, 8, 7, 9], "rating": [5.0, 1.0, 4.0, 2.0]})
    >>> books = pd.DataFrame({"item_id": [7, 8, 9], "title": ["Emma", "Kim", "Lot"]})
    >>> train = RatingsDataset.fit(table)
    >>> shop = Recommender.of(ALS(2).fit(train), train, books)
    >>> [place.title for place in shop.recommend("ann")]
    ['Lot']
    >>> shop.add_user("eve", {7: 5.0})
    >>> 2 < shop.predict("eve", 9) < 5
    True
    """

    def __init__(
        self,
        model: str,
        rated: RatingsDataset,
        vectors: Vectors,
        rule: Rule,
        titles: dict,
    ):
        self.model, self.answers, self.titles = model, rule.answers, titles
        self.rule, self.rated, self.vectors = rule, rated, vectors

    @classmethod
    def of(
        cls,
        model,
        train: RatingsDataset,
        movies: pd.DataFrame,
        answers: str = "ratings",
    ) -> "Recommender":
        """A fitted model with the ids of `train` and the titles of `movies`.

        answers: "ratings", or "order" for a model that was trained for order; an
        `ImplicitALS` always orders. Raises `TypeError` for a model without vectors and
        `ValueError` for ratings that the model was not fitted on, for a table without
        titles, and where ratings are promised that are worse than the mean.
        """
        vectors = Vectors.of_model(model)
        _check_fitted_on(vectors, train)
        rule = rule_of(model, train, vectors, answers)
        return cls(repr(model), train, vectors, rule, _titles(movies))

    def recommend(self, user_id, top_k: int = 10) -> list[Recommendation]:
        """The best `top_k` items that this user has not rated.

        Raises `NoSuchId`, and `ValueError` for a `top_k` below 1.
        """
        user = self._row("user", user_id)
        seen = self.rated.items[self.rated.rows_of(user)]
        return self._list(self.vectors.users[user], seen, top_k)

    def predict(self, user_id, item_id) -> float:
        """The score of one item for one user. Raises `NoSuchId`."""
        user, item = self._row("user", user_id), self._row("item", item_id)
        one = self.vectors._replace(items=self.vectors.items[item : item + 1])
        return one.scores(self.vectors.users[user]).item()

    def predict_pairs(self, pairs: pd.DataFrame) -> np.ndarray:
        """Scores (n,) for a table with `user_id` and `item_id`, float32.

        An unknown id is answered as an average user or item, as a newcomer without any
        rating is. Raises `ValueError` for a table without these columns.
        """
        if not {"user_id", "item_id"} <= set(getattr(pairs, "columns", ())):
            raise ValueError("Pairs are a table with the columns user_id and item_id.")
        total = torch.zeros(len(pairs))
        users, items = (self._looked_up(pairs, kind) for kind in ("user", "item"))
        for s, mean in enumerate(self.vectors.mean):
            p, q = (table[rows, s] for table, rows in (users, items))
            total += mean + p[:, -1] + q[:, -1] + (p[:, :-1] * q[:, :-1]).sum(1)
        return (total / len(self.vectors.mean)).numpy()

    def recommend_to_newcomer(
        self, ratings: dict, top_k: int = 10
    ) -> list[Recommendation]:
        """The list of someone who gave these ratings, {item_id: rating}; nothing stays.

        Raises `NoSuchId`, and `ValueError` for ratings that cannot be.
        """
        vector = self._fold_in("users", "item", ratings)
        items = [self._row("item", item_id) for item_id in ratings]
        return self._list(vector, torch.tensor(items, dtype=torch.int64), top_k)

    def add_user(self, user_id, ratings: dict) -> None:
        """A new user who gave these ratings, {item_id: rating}; other rows stay.

        Raises `NoSuchId` for an unknown item, `ValueError` for a user who is there,
        and for ratings that cannot be.
        """
        self._add("user", user_id, "item", ratings)

    def add_item(self, item_id, ratings: dict, title: str | None = None) -> None:
        """A new item that got these ratings, {user_id: rating}; other rows stay.

        Raises as `add_user`.
        """
        self._add("item", item_id, "user", ratings)
        if title is not None:
            self.titles[item_id] = title

    def continue_training(self, new_ratings: pd.DataFrame, rounds: int = 2) -> Growth:
        """Go on from where the vectors are, with a day's new ratings.

        new_ratings: `user_id`, `item_id`, `rating`; users and items may be new, and a
        pair that was rated before gets its new rating. New rows start at the average
        row. Then the rows that the new ratings touch move, users first, `rounds` times
        (`StarsRule.go_on`); a model that was trained for order makes `rounds` epochs of
        `fit_ranking`. Raises `ValueError` and `TypeError` as `RatingsDataset` does, and
        for ids of another kind or ratings far off the scale; it changes nothing then.
        """
        check_count("rounds", rounds, at_least=1, example=2)
        fresh = RatingsDataset.fit(new_ratings)
        for kind in ("user", "item"):
            if len(fresh) and _ids(fresh, kind).of_text != self._ids(kind).of_text:
                self._refuse_kind(kind, _ids(fresh, kind).raw[0])
        # A day may widen the scale a little; 50 in place of 5 would undo what is known.
        self._check_scale(fresh.ratings.tolist(), beyond=1.0)
        before = self.rated.n_users, self.rated.n_items
        rated, vectors = self._grown(new_ratings)
        new = rated.encode(new_ratings)
        self.vectors = self.rule.go_on(vectors, rated, new, rounds)
        self.rated = rated
        added = rated.n_users - before[0], rated.n_items - before[1]
        return Growth(len(fresh), fresh.n_users, fresh.n_items, *added)

    def __repr__(self) -> str:
        return (
            f"Recommender({self.model}, {self.rated.n_users:,} users, "
            f"{self.rated.n_items:,} items, answers {self.answers})"
        )

    def _ids(self, kind: str) -> IdMap:
        return _ids(self.rated, kind)

    def _row(self, kind: str, raw_id) -> int:
        ids = self._ids(kind)
        row = known_index(ids, raw_id)
        if row != UNKNOWN:
            return row
        if not can_be_id(ids, raw_id):
            self._refuse_kind(kind, raw_id)
        raise NoSuchId(
            f"There is no {kind} {raw_id!r} here. This recommender knows {len(ids):,} "
            f"{kind}s, with ids like {ids.raw[:1].tolist()[0]!r}; a new one has to be "
            "folded in first."
        )

    def _refuse_kind(self, kind: str, raw_id):
        ids = self._ids(kind)
        wanted = "texts" if ids.of_text else "whole numbers"
        raise NoSuchId(
            f"Ids of {kind}s are {wanted} here, like {ids.raw[:1].tolist()[0]!r}; "
            f"{raw_id!r} is none."
        )

    def _looked_up(self, pairs: pd.DataFrame, kind: str):
        """The vectors of a side, a stranger's behind them, and a row for each id."""
        side = f"{kind}s"
        rows = self._ids(kind).encode(pairs[f"{kind}_id"].to_numpy(), unknown="mark")
        average = self.rule.newcomer(side, self.vectors)
        # UNKNOWN is -1, the last row.
        return torch.cat([getattr(self.vectors, side), average[None]]), rows

    def _list(self, vector, seen, top_k: int) -> list[Recommendation]:
        check_count("top_k", top_k, at_least=1, example=10)
        scores = self.vectors.scores(vector)
        scores[seen] = -torch.inf
        items, values = best(scores[None], min(top_k, len(scores)))
        kept = values[0] > -torch.inf
        ids = self.rated.item_ids.raw[items[0][kept].numpy()].tolist()
        titles = (self.titles.get(item_id, f"item {item_id}") for item_id in ids)
        places = zip(ids, titles, values[0][kept].tolist(), strict=True)
        return [Recommendation(*place) for place in places]

    def _fold_in(self, side: str, other: str, ratings: dict) -> torch.Tensor:
        """The vector (S, d) of a row with these ratings, {raw id: rating}."""
        if not isinstance(ratings, Mapping):
            raise TypeError(
                f"Ratings come as a dict, {{{other} id: rating}}; this is a "
                f"{type(ratings).__name__}."
            )
        columns = torch.tensor([self._row(other, raw) for raw in ratings])
        self._check_scale(ratings.values())
        if not ratings:
            return self.rule.newcomer(side, self.vectors)
        stars = torch.tensor(list(ratings.values()), dtype=torch.float32)
        entries = Entries(side, 1, torch.zeros_like(columns), columns, stars)
        return self.rule.solve(entries, self.vectors, self.rated)[0]

    def _add(self, kind: str, raw_id, other: str, ratings: dict) -> None:
        ids = self._ids(kind)
        if known_index(ids, raw_id) != UNKNOWN:
            raise ValueError(
                f"The {kind} {raw_id!r} is there already: continue_training takes new "
                "ratings of a known one."
            )
        if not can_be_id(ids, raw_id):
            self._refuse_kind(kind, raw_id)
        if not ids.of_text:
            raw_id = whole_number(raw_id)
            if abs(raw_id) >= 2**63:
                raise ValueError(f"The id {raw_id} is too large: ids are below 2**63.")
        side = f"{kind}s"
        vector = self._fold_in(side, other, ratings)
        rated, vectors = self._grown(
            pd.DataFrame(
                {
                    f"{kind}_id": [raw_id] * len(ratings),
                    f"{other}_id": list(ratings),
                    "rating": list(ratings.values()),
                }
            ),
            **{side: [raw_id]},
        )
        row = (rated.user_ids if kind == "user" else rated.item_ids).encode([raw_id])
        getattr(vectors, side)[row] = vector
        self.rated, self.vectors = rated, vectors

    def _grown(self, new: pd.DataFrame, users=(), items=()):
        """The ratings with the new ones, and vectors with average rows for new ids."""
        known = pd.DataFrame(
            {
                "user_id": self.rated.user_ids.decode(self.rated.users.numpy()),
                "item_id": self.rated.item_ids.decode(self.rated.items.numpy()),
                "rating": self.rated.ratings.double().numpy(),
            }
        )
        pair = ["user_id", "item_id"]
        parts = [known, new[list(known)]] if len(new) else [known]
        table = pd.concat(parts).drop_duplicates(pair, keep="last")
        maps, tables = {}, {}
        for kind, added in (("user", users), ("item", items)):
            old, side = self._ids(kind), f"{kind}s"
            raw = [*old.raw.tolist(), *new[f"{kind}_id"].tolist(), *added]
            maps[kind] = IdMap.fit(raw)
            rows = getattr(self.vectors, side)
            average = self.rule.newcomer(side, self.vectors)
            grown = average.repeat(len(maps[kind]), 1, 1)
            grown[maps[kind].encode(old.raw)] = rows
            tables[side] = grown
        rated = RatingsDataset(table, maps["user"], maps["item"])
        return rated, self.vectors._replace(**tables)

    def _check_scale(self, ratings, beyond: float = 0.0) -> None:
        """Ratings lie on the scale or, by `beyond` of its width, outside of it."""
        low, high = self.rated.ratings.min().item(), self.rated.ratings.max().item()
        least, most = low - beyond * (high - low), high + beyond * (high - low)
        if self.answers == "order":  # counts have no end, but they have a size
            least, most = min(low, 0.0), 1000 * max(high, 1.0)
        for rating in ratings:
            usual = isinstance(rating, Real) and least <= rating <= most
            if not is_number(rating) or not usual:
                raise ValueError(
                    f"The rating {rating!r} cannot be: ratings here are numbers from "
                    f"{low:g} to {high:g}."
                )


def _ids(ratings: RatingsDataset, kind: str) -> IdMap:
    return ratings.user_ids if kind == "user" else ratings.item_ids


def _check_fitted_on(vectors: Vectors, train) -> None:
    said = "no RatingsDataset"
    if isinstance(train, RatingsDataset):
        said = repr(train)
        sizes = train.n_users, train.n_items
        cold = bool((train.users < 0).any() or (train.items < 0).any())
        if sizes == (len(vectors.users), len(vectors.items)) and not cold:
            return
        said += ", with strangers among them" * cold
    raise ValueError(
        f"The model has vectors of {len(vectors.users):,} users and "
        f"{len(vectors.items):,} items, and train is {said}: give the ratings that the "
        "model was fitted on."
    )


def _titles(movies) -> dict:
    """{item id: title}, without the items that have none."""
    columns = ["item_id", "title"]
    if not isinstance(movies, pd.DataFrame) or not set(columns) <= set(movies):
        raise ValueError("movies is a table with the columns item_id and title.")
    named = movies[columns].dropna()
    return dict(zip(named["item_id"].tolist(), named["title"].map(str), strict=True))
