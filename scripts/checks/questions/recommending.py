"""Questions on labs 04 and 05: neighbours, lists, and the measure of a list."""

import numpy as np
import torch

from checks.questions.question import Question, recognized_by


def cosine_neighbours(vectors, query, k):
    """The rows of the k vectors most similar to vectors[query], best first.

    vectors: (n, d). Similarity is the cosine. Leave out the query itself.
    A vector of zeros has no direction: it is nobody's neighbour.
    """
    lengths = vectors.norm(dim=1)
    cosines = vectors @ vectors[query] / (lengths * lengths[query])
    cosines[lengths == 0] = -torch.inf
    cosines[query] = -torch.inf
    return cosines.topk(k).indices


def _neighbours(similarity, query, k, descending=True):
    similarity = similarity.clone()
    similarity[query] = -torch.inf if descending else torch.inf
    return similarity.argsort(descending=descending)[:k]


def _cosines(vectors, query):
    lengths = vectors.norm(dim=1)
    return vectors @ vectors[query] / (lengths * lengths[query])


def dot_product_for_cosine(vectors, query, k):
    """These are the largest dot products, which prefer long vectors, that is, popular
    films. The cosine divides by both lengths."""
    return _neighbours(vectors @ vectors[query], query, k)


def query_among_its_neighbours(vectors, query, k):
    """The query itself is in the list: its cosine with itself is 1. Leave it out."""
    return _cosines(vectors, query).nan_to_num(-2).argsort(descending=True)[:k]


def least_similar_first(vectors, query, k):
    """These are the least similar vectors: the sort was ascending."""
    return _neighbours(_cosines(vectors, query).nan_to_num(2), query, k, False)


def nearest_by_distance(vectors, query, k):
    """These are the nearest by Euclidean distance. The question wants the cosine, which
    looks at the direction only."""
    distances = (vectors - vectors[query]).norm(dim=1)
    return _neighbours(distances, query, k, False)


def zero_vector_as_neighbour(vectors, query, k):
    """A vector of zeros came out as a neighbour: its length is 0, and 0/0 is NaN, which
    sorts before every number. Give it the lowest similarity."""
    return _neighbours(_cosines(vectors, query), query, k)


def zero_vector_with_cosine_zero(vectors, query, k):
    """A vector of zeros came out as a neighbour: its similarity was set to 0, which is
    more than every negative cosine. Give it minus infinity."""
    return _neighbours(_cosines(vectors, query).nan_to_num(0), query, k)


def _neighbour_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    cases = []
    for n, d, k in ((8, 2, 3), (20, 5, 4), (40, 16, 10)):
        vectors = torch.randn(n, d, generator=draw)
        vectors *= 0.2 + 4 * torch.rand(n, 1, generator=draw)
        cases.append((vectors, int(torch.randint(n, (1,), generator=draw)), k))
    with_zero = torch.randn(12, 4, generator=draw)
    with_zero[5] = 0
    return [*cases, (with_zero, 2, 9)]


def top_unseen(scores, seen, k):
    """The k unseen items with the highest scores, best first.

    scores: (n_items,), may be negative. seen: the items the user rated.
    Where fewer than k are left, all that are left.
    """
    allowed = scores.clone()
    allowed[seen] = -torch.inf
    k = min(k, len(scores) - len(seen))
    return allowed.topk(k).indices


def seen_films_recommended(scores, seen, k):
    """The list contains films that the user has rated already."""
    return scores.argsort(descending=True)[:k]


def worst_first(scores, seen, k):
    """These are the lowest scores: the sort was ascending."""
    left = min(k, len(scores) - len(seen))
    allowed = scores.clone()
    allowed[seen] = torch.inf
    return allowed.argsort()[:left]


def seen_films_score_zero(scores, seen, k):
    """The seen films were given the score 0, and where the others score below 0 that is
    the best of all. Use minus infinity."""
    allowed = scores.clone()
    allowed[seen] = 0
    return allowed.argsort(descending=True)[: min(k, len(scores) - len(seen))]


def _ends_in_seen(given, scores, seen, k):
    given = given.tolist() if hasattr(given, "tolist") else given
    unseen = top_unseen(scores, seen, k).tolist()
    if not isinstance(given, list) or len(given) != k or len(unseen) == k:
        return False
    begins_well = given[: len(unseen)] == unseen
    return begins_well and all(item in seen for item in given[len(unseen) :])


@recognized_by(_ends_in_seen)
def filled_up_with_seen(scores, seen, k):
    """Where fewer than k films are left, the list was filled up with seen ones. Return
    the shorter list."""
    allowed = scores.clone()
    allowed[seen] = -torch.inf
    return allowed.argsort(descending=True)[:k]


def filtered_after_the_cut(scores, seen, k):
    """The best k were taken first and the seen ones then removed, so the list is too
    short. Remove first, then take k."""
    best = scores.argsort(descending=True)[:k]
    return best[~torch.isin(best, torch.as_tensor(seen, dtype=torch.long))]


def places_among_the_unseen(scores, seen, k):
    """These are places in the shortened list of unseen films, not the films' own
    numbers, which were lost when the list was made. Keep the numbers beside the scores,
    or lower the scores of the seen and shorten nothing."""
    unseen = [score for item, score in enumerate(scores) if item not in seen]
    return torch.stack(unseen).argsort(descending=True)[:k]


def _unseen_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    cases = []
    for n, n_seen, k, shift in ((10, 3, 4, 3.5), (30, 12, 5, 3.5), (12, 4, 5, -6.0)):
        scores = torch.randn(n, generator=draw) + shift
        best = scores.argsort(descending=True)
        others = best[2:][torch.randperm(n - 2, generator=draw)[: n_seen - 2]]
        cases.append((scores, [*best[:2].tolist(), *others.tolist()], k))
    few = torch.randn(6, generator=draw)
    return [*cases, (few, [0, 1, 3, 5], 4), (few, [], 3)]


def dcg_and_ndcg(predicted, stars, k):
    """(DCG, NDCG) at k of one user's test films.

    predicted, stars: (n,), the predicted and the true stars of the same films.
    A film is relevant when its true stars are 4 or more; it then adds
    1 / log2(rank + 1), ranks counted from 1 in the order of `predicted`.
    Without a relevant film both are 0.
    """
    order = predicted.argsort(descending=True)[:k]
    relevant = (stars >= 4).double()
    discounts = 1 / torch.arange(2, k + 2).log2()
    dcg = (relevant[order] * discounts[: len(order)]).sum().item()
    n_hits = min(k, int(relevant.sum()))
    if n_hits == 0:
        return 0.0, 0.0
    return dcg, dcg / discounts[:n_hits].sum().item()


def _dcg(predicted, stars, k, discount, ideal=None):
    order = predicted.argsort(descending=True)[:k]
    dcg = sum(discount(r) for r, i in enumerate(order, start=1) if stars[i] >= 4)
    hits = ideal or min(k, int((stars >= 4).sum()))
    best = sum(discount(rank) for rank in range(1, hits + 1))
    return (float(dcg), float(dcg / best)) if best and dcg else (0.0, 0.0)


def natural_logarithm(predicted, stars, k):
    """The logarithm is the natural one. DCG uses base 2; in NDCG the base cancels,
    which is why the mistake hides there."""
    return _dcg(predicted, stars, k, lambda rank: 1 / np.log(rank + 1))


def discount_off_by_one(predicted, stars, k):
    """The discount is late by one rank: the first place must count 1 / log2(2) = 1."""
    return _dcg(predicted, stars, k, lambda rank: 1 / np.log2(rank + 2))


def discount_early_by_one(predicted, stars, k):
    """The discount is early by one rank: log2(rank) is 0 at the first place. It is
    log2(rank + 1)."""
    return _dcg(predicted, stars, k, lambda rank: 1 / max(np.log2(rank), 1))


def relevance_from_predicted(predicted, stars, k):
    """Relevance was read from the predicted stars, so the model marks its own work. The
    true stars decide what is relevant; the predicted ones only order the list."""
    return dcg_and_ndcg(predicted, predicted, k)


def ordered_by_true_stars(predicted, stars, k):
    """The list was ordered by the true stars, which nobody knows beforehand. Order by
    the predicted ones."""
    return dcg_and_ndcg(stars.double(), stars, k)


def worst_predicted_first(predicted, stars, k):
    """The list starts with the lowest prediction: the sort was ascending."""
    return dcg_and_ndcg(-predicted, stars, k)


def ideal_with_k_hits(predicted, stars, k):
    """The ideal list has k hits, even where the user has fewer relevant films. Then no
    list could reach 1: the ideal has min(k, number of relevant films) hits."""
    return _dcg(predicted, stars, k, lambda rank: 1 / np.log2(rank + 1), ideal=k)


def list_not_cut(predicted, stars, k):
    """The list was not cut after k films."""
    return dcg_and_ndcg(predicted, stars, len(predicted))


def stars_as_gain(predicted, stars, k):
    """The gain grows with the stars, 2^stars - 1. That is the graded kind; here a
    relevant film counts 1 and any other 0."""
    order, gains = predicted.argsort(descending=True)[:k], 2.0**stars - 1
    best = gains.sort(descending=True).values[:k]
    discounts = 1 / torch.arange(2, len(order) + 2).log2()
    dcg = (gains[order] * discounts).sum().item()
    return dcg, dcg / (best * discounts).sum().item()


def five_stars_only(predicted, stars, k):
    """Relevant are films with 4 stars or more; here 4 stars were not enough."""
    return dcg_and_ndcg(predicted, stars - 1, k)


def ideal_from_the_same_list(predicted, stars, k):
    """The ideal list was put together from the k films of this list. A relevant film
    that the list missed belongs to it: count them among all the test films."""
    listed = predicted.argsort(descending=True)[:k]
    return dcg_and_ndcg(predicted[listed], stars[listed], k)


def _dcg_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    stars = torch.tensor([5, 2, 4, 3, 1, 4, 2, 3])
    predicted = torch.tensor([4.6, 4.4, 3.1, 4.2, 1.5, 4.1, 4.9, 2.2])
    cases = [(predicted, stars, 5), (predicted[:4], torch.tensor([1, 2, 3, 3]), 3)]
    for n, k in ((10, 3), (25, 10)):
        stars = torch.randint(1, 6, (n,), generator=draw)
        predicted = 3.4 + torch.randn(n, generator=draw)
        cases.append((predicted, stars, k))
    return cases


QUESTIONS = (
    Question(
        "q11",
        cosine_neighbours,
        _neighbour_cases,
        (
            dot_product_for_cosine,
            query_among_its_neighbours,
            least_similar_first,
            nearest_by_distance,
            zero_vector_as_neighbour,
            zero_vector_with_cosine_zero,
        ),
    ),
    Question(
        "q12",
        top_unseen,
        _unseen_cases,
        (
            seen_films_recommended,
            worst_first,
            seen_films_score_zero,
            filled_up_with_seen,
            filtered_after_the_cut,
            places_among_the_unseen,
        ),
    ),
    Question(
        "q13",
        dcg_and_ndcg,
        _dcg_cases,
        (
            natural_logarithm,
            discount_off_by_one,
            discount_early_by_one,
            relevance_from_predicted,
            ordered_by_true_stars,
            worst_predicted_first,
            ideal_with_k_hits,
            list_not_cut,
            stars_as_gain,
            five_stars_only,
            ideal_from_the_same_list,
        ),
    ),
)
