"""From predicted stars to a list: top-k, strangers, newcomers, and reasons.

For students: lab 05.
"""

from .cold_start import SafePrediction, safe_predict
from .folding import FoldedUser, explain, fold_in, fold_in_items, fold_in_user
from .index import VectorIndex, item_tower, user_tower
from .lists import Lists, support, top_k_for_everyone
from .one_user import Recommendations, recommend_for_user_id

__all__ = [
    "FoldedUser",
    "Lists",
    "Recommendations",
    "SafePrediction",
    "VectorIndex",
    "explain",
    "fold_in",
    "fold_in_items",
    "fold_in_user",
    "item_tower",
    "recommend_for_user_id",
    "safe_predict",
    "support",
    "top_k_for_everyone",
    "user_tower",
]
