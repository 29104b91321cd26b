"""A fitted model leaves the notebook: one file, raw ids in, titles out.

For students: lab 12.
"""

from .load import Load, measure_load
from .recommender import NoSuchId, Recommendation, Recommender
from .saving import BadRecommender, load_recommender, save_recommender
from .service import RecommenderServer

__all__ = [
    "BadRecommender",
    "Load",
    "NoSuchId",
    "Recommendation",
    "Recommender",
    "RecommenderServer",
    "load_recommender",
    "measure_load",
    "save_recommender",
]
