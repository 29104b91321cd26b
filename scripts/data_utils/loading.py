"""From a name to two tables: find, verify, read, check, keep.

For students who want to know where their tables come from.
"""

import hashlib
import os
from pathlib import Path

import numpy as np
import pandas as pd

from atomic import writing

from . import parsing
from .archives import DATA_DIR, Source, find, verify, verify_sample
from .errors import (
    DatasetUnavailable,
    MalformedMovies,
    MalformedRatings,
    MissingMovies,
    UnknownDataset,
    UnwritableFolder,
)
from .fetching import download
from .own_ratings import load_ratings, own_file
from .parsing import RATING_TYPES, read_movies, read_ratings
from .registry import DATASETS, HOST, Dataset

KEEP_FROM = 10_000_000  # ratings; fewer are parsed in a few seconds

Tables = tuple[pd.DataFrame, pd.DataFrame]


def download_movielens(
    name: str = "auto", data_dir: str | Path | None = None
) -> Tables:
    """The tables `(ratings, movies)` of a MovieLens edition or of the bundled sample.

    A local copy is used first: an archive or an extracted folder, in the folder that
    MOVIELENS_DIR names, then in `data_dir` (by default the project's `data/`). Else the
    archive is downloaded to `data_dir`. Archives are verified by their hash, tables by
    their counts, and each rated movie must be listed. The parsed ratings of the largest
    editions are kept in `data_dir/cache`.

    `name` is one of `sample 100k 1m 10m 20m 25m 32m latest-small latest`, or `auto`:
    ML-100K if it can be had, else the sample; one printed line says which and why.
    Capitals, spaces around it and a first `ml-` do not matter, and an empty name is
    `auto`. It may also be the path of a file of your own, which `load_ratings` reads.

    `ratings` has `user_id, item_id, rating, timestamp` (raw ids, stars, seconds since
    1970) in the order of the file; `movies` has `item_id, title, year, genres`.

    Raises a `DatasetUnavailable`; its subclass names the cause, its message the remedy.

    >>> ratings, movies = download_movielens("sample")
    >>> len(ratings), len(movies)
    (38500, 650)
    >>> list(ratings)
    ['user_id', 'item_id', 'rating', 'timestamp']
    """
    data_dir = DATA_DIR if data_dir is None else Path(os.path.expanduser(data_dir))
    if str(data_dir).startswith("~"):
        raise UnwritableFolder(
            f"data_dir={str(data_dir)!r} begins with the home of a user that this "
            "machine does not know. Give another folder, or none: the default is the "
            "project's data/."
        )
    given = name.strip()
    name = given.lower().removeprefix("ml-") or "auto"
    if name not in ("auto", *DATASETS):
        if (own := own_file(given)) is not None:
            return load_ratings(own)
        raise UnknownDataset(
            f"There is no data set {given!r}, and no file of this name. Known names: "
            f"auto, {', '.join(DATASETS)}. Check DATASET in the notebook, or the "
            "variable MOVIELENS_DATASET."
        )
    if name != "auto":
        return _load(DATASETS[name], data_dir)[0]
    try:
        tables, found_in = _load(DATASETS["100k"], data_dir)
    except DatasetUnavailable as error:
        print(
            "Data: the bundled sample (synthetic ratings of fictional movies), because "
            f"ML-100K is not at hand: {error.why}."
        )
        return _load(DATASETS["sample"], data_dir)[0]
    print(f"Data: ML-100K, {found_in}.")
    return tables


def edition_of(ratings: pd.DataFrame) -> str | None:
    """The edition that `download_movielens` gave; None for any other table.

    >>> ratings, movies = download_movielens("sample")
    >>> edition_of(ratings)
    'sample'
    >>> edition_of(pd.DataFrame({"user_id": [1]})) is None
    True
    """
    return ratings.attrs.get("edition")


def _load(dataset: Dataset, data_dir: Path) -> tuple[Tables, str]:
    """The two tables, and where they were found."""
    source = find(dataset, data_dir)
    if source is None:
        archive = download(dataset, data_dir)
        source = Source(archive, f"downloaded from {HOST} just now")
    path, stamp = data_dir / "cache" / f"{dataset.name}.npz", _stamp(source, dataset)
    ratings = _kept(path, stamp)
    if ratings is None:
        if source.path.is_file():
            md5_file = source.path.with_name(f"{source.path.name}.md5")
            remedy = (
                f"Delete {source.path} and its .md5 file, if it has one, and fetch it "
                "again; if you packed it yourself, extract it to a folder beside it."
            )
            verify(source.path, dataset, md5_file, remedy)
        elif dataset.url is None:
            verify_sample(source.path)
        ratings = read_ratings(source, dataset)
        _check_ratings(ratings, source, dataset)
        if len(ratings) >= KEEP_FROM:
            _keep(ratings, path, stamp)
    movies = read_movies(source, dataset)
    _check_movies(movies, ratings, source, dataset)
    ratings.attrs["edition"] = dataset.name
    return (ratings, movies), source.found_in


def _check_ratings(ratings: pd.DataFrame, source: Source, dataset: Dataset) -> None:
    if dataset.n_ratings not in (None, len(ratings)):
        counts = f"{len(ratings):,} ratings; {dataset.n_ratings:,} are published"
        file = dataset.layout.ratings_file
        _cut_off_or_noted(source, dataset, file, counts, MalformedRatings)


def _check_movies(movies, ratings, source: Source, dataset: Dataset) -> None:
    file, rated = dataset.layout.movies_file, ratings["item_id"].unique()
    missing = rated[~np.isin(rated, movies["item_id"])]
    if len(missing):
        raise MissingMovies(
            f"{file} in {source.path} lacks {len(missing):,} of the {len(rated):,} "
            f"movies that were rated, the first of them movie {missing.min()}. Was it "
            "cut off, or is it of another edition? Delete this copy and fetch it again."
        )
    if dataset.n_movies not in (None, len(movies)):
        counts = f"{len(movies):,} movies; {dataset.n_movies:,} are published"
        _cut_off_or_noted(source, dataset, file, counts, MalformedMovies)


def _cut_off_or_noted(source: Source, dataset: Dataset, file: str, counts: str, error):
    # A file cut off in the middle of a line may read well: half a number is a number.
    with source.open(file) as handle:
        handle.seek(-1, os.SEEK_END)
        if handle.read(1) != b"\n":
            raise error(
                f"{file} in {source.path} holds {counts}, and its last line has no "
                "end: the file was cut off. Delete this copy and fetch it again."
            )
    print(f"Note: this copy of {dataset.name} holds {counts}. Is it complete?")


def _stamp(source: Source, dataset: Dataset) -> str:
    """What kept ratings are made from: the files, the edition and the parser."""
    folder = source.path.is_dir()
    files = [source.path / f for f in dataset.files] if folder else [source.path]
    stats = [file.stat() for file in files if file.exists()]
    seen = [[s.st_size, s.st_mtime_ns, s.st_ctime_ns] for s in stats]
    parser = Path(parsing.__file__).read_text(encoding="utf-8")
    return hashlib.sha256(repr((files, seen, dataset, parser)).encode()).hexdigest()


def _kept(path: Path, stamp: str) -> pd.DataFrame | None:
    try:
        with path.open("rb") as handle, np.load(handle, allow_pickle=False) as file:
            if str(file["stamp"]) != stamp:
                return None
            columns = {name: file[name] for name in RATING_TYPES}
        return pd.DataFrame(columns, copy=False).astype(RATING_TYPES)
    except Exception:  # damage has many names, and one repair: parsing again
        return None


def _keep(ratings: pd.DataFrame, path: Path, stamp: str) -> None:
    try:
        with writing(path) as handle:
            np.savez(handle, stamp=np.array(stamp), **ratings)
    except OSError:
        print("The parsed tables cannot be kept: the next start will parse them again.")
