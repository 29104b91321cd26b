"""The models of the course: baselines, factorizations, and their relatives."""

from .alternating import ALS
from .baselines import BiasModel, GlobalMean
from .bayesian import BayesianMF
from .factorization import DotProductMF, MatrixFactorization
from .implicit import ImplicitALS, Popularity
from .svdpp import SVDpp
from .tables import FactorTables

__all__ = [
    "ALS",
    "BayesianMF",
    "BiasModel",
    "DotProductMF",
    "FactorTables",
    "GlobalMean",
    "ImplicitALS",
    "MatrixFactorization",
    "Popularity",
    "SVDpp",
]
