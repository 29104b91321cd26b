"""The figures of the labs, one module per lab: `from plots import factors`.

For authors. Every function returns `(figure, sentence)`. The figure's title states a
finding, and the sentence says in words what is to be seen; both are computed from the
plotted data. Examples in docstrings use `np`, `pd` and the names of their own module.
"""

from .style import use_house_style

use_house_style()
