"""For authors: the question on how many factors, from lab 03."""

import numpy as np
import pandas as pd

from checks.questions.question import Question, recognized_by
from checks.questions.workbench import PretendFit, sweep_and_fits


def sweep_factors(sizes, fit):
    """(table, best): train one model per size and choose.

    fit(n_factors) -> (train_rmse, validation_rmse). The table, a DataFrame,
    has one row per size, in any order, and the columns factors, train_rmse,
    validation_rmse and gap: validation RMSE minus training RMSE. `best` is
    the chosen size.
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
    """The size with the lowest training RMSE was chosen. More factors can always fit
    the training ratings better: let the validation RMSE decide."""
    return _swept(sizes, fit, lambda table: table["train_rmse"].idxmin())


def size_with_smallest_gap(sizes, fit):
    """The size with the smallest gap was chosen. A model that learns nothing has no gap
    at all: the gap chooses nothing, the validation RMSE decides."""
    return _swept(sizes, fit, lambda table: table["gap"].idxmin())


def largest_size(sizes, fit):
    """The largest size was chosen. More factors are not better by themselves."""
    return _swept(sizes, fit, lambda table: table["factors"].idxmax())


def smallest_size(sizes, fit):
    """The smallest size was chosen. A small model is not always the better one: let the
    validation RMSE decide."""
    return _swept(sizes, fit, lambda table: table["factors"].idxmin())


def size_with_largest_gap(sizes, fit):
    """The size with the largest gap was chosen. A gap says how much better a model
    knows the ratings that it has seen, not how good it is: let the validation RMSE
    decide."""
    return _swept(sizes, fit, lambda table: table["gap"].idxmax())


def worst_on_validation(sizes, fit):
    """The size with the highest validation RMSE was chosen. An RMSE is an error: the
    lowest is the best."""
    return _swept(sizes, fit, lambda table: table["validation_rmse"].idxmax())


def rmses_swapped(sizes, fit):
    """The two RMSEs are swapped: `fit` returns the training RMSE first."""
    return sweep_factors(sizes, lambda size: fit(size)[::-1])


def rmse_for_size(sizes, fit):
    """`best` is the lowest validation RMSE. The question asks for the size that has
    it."""
    table, _ = sweep_factors(sizes, fit)
    return table, table["validation_rmse"].min()


def gap_with_the_wrong_sign(sizes, fit):
    """The gap has the wrong sign: it is validation minus training, positive when the
    model does worse on what it has not seen."""
    table, best = sweep_factors(sizes, fit)
    return table.assign(gap=-table["gap"]), best


def place_for_size(sizes, fit):
    """This is the position of the best size in the list, not the size itself."""
    table, _ = sweep_factors(sizes, fit)
    return table, int(table["validation_rmse"].to_numpy().argmin())


# size: (training RMSE, validation RMSE). The best size is neither the first, nor the
# smallest or largest, nor the one with the widest or narrowest gap.
CURVES = (
    {
        16: (0.80, 0.95),
        32: (0.78, 0.92),
        64: (0.70, 0.90),
        128: (0.62, 0.95),
        256: (0.66, 0.96),
    },
    {4: (0.82, 0.93), 8: (0.75, 0.90), 16: (0.70, 0.92), 32: (0.86, 0.96)},
    {128: (0.84, 0.96), 32: (0.75, 0.90), 8: (0.71, 0.97), 64: (0.70, 0.93)},
)


def _sweep_cases(seed):
    shifts = 0.01 * np.random.default_rng(seed).random(len(CURVES))
    shifted = (
        {size: (train + by, validation + by) for size, (train, validation) in c.items()}
        for c, by in zip(CURVES, shifts.tolist(), strict=True)
    )
    return [(list(curves), PretendFit(curves)) for curves in shifted]


def _sweep_edges():
    lucky = {8: (0.93, 0.92), 2: (0.95, 0.96), 32: (0.91, 0.94), 4: (0.97, 0.95)}
    few = {64: (0.70, 0.90), 16: (0.80, 0.91), 32: (0.75, 0.92)}
    return [
        (
            "where a validation RMSE is below the training RMSE",
            (list(lucky), PretendFit(lucky)),
        ),
        ("where there is only one size", ([64], PretendFit({64: (0.7, 0.9)}))),
        ("where the first and largest size wins", (list(few), PretendFit(few))),
    ]


def _has_fitted_twice(given, sizes, fit):
    return len(given) == 3 and len(list(given[2])) > len(sizes)


@recognized_by(_has_fitted_twice)
def two_fits_for_one(sizes, fit):
    """`fit` was called more than once for a size. It stands for a whole training run:
    call it once for each size, and keep both numbers."""
    rows = [(size, fit(size)[0], fit(size)[1]) for size in sizes]
    columns = ["factors", "train_rmse", "validation_rmse"]
    table = pd.DataFrame(rows, columns=columns)
    table["gap"] = table["validation_rmse"] - table["train_rmse"]
    return table, int(table.loc[table["validation_rmse"].idxmin(), "factors"])


def gap_without_a_sign(sizes, fit):
    """The gap lost its sign. It is validation minus training, and negative where the
    validation RMSE is the lower one."""
    table, best = sweep_factors(sizes, fit)
    return table.assign(gap=table["gap"].abs()), best


def gap_as_a_ratio(sizes, fit):
    """The gap is a ratio. It is a difference: validation RMSE minus training RMSE."""
    table, best = sweep_factors(sizes, fit)
    return table.assign(gap=table["validation_rmse"] / table["train_rmse"]), best


def gap_left_out(sizes, fit):
    """The column gap is missing: validation RMSE minus training RMSE."""
    table, best = sweep_factors(sizes, fit)
    return table.drop(columns="gap"), best


def sizes_as_index_alone(sizes, fit):
    """The sizes are the index of the table. The question asks for a column of that
    name: `reset_index()`."""
    table, best = sweep_factors(sizes, fit)
    return table.set_index("factors"), best


def table_alone(sizes, fit):
    """This is only the table. Return two values: the table and the chosen size."""
    return sweep_factors(sizes, fit)[0]


def size_alone(sizes, fit):
    """This is only the chosen size. Return two values: the table and the size."""
    return sweep_factors(sizes, fit)[1]


def size_before_table(sizes, fit):
    """The two values come in the wrong order: return the table, then the size."""
    return sweep_factors(sizes, fit)[::-1]


def last_size_left_out(sizes, fit):
    """The table has one row too few: the last size was left out."""
    return sweep_factors(sizes[:-1] or sizes, fit)


def best_row_for_size(sizes, fit):
    """`best` is a whole row of the table. The question asks for its number of
    factors."""
    table, _ = sweep_factors(sizes, fit)
    return table, table.loc[table["validation_rmse"].idxmin()]


QUESTIONS = (
    Question(
        "q08",
        sweep_factors,
        _sweep_cases,
        (
            size_chosen_on_train,
            size_with_smallest_gap,
            largest_size,
            smallest_size,
            size_with_largest_gap,
            worst_on_validation,
            rmses_swapped,
            gap_with_the_wrong_sign,
            place_for_size,
            rmse_for_size,
            two_fits_for_one,
            gap_without_a_sign,
            gap_as_a_ratio,
            gap_left_out,
            sizes_as_index_alone,
            table_alone,
            size_alone,
            size_before_table,
            last_size_left_out,
            best_row_for_size,
        ),
        drive=sweep_and_fits,
        edges=_sweep_edges,
        parts=("the table", "the chosen size", "the number of training runs"),
    ),
)
