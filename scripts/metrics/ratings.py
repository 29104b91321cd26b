"""Errors of predicted stars: over all ratings, and by how much is known about them.

For students: every lab that trains a model measures it by these.
"""

import numpy as np
import pandas as pd
import torch


def rmse(predicted, actual) -> float:
    """Root mean squared error in stars, over ratings: sqrt(mean((r̂ - r)²)).

    Both are of shape (n,): lists, arrays or tensors, summed in float64. The RMSE of a
    test set is not the mean of its batches' RMSEs: collect the predictions first.
    Raises `ValueError` for shapes that do not match, for no ratings, and for NaN.

    >>> round(rmse([3, 4, 5], [3, 2, 4]), 3)  # the square root of (0 + 4 + 1) / 3
    1.291
    """
    return float(np.sqrt(np.mean(residuals(predicted, actual) ** 2)))


def mae(predicted, actual) -> float:
    """Mean absolute error in stars, over ratings: mean(|r̂ - r|).

    Takes and raises what `rmse` does.

    >>> mae([3, 4, 5], [3, 2, 4])
    1.0
    """
    return float(np.mean(np.abs(residuals(predicted, actual))))


def residuals(predicted, actual) -> np.ndarray:
    """r̂ - r in float64, shape (n,), after checking that the two belong together."""
    predicted = as_vector(predicted, "predicted")
    actual = as_vector(actual, "actual")
    if len(predicted) != len(actual):
        raise ValueError(
            f"{len(predicted):,} predictions were given for {len(actual):,} ratings; "
            "each rating needs exactly one."
        )
    return predicted - actual


def as_vector(values, name: str) -> np.ndarray:
    """`values` as a float64 array of shape (n,), n ≥ 1, all of them finite."""
    if isinstance(values, torch.Tensor):
        values = values.detach().cpu().numpy()
    vector = np.asarray(values, dtype=np.float64)
    if vector.ndim != 1:
        raise ValueError(
            f"{name} has shape {vector.shape}; one number per rating is needed, shape "
            "(n,). Use squeeze(-1) on a last dimension of size 1."
        )
    if len(vector) == 0:
        raise ValueError(f"{name} is empty: there is nothing to average.")
    broken = np.count_nonzero(~np.isfinite(vector))
    if broken:
        raise ValueError(
            f"{broken:,} of {len(vector):,} values in {name} are NaN or infinite. In "
            "predictions this is a sign of a diverged model: lower its learning rate."
        )
    return vector


def training_counts(asked, seen) -> np.ndarray:
    """How often each id in `asked` occurs in `seen`, int64 (len(asked),).

    `training_counts(test.users, train.users)` says, for each test rating, how many
    training ratings its user has: 0 for a user the model has never met.

    >>> training_counts(asked=[5, 2, 9], seen=[5, 2, 5, 5])
    array([3, 1, 0])
    """
    counts = pd.Series(np.asarray(seen)).value_counts()
    return counts.reindex(np.asarray(asked), fill_value=0).to_numpy()


def error_by_group(predicted, actual, counts, n_groups: int = 5) -> pd.DataFrame:
    """RMSE and MAE by `counts`, the number of training ratings behind each rating.

    Returns one row per group, from least to most known: its range `fewest` to `most`,
    `ratings`, `rmse`, `mae`. Ratings of users (or movies) without training ratings are
    a group of their own; the others are cut at quantiles, so that groups hold about
    equally many ratings. Equal counts are never parted. Raises `ValueError` where there
    is not one prediction and one count per rating, and for less than one group.

    >>> error_by_group([3, 4, 5, 3], [3, 3, 3, 3], counts=[0, 1, 2, 9], n_groups=2)
       fewest  most  ratings      rmse  mae
    0       0     0        1  0.000000  0.0
    1       1     2        2  1.581139  1.5
    2       9     9        1  0.000000  0.0
    """
    error = residuals(predicted, actual)
    counts = as_vector(counts, "counts")
    if len(counts) != len(error):
        raise ValueError(
            f"{len(counts):,} counts were given for {len(error):,} ratings; give one "
            "per rating, as training_counts(test.users, train.users) does."
        )
    if n_groups < 1:
        raise ValueError(f"n_groups={n_groups} was given; at least 1 is needed.")
    table = pd.DataFrame({"counts": counts.astype(np.int64), "error": error})
    warm = table["counts"] > 0
    table["group"] = -1
    if warm.any():
        groups = pd.qcut(
            table.loc[warm, "counts"], n_groups, labels=False, duplicates="drop"
        )
        table.loc[warm, "group"] = groups.fillna(0)  # NaN where all counts are equal
    grouped = table.assign(square=error**2, size=np.abs(error)).groupby("group")
    return pd.DataFrame(
        {
            "fewest": grouped["counts"].min(),
            "most": grouped["counts"].max(),
            "ratings": grouped.size(),
            "rmse": np.sqrt(grouped["square"].mean()),
            "mae": grouped["size"].mean(),
        }
    ).reset_index(drop=True)
