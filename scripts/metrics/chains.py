"""Have Markov chains arrived, and how many independent draws are they worth?

For students: used in lab 08. Both measures cut each chain into halves, so that a chain
that is still going somewhere disagrees with itself. Formulas: Vehtari, Gelman, Simpson,
Carpenter & Bürkner 2021, doi:10.1214/20-BA1221, equations 1 to 4 and 10 to 13, without
the ranks that they add for heavy tails (as in Gelman et al., *Bayesian Data Analysis*,
3rd edition, section 11.4).
"""

import numpy as np


def split_r_hat(chains) -> float:
    """Spread of all halves together over the spread within a half; 1 where they agree.

    chains: one number per sweep, shape (n_chains, n_sweeps), burn-in dropped. The
    authors advise to trust no chains above 1.01. Chains that all start in one place
    can agree before they have arrived: start them far apart. Raises `ValueError` for
    another shape, fewer than four sweeps, NaN, or a chain that never moves.

    >>> split_r_hat([[0.0, 1.0, 0.0, 1.0], [1.0, 0.0, 1.0, 0.0]]) < 1
    True
    >>> round(split_r_hat([[0.0, 1.0, 4.0, 5.0], [0.0, 1.0, 4.0, 5.0]]), 2)
    3.34
    """
    within, total = _variances(_halves(chains))
    return float(np.sqrt(total / within))


def effective_sample_size(chains) -> float:
    """How many independent draws would pin down the mean as well as these chains do.

    chains: as for `split_r_hat`, with the same errors. n_chains · n_sweeps / τ, where
    τ = 1 + 2 Σ ρ_t adds up the autocorrelation, in pairs of lags (2t, 2t + 1) for as
    long as the pairs are above zero, none counted for more than the one before it
    (Geyer 1992). The Monte Carlo error of the mean is the draws' standard deviation
    over the root of it.

    >>> draws = np.random.default_rng(0).normal(size=(2, 1000))
    >>> 1700 < effective_sample_size(draws) < 2300
    True
    >>> effective_sample_size(np.repeat(draws, 10, axis=1)) < 2300
    True
    """
    halves = _halves(chains)
    n_halves, n = halves.shape
    within, total = _variances(halves)
    covariances = np.mean([_autocovariances(half) for half in halves], axis=0)
    correlations = 1 - (within - covariances) / total
    correlations[0] = 1.0
    pairs = correlations[: n // 2 * 2].reshape(-1, 2).sum(axis=1)
    below = np.flatnonzero(pairs <= 0)
    pairs = np.minimum.accumulate(pairs[: below[0] if len(below) else None])
    draws = n_halves * n
    # Where neighbours are opposites τ nears 0: no more is claimed than the authors do.
    tau = max(2 * pairs.sum() - 1, 1 / np.log10(draws))
    return float(draws / tau)


def _halves(chains) -> np.ndarray:
    chains = np.asarray(chains, dtype=np.float64)
    if chains.ndim != 2 or chains.shape[1] < 4:
        raise ValueError(
            f"The chains have shape {chains.shape}; give a table (n_chains, n_sweeps) "
            "with four sweeps or more."
        )
    if not np.isfinite(chains).all():
        raise ValueError(
            "The chains hold NaN or infinity: nothing can be said of them."
        )
    n = chains.shape[1] // 2
    # Of an odd number the sweep in the middle is left out.
    halves = np.concatenate([chains[:, :n], chains[:, -n:]])
    if (halves.var(axis=1) == 0).any():
        raise ValueError(
            "A chain holds one number over a whole half: it never moved. Did you give "
            "a quantity that is sampled?"
        )
    return halves


def _variances(halves) -> tuple[float, float]:
    """W, the mean variance within a half, and the estimate of the variance of all."""
    n = halves.shape[1]
    within = halves.var(axis=1, ddof=1).mean()
    between = halves.mean(axis=1).var(ddof=1)
    return within, (n - 1) / n * within + between


def _autocovariances(draws) -> np.ndarray:
    """At lags 0 … n - 1, scaled so that the first is the variance; O(n log n)."""
    n = len(draws)
    spectrum = np.fft.rfft(draws - draws.mean(), 2 * n)
    return np.fft.irfft(np.abs(spectrum) ** 2)[:n] / (n - 1)
