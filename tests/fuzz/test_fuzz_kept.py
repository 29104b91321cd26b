"""What the course keeps for itself: damaged caches and checkpoints.

If these fail, a disk's mistake becomes a wrong table, or another model's weights.
"""

import io
import random
import shutil
from contextlib import redirect_stdout
from functools import cache
from unittest import mock

import pandas as pd
import torch
from hypothesis import given
from hypothesis import strategies as st
from outcomes import attempt, count
from writing_editions import assert_tables, damaged, files

import run_state
from data_utils import DATASETS, RatingsDataset, download_movielens, loading
from models import MatrixFactorization
from training import fit


def hurt(data: bytes, seed: int) -> bytes:
    """A flipped bit, a cut or a hole: no draw depends on the data, which hold times."""
    draw = random.Random(seed)
    place, end = sorted(draw.sample(range(len(data)), 2))
    bit = bytes([data[place] ^ 1 << draw.randrange(8)])
    holes = [bit + data[place + 1 :], b"", data[end:], bytes(end - place) + data[end:]]
    return data[:place] + draw.choice(holes)


@given(edition=files(), seed=st.integers(0, 2**32))
def test_a_damaged_cache_is_made_anew(place, edition, seed):
    place /= "cache"
    shutil.rmtree(place, ignore_errors=True)
    folder = place / DATASETS[edition.name].folder
    folder.mkdir(parents=True)
    for file, content in edition.by_name.items():
        (folder / file).write_bytes(content)
    kept = place / "cache" / f"{edition.name}.npz"
    with (
        edition.registered(),
        mock.patch.object(loading, "KEEP_FROM", 1),
        redirect_stdout(io.StringIO()),
    ):
        attempt(lambda: download_movielens(edition.name, place))
        kept.write_bytes(hurt(kept.read_bytes(), seed))
        outcome = attempt(lambda: download_movielens(edition.name, place))
    assert not isinstance(outcome, Exception), outcome
    assert_tables(outcome, edition.rows, edition.films)
    count("caches, damaged", outcome)


@cache
def ratings():
    table = {"user_id": [1, 1, 2], "item_id": [7, 8, 7], "rating": [5.0, 3.0, 4.0]}
    return RatingsDataset.fit(pd.DataFrame(table))


def trained(path, seed=0, epochs=2, resume=False):
    """Train a small model, and give its weights; a failed start leaves them."""
    model = MatrixFactorization(2, 2, 2, mean=ratings().mean, seed=seed)
    before = {name: table.clone() for name, table in model.state_dict().items()}
    settings = {"checkpoint": path, "resume": resume, "show_progress": False}
    outcome = attempt(
        lambda: fit(model, ratings(), ratings(), epochs=epochs, **settings)
    )
    state = {name: table.clone() for name, table in model.state_dict().items()}
    if isinstance(outcome, run_state.BadCheckpoint):
        torch.testing.assert_close(state, before, rtol=0, atol=0)
    return outcome, state


@cache
def through():
    """The weights of a run without a stop."""
    return trained(None, epochs=3)[1]


def written(place) -> bytes:
    path = place / "sound.pt"
    if not path.exists():
        trained(path)
    return path.read_bytes()


@given(data=st.data())
def test_a_damaged_checkpoint_is_refused_and_the_model_is_as_it_was(place, data):
    path = place / "run.pt"
    packed = written(place)
    found = data.draw(damaged(packed))
    path.write_bytes(found)
    outcome, state = trained(path, seed=1, epochs=3, resume=True)
    if found == packed:
        torch.testing.assert_close(state, through(), rtol=0, atol=0)
    else:
        assert isinstance(outcome, run_state.BadCheckpoint)
    count("checkpoints, damaged", outcome)


ODD = st.sampled_from(
    [
        *(None, 0, -1, 2**70, float("nan"), "text", [], {}, [[]], (1, 2), b"bytes"),
        *(torch.zeros(0), torch.zeros(3, 5), torch.tensor(float("nan"))),
    ]
)


def spots(state, at=()):
    """The paths to all that a nested state holds."""
    yield at
    inner = state.items() if isinstance(state, dict) else ()
    inner = enumerate(state) if isinstance(state, list) else inner
    for key, value in inner:
        yield from spots(value, (*at, key))


def changed(state, at, draw):
    """`state` with what is at the path `at` replaced or left out."""
    if not at:
        return draw(ODD)
    holder = state
    for key in at[:-1]:
        holder = holder[key]
    if draw(st.booleans()):
        holder.pop(at[-1])
    else:
        holder[at[-1]] = draw(ODD)
    return state


@given(data=st.data())
def test_a_checkpoint_of_another_making_is_refused_or_taken_up(place, data):
    """Its hash is right, but another version of the course may have written it."""
    path = place / "forged.pt"
    payload = written(place).split(b"\n", 1)[1]
    state = torch.load(io.BytesIO(payload), weights_only=True)
    at = data.draw(st.sampled_from(list(spots(state))))
    packed = io.BytesIO()
    torch.save(changed(state, at, data.draw), packed)
    path.write_bytes(run_state._first_line(packed.getvalue()) + packed.getvalue())
    outcome, after = trained(path, seed=1, epochs=3, resume=True)
    count("checkpoints, forged", outcome)
    if not isinstance(outcome, Exception):
        assert all(after[name].shape == t.shape for name, t in through().items())
