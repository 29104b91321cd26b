"""The figure that a training question should end in, drawn from its stored points."""

import matplotlib.pyplot as plt

MARKS = ("o", "s", "^", "D")
LINES = ("-", "--", "-.", ":")


def target_figure(target):
    """A figure of the curves of `target`, told apart by marker and line as well."""
    figure, axes = plt.subplots(figsize=(6, 3.2), layout="constrained")
    for place, (name, values) in enumerate(target["series"].items()):
        style = {"marker": MARKS[place], "linestyle": LINES[place]}
        axes.plot(target["x"], values, label=name, **style)
    if target.get("log_x"):
        axes.set_xscale("log", base=target["log_x"])
        axes.set_xticks(target["x"], [f"{x:g}" for x in target["x"]])
    axes.set(xlabel=target["x_label"], ylabel="RMSE (stars)", title=target["title"])
    axes.legend()
    return figure
