"""For authors: the question on an RMSE over batches, from lab 03."""

import numpy as np
import torch

from checks.questions.question import Question


def rmse_of_batches(batches):
    """The RMSE over all ratings, a number.

    `batches` is a list of (predicted, actual), tensors of shape (n,); n may
    differ between batches. Some loaders give `actual` the shape (n, 1).
    """
    squares, count = 0.0, 0
    for predicted, actual in batches:
        errors = predicted - actual.reshape(-1)
        squares += errors.square().sum().item()
        count += len(errors)
    return (squares / count) ** 0.5


def mean_of_batch_rmses(batches):
    """This is the mean of the batches' RMSEs. A small batch then counts as much as a
    large one, and a mean of roots is not the root of a mean. Add up squares and
    counts."""
    roots = [rmse_of_batches([batch]) for batch in batches]
    return sum(roots) / len(roots)


def root_of_mean_batch_mse(batches):
    """The batches' mean squared errors were averaged, so a rating in a small batch
    counts for more. Add up the squares, and divide once by the number of ratings."""
    means = [rmse_of_batches([batch]) ** 2 for batch in batches]
    return (sum(means) / len(means)) ** 0.5


def root_forgotten(batches):
    """This is the mean squared error. The root is missing, so the unit is stars²."""
    return rmse_of_batches(batches) ** 2


def broadcast_to_a_square(batches):
    """(n,) minus (n, 1) gives an n × n table: each prediction is compared with every
    rating. Bring both to the shape (n,) first."""
    squares = torch.cat([(p - a).square().flatten() for p, a in batches])
    return squares.mean().sqrt()


def broadcast_and_count_of_ratings(batches):
    """Where `actual` has the shape (n, 1), (n,) minus (n, 1) gives an n × n table, and
    its sum was divided by n. Bring both to the shape (n,) first."""
    squares = sum((p - a).square().sum().item() for p, a in batches)
    return (squares / sum(len(p) for p, _ in batches)) ** 0.5


def mean_absolute_error(batches):
    """This is the mean absolute error. RMSE squares the errors, which makes one error
    of two stars worse than two errors of one star."""
    errors = torch.cat([p - a.reshape(-1) for p, a in batches])
    return errors.abs().mean()


def first_batch_only(batches):
    """This is the RMSE of the first batch alone. (A `return` inside a loop would do
    that: a function ends at its first `return`.) Go through all batches."""
    return rmse_of_batches(batches[:1])


def _batches_cases(seed):
    draw = torch.Generator().manual_seed(seed)

    def batch(n, column=False):
        actual = torch.randint(1, 6, (n,), generator=draw).float()
        # Errors that are not zero on average, so that a spread is not an RMSE.
        predicted = actual + 0.5 + torch.randn(n, generator=draw)
        return predicted, actual[:, None] if column else actual

    return [
        ([batch(8), batch(8), batch(3)],),
        ([batch(20), batch(4)],),
        ([batch(6, column=True), batch(2, column=True)],),
    ]


def _batches_edges():
    def batch(predicted, actual):
        return torch.tensor(predicted), torch.tensor(actual)

    two, one = batch([4.0, 3.0, 1.0], [5.0, 3.0, 4.0]), batch([2.0], [4.0])
    return [
        ("", ([two, one],)),
        ("where there is only one batch", ([two],)),
        ("where the only batch has one rating", ([one],)),
        (
            "where a batch has one rating and `actual` is a column",
            ([(predicted, actual[:, None]) for predicted, actual in (two, one)],),
        ),
    ]


def last_batch_only(batches):
    """This is the RMSE of the last batch alone. (A sum that is set and not added to
    inside a loop would do that.) Go through all batches."""
    return rmse_of_batches(batches[-1:])


def broadcast_inside_the_loss(batches):
    """Where `actual` has the shape (n, 1), each prediction was compared with every
    rating of its batch: (n,) and (n, 1) broadcast to an n × n table. Bring both to the
    shape (n,) first; the weights by batch size are right."""
    squares = sum((p - a).square().mean().item() * len(p) for p, a in batches)
    return (squares / sum(len(p) for p, _ in batches)) ** 0.5


def divided_by_the_batches(batches):
    """The sum of all squares was divided by the number of batches. Divide by the number
    of ratings."""
    errors = torch.cat([p - a.reshape(-1) for p, a in batches])
    return (errors.square().sum() / len(batches)).sqrt()


def root_of_the_sum(batches):
    """This is the root of a sum. Before the root, divide by the number of ratings."""
    errors = torch.cat([p - a.reshape(-1) for p, a in batches])
    return errors.square().sum().sqrt()


def roots_weighted_by_size(batches):
    """The batches' RMSEs were averaged, weighted by the batch sizes. A mean of roots is
    not the root of a mean: average the squares, and take one root at the end."""
    sizes = [len(p) for p, _ in batches]
    roots = [rmse_of_batches([batch]) for batch in batches]
    return float(np.average(roots, weights=sizes))


def _errors(batches):
    return torch.cat([p - a.reshape(-1) for p, a in batches])


def spread_for_rmse(batches):
    """This is the standard deviation of the errors, which subtracts their mean first. A
    model that is wrong by one star everywhere would then be perfect."""
    return _errors(batches).std(correction=0)


def sample_spread_for_rmse(batches):
    """This is the sample's standard deviation of the errors: it subtracts their mean
    and divides by n - 1. The RMSE does neither."""
    errors = _errors(batches)
    return errors.std() if len(errors) > 1 else errors.sum() * 0


def one_rating_too_few(batches):
    """The sum of the squares was divided by n - 1. Divide by the number of ratings."""
    errors = _errors(batches)
    return (errors.square().sum() / max(len(errors) - 1, 1)).sqrt()


def root_over_the_count(batches):
    """The root was taken of the sum, and then divided by the number of ratings. Divide
    first, then take the root."""
    return rmse_of_batches(batches) / len(_errors(batches)) ** 0.5


def roots_added_up(batches):
    """The batches' RMSEs were added up. Add up squares, divide once by the number of
    all ratings, and take one root."""
    return sum(rmse_of_batches([batch]) for batch in batches)


def size_of_the_first_batch(batches):
    """The count is wrong: it takes every batch to be as large as the first. Add up the
    sizes, `len(predicted)`."""
    squares = _errors(batches).square().sum()
    return (squares / (len(batches) * len(batches[0][0]))).sqrt()


def median_error(batches):
    """This is a median of the squared errors. RMSE takes their mean."""
    return _errors(batches).square().median().sqrt()


QUESTIONS = (
    Question(
        "q07",
        rmse_of_batches,
        _batches_cases,
        (
            mean_of_batch_rmses,
            root_of_mean_batch_mse,
            root_forgotten,
            broadcast_to_a_square,
            broadcast_and_count_of_ratings,
            mean_absolute_error,
            first_batch_only,
            last_batch_only,
            broadcast_inside_the_loss,
            divided_by_the_batches,
            root_of_the_sum,
            roots_weighted_by_size,
            spread_for_rmse,
            sample_spread_for_rmse,
            one_rating_too_few,
            root_over_the_count,
            roots_added_up,
            size_of_the_first_batch,
            median_error,
        ),
        edges=_batches_edges,
    ),
)
