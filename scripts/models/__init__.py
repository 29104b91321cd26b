"""The models of the course: baselines, factorizations, and their relatives.

For students. All are `Predictor`s (`models.base`): hyperparameters in the constructor,
then `predict`, `scores`, `tables` and `recommend_for_user`.
"""

from .alternating import ALS
from .base import Estimator, NotFitted, Predictor
from .baselines import BiasModel, GlobalMean
from .bayesian import BayesianMF
from .content import ContentKNN, FeatureMapping, GenreMeans
from .ease import EASE, TooManyItems
from .factorization import DotProductMF, MatrixFactorization
from .hybrid import HybridMF
from .implicit import ImplicitALS, Popularity
from .ncf import NCF
from .neighbours import ItemKNN, UserKNN
from .sparse_tables import SparseTables
from .svdpp import FlippedSVDpp, SVDpp
from .tables import FactorTables

__all__ = [
    "ALS",
    "EASE",
    "NCF",
    "BayesianMF",
    "BiasModel",
    "ContentKNN",
    "DotProductMF",
    "Estimator",
    "FactorTables",
    "FeatureMapping",
    "FlippedSVDpp",
    "GenreMeans",
    "GlobalMean",
    "HybridMF",
    "ImplicitALS",
    "ItemKNN",
    "MatrixFactorization",
    "NotFitted",
    "Popularity",
    "Predictor",
    "SVDpp",
    "SparseTables",
    "TooManyItems",
    "UserKNN",
]
