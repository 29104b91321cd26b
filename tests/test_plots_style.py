"""The look of the figures, as far as it decides what can be read off them."""

import io
import itertools

import matplotlib.pyplot as plt
import pytest
from drawn import closed_figures  # noqa: F401
from IPython.core.interactiveshell import InteractiveShell
from matplotlib.colors import to_rgb
from matplotlib.layout_engine import ConstrainedLayoutEngine

from drawings import canvas
from plots import style
from plots.labels import FAR, NEAR, SIDES


def test_no_two_lines_of_a_figure_look_alike():
    """With a colour, a dash or a marker less, two models would share a line."""
    first = list(itertools.islice(style.looks(), 420))
    assert len(set(first)) == 210
    assert first[210:] == first[:210]
    colours, dashes, markers = zip(*first, strict=True)
    assert (len(set(colours)), len(set(dashes)), len(set(markers))) == (7, 6, 5)


def test_a_figure_keeps_its_labels_and_is_read_on_any_background():
    """Cut off, or black on a dark theme, they would not be there for the learner."""
    style.use_house_style()
    figure, axes = plt.subplots()
    assert isinstance(figure.get_layout_engine(), ConstrainedLayoutEngine)
    assert plt.rcParams["savefig.transparent"] is False
    papers = figure.get_facecolor(), axes.get_facecolor()
    papers += (plt.rcParams["savefig.facecolor"],)
    assert {to_rgb(paper) for paper in papers} == {to_rgb(style.PAPER)}
    lines = [axes.plot([0, 1])[0].get_color() for _ in style.LINE_COLOURS]
    assert lines == list(style.LINE_COLOURS)


def test_notebooks_show_a_figure_at_the_size_it_was_laid_out_for(monkeypatch):
    """Looking for the outermost ink draws each figure twice: a lab would be slow."""
    asked = []
    monkeypatch.setattr(style, "get_ipython", lambda: shell)
    shell = InteractiveShell()
    monkeypatch.setattr(
        InteractiveShell, "run_line_magic", lambda self, *words: asked.append(words)
    )
    style.use_house_style()
    assert asked == [
        ("config", "InlineBackend.figure_format = 'retina'"),
        ("config", "InlineBackend.print_figure_kwargs = {'bbox_inches': None}"),
    ]


def test_figures_and_drawings_stand_on_the_same_panel():
    """A page would look as if two hands had made it."""
    assert (style.PAPER, style.EDGE) == (canvas.PAPER, canvas.EDGE)


def test_a_figure_is_laid_out_and_drawn_once(monkeypatch):
    """Left to the notebook, each figure would be drawn twice: a second a lab."""
    laid_out, drawn = [], []
    monkeypatch.setattr(
        ConstrainedLayoutEngine, "execute", lambda engine, figure: laid_out.append(1)
    )
    style.use_house_style()

    @style.drawn_once
    def draw(*sizes, **words):
        return plt.figure(), f"{sizes} {words}"

    figure, sentence = draw(1, 2, a="b")
    assert sentence == "(1, 2) {'a': 'b'}"
    assert laid_out == [1]
    assert to_rgb(figure.patch.get_edgecolor()) == to_rgb(style.EDGE)
    inked = figure.draw
    monkeypatch.setattr(figure, "draw", lambda pen: (drawn.append(1), inked(pen)))
    figure.savefig(io.BytesIO())
    assert laid_out == drawn == [1]


@pytest.mark.parametrize(("gap", "sides"), [(NEAR, SIDES[:8]), (FAR, SIDES[8:])])
def test_a_title_may_stand_on_each_side_of_its_point(gap, sides):
    """A side that is never tried leaves titles out of the map that have room."""
    around = set(itertools.product((-gap, 0, gap), repeat=2)) - {(0, 0)}
    assert set(sides) == around
    assert len(sides) == len(around)
    assert all(0 in side for side in sides[:4])  # beside, above, below; then corners
