"""For authors: the small exercises of lab 10, "Your turn"."""

import torch

from checks.questions.question import Question


def features_part(E, values, offsets, movie):
    """The sum of a movie's feature rows, (k,).

    E: (n_features, k), a row for each feature. values: the features of all
    movies, one movie after another. offsets: (n_movies + 1,), where each
    movie begins in `values`; the last one is the end.
    """
    return E[values[offsets[movie] : offsets[movie + 1]]].sum(0)


def mean_of_the_rows(E, values, offsets, movie):
    """This is the mean of the rows. A movie with two genres is the sum of both."""
    own = values[offsets[movie] : offsets[movie + 1]]
    return E[own].sum(0) / max(1, len(own))


def places_for_features(E, values, offsets, movie):
    """The places in `values` were taken for features. Look up first which features
    stand there: `values[begin:end]`."""
    return E[torch.arange(offsets[movie], offsets[movie + 1]) % len(E)].sum(0)


def up_to_the_end(E, values, offsets, movie):
    """The features of all later movies are in the sum as well. A movie ends where the
    next one begins: `offsets[movie + 1]`."""
    return E[values[offsets[movie] :]].sum(0)


def last_feature_lost(E, values, offsets, movie):
    """The movie's last feature is missing. In Python the end of a slice is not part of
    it, so `values[begin:end]` is right."""
    return E[values[offsets[movie] : max(offsets[movie], offsets[movie + 1] - 1)]].sum(
        0
    )


def first_feature_alone(E, values, offsets, movie):
    """Only the movie's first feature is used. Sum over all of its bag."""
    return E[values[offsets[movie] : offsets[movie + 1]][:1]].sum(0)


def a_neighbours_bag(E, values, offsets, movie):
    """This is the bag of the movie before. Movie m begins at `offsets[m]` and ends at
    `offsets[m + 1]`."""
    if movie == 0:
        return E.new_zeros(E.shape[1])
    return features_part(E, values, offsets, movie - 1)


def row_of_the_movies_number(E, values, offsets, movie):
    """The movie's number was taken for a feature's. The features are in `values`."""
    return E[movie % len(E)].clone()


def rows_not_summed(E, values, offsets, movie):
    """These are the rows of the features, one under another. Add them up:
    `.sum(0)`."""
    return E[values[offsets[movie] : offsets[movie + 1]]]


def all_numbers_summed(E, values, offsets, movie):
    """All numbers of the rows were added to one. Add the rows, and keep the k columns:
    `.sum(0)`."""
    return E[values[offsets[movie] : offsets[movie + 1]]].sum()


def _bag_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    return [_bag_case(draw, movie) for movie in (2, 3, 1)]


def _bag_case(draw, movie):
    sizes = torch.tensor([3, 2, 4, 3, 2])
    offsets = torch.cat([torch.zeros(1, dtype=torch.int64), sizes.cumsum(0)])
    E = torch.randn(8, 3, generator=draw)
    bags = [torch.randperm(8, generator=draw)[:size] for size in sizes.tolist()]
    return E, torch.cat(bags), offsets, movie


def _bag_edges():
    E = torch.tensor([[1.0, 2.0], [0.5, -1.0], [3.0, 0.0]])
    values, offsets = torch.tensor([2, 0, 1]), torch.tensor([0, 2, 2, 3])
    return [
        ("where it is the first movie", (E, values, offsets, 0)),
        ("where the movie has no feature", (E, values, offsets, 1)),
        ("where it is the last movie", (E, values, offsets, 2)),
    ]


def movie_vectors(own, features, n_ratings):
    """The vectors of all movies, (n_movies, k): own row plus features' part.

    own: (n_movies, k), the table of own rows. features: (n_movies, k), the
    sums of the features' rows. n_ratings: (n_movies,), training ratings. The
    own row of a movie without any holds what the generator drew: leave it out.
    """
    rated = n_ratings > 0
    return features + own * rated[:, None]


def untrained_rows_too(own, features, n_ratings):
    """The own rows of movies without ratings are in it. Nothing has trained them:
    multiply the own rows by `(n_ratings > 0)[:, None]`."""
    return features + own


def own_row_instead_of_features(own, features, n_ratings):
    """A rated movie has its own row only. It keeps the features' part: the own row is
    what comes on top."""
    return torch.where((n_ratings > 0)[:, None], own, features)


def features_alone(own, features, n_ratings):
    """The own rows are missing. Then movies with the same features are the same."""
    return features.clone()


def own_rows_alone(own, features, n_ratings):
    """The features' part is missing, so that a movie without ratings is empty. Add
    `features`."""
    return own * (n_ratings > 0)[:, None]


def the_wrong_movies_left_out(own, features, n_ratings):
    """The own rows of the *rated* movies were left out. Leave out those of movies
    without a rating."""
    return features + own * (n_ratings == 0)[:, None]


def unrated_movies_empty(own, features, n_ratings):
    """A movie without ratings has become zero. It still has its features."""
    return (features + own) * (n_ratings > 0)[:, None]


def own_rows_times_ratings(own, features, n_ratings):
    """The own rows were multiplied by the number of ratings. Only whether there is one
    counts: `n_ratings > 0`."""
    return features + own * n_ratings[:, None]


def half_of_each(own, features, n_ratings):
    """This is the mean of the two parts. The vector is their sum."""
    return movie_vectors(own, features, n_ratings) / 2


def few_ratings_as_none(own, features, n_ratings):
    """The own row of a movie with one rating was left out. One rating trains it, a
    little: use `n_ratings > 0`."""
    return features + own * (n_ratings > 1)[:, None]


def _vector_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    cases = []
    for n, k in ((5, 2), (6, 3), (7, 2)):
        counts = torch.randint(2, 40, (n,), generator=draw)
        counts[[1, 3]], counts[2] = 0, 1
        tables = (torch.randn(n, k, generator=draw) for _ in range(2))
        cases.append((*tables, counts))
    return cases


def _vector_edges():
    own = torch.tensor([[1.0, 2.0], [3.0, -1.0]])
    features = torch.tensor([[0.5, 0.5], [0.25, 1.0]])
    return [("where no movie has ratings", (own, features, torch.tensor([0, 0])))]


def candidates_then_order(watched, liked, n, k):
    """Of the n movies most likely to be watched, the k that are liked most.

    watched, liked: (n_movies,), two models' scores, all different. Returns the
    indices of the movies, (k,), the most liked first.
    """
    candidates = watched.topk(n).indices
    order = liked[candidates].argsort(descending=True)
    return candidates[order[:k]]


def order_of_the_first_model(watched, liked, n, k):
    """The candidates come in the order of the model that chose them. Order them by
    `liked`."""
    return watched.topk(n).indices[:k]


def no_candidates(watched, liked, n, k):
    """These are the most liked of all movies. Choose only among the n that are most
    likely to be watched."""
    return liked.topk(k).indices


def places_among_the_candidates(watched, liked, n, k):
    """These are places in the list of candidates, not movies. Look the movies up:
    `candidates[order]`."""
    candidates = watched.topk(n).indices
    return liked[candidates].argsort(descending=True)[:k]


def the_least_liked_first(watched, liked, n, k):
    """The least liked come first. Sort with `descending=True`."""
    candidates = watched.topk(n).indices
    return candidates[liked[candidates].argsort()[:k]]


def cut_before_the_order(watched, liked, n, k):
    """The k most watched were put in order. Put all n candidates in order, and cut
    then."""
    candidates = watched.topk(n).indices[:k]
    return candidates[liked[candidates].argsort(descending=True)]


def models_exchanged(watched, liked, n, k):
    """The models are exchanged: `watched` chooses the candidates, `liked` orders
    them."""
    return candidates_then_order(liked, watched, n, k)


def sum_of_the_scores(watched, liked, n, k):
    """The scores of two models were added. Their units differ: one chooses, the other
    orders."""
    return (watched + liked).topk(k).indices


def all_candidates(watched, liked, n, k):
    """These are all n candidates, in order. Keep the first k."""
    return candidates_then_order(watched, liked, n, n)


def scores_for_movies(watched, liked, n, k):
    """These are scores. The question asks for the movies' indices."""
    return liked[candidates_then_order(watched, liked, n, k)]


def _candidate_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    return [
        (
            torch.randn(size, generator=draw),
            torch.randn(size, generator=draw),
            n,
            k,
        )
        for size, n, k in ((30, 12, 4), (40, 15, 5), (25, 10, 3))
    ]


def _candidate_edges():
    watched = torch.tensor([0.1, 0.9, 0.3, 0.5, 0.7])
    liked = torch.tensor([5.0, 1.0, 4.0, 3.0, 2.0])
    return [
        ("", (watched, liked, 3, 2)),
        ("where all movies are candidates", (watched, liked, 5, 2)),
        ("where one movie is asked for", (watched, liked, 4, 1)),
    ]


QUESTIONS = (
    Question(
        "y101",
        features_part,
        _bag_cases,
        (
            mean_of_the_rows,
            places_for_features,
            up_to_the_end,
            last_feature_lost,
            first_feature_alone,
            a_neighbours_bag,
            row_of_the_movies_number,
            rows_not_summed,
            all_numbers_summed,
        ),
        edges=_bag_edges,
    ),
    Question(
        "y102",
        movie_vectors,
        _vector_cases,
        (
            untrained_rows_too,
            own_row_instead_of_features,
            features_alone,
            own_rows_alone,
            the_wrong_movies_left_out,
            unrated_movies_empty,
            own_rows_times_ratings,
            half_of_each,
            few_ratings_as_none,
        ),
        edges=_vector_edges,
    ),
    Question(
        "y103",
        candidates_then_order,
        _candidate_cases,
        (
            order_of_the_first_model,
            no_candidates,
            places_among_the_candidates,
            the_least_liked_first,
            cut_before_the_order,
            models_exchanged,
            sum_of_the_scores,
            all_candidates,
            scores_for_movies,
        ),
        edges=_candidate_edges,
    ),
)
