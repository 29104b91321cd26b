"""Things to play with in a notebook: they react, and work without a network.

For authors. Each one shows a plain table or picture where nothing can react, as on a
printed page, and needs no library in the browser.
"""

from .curves import training_curves
from .cuts import drag_cut
from .draws import posterior_draws
from .maps import movie_map
from .page import Page
from .rating import RateMovies, rate_movies
from .viewer import drag_viewer

__all__ = [
    "Page",
    "RateMovies",
    "drag_cut",
    "drag_viewer",
    "movie_map",
    "posterior_draws",
    "rate_movies",
    "training_curves",
]
