"""Compare two trainings: rotate one onto the other, and count common neighbours.

For authors: behind the figures of lab 04 on what a second training finds again.
"""

from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import numpy as np

from .neighbours import nearest_neighbours
from .vectors import MovieVectors


class Alignment(NamedTuple):
    """aligned: source @ rotation, (n, k_target); rotation: (k_source, k_target);
    r2: the share of the target's squares that the aligned source explains."""

    aligned: np.ndarray
    rotation: np.ndarray
    r2: float


@dataclass(frozen=True)
class Stability:
    """The share of k nearest neighbours that two runs have in common.

    overlap: the mean over pairs of runs; by_pair: {(a, b): share}; by_movie: (n,), the
    mean over pairs; chance: the share for neighbours drawn at random.
    """

    overlap: float
    by_pair: dict[tuple[int, int], float]
    by_movie: np.ndarray
    chance: float
    k: int


def procrustes(source: np.ndarray, target: np.ndarray) -> Alignment:
    """The rotation (or reflection) that brings `source` (n, k) nearest to `target`.

    Schönemann 1966, doi:10.1007/BF02289451: the rotation is UVᵀ of the singular value
    decomposition of sourceᵀ target. Nothing is shifted and nothing is stretched. The
    two may differ in k. A narrower source is turned into the wider space, and no
    rotation brings it nearer. A wider source is turned and then loses coordinates:
    here UVᵀ makes Σ aligned · target largest and need not be the nearest, for how
    much is lost depends on the rotation. So `r2` may be low, even negative, where an
    exact solution exists (ten Berge & Knol 1984, doi:10.1007/BF02294205, iterate).

    Raises `ValueError` where the rows do not match, for NaN or infinity, and for a
    target of zeros.

    >>> target = np.array([[1.0, 0], [0, 2], [3, 1]])
    >>> quarter_turn = np.array([[0.0, 1], [-1, 0]])
    >>> found = procrustes(target @ quarter_turn, target)
    >>> np.allclose(found.aligned, target), round(found.r2, 6)
    (True, 1.0)
    """
    if source.ndim != 2 or target.ndim != 2 or len(source) != len(target):
        raise ValueError(
            f"Shapes {source.shape} and {target.shape} cannot be aligned: both need "
            "one row per movie, for the same movies in the same order."
        )
    if not (np.isfinite(source).all() and np.isfinite(target).all()):
        raise ValueError("A vector holds NaN or infinity: there is nothing to align.")
    left, _, right = np.linalg.svd(source.T @ target, full_matrices=False)
    rotation = left @ right
    aligned = source @ rotation
    total = np.square(target).sum()
    if total == 0:
        raise ValueError("All target vectors are zero: there is nothing to align to.")
    return Alignment(
        aligned, rotation, float(1 - np.square(aligned - target).sum() / total)
    )


def neighbour_stability(runs: list[MovieVectors], k: int = 10) -> Stability:
    """How many of a movie's `k` nearest neighbours another run agrees on.

    `runs` hold the same movies in the same order, from trainings that differ in their
    seed or in their data. Needs no alignment: cosine does not see a rotation. A movie
    with a zero vector in either run has no neighbours to agree on and counts as 0.
    Raises `ValueError` for a single run, for runs whose movies differ, and where a run
    does not have `k` others with a direction.

    >>> import pandas as pd
    >>> table = pd.DataFrame({"item_id": range(40), "genres": ""})
    >>> table = table.assign(title="movie", year=1999)
    >>> random = np.random.default_rng(0)
    >>> first = MovieVectors(random.normal(size=(40, 3)), table, np.ones(40, int))
    >>> mirrored = first.with_vectors(-first.vectors)
    >>> unrelated = first.with_vectors(random.normal(size=(40, 3)))
    >>> found = neighbour_stability([first, mirrored, unrelated], k=4)
    >>> found.by_pair[0, 1], found.by_pair[0, 2] < 0.3, round(found.chance, 3)
    (1.0, True, 0.103)
    """
    if len(runs) < 2:
        raise ValueError(
            f"runs: {len(runs)} given, and stability compares two or more. Train again "
            "with another seed."
        )
    ids = [run.movies["item_id"].to_numpy() for run in runs]
    if any(not np.array_equal(ids[0], other) for other in ids[1:]):
        raise ValueError(
            "The runs hold different movies, or the same ones in another order: choose "
            "the same movies from each before comparing them."
        )
    neighbours = [nearest_neighbours(run, k) for run in runs]
    common = {
        (a, b): _common(neighbours[a], neighbours[b])
        for a, b in combinations(range(len(runs)), 2)
    }
    by_movie = np.mean(list(common.values()), axis=0)
    return Stability(
        float(by_movie.mean()),
        {pair: float(shares.mean()) for pair, shares in common.items()},
        by_movie,
        k / (len(runs[0]) - 1),
        k,
    )


def _common(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The share of each row's entries in `a` (n, k) that `b` has too; -1 is none."""
    same = (a[:, :, None] == b[:, None, :]) & (a[:, :, None] >= 0)
    return same.any(axis=2).mean(axis=1)
