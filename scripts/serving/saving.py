"""One file holds all that a recommender needs, and nothing in it is ever run.

For students: lab 12.

A pickle may run code when it is opened. This file is a line that names its format and
the hash of the rest, then arrays in NumPy's own format with a page of JSON: numbers and
texts, whatever someone has put there. It holds the training ratings too, since the
lists leave out what a user has rated. So guard it as you guard the ratings.
"""

import inspect
import io
import json
import zipfile
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from atomic import writing
from data_utils import IdMap, RatingsDataset
from models import ImplicitALS

from .recommender import Recommender
from .rules import SIDES, ImplicitRule, OrderRule, StarsRule
from .vectors import Crowd, Vectors

FORMAT = 1
NAME = b"recommender, format "
RULES = {"stars": StarsRule, "order": OrderRule}


class BadRecommender(RuntimeError):
    """The file is damaged, of another version, or no recommender at all."""


def save_recommender(
    path: str | Path,
    model,
    train: RatingsDataset,
    movies: pd.DataFrame,
    answers: str = "ratings",
) -> Recommender:
    """Write a fitted model with its ids and titles to a file; returns what it holds.

    model: one that keeps a vector for each user and item: ALS, a factorization, SVD++,
    a Bayesian one, implicit ALS, one trained by BPR. train: what it was fitted on.
    movies: `item_id` and `title`. answers: "ratings", or "order" for a model that was
    trained for order. A `Recommender` may be given as the model, after it has learned
    more; train and movies are then its own. The file is written whole or not at all.
    Raises `TypeError` and `ValueError` as `Recommender.of`, and `CannotWrite`.

    >>> import tempfile
    >>> from models import ALS
    >>> table = pd.DataFrame({"user_id": [1, 1, 2, 2], "item_id": [7, 8, 7, 9],
    ...                       "rating": [5.0, 1.0, 4.0, 2.0]})
    >>> movies = pd.DataFrame({"item_id": [7, 8, 9], "title": ["Heat", "Fargo", "Big"]})
    >>> train = RatingsDataset.fit(table)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "shop.recommender"
    ...     saved = save_recommender(file, ALS(2).fit(train), train, movies)
    ...     loaded = load_recommender(file)
    >>> loaded.recommend(1) == saved.recommend(1)
    True
    """
    recommender = model
    if not isinstance(model, Recommender):
        recommender = Recommender.of(model, train, movies, answers)
    packed = io.BytesIO()
    np.savez(packed, **_arrays(recommender))
    with writing(Path(path)) as file:
        file.write(_first_line(packed.getbuffer()))
        file.write(packed.getbuffer())
    return recommender


def load_recommender(path: str | Path) -> Recommender:
    """The recommender of a file that `save_recommender` wrote.

    Everything is checked first: version, hash, shapes, ids. Nothing in the file is
    run. Raises `FileNotFoundError`, and `BadRecommender` with a sentence.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "shop.recommender"
    ...     _ = file.write_bytes(b"recommender, format 9, sha256 0" + bytes(80))
    ...     try:
    ...         load_recommender(file)
    ...     except BadRecommender as error:
    ...         print(str(error).partition("shop.")[2])
    recommender is of format 9, and this version of the course reads format 1. Save \
the model anew with this version, or load it with the version that wrote it.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            line = file.readline(len(_first_line(b"")) + 8)
            # Other files may be large, and are not read.
            payload = file.read() if line.startswith(NAME) else b""
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f"There is no file {path}: save a model there first, with save_recommender."
        ) from error
    except OSError as error:
        raise BadRecommender(
            f"{path} cannot be read ({error.strerror}). Give the file that "
            "save_recommender has written."
        ) from error
    _check_version(path, line)
    if line != _first_line(payload):
        raise BadRecommender(_damaged(path))
    try:
        with zipfile.ZipFile(io.BytesIO(payload)) as packed:
            # Ours are not compressed: a small file cannot grow to fill the memory.
            _check(sum(part.file_size for part in packed.infolist()) <= len(payload))
        with np.load(io.BytesIO(payload), allow_pickle=False) as file:
            return _recommender({name: file[name] for name in file})
    except Exception as error:  # a file with a right hash may still hold anything
        raise BadRecommender(_damaged(path)) from error


def _arrays(recommender: Recommender) -> dict[str, np.ndarray]:
    """The arrays of a file, by name."""
    rated, rule = recommender.rated, recommender.rule
    arrays = {name: getattr(rated, name) for name in ("users", "items", "ratings")}
    arrays |= {
        f"vectors of {name}": table
        for name, table in recommender.vectors._asdict().items()
    }
    about = {"model": recommender.model}
    if isinstance(rule, ImplicitRule):
        names = inspect.signature(ImplicitALS).parameters
        about["implicit"] = {name: getattr(rule.model, name) for name in names}
    else:
        about["rule"] = next(name for name, kind in RULES.items() if type(rule) is kind)
        for side in SIDES:
            for name, table in getattr(rule, side)._asdict().items():
                arrays[f"{name} of {side}"] = table
    arrays = {name: table.numpy() for name, table in arrays.items()}
    about["user ids"] = rated.user_ids.raw.tolist()
    about["item ids"] = rated.item_ids.raw.tolist()
    about["titles"] = [recommender.titles.get(i) for i in about["item ids"]]
    text = json.dumps(about).encode()
    return arrays | {"about": np.frombuffer(text, dtype=np.uint8)}


def _recommender(arrays: dict[str, np.ndarray]) -> Recommender:
    """What `_arrays` was made of. Raises some exception where that cannot be."""
    about = json.loads(arrays.pop("about").tobytes())
    tables = {name: torch.from_numpy(table) for name, table in arrays.items()}
    for name, table in tables.items():
        whole = name in ("users", "items")
        _check(table.dtype == (torch.int64 if whole else torch.float32))
        _check(whole or bool(torch.isfinite(table).all()))
    user_ids, item_ids = (IdMap(about[f"{kind} ids"]) for kind in ("user", "item"))
    mean, users, items = (tables[f"vectors of {n}"] for n in Vectors._fields)
    s, d = len(mean), users.shape[-1]
    _check(mean.shape == (s,) and s > 0 and d > 0)
    _check(users.shape == (len(user_ids), s, d))
    _check(items.shape == (len(item_ids), s, d))
    ratings = pd.DataFrame(
        {
            "user_id": user_ids.decode(arrays["users"]),
            "item_id": item_ids.decode(arrays["items"]),
            "rating": arrays["ratings"],
        }
    )
    rated = RatingsDataset(ratings, user_ids, item_ids)
    if "implicit" in about:
        _check(s == 1)
        rule = ImplicitRule(ImplicitALS(**about["implicit"]))
    else:
        crowds = [
            Crowd(*(tables[f"{name} of {side}"] for name in Crowd._fields))
            for side in SIDES
        ]
        for crowd in crowds:
            _check(crowd.centre.shape == (s, d) and crowd.ridge.shape == (s, d, d))
        rule = RULES[about["rule"]](*crowds)
    titles = zip(about["item ids"], about["titles"], strict=True)
    titles = {i: str(title) for i, title in titles if title is not None}
    return Recommender(
        str(about["model"]), rated, Vectors(mean, users, items), rule, titles
    )


def _check(holds: bool) -> None:
    if not holds:
        raise ValueError("not as it was written")


def _first_line(payload) -> bytes:
    return NAME + f"{FORMAT}, sha256 {sha256(payload).hexdigest()}\n".encode()


def _check_version(path: Path, line: bytes) -> None:
    version = line.removeprefix(NAME).partition(b",")[0]
    if not line.startswith(NAME) or not version.isdigit():
        raise BadRecommender(_damaged(path))
    if int(version) != FORMAT:
        raise BadRecommender(
            f"{path} is of format {int(version)}, and this version of the course reads "
            f"format {FORMAT}. Save the model anew with this version, or load it with "
            "the version that wrote it."
        )


def _damaged(path: Path) -> str:
    return (
        f"{path} is not a file that save_recommender has written: it is damaged, or it "
        "is another file. Give the right file, or save the model anew."
    )
