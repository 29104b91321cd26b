"""What is true in a planted world, and the best prediction it allows. For students."""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
import torch

from atomic import write_whole

from .archives import SAMPLE, verify_sample
from .ids import IdMap

THRESHOLDS = np.array([1.5, 2.5, 3.5, 4.5])  # between 1 and 2 stars, 2 and 3, ...


@dataclass(frozen=True)
class Truth:
    """The parameters that made the ratings; rows stand in the order of the raw ids.

    A user's opinion of a movie is  μ + b_u + b_i + p_u·q_i + noise,  and the stars
    are that opinion rounded to a whole number and kept between 1 and 5.
    """

    mean: float  # μ
    noise_sd: float  # in stars, before rounding
    user_ids: np.ndarray  # (n_users,) raw ids, ascending
    item_ids: np.ndarray  # (n_items,) raw ids, ascending
    user_bias: np.ndarray  # (n_users,)
    item_bias: np.ndarray  # (n_items,)
    user_factors: np.ndarray  # (n_users, k)
    item_factors: np.ndarray  # (n_items, k)
    genres: list[str]
    genre_directions: np.ndarray  # (n_genres, k)

    def opinion(self, user_ids, item_ids) -> np.ndarray:
        """μ + b_u + b_i + p_u·q_i for pairs of raw ids, without noise or rounding.

        Raises `KeyError` for an id that is not part of this world.
        """
        u = IdMap.fit(self.user_ids).encode(user_ids)
        i = IdMap.fit(self.item_ids).encode(item_ids)
        dot = (self.user_factors[u] * self.item_factors[i]).sum(axis=-1)
        return self.mean + self.user_bias[u] + self.item_bias[i] + dot

    def predict(self, user_ids, item_ids) -> np.ndarray:
        """The stars to expect for pairs of raw ids: no predictor has a lower RMSE.

        A rating is one star, and one more for each threshold that the opinion
        passes. So its expectation is one plus the four chances of passing.
        """
        above = self.opinion(user_ids, item_ids)[..., None] - THRESHOLDS
        chances = torch.special.ndtr(torch.from_numpy(above / self.noise_sd))
        return 1 + chances.sum(-1).numpy()

    def save(self, path) -> None:
        """Write the truth as JSON, the same bytes on every machine."""
        parts = [
            f'"{name}": {json.dumps(_plain(value))}'
            for name, value in asdict(self).items()
        ]
        write_whole(Path(path), ("{\n" + ",\n".join(parts) + "\n}\n").encode())


def load_truth(folder=SAMPLE) -> Truth:
    """The truth of the bundled sample, or of another folder with a `truth.json`.

    Raises `FileNotFoundError` if the folder has none, and `DatasetUnavailable` where
    the sample's files are not those that this project ships.

    >>> truth = load_truth()
    >>> truth.noise_sd, len(truth.user_ids), truth.item_factors.shape
    (0.9, 450, (650, 4))
    """
    path = Path(folder) / "truth.json"
    if not path.exists():
        raise FileNotFoundError(
            f"No truth.json in {path.parent}: only planted data have a known truth. "
            "`python scripts/tools/make_sample.py` writes the sample and its truth."
        )
    if path.parent == SAMPLE:
        verify_sample(SAMPLE)
    content = json.loads(path.read_text(encoding="utf-8"))
    return Truth(
        **{
            field.name: np.array(content[field.name])
            if field.type is np.ndarray
            else content[field.name]
            for field in fields(Truth)
        }
    )


def _plain(value):
    return value.tolist() if isinstance(value, np.ndarray) else value
