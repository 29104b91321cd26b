"""How good a model is: errors of predicted stars, quality of lists, and comparisons."""

from .chains import effective_sample_size, split_r_hat
from .comparisons import (
    Interval,
    PairedDifference,
    bootstrap_rmse,
    bootstrap_rmse_difference,
    paired_difference,
)
from .first_hits import (
    graded_ndcg_at_k,
    hit_rate_at_k,
    map_at_k,
    mrr_at_k,
    per_user_measures,
)
from .newcomers import auc_within_users, ndcg_among
from .protocols import FullCatalogue, Protocol, SampledNegatives, TestItemsOnly
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
from .sampled import corrected, first_ranks, gain_at, hit_at, rank_estimates
from .variety import (
    in_long_tail,
    intra_list_diversity,
    long_tail_share,
    per_user_diversity,
)

__all__ = [
    "FullCatalogue",
    "Interval",
    "ListScores",
    "PairedDifference",
    "Protocol",
    "SampledNegatives",
    "TestItemsOnly",
    "auc_within_users",
    "bootstrap_rmse",
    "bootstrap_rmse_difference",
    "corrected",
    "coverage",
    "effective_sample_size",
    "error_by_group",
    "first_ranks",
    "gain_at",
    "graded_ndcg_at_k",
    "hit_at",
    "hit_rate_at_k",
    "in_long_tail",
    "intra_list_diversity",
    "long_tail_share",
    "mae",
    "map_at_k",
    "mean_popularity_rank",
    "mrr_at_k",
    "ndcg_among",
    "ndcg_at_k",
    "novelty",
    "paired_difference",
    "per_user_diversity",
    "per_user_measures",
    "per_user_scores",
    "precision_at_k",
    "rank_estimates",
    "recall_at_k",
    "rmse",
    "score_lists",
    "split_r_hat",
    "training_counts",
]
