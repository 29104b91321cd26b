"""Lab 01: a date to drag through a table of ratings, and who is then a stranger."""

import numpy as np
import pandas as pd

from data_utils import drop_cold, train_test_split_by_time

from .page import COLOURS, Page, make_page, plain_table, table

SHARES = tuple(n / 20 for n in range(18, 1, -1))
"""Shares of the newest ratings that are tested: 90 % down to 10 %."""
BARS = 24
"""Bars over the whole time of the table, equally long in time."""


def drag_cut(ratings: pd.DataFrame, key: str) -> Page:
    """Train before a date and test from it on; the date can be moved.

    ratings: with a `timestamp` in seconds. The cuts are `train_test_split_by_time` for
    each of `SHARES`. A test rating is cold if its user or its movie has no training
    rating. A table of all dates stands below the picture, and stays where no script
    runs. key: names this page, see `make_page`. Raises `ValueError` as the split does.

    >>> days = [0, 1, 1, 2]
    >>> ratings = pd.DataFrame({"user_id": [1, 1, 2, 2], "item_id": [7, 8, 7, 8],
    ...     "rating": 4.0, "timestamp": [86400 * day for day in days]})
    >>> print(str(drag_cut(ratings, "a-cut")).splitlines()[-1])
    3 January 1970  1             0 of 1           0%
    """
    cuts = [_cut(ratings, share) for share in SHARES]
    times = ratings["timestamp"]
    head = ["test from", "test ratings", "users new to it", "cold ratings"]
    rows = [
        [date_of(cut["from"]), f"{cut['n']:,}", cut["newcomers"], f"{cut['cold']:.0%}"]
        for cut in cuts
    ]
    data = {
        "bars": _in_bars(times, times),
        "known": [_in_bars(cut["known times"], times) for cut in cuts],
        "cold": [_in_bars(cut["cold times"], times) for cut in cuts],
        "at": [round(float(_along(cut["from"], times)), 5) for cut in cuts],
        "rows": rows,
        "ends": [date_of(times.min()), date_of(times.max())],
        "start": SHARES.index(0.2),
        "colours": COLOURS,
    }
    static = (
        '<div class="picture"></div>'
        "<details open><summary>All dates as a table</summary>"
        f"{table(head, rows)}</details>"
    )
    return make_page("cuts", key, static, data, plain_table(head, rows))


def date_of(second: float) -> str:
    """The day in which a timestamp falls, in UTC.

    >>> date_of(881250949)
    '4 December 1997'
    """
    day = pd.to_datetime(second, unit="s")
    return f"{day.day} {day:%B %Y}"


def _cut(ratings, share: float) -> dict:
    train, test, report = train_test_split_by_time(ratings, share)
    _, warm = drop_cold(train, test)
    cold = test.drop(warm.index)
    return {
        "from": test["timestamp"].min(),
        "n": len(test),
        "newcomers": f"{report.cold_users:,} of {test['user_id'].nunique():,}",
        "cold": report.cold_rating_share,
        "known times": warm["timestamp"],
        "cold times": cold["timestamp"],
    }


def _along(seconds, times):
    """How far along the time of the table, from 0 to 1."""
    return (seconds - times.min()) / max(times.max() - times.min(), 1)


def _in_bars(seconds, times) -> list[int]:
    return np.histogram(_along(seconds, times), bins=BARS, range=(0, 1))[0].tolist()
