"""R-hat and effective sample size, by hand and on chains whose answer is known.

Without these lab 08 would call chains "arrived" that are not, or scold good ones.
"""

import re

import numpy as np
import pytest

from metrics import effective_sample_size, split_r_hat


def autoregressive(rho: float, shape, seed: int = 0) -> np.ndarray:
    """Stationary AR(1): its draws are worth n (1 - ρ) / (1 + ρ)."""
    noise = np.random.default_rng(seed).normal(size=shape)
    chains = np.empty(shape)
    chains[:, 0] = noise[:, 0] / (1 - rho**2) ** 0.5
    for t in range(1, shape[1]):
        chains[:, t] = rho * chains[:, t - 1] + noise[:, t]
    return chains


def test_r_hat_by_hand():
    # Halves (0, 1) and (4, 5): W = 1/2, B/n = var(1/2, 9/2) = 8,
    # var+ = 1/2 · 1/2 + 8 = 33/4, R-hat = (33/4 / (1/2))^½.
    assert split_r_hat([[0, 1, 4, 5]]) == pytest.approx(16.5**0.5)


def test_the_middle_sweep_of_an_odd_number_is_left_out():
    assert split_r_hat([[0, 1, 99, 4, 5]]) == split_r_hat([[0, 1, 4, 5]])


def test_the_effective_size_by_hand():
    # Halves (0,0,1,1) twice: W = 1/3; autocovariances by (n - 1) are 1/3, 1/12, -1/6,
    # -1/12; var+ = 3/4 · 1/3 = 1/4, for the means are equal. With 1/4 below, ρ =
    # 1, 0, … : pairs 1 + 0, then below zero. τ = 2 · 1 - 1 = 1: all sixteen draws.
    chains = 2 * [[0, 0, 1, 1, 0, 0, 1, 1]]
    assert effective_sample_size(chains) == pytest.approx(16.0)


@pytest.mark.parametrize("n_sweeps", [4, 6, 7, 50, 51])
def test_the_effective_size_is_that_of_a_loop_over_lags(n_sweeps):
    """Halves may have an odd length: its last lag has no partner and is left out."""
    chains = autoregressive(0.4, (3, n_sweeps), seed=8)
    n = n_sweeps // 2
    halves = [half for chain in chains for half in (chain[:n], chain[-n:])]
    within = np.mean([half.var(ddof=1) for half in halves])
    total = (n - 1) / n * within + np.var([half.mean() for half in halves], ddof=1)
    tau, last = -1.0, np.inf
    for lag in range(0, n - 1, 2):
        pair = 0.0
        for t in (lag, lag + 1):
            shifted = [
                (half[: n - t] - half.mean()) @ (half[t:] - half.mean()) / (n - 1)
                for half in halves
            ]
            pair += 1 - (within - np.mean(shifted)) / total if t else 1.0
        if pair <= 0:
            break
        last = min(last, pair)
        tau += 2 * last
    draws = n * len(halves)
    expected = draws / max(tau, 1 / np.log10(draws))
    assert effective_sample_size(chains) == pytest.approx(expected)


def test_independent_draws_count_in_full():
    draws = np.random.default_rng(1).normal(size=(4, 2000))
    assert split_r_hat(draws) == pytest.approx(1, abs=0.005)
    assert effective_sample_size(draws) == pytest.approx(draws.size, rel=0.1)


@pytest.mark.parametrize("rho", [0.3, 0.6, 0.9])
def test_correlated_draws_count_for_what_they_are_worth(rho):
    chains = autoregressive(rho, (4, 20_000))
    worth = chains.size * (1 - rho) / (1 + rho)
    assert effective_sample_size(chains) == pytest.approx(worth, rel=0.15)


def test_neither_depends_on_unit_or_origin():
    chains = autoregressive(0.5, (2, 300))
    assert split_r_hat(5 - 40 * chains) == pytest.approx(split_r_hat(chains))
    assert effective_sample_size(5 - 40 * chains) == pytest.approx(
        effective_sample_size(chains)
    )


def test_chains_in_two_places_are_not_trusted():
    apart = autoregressive(0.3, (2, 400)) + np.array([[0], [5]])
    assert split_r_hat(apart) > 1.5
    assert effective_sample_size(apart) < 10


def test_a_chain_on_its_way_disagrees_with_itself():
    # Both chains do the same: only halves can tell.
    sinking = autoregressive(0.0, (2, 400)) + np.linspace(5, 0, 400)
    assert split_r_hat(sinking) > 1.3


def test_opposite_neighbours_claim_no_more_than_n_log_n():
    flipping = np.tile([1.0, -1.0], 200)[None] + autoregressive(0.0, (1, 400)) / 100
    assert effective_sample_size(flipping) <= 400 * np.log10(400) + 1e-9


@pytest.mark.parametrize(
    ("chains", "words"),
    [
        ([1.0, 2.0, 3.0, 4.0], "shape (4,)"),
        ([[1.0, 2.0, 3.0]], "four sweeps"),
        ([[1.0, np.nan, 3.0, 4.0]], "NaN"),
        ([[1.0, 1.0, 3.0, 4.0]], "never moved"),
    ],
)
@pytest.mark.parametrize("measure", [split_r_hat, effective_sample_size])
def test_what_is_no_chain_is_refused_in_words(measure, chains, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        measure(chains)
