"""For authors: the question on measuring a list, from lab 05."""

import numpy as np
import torch

from checks.questions.question import Question


def dcg_and_ndcg(predicted, stars, k):
    """(DCG, NDCG) at k of one user's test movies.

    predicted, stars: (n,), the predicted and the true stars of each movie.
    A movie is relevant when its true stars are 4 or more; it then adds
    1 / log2(rank + 1), ranks counted from 1 in the order of `predicted`.
    Without a relevant movie the DCG is 0, and the NDCG is not defined: NaN.
    """
    order = predicted.argsort(descending=True)[:k]
    relevant = (stars >= 4).double()
    discounts = 1 / torch.arange(2, k + 2).log2()
    dcg = (relevant[order] * discounts[: len(order)]).sum().item()
    n_hits = min(k, int(relevant.sum()))
    if n_hits == 0:
        return 0.0, float("nan")
    return dcg, dcg / discounts[:n_hits].sum().item()


def _dcg(predicted, stars, k, discount, ideal=None):
    order = predicted.argsort(descending=True)[:k]
    dcg = sum(discount(r) for r, i in enumerate(order, start=1) if stars[i] >= 4)
    hits = ideal or min(k, int((stars >= 4).sum()))
    best = sum(discount(rank) for rank in range(1, hits + 1))
    return float(dcg), float(dcg / best) if best else np.nan


def natural_logarithm(predicted, stars, k):
    """This is the natural logarithm. DCG uses base 2; in NDCG the base cancels, so the
    mistake does not show there."""
    return _dcg(predicted, stars, k, lambda rank: 1 / np.log(rank + 1))


def logarithm_of_base_ten(predicted, stars, k):
    """This is the logarithm of base 10. DCG uses base 2; in NDCG the base cancels."""
    return _dcg(predicted, stars, k, lambda rank: 1 / np.log10(rank + 1))


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
    """The ideal list has k hits, even where the user has fewer relevant movies. Then no
    list could reach 1: the ideal has min(k, number of relevant movies) hits."""
    return _dcg(predicted, stars, k, lambda rank: 1 / np.log2(rank + 1), ideal=k)


def list_not_cut(predicted, stars, k):
    """The list was not cut after k movies."""
    return dcg_and_ndcg(predicted, stars, len(predicted))


def true_stars_as_gain(predicted, stars, k):
    """The gain is the number of stars. Here a relevant movie counts 1 and any other
    0."""
    order = predicted.argsort(descending=True)[:k]
    best = stars.sort(descending=True).values[:k]
    discounts = 1 / torch.arange(2, len(order) + 2).log2()
    dcg = (stars[order] * discounts).sum().item()
    return dcg, dcg / (best * discounts).sum().item()


def ndcg_alone(predicted, stars, k):
    """This is only the NDCG. Return two values, the DCG and the NDCG."""
    return dcg_and_ndcg(predicted, stars, k)[1]


def stars_as_gain(predicted, stars, k):
    """The gain grows with the stars, 2^stars - 1. That is the graded version; here a
    relevant movie counts 1 and any other 0."""
    order, gains = predicted.argsort(descending=True)[:k], 2.0**stars - 1
    best = gains.sort(descending=True).values[:k]
    discounts = 1 / torch.arange(2, len(order) + 2).log2()
    dcg = (gains[order] * discounts).sum().item()
    return dcg, dcg / (best * discounts).sum().item()


def five_stars_only(predicted, stars, k):
    """Movies with 4 stars or more are relevant; here 4 stars were not enough."""
    return dcg_and_ndcg(predicted, stars - 1, k)


def ideal_from_the_same_list(predicted, stars, k):
    """The ideal list was built from the k movies of this list. A relevant movie that
    the list missed belongs in it: count the relevant ones among all the test movies."""
    listed = predicted.argsort(descending=True)[:k]
    return dcg_and_ndcg(predicted[listed], stars[listed], k)


def not_ordered_at_all(predicted, stars, k):
    """The movies were taken in the order in which they came. The list begins with the
    highest prediction: sort first."""
    return dcg_and_ndcg(-torch.arange(len(stars)).float(), stars, k)


def ideal_not_cut(predicted, stars, k):
    """The ideal list has a hit for each relevant movie, even where there are more than
    k. A list of k movies has at most k hits: take min(k, number of relevant movies)."""
    n = int((stars >= 4).sum())
    return _dcg(predicted, stars, k, lambda rank: 1 / np.log2(rank + 1), ideal=n)


def no_discount(predicted, stars, k):
    """Every hit counts 1, wherever it stands. The discount is missing: rank r counts 1
    / log2(r + 1)."""
    return _dcg(predicted, stars, k, lambda rank: 1.0)


def longer_than_the_list(predicted, stars, k):
    """`topk(k)` raises an error where the user has fewer than k movies. Ask for `min(k,
    len(predicted))` of them."""
    order = predicted.topk(k).indices
    return dcg_and_ndcg(predicted[order], stars[order], k)


def values_in_the_other_order(predicted, stars, k):
    """The two values are right but come in the wrong order: return (DCG, NDCG)."""
    return dcg_and_ndcg(predicted, stars, k)[::-1]


def hits_moved_together(predicted, stars, k):
    """The movies that are not hits were taken out before the ranks were counted. They
    keep their places: a hit at rank 3 counts 1 / log2(4), whatever stands above it."""
    best = predicted.argsort(descending=True)[:k]
    hits = int((stars[best] >= 4).sum())
    n = min(k, int((stars >= 4).sum()))
    if n == 0:
        return 0.0, np.nan
    dcg = float((1 / np.log2(np.arange(2, hits + 2))).sum())
    return dcg, dcg / float((1 / np.log2(np.arange(2, n + 2))).sum())


def zero_for_not_defined(predicted, stars, k):
    """Without a relevant movie the NDCG came out as 0, the mark of a list that missed
    everything. But no list could have done better, so it is not defined: return NaN,
    which a mean over users can leave out, as lab 05 does."""
    dcg, ndcg = dcg_and_ndcg(predicted, stars, k)
    return dcg, 0.0 if np.isnan(ndcg) else ndcg


def one_for_not_defined(predicted, stars, k):
    """Without a relevant movie the NDCG came out as 1, the mark of a perfect list. It
    is not defined: return NaN, which a mean over users can leave out, as lab 05
    does."""
    dcg, ndcg = dcg_and_ndcg(predicted, stars, k)
    return dcg, 1.0 if np.isnan(ndcg) else ndcg


def division_by_zero(predicted, stars, k):
    """A user without a relevant movie has an ideal list of gain 0, and Python's numbers
    cannot be divided by it. Ask first, and return NaN for the NDCG."""
    dcg, ndcg = dcg_and_ndcg(predicted, stars, k)
    return dcg, ndcg if (stars >= 4).any() else dcg / 0.0


def _dcg_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    return [_dcg_case(draw, n, k) for n, k in ((10, 3), (12, 5), (25, 10))]


def _dcg_case(draw, n, k):
    """Predictions far enough apart to be rounded, on both sides of 4 stars."""
    stars = torch.randint(1, 6, (n,), generator=draw)
    stars[:2] = torch.tensor([5, 2])  # at least one is relevant, and one is not
    predicted = torch.linspace(1.5, 5.2, n)[torch.randperm(n, generator=draw)]
    return predicted, stars, k


def _dcg_edges():
    stars = torch.tensor([5, 2, 4, 3, 1, 4, 2, 3])
    predicted = torch.tensor([4.6, 4.4, 3.1, 4.2, 1.5, 4.1, 4.9, 2.2])
    tied = torch.tensor([4.5, 4.5, 3.0, 3.0, 3.0, 2.0])
    return [
        ("", (predicted, stars, 5)),
        ("where there are more relevant movies than places", (predicted, stars, 2)),
        ("where there are fewer movies than places", (predicted[:3], stars[:3], 10)),
        ("where k is 1", (predicted, stars, 1)),
        ("where no movie is relevant", (predicted[:4], torch.tensor([1, 2, 3, 3]), 3)),
        (
            "where no relevant movie is on the list",
            (predicted, torch.tensor([3, 1, 2, 3, 5, 2, 1, 4]), 3),
        ),
        ("where every movie is relevant", (predicted[:4], torch.full((4,), 5), 3)),
        (
            "where the user has rated one movie",
            (torch.tensor([3.2]), torch.tensor([4]), 5),
        ),
        (
            "where movies of equal stars have the same prediction",
            (tied, torch.tensor([5, 5, 2, 2, 2, 4]), 4),
        ),
    ]


def reciprocal_of_the_rank(predicted, stars, k):
    """A hit counts 1 / rank. The discount is 1 / log2(rank + 1)."""
    return _dcg(predicted, stars, k, lambda rank: 1 / rank)


def three_stars_count(predicted, stars, k):
    """Movies with 3 stars were taken for relevant. It takes 4 or more."""
    return dcg_and_ndcg(predicted, stars + 1, k)


def precision_for_dcg(predicted, stars, k):
    """This is the share of hits on the list, a precision. In the DCG a hit counts 1 /
    log2(rank + 1)."""
    _, ndcg = dcg_and_ndcg(predicted, stars, k)
    hits = stars[predicted.argsort(descending=True)[:k]] >= 4
    return hits.double().mean().item(), ndcg


def divided_by_k(predicted, stars, k):
    """The second value is the DCG divided by k. NDCG divides it by the DCG of the best
    possible list."""
    dcg, ndcg = dcg_and_ndcg(predicted, stars, k)
    return dcg, np.nan if np.isnan(ndcg) else dcg / k


def divided_by_the_relevant(predicted, stars, k):
    """The second value is the DCG divided by the number of relevant movies. NDCG
    divides it by the DCG of the best possible list."""
    dcg, ndcg = dcg_and_ndcg(predicted, stars, k)
    return dcg, np.nan if np.isnan(ndcg) else dcg / int((stars >= 4).sum())


def ideal_for_dcg(predicted, stars, k):
    """The first value is the DCG of the best possible list, not of this one."""
    dcg, ndcg = dcg_and_ndcg(predicted, stars, k)
    return (0.0 if np.isnan(ndcg) else dcg / ndcg if ndcg else _best(stars, k)), ndcg


def _best(stars, k):
    n = min(k, int((stars >= 4).sum()))
    return float(sum(1 / np.log2(rank + 1) for rank in range(1, n + 1)))


def dcg_alone(predicted, stars, k):
    """This is only the DCG. Return two values, the DCG and the NDCG."""
    return dcg_and_ndcg(predicted, stars, k)[0]


def fraction_upside_down(predicted, stars, k):
    """The NDCG is upside down: divide the DCG by that of the best possible list, not
    the other way round."""
    dcg, ndcg = dcg_and_ndcg(predicted, stars, k)
    return dcg, 1 / ndcg if ndcg else np.inf


def ranks_by_number(predicted, stars, k):
    """The discount goes by the number of the movie. It goes by the rank, its place in
    the order of `predicted`."""
    listed = predicted.argsort(descending=True)[:k]
    dcg = sum(1 / np.log2(int(i) + 2) for i in listed if stars[i] >= 4)
    best = _best(stars, k)
    return float(dcg), float(dcg / best) if best else np.nan


def nan_for_both(predicted, stars, k):
    """Without a relevant movie both values came out as NaN. Only the NDCG is not
    defined; the DCG is 0, an empty sum."""
    dcg, ndcg = dcg_and_ndcg(predicted, stars, k)
    return (np.nan if np.isnan(ndcg) else dcg), ndcg


QUESTIONS = (
    Question(
        "q11",
        dcg_and_ndcg,
        _dcg_cases,
        (
            natural_logarithm,
            logarithm_of_base_ten,
            discount_off_by_one,
            discount_early_by_one,
            relevance_from_predicted,
            ordered_by_true_stars,
            worst_predicted_first,
            ideal_with_k_hits,
            list_not_cut,
            stars_as_gain,
            true_stars_as_gain,
            ndcg_alone,
            five_stars_only,
            ideal_from_the_same_list,
            not_ordered_at_all,
            ideal_not_cut,
            no_discount,
            longer_than_the_list,
            values_in_the_other_order,
            hits_moved_together,
            zero_for_not_defined,
            one_for_not_defined,
            division_by_zero,
            reciprocal_of_the_rank,
            three_stars_count,
            precision_for_dcg,
            divided_by_k,
            divided_by_the_relevant,
            ideal_for_dcg,
            dcg_alone,
            fraction_upside_down,
            ranks_by_number,
            nan_for_both,
        ),
        edges=_dcg_edges,
        parts=("the DCG", "the NDCG"),
    ),
)
