"""For authors: the repair shop, a trainer in four functions with seven bugs.

Each bug has inputs on which only that bug shows, so that repairing it turns its own
test green, whatever the state of the others.
"""

import torch

from checks.comparing import difference
from checks.questions.question import Question, RepairShop
from checks.questions.workbench import (
    Toy,
    rmse_in_batches,
    rows_visited,
    weights_after,
    weights_and_graphs,
    weights_kept,
)


def minibatches(n, size, draw):
    """Shuffled row numbers 0 … n-1 in pieces of at most `size`."""
    order = torch.randperm(n, generator=draw)
    return [order[start : start + size] for start in range(0, n, size)]


def train_step(model, optimizer, users, items, ratings, reg_per_rating):
    """One step on one batch: mean squared error plus L2 on its rows.

    The model offers `model(users, items)`, the predictions, shape (n,), and
    `model.penalty(users, items)`, the L2 of the rows; use nothing else of it.
    `ratings` come as (n,) or as (n, 1). Returns the loss.
    """
    optimizer.zero_grad()
    predicted = model(users, items)
    loss = (predicted - ratings.reshape(-1)).square().mean()
    loss = loss + reg_per_rating * model.penalty(users, items)
    loss.backward()
    optimizer.step()
    return loss.item()


def evaluate_rmse(model, users, items, ratings, size):
    """The RMSE over all ratings, computed in batches of `size`."""
    model.eval()
    squares = 0.0
    with torch.no_grad():
        for start in range(0, len(ratings), size):
            rows = slice(start, start + size)
            errors = model(users[rows], items[rows]) - ratings[rows]
            squares += errors.square().sum().item()
    return (squares / len(ratings)) ** 0.5


def fit_and_keep_best(model, run_epoch, validate, epochs):
    """Train, and leave the weights of the best epoch in the model.

    Returns the RMSE of that epoch.
    """
    best_rmse, best_weights = float("inf"), None
    for _ in range(epochs):
        run_epoch(model)
        rmse = validate(model)
        if rmse < best_rmse:
            weights = model.state_dict()
            best_rmse = rmse
            best_weights = {name: w.clone() for name, w in weights.items()}
    model.load_state_dict(best_weights)
    return best_rmse


def broken_minibatches(n, size, draw):
    """Shuffled row numbers 0 … n-1 in pieces of at most `size`."""
    order = torch.randperm(n, generator=draw)
    return [order[k * size : (k + 1) * size] for k in range(n // size)]


def broken_train_step(model, optimizer, users, items, ratings, reg_per_rating):
    """One step on one batch: mean squared error plus L2 on its rows.

    The model offers `model(users, items)`, the predictions, shape (n,), and
    `model.penalty(users, items)`, the L2 of the rows; use nothing else of it.
    `ratings` come as (n,) or as (n, 1). Returns the loss.
    """
    predicted = model(users, items)
    loss = (predicted - ratings).square().mean()
    for parameter in model.parameters():
        loss = loss + reg_per_rating * parameter.square().sum() / len(users)
    loss.backward()
    optimizer.step()
    return loss.item()


def broken_evaluate_rmse(model, users, items, ratings, size):
    """The RMSE over all ratings, computed in batches of `size`."""
    roots = []
    with torch.no_grad():
        for start in range(0, len(ratings), size):
            rows = slice(start, start + size)
            errors = model(users[rows], items[rows]) - ratings[rows]
            roots.append(errors.square().mean().sqrt().item())
    return sum(roots) / len(roots)


def broken_fit_and_keep_best(model, run_epoch, validate, epochs):
    """Train, and leave the weights of the best epoch in the model.

    Returns the RMSE of that epoch.
    """
    best_rmse, best_weights = float("inf"), None
    for _ in range(epochs):
        run_epoch(model)
        rmse = validate(model)
        if rmse < best_rmse:
            best_rmse, best_weights = rmse, model.state_dict()
    model.load_state_dict(best_weights)
    return best_rmse


def rest_in_the_last_piece(n, size, draw):
    """The rest was added to the last piece, which is then larger than `size`. The rest
    is a piece of its own."""
    order = torch.randperm(n, generator=draw)
    stops = [*range(size, n - size + 1, size), n]
    return [order[a:b] for a, b in zip([0, *stops], stops, strict=False)]


def an_empty_piece(n, size, draw):
    """Where `size` divides n, the last piece is empty: its mean is NaN, and one step on
    it ruins every weight. Step over the starts, `range(0, n, size)`."""
    order = torch.randperm(n, generator=draw)
    return [order[k * size : (k + 1) * size] for k in range(n // size + 1)]


def rest_never_shuffled(n, size, draw):
    """The rest was taken from the end of 0 … n - 1 and not from the shuffled order, so
    some ratings come twice and others never."""
    order = torch.randperm(n, generator=draw)
    pieces = [order[k * size : (k + 1) * size] for k in range(n // size)]
    return pieces + [torch.arange(n)[len(pieces) * size :]] * (n % size > 0)


def gradients_cleared_before_the_step(
    model, optimizer, users, items, ratings, reg_per_rating
):
    """No weight moves. Either `optimizer.step()` is missing, or the gradients are set
    to zero between `backward` and `step`: clear them before `backward`."""
    predicted = model(users, items)
    loss = (predicted - ratings.reshape(-1)).square().mean()
    loss = loss + reg_per_rating * model.penalty(users, items)
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    return loss.item()


def _step(model, optimizer, predicted, ratings, penalty):
    optimizer.zero_grad()
    loss = (predicted - ratings).square().mean() + penalty
    loss.backward()
    optimizer.step()
    return loss.item()


def predictions_made_a_column(model, optimizer, users, items, ratings, reg_per_rating):
    """The predictions were made a column, which is right for ratings of shape (n, 1)
    and broadcasts those of shape (n,). Give the ratings one shape instead,
    `ratings.reshape(-1)`."""
    predicted = model(users, items).reshape(-1, 1)
    penalty = reg_per_rating * model.penalty(users, items)
    return _step(model, optimizer, predicted, ratings, penalty)


def penalty_divided_by_the_batch(
    model, optimizer, users, items, ratings, reg_per_rating
):
    """`model.penalty` is divided by the size of the batch, but it is a mean over the
    batch already."""
    penalty = reg_per_rating * model.penalty(users, items) / len(users)
    flat = ratings.reshape(-1)
    return _step(model, optimizer, model(users, items), flat, penalty)


def penalty_times_the_batch(model, optimizer, users, items, ratings, reg_per_rating):
    """`model.penalty` is multiplied by the size of the batch. The loss is a mean over
    the batch, and so is the penalty: add it as it is."""
    penalty = reg_per_rating * model.penalty(users, items) * len(users)
    flat = ratings.reshape(-1)
    return _step(model, optimizer, model(users, items), flat, penalty)


def penalty_left_out(model, optimizer, users, items, ratings, reg_per_rating):
    """The penalty is gone. The bug was in which rows it reaches: use
    `model.penalty(users, items)`."""
    return _step(model, optimizer, model(users, items), ratings.reshape(-1), 0.0)


def roots_weighted_by_size(model, users, items, ratings, size):
    """The roots are weighted by the sizes of the batches, but they are still roots. Add
    up squares, and take one root at the end."""
    model.eval()
    total = 0.0
    with torch.no_grad():
        for start in range(0, len(ratings), size):
            rows = slice(start, start + size)
            errors = model(users[rows], items[rows]) - ratings[rows]
            total += len(errors) * errors.square().mean().sqrt().item()
    return total / len(ratings)


def root_of_the_mean_of_means(model, users, items, ratings, size):
    """The root is taken once, but of a mean of batch means: a batch of one rating
    counts as much as a full one. Divide the sum of the squares by the number of
    ratings."""
    model.eval()
    means = []
    with torch.no_grad():
        for start in range(0, len(ratings), size):
            rows = slice(start, start + size)
            errors = model(users[rows], items[rows]) - ratings[rows]
            means.append(errors.square().mean().item())
    return (sum(means) / len(means)) ** 0.5


def stopped_at_the_first_rise(model, run_epoch, validate, epochs):
    """Training stops as soon as the RMSE rises, so a better epoch that comes later is
    never reached. Make all the epochs."""
    best_rmse, best_weights = float("inf"), None
    for _ in range(epochs):
        run_epoch(model)
        rmse = validate(model)
        if rmse >= best_rmse:
            break
        best_rmse = rmse
        best_weights = {name: w.clone() for name, w in model.state_dict().items()}
    model.load_state_dict(best_weights)
    return best_rmse


def last_rmse_returned(model, run_epoch, validate, epochs):
    """The model has the weights of its best epoch, but the RMSE that is returned is
    that of the last one."""
    rmses = []

    def noted(model):
        rmses.append(validate(model))
        return rmses[-1]

    fit_and_keep_best(model, run_epoch, noted, epochs)
    return rmses[-1]


def loss_with_its_graph(model, optimizer, users, items, ratings, reg_per_rating):
    """The weights are right, but the loss comes with its graph: a list of such losses
    keeps every batch in memory. Return the number, `loss.item()`."""
    optimizer.zero_grad()
    loss = (model(users, items) - ratings.reshape(-1)).square().mean()
    loss = loss + reg_per_rating * model.penalty(users, items)
    loss.backward()
    optimizer.step()
    return loss


def error_returned_without_the_penalty(
    model, optimizer, users, items, ratings, reg_per_rating
):
    """The weights are right, but what is returned is the mean squared error alone. The
    loss contains the penalty."""
    error = (model(users, items) - ratings.reshape(-1)).square().mean()
    train_step(model, optimizer, users, items, ratings, reg_per_rating)
    return error.item()


def penalty_added_up(model, optimizer, users, items, ratings, reg_per_rating):
    """The penalty is a sum over whole tables, without the division by the batch. Use
    `model.penalty(users, items)`, which charges the rows of the batch only."""
    whole = sum(weights.square().sum() for weights in model.parameters())
    flat = ratings.reshape(-1)
    return _step(model, optimizer, model(users, items), flat, reg_per_rating * whole)


def size_not_used(model, users, items, ratings, size):
    """The number is right, but all ratings were predicted at once, whatever `size`
    says. Twenty million of them may not fit into memory: go in batches."""
    model.eval()
    with torch.no_grad():
        errors = model(users, items) - ratings
    return errors.square().mean().sqrt().item()


def rmse_with_its_graph(model, users, items, ratings, size):
    """The number is right, but it comes with its graph, which keeps all batches in
    memory. Compute under `torch.no_grad()`, or return `.item()`."""
    model.eval()
    squares = 0.0
    for start in range(0, len(ratings), size):
        rows = slice(start, start + size)
        errors = model(users[rows], items[rows]) - ratings[rows]
        squares = squares + errors.square().sum()
    return (squares / len(ratings)).sqrt()


def mean_squared_error(model, users, items, ratings, size):
    """This is the mean squared error: the root is missing."""
    return evaluate_rmse(model, users, items, ratings, size) ** 2


def worst_weights_kept(model, run_epoch, validate, epochs):
    """The weights of the epoch with the highest RMSE were kept. An RMSE is an error:
    the lowest is the best."""
    values, weights = [], []
    for _ in range(epochs):
        run_epoch(model)
        values.append(validate(model))
        weights.append({name: w.clone() for name, w in model.state_dict().items()})
    model.load_state_dict(weights[values.index(max(values))])
    return max(values)


def weights_of_the_epoch_before(model, run_epoch, validate, epochs):
    """The weights are copied before the epoch is trained, so they are those of the
    epoch before the best. Copy them after `validate`."""
    best, kept = float("inf"), None
    for _ in range(epochs):
        before = {name: w.clone() for name, w in model.state_dict().items()}
        run_epoch(model)
        rmse = validate(model)
        if rmse < best:
            best, kept = rmse, before
    model.load_state_dict(kept)
    return best


def _batch(draw, n):
    users = torch.randint(4, (n,), generator=draw)
    items = torch.randint(5, (n,), generator=draw)
    return users, items, torch.randint(1, 6, (n,), generator=draw).float()


def _piece_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    return [(10, 4, draw), (7, 3, draw), (9, 16, draw), (8, 4, draw)]


def _two_step_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    return [(Toy(draw), *_batch(draw, 1), 0.0, steps) for steps in (2, 3)]


def _column_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    batches = [_batch(draw, n) for n in (3, 5)]
    columns = [(Toy(draw), u, i, r[:, None], 0.0, 1) for u, i, r in batches]
    return [*columns, (Toy(draw), *_batch(draw, 4), 0.0, 1)]


def _penalty_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    users, items = torch.tensor([1, 1, 3]), torch.tensor([0, 4, 2])  # user 1 twice
    # Of equal ratings a square of errors has the same mean as the errors themselves,
    # so that a broadcast does not show here.
    alike = torch.full((3,), 1.0 + seed % 5)
    batches = [(users, items, alike), _batch(draw, 1)]
    cases = zip(batches, (0.5, 0.1), strict=True)
    return [(Toy(draw), *batch, reg_per_rating, 1) for batch, reg_per_rating in cases]


def _uneven_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    return [(Toy(draw), *_batch(draw, n), size) for n, size in ((7, 5), (11, 10))]


def _mode_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    return [(Toy(draw, noise=1.0).train(), *_batch(draw, n), 64) for n in (6, 9)]


def _keeping_cases(seed):
    draw = torch.Generator().manual_seed(seed)
    curves = [0.99, 0.95, 0.97, 0.98], [0.96, 0.97, 0.99], [0.97, 0.99, 0.95, 0.96]
    return [(Toy(draw), curve) for curve in curves]


def same_epoch(given, expected):
    """How an epoch, as `rows_visited` saw it, differs from the expected one, in
    words."""
    if not isinstance(given, tuple | list) or len(given) != len(expected):
        return difference(given, expected)
    wrong = (
        "not every row was visited exactly once",
        "the number of pieces is wrong",
        "a piece is larger than `size`",
        "the order is the same in every epoch, or something other than `draw` shuffles",
    )
    parts = zip(given, expected, wrong, strict=True)
    return "; ".join(text for one, other, text in parts if difference(one, other))


_STEPPED = "the weights", "the losses returned", "whether a loss has its graph"
_EVALUATED = (
    "the RMSE",
    "whether a batch is larger than `size`",
    "whether the RMSE has its graph",
)
_KEPT = "the RMSE returned", "the mean left in the model"


def _bug(right, cases, broken, drive=None, differ=difference, parts=()):
    return Question(
        "q16", right, cases, (broken,), differ=differ, drive=drive, parts=parts
    )


QUESTIONS = (
    RepairShop(
        "q16",
        {
            "an epoch visits every rating": _bug(
                minibatches,
                _piece_cases,
                broken_minibatches,
                rows_visited,
                same_epoch,
            ),
            "two steps move the weights by two steps": _bug(
                train_step,
                _two_step_cases,
                broken_train_step,
                weights_and_graphs,
                parts=_STEPPED,
            ),
            "targets of shape (n, 1) train like targets of shape (n,)": _bug(
                train_step,
                _column_cases,
                broken_train_step,
                weights_after,
                parts=_STEPPED[:2],
            ),
            "rows outside the batch, and the mean, are not penalized": _bug(
                train_step,
                _penalty_cases,
                broken_train_step,
                weights_after,
                parts=_STEPPED[:2],
            ),
            "the RMSE does not depend on the batch size": _bug(
                evaluate_rmse,
                _uneven_cases,
                broken_evaluate_rmse,
                rmse_in_batches,
                parts=_EVALUATED,
            ),
            "the RMSE is that of the finished model, in the right mode": _bug(
                evaluate_rmse, _mode_cases, broken_evaluate_rmse
            ),
            "the model ends with the weights of its best epoch": _bug(
                fit_and_keep_best,
                _keeping_cases,
                broken_fit_and_keep_best,
                weights_kept,
                parts=_KEPT,
            ),
        },
        wrong={
            "an epoch visits every rating": (
                rest_in_the_last_piece,
                an_empty_piece,
                rest_never_shuffled,
            ),
            "two steps move the weights by two steps": (
                gradients_cleared_before_the_step,
                loss_with_its_graph,
            ),
            "targets of shape (n, 1) train like targets of shape (n,)": (
                predictions_made_a_column,
            ),
            "rows outside the batch, and the mean, are not penalized": (
                penalty_divided_by_the_batch,
                penalty_times_the_batch,
                penalty_left_out,
                penalty_added_up,
                error_returned_without_the_penalty,
            ),
            "the RMSE does not depend on the batch size": (
                roots_weighted_by_size,
                root_of_the_mean_of_means,
                size_not_used,
                rmse_with_its_graph,
                mean_squared_error,
            ),
            "the model ends with the weights of its best epoch": (
                stopped_at_the_first_rise,
                last_rmse_returned,
                worst_weights_kept,
                weights_of_the_epoch_before,
            ),
        },
    ),
)
