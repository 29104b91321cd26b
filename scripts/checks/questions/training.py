"""Questions on lab 03: RMSE, choosing an epoch, the sweep, and two penalties."""

import numpy as np
import pandas as pd
import torch

from checks.questions.question import Question


def rmse_of_batches(batches):
    """The RMSE over all ratings, a number.

    `batches` is a list of (predicted, actual), tensors of shape (n,); n may
    differ. Some sources hand out `actual` with shape (n, 1).
    """
    squares, count = 0.0, 0
    for predicted, actual in batches:
        errors = predicted - actual.reshape(-1)
        squares += errors.square().sum().item()
        count += len(errors)
    return (squares / count) ** 0.5


def mean_of_batch_rmses(batches):
    """This is a mean of the batches' RMSEs. A small batch then counts as much as a
    large one, and a mean of roots is no root of a mean. Add up squares and counts."""
    roots = [rmse_of_batches([batch]) for batch in batches]
    return sum(roots) / len(roots)


def root_of_mean_batch_mse(batches):
    """The batches' mean squared errors were averaged, so a rating in a small batch
    counts for more. Add up the squares and divide once by the number of ratings."""
    means = [rmse_of_batches([batch]) ** 2 for batch in batches]
    return (sum(means) / len(means)) ** 0.5


def root_forgotten(batches):
    """This is the mean squared error. The root is missing, so its unit is stars²."""
    return rmse_of_batches(batches) ** 2


def broadcast_to_a_square(batches):
    """(n,) minus (n, 1) gives an n × n table: each prediction is compared with every
    rating. Bring both to the shape (n,) first."""
    squares = torch.cat([(p - a).square().flatten() for p, a in batches])
    return squares.mean().sqrt()


def broadcast_and_count_of_ratings(batches):
    """(n,) minus (n, 1) gives an n × n table, and its sum was divided by n ratings.
    Bring both to the shape (n,) first."""
    squares = sum((p - a).square().sum().item() for p, a in batches)
    return (squares / sum(len(p) for p, _ in batches)) ** 0.5


def mean_absolute_error(batches):
    """This is the mean absolute error. RMSE squares the errors, which makes one error
    of two stars worse than two errors of one star."""
    errors = torch.cat([p - a.reshape(-1) for p, a in batches])
    return errors.abs().mean()


def first_batch_only(batches):
    """This is the RMSE of the first batch. `return` stands inside the loop, and a
    function is left at its first `return`."""
    return rmse_of_batches(batches[:1])


def _batches_cases(seed):
    draw = torch.Generator().manual_seed(seed)

    def batch(n, column=False):
        actual = torch.randint(1, 6, (n,), generator=draw).float()
        predicted = actual + torch.randn(n, generator=draw)
        return predicted, actual[:, None] if column else actual

    return [
        ([batch(8), batch(8), batch(3)],),
        ([batch(5), batch(1)],),
        ([batch(20)],),
        ([batch(6, column=True), batch(2, column=True)],),
    ]


def choose_epoch(history):
    """(epoch to keep, RMSE to report).

    `history` has the columns epoch, train_rmse, validation_rmse and test_rmse.
    Choose without looking at the test column; then report the test RMSE
    of the epoch you chose.
    """
    best = history.loc[history["validation_rmse"].idxmin()]
    return int(best["epoch"]), best["test_rmse"]


def _epoch_by(history, column):
    best = history.loc[history[column].idxmin()]
    return int(best["epoch"]), best["test_rmse"]


def chosen_on_test(history):
    """The epoch was chosen by the test RMSE. The best of many looks at the test set is
    too good to be true: let the validation part choose."""
    return _epoch_by(history, "test_rmse")


def chosen_on_train(history):
    """The epoch was chosen by the training RMSE, which falls for as long as you train.
    It cannot see overfitting."""
    return _epoch_by(history, "train_rmse")


def last_epoch(history):
    """This is the last epoch. Validation was better before: this is why the best
    weights are kept."""
    return int(history["epoch"].iloc[-1]), history["test_rmse"].iloc[-1]


def row_number_for_epoch(history):
    """This is the number of the row, counted from 0, and not the value of the `epoch`
    column, which starts at 1."""
    row = int(history["validation_rmse"].to_numpy().argmin())
    return row, history["test_rmse"].iloc[row]


def best_test_reported(history):
    """The epoch is right, but the RMSE is the best of the test column, from another
    epoch. Report the test RMSE of the epoch you chose."""
    return choose_epoch(history)[0], history["test_rmse"].min()


def validation_reported(history):
    """The epoch is right, but the number is the validation RMSE. It was used to choose,
    so it flatters: report the test RMSE."""
    return choose_epoch(history)[0], history["validation_rmse"].min()


def _history_cases(seed):
    draw = np.random.default_rng(seed)
    cases = []
    for n, best, luckiest in ((8, 4, 6), (12, 3, 7), (20, 15, 11)):
        epoch = np.arange(1, n + 1)
        validation = 0.94 + 0.004 * np.abs(epoch - best) + draw.uniform(0, 0.001, n)
        test = 0.96 + 0.004 * np.abs(epoch - luckiest) + draw.uniform(0, 0.001, n)
        history = pd.DataFrame(
            {
                "epoch": epoch,
                "train_rmse": 1.0 - 0.02 * epoch + 0.03 * (epoch == n),
                "validation_rmse": validation,
                "test_rmse": test,
            }
        )
        cases.append((history,))
    return cases


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


class PretendFit:
    """Stands in for a training run: two curves over the number of factors.

    Validation is best at `best` factors, training at twice as many.
    """

    def __init__(self, best, floor):
        self.best, self.floor = best, floor

    def __call__(self, n_factors):
        """(training RMSE, validation RMSE) of a run with `n_factors`."""
        beyond = np.log2(n_factors / self.best)
        train = self.floor - 0.03 * min(beyond, 2 - beyond)
        return train - 0.2, self.floor + 0.01 * abs(beyond)


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
        "q07",
        rmse_of_batches,
        _batches_cases,
        (
            mean_of_batch_rmses,
            root_of_mean_batch_mse,
            root_forgotten,
            broadcast_to_a_square,
            broadcast_and_count_of_ratings,
            mean_absolute_error,
            first_batch_only,
        ),
    ),
    Question(
        "q08",
        choose_epoch,
        _history_cases,
        (
            chosen_on_test,
            chosen_on_train,
            last_epoch,
            row_number_for_epoch,
            best_test_reported,
            validation_reported,
        ),
    ),
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
