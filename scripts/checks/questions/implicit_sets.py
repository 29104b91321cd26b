"""For authors: the questions on N(u), what is in it and its scale, in lab 07."""

import numpy as np
import pandas as pd
import torch

from checks.questions.gradients import is_not_a_tensor, same_tensor
from checks.questions.question import Question, recognized_by
from checks.questions.workbench import tensor_only


def history(user, train, test):
    """N(u): the movies that `user` has rated, as indices in ascending order.

    train, test: tables with the columns user, item and rating. The model is
    fitted on `train`; later it has to predict the pairs in `test`.
    """
    mine = train["user"] == user
    return np.sort(train.loc[mine, "item"].to_numpy())


def held_out_movies_included(user, train, test):
    """N(u) contains movies of the test part. Which movies a user is going to rate is
    not known when the model is fitted: a score made this way is called transductive.
    Use the training part alone."""
    return history(user, pd.concat([train, test]), test)


def held_out_movies_only(user, train, test):
    """These are the movies of the test part. N(u) is what the user rated in
    training."""
    return history(user, test, train)


def liked_movies_only(user, train, test):
    """Only movies with 4 or 5 stars are included. N(u) holds every movie that the user
    rated, whatever the stars: that is why this feedback is called implicit."""
    return history(user, train[train["rating"] >= 4], test)


def movies_of_everybody(user, train, test):
    """These are the movies of all users. N(u) belongs to one user: keep the rows with
    `train["user"] == user`."""
    return np.unique(train["item"])


def labels_of_the_rows(user, train, test):
    """These are the row labels of the table, not the movies in it: read the column
    "item"."""
    return np.sort(train.index[train["user"] == user].to_numpy())


def descending_order(user, train, test):
    """The movies are right, but in descending order. The question asks for ascending
    order."""
    return history(user, train, test)[::-1]


def movies_of_both_parts_removed(user, train, test):
    """Movies that occur in the test part were taken out. Somebody else may have rated
    them there: N(u) is everything that this user rated in training."""
    return np.setdiff1d(history(user, train, test), test["item"])


def order_of_the_table(user, train, test):
    """The movies are right, but in the order of the table. The question asks for
    ascending order."""
    return train.loc[train["user"] == user, "item"].to_numpy()


def ratings_for_movies(user, train, test):
    """These are the user's ratings. N(u) holds the movies: read the column "item"."""
    return np.sort(train.loc[train["user"] == user, "rating"].to_numpy())


def users_of_the_movie(user, train, test):
    """`user` was looked for in the column "item". N(u) is what a user rated: compare
    the column "user"."""
    return np.sort(train.loc[train["item"] == user, "user"].to_numpy())


def number_of_movies(user, train, test):
    """This is the number of movies in N(u). The question asks for the movies."""
    return len(history(user, train, test))


def mask_for_movies(user, train, test):
    """This marks the rows of the user. Read their movies: `train.loc[mine, "item"]`."""
    return (train["user"] == user).to_numpy()


def test_movies_kept_in_both(user, train, test):
    """These are the movies that the user has in both parts. N(u) is everything that
    this user rated in training."""
    return np.intersect1d(history(user, train, test), test["item"])


def well_liked_movies_only(user, train, test):
    """Only movies with 3 stars or more are included. N(u) holds every movie that the
    user rated, whatever the stars."""
    return history(user, train[train["rating"] >= 3], test)


def _history_cases(seed):
    draw = np.random.default_rng(seed)
    cases = []
    for n_users, n_items, n_rated in ((4, 12, 8), (6, 30, 14), (5, 50, 20)):
        pairs = [
            (user, item)
            for user in range(n_users)
            for item in draw.choice(n_items, size=n_rated, replace=False)
        ]
        table = pd.DataFrame(draw.permutation(pairs), columns=["user", "item"])
        table["rating"] = draw.integers(1, 6, len(table))
        in_test = draw.random(len(table)) < 0.3
        user = int(draw.integers(n_users))
        cases.append((user, table[~in_test], table[in_test]))
    return cases


def _history_edges():
    rows = {"user": [0, 1, 0, 0], "item": [7, 2, 3, 5], "rating": [5, 4, 1, 4]}
    small = pd.DataFrame(rows)
    digits = small.assign(user=0, item=[100, 20, 3, 11], rating=[2, 4, 5, 1])
    return [
        ("", (0, small[:3], small[3:])),
        ("where the user has rated one movie", (1, small[:3], small[3:])),
        ("where the numbers have different numbers of digits", (0, digits, small)),
        ("where the user has no training ratings", (0, small[1:2], small[2:])),
    ]


def implicit_part(Y, items):
    """|N(u)|^-½ · Σ Y[j] over the movies j in N(u), a tensor of shape (k,).

    Y: (n_items, k), one vector y_j per movie. items: (n,), the movies in N(u).
    For a user without a history, return zeros.
    """
    n = max(len(items), 1)
    return Y[items].sum(0) / n**0.5


def mean_of_the_vectors(Y, items):
    """This divides by |N|, not by its root: it is the mean of the vectors. A long
    history then says no more than a short one."""
    return implicit_part(Y, items) / max(len(items), 1) ** 0.5


def times_the_root(Y, items):
    """This multiplies by the root of |N|. The exponent is minus one half: the sum is
    divided by the root."""
    return implicit_part(Y, items) * max(len(items), 1)


def sum_without_scale(Y, items):
    """The factor |N|^-½ is missing. Without it, a user with 400 movies gets a vector
    many times as long as that of a user with 20."""
    return Y[items].sum(0)


def root_of_all_movies(Y, items):
    """This divides by the root of the number of all movies. |N| is the number of movies
    in this user's history."""
    return Y[items].sum(0) / len(Y) ** 0.5


def empty_history_divides_by_zero(Y, items):
    """A user without a history gets NaN: 0 / 0. An empty sum is zero, so divide by at
    least one."""
    return Y[items].sum(0) / torch.tensor(float(len(items))).sqrt()


def summed_over_the_factors(Y, items):
    """The sum runs over the wrong axis, which leaves one number per movie. Sum over the
    movies, `.sum(0)`, to leave one number per factor."""
    return Y[items].sum(1) / max(len(items), 1) ** 0.5


def mean_without_a_guard(Y, items):
    """This is the mean of the vectors, which divides by |N| and not by its root.
    Besides, a user without a history gets NaN. Divide the sum by the root of `max(n,
    1)`."""
    return Y[items].mean(0)


def minus_one_then_half(Y, items):
    """`n**-1/2` is half of 1/n: the power is taken first. Write `n**-0.5`."""
    return Y[items].sum(0) * max(len(items), 1) ** -1 / 2


def empty_history_to_a_negative_power(Y, items):
    """For a user without a history this computes 0 to the power -½, which is a division
    by zero. An empty sum is zero, so count at least one."""
    return Y[items].sum(0) * len(items) ** -0.5


def one_row_of_a_table(Y, items):
    """The numbers are right, but they come as a table with one row, (1, k). Sum without
    `keepdim`: the shape must be (k,)."""
    return implicit_part(Y, items)[None]


def one_too_many_counted(Y, items):
    """This divides by the root of |N| + 1. For an empty history a guard is enough:
    `max(n, 1)`."""
    return Y[items].sum(0) / (len(items) + 1) ** 0.5


def all_movies_summed(Y, items):
    """The sum runs over all movies. N(u) holds only those that this user rated: look up
    their rows first, `Y[items]`."""
    return Y.sum(0) / max(len(items), 1) ** 0.5


@recognized_by(is_not_a_tensor)
def implicit_part_without_torch(Y, items):
    """The result is not a tensor of decimal numbers. The loop below the check stacks
    the parts of all users: compute with Y itself."""
    return implicit_part(Y, items).numpy()


def root_of_the_factors(Y, items):
    """This divides by the root of the number of factors. |N| is the number of movies in
    this user's history."""
    return Y[items].sum(0) / Y.shape[1] ** 0.5


def brought_to_length_one(Y, items):
    """The sum was brought to length 1. Divide it by the root of the number of
    movies."""
    total = Y[items].sum(0)
    return total / total.norm().clamp(min=1e-12)


def first_rows_for_the_movies(Y, items):
    """These are the first rows of Y. Look up those of the movies: `Y[items]`."""
    return Y[: len(items)].sum(0) / max(len(items), 1) ** 0.5


def nothing_summed(Y, items):
    """These are the movies' rows, (n, k), scaled. Add them up: `.sum(0)`."""
    return Y[items] / max(len(items), 1) ** 0.5


def root_of_the_sum_of_squares(Y, items):
    """The vectors were squared before the sum. Add them up as they are: they partly
    cancel, and shall."""
    return Y[items].square().sum(0).sqrt()


def logarithm_for_root(Y, items):
    """This divides by a logarithm of |N|. The exponent is minus one half: divide by the
    root."""
    return Y[items].sum(0) / np.log(max(len(items), 1) + 1)


def _implicit_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    return [
        _implicit_case(draw, *size) for size in ((8, 2, 4), (20, 3, 9), (60, 16, 25))
    ]


def _implicit_case(draw, n_items, k, n):
    Y = torch.randn(n_items, k, generator=draw)
    return Y, torch.randperm(n_items, generator=draw)[:n]


def _implicit_edges():
    draw = torch.Generator().manual_seed(7)
    return [
        ("", (torch.tensor([[1.0, 0], [0, 2], [4, 4], [3, 1]]), torch.tensor([3, 1]))),
        ("where the history has one movie", _implicit_case(draw, 9, 4, 1)),
        ("where the history has every movie", _implicit_case(draw, 6, 3, 6)),
        ("where there is only one factor", _implicit_case(draw, 7, 1, 4)),
        ("where the history is empty", _implicit_case(draw, 9, 4, 0)),
    ]


QUESTIONS = (
    Question(
        "s01",
        history,
        _history_cases,
        (
            held_out_movies_included,
            held_out_movies_only,
            liked_movies_only,
            movies_of_everybody,
            labels_of_the_rows,
            order_of_the_table,
            descending_order,
            movies_of_both_parts_removed,
            ratings_for_movies,
            users_of_the_movie,
            number_of_movies,
            mask_for_movies,
            test_movies_kept_in_both,
            well_liked_movies_only,
        ),
        edges=_history_edges,
    ),
    Question(
        "s02",
        implicit_part,
        _implicit_cases,
        (
            mean_of_the_vectors,
            times_the_root,
            sum_without_scale,
            root_of_all_movies,
            empty_history_divides_by_zero,
            summed_over_the_factors,
            mean_without_a_guard,
            minus_one_then_half,
            empty_history_to_a_negative_power,
            all_movies_summed,
            one_row_of_a_table,
            one_too_many_counted,
            implicit_part_without_torch,
            root_of_the_factors,
            brought_to_length_one,
            first_rows_for_the_movies,
            nothing_summed,
            root_of_the_sum_of_squares,
            logarithm_for_root,
        ),
        edges=_implicit_edges,
        differ=same_tensor,
        drive=tensor_only,
    ),
)
