"""For authors: the question on neighbours by cosine, from lab 04."""

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
    """These are the largest dot products, which favour long vectors, that is, popular
    movies. The cosine divides by both lengths."""
    return _neighbours(vectors @ vectors[query], query, k)


def query_among_its_neighbours(vectors, query, k):
    """The query itself is in the list: its cosine with itself is 1. Leave it out."""
    return _cosines(vectors, query).nan_to_num(-2).argsort(descending=True)[:k]


def least_similar_first(vectors, query, k):
    """These are the least similar vectors: the sort was ascending."""
    return _neighbours(_cosines(vectors, query).nan_to_num(2), query, k, False)


def nearest_by_distance(vectors, query, k):
    """These are the nearest vectors by Euclidean distance. The question asks for the
    cosine, which looks only at the direction."""
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


def nothing_left_out(vectors, query, k):
    """The query itself is in the list, and so may be a vector of zeros, with a cosine
    of NaN. Give both the lowest similarity before you sort."""
    return _cosines(vectors, query).topk(k).indices


def zero_vector_after_the_query(vectors, query, k):
    """The first entry of the list was taken for the query and dropped. A vector of
    zeros came before it: NaN sorts before every number. Set the similarity of both to
    minus infinity before you sort."""
    return _cosines(vectors, query).topk(k + 1).indices[1:]


def best_last(vectors, query, k):
    """The neighbours are right, but the best comes last: `argsort()[-k:]` ends with the
    largest. Reverse the order."""
    return cosine_neighbours(vectors, query, k).flip(0)


def similarities_for_rows(vectors, query, k):
    """These are the similarities themselves. The question asks for the rows they belong
    to: `topk(k).indices`."""
    cosines = _cosines(vectors, query).nan_to_num(-2)
    return cosines[cosine_neighbours(vectors, query, k)]


def opposites_as_neighbours(vectors, query, k):
    """The sign of the cosine was dropped. A vector that points the opposite way is as
    different as can be."""
    return _neighbours(_cosines(vectors, query).abs().nan_to_num(-2), query, k)


def divided_by_one_length(vectors, query, k):
    """These are dot products divided by the query's length alone, which does not change
    the order: long vectors still come first. Divide by the other length as well."""
    products = vectors @ vectors[query]
    products[vectors.norm(dim=1) == 0] = -torch.inf
    return _neighbours(products, query, k)


def one_too_few(vectors, query, k):
    """The list has k - 1 rows: the query was among the first k, and was removed after
    the cut. Remove first, then take k."""
    return cosine_neighbours(vectors, query, k)[:-1]


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
            nothing_left_out,
            zero_vector_after_the_query,
            best_last,
            similarities_for_rows,
            opposites_as_neighbours,
            divided_by_one_length,
            one_too_few,
        ),
    ),
)
