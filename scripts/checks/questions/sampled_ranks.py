"""For authors: the question on a hit rate among sampled movies, from lab 09."""

import math

import numpy as np

from checks.questions.question import Question


def expected_hit_rate(ranks, n_movies, n_sampled, k):
    """The hit rate at k that is to be expected among sampled movies.

    ranks: (n_users,); each user has one relevant movie, and this is its rank
    among all n_movies candidates, itself included; 1 is the best. For each
    user n_sampled of the other candidates are drawn, each as likely as any
    other and none twice. The movie is a hit when fewer than k of those drawn
    stand above it. Return the mean over the users of the chance of a hit.
    """
    from scipy.stats import hypergeom  # of M, n of a kind, N drawn: how many?

    above = np.asarray(ranks) - 1
    return hypergeom.cdf(k - 1, n_movies - 1, above, n_sampled).mean()


def _chance(n_above, n_others, n_sampled, most):
    """The chance that at most `most` of the drawn movies stand above."""
    from scipy.stats import hypergeom  # here: it would delay the start of every lab

    return hypergeom.cdf(most, n_others, n_above, n_sampled)


def rank_among_all(ranks, n_movies, n_sampled, k):
    """This is the hit rate among *all* candidates. Among a few drawn ones a movie
    stands higher: its chance of a hit depends on how many are drawn."""
    return (np.asarray(ranks) <= k).mean()


def drawn_with_putting_back(ranks, n_movies, n_sampled, k):
    """These are the chances if a movie can be drawn twice (binomial). None is drawn
    twice here, so the number above is hypergeometric."""
    from scipy.stats import binom  # here, as above

    share = (np.asarray(ranks) - 1) / (n_movies - 1)
    return binom.cdf(k - 1, n_sampled, share).mean()


def the_movie_above_itself(ranks, n_movies, n_sampled, k):
    """The movie was counted among those above it. At rank r there are r - 1 above."""
    ranks = np.minimum(ranks, n_movies - 1)
    return _chance(ranks, n_movies - 1, n_sampled, k - 1).mean()


def the_movie_drawn_as_well(ranks, n_movies, n_sampled, k):
    """The sample was drawn from all candidates. The relevant movie is in the race
    already: there are n_movies - 1 others to draw from."""
    return _chance(np.asarray(ranks) - 1, n_movies, n_sampled, k - 1).mean()


def one_too_few_drawn(ranks, n_movies, n_sampled, k):
    """The relevant movie was counted among the sampled ones. It comes on top: n_sampled
    *others* are drawn."""
    return _chance(np.asarray(ranks) - 1, n_movies - 1, n_sampled - 1, k - 1).mean()


def k_above_it(ranks, n_movies, n_sampled, k):
    """Up to k drawn movies may stand above it here. With k above, it is in place k + 1:
    at most k - 1."""
    return _chance(np.asarray(ranks) - 1, n_movies - 1, n_sampled, k).mean()


def exactly_in_place_k(ranks, n_movies, n_sampled, k):
    """This is the chance that the movie stands exactly in place k. A hit may be in any
    of the first k places: add the chances up."""
    case = np.asarray(ranks) - 1, n_movies - 1, n_sampled
    return (_chance(*case, k - 1) - _chance(*case, k - 2)).mean()


def hit_by_the_expected_rank(ranks, n_movies, n_sampled, k):
    """Each movie counts as a hit or not, by its expected place in the sample. The draw
    decides: take the chance that fewer than k stand above, and the mean of the
    chances."""
    above = (np.asarray(ranks) - 1) * n_sampled / (n_movies - 1)
    return (1 + above <= k).mean()


def chance_at_the_mean_rank(ranks, n_movies, n_sampled, k):
    """This is the chance of a movie at the users' *mean* rank. The chance does not fall
    in a straight line with the rank: take it for each user, and the mean of those."""
    above = round(np.mean(ranks)) - 1
    return float(_chance(above, n_movies - 1, n_sampled, k - 1))


def share_of_misses(ranks, n_movies, n_sampled, k):
    """This is the share of misses, 1 minus the hit rate."""
    return 1 - expected_hit_rate(ranks, n_movies, n_sampled, k)


def no_movie_above(ranks, n_movies, n_sampled, k):
    """This is the chance that none of the drawn movies stands above it: the hit rate at
    1. At k there may be up to k - 1."""
    return _chance(np.asarray(ranks) - 1, n_movies - 1, n_sampled, 0).mean()


def more_places_than_drawn(ranks, n_movies, n_sampled, k):
    """Where fewer than k movies are drawn, the sum goes on to a negative number of
    worse ones, which `math.comb` refuses. End it at n_sampled: `range(min(k, n_sampled
    + 1))`."""
    ways = [
        math.comb(rank - 1, j) * math.comb(n_movies - rank, n_sampled - j)
        for rank in np.asarray(ranks).tolist()
        for j in range(k)
    ]
    return sum(ways) / math.comb(n_movies - 1, n_sampled) / len(ranks)


def chances_of_the_users(ranks, n_movies, n_sampled, k):
    """These are the chances of the single users. The hit rate is their mean."""
    return _chance(np.asarray(ranks) - 1, n_movies - 1, n_sampled, k - 1)


def _rate_cases(seed):
    draw = np.random.default_rng(seed)
    sizes = ((30, 12, 3), (50, 15, 4), (24, 10, 2))
    return [(_ranks(draw, n), n, m, k) for n, m, k in sizes]


def _ranks(draw, n):
    """Some users at the top, most in the middle, where the draw decides."""
    top = draw.integers(2, 6, 2)
    return np.concatenate([top, draw.integers(6, n // 2, 4), draw.integers(2, n, 1)])


def _rate_edges():
    ranks = np.array([2, 5, 9, 20])
    return [
        ("", (ranks, 21, 8, 2)),
        ("where all movies are drawn", (ranks, 21, 20, 5)),
        ("where every movie stands first", (np.array([1, 1, 1]), 21, 8, 2)),
        ("where a movie stands last", (np.array([21, 21]), 21, 8, 2)),
        ("where fewer than k are drawn", (ranks, 21, 3, 5)),
        ("where k is 1", (ranks, 21, 4, 1)),
    ]


QUESTIONS = (
    Question(
        "q14",
        expected_hit_rate,
        _rate_cases,
        (
            rank_among_all,
            drawn_with_putting_back,
            the_movie_above_itself,
            the_movie_drawn_as_well,
            one_too_few_drawn,
            k_above_it,
            exactly_in_place_k,
            hit_by_the_expected_rank,
            chance_at_the_mean_rank,
            share_of_misses,
            no_movie_above,
            more_places_than_drawn,
            chances_of_the_users,
        ),
        edges=_rate_edges,
    ),
)
