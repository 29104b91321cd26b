"""One person's page: what they liked, and titles that are new to them.

For students: read aloud in lab 05.
"""

from dataclasses import dataclass

import pandas as pd
import torch

from data_utils import UNKNOWN, RatingsDataset
from metrics.best import best
from metrics.ranking import NO_ITEM
from models.arguments import check_count, check_finite

from .cold_start import can_be_id, known_index
from .folding import FoldedUser
from .lists import finite_scores, support


@dataclass(frozen=True)
class Recommendations:
    """Two tables indexed by `item_id`, and a sentence on how they came about.

    liked: `title`, `year`, `genres`, `stars` given, the highest first;
    new: `title`, `year`, `genres`, `predicted` stars (of a model without stars, such
    as `ImplicitALS`, its scores), `ratings`: how many training ratings stand behind
    the movie.
    """

    liked: pd.DataFrame
    new: pd.DataFrame
    note: str


def recommend_for_user_id(
    model,
    train: RatingsDataset,
    movies: pd.DataFrame,
    user,
    top_k: int = 10,
    min_ratings: int = 0,
) -> Recommendations:
    """The movies that `user` rated highest, and `top_k` unseen ones to try.

    `user` is a raw id or a `FoldedUser`; `model.recommend_for_user` takes an index, and
    answers with indices. Movies with fewer than `min_ratings` training
    ratings are left out. A user who has rated everything gets an empty table, and a
    stranger gets what the biases alone recommend; the note says so, and also where
    `user` is not an id at all, such as "1". Predictions are not clipped: two movies
    above five stars still differ. Raises `ValueError` for a `top_k` that is not a whole
    number of 1 or more, and for a model with NaN in it.

    >>> from models import BiasModel
    >>> table = pd.DataFrame({"user_id": [1, 1, 2, 2], "item_id": [7, 8, 7, 9],
    ...                       "rating": [5.0, 1.0, 4.0, 2.0]})
    >>> movies = pd.DataFrame({"item_id": [7, 8, 9], "title": ["Heat", "Fargo", "Big"],
    ...                        "year": [1995, 1996, 1988], "genres": ["", "", ""]})
    >>> train = RatingsDataset.fit(table)
    >>> page = recommend_for_user_id(BiasModel().fit(train), train, movies, user=1)
    >>> page.liked["title"].tolist(), page.new["title"].tolist()
    (['Heat', 'Fargo'], ['Big'])
    """
    check_count("top_k", top_k, at_least=1, example=10)
    counts = support(train)
    scores, items, stars, note = _what_is_known(model, train, user)
    ranked = scores.clone()
    ranked[items] = -torch.inf
    ranked[counts < min_ratings] = -torch.inf
    chosen = best(ranked[None], top_k)[0][0]
    chosen = chosen[chosen != NO_ITEM]
    favourites = stars.argsort(descending=True, stable=True)[:top_k]
    liked = _cards(train, movies, items[favourites])
    new = _cards(train, movies, chosen)
    if not len(chosen):
        note += " Nothing is left to recommend: every movie has been rated"
        note += f", or has fewer than {min_ratings} ratings." if min_ratings else "."
    return Recommendations(
        liked.assign(stars=stars[favourites].numpy()),
        new.assign(predicted=scores[chosen].numpy(), ratings=counts[chosen].numpy()),
        note,
    )


def _what_is_known(model, train, user):
    """Scores (n_items,), the rated items and stars (n,), and a note on the user."""
    if isinstance(user, FoldedUser):
        scores = user.scores()
        check_finite(scores, model)
        note = f"A new user, folded in from {len(user.items)} ratings. {user.note}"
        return scores, user.items, user.stars, note.strip()
    index = known_index(train.user_ids, user)
    scores = finite_scores(model, [index], train.n_items)[0]
    own = train.rows_of(index) if index != UNKNOWN else torch.empty(0, dtype=int)
    if not can_be_id(train.user_ids, user):
        kind = "text" if train.user_ids.of_text else "whole number"
        note = (
            f"User {user!r} is not a {kind}, as ids are, so nobody has this id: the "
            f"list is the one for an average user. Give the id as a {kind}."
        )
    elif index == UNKNOWN:
        note = (
            f"User {user} has no training rating: the list is the one for an average "
            "user."
        )
    else:
        note = f"User {user} has {len(own):,} training ratings."
    return scores, train.items[own], train.ratings[own], note


def _cards(train, movies, items) -> pd.DataFrame:
    """`title`, `year`, `genres` of these item indices, in their order."""
    ids = train.item_ids.decode(items.numpy())
    listed = movies[movies["item_id"].isin(ids)].set_index("item_id")
    table = listed[["title", "year", "genres"]].reindex(ids)
    untitled = pd.Series([f"movie {i}" for i in ids], index=table.index)
    return table.assign(
        title=table["title"].fillna(untitled),
        genres=table["genres"].fillna("").replace("", "none listed"),
    )
