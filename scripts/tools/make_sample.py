"""Write data/sample, the bundled synthetic ratings, or a world as large as MovieLens.

For authors. The same seed gives the same bytes.

    python scripts/tools/make_sample.py [FOLDER]
    python scripts/tools/make_sample.py --like latest --out DIR

The second one makes, in some minutes, a stand-in for an edition of MovieLens (1m, 10m,
25m, latest), which the labs read with MOVIELENS_DIR=DIR MOVIELENS_DATASET=latest.
The sample is plain text, because archives hold dates and depend on library versions.
"""

import argparse
import sys
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from atomic import write_whole
from data_utils.planted import PlantedWorld, planted_world
from data_utils.planted_large import SHAPES
from data_utils.titles import ARTICLES
from data_utils.truth import SAMPLE
from tools.large_sample import NotOurs, write_large

README = """\
# A synthetic sample in MovieLens' file layout

**Nobody made these ratings, and none of these movies exists.** They were drawn by a
random number generator from factors, biases and noise that are known. So the labs run
without a download, and a model can be held against the truth.
Any likeness of a title to that of a real movie is an accident.

| file | holds |
|---|---|
| `ratings.csv` | userId, movieId, rating (1 to 5), timestamp (in seconds) |
| `movies.csv` | movieId, title (year), genres |
| `truth.json` | the parameters behind the ratings, read by `load_truth()` |

{n_ratings:,} ratings of {n_items:,} movies by {n_users:,} users. The lines
of `ratings.csv` stand in random order, so each fifth of the file is a random fifth of
the ratings. The best possible predictions, made with the true parameters, have an RMSE
of {floor:.3f} on all of them.

The numbers that describe the ratings (stars, long tails, sessions, popularity against
mean rating) are near those of MovieLens 100K; no rating and no title is taken from it.
`python scripts/tools/make_sample.py` writes this folder again, byte for byte.

These files are part of this repository, not of MovieLens. MovieLens is a data set of
GroupLens at the University of Minnesota, who have no part in this sample.
"""


def write_sample(world: PlantedWorld, folder: Path) -> None:
    """Write the four files of the sample into `folder`, which is made if needed."""
    folder.mkdir(parents=True, exist_ok=True)
    names = {"user_id": "userId", "item_id": "movieId"}
    _write_csv(world.ratings.rename(columns=names), folder / "ratings.csv")
    movies = pd.DataFrame(
        {
            "movieId": world.movies.item_id,
            "title": world.movies.title.map(as_filed)
            + world.movies.year.map(" ({})".format),
            "genres": world.movies.genres,
        }
    )
    _write_csv(movies, folder / "movies.csv")
    world.truth.save(folder / "truth.json")
    write_whole(folder / "README.md", _readme(world).encode())


def as_filed(title: str) -> str:
    """The title as MovieLens' files have it: "The Last Picnic" → "Last Picnic, The"."""
    first, _, rest = title.partition(" ")
    return f"{rest}, {first}" if first in ARTICLES else title


def _readme(world: PlantedWorld) -> str:
    ratings = world.ratings
    best = world.truth.predict(ratings.user_id, ratings.item_id)
    return README.format(
        n_ratings=len(ratings),
        n_items=len(world.movies),
        n_users=ratings.user_id.nunique(),
        floor=((ratings.rating - best) ** 2).mean() ** 0.5,
    )


def _write_csv(table: pd.DataFrame, path: Path) -> None:
    write_whole(path, table.to_csv(index=False, lineterminator="\n").encode())


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", nargs="?", type=Path, default=SAMPLE)
    parser.add_argument("--like", choices=SHAPES, help="an edition of MovieLens")
    parser.add_argument("--out", type=Path, help="where the large world is written")
    parser.add_argument("--seed", type=int, default=11)
    options = parser.parse_args(arguments)
    if (options.like is None) != (options.out is None):
        parser.error("--like and --out belong together: --like latest --out DIR")
    try:
        if options.like:
            folder = write_large(options.like, options.out, options.seed)
        else:
            folder = options.folder
            write_sample(planted_world(seed=options.seed), folder)
    except (NotOurs, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    sizes = {path.name: path.stat().st_size for path in sorted(folder.iterdir())}
    print(f"Written to {folder}: {sizes} bytes, {sum(sizes.values()):,} in all.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
