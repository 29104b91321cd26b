"""Questions on lab 05: users and films that the model has never met."""

import torch

from checks.questions.question import Question


def predict_safely(mean, user_bias, item_bias, P, Q, user, item):
    """The prediction for a user's and an item's row; -1 means unknown.

    P: (n_users, k), Q: (n_items, k); the biases: (n_users,), (n_items,).
    Use all that is known: an unknown user or item itself adds nothing.
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
    got the taste of the last one. Ask whether the row is known first."""
    return float(mean + user_bias[user] + item_bias[item] + P[user] @ Q[item])


def global_mean_for_newcomers(mean, user_bias, item_bias, P, Q, user, item):
    """A new user got the global mean. The film's bias is known all the same, and a good
    film is good news for a newcomer too."""
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
    """The biases are exchanged: a new user leaves the item's bias standing, a new item
    the user's."""
    if user < 0 and item < 0:
        return float(mean)
    if user < 0:
        return float(mean + user_bias[user])
    if item < 0:
        return float(mean + item_bias[item])
    return last_row_for_unknown(mean, user_bias, item_bias, P, Q, user, item)


def row_zero_is_unknown(mean, user_bias, item_bias, P, Q, user, item):
    """Row 0 was taken for unknown. It is a row like the others: test for -1, not for
    truth."""
    user, item = (user if user > 0 else -1), (item if item > 0 else -1)
    return predict_safely(mean, user_bias, item_bias, P, Q, user, item)


def clipped_to_the_scale(mean, user_bias, item_bias, P, Q, user, item):
    """The prediction was cut off at 1 and 5 stars. Nobody asked for that here: two
    films above 5 could no longer be told apart."""
    table = (mean, user_bias, item_bias, P, Q)
    return min(max(predict_safely(*table, user, item), 1.0), 5.0)


def average_bias_for_newcomers(mean, user_bias, item_bias, P, Q, user, item):
    """The unknown one got the average of all biases. What is unknown adds nothing: a
    bias is a deviation from the mean, and the mean is in the sum already."""
    extra = user_bias.mean() * (user < 0) + item_bias.mean() * (item < 0)
    table = (mean, user_bias, item_bias, P, Q)
    return predict_safely(*table, user, item) + float(extra)


def _safe_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    cases = []
    for user, item in ((2, 3), (-1, 1), (1, -1), (-1, -1), (0, 4), (3, 0), (0, -1)):
        tables = (
            torch.randn(4, generator=draw),
            torch.randn(5, generator=draw),
            torch.randn(4, 3, generator=draw),
            torch.randn(5, 3, generator=draw),
        )
        cases.append((3.5, *tables, user, item))
    return cases


def fold_in(Q, item_bias, mean, items, stars, strength):
    """(bias b, vector p) of a new user who gave `stars` to `items`.

    b is a number, p has shape (k,). They minimize, over the n new ratings,
    Σ (star - mean - item_bias[i] - b - p·Q[i])² + strength · n · (b² + p·p)
    """
    features = torch.cat([torch.ones(len(items), 1), Q[items]], dim=1)
    target = stars - mean - item_bias[items]
    ridge = strength * len(items) * torch.eye(features.shape[1])
    x = torch.linalg.solve(features.T @ features + ridge, features.T @ target)
    return x[0].item(), x[1:]


def mean_left_in(Q, item_bias, mean, items, stars, strength):
    """The mean was not subtracted from the stars, so this user's bias has to explain
    all of it and looks enormous."""
    return fold_in(Q, item_bias, 0.0, items, stars, strength)


def item_bias_left_in(Q, item_bias, mean, items, stars, strength):
    """The item biases were not subtracted from the stars: liking a film that everybody
    likes would count as taste."""
    return fold_in(Q, torch.zeros_like(item_bias), mean, items, stars, strength)


def strength_without_the_count(Q, item_bias, mean, items, stars, strength):
    """`strength` was not multiplied by n, the number of the new user's ratings."""
    return fold_in(Q, item_bias, mean, items, stars, strength / len(items))


def own_bias_left_free(Q, item_bias, mean, items, stars, strength):
    """The user's bias was not penalized. With three ratings it is as uncertain as the
    factors: it belongs to the ridge."""
    features = torch.cat([torch.ones(len(items), 1), Q[items]], dim=1)
    ridge = strength * len(items) * torch.eye(features.shape[1])
    ridge[0, 0] = 0
    target = stars - mean - item_bias[items]
    x = torch.linalg.solve(features.T @ features + ridge, features.T @ target)
    return x[0].item(), x[1:]


def own_bias_forgotten(Q, item_bias, mean, items, stars, strength):
    """The user's bias is missing. Put a column of ones before Q[items], and the bias is
    one coordinate more."""
    rows, target = Q[items], stars - mean - item_bias[items]
    gram = rows.T @ rows + strength * len(items) * torch.eye(Q.shape[1])
    return 0.0, torch.linalg.solve(gram, rows.T @ target)


def bias_before_the_vector(Q, item_bias, mean, items, stars, strength):
    """The bias was computed first, as a plain mean, and the vector then had to make do
    with the rest. The two share one minimum: solve for both at once."""
    target = stars - mean - item_bias[items]
    bias, rows = target.mean(), Q[items]
    gram = rows.T @ rows + strength * len(items) * torch.eye(Q.shape[1])
    return bias.item(), torch.linalg.solve(gram, rows.T @ (target - bias))


def _fold_in_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    cases = []
    for n_items, k, n, strength in ((8, 2, 5, 0.2), (30, 4, 10, 0.05), (50, 8, 3, 0.1)):
        items = torch.randperm(n_items, generator=draw)[:n]
        stars = torch.randint(1, 6, (n,), generator=draw).float()
        Q = torch.randn(n_items, k, generator=draw)
        item_bias = torch.randn(n_items, generator=draw)
        cases.append((Q, item_bias, 3.5, items, stars, strength))
    return cases


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
        ),
    ),
    Question(
        "q15",
        fold_in,
        _fold_in_cases,
        (
            mean_left_in,
            item_bias_left_in,
            strength_without_the_count,
            own_bias_left_free,
            own_bias_forgotten,
            bias_before_the_vector,
        ),
    ),
)
