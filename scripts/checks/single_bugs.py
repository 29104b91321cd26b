"""For authors: the trainer of the repair shop with some of its seven bugs put back.

Lab 06 trains with one bug at a time, to see which of them the RMSE would show.
"""

import torch

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

    def minibatches(n, size, draw):
        order = torch.randperm(n, generator=draw)
        stop = n - n % size if last else n
        return [order[start : start + size] for start in range(0, stop, size)]

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

    def fit_and_keep_best(model, run_epoch, validate, epochs):
        best_rmse, best_weights = float("inf"), None
        for _ in range(epochs):
            run_epoch(model)
            rmse = validate(model)
            if rmse < best_rmse:
                best_rmse, best_weights = rmse, model.state_dict()
                if not alias:
                    best_weights = {n: w.clone() for n, w in best_weights.items()}
        model.load_state_dict(best_weights)
        return best_rmse

    return minibatches, train_step, evaluate_rmse, fit_and_keep_best
