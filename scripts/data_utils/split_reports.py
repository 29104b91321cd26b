"""What a test part asks that its training part cannot know."""

from dataclasses import dataclass

import pandas as pd

COLUMNS = ("user_id", "item_id", "rating", "timestamp")


@dataclass(frozen=True)
class SplitReport:
    """What a test part asks of a model that has seen the training part alone.

    `cold_users` and `cold_items` count the users and movies of the test part without
    a training rating, `cold_rating_share` is the share of test ratings that involve
    one. `leakage_share` is the share of test ratings that are older than the same
    user's newest training rating: there the model has seen that user's future.
    """

    n_train: int
    n_test: int
    cold_users: int
    cold_items: int
    cold_rating_share: float
    leakage_share: float

    def __str__(self) -> str:
        return (
            f"{self.n_train:,} training and {self.n_test:,} test ratings. "
            f"Unseen in training: {self.cold_users:,} users and {self.cold_items:,} "
            f"movies, in {self.cold_rating_share:.1%} of the test ratings. "
            f"{self.leakage_share:.1%} of the test ratings are older than their "
            "user's newest training rating."
        )


def split_report(train, test) -> SplitReport:
    """Count what is cold in `test`, and how much of it lies in its users' past.

    Raises `ValueError` for an empty part, and for one without one of the columns.
    """
    check_ratings(train, at_least=1)
    check_ratings(test, at_least=1)
    new_user = unseen(train, test, "user_id")
    new_item = unseen(train, test, "item_id")
    newest = train.groupby("user_id")["timestamp"].max()
    older = test["timestamp"] < test["user_id"].map(newest)  # False for a new user
    return SplitReport(
        n_train=len(train),
        n_test=len(test),
        cold_users=test.loc[new_user, "user_id"].nunique(),
        cold_items=test.loc[new_item, "item_id"].nunique(),
        cold_rating_share=float((new_user | new_item).mean()),
        leakage_share=float(older.mean()),
    )


def unseen(train, other, column) -> pd.Series:
    """Which rows of `other` have an id that `train` lacks, booleans."""
    return ~other[column].isin(train[column].unique())


def check_ratings(ratings, at_least: int = 2) -> None:
    check_columns(ratings)
    if len(ratings) < at_least:
        raise ValueError(
            f"{len(ratings)} ratings were given where at least {at_least} are needed; "
            "check the filter that made this table."
        )


def check_columns(ratings) -> None:
    missing = [c for c in COLUMNS if c not in getattr(ratings, "columns", ())]
    if missing:
        raise ValueError(
            f"A ratings table has the columns {', '.join(COLUMNS)}; this "
            f"{type(ratings).__name__} lacks {', '.join(missing)}. "
            "download_movielens() returns such a table."
        )
