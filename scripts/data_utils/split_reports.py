"""What a test part asks that its training part cannot know. For students."""

from dataclasses import dataclass

from .columns import check_ratings


@dataclass(frozen=True)
class SplitReport:
    """What a test part asks of a model that has seen the training part alone.

    `cold_users` and `cold_items` count the users and movies of the test part without
    a training rating, `cold_rating_share` is the share of test ratings that involve
    one. `leakage_share` is the share of test ratings that are older than the same
    user's newest training rating: there the model has seen that user's future. It is
    None for ratings without a timestamp.
    """

    n_train: int
    n_test: int
    cold_users: int
    cold_items: int
    cold_rating_share: float
    leakage_share: float | None

    def __str__(self) -> str:
        leakage = "There are no timestamps, so nothing can be said of leakage."
        if self.leakage_share is not None:
            leakage = (
                f"{self.leakage_share:.1%} of the test ratings are older than their "
                "user's newest training rating."
            )
        return (
            f"{self.n_train:,} training and {self.n_test:,} test ratings. "
            f"Unseen in training: {self.cold_users:,} users and {self.cold_items:,} "
            f"movies, in {self.cold_rating_share:.1%} of the test ratings. {leakage}"
        )


def split_report(train, test) -> SplitReport:
    """Count what is cold in `test`, and how much of it lies in its users' past.

    Raises `ValueError` for an empty part, and for one without one of the columns
    `user_id`, `item_id`, `rating`. Without `timestamp` nothing is said of leakage.

    >>> import pandas as pd
    >>> ratings = pd.DataFrame({"user_id": [1, 1, 2], "item_id": [5, 6, 5]})
    >>> ratings["rating"] = 4.0
    >>> report = split_report(train=ratings[:2], test=ratings[2:])
    >>> report.cold_users, report.cold_items, report.cold_rating_share
    (1, 0, 1.0)
    """
    check_ratings(train)
    check_ratings(test)
    new_user = ~test["user_id"].isin(train["user_id"].unique())
    new_item = ~test["item_id"].isin(train["item_id"].unique())
    leakage_share = None
    if "timestamp" in train and "timestamp" in test:
        newest = train.groupby("user_id", sort=False)["timestamp"].max()
        older = test["timestamp"] < test["user_id"].map(newest)  # False for a new user
        leakage_share = float(older.mean())
    return SplitReport(
        n_train=len(train),
        n_test=len(test),
        cold_users=test.loc[new_user, "user_id"].nunique(),
        cold_items=test.loc[new_item, "item_id"].nunique(),
        cold_rating_share=float((new_user | new_item).mean()),
        leakage_share=leakage_share,
    )
