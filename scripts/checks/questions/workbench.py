"""For authors: what answers are tried on: a toy model, pretended training, and drives.

A drive calls an answer and returns what it did. `make grade` sends this file into
the learner's process, so it imports nothing of the course.
"""

from itertools import chain

import torch

IN_PLACE = "in place of a"


class Toy(torch.nn.Module):
    """A factorization small enough to follow by hand. Training mode adds `noise`.

    `largest` is the size of the largest batch that it has predicted.
    """

    def __init__(self, draw, noise=0.0):
        super().__init__()
        self.mean = torch.nn.Parameter(torch.tensor(3.5))
        self.P = torch.nn.Parameter(torch.randn(4, 2, generator=draw))
        self.Q = torch.nn.Parameter(torch.randn(5, 2, generator=draw))
        self.noise = noise
        self.largest = 0

    def forward(self, users, items):
        """Predicted stars, (batch,)."""
        self.largest = max(self.largest, len(users))
        dots = (self.P[users] * self.Q[items]).sum(1)
        return self.mean + dots + self.noise * self.training

    def penalty(self, users, items):
        """Mean squared norm of the rows that the batch looks up."""
        rows = self.P[users].square().sum(1) + self.Q[items].square().sum(1)
        return rows.mean()


class PretendEpoch:
    """Stands in for an epoch of training: the mean counts the epochs."""

    def __call__(self, model):
        """One epoch: the weights change in place, as an optimizer changes them."""
        with torch.no_grad():
            model.mean += 1


class PretendScore:
    """Stands in for validation: hands out the next RMSE of a list."""

    def __init__(self, values):
        self.values = list(values)

    def __call__(self, model):
        """The RMSE after the latest epoch."""
        return self.values.pop(0)


class PretendFit:
    """Stands in for training runs: looks up the two RMSEs of a number of factors.

    `fitted` lists the sizes that it was called with.
    """

    def __init__(self, curves):
        self.curves = curves
        self.fitted = []

    def __call__(self, n_factors):
        """(training RMSE, validation RMSE) of a run with `n_factors`."""
        self.fitted.append(int(n_factors))
        return self.curves[int(n_factors)]


def rows_visited(function, n, size, draw):
    """What an epoch does: its rows in ascending order, how many pieces it has, whether
    one is larger than `size`, and whether `draw` alone shuffles the rows."""
    state, epochs = draw.get_state(), []
    for start in (state, None, None, state):  # the last epoch repeats the first
        if start is not None:
            draw.set_state(start)
        pieces = function(n, size, draw)
        if pieces is None:
            return None
        epochs.append([torch.as_tensor(piece).reshape(-1).tolist() for piece in pieces])
    orders = [list(chain(*epoch)) for epoch in epochs]
    # Two epochs may have the same order by chance; three hardly ever do.
    shuffled = orders[1:3] != 2 * orders[:1] and orders[0] == orders[3]
    too_large = max(map(len, epochs[0]), default=0) > size
    return sorted(orders[0]), len(epochs[0]), too_large, shuffled


def weights_after(function, model, users, items, ratings, reg_per_rating, steps):
    """All weights of the model after some steps, one after the other, and the losses
    that were returned."""
    after = _after(function, model, users, items, ratings, reg_per_rating, steps)
    return after and after[:2]


def weights_and_graphs(function, model, users, items, ratings, reg_per_rating, steps):
    """As `weights_after`, and whether a loss came with its graph."""
    return _after(function, model, users, items, ratings, reg_per_rating, steps)


def _after(function, model, users, items, ratings, reg_per_rating, steps):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    losses = []
    for _ in range(steps):
        loss = function(model, optimizer, users, items, ratings, reg_per_rating)
        losses.append(loss)
    if any(loss is None for loss in losses):
        return None
    weights = [weights.detach().flatten() for weights in model.parameters()]
    numbers = list(map(_number, losses))
    return torch.cat(weights), numbers, any(map(_has_graph, losses))


def weights_after_pieces(function, model, optimizer, pieces):
    """As `weights_after`, for two steps on a batch that comes in pieces."""
    losses = [function(model, optimizer, pieces) for _ in range(2)]
    if any(loss is None for loss in losses):
        return None
    weights = [weights.detach().flatten() for weights in model.parameters()]
    return torch.cat(weights), list(map(_number, losses))


def rmse_in_batches(function, model, users, items, ratings, size):
    """The RMSE, whether a batch was larger than `size`, and whether the RMSE came with
    its graph."""
    value = function(model, users, items, ratings, size)
    if value is None or value is ...:
        return value
    return _number(value), model.largest > size, _has_graph(value)


def _number(value):
    is_one = isinstance(value, torch.Tensor) and value.numel() == 1
    return value.item() if is_one else value


def _has_graph(value):
    return isinstance(value, torch.Tensor) and value.requires_grad


def weights_kept(function, model, values):
    """The RMSE that is returned, and the mean that is left in the model."""
    best = function(model, PretendEpoch(), PretendScore(values), len(values))
    return None if best is None else (float(best), model.mean.item())


def sweep_and_fits(function, sizes, fit):
    """(table, best, the sizes that were fitted, in ascending order); the rows of the
    table in the order of the sizes, with a new index. Anything else as it is."""
    value = function(sizes, fit)
    if not isinstance(value, tuple | list) or len(value) != 2:
        return value
    table, best = value
    if type(table).__name__ == "DataFrame" and "factors" in table.columns:
        table = table.reset_index(drop=True).sort_values("factors")
        table = table.reset_index(drop=True)
    return table, best, sorted(fit.fitted)


def penalty_and_gradient(function, P, Q, user_bias, item_bias, mean, users, items):
    """The penalty, and its gradient for all tables, one after the other.

    One number may have the shape (1,) as well as (): backward() takes both.
    """
    tables = P, Q, user_bias, item_bias
    value = function(*map(_trained, tables), mean, users, items)
    if isinstance(value, torch.Tensor) and value.shape == (1,):
        value = value[0]
    return _with_gradient(value, tables)


def stars_and_gradient(
    function, users, items, mean, user_bias, item_bias, P, Q, implicit
):
    """Predicted stars, and the gradient of their sum for all tables."""
    tables = user_bias, item_bias, P, Q, implicit
    value = function(users, items, mean, *map(_trained, tables))
    return _with_gradient(value, tables)


def tensor_only(function, table, *others):
    """What the function returns, if it is a tensor of decimal numbers; else its
    kind."""
    return _tensor_or_kind(function(table, *others), table.dtype)


def gradients_only(function, p, *others):
    """What the function returns, if it is tensors of decimal numbers; else its kind."""
    value = function(p, *others)
    if not isinstance(value, tuple | list):
        return value
    parts = [_tensor_or_kind(part, p.dtype) for part in value]
    wrong = [part for part in parts if isinstance(part, str)]
    return wrong[0] if wrong and len(wrong) == len(parts) else tuple(parts)


def tensors_only(function, *case):
    """What the function returns, if it is two tensors of whole numbers; else its
    kind."""
    value = function(*case)
    if not isinstance(value, tuple | list) or len(value) != 2:
        return value
    parts = [_tensor_or_kind(part, torch.int64) for part in value]
    wrong = [part for part in parts if isinstance(part, str)]
    return wrong[0] if wrong else tuple(parts)


def _trained(table):
    return table.requires_grad_()


def _with_gradient(value, tables):
    """(value, gradient); an empty gradient where the value does not depend on the
    tables."""
    if value is None or value is ...:
        return value
    if not (isinstance(value, torch.Tensor) and value.requires_grad):
        return value, torch.zeros(0)
    parts = torch.autograd.grad(value.sum(), tables, materialize_grads=True)
    return value.detach(), torch.cat([part.flatten() for part in parts])


def _tensor_or_kind(value, dtype):
    if value is None or value is ...:
        return value
    if not isinstance(value, torch.Tensor):
        return f"{type(value).__name__} {IN_PLACE} tensor"
    if value.is_floating_point() == dtype.is_floating_point:
        return value
    return f"tensor of {value.dtype} {IN_PLACE} tensor of {dtype}"
