"""Which movies a user rated, as the mean of the prior on that user's vector."""

import torch

from .gram import RatingRows, cholesky, gaussian_rows

MAX_FEATURES = 20_000


class ImplicitPrior:
    """A linear model  v_u ~ N(m + x_u B, Λ⁻¹),  x_uj = |N(u)|^-½ for j in N(u).

    x_u B = |N(u)|^-½ Σ_{j ∈ N(u)} B_j is the implicit part of SVD++ (Koren 2008), here
    in the prior: it says what to expect of a user; the ratings may say otherwise.
    B has the prior N(0, (ridge Λ)⁻¹), and is sampled for all columns by one solve
    with the same matrix (Macau: Simm et al. 2017, doi:10.1109/MLSP.2017.8168143).

    ratings: (n, n_features) whose pattern, not whose values, are the features.
    """

    def __init__(self, ratings: RatingRows, d: int, ridge: float = 0.5):
        self.n_features = ratings.n_columns
        if self.n_features > MAX_FEATURES:
            raise ValueError(
                f"implicit=True solves with a matrix of {self.n_features:,}² numbers "
                f"here; it is made for up to {MAX_FEATURES:,}² (1.6 GB). Use "
                "implicit=False on a data set of this size."
            )
        rows = torch.arange(ratings.n_rows).repeat_interleave(ratings.counts)
        weights = ratings.counts[rows].float().rsqrt()
        self._features = torch.zeros(ratings.n_rows, self.n_features)
        self._features[rows, ratings.columns] = weights
        gram = self._features.T @ self._features
        gram.diagonal().add_(ridge)
        self._root, self._ridge = cholesky(gram), ridge
        self._coefficients = torch.zeros(self.n_features, d)
        self.offset = torch.zeros(ratings.n_rows, d)
        """x_u B of all rows, (n, d)."""

    def scatter(self) -> torch.Tensor:
        """What the coefficients add to the scatter matrix behind Λ, (d, d)."""
        return self._ridge * self._coefficients.T @ self._coefficients

    def sample(self, vectors, precision, generator) -> torch.Tensor:
        """Draw B given vectors - m, (n, d), and Λ, (d, d); returns the new `offset`."""
        root = cholesky(precision)
        noise = gaussian_rows(len(vectors), root, generator)
        shift = self._features.T @ (vectors + noise)
        shift += self._ridge**0.5 * gaussian_rows(self.n_features, root, generator)
        # XᵀX B = Xᵀ(V + E₁) + √ridge E₂ has the posterior's mean and covariance.
        self._coefficients = torch.cholesky_solve(shift, self._root)
        self.offset = self._features @ self._coefficients
        return self.offset
