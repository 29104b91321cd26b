"""For authors: the question on two penalties that look alike, from lab 03."""

import numpy as np
import torch

from checks.questions.gradients import (
    has_no_gradient,
    same_with_gradient,
    show_with_gradient,
)
from checks.questions.question import Question, recognized_by
from checks.questions.workbench import penalty_and_gradient


def frequency_penalty(P, Q, user_bias, item_bias, mean, users, items):
    """The penalty of one batch: the mean over its ratings of

    |P[u]|² + |Q[i]|² + user_bias[u]² + item_bias[i]²

    P: (n_users, k), Q: (n_items, k); the biases: (n_users,), (n_items,).
    users, items: (batch,), the rows of the batch's ratings. `mean` is μ.
    Return a tensor with one number, so that backward() can go through it.
    """
    squares = P[users].square().sum(1) + Q[items].square().sum(1)
    squares = squares + user_bias[users].square() + item_bias[items].square()
    return squares.mean()


def global_mean_penalized(P, Q, user_bias, item_bias, mean, users, items):
    """μ was penalized as well, which pulls every prediction towards zero stars. The
    mean is not a deviation: leave it free."""
    penalty = frequency_penalty(P, Q, user_bias, item_bias, mean, users, items)
    return penalty + mean**2


def whole_tables(P, Q, user_bias, item_bias, mean, users, items):
    """This sums over the whole tables, as weight decay does: rows that are not in the
    batch are pulled towards zero too. Look up the batch's rows first."""
    tables = (P, Q, user_bias, item_bias)
    return sum(table.square().sum() for table in tables)


def whole_tables_over_batch(P, Q, user_bias, item_bias, mean, users, items):
    """This sums over the whole tables and divides by the batch size: rows that are not
    in the batch are pulled towards zero too. Look up the batch's rows first."""
    tables = (P, Q, user_bias, item_bias)
    return sum(table.square().sum() for table in tables) / len(users)


def each_row_once(P, Q, user_bias, item_bias, mean, users, items):
    """A user with three ratings in the batch was counted once. The penalty grows with
    the number of ratings: one term for each rating."""
    u, i = users.unique(), items.unique()
    rows = (P[u], Q[i], user_bias[u], item_bias[i])
    return sum(row.square().sum() for row in rows) / len(users)


def biases_forgotten(P, Q, user_bias, item_bias, mean, users, items):
    """The biases are missing from the penalty. A user with three ratings has a bias
    that is as uncertain as the factors."""
    return (P[users].square().sum(1) + Q[items].square().sum(1)).mean()


def norms_not_squared(P, Q, user_bias, item_bias, mean, users, items):
    """These are lengths, |p|, not their squares, |p|²."""
    lengths = P[users].norm(dim=1) + Q[items].norm(dim=1)
    return (lengths + user_bias[users].abs() + item_bias[items].abs()).mean()


def sum_over_the_batch(P, Q, user_bias, item_bias, mean, users, items):
    """This is as large as the sum over the batch. The loss is a mean over the batch, so
    the penalty must be a mean too, or its weight depends on the batch size. (Adding
    shapes (batch, 1) and (batch,) gives the same number: sum over the factors without
    `keepdim`.)"""
    penalty = frequency_penalty(P, Q, user_bias, item_bias, mean, users, items)
    return penalty * len(users)


def mean_over_the_factors_too(P, Q, user_bias, item_bias, mean, users, items):
    """The squares were averaged over the factors. |p|² is their sum: sum over the
    factors, and take the mean over the batch only."""
    squares = P[users].square().mean(1) + Q[items].square().mean(1)
    biases = user_bias[users].square() + item_bias[items].square()
    return (squares + biases).mean()


@recognized_by(has_no_gradient)
def item_cuts_the_gradient(P, Q, user_bias, item_bias, mean, users, items):
    """The result has no gradient: `.item()`, `float()` and `.detach()` cut it off, and
    the penalty would then change the loss but never the weights. Return the tensor."""
    return frequency_penalty(P, Q, user_bias, item_bias, mean, users, items).item()


def numpy_for_torch(P, Q, user_bias, item_bias, mean, users, items):
    """The tables are being trained, and NumPy cannot compute gradients. Compute with
    the tensors themselves: they have `square`, `sum` and `mean` too."""
    return float(np.square(P.numpy()[users]).sum(1).mean())


def half_the_penalty(P, Q, user_bias, item_bias, mean, users, items):
    """This is half of the penalty. Some texts use a factor ½; this question does
    not."""
    return frequency_penalty(P, Q, user_bias, item_bias, mean, users, items) / 2


def means_over_the_tables(P, Q, user_bias, item_bias, mean, users, items):
    """These are means over the whole tables, so rows that the batch does not look up
    are charged as well. Look up the batch's rows first."""
    norms = P.square().sum(1).mean() + Q.square().sum(1).mean()
    return norms + user_bias.square().mean() + item_bias.square().mean()


def means_over_the_distinct_rows(P, Q, user_bias, item_bias, mean, users, items):
    """These are means over the distinct users and movies. The penalty is a mean over
    the ratings: a user with three ratings counts three times."""
    u, i = users.unique(), items.unique()
    return means_over_the_tables(P[u], Q[i], user_bias[u], item_bias[i], mean, u, i)


def square_of_the_sums(P, Q, user_bias, item_bias, mean, users, items):
    """The numbers in a vector were added up and the sum was squared. |p|² is the sum of
    the squares: square first."""
    squares = P[users].sum(1).square() + Q[items].sum(1).square()
    return (squares + user_bias[users].square() + item_bias[items].square()).mean()


def biases_not_squared(P, Q, user_bias, item_bias, mean, users, items):
    """The biases are not squared, so a negative one would be rewarded."""
    squares = P[users].square().sum(1) + Q[items].square().sum(1)
    return (squares + user_bias[users] + item_bias[items]).mean()


def one_term_per_rating(P, Q, user_bias, item_bias, mean, users, items):
    """This is one number for each rating of the batch. Take their mean."""
    squares = P[users].square().sum(1) + Q[items].square().sum(1)
    return squares + user_bias[users].square() + item_bias[items].square()


def _penalty_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    sizes = (4, 5, 2, 6), (10, 7, 3, 12), (20, 30, 8, 64)
    return [_penalty_case(draw, *size) for size in sizes]


def _penalty_edges():
    draw = torch.Generator().manual_seed(7)
    one = _penalty_case(draw, 4, 5, 3, 1)
    pairs = torch.tensor([0, 2, 3]), torch.tensor([4, 1, 0])
    distinct = (*_penalty_case(draw, 4, 5, 2, 3)[:5], *pairs)
    return [
        ("where the batch has one rating", one),
        ("where no user and no movie comes twice", distinct),
    ]


def _penalty_case(draw, n_users, n_items, k, size):
    tables = (
        torch.randn(n_users, k, generator=draw),
        torch.randn(n_items, k, generator=draw),
        torch.randn(n_users, generator=draw),
        torch.randn(n_items, generator=draw),
    )
    users = torch.randint(n_users - 1, (size,), generator=draw)
    items = torch.randint(n_items - 1, (size,), generator=draw)
    users[:2] = users[0]
    mean = 3 + torch.rand(1, generator=draw).item()
    return *tables, mean, users, items


def movies_left_out(P, Q, user_bias, item_bias, mean, users, items):
    """Only the users' rows are penalized. The movies' vectors and biases belong to the
    penalty too."""
    return (P[users].square().sum(1) + user_bias[users].square()).mean()


def users_left_out(P, Q, user_bias, item_bias, mean, users, items):
    """Only the movies' rows are penalized. The users' vectors and biases belong to the
    penalty too."""
    return (Q[items].square().sum(1) + item_bias[items].square()).mean()


def mean_of_the_four(P, Q, user_bias, item_bias, mean, users, items):
    """This is a fourth of the penalty: the mean of the four terms. The question asks
    for their sum, and for a mean over the ratings only."""
    return frequency_penalty(P, Q, user_bias, item_bias, mean, users, items) / 4


def whole_bias_tables(P, Q, user_bias, item_bias, mean, users, items):
    """The vectors are those of the batch, but the biases are those of whole tables.
    Look up the batch's: `user_bias[users]`, `item_bias[items]`."""
    squares = P[users].square().sum(1).mean() + Q[items].square().sum(1).mean()
    return squares + user_bias.square().mean() + item_bias.square().mean()


def whole_bias_tables_added(P, Q, user_bias, item_bias, mean, users, items):
    """The vectors are those of the batch, but the biases are the sums of whole tables.
    Look up the batch's: `user_bias[users]`, `item_bias[items]`."""
    squares = P[users].square().sum(1).mean() + Q[items].square().sum(1).mean()
    return squares + user_bias.square().sum() + item_bias.square().sum()


def divided_by_all_users(P, Q, user_bias, item_bias, mean, users, items):
    """The sum over the batch was divided by the number of all users. Divide by the
    number of ratings in the batch, `len(users)`."""
    penalty = frequency_penalty(P, Q, user_bias, item_bias, mean, users, items)
    return penalty * len(users) / len(P)


def factors_cut_off(P, Q, user_bias, item_bias, mean, users, items):
    """The value is right, but P and Q have no gradient: `.data` and `.detach()` cut it
    off, so the penalty would move only the biases."""
    tables = P.detach(), Q.detach(), user_bias, item_bias
    return frequency_penalty(*tables, mean, users, items)


def user_bias_left_out(P, Q, user_bias, item_bias, mean, users, items):
    """The users' biases are missing from the penalty."""
    zeros = torch.zeros_like(user_bias)
    return frequency_penalty(P, Q, zeros, item_bias, mean, users, items)


def item_bias_left_out(P, Q, user_bias, item_bias, mean, users, items):
    """The movies' biases are missing from the penalty."""
    zeros = torch.zeros_like(item_bias)
    return frequency_penalty(P, Q, user_bias, zeros, mean, users, items)


def root_of_the_penalty(P, Q, user_bias, item_bias, mean, users, items):
    """This is the root of the penalty. The penalty is the mean of the squares
    itself."""
    return frequency_penalty(P, Q, user_bias, item_bias, mean, users, items).sqrt()


QUESTIONS = (
    Question(
        "q09",
        frequency_penalty,
        _penalty_cases,
        (
            global_mean_penalized,
            whole_tables,
            whole_tables_over_batch,
            each_row_once,
            biases_forgotten,
            norms_not_squared,
            sum_over_the_batch,
            mean_over_the_factors_too,
            item_cuts_the_gradient,
            numpy_for_torch,
            half_the_penalty,
            one_term_per_rating,
            means_over_the_tables,
            means_over_the_distinct_rows,
            square_of_the_sums,
            biases_not_squared,
            movies_left_out,
            users_left_out,
            mean_of_the_four,
            whole_bias_tables,
            whole_bias_tables_added,
            divided_by_all_users,
            factors_cut_off,
            user_bias_left_out,
            item_bias_left_out,
            root_of_the_penalty,
        ),
        differ=same_with_gradient,
        show=show_with_gradient,
        drive=penalty_and_gradient,
        edges=_penalty_edges,
        parts=("the value", "its gradient"),
    ),
)
