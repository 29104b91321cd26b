"""For authors: the small exercises of lab 08, "Your turn"."""

import numpy as np
import torch

from checks.questions.question import Question


def after_one_more(mean, precision, q, t, sigma):
    """The mean and the precision of a user's factor after one more rating.

    mean, precision: of the Gaussian before it. q: the movie's factor. t: the
    rating, less the global mean and both biases. sigma: the noise, in stars.
    """
    total = precision + q**2 / sigma**2
    return (precision * mean + q * t / sigma**2) / total, total


def _weighed(mean, precision, q, t, noise):
    told = q**2 / noise
    return (precision * mean + q * t / noise) / (precision + told), precision + told


def noise_not_squared(mean, precision, q, t, sigma):
    """The noise stands there as sigma. Its variance is needed: `sigma**2`."""
    return _weighed(mean, precision, q, t, sigma)


def noise_left_out(mean, precision, q, t, sigma):
    """The noise is missing: a rating tells `q**2 / sigma**2`, less the noisier it
    is."""
    return _weighed(mean, precision, q, t, 1.0)


def old_mean_forgotten(mean, precision, q, t, sigma):
    """The old mean is missing, as if the curve had stood around zero. It counts with
    its precision: `precision * mean`."""
    return _weighed(0.0, precision, q, t, sigma**2)


def old_mean_not_weighed(mean, precision, q, t, sigma):
    """The old mean is in the sum, but not times its precision. The surer it is, the
    more it must count."""
    new = precision + q**2 / sigma**2
    return (mean + q * t / sigma**2) / new, new


def halfway(mean, precision, q, t, sigma):
    """The new mean is halfway between the old one and what the rating says. Weigh each
    by its precision."""
    return (mean + t / q) / 2, precision + q**2 / sigma**2


def every_movie_alike(mean, precision, q, t, sigma):
    """Each rating was given the precision 1 / sigma². It depends on the movie, too:
    `q**2 / sigma**2`; a movie with q = 0 says nothing about the user."""
    told = 1 / sigma**2
    return (precision * mean + t * told) / (precision + told), precision + told


def divided_by_the_old_precision(mean, precision, q, t, sigma):
    """The mean was divided by the old precision. Divide by the new one."""
    new = precision + q**2 / sigma**2
    return (precision * mean + q * t / sigma**2) / precision, new


def variance_for_precision(mean, precision, q, t, sigma):
    """The second number is the variance, one over the precision. The question asks for
    the precision."""
    mean, new = after_one_more(mean, precision, q, t, sigma)
    return mean, 1 / new


def precision_before_the_mean(mean, precision, q, t, sigma):
    """The two numbers are in the other order: the mean comes first."""
    return after_one_more(mean, precision, q, t, sigma)[::-1]


def mean_not_divided(mean, precision, q, t, sigma):
    """The sum was not divided: a mean is the weighted sum over the sum of the weights,
    the new precision."""
    mean, new = after_one_more(mean, precision, q, t, sigma)
    return mean * new, new


def _rating_cases(seed):
    draw = np.random.default_rng(seed)
    return [
        tuple(
            round(float(value), 3)
            for value in (
                sign * draw.uniform(0.2, 0.9),
                draw.uniform(1.5, 5.0),
                draw.uniform(0.4, 0.9),
                draw.uniform(0.3, 1.5),
                draw.uniform(0.6, 0.9),
            )
        )
        for sign in (1, -1, 1)
    ]


def _rating_edges():
    return [
        ("where the movie's factor is 0", (0.4, 2.0, 0.0, 1.0, 0.8)),
        ("where the rating is just what was expected", (0.4, 2.0, 0.7, 0.0, 0.8)),
    ]


def draw_row(A, mean, z):
    """One draw from the Gaussian with this mean and the precision matrix A.

    A: (d, d). mean: (d,). z: (d,), independent standard normal numbers. With
    the Cholesky factor L, A = L Lᵀ, the noise e solves Lᵀ e = z.
    """
    L = torch.linalg.cholesky(A)
    e = torch.linalg.solve_triangular(L.T, z[:, None], upper=True)[:, 0]
    return mean + e


def covariance_for_precision_matrix(A, mean, z):
    """`L @ z` has the covariance A. But A is the precision: what is wide must come out
    narrow. Solve Lᵀ e = z instead of multiplying."""
    return mean + torch.linalg.cholesky(A) @ z


def factor_not_transposed(A, mean, z):
    """You solved L e = z. Then e does not have the covariance A⁻¹: with Lᵀ it has,
    since L⁻ᵀ L⁻¹ = (L Lᵀ)⁻¹."""
    L = torch.linalg.cholesky(A)
    return mean + torch.linalg.solve(L, z)


def mean_left_out(A, mean, z):
    """The mean is missing: this is the noise alone."""
    return draw_row(A, 0 * mean, z)


def noise_subtracted(A, mean, z):
    """The noise was subtracted. It would do as well, for it is symmetric, but the
    question asks for mean plus e."""
    return draw_row(A, mean, -z)


def solved_with_the_whole_matrix(A, mean, z):
    """You solved A e = z. That noise has the covariance A⁻², too narrow or too wide.
    Take the Cholesky factor first."""
    return mean + torch.linalg.solve(A, z)


def root_of_the_inverse(A, mean, z):
    """You multiplied z by a root of A⁻¹. That is a draw from the same Gaussian, by
    another way. The check compares numbers, so take the way asked for: Lᵀ e = z."""
    return mean + torch.linalg.cholesky(torch.linalg.inv(A)) @ z


def coordinates_apart(A, mean, z):
    """Each coordinate was drawn by itself, from the diagonal of A. What the coordinates
    have to do with each other is lost: use the Cholesky factor of all of A."""
    return mean + z / A.diagonal() ** 0.5


def standard_noise(A, mean, z):
    """The noise is z itself, as wide for a row with many ratings as for one with few. A
    must shape it."""
    return mean + z


def _row_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    cases = []
    for d in (2, 3, 5):
        rows = torch.randn(d + 4, d, generator=draw)
        A = rows.T @ rows + 0.5 * torch.eye(d)
        mean, z = torch.randn(2, d, generator=draw)
        cases.append((A, mean, z))
    return cases


def _row_edges():
    A = torch.tensor([[4.0, 0.0], [0.0, 25.0]])
    mean, z = torch.tensor([1.0, -2.0]), torch.tensor([0.5, 1.5])
    return [
        ("where A is diagonal", (A, mean, z)),
        ("where all of z is 0", (A + 1, mean, 0 * z)),
    ]


def average_prediction(P, Q, burn_in):
    """What the samples predict on average for one user and one movie.

    P, Q: (sweeps, k), the user's and the movie's factors in each sweep. The
    first `burn_in` sweeps are dropped. (Mean and biases are left aside here.)
    """
    predicted = (P * Q).sum(1)  # (sweeps,)
    return predicted[burn_in:].mean()


def factors_averaged(P, Q, burn_in):
    """The factors were averaged, and then multiplied. Axes may turn or change sign from
    sample to sample, and what they say cancels. Predict with each sample first, then
    average the predictions."""
    return P[burn_in:].mean(0) @ Q[burn_in:].mean(0)


def burn_in_kept(P, Q, burn_in):
    """The first sweeps are still in the average: drop `burn_in` of them."""
    return average_prediction(P, Q, 0)


def burn_in_alone(P, Q, burn_in):
    """You kept the first sweeps and dropped the others: it is `[burn_in:]`."""
    return average_prediction(P[:burn_in], Q[:burn_in], 0)


def one_sweep_too_many_dropped(P, Q, burn_in):
    """One sweep too many was dropped: counted from 0, the sweeps that stay begin at
    `burn_in`."""
    return average_prediction(P, Q, burn_in + 1)


def last_sample_alone(P, Q, burn_in):
    """This is what the last sample predicts. Average over all that are kept."""
    return P[-1] @ Q[-1]


def averaged_over_factors_too(P, Q, burn_in):
    """The products were averaged over the factors as well. A dot product sums over
    them: `.sum(1)` first, then the mean over the sweeps."""
    return (P * Q)[burn_in:].mean()


def predictions_summed(P, Q, burn_in):
    """The predictions were summed. Take their mean."""
    return (P * Q)[burn_in:].sum()


def divided_by_all_sweeps(P, Q, burn_in):
    """The sum was divided by the number of all sweeps. Divide by the number of those
    that are kept, or use `mean()`."""
    return (P * Q)[burn_in:].sum() / len(P)


def _sample_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    cases = []
    for sweeps, k, burn_in in ((8, 2, 3), (12, 3, 5), (20, 4, 10)):
        P, Q = torch.randn(2, sweeps, k, generator=draw) + 0.5
        P[:burn_in] *= 0.2  # near the start
        cases.append((P, Q, burn_in))
    return cases


def _sample_edges():
    P = torch.tensor([[1.0, 0.5], [-1.0, -0.5], [2.0, 0.0]])
    Q = torch.tensor([[0.5, 1.0], [-0.5, -1.0], [0.25, 3.0]])
    return [
        ("where no sweep is dropped", (P, Q, 0)),
        ("where only the last sweep stays", (P, Q, 2)),
    ]


def rating_interval(mean, spread, noise_sd, z):
    """The lower and the upper end of an interval for ratings.

    mean, spread: (n,), mean and standard deviation of the samples'
    predictions. noise_sd: the standard deviation of a rating around its mean.
    z: how many standard deviations the interval reaches to each side.
    """
    sd = (spread**2 + noise_sd**2) ** 0.5
    return mean - z * sd, mean + z * sd


def _around(mean, width):
    return mean - width, mean + width


def noise_of_a_rating_left_out(mean, spread, noise_sd, z):
    """This is an interval for the mean. A rating scatters around its mean by `noise_sd`
    as well: add that variance."""
    return _around(mean, z * spread)


def spread_left_out(mean, spread, noise_sd, z):
    """The spread is missing: the mean itself is not known exactly. Add both
    variances."""
    return _around(mean, z * noise_sd)


def deviations_added(mean, spread, noise_sd, z):
    """The standard deviations were added. Of independent errors the variances add up:
    square, add, then take the root."""
    return _around(mean, z * (spread + noise_sd))


def root_left_out(mean, spread, noise_sd, z):
    """This is z times the variance. Take the root of the sum of the squares."""
    return _around(mean, z * (spread**2 + noise_sd**2))


def half_as_wide(mean, spread, noise_sd, z):
    """The interval is half as wide as asked: it reaches z standard deviations to *each*
    side."""
    return _around(mean, z * (spread**2 + noise_sd**2) ** 0.5 / 2)


def one_deviation(mean, spread, noise_sd, z):
    """The interval reaches one standard deviation to each side. Multiply it by z."""
    return _around(mean, (spread**2 + noise_sd**2) ** 0.5)


def upper_end_first(mean, spread, noise_sd, z):
    """The ends are right, but the upper one comes first."""
    return rating_interval(mean, spread, noise_sd, z)[::-1]


def around_zero(mean, spread, noise_sd, z):
    """The interval lies around zero: add the mean to both ends."""
    return rating_interval(0 * mean, spread, noise_sd, z)


def _interval_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    cases = []
    for n, noise_sd, z in ((3, 0.75, 1.645), (5, 0.9, 1.28), (4, 0.6, 1.96)):
        mean = 2 + 2.5 * torch.rand(n, generator=draw)
        spread = 0.15 + 0.5 * torch.rand(n, generator=draw)
        cases.append((mean, spread, noise_sd, z))
    return cases


def _interval_edges():
    mean, spread = torch.tensor([3.5, 4.0]), torch.tensor([0.3, 0.5])
    return [
        ("where all samples say the same", (mean, 0 * spread, 0.8, 1.96)),
        ("where ratings have no noise", (mean, spread, 0.0, 1.96)),
    ]


QUESTIONS = (
    Question(
        "y081",
        after_one_more,
        _rating_cases,
        (
            noise_not_squared,
            noise_left_out,
            old_mean_forgotten,
            old_mean_not_weighed,
            halfway,
            every_movie_alike,
            divided_by_the_old_precision,
            variance_for_precision,
            precision_before_the_mean,
            mean_not_divided,
        ),
        edges=_rating_edges,
        parts=("mean", "precision"),
    ),
    Question(
        "y082",
        draw_row,
        _row_cases,
        (
            covariance_for_precision_matrix,
            factor_not_transposed,
            mean_left_out,
            noise_subtracted,
            solved_with_the_whole_matrix,
            root_of_the_inverse,
            coordinates_apart,
            standard_noise,
        ),
        edges=_row_edges,
    ),
    Question(
        "y083",
        average_prediction,
        _sample_cases,
        (
            factors_averaged,
            burn_in_kept,
            burn_in_alone,
            one_sweep_too_many_dropped,
            last_sample_alone,
            averaged_over_factors_too,
            predictions_summed,
            divided_by_all_sweeps,
        ),
        edges=_sample_edges,
    ),
    Question(
        "y084",
        rating_interval,
        _interval_cases,
        (
            noise_of_a_rating_left_out,
            spread_left_out,
            deviations_added,
            root_left_out,
            half_as_wide,
            one_deviation,
            upper_end_first,
            around_zero,
        ),
        edges=_interval_edges,
        parts=("lower end", "upper end"),
    ),
)
