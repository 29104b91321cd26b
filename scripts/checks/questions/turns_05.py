"""For authors: the small exercises of lab 05, "Your turn"."""

import numpy as np
import torch

from checks.questions.question import Question


def rare_share(lists, counts, few):
    """The share of the places that go to movies with at most `few` ratings.

    lists: (n_users, k), indices of movies. Where a user has too few movies
    left, the rest of the list is -1; such places do not count. counts:
    (n_items,), the training ratings of each movie.
    """
    shown = lists[lists >= 0]
    return (counts[shown] <= few).mean()


def empty_places_as_the_last_movie(lists, counts, few):
    """The places with -1 were looked up too, and in Python the index -1 is the last
    movie. Keep the others first: `lists[lists >= 0]`."""
    return (counts[lists] <= few).mean()


def empty_places_in_the_number(lists, counts, few):
    """The empty places are in the number that you divide by. Divide by the number of
    places that show a movie."""
    return (counts[lists[lists >= 0]] <= few).sum() / lists.size


def fewer_than_few(lists, counts, few):
    """A movie with exactly `few` ratings counts as well: use `<=`."""
    return (counts[lists[lists >= 0]] < few).mean()


def share_of_the_catalogue(lists, counts, few):
    """This is the share of such movies in the catalogue. Look up what the lists show:
    `counts[shown]`."""
    return (counts <= few).mean()


def each_movie_once(lists, counts, few):
    """Each movie was counted once, however many lists show it. Count places."""
    return (counts[np.unique(lists[lists >= 0])] <= few).mean()


def share_of_lists(lists, counts, few):
    """This is the share of users whose list has at least one such movie. Count places,
    not lists."""
    rare = (lists >= 0) & (counts[lists] <= few)
    return rare.any(axis=1).mean()


def number_of_places(lists, counts, few):
    """This is the number of places. Divide it by the number of all places that show a
    movie, or take the `mean()` of True and False."""
    return (counts[lists[lists >= 0]] <= few).sum()


def well_known_share(lists, counts, few):
    """This is the share of the other places, those with more than `few` ratings."""
    return (counts[lists[lists >= 0]] > few).mean()


def indices_for_counts(lists, counts, few):
    """The indices of the movies were compared with `few`, not their ratings. Look the
    ratings up first: `counts[shown]`."""
    return (lists[lists >= 0] <= few).mean()


def _rare_cases(seed):
    draw = np.random.default_rng(seed)
    return [_rare_case(draw, few, k) for few, k in ((5, 4), (3, 6), (8, 5))]


def _rare_case(draw, few, k):
    """Lists in which the rarest and the best known movie stand often."""
    rare, known = draw.integers(1, few, 6), draw.integers(few + 1, 60, 8)
    counts = np.array([few, *rare, few, *known, 1])
    weights = np.ones(len(counts))
    weights[:2], weights[-1] = 6, 0.1
    lists = np.array(
        [
            draw.choice(len(counts), k, replace=False, p=weights / weights.sum())
            for _ in range(7)
        ]
    )
    lists[0] = np.arange(8, 8 + k)  # a list of well-known movies alone
    lists[1, k - 2 :] = lists[2, k - 1 :] = -1
    return lists, counts, few


def _rare_edges():
    counts = np.array([9, 2, 5, 30, 1])
    lists = np.array([[0, 3], [3, -1], [2, 0]])
    return [("where no place is that rare", (lists, counts, 4))]


def precision_and_recall(shown, wanted):
    """The precision and the recall of one user's list.

    shown: the indices of the movies in the list, best first. wanted: the set
    of the user's relevant movies; it is never empty.
    """
    hits = len(set(shown) & wanted)
    return hits / len(shown), hits / len(wanted)


def the_other_way_round(shown, wanted):
    """Precision and recall are exchanged: precision divides by the places of the list,
    recall by the relevant movies, and precision comes first."""
    return precision_and_recall(shown, wanted)[::-1]


def precision_twice(shown, wanted):
    """Both numbers are the precision. Recall divides the hits by the number of relevant
    movies, `len(wanted)`."""
    return (precision_and_recall(shown, wanted)[0],) * 2


def recall_twice(shown, wanted):
    """Both numbers are the recall. Precision divides the hits by the number of places,
    `len(shown)`."""
    return (precision_and_recall(shown, wanted)[1],) * 2


def hits_alone(shown, wanted):
    """These are the hits, not yet divided: by the places for the precision, by the
    relevant movies for the recall."""
    hits = len(set(shown) & wanted)
    return hits, hits


def recall_cut_at_the_list(shown, wanted):
    """The recall was divided by no more than the places of the list. That is how NDCG
    treats its perfect list; recall divides by all relevant movies."""
    hits = len(set(shown) & wanted)
    return hits / len(shown), hits / min(len(shown), len(wanted))


def misses_for_hits(shown, wanted):
    """These are the shares of the misses. A hit is a movie that is both in the list and
    relevant: `set(shown) & wanted`."""
    precision, recall = precision_and_recall(shown, wanted)
    return 1 - precision, 1 - recall


def divided_by_both(shown, wanted):
    """The hits were divided by all movies that are in the list or relevant. Each
    measure divides by one of the two: the places, or the relevant movies."""
    share = len(set(shown) & wanted) / len(set(shown) | wanted)
    return share, share


def discounted_hits(shown, wanted):
    """The hits are weighed by their rank, as in DCG. Precision and recall count each
    hit as 1, wherever it stands."""
    dcg = sum(1 / np.log2(r + 1) for r, i in enumerate(shown, 1) if i in wanted)
    return dcg / len(shown), dcg / len(wanted)


def _precision_cases(seed):
    draw = np.random.default_rng(seed)
    cases = []
    for k, n_wanted, n_hits in ((10, 4, 3), (5, 12, 2), (8, 20, 5)):
        shown = draw.choice(100, k, replace=False)
        hits = draw.choice(shown[1:], n_hits, replace=False)
        others = 100 + draw.choice(100, n_wanted - n_hits, replace=False)
        cases.append((shown, {*hits.tolist(), *others.tolist()}))
    return cases


def _precision_edges():
    return [
        ("where nothing in the list is relevant", (np.array([4, 7, 1]), {2, 3})),
        ("where all that is relevant is in the list", (np.array([4, 7, 1, 9]), {7, 9})),
    ]


def implicit_user(Q, rated, alpha, lam):
    """The vector of one user, (k,), from the movies that the user has rated.

    Q: (n_items, k), the movies' vectors. rated: indices of the rated movies.
    Every movie counts 1, a rated one 1 + alpha. lam: the price of each
    factor.
    """
    gram = Q.T @ Q + alpha * Q[rated].T @ Q[rated]
    ridge = lam * torch.eye(Q.shape[1])
    return torch.linalg.solve(gram + ridge, (1 + alpha) * Q[rated].sum(0))


def _implicit(Q, rated, every, extra, ridge, right):
    gram = every * Q.T @ Q + extra * Q[rated].T @ Q[rated]
    return torch.linalg.solve(gram + ridge * torch.eye(Q.shape[1]), right)


def alpha_alone_on_the_right(Q, rated, alpha, lam):
    """On the right side the rated movies count `alpha`. Their weight is `1 + alpha`:
    the 1 that every movie has, and alpha more."""
    return _implicit(Q, rated, 1, alpha, lam, alpha * Q[rated].sum(0))


def no_weight_on_the_right(Q, rated, alpha, lam):
    """On the right side the rated movies count 1. Their weight there is `1 + alpha`, as
    in the sum that is minimized."""
    return _implicit(Q, rated, 1, alpha, lam, Q[rated].sum(0))


def silent_movies_left_out(Q, rated, alpha, lam):
    """Only the rated movies are in the Gram matrix. The silent ones count 1 each: they
    pull the user's predictions for them to 0. Add `Q.T @ Q`, of all movies."""
    return _implicit(Q, rated, 0, 1 + alpha, lam, (1 + alpha) * Q[rated].sum(0))


def rated_movies_counted_twice(Q, rated, alpha, lam):
    """The rated movies have the weight 2 + alpha in the Gram matrix: `Q.T @ Q` holds
    them once already. Add alpha of them, not 1 + alpha."""
    return _implicit(Q, rated, 1, 1 + alpha, lam, (1 + alpha) * Q[rated].sum(0))


def alpha_left_out_of_the_matrix(Q, rated, alpha, lam):
    """Alpha is missing in the Gram matrix: it weighs the sum over the rated movies."""
    return _implicit(Q, rated, 1, 1, lam, (1 + alpha) * Q[rated].sum(0))


def alpha_for_every_movie(Q, rated, alpha, lam):
    """The Gram matrix counts every movie `1 + alpha`. A silent movie counts 1: alpha is
    for the rated ones, `Q[rated]`."""
    return _implicit(Q, rated, 1 + alpha, 0, lam, (1 + alpha) * Q[rated].sum(0))


def ridge_forgotten(Q, rated, alpha, lam):
    """The ridge is missing: add `lam` to the diagonal of the matrix."""
    return _implicit(Q, rated, 1, alpha, 0, (1 + alpha) * Q[rated].sum(0))


def price_times_the_ratings(Q, rated, alpha, lam):
    """The price was multiplied by the number of ratings, as in the ALS of stars. Here
    lam is one price for everybody."""
    right = (1 + alpha) * Q[rated].sum(0)
    return _implicit(Q, rated, 1, alpha, lam * len(rated), right)


def price_on_every_entry(Q, rated, alpha, lam):
    """`lam` was added to every entry of the matrix. A ridge stands on the diagonal:
    `lam * torch.eye(k)`."""
    gram = Q.T @ Q + alpha * Q[rated].T @ Q[rated] + lam
    return torch.linalg.solve(gram, (1 + alpha) * Q[rated].sum(0))


def all_movies_on_the_right(Q, rated, alpha, lam):
    """The right side sums over all movies. A silent movie has the target 0 and adds
    nothing there: sum `Q[rated]`."""
    return _implicit(Q, rated, 1, alpha, lam, (1 + alpha) * Q.sum(0))


def _implicit_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    sizes = ((9, 2, 3, 4.0, 2.0), (20, 3, 6, 1.5, 0.7), (14, 4, 5, 9.0, 5.0))
    return [
        (
            torch.randn(n_items, k, generator=draw),
            torch.randperm(n_items, generator=draw)[:n],
            alpha,
            lam,
        )
        for n_items, k, n, alpha, lam in sizes
    ]


def _implicit_edges():
    Q = torch.tensor([[0.5, 1.0], [-1.0, 0.25], [0.75, -0.5]])
    none = torch.tensor([], dtype=torch.long)
    return [
        ("where the user has rated nothing", (Q, none, 3.0, 1.0)),
        ("where alpha is 0", (Q, torch.tensor([2, 0]), 0.0, 1.0)),
    ]


def contributions(v, V, D, t):
    """What each of your ratings adds to the prediction of one movie, (n,).

    v: (k + 1,), the movie's vector (q, 1). V: (n, k + 1), those of the movies
    that you rated. D: (k + 1, k + 1), the ridge. t: (n,), stars beyond
    expectation.
    """
    weights = torch.linalg.solve(V.T @ V + D, V.T)  # (k + 1, n)
    return v @ weights * t


def summed_up(v, V, D, t):
    """This is the sum of all contributions. The question asks for one number for each
    rating: do not add them up."""
    return contributions(v, V, D, t).sum()


def stars_left_out(v, V, D, t):
    """What you said is missing: multiply each term by its t."""
    return contributions(v, V, D, torch.ones_like(t))


def similarity_alone(v, V, D, t):
    """The matrix between the two vectors is missing: this is how alike the movies are,
    times t. Solve with V'V + D."""
    return V @ v * t


def ridge_missing(v, V, D, t):
    """The ridge D is missing: the reasons must come from the same solve as the
    prediction."""
    return contributions(v, V, torch.zeros_like(D), t)


def matrix_not_inverted(v, V, D, t):
    """You multiplied by V'V + D. Its inverse is needed: use `torch.linalg.solve`."""
    return v @ (V.T @ V + D) @ V.T * t


def each_rating_alone(v, V, D, t):
    """Each rating was folded in as if it were the only one. The matrix V'V + D is the
    same in all terms: it holds all that you rated."""
    alone = [
        contributions(v, row[None], D, one[None]) for row, one in zip(V, t, strict=True)
    ]
    return torch.cat(alone)


def steps_of_the_vector(v, V, D, t):
    """These are the parts of your own vector, (n, k + 1). Multiply each by the vector v
    of the movie."""
    return (torch.linalg.solve(V.T @ V + D, V.T) * t).T


def _contribution_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    cases = []
    for n, k, price in ((5, 2, 0.8), (7, 3, 2.0), (6, 1, 0.3)):
        vectors = torch.cat(
            [torch.randn(n + 1, k, generator=draw), torch.ones(n + 1, 1)], 1
        )
        ridge = torch.full((k + 1,), price)
        ridge[-1] = 3 * price
        stars = torch.randn(n, generator=draw)
        cases.append((vectors[0], vectors[1:], ridge.diag(), stars))
    return cases


def _contribution_edges():
    V = torch.tensor([[0.5, 1.0], [-1.0, 1.0], [2.0, 1.0]])
    ridge, t = torch.tensor([0.5, 2.0]).diag(), torch.tensor([1.0, -0.5, 0.25])
    return [
        ("where there is one rating", (V[2], V[:1], ridge, t[:1])),
        ("where a movie got what was expected", (V[1], V, ridge, t * (t > 0))),
    ]


QUESTIONS = (
    Question(
        "y051",
        rare_share,
        _rare_cases,
        (
            empty_places_as_the_last_movie,
            empty_places_in_the_number,
            fewer_than_few,
            share_of_the_catalogue,
            each_movie_once,
            share_of_lists,
            number_of_places,
            well_known_share,
            indices_for_counts,
        ),
        edges=_rare_edges,
    ),
    Question(
        "y052",
        precision_and_recall,
        _precision_cases,
        (
            the_other_way_round,
            precision_twice,
            recall_twice,
            hits_alone,
            recall_cut_at_the_list,
            misses_for_hits,
            divided_by_both,
            discounted_hits,
        ),
        edges=_precision_edges,
        parts=("precision", "recall"),
    ),
    Question(
        "y053",
        implicit_user,
        _implicit_cases,
        (
            alpha_alone_on_the_right,
            no_weight_on_the_right,
            silent_movies_left_out,
            rated_movies_counted_twice,
            alpha_left_out_of_the_matrix,
            alpha_for_every_movie,
            ridge_forgotten,
            price_times_the_ratings,
            price_on_every_entry,
            all_movies_on_the_right,
        ),
        edges=_implicit_edges,
    ),
    Question(
        "y054",
        contributions,
        _contribution_cases,
        (
            summed_up,
            stars_left_out,
            similarity_alone,
            ridge_missing,
            matrix_not_inverted,
            each_rating_alone,
            steps_of_the_vector,
        ),
        edges=_contribution_edges,
    ),
)
