"""The figures of the labs, a module a lab: `from plots import factors`.

Every function returns `(figure, sentence)`. The figure's title states a finding, and
the sentence says in words what is to be seen; both are computed from the plotted data.
"""

from .style import use_house_style

use_house_style()
