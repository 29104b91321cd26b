"""A user the model has never met: one ridge regression, and what each rating did.

For students: read aloud in lab 05.

In ALS a user is the solution of a ridge regression on the movies' fixed factors. So a
newcomer needs no training, only that one solve; and because its solution is a sum over
the user's ratings, so is every prediction, and the terms of that sum are the reasons.
"""

from numbers import Real
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch

from data_utils import UNKNOWN, RatingsDataset
from models import ALS, ImplicitALS
from models.arguments import check_finite
from models.tables import as_indices
from title_search import TitleIndex

from .lists import support


class FoldedUser(NamedTuple):
    """A user in the space of a fitted model, float64 throughout.

    items: (n,) rated, as indices; stars: (n,);
    steps: (n, d), what each rating adds to the user's vector, which is their sum;
    item_vectors: (n_items, d); base: (n_items,), the prediction for a blank user;
    note: which movies were taken where titles were ambiguous, else empty.
    """

    items: torch.Tensor
    stars: torch.Tensor
    steps: torch.Tensor
    item_vectors: torch.Tensor
    base: torch.Tensor
    note: str = ""

    @property
    def vector(self) -> torch.Tensor:
        """The user, (d,): factors, and for ALS the bias as the last coordinate."""
        return self.steps.sum(0)

    def scores(self) -> torch.Tensor:
        """The prediction for every movie, (n_items,)."""
        return self.base + self.item_vectors @ self.vector

    def contributions(self, item: int) -> torch.Tensor:
        """What each of the user's ratings adds to `base[item]`, (n,)."""
        return self.steps @ self.item_vectors[item]


def fold_in(
    model: ALS | ImplicitALS,
    train: RatingsDataset,
    titles: TitleIndex | pd.DataFrame,
    ratings_by_title: dict[str, float],
) -> FoldedUser:
    """The user who gave these stars: {"the godfather": 5, "Heat (1995)": 3.5, …}.

    `titles` finds the movies, and raises `UnknownTitle` with the nearest titles where
    there is none; make it once, and folding in takes milliseconds. The table of movies
    does as well, but is indexed anew each time. Raises `ValueError` for no ratings at
    all, stars off the scale of `train`, one movie under two titles, and a movie
    without a training rating, for which the model has no vector; `TypeError` for
    titles of another type.

    >>> table = pd.DataFrame({"user_id": [1, 1, 2, 2], "item_id": [7, 8, 7, 8],
    ...                       "rating": [5.0, 1.0, 4.0, 2.0]})
    >>> movies = pd.DataFrame({"item_id": [7, 8], "title": ["Heat", "Casino"],
    ...                        "year": [1995, 1995], "genres": ["", ""]})
    >>> train = RatingsDataset.fit(table)
    >>> you = fold_in(ALS(1).fit(train), train, movies, {"heat": 5})
    >>> you.items.tolist(), you.stars.tolist()
    ([0], [5.0])
    """
    titles = _as_index(titles, train)
    if not ratings_by_title:
        raise ValueError(
            "No ratings were given, so there is nothing to fold in: rate at least one "
            "movie, or ask safe_predict for the prediction for an average user."
        )
    found = {title: titles.find(title) for title in ratings_by_title}
    _check_stars(ratings_by_title, train)
    _check_distinct(found)
    items = train.item_ids.encode([m.item_id for m in found.values()], "mark")
    for match, item in zip(found.values(), items, strict=True):
        if item == UNKNOWN:
            raise ValueError(
                f"Nobody in the training data has rated {match.label}, so the model "
                "has no vector for it: rate another movie instead."
            )
    user = fold_in_items(model, items, list(ratings_by_title.values()))
    return user._replace(note=" ".join(m.note for m in found.values() if m.note))


def fold_in_items(model: ALS | ImplicitALS, items, stars) -> FoldedUser:
    """The user who gave `stars` to the movies `items` (indices), without training.

    With the rated movies' vectors as rows of V and targets t, the user of ALS is
    (VᵀV + ridge)⁻¹ Vᵀt = Σ_j (VᵀV + ridge)⁻¹ v_j t_j, with the ridge that ALS itself
    used on a user with that many ratings: what a next sweep would give this user.
    The rows of `steps` are the terms of that sum (Hu, Koren & Volinsky 2008, §5).

    Raises `TypeError` for items that are not whole numbers and for a model without such
    a regression, `IndexError` for items that the model does not have, and `ValueError`
    for stars that are not one number per item, and where V has too few rows for a model
    without a penalty.

    >>> table = pd.DataFrame({"user_id": [1, 1, 2, 2], "item_id": [7, 8, 7, 8],
    ...                       "rating": [5.0, 1.0, 4.0, 2.0]})
    >>> model = ALS(1).fit(RatingsDataset.fit(table))
    >>> user = fold_in_items(model, items=[0, 1], stars=[5, 5])
    >>> bool((user.scores() > user.base).all())  # generous with both
    True
    """
    items = as_indices(items, model.tables().n_items, "item")
    stars = torch.as_tensor(stars, dtype=torch.float64)
    _check_pairs(items, stars)
    vectors, base, gram, targets = _regression(model, items, stars)
    _check_solvable(gram, items, model)
    rated = vectors[items]
    steps = torch.linalg.solve(gram, rated.T * targets).T
    return FoldedUser(items, stars, steps, vectors, base)


def fold_in_user(model, train: RatingsDataset, user_id) -> FoldedUser:
    """A training user, solved anew from their own ratings.

    Raises `KeyError` for a `user_id` that is not in `train`.

    >>> table = pd.DataFrame({"user_id": [1, 1, 2, 2], "item_id": [7, 8, 7, 8],
    ...                       "rating": [5.0, 1.0, 4.0, 2.0]})
    >>> train = RatingsDataset.fit(table)
    >>> fold_in_user(ALS(1).fit(train), train, 2).stars.tolist()
    [4.0, 2.0]
    """
    user = int(train.user_ids.encode([user_id])[0])
    own = train.rows_of(user)
    return fold_in_items(model, train.items[own], train.ratings[own])


def explain(user: FoldedUser, train: RatingsDataset, movies, item_id) -> pd.DataFrame:
    """Why this prediction: one row per reason, whose `contribution`s sum to it.

    The first row is the prediction for an average user, μ + b_i; then one row for each
    rated movie, the largest first, whatever its sign. Columns `reason` (a title),
    `stars` (given) and `contribution` (predicted stars; for an `ImplicitALS` parts of
    its score, which is 0 for an average user). This is arithmetic, not a story: without
    that rating's term the prediction lacks exactly that much. Raises `KeyError` for an
    `item_id` that is not in the training data.

    >>> table = pd.DataFrame({"user_id": [1, 1, 2, 2], "item_id": [7, 8, 7, 8],
    ...                       "rating": [5.0, 1.0, 4.0, 2.0]})
    >>> movies = pd.DataFrame({"item_id": [7, 8], "title": ["Heat", "Casino"]})
    >>> train = RatingsDataset.fit(table)
    >>> user = fold_in_items(ALS(1).fit(train), items=[0], stars=[5])
    >>> reasons = explain(user, train, movies, item_id=8)
    >>> reasons["reason"].tolist()
    ['average user, for Casino', 'Heat']
    >>> bool(np.isclose(reasons["contribution"].sum(), user.scores()[1]))
    True
    """
    item = int(train.item_ids.encode([item_id])[0])
    titles = movies.set_index("item_id")["title"]
    rated = train.item_ids.decode(user.items.numpy())
    share = user.contributions(item).numpy()
    order = np.argsort(-np.abs(share), kind="stable")
    first = pd.DataFrame(
        {
            "reason": [f"average user, for {titles.get(item_id, f'movie {item_id}')}"],
            "stars": [np.nan],
            "contribution": [user.base[item].item()],
        }
    )
    own = pd.DataFrame(
        {
            "reason": [titles.get(i, f"movie {i}") for i in rated[order]],
            "stars": user.stars.numpy()[order],
            "contribution": share[order],
        }
    )
    return pd.concat([first, own], ignore_index=True)


def _as_index(titles, train) -> TitleIndex:
    if isinstance(titles, TitleIndex):
        return titles
    if isinstance(titles, pd.DataFrame) and {"item_id", "title"} <= {*titles.columns}:
        counts = pd.Series(support(train).numpy(), train.item_ids.raw)
        return TitleIndex(titles, counts)
    raise TypeError(
        f"`titles` is a {type(titles).__name__}; it finds movies by their titles: give "
        "TitleIndex(movies, ratings) or the table of movies."
    )


def _check_pairs(items, stars) -> None:
    if stars.shape != items.shape:
        raise ValueError(
            f"{len(items):,} movies and stars of shape {tuple(stars.shape)} do not "
            "make pairs: give one number of stars for each movie."
        )
    if not torch.isfinite(stars).all():
        raise ValueError(
            f"The stars {stars.tolist()} hold NaN or infinity: give a number for each "
            "movie, and leave out the movies without one."
        )


def _check_solvable(gram, items, model) -> None:
    sizes = torch.linalg.eigvalsh(gram)
    if sizes[0] <= 1e-12 * sizes[-1]:
        raise ValueError(
            f"{len(items):,} ratings do not determine the {len(gram)} numbers of a "
            f"user, since this {type(model).__name__} was fitted without a penalty on "
            "all of them: fit it with penalties above zero."
        )


def _check_stars(ratings_by_title, train) -> None:
    low, high = train.ratings.min().item(), train.ratings.max().item()
    for title, stars in ratings_by_title.items():
        if not isinstance(stars, Real) or not low <= stars <= high:
            raise ValueError(
                f"{title!r} was given {stars!r} stars; the scale of these data runs "
                f"from {low:g} to {high:g}."
            )


def _check_distinct(found) -> None:
    titles = {}
    for title, match in found.items():
        if match.item_id in titles:
            raise ValueError(
                f"{titles[match.item_id]!r} and {title!r} both mean {match.label}: "
                "rate it once, or add a year to a title."
            )
        titles[match.item_id] = title


def _regression(model, items, stars):
    """The vectors of all movies, the base, the regularized Gram matrix, and targets."""
    mean, _, item_bias, _, factors = model.tables()
    factors, item_bias = factors.double(), item_bias.double()
    check_finite(torch.cat([factors, item_bias[:, None]], 1), model)
    if isinstance(model, ALS):
        vectors = torch.cat([factors, torch.ones_like(factors[:, :1])], dim=1)
        base = mean + item_bias
        ridge = model.ridge(len(items)).double()
        gram = vectors[items].T @ vectors[items] + ridge.diag()
        return vectors, base, gram, stars - base[items]
    if isinstance(model, ImplicitALS):
        extra, rated = model.extra(stars), factors[items]
        ridge = model.ridge(len(items)) * torch.eye(
            factors.shape[1], dtype=torch.float64
        )
        gram = factors.T @ factors + ridge + (extra * rated.T) @ rated
        targets = (1 + extra) * model.wanted(stars)
        return factors, torch.zeros_like(item_bias), gram, targets
    raise TypeError(
        f"A {type(model).__name__} has no ridge regression for a new user: fold into "
        "an ALS or an ImplicitALS."
    )
