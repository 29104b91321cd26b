"""For authors: the question on which epoch to keep, from lab 03."""

import numpy as np
import pandas as pd

from checks.questions.question import Question, recognized_by


def choose_epoch(history):
    """(epoch to keep, RMSE to report).

    `history` has the columns epoch, train_rmse, validation_rmse and test_rmse.
    Choose without looking at the test column; then report the test RMSE
    of the epoch that you chose.
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
    """This is the last epoch. The validation RMSE was lower in an earlier one: that is
    why training keeps the best weights."""
    return int(history["epoch"].iloc[-1]), history["test_rmse"].iloc[-1]


def row_number_for_epoch(history):
    """This is the row number, counted from 0. The question asks for the value in the
    `epoch` column."""
    row = int(history["validation_rmse"].to_numpy().argmin())
    return row, history["test_rmse"].iloc[row]


def label_for_epoch(history):
    """This is the row's label in the table's index, which may begin at 0 or at any
    other number. Read the row's `epoch` instead."""
    label = history["validation_rmse"].idxmin()
    return int(label), history.loc[label, "test_rmse"]


def _is_one_more(given, history):
    row = int(history["validation_rmse"].to_numpy().argmin())
    counted = (row + 1, history.index[row] + 1)
    return int(given[0]) in counted and int(given[0]) != history["epoch"].iloc[row]


@recognized_by(_is_one_more)
def row_plus_one_for_epoch(history):
    """This is the row number plus 1. One of the runs was measured only at every fifth
    epoch: read the `epoch` column."""
    row = int(history["validation_rmse"].to_numpy().argmin())
    return row + 1, history["test_rmse"].iloc[row]


def stopped_at_the_first_rise(history):
    """This stops where the validation RMSE rises for the first time. It may fall again:
    look at all epochs."""
    rises = history["validation_rmse"].diff().to_numpy() > 0
    best = history.iloc[max(int(rises.argmax()) - 1, 0)]
    return int(best["epoch"]), best["test_rmse"]


def worst_epoch(history):
    """This is the epoch with the highest validation RMSE. An RMSE is an error: the
    lowest is the best."""
    best = history.loc[history["validation_rmse"].idxmax()]
    return int(best["epoch"]), best["test_rmse"]


def smallest_gap(history):
    """The epoch with the smallest gap between training and validation was chosen. The
    gap is smallest before anything is learned: let the validation RMSE decide."""
    gap = history["validation_rmse"] - history["train_rmse"]
    return _epoch_by(history.assign(gap=gap), "gap")


def best_test_reported(history):
    """The epoch is right, but the RMSE is the lowest one in the test column, from
    another epoch. Report the test RMSE of the epoch you chose."""
    return choose_epoch(history)[0], history["test_rmse"].min()


def validation_reported(history):
    """The epoch is right, but the number is the validation RMSE. It was used to choose,
    so it flatters the model: report the test RMSE."""
    return choose_epoch(history)[0], history["validation_rmse"].min()


def training_reported(history):
    """The epoch is right, but the number is the training RMSE. Report the test RMSE of
    the epoch you chose."""
    best = history.loc[history["validation_rmse"].idxmin()]
    return int(best["epoch"]), best["train_rmse"]


def rmse_before_epoch(history):
    """The two values are right but come in the wrong order: return the epoch, then the
    test RMSE."""
    return choose_epoch(history)[::-1]


def epoch_alone(history):
    """This is only the epoch. Return two values: the epoch and its test RMSE."""
    return choose_epoch(history)[0]


# Validation and test RMSE after each measured epoch. The validation RMSE rises once
# before its best epoch; the test RMSE, and the sum of both, have another best epoch.
CURVES = (
    (
        (0.980, 0.950, 0.955, 0.948, 0.940, 0.942, 0.946, 0.951),
        (0.990, 0.970, 0.968, 0.966, 0.965, 0.955, 0.958, 0.960),
    ),
    (
        (0.970, 0.975, 0.940, 0.945, 0.950, 0.955, 0.960, 0.965),
        (0.990, 0.985, 0.965, 0.963, 0.945, 0.957, 0.960, 0.962),
    ),
    (
        (0.99, 0.97, 0.975, 0.96, 0.956, 0.95, 0.948, 0.95, 0.945, 0.941, 0.944, 0.946),
        (0.99, 0.985, 0.98, 0.975, 0.97, 0.96, 0.95, 0.955, 0.958, 0.962, 0.964, 0.966),
    ),
)


def _history_cases(seed):
    draw = np.random.default_rng(seed)
    return [
        (_history(draw, validation, test, step),)
        for (validation, test), step in zip(CURVES, (1, 5, 1), strict=True)
    ]


def _history(draw, validation, test, step):
    n = len(test)
    epoch = np.arange(1, n + 1) * step  # every epoch, or every fifth
    return pd.DataFrame(
        {
            "epoch": epoch,
            "train_rmse": 1.0 - 0.02 * np.arange(n) + 0.03 * (epoch == epoch[-1]),
            "validation_rmse": validation + draw.uniform(0, 0.0005, n),
            "test_rmse": test + draw.uniform(0, 0.0005, n),
        },
        index=np.arange(n) + 100 * (step > 1),
    )


def _history_edges():
    draw = np.random.default_rng(7)
    best_last = _history(draw, (0.98, 0.96, 0.95), (0.99, 0.97, 0.98), 2)
    best_first = _history(draw, (0.95, 0.96, 0.97), (0.99, 0.98, 0.97), 1)
    shuffled = _history(draw, *CURVES[0], 1).iloc[[3, 0, 5, 2, 7, 4, 1, 6]]
    return [
        ("where the last epoch is the best", (best_last,)),
        ("where the first epoch is the best", (best_first,)),
        ("where only one epoch was measured", (best_last[1:2],)),
        ("where the rows are not in the order of the epochs", (shuffled,)),
    ]


def last_rmse_reported(history):
    """The epoch is right, but the RMSE is that of the last epoch. Report the test RMSE
    of the epoch you chose."""
    return choose_epoch(history)[0], history["test_rmse"].iloc[-1]


def mean_rmse_reported(history):
    """The epoch is right, but the RMSE is the mean of the test column. Report the test
    RMSE of the epoch you chose."""
    return choose_epoch(history)[0], history["test_rmse"].mean()


def chosen_on_validation_and_test(history):
    """The test RMSE took part in the choice. Let the validation RMSE decide alone."""
    both = history["validation_rmse"] + history["test_rmse"]
    return _epoch_by(history.assign(both=both), "both")


def chosen_on_validation_and_train(history):
    """The training RMSE took part in the choice, and it falls for as long as you train.
    Let the validation RMSE decide alone."""
    both = history["validation_rmse"] + history["train_rmse"]
    return _epoch_by(history.assign(both=both), "both")


def row_for_pair(history):
    """This is a whole row of the table. Return two values: the epoch and its test
    RMSE."""
    return history.loc[history["validation_rmse"].idxmin()]


def rmse_alone(history):
    """This is only the RMSE. Return two values: the epoch and its test RMSE."""
    return choose_epoch(history)[1]


QUESTIONS = (
    Question(
        "q08",
        choose_epoch,
        _history_cases,
        (
            chosen_on_test,
            chosen_on_train,
            last_epoch,
            row_number_for_epoch,
            label_for_epoch,
            row_plus_one_for_epoch,
            stopped_at_the_first_rise,
            worst_epoch,
            smallest_gap,
            best_test_reported,
            validation_reported,
            training_reported,
            rmse_before_epoch,
            epoch_alone,
            last_rmse_reported,
            mean_rmse_reported,
            chosen_on_validation_and_test,
            chosen_on_validation_and_train,
            row_for_pair,
            rmse_alone,
        ),
        edges=_history_edges,
        parts=("the epoch", "the RMSE"),
    ),
)
