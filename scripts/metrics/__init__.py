"""How good a model is: errors of predicted stars, quality of lists, and comparisons."""

from .chains import effective_sample_size, split_r_hat
from .comparisons import (
    Interval,
    PairedDifference,
    bootstrap_rmse,
    bootstrap_rmse_difference,
    paired_difference,
)
from .ranking import (
    ListScores,
    coverage,
    mean_popularity_rank,
    ndcg_at_k,
    novelty,
    per_user_scores,
    precision_at_k,
    recall_at_k,
    score_lists,
)
from .ratings import error_by_group, mae, rmse, training_counts

__all__ = [
    "Interval",
    "ListScores",
    "PairedDifference",
    "bootstrap_rmse",
    "bootstrap_rmse_difference",
    "coverage",
    "effective_sample_size",
    "error_by_group",
    "mae",
    "mean_popularity_rank",
    "ndcg_at_k",
    "novelty",
    "paired_difference",
    "per_user_scores",
    "precision_at_k",
    "recall_at_k",
    "rmse",
    "score_lists",
    "split_r_hat",
    "training_counts",
]
