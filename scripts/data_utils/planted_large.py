"""A planted world as large as MovieLens, drawn a block of users at a time.

For students who ask what lab 11 is measured on, and for authors who change it. The
opinions are those of `planted`, on more axes of taste. What differs is how a list of
movies is drawn: there every user is held against every movie, and here only against as
many as the list needs, so that time and memory grow with the ratings.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch

from .planted import (
    DAY,
    TASTE_PULL,
    TASTE_SD,
    draw_activity,
    draw_genres,
    draw_movies,
    draw_stars,
    draw_truth,
)
from .seeds import check_seed
from .truth import Truth

RATINGS_AT_ONCE = 1_000_000
"""A block of users has about so many ratings, and takes some 300 MB in the making."""

MEAN = 2.65
NOISE_SD = 0.74  # in stars, before rounding
OTHER_TASTE_SD = 0.3 * 0.8 ** np.arange(16)  # of axes that no genre lies on
STEEPNESS, BEND = 0.33, 0.33  # of the long tail, near those of MovieLens 25M
FIRST_DAY, LAST_DAY = 820_454_400, 1_689_811_200  # in January 1996 and July 2023
LONG_LIST = 500  # from here on it is quicker to look at every movie
MOST_TASTE = 2.0  # in stars: how far p_u·q_i may pull a user to a movie


class Shape(NamedTuple):
    """How large a world is, and its stars."""

    n_users: int
    n_items: int
    n_ratings: int
    min_ratings: int = 20  # of a user
    step: float = 0.5  # stars, and the fewest that are given


SHAPES = {
    "1m": Shape(6_040, 3_883, 1_000_209, step=1.0),
    "10m": Shape(69_878, 10_681, 10_000_054),
    "25m": Shape(162_541, 62_423, 25_000_095),
    "latest": Shape(331_000, 86_500, 31_000_000, min_ratings=1),
}
"""By the name of the edition whose place the world takes."""


class LargeWorld:
    """A world of a `Shape`, whose ratings are drawn when `blocks` is asked for them.

    Attributes: `movies`, as `download_movielens` has them; `truth`; `activity`, the
    ratings of each user, int64 (n_users,). The same shape and seed give the same world,
    a block the same ratings whatever was drawn before it. (On another kind of processor
    sums may be rounded otherwise, and a few of the millions of draws differ.) Users
    have the ids 1, 2, … as in MovieLens, ids of movies have gaps. A movie may be
    without a rating.

    >>> world = LargeWorld(Shape(50, 200, 1_000), seed=0)
    >>> block, = world.blocks()
    >>> len(block), int(block["user_id"].nunique()), list(block)
    (1000, 50, ['user_id', 'item_id', 'rating', 'timestamp'])
    """

    def __init__(self, shape: Shape, seed: int = 11):
        self.shape, self.seed = shape, check_seed(seed)
        rng = np.random.default_rng(self.seed)
        zeal, fame = rng.normal(size=shape.n_users), rng.normal(size=shape.n_items)
        has_genre = draw_genres(shape.n_items, rng)
        self.truth = _draw_large_truth(shape, zeal, fame, has_genre, rng)
        self.movies = draw_movies(self.truth.item_ids, has_genre, rng)
        self.activity = draw_activity(
            zeal, shape.n_items, shape.n_ratings, rng, shape.min_ratings
        )
        # A movie's chances fall with the number of better known ones, to a power: a
        # stretched exponential, whose head is flatter than a log-normal's.
        better = torch.special.ndtr(torch.from_numpy(-fame)).numpy() * shape.n_items
        self._appeal = -STEEPNESS * better**BEND
        chances = np.cumsum(np.exp(self._appeal))
        self._chances = chances / chances[-1]

    def blocks(self) -> Iterator[pd.DataFrame]:
        """The ratings, users after users, a user's movies in the order of their ids."""
        ends = np.cumsum(self.activity)
        cuts = np.arange(RATINGS_AT_ONCE, ends[-1], RATINGS_AT_ONCE)
        parts = np.split(np.arange(len(ends)), np.searchsorted(ends, cuts, "right"))
        for number, users in enumerate(part for part in parts if len(part)):
            yield self._block(users, np.random.default_rng([self.seed, number]))

    def _block(self, users: np.ndarray, rng) -> pd.DataFrame:
        users, items = self._lists(users, rng)
        times = draw_histories(users, rng)
        order = np.lexsort((items, users))
        users, items, times = users[order], items[order], times[order]
        return pd.DataFrame(
            {
                "user_id": self.truth.user_ids[users],
                "item_id": self.truth.item_ids[items],
                "rating": draw_stars(self.truth, users, items, rng),
                "timestamp": times,
            }
        )

    def _lists(self, users: np.ndarray, rng) -> tuple[np.ndarray, np.ndarray]:
        """Pairs (users, items): a user's movies one after another, as they are drawn.

        Each is drawn in proportion to exp(appeal) from those that are not yet in the
        list. Two ways do so: to draw from all and pass over what is there already, and
        to take the largest of appeal + Gumbel noise (Yellott 1977).
        """
        long = self.activity[users] > LONG_LIST
        lists = [self._short_lists(users[~long], rng)]
        for user in users[long]:
            appeal = self._appeal + TASTE_PULL * self._taste(user, slice(None))
            appeal += rng.gumbel(size=len(appeal))
            items = np.argsort(-appeal)[: self.activity[user]]
            lists.append((np.full(len(items), user), items))
        users, items = (np.concatenate(parts) for parts in zip(*lists, strict=True))
        order = np.argsort(users, kind="stable")
        return users[order], items[order]

    def _short_lists(self, short: np.ndarray, rng) -> tuple[np.ndarray, np.ndarray]:
        """The first way, for many users at once: in rounds, until no list is short."""
        whole = []
        users = items = np.empty(0, dtype=np.int64)
        while len(short):
            drawn = np.repeat(short, 3 * self.activity[short] + 8)
            movies = np.searchsorted(self._chances, rng.random(len(drawn)), "right")
            # A movie to the user's taste is drawn as often as any, and kept more often.
            liking = TASTE_PULL * (self._taste(drawn, movies) - MOST_TASTE)
            kept = rng.random(len(drawn), dtype=np.float32) < np.exp(liking)
            users = np.concatenate([users, drawn[kept]])
            items = np.concatenate([items, movies[kept]])
            pairs = users * self.shape.n_items + items
            first = np.sort(np.unique(pairs, return_index=True)[1])
            first = first[np.argsort(users[first], kind="stable")]
            users, items = users[first], items[first]
            there = np.bincount(users, minlength=self.shape.n_users)
            begin = np.cumsum(there) - there
            rank = np.arange(len(users)) - begin[users]
            done = (there >= self.activity)[users]
            listed = done & (rank < self.activity[users])
            whole.append((users[listed], items[listed]))
            users, items = users[~done], items[~done]
            short = short[there[short] < self.activity[short]]
        if not whole:
            return users, items
        return tuple(np.concatenate(parts) for parts in zip(*whole, strict=True))

    def _taste(self, users, items) -> np.ndarray:
        """p_u·q_i on the axes of the genres, kept within what can be compared."""
        axes = len(TASTE_SD)
        p = self.truth.user_factors[users, :axes]
        q = self.truth.item_factors[items, :axes]
        return (p * q).sum(-1).clip(-MOST_TASTE, MOST_TASTE)


def draw_histories(users: np.ndarray, rng) -> np.ndarray:
    """Seconds since 1970 of ratings whose users are sorted: page by page, for years.

    Movies of one page share their second. Half of the users come once; the others
    leave now and then, and come back weeks later. Arrivals are spread evenly over the
    years that a history leaves free.
    """
    n = len(users)
    first = np.flatnonzero(np.r_[True, users[1:] != users[:-1]])
    sizes = np.diff(np.r_[first, n])
    comes_back = np.repeat(rng.random(len(first)) < 0.5, sizes)
    pause = (rng.random(n) < 0.5) * rng.exponential(75, n)
    pause += (comes_back & (rng.random(n) < 0.06)) * rng.exponential(60 * DAY, n)
    passed = np.cumsum(pause)
    passed -= np.repeat(passed[first], sizes)
    span = LAST_DAY - FIRST_DAY
    length = passed[first + sizes - 1]
    passed *= np.repeat(np.minimum(1, span / np.maximum(length, 1)), sizes)
    free = np.maximum(span - length, 0)
    arrival = FIRST_DAY + rng.random(len(first)) * free
    return (np.repeat(arrival, sizes) + passed).astype(np.int64)


def _draw_large_truth(shape: Shape, zeal, fame, has_genre, rng) -> Truth:
    """The truth of a small world, with half stars and on more axes of taste."""
    truth = draw_truth(zeal, fame, has_genre, rng)
    axes = len(OTHER_TASTE_SD)
    taste = rng.normal(0, OTHER_TASTE_SD, (shape.n_users, axes))
    own = rng.normal(size=(shape.n_items, axes))
    return replace(
        truth,
        mean=MEAN,
        noise_sd=NOISE_SD,
        step=shape.step,
        user_ids=np.arange(1, shape.n_users + 1),
        user_factors=np.hstack([truth.user_factors, taste]).astype(np.float32),
        item_factors=np.hstack([truth.item_factors, own]).astype(np.float32),
        genre_directions=np.pad(truth.genre_directions, ((0, 0), (0, axes))),
    )
