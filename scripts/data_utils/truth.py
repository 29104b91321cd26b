"""What is true in a planted world, and the best prediction it allows. For students."""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
import torch

from atomic import write_whole

from .archives import SAMPLE, verify_sample
from .ids import IdMap

MOST_STARS = 5.0
SMALL, LARGE = "truth.json", "truth.npz"
"""Where a folder keeps its truth: as text, or where that would be long, as arrays."""


@dataclass(frozen=True)
class Truth:
    """The parameters that made the ratings; rows stand in the order of the raw ids.

    A user's opinion of a movie is  μ + b_u + b_i + p_u·q_i + noise,  and the stars
    are that opinion rounded to a multiple of `step` and kept between `step` and 5.
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
    step: float  # 1.0 for whole stars, 0.5 where half stars are given too

    def opinion(self, user_ids, item_ids) -> np.ndarray:
        """μ + b_u + b_i + p_u·q_i for pairs of raw ids, without noise or rounding.

        Raises `KeyError` for an id that is not part of this world.
        """
        u = IdMap(self.user_ids).encode(user_ids)
        i = IdMap(self.item_ids).encode(item_ids)
        return self.opinion_of_rows(u, i)

    def opinion_of_rows(self, u, i) -> np.ndarray:
        """The same for pairs of row numbers."""
        dot = np.einsum("nk,nk->n", self.user_factors[u], self.item_factors[i])
        return self.mean + self.user_bias[u] + self.item_bias[i] + dot

    def stars(self, opinion: np.ndarray) -> np.ndarray:
        """What is given for an opinion: the nearest star of the scale."""
        return (np.rint(opinion / self.step) * self.step).clip(self.step, MOST_STARS)

    def predict(self, user_ids, item_ids) -> np.ndarray:
        """The stars to expect for pairs of raw ids: no predictor has a lower RMSE."""
        return self.expected_stars(self.opinion(user_ids, item_ids))

    def expected_stars(self, opinion: np.ndarray) -> np.ndarray:
        """The mean of the stars given for an opinion, over the noise.

        A rating is the lowest, and a step more for each threshold that the opinion
        passes. So its expectation is the lowest and a step for each chance of passing.
        """
        expected = np.full(len(opinion), self.step)
        for threshold in np.arange(1.5 * self.step, MOST_STARS, self.step):
            passed = torch.from_numpy((opinion - threshold) / self.noise_sd)
            expected += self.step * torch.special.ndtr(passed).numpy()
        return expected

    def save(self, path) -> None:
        """Write the truth as JSON, the same bytes on every machine."""
        parts = [
            f'"{name}": {json.dumps(_plain(value))}'
            for name, value in asdict(self).items()
        ]
        write_whole(Path(path), ("{\n" + ",\n".join(parts) + "\n}\n").encode())


def load_truth(folder=SAMPLE) -> Truth:
    """The truth of the bundled sample, or of another folder with a truth of its own.

    That is a `truth.json`, or of a large world a `truth.npz`. Raises
    `FileNotFoundError` if the folder has none, and `DatasetUnavailable` where the
    sample's files are not those that this project ships.

    >>> truth = load_truth()
    >>> truth.noise_sd, len(truth.user_ids), truth.item_factors.shape
    (0.9, 450, (650, 4))
    """
    folder = Path(folder)
    if (folder / LARGE).exists():
        with np.load(folder / LARGE, allow_pickle=False) as file:
            content = dict(file)
    elif (folder / SMALL).exists():
        if folder == SAMPLE:
            verify_sample(SAMPLE)
        content = json.loads((folder / SMALL).read_text(encoding="utf-8"))
    else:
        raise FileNotFoundError(
            f"No {SMALL} in {folder}: only planted data have a known truth. "
            "`python scripts/tools/make_sample.py` writes the sample and its truth."
        )
    arrays = {field.name: field.type is np.ndarray for field in fields(Truth)}
    return Truth(
        **{
            name: np.asarray(content[name]) if is_array else _plain(content[name])
            for name, is_array in arrays.items()
        }
    )


def _plain(value):
    return value.tolist() if isinstance(value, np.ndarray) else value
