"""For authors: the question on the gradient of the implicit vectors, in lab 07."""

import torch

from checks.questions.gradients import is_not_a_tensor, same_tensor
from checks.questions.question import Question, recognized_by
from checks.questions.workbench import tensor_only


def gradient_of_Y(G, users, items, n_items):
    """The gradient of the loss for every y_j, a tensor of shape (n_items, k).

    Row u of G, (n_users, k), is the gradient for the implicit part of user u:
    |N(u)|^-½ · Σ Y[j] over j in N(u). users, items: (n,), the pairs (u, j)
    with j in N(u), in any order. For a movie without ratings, return zeros.
    """
    counts = torch.bincount(users, minlength=len(G))
    scaled = G / counts.clamp(min=1).sqrt()[:, None]
    gradient = torch.zeros(n_items, G.shape[1])
    return gradient.index_add(0, items, scaled[users])


def scale_left_out(G, users, items, n_items):
    """The factor |N(u)|^-½ is missing. It stands before the sum, so it also appears in
    the derivative: scale each row of G first."""
    return torch.zeros(n_items, G.shape[1]).index_add(0, items, G[users])


def scale_of_the_movie(G, users, items, n_items):
    """This scales by the number of users of each movie. |N(u)| belongs to the user: it
    is the number of movies in the user's history."""
    raters = torch.bincount(items, minlength=n_items).clamp(min=1)
    return scale_left_out(G, users, items, n_items) / raters.sqrt()[:, None]


def scaled_by_the_whole_count(G, users, items, n_items):
    """This divides by |N(u)|, not by its root."""
    counts = torch.bincount(users, minlength=len(G)).clamp(min=1)
    return gradient_of_Y(G / counts.sqrt()[:, None], users, items, n_items)


def last_user_wins(G, users, items, n_items):
    """Each movie kept the gradient of only one of its users: `gradient[items] = …`
    overwrites. The gradients of all users of a movie add up: use index_add."""
    counts = torch.bincount(users, minlength=len(G)).clamp(min=1)
    scaled = (G / counts.sqrt()[:, None])[users]
    gradient = torch.zeros(n_items, G.shape[1])
    for item, row in zip(items, scaled, strict=True):
        gradient[item] = row
    return gradient


def sum_over_everybody(G, users, items, n_items):
    """Every movie got the same row, the sum over all users. y_j appears only in the
    sums of the users who have rated j."""
    counts = torch.bincount(users, minlength=len(G)).clamp(min=1)
    everybody = (G / counts.sqrt()[:, None]).sum(0)
    return everybody.expand(n_items, -1).clone()


def mean_over_the_users(G, users, items, n_items):
    """This is the mean over the users of a movie. A derivative of a sum is a sum:
    movies with many users get a large gradient."""
    raters = torch.bincount(items, minlength=n_items).clamp(min=1)
    return gradient_of_Y(G, users, items, n_items) / raters[:, None]


def last_users_not_counted(G, users, items, n_items):
    """The last users have no movies, and `bincount` counts only up to the largest user
    that occurs. Tell it how many users there are: minlength=len(G)."""
    counts = torch.bincount(users).clamp(min=1)
    scaled = G / counts.sqrt()[:, None]
    return torch.zeros(n_items, G.shape[1]).index_add(0, items, scaled[users])


def zero_movies_to_the_power(G, users, items, n_items):
    """The result contains NaN: for a user without movies, 0 to the power -½ is
    infinity, and infinity times 0 is NaN. Count at least one: `clamp(min=1)`."""
    rated = torch.zeros(len(G), n_items)
    rated[users, items] = 1
    return (rated / rated.sum(1, keepdim=True).sqrt()).T @ G


def root_for_its_inverse(G, users, items, n_items):
    """This multiplies by the root of |N(u)|. The exponent is minus one half: divide."""
    counts = torch.bincount(users, minlength=len(G))
    return gradient_of_Y(G * counts[:, None], users, items, n_items)


def row_per_pair(G, users, items, n_items):
    """This is one row per pair. The rows of a movie's pairs have to be added up: use
    index_add."""
    counts = torch.bincount(users, minlength=len(G)).clamp(min=1)
    return (G / counts.sqrt()[:, None])[users]


def downhill_for_gradient(G, users, items, n_items):
    """The sign is reversed. The gradient points uphill; the optimizer subtracts it."""
    return -gradient_of_Y(G, users, items, n_items)


def unscaled_and_overwritten(G, users, items, n_items):
    """Two mistakes: `gradient[items] += …` adds only one row for a movie that occurs
    several times (use index_add), and the factor |N(u)|^-½ is missing."""
    gradient = torch.zeros(n_items, G.shape[1])
    for item, user in zip(items, users, strict=True):
        gradient[item] = G[user]
    return gradient


@recognized_by(is_not_a_tensor)
def gradient_without_torch(G, users, items, n_items):
    """The result is not a tensor of decimal numbers. Below the check it is compared
    with PyTorch's own gradient: compute with G itself."""
    return gradient_of_Y(G, users, items, n_items).numpy()


def rows_up_to_the_largest_movie(G, users, items, n_items):
    """There are too few rows: the last movies have no ratings, and the largest number
    in `items` does not say how many movies there are. Use `n_items`."""
    return gradient_of_Y(G, users, items, n_items)[: int(items.max()) + 1]


def vectors_of_the_users(G, users, items, n_items):
    """These are rows of users: G itself, scaled. The question asks for one row per
    movie, the sum over its users."""
    counts = torch.bincount(users, minlength=len(G)).clamp(min=1)
    return G / counts.sqrt()[:, None]


def factors_before_movies(G, users, items, n_items):
    """The numbers are right, but the shape is (k, n_items). Transpose."""
    return gradient_of_Y(G, users, items, n_items).T


def counts_without_gradient(G, users, items, n_items):
    """G is missing: these are sums of the factors |N(u)|^-½ alone. Each is multiplied
    by the user's row of G."""
    return gradient_of_Y(torch.ones_like(G), users, items, n_items)


def doubled_gradient(G, users, items, n_items):
    """Every row is twice as large as it should be. G is the gradient already: no factor
    2 is left to add."""
    return 2 * gradient_of_Y(G, users, items, n_items)


def root_of_all_movies(G, users, items, n_items):
    """This divides by the root of the number of all movies. |N(u)| is the number of
    movies in the user's history."""
    return scale_left_out(G, users, items, n_items) / n_items**0.5


def _gradient_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    sizes = (4, 6, 2, 0.5), (9, 12, 3, 0.4), (40, 25, 8, 0.2)
    return [_gradient_case(draw, *size) for size in sizes]


def _gradient_case(draw, n_users, n_items, k, share):
    rated = torch.rand(n_users, n_items, generator=draw) < share
    rated[0], rated[1] = True, False
    rated[-1] = n_users > 9  # in two cases the last user has no movies
    rated[2, 0] = True  # movie 0 has several users
    rated[:, -1] = False  # a movie that nobody has rated
    pairs = rated.nonzero()
    pairs = pairs[torch.randperm(len(pairs), generator=draw)]
    return torch.randn(n_users, k, generator=draw), pairs[:, 0], pairs[:, 1], n_items


def _gradient_edges():
    G = torch.tensor([[1.0, 2.0], [3.0, -1.0], [0.5, 4.0]])
    users, items = torch.tensor([0, 1, 0, 0]), torch.tensor([1, 1, 3, 0])
    draw = torch.Generator().manual_seed(7)
    return [
        ("", (G, users, items, 5)),
        ("where there is one pair", (G, users[1:2], items[1:2], 4)),
        ("where there is only one factor", _gradient_case(draw, 6, 7, 1, 0.5)),
    ]


QUESTIONS = (
    Question(
        "s05",
        gradient_of_Y,
        _gradient_cases,
        (
            scale_left_out,
            scale_of_the_movie,
            scaled_by_the_whole_count,
            last_user_wins,
            sum_over_everybody,
            mean_over_the_users,
            last_users_not_counted,
            zero_movies_to_the_power,
            root_for_its_inverse,
            row_per_pair,
            downhill_for_gradient,
            unscaled_and_overwritten,
            gradient_without_torch,
            rows_up_to_the_largest_movie,
            vectors_of_the_users,
            factors_before_movies,
            counts_without_gradient,
            doubled_gradient,
            root_of_all_movies,
        ),
        edges=_gradient_edges,
        differ=same_tensor,
        drive=tensor_only,
    ),
)
