"""A prediction for anybody and anything: what to say when one side is unknown.

For students: read aloud in lab 05.
"""

from numbers import Integral, Real
from operator import index
from typing import NamedTuple

from data_utils import UNKNOWN, IdMap, RatingsDataset
from models.arguments import check_finite

KNOWN = "known user, known movie: μ + b_u + b_i + p_u·q_i"
NEW_USER = "new user, known movie: μ + b_i"
NEW_MOVIE = "known user, new movie: μ + b_u"
BOTH_NEW = "new user, new movie: μ"

CASES = {
    (True, True): KNOWN,
    (False, True): NEW_USER,
    (True, False): NEW_MOVIE,
    (False, False): BOTH_NEW,
}


class SafePrediction(NamedTuple):
    """Predicted stars, and which of the four cases they come from.

    A model that predicts no stars, such as `ImplicitALS`, answers with its own score,
    in which μ and the biases are zero.
    """

    stars: float
    case: str


def safe_predict(model, train: RatingsDataset, user_id, item_id) -> SafePrediction:
    """Predicted stars for raw ids, with the best that is known of either side.

    Never raises on an id: one that is not in `train`, or is not even of the kind of its
    ids (a number, or a text), is a stranger, and a stranger contributes nothing; `case`
    then says so. A new user gets the movie's own bias, which says much more than the
    global mean.

    >>> import pandas as pd
    >>> from models import BiasModel
    >>> table = pd.DataFrame({"user_id": [1, 1, 2], "item_id": [7, 8, 7],
    ...                       "rating": [5.0, 3.0, 4.0]})
    >>> train = RatingsDataset.fit(table)
    >>> prediction = safe_predict(BiasModel().fit(train), train, 99, 8)
    >>> prediction.case, round(prediction.stars, 2)
    ('new user, known movie: μ + b_i', 3.83)
    """
    user = known_index(train.user_ids, user_id)
    item = known_index(train.item_ids, item_id)
    stars = model.predict([user], [item])
    check_finite(stars, model)
    case = CASES[user != UNKNOWN, item != UNKNOWN]
    asked = (train.user_ids, user_id), (train.item_ids, item_id)
    if wrong := [repr(raw) for ids, raw in asked if not can_be_id(ids, raw)]:
        kind = "texts" if train.user_ids.of_text else "whole numbers"
        case += f" ({' and '.join(wrong)} cannot be an id: ids are {kind})"
    return SafePrediction(stars.item(), case)


def known_index(ids: IdMap, raw_id) -> int:
    """The index of `raw_id`, or `UNKNOWN`; a whole number may come as a float."""
    if ids.of_text:
        known = isinstance(raw_id, str) and raw_id in ids
        return int(ids.encode([raw_id])[0]) if known else UNKNOWN
    number = whole_number(raw_id)
    if number is None or abs(number) >= 2**63:
        return UNKNOWN
    return int(ids.encode([number], unknown="mark")[0])


def can_be_id(ids: IdMap, raw_id) -> bool:
    """Is `raw_id` of the kind of these ids: a text, or a whole number?"""
    return isinstance(raw_id, str) if ids.of_text else whole_number(raw_id) is not None


def whole_number(raw_id) -> int | None:
    """`raw_id` as an int; None where it is not one: "1", 1.5, NaN or nothing."""
    if isinstance(raw_id, Real) and not isinstance(raw_id, Integral):
        return int(raw_id) if float(raw_id).is_integer() else None
    try:
        return index(raw_id)
    except TypeError:
        return None
