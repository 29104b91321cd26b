"""For authors: the question on neighbours by cosine, from lab 04."""

import numpy as np
import torch

from checks.comparing import plain
from checks.questions.question import Question


def cosine_neighbours(vectors, query, k):
    """The rows of the k vectors most similar to vectors[query], best first.

    vectors: (n, d). Similarity is the cosine. Leave out the query itself.
    A vector of zeros has no direction: it is nobody's neighbour.
    If fewer than k neighbours are left, return all of them.
    """
    lengths = vectors.norm(dim=1)
    cosines = vectors @ vectors[query] / (lengths * lengths[query])
    cosines[lengths == 0] = -torch.inf
    cosines[query] = -torch.inf
    k = min(k, int((cosines > -torch.inf).sum()))
    return cosines.topk(k).indices


def _neighbours(similarity, query, k, descending=True):
    similarity = similarity.clone()
    similarity[query] = -torch.inf if descending else torch.inf
    return similarity.argsort(descending=descending)[:k]


def _cosines(vectors, query):
    lengths = vectors.norm(dim=1)
    return vectors @ vectors[query] / (lengths * lengths[query])


def dot_product_for_cosine(vectors, query, k):
    """These are the largest dot products, which favour long vectors, whatever their
    direction. The cosine divides by both lengths."""
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
    """A vector of zeros came out as a neighbour. Its cosine is 0/0, NaN, and NaN sorts
    before every number in PyTorch. Give it the lowest similarity."""
    return _neighbours(_cosines(vectors, query), query, k)


def zero_vector_with_cosine_zero(vectors, query, k):
    """A vector of zeros came out as a neighbour: its similarity was set to 0, which is
    more than every negative cosine. Give it minus infinity."""
    return _neighbours(_cosines(vectors, query).nan_to_num(0), query, k)


def nothing_left_out(vectors, query, k):
    """Neither the query itself nor a vector of zeros was left out. Give both the lowest
    similarity before you sort."""
    return _cosines(vectors, query).topk(k).indices


def zero_vector_after_the_query(vectors, query, k):
    """The first entry of the sorted list is missing, as if it were always the query. A
    vector of zeros comes before it, because NaN sorts before every number. Set the
    similarity of both to minus infinity before you sort."""
    return _cosines(vectors, query).topk(k + 1).indices[1:]


def best_last(vectors, query, k):
    """The neighbours are right, but the best comes last. Reverse the order."""
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
    """The neighbours are ordered by the dot product, which favours long vectors;
    vectors of zeros are left out. The cosine divides by both lengths. (Dividing by the
    query's alone does not change the order.)"""
    products = vectors @ vectors[query]
    products[vectors.norm(dim=1) == 0] = -torch.inf
    return _neighbours(products, query, k)


def one_too_few(vectors, query, k):
    """The list is one row too short. (That happens where the query is removed after the
    cut.) Leave out the query first, then take k."""
    return cosine_neighbours(vectors, query, k)[:-1]


def _neighbour_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    return [
        _neighbour_case(draw, *size) for size in ((8, 2, 3), (20, 5, 4), (30, 8, 9))
    ]


def _neighbour_case(draw, n, d, k):
    """Vectors whose cosines with the query are far enough apart to be rounded."""
    query = int(torch.randint(n, (1,), generator=draw))
    while True:
        vectors = torch.randn(n, d, generator=draw)
        vectors *= 0.2 + 4 * torch.rand(n, 1, generator=draw)
        if _cosines(vectors, query).sort().values.diff().min() > 1e-4:
            return vectors, query, k


def _neighbour_edges():
    draw = torch.Generator().manual_seed(7)
    zero = _neighbour_case(draw, 12, 4, 9)[0]
    zero[[0, 5]] = 0
    plane = [[3.0, 0], [6, 0], [0, 2], [0, 5], [-1, 0], [4, 1], [8, 2], [-3, 3]]
    tied = torch.tensor(plane)
    few, query, _ = _neighbour_case(draw, 5, 3, 1)
    return [
        ("where vectors of zeros are among them", (zero, 2, 6)),
        ("where vectors of zeros come last", (zero, 2, 9)),
        ("where vectors have the same direction", (tied, 5, 5)),
        ("where a vector has the direction of the query", (tied, 0, 3)),
        ("where k is 1", (few, query, 1)),
        ("where the query is the last row", (few, 4, 2)),
        ("where k is larger than the number of neighbours", (few, query, 9)),
        ("where k is the number of all vectors", (few, query, 5)),
        ("where vectors of zeros leave fewer than k", (zero, 2, 12)),
    ]


def _is_equal_but_for_ties(given, expected, vectors, query, k):
    """True for rows of equal cosines in another order."""
    rows = np.asarray(plain(given))
    if rows.dtype.kind not in "iu" or rows.shape != tuple(expected.shape):
        return False
    cosines = _cosines(vectors.double(), query).numpy()
    distinct = len(set(rows.tolist()) - {query}) == len(rows)
    return distinct and np.allclose(cosines[rows], cosines[expected], atol=1e-6)


def _similar(vectors, query):
    cosines = _cosines(vectors, query).nan_to_num(-torch.inf)
    cosines[query] = -torch.inf
    return cosines


def rows_after_deleting(vectors, query, k):
    """The query was taken out of the table, and the rows below it moved up by one.
    These are positions in the shorter table: add 1 to those from the query on, or set
    the query's similarity to minus infinity and delete nothing."""
    rows = cosine_neighbours(vectors, query, k)
    return torch.where(rows > query, rows - 1, rows)


def filled_up_with_the_query(vectors, query, k):
    """Where fewer than k neighbours are left, the list goes on with the query or with
    vectors of zeros. Return the shorter list."""
    return _similar(vectors, query).argsort(descending=True, stable=True)[:k]


def _ends_in_excluded(given, vectors, query, k):
    rows, right = plain(given).tolist(), cosine_neighbours(vectors, query, k).tolist()
    excluded = {query, *torch.nonzero(vectors.norm(dim=1) == 0).flatten().tolist()}
    begins = rows[: len(right)] == right
    return (
        begins and len(right) < len(rows) <= k and set(rows[len(right) :]) <= excluded
    )


filled_up_with_the_query.sign = _ends_in_excluded


def more_than_there_are(vectors, query, k):
    """`topk(k)` raises an error where there are fewer than k vectors. Ask for `min(k,
    …)` of them."""
    best = _similar(vectors, query).topk(k)
    return best.indices[best.values > -torch.inf]


def cosines_beside_the_rows(vectors, query, k):
    """These are rows and similarities together. Return the rows alone:
    `topk(k).indices`."""
    rows = cosine_neighbours(vectors, query, k)
    return rows, _cosines(vectors, query)[rows]


def centred_cosine(vectors, query, k):
    """The mean of each vector was subtracted first: that is a correlation. The cosine
    takes the vectors as they are."""
    centred = vectors - vectors.mean(1, keepdim=True)
    cosines = _cosines(centred, query)
    cosines[vectors.norm(dim=1) == 0] = -torch.inf
    cosines[query] = -torch.inf
    return cosines.argsort(descending=True)[: min(k, int(cosines.isfinite().sum()))]


def columns_of_length_one(vectors, query, k):
    """The columns were brought to length 1, not the rows. The lengths in a cosine are
    those of the vectors: `dim=1`."""
    scaled = vectors / vectors.norm(dim=0)
    return _neighbours(scaled @ scaled[query], query, k)


def not_cut_after_k(vectors, query, k):
    """The order is right, but the list was not cut after k rows."""
    return cosine_neighbours(vectors, query, len(vectors))


def least_similar_of_the_neighbours(vectors, query, k):
    """These are the k least similar of the neighbours. Sort in descending order."""
    cosines = _similar(vectors, query)
    rows = cosines.argsort()[int((cosines == -torch.inf).sum()) :]
    return rows[:k]


QUESTIONS = (
    Question(
        "q10",
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
            rows_after_deleting,
            filled_up_with_the_query,
            more_than_there_are,
            cosines_beside_the_rows,
            centred_cosine,
            columns_of_length_one,
            not_cut_after_k,
            least_similar_of_the_neighbours,
        ),
        edges=_neighbour_edges,
        equal=_is_equal_but_for_ties,
    ),
)
