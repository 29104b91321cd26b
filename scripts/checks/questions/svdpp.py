"""Questions of lab 07 on SVD++: its prediction, and the gradient of its vectors."""

import torch

from checks.questions.question import Question


def svdpp_forward(users, items, mean, user_bias, item_bias, P, Q, implicit):
    """Predicted stars of a batch, shape (batch,).

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
    """The user's own vector p_u is missing. The implicit part is added to it, it does
    not replace it. (A model without p_u has a name, too: see the extensions.)"""
    return svdpp_forward(
        users, items, mean, user_bias, item_bias, torch.zeros_like(P), Q, implicit
    )


def implicit_rows_by_position(users, items, mean, user_bias, item_bias, P, Q, implicit):
    """The implicit part of a rating's user is `implicit[users]`. Here the first row of
    the table went to the first rating, the second to the second."""
    person = P[users] + implicit[: len(users)]
    bias = user_bias[users, 0] + item_bias[items, 0]
    return mean + bias + (person * Q[items]).sum(1)


def implicit_part_added_to_film(
    users, items, mean, user_bias, item_bias, P, Q, implicit
):
    """The implicit part was added to q_i. It describes the user: it belongs to p_u, and
    the sum of both meets q_i."""
    film = Q[items] + implicit[users]
    bias = user_bias[users, 0] + item_bias[items, 0]
    return mean + bias + (P[users] * film).sum(1)


def implicit_part_outside_the_product(
    users, items, mean, user_bias, item_bias, P, Q, implicit
):
    """The implicit part was summed up beside the dot product. It is a vector, and meets
    q_i as p_u does: q_i · (p_u + implicit)."""
    bias = user_bias[users, 0] + item_bias[items, 0]
    match = (P[users] * Q[items]).sum(1) + implicit[users].sum(1)
    return mean + bias + match


def bias_of_shape_n_1(users, items, mean, user_bias, item_bias, P, Q, implicit):
    """The result is a square, (batch, batch): a bias of shape (batch, 1) was added to a
    dot product of shape (batch,), and every rating met every other. Drop the last
    dimension of the bias with squeeze(1)."""
    match = ((P[users] + implicit[users]) * Q[items]).sum(1)
    return mean + user_bias[users] + item_bias[items] + match


def mean_left_out(users, items, mean, user_bias, item_bias, P, Q, implicit):
    """μ is missing: the predictions are that much too low."""
    return svdpp_forward(users, items, 0.0, user_bias, item_bias, P, Q, implicit)


def biases_left_out(users, items, mean, user_bias, item_bias, P, Q, implicit):
    """The biases are missing: μ + b_u + b_i comes before the dot product."""
    zeros = torch.zeros_like(user_bias), torch.zeros_like(item_bias)
    return svdpp_forward(users, items, mean, *zeros, P, Q, implicit)


def _forward_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    cases = []
    for n_users, n_items, k, size in ((9, 7, 2, 5), (15, 20, 3, 12), (50, 40, 8, 32)):
        shapes = (n_users, 1), (n_items, 1), (n_users, k), (n_items, k), (n_users, k)
        tables = [torch.randn(shape, generator=draw) for shape in shapes]
        users = torch.randint(n_users, (size,), generator=draw)
        items = torch.randint(n_items, (size,), generator=draw)
        mean = 3 + torch.rand(1, generator=draw).item()
        cases.append((users, items, mean, *tables))
    return cases


def gradient_of_Y(G, users, items, n_items):
    """The gradient of the loss for every y_j, shape (n_items, k).

    Row u of G, (n_users, k), is the gradient for the implicit part of user u:
    |N(u)|^-½ · Σ Y[j] over j in N(u). users, items: (n,), the pairs (u, j)
    with j in N(u), in any order. A film that nobody has rated gets zeros.
    """
    counts = torch.bincount(users, minlength=len(G))
    scaled = G / counts.clamp(min=1).sqrt()[:, None]
    gradient = torch.zeros(n_items, G.shape[1])
    return gradient.index_add(0, items, scaled[users])


def scale_left_out(G, users, items, n_items):
    """The factor |N(u)|^-½ is missing. It stands before the sum, so it also stands in
    the derivative: scale each row of G first."""
    return torch.zeros(n_items, G.shape[1]).index_add(0, items, G[users])


def scale_of_the_film(G, users, items, n_items):
    """This scales by the number of users of each film. |N(u)| belongs to the user: it
    is the number of films in the user's history."""
    viewers = torch.bincount(items, minlength=n_items).clamp(min=1)
    return scale_left_out(G, users, items, n_items) / viewers.sqrt()[:, None]


def scaled_by_the_whole_count(G, users, items, n_items):
    """This divides by |N(u)|, not by its root."""
    counts = torch.bincount(users, minlength=len(G)).clamp(min=1)
    return gradient_of_Y(G / counts.sqrt()[:, None], users, items, n_items)


def last_user_wins(G, users, items, n_items):
    """Each film kept the gradient of one of its users: `gradient[items] = …`
    overwrites. The gradients of all users of a film add up: index_add."""
    counts = torch.bincount(users, minlength=len(G)).clamp(min=1)
    scaled = (G / counts.sqrt()[:, None])[users]
    gradient = torch.zeros(n_items, G.shape[1])
    for item, row in zip(items, scaled, strict=True):
        gradient[item] = row
    return gradient


def sum_over_everybody(G, users, items, n_items):
    """Every film got the same row, the sum over all users. y_j appears only in the sums
    of the users that have rated j."""
    counts = torch.bincount(users, minlength=len(G)).clamp(min=1)
    everybody = (G / counts.sqrt()[:, None]).sum(0)
    return everybody.expand(n_items, -1).clone()


def mean_over_the_users(G, users, items, n_items):
    """This is the mean over the users of a film. A derivative of a sum is a sum: films
    with many users get a large gradient."""
    viewers = torch.bincount(items, minlength=n_items).clamp(min=1)
    return gradient_of_Y(G, users, items, n_items) / viewers[:, None]


def _gradient_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    cases = []
    sizes = (4, 6, 2, 0.5), (9, 12, 3, 0.4), (40, 25, 8, 0.2)
    for n_users, n_items, k, share in sizes:
        rated = torch.rand(n_users, n_items, generator=draw) < share
        rated[0], rated[1] = True, False
        rated[:, -1] = False  # a film that nobody has rated
        pairs = rated.nonzero()
        pairs = pairs[torch.randperm(len(pairs), generator=draw)]
        G = torch.randn(n_users, k, generator=draw)
        cases.append((G, pairs[:, 0], pairs[:, 1], n_items))
    return cases


QUESTIONS = (
    Question(
        "s04",
        svdpp_forward,
        _forward_cases,
        (
            implicit_part_forgotten,
            explicit_part_forgotten,
            implicit_rows_by_position,
            implicit_part_added_to_film,
            implicit_part_outside_the_product,
            bias_of_shape_n_1,
            mean_left_out,
            biases_left_out,
        ),
    ),
    Question(
        "s05",
        gradient_of_Y,
        _gradient_cases,
        (
            scale_left_out,
            scale_of_the_film,
            scaled_by_the_whole_count,
            last_user_wins,
            sum_over_everybody,
            mean_over_the_users,
        ),
    ),
)
