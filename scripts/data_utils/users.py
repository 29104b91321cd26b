"""What an edition says of its users beside their ratings. For students: lab 10."""

from pathlib import Path

import numpy as np
import pandas as pd

from .archives import DATA_DIR, find
from .errors import MalformedRow, MissingMember
from .registry import DATASETS

FILE = "u.user"
OLDEST = np.array([17, 24, 34, 44, 49, 55])  # years, of each group but the last
AGE_GROUPS = np.array(["0-17", "18-24", "25-34", "35-44", "45-49", "50-55", "56+"])
"""The groups of ML-1M, which gives no other ages."""


def load_users(
    edition: str | None, data_dir: str | Path | None = None
) -> pd.DataFrame | None:
    """The users of ML-100K: `user_id, age, sex, occupation`; None for other editions.

    edition: as `edition_of(ratings)` answers. `age` is a group of ages, as text. The
    file's zip codes are left out. None also where the local copy lacks `u.user`. Raises
    `MalformedRow` where the file is not one user per line.

    >>> load_users("sample") is None
    True
    """
    if edition != "100k":
        return None
    source = find(DATASETS[edition], DATA_DIR if data_dir is None else Path(data_dir))
    if source is None:
        return None
    try:
        with source.open(FILE) as file:
            text = file.read().decode("latin-1")
    except MissingMember:
        return None
    rows = [line.split("|") for line in text.splitlines() if line]
    for number, row in enumerate(rows, start=1):
        if len(row) != 5 or not (row[0].isdigit() and row[1].isdigit()):
            raise MalformedRow(
                f"Line {number} of {FILE} in {source.path} is {'|'.join(row)[:80]!r}; "
                "expected a user: id, age, sex, occupation and zip code, with | "
                "between. Delete this copy and fetch it again."
            )
    users, ages, sexes, occupations, _ = zip(*rows, strict=True)
    groups = AGE_GROUPS[np.searchsorted(OLDEST, [int(age) for age in ages])]
    columns = {"user_id": [int(u) for u in users], "age": groups, "sex": sexes}
    return pd.DataFrame(columns | {"occupation": occupations})
