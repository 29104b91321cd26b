"""The ranking board shows what its command measures, and can be resumed."""

import json

import numpy as np
import pandas as pd
import pytest

from ranking_recipes import RANKERS, TRIED
from tools import rank_board


def test_the_saved_board_is_of_the_models_and_protocols_of_the_command():
    """A renamed model or protocol would be shown with the figures of an old one."""
    saved = json.loads(rank_board.JSON.read_text())
    parts = rank_board.parts()
    assert list(saved["parts"]) == list(parts)
    for name, (protocol, _) in parts.items():
        part = saved["parts"][name]
        tried = rank_board.tried(protocol)
        assert set(part.get("rows", part)) == set(tried)
        chosen = saved["settings"][protocol.name]
        assert all(chosen[model] in settings for model, settings in tried.items())
    text = rank_board.JSON.with_suffix(".md").read_text()
    assert text == rank_board.markdown(saved)


def test_every_model_has_settings_and_every_row_a_model():
    """A row without a recipe would stop the board after half an hour."""
    assert set(TRIED) == set(RANKERS)
    for protocol in (rank_board.BY_MOVIE, rank_board.BY_TIME, rank_board.LAST):
        for name in rank_board.tried(protocol):
            assert callable(rank_board.recipe(name))


LAST = {"rows": {"EASE": {"full": 0.1, "sampled": 0.5}}}


@pytest.fixture
def quick(monkeypatch, small_world):
    """Two models on a small world, and one seed."""
    few = {name: TRIED[name] for name in ("popularity", "EASE")}
    monkeypatch.setattr(rank_board, "TRIED", few)
    monkeypatch.setattr(rank_board, "LIKED", {})
    monkeypatch.setattr(rank_board, "NARROW", {})
    monkeypatch.setattr(rank_board, "SEEDS", (0,))
    asked = []

    def ratings(edition):
        asked.append(edition)
        return small_world.ratings, None

    monkeypatch.setattr(rank_board, "download_movielens", ratings)
    return asked


def run(monkeypatch, target, *options):
    command = ["rank_board.py", "sample", "--json", str(target), *options]
    monkeypatch.setattr("sys.argv", command)
    rank_board.main()
    return json.loads(target.read_text())


@pytest.mark.usefixtures("quick")
def test_a_board_that_was_cut_off_goes_on(tmp_path, monkeypatch):
    """Minutes of measuring must not be lost with the last part."""
    target = tmp_path / "board.json"
    monkeypatch.setattr(rank_board, "measure_last", lambda *_, seed: LAST)
    whole = run(monkeypatch, target)
    first, *others = whole["parts"]
    for row in whole["parts"][first].values():
        assert 0 < row["ndcg"] <= 1
        low, high = row["below the best"][1:]
        assert low <= row["below the best"][0] <= high
    whole["parts"][first] = {"kept": {"ndcg": 0.5}}
    del whole["parts"][others[0]]
    target.write_text(json.dumps(whole))
    again = run(monkeypatch, target)
    assert again["parts"][first] == {"kept": {"ndcg": 0.5}}
    assert others[0] in again["parts"]
    anew = run(monkeypatch, target, "--again", first)
    assert "kept" not in anew["parts"][first]


def test_another_edition_does_not_go_into_the_same_file(tmp_path, monkeypatch, quick):
    """Figures of two data sets in one table would be compared."""
    target = tmp_path / "board.json"
    target.write_text('{"edition": "100k"}')
    with pytest.raises(SystemExit):
        run(monkeypatch, target)
    assert quick == []


def test_intervals_are_paired_over_users():
    values = pd.Series(np.arange(5.0))
    assert rank_board.interval(values + 0.5, values) == [0.5, 0.5, 0.5]


def test_the_page_of_results_has_the_figures_of_the_file():
    """A reader would compare a model with figures that nobody measured."""
    parts = json.loads(rank_board.JSON.read_text())["parts"]
    splits = [part for name, part in parts.items() if "by movie" in name]
    page = (rank_board.JSON.parents[2] / "RESULTS.md").read_text(encoding="utf-8")
    lines = page.split("| | three splits")[1].split("\n\n")[0].splitlines()[2:]
    assert len(lines) == len(splits[0])
    for line in lines:
        name, scores, mean, *_ = line.strip("| ").replace("**", "").split(" | ")
        name = name.split(" (")[0]
        found = [part[name]["ndcg"] for part in splits]
        assert scores == " / ".join(f"{score:.3f}"[1:] for score in found), name
        assert mean == f"{sum(found) / len(found):.3f}"[1:], name
