"""What a model is told and what it has found, checked with a sentence. For students."""

import math
from numbers import Integral

import torch


def check_count(name: str, value, at_least: int, example: int) -> None:
    """`value` is a whole number from `at_least` up; raises `ValueError` otherwise."""
    whole = isinstance(value, Integral) and not isinstance(value, bool)
    if not whole or value < at_least:
        raise ValueError(
            f"{name}={value!r} was given; it is a whole number, {at_least} or more, "
            f"for example {example}."
        )


def check_sizes(n_users, n_items, n_factors) -> None:
    """Tables have one row or more, of one number or more; raises `ValueError`."""
    check_count("n_users", n_users, at_least=1, example=943)
    check_count("n_items", n_items, at_least=1, example=1682)
    check_factors(n_factors)


def check_factors(n_factors) -> None:
    """A row of factors holds at least one number; raises `ValueError` otherwise."""
    check_count("n_factors", n_factors, at_least=1, example=16)


def is_number(value) -> bool:
    """A finite number, of Python, of NumPy or in a tensor; a string is not one.

    >>> is_number(0.5), is_number("0.5"), is_number(float("nan"))
    (True, False, False)
    """
    try:
        return not isinstance(value, bool) and math.isfinite(value)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        return False


def check_positive(name: str, value, example: float, or_zero: bool = False) -> None:
    """`value` is a finite number above zero; raises `ValueError` otherwise."""
    if not is_number(value) or value < 0 or (value == 0 and not or_zero):
        sign = "zero or more" if or_zero else "above zero"
        raise ValueError(
            f"{name}={value!r} was given; it is a finite number, {sign}, for example "
            f"{example}."
        )


def check_penalties(**penalties: float) -> None:
    """Each is zero or more; raises `ValueError` that names them all otherwise."""
    if not all(is_number(price) and price >= 0 for price in penalties.values()):
        given = ", ".join(f"{name}={price!r}" for name, price in penalties.items())
        raise ValueError(
            f"{given} was given; a penalty is a finite number, zero or more: below "
            "zero it would reward large numbers."
        )


def check_finite(scores: torch.Tensor, model) -> None:
    """`scores` of `model` can be put in order; raises `ValueError` for NaN and ±inf."""
    # NaN or infinity anywhere in a sum is there at its end, too; and it writes nothing.
    if not torch.isfinite(scores.sum()):
        raise ValueError(
            f"Some scores of this {type(model).__name__} are NaN or infinite, and such "
            "numbers have no order. Its training diverged: lower the learning rate, or "
            "regularize more, and fit again."
        )


def check_bags(features, n_rows: int, side: str) -> None:
    """`features` have a bag for each of `n_rows` users or movies; else `ValueError`."""
    if features.n_rows != n_rows:
        raise ValueError(
            f"The features are of {features.n_rows:,} rows, and there are {n_rows:,} "
            f"{side}: make them with the map of ids that the training data have "
            "(train.user_ids or train.item_ids)."
        )
