"""For authors: the question on a new user with a few ratings, from lab 05."""

import torch

from checks.questions.question import Question


def fold_in(Q, item_bias, mean, items, stars, reg_per_rating):
    """(bias b, vector p) of a new user who gave `stars` to `items`.

    b is a number, p has shape (k,). They minimize, over the n new ratings,

    Σ (star - mean - item_bias[i] - b - p·Q[i])²
    + reg_per_rating · n · (b² + p·p)
    """
    features = torch.cat([torch.ones(len(items), 1), Q[items]], dim=1)
    target = stars - mean - item_bias[items]
    ridge = reg_per_rating * len(items) * torch.eye(features.shape[1])
    x = torch.linalg.solve(features.T @ features + ridge, features.T @ target)
    return x[0].item(), x[1:]


def mean_left_in(Q, item_bias, mean, items, stars, reg_per_rating):
    """The mean was not subtracted from the stars, so this user's bias has to explain
    all of it and looks enormous."""
    return fold_in(Q, item_bias, 0.0, items, stars, reg_per_rating)


def item_bias_left_in(Q, item_bias, mean, items, stars, reg_per_rating):
    """The item biases were not subtracted from the stars: liking a movie that everybody
    likes would count as taste."""
    return fold_in(Q, torch.zeros_like(item_bias), mean, items, stars, reg_per_rating)


def count_left_out(Q, item_bias, mean, items, stars, reg_per_rating):
    """`reg_per_rating` was not multiplied by n, the number of the new user's
    ratings."""
    return fold_in(Q, item_bias, mean, items, stars, reg_per_rating / len(items))


def own_bias_left_free(Q, item_bias, mean, items, stars, reg_per_rating):
    """The user's bias was not penalized. With three ratings it is as uncertain as the
    factors: include it in the ridge."""
    features = torch.cat([torch.ones(len(items), 1), Q[items]], dim=1)
    ridge = reg_per_rating * len(items) * torch.eye(features.shape[1])
    ridge[0, 0] = 0
    target = stars - mean - item_bias[items]
    x = torch.linalg.solve(features.T @ features + ridge, features.T @ target)
    return x[0].item(), x[1:]


def own_bias_forgotten(Q, item_bias, mean, items, stars, reg_per_rating):
    """The user's bias is missing. Put a column of ones before Q[items], and the bias
    becomes one more coordinate."""
    rows, target = Q[items], stars - mean - item_bias[items]
    gram = rows.T @ rows + reg_per_rating * len(items) * torch.eye(Q.shape[1])
    return 0.0, torch.linalg.solve(gram, rows.T @ target)


def bias_before_the_vector(Q, item_bias, mean, items, stars, reg_per_rating):
    """The bias was computed first, as a plain mean, and the vector then had to make do
    with what was left. One minimum belongs to both: solve for them together."""
    target = stars - mean - item_bias[items]
    bias, rows = target.mean(), Q[items]
    gram = rows.T @ rows + reg_per_rating * len(items) * torch.eye(Q.shape[1])
    return bias.item(), torch.linalg.solve(gram, rows.T @ (target - bias))


def ridge_left_out(Q, item_bias, mean, items, stars, reg_per_rating):
    """The ridge is missing: reg_per_rating · n on the diagonal. Without it, a user with
    few ratings is fitted to the last digit and predicted badly."""
    return fold_in(Q, item_bias, mean, items, stars, 0.0)


def own_mean_for_the_mean(Q, item_bias, mean, items, stars, reg_per_rating):
    """The mean of the user's own stars was subtracted instead of μ, the argument
    `mean`. What the user gives above μ is the bias that you are looking for."""
    return fold_in(Q, item_bias, stars.mean().item(), items, stars, reg_per_rating)


def count_of_all_movies(Q, item_bias, mean, items, stars, reg_per_rating):
    """`reg_per_rating` was multiplied by the number of all movies. n is the number of
    the new user's ratings, `len(items)`."""
    by = reg_per_rating * len(Q) / len(items)
    return fold_in(Q, item_bias, mean, items, stars, by)


def item_bias_added(Q, item_bias, mean, items, stars, reg_per_rating):
    """The item biases have the wrong sign: subtract them from the stars."""
    return fold_in(Q, -item_bias, mean, items, stars, reg_per_rating)


def bias_and_vector_in_one(Q, item_bias, mean, items, stars, reg_per_rating):
    """The bias and the vector come as one array. Return two values: the first number,
    and the rest."""
    bias, vector = fold_in(Q, item_bias, mean, items, stars, reg_per_rating)
    return torch.cat([torch.tensor([bias]), vector])


def ridge_on_all_entries(Q, item_bias, mean, items, stars, reg_per_rating):
    """The ridge was added to every entry of the matrix. It belongs on the diagonal:
    `torch.eye(1 + k)` times reg_per_rating · n."""
    features = torch.cat([torch.ones(len(items), 1), Q[items]], dim=1)
    gram = features.T @ features + reg_per_rating * len(items)
    target = stars - mean - item_bias[items]
    x = torch.linalg.lstsq(gram, features.T @ target).solution
    return x[0].item(), x[1:]


def _fold_in_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    cases = []
    for n_items, k, n, reg_per_rating in (
        (8, 2, 5, 0.2),
        (30, 4, 10, 0.1),
        (50, 8, 20, 0.1),
    ):
        items = torch.randperm(n_items, generator=draw)[:n]
        stars = torch.randint(1, 6, (n,), generator=draw).float()
        Q = torch.randn(n_items, k, generator=draw)
        item_bias = torch.randn(n_items, generator=draw)
        cases.append((Q, item_bias, 3.5, items, stars, reg_per_rating))
    return cases


QUESTIONS = (
    Question(
        "q15",
        fold_in,
        _fold_in_cases,
        (
            mean_left_in,
            item_bias_left_in,
            count_left_out,
            own_bias_left_free,
            own_bias_forgotten,
            bias_before_the_vector,
            ridge_left_out,
            own_mean_for_the_mean,
            count_of_all_movies,
            item_bias_added,
            bias_and_vector_in_one,
            ridge_on_all_entries,
        ),
    ),
)
