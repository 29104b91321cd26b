"""What a lab says to its reader: sentences as Markdown, progress as plain text.

For authors: every sentence of a lab that depends on the data goes through `say`.
"""

import sys
from collections.abc import Iterable

from tqdm import tqdm


def say(text: str) -> None:
    """Show `text` as Markdown in a notebook and print it elsewhere.

    Figures that depend on the data are said through here with an f-string, so that the
    prose of a lab is true on whatever data set it runs.

    >>> say(f"The sample holds **{3 * 4:,}** ratings.")
    The sample holds **12** ratings.
    """
    # Not imported above: a server that only trains has no IPython.
    jupyter = sys.modules.get("IPython")
    shell = jupyter.get_ipython() if jupyter else None
    if shell is not None and hasattr(shell, "kernel"):
        jupyter.display.display(jupyter.display.Markdown(text))
    else:
        print(text)


def progress(iterable: Iterable, description: str, total: int | None = None) -> tqdm:
    """Iterate with a progress line in plain text, on standard output.

    The notebook's widget bar would be saved frozen at 0 %; this one leaves its last
    line, with the time taken, in the saved notebook.

    >>> list(progress("abc", "letters"))  # doctest: +ELLIPSIS, +NORMALIZE_WHITESPACE
    letters: ... 3/3 ...
    ['a', 'b', 'c']
    """
    return tqdm(
        iterable,
        desc=description,
        total=total,
        file=sys.stdout,
        ncols=76,
        mininterval=0.5,
    )
