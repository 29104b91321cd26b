"""Questions on labs 04 and 05: neighbours, lists, their measure, and newcomers."""

import numpy as np
import torch

from checks.questions.question import Question


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


def _neighbour_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    cases = []
    for n, d, k in ((8, 2, 3), (20, 5, 4), (40, 16, 10)):
        vectors = torch.randn(n, d, generator=draw)
        vectors *= 0.2 + 4 * torch.rand(n, 1, generator=draw)
        cases.append((vectors, int(torch.randint(n, (1,), generator=draw)), k))
    with_zero = torch.randn(12, 4, generator=draw)
    with_zero[5] = 0
    return [*cases, (with_zero, 2, 4)]


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


def predict_safely(mean, user_bias, item_bias, P, Q, user, item):
    """The prediction for a user's and an item's row; -1 means unknown.

    P: (n_users, k), Q: (n_items, k); the biases: (n_users,), (n_items,).
    Use all that is known: an unknown user or item itself adds nothing.
    """
    prediction = mean
    if user >= 0:
        prediction = prediction + user_bias[user]
    if item >= 0:
        prediction = prediction + item_bias[item]
    if user >= 0 and item >= 0:
        prediction = prediction + P[user] @ Q[item]
    return float(prediction)


def last_row_for_unknown(mean, user_bias, item_bias, P, Q, user, item):
    """-1 was used as a row number, and in Python that is the last row: an unknown user
    got the taste of the last one. Ask whether the row is known first."""
    return float(mean + user_bias[user] + item_bias[item] + P[user] @ Q[item])


def global_mean_for_newcomers(mean, user_bias, item_bias, P, Q, user, item):
    """A new user got the global mean. The film's bias is known all the same, and a good
    film is good news for a newcomer too."""
    if user < 0 or item < 0:
        return float(mean)
    return last_row_for_unknown(mean, user_bias, item_bias, P, Q, user, item)


def zero_for_newcomers(mean, user_bias, item_bias, P, Q, user, item):
    """An unknown user or item got 0 stars, which is not on the scale. Start from the
    mean."""
    if user < 0 or item < 0:
        return 0.0
    return last_row_for_unknown(mean, user_bias, item_bias, P, Q, user, item)


def biases_swapped_for_newcomers(mean, user_bias, item_bias, P, Q, user, item):
    """The biases are exchanged: a new user leaves the item's bias standing, a new item
    the user's."""
    if user < 0 and item < 0:
        return float(mean)
    if user < 0:
        return float(mean + user_bias[user])
    if item < 0:
        return float(mean + item_bias[item])
    return last_row_for_unknown(mean, user_bias, item_bias, P, Q, user, item)


def row_zero_is_unknown(mean, user_bias, item_bias, P, Q, user, item):
    """Row 0 was taken for unknown. It is a row like the others: test for -1, not for
    truth."""
    user, item = (user if user > 0 else -1), (item if item > 0 else -1)
    return predict_safely(mean, user_bias, item_bias, P, Q, user, item)


def _safe_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    cases = []
    for user, item in ((2, 3), (-1, 1), (1, -1), (-1, -1), (0, 4), (3, 0), (0, -1)):
        tables = (
            torch.randn(4, generator=draw),
            torch.randn(5, generator=draw),
            torch.randn(4, 3, generator=draw),
            torch.randn(5, 3, generator=draw),
        )
        cases.append((3.5, *tables, user, item))
    return cases


def fold_in(Q, item_bias, mean, items, stars, strength):
    """(bias b, vector p) of a new user who gave `stars` to `items`.

    b is a number, p has shape (k,). They minimize, over the n new ratings,
    Σ (star - mean - item_bias[i] - b - p·Q[i])² + strength · n · (b² + p·p)
    """
    features = torch.cat([torch.ones(len(items), 1), Q[items]], dim=1)
    target = stars - mean - item_bias[items]
    ridge = strength * len(items) * torch.eye(features.shape[1])
    x = torch.linalg.solve(features.T @ features + ridge, features.T @ target)
    return x[0].item(), x[1:]


def mean_left_in(Q, item_bias, mean, items, stars, strength):
    """The mean was not subtracted from the stars, so this user's bias has to explain
    all of it and looks enormous."""
    return fold_in(Q, item_bias, 0.0, items, stars, strength)


def item_bias_left_in(Q, item_bias, mean, items, stars, strength):
    """The item biases were not subtracted from the stars: liking a film that everybody
    likes would count as taste."""
    return fold_in(Q, torch.zeros_like(item_bias), mean, items, stars, strength)


def strength_without_the_count(Q, item_bias, mean, items, stars, strength):
    """`strength` was not multiplied by n, the number of the new user's ratings."""
    return fold_in(Q, item_bias, mean, items, stars, strength / len(items))


def own_bias_left_free(Q, item_bias, mean, items, stars, strength):
    """The user's bias was not penalized. With three ratings it is as uncertain as the
    factors: it belongs to the ridge."""
    features = torch.cat([torch.ones(len(items), 1), Q[items]], dim=1)
    ridge = strength * len(items) * torch.eye(features.shape[1])
    ridge[0, 0] = 0
    target = stars - mean - item_bias[items]
    x = torch.linalg.solve(features.T @ features + ridge, features.T @ target)
    return x[0].item(), x[1:]


def own_bias_forgotten(Q, item_bias, mean, items, stars, strength):
    """The user's bias is missing. Put a column of ones before Q[items], and the bias is
    one coordinate more."""
    rows, target = Q[items], stars - mean - item_bias[items]
    gram = rows.T @ rows + strength * len(items) * torch.eye(Q.shape[1])
    return 0.0, torch.linalg.solve(gram, rows.T @ target)


def _fold_in_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    cases = []
    for n_items, k, n, strength in ((8, 2, 5, 0.2), (30, 4, 10, 0.05), (50, 8, 3, 0.1)):
        items = torch.randperm(n_items, generator=draw)[:n]
        stars = torch.randint(1, 6, (n,), generator=draw).float()
        Q = torch.randn(n_items, k, generator=draw)
        item_bias = torch.randn(n_items, generator=draw)
        cases.append((Q, item_bias, 3.5, items, stars, strength))
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
        ),
    ),
    Question(
        "q14",
        predict_safely,
        _safe_cases,
        (
            last_row_for_unknown,
            global_mean_for_newcomers,
            zero_for_newcomers,
            biases_swapped_for_newcomers,
            row_zero_is_unknown,
        ),
    ),
    Question(
        "q15",
        fold_in,
        _fold_in_cases,
        (
            mean_left_in,
            item_bias_left_in,
            strength_without_the_count,
            own_bias_left_free,
            own_bias_forgotten,
        ),
    ),
)
