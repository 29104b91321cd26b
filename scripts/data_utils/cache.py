"""Parsed tables kept beside the data, so that the second start is quick.

One uncompressed `.npz` a data set: compact columns, no pickle, and the fingerprint of
what it was made from. A cache that is stale or damaged is made anew.
"""

import hashlib
import json
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pandas as pd

from . import parsing, titles
from .archives import Source
from .atomic import writing
from .errors import UnwritableFolder
from .parsing import read_movies, read_ratings
from .registry import Dataset

Tables = tuple[pd.DataFrame, pd.DataFrame]
_NO_YEAR = -1
_END = "\0"  # between two texts


def cached_tables(source: Source, dataset: Dataset, data_dir: Path) -> Tables:
    """The tables of `source`: from the cache if it is of the same source, else parsed.

    An archive is verified by its hash before it is parsed.
    """
    path = data_dir / "cache" / f"{dataset.name}.npz"
    stamp = _stamp(source, dataset)
    tables = _load(path, stamp)
    if tables is None:
        source.verify(dataset)
        tables = read_ratings(source, dataset), read_movies(source, dataset)
        _save(path, stamp, tables)
    return tables


def _stamp(source: Source, dataset: Dataset) -> str:
    """Says what the tables were made from: the source, the edition and the parser."""
    code = [Path(m.__file__).read_bytes() for m in (parsing, titles)]
    parser = hashlib.sha256(b"".join(code)).hexdigest()
    return json.dumps([source.fingerprint(dataset.files), repr(dataset), parser])


def _load(path: Path, stamp: str) -> Tables | None:
    try:
        with path.open("rb") as handle, np.load(handle, allow_pickle=False) as file:
            if str(file["stamp"]) != stamp:
                return None
            columns = {name: file[name] for name in file.files}
        return _unpack(columns)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
        return None  # not there, or damaged: both are repaired by parsing again


def _save(path: Path, stamp: str, tables: Tables) -> None:
    try:
        with writing(path) as handle:
            np.savez(handle, stamp=np.array(stamp), **_pack(*tables))
    except UnwritableFolder:
        print("The parsed tables cannot be kept: the next start will parse them again.")


def _pack(ratings: pd.DataFrame, movies: pd.DataFrame) -> dict[str, np.ndarray]:
    packed = {name: _compact(ratings[name].to_numpy()) for name in ratings}
    packed["movie_id"] = movies["item_id"].to_numpy()
    packed["year"] = movies["year"].to_numpy(dtype="int64", na_value=_NO_YEAR)
    for name in ("title", "genres"):
        text = _END.join(movies[name]).encode()
        packed[name] = np.frombuffer(text, dtype=np.uint8)
    return packed


def _unpack(packed: dict[str, np.ndarray]) -> Tables:
    ratings = {n: packed[n].astype(t) for n, t in parsing.RATING_TYPES.items()}
    year = packed["year"]
    title, genres = (
        pd.Series(packed[name].tobytes().decode().split(_END), dtype="str")
        for name in ("title", "genres")
    )
    movies = {
        "item_id": packed["movie_id"],
        "title": title,
        "year": pd.arrays.IntegerArray(year, year == _NO_YEAR),
        "genres": genres,
    }
    return pd.DataFrame(ratings, copy=False), pd.DataFrame(movies, copy=False)


def _compact(column: np.ndarray) -> np.ndarray:
    """Half the bytes, where nothing is lost by it: half stars, and ids below 2^31."""
    small = np.float32 if column.dtype == np.float64 else np.int32
    fits = column.dtype == np.float64 or column.max() <= np.iinfo(small).max
    return column.astype(small) if fits else column
