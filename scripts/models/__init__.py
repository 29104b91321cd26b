"""The models of the course: baselines, factorizations, and their relatives."""

from .alternating import ALS
from .baselines import BiasModel, GlobalMean
from .factorization import DotProductMF, MatrixFactorization
from .svdpp import SVDpp
from .tables import FactorTables

__all__ = [
    "ALS",
    "BiasModel",
    "DotProductMF",
    "FactorTables",
    "GlobalMean",
    "MatrixFactorization",
    "SVDpp",
]
