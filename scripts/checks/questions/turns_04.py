"""For authors: the small exercises of lab 04, "Your turn"."""

import numpy as np

from checks.questions.question import Question


def unit_rows(vectors):
    """Each row scaled to length one, (n, k); a row of zeros stays as it is.

    vectors: (n, k), an array.
    """
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)  # (n, 1)
    return vectors / np.where(lengths > 0, lengths, 1)


def zero_by_zero(vectors):
    """A row of zeros became NaN: 0/0 is not a number. Divide such a row by 1."""
    with np.errstate(invalid="ignore"):
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def lengths_of_columns(vectors):
    """The columns were scaled to length one. Each movie is a row: sum the squares
    along `axis=1`."""
    lengths = np.linalg.norm(vectors, axis=0)
    return vectors / np.where(lengths > 0, lengths, 1)


def one_length_for_all(vectors):
    """All rows were divided by one number, the length of the whole table. Each row has
    a length of its own: `axis=1`."""
    return vectors / np.linalg.norm(vectors)


def root_forgotten(vectors):
    """The rows were divided by the *square* of their length. Take the root."""
    squares = (vectors**2).sum(axis=1, keepdims=True)
    return vectors / np.where(squares > 0, squares, 1)


def sum_for_length(vectors):
    """The rows were divided by the sum of their sizes, |x| + |y| + …. The length is the
    root of the sum of the squares."""
    sums = np.abs(vectors).sum(axis=1, keepdims=True)
    return vectors / np.where(sums > 0, sums, 1)


def largest_for_length(vectors):
    """The rows were divided by their largest number. The length is the root of the sum
    of the squares."""
    largest = np.abs(vectors).max(axis=1, keepdims=True)
    return vectors / np.where(largest > 0, largest, 1)


def lengths_only(vectors):
    """These are the lengths of the rows. Divide each row by its own."""
    return np.linalg.norm(vectors, axis=1)


def _vector_cases(seed):
    draw = np.random.default_rng(seed)
    return [_vector_case(draw, *size) for size in ((3, 2), (4, 5), (8, 3))]


def _vector_case(draw, n, k):
    return (draw.normal(0, 2, (n, k)).round(3),)


def _vector_edges():
    with_zero = np.array([[3.0, 4.0], [0.0, 0.0], [-5.0, 12.0]])
    return [
        ("where a row holds only zeros", (with_zero,)),
        ("where there is one column", (np.array([[2.0], [-0.5], [7.0]]),)),
    ]


def kept_share(near, on_paper):
    """The share of the neighbours in `near` that `on_paper` has too, 0 to 1.

    near, on_paper: (n, K), in row i the K nearest movies of movie i, by the
    vectors and on the map. Their order does not count.
    """
    shares = [
        np.isin(by_vectors, by_map).mean()
        for by_vectors, by_map in zip(near, on_paper, strict=True)
    ]
    return np.mean(shares)


def place_by_place(near, on_paper):
    """The lists were compared place by place. A neighbour that comes third here and
    fifth there is kept: ask whether it is in the other list at all."""
    return (np.asarray(near) == np.asarray(on_paper)).mean()


def all_lists_at_once(near, on_paper):
    """All lists were poured together, so a neighbour of any movie counted. Compare row
    i with row i only."""
    return np.isin(near, on_paper).mean()


def number_of_kept(near, on_paper):
    """This is the mean number of kept neighbours. Divide it by K for a share."""
    return kept_share(near, on_paper) * np.shape(near)[1]


def share_of_the_union(near, on_paper):
    """The kept ones were divided by all that stand in either list. Divide by K: the
    share is that of the neighbours in `near`."""
    pairs = zip(near, on_paper, strict=True)
    return np.mean([len({*a} & {*b}) / len({*a} | {*b}) for a, b in pairs])


def lists_that_are_whole(near, on_paper):
    """This is the share of movies that keep *all* neighbours. Count the neighbours."""
    pairs = zip(near, on_paper, strict=True)
    return np.mean([{*a} == {*b} for a, b in pairs])


def lists_that_keep_any(near, on_paper):
    """This is the share of movies that keep at least one neighbour. Count the
    neighbours."""
    pairs = zip(near, on_paper, strict=True)
    return np.mean([bool({*a} & {*b}) for a, b in pairs])


def share_that_is_lost(near, on_paper):
    """This is the share that is lost. The question asks for the share that is kept."""
    return 1 - kept_share(near, on_paper)


def _list_cases(seed):
    draw = np.random.default_rng(seed)
    return [_list_case(draw, *size) for size in ((6, 3, 9), (9, 4, 12), (12, 5, 13))]


def _list_case(draw, n, K, movies):
    others = [[j for j in range(movies) if j != i] for i in range(n)]
    near, on_paper = (
        np.array([draw.choice(row, K, replace=False) for row in others])
        for _ in range(2)
    )
    on_paper[0, :2] = near[0, 1::-1]  # kept, in another order
    on_paper[0, 2:] = [j for j in others[0] if j not in near[0]][: K - 2]
    return near, on_paper


def _list_edges():
    lists = np.array([[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]])
    return [
        ("where all are kept, in the reverse order", (lists, lists[:, ::-1].copy())),
        ("where none is kept", (lists[:2, :2], np.array([[3, 4], [4, 5]]))),
    ]


def p_value(ours, shuffles):
    """The share of worlds, the real one included, with at least our purity.

    ours: the purity of the real world. shuffles: an array, that of each
    shuffle.
    """
    return (1 + np.sum(shuffles >= ours)) / (1 + len(shuffles))


def real_world_left_out(ours, shuffles):
    """The real world is missing, so a p-value of zero is possible: add 1 above and
    below."""
    return np.mean(shuffles >= ours)


def counted_above_only(ours, shuffles):
    """The real world was counted among the orderly ones and not among all: add 1 below,
    too."""
    return (1 + np.sum(shuffles >= ours)) / len(shuffles)


def counted_below_only(ours, shuffles):
    """The real world was counted among all and not among the orderly ones: it has our
    purity, so add 1 above, too."""
    return np.sum(shuffles >= ours) / (1 + len(shuffles))


def more_than_ours(ours, shuffles):
    """A shuffle with exactly our purity was not counted. It looks as orderly as ours:
    use `>=`."""
    return (1 + np.sum(shuffles > ours)) / (1 + len(shuffles))


def the_other_tail(ours, shuffles):
    """These are the shuffles that are *less* orderly than ours. Count those with at
    least our purity."""
    return (1 + np.sum(shuffles <= ours)) / (1 + len(shuffles))


def one_minus_p(ours, shuffles):
    """This is 1 − p. A small p says that few shuffles come as far as ours."""
    return 1 - p_value(ours, shuffles)


def number_of_worlds(ours, shuffles):
    """This is a number of worlds. Divide it by the number of all, 1 + len(shuffles)."""
    return 1 + np.sum(shuffles >= ours)


def _p_cases(seed):
    draw = np.random.default_rng(seed)
    cases = []
    for n, above in ((9, 2), (40, 11), (200, 31)):
        lowest = draw.integers(300, 400)
        shuffles = draw.permutation(lowest + np.arange(n)) / 1000
        cases.append((np.sort(shuffles)[-above], shuffles))
    return cases


def _p_edges():
    shuffles = np.array([0.41, 0.4, 0.43, 0.42, 0.39])
    return [
        ("where no shuffle comes as far", (0.6, shuffles)),
        ("where all shuffles come as far", (0.3, shuffles)),
    ]


def likeness(P, q_i, q_j):
    """How alike two movies are by what is predicted, a correlation, -1 to 1.

    P: (n_users, k), the users' factors. q_i, q_j: (k,), the movies' factors.
    Correlate the products of the one movie with those of the other, over
    the users.
    """
    return np.corrcoef(P @ q_i, P @ q_j)[0, 1]


def cosine_of_the_factors(P, q_i, q_j):
    """This is the cosine of the two vectors, which a stretch of the factors changes.
    Compare the predictions `P @ q_i` and `P @ q_j`."""
    return q_i @ q_j / (np.linalg.norm(q_i) * np.linalg.norm(q_j))


def cosine_of_the_predictions(P, q_i, q_j):
    """This is the cosine of the predictions. Their correlation asks who likes a movie
    *more than users on average do*: take the mean off first."""
    return cosine_of_the_factors(P, P @ q_i, P @ q_j)


def covariance(P, q_i, q_j):
    """This is a covariance, which grows with the length of the vectors. Divide it by
    both standard deviations."""
    return np.cov(P @ q_i, P @ q_j, ddof=0)[0, 1]


def sample_covariance(P, q_i, q_j):
    """This is a covariance, with n − 1. It grows with the length of the vectors: divide
    it by both standard deviations, or use `np.corrcoef`."""
    return np.cov(P @ q_i, P @ q_j)[0, 1]


def correlation_of_the_factors(P, q_i, q_j):
    """The numbers in the two vectors were correlated: that is over the factors.
    Correlate the predictions, over the users."""
    return np.corrcoef(q_i, q_j)[0, 1]


def whole_matrix(P, q_i, q_j):
    """This is the table of all correlations. That of the two movies is in row 0 and
    column 1: `[0, 1]`."""
    return np.corrcoef(P @ q_i, P @ q_j)


def squared_correlation(P, q_i, q_j):
    """This is the square of the correlation, so opposite movies look alike."""
    return likeness(P, q_i, q_j) ** 2


def dot_of_the_predictions(P, q_i, q_j):
    """This is a dot product over the users, which grows with their number. Take the
    means off, and divide by both lengths; or use `np.corrcoef`."""
    return (P @ q_i) @ (P @ q_j)


def _likeness_cases(seed):
    draw = np.random.default_rng(seed)
    sizes = (8, 3), (20, 5), (50, 4), (30, 3)
    return [_likeness_case(draw, *size) for size in sizes]


def _likeness_edges():
    draw = np.random.default_rng(7)
    P, q_i, _ = _likeness_case(draw, 12, 4)
    return [
        ("where one vector is twice the other", (P, q_i, 2 * q_i)),
        ("where one vector is the opposite of the other", (P, q_i, -q_i)),
    ]


def _likeness_case(draw, n_users, k):
    P = draw.normal(0.5, 1, (n_users, k)) * draw.uniform(0.3, 3, k)
    return P.round(3), *draw.normal(0, 1, (2, k)).round(3)


QUESTIONS = (
    Question(
        "y041",
        unit_rows,
        _vector_cases,
        (
            zero_by_zero,
            lengths_of_columns,
            one_length_for_all,
            root_forgotten,
            sum_for_length,
            largest_for_length,
            lengths_only,
        ),
        edges=_vector_edges,
    ),
    Question(
        "y042",
        kept_share,
        _list_cases,
        (
            place_by_place,
            all_lists_at_once,
            number_of_kept,
            share_of_the_union,
            lists_that_are_whole,
            lists_that_keep_any,
            share_that_is_lost,
        ),
        edges=_list_edges,
    ),
    Question(
        "y043",
        p_value,
        _p_cases,
        (
            real_world_left_out,
            counted_above_only,
            counted_below_only,
            more_than_ours,
            the_other_tail,
            one_minus_p,
            number_of_worlds,
        ),
        edges=_p_edges,
    ),
    Question(
        "y044",
        likeness,
        _likeness_cases,
        (
            cosine_of_the_factors,
            cosine_of_the_predictions,
            covariance,
            sample_covariance,
            correlation_of_the_factors,
            whole_matrix,
            squared_correlation,
            dot_of_the_predictions,
        ),
        edges=_likeness_edges,
    ),
)
