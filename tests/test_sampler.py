"""Is it the posterior that Gibbs sampling draws from? Wrong draws look like right ones.

Hyperparameters and vectors are drawn from the prior, and ratings from the model. Then
all of them together are a draw from the joint distribution, and the vectors are one
from the posterior of these ratings: an update that is right leaves the joint
distribution alone (Geweke 2004, doi:10.1198/016214504000001132). A term forgotten
anywhere moves the mean, or the spread, or how two of them go together.
"""

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.stats import chi2, ks_2samp, kstest

from data_utils import RatingsDataset, seeded
from models import BayesianMF
from models.bayesian import _Side
from models.gram import RatingRows
from models.implicit_prior import ImplicitPrior

REPLICATES = 2500
N, D = 4, 2  # rows, and coordinates of a row, its bias among them
NOISE_PRECISION = 2.0
SURELY_DIFFERENT = 1e-4

PATTERN = torch.tensor(
    [[1, 1, 1, 0, 1], [1, 0, 1, 1, 0], [0, 1, 0, 1, 1], [1, 1, 0, 0, 0]]
)
OTHERS = torch.tensor(
    [[1.0, 0.3], [-0.8, 0], [0.5, -0.4], [-1.5, 0.1], [0.2, 0.6]]
).double()
ROWS, COLUMNS = PATTERN.nonzero().T


@pytest.fixture(params=[False, True], ids=["plain", "implicit"])
def side(request):
    """The part of the sampler that is under test: four rows that rated five columns.

    In double precision, for a Gaussian that the prior draws may be nearly singular.
    """
    implicit = request.param
    ratings = RatingRows(ROWS, COLUMNS, torch.zeros(len(ROWS)), *PATTERN.shape)
    vectors = torch.zeros(ratings.n_rows, D)
    prior = ImplicitPrior(ratings, D) if implicit else None
    side = _Side(ratings, vectors, prior, seeded(1))
    if side.prior:
        side.prior._features = side.prior._features.double()
        side.prior._squares = side.prior._squares.double()
    torch.set_default_dtype(torch.float64)
    yield side
    torch.set_default_dtype(torch.float32)


def expected(vectors):
    """r̂ of every rating: p_u · q_i + b_u + b_i."""
    own = vectors[..., :-1] @ OTHERS[:, :-1].T + vectors[..., -1:]
    return (own + OTHERS[:, -1])[:, ROWS, COLUMNS]


def draw(prior) -> dict[str, torch.Tensor]:
    """All that is random, in every replicate, made of normal random numbers only."""
    generator = seeded(2)

    def normal(*shape):
        return torch.randn(REPLICATES, *shape, generator=generator)

    wishart = normal(D, D)
    root = torch.linalg.inv(wishart)  # z @ root has the precision wishart @ wishartᵀ
    mean = normal(1, D) @ root / 2**0.5
    state = {"mean": mean, "precision": wishart @ wishart.mT}
    state["offset"] = torch.zeros(REPLICATES, N, D)
    if prior:
        state["ridge"] = normal(1, 1).square()
        b = normal(prior.n_coefficients, D) @ root / state["ridge"].sqrt()
        state |= {"coefficients": b, "offset": prior._features @ b}
    state["vectors"] = mean + state["offset"] + normal(N, D) @ root
    noise = normal(len(ROWS)) / NOISE_PRECISION**0.5
    return state | {"ratings": expected(state["vectors"]) + noise}


def update(side: _Side, state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """What one of the model's own updates makes of every replicate."""
    draw_gaussian, gaussians = side._sample_gaussian, []

    def recorded(offset):
        gaussians.append(draw_gaussian(offset))
        return gaussians[-1]

    side._sample_gaussian = recorded
    after = []
    for n in range(REPLICATES):
        side.vectors = state["vectors"][n].clone()
        side.ratings.values = state["ratings"][n]
        if side.prior:
            side.prior._coefficients = state["coefficients"][n]
            side.prior.ridge = state["ridge"][n].item()
            side.prior.offset = state["offset"][n]
        side.sample(OTHERS, NOISE_PRECISION)
        row = {"vectors": side.vectors.clone(), "offset": torch.zeros(N, D)}
        if side.prior:
            row["coefficients"] = side.prior._coefficients
            row["ridge"] = torch.tensor([[side.prior.ridge]])
            row["offset"] = side.prior.offset
        after.append(row)
    means, precisions = zip(*gaussians, strict=True)
    found = {name: torch.stack([row[name] for row in after]) for name in after[0]}
    found |= {"mean": torch.stack(means)[:, None], "precision": torch.stack(precisions)}
    return found | {"ratings": state["ratings"]}


def functionals(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Numbers (REPLICATES,) that say how the parts lie, and lie to one another."""
    mean, precision, vectors = state["mean"], state["precision"], state["vectors"]
    own = vectors - state["offset"] - mean

    def product(a, b):
        return (a @ precision * b).sum((1, 2))

    values = {
        "mean": mean[:, 0, 0],
        "mean of the bias": mean[:, 0, 1],
        "mean in units of its spread": product(mean, mean),
        "log determinant": torch.logdet(precision),
        "trace": precision.diagonal(dim1=1, dim2=2).sum(1),
        "one coordinate": vectors[:, 0, 0],
        "squares of vectors": vectors.square().sum((1, 2)),
        "vectors and mean": product(vectors, mean),
        "own part of vectors": product(own, own),
        "residuals": (state["ratings"] - expected(vectors)).square().sum(1),
    }
    if "ridge" in state:
        b, ridge = state["coefficients"], state["ridge"][:, 0, 0]
        values |= {
            "ridge": ridge,
            "one coefficient": b[:, 0, 0],
            "squares of coefficients": product(b, b),
            "coefficients in units of their spread": ridge * product(b, b),
            "offset and own part": product(state["offset"], own),
        }
    return values


def test_an_update_leaves_the_joint_distribution_alone(side):
    """Every mean and interval of lab 08 would be that of another posterior."""
    before = draw(side.prior)
    exact, updated = functionals(before), functionals(update(side, before))
    p = {name: ks_2samp(exact[name], updated[name]).pvalue for name in exact}
    print(p)
    assert min(p.values()) > SURELY_DIFFERENT, p


def test_the_noise_is_drawn_from_its_conditional():
    """With a flat prior on log σ, Σ (r - r̂)² / σ² is χ² with a degree per rating.

    One off, and the intervals of lab 08 are too narrow where ratings are few.
    """
    stars = [4.0, 2, 5, 3, 1, 4, 2, 3]
    pairs = {"user_id": [0, 1, 2, 3] * 2, "item_id": [0] * 4 + [1] * 4}
    train = RatingsDataset.fit(pd.DataFrame(pairs | {"rating": stars}))
    model = BayesianMF(1, epochs=1000, burn_in=1).fit(train)
    ratios = [row["train_rmse"] / row["noise_sd"] for row in model.trace]
    statistic = len(stars) * np.square(ratios)
    assert kstest(statistic, chi2(len(stars)).cdf).pvalue > 0.001


def test_the_ridge_is_drawn_from_its_conditional(monkeypatch):
    """Its prior is a degree and a square of one, and each coefficient adds its own.

    Where few columns say something, the prior is half of what is known of the ridge.
    """
    ratings = RatingRows(ROWS, COLUMNS, torch.zeros(len(ROWS)), *PATTERN.shape)
    prior = ImplicitPrior(ratings, D)
    monkeypatch.setattr(
        "models.implicit_prior.chi_square", lambda degrees, generator: degrees
    )
    precision = torch.tensor([[2.0, 0.3], [0.3, 0.5]])
    prior.sample(torch.ones(N, D), precision, seeded(5))
    b = prior._coefficients
    degrees, squares = 1 + b.numel(), 1 + (b @ precision * b).sum().item()
    assert prior.ridge == pytest.approx(degrees / squares, rel=1e-4)
