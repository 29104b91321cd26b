"""For authors: the figures of an executed notebook, made small and described.

A notebook keeps its figures as PNG, at two pixels for each of the page's, so that they
are sharp on today's screens. A palette of 256 colours makes them a third of their size,
and a browser that cannot show one, or a reader who cannot see it, gets its words.
"""

import base64
from collections.abc import Iterable
from io import BytesIO

from nbformat import NotebookNode
from PIL import Image

PNG = "image/png"


def describe_figures(notebook: NotebookNode) -> None:
    """Describe each figure by the sentence that is said after it.

    nbconvert shows the description as the figure's alternative text, and so does the
    site. JupyterLab has no such text for figures: there the sentence under it stands
    for it.
    """
    outputs = [out for cell in notebook.cells for out in cell.get("outputs", [])]
    for place, output in enumerate(outputs):
        if PNG in output.get("data", {}) and (words := said_in(outputs[place + 1 :])):
            output.metadata.setdefault(PNG, NotebookNode())["alt"] = words


def shrink_figures(notebook: NotebookNode) -> None:
    """Replace each figure by its version in few colours."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if PNG in output.get("data", {}):
                png = shrunk(base64.b64decode(output.data[PNG]))
                output.data[PNG] = base64.b64encode(png).decode()


def shrunk(png: bytes) -> bytes:
    """The same picture in at most 256 colours, most of them a few steps off.

    The commonest colour, a figure's paper, stays exactly as it is.
    """
    image = Image.open(BytesIO(png))
    if image.mode == "P":
        return png  # it has been here before
    image = image.convert("RGB")
    few = image.quantize(
        256, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE
    )
    _, paper = max(image.getcolors(image.width * image.height))
    _, place = max(few.getcolors())
    palette = few.getpalette()
    palette[3 * place : 3 * place + 3] = paper
    few.putpalette(palette)
    file = BytesIO()
    few.save(file, "png", optimize=True)
    return min(png, file.getvalue(), key=len)


def said_in(outputs: Iterable[NotebookNode]) -> str:
    """The first Markdown before the next figure, as one line of plain words."""
    for output in outputs:
        data = output.get("data", {})
        if PNG in data:
            break
        if "text/markdown" in data:
            return " ".join(data["text/markdown"].replace("**", "").split())
    return ""
