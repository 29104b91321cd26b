"""What a lab says to its reader: sentences as Markdown, progress as plain text."""

import sys
from collections.abc import Iterable

from IPython import get_ipython
from IPython.display import Markdown, display
from tqdm import tqdm


def say(text: str) -> None:
    """Show `text` as Markdown in a notebook and print it elsewhere.

    Figures that depend on the data are said through here with an f-string, so that the
    prose of a lab is true on whatever data set it runs.
    """
    shell = get_ipython()
    if shell is not None and hasattr(shell, "kernel"):
        display(Markdown(text))
    else:
        print(text)


def progress(iterable: Iterable, description: str, total: int | None = None) -> tqdm:
    """Iterate with a progress line in plain text, on standard output.

    The notebook's widget bar would be saved frozen at 0 %; this one leaves its last
    line, with the time taken, in the saved notebook.
    """
    return tqdm(
        iterable,
        desc=description,
        total=total,
        file=sys.stdout,
        ncols=76,
        mininterval=0.5,
    )
