"""Bayesian matrix factorization: ALS plus noise, averaged.

Where ALS takes the best vector of each row, Gibbs sampling draws one from all that the
ratings leave possible. Predictions are averages over the draws, and the spread of the
draws says how sure they are. Salakhutdinov & Mnih 2008, doi:10.1145/1390156.1390267.
For students: read aloud in lab 08.
"""

import math

import torch

from data_utils import Features, RatingsDataset, check_trainable, seeded

from .alternating import ALS, bias_systems, squared_residuals
from .arguments import check_bags, check_count, check_factors, check_positive
from .base import Estimator, NotFitted
from .gram import RatingRows, chi_square, cholesky, for_each, gaussian_rows
from .implicit_prior import (
    ImplicitPrior,
    LinearPrior,
    Prior,
    SumOfPriors,
    prior_of_histories,
)
from .tables import FactorTables

SMALLEST_SD = 0.01
"""σ, in units of the ratings' standard deviation, is kept from falling to zero where
the vectors explain every rating."""


IMPLICIT = (False, True, "users", "items", "counts")
"""What the mean of a row's prior may depend on: see `BayesianMF`."""


class BayesianMF(Estimator):
    """r_ui ~ N(μ + b_u + b_i + p_u · q_i, σ²), sampled by Gibbs.

    A user's vector (p_u, b_u) comes from a Gaussian shared by all users, a movie's from
    one shared by all movies; both Gaussians have Normal–Wishart priors, 1/σ² a flat one
    in the logarithm, and all are sampled too. Nothing is left to tune but the number
    of factors. The priors are meant for ratings whose standard deviation is one, so
    `fit` measures in that unit, and the stars may have any scale.

    With `implicit=True` the mean of that Gaussian also depends on which movies a user
    rated, as in SVD++, and on which users rated a movie: see `ImplicitPrior`.
    `"users"` and `"items"` do so for one side only. `"counts"` is the control for both:
    the mean depends on how many ratings a row has, and not on which. Only training
    pairs count.

    `user_features` and `item_features` add what is known of a row beside its ratings,
    by the same kind of prior (Macau: Simm et al. 2017): its mean is linear in them, and
    how much they say is sampled. A list of `Features` has a ridge for each. They have a
    bag for each user, or movie, of the maps of `train`; a movie of the map without a
    rating is then predicted from its features. To have such movies, make the data set
    with a map of the whole catalogue, `RatingsDataset(ratings, user_ids, item_ids)`.

    The first factors are drawn from N(0, `init_sd`²), in units of the ratings' spread.
    Where a chain ends must not depend on it: start another one far away, and look.
    With `als_epochs` above zero the chain starts where so many sweeps of `ALS` end, and
    σ at that of its errors. A chain that is cut short is then nearer to its goal; and
    where ratings are millions, random factors would take hundreds of sweeps.

    An epoch is one sweep: all users, then all movies. The first `burn_in` are dropped,
    and at most `max_samples` of the others are kept: more are thinned evenly, so that
    memory stays bounded, at max_samples × (n_users + n_items) × (k + 1) × 4 bytes.

    The same `seed` gives the same digits for the same number of threads. Another one
    (OMP_NUM_THREADS) adds up in another order, and a chain carries the rounding on: one
    thread or two change the RMSE on ML-100K in the eighth decimal, with
    `implicit=True` in the fifth.

    After `fit`: `samples`, a list of `FactorTables`; `noise_sd`, the average σ (stars);
    `trace`, one row per sweep: `noise_sd`, `train_rmse` (stars), and the mean norms of
    the factors `user_norm` and `item_norm` (in units of the ratings' spread).

    >>> import pandas as pd
    >>> table = pd.DataFrame({"user_id": [1, 1, 2, 2], "item_id": [7, 8, 7, 9],
    ...                       "rating": [5.0, 1.0, 4.0, 2.0]})
    >>> train = RatingsDataset.fit(table)
    >>> model = BayesianMF(n_factors=2, epochs=30, burn_in=10).fit(train)
    >>> len(model.samples)
    20
    >>> mean, std = model.predict([0], [0], return_std=True)
    >>> bool(std > 0)
    True
    """

    def __init__(
        self,
        n_factors: int = 10,
        implicit: bool | str = False,
        user_features: Features | list[Features] | None = None,
        item_features: Features | list[Features] | None = None,
        epochs: int = 100,
        burn_in: int = 20,
        max_samples: int = 200,
        init_sd: float = 0.1,
        als_epochs: int = 0,
        seed: int = 0,
    ):
        check_factors(n_factors)
        if implicit not in IMPLICIT:
            raise ValueError(
                f"implicit={implicit!r} was given; it is one of "
                f"{', '.join(map(repr, IMPLICIT))}."
            )
        check_count("epochs", epochs, at_least=1, example=100)
        check_count("burn_in", burn_in, at_least=0, example=20)
        check_count("max_samples", max_samples, at_least=1, example=200)
        if burn_in >= epochs:
            raise ValueError(
                f"epochs={epochs} and burn_in={burn_in} leave no sweep to keep: give "
                "more epochs, or a shorter burn-in."
            )
        self.n_factors, self.implicit = n_factors, implicit
        self.epochs, self.burn_in, self.max_samples = epochs, burn_in, max_samples
        check_positive("init_sd", init_sd, example=0.1)
        check_count("als_epochs", als_epochs, at_least=0, example=6)
        self.init_sd, self.als_epochs, self.seed = init_sd, als_epochs, seed
        self.user_features, self.item_features = user_features, item_features
        self.samples: list[FactorTables] = []
        self.trace: list[dict] = []
        self._noise_sd = None

    def fit(self, train: RatingsDataset) -> "BayesianMF":
        """Sample `epochs` times, from random factors or those of ALS.

        Raises as `Estimator.fit`, and `ValueError` for a single training rating and for
        features of another number of rows.
        """
        check_trainable(train)
        if len(train) < 2:
            raise ValueError(
                "One training rating was given, and one rating says nothing about how "
                "ratings spread: BayesianMF needs two or more. GlobalMean takes one."
            )
        unit, generator = train.unit, seeded(self.seed)
        rest = (train.ratings - train.mean) / unit
        n, variance = len(rest), rest.var().item()
        sizes = train.n_users, train.n_items
        by_user = RatingRows(train.users, train.items, rest, *sizes)
        del rest  # as large as all ratings
        by_item = by_user.across()
        users = self._side("users", by_user, by_item, generator)
        items = self._side("items", by_item, by_user, generator)
        squares = n * variance
        if self.als_epochs:
            squares = self._start_from_als(users, items)
        precision = n / max(squares, n * SMALLEST_SD**2)
        every = math.ceil((self.epochs - self.burn_in) / self.max_samples)
        self.samples, self.trace, self._tables = [], [], None
        for sweep in range(1, self.epochs + 1):
            users.sample(items.vectors, precision)
            items.sample(users.vectors, precision)
            squares = items.squared_errors(users.vectors)
            squares = max(squares, n * SMALLEST_SD**2)
            precision = noise_precision(squares, n, generator)
            self.trace.append(
                {
                    "sweep": sweep,
                    "noise_sd": unit * precision**-0.5,
                    "train_rmse": unit * (squares / n) ** 0.5,
                    "user_norm": users.vectors[:, :-1].norm(dim=1).mean().item(),
                    "item_norm": items.vectors[:, :-1].norm(dim=1).mean().item(),
                }
            )
            if sweep > self.burn_in and (sweep - self.burn_in) % every == 0:
                sample = centred(train.mean, users.vectors, items.vectors, unit)
                self.samples.append(sample)
        kept = self.trace[self.burn_in :]
        self._noise_sd = sum(row["noise_sd"] for row in kept) / len(kept)
        return self

    def _start_from_als(self, users: "_Side", items: "_Side") -> float:
        """Put the rows of ALS in place of random ones; returns its Σ (r - r̂)²."""
        sides = users, items
        model = ALS(self.n_factors, epochs=self.als_epochs, seed=self.seed)
        found = model.alternate(*(side.ratings for side in sides), unit=1.0)
        errors = model.objective[-1]
        for side, vectors in zip(sides, found, strict=True):
            side.vectors = vectors
            errors -= model.price(side.ratings, vectors)
        return errors

    def _side(self, name: str, ratings: RatingRows, across, generator) -> "_Side":
        vectors = ratings.values.new_zeros(ratings.n_rows, self.n_factors + 1)
        vectors[:, :-1].normal_(0, self.init_sd, generator=generator)
        d, priors = vectors.shape[1], []
        if self.implicit in (True, name):
            priors.append(prior_of_histories(ratings, across, d))
        elif self.implicit == "counts":
            priors.append(ImplicitPrior(count_classes(ratings), d))
        given = self.user_features if name == "users" else self.item_features
        for features in given if isinstance(given, list) else [given]:
            if features is not None and len(features):
                check_bags(features, ratings.n_rows, name)
                priors.append(LinearPrior(features.matrix(), d))
        prior = SumOfPriors(priors) if len(priors) > 1 else next(iter(priors), None)
        return _Side(ratings, vectors, prior, generator)

    @property
    def noise_sd(self) -> float:
        """The average σ (stars). Raises `NotFitted`."""
        if self._noise_sd is None:
            raise NotFitted(self)
        return self._noise_sd

    def predict(self, users, items, return_std: bool = False):
        """The posterior mean in stars, float32 (n,).

        With `return_std=True`, `(mean, std)`: std is the spread of the prediction over
        the samples, what the model does not know about the mean. A *rating* also has
        noise: its standard deviation is (std² + `noise_sd`²)^½. For an `UNKNOWN` id
        the spread counts only what the other side leaves open. Raises `NotFitted`, and
        as `FactorTables.predict` does.
        """
        if not return_std:
            return super().predict(users, items)
        if not self.samples:
            raise NotFitted(self)
        draws = torch.stack([sample.predict(users, items) for sample in self.samples])
        return draws.mean(0), draws.std(0, correction=0)

    def tables(self) -> FactorTables:
        """The average sample: S dot products of length k are one of length S k.

        Raises `NotFitted`.
        """
        if self._tables is None and self.samples:
            means, user_biases, item_biases, p, q = zip(*self.samples, strict=True)
            self._tables = FactorTables(
                sum(means) / len(means),
                torch.stack(user_biases).mean(0),
                torch.stack(item_biases).mean(0),
                torch.cat(p, dim=1) / len(p),
                torch.cat(q, dim=1),
            )
        return super().tables()


def noise_precision(squares: float, n: int, generator) -> float:
    """A draw of 1/σ², given Σ (r - r̂)² over n ratings: χ² with n degrees / squares."""
    return chi_square(n, generator) / squares


def centred(mean: float, users, items, unit: float = 1.0) -> FactorTables:
    """Vectors (n, k + 1) as tables in which a row of zeros is the average row.

    With p = p̄ + p' and q = q̄ + q', p · q = p' · q' + p' · q̄ + p̄ · q' + p̄ · q̄: the
    last three are a bias of the user, one of the movie, and a constant. Predictions
    stay the same, and a stranger is answered by the average user or movie. The vectors
    are measured in `unit` stars, the tables in stars.
    """
    user_mean, item_mean = users.mean(0), items.mean(0)
    p, user_bias = (users - user_mean).split([users.shape[1] - 1, 1], dim=1)
    q, item_bias = (items - item_mean).split([users.shape[1] - 1, 1], dim=1)
    constant = user_mean[-1] + item_mean[-1] + user_mean[:-1] @ item_mean[:-1]
    return FactorTables(
        mean + unit * constant.item(),
        unit * (user_bias[:, 0] + p @ item_mean[:-1]),
        unit * (item_bias[:, 0] + q @ user_mean[:-1]),
        # Two factors make a rating, so each takes the root of the unit.
        unit**0.5 * p,
        unit**0.5 * q,
    )


def count_classes(ratings: RatingRows, n_classes: int = 16) -> RatingRows:
    """The pattern in which row u has one column: its class by how many ratings it has.

    The classes hold about as many rows each; where many rows have the same count, there
    are fewer of them.
    """
    counts = ratings.counts.float()
    cuts = torch.quantile(counts, torch.linspace(0, 1, n_classes + 1)[1:-1])
    classes = torch.bucketize(counts, cuts.unique(), right=True)
    rows = torch.arange(ratings.n_rows)
    return RatingRows(
        rows, classes, torch.ones(ratings.n_rows), ratings.n_rows, n_classes
    )


class _Side:
    """All users, or all movies: their vectors, and the Gaussian these come from."""

    def __init__(
        self,
        ratings: RatingRows,
        vectors,
        prior: Prior | SumOfPriors | None,
        generator,
    ):
        self.ratings, self.vectors = ratings, vectors
        self.prior, self.generator = prior, generator

    def sample(self, others: torch.Tensor, noise_precision: float) -> None:
        """Draw the Gaussian, then all vectors."""
        offset = self.prior.offset if self.prior else torch.zeros_like(self.vectors)
        mean, precision = self._sample_gaussian(offset)
        if self.prior:
            offset = self.prior.sample(self.vectors - mean, precision, self.generator)
        pull = (mean + offset) @ precision
        # Drawn before the threads start, so that every row has its own at any number.
        noise = torch.randn(
            pull.shape, generator=self.generator, dtype=self.vectors.dtype
        )
        explained = pull.new_empty(len(pull), dtype=torch.float64)

        def draw(rows, gram, target) -> None:
            root = cholesky(noise_precision * gram + precision)
            shift = (noise_precision * target + pull[rows])[..., None]
            # If A = LLᵀ, then L⁻ᵀ(L⁻¹b + z) has mean A⁻¹b and covariance A⁻¹.
            half = torch.linalg.solve_triangular(root, shift, upper=False)
            half += noise[rows, :, None]
            drawn = torch.linalg.solve_triangular(root.mT, half, upper=True)
            self.vectors[rows] = drawn[..., 0]
            gain = drawn * (2 * target[..., None] - gram @ drawn)
            explained[rows] = gain.double().sum((1, 2))

        in_threads = self.ratings.gathers(others.shape[1] + 1)
        for_each(bias_systems(self.ratings, others), draw, in_threads)
        self.explained = explained.sum().item()

    def squared_errors(self, others: torch.Tensor) -> float:
        """Σ (r - r̂)² after `sample`: Σ (r - μ - b_other)² less what rows explain."""
        return squared_residuals(self.ratings, others) - self.explained

    def _sample_gaussian(self, offset: torch.Tensor):
        """Mean (d,) and precision (d, d) of the rows, from their Normal–Wishart."""
        n, d = self.vectors.shape
        rows = self.vectors - offset
        average = rows.mean(0)
        scatter = torch.eye(d, dtype=rows.dtype) + (rows - average).T @ (rows - average)
        scatter += 2 * n / (2 + n) * torch.outer(average, average)
        degrees = n + d
        if self.prior:
            scatter += self.prior.scatter()
            degrees += self.prior.n_coefficients
        # A Wishart matrix is the Gram matrix of that many Gaussian vectors.
        root = cholesky(torch.linalg.inv(scatter))
        drawn = root @ torch.randn(
            d, degrees, generator=self.generator, dtype=root.dtype
        )
        precision = drawn @ drawn.T
        noise = gaussian_rows(1, cholesky(precision), self.generator)[0]
        return (n * average) / (2 + n) + noise / (2 + n) ** 0.5, precision
