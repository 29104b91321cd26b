"""From a name to two tables."""

import os
from pathlib import Path

import pandas as pd

from .archives import DATA_DIR, Source, locate, movielens_dir_problem
from .cache import cached_tables
from .errors import (
    DatasetUnavailable,
    MalformedRatings,
    MissingMember,
    UnwritableFolder,
)
from .fetching import download
from .parsing import read_movies, read_ratings
from .registry import DATASETS, HOST, Dataset, dataset_named

Tables = tuple[pd.DataFrame, pd.DataFrame]
SAMPLE_DIR = DATA_DIR / "sample"


def download_movielens(
    name: str = "auto", data_dir: str | Path | None = None
) -> Tables:
    """The tables `(ratings, movies)` of a MovieLens edition or of the bundled sample.

    A local copy is used first: an archive or an extracted folder, in the folder that
    MOVIELENS_DIR names, then in `data_dir` (by default the project's `data/`). Else the
    archive is downloaded to `data_dir` and verified by its hash. Parsed tables are
    cached in `data_dir/cache`.

    `name` is one of `sample 100k 1m 10m 20m 25m 32m latest-small latest`, or `auto`:
    ML-100K if it can be had, else the sample; one printed line says which and why.

    `ratings` has `user_id, item_id, rating, timestamp` (raw ids, stars, seconds since
    1970) in the order of the file; `movies` has `item_id, title, year, genres`.

    Raises a `DatasetUnavailable`; its subclass names the cause, its message the remedy.
    """
    data_dir = DATA_DIR if data_dir is None else _at_home(data_dir)
    if name == "auto":
        return _whatever_can_be_had(data_dir)
    dataset = dataset_named(name)
    if name == "sample":
        return _named(_sample(dataset), dataset)
    return _tables(_source(dataset, data_dir), dataset, data_dir)


def edition_of(ratings: pd.DataFrame) -> str | None:
    """The name of the edition that `download_movielens` gave; None for other tables.

    >>> ratings, movies = download_movielens("sample")
    >>> edition_of(ratings)
    'sample'
    >>> edition_of(pd.DataFrame({"user_id": [1]})) is None
    True
    """
    return ratings.attrs.get("edition")


def _named(tables: Tables, dataset: Dataset) -> Tables:
    tables[0].attrs["edition"] = dataset.name
    return tables


def _at_home(data_dir: str | Path) -> Path:
    try:
        return Path(data_dir).expanduser()
    except RuntimeError as error:
        raise UnwritableFolder(
            f"data_dir={str(data_dir)!r} begins with the home of a user that this "
            "machine does not know. Give another folder, or none: the default is the "
            "project's data/."
        ) from error


def _whatever_can_be_had(data_dir: Path) -> Tables:
    dataset = DATASETS["100k"]
    try:
        source = _source(dataset, data_dir)
        tables = _tables(source, dataset, data_dir)
    except DatasetUnavailable as error:
        print(
            "Data: the bundled sample (synthetic ratings of fictional films), because "
            f"ML-100K is not at hand: {error.why}."
        )
        return download_movielens("sample")
    print(f"Data: ML-100K, {source.found_in}.")
    return tables


def _sample(dataset: Dataset) -> Tables:
    for file in dataset.files:
        if not (SAMPLE_DIR / file).is_file():
            raise MissingMember(
                f"The bundled sample lacks {SAMPLE_DIR / file}. "
                "`python scripts/tools/make_sample.py` makes it anew."
            )
    source = Source(SAMPLE_DIR, "the bundled sample")
    return read_ratings(source, dataset), read_movies(source, dataset)


def _source(dataset: Dataset, data_dir: Path) -> Source:
    if problem := movielens_dir_problem():
        print(f"Note: {problem}")
    local = locate(dataset, data_dir)
    if local is not None:
        return local
    return Source(download(dataset, data_dir), f"downloaded from {HOST} just now")


def _tables(source: Source, dataset: Dataset, data_dir: Path) -> Tables:
    ratings, movies = cached_tables(source, dataset, data_dir)
    if dataset.n_ratings not in (None, len(ratings)):
        counts = f"{len(ratings):,} ratings; {dataset.n_ratings:,} are published"
        _check_last_line(source, dataset, counts)
        print(f"Note: this copy of {dataset.name} holds {counts}. Is it complete?")
    return _named((ratings, movies), dataset)


def _check_last_line(source: Source, dataset: Dataset, counts: str) -> None:
    # A file cut off in the middle of a line may read well: half a number is a number.
    file = dataset.layout.ratings_file
    with source.open(file) as handle:
        handle.seek(-1, os.SEEK_END)
        if handle.read(1) != b"\n":
            raise MalformedRatings(
                f"{file} in {source.path} holds {counts}, and its last line has no "
                "end: the file was cut off. Delete this copy and fetch it again."
            )
