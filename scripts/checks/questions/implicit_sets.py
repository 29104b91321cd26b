"""Questions of lab 07 on N(u): what is in it, its scale, and its bags."""

import numpy as np
import pandas as pd
import torch

from checks.comparing import difference, plain
from checks.questions.question import Question


def history(user, train, test):
    """N(u): the films that `user` has rated, as indices in rising order.

    train, test: tables with the columns user, item and rating. The model is
    fitted on `train`, and will be asked about the pairs in `test`.
    """
    mine = train["user"] == user
    return np.sort(train.loc[mine, "item"].to_numpy())


def held_out_films_included(user, train, test):
    """The films of the test part are in N(u). Which films a user is going to rate is
    not known when the model is fitted: a score made this way is called transductive.
    Take the training part alone."""
    return history(user, pd.concat([train, test]), test)


def held_out_films_only(user, train, test):
    """These are the films of the test part. N(u) is what the user has rated in
    training."""
    return history(user, test, train)


def liked_films_only(user, train, test):
    """Only films with 4 or 5 stars are in. N(u) holds every film that was rated,
    whatever the stars were: that is why this feedback is called implicit."""
    return history(user, train[train["rating"] >= 4], test)


def films_of_everybody(user, train, test):
    """These are the films of all users. N(u) belongs to one user: keep the rows with
    `train["user"] == user`."""
    return np.unique(train["item"])


def labels_of_the_rows(user, train, test):
    """These are the rows of the table, not the films in them: read the column
    "item"."""
    return np.sort(train.index[train["user"] == user].to_numpy())


def order_of_the_table(user, train, test):
    """The films are right, but in the order of the table. The question wants them in
    rising order."""
    return train.loc[train["user"] == user, "item"].to_numpy()


def _history_cases(seed):
    draw = np.random.default_rng(seed)
    cases = []
    for n_users, n_items, n_rated in ((4, 12, 8), (6, 30, 14), (5, 50, 20)):
        pairs = [
            (user, item)
            for user in range(n_users)
            for item in draw.choice(n_items, size=n_rated, replace=False)
        ]
        table = pd.DataFrame(draw.permutation(pairs), columns=["user", "item"])
        table["rating"] = draw.integers(1, 6, len(table))
        in_test = draw.random(len(table)) < 0.3
        user = int(draw.integers(n_users))
        cases.append((user, table[~in_test], table[in_test]))
    newcomer = cases[0][1].query("user != 0")
    rows = {"user": [0, 1, 0, 0], "item": [7, 2, 3, 5], "rating": [5, 4, 1, 4]}
    small = pd.DataFrame(rows)
    return [(0, small[:3], small[3:]), *cases, (0, newcomer, small)]


def implicit_part(Y, items):
    """|N(u)|^-½ · Σ Y[j] over the films j in N(u), shape (k,).

    Y: (n_items, k), one vector y_j a film. items: (n,), the films in N(u).
    A user without history gets zeros.
    """
    n = max(len(items), 1)
    return Y[items].sum(0) / n**0.5


def mean_of_the_vectors(Y, items):
    """This divides by |N|, not by its root: it is the mean of the vectors. With it, a
    long history says no more than a short one, and noise cancels to nothing."""
    return implicit_part(Y, items) / max(len(items), 1) ** 0.5


def times_the_root(Y, items):
    """This multiplies by the root of |N|. The exponent is minus one half: the sum is
    divided by the root."""
    return implicit_part(Y, items) * max(len(items), 1)


def sum_without_scale(Y, items):
    """The factor |N|^-½ is missing. Without it a user with 400 films gets a vector many
    times as long as a user with 20."""
    return Y[items].sum(0)


def root_of_all_films(Y, items):
    """This divides by the root of the number of all films. |N| is the number of films
    in this user's history."""
    return Y[items].sum(0) / len(Y) ** 0.5


def empty_history_divides_by_zero(Y, items):
    """A user without history gets NaN: 0 / 0. An empty sum is zero, so divide by at
    least one."""
    return Y[items].sum(0) / torch.tensor(float(len(items))).sqrt()


def summed_over_the_factors(Y, items):
    """The sum runs over the wrong axis: one number a film came out. Sum over the films,
    `.sum(0)`, and one number a factor is left."""
    return Y[items].sum(1) / max(len(items), 1) ** 0.5


def _implicit_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    cases = []
    for n_items, k, n in ((8, 2, 4), (20, 3, 9), (60, 16, 25), (9, 4, 0)):
        Y = torch.randn(n_items, k, generator=draw)
        cases.append((Y, torch.randperm(n_items, generator=draw)[:n]))
    return cases


def bag_inputs(users, items, n_users):
    """(inputs, offsets): N(u) of all users as one list, for an EmbeddingBag.

    users, items: (n,), the training pairs in any order. inputs: (n,), the
    films of user 0, then those of user 1, and so on. offsets: (n_users,), the
    position in `inputs` where each user's films begin. A user without films
    has an empty bag, which begins where the next one does.
    """
    inputs = items[torch.argsort(users, stable=True)]
    counts = torch.bincount(users, minlength=n_users)
    return inputs, counts.cumsum(0) - counts


def ends_for_starts(users, items, n_users):
    """`offsets` holds where each bag ends. It must hold where each begins: the running
    sum of the counts, less the user's own count."""
    counts = torch.bincount(users, minlength=n_users)
    return bag_inputs(users, items, n_users)[0], counts.cumsum(0)


def counts_for_starts(users, items, n_users):
    """`offsets` holds how many films each user has. It must hold where each bag begins:
    a running sum of these counts."""
    counts = torch.bincount(users, minlength=n_users)
    return bag_inputs(users, items, n_users)[0], counts


def pairs_left_in_their_order(users, items, n_users):
    """The offsets are right, but `inputs` is still in the order of the pairs: a bag
    then holds other users' films. Sort the pairs by user first."""
    return items, bag_inputs(users, items, n_users)[1]


def one_offset_too_many(users, items, n_users):
    """There is one offset more than users: the last one says where the list ends. (An
    EmbeddingBag takes that with include_last_offset=True.) Give n_users of them."""
    inputs, starts = bag_inputs(users, items, n_users)
    return inputs, torch.cat([starts, torch.tensor([len(inputs)])])


def empty_bags_left_out(users, items, n_users):
    """Users without films were left out, so every later user gets the bag of somebody
    else. Count with `torch.bincount(users, minlength=n_users)`."""
    starts = bag_inputs(users, items, n_users)[1]
    return bag_inputs(users, items, n_users)[0], starts[users.unique()]


def sorted_by_film(users, items, n_users):
    """`inputs` is sorted by film. Sort the pairs by user, and take the films in that
    order."""
    return items.sort().values, bag_inputs(users, items, n_users)[1]


def users_for_films(users, items, n_users):
    """`inputs` holds users. The bags are filled with films: it is `items` that has to
    be put in the order of the users."""
    return users.sort().values, bag_inputs(users, items, n_users)[1]


def same_bags(given, expected):
    """As `difference`, but the order of the films within a bag is free."""
    if difference(given, expected) == "":
        return ""
    try:
        inputs, offsets = (np.asarray(plain(part)) for part in given)
        whole = inputs.dtype.kind in "iu" and inputs.shape == tuple(expected[0].shape)
    except (TypeError, ValueError):
        return difference(given, expected)
    if not whole or difference(offsets, expected[1]):
        return difference(given, expected)
    bag = np.searchsorted(np.asarray(expected[1]), np.arange(len(inputs)), "right")
    by_bag = [films[np.lexsort((films, bag))] for films in (inputs, expected[0])]
    return difference((by_bag[0], offsets), (by_bag[1], expected[1]))


def _bag_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    users, items = torch.tensor([2, 0, 2, 0, 0]), torch.tensor([5, 3, 1, 4, 0])
    cases = [(users, items, 4)]
    for n_users, n_items, share in ((5, 9, 0.6), (12, 20, 0.3), (30, 40, 0.1)):
        rated = torch.rand(n_users, n_items, generator=draw) < share
        rated[1] = False  # a user without films
        rated[0, :3], rated[-1, :2] = True, True
        pairs = rated.nonzero()
        pairs = pairs[torch.randperm(len(pairs), generator=draw)]
        cases.append((pairs[:, 0], pairs[:, 1], n_users))
    return cases


QUESTIONS = (
    Question(
        "s01",
        history,
        _history_cases,
        (
            held_out_films_included,
            held_out_films_only,
            liked_films_only,
            films_of_everybody,
            labels_of_the_rows,
            order_of_the_table,
        ),
    ),
    Question(
        "s02",
        implicit_part,
        _implicit_cases,
        (
            mean_of_the_vectors,
            times_the_root,
            sum_without_scale,
            root_of_all_films,
            empty_history_divides_by_zero,
            summed_over_the_factors,
        ),
    ),
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
            sorted_by_film,
            users_for_films,
        ),
        differ=same_bags,
    ),
)
