"""The MovieLens editions: where each one is, how to prove it, how it is laid out."""

from dataclasses import dataclass

from .errors import UnknownDataset

HOST = "files.grouplens.org"
BASE_URL = f"https://{HOST}/datasets/movielens/"

RESEARCH = (
    "Research use with acknowledgement (Harper & Konstan 2015, doi:10.1145/2827872); "
    "no endorsement implied; no commercial use without permission"
)
NO_REDISTRIBUTION = f"{RESEARCH}; no redistribution without permission."
SAME_LICENCE = f"{RESEARCH}; redistribution under the same licence."


@dataclass(frozen=True)
class Layout:
    """How the two tables are written down."""

    ratings_file: str
    movies_file: str
    separator: str  # between the four fields of a rating
    header: bool  # does the first line hold the names of the columns?


TAB = Layout("u.data", "u.item", "\t", header=False)
COLONS = Layout("ratings.dat", "movies.dat", "::", header=False)
CSV = Layout("ratings.csv", "movies.csv", ",", header=True)


@dataclass(frozen=True)
class Dataset:
    """One published edition; `None` stands for what is not known."""

    name: str
    folder: str  # as the archive unpacks
    layout: Layout
    encoding: str
    lowest: float = 0.5  # stars
    step: float = 0.5
    highest: float = 5.0
    archive: str | None = None
    url: str | None = None
    bytes: int | None = None
    md5: str | None = None
    sha256: str | None = None
    licence: str = NO_REDISTRIBUTION
    redistributable: bool = False
    n_users: int | None = None
    n_movies: int | None = None  # listed, with or without ratings
    n_ratings: int | None = None

    @property
    def files(self) -> tuple[str, str]:
        """The two files that are read."""
        return self.layout.ratings_file, self.layout.movies_file


def dataset_named(name: str) -> Dataset:
    """The registry's entry; raises `UnknownDataset`, which lists the known names."""
    if name not in DATASETS:
        known = ", ".join(["auto", *DATASETS])
        raise UnknownDataset(
            f"There is no data set {name!r}. Known names: {known}. "
            "Check DATASET in the notebook, or the variable MOVIELENS_DATASET."
        )
    return DATASETS[name]


def _published(name: str, layout: Layout, encoding: str, **facts) -> Dataset:
    archive = f"ml-{name}.zip"
    defaults = {"folder": f"ml-{name}", "archive": archive, "url": BASE_URL + archive}
    return Dataset(name=name, layout=layout, encoding=encoding, **defaults | facts)


_WHOLE_STARS = {"lowest": 1.0, "step": 1.0}
_SHAREABLE = {"licence": SAME_LICENCE, "redistributable": True}

_EDITIONS = [
    Dataset(
        name="sample",
        folder="sample",
        layout=CSV,
        encoding="utf-8-sig",
        licence="Synthetic, made by this project: no real person, no real film.",
        redistributable=True,
    ),
    _published(
        "100k",
        TAB,
        "latin-1",
        bytes=4_924_029,
        md5="0e33842e24a9c977be4e0107933c0723",
        sha256="50d2a982c66986937beb9ffb3aa76efe955bf3d5c6b761f4e3a7cd717c6a3229",
        n_users=943,
        n_movies=1_682,
        n_ratings=100_000,
        **_WHOLE_STARS,
    ),
    _published(
        "1m",
        COLONS,
        "latin-1",
        bytes=5_917_549,
        md5="c4d9eecfca2ab87c1945afe126590906",
        sha256="a6898adb50b9ca05aa231689da44c217cb524e7ebd39d264c56e2832f2c54e20",
        n_users=6_040,
        n_movies=3_883,
        n_ratings=1_000_209,
        **_WHOLE_STARS,
    ),
    _published(
        "10m",
        COLONS,
        "utf-8",
        folder="ml-10M100K",
        md5="ce571fd55effeba0271552578f2648bd",
        n_users=69_878,
        n_movies=10_681,
        n_ratings=10_000_054,
    ),
    _published(
        "20m",
        CSV,
        "utf-8-sig",
        bytes=198_702_078,
        md5="cd245b17a1ae2cc31bb14903e1204af3",
        sha256="96f243c338a8665f6bcc89c53edf6ee39162a846940de6b7c8c48aeada765ff3",
        n_users=138_493,
        n_movies=27_278,
        n_ratings=20_000_263,
    ),
    _published(
        "25m",
        CSV,
        "utf-8-sig",
        bytes=261_978_986,
        md5="6b51fb2759a8657d3bfcbfc42b592ada",
        sha256="8b21cfb7eb1706b4ec0aac894368d90acf26ebdfb6aced3ebd4ad5bd1eb9c6aa",
        n_users=162_541,
        n_movies=62_423,
        n_ratings=25_000_095,
    ),
    _published(
        "32m",
        CSV,
        "utf-8-sig",
        bytes=238_950_008,
        md5="d472be332d4daa821edc399621853b57",
        n_users=200_948,
        n_movies=87_585,
        n_ratings=32_000_204,
        **_SHAREABLE,
    ),
    _published(
        "latest-small",
        CSV,
        "utf-8-sig",
        bytes=978_202,
        md5="31a303aabbc519bd33d025e44d6c2570",
        sha256="696d65a3dfceac7c45750ad32df2c259311949efec81f0f144fdfb91ebc9e436",
        n_users=610,
        n_movies=9_742,
        n_ratings=100_836,
        **_SHAREABLE,
    ),
    # Grows from time to time, so its hash is read from the `.md5` beside it.
    _published("latest", CSV, "utf-8-sig", **_SHAREABLE),
]

DATASETS = {dataset.name: dataset for dataset in _EDITIONS}
