"""For authors: the question on a list without what was seen, from lab 05."""

import torch

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
        scores = torch.randn(n, generator=draw) + shift
        best = scores.argsort(descending=True)
        others = best[2:][torch.randperm(n - 2, generator=draw)[: n_seen - 2]]
        cases.append((scores, [*best[:2].tolist(), *others.tolist()], k))
    few = torch.randn(6, generator=draw)
    fewer = [(few, [0, 1, 3, 5], 4), (few, [], 3), (few[:3], [1], 10)]
    return [*cases, (few - 6, [2], 3), *fewer]


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
        ),
    ),
)
