"""Questions of lab 07 on N(u): what is in it, and its scale."""

import numpy as np
import pandas as pd
import torch

from checks.questions.gradients import is_no_tensor, same_tensor
from checks.questions.question import Question, recognized_by
from checks.questions.workbench import tensor_only


def history(user, train, test):
    """N(u): the films that `user` has rated, as indices in rising order.

    train, test: tables with the columns user, item and rating. The model is
    fitted on `train`, and will be asked about the pairs in `test`.
    """
    mine = train["user"] == user
    return np.sort(train.loc[mine, "item"].to_numpy())


def held_out_films_included(user, train, test):
    """The films of the test part are in N(u). Which films a user is going to rate is
    not known when the model is fitted: a score made this way is called transductive.
    Take the training part alone."""
    return history(user, pd.concat([train, test]), test)


def held_out_films_only(user, train, test):
    """These are the films of the test part. N(u) is what the user has rated in
    training."""
    return history(user, test, train)


def liked_films_only(user, train, test):
    """Only films with 4 or 5 stars are in. N(u) holds every film that was rated,
    whatever the stars were: that is why this feedback is called implicit."""
    return history(user, train[train["rating"] >= 4], test)


def films_of_everybody(user, train, test):
    """These are the films of all users. N(u) belongs to one user: keep the rows with
    `train["user"] == user`."""
    return np.unique(train["item"])


def labels_of_the_rows(user, train, test):
    """These are the rows of the table, not the films in them: read the column
    "item"."""
    return np.sort(train.index[train["user"] == user].to_numpy())


def falling_order(user, train, test):
    """The films are right, but in falling order. The question wants them rising."""
    return history(user, train, test)[::-1]


def films_of_both_parts_removed(user, train, test):
    """Films that occur in the test part were taken out. Somebody else may have rated
    them there: N(u) is what this user has rated in training, and nothing less."""
    return np.setdiff1d(history(user, train, test), test["item"])


def order_of_the_table(user, train, test):
    """The films are right, but in the order of the table. The question wants them in
    rising order."""
    return train.loc[train["user"] == user, "item"].to_numpy()


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
    newcomer = cases[0][1].query("user != 0")
    rows = {"user": [0, 1, 0, 0], "item": [7, 2, 3, 5], "rating": [5, 4, 1, 4]}
    small = pd.DataFrame(rows)
    return [(0, small[:3], small[3:]), *cases, (0, newcomer, small)]


def implicit_part(Y, items):
    """|N(u)|^-½ · Σ Y[j] over the films j in N(u), a tensor of shape (k,).

    Y: (n_items, k), one vector y_j a film. items: (n,), the films in N(u).
    A user without history gets zeros.
    """
    n = max(len(items), 1)
    return Y[items].sum(0) / n**0.5


def mean_of_the_vectors(Y, items):
    """This divides by |N|, not by its root: it is the mean of the vectors. With it, a
    long history says no more than a short one, and noise cancels to nothing."""
    return implicit_part(Y, items) / max(len(items), 1) ** 0.5


def times_the_root(Y, items):
    """This multiplies by the root of |N|. The exponent is minus one half: the sum is
    divided by the root."""
    return implicit_part(Y, items) * max(len(items), 1)


def sum_without_scale(Y, items):
    """The factor |N|^-½ is missing. Without it a user with 400 films gets a vector many
    times as long as a user with 20."""
    return Y[items].sum(0)


def root_of_all_films(Y, items):
    """This divides by the root of the number of all films. |N| is the number of films
    in this user's history."""
    return Y[items].sum(0) / len(Y) ** 0.5


def empty_history_divides_by_zero(Y, items):
    """A user without history gets NaN: 0 / 0. An empty sum is zero, so divide by at
    least one."""
    return Y[items].sum(0) / torch.tensor(float(len(items))).sqrt()


def summed_over_the_factors(Y, items):
    """The sum runs over the wrong axis: one number a film came out. Sum over the films,
    `.sum(0)`, and one number a factor is left."""
    return Y[items].sum(1) / max(len(items), 1) ** 0.5


def mean_without_a_guard(Y, items):
    """This is the mean of the vectors, which divides by |N| and not by its root; and a
    user without history gets NaN. Divide the sum by the root of at least one."""
    return Y[items].mean(0)


def minus_one_then_half(Y, items):
    """`n**-1/2` is half of 1/n: the power is taken first. Write `n**-0.5`."""
    return Y[items].sum(0) * max(len(items), 1) ** -1 / 2


def empty_history_to_a_negative_power(Y, items):
    """A user without history asks for 0 to the power -½, which is a division by zero.
    An empty sum is zero, so count at least one."""
    return Y[items].sum(0) * len(items) ** -0.5


def one_row_of_a_table(Y, items):
    """The numbers are right, but they come as a table of one row, (1, k). Sum without
    `keepdim`: the shape is (k,)."""
    return implicit_part(Y, items)[None]


def one_too_many_counted(Y, items):
    """This divides by the root of |N| + 1. An empty history needs no more than a guard:
    `max(n, 1)`."""
    return Y[items].sum(0) / (len(items) + 1) ** 0.5


def all_films_summed(Y, items):
    """The sum runs over all films. N(u) holds those that this user rated: look their
    rows up first, `Y[items]`."""
    return Y.sum(0) / max(len(items), 1) ** 0.5


@recognized_by(is_no_tensor)
def implicit_part_without_torch(Y, items):
    """The result is no tensor like Y. The loop below the check stacks the parts of all
    users: return a tensor of Y's own type."""
    return implicit_part(Y, items).numpy()


def _implicit_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    cases = []
    for n_items, k, n in ((8, 2, 4), (20, 3, 9), (60, 16, 25), (9, 4, 0)):
        Y = torch.randn(n_items, k, generator=draw)
        cases.append((Y, torch.randperm(n_items, generator=draw)[:n]))
    return cases


QUESTIONS = (
    Question(
        "s01",
        history,
        _history_cases,
        (
            held_out_films_included,
            held_out_films_only,
            liked_films_only,
            films_of_everybody,
            labels_of_the_rows,
            order_of_the_table,
            falling_order,
            films_of_both_parts_removed,
        ),
    ),
    Question(
        "s02",
        implicit_part,
        _implicit_cases,
        (
            mean_of_the_vectors,
            times_the_root,
            sum_without_scale,
            root_of_all_films,
            empty_history_divides_by_zero,
            summed_over_the_factors,
            mean_without_a_guard,
            minus_one_then_half,
            empty_history_to_a_negative_power,
            all_films_summed,
            one_row_of_a_table,
            one_too_many_counted,
            implicit_part_without_torch,
        ),
        differ=same_tensor,
        drive=tensor_only,
    ),
)
