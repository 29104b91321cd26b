"""For authors: the question on one step of ALS, from lab 02."""

import torch

from checks.comparing import has_nan
from checks.questions.question import Question, recognized_by


def als_user_step(Q, row, reg_per_rating):
    """The best vector p, shape (k,), for one user while Q stays fixed.

    Q: (n_items, k). row: (n_items,), the user's stars, NaN where none.
    Over the n movies that the user rated, p minimizes

    Σ (row[i] - p·Q[i])² + reg_per_rating · n · p·p

    For a user without ratings, return zeros.
    """
    rated = ~torch.isnan(row)
    n = rated.sum()
    if n == 0:
        return torch.zeros(Q.shape[1])
    seen = Q[rated]
    gram = seen.T @ seen + reg_per_rating * n * torch.eye(Q.shape[1])
    return torch.linalg.solve(gram, seen.T @ row[rated])


def _ridge(Q, targets, weight):
    gram = Q.T @ Q + weight * torch.eye(Q.shape[1])
    return torch.linalg.solve(gram, Q.T @ targets)


def solved_over_all_cells(Q, row, reg_per_rating):
    """QᵀQ was summed over all movies, so every missing rating counts as 0 stars. A
    missing rating says nothing: keep only the rows of Q for movies that this user
    rated."""
    n = int((~torch.isnan(row)).sum())
    return _ridge(Q, row.nan_to_num(), reg_per_rating * max(n, 1))


def count_left_out(Q, row, reg_per_rating):
    """`reg_per_rating` was not multiplied by n, the user's number of ratings. In this
    objective the penalty grows with the number of ratings, as it does in SGD."""
    rated = ~torch.isnan(row)
    return _ridge(Q[rated], row[rated], reg_per_rating)


def count_of_all_movies(Q, row, reg_per_rating):
    """`reg_per_rating` was multiplied by the number of all movies. n is the number of
    movies that this user rated."""
    rated = ~torch.isnan(row)
    return _ridge(Q[rated], row[rated], reg_per_rating * len(row))


def ridge_forgotten(Q, row, reg_per_rating):
    """The ridge is missing from the diagonal. Without it, a user with fewer ratings
    than factors has no single best vector."""
    rated = ~torch.isnan(row)
    if not rated.any():
        return torch.zeros(Q.shape[1])
    return torch.linalg.pinv(Q[rated]) @ row[rated]


def gram_not_inverted(Q, row, reg_per_rating):
    """This is the right-hand side Qᵀr alone. The normal equations still have to be
    solved: (QᵀQ + reg_per_rating · n · I) p = Qᵀr."""
    return Q[~torch.isnan(row)].T @ row[~torch.isnan(row)]


def _is_nan(given, Q, row, reg_per_rating):
    return has_nan(given)


@recognized_by(_is_nan)
def missing_ratings_left_in(Q, row, reg_per_rating):
    """The result is NaN because the missing ratings are still in `row`: a single NaN
    makes the whole sum NaN. `~torch.isnan(row)` marks the rated movies (nothing equals
    NaN, so `!=` does not find it)."""
    n = int((~torch.isnan(row)).sum())
    return _ridge(Q, row, reg_per_rating * max(n, 1))


def user_without_ratings_solved(Q, row, reg_per_rating):
    """One of the users has no ratings: n is 0, the matrix is all zeros, and the system
    cannot be solved. Return zeros before that point."""
    rated = ~torch.isnan(row)
    return _ridge(Q[rated], row[rated], reg_per_rating * rated.sum())


def ridge_on_every_entry(Q, row, reg_per_rating):
    """A number added to a matrix is added to every entry. The ridge belongs on the
    diagonal only: multiply it by `torch.eye(k)`."""
    seen, stars = Q[~torch.isnan(row)], row[~torch.isnan(row)]
    if not len(seen):
        return torch.zeros(Q.shape[1])
    return torch.linalg.solve(
        seen.T @ seen + reg_per_rating * len(seen), seen.T @ stars
    )


def _solved(Q, row, weight):
    rated = ~torch.isnan(row)
    if not rated.any():
        return torch.zeros(Q.shape[1])
    return _ridge(Q[rated], row[rated], weight)


def divided_by_the_count(Q, row, reg_per_rating):
    """`reg_per_rating` was divided by n. In this objective the penalty grows with the
    number of ratings: multiply."""
    return _solved(Q, row, reg_per_rating / max(int((~torch.isnan(row)).sum()), 1))


def count_of_the_factors(Q, row, reg_per_rating):
    """`reg_per_rating` was multiplied by k, the number of factors. n is the number of
    movies that this user rated."""
    return _solved(Q, row, reg_per_rating * Q.shape[1])


def stars_less_their_mean(Q, row, reg_per_rating):
    """The user's mean was subtracted from the stars. The formula takes the stars as
    they are."""
    return als_user_step(Q, row - row.nanmean(), reg_per_rating)


def column_for_vector(Q, row, reg_per_rating):
    """The numbers are right, but they come as a column, (k, 1). The question asks for
    the shape (k,)."""
    return als_user_step(Q, row, reg_per_rating)[:, None]


def _als_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    sizes = (6, 2, 4, 0.5), (12, 3, 7, 0.1), (30, 8, 5, 0.5)
    return [_als_case(draw, *size) for size in sizes]


def _als_edges():
    draw = torch.Generator().manual_seed(7)
    return [
        ("where the user has rated every movie", _als_case(draw, 20, 4, 20, 0.3)),
        ("where the user has rated one movie", _als_case(draw, 7, 3, 1, 0.4)),
        ("where there is only one factor", _als_case(draw, 8, 1, 5, 0.2)),
        ("where the user has no ratings", _als_case(draw, 9, 3, 0, 0.2)),
    ]


def _als_case(draw, n_items, k, n_rated, reg_per_rating):
    Q = torch.randn(n_items, k, generator=draw)
    row = torch.randint(1, 6, (n_items,), generator=draw).float()
    row[torch.randperm(n_items, generator=draw)[n_rated:]] = torch.nan
    return Q, row, reg_per_rating


def ridge_doubled(Q, row, reg_per_rating):
    """The ridge is twice as large as it should be. The factor 2 of both derivatives
    cancels: (QᵀQ + reg_per_rating · n · I) p = Qᵀr."""
    return als_user_step(Q, row, 2 * reg_per_rating)


def ridge_halved(Q, row, reg_per_rating):
    """The ridge is half as large as it should be. The factor 2 of both derivatives
    cancels: (QᵀQ + reg_per_rating · n · I) p = Qᵀr."""
    return als_user_step(Q, row, reg_per_rating / 2)


def ridge_subtracted(Q, row, reg_per_rating):
    """The ridge has the wrong sign: it is added to QᵀQ."""
    return als_user_step(Q, row, -reg_per_rating)


def count_squared(Q, row, reg_per_rating):
    """The ridge is n times as large as it should be. (It was multiplied by n twice, or
    the sums QᵀQ and Qᵀr were made means while the ridge kept its n.)"""
    return als_user_step(Q, row, reg_per_rating * int((~row.isnan()).sum()))


def predictions_for_vector(Q, row, reg_per_rating):
    """These are the predictions Q p, one for each movie. The question asks for p, shape
    (k,)."""
    return Q @ als_user_step(Q, row, reg_per_rating)


def mean_of_seen_vectors(Q, row, reg_per_rating):
    """This is a weighted mean of the movies' vectors: the right-hand side, divided by
    the sum of the stars. Solve the normal equations."""
    rated = ~torch.isnan(row)
    return Q[rated].T @ row[rated] / row[rated].sum().clamp(min=1)


QUESTIONS = (
    Question(
        "q06",
        als_user_step,
        _als_cases,
        (
            solved_over_all_cells,
            count_left_out,
            count_of_all_movies,
            ridge_forgotten,
            gram_not_inverted,
            missing_ratings_left_in,
            user_without_ratings_solved,
            ridge_on_every_entry,
            divided_by_the_count,
            count_of_the_factors,
            stars_less_their_mean,
            column_for_vector,
            ridge_doubled,
            ridge_halved,
            ridge_subtracted,
            count_squared,
            predictions_for_vector,
            mean_of_seen_vectors,
        ),
        edges=_als_edges,
    ),
)
