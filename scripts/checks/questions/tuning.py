"""Questions on lab 03: how many factors, and two penalties that look alike."""

import numpy as np
import pandas as pd
import torch

from checks.questions.question import Question
from checks.questions.workbench import PretendFit


def sweep_factors(sizes, fit):
    """(table, best): train one model per size and choose.

    fit(n_factors) -> (train_rmse, validation_rmse). The table, a DataFrame,
    has a row per size and the columns factors, train_rmse, validation_rmse
    and gap: validation RMSE minus training RMSE. `best` is the chosen size.
    """
    rows = [(size, *fit(size)) for size in sizes]
    columns = ["factors", "train_rmse", "validation_rmse"]
    table = pd.DataFrame(rows, columns=columns)
    table["gap"] = table["validation_rmse"] - table["train_rmse"]
    best = table.loc[table["validation_rmse"].idxmin(), "factors"]
    return table, int(best)


def _swept(sizes, fit, choose):
    table, _ = sweep_factors(sizes, fit)
    return table, int(table.loc[choose(table), "factors"])


def size_chosen_on_train(sizes, fit):
    """The size with the lowest training RMSE was chosen. More factors always fit the
    training ratings better: let the validation RMSE decide."""
    return _swept(sizes, fit, lambda table: table["train_rmse"].idxmin())


def size_with_smallest_gap(sizes, fit):
    """The size with the smallest gap was chosen. A model that learns nothing has no gap
    at all: the gap diagnoses, the validation RMSE decides."""
    return _swept(sizes, fit, lambda table: table["gap"].idxmin())


def largest_size(sizes, fit):
    """The largest size was chosen. More factors are not better by themselves."""
    return _swept(sizes, fit, lambda table: table["factors"].idxmax())


def gap_turned_round(sizes, fit):
    """The gap has the opposite sign: it is validation minus training, positive when the
    model does worse on what it has not seen."""
    table, best = sweep_factors(sizes, fit)
    return table.assign(gap=-table["gap"]), best


def place_for_size(sizes, fit):
    """This is the place of the best size in the list, not the size itself."""
    table, _ = sweep_factors(sizes, fit)
    return table, int(table["validation_rmse"].to_numpy().argmin())


def _sweep_cases(seed):
    floor = 0.9 + 0.01 * np.random.default_rng(seed).random(3)
    return [
        ([16, 32, 64, 128, 256], PretendFit(64, floor[0])),
        ([4, 8, 16, 32], PretendFit(8, floor[1])),
        ([128, 32, 8, 64], PretendFit(32, floor[2])),
    ]


def frequency_penalty(P, Q, user_bias, item_bias, mean, users, items):
    """The penalty of one batch, a number: the mean over its ratings of

    |P[u]|² + |Q[i]|² + user_bias[u]² + item_bias[i]²

    P: (n_users, k), Q: (n_items, k); the biases: (n_users,), (n_items,).
    users, items: (batch,), the rows of the batch's ratings. `mean` is μ.
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
    batch are pulled to zero too. Look up the batch's rows first."""
    tables = (P, Q, user_bias, item_bias)
    return sum(table.square().sum() for table in tables)


def whole_tables_over_batch(P, Q, user_bias, item_bias, mean, users, items):
    """This sums over the whole tables and divides by the batch size: rows that are not
    in the batch are pulled to zero too. Look up the batch's rows first."""
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
    """These are lengths, |p|, and not their squares, |p|²."""
    lengths = P[users].norm(dim=1) + Q[items].norm(dim=1)
    return (lengths + user_bias[users].abs() + item_bias[items].abs()).mean()


def sum_over_the_batch(P, Q, user_bias, item_bias, mean, users, items):
    """This is the sum over the batch. Beside a loss that is a mean over the batch, the
    penalty must be a mean as well, or its weight depends on the batch size."""
    penalty = frequency_penalty(P, Q, user_bias, item_bias, mean, users, items)
    return penalty * len(users)


def mean_over_the_factors_too(P, Q, user_bias, item_bias, mean, users, items):
    """The squares were averaged over the factors. |p|² is their sum: sum over the
    factors, and take the mean over the batch alone."""
    squares = P[users].square().mean(1) + Q[items].square().mean(1)
    biases = user_bias[users].square() + item_bias[items].square()
    return (squares + biases).mean()


def _penalty_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    cases = []
    for n_users, n_items, k, size in ((4, 5, 2, 6), (10, 7, 3, 12), (20, 30, 8, 64)):
        tables = (
            torch.randn(n_users, k, generator=draw),
            torch.randn(n_items, k, generator=draw),
            torch.randn(n_users, generator=draw),
            torch.randn(n_items, generator=draw),
        )
        users = torch.randint(n_users - 1, (size,), generator=draw)
        items = torch.randint(n_items - 1, (size,), generator=draw)
        users[:2] = users[0]
        cases.append((*tables, 3.5, users, items))
    return cases


QUESTIONS = (
    Question(
        "q09",
        sweep_factors,
        _sweep_cases,
        (
            size_chosen_on_train,
            size_with_smallest_gap,
            largest_size,
            gap_turned_round,
            place_for_size,
        ),
    ),
    Question(
        "q10",
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
        ),
    ),
)
