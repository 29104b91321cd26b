"""Figures of lab 01, continued: when people rate, and which ratings a split tests.

For authors.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from .style import BLACK, SKY, VERMILION, drawn_once
from .words import counted


@drawn_once
def ratings_by_month(dates: pd.Series):
    """How many ratings each calendar month brought; a month without any counts as 0.

    >>> dates = pd.Series(pd.to_datetime(["1997-09-20", "1997-11-01", "1997-11-02"]))
    >>> figure, sentence = ratings_by_month(dates)
    >>> print(sentence)  # doctest: +NORMALIZE_WHITESPACE
    3 calendar months, from 1997-09 to 1997-11;
    between 0 and 2 ratings per month.
    """
    by_month = dates.dt.to_period("M").value_counts()
    first, last = by_month.index.min(), by_month.index.max()
    months = by_month.reindex(pd.period_range(first, last), fill_value=0)
    busiest = months.idxmax()
    figure, axes = plt.subplots(figsize=(8, 3.2))
    places = np.arange(len(months))
    axes.bar(places, months, color=SKY, edgecolor=BLACK)
    step = -(-len(months) // 12)
    axes.set_xticks(places[::step], months.index.astype(str)[::step], fontsize=9)
    axes.set(ylabel="ratings", xlabel="month (UTC)")
    share = months[busiest] / months.sum()
    axes.set_title(f"The busiest month, {busiest}, brought {share:.0%} of all ratings")
    return figure, (
        f"{counted(len(months), 'calendar month')}, from {first} to {last}; "
        f"between {months.min():,} and {counted(months.max(), 'rating')} per month."
    )


@drawn_once
def history_spans(hours: pd.Series):
    """Share of the users whose first and last rating lie at most so far apart.

    >>> figure, sentence = history_spans(pd.Series([0.0, 0.5, 30.0, 500.0]))
    >>> figure.axes[0].get_title("left")
    '50% of the users came and went within a day'
    """
    minutes = np.sort(60 * hours.to_numpy()).clip(1)
    figure, axes = plt.subplots(figsize=(8, 3.6))
    axes.plot(minutes, np.arange(1, len(minutes) + 1) / len(minutes))
    marks = {"10 min": 10, "1 h": 60, "1 day": 1440, "1 week": 10080, "1 month": 43800}
    axes.set_xscale("log")
    axes.set_xticks(list(marks.values()), list(marks))
    axes.minorticks_off()
    day, median = (hours < 24).mean(), hours.median()
    axes.plot(marks["1 day"], day, "o", color=VERMILION)
    axes.annotate(
        f"{day:.0%}", (marks["1 day"], day), (-34, 6), textcoords="offset points"
    )
    axes.set(xlabel="from a user's first to last rating (log)", ylabel="share of users")
    axes.set_ylim(0, 1.03)
    axes.set_title(f"{day:.0%} of the users came and went within a day")
    return figure, (
        f"Half of the users gave all their ratings within {60 * median:.0f} minutes, "
        f"{day:.0%} within a day, {(hours < 24 * 7).mean():.0%} within a week."
    )


@drawn_once
def tested_ratings(ratings: pd.DataFrame, tests: dict[str, pd.DataFrame]):
    """Where each split's test ratings lie: in a user's history, and among the users.

    `tests`: split → its test part, with the row labels of `ratings`.

    >>> rows = {"user_id": [1, 1, 2, 2], "item_id": 1, "timestamp": [10, 20, 30, 40]}
    >>> ratings = pd.DataFrame(rows)
    >>> tests = {"global": ratings[2:], "per user": ratings[1::2]}
    >>> figure, sentence = tested_ratings(ratings, tests)
    >>> figure.get_suptitle()
    'The newest fifth of the users gave 50% to 100% of the test ratings, by split'
    """
    order = ratings.sort_values(["user_id", "timestamp", "item_id"])
    users = order["user_id"].to_numpy()
    counts = order.groupby("user_id")["timestamp"].agg(["min", "size"]).loc[users]
    age = (order.groupby("user_id").cumcount().to_numpy() + 0.5) / counts["size"]
    arrived = counts["min"].rank(method="dense", pct=True).to_numpy()
    figure, panels = plt.subplots(
        1, len(tests), figsize=(10.5, 3.8), sharey=True, squeeze=False
    )
    newest_fifth = {}
    for axes, (name, test) in zip(panels[0], tests.items(), strict=True):
        tested = order.index.isin(test.index)
        newest_fifth[name] = (arrived[tested] > 0.8).mean()
        grid = {"bins": (20, 25), "range": ((0, 1), (0, 1))}
        held, *_ = np.histogram2d(age, arrived, weights=tested, **grid)
        every, *_ = np.histogram2d(age, arrived, **grid)
        share = np.divide(held, every, where=every > 0, out=np.zeros_like(held))
        picture = {"origin": "lower", "extent": (0, 1, 0, 1), "aspect": "auto"}
        image = axes.imshow(share.T, cmap="Blues", vmin=0, vmax=1, **picture)
        axes.set_xticks([0, 1], ["first", "last"])
        for label, side in zip(axes.get_xticklabels(), ("left", "right"), strict=True):
            label.set_horizontalalignment(side)
        axes.set_yticks([0, 1], ["first\nto come", "last\nto come"])
        axes.set_title(f"{name}\nnewcomers: {newest_fifth[name]:.0%}", fontsize=10.5)
        axes.grid(False)
    figure.supxlabel("place of the rating in its user's own history", fontsize=10.5)
    figure.colorbar(image, label="share tested")
    low, high = (f"{f(newest_fifth.values()):.0%}" for f in (min, max))
    span = low if low == high else f"{low} to {high}"
    figure.suptitle(
        f"The newest fifth of the users gave {span} of the test ratings, by split"
    )
    shares = ", ".join(f"{share:.0%} ({name})" for name, share in newest_fifth.items())
    return figure, (
        "The share of test ratings by the fifth of the users that came last: "
        f"{shares}. A random split tests everywhere a little, a per-user split the end "
        "of each history, a global split what came last."
    )
