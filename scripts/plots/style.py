"""The look that all figures of the labs share.

Colours are Okabe and Ito's, which colour-blind readers can tell apart; `MARKERS` and
`LINESTYLES` go with them, so that a figure printed in grey still says which is which.
"""

from collections.abc import Callable
from functools import wraps
from itertools import cycle

import matplotlib as mpl
from IPython import get_ipython

COLOURS = tuple(mpl.color_sequences["okabe_ito"])
"""Black, orange, sky blue, green, yellow, blue, vermilion, purple (RGB triples)."""

BLACK, ORANGE, SKY, GREEN, YELLOW, BLUE, VERMILION, PURPLE = COLOURS
GREY = (0.55, 0.55, 0.55)

LINE_COLOURS = (BLUE, VERMILION, GREEN, BLACK, PURPLE, ORANGE, SKY)
"""Colours for lines and points on paper, the darker first; yellow is too pale."""

MARKERS = ("o", "s", "^", "D", "v", "P", "X")
LINESTYLES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 3)), (0, (8, 2)))

DPI = 84  # of the page; a notebook draws two pixels for each of them

PAPER, EDGE = "#faf9f5", "#cbc8bf"
"""The panel that figures stand on, and its edge: the drawings have the same."""

IN_NOTEBOOK = ("inline", "ipympl", "widget", "nbagg", "notebook")
"""What the names of matplotlib's backends hold that show figures in a notebook."""


def looks():
    """Colour, line style and marker of one line after another, without an end.

    They repeat after 7, 6 and 5 lines, so that no two of the first 210 look alike.
    """
    styles = cycle(LINE_COLOURS), cycle(LINESTYLES[:6]), cycle(MARKERS[:5])
    return zip(*styles, strict=True)


def drawn_once(make: Callable) -> Callable:
    """Decorate a function that returns `(figure, sentence)`: lay the figure out now.

    A figure that still has to be laid out when it is shown is drawn twice, the first
    time without ink, and figures are a good part of a lab's time. The figure gets the
    thin edge that ends its panel on a white page.
    """

    @wraps(make)
    def laid_out(*args, **kwargs):
        figure, sentence = make(*args, **kwargs)
        if (engine := figure.get_layout_engine()) is not None:
            engine.execute(figure)
            # "none" would leave a placeholder, and for that savefig draws twice.
            with mpl.rc_context({"figure.constrained_layout.use": False}):
                figure.set_layout_engine(None)
        figure.patch.set(edgecolor=EDGE, linewidth=1.5)
        return figure, sentence

    return laid_out


def use_house_style() -> None:
    """Set matplotlib's defaults for the labs; importing `plots` does so.

    In a notebook, figures come to be seen in it, whatever MPLBACKEND names: Agg would
    draw them for nobody, TkAgg into a window of the machine that runs the kernel. They
    have two pixels for each of the page's. The background is opaque, for black letters
    would be unreadable on a dark theme, and a little softer than white.
    The constrained layout already leaves room for all labels; that a notebook looks for
    the outermost ink as well, by drawing each figure twice, is switched off.
    """
    if (shell := get_ipython()) is not None:
        seen = any(name in mpl.get_backend().lower() for name in IN_NOTEBOOK)
        if hasattr(shell, "kernel") and not seen:
            shell.run_line_magic("matplotlib", "inline")
        for setting in (
            "figure_format = 'retina'",
            "print_figure_kwargs = {'bbox_inches': None}",
        ):
            shell.run_line_magic("config", f"InlineBackend.{setting}")
    mpl.rcParams.update(
        {
            "figure.dpi": DPI,
            "savefig.dpi": DPI,
            "figure.figsize": (8.0, 4.2),
            "figure.facecolor": PAPER,
            "figure.constrained_layout.use": True,
            "figure.constrained_layout.w_pad": 0.09,  # inches to the panel's edge
            "figure.constrained_layout.h_pad": 0.09,
            "savefig.facecolor": PAPER,
            "savefig.transparent": False,
            "axes.facecolor": PAPER,
            "axes.prop_cycle": mpl.cycler(color=LINE_COLOURS),
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "axes.axisbelow": True,
            "axes.titlesize": 12,
            "axes.titlelocation": "left",
            "axes.labelsize": 11,
            "grid.color": "0.9",
            "grid.linewidth": 0.8,
            "font.family": "DejaVu Sans",  # comes with matplotlib
            "font.size": 10.5,
            "text.hinting": "none",  # else twice the density is not twice the width
            "legend.frameon": False,
            "lines.linewidth": 1.8,
            "lines.markersize": 6,
            "image.cmap": "cividis",
        }
    )
