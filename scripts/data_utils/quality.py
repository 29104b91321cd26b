"""A page on a table before any model sees it: what is odd, and why it matters.

For students: lab 12.
"""

import pandas as pd

from .columns import check_ratings

FEW = 5
ENOUGH = 10  # ratings, before someone who always gives the same is odd
LONG_TAIL = 10


def data_quality(ratings: pd.DataFrame, movies: pd.DataFrame) -> pd.DataFrame:
    """One row per question: `here`, the answer, and `why`, what depends on it.

    Raises `ValueError` for a table without rows or without one of its columns.

    >>> ratings = pd.DataFrame({"user_id": [1, 1, 2], "item_id": [5, 6, 5],
    ...                         "rating": [3.0, 5.0, 4.0]})
    >>> movies = pd.DataFrame({"item_id": [5, 6], "title": ["Emma", "Emma"]})
    >>> data_quality(ratings, movies)["here"]["titles that several items share"]
    '1'
    """
    check_ratings(ratings)
    per_user = ratings["user_id"].value_counts()
    per_item = ratings["item_id"].value_counts()
    numbers = ratings["rating"]
    filled = len(ratings) / (len(per_user) * len(per_item))
    rows = [
        (
            "ratings, users, items",
            f"{len(ratings):,}, {len(per_user):,}, {len(per_item):,}",
            "below some 20,000 ratings intervals are wide",
        ),
        ("filled cells", f"{filled:.1%}", "the emptier, the more a bias is worth"),
        (
            f"users with fewer than {FEW} ratings",
            f"{(per_user < FEW).mean():.0%}",
            "for them a model knows little more than the mean",
        ),
        (
            f"items with fewer than {FEW} ratings",
            f"{(per_item < FEW).mean():.0%}",
            "their vectors are mostly prior",
        ),
        (
            "the busiest user, in medians",
            f"{per_user.iloc[0] / per_user.median():.0f}",
            "a machine, a test account or a shared one?",
        ),
        (
            f"users with {ENOUGH} ratings or more, all of them equal",
            f"{len(constant_users(ratings)):,}",
            "they say nothing about taste",
        ),
        (
            "lowest, median, highest number",
            f"{numbers.min():g}, {numbers.median():g}, {numbers.max():g}",
            "a scale has an end; counts have a tail",
        ),
        ("numbers are", what_numbers_are(ratings), "it decides loss and unit"),
        (
            "titles that several items share",
            f"{int((movies['title'].value_counts() > 1).sum()):,}",
            "one thing under two ids splits its ratings",
        ),
        *_of_time(ratings),
    ]
    columns = ["question", "here", "why it matters"]
    return pd.DataFrame(rows, columns=columns).set_index("question")


def what_numbers_are(ratings: pd.DataFrame) -> str:
    """ "counts" where whole numbers have a long tail, "always the same", or "a scale".

    A long tail: the largest is more than ten medians.

    >>> plays = pd.DataFrame({"rating": [1.0, 1.0, 2.0, 70.0]})
    >>> what_numbers_are(plays), what_numbers_are(plays.clip(upper=5))
    ('counts', 'a scale')
    """
    numbers = ratings["rating"]
    if numbers.nunique() == 1:
        return "always the same"
    whole = (numbers % 1 == 0).all() and numbers.min() >= 0
    tail = numbers.max() > LONG_TAIL * numbers.median()
    return "counts" if whole and tail else "a scale"


def constant_users(ratings: pd.DataFrame) -> list:
    """Users with ten ratings or more who always give the same number.

    >>> table = pd.DataFrame({"user_id": [1] * 10 + [2] * 10, "item_id": range(20),
    ...                       "rating": [5.0] * 10 + [3.0, 4.0] * 5})
    >>> constant_users(table)
    [1]
    """
    by_user = ratings.groupby("user_id")["rating"]
    same = (by_user.nunique() == 1) & (by_user.size() >= ENOUGH)
    return same.index[same].tolist()


def _of_time(ratings: pd.DataFrame) -> list[tuple]:
    if "timestamp" not in ratings:
        return [("dates", "none", "nothing can be said about tomorrow")]
    first, last = pd.to_datetime(ratings["timestamp"].agg(["min", "max"]), unit="s")
    by_user = ratings.groupby("user_id")["timestamp"]
    in_a_day = (by_user.max() - by_user.min() < 86_400).mean()
    return [
        ("dates", f"{first.date()} to {last.date()}", "a split can follow them"),
        (
            "users whose ratings are all of one day",
            f"{in_a_day:.0%}",
            "split by date, such a user is new or finished",
        ),
    ]
