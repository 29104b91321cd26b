"""Getting MovieLens into shape: archives, tables, splits, ids, batches.

For students: `ids`, `batches` and `splits` are read in the labs. Before there is a
table, `loading` tells the story from top to bottom: find, verify, read, check, keep.
"""

from .batches import RatingsDataset, check_dataset, check_trainable, ratings_loader
from .errors import (
    BadArchive,
    CertificateExpired,
    DatasetUnavailable,
    HostUnreachable,
    MalformedMovies,
    MalformedRatings,
    MalformedRow,
    MissingMember,
    MissingMovies,
    NegativeId,
    RatingOutOfScale,
    UnknownDataset,
    UntrustedIssuer,
    UnwritableFolder,
    WrongHash,
)
from .features import Features, movie_features, rating_dates
from .ids import UNKNOWN, IdMap
from .leave_last_out import leave_last_out_split, leave_one_out_split
from .loading import download_movielens, edition_of
from .own_ratings import UnreadableRatings, load_ratings
from .planted import PlantedWorld, planted_world
from .registry import DATASETS
from .seeds import seeded
from .splits import (
    Split,
    SplitReport,
    ThreeWaySplit,
    drop_cold,
    movies_held_out_split,
    official_folds,
    random_folds,
    split_by_time_quantiles,
    split_report,
    stratified_by_item_split,
    train_test_split_by_time,
    train_test_split_random,
)
from .statistics import compute_statistics, print_dataset_info
from .truth import Truth, load_truth
from .users import load_users

__all__ = [
    "DATASETS",
    "UNKNOWN",
    "BadArchive",
    "CertificateExpired",
    "DatasetUnavailable",
    "Features",
    "HostUnreachable",
    "IdMap",
    "MalformedMovies",
    "MalformedRatings",
    "MalformedRow",
    "MissingMember",
    "MissingMovies",
    "NegativeId",
    "PlantedWorld",
    "RatingOutOfScale",
    "RatingsDataset",
    "Split",
    "SplitReport",
    "ThreeWaySplit",
    "Truth",
    "UnknownDataset",
    "UnreadableRatings",
    "UntrustedIssuer",
    "UnwritableFolder",
    "WrongHash",
    "check_dataset",
    "check_trainable",
    "compute_statistics",
    "download_movielens",
    "drop_cold",
    "edition_of",
    "leave_last_out_split",
    "leave_one_out_split",
    "load_ratings",
    "load_truth",
    "load_users",
    "movie_features",
    "movies_held_out_split",
    "official_folds",
    "planted_world",
    "print_dataset_info",
    "random_folds",
    "rating_dates",
    "ratings_loader",
    "seeded",
    "split_by_time_quantiles",
    "split_report",
    "stratified_by_item_split",
    "train_test_split_by_time",
    "train_test_split_random",
]
