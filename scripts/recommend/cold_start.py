"""A prediction for anybody and anything: what to say when one side is unknown."""

from numbers import Integral
from typing import NamedTuple

from data_utils import UNKNOWN, IdMap, RatingsDataset

from .lists import check_finite

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
    """Predicted stars, and which of the four cases they come from."""

    stars: float
    case: str


def safe_predict(model, train: RatingsDataset, user_id, item_id) -> SafePrediction:
    """Predicted stars for raw ids, with the best that is known of either side.

    Never raises on an id: one that is not in `train`, or is no whole number at all, is
    a stranger, and a stranger contributes nothing. A new user gets the movie's own
    bias, which says much more than the global mean.
    """
    user = known_index(train.user_ids, user_id)
    item = known_index(train.item_ids, item_id)
    stars = model.predict([user], [item])
    check_finite(stars, model)
    return SafePrediction(stars.item(), CASES[user != UNKNOWN, item != UNKNOWN])


def known_index(ids: IdMap, raw_id) -> int:
    """The index of `raw_id`, or `UNKNOWN`; a whole number may come as a float."""
    if isinstance(raw_id, float) and raw_id.is_integer():
        raw_id = int(raw_id)
    if not isinstance(raw_id, Integral) or abs(int(raw_id)) >= 2**63:
        return UNKNOWN
    return int(ids.encode([int(raw_id)], unknown="mark")[0])
