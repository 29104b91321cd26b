"""For authors: the small exercises of lab 03, "Your turn"."""

import numpy as np
import torch

from checks.questions.question import Question
from checks.questions.workbench import Toy, weights_after_pieces


def step_in_pieces(model, optimizer, pieces):
    """One step on a batch that comes in pieces; returns the loss, a number.

    pieces: a list of (users, items, stars), of unequal sizes. The loss is
    the mean squared error over ALL ratings of the batch. Call step() once.
    """
    n = sum(len(stars) for _, _, stars in pieces)
    total = 0.0
    optimizer.zero_grad()
    for users, items, stars in pieces:
        loss = (model(users, items) - stars).square().sum() / n
        loss.backward()  # adds to the gradient of the earlier pieces
        total += loss.item()
    optimizer.step()
    return total


def only_the_last_piece(model, optimizer, pieces):
    """Each piece erased the gradient of the one before, so the step knows only the
    last one. Call `zero_grad` once, before the first piece."""
    n, total = sum(len(stars) for _, _, stars in pieces), 0.0
    for users, items, stars in pieces:
        optimizer.zero_grad()
        loss = (model(users, items) - stars).square().sum() / n
        loss.backward()
        total += loss.item()
    optimizer.step()
    return total


def nothing_forgotten(model, optimizer, pieces):
    """The first step is right, and the next ones carry its gradient along: begin with
    `zero_grad`."""
    n, total = sum(len(stars) for _, _, stars in pieces), 0.0
    for users, items, stars in pieces:
        loss = (model(users, items) - stars).square().sum() / n
        loss.backward()
        total += loss.item()
    optimizer.step()
    return total


def a_step_for_each_piece(model, optimizer, pieces):
    """The model moved after each piece, so later pieces met another model. Add up all
    gradients first; `step` comes once, after the loop."""
    n, total = sum(len(stars) for _, _, stars in pieces), 0.0
    for users, items, stars in pieces:
        optimizer.zero_grad()
        loss = (model(users, items) - stars).square().sum() / n
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total


def training_on_each_piece(model, optimizer, pieces):
    """Each piece was a batch of its own, with its own mean and its own step. Divide
    by the number of all ratings, and call `step` once, after the loop."""
    losses = []
    for users, items, stars in pieces:
        optimizer.zero_grad()
        loss = (model(users, items) - stars).square().mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return sum(losses) / len(losses)


def sum_of_the_means(model, optimizer, pieces):
    """Each piece gave its own mean, and the means were added up: a step for several
    batches at once. Divide each sum of squares by the number of all ratings."""
    total = 0.0
    optimizer.zero_grad()
    for users, items, stars in pieces:
        loss = (model(users, items) - stars).square().mean()
        loss.backward()
        total += loss.item()
    optimizer.step()
    return total


def mean_of_the_means(model, optimizer, pieces):
    """This is the mean of the pieces' means. A rating in a small piece then counts for
    more. Divide each sum of squares by the number of all ratings."""
    total = 0.0
    optimizer.zero_grad()
    for users, items, stars in pieces:
        loss = (model(users, items) - stars).square().mean() / len(pieces)
        loss.backward()
        total += loss.item()
    optimizer.step()
    return total


def sum_of_squares(model, optimizer, pieces):
    """This is the sum of the squared errors. The loss is their mean: divide by the
    number of all ratings, or the step grows with the batch."""
    total = 0.0
    optimizer.zero_grad()
    for users, items, stars in pieces:
        loss = (model(users, items) - stars).square().sum()
        loss.backward()
        total += loss.item()
    optimizer.step()
    return total


def no_backward(model, optimizer, pieces):
    """The losses are right, and nothing has moved. `backward` writes the gradients, and
    `step` follows them: call both."""
    n = sum(len(stars) for _, _, stars in pieces)
    return sum(
        (model(users, items) - stars).square().sum().item() / n
        for users, items, stars in pieces
    )


def _pieces_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    return [_pieces_case(draw, *sizes) for sizes in ((3, 5), (1, 6, 2), (4, 7))]


def _pieces_edges():
    draw = torch.Generator().manual_seed(7)
    return [
        ("where there is one piece", _pieces_case(draw, 6)),
        ("where all pieces have one size", _pieces_case(draw, 3, 3)),
    ]


def _pieces_case(draw, *sizes):
    pieces = [
        (
            torch.randint(4, (size,), generator=draw),
            torch.randint(5, (size,), generator=draw),
            torch.randint(1, 6, (size,), generator=draw).float(),
        )
        for size in sizes
    ]
    model = Toy(draw)
    return model, torch.optim.SGD(model.parameters(), lr=0.1), pieces


def stop_and_keep(validation, patience):
    """(epochs that are run, epoch whose weights are kept), counted from 1.

    validation: the RMSE after each epoch, if none were left out. Training
    stops when the best RMSE so far is `patience` epochs old, or at the end.
    An epoch is better only if its RMSE is lower.
    """
    best, kept = float("inf"), 0
    for epoch, error in enumerate(validation, start=1):
        if error < best:
            best, kept = error, epoch
        if epoch - kept == patience:
            break
    return epoch, kept


def one_epoch_too_long(validation, patience):
    """Training went on for one epoch too many: it stops as soon as the best epoch is
    `patience` epochs old, not later."""
    return stop_and_keep(validation, patience + 1)


def rises_in_a_row(validation, patience):
    """Each epoch was compared with the epoch before. Compare it with the best so far:
    an error that jumps up and then creeps down a little has not improved."""
    best, kept, rises = float("inf"), 0, 0
    for epoch, error in enumerate(validation, start=1):
        rises = rises + 1 if epoch > 1 and error >= validation[epoch - 2] else 0
        if error < best:
            best, kept = error, epoch
        if rises == patience:
            break
    return epoch, kept


def count_never_reset(validation, patience):
    """All epochs without improvement were counted together. A new best epoch sets the
    count back to zero."""
    best, kept, worse = float("inf"), 0, 0
    for epoch, error in enumerate(validation, start=1):
        if error < best:
            best, kept = error, epoch
        else:
            worse += 1
        if worse == patience:
            break
    return epoch, kept


def last_epoch_kept(validation, patience):
    """The weights of the last epoch were kept. They are worse than those of the best
    one: that is why training stopped."""
    epochs, _ = stop_and_keep(validation, patience)
    return epochs, epochs


def best_of_all_kept(validation, patience):
    """This keeps the best epoch of the whole list. An epoch after the stop was never
    run: only those up to the stop can be kept."""
    epochs, _ = stop_and_keep(validation, patience)
    return epochs, int(np.argmin(validation)) + 1


def never_stopped(validation, patience):
    """All epochs were run, and the best of all was kept. Stop as soon as the best one
    is `patience` epochs old."""
    return len(validation), int(np.argmin(validation)) + 1


def counted_from_zero(validation, patience):
    """These are rows, counted from 0. Epochs are counted from 1."""
    epochs, kept = stop_and_keep(validation, patience)
    return epochs - 1, kept - 1


def equal_for_better(validation, patience):
    """An epoch with the same RMSE was taken for a better one. It must be lower: use
    `<`, not `<=`."""
    best, kept = float("inf"), 0
    for epoch, error in enumerate(validation, start=1):
        if error <= best:
            best, kept = error, epoch
        if epoch - kept == patience:
            break
    return epoch, kept


def _stopping_cases(seed):
    draw = np.random.default_rng(seed)
    cases = []
    for patience in (1, 2, 3, 4):
        valley = 0.9 + 0.01 * np.abs(np.arange(14) - draw.integers(4, 8))
        noise = draw.normal(0, 0.02, 14)
        cases.append(((valley + noise).round(4).tolist(), patience))
    return cases


def _stopping_edges():
    two_valleys = [1.0, 0.95, 0.97, 0.96, 0.93, 0.94, 0.98, 0.99, 0.9, 0.89]
    creeping = [1.0, 0.94, 0.99, 0.98, 0.97, 0.96, 0.93, 0.95]
    return [
        ("", ([1.0, 0.95, 0.93, 0.94, 0.96, 0.97, 0.98], 2)),
        ("", (two_valleys, 3)),
        ("", (creeping, 3)),
        ("", ([1.0, 0.96, 0.97, 0.95, 0.96, 0.92, 0.9, 0.91, 0.94], 2)),
        ("where the error falls to the end", ([1.0, 0.9, 0.8, 0.7], 2)),
        ("where an RMSE is only repeated", ([1.0, 0.9, 0.9, 0.9, 0.9, 0.9], 2)),
        ("where there is one epoch", ([0.9], 1)),
    ]


def prices_of_rows(P, counts, reg_per_rating, reg_per_row):
    """What each user's factors pay at both prices together, (n_users,).

    P: (n_users, k), the factors. counts: (n_users,), ratings of each user.
    reg_per_rating: λ. reg_per_row: δ.
    """
    return (reg_per_rating * counts + reg_per_row) * P.square().sum(1)


def ratings_not_counted(P, counts, reg_per_rating, reg_per_row):
    """λ was charged once for each user. It is charged once for each *rating*: multiply
    it by `counts`."""
    return (reg_per_rating + reg_per_row) * P.square().sum(1)


def both_per_rating(P, counts, reg_per_rating, reg_per_row):
    """δ was charged for each rating as well. It is the price of a row, however many
    ratings the row has."""
    return (reg_per_rating + reg_per_row) * counts * P.square().sum(1)


def prices_swapped(P, counts, reg_per_rating, reg_per_row):
    """The two prices are swapped: λ is charged for each rating, δ once for each row."""
    return (reg_per_row * counts + reg_per_rating) * P.square().sum(1)


def lengths_not_squared(P, counts, reg_per_rating, reg_per_row):
    """These prices are for lengths, |p|. The penalty charges their squares, |p|²."""
    return (reg_per_rating * counts + reg_per_row) * P.norm(dim=1)


def squared_sum_of_factors(P, counts, reg_per_rating, reg_per_row):
    """The factors were added up and the sum was squared, so those of opposite sign
    cancel. |p|² is the sum of the squares: square first."""
    return (reg_per_rating * counts + reg_per_row) * P.sum(1).square()


def mean_over_factors(P, counts, reg_per_rating, reg_per_row):
    """The squares were averaged over the factors. |p|² is their sum."""
    return (reg_per_rating * counts + reg_per_row) * P.square().mean(1)


def one_sum_for_all(P, counts, reg_per_rating, reg_per_row):
    """This is one number for all users. The question asks for the price of each: sum
    over the factors only, `sum(1)`."""
    return prices_of_rows(P, counts, reg_per_rating, reg_per_row).sum()


def free_without_ratings(P, counts, reg_per_rating, reg_per_row):
    """A user without ratings paid nothing. δ is charged for each row, also for one
    that nobody has looked up."""
    prices = prices_of_rows(P, counts, reg_per_rating, reg_per_row)
    return torch.where(counts > 0, prices, 0.0)


def row_price_left_out(P, counts, reg_per_rating, reg_per_row):
    """δ is missing: each row pays it, besides λ for each of its ratings."""
    return reg_per_rating * counts * P.square().sum(1)


def _price_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    return [_price_case(draw, *size) for size in ((2, 2), (4, 3), (7, 5))]


def _price_edges():
    draw = torch.Generator().manual_seed(7)
    P, counts, *prices = _price_case(draw, 4, 3)
    counts[1] = 0
    return [("where a user has no rating", (P, counts, *prices))]


def _price_case(draw, n_users, k):
    P = torch.randn(n_users, k, generator=draw)
    counts = torch.randint(1, 60, (n_users,), generator=draw)
    reg_per_rating, reg_per_row = torch.rand(2, generator=draw).tolist()
    return P, counts, round(reg_per_rating / 5, 3), round(5 * reg_per_row, 2)


def paired_lead(new, old):
    """(mean of the differences new - old, its standard error), paired.

    new, old: arrays of the RMSEs of two models on the same n folds. The
    standard error is the differences' standard deviation (with n - 1) by √n.
    """
    differences = new - old
    return differences.mean(), differences.std(ddof=1) / len(new) ** 0.5


def not_paired(new, old):
    """The spreads of the two models were added up. What is hard for both then counts
    twice, though it cancels in the difference: take the differences first."""
    n = len(new)
    spread = (new.var(ddof=1) / n + old.var(ddof=1) / n) ** 0.5
    return new.mean() - old.mean(), spread


def spread_of_the_new_model(new, old):
    """This is the standard error of the new model's RMSE alone. Take the spread of the
    differences."""
    return (new - old).mean(), new.std(ddof=1) / len(new) ** 0.5


def population_spread(new, old):
    """NumPy's standard deviation divides the squares by n. For a sample it is n − 1:
    use `std(ddof=1)`."""
    return (new - old).mean(), (new - old).std() / len(new) ** 0.5


def root_of_n_missing(new, old):
    """This is the spread of single differences. Their mean is surer: divide by the
    root of n."""
    return (new - old).mean(), (new - old).std(ddof=1)


def n_for_its_root(new, old):
    """The standard deviation was divided by n. Divide it by the root of n."""
    return (new - old).mean(), (new - old).std(ddof=1) / len(new)


def old_minus_new(new, old):
    """These are the differences old − new. Take new − old: below zero, the new model
    is better."""
    return paired_lead(old, new)


def ratio_for_difference(new, old):
    """These are ratios, new / old. Take the differences, in stars."""
    ratio = new / old
    return ratio.mean() - 1, ratio.std(ddof=1) / len(new) ** 0.5


def _paired_cases(seed):
    draw = np.random.default_rng(seed)
    cases = []
    for n in (3, 5, 10):
        old = draw.normal(0.95, 0.02, n)
        cases.append((old + draw.normal(-0.02, 0.008, n), old))
    return cases


def _paired_edges():
    old = np.array([0.96, 0.93, 0.95, 0.94])
    return [
        ("where there are two folds", (np.array([0.9, 0.96]), np.array([0.93, 0.95]))),
        ("where the lead is the same on each fold", (old - 0.01, old)),
    ]


QUESTIONS = (
    Question(
        "y031",
        step_in_pieces,
        _pieces_cases,
        (
            only_the_last_piece,
            nothing_forgotten,
            a_step_for_each_piece,
            training_on_each_piece,
            sum_of_the_means,
            mean_of_the_means,
            sum_of_squares,
            no_backward,
        ),
        drive=weights_after_pieces,
        edges=_pieces_edges,
        parts=("the weights after the steps", "the losses"),
    ),
    Question(
        "y032",
        stop_and_keep,
        _stopping_cases,
        (
            one_epoch_too_long,
            rises_in_a_row,
            count_never_reset,
            last_epoch_kept,
            best_of_all_kept,
            never_stopped,
            counted_from_zero,
            equal_for_better,
        ),
        edges=_stopping_edges,
        parts=("the number of epochs", "the epoch that is kept"),
    ),
    Question(
        "y033",
        prices_of_rows,
        _price_cases,
        (
            ratings_not_counted,
            both_per_rating,
            prices_swapped,
            lengths_not_squared,
            squared_sum_of_factors,
            mean_over_factors,
            one_sum_for_all,
            free_without_ratings,
            row_price_left_out,
        ),
        edges=_price_edges,
    ),
    Question(
        "y034",
        paired_lead,
        _paired_cases,
        (
            not_paired,
            spread_of_the_new_model,
            population_spread,
            root_of_n_missing,
            n_for_its_root,
            old_minus_new,
            ratio_for_difference,
        ),
        edges=_paired_edges,
        parts=("the mean difference", "the standard error"),
    ),
)
