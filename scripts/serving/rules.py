"""How one row is found while the other side stands still: newcomers, and new ratings.

For students: lab 12.

Lab 05 folded a newcomer into ALS by one ridge regression, with the penalty that ALS was
trained with. Here the same regression serves every model of stars. Its penalty comes
from the rows themselves: a newcomer is expected to be like the others, as far as these
are alike (`Crowd`). That is Bayes' rule with the crowd as the prior. Models of order
have no stars to regress on; there the loss of lab 09 takes the place of the squares.
"""

import copy
from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F

from data_utils import RatingsDataset
from models import ImplicitALS, MatrixFactorization
from models.gram import RatingRows
from ranking import fit_ranking

from .vectors import Crowd, Vectors, noise_of

SIDES = ("users", "items")
PRICE = 1.0
"""`reg_per_row` of the epochs that go on: the middle of what lab 09 tries for BPR."""


class Entries(NamedTuple):
    """The ratings of a few rows of one side.

    side: "users" or "items"; n_rows: how many rows; rows: (n,), from 0 to n_rows - 1;
    columns: (n,), indices of the other side; ratings: (n,).
    """

    side: str
    n_rows: int
    rows: torch.Tensor
    columns: torch.Tensor
    ratings: torch.Tensor

    @classmethod
    def of(cls, ratings: RatingsDataset, side: str, rows: torch.Tensor) -> "Entries":
        """What `ratings` says of these rows (n_rows,) of a side."""
        own, other = ratings.users, ratings.items
        if side == "items":
            own, other = other, own
        place = torch.full((max(ratings.n_users, ratings.n_items),), -1)
        place[rows] = torch.arange(len(rows))
        kept = place[own] >= 0
        chosen = place[own[kept]], other[kept], ratings.ratings[kept]
        return cls(side, len(rows), *chosen)


class Rule:
    """How a row is found; answers: "ratings", or "order" where scores are none."""

    answers = "order"

    def solve(self, entries: Entries, vectors: Vectors, rated) -> torch.Tensor:
        """The vectors of the rows of `entries`, (n_rows, S, d), the others fixed."""
        raise NotImplementedError

    def newcomer(self, side: str, vectors: Vectors) -> torch.Tensor:
        """The vector of a row without a rating, (S, d)."""
        raise NotImplementedError

    def go_on(
        self, vectors: Vectors, rated: RatingsDataset, fresh: RatingsDataset, rounds
    ) -> Vectors:
        """Solve the rows that `fresh` touches anew, `rounds` times, users first.

        rated: all ratings, those of `fresh` among them.
        """
        for _ in range(rounds):
            for side in SIDES:
                rows = getattr(fresh, side).unique()
                found = self.solve(Entries.of(rated, side, rows), vectors, rated)
                vectors = _with_rows(vectors, side, rows, found)
        return vectors


@dataclass
class CrowdRule(Rule):
    """A rule whose prior is the crowd of each side."""

    users: Crowd
    items: Crowd

    def newcomer(self, side: str, vectors: Vectors) -> torch.Tensor:
        return getattr(self, side).centre


class StarsRule(CrowdRule):
    """The row of least Σ (r - r̂)² + (x - m)ᵀ R (x - m); m and R are the `Crowd`'s."""

    answers = "ratings"

    @classmethod
    def of(cls, model, train: RatingsDataset, vectors: Vectors) -> "StarsRule":
        noise = noise_of(model, train)
        if noise > 1.01 * train.unit**2:
            raise ValueError(
                f"The numbers of this {type(model).__name__} miss the training ratings "
                f"by {noise**0.5:.2f}, and their mean misses them by {train.unit:.2f}: "
                'they are no ratings. Give answers="order" if it was trained for order.'
            )
        if hasattr(model, "noise_sd"):  # a Bayesian model says it itself
            noise = model.noise_sd**2
        both = vectors.users, vectors.items
        return cls(*(Crowd.of_rows(rows, noise, train.unit) for rows in both))

    def solve(self, entries: Entries, vectors: Vectors, rated) -> torch.Tensor:
        nothing = entries._replace(
            rows=entries.rows[:0],
            columns=entries.columns[:0],
            ratings=entries.ratings[:0],
        )
        anchors = getattr(self, entries.side).centre.expand(entries.n_rows, -1, -1)
        return self._moved(entries, nothing, anchors, vectors)

    def go_on(
        self, vectors: Vectors, rated: RatingsDataset, fresh: RatingsDataset, rounds
    ) -> Vectors:
        """Move the rows that `fresh` touches as far as the new ratings ask.

        What a row had learned from its n old ratings stays: the row is the prior's
        mean, and they count in its precision. So a vector that knows more than its
        ratings, as that of SVD++ does, keeps it.
        """
        start, old = vectors, _without(rated, fresh)
        for _ in range(rounds):
            for side in SIDES:
                rows = getattr(fresh, side).unique()
                both = (Entries.of(part, side, rows) for part in (fresh, old))
                found = self._moved(*both, getattr(start, side)[rows], vectors)
                vectors = _with_rows(vectors, side, rows, found)
        return vectors

    def _moved(self, new: Entries, old: Entries, anchors, vectors) -> torch.Tensor:
        """The row x of least Σ_new (t - v·x)² + (x - a)ᵀ (G_old + R) (x - a), for each.

        a is its anchor; anchors and the result are (n_rows, S, d). With x = a + y that
        is (G + G_old + R) y = Σ_new v (t - v·a): one ridge regression on all ratings,
        in which the old ones leave nothing to explain.
        """
        ridge = getattr(self, new.side).ridge
        others = vectors.items if new.side == "users" else vectors.users
        # Only the columns that are met: a newcomer's twenty, not the catalogue.
        met = torch.cat([new.columns, old.columns])
        columns, places = met.unique(return_inverse=True)
        rows, fresh = torch.cat([new.rows, old.rows]), places[: len(new.rows)]
        # Sorted once: the draws of a Bayesian model differ in nothing but values.
        order = (rows * len(columns) + places).argsort()
        ratings = RatingRows(
            rows[order], places[order], torch.zeros(len(rows)), new.n_rows, len(columns)
        )
        moved = torch.empty_like(anchors)
        for s, mean in enumerate(vectors.mean):
            known = others[columns, s]
            bias, v = known[:, -1], known.clone()
            v[:, -1] = 1
            said = mean + bias[fresh] + (v[fresh] * anchors[new.rows, s]).sum(1)
            ratings.values = F.pad(new.ratings - said, (0, len(old.rows)))[order]
            for part, gram, target in ratings.grams(v):
                system = gram.double() + ridge[s].double()
                step = torch.linalg.solve(system, target.double())
                moved[part, s] = anchors[part, s] + step.float()
        return moved


@dataclass
class ImplicitRule(Rule):
    """A row of implicit ALS: every silent cell counts, see `ImplicitALS`."""

    model: ImplicitALS

    def newcomer(self, side: str, vectors: Vectors) -> torch.Tensor:
        return torch.zeros_like(getattr(vectors, side)[0])

    def solve(self, entries: Entries, vectors: Vectors, rated) -> torch.Tensor:
        model = self.model
        others = vectors.items if entries.side == "users" else vectors.users
        factors = others[:, 0, :-1].contiguous()
        extra, wanted = model.extra(entries.ratings), model.wanted(entries.ratings)
        rows = RatingRows(
            entries.rows,
            entries.columns,
            (1 + extra) * wanted,
            entries.n_rows,
            len(factors),
            extra,
        )
        shared = factors.T @ factors
        solved = factors.new_zeros(entries.n_rows, 1, others.shape[2])
        for part, gram, target in rows.grams(factors):
            ridge = torch.as_tensor(model.ridge(rows.counts[part]), dtype=gram.dtype)
            gram.add_(shared).diagonal(dim1=1, dim2=2).add_(ridge.reshape(-1, 1))
            solved[part, 0, :-1] = torch.linalg.solve(gram, target)
        return solved


class OrderRule(CrowdRule):
    """A row of a model trained for order: its rated cells above all unseen ones.

    The loss is that of BPR (`ranking.bpr_loss`), with every unseen item of a user as a
    negative in place of a drawn one, + ½ (x - m)ᵀ R (x - m). It is convex in one row.
    """

    @classmethod
    def of(cls, model, train: RatingsDataset, vectors: Vectors) -> "OrderRule":
        if vectors.users.shape[2] == 1:
            raise TypeError(
                f"A {type(model).__name__} has no factors, so it has one order for "
                "everyone, and no newcomer could change it: save its list instead."
            )
        both = vectors.users, vectors.items
        return cls(*(Crowd.of_rows(rows, 1.0, 1.0) for rows in both))

    def solve(self, entries: Entries, vectors: Vectors, rated) -> torch.Tensor:
        crowd = getattr(self, entries.side)
        loss = _loss_of_user if entries.side == "users" else _loss_of_item
        solved = []
        for row in range(entries.n_rows):
            columns = entries.columns[entries.rows == row]
            solved.append(_minimum(loss(columns, vectors, rated), crowd))
        return torch.stack(solved)[:, None]

    def go_on(
        self, vectors: Vectors, rated: RatingsDataset, fresh: RatingsDataset, rounds
    ) -> Vectors:
        """`rounds` epochs of `fit_ranking` on all ratings, from these vectors on."""
        k = vectors.users.shape[2] - 1
        model = MatrixFactorization(rated.n_users, rated.n_items, k)
        with torch.no_grad():
            for side in SIDES:
                name, table = side.removesuffix("s"), getattr(vectors, side)[:, 0]
                getattr(model, f"{name}_factors").weight.copy_(table[:, :-1])
                getattr(model, f"{name}_bias").weight.copy_(table[:, -1:])
        fit_ranking(model, rated, epochs=rounds, reg_per_row=PRICE)
        return Vectors.of_model(model)


def rule_of(model, train: RatingsDataset, vectors: Vectors, answers: str) -> Rule:
    """The rule that finds a row of `model`; answers: "ratings" or "order"."""
    if answers not in ("ratings", "order"):
        raise ValueError(f'answers={answers!r}: choose "ratings" or "order".')
    if isinstance(model, ImplicitALS):
        return ImplicitRule(model)
    kind = StarsRule if answers == "ratings" else OrderRule
    return kind.of(model, train, vectors)


def _with_rows(vectors: Vectors, side: str, rows, found) -> Vectors:
    table = getattr(vectors, side).clone()
    table[rows] = found
    return vectors._replace(**{side: table})


def _without(rated: RatingsDataset, fresh: RatingsDataset) -> RatingsDataset:
    """The ratings of pairs that `fresh` does not rate."""
    cells, new = (part.users * part.n_items + part.items for part in (rated, fresh))
    kept = ~torch.isin(cells, new)
    other = copy.copy(rated)
    columns = (rated.users[kept], rated.items[kept], rated.ratings[kept])
    other.users, other.items, other.ratings = columns
    return other


def _loss_of_user(items, vectors: Vectors, rated):
    q, bias = vectors.items[:, 0, :-1], vectors.items[:, 0, -1]
    unseen = torch.ones(len(q), dtype=torch.bool)
    unseen[items] = False

    def loss(x):
        scores = q @ x[:-1] + bias
        return _above(scores[items], scores[unseen][None])

    return loss


def _loss_of_item(users, vectors: Vectors, rated):
    """Who rated it puts it above their unseen items; others put theirs above it."""
    p, n_items = vectors.users[:, 0, :-1], len(vectors.items)
    scores = vectors.items[:, 0, -1] + p @ vectors.items[:, 0, :-1].T
    seen = torch.zeros(len(p), n_items, dtype=torch.bool)
    seen[rated.users, rated.items] = True
    unseen_of_raters = scores[users].masked_fill(seen[users], -torch.inf)
    others = torch.ones(len(p), dtype=torch.bool)
    others[users] = False
    kept = others[rated.users]
    rows = rated.users[kept]
    theirs = scores[rows, rated.items[kept]]
    # A draw from the unseen items hits this one in one of so many cases.
    share = 1 / (n_items - seen.sum(1)).clamp(min=1)

    def loss(x):
        own = p @ x[:-1] + x[-1]
        below = F.softplus(own[rows] - theirs) * share[rows]
        return _above(own[users], unseen_of_raters) + below.sum()

    return loss


def _above(liked, unseen) -> torch.Tensor:
    """Σ over the liked of the mean over the unseen of -log σ(liked - unseen)."""
    costs = F.softplus(unseen - liked[:, None])
    return (costs.sum(1) / (unseen > -torch.inf).sum(1).clamp(min=1)).sum()


def _minimum(loss, crowd: Crowd) -> torch.Tensor:
    """The x (d,) of least loss(x) + ½ (x - m)ᵀ R (x - m), from the centre on."""
    centre, ridge = crowd.centre[0], crowd.ridge[0]
    x = centre.clone().requires_grad_()
    optimizer = torch.optim.LBFGS([x], max_iter=30, line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        apart = x - centre
        value = loss(x) + apart @ ridge @ apart / 2
        value.backward()
        return value

    optimizer.step(closure)
    return x.detach()
