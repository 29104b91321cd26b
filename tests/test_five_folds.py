"""What lab 08 shows as measured is what its command measures."""

import json

from tools import five_folds


def test_the_saved_figures_are_of_the_models_and_chains_of_the_command():
    """Renamed models or other chains would be shown under figures of the old ones."""
    saved = json.loads(five_folds.JSON.read_text())
    assert saved["chains"] == five_folds.CHAINS
    assert saved["cut short"] == five_folds.BAYES_PLAIN
    assert saved["command"] in five_folds.__doc__
    for scores in saved["rmse"].values():
        assert set(scores) == set(five_folds.models())
        assert {len(values) for values in scores.values()} == {5}


def test_one_model_can_be_measured_again(tmp_path, monkeypatch):
    """A row that is not asked for stays; else a new model would cost all the others."""
    target = tmp_path / "five_folds.json"
    target.write_text('{"rmse": {"sample": {"ALS": [1, 2, 3, 4, 5]}}}')
    monkeypatch.setattr(
        "sys.argv",
        ["five_folds.py", "sample", "--models", "biases", "--json", str(target)],
    )
    five_folds.main()
    rmse = json.loads(target.read_text())["rmse"]["sample"]
    assert rmse["ALS"] == [1, 2, 3, 4, 5]
    assert len(rmse["biases"]) == 5
    assert 0.8 < min(rmse["biases"]) < max(rmse["biases"]) < 1.1
