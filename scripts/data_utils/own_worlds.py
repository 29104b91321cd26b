"""Three generated tables of other kinds: books, a shop's log, and plays of songs.

For students who have no table of their own for lab 12. They are written as CSV files in
the shape in which such tables come: other column names, ids of text, scores from 1 to
10, one row per purchase, counts without dates. And they have what real ones have: rows
twice, gaps, and a few customers who are no people. All is drawn from a seed, and all
names are made up.
"""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from atomic import write_whole

from .planted_titles import ADJECTIVES, PEOPLE, PLACES
from .seeds import check_seed

SECONDS_A_DAY = 86_400
START = 1_672_531_200  # 1 January 2023
GOODS = (
    "bag", "basket", "bench", "blanket", "bottle", "bowl", "brush", "candle",
    "chair", "clock", "cup", "desk", "jug", "kettle", "knife", "lamp", "mirror",
    "pan", "pillow", "plate", "pot", "rack", "rug", "scarf", "shelf", "spoon",
    "stool", "table", "towel", "tray", "vase", "whisk",
)  # fmt: skip
STUFF = (
    "beech", "birch", "cork", "cotton", "glass", "iron", "linen", "oak", "slate",
    "steel", "stone", "wool",
)  # fmt: skip
SUBJECTS = (
    "Almanac", "Daughter", "Garden", "Garrison", "House", "Island", "Journal",
    "Letters", "Lighthouse", "Map", "Orchard", "Physician", "Portrait", "River",
    "Season", "Shadow", "Silence", "Tailor", "Winter", "Witness",
)  # fmt: skip
TUNES = (
    "Avenue", "Ballad", "Blues", "Boulevard", "Dance", "Drive", "Echo", "Lullaby",
    "March", "Morning", "Nocturne", "Rain", "Rhapsody", "Serenade", "Shuffle",
    "Skyline", "Sunday", "Tide", "Train", "Waltz",
)  # fmt: skip


def write_world(name: str, folder: str | Path, seed: int = 0) -> Path:
    """Write one of `WORLDS` to `folder` as a CSV file, and return its path.

    "books": reader, book, title, score from 1 to 10, date; ids are texts.
    "shop": customer, product, title, date; one row per purchase, and no number at all.
    "songs": listener, song, title, plays; counts with a long tail, no date.

    The same seed writes the same bytes. Raises `ValueError` for another name or a bad
    seed, and `CannotWrite`.

    >>> import tempfile
    >>> from data_utils import load_ratings
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     plays, songs = load_ratings(write_world("songs", folder))
    Columns: user = listener, item = song, rating = plays, title = title; no time.
    >>> len(plays) >= 20_000, "timestamp" in plays
    (True, False)
    """
    if name not in WORLDS:
        raise ValueError(f"There is no world {name!r}: choose {', '.join(WORLDS)}.")
    head, rows = WORLDS[name](np.random.default_rng([check_seed(seed), *name.encode()]))
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([head, *rows])
    path = Path(folder) / f"{name}.csv"
    write_whole(path, text.getvalue().encode())
    return path


def _books(rng) -> tuple[list[str], list[tuple]]:
    """Scores with a few readers who love everything, rows twice, and gaps."""
    users, items, taste = _who_takes_what(rng, n_users=640, n_items=520, n_pairs=22_000)
    generous = rng.normal(0, 0.9, 640)[users]
    good = rng.normal(0, 0.8, 520)[items]
    noise = rng.normal(0, 1.1, len(users))
    score = np.clip(np.rint(7 + generous + good + 1.2 * taste + noise), 1, 10)
    always = users < 8
    score = np.where(always, 10, score).astype(int).astype(str)
    score[rng.choice(len(score), 40, replace=False)] = ""
    titles = _titles(rng, 520, lambda a, b: f"The {a} {b}", ADJECTIVES, SUBJECTS)
    names = [f"{p.split()[0].lower()}.{k:03d}" for k, p in enumerate(_some(rng, 640))]
    days = _days(rng, users, 640)
    rows = [
        (names[u], f"bk-{i:04d}", titles[i], s, _date(d))
        for u, i, s, d in zip(users, items, score, days, strict=True)
    ]
    again = rng.choice(len(rows), 150, replace=False)
    return ["reader", "book", "title", "score", "date"], rows + [rows[k] for k in again]


def _shop(rng) -> tuple[list[str], list[tuple]]:
    """A row per purchase; people buy again what they like. One account is a test."""
    users, items, taste = _who_takes_what(rng, n_users=800, n_items=450, n_pairs=21_000)
    times = 1 + rng.poisson(np.exp(0.6 * taste - 0.6))
    users, items = users.repeat(times), items.repeat(times)
    titles = _titles(rng, 450, lambda a, b: f"{a} {b}", STUFF, GOODS)
    days = _days(rng, users, 800)
    rows = [
        (1000 + 7 * int(u), f"SKU-{i:04d}", titles[i].capitalize(), _date(d))
        for u, i, d in zip(users, items, days, strict=True)
    ]
    test = [(999, f"SKU-{i:04d}", titles[i].capitalize(), _date(0)) for i in range(450)]
    rows = [rows[k] for k in rng.permutation(len(rows))]
    return ["customer", "product", "title", "date"], test * 3 + rows


def _songs(rng) -> tuple[list[str], list[tuple]]:
    """Plays from 1 to hundreds; a few listeners are machines that never stop."""
    users, items, taste = _who_takes_what(rng, n_users=700, n_items=600, n_pairs=24_000)
    zeal = rng.normal(0.6, 0.7, 700)[users]
    plays = np.exp(zeal + 0.8 * taste + rng.normal(0, 0.6, len(users)))
    plays = np.where(users < 5, 9_999, 1 + np.floor(plays)).astype(int)
    titles = _titles(rng, 600, lambda a, b: f"{a} {b}", PLACES, TUNES)
    rows = [
        (f"ear{u:04d}", f"{i:05d}-s", titles[i], n)
        for u, i, n in zip(users, items, plays, strict=True)
    ]
    return ["listener", "song", "title", "plays"], rows


WORLDS: dict[str, Callable] = {"books": _books, "shop": _shop, "songs": _songs}


def _who_takes_what(rng, n_users: int, n_items: int, n_pairs: int):
    """Pairs (n,), and how well each pair's tastes agree, about N(0, 1)."""
    p, q = rng.normal(size=(n_users, 5)), rng.normal(size=(n_items, 5))
    agree = p @ q.T / 5**0.5
    fame = 1.1 * rng.normal(size=n_items)
    # The largest keys with Gumbel noise are a draw without putting back.
    keys = fame + 0.9 * agree + rng.gumbel(size=agree.shape)
    shares = rng.lognormal(0, 0.8, n_users)
    wanted = np.clip(np.rint(shares / shares.sum() * n_pairs), 6, n_items // 2)
    rank = keys.argsort(1)[:, ::-1].argsort(1)
    users, items = np.nonzero(rank < wanted[:, None])
    order = rng.permutation(len(users))
    return users[order], items[order], agree[users, items][order]


def _days(rng, users, n_users: int) -> np.ndarray:
    """A day for each row: everyone joins one day, and stays for about half a year."""
    joined = rng.integers(0, 800, n_users)[users]
    return joined + np.minimum(rng.exponential(150, len(users)), 290).astype(int)


def _date(day) -> str:
    return f"{datetime.fromtimestamp(START + int(day) * SECONDS_A_DAY, UTC):%Y-%m-%d}"


def _some(rng, n: int) -> list[str]:
    return [PEOPLE[k] for k in rng.integers(0, len(PEOPLE), n)]


def _titles(rng, n: int, compose, first, second) -> list[str]:
    """n titles of two words; where the pairs run out, with a Roman number."""
    pairs = [(a, b) for a in first for b in second]
    drawn = [pairs[k] for k in rng.permutation(len(pairs))]
    endings = ("", " II", " III")
    return [
        compose(*drawn[k % len(drawn)]) + endings[k // len(drawn)] for k in range(n)
    ]
