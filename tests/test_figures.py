"""The figures of built notebooks: small, true to their colours, and described."""

import base64
from io import BytesIO

import nbformat
import numpy as np
from PIL import Image

from tools.figures import PNG, describe_figures, shrink_figures, shrunk

v4 = nbformat.v4


def png(pixels):
    file = BytesIO()
    Image.fromarray(pixels).save(file, "png")
    return file.getvalue()


def pixels(file):
    return np.asarray(Image.open(BytesIO(file)).convert("RGB")).astype(int)


def drawn():
    """Soft paper under a smooth hill of blue: thousands of colours."""
    y, x = np.mgrid[-1:1:160j, -1:1:240j]
    hill = np.exp(-6 * (x**2 + y**2))[..., None]
    paper, ink = np.array((250, 249, 245)), np.array((0, 114, 178))
    drawing = np.round((1 - hill) * paper + hill * ink)
    drawing[:40, :60] = 255  # white near to the colour of the paper
    return drawing.astype(np.uint8)


def test_a_figure_becomes_smaller_and_keeps_its_colours():
    """Twice as sharp, the figures of a lab would no longer fit into its megabyte."""
    before = png(drawn())
    after = shrunk(before)
    assert len(after) < 0.6 * len(before)
    assert np.abs(pixels(after) - pixels(before)).max() <= 24
    assert tuple(pixels(after)[-1, -1]) == (250, 249, 245), "the paper of all figures"
    assert shrunk(after) == after


def test_a_figure_is_described_by_the_sentence_after_it():
    """Who cannot see the figure hears what it shows, and not another one's words."""
    picture = {PNG: base64.b64encode(png(drawn())).decode()}
    said = ["before", None, None, "Up to **3**\nstars.", "more", None]
    data = [{"text/markdown": words} if words else {**picture} for words in said]
    outputs = [v4.new_output("display_data", each) for each in data]
    cells = [v4.new_code_cell("", outputs=outputs[:4])]
    cells += [v4.new_markdown_cell(""), v4.new_code_cell("", outputs=outputs[4:])]
    notebook = v4.new_notebook(cells=cells)
    describe_figures(notebook)
    words = [out.metadata.get(PNG, {}).get("alt") for out in outputs]
    assert words == [None, None, "Up to 3 stars.", None, None, None]
    shrink_figures(notebook)
    assert len(outputs[1].data[PNG]) < len(picture[PNG])
