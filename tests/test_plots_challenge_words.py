"""What the figures of lab 07 measure, and in which unit: their axes say it."""

import pandas as pd
import pytest
from drawn import closed_figures, read_axes  # noqa: F401

from plots import challenge

HISTORY = {"epoch": [1, 2], "train_rmse": [1, 0.9], "validation_rmse": [1, 0.95]}


@pytest.mark.parametrize(
    ("draw", "axes"),
    [
        (
            lambda: challenge.echoes([3, -3], [0, 2.5]),
            "z: difference in standard errors | pairs of movies | "
            "histories shuffled; as they are",
        ),
        (
            lambda: challenge.lengths((20, 320), {0: [1.0, 4.0]}),
            "movies in N(u) [log] | length of the vector [log]",
        ),
        (
            lambda: challenge.learning_curves(pd.DataFrame(HISTORY), 0.98, "bias"),
            "epoch | RMSE (stars) | training; validation; bias, validation",
        ),
        (
            lambda: challenge.two_parts([10, 90], [0.5, 2], [1, 1]),
            "training ratings of the user [log] | mean length of the vector | "
            "p_u, from the stars; implicit part, less the average",
        ),
    ],
)
def test_the_axes_say_what_they_measure(draw, axes):
    """A scale that is not the one it is read as makes a straight line a curve."""
    figure, _ = draw()
    assert read_axes(figure) == [axes]
