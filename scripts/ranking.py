"""Training for order: what a user chose above what the user did not.

For students: read aloud in lab 09. The modules of lab 02 are trained here by other
losses; nothing else about them changes.
"""

import math
import time
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import nn

from data_utils import RatingsDataset, check_trainable, seeded
from models.arguments import check_count, check_penalties, check_positive
from reporting import progress
from training import TrainingDiverged

NEGATIVES = ("uniform", "popularity")


def bpr_loss(liked, unseen) -> torch.Tensor:
    """Mean of -log σ(liked - unseen): each pair the wrong way round costs.

    liked: scores (batch,); unseen: scores (batch, n_negatives). Rendle et al. 2009,
    arXiv:1205.2618, without its penalty. A constant added to all scores of a user
    changes nothing: this loss knows no stars and no probabilities, only order.

    >>> round(bpr_loss(torch.tensor([1.0]), torch.tensor([[1.0]])).item(), 3)  # log 2
    0.693
    """
    return F.softplus(unseen - liked[:, None]).mean()


def logistic_loss(liked, unseen) -> torch.Tensor:
    """Mean of -log σ(liked) - Σ log(1 - σ(unseen)): chosen or not, pair by pair.

    Shapes as in `bpr_loss`. The scores become log-odds of being chosen among the pairs
    that were drawn, so they grow where fewer negatives are drawn. He et al. 2017.

    >>> round(logistic_loss(torch.tensor([0.0]), torch.tensor([[0.0]])).item(), 3)
    1.386
    """
    return F.softplus(-liked).mean() + F.softplus(unseen).sum(dim=1).mean()


def sampled_softmax_loss(liked, unseen) -> torch.Tensor:
    """Mean of -log(e^liked / (e^liked + Σ e^unseen)): first among those drawn.

    Shapes as in `bpr_loss`; with one negative it is `bpr_loss`. More of them weigh the
    hardest most. Jean et al. 2015, doi:10.3115/v1/P15-1001, for negatives drawn alike.

    >>> round(sampled_softmax_loss(torch.zeros(1), torch.zeros(1, 3)).item(), 3)
    1.386
    """
    scores = torch.cat([liked[:, None], unseen], dim=1)
    return (torch.logsumexp(scores, dim=1) - liked).mean()


class UnseenMovies:
    """Draws movies that a user has not rated, for many users in one call.

    by: "uniform" draws them alike; "popularity" in proportion to their training
    ratings, so negatives are movies that the user has probably met. Draws that the user
    has rated are drawn again, all at once. What is drawn was not rated, which is not
    the same as disliked: some are movies that the user will like (false negatives).
    Raises `ValueError` for another `by`.

    >>> import pandas as pd
    >>> table = pd.DataFrame({"user_id": [1, 1, 2], "item_id": [7, 8, 7],
    ...                       "rating": 4.0})
    >>> unseen = UnseenMovies(RatingsDataset.fit(table))
    >>> unseen.draw(torch.tensor([1, 1]), 2, torch.Generator()).tolist()
    [[1, 1], [1, 1]]
    """

    def __init__(self, train: RatingsDataset, by: str = "uniform"):
        if by not in NEGATIVES:
            raise ValueError(f'negatives={by!r}: choose "uniform" or "popularity".')
        self.by, self.n_items = by, train.n_items
        self._seen = torch.sort(train.users * train.n_items + train.items).values
        self._support = torch.bincount(train.items, minlength=train.n_items)
        self._items = train.items  # one of its rows, drawn alike: by popularity
        left = train.n_items - torch.bincount(train.users, minlength=train.n_users)
        self.can_draw = left > 0
        """Which users have an unseen movie, bool (n_users,)."""

    def draw(self, users, n: int, generator) -> torch.Tensor:
        """n unseen movies for each of `users` (batch,), int64 (batch, n).

        A movie may be drawn twice. Raises `ValueError` for a user without one.
        """
        if not self.can_draw[users].all():
            raise ValueError("A user has rated every movie: there is none to draw.")
        rows = users.repeat_interleave(n)
        items = self._any(len(rows), generator)
        again = self._is_seen(rows, items).nonzero().squeeze(-1)
        for _ in range(20):
            if len(again) == 0:
                break
            items[again] = self._any(len(again), generator)
            again = again[self._is_seen(rows[again], items[again])]
        if len(again):  # users who have rated nearly all
            items[again] = self._exact(rows[again], generator)
        return items.view(len(users), n)

    def _any(self, n: int, generator) -> torch.Tensor:
        if self.by == "uniform":
            return torch.randint(self.n_items, (n,), generator=generator)
        return self._items[torch.randint(len(self._items), (n,), generator=generator)]

    def _is_seen(self, users, items) -> torch.Tensor:
        cells = users * self.n_items + items
        place = torch.searchsorted(self._seen, cells).clamp(max=len(self._seen) - 1)
        return self._seen[place] == cells

    def _exact(self, users, generator) -> torch.Tensor:
        asked, places = users.unique(return_inverse=True)
        cells = asked[:, None] * self.n_items + torch.arange(self.n_items)
        seen = self._is_seen(cells // self.n_items, cells % self.n_items)
        weights = self._support.double() if self.by == "popularity" else 1.0
        chances = torch.where(seen, 0.0, weights)
        # Where only movies without any rating are left, they are drawn alike.
        chances[chances.sum(1) == 0] = 1.0
        chances = chances.masked_fill(seen, 0.0)
        return torch.multinomial(
            chances[places], 1, replacement=True, generator=generator
        ).squeeze(-1)


def fit_ranking(
    model: nn.Module,
    train: RatingsDataset,
    loss: Callable = bpr_loss,
    *,
    negatives: str = "uniform",
    n_negatives: int = 1,
    epochs: int = 20,
    learning_rate: float = 0.01,
    reg_per_row: float = 0.0,
    batch_size: int = 4096,
    seed: int = 0,
    show_progress: bool = False,
) -> list[dict]:
    """Train so that rated movies score above unseen ones; returns a row per epoch.

    model: any `nn.Module` with `forward(users, items)`, (batch,) indices to (batch,)
    scores; it goes on from its weights. loss: `bpr_loss`, `logistic_loss`,
    `sampled_softmax_loss`, or any function of the same arguments. Each epoch visits
    every rating once, with `n_negatives` fresh unseen movies (`UnseenMovies`). The
    optimizer is Adam; the tables whose names end with "_factors" pay `reg_per_row` ×
    Σ ‖row‖² / len(train). The stars are not looked at, and afterwards the model's
    scores are none. `seed` decides order and negatives.

    Returns [{"epoch", "loss" (mean over ratings), "seconds"}, …]. Raises `ValueError`
    for settings that make no sense and where everyone has rated everything;
    `TrainingDiverged`.

    >>> import pandas as pd
    >>> from models import DotProductMF
    >>> table = pd.DataFrame({"user_id": [1, 1, 2], "item_id": [7, 8, 9],
    ...                       "rating": 4.0})
    >>> train = RatingsDataset.fit(table)
    >>> model = DotProductMF(2, 3, n_factors=2)
    >>> rows = fit_ranking(model, train, epochs=100, learning_rate=0.1)
    >>> bool(model.predict([0], [0]) > model.predict([0], [2]))
    True
    """
    check_count("n_negatives", n_negatives, at_least=1, example=1)
    unseen = UnseenMovies(train, negatives)
    kept = unseen.can_draw[train.users]
    if not kept.any():
        raise ValueError(
            "Everyone has rated every movie, so no movie can be ranked above an unseen "
            "one: order is learned from what people leave out."
        )
    users, items = train.users[kept], train.items[kept]
    generator = seeded(seed)

    def batches():
        for rows in torch.randperm(len(users), generator=generator).split(batch_size):
            some = users[rows]
            drawn = unseen.draw(some, n_negatives, generator)
            liked = model(some, items[rows])
            below = model(some.repeat_interleave(n_negatives), drawn.flatten())
            yield loss(liked, below.view(-1, n_negatives)), len(rows)

    settings = (epochs, learning_rate, reg_per_row, batch_size)
    return _train(model, train, batches, *settings, show_progress)


def fit_softmax(
    model: nn.Module,
    train: RatingsDataset,
    *,
    epochs: int = 30,
    learning_rate: float = 0.02,
    reg_per_row: float = 0.0,
    batch_size: int = 128,
    seed: int = 0,
    show_progress: bool = False,
) -> list[dict]:
    """Train with *all* movies as negatives; returns a row per epoch, as `fit_ranking`.

    The loss is the mean over ratings of -log softmax(scores of u)[i], in which the
    user's other rated movies compete too (Liang et al. 2018, doi:10.1145/3178876.
    3186150, "multinomial likelihood"). A batch is `batch_size` users with all their
    ratings, so that one product P Qᵀ serves them all. model: a `DotProductMF` or a
    `MatrixFactorization`, whose scores are such a product. Raises as `fit_ranking`,
    and `TypeError` for another model.

    >>> import pandas as pd
    >>> from models import DotProductMF
    >>> table = pd.DataFrame({"user_id": [1, 1, 2], "item_id": [7, 8, 9],
    ...                       "rating": 4.0})
    >>> train = RatingsDataset.fit(table)
    >>> model = DotProductMF(2, 3, n_factors=2)
    >>> rows = fit_softmax(model, train, epochs=100, learning_rate=0.1)
    >>> model.scores([0, 1]).argmax(1).tolist()[1]
    2
    """
    for table in ("user_factors", "item_factors"):
        if not isinstance(getattr(model, table, None), nn.Embedding):
            raise TypeError(
                f"This {type(model).__name__} has no table {table}: a softmax over all "
                "movies needs scores that are one product of two tables. Use "
                "fit_ranking with sampled_softmax_loss."
            )
    check_trainable(train)
    by_user = torch.argsort(train.users * train.n_items + train.items)
    items = train.items[by_user]
    counts = torch.bincount(train.users, minlength=train.n_users)
    starts = F.pad(counts.cumsum(0), (1, 0))
    active = counts.nonzero().squeeze(-1)
    generator = seeded(seed)

    def batches():
        for rows in torch.randperm(len(active), generator=generator).split(batch_size):
            some = active[rows]
            sizes = counts[some]
            place = torch.arange(len(some)).repeat_interleave(sizes)
            first = (starts[some] - (sizes.cumsum(0) - sizes)).repeat_interleave(sizes)
            rated = items[torch.arange(len(place)) + first]
            logits = model.user_factors(some) @ model.item_factors.weight.T
            if hasattr(model, "item_bias"):
                logits = logits + model.item_bias.weight.squeeze(-1)
            picked = logits.log_softmax(dim=1)[place, rated]
            yield -picked.mean(), len(place)

    settings = (epochs, learning_rate, reg_per_row, batch_size)
    return _train(model, train, batches, *settings, show_progress)


def _train(
    model, train, batches, epochs, learning_rate, reg_per_row, batch_size, show_progress
) -> list[dict]:
    check_trainable(train)
    check_count("epochs", epochs, at_least=1, example=20)
    check_count("batch_size", batch_size, at_least=1, example=4096)
    check_positive("learning_rate", learning_rate, example=0.01)
    check_penalties(reg_per_row=reg_per_row)
    priced, free = [], []
    for name, table in model.named_parameters():
        paying = name.removesuffix(".weight").endswith("_factors")
        (priced if paying else free).append(table)
    # Adam's weight_decay adds decay × row to the gradient: that of decay / 2 × ‖row‖².
    groups = [{"params": priced, "weight_decay": 2 * reg_per_row / len(train)}]
    if free:
        groups.append({"params": free})
    optimizer = torch.optim.Adam(groups, lr=learning_rate, fused=True)
    model.train()
    history, start = [], time.perf_counter()
    numbers = range(1, epochs + 1)
    for epoch in progress(numbers, "epochs") if show_progress else numbers:
        total, count = 0.0, 0
        for loss, size in batches():
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * size
            count += size
        if not math.isfinite(total):
            raise TrainingDiverged(
                f"The loss stopped being a finite number in epoch {epoch}, at a "
                f"learning rate of {learning_rate:g}. Try a tenth of it."
            )
        seconds = time.perf_counter() - start
        history.append({"epoch": epoch, "loss": total / count, "seconds": seconds})
    return history
