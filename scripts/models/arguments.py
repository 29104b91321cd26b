"""What a model is told and what it has found, checked with a sentence. For students."""

from numbers import Integral

import torch


def check_count(name: str, value, at_least: int, example: int) -> None:
    """`value` is a whole number from `at_least` up; raises `ValueError` otherwise."""
    if not isinstance(value, Integral) or value < at_least:
        raise ValueError(
            f"{name}={value!r} was given; it is a whole number, {at_least} or more, "
            f"for example {example}."
        )


def check_factors(n_factors) -> None:
    """A row of factors holds at least one number; raises `ValueError` otherwise."""
    check_count("n_factors", n_factors, at_least=1, example=16)


def check_penalties(**penalties: float) -> None:
    """Each is zero or more; raises `ValueError` that names them all otherwise."""
    if not all(price >= 0 for price in penalties.values()):
        given = ", ".join(f"{name}={price}" for name, price in penalties.items())
        raise ValueError(
            f"{given} was given; a penalty is zero or more: below zero it would reward "
            "large numbers."
        )


def check_finite(scores: torch.Tensor, model) -> None:
    """`scores` of `model` can be put in order; raises `ValueError` for NaN and ±inf."""
    if not torch.isfinite(scores).all():
        raise ValueError(
            f"Some scores of this {type(model).__name__} are NaN or infinite, and such "
            "numbers have no order. Its training diverged: lower the learning rate, or "
            "regularize more, and fit again."
        )
