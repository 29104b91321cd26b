"""What a model is told and what it has found, checked with a sentence."""

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
    """A row of factors holds one number or more; raises `ValueError` otherwise."""
    check_count("n_factors", n_factors, at_least=1, example=16)


def check_finite(scores: torch.Tensor, model) -> None:
    """`scores` of `model` can be put in order; raises `ValueError` for NaN and ±inf."""
    if not torch.isfinite(scores).all():
        raise ValueError(
            f"Some scores of this {type(model).__name__} are NaN or infinite, and such "
            "numbers have no order. Its training diverged: lower the learning rate, or "
            "regularize more, and fit again."
        )
