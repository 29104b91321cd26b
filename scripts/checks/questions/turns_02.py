"""For authors: the small exercises of lab 02, "Your turn"."""

import numpy as np

from checks.questions.question import Question


def predict_all(P, Q, middle):
    """Predicted stars of every viewer for every movie, (n_viewers, n_movies).

    P is (n_viewers, k) and Q is (n_movies, k), one row of factors each;
    `middle` is added to every dot product.
    """
    return middle + P @ Q.T


def movies_as_rows(P, Q, middle):
    """The table is on its side: viewers are the rows, movies the columns. That is
    `P @ Q.T`."""
    return middle + Q @ P.T


def middle_left_out(P, Q, middle):
    """The middle is missing: a match of 0 must give `middle` stars, and not 0."""
    return P @ Q.T


def middle_added_to_each_product(P, Q, middle):
    """The middle was added to each product before they were added up, so it counts once
    for each factor. Add it once to each dot product."""
    return middle * P.shape[1] + P @ Q.T


def middle_multiplied(P, Q, middle):
    """The dot products were multiplied by the middle. Add it to them."""
    return middle * (P @ Q.T)


def tables_without_transpose(P, Q, middle):
    """`P @ Q` needs as many columns on the left as rows on the right. Turn Q round, so
    that its movies become columns: `Q.T`."""
    return middle + P @ Q


def product_number_by_number(P, Q, middle):
    """`*` multiplies number by number and adds nothing up, and its tables must have the
    same shape. The matrix product is `@`."""
    return middle + P * Q


def matches_rounded(P, Q, middle):
    """The stars were rounded. Return them as they are: a list of best movies needs the
    differences."""
    return np.round(middle + P @ Q.T)


def clipped_to_five_stars(P, Q, middle):
    """The stars were cut off at 1 and 5. The formula has no scale in it, and the check
    asks for what it gives."""
    return np.clip(middle + P @ Q.T, 1, 5)


def _predict_cases(seed):
    draw = np.random.default_rng(seed)
    sizes = (3, 4, 2), (2, 6, 3), (5, 3, 4)
    return [
        (
            draw.normal(0, 1.5, (m, k)).round(1),
            draw.normal(0, 1.5, (n, k)).round(1),
            float(draw.uniform(2, 4)),
        )
        for m, n, k in sizes
    ]


def _predict_edges():
    P, Q = np.array([[1.2, -0.3], [0.6, 0.9]]), np.array([[1.0, -0.4], [-0.5, 1.0]])
    return [
        ("where there are as many viewers as movies and factors", (P, Q, 3.0)),
        ("where there is one viewer", (P[:1], np.array([[2.0, 1], [0, 1], [1, 1]]), 3)),
        ("where the middle is 0", (np.array([[1.0], [2.0]]), np.array([[3.0]]), 0.0)),
    ]


def bias_after_one_more(bias, n, stars, mean, damping):
    """The damped bias of a movie after one more rating, of `stars`.

    `bias` was computed from `n` ratings, with `damping` imaginary ones:
    bias = (sum of (r - mean)) / (n + damping).
    """
    surprises = bias * (n + damping)
    return (surprises + stars - mean) / (n + 1 + damping)


def imaginary_ratings_left_out(bias, n, stars, mean, damping):
    """The imaginary ratings are missing. The bias was divided by `n + damping`, so
    multiply by that to get the sum back, and divide by one more."""
    return (bias * n + stars - mean) / (n + 1)


def sum_without_imaginary_ratings(bias, n, stars, mean, damping):
    """To get the sum of the surprises back, multiply by what it was divided by: that is
    `n + damping`, not `n`."""
    return (bias * n + stars - mean) / (n + 1 + damping)


def stars_in_place_of_surprise(bias, n, stars, mean, damping):
    """The stars themselves were added. A bias is made of surprises: `stars - mean`."""
    return (bias * (n + damping) + stars) / (n + 1 + damping)


def rating_not_counted(bias, n, stars, mean, damping):
    """The new rating is in the sum and not in the count. Divide by
    `n + 1 + damping`."""
    return (bias * (n + damping) + stars - mean) / (n + damping)


def surprise_over_the_old_bias(bias, n, stars, mean, damping):
    """The new surprise was added to the old bias as it is. The old one was divided by
    `n + damping`, and a new rating makes all of them weigh less."""
    return bias + (stars - mean) / (n + 1 + damping)


def half_and_half(bias, n, stars, mean, damping):
    """This is the middle between the old bias and the new surprise. The old one stands
    for `n + damping` ratings, and the new one for a single one."""
    return (bias + stars - mean) / 2


def prediction_in_place_of_bias(bias, n, stars, mean, damping):
    """This is the prediction, with the mean added. Return the bias alone."""
    return mean + bias_after_one_more(bias, n, stars, mean, damping)


def surprise_with_the_bias_taken_off(bias, n, stars, mean, damping):
    """The old bias was taken off the stars as well. The sum in the formula is of
    `stars - mean` alone."""
    return (bias * (n + damping) + stars - mean - bias) / (n + 1 + damping)


def _bias_cases(seed):
    draw = np.random.default_rng(seed)
    return [
        (
            float(draw.uniform(0.2, 1) * draw.choice([-1, 1])),
            int(n),
            float(draw.integers(1, 6)),
            float(draw.uniform(3.2, 3.8)),
            float(draw.uniform(2, 9)),
        )
        for n in draw.integers(1, 30, size=4)
    ]


def _bias_edges():
    return [
        ("", (0.5, 3, 2.0, 3.5, 5.0)),
        ("where the movie had no rating before", (0.0, 0, 5.0, 3.6, 5.0)),
        ("where the damping is 0", (0.4, 4, 1.0, 3.5, 0.0)),
    ]


def sum_by_row(n_rows, rows, each):
    """What `.backward()` leaves in `.grad` of a table: (n_rows, k).

    Row `rows[j]` was looked up for rating j, whose gradient is `each[j]`;
    `rows` is (n,) and `each` is (n, k). Rows not looked up hold zeros.
    """
    grad = np.zeros((n_rows, each.shape[1]))
    for row, gradient in zip(rows, each, strict=True):
        grad[row] += gradient
    return grad


def later_ratings_overwrite(n_rows, rows, each):
    """Where a row comes up again, its last gradient has overwritten the others. Add
    them up."""
    grad = np.zeros((n_rows, each.shape[1]))
    grad[rows] = each
    return grad


def first_rating_only(n_rows, rows, each):
    """Where a row comes up again, only its first gradient is there. Add all of them
    up."""
    places, first = np.unique(rows, return_index=True)
    grad = np.zeros((n_rows, each.shape[1]))
    grad[places] = each[first]
    return grad


def mean_by_row(n_rows, rows, each):
    """Where a row comes up again, the result is the mean of its gradients.
    `.backward()` leaves their sum."""
    counts = np.bincount(rows, minlength=n_rows)
    return sum_by_row(n_rows, rows, each) / np.maximum(counts, 1)[:, None]


def rows_looked_up_only(n_rows, rows, each):
    """These are only the rows that were looked up. `.grad` is as large as the table,
    with zeros elsewhere."""
    return sum_by_row(n_rows, rows, each)[np.unique(rows)]


def all_in_every_row(n_rows, rows, each):
    """Every row holds the sum of all gradients. Row by row, add only those of the
    ratings that looked this row up."""
    return np.tile(each.sum(axis=0), (n_rows, 1))


def rating_number_for_row(n_rows, rows, each):
    """Rating j was added to row j. It belongs to the row that it looked up,
    `rows[j]`."""
    return sum_by_row(n_rows, np.arange(len(rows)) % n_rows, each)


def step_in_place_of_gradient(n_rows, rows, each):
    """The sign is reversed: this is a step downhill. `.grad` holds the gradient
    itself; the optimizer subtracts it."""
    return -sum_by_row(n_rows, rows, each)


def _sum_cases(seed):
    draw = np.random.default_rng(seed)
    cases = []
    for n_rows, n, k in ((5, 7, 2), (8, 10, 3), (6, 9, 4)):
        rows = draw.integers(0, n_rows - 1, size=n)  # the last row stays out
        rows[-1] = rows[0]  # one comes up again in any case
        cases.append((n_rows, rows, draw.normal(size=(n, k)).round(2)))
    return cases


def _sum_edges():
    each = np.array([[1.0, -2.0], [0.5, 0.5], [3.0, 1.0]])
    return [
        ("", (5, np.array([3, 0, 3]), each)),
        ("where no row comes up twice", (4, np.array([2, 0, 1]), each)),
        ("where all ratings look up one row", (2, np.array([1, 1, 1]), each)),
    ]


def cost_of_user(x, vectors, stars, reg):
    """What one user adds to the objective of ALS, with the movies fixed.

    ||y - A x||² + reg · n · ||x||², where A is `vectors`, (n, d), one row for
    each rated movie, y is `stars`, (n,), and x is (d,).
    """
    errors = stars - vectors @ x
    return (errors**2).sum() + reg * len(stars) * (x**2).sum()


def paid_once(x, vectors, stars, reg):
    """The penalty is paid once. Every rating pays, so it is multiplied by the number n
    of ratings."""
    errors = stars - vectors @ x
    return (errors**2).sum() + reg * (x**2).sum()


def penalty_left_out(x, vectors, stars, reg):
    """The penalty is missing: add reg · n · ||x||²."""
    return ((stars - vectors @ x) ** 2).sum()


def mean_of_the_squares(x, vectors, stars, reg):
    """This is the mean over the ratings. The objective is a sum, and the penalty counts
    the ratings too."""
    return cost_of_user(x, vectors, stars, reg) / len(stars)


def mean_error_with_the_whole_penalty(x, vectors, stars, reg):
    """The errors were averaged and the penalty was not. Both are sums over the ratings:
    add the squares of the errors up."""
    errors = stars - vectors @ x
    return (errors**2).mean() + reg * len(stars) * (x**2).sum()


def length_not_squared(x, vectors, stars, reg):
    """The length of x is not squared. ||x||² is the sum of the squares, without a
    root."""
    errors = stars - vectors @ x
    return (errors**2).sum() + reg * len(stars) * np.linalg.norm(x)


def numbers_for_ratings(x, vectors, stars, reg):
    """The penalty was multiplied by the number of unknowns, `len(x)`. It is paid for
    each rating: `len(stars)`."""
    errors = stars - vectors @ x
    return (errors**2).sum() + reg * len(x) * (x**2).sum()


def halves_kept(x, vectors, stars, reg):
    """This is half of it. The halves of section 5 were there for the derivative; the
    objective of ALS has none."""
    return cost_of_user(x, vectors, stars, reg) / 2


def errors_not_squared(x, vectors, stars, reg):
    """The errors were added up as they are, so that too much and too little cancel.
    Square them first."""
    return (stars - vectors @ x).sum() + reg * len(stars) * (x**2).sum()


def penalty_on_the_movies(x, vectors, stars, reg):
    """The squares of the movies' numbers were taken too, or in place of x. Only x is
    unknown, so only x pays here."""
    errors = stars - vectors @ x
    return (errors**2).sum() + reg * len(stars) * (vectors**2).sum()


def movies_biases_taken_off_again(x, vectors, stars, reg):
    """The last column was taken for the movies' biases, as in `solve_row`. Here the
    work is done: `vectors` is A, `stars` is y. The errors are `stars - vectors @ x`."""
    A, y = vectors.copy(), stars - vectors[:, -1]
    A[:, -1] = 1.0
    return cost_of_user(x, A, y, reg)


def _cost_cases(seed):
    draw = np.random.default_rng(seed)
    return [
        (
            draw.normal(size=d).round(2),
            draw.normal(size=(n, d)).round(2),
            draw.normal(size=n).round(2),
            float(draw.uniform(0.2, 2)),
        )
        for n, d in ((5, 3), (8, 2), (3, 6))
    ]


def _cost_edges():
    x, A = np.array([1.0, 2.0]), np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    return [
        ("", (x, A, np.array([2.0, 2.0, 1.0]), 0.1)),
        ("where there is one rating", (x, A[:1], np.array([3.0]), 0.5)),
        ("where x is 0", (0 * x, A, np.array([2.0, -1.0, 1.0]), 0.5)),
    ]


QUESTIONS = (
    Question(
        "y021",
        predict_all,
        _predict_cases,
        (
            movies_as_rows,
            middle_left_out,
            middle_added_to_each_product,
            middle_multiplied,
            tables_without_transpose,
            product_number_by_number,
            matches_rounded,
            clipped_to_five_stars,
        ),
        edges=_predict_edges,
    ),
    Question(
        "y022",
        bias_after_one_more,
        _bias_cases,
        (
            imaginary_ratings_left_out,
            sum_without_imaginary_ratings,
            stars_in_place_of_surprise,
            rating_not_counted,
            surprise_over_the_old_bias,
            half_and_half,
            prediction_in_place_of_bias,
            surprise_with_the_bias_taken_off,
        ),
        edges=_bias_edges,
    ),
    Question(
        "y023",
        sum_by_row,
        _sum_cases,
        (
            later_ratings_overwrite,
            first_rating_only,
            mean_by_row,
            rows_looked_up_only,
            all_in_every_row,
            rating_number_for_row,
            step_in_place_of_gradient,
        ),
        edges=_sum_edges,
    ),
    Question(
        "y024",
        cost_of_user,
        _cost_cases,
        (
            paid_once,
            penalty_left_out,
            mean_of_the_squares,
            mean_error_with_the_whole_penalty,
            length_not_squared,
            numbers_for_ratings,
            halves_kept,
            errors_not_squared,
            penalty_on_the_movies,
            movies_biases_taken_off_again,
        ),
        edges=_cost_edges,
    ),
)
