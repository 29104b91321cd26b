"""For authors: the curve that a training question should end in, from stored points."""

from plots.exercises import rmse_curves


def target_figure(target):
    """A figure of the curves in `target`, a table of `exercises.toml`."""
    return rmse_curves(
        target["x"],
        target["series"],
        target["x_label"],
        target["title"],
        target.get("log_base"),
    )
