"""The figure that opens the README's results: a slip would flatter us, or others."""

import json
from itertools import combinations

import matplotlib.pyplot as plt
import numpy as np
import pytest

from data_utils import RatingsDataset
from metrics import rmse
from models import BiasModel
from plots.peers import accuracy_and_time
from tools import peer_fits, peers
from tools.benchmark import make_folds


@pytest.fixture(scope="module")
def splits(small_world):
    return make_folds(small_world.ratings, "folds", seed=1)[1][:2]


def test_a_model_in_a_process_of_its_own_is_the_same_model(splits, tmp_path):
    stars = peers.write_folds(tmp_path / "folds.npz", splits)
    found = peers.fit_apart("course", [("bias", {})], tmp_path / "folds.npz", stars)
    (fit,) = found["fits"]
    for split, score, seconds in zip(splits, fit["rmse"], fit["seconds"], strict=True):
        train = RatingsDataset.fit(split.train)
        test = train.encode(split.test)
        predicted = BiasModel().fit(train).predict(test.users, test.items)
        assert score == pytest.approx(rmse(predicted, test.ratings), abs=1e-4)
        assert 0 < seconds < 5


def test_a_library_that_is_not_installed_is_said(splits, tmp_path, monkeypatch):
    monkeypatch.setattr(peers, "PYTHON", tmp_path / "nowhere" / "python")
    with pytest.raises(peers.CannotFit, match=r"nowhere.* cannot be started"):
        peers.measure("cornac", splits)


def test_only_the_fit_is_timed():
    """What a library makes of our arrays is not its fault, and no part of its fit."""

    def fit(model, train, settings):
        sum(range(3_000_000))
        yield
        yield "fitted"

    fitted, seconds = peer_fits.timed(fit, "", None, {})
    assert fitted == "fitted"
    assert seconds < 0.01


@pytest.fixture(scope="module")
def saved():
    return json.loads(peers.JSON.read_text())


def test_the_tuned_settings_are_the_best_on_validation(saved):
    """Of the settings that were tried, a peer is shown with its best, not with ours."""
    tuned = {row["name"]: row for row in saved["rows"] if row["how"] == "tuned"}
    for name, tried in saved["tuning"].items():
        settings, _ = min(tried, key=lambda one: one[1])
        assert tuned[name]["settings"] == settings
    choices = {peer.name: peer.choices for peer in peers.PEERS if peer.choices}
    for name, tried in saved["tuning"].items():
        assert [settings for settings, _ in tried] == choices[name]


def test_the_saved_rows_are_of_what_the_command_fits(saved):
    names = [row["name"] for row in saved["rows"] if row["library"] == "course"]
    assert names == list(peers.COURSE)
    others = {row["name"] for row in saved["rows"]} - set(names)
    assert others <= {peer.name for peer in peers.PEERS}
    assert "Cornac MF" in others
    pins = (peers.ROOT / "requirements-bench.txt").read_text()
    for library, version in saved["versions"].items():
        assert library == "course" or f"{library}=={version}" in pins
    assert all(len(row["rmse"]) == 5 for row in saved["rows"])


def test_the_figure_is_of_the_saved_rows(saved, tmp_path):
    drawn = tmp_path / "peers.svg"
    peers.draw(saved, [drawn])
    assert drawn.read_text() == peers.DRAWING.read_text()
    again = saved | {
        "rows": [
            dict(row, rmse=np.add(row["rmse"], 0.01).tolist())
            if row["name"] == "ALS"
            else row
            for row in saved["rows"]
        ]
    }
    peers.draw(again, [drawn])
    assert drawn.read_text() != peers.DRAWING.read_text()


def test_every_fit_is_named_and_no_name_lies_on_another(saved):
    """Two names on one another name neither."""
    figure, _ = accuracy_and_time(saved["rows"], [])
    figure.draw_without_rendering()
    names = [text for text in figure.axes[0].texts if text.get_text()]
    boxes = [text.get_window_extent() for text in names]
    assert len(boxes) == len(saved["rows"])
    assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))
    plt.close(figure)
