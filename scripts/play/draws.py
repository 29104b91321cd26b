"""Lab 08: posterior draws of a few predictions, one after another."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch

from data_utils import RatingsDataset
from models import FactorTables
from title_search import label_movies

from .page import COLOURS, Page, make_page, plain_table, table

MOST_DRAWS = 40  # more are thinned evenly


def posterior_draws(
    samples: Sequence[FactorTables],
    train: RatingsDataset,
    movies: pd.DataFrame,
    user: int,
    key: str,
    n_movies: int = 5,
) -> Page:
    """What each draw of all factors predicts for one user, and mean and spread so far.

    samples: such as those of `BayesianMF`, in the order in which they were drawn. user:
    an index. The movies are some that this user has not rated, from the best known to
    the rarest. key: names this page, see `make_page`. Raises `ValueError` where there
    is no sample, or no such movie.

    >>> ratings = {"user_id": [1, 2], "item_id": [7, 8], "rating": [5.0, 4.0]}
    >>> train = RatingsDataset.fit(pd.DataFrame(ratings))
    >>> movies = pd.DataFrame({"item_id": [8], "title": ["Emma"], "year": [1996]})
    >>> draws = [FactorTables.of_biases(3.0, *torch.tensor([[0, 0], [1, b]]))
    ...          for b in (0.5, 1.0)]
    >>> posterior_draws(draws, train, movies, user=0, key="two-draws")
    movie                  this draw  mean so far  spread so far
    Emma (1996), 1 rating  4.00       3.75         0.25
    """
    counts = torch.bincount(train.items, minlength=train.n_items)
    fame = counts.argsort(descending=True, stable=True)
    fame = fame[~torch.isin(fame, train.items[train.users == int(user)])]
    if not len(fame):
        raise ValueError(f"User {user} has rated every movie: choose another user.")
    places = np.unique((np.linspace(0, 1, n_movies) ** 2 * (len(fame) - 1)).astype(int))
    chosen = fame[places]
    label = pd.Series(label_movies(movies).to_numpy(), movies["item_id"])
    raw = train.item_ids.decode(chosen.numpy())
    titles = [
        f"{label.get(item, f'movie {item}')}, {n} rating{'s' * (n != 1)}"
        for item, n in zip(raw, counts[chosen].tolist(), strict=True)
    ]
    every = -(-len(samples) // MOST_DRAWS) or 1
    same = torch.full_like(chosen, int(user))
    draws = [sample.predict(same, chosen).tolist() for sample in samples[::every]]
    return page_of_draws(titles, draws, key)


def page_of_draws(
    titles: Sequence[str], draws: Sequence[Sequence[float]], key: str
) -> Page:
    """The page: a button and a slider that go from draw to draw.

    draws: (n_draws, n_movies), stars. The spread is the standard deviation over the
    draws. Where no script runs, the table stays, with the last draw and what all of
    them give. Raises `ValueError` for draws that do not fit the titles, for none, and
    for a number that is not finite.

    >>> page_of_draws(["Jaws", "Emma"], [[4.0, 3.0], [4.2, 2.0]], "two-draws")
    movie  this draw  mean so far  spread so far
    Jaws   4.20       4.10         0.10
    Emma   2.00       2.50         0.50
    """
    stars = np.asarray(draws, dtype=float)
    if stars.ndim != 2 or not len(stars) or stars.shape[1] != len(titles):
        raise ValueError(
            f"draws of shape {stars.shape} do not fit {len(titles)} titles: give one "
            "row for each draw, with one number for each movie."
        )
    if not np.isfinite(stars).all():
        raise ValueError("draws hold NaN or infinity: a prediction is a finite number.")
    head = ["movie", "this draw", "mean so far", "spread so far"]
    numbers = zip(stars[-1], stars.mean(0), stars.std(0), strict=True)
    rows = [
        [title, *(f"{number:.2f}" for number in row)]
        for title, row in zip(titles, numbers, strict=True)
    ]
    caption = f"Draw {len(stars)} of {len(stars)}"
    static = (
        '<div class="columns"><div class="picture"></div>'
        f'<div class="numbers">{table(head, rows, caption=caption)}</div></div>'
    )
    data = {
        "titles": list(titles),
        "draws": stars.round(4).tolist(),
        "colours": COLOURS,
    }
    return make_page("draws", key, static, data, plain_table(head, rows))
