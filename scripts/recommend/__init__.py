"""From predicted stars to a list: top-k, strangers, newcomers, and reasons.

For students: lab 05.
"""

from .cold_start import SafePrediction, safe_predict
from .folding import FoldedUser, explain, fold_in, fold_in_items, fold_in_user
from .lists import Lists, support, top_k_for_everyone
from .one_user import Recommendations, recommend_for_user_id

__all__ = [
    "FoldedUser",
    "Lists",
    "Recommendations",
    "SafePrediction",
    "explain",
    "fold_in",
    "fold_in_items",
    "fold_in_user",
    "recommend_for_user_id",
    "safe_predict",
    "support",
    "top_k_for_everyone",
]
