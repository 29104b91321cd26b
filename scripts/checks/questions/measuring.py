"""Questions on lab 03: an RMSE over batches, and which epoch to keep."""

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
)
