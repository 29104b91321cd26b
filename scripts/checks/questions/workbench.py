"""What answers are tried on: a toy model, pretended training, and calls to watch.

A drive calls an answer and returns what it has done. `make grade` sends this file into
the learner's process, so it imports nothing of the course.
"""

import numpy as np
import torch


class Toy(torch.nn.Module):
    """A factorization small enough to follow by hand. Training mode adds `noise`."""

    def __init__(self, draw, noise=0.0):
        super().__init__()
        self.mean = torch.nn.Parameter(torch.tensor(3.5))
        self.P = torch.nn.Parameter(torch.randn(4, 2, generator=draw))
        self.Q = torch.nn.Parameter(torch.randn(5, 2, generator=draw))
        self.noise = noise

    def forward(self, users, items):
        """Predicted stars, (batch,)."""
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
    """Stands in for a training run: two curves over the number of factors.

    Validation is best at `best` factors, training at twice as many.
    """

    def __init__(self, best, floor):
        self.best, self.floor = best, floor

    def __call__(self, n_factors):
        """(training RMSE, validation RMSE) of a run with `n_factors`."""
        beyond = np.log2(n_factors / self.best)
        train = self.floor - 0.03 * min(beyond, 2 - beyond)
        return train - 0.2, self.floor + 0.01 * abs(beyond)


def rows_visited(function, n, size, draw):
    """All rows of an epoch in rising order, and the sizes of its pieces."""
    pieces = function(n, size, draw)
    sizes = [len(piece) for piece in pieces]
    return sorted(int(row) for piece in pieces for row in piece), sizes


def weights_after(function, model, users, items, ratings, strength, steps):
    """All weights of the model after some steps, one after the other."""
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(steps):
        function(model, optimizer, users, items, ratings, strength)
    return torch.cat([weights.detach().flatten() for weights in model.parameters()])


def weights_kept(function, model, values):
    """The RMSE that is returned, and the mean that is left in the model."""
    best = function(model, PretendEpoch(), PretendScore(values), len(values))
    return float(best), model.mean.item()
