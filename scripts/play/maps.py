"""Lab 04: a map of movies to search, filter, zoom and move."""

from collections import Counter

import numpy as np
import pandas as pd

from .page import COLOURS, Page, escape, make_page, plain_table

WIDTH, MARGIN = 1000, 20  # of the plane, in its own units
MOST = 3000  # movies, so that a page stays below 200 kB
LOOKS = ("blue", "vermilion", "green", "purple", "orange", "sky")
OTHER = "other"


def movie_map(
    points: np.ndarray, movies: pd.DataFrame, counts: np.ndarray, key: str
) -> Page:
    """Movies on a plane: a pointer shows a title, and a search finds it.

    points: (n, 2), finite; movies: the table `title, year, genres`, n rows; counts:
    (n,), ratings of each movie. Colour and marker show a movie's rarest genre, for the
    six that this is most often. Both axes have one scale. Of more than 3,000 movies the
    most rated are shown. key: names this page, see `make_page`. Raises `ValueError` for
    no movies, and for points or counts that do not match them.

    >>> table = pd.DataFrame({"title": ["Heat", "Emma"], "year": [1995, 1996],
    ...                       "genres": ["Crime", "Drama|Romance"]})
    >>> movie_map(np.eye(2), table, np.array([9, 5]), key="two-movies")
    A map of 2 movies. The most rated:
    title  year  ratings
    Heat   1995  9
    Emma   1996  5
    """
    points, counts = np.asarray(points, dtype="float64"), np.asarray(counts)
    if not len(movies) or points.shape != (len(movies), 2):
        raise ValueError(
            f"Points of shape {points.shape} do not fit {len(movies):,} movies: give "
            "two numbers per movie, and at least one movie."
        )
    if len(counts) != len(movies) or not np.isfinite(points).all():
        raise ValueError("Each movie needs one count, and its point may not hold NaN.")
    most = np.argsort(-counts, kind="stable")[:MOST]
    groups = _rarest_genres(movies["genres"].iloc[most])
    named = [name for name, _ in Counter(groups).most_common() if name != OTHER]
    named = [*named[: len(LOOKS)], OTHER]
    group = np.array([named.index(g) if g in named else len(LOOKS) for g in groups])
    group = np.minimum(group, len(named) - 1)
    order = np.argsort(group, kind="stable")  # one path for each group, in this order
    shown, group = most[order], group[order]
    places, height = _on_plane(points[shown])
    table, listed = movies.iloc[shown], movies.iloc[most[:10]]
    genres = sorted({g for text in table["genres"] for g in _split(text)})
    colours = [COLOURS[look] for look in LOOKS[: len(named) - 1]] + [COLOURS["grey"]]
    data = {
        "width": WIDTH,
        "height": height,
        "groups": [list(pair) for pair in zip(named, colours, strict=True)],
        "genres": genres,
        "group": "".join(map(str, group)),
        "movies": [
            [
                title,
                _year(year),
                [genres.index(g) for g in _split(text)],
                int(count),
            ]
            for title, year, text, count in zip(
                table["title"],
                table["year"],
                table["genres"],
                counts[shown],
                strict=True,
            )
        ],
    }
    rows = [
        [title, _year(year) or "", f"{count:,}"]
        for title, year, count in zip(
            listed["title"], listed["year"], counts[most[:10]], strict=True
        )
    ]
    text = f"A map of {len(shown):,} movies. The most rated:\n"
    text += plain_table(["title", "year", "ratings"], rows)
    static = _dots(places, group, colours, height) + _caption(named, len(shown))
    return make_page("map", key, static, data, text)


def _rarest_genres(genres: pd.Series) -> list[str]:
    """The rarest of each movie's genres, which says most; `OTHER` where it has none."""
    split = [_split(text) for text in genres]
    often = Counter(g for those in split for g in those)
    return [min(those, key=lambda g: (often[g], g), default=OTHER) for those in split]


def _split(genres: str) -> list[str]:
    return [g for g in str(genres).split("|") if g]


def _year(year) -> int | None:
    return None if pd.isna(year) else int(year)


def _on_plane(points: np.ndarray) -> tuple[np.ndarray, int]:
    """Whole numbers (n, 2) from the upper left corner, and the plane's height."""
    low, high = points.min(axis=0), points.max(axis=0)
    span = high - low
    scale = (WIDTH - 2 * MARGIN) / max(span[0], span[1] / 0.8, 1e-12)
    height = int(np.clip(scale * span[1] + 2 * MARGIN, 450, 800))
    centred = (points - (low + high) / 2) * scale * (1, -1)
    middle = np.array([WIDTH / 2, height / 2])
    return np.rint(centred + middle).astype(int), height


def _dots(places, group, colours, height) -> str:
    """The map without a script: one path of round dots per group, and no text in it."""
    paths = []
    for number, colour in enumerate(colours):
        dots = "".join(f"M{x} {y}h0" for x, y in places[group == number])
        paths.append(f'<path d="{dots}" stroke="{colour}"/>')
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" width="800" role="img" '
        'aria-label="Map of movies: one dot per movie" fill="none" stroke-width="11" '
        f'stroke-linecap="round" stroke-opacity="0.75">{"".join(paths)}</svg>'
    )


def _caption(named: list[str], number: int) -> str:
    colours = ", ".join(
        f"{escape(name)} {look}"
        for name, look in zip(named, [*LOOKS[: len(named) - 1], "grey"], strict=True)
    )
    return (
        f'<p class="quiet static">{number:,} movies, coloured by their rarest genre: '
        f"{colours}. Where scripts run, this map can be searched, filtered and "
        "zoomed: run its cell, or open the page of this lab.</p>"
    )
