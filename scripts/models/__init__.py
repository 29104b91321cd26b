"""The models of the course: baselines, factorizations, and their relatives.

For students. All are `Predictor`s (`models.base`): hyperparameters in the constructor,
then `predict`, `scores`, `tables` and `recommend_for_user`.
"""

from .alternating import ALS
from .base import Estimator, NotFitted, Predictor
from .baselines import BiasModel, GlobalMean
from .bayesian import BayesianMF
from .factorization import DotProductMF, MatrixFactorization
from .implicit import ImplicitALS, Popularity
from .svdpp import FlippedSVDpp, SVDpp
from .tables import FactorTables

__all__ = [
    "ALS",
    "BayesianMF",
    "BiasModel",
    "DotProductMF",
    "Estimator",
    "FactorTables",
    "FlippedSVDpp",
    "GlobalMean",
    "ImplicitALS",
    "MatrixFactorization",
    "NotFitted",
    "Popularity",
    "Predictor",
    "SVDpp",
]
