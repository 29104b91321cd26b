"""For authors: the question on a list without what was seen, from lab 05."""

import numpy as np
import torch

from checks.comparing import plain
from checks.questions.question import Question, recognized_by


def top_unseen(scores, seen, k):
    """The k unseen items with the highest scores, best first.

    scores: (n_items,), may be negative. seen: the items that the user rated.
    If fewer than k are left, return all of them.
    """
    allowed = scores.clone()
    allowed[seen] = -torch.inf
    k = min(k, len(scores) - len(seen))
    return allowed.topk(k).indices


def seen_movies_recommended(scores, seen, k):
    """The list contains movies that the user has already rated."""
    return scores.argsort(descending=True)[:k]


def worst_first(scores, seen, k):
    """These are the lowest scores: the sort was ascending."""
    left = min(k, len(scores) - len(seen))
    allowed = scores.clone()
    allowed[seen] = torch.inf
    return allowed.argsort()[:left]


def _as_if_seen_scored(value):
    """Whether a list is the one that comes out when the seen movies get this score,
    whatever the order of equal ones."""

    def sign(given, scores, seen, k):
        movies, changed = plain(given).tolist(), scores.clone()
        changed[seen] = scores.min() if value is None else value
        best = changed.sort(descending=True).values[: len(movies)]
        left = min(k, len(scores) - len(seen))
        fits = len(set(movies)) == len(movies) == left
        return fits and changed[movies].equal(best)

    return sign


@recognized_by(_as_if_seen_scored(0.0))
def seen_movies_score_zero(scores, seen, k):
    """The seen movies got the score 0, and where all others score below 0 that is the
    best score of all. Use minus infinity."""
    return _with_seen_at(0.0, scores, seen, k)


def _ends_in_seen(given, scores, seen, k):
    given = given.tolist() if hasattr(given, "tolist") else given
    unseen = top_unseen(scores, seen, k).tolist()
    if not isinstance(given, list) or len(given) != k or len(unseen) == k:
        return False
    begins_well = given[: len(unseen)] == unseen
    return begins_well and all(item in seen for item in given[len(unseen) :])


@recognized_by(_ends_in_seen)
def filled_up_with_seen(scores, seen, k):
    """Where fewer than k movies are left, the list was filled up with seen ones. Return
    the shorter list."""
    allowed = scores.clone()
    allowed[seen] = -torch.inf
    return allowed.argsort(descending=True)[:k]


def filtered_after_the_cut(scores, seen, k):
    """The best k were taken first and the seen ones removed afterwards, so the list is
    too short. Remove first, then take k."""
    best = scores.argsort(descending=True)[:k]
    return best[~torch.isin(best, torch.as_tensor(seen, dtype=torch.long))]


def places_among_the_unseen(scores, seen, k):
    """These are positions in the shortened list of unseen movies, not the movies' own
    numbers, which were lost when the list was made. Keep the numbers beside the scores,
    or set the scores of the seen movies to minus infinity and shorten nothing."""
    unseen = [score for item, score in enumerate(scores) if item not in seen]
    return torch.stack(unseen).argsort(descending=True)[:k]


@recognized_by(_as_if_seen_scored(-1.0))
def seen_movies_score_minus_one(scores, seen, k):
    """The seen movies got the score -1, and where all others score below that, it is
    the best score of all. Use minus infinity."""
    return _with_seen_at(-1.0, scores, seen, k)


def seen_movies_score_nan(scores, seen, k):
    """The seen movies got NaN, which sorts before every number. Use minus infinity."""
    return _with_seen_at(torch.nan, scores, seen, k)


def _with_seen_at(score, scores, seen, k):
    allowed = scores.clone()
    allowed[seen] = score
    return allowed.topk(min(k, len(scores) - len(seen))).indices


def more_than_there_are(scores, seen, k):
    """`topk(k)` raises an error where there are fewer than k movies in all. Ask for
    `min(k, …)` of them."""
    allowed = scores.clone()
    allowed[seen] = -torch.inf
    best = allowed.topk(k)
    return best.indices[~best.values.isinf()]


def scores_for_movies(scores, seen, k):
    """These are the scores themselves. The question asks for the numbers of the movies:
    `topk(k).indices`."""
    return scores[top_unseen(scores, seen, k)]


def unseen_not_cut(scores, seen, k):
    """The order is right, but the list was not cut after k movies."""
    return top_unseen(scores, seen, len(scores))


def _unseen_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    cases = []
    for n, n_seen, k, shift in ((10, 3, 4, 3.5), (30, 12, 5, 3.5), (12, 4, 5, -6.0)):
        scores = _apart(n, draw) + shift
        best = scores.argsort(descending=True)
        others = best[2:][torch.randperm(n - 2, generator=draw)[: n_seen - 2]]
        cases.append((scores, [*best[:2].tolist(), *others.tolist()], k))
    return cases


def _apart(n, draw):
    """Scores in any order, far enough apart to be rounded."""
    gaps = 0.01 + torch.rand(n, generator=draw)
    scores = gaps.cumsum(0) * 4 / n
    return (scores - scores.mean())[torch.randperm(n, generator=draw)]


def _unseen_edges():
    few = torch.tensor([0.3, -1.2, 0.9, 2.1, -0.4, 1.5])
    tied = torch.tensor([2.0, 3.0, 2.0, 1.0, 3.0, 2.0, 5.0])
    return [
        ("where every score is below zero", (few - 6, [2], 3)),
        ("where every score is far below zero", (few - 5000, [2, 3], 3)),
        ("where fewer than k movies are left", (few, [0, 1, 3, 5], 4)),
        ("where k is larger than the number of all movies", (few[:3], [1], 10)),
        ("where the user has seen nothing", (few, [], 3)),
        ("where the user has seen everything", (few[:4], [2, 0, 3, 1], 3)),
        *[
            ("where only the movie with the lowest score is left", case)
            for case in _lowest_left()
        ],
        ("where movies have the same score", (tied, [6], 5)),
    ]


def _lowest_left():
    scores = torch.tensor([-2.0, 1.5, 0.5, 2.0, 1.0])
    for lowest in (0, 2, 4):
        seen = [movie for movie in range(5) if movie != lowest]
        yield scores.roll(lowest), seen, 2


def _is_equal_but_for_ties(given, expected, scores, seen, k):
    """True for movies of equal scores in another order."""
    movies = np.asarray(plain(given))
    if movies.dtype.kind not in "iu" or movies.shape != tuple(expected.shape):
        return False
    distinct = len(set(movies.tolist()) - set(seen)) == len(movies)
    return distinct and np.array_equal(scores.numpy()[movies], scores[expected])


def seen_at_the_end_and_not_cut(scores, seen, k):
    """The list holds all movies, the seen ones at its end. Cut it after k, or where no
    unseen movie is left."""
    allowed = scores.clone()
    allowed[seen] = -torch.inf
    return allowed.argsort(descending=True)


def _holds_all(given, scores, seen, k):
    movies, right = (
        plain(given).tolist(),
        top_unseen(scores, seen, len(scores)).tolist(),
    )
    return len(movies) == len(scores) and movies[: len(right)] == right


seen_at_the_end_and_not_cut.sign = _holds_all


@recognized_by(_as_if_seen_scored(None))
def seen_movies_score_the_lowest(scores, seen, k):
    """The seen movies got the lowest score of all, which an unseen movie may have as
    well. Use minus infinity."""
    return _with_seen_at(scores.min().item(), scores, seen, k)


@recognized_by(
    lambda given, *case: any(
        _as_if_seen_scored(value)(given, *case)
        for value in (-10.0, -99.0, -100.0, -999.0, -1000.0)
    )
)
def seen_movies_score_minus_1000(scores, seen, k):
    """The seen movies got a number such as -100 or -1000, and where all others score
    below that, it is the best score of all. Use minus infinity."""
    return _with_seen_at(-1000.0, scores, seen, k)


def first_of_equal_scores(scores, seen, k):
    """The movies were looked up by their scores, and of several with the same score the
    first one came out each time. Sort the numbers of the movies, not the scores:
    `argsort` or `topk(k).indices`."""
    values = [score for item, score in enumerate(scores.tolist()) if item not in seen]
    return [scores.tolist().index(value) for value in sorted(values)[::-1][:k]]


def k_less_the_seen(scores, seen, k):
    """The list is shorter than k by the number of seen movies. Of the unseen ones k are
    asked for."""
    return top_unseen(scores, seen, max(k - len(seen), 0))


def seen_movies_returned(scores, seen, k):
    """These are the seen movies. The question asks for the others."""
    ranked = scores.argsort(descending=True).tolist()
    return [item for item in ranked if item in seen][:k]


def best_last(scores, seen, k):
    """The movies are right, but the best comes last. Reverse the order."""
    return top_unseen(scores, seen, k).flip(0)


def unseen_in_their_order(scores, seen, k):
    """These are the first k unseen movies, in the order of their numbers. Sort by the
    scores first."""
    return [item for item in range(len(scores)) if item not in seen][:k]


def movies_beside_scores(scores, seen, k):
    """These are scores and movies together. Return the numbers of the movies alone:
    `topk(k).indices`."""
    movies = top_unseen(scores, seen, k)
    return scores[movies], movies


QUESTIONS = (
    Question(
        "q12",
        top_unseen,
        _unseen_cases,
        (
            seen_movies_recommended,
            worst_first,
            seen_movies_score_zero,
            filled_up_with_seen,
            filtered_after_the_cut,
            places_among_the_unseen,
            seen_movies_score_minus_one,
            seen_movies_score_nan,
            more_than_there_are,
            scores_for_movies,
            unseen_not_cut,
            seen_at_the_end_and_not_cut,
            seen_movies_score_the_lowest,
            seen_movies_score_minus_1000,
            first_of_equal_scores,
            k_less_the_seen,
            seen_movies_returned,
            best_last,
            unseen_in_their_order,
            movies_beside_scores,
        ),
        edges=_unseen_edges,
        equal=_is_equal_but_for_ties,
    ),
)
