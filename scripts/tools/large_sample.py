"""Write a planted world in the place of a large edition of MovieLens. For authors.

`make_sample.py --like latest --out DIR` calls this. The world is drawn and written a
block of users at a time, so memory stays bounded.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from atomic import write_whole, writing
from data_utils.planted_large import SHAPES, LargeWorld
from data_utils.registry import DATASETS, Dataset
from data_utils.truth import LARGE

README = """\
# A synthetic world in the layout of MovieLens {name}

**Nobody made these ratings, and none of these movies exists.** They were drawn by a
random number generator, to measure what the course's models cost at the size of that
edition. Any likeness of a title to that of a real movie is an accident.

{n_ratings:,} ratings of {n_items:,} movies by {n_users:,} users. The best possible
predictions, made with the true parameters in `{truth}`, have an RMSE of {floor:.4f} on
all of them.

    python scripts/tools/make_sample.py --like {name} --out DIR --seed {seed}

writes this folder again, on the same kind of processor byte for byte. MovieLens is a
data set of GroupLens at the University of Minnesota, who have no part in this world.
"""


class NotOurs(RuntimeError):
    """There is an edition already, and it is not one that this command has made."""


def write_large(name: str, out: Path, seed: int = 11) -> Path:
    """Write the world `SHAPES[name]` as an edition under `out`, and return its folder.

    With MOVIELENS_DIR=out it is read by that edition's name. The ratings get their name
    last, after all else is written: what a kill leaves is never taken for an edition,
    and the same command makes it anew. Raises `NotOurs` where there are ratings
    without a truth beside them: they may be the real ones.
    """
    edition = DATASETS[name]
    folder = out / edition.folder
    target = folder / edition.layout.ratings_file
    if target.exists() and not (folder / LARGE).exists():
        raise NotOurs(
            f"{target} is not of a planted world, for there is no {LARGE} beside it. "
            "Nothing was written: name another folder with --out."
        )
    with writing(target) as file:
        world = LargeWorld(SHAPES[name], seed)
        floor = _write_ratings(world, edition, file)
        movies = _movie_lines(world.movies, edition)
        write_whole(folder / edition.layout.movies_file, movies)
        with writing(folder / LARGE) as truth:
            np.savez(truth, floor=floor, **vars(world.truth))
        readme = README.format(
            name=name, truth=LARGE, floor=floor, seed=seed, **world.shape._asdict()
        )
        write_whole(folder / "README.md", readme.encode())
    return folder


def _write_ratings(world: LargeWorld, edition: Dataset, file) -> float:
    """Write all blocks, and return the RMSE of the best possible predictions."""
    layout, squares = edition.layout, 0.0
    file.write(f"{layout.ratings_header}\n".encode() if layout.ratings_header else b"")
    with tqdm(
        desc=edition.folder,
        total=world.shape.n_ratings,
        unit=" ratings",
        unit_scale=True,
        file=sys.stdout,
        ncols=76,
    ) as bar:
        for block in world.blocks():
            best = world.truth.predict(block["user_id"], block["item_id"])
            squares += ((best - block["rating"]) ** 2).sum()
            if world.shape.step == 1.0:  # such editions write 5, not 5.0
                block = block.astype({"rating": int})
            lines = block.to_csv(
                index=False, header=False, sep="\t", lineterminator="\n"
            )
            file.write(lines.replace("\t", layout.separator).encode())
            bar.update(len(block))
    return (squares / world.shape.n_ratings) ** 0.5


def _movie_lines(movies: pd.DataFrame, edition: Dataset) -> bytes:
    layout = edition.layout
    table = pd.DataFrame(
        {
            "movieId": movies["item_id"],
            "title": movies["title"] + movies["year"].map(" ({})".format),
            "genres": movies["genres"],
        }
    )
    if layout.separator == ",":
        lines = table.to_csv(index=False, lineterminator="\n")
    else:
        rows = table.astype("str").agg(layout.separator.join, axis=1)
        lines = "\n".join([*rows, ""])
    return lines.encode(edition.encoding.removesuffix("-sig"))
