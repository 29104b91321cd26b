"""Questions on lab 02: the gradient of one rating, and one step of ALS."""

import torch

from checks.comparing import has_nan
from checks.questions.question import Question, recognized_by


def gradient_of_one_rating(p, q, rating, baseline, strength):
    """(gradient of p, gradient of q), two tensors of shape (k,), of the loss

    (rating - baseline - p·q)² + strength · (p·p + q·q)

    `baseline` is μ + b_u + b_i, a number.
    """
    error = rating - baseline - p @ q
    gradient_p = -2 * error * q + 2 * strength * p
    gradient_q = -2 * error * p + 2 * strength * q
    return gradient_p, gradient_q


def sign_of_the_gradient(p, q, rating, baseline, strength):
    """The sign is the opposite one: this points downhill. The gradient points uphill,
    and the descent step subtracts it."""
    uphill = gradient_of_one_rating(p, q, rating, baseline, strength)
    return -uphill[0], -uphill[1]


def sign_of_the_error_only(p, q, rating, baseline, strength):
    """The error has the wrong sign and the penalty the right one. The inner derivative
    of (rating - baseline - p·q) is -q, and the minus is lost."""
    error = rating - baseline - p @ q
    return 2 * error * q + 2 * strength * p, 2 * error * p + 2 * strength * q


def factor_of_two(p, q, rating, baseline, strength):
    """The factor 2 is missing: the derivative of x² is 2x. Many texts hide it in the
    learning rate, but here the loss is given without a ½."""
    full = gradient_of_one_rating(p, q, rating, baseline, strength)
    return full[0] / 2, full[1] / 2


def residual_left_out(p, q, rating, baseline, strength):
    """The residual is missing: -2 · error · q + …. Without it the step is as large for
    a perfect prediction as for a bad one."""
    return -2 * q + 2 * strength * p, -2 * p + 2 * strength * q


def mean_forgotten(p, q, rating, baseline, strength):
    """The baseline is missing from the prediction, so the factors would have to learn
    the mean rating as well."""
    return gradient_of_one_rating(p, q, rating, 0.0, strength)


def penalty_forgotten(p, q, rating, baseline, strength):
    """The gradient of the penalty is missing: strength · (p·p + q·q) has one too."""
    return gradient_of_one_rating(p, q, rating, baseline, 0.0)


def user_and_item_swapped(p, q, rating, baseline, strength):
    """The two gradients are in the wrong order: first that of p, then that of q. Or p
    and q are exchanged throughout."""
    gradient_p, gradient_q = gradient_of_one_rating(p, q, rating, baseline, strength)
    return gradient_q, gradient_p


def update_for_gradient(p, q, rating, baseline, strength):
    """This is the step of the update rule, error · q - strength · p, downhill and with
    the factor 2 hidden in the learning rate. The question wants the gradient, uphill:
    -2 times that."""
    full = gradient_of_one_rating(p, q, rating, baseline, strength)
    return -full[0] / 2, -full[1] / 2


def twice_the_error_alone(p, q, rating, baseline, strength):
    """The penalty's factor 2 is missing: p·p is a sum of squares as well, and its
    derivative is 2p."""
    return gradient_of_one_rating(p, q, rating, baseline, strength / 2)


def penalty_subtracted(p, q, rating, baseline, strength):
    """The penalty has the wrong sign: it is added to the loss, so its gradient is
    + 2 · strength · p."""
    return gradient_of_one_rating(p, q, rating, baseline, -strength)


def products_not_summed(p, q, rating, baseline, strength):
    """`p * q` gives k products, and the dot product is their sum: `p @ q`, one number.
    The error of one rating is one number too."""
    error = rating - baseline - p * q
    return -2 * error * q + 2 * strength * p, -2 * error * p + 2 * strength * q


def own_vector_in_place_of_the_other(p, q, rating, baseline, strength):
    """The error is multiplied by the wrong vector: the derivative of p·q with respect
    to p is q, and with respect to q it is p."""
    error = rating - baseline - p @ q
    return -2 * error * p + 2 * strength * p, -2 * error * q + 2 * strength * q


def _gradient_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    cases = []
    for k, strength in ((2, 0.1), (5, 0.02), (16, 0.5), (3, 0.0)):
        p = torch.randn(k, generator=draw)
        q = torch.randn(k, generator=draw)
        rating, baseline = 1 + 4 * torch.rand(2, generator=draw, dtype=torch.float64)
        cases.append((p, q, rating.item(), baseline.item(), strength))
    p = torch.tensor([1.0, 2.0])
    return [(p, torch.tensor([3.0, -1.0]), 4.0, 3.5, 0.25), *cases]


def als_user_step(Q, row, strength):
    """The vector p, shape (k,), best for one user while Q stays fixed.

    Q: (n_items, k). row: (n_items,), the user's stars, NaN where none.
    p minimizes  Σ (row[i] - p·Q[i])² + strength · n · p·p  over the n films
    that the user rated. A user without ratings gets zeros.
    """
    rated = ~torch.isnan(row)
    n = rated.sum()
    if n == 0:
        return torch.zeros(Q.shape[1])
    seen = Q[rated]
    gram = seen.T @ seen + strength * n * torch.eye(Q.shape[1])
    return torch.linalg.solve(gram, seen.T @ row[rated])


def _ridge(Q, targets, weight):
    gram = Q.T @ Q + weight * torch.eye(Q.shape[1])
    return torch.linalg.solve(gram, Q.T @ targets)


def solved_over_all_cells(Q, row, strength):
    """QᵀQ runs over all films, which counts every missing rating as 0 stars. A missing
    rating says nothing: keep only the rows of Q that this user rated."""
    n = int((~torch.isnan(row)).sum())
    return _ridge(Q, row.nan_to_num(), strength * max(n, 1))


def strength_not_times_the_count(Q, row, strength):
    """`strength` was not multiplied by n, the user's number of ratings. In this
    objective the penalty grows with the number of ratings, as in SGD."""
    rated = ~torch.isnan(row)
    return _ridge(Q[rated], row[rated], strength)


def count_of_all_films(Q, row, strength):
    """`strength` was multiplied by the number of all films. n is the number of films
    that this user rated."""
    rated = ~torch.isnan(row)
    return _ridge(Q[rated], row[rated], strength * len(row))


def ridge_forgotten(Q, row, strength):
    """The ridge is missing from the diagonal. Without it a user with fewer ratings than
    factors has no single best vector."""
    rated = ~torch.isnan(row)
    if not rated.any():
        return torch.zeros(Q.shape[1])
    return torch.linalg.pinv(Q[rated]) @ row[rated]


def gram_not_inverted(Q, row, strength):
    """This is the right-hand side Qᵀr alone. The normal equations still have to be
    solved: (QᵀQ + strength · n · I) p = Qᵀr."""
    return Q[~torch.isnan(row)].T @ row[~torch.isnan(row)]


def _is_nan(given, Q, row, strength):
    return has_nan(given)


@recognized_by(_is_nan)
def missing_ratings_left_in(Q, row, strength):
    """The result is NaN because the missing ratings are still in `row`: one NaN makes
    a whole sum NaN. `~torch.isnan(row)` marks the rated films (nothing equals NaN, so
    `!=` does not find it)."""
    n = int((~torch.isnan(row)).sum())
    return _ridge(Q, row, strength * max(n, 1))


def user_without_ratings_solved(Q, row, strength):
    """One of the users has no ratings: n is 0, the matrix is all zeros, and there is
    nothing to solve. Return zeros before that."""
    rated = ~torch.isnan(row)
    return _ridge(Q[rated], row[rated], strength * rated.sum())


def ridge_on_every_entry(Q, row, strength):
    """A number added to a matrix is added to every entry. The ridge stands on the
    diagonal alone: multiply it by `torch.eye(k)`."""
    seen, stars = Q[~torch.isnan(row)], row[~torch.isnan(row)]
    if not len(seen):
        return torch.zeros(Q.shape[1])
    return torch.linalg.solve(seen.T @ seen + strength * len(seen), seen.T @ stars)


def _als_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    cases = []
    for n_items, k, n_rated, strength in (
        (6, 2, 4, 0.5),
        (12, 3, 7, 0.1),
        (30, 8, 5, 0.05),
        (20, 4, 20, 0.3),
        (9, 3, 0, 0.2),
    ):
        Q = torch.randn(n_items, k, generator=draw)
        row = torch.randint(1, 6, (n_items,), generator=draw).float()
        row[torch.randperm(n_items, generator=draw)[n_rated:]] = torch.nan
        cases.append((Q, row, strength))
    return cases


QUESTIONS = (
    Question(
        "q05",
        gradient_of_one_rating,
        _gradient_cases,
        (
            sign_of_the_gradient,
            sign_of_the_error_only,
            factor_of_two,
            residual_left_out,
            mean_forgotten,
            penalty_forgotten,
            user_and_item_swapped,
            update_for_gradient,
            twice_the_error_alone,
            penalty_subtracted,
            products_not_summed,
            own_vector_in_place_of_the_other,
        ),
    ),
    Question(
        "q06",
        als_user_step,
        _als_cases,
        (
            solved_over_all_cells,
            strength_not_times_the_count,
            count_of_all_films,
            ridge_forgotten,
            gram_not_inverted,
            missing_ratings_left_in,
            user_without_ratings_solved,
            ridge_on_every_entry,
        ),
    ),
)
