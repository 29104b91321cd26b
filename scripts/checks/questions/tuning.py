"""For authors: the question on how many factors, from lab 03."""

import numpy as np
import pandas as pd

from checks.comparing import difference
from checks.questions.question import Question
from checks.questions.workbench import PretendFit


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
    """The size with the lowest training RMSE was chosen. More factors always fit the
    training ratings better: let the validation RMSE decide."""
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


def same_sweep(given, expected):
    """As `difference`, but the table may have any index and any order of rows."""
    try:
        table, best = given
        in_order = table.reset_index(drop=True).sort_values("factors")
        given = in_order.reset_index(drop=True), best
    except Exception:  # not such a pair: `difference` says what it is
        return difference(given, expected)
    table = expected[0].sort_values("factors").reset_index(drop=True)
    return difference(given, (table, expected[1]))


QUESTIONS = (
    Question(
        "q09",
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
        ),
        differ=same_sweep,
    ),
)
