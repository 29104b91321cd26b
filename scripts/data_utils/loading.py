"""From a name to two tables."""

from pathlib import Path

import pandas as pd

from .archives import DATA_DIR, Source, locate, search_places
from .cache import cached_tables
from .errors import DatasetUnavailable, MissingMember
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
    data_dir = DATA_DIR if data_dir is None else Path(data_dir).expanduser()
    if name == "auto":
        return _whatever_can_be_had(data_dir)
    dataset = dataset_named(name)
    if name == "sample":
        return _sample(dataset)
    return _tables(_source(dataset, data_dir), dataset, data_dir)


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
    local = locate(dataset, data_dir)
    if local is not None:
        return local
    for place, _ in search_places(data_dir)[:-1]:
        if not place.is_dir():
            print("Note: MOVIELENS_DIR names a folder that does not exist.")
    return Source(download(dataset, data_dir), f"downloaded from {HOST} just now")


def _tables(source: Source, dataset: Dataset, data_dir: Path) -> Tables:
    ratings, movies = cached_tables(source, dataset, data_dir)
    if dataset.n_ratings not in (None, len(ratings)):
        print(
            f"Note: this copy of {dataset.name} holds {len(ratings):,} ratings; "
            f"{dataset.n_ratings:,} are published. Is it complete?"
        )
    return ratings, movies
