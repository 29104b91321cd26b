"""For authors: the question on vectors for movies that nobody rated, from lab 10."""

import torch

from checks.questions.question import Question


def vectors_with_new_movies(Q, features, n_ratings, ridge):
    """The vectors of all movies, (n_items, k), the new ones' by a regression.

    Q: (n_items, k), the learned rows; that of a movie without ratings holds
    what the generator drew. features: (n_items, n_features), 1 where a movie
    has the feature, else 0; x_i is its row. n_ratings: (n_items,).
    A movie with ratings keeps its row q_i; one without gets a + x_i W, where
    a, (k,), and W, (n_features, k), minimize over the movies with ratings
        the sum of |q_i - a - x_i W|², plus ridge · |W|².
    """
    rated = n_ratings > 0
    centre, middle = Q[rated].mean(0), features[rated].mean(0)
    x = features[rated] - middle  # centred: a takes care of the means
    gram = x.T @ x + ridge * torch.eye(x.shape[1])
    W = torch.linalg.solve(gram, x.T @ (Q[rated] - centre))
    new = centre + (features - middle) @ W
    return torch.where(rated[:, None], Q, new)


def _mapped(Q, features, weights, ridge, of_a=0.0):
    """a + x_i W of every movie, each row of the regression with a weight, a with a
    price."""
    x = torch.cat([torch.ones(len(Q), 1), features], 1)
    prices = torch.full((x.shape[1],), float(ridge))
    prices[0] = of_a
    gram = x.T @ (weights[:, None] * x) + prices.diag()
    return x @ (torch.linalg.pinv(gram) @ (x.T @ (weights[:, None] * Q)))


def _filled(Q, new, n_ratings):
    return torch.where((n_ratings > 0)[:, None], Q, new)


def untrained_rows_as_examples(Q, features, n_ratings, ridge):
    """The regression also learns from movies without ratings, whose rows hold what the
    generator drew. Only movies with ratings are examples."""
    new = _mapped(Q, features, torch.ones(len(Q)), ridge)
    return _filled(Q, new, n_ratings)


def learned_from_the_new_ones(Q, features, n_ratings, ridge):
    """The regression learns from the movies *without* ratings. They are the ones to be
    predicted: learn from those with ratings."""
    new = _mapped(Q, features, (n_ratings == 0).float(), ridge)
    return _filled(Q, new, n_ratings)


def known_movies_replaced(Q, features, n_ratings, ridge):
    """The movies with ratings have lost their rows. Ratings say more of a movie than
    its features do: replace only the rows of movies without ratings."""
    return _mapped(Q, features, (n_ratings > 0).float(), ridge)


def own_row_added(Q, features, n_ratings, ridge):
    """A new movie's own row is still in its vector. Nothing has trained it: the vector
    is a + x_i W alone."""
    new = _mapped(Q, features, (n_ratings > 0).float(), ridge)
    return _filled(Q, Q + new, n_ratings)


def without_a(Q, features, n_ratings, ridge):
    """The constant a is missing, so that features have to carry what all movies share.
    Centre both tables first, or add a column of ones that costs nothing."""
    rated = n_ratings > 0
    x = features[rated]
    gram = x.T @ x + ridge * torch.eye(x.shape[1])
    return _filled(Q, features @ (torch.linalg.pinv(gram) @ x.T @ Q[rated]), n_ratings)


def a_at_a_price(Q, features, n_ratings, ridge):
    """The ridge is on a as well, and pulls the new movies towards zero. Only W has a
    price: the matrix has a zero in the corner of a."""
    new = _mapped(Q, features, (n_ratings > 0).float(), ridge, of_a=ridge)
    return _filled(Q, new, n_ratings)


def without_the_ridge(Q, features, n_ratings, ridge):
    """The ridge is missing. A feature that few movies have would then say whatever
    those few happen to be."""
    new = _mapped(Q, features, (n_ratings > 0).float(), 0.0)
    return _filled(Q, new, n_ratings)


def ridge_for_each_movie(Q, features, n_ratings, ridge):
    """The ridge was multiplied by the number of movies. In this sum |W|² is charged
    once."""
    rated = n_ratings > 0
    new = _mapped(Q, features, rated.float(), ridge * float(rated.sum()))
    return _filled(Q, new, n_ratings)


def weighed_by_ratings(Q, features, n_ratings, ridge):
    """Each movie counts as often as it was rated. In this sum every movie with ratings
    counts once."""
    return _filled(Q, _mapped(Q, features, n_ratings.float(), ridge), n_ratings)


def mean_row_for_all(Q, features, n_ratings, ridge):
    """All new movies have the mean row of the known ones. Their features tell them
    apart: a + x_i W."""
    return _filled(Q, Q[n_ratings > 0].mean(0).expand_as(Q), n_ratings)


def zeros_for_new_movies(Q, features, n_ratings, ridge):
    """The new movies have become zero, so that they all tie again. Their features say
    something: a + x_i W."""
    return _filled(Q, torch.zeros_like(Q), n_ratings)


def mean_row_for_a(Q, features, n_ratings, ridge):
    """W is right, but the mean row of the known movies was taken for a. Such a mean
    belongs to the mean features: a is the mean row minus (mean features) W."""
    rated = n_ratings > 0
    right = _mapped(Q, features, rated.float(), ridge)
    centre, middle = Q[rated].mean(0), features[rated].mean(0)
    x = features[rated] - middle
    gram = x.T @ x + ridge * torch.eye(x.shape[1])
    shift = middle @ torch.linalg.solve(gram, x.T @ (Q[rated] - centre))
    return _filled(Q, right + shift, n_ratings)


def one_rating_as_none(Q, features, n_ratings, ridge):
    """A movie with one rating was treated as new. It has an own row that was trained, a
    little: new are those with `n_ratings == 0`."""
    return vectors_with_new_movies(Q, features, (n_ratings > 1).int(), ridge)


def new_movies_alone(Q, features, n_ratings, ridge):
    """These are the vectors of the new movies alone. Return all, in the order of Q."""
    new = n_ratings == 0
    return vectors_with_new_movies(Q, features, n_ratings, ridge)[new]


def _mapping_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    sizes = ((12, 3, 2, 0.5), (15, 4, 3, 2.0), (10, 2, 2, 1.0))
    return [_mapping_case(draw, *size) for size in sizes]


def _mapping_case(draw, n, n_features, k, ridge):
    """Every feature in some movies with ratings; three movies are new, one has one."""
    features = torch.randint(2, (n, n_features), generator=draw).float()
    features[3:5] = torch.tensor([0.0, 1.0])[:, None]
    n_ratings = torch.randint(2, 40, (n,), generator=draw)
    n_ratings[[0, 1, n - 1]], n_ratings[2] = 0, 1
    features[0], features[n - 1] = 0, 0
    features[0, 0], features[n - 1, -1] = 1, 1
    # What all rows share, so that a is not zero.
    Q = torch.randn(n, k, generator=draw) + 1
    return Q, features, n_ratings, ridge


def _mapping_edges():
    Q = torch.tensor([[1.0, 2.0], [3.0, 0.5], [9.0, 9.0], [2.0, 2.0], [0.5, 1.0]])
    features = torch.tensor([[1.0, 0], [0, 1], [1, 1], [1, 1], [0, 0]])
    counts, all_rated = torch.tensor([4, 2, 0, 7, 3]), torch.ones(5, dtype=torch.int64)
    bare, unknown = features.clone(), features.clone()
    bare[2] = 0
    unknown[[1, 3], 1] = 0
    return [
        ("", (Q, features, counts, 1.0)),
        ("where all movies have ratings", (Q, features, all_rated, 1.0)),
        ("where a new movie has no feature", (Q, bare, counts, 1.0)),
        ("where only a new movie has a feature", (Q, unknown, counts, 1.0)),
    ]


QUESTIONS = (
    Question(
        "q15",
        vectors_with_new_movies,
        _mapping_cases,
        (
            untrained_rows_as_examples,
            learned_from_the_new_ones,
            known_movies_replaced,
            own_row_added,
            without_a,
            a_at_a_price,
            without_the_ridge,
            ridge_for_each_movie,
            weighed_by_ratings,
            mean_row_for_all,
            zeros_for_new_movies,
            mean_row_for_a,
            one_rating_as_none,
            new_movies_alone,
        ),
        edges=_mapping_edges,
    ),
)
