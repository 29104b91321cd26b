"""For authors: the trainer of the repair shop with some of its seven bugs put back.

Lab 06 trains with one bug at a time, to see which of them the RMSE would show.
"""

import torch

from checks.questions import repairing

BUGS = (
    "the last batch is left out",
    "gradients pile up",
    "targets broadcast to a square",
    "whole tables are penalized",
    "a mean of roots",
    "training mode while evaluating",
    "an alias of the weights is kept",
)
"""The bugs, in the order of the repair shop's lights."""


def trainer_with(*bugs: str) -> tuple:
    """(minibatches, train_step, evaluate_rmse, fit_and_keep_best) with these `BUGS`.

    Raises `ValueError` for a bug that is not one of them.

    >>> minibatches, *_ = trainer_with("the last batch is left out")
    >>> len(minibatches(10, 4, torch.Generator()))
    2
    """
    if unknown := sorted(set(bugs) - set(BUGS)):
        raise ValueError(f"{unknown[0]!r} is not one of the bugs: {'; '.join(BUGS)}.")
    last, piles, square, tables, roots, mode, alias = (bug in bugs for bug in BUGS)

    def train_step(model, optimizer, users, items, ratings, reg_per_rating):
        if not piles:
            optimizer.zero_grad()
        target = ratings if square else ratings.reshape(-1)
        loss = (model(users, items) - target).square().mean()
        if tables:
            squares = sum(weights.square().sum() for weights in model.parameters())
            loss = loss + reg_per_rating * squares / len(users)
        else:
            loss = loss + reg_per_rating * model.penalty(users, items)
        loss.backward()
        optimizer.step()
        return loss.item()

    def evaluate_rmse(model, users, items, ratings, size):
        if not mode:
            model.eval()
        with torch.no_grad():
            pairs = zip(users.split(size), items.split(size), strict=True)
            predicted = torch.cat([model(u, i) for u, i in pairs])
        squares = (predicted - ratings).square()
        if not roots:
            return squares.mean().sqrt().item()
        parts = [part.mean().sqrt().item() for part in squares.split(size)]
        return sum(parts) / len(parts)

    # Each of the other two functions has one bug only: as handed out, or repaired.
    minibatches = repairing.broken_minibatches if last else repairing.minibatches
    keep_best = repairing.fit_and_keep_best
    if alias:
        keep_best = repairing.broken_fit_and_keep_best
    return minibatches, train_step, evaluate_rmse, keep_best
