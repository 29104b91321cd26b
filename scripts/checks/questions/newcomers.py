"""For authors: the question on users and movies new to the model, from lab 05."""

import torch

from checks.questions.question import Question


def predict_safely(mean, user_bias, item_bias, P, Q, user, item):
    """The prediction for a user's and an item's row; -1 means unknown.

    P: (n_users, k), Q: (n_items, k); the biases: (n_users,), (n_items,).
    Use everything that is known; an unknown user or item adds nothing.
    """
    prediction = mean
    if user >= 0:
        prediction = prediction + user_bias[user]
    if item >= 0:
        prediction = prediction + item_bias[item]
    if user >= 0 and item >= 0:
        prediction = prediction + P[user] @ Q[item]
    return float(prediction)


def last_row_for_unknown(mean, user_bias, item_bias, P, Q, user, item):
    """-1 was used as a row number, and in Python that is the last row: an unknown user
    got the taste of the last one. Test whether the row is known first."""
    return float(mean + user_bias[user] + item_bias[item] + P[user] @ Q[item])


def global_mean_for_newcomers(mean, user_bias, item_bias, P, Q, user, item):
    """A new user got the global mean. The movie's bias is still known, and a good movie
    is a good bet for a newcomer too."""
    if user < 0 or item < 0:
        return float(mean)
    return last_row_for_unknown(mean, user_bias, item_bias, P, Q, user, item)


def zero_for_newcomers(mean, user_bias, item_bias, P, Q, user, item):
    """An unknown user or item got 0 stars, which is not on the scale. Start from the
    mean."""
    if user < 0 or item < 0:
        return 0.0
    return last_row_for_unknown(mean, user_bias, item_bias, P, Q, user, item)


def biases_swapped_for_newcomers(mean, user_bias, item_bias, P, Q, user, item):
    """The biases are swapped: for a new user the item's bias is known, for a new item
    the user's."""
    if user < 0 and item < 0:
        return float(mean)
    if user < 0:
        return float(mean + user_bias[user])
    if item < 0:
        return float(mean + item_bias[item])
    return last_row_for_unknown(mean, user_bias, item_bias, P, Q, user, item)


def row_zero_is_unknown(mean, user_bias, item_bias, P, Q, user, item):
    """Row 0 was taken for unknown. It is a row like any other: test for -1, not for
    truth."""
    user, item = (user if user > 0 else -1), (item if item > 0 else -1)
    return predict_safely(mean, user_bias, item_bias, P, Q, user, item)


def clipped_to_the_scale(mean, user_bias, item_bias, P, Q, user, item):
    """The prediction was cut off at 1 and 5 stars. The question does not ask for that:
    two movies above 5 could no longer be told apart."""
    table = (mean, user_bias, item_bias, P, Q)
    return min(max(predict_safely(*table, user, item), 1.0), 5.0)


def average_bias_for_newcomers(mean, user_bias, item_bias, P, Q, user, item):
    """An unknown user or item got the average of all biases. What is unknown adds
    nothing: a bias is a deviation from the mean, and the mean is already in the sum."""
    extra = user_bias.mean() * (user < 0) + item_bias.mean() * (item < 0)
    table = (mean, user_bias, item_bias, P, Q)
    return predict_safely(*table, user, item) + float(extra)


def truth_for_known(mean, user_bias, item_bias, P, Q, user, item):
    """`if user:` tests for truth: -1 is true, and row 0 is not. Write `if user >=
    0:`."""
    prediction = mean + (user_bias[user] if user else 0)
    prediction = prediction + (item_bias[item] if item else 0)
    return float(prediction + (P[user] @ Q[item] if user and item else 0))


def product_with_the_last_row(mean, user_bias, item_bias, P, Q, user, item):
    """The biases are right, but for an unknown user or item the dot product was added
    too, with the last row of the table. It needs both rows."""
    table = (mean, user_bias, item_bias, P, Q)
    known = user >= 0 and item >= 0
    extra = 0.0 if known else float(P[user] @ Q[item])
    return predict_safely(*table, user, item) + extra


def mean_left_out(mean, user_bias, item_bias, P, Q, user, item):
    """The mean is missing. Every prediction begins with it."""
    return predict_safely(0.0, user_bias, item_bias, P, Q, user, item)


def item_bias_lost_with_the_user(mean, user_bias, item_bias, P, Q, user, item):
    """The movie's bias was added only where the user is unknown, as with `elif`. The
    two biases do not depend on each other: use two separate `if`s."""
    if user >= 0:
        product = float(P[user] @ Q[item]) if item >= 0 else 0.0
        return float(mean + user_bias[user]) + product
    return predict_safely(mean, user_bias, item_bias, P, Q, user, item)


def movie_forgotten_for_new_users(mean, user_bias, item_bias, P, Q, user, item):
    """A new user got only the mean. The movie's bias is known: add it. (For a new
    movie, the user's bias was added.)"""
    if user < 0:
        return float(mean)
    return predict_safely(mean, user_bias, item_bias, P, Q, user, item)


def average_vector_for_newcomers(mean, user_bias, item_bias, P, Q, user, item):
    """An unknown user or item got the average of all vectors. What is unknown adds
    nothing, and the dot product needs both."""
    p = P[user] if user >= 0 else P.mean(0)
    q = Q[item] if item >= 0 else Q.mean(0)
    user_part = user_bias[user] if user >= 0 else 0.0
    item_part = item_bias[item] if item >= 0 else 0.0
    return float(mean + user_part + item_part + p @ q)


def middle_of_the_scale(mean, user_bias, item_bias, P, Q, user, item):
    """With both user and item unknown, the prediction was 3 stars, the middle of the
    scale. The mean is known, and it is the better guess."""
    if user < 0 and item < 0:
        return 3.0
    return predict_safely(mean, user_bias, item_bias, P, Q, user, item)


def biases_left_out(mean, user_bias, item_bias, P, Q, user, item):
    """The biases are missing. A known user and a known movie each add one."""
    zeros = torch.zeros_like(user_bias), torch.zeros_like(item_bias)
    return predict_safely(mean, *zeros, P, Q, user, item)


def products_not_added_up(mean, user_bias, item_bias, P, Q, user, item):
    """`P[user] * Q[item]` gives k products. The dot product is their sum, one number:
    `P[user] @ Q[item]`."""
    if user < 0 or item < 0:
        return predict_safely(mean, user_bias, item_bias, P, Q, user, item)
    return mean + user_bias[user] + item_bias[item] + P[user] * Q[item]


def _safe_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    known = ((2, 3), (-1, 1), (1, -1), (-1, -1))
    return [_safe_case(draw, user, item) for user, item in known]


def _safe_case(draw, user, item):
    tables = (
        torch.randn(4, generator=draw),
        torch.randn(5, generator=draw),
        torch.randn(4, 3, generator=draw),
        torch.randn(5, 3, generator=draw),
    )
    mean = 3.2 + torch.rand(1, generator=draw).item()
    return mean, *tables, user, item


def _safe_edges():
    draw = torch.Generator().manual_seed(7)
    above, below = _safe_case(draw, 2, 3), _safe_case(draw, 1, -1)
    above[1][2], above[2][3], above[3][2], above[4][3] = 1.5, 1.0, 0.5, 1.0
    below[1][1] = -3.0
    return [
        ("where the user is in row 0", _safe_case(draw, 0, 4)),
        ("where the movie is in row 0", _safe_case(draw, 3, 0)),
        (
            "where the user is in row 0 and the movie is unknown",
            _safe_case(draw, 0, -1),
        ),
        (
            "where the movie is in row 0 and the user is unknown",
            _safe_case(draw, -1, 0),
        ),
        ("where the prediction is above 5", above),
        ("where the prediction is below 1", below),
    ]


def product_left_out(mean, user_bias, item_bias, P, Q, user, item):
    """The dot product is missing: where both are known, add `P[user] @ Q[item]`."""
    zeros = torch.zeros_like(P)
    return predict_safely(mean, user_bias, item_bias, zeros, Q, user, item)


def user_bias_left_out(mean, user_bias, item_bias, P, Q, user, item):
    """The user's bias is missing. A known user adds one, whether the movie is known or
    not."""
    zeros = torch.zeros_like(user_bias)
    return predict_safely(mean, zeros, item_bias, P, Q, user, item)


def item_bias_left_out(mean, user_bias, item_bias, P, Q, user, item):
    """The movie's bias is missing. A known movie adds one, whether the user is known or
    not."""
    zeros = torch.zeros_like(item_bias)
    return predict_safely(mean, user_bias, zeros, P, Q, user, item)


def user_forgotten_for_new_movies(mean, user_bias, item_bias, P, Q, user, item):
    """A new movie got only the mean. The user's bias is known: add it. (For a new user,
    the movie's bias was added.)"""
    if item < 0:
        return float(mean)
    return predict_safely(mean, user_bias, item_bias, P, Q, user, item)


def nan_for_newcomers(mean, user_bias, item_bias, P, Q, user, item):
    """An unknown user or item got NaN, which is no prediction. What is known is enough
    for one: begin with the mean."""
    if user < 0 or item < 0:
        return float("nan")
    return last_row_for_unknown(mean, user_bias, item_bias, P, Q, user, item)


def product_subtracted(mean, user_bias, item_bias, P, Q, user, item):
    """The dot product has the wrong sign: add it."""
    return predict_safely(mean, user_bias, item_bias, -P, Q, user, item)


def column_of_one_number(mean, user_bias, item_bias, P, Q, user, item):
    """The number is right, but it comes in an array of shape (1,). Return the number
    itself."""
    table = (mean, user_bias, item_bias, P, Q)
    return torch.tensor([predict_safely(*table, user, item)])


QUESTIONS = (
    Question(
        "q14",
        predict_safely,
        _safe_cases,
        (
            last_row_for_unknown,
            global_mean_for_newcomers,
            zero_for_newcomers,
            biases_swapped_for_newcomers,
            row_zero_is_unknown,
            clipped_to_the_scale,
            average_bias_for_newcomers,
            truth_for_known,
            product_with_the_last_row,
            mean_left_out,
            item_bias_lost_with_the_user,
            movie_forgotten_for_new_users,
            average_vector_for_newcomers,
            middle_of_the_scale,
            biases_left_out,
            products_not_added_up,
            product_left_out,
            user_bias_left_out,
            item_bias_left_out,
            user_forgotten_for_new_movies,
            nan_for_newcomers,
            product_subtracted,
            column_of_one_number,
        ),
        edges=_safe_edges,
    ),
)
