"""For authors: the small exercises of lab 09, "Your turn"."""

import numpy as np
import torch
import torch.nn.functional as F

from checks.questions.question import Question


def mean_reciprocal_rank(hits):
    """The mean over users of 1 / rank of the first hit; 0 for a user without.

    hits: (n_users, k), True where the movie at that rank is relevant. The
    first column is rank 1.
    """
    ranks = np.arange(1, hits.shape[1] + 1)
    return (hits / ranks).max(axis=1).mean()


def _first(hits):
    """The rank of the first hit of each user, and which users have one."""
    return hits.argmax(axis=1) + 1, hits.any(axis=1)


def no_hit_as_a_first_place(hits):
    """A user without a hit counts 1, as if the first movie were one. `argmax` of a row
    without True is 0: set such users to 0."""
    return (1 / _first(hits)[0]).mean()


def users_without_a_hit_left_out(hits):
    """The mean runs over the users with a hit. Those without count 0, and count."""
    rank, any_hit = _first(hits)
    return (1 / rank[any_hit]).mean() if any_hit.any() else 0.0


def ranks_from_two(hits):
    """The first place counts 1/2. Ranks begin with 1, so a hit on top counts 1."""
    rank, any_hit = _first(hits)
    return (any_hit / (rank + 1)).mean()


def all_hits_added(hits):
    """All hits of a list count. Only the first one does: take the largest reciprocal
    rank of each row, not the sum."""
    return (hits / np.arange(1, hits.shape[1] + 1)).sum(axis=1).mean()


def the_last_hit(hits):
    """This is the last hit of each list. The first one counts."""
    k = hits.shape[1]
    rank = k - hits[:, ::-1].argmax(axis=1)
    return (hits.any(axis=1) / rank).mean()


def one_over_the_mean_rank(hits):
    """This is 1 over the mean rank. Take the reciprocal of each rank first, and the
    mean of those."""
    rank, any_hit = _first(hits)
    return 1 / rank[any_hit].mean() if any_hit.any() else 0.0


def the_mean_rank(hits):
    """This is the mean rank of the first hits. The measure is the mean of 1 / rank."""
    rank, any_hit = _first(hits)
    return (rank * any_hit).mean()


def discount_of_ndcg(hits):
    """The discount is that of NDCG, 1 / log2(rank + 1). Here it is 1 / rank."""
    rank, any_hit = _first(hits)
    return (any_hit / np.log2(rank + 1)).mean()


def hit_rate(hits):
    """This is the share of users with a hit, wherever it stands. Divide each by the
    rank of the first hit."""
    return hits.any(axis=1).mean()


def _hit_cases(seed):
    draw = np.random.default_rng(seed)
    return [_hits(draw, n, k) for n, k in ((6, 5), (9, 8), (5, 10))]


def _hits(draw, n, k):
    """One list without a hit, one with two, and none with a hit at rank 1 alone."""
    hits = draw.random((n, k)) < 0.3
    hits[0] = False
    hits[1] = False
    hits[1, [1, k - 1]] = True
    hits[2, 0] = True
    return (hits,)


def _hit_edges():
    none = np.zeros((2, 3), dtype=bool)
    return [
        ("", (np.array([[False, True, True], [True, False, False]]),)),
        ("where nobody has a hit", (none,)),
    ]


def in_batch_loss(p, q):
    """The softmax loss of a batch, whose other movies are the negatives.

    p, q: (batch, k), the factors of users and of the movies that they rated.
    Returns the mean over the batch of -log softmax(scores of a user), at the
    user's own movie.
    """
    return F.cross_entropy(p @ q.T, torch.arange(len(p)))


def movies_rank_users(p, q):
    """Each movie chooses among users here. Rows have to be users: `p @ q.T`."""
    return F.cross_entropy(q @ p.T, torch.arange(len(p)))


def sum_over_the_batch(p, q):
    """This is the sum over the batch. Take the mean: a learning rate then means the
    same for each batch size."""
    return F.cross_entropy(p @ q.T, torch.arange(len(p)), reduction="sum")


def own_movie_not_among_them(p, q):
    """The own movie is missing below the fraction line. The softmax runs over all
    movies of the batch, the own one among them."""
    scores = p @ q.T
    others = scores.masked_fill(torch.eye(len(p), dtype=torch.bool), -torch.inf)
    return (torch.logsumexp(others, 1) - scores.diagonal()).mean()


def own_scores_alone(p, q):
    """Only the scores of the own movies are used. They have to be larger than those of
    the others: take the logarithm of the softmax of each row."""
    return -(p * q).sum(1).mean()


def probability_without_its_logarithm(p, q):
    """This is 1 less the mean probability of the own movie. The loss is the mean of
    minus its logarithm."""
    return 1 - (p @ q.T).softmax(1).diagonal().mean()


def own_movie_rewarded_for_a_low_score(p, q):
    """The sign is the wrong way round: this loss falls as the own movie's probability
    does. Put a minus before the logarithm."""
    return -F.cross_entropy(p @ q.T, torch.arange(len(p)))


def first_movie_for_everyone(p, q):
    """The target is the first movie of the batch for every user. User n's own movie is
    in column n: `torch.arange(len(p))`."""
    return F.cross_entropy(p @ q.T, torch.zeros(len(p), dtype=torch.int64))


def pairs_by_bpr(p, q):
    """This is BPR's loss, pair by pair. Here the own movie competes with all others of
    the batch at once: `F.cross_entropy`."""
    scores = p @ q.T
    apart = F.softplus(scores - scores.diagonal()[:, None])
    others = ~torch.eye(len(p), dtype=torch.bool)
    return apart[others].mean()


def cosines_for_products(p, q):
    """The vectors were scaled to length 1. The scores are plain products."""
    return in_batch_loss(F.normalize(p, dim=1), F.normalize(q, dim=1))


def _batch_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    sizes = ((4, 3), (6, 2), (3, 5))
    return [
        (torch.randn(n, k, generator=draw), torch.randn(n, k, generator=draw))
        for n, k in sizes
    ]


def changed_share(before, after):
    """The share of the places whose movie is not in the user's list after.

    before, after: (n_users, k), indices of movies, best first; the rest of a
    short list is -1, and such places do not count. Where in the list a movie
    stands makes no difference.
    """
    shown = before >= 0
    kept = (before[:, :, None] == after[:, None, :]).any(axis=2)
    return (shown & ~kept).sum() / shown.sum()


def _kept(before, after):
    return (before[:, :, None] == after[:, None, :]).any(axis=2)


def place_by_place(before, after):
    """A movie that has only moved in the list counts as changed. Ask whether it is
    anywhere in the user's other list: `np.isin`, row by row."""
    shown = before >= 0
    return (shown & (before != after)).sum() / shown.sum()


def anybodys_list(before, after):
    """A movie counts as kept if it is in anybody's list. Compare each user's two
    lists."""
    shown = before >= 0
    return (shown & ~np.isin(before, after)).sum() / shown.sum()


def kept_share(before, after):
    """This is the share of places that stay. The question asks for those that
    change."""
    return 1 - changed_share(before, after)


def empty_places_counted(before, after):
    """Empty places are in the number that you divide by. Leave the -1 out."""
    return ((before >= 0) & ~_kept(before, after)).sum() / before.size


def empty_places_as_movies(before, after):
    """-1 was taken for a movie. It marks an empty place: count only `before >= 0`."""
    return (~_kept(before, after)).mean()


def mean_of_the_users_shares(before, after):
    """Each user's share counts alike here, though lists have different lengths. Count
    places over all users, and divide once."""
    shown = before >= 0
    return ((shown & ~_kept(before, after)).sum(1) / shown.sum(1)).mean()


def number_that_changes(before, after):
    """This is the number of places. Divide by the number of places with a movie."""
    return ((before >= 0) & ~_kept(before, after)).sum()


def new_places(before, after):
    """These are the places of the second list whose movie is new. The question asks for
    places of the first whose movie is gone."""
    return changed_share(after, before)


def share_of_users(before, after):
    """This is the share of users whose list changes at all. Count places."""
    shown = before >= 0
    return (shown & ~_kept(before, after)).any(axis=1).mean()


def _change_cases(seed):
    draw = np.random.default_rng(seed)
    return [_lists(draw, n, k) for n, k in ((5, 4), (7, 5), (4, 6))]


def _lists(draw, n, k):
    """Lists that share some movies, at other places; one of them is short."""
    before = np.array([draw.permutation(3 * k)[:k] for _ in range(n)])
    after = np.array([draw.permutation(np.r_[row[1:], 3 * k + 1]) for row in before])
    after[1] = draw.permutation(3 * k)[:k]
    after[2] = before[2]
    before[0, k - 2 :] = -1
    after[3, k - 1] = -1
    return before, after


def _change_edges():
    before, after = np.array([[3, 5], [2, -1]]), np.array([[5, 3], [4, 2]])
    return [
        ("where only the order changes", (before, after)),
        ("where all movies change", (before, after + 10)),
    ]


QUESTIONS = (
    Question(
        "y091",
        mean_reciprocal_rank,
        _hit_cases,
        (
            no_hit_as_a_first_place,
            users_without_a_hit_left_out,
            ranks_from_two,
            all_hits_added,
            the_last_hit,
            one_over_the_mean_rank,
            the_mean_rank,
            discount_of_ndcg,
            hit_rate,
        ),
        edges=_hit_edges,
    ),
    Question(
        "y092",
        in_batch_loss,
        _batch_cases,
        (
            movies_rank_users,
            sum_over_the_batch,
            own_movie_not_among_them,
            own_scores_alone,
            probability_without_its_logarithm,
            own_movie_rewarded_for_a_low_score,
            first_movie_for_everyone,
            pairs_by_bpr,
            cosines_for_products,
        ),
    ),
    Question(
        "y093",
        changed_share,
        _change_cases,
        (
            place_by_place,
            anybodys_list,
            kept_share,
            empty_places_counted,
            empty_places_as_movies,
            mean_of_the_users_shares,
            number_that_changes,
            new_places,
            share_of_users,
        ),
        edges=_change_edges,
    ),
)
