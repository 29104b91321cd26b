"""What a figure shows, as plain numbers and strings: for the tests of figures."""

import matplotlib.pyplot as plt
import pytest
from matplotlib.layout_engine import ConstrainedLayoutEngine


@pytest.fixture(autouse=True)
def closed_figures(monkeypatch):
    """Imported by each test module of figures: none is left open.

    The layout, which takes most of the time, is left to the examples of the docstrings.
    """
    monkeypatch.setattr(ConstrainedLayoutEngine, "execute", lambda engine, figure: None)
    yield
    plt.close("all")


def title(figure, panel=0):
    return figure.axes[panel].get_title(loc="left")


def lines(figure, panel=0):
    """Label → points [(x, y), …] of the lines drawn; numbers to six decimals.

    A line without a label is named by its place, with an underscore before it.
    """
    found = {}
    for place, line in enumerate(figure.axes[panel].lines):
        label = line.get_label()
        points = line.get_xydata().round(6).tolist()
        found[f"_{place}" if label.startswith("_") else label] = [*map(tuple, points)]
    return found


def dots(figure, panel=0):
    """The points of each scatter, in the order drawn."""
    return [
        [tuple(xy) for xy in found.get_offsets().round(6).tolist()]
        for found in figure.axes[panel].collections
    ]


def texts(figure, panel=0):
    """What is written inside the axes."""
    return [text.get_text() for text in figure.axes[panel].texts if text.get_text()]


def ticks(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


def read_axes(figure) -> list[str]:
    """What the axes and the legend of each panel say: see `axes.toml`.

    A legend that stands outside of all panels comes last.
    """
    panels = [
        " | ".join([*map(_read_axis, (panel.xaxis, panel.yaxis)), *_legend(panel)])
        for panel in figure.axes
    ]
    return panels + [_entries(legend) for legend in figure.legends]


def _read_axis(axis) -> str:
    mark = "" if axis.get_scale() == "linear" else f"[{axis.get_scale()}]"
    return f"{axis.get_label_text()} {mark}".strip()


def _legend(panel) -> list[str]:
    found = _entries(panel.get_legend()) if panel.get_legend() else ""
    return [found] if found else []


def _entries(legend) -> str:
    return "; ".join(entry.get_text() for entry in legend.get_texts())
