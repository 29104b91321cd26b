"""Bayesian matrix factorization: ALS plus noise, averaged.

Where ALS takes the best vector of each row, Gibbs sampling draws one from all that the
ratings leave possible. Predictions are averages over the draws, and the spread of the
draws says how sure they are. Salakhutdinov & Mnih 2008, doi:10.1145/1390156.1390267.
"""

import torch

from data_utils import RatingsDataset, check_trainable

from .alternating import bias_systems
from .arguments import check_factors
from .base import NotFitted, Predictor
from .gram import RatingRows, chi_square, cholesky, gaussian_rows
from .implicit_prior import ImplicitPrior
from .tables import FactorTables

SMALLEST_SD = 0.01
"""σ (stars) is kept from falling to zero where the vectors explain every rating."""


class BayesianMF(Predictor):
    """r_ui ~ N(μ + b_u + b_i + p_u · q_i, σ²), sampled by Gibbs.

    A user's vector (p_u, b_u) comes from a Gaussian shared by all users, a movie's from
    one shared by all movies; both Gaussians have Normal–Wishart priors, 1/σ² a flat one
    in the logarithm, and all are sampled too. Nothing is left to tune but the number
    of factors. With `implicit=True` the mean of that Gaussian also depends on which
    movies a user rated, as in SVD++, and on which users rated a movie: see
    `ImplicitPrior`. Only training pairs are counted.

    After `fit`: `samples`, a list of `FactorTables`; `noise_sd`, the average σ (stars);
    `trace`, a row a sweep of what was sampled. Kept samples take
    keep × (n_users + n_items) × (k + 1) × 4 bytes.
    """

    def __init__(
        self,
        n_factors: int = 10,
        implicit: bool = False,
        generator: torch.Generator | None = None,
    ):
        check_factors(n_factors)
        self.n_factors, self.implicit, self.generator = n_factors, implicit, generator
        self.samples: list[FactorTables] = []
        self.trace: list[dict] = []
        self._noise_sd = None

    def fit(
        self,
        train: RatingsDataset,
        sweeps: int = 100,
        burn_in: int = 20,
        keep: int = 200,
    ) -> "BayesianMF":
        """Sample `sweeps` times; drop the first `burn_in`, keep at most `keep` others.

        More than `keep` are thinned evenly, so that memory stays bounded. Raises
        `ValueError` where that leaves no sample, for cold rows or fewer than two in
        `train`, and with `implicit=True` for data too large for `ImplicitPrior`.
        """
        if not 0 <= burn_in < sweeps or keep < 1:
            raise ValueError(
                f"sweeps={sweeps}, burn_in={burn_in}, keep={keep}: some sweeps have to "
                "be left after the burn-in, and at least one of them kept."
            )
        check_trainable(train)
        if len(train) < 2:
            raise ValueError(
                "One training rating was given, and one rating says nothing of how "
                "ratings spread: BayesianMF needs two or more. GlobalMean takes one."
            )
        rest = train.ratings - train.mean
        sizes = train.n_users, train.n_items
        users = _Side(RatingRows(train.users, train.items, rest, *sizes), self)
        items = _Side(RatingRows(train.items, train.users, rest, *sizes[::-1]), self)
        precision = 1 / max(rest.var().item(), SMALLEST_SD**2)
        every = -(-(sweeps - burn_in) // keep)
        self.samples, self.trace, self._tables = [], [], None
        for sweep in range(1, sweeps + 1):
            users.sample(items.vectors, precision)
            items.sample(users.vectors, precision)
            squares = items.squared_errors(users.vectors)
            squares = max(squares, len(rest) * SMALLEST_SD**2)
            precision = chi_square(len(rest), self.generator) / squares
            self.trace.append(
                _trace(sweep, users, items, precision, squares, len(rest))
            )
            if sweep > burn_in and (sweep - burn_in) % every == 0:
                sample = centred(train.mean, users.vectors, items.vectors)
                self.samples.append(sample)
        kept = self.trace[burn_in:]
        self._noise_sd = sum(row["noise_sd"] for row in kept) / len(kept)
        return self

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


def centred(mean: float, users: torch.Tensor, items: torch.Tensor) -> FactorTables:
    """Vectors (n, k + 1) as tables in which a row of zeros is the average row.

    With p = p̄ + p' and q = q̄ + q', p · q = p' · q' + p' · q̄ + p̄ · q' + p̄ · q̄: the
    last three are a bias of the user, one of the movie, and a constant. Predictions
    stay the same, and a stranger is answered by the average user or movie.
    """
    user_mean, item_mean = users.mean(0), items.mean(0)
    p, user_bias = (users - user_mean).split([users.shape[1] - 1, 1], dim=1)
    q, item_bias = (items - item_mean).split([users.shape[1] - 1, 1], dim=1)
    constant = user_mean[-1] + item_mean[-1] + user_mean[:-1] @ item_mean[:-1]
    return FactorTables(
        mean + constant.item(),
        user_bias[:, 0] + p @ item_mean[:-1],
        item_bias[:, 0] + q @ user_mean[:-1],
        p.contiguous(),
        q.contiguous(),
    )


class _Side:
    """All users, or all movies: their vectors, and the Gaussian these come from."""

    def __init__(self, ratings: RatingRows, model: BayesianMF):
        self.ratings, self.generator = ratings, model.generator
        self.vectors = torch.zeros(ratings.n_rows, model.n_factors + 1)
        self.vectors[:, :-1].normal_(0, 0.1, generator=model.generator)
        self.prior = (
            ImplicitPrior(ratings, model.n_factors + 1) if model.implicit else None
        )

    def sample(self, others: torch.Tensor, noise_precision: float) -> None:
        """Draw the Gaussian, then all vectors."""
        offset = self.prior.offset if self.prior else torch.zeros_like(self.vectors)
        mean, precision = self._sample_gaussian(offset)
        if self.prior:
            offset = self.prior.sample(self.vectors - mean, precision, self.generator)
        pull = (mean + offset) @ precision
        self.explained = 0.0
        for rows, gram, target in bias_systems(self.ratings, others):
            root = cholesky(noise_precision * gram + precision)
            shift = (noise_precision * target + pull[rows])[..., None]
            # If A = LLᵀ, then L⁻ᵀ(L⁻¹b + z) has mean A⁻¹b and covariance A⁻¹.
            noise = torch.randn(shift.shape, generator=self.generator)
            half = torch.linalg.solve_triangular(root, shift, upper=False) + noise
            drawn = torch.linalg.solve_triangular(root.mT, half, upper=True)
            self.vectors[rows] = drawn[..., 0]
            gain = drawn * (2 * target[..., None] - gram @ drawn)
            self.explained += gain.double().sum().item()

    def squared_errors(self, others: torch.Tensor) -> float:
        """Σ (r - r̂)² after `sample`: Σ (r - μ - b_other)² less what rows explain."""
        left = self.ratings.values - others[:, -1].index_select(0, self.ratings.columns)
        return left.double().square().sum().item() - self.explained

    def _sample_gaussian(self, offset: torch.Tensor):
        """Mean (d,) and precision (d, d) of the rows, from their Normal–Wishart."""
        n, d = self.vectors.shape
        rows = self.vectors - offset
        average = rows.mean(0)
        scatter = torch.eye(d) + (rows - average).T @ (rows - average)
        scatter += 2 * n / (2 + n) * torch.outer(average, average)
        degrees = n + d
        if self.prior:
            scatter += self.prior.scatter()
            degrees += self.prior.n_coefficients
        # A Wishart matrix is the Gram matrix of that many Gaussian vectors.
        root = cholesky(torch.linalg.inv(scatter))
        drawn = root @ torch.randn(d, degrees, generator=self.generator)
        precision = drawn @ drawn.T
        noise = gaussian_rows(1, cholesky(precision), self.generator)[0]
        return (n * average) / (2 + n) + noise / (2 + n) ** 0.5, precision


def _trace(sweep, users, items, precision, squares, n) -> dict:
    return {
        "sweep": sweep,
        "noise_sd": precision**-0.5,
        "train_rmse": (squares / n) ** 0.5,
        "user_norm": users.vectors[:, :-1].norm(dim=1).mean().item(),
        "item_norm": items.vectors[:, :-1].norm(dim=1).mean().item(),
    }
