"""The editions of MovieLens: where each is, how to prove it, how it is laid out.

For students who wonder what else there is, and for authors who add an edition.
"""

from dataclasses import dataclass

HOST = "files.grouplens.org"
BASE_URL = f"https://{HOST}/datasets/movielens/"

RESEARCH = (
    "Research use with acknowledgement (Harper & Konstan 2015, doi:10.1145/2827872); "
    "no endorsement implied; no commercial use without permission"
)


@dataclass(frozen=True)
class Layout:
    """How the two tables are written down."""

    ratings_file: str
    movies_file: str
    separator: str  # between the four fields of a rating
    movie: str  # the pattern of a line: id, title, genres
    ratings_header: str = ""
    movies_header: str = ""


_FIELD = r'("(?:[^"]|"")*"|(?!")[^,]*)'  # of a CSV file, quoted or not
# In u.item two dates and an address stand before 19 flags, one for each genre.
TAB = Layout(
    "u.data",
    "u.item",
    "\t",
    r"([0-9]{1,18})\|([^|]*)\|[^|]*\|[^|]*\|[^|]*((?:\|[01]){19})",
)
COLONS = Layout("ratings.dat", "movies.dat", "::", r"([0-9]{1,18})::(.*)::(.*)")
CSV = Layout(
    "ratings.csv",
    "movies.csv",
    ",",
    rf"([0-9]{{1,18}}),{_FIELD},{_FIELD}",
    "userId,movieId,rating,timestamp",
    "movieId,title,genres",
)
# The genres of these flags, after a first flag that says "unknown".
GENRE_FLAGS = (
    *("Action", "Adventure", "Animation", "Children's", "Comedy", "Crime"),
    *("Documentary", "Drama", "Fantasy", "Film-Noir", "Horror", "Musical"),
    *("Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western"),
)


@dataclass(frozen=True)
class Dataset:
    """One published edition; `None` stands for what is not known."""

    name: str
    layout: Layout
    encoding: str  # of the movies' titles
    bytes: int | None = None
    n_users: int | None = None
    n_movies: int | None = None  # listed, with or without ratings
    n_ratings: int | None = None
    md5: str | None = None
    sha256: str | None = None
    lowest: float = 0.5  # stars
    step: float = 0.5
    highest: float = 5.0
    folder: str = ""  # as the archive unpacks
    archive: str | None = None
    url: str | None = None
    licence: str = f"{RESEARCH}; no redistribution without permission."
    redistributable: bool = False

    @property
    def files(self) -> tuple[str, str]:
        """The two files that are read."""
        return self.layout.ratings_file, self.layout.movies_file


def _published(name: str, *facts, folder: str = "", **more) -> Dataset:
    more |= {"archive": f"ml-{name}.zip", "url": f"{BASE_URL}ml-{name}.zip"}
    return Dataset(name, *facts, folder=folder or f"ml-{name}", **more)


_WHOLE = {"lowest": 1.0, "step": 1.0}  # stars
_SHARED = {
    "licence": f"{RESEARCH}; redistribution under the same licence.",
    "redistributable": True,
}

SAMPLE_SHA256 = {
    "ratings.csv": "b99b0f5f25df0170482977b854c2b5273426e3f89958700f343d48ac86e0382b",
    "movies.csv": "dd81ae67230cb4b8fbc9c26bba145ef427b6da28c3109dc83e0c7cad31c7fc22",
    "truth.json": "44f5ced08ed3de321e114c5deeebe2d23ceeff7af79285348b0f4eca427917b3",
}
"""Of each file of the bundled sample, as `make_sample.py` writes it."""

# name, layout, encoding, bytes, users, movies, ratings, MD5, SHA-256
# fmt: off
_EDITIONS = [
    Dataset("sample", CSV, "utf-8-sig", folder="sample", redistributable=True,
            licence="Synthetic, made by this project: no real person, no real movie."),
    _published("100k", TAB, "latin-1", 4_924_029, 943, 1_682, 100_000,
               "0e33842e24a9c977be4e0107933c0723",
               "50d2a982c66986937beb9ffb3aa76efe955bf3d5c6b761f4e3a7cd717c6a3229",
               **_WHOLE),
    _published("1m", COLONS, "latin-1", 5_917_549, 6_040, 3_883, 1_000_209,
               "c4d9eecfca2ab87c1945afe126590906",
               "a6898adb50b9ca05aa231689da44c217cb524e7ebd39d264c56e2832f2c54e20",
               **_WHOLE),
    _published("10m", COLONS, "utf-8", None, 69_878, 10_681, 10_000_054,
               "ce571fd55effeba0271552578f2648bd", folder="ml-10M100K"),
    _published("20m", CSV, "utf-8-sig", 198_702_078, 138_493, 27_278, 20_000_263,
               "cd245b17a1ae2cc31bb14903e1204af3",
               "96f243c338a8665f6bcc89c53edf6ee39162a846940de6b7c8c48aeada765ff3"),
    _published("25m", CSV, "utf-8-sig", 261_978_986, 162_541, 62_423, 25_000_095,
               "6b51fb2759a8657d3bfcbfc42b592ada",
               "8b21cfb7eb1706b4ec0aac894368d90acf26ebdfb6aced3ebd4ad5bd1eb9c6aa"),
    _published("32m", CSV, "utf-8-sig", 238_950_008, 200_948, 87_585, 32_000_204,
               "d472be332d4daa821edc399621853b57", **_SHARED),
    _published("latest-small", CSV, "utf-8-sig", 978_202, 610, 9_742, 100_836,
               "31a303aabbc519bd33d025e44d6c2570",
               "696d65a3dfceac7c45750ad32df2c259311949efec81f0f144fdfb91ebc9e436",
               **_SHARED),
    # Grows from time to time, so its hash is read from the `.md5` beside it.
    _published("latest", CSV, "utf-8-sig", **_SHARED),
]
# fmt: on

DATASETS = {dataset.name: dataset for dataset in _EDITIONS}
