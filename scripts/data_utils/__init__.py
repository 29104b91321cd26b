"""Getting MovieLens into shape: archives, tables, splits, ids, batches."""

from .batches import RatingsDataset, ratings_loader
from .ids import UNKNOWN, IdMap

__all__ = ["UNKNOWN", "IdMap", "RatingsDataset", "ratings_loader"]
