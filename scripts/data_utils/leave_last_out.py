"""Hold out one rating of each user: the newest, or one at random.

For students: lab 09.
"""

import numpy as np
import pandas as pd

from .columns import check_ratings
from .split_reports import split_report
from .splits import Split


def leave_last_out_split(ratings: pd.DataFrame) -> Split:
    """Test on each user's newest rating; a user's only rating trains.

    The protocol of He et al. 2017 (doi:10.1145/3038912.3052569). Ties in time are
    broken by the movie's id. Raises `ValueError` without the column `timestamp`, and
    where nobody has two ratings.

    >>> ratings = pd.DataFrame({"user_id": [1, 1, 2], "item_id": [7, 8, 7],
    ...                         "rating": 4.0, "timestamp": [20, 10, 30]})
    >>> leave_last_out_split(ratings).test["item_id"].tolist()
    [7]
    """
    check_ratings(ratings, "timestamp", at_least=2)
    times, items = ratings["timestamp"].to_numpy(), ratings["item_id"].to_numpy()
    return _hold_out_last(ratings, np.lexsort((items, times)))


def leave_one_out_split(ratings: pd.DataFrame, seed: int = 0) -> Split:
    """Test on one rating of each user, drawn at random; for data without dates.

    Raises `ValueError` where nobody has two ratings.

    >>> ratings = pd.DataFrame({"user_id": [1, 1, 2], "item_id": [7, 8, 7],
    ...                         "rating": 4.0})
    >>> train, test, report = leave_one_out_split(ratings)
    >>> test["user_id"].tolist()
    [1]
    """
    check_ratings(ratings, at_least=2)
    return _hold_out_last(
        ratings, np.random.default_rng(seed).permutation(len(ratings))
    )


def _hold_out_last(ratings, order) -> Split:
    """`order`: row positions; the last one of each user is held out."""
    users = ratings["user_id"].iloc[order]
    lonely = ~users.duplicated(keep=False).to_numpy()
    last = ~users.duplicated(keep="last").to_numpy() & ~lonely
    if not last.any():
        raise ValueError(
            "The test part would be empty: nobody has two ratings, so nobody can spare "
            "one. Give more ratings."
        )
    in_test = np.zeros(len(ratings), dtype=bool)
    in_test[order[last]] = True
    train, test = ratings[~in_test], ratings[in_test]
    return Split(train, test, split_report(train, test))
