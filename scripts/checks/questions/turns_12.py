"""For authors: the small exercises of lab 12, "Your turn"."""

import numpy as np
import torch

from checks.questions.question import Question


def always_the_same(users, numbers, at_least):
    """The ids of users with `at_least` ratings or more, all of them equal.

    users, numbers: (n,) arrays, who rated and what was given, row by row. The
    ids come sorted, in a list.
    """
    found = []
    for user in np.unique(users):
        own = numbers[users == user]
        if len(own) >= at_least and len(np.unique(own)) == 1:
            found.append(user)
    return found


def _same(users, numbers, kept):
    ids = np.unique(users)
    return [user for user in ids if kept(numbers[users == user])]


def _equal(own):
    return len(np.unique(own)) == 1


def however_few(users, numbers, at_least):
    """The number of ratings is not asked for: whoever rated once always gave the same.
    Count each user's ratings, and compare with `at_least`."""
    return _same(users, numbers, _equal)


def more_than_at_least(users, numbers, at_least):
    """A user with exactly `at_least` ratings belongs to them: use `>=`."""
    return _same(users, numbers, lambda own: len(own) > at_least and _equal(own))


def busy_users(users, numbers, at_least):
    """These are all users with that many ratings. Ask also whether their numbers are
    equal: `len(np.unique(own)) == 1`."""
    return _same(users, numbers, lambda own: len(own) >= at_least)


def only_the_highest(users, numbers, at_least):
    """Only users who always give the highest number are found. Always a 3 is as odd:
    compare a user's numbers with one another."""
    top = numbers.max()
    return _same(
        users, numbers, lambda own: len(own) >= at_least and (own == top).all()
    )


def first_like_the_last(users, numbers, at_least):
    """Only the first and the last number of each user are compared. All of them have to
    be equal."""
    return _same(users, numbers, lambda own: len(own) >= at_least and own[0] == own[-1])


def how_many_of_them(users, numbers, at_least):
    """This is the number of such users. The question asks for their ids."""
    return len(always_the_same(users, numbers, at_least))


def all_the_others(users, numbers, at_least):
    """These are the users to keep. The question asks for those who always give the
    same."""
    return _same(users, numbers, lambda own: len(own) < at_least or not _equal(own))


def one_id_per_rating(users, numbers, at_least):
    """Each id comes once for each of the user's ratings. Give every id once."""
    found = always_the_same(users, numbers, at_least)
    return sorted(users[np.isin(users, found)].tolist())


def _same_cases(seed):
    draw = np.random.default_rng(seed)
    return [_same_case(draw, at_least) for at_least in (3, 4, 6)]


def _same_case(draw, at_least):
    """Users of each kind: few and equal, just enough, many and equal, mixed."""
    ids = draw.choice(90, 8, replace=False)
    more = at_least + 2
    sizes = (1, at_least - 1, at_least, at_least, at_least, more, at_least, more)
    top = int(draw.integers(6, 10))
    rows = []
    for kind, (user, size) in enumerate(zip(ids, sizes, strict=True)):
        given = np.full(size, top if kind == 3 else int(draw.integers(1, top)))
        if kind in (4, 7):
            given[draw.integers(1, size - 1)] += 1  # the ends stay equal
        if kind == 6:
            given[0] += 1
        rows += [(user, number) for number in given]
    rows = np.array(rows)[np.argsort(draw.random(len(rows)), kind="stable")]
    order = np.argsort(draw.random(len(rows)))
    mixed = rows[order]
    return mixed[:, 0], mixed[:, 1], at_least


def _same_edges():
    users, numbers = np.array([4, 9, 4, 9, 4]), np.array([5, 2, 5, 3, 5])
    return [
        ("", (users, numbers, 2)),
        ("where nobody has so many", (users, numbers, 4)),
        ("where an end is like the other", (np.array([7] * 3), np.array([2, 3, 2]), 3)),
    ]


def cheapest_of_the_best(errors, costs):
    """The cheapest setting that the errors cannot tell from the best.

    errors: (n_settings, n_parts), each setting's validation errors. costs:
    (n_settings,), all different. A setting is as good as the best if its mean
    error is at most the best mean plus one standard error of the best.
    Returns the row of the setting.
    """
    means = errors.mean(axis=1)
    best = means.argmin()
    spread = errors[best].std(ddof=1) / np.sqrt(errors.shape[1])
    level = means <= means[best] + spread
    return np.flatnonzero(level)[costs[level].argmin()]


def _cheapest(errors, costs, spread):
    means = errors.mean(axis=1)
    level = np.flatnonzero(means <= means.min() + spread)
    return level[costs[level].argmin()]


def lowest_mean(errors, costs):
    """This is the setting with the lowest mean, whatever it costs. Others within one
    standard error are as good; take the cheapest of them."""
    return errors.mean(axis=1).argmin()


def spread_of_one_part(errors, costs):
    """The standard deviation was added. The standard error of a mean is smaller: divide
    it by the root of the number of parts."""
    best = errors.mean(axis=1).argmin()
    return _cheapest(errors, costs, errors[best].std(ddof=1))


def spread_of_all_errors(errors, costs):
    """The standard error was taken over the errors of all settings. It is that of the
    best setting's own errors, one row."""
    return _cheapest(errors, costs, errors.std(ddof=1) / np.sqrt(errors.shape[1]))


def cheapest_of_all(errors, costs):
    """This is the cheapest setting of all. Look only among those that are as good as
    the best."""
    return costs.argmin()


def place_among_the_good(errors, costs):
    """This is the place among the settings that passed, not the row of `errors`. Look
    the row up: `np.flatnonzero(level)[place]`."""
    row = cheapest_of_the_best(errors, costs)
    means = errors.mean(axis=1)
    best = means.argmin()
    spread = errors[best].std(ddof=1) / np.sqrt(errors.shape[1])
    return int((means[:row] <= means[best] + spread).sum())


def dearest_of_the_good(errors, costs):
    """Of the settings that are as good as the best this is the dearest. Take the one
    with the lowest cost."""
    return cheapest_of_the_best(errors, -costs)


def largest_error_kept(errors, costs):
    """Of the settings that are as good as the best, this has the largest error. Choose
    among them by `costs`."""
    means = errors.mean(axis=1)
    best = means.argmin()
    spread = errors[best].std(ddof=1) / np.sqrt(errors.shape[1])
    return np.where(means <= means[best] + spread, means, -np.inf).argmax()


def cost_and_not_its_row(errors, costs):
    """This is what the setting costs. The question asks for its row."""
    return costs[cheapest_of_the_best(errors, costs)]


def best_single_part(errors, costs):
    """The best setting was found by its lowest single error. One part may be easy: take
    the mean over the parts first, `errors.mean(axis=1)`."""
    best = errors.min(axis=1).argmin()
    spread = errors[best].std(ddof=1) / np.sqrt(errors.shape[1])
    means = errors.mean(axis=1)
    level = np.flatnonzero(means <= means[best] + spread)
    return level[costs[level].argmin()]


def _choice_cases(seed):
    draw = np.random.default_rng(seed)
    return [_choice_case(draw, n_parts) for n_parts in (4, 5, 9)]


def _choice_case(draw, n_parts):
    """Eight settings at set distances from the best, in standard errors of the best."""
    shape = np.resize([-1.0, 1.0, -0.5, 0.5], n_parts)
    shape = (shape - shape.mean()) / shape.std(ddof=1) * 0.02
    spread = 0.02 / np.sqrt(n_parts)
    # The best; three as good; one beyond a standard error, within a standard deviation;
    # one beyond that; two far away, of which the last has one easy part.
    apart = np.array([0, 0.3, 0.6, 0.9, 1.3, 5, 40, 60]) * spread
    errors = 0.9 + apart[:, None] + shape
    errors[-1, 0] = 0.5
    costs = np.array([45.0, 30, 60, 40, 20, 15, 70, 10]) + draw.integers(0, 4, 8)
    order = draw.permutation(8)
    return errors[order] + draw.normal() * 0.01, costs[order]


def _choice_edges():
    errors = np.array([[0.90, 0.92, 0.94], [0.91, 0.93, 0.95], [0.70, 0.72, 0.74]])
    return [
        ("", (errors, np.array([1.0, 3.0, 2.0]))),
        ("where the best is the cheapest", (errors[::-1], np.array([1.0, 2.0, 3.0]))),
        ("where there is one setting", (errors[:1], np.array([5.0]))),
    ]


def folded_row(V, t, R, m):
    """The vector of a newcomer, (d,), near the crowd if ratings allow it.

    V: (n, d), the vectors (q, 1) of the rated items. t: (n,), the ratings less
    what is expected. R: (d, d), the price of leaving m. m: (d,), the mean of
    the crowd. Minimizes |t - V x|² + (x - m)' R (x - m).
    """
    return torch.linalg.solve(V.T @ V + R, V.T @ t + R @ m)


def towards_zero(V, t, R, m):
    """The row is pulled towards zero: `R @ m` is missing on the right side. At no
    ratings the answer has to be m."""
    return torch.linalg.solve(V.T @ V + R, V.T @ t)


def mean_without_its_price(V, t, R, m):
    """`m` was added on the right side without its price. Setting the gradient to zero
    gives `R @ m` there."""
    return torch.linalg.solve(V.T @ V + R, V.T @ t + m)


def mean_added_afterwards(V, t, R, m):
    """m was added to the solution that is pulled towards zero. Then the ratings are
    asked to explain all of t, and m comes on top. Solve for x itself, or take `V @ m`
    out of t first."""
    return m + torch.linalg.solve(V.T @ V + R, V.T @ t)


def price_left_out(V, t, R, m):
    """R is missing in the matrix on the left side: add it to `V.T @ V`."""
    return torch.linalg.pinv(V.T @ V) @ (V.T @ t + R @ m)


def plain_least_squares(V, t, R, m):
    """There is no prior here: with fewer ratings than numbers that has no single
    solution. Add R on the left side and `R @ m` on the right."""
    return torch.linalg.lstsq(V, t[:, None], driver="gelsd").solution[:, 0]


def price_of_the_diagonal(V, t, R, m):
    """Only the diagonal of R was used. The crowd's numbers go together, and R holds
    how: use the whole matrix."""
    D = R.diag().diag()
    return torch.linalg.solve(V.T @ V + D, V.T @ t + D @ m)


def price_per_rating(V, t, R, m):
    """R was multiplied by the number of ratings. It is the crowd's pull, once: with
    more ratings it has to matter less."""
    return folded_row(V, t, len(t) * R, m)


def the_crowd_alone(V, t, R, m):
    """This is the mean of the crowd, whatever was rated. The ratings have to move
    it."""
    return m.clone()


def inverse_price(V, t, R, m):
    """R was inverted. It is a price already: the larger, the nearer to m."""
    return folded_row(V, t, torch.linalg.inv(R), m)


def _row_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    cases = []
    for n, d in ((3, 2), (6, 3), (2, 4)):
        V = torch.randn(n, d, generator=draw)
        V[:, -1] = 1
        half = torch.randn(d, d, generator=draw)
        R = half @ half.T + 0.5 * torch.eye(d)
        cases.append((V, torch.randn(n, generator=draw), R, _far(draw, d)))
    return cases


def _far(draw, d):
    return 1 + torch.rand(d, generator=draw)


def _row_edges():
    R, m = torch.tensor([[2.0, 0.5], [0.5, 1.0]]), torch.tensor([0.5, -1.0])
    V, t = torch.tensor([[1.0, 1.0], [2.0, 1.0]]), torch.tensor([1.0, -1.0])
    return [
        ("where nothing has been rated", (V[:0], t[:0], R, m)),
        ("where there is one rating", (V[:1], t[:1], R, m)),
    ]


QUESTIONS = (
    Question(
        "y121",
        always_the_same,
        _same_cases,
        (
            however_few,
            more_than_at_least,
            busy_users,
            only_the_highest,
            first_like_the_last,
            how_many_of_them,
            all_the_others,
            one_id_per_rating,
        ),
        edges=_same_edges,
    ),
    Question(
        "y122",
        cheapest_of_the_best,
        _choice_cases,
        (
            lowest_mean,
            spread_of_one_part,
            spread_of_all_errors,
            cheapest_of_all,
            place_among_the_good,
            dearest_of_the_good,
            largest_error_kept,
            cost_and_not_its_row,
            best_single_part,
        ),
        edges=_choice_edges,
    ),
    Question(
        "y123",
        folded_row,
        _row_cases,
        (
            towards_zero,
            mean_without_its_price,
            mean_added_afterwards,
            price_left_out,
            plain_least_squares,
            price_of_the_diagonal,
            price_per_rating,
            the_crowd_alone,
            inverse_price,
        ),
        edges=_row_edges,
    ),
)
