"""For authors: the question on the prediction of SVD++, in lab 07."""

import torch

from checks.questions.gradients import (
    has_no_gradient,
    same_with_gradient,
    show_with_gradient,
)
from checks.questions.question import Question, recognized_by
from checks.questions.workbench import stars_and_gradient


def svdpp_forward(users, items, mean, user_bias, item_bias, P, Q, implicit):
    """Predicted stars of a batch, a tensor of shape (batch,) with a gradient.

    users, items: (batch,), indices. mean: μ. user_bias: (n_users, 1) and
    item_bias: (n_items, 1), as nn.Embedding keeps them. P: (n_users, k), and
    Q: (n_items, k). implicit: (n_users, k), the implicit part of every user.
    """
    person = P[users] + implicit[users]  # (batch, k)
    match = (person * Q[items]).sum(1)
    bias = user_bias[users] + item_bias[items]  # (batch, 1)
    return mean + bias.squeeze(1) + match


def implicit_part_forgotten(users, items, mean, user_bias, item_bias, P, Q, implicit):
    """This is matrix factorization: the implicit part is missing. Add it to P[users]
    before the dot product."""
    return svdpp_forward(
        users, items, mean, user_bias, item_bias, P, Q, torch.zeros_like(implicit)
    )


def explicit_part_forgotten(users, items, mean, user_bias, item_bias, P, Q, implicit):
    """The user's own vector p_u is missing. The implicit part is added to it and does
    not replace it. (A model without p_u has a name, too: see the extensions.)"""
    return svdpp_forward(
        users, items, mean, user_bias, item_bias, torch.zeros_like(P), Q, implicit
    )


def implicit_rows_by_position(users, items, mean, user_bias, item_bias, P, Q, implicit):
    """The implicit part of a rating's user is `implicit[users]`. Here the first rating
    got the first row of the table, the second rating the second row, and so on."""
    person = P[users] + implicit[: len(users)]
    bias = user_bias[users, 0] + item_bias[items, 0]
    return mean + bias + (person * Q[items]).sum(1)


def implicit_part_added_to_movie(
    users, items, mean, user_bias, item_bias, P, Q, implicit
):
    """The implicit part was added to q_i. It describes the user: add it to p_u, and
    multiply their sum by q_i."""
    movie = Q[items] + implicit[users]
    bias = user_bias[users, 0] + item_bias[items, 0]
    return mean + bias + (P[users] * movie).sum(1)


def implicit_part_outside_the_product(
    users, items, mean, user_bias, item_bias, P, Q, implicit
):
    """The implicit part was added outside the dot product. It is a vector and is
    multiplied by q_i, just as p_u is: q_i · (p_u + implicit)."""
    bias = user_bias[users, 0] + item_bias[items, 0]
    match = (P[users] * Q[items]).sum(1) + implicit[users].sum(1)
    return mean + bias + match


def bias_of_shape_n_1(users, items, mean, user_bias, item_bias, P, Q, implicit):
    """The result is a square, (batch, batch): a bias of shape (batch, 1) was added to a
    dot product of shape (batch,), so every bias was added to every product. Drop the
    last dimension of the bias with squeeze(1)."""
    match = ((P[users] + implicit[users]) * Q[items]).sum(1)
    return mean + user_bias[users] + item_bias[items] + match


def mean_left_out(users, items, mean, user_bias, item_bias, P, Q, implicit):
    """μ is missing, so the predictions are too low by that much."""
    return svdpp_forward(users, items, 0.0, user_bias, item_bias, P, Q, implicit)


def biases_left_out(users, items, mean, user_bias, item_bias, P, Q, implicit):
    """The biases are missing: μ + b_u + b_i comes before the dot product."""
    zeros = torch.zeros_like(user_bias), torch.zeros_like(item_bias)
    return svdpp_forward(users, items, mean, *zeros, P, Q, implicit)


def item_bias_left_out(users, items, mean, user_bias, item_bias, P, Q, implicit):
    """The movies' biases are missing: μ + b_u + b_i comes before the dot product."""
    zeros = torch.zeros_like(item_bias)
    return svdpp_forward(users, items, mean, user_bias, zeros, P, Q, implicit)


def user_bias_left_out(users, items, mean, user_bias, item_bias, P, Q, implicit):
    """The users' biases are missing: μ + b_u + b_i comes before the dot product."""
    zeros = torch.zeros_like(user_bias)
    return svdpp_forward(users, items, mean, zeros, item_bias, P, Q, implicit)


def implicit_part_of_the_movie(
    users, items, mean, user_bias, item_bias, P, Q, implicit
):
    """The implicit part was looked up by movie. Its rows are the users':
    `implicit[users]`."""
    person = P[users] + implicit[items]
    bias = user_bias[users, 0] + item_bias[items, 0]
    return mean + bias + (person * Q[items]).sum(1)


def implicit_part_multiplied(users, items, mean, user_bias, item_bias, P, Q, implicit):
    """The implicit part was multiplied by p_u. Add it instead."""
    person = P[users] * implicit[users]
    bias = user_bias[users, 0] + item_bias[items, 0]
    return mean + bias + (person * Q[items]).sum(1)


def clipped_at_the_scale(users, items, mean, user_bias, item_bias, P, Q, implicit):
    """The stars were cut off at 1 and 5. Outside that range such a prediction has no
    gradient, and nothing would be learned there."""
    stars = svdpp_forward(users, items, mean, user_bias, item_bias, P, Q, implicit)
    return stars.clamp(1, 5)


def everybody_with_everything(users, items, mean, user_bias, item_bias, P, Q, implicit):
    """The matrix product pairs each user of the batch with each movie in it. The
    question asks for one prediction per pair: multiply row by row, `(a * b).sum(1)`."""
    match = (P[users] + implicit[users]) @ Q[items].T
    return mean + user_bias[users, 0] + item_bias[items, 0] + match


def column_of_stars(users, items, mean, user_bias, item_bias, P, Q, implicit):
    """The stars are right, but they come as a column, (batch, 1). Subtracting ratings
    of shape (batch,) from it makes a square: drop the last dimension."""
    return svdpp_forward(users, items, mean, user_bias, item_bias, P, Q, implicit)[
        :, None
    ]


@recognized_by(has_no_gradient)
def stars_without_gradient(users, items, mean, user_bias, item_bias, P, Q, implicit):
    """The result has no gradient, so nothing could be learned through it: `.item()`,
    `.tolist()`, `.detach()` and new tensors cut it off. Compute with the tensors
    themselves."""
    stars = svdpp_forward(users, items, mean, user_bias, item_bias, P, Q, implicit)
    return stars.tolist()


def stars_through_numpy(users, items, mean, user_bias, item_bias, P, Q, implicit):
    """The tables are being trained, and NumPy cannot compute gradients: nothing could
    be learned through the result. Leave it a tensor."""
    stars = svdpp_forward(users, items, mean, user_bias, item_bias, P, Q, implicit)
    return stars.numpy()


def match_left_out(users, items, mean, user_bias, item_bias, P, Q, implicit):
    """The dot product is missing: q_i · (p_u + implicit) is added to μ + b_u + b_i."""
    bias = user_bias[users, 0] + item_bias[items, 0]
    return mean + bias + 0 * P[users].sum(1)


def products_averaged(users, items, mean, user_bias, item_bias, P, Q, implicit):
    """The products were averaged over the factors. A dot product is their sum:
    `.sum(1)`."""
    bias = user_bias[users, 0] + item_bias[items, 0]
    return mean + bias + ((P[users] + implicit[users]) * Q[items]).mean(1)


def products_summed_over_the_batch(
    users, items, mean, user_bias, item_bias, P, Q, implicit
):
    """The sum runs over the batch, not over the factors: all ratings got one number or
    one row. Sum over the factors, `.sum(1)`."""
    bias = user_bias[users, 0] + item_bias[items, 0]
    match = ((P[users] + implicit[users]) * Q[items]).sum()
    return mean + bias + match


def implicit_part_without_gradient(
    users, items, mean, user_bias, item_bias, P, Q, implicit
):
    """The stars are right, but the implicit part has no gradient: `.data` and
    `.detach()` cut it off, so the y_j would never be learned."""
    return svdpp_forward(
        users, items, mean, user_bias, item_bias, P, Q, implicit.detach()
    )


def match_subtracted(users, items, mean, user_bias, item_bias, P, Q, implicit):
    """The dot product has the wrong sign: add it to μ + b_u + b_i."""
    return svdpp_forward(users, items, mean, user_bias, item_bias, P, -Q, implicit)


def implicit_part_halved(users, items, mean, user_bias, item_bias, P, Q, implicit):
    """p_u and the implicit part were averaged. Add them."""
    bias = user_bias[users, 0] + item_bias[items, 0]
    person = (P[users] + implicit[users]) / 2
    return mean + bias + (person * Q[items]).sum(1)


def one_number_for_the_batch(users, items, mean, user_bias, item_bias, P, Q, implicit):
    """This is one number for the whole batch. The question asks for one prediction per
    rating."""
    stars = svdpp_forward(users, items, mean, user_bias, item_bias, P, Q, implicit)
    return stars.mean()


def _forward_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    sizes = (9, 7, 2, 5), (15, 20, 3, 12), (50, 40, 8, 32)
    return [_forward_case(draw, *size) for size in sizes]


def _forward_case(draw, n_users, n_items, k, size):
    shapes = (n_users, 1), (n_items, 1), (n_users, k), (n_items, k), (n_users, k)
    tables = [torch.randn(shape, generator=draw) for shape in shapes]
    users = torch.randint(n_users, (size,), generator=draw)
    items = torch.randint(n_items, (size,), generator=draw)
    mean = 3 + torch.rand(1, generator=draw).item()
    return users, items, mean, *tables


def _forward_edges():
    draw = torch.Generator().manual_seed(7)
    return [
        ("where the batch has one rating", _forward_case(draw, 5, 6, 3, 1)),
        ("where there is only one factor", _forward_case(draw, 5, 6, 1, 4)),
        ("where the batch is as large as k", _forward_case(draw, 6, 7, 3, 3)),
    ]


QUESTIONS = (
    Question(
        "s04",
        svdpp_forward,
        _forward_cases,
        (
            implicit_part_forgotten,
            explicit_part_forgotten,
            implicit_rows_by_position,
            implicit_part_added_to_movie,
            implicit_part_outside_the_product,
            bias_of_shape_n_1,
            mean_left_out,
            biases_left_out,
            item_bias_left_out,
            user_bias_left_out,
            implicit_part_of_the_movie,
            implicit_part_multiplied,
            clipped_at_the_scale,
            everybody_with_everything,
            column_of_stars,
            stars_without_gradient,
            stars_through_numpy,
            match_left_out,
            products_averaged,
            products_summed_over_the_batch,
            implicit_part_without_gradient,
            match_subtracted,
            implicit_part_halved,
            one_number_for_the_batch,
        ),
        edges=_forward_edges,
        parts=("the stars", "their gradient"),
        differ=same_with_gradient,
        show=show_with_gradient,
        drive=stars_and_gradient,
    ),
)
