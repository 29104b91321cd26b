"""A planted world: ratings drawn from factors, biases and noise that are known.

For students who ask what the sample is, and for authors who change it.

A user's opinion of a movie is  μ + b_u + b_i + p_u·q_i + noise;  the stars are that
opinion rounded and kept between 1 and 5. Which movies a user rates depends on how
known a movie is and on the user's own taste, so that what is missing is not missing
at random. All titles are invented.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from .planted_titles import draw_titles
from .seeds import check_seed
from .truth import Truth

# Opinions, in stars.
MEAN = 3.1
NOISE_SD = 0.9
USER_BIAS_SD = 0.44
ITEM_BIAS_SD = 0.66
TASTE_SD = np.array([0.6, 0.38, 0.12, 0.1])  # of p_u, one axis after the other
OWN_SD = 0.1  # of what in q_i is the movie's own, not its genres'

# Who rates what.
POPULARITY_SD = 2.05  # of the log of a movie's appeal to everyone
QUALITY_PULL = 0.65  # correlation of a movie's fame with b_i
TASTE_PULL = 0.3  # how far p_u·q_i adds to the appeal of a movie for one user
MIN_RATINGS = 20  # of a user, as in MovieLens
MAX_SHARE = 0.5  # of all movies, that one user may have rated
ACTIVITY_SD = 1.6  # of the log of a user's ratings beyond the minimum

# When.
FIRST_DAY = 874_000_000  # in September 1997
DAY = 86_400
DAYS_OF_ARRIVAL = 195
COMES_BACK = 0.35  # share of users with more than one visit

# Share of movies with the genre (in %), and where it lies on four axes of taste:
# light to grave, quiet to loud, cosy to dark, real to fantastic.
GENRES = {
    "Action": (25, (0.1, 1.0, 0.3, 0.1)),
    "Adventure": (14, (-0.3, 0.8, -0.3, 0.3)),
    "Animation": (5, (-0.5, 0.2, -0.8, 0.6)),
    "Children's": (12, (-0.6, 0.2, -1.0, 0.3)),
    "Comedy": (62, (-1.0, -0.1, -0.2, -0.2)),
    "Crime": (11, (0.4, 0.3, 0.8, -0.4)),
    "Documentary": (5, (0.7, -0.7, -0.1, -0.8)),
    "Drama": (130, (0.9, -0.6, 0.0, -0.3)),
    "Fantasy": (3, (-0.3, 0.3, -0.4, 1.0)),
    "Film-Noir": (3, (0.6, -0.4, 0.9, -0.1)),
    "Horror": (9, (-0.2, 0.4, 1.0, 0.7)),
    "Musical": (6, (-0.5, -0.5, -0.7, 0.1)),
    "Mystery": (6, (0.3, -0.2, 0.8, 0.2)),
    "Romance": (25, (-0.1, -0.9, -0.4, -0.2)),
    "Sci-Fi": (10, (0.1, 0.7, 0.2, 1.0)),
    "Thriller": (25, (0.3, 0.6, 0.8, 0.0)),
    "War": (7, (0.9, 0.5, 0.2, -0.4)),
    "Western": (3, (0.2, 0.5, -0.2, -0.7)),
}
NAMES = np.array(list(GENRES))
SHARES = np.array([share for share, _ in GENRES.values()], dtype=float)
DIRECTIONS = np.array([direction for _, direction in GENRES.values()])
GENRES_PER_MOVIE = (0.48, 0.34, 0.18)  # share of movies with one, two, three


class PlantedWorld(NamedTuple):
    """Ratings and movies as `download_movielens` has them, and the truth behind."""

    ratings: pd.DataFrame
    movies: pd.DataFrame
    truth: Truth


def planted_world(
    n_users: int = 450, n_items: int = 650, n_ratings: int = 38_500, seed: int = 11
) -> PlantedWorld:
    """Draw a world of `n_users` × `n_items` with exactly `n_ratings` ratings.

    The same arguments give the same world. Every user has at least 20 ratings, every
    movie at least one; raw ids have gaps; the rows stand in random order, so that
    any block of them is a random sample.

    Raises `ValueError` for sizes that no such world can have.

    >>> world = planted_world(n_users=50, n_items=60, n_ratings=1_200, seed=0)
    >>> len(world.ratings), len(world.movies), world.truth.user_factors.shape
    (1200, 60, (50, 4))
    """
    _check_sizes(n_users, n_items, n_ratings)
    rng = np.random.default_rng(check_seed(seed))
    zeal, fame = rng.normal(size=n_users), rng.normal(size=n_items)
    has_genre = draw_genres(n_items, rng)
    truth = draw_truth(zeal, fame, has_genre, rng)
    movies = draw_movies(truth.item_ids, has_genre, rng)
    users, items = choose_who_rates_what(truth, zeal, fame, n_ratings, rng)
    ratings = pd.DataFrame(
        {
            "user_id": truth.user_ids[users],
            "item_id": truth.item_ids[items],
            "rating": draw_stars(truth, users, items, rng),
            "timestamp": draw_times(users, rng),
        }
    )
    shuffled = ratings.iloc[rng.permutation(n_ratings)].reset_index(drop=True)
    return PlantedWorld(shuffled, movies, truth)


def draw_genres(n_items: int, rng) -> np.ndarray:
    """(n_items, n_genres) booleans: one to three genres for each movie.

    The first is drawn by its share, the others also by how near they lie to it.
    """
    lengths = np.linalg.norm(DIRECTIONS, axis=1)
    likeness = DIRECTIONS @ DIRECTIONS.T / np.outer(lengths, lengths)
    first = rng.choice(len(NAMES), size=n_items, p=SHARES / SHARES.sum())
    first_choice = np.eye(len(NAMES))[first] * 1e9
    # The largest of log(share) + Gumbel noise is a draw in proportion to the share.
    appeal = np.log(SHARES) + 1.5 * likeness[first] + first_choice
    rank = _rank_in_row(appeal + rng.gumbel(size=appeal.shape))
    how_many = rng.choice([1, 2, 3], size=n_items, p=GENRES_PER_MOVIE)
    return rank < how_many[:, None]


def draw_truth(zeal, fame, has_genre: np.ndarray, rng) -> Truth:
    """Tastes and movies: q_i is the mean of its genres' directions and its own part.

    Good movies tend to be well known.
    """
    n_users, (n_items, k) = len(zeal), (len(fame), DIRECTIONS.shape[1])
    of_genres = has_genre @ DIRECTIONS / has_genre.sum(axis=1, keepdims=True)
    own = rng.normal(0, OWN_SD, (n_items, k))
    quality = QUALITY_PULL * fame
    quality += np.sqrt(1 - QUALITY_PULL**2) * rng.normal(size=n_items)
    taste = rng.normal(0, TASTE_SD, (n_users, k))
    return Truth(
        mean=MEAN,
        noise_sd=NOISE_SD,
        user_ids=_ids_with_gaps(n_users, rng),
        item_ids=_ids_with_gaps(n_items, rng),
        user_bias=rng.normal(0, USER_BIAS_SD, n_users).round(4),
        item_bias=(ITEM_BIAS_SD * quality).round(4),
        user_factors=taste.round(4),
        item_factors=(of_genres + own).round(4),
        genres=NAMES.tolist(),
        genre_directions=DIRECTIONS,
        step=1.0,
    )


def draw_movies(item_ids: np.ndarray, has_genre: np.ndarray, rng) -> pd.DataFrame:
    """The table of movies: invented titles, the years before 1998 most often."""
    years = 1998 - np.minimum(rng.exponential(9, len(item_ids)), 68).astype(int)
    first = [NAMES[rng.choice(np.flatnonzero(row))] for row in has_genre]
    return pd.DataFrame(
        {
            "item_id": item_ids,
            "title": draw_titles(first, years, rng),
            "year": pd.array(years, dtype="Int64"),
            "genres": ["|".join(NAMES[row]) for row in has_genre],
        }
    )


def choose_who_rates_what(truth: Truth, zeal, fame, n_ratings: int, rng):
    """Pairs (users, items) as row numbers: a user's movies in the order of appeal.

    A movie's appeal to a user is how known it is, plus the user's taste for it, plus
    luck. Everybody takes the movies of most appeal, as many as their zeal allows.
    """
    taste = truth.user_factors @ truth.item_factors.T
    appeal = POPULARITY_SD * fame + TASTE_PULL * taste
    appeal += rng.gumbel(size=appeal.shape)
    activity = draw_activity(zeal, len(fame), n_ratings, rng)
    chosen = _rank_in_row(appeal) < activity[:, None]
    _find_a_viewer_for_every_movie(chosen, appeal)
    by_appeal = np.argsort(-np.where(chosen, appeal, -np.inf), axis=1)
    items = [row[:count] for row, count in zip(by_appeal, activity, strict=True)]
    return np.repeat(np.arange(len(zeal)), activity), np.concatenate(items)


def draw_activity(
    zeal, n_items: int, n_ratings: int, rng, least: int = MIN_RATINGS
) -> np.ndarray:
    """Ratings per user: the minimum for all, the rest by a long-tailed zeal."""
    pull = np.exp(ACTIVITY_SD * zeal)
    most = int(MAX_SHARE * n_items)
    activity = np.full(len(zeal), least)
    while (left := n_ratings - activity.sum()) > 0:
        pull[activity == most] = 0
        activity += rng.multinomial(left, pull / pull.sum())
        activity = np.minimum(activity, most)
    return activity


def draw_stars(truth: Truth, users, items, rng) -> np.ndarray:
    """The opinion with its noise, in stars of the scale."""
    opinion = truth.opinion_of_rows(users, items)
    return truth.stars(opinion + rng.normal(0, truth.noise_sd, len(users)))


def draw_times(users: np.ndarray, rng) -> np.ndarray:
    """Seconds since 1970: users arrive over months and rate page by page.

    Movies of one page share their second. Most users come once; the others leave now
    and then, and come back days later.
    """
    n_users, n_ratings = users.max() + 1, len(users)
    arrival = FIRST_DAY + rng.uniform(0, DAYS_OF_ARRIVAL * DAY, n_users)
    new_page = rng.random(n_ratings) < 0.5
    comes_back = rng.random(n_users) < COMES_BACK
    new_visit = comes_back[users] & (rng.random(n_ratings) < 0.06)
    pause = new_page * rng.exponential(75, n_ratings)
    pause += new_visit * rng.exponential(5 * DAY, n_ratings)
    passed = np.cumsum(pause)
    first = np.searchsorted(users, np.arange(n_users))
    return (arrival[users] + passed - passed[first][users]).astype(np.int64)


def _check_sizes(n_users: int, n_items: int, n_ratings: int) -> None:
    if n_users < 1 or MAX_SHARE * n_items < MIN_RATINGS:
        raise ValueError(
            f"A world of {n_users} users and {n_items} movies is too small: it needs "
            f"a user, and {MIN_RATINGS / MAX_SHARE:.0f} movies or more."
        )
    least, most = MIN_RATINGS * n_users, int(MAX_SHARE * n_items) * n_users
    if not least <= n_ratings <= most:
        raise ValueError(
            f"{n_users} users and {n_items} movies cannot have {n_ratings} ratings: "
            f"every user rates at least {MIN_RATINGS} movies and at most "
            f"{MAX_SHARE:.0%} of them. Ask for {least} to {most} ratings."
        )
    if n_items > n_ratings:
        raise ValueError(
            f"{n_ratings} ratings are too few for {n_items} movies: every movie has "
            "at least one. Ask for more ratings or fewer movies."
        )


def _ids_with_gaps(count: int, rng) -> np.ndarray:
    """`count` ascending ids, about every third number."""
    return np.sort(rng.choice(3 * count, size=count, replace=False)) + 1


def _rank_in_row(values: np.ndarray) -> np.ndarray:
    """0 for the largest of each row, 1 for the next."""
    return np.argsort(np.argsort(-values, axis=1), axis=1)


def _find_a_viewer_for_every_movie(chosen: np.ndarray, appeal: np.ndarray) -> None:
    """In place: a user takes a movie that nobody saw for one that others saw too."""
    for movie in np.flatnonzero(~chosen.any(axis=0)):
        shared = chosen & (chosen.sum(axis=0) > 1)
        viewer = np.where(shared.any(axis=1), appeal[:, movie], -np.inf).argmax()
        given_up = np.where(shared[viewer], appeal[viewer], np.inf).argmin()
        chosen[viewer, given_up] = False
        chosen[viewer, movie] = True
