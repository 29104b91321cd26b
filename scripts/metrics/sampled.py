"""What a rank among a hundred sampled movies says about the rank among all of them.

For students: lab 09. Krichene & Rendle 2020, doi:10.1145/3394486.3403226.
"""

import numpy as np

from models.arguments import check_count


def first_ranks(recommended, relevant) -> np.ndarray:
    """Rank of the first hit in each list, float64; infinity without one.

    One number for each user with a relevant item, in the order of the users; lists and
    `relevant` as in `metrics.ranking`.

    >>> from scipy.sparse import csr_array
    >>> first_ranks([[2, 0, 1]], csr_array([[1, 0, 0]])).tolist()
    [2.0]
    """
    from .ranking import checked, hits_in

    k = np.asarray(recommended).shape[1]
    lists, relevant, users = checked(recommended, relevant, k)
    hits = hits_in(lists, relevant)[users]
    return np.where(hits.any(axis=1), hits.argmax(axis=1) + 1.0, np.inf)


def hit_at(ranks, k: int = 10) -> np.ndarray:
    """1 where the rank is k or better, else 0: with one relevant item, its recall.

    >>> hit_at([3, 11]).tolist()
    [1.0, 0.0]
    """
    return (np.asarray(ranks) <= k).astype(float)


def gain_at(ranks, k: int = 10) -> np.ndarray:
    """1 / log2(rank + 1) up to k, else 0: with one relevant item, its NDCG."""
    ranks = np.asarray(ranks, dtype=np.float64)
    return np.where(ranks <= k, 1 / np.log2(ranks + 1), 0.0)


def corrected(measure, n_candidates: int, n_sampled: int, shrink: float = 0.01):
    """What each sampled rank is worth, so that means estimate the full `measure`.

    measure: a function of ranks, such as `hit_at`. n_candidates: movies in the full
    ranking, the relevant one included; n_sampled: the others drawn from them. Returns
    float64 (n_sampled + 1,): the value of sampled rank 1, 2, …

    A movie of rank r has r - 1 above it; of `n_sampled` drawn from n_candidates - 1
    movies without putting back, a hypergeometric number is above it. The values f
    minimize Σ_r (E[f | r] - measure(r))² + `shrink` × Var[f | r] over all ranks alike:
    the paper's bias-variance estimator, with its binomial replaced since no movie is
    drawn twice. Values may lie outside 0 to 1; only means are
    estimates, and `shrink` trades their bias for spread. Raises `ValueError` for more
    samples than there are other movies.

    >>> values = corrected(hit_at, n_candidates=1000, n_sampled=100)
    >>> values.shape, bool(values[0] > values[1] > values[5])
    ((101,), True)
    """
    check_count("n_sampled", n_sampled, at_least=1, example=100)
    check_count("n_candidates", n_candidates, at_least=2, example=1600)
    if n_sampled >= n_candidates:
        raise ValueError(
            f"{n_sampled:,} movies cannot be drawn from the {n_candidates - 1:,} that "
            "are not the relevant one."
        )
    ranks = np.arange(1, n_candidates + 1)
    above = np.arange(n_sampled + 1)
    better, worse = ranks[:, None] - 1, n_candidates - ranks[:, None]
    chance = np.exp(
        _log_choose(better, above)
        + _log_choose(worse, n_sampled - above)
        - _log_choose(n_candidates - 1, n_sampled)
    )
    spread = shrink * np.diag(chance.sum(axis=0))
    normal = (1 - shrink) * chance.T @ chance + spread
    return np.linalg.lstsq(normal, chance.T @ measure(ranks), rcond=None)[0]


def _log_choose(n, k) -> np.ndarray:
    """log of n over k, -inf for k > n."""
    # Here, for it would delay the start of every lab; scipy.stats, whose hypergeometric
    # distribution is the same, would delay this one by half a second.
    from scipy.special import gammaln

    return gammaln(n + 1) - gammaln(k + 1) - gammaln(np.asarray(n) - k + 1)


def rank_estimates(sampled_ranks, n_candidates: int, n_sampled: int) -> np.ndarray:
    """An unbiased estimate of each full rank: 1 + (n_candidates - 1)(r - 1) / m.

    The paper's first correction. Plugged into a measure with a cut it can only take
    steps: for 1,600 movies and 100 samples it says rank 1, 17, 33, …, so that only
    sampled rank 1 counts as a hit among the first ten.

    >>> rank_estimates([1, 2], n_candidates=1601, n_sampled=100).tolist()
    [1.0, 17.0]
    """
    above = np.asarray(sampled_ranks, dtype=np.float64) - 1
    return 1 + (n_candidates - 1) * above / n_sampled
