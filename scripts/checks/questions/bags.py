"""For authors: the question on all users' movies as one list of bags, in lab 07."""

import numpy as np
import torch

from checks.comparing import difference, plain
from checks.questions.gradients import is_not_a_tensor, same_tensor
from checks.questions.question import Question, recognized_by
from checks.questions.workbench import tensors_only


def bag_inputs(users, items, n_users):
    """(inputs, offsets): N(u) of all users as one list, for an EmbeddingBag.

    Two tensors of whole numbers. users, items: (n,), the training pairs in
    any order. inputs: (n,), the movies of user 0, then those of user 1, and so
    on. offsets: (n_users,), the position in `inputs` where each user's movies
    begin. A user without movies has an empty bag, which begins where the next
    one does.
    """
    inputs = items[torch.argsort(users, stable=True)]
    counts = torch.bincount(users, minlength=n_users)
    return inputs, counts.cumsum(0) - counts


def ends_for_starts(users, items, n_users):
    """`offsets` says where each bag ends. It must say where each one begins: the
    running sum of the counts, minus the user's own count."""
    counts = torch.bincount(users, minlength=n_users)
    return bag_inputs(users, items, n_users)[0], counts.cumsum(0)


def counts_for_starts(users, items, n_users):
    """`offsets` says how many movies each user has. It must say where each bag begins:
    take a running sum of these counts."""
    counts = torch.bincount(users, minlength=n_users)
    return bag_inputs(users, items, n_users)[0], counts


def pairs_left_in_their_order(users, items, n_users):
    """The offsets are right, but `inputs` is still in the order of the pairs, so a bag
    holds other users' movies. Sort the pairs by user first."""
    return items, bag_inputs(users, items, n_users)[1]


def one_offset_too_many(users, items, n_users):
    """There is one more offset than there are users: the last one says where the list
    ends. (An EmbeddingBag accepts that with include_last_offset=True.) Return n_users
    offsets."""
    inputs, starts = bag_inputs(users, items, n_users)
    return inputs, torch.cat([starts, torch.tensor([len(inputs)])])


def empty_bags_left_out(users, items, n_users):
    """Users without movies were left out, so every later user gets somebody else's bag.
    Count with `torch.bincount(users, minlength=n_users)`."""
    starts = bag_inputs(users, items, n_users)[1]
    return bag_inputs(users, items, n_users)[0], starts[users.unique()]


def sorted_by_movie(users, items, n_users):
    """`inputs` is sorted by movie. Sort the pairs by user, and take the movies in that
    order."""
    return items.sort().values, bag_inputs(users, items, n_users)[1]


def users_for_movies(users, items, n_users):
    """`inputs` holds users, but the bags are filled with movies: put `items` in the
    order of the users."""
    return users.sort().values, bag_inputs(users, items, n_users)[1]


def rows_for_movies(users, items, n_users):
    """`inputs` holds the row numbers of the pairs, in the order of the users. Use them
    to look up the movies: `items[order]`."""
    order = torch.argsort(users, stable=True)
    return order, bag_inputs(users, items, n_users)[1]


def last_users_left_out(users, items, n_users):
    """There are fewer offsets than users: `bincount` counts only up to the largest user
    that occurs. Tell it how many users there are with minlength=n_users."""
    counts = torch.bincount(users)
    return bag_inputs(users, items, n_users)[0], counts.cumsum(0) - counts


def empty_bags_begin_at_zero(users, items, n_users):
    """An empty bag begins at 0. It has to begin where the next one does; otherwise the
    bag before it would end at 0 as well."""
    inputs, starts = bag_inputs(users, items, n_users)
    return inputs, starts * (torch.bincount(users, minlength=n_users) > 0)


def pair_in_the_other_order(users, items, n_users):
    """The two tensors are right but come in the wrong order: return (inputs,
    offsets)."""
    return bag_inputs(users, items, n_users)[::-1]


def offsets_forgotten(users, items, n_users):
    """This is only the list of movies. Return two tensors: the movies, and the
    positions where each user's movies begin."""
    return bag_inputs(users, items, n_users)[0]


@recognized_by(is_not_a_tensor)
def bags_without_tensors(users, items, n_users):
    """The bags are not tensors of whole numbers, and an EmbeddingBag accepts nothing
    else. Make tensors of them with `torch.tensor(…)`, without decimal points."""
    return tuple(part.tolist() for part in bag_inputs(users, items, n_users))


def same_bags(given, expected):
    """As `difference`, but the movies within a bag may come in any order."""
    different = same_tensor(given, expected)
    if not isinstance(expected, tuple) or not different:
        return different
    try:
        inputs, offsets = (np.asarray(plain(part)) for part in given)
        whole = inputs.dtype.kind in "iu" and inputs.shape == tuple(expected[0].shape)
    except (TypeError, ValueError):
        return different
    if not whole or difference(offsets, expected[1]):
        return different
    bag = np.searchsorted(np.asarray(expected[1]), np.arange(len(inputs)), "right")
    by_bag = [movies[np.lexsort((movies, bag))] for movies in (inputs, expected[0])]
    return difference((by_bag[0], offsets), (by_bag[1], expected[1]))


def users_in_descending_order(users, items, n_users):
    """The pairs were sorted from the last user to the first. The bags come in ascending
    order, user 0 first."""
    order = torch.argsort(users, descending=True, stable=True)
    return items[order], bag_inputs(users, items, n_users)[1]


def starts_counted_from_one(users, items, n_users):
    """The positions are counted from 1. The first bag begins at 0."""
    inputs, starts = bag_inputs(users, items, n_users)
    return inputs, starts + 1


def last_positions_for_starts(users, items, n_users):
    """These are the positions of the last movie of each bag. `offsets` says where each
    begins: the running sum of the counts, minus the user's own count."""
    counts = torch.bincount(users, minlength=n_users)
    return bag_inputs(users, items, n_users)[0], counts.cumsum(0) - 1


def first_pairs_for_starts(users, items, n_users):
    """The offsets are row numbers of the pairs as they came, before sorting. They are
    positions in `inputs`, after it."""
    inputs, _ = bag_inputs(users, items, n_users)
    first = [
        int((users == u).nonzero()[0]) if u in users else 0 for u in range(n_users)
    ]
    return inputs, torch.tensor(first)


def users_for_starts(users, items, n_users):
    """`offsets` holds a user for each pair. It has one entry per user: the position
    where their movies begin."""
    return bag_inputs(users, items, n_users)[0], users.sort().values


def each_movie_once(users, items, n_users):
    """`inputs` holds each movie once. A movie stands in the bag of every user who rated
    it: one entry per pair."""
    return items.unique(), bag_inputs(users, items, n_users)[1]


def _bag_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    sizes = (5, 9, 0.6), (12, 20, 0.3), (30, 40, 0.1)
    return [_bag_case(draw, *size) for size in sizes]


def _bag_case(draw, n_users, n_items, share):
    rated = torch.rand(n_users, n_items, generator=draw) < share
    rated[1] = False  # a user without movies
    rated[0, :3], rated[-1, :2] = True, True
    return _shuffled(draw, rated)


def _shuffled(draw, rated):
    pairs = rated.nonzero()
    pairs = pairs[torch.randperm(len(pairs), generator=draw)]
    return pairs[:, 0], pairs[:, 1], len(rated)


def _bag_edges():
    draw = torch.Generator().manual_seed(7)
    users, items = torch.tensor([2, 0, 2, 0, 0]), torch.tensor([5, 3, 1, 4, 0])
    rated = torch.rand(7, 9, generator=draw) < 0.5
    rated[0], rated[3], rated[4], rated[6] = False, False, False, False
    everybody = torch.ones(4, 3, dtype=torch.bool)
    one = torch.tensor([1]), torch.tensor([4])
    return [
        ("", (users, items, 4)),
        ("where the first and the last user have no movies", _shuffled(draw, rated)),
        ("where every user has every movie", _shuffled(draw, everybody)),
        ("where there is one pair", (*one, 3)),
    ]


QUESTIONS = (
    Question(
        "s03",
        bag_inputs,
        _bag_cases,
        (
            ends_for_starts,
            counts_for_starts,
            pairs_left_in_their_order,
            one_offset_too_many,
            empty_bags_left_out,
            sorted_by_movie,
            users_for_movies,
            rows_for_movies,
            last_users_left_out,
            empty_bags_begin_at_zero,
            pair_in_the_other_order,
            offsets_forgotten,
            bags_without_tensors,
            users_in_descending_order,
            starts_counted_from_one,
            last_positions_for_starts,
            first_pairs_for_starts,
            users_for_starts,
            each_movie_once,
        ),
        edges=_bag_edges,
        parts=("the movies", "the offsets"),
        differ=same_bags,
        drive=tensors_only,
    ),
)
