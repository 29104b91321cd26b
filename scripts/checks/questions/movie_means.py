"""For authors: the question on means without a leak, from lab 01."""

import numpy as np
import pandas as pd

from checks.questions.question import Question
from checks.questions.splitting import random_ratings


def predict_item_means(train, test):
    """A prediction for each row of `test`, as an array.

    It is the mean of the movie's ratings in `train`; for a movie that has none
    there, the mean of all ratings in `train`.
    """
    means = train.groupby("item_id")["rating"].mean()
    overall = train["rating"].mean()
    return test["item_id"].map(means).fillna(overall).to_numpy()


def means_over_test_too(train, test):
    """The means contain the test ratings, which are what you have to predict. Compute
    the means from `train` alone."""
    means = pd.concat([train, test]).groupby("item_id")["rating"].mean()
    return test["item_id"].map(means).to_numpy()


def mean_over_empty_cells(train, test):
    """The sums were divided by the number of users, so each missing rating counts as
    zero stars. Divide by the number of ratings that exist."""
    table = train.pivot_table(
        index="user_id", columns="item_id", values="rating", fill_value=0
    )
    means = table.sum() / train["user_id"].nunique()
    return test["item_id"].map(means).fillna(train["rating"].mean()).to_numpy()


def unseen_movie_is_missing(train, test):
    """A movie without training ratings got NaN. It needs the overall mean."""
    means = train.groupby("item_id")["rating"].mean()
    return test["item_id"].map(means).to_numpy()


def unseen_movie_is_zero(train, test):
    """A movie without training ratings got 0, which is not even on the scale. It needs
    the overall mean."""
    means = train.groupby("item_id")["rating"].mean()
    return test["item_id"].map(means).fillna(0).to_numpy()


def mean_of_the_user(train, test):
    """These are the users' means. The question asks about the movies."""
    means = train.groupby("user_id")["rating"].mean()
    return test["user_id"].map(means).fillna(train["rating"].mean()).to_numpy()


def mean_of_the_means(train, test):
    """The fallback is the mean of the movies' means, in which a movie with one rating
    counts as much as one with a thousand. Take the mean over all ratings."""
    means = train.groupby("item_id")["rating"].mean()
    return test["item_id"].map(means).fillna(means.mean()).to_numpy()


def fallback_over_test_too(train, test):
    """The movies' means are right, but the overall mean for the other movies contains
    the test ratings. Compute it from `train` alone as well."""
    overall = pd.concat([train, test])["rating"].mean()
    means = train.groupby("item_id")["rating"].mean()
    return test["item_id"].map(means).fillna(overall).to_numpy()


def unseen_movie_in_the_middle(train, test):
    """A movie without training ratings got 3 stars, the middle of the scale. The
    question asks for the mean of all ratings in `train`."""
    means = train.groupby("item_id")["rating"].mean()
    return test["item_id"].map(means).fillna(3).to_numpy()


def fallback_over_the_test_part(train, test):
    """A movie without training ratings got the mean of the test part, which is what you
    have to predict. Use the mean of `train`."""
    means = train.groupby("item_id")["rating"].mean()
    return test["item_id"].map(means).fillna(test["rating"].mean()).to_numpy()


def median_for_mean(train, test):
    """These are medians. The question asks for means."""
    medians = train.groupby("item_id")["rating"].median()
    return test["item_id"].map(medians).fillna(train["rating"].mean()).to_numpy()


def unseen_movie_dropped(train, test):
    """The movies without training ratings were dropped, so there are fewer predictions
    than rows in `test`. Give those movies the overall mean."""
    means = train.groupby("item_id")["rating"].mean()
    return test["item_id"].map(means).dropna().to_numpy()


def overall_mean_for_all(train, test):
    """Every movie got the overall mean. Only movies without training ratings should get
    it."""
    return np.full(len(test), train["rating"].mean())


def order_of_the_movies(train, test):
    """The predictions are in the order of the movies. The question asks for one per row
    of `test`, in the order of its rows."""
    return predict_item_means(train, test.sort_values("item_id"))


def unseen_movie_looked_up(train, test):
    """A movie without training ratings has no mean to look up. It needs the overall
    mean."""
    means = train.groupby("item_id")["rating"].mean()
    return np.array([means[movie] for movie in test["item_id"]])


def _item_mean_cases(seed):
    draw = np.random.default_rng(seed)
    cases = []
    for n_train, n_test in ((20, 8), (40, 10), (70, 20)):
        train = random_ratings(draw, n_train)
        train = train.drop_duplicates(["user_id", "item_id"])
        test = random_ratings(draw, n_test)
        test.loc[test.index[0], ["item_id", "user_id"]] = 999, test["user_id"].iloc[1]
        test.loc[test.index[2], "user_id"] = 888  # a user who is new as well
        cases.append((train, test))
    return cases


def _item_mean_edges():
    def table(users, movies, stars):
        columns = {"user_id": users, "item_id": movies, "rating": stars}
        times = 880_000_000 + 60 * np.arange(len(users))
        return pd.DataFrame({**columns, "timestamp": times})

    train = table([1, 2, 3, 3], [7, 7, 7, 5], [5.0, 4.0, 1.0, 2.0])
    test = table([1, 2, 4, 4], [5, 9, 7, 5], [4.0, 1.0, 2.0, 5.0])
    return [
        ("", (train, test)),
        ("where no movie of `test` is known", (train, test[1:2])),
        ("where every movie of `test` is known", (train, test.drop(index=1))),
    ]


def means_of_the_test_part(train, test):
    """These are means of the test ratings, which are what you have to predict. Compute
    the means from `train`."""
    means = test.groupby("item_id")["rating"].mean()
    return test["item_id"].map(means).to_numpy()


def fallback_of_the_user(train, test):
    """A movie without training ratings got the mean of the user. The question asks for
    the mean of all ratings in `train`."""
    means = train.groupby("item_id")["rating"].mean()
    users = test["user_id"].map(train.groupby("user_id")["rating"].mean())
    filled = test["item_id"].map(means).fillna(users)
    return filled.fillna(train["rating"].mean()).to_numpy()


def sums_for_means(train, test):
    """These are sums of the movies' ratings. Divide each by its number of ratings."""
    sums = train.groupby("item_id")["rating"].sum()
    return test["item_id"].map(sums).fillna(train["rating"].mean()).to_numpy()


def counts_for_means(train, test):
    """These are the numbers of ratings. The question asks for their mean."""
    counts = train.groupby("item_id")["rating"].count()
    return test["item_id"].map(counts).fillna(train["rating"].mean()).to_numpy()


def test_ratings_for_unseen_movies(train, test):
    """A movie without training ratings got its rating in `test`, which is what you have
    to predict. It needs the overall mean of `train`."""
    means = train.groupby("item_id")["rating"].mean()
    return test["item_id"].map(means).fillna(test["rating"]).to_numpy()


def median_as_fallback(train, test):
    """A movie without training ratings got the median of all ratings. It needs their
    mean."""
    means = train.groupby("item_id")["rating"].mean()
    return test["item_id"].map(means).fillna(train["rating"].median()).to_numpy()


def prediction_per_training_row(train, test):
    """This is one prediction for each row of `train`. The question asks for one per row
    of `test`."""
    return predict_item_means(train, train)


def one_mean_per_movie(train, test):
    """This is one mean for each movie in `train`. Look up the movie of each row of
    `test` in it."""
    return train.groupby("item_id")["rating"].mean().to_numpy()


QUESTIONS = (
    Question(
        "q04",
        predict_item_means,
        _item_mean_cases,
        (
            means_over_test_too,
            mean_over_empty_cells,
            unseen_movie_is_missing,
            unseen_movie_is_zero,
            mean_of_the_user,
            mean_of_the_means,
            fallback_over_test_too,
            unseen_movie_looked_up,
            unseen_movie_in_the_middle,
            fallback_over_the_test_part,
            median_for_mean,
            unseen_movie_dropped,
            overall_mean_for_all,
            order_of_the_movies,
            means_of_the_test_part,
            fallback_of_the_user,
            sums_for_means,
            counts_for_means,
            test_ratings_for_unseen_movies,
            median_as_fallback,
            prediction_per_training_row,
            one_mean_per_movie,
        ),
        edges=_item_mean_edges,
    ),
)
