"""Raw ids as published against contiguous row numbers, both ways. For students."""

import numpy as np
import pandas as pd

UNKNOWN = -1
"""The index of an id that the map has never seen."""

MOST_GAPS = 16  # numbers for each id; MovieLens' movies have 4


class IdMap:
    """A one-to-one map between raw ids and the indices 0 … n-1.

    Raw ids have gaps and start anywhere; the rows of an embedding table do not. Fit the
    map on *training* ids only: an id that appears first in the test set has no
    trained row, and pretending otherwise hides the cold-start problem.

    `IdMap.fit` makes one of any ids, whole numbers or texts. `IdMap(raw)` takes ids
    that are sorted and distinct already; it raises `ValueError` for others.

    >>> ids = IdMap.fit([50, 7, 50, 1003])
    >>> ids
    IdMap(3 ids from 7 to 1003)
    >>> ids.encode([1003, 7]).tolist(), ids.decode([2, 0]).tolist()
    ([2, 0], [1003, 7])
    >>> ids.encode([7, 8], unknown="mark").tolist()  # 8 was not there
    [0, -1]
    >>> IdMap.fit(["emma", "ulysses", "emma"]).encode(["ulysses"]).tolist()
    [1]
    """

    def __init__(self, raw: np.ndarray):
        raw = _ids(raw).copy()
        falls = np.flatnonzero(raw[1:] <= raw[:-1])
        if len(falls):
            first, second = raw[falls[0]], raw[falls[0] + 1]
            raise ValueError(
                f"IdMap(raw) takes ids that rise from one to the next; here {second} "
                f"follows {first}. IdMap.fit(raw) sorts ids and drops repetitions."
            )
        self.raw = raw
        """The raw ids, sorted: `raw[index]` is the id behind `index`."""
        self._index, self._places = pd.Index(raw), _places(raw)

    @classmethod
    def fit(cls, raw_ids) -> "IdMap":
        """Make the map of all distinct ids in `raw_ids`, (n,) numbers or texts."""
        # Many ratings have few ids, so to drop the repetitions first is quicker.
        return cls(np.sort(pd.unique(_ids(raw_ids))))

    @property
    def of_text(self) -> bool:
        """Are the ids texts, and not whole numbers?"""
        return self.raw.dtype == object

    def __len__(self) -> int:
        return len(self.raw)

    def __repr__(self) -> str:
        if not len(self):
            return "IdMap(no ids)"
        return f"IdMap({len(self):,} ids from {self.raw[0]} to {self.raw[-1]})"

    def __contains__(self, raw_id) -> bool:
        return bool((self.encode([raw_id], unknown="mark") != UNKNOWN)[0])

    def encode(self, raw_ids, unknown: str = "raise") -> np.ndarray:
        """Raw ids → indices, an int64 array of the same length.

        `unknown="raise"` refuses ids outside the map with a `KeyError` that lists some;
        `unknown="mark"` answers `UNKNOWN` (-1) for them. Raises `TypeError` for numbers
        where the map holds texts, and the other way round.
        """
        if unknown not in ("raise", "mark"):
            raise ValueError(f'unknown={unknown!r}: choose "raise" or "mark".')
        raw_ids = _ids(raw_ids)
        if len(raw_ids) and (raw_ids.dtype == object) != self.of_text and len(self):
            kind, asked = ("texts", "numbers") if self.of_text else ("numbers", "texts")
            raise TypeError(
                f"The ids of this map are {kind}, and {asked} were given, among them "
                f"{raw_ids[0]!r}."
            )
        places = self._look_up(raw_ids)
        if unknown == "raise" and (places == UNKNOWN).any():
            strangers = np.unique(raw_ids[places == UNKNOWN])
            some = ", ".join(map(str, strangers[:5].tolist()))
            raise KeyError(
                f"{len(strangers):,} ids are not in this map, among them {some}. "
                'The map knows training ids only; encode(…, unknown="mark") answers '
                f"{UNKNOWN} for the others."
            )
        return places

    def decode(self, indices) -> np.ndarray:
        """Indices → raw ids; an index outside 0 … n-1 raises an `IndexError`."""
        indices = _integers(indices)
        outside = (indices < 0) | (indices >= len(self))
        if outside.any():
            raise IndexError(
                f"Index {indices[outside][0]} has no raw id: this map holds "
                f"{len(self):,} ids, so indices run from 0 to {len(self) - 1}."
            )
        return self.raw[indices]

    def _look_up(self, raw_ids: np.ndarray) -> np.ndarray:
        known = self._places is not None and len(raw_ids) > 0
        if known and raw_ids.min() >= 0 and raw_ids.max() < len(self._places):
            return self._places[raw_ids]
        return self._index.get_indexer(raw_ids)  # -1, as UNKNOWN, for a stranger


def _places(raw: np.ndarray) -> np.ndarray | None:
    """The index of each number up to the last id, `UNKNOWN` for the gaps.

    To read an index there is several times as quick as to look an id up in a hash
    table. None where the gaps are so wide that this would cost more than it saves, for
    ids below zero, and for texts.
    """
    if raw.dtype == object or not len(raw):
        return None
    if raw[0] < 0 or raw[-1] >= MOST_GAPS * len(raw):
        return None
    places = np.full(raw[-1] + 1, UNKNOWN)
    places[raw] = np.arange(len(raw))
    return places


def _ids(values) -> np.ndarray:
    array = np.asarray(values)
    if array.ndim == 1 and array.dtype.kind in "OU" and array.size:
        if all(isinstance(value, str) for value in array):
            return array.astype(object)
        raise TypeError("Ids are whole numbers, or all of them texts; these are mixed.")
    return _integers(array)


def _integers(values) -> np.ndarray:
    array = np.asarray(values)
    if array.ndim != 1:
        raise ValueError(f"Ids come as a 1-D array, not with shape {array.shape}.")
    if array.size and not np.issubdtype(array.dtype, np.integer):
        raise TypeError(f"Ids are integers; these are {array.dtype}.")
    return array.astype(np.int64, copy=False)
