"""The README's table comes from here: a slip in it would be believed by everyone."""

import json

import numpy as np
import pandas as pd
import pytest
import torch

from data_utils import DATASETS, RatingsDataset, download_movielens, planted_world
from metrics import rmse
from models import BiasModel, GlobalMean
from recipes import RECIPES
from tools import tune
from tools.benchmark import FoldResult, fit_fold, main, make_folds
from tools.benchmark_tables import Pooled, comparisons, print_tables, score_table
from tools.loader_speed import compare_loaders

ROW = (
    "model", "dataset", "split", "fold",
    "rmse", "mae", "fit_seconds", "ratings_per_second", "peak_rss_mb",
)  # fmt: skip


@pytest.fixture(scope="module")
def folds(small_world):
    name, folds = make_folds(small_world.ratings, "folds", seed=1)
    assert name == "random-folds"
    return folds


@pytest.fixture(scope="module")
def results(folds):
    recipes = {
        "mean": lambda train, seed: GlobalMean().fit(train),
        "bias": lambda train, seed: BiasModel().fit(train),
    }
    results = {}
    for name, recipe in recipes.items():
        fitted = [fit_fold(recipe, fold, seed=0) for fold in folds]
        results[name] = [
            FoldResult({"model": name, "fold": number} | scores, predicted)
            for number, (scores, predicted) in enumerate(fitted, start=1)
        ]
    return results


@pytest.fixture(scope="module")
def rows(results):
    return pd.DataFrame([result.row for each in results.values() for result in each])


def test_a_row_scores_the_test_part_with_cold_rows_and_without_clipping(folds, results):
    for fold, (row, predicted) in zip(folds, results["mean"], strict=True):
        constant = fold.train["rating"].mean()
        assert predicted == pytest.approx(np.full(len(fold.test), constant))
        error = fold.test["rating"] - constant
        assert row["rmse"] == pytest.approx(np.sqrt((error**2).mean()))
        assert row["mae"] == pytest.approx(error.abs().mean())
        speed = row["ratings_per_second"] * row["fit_seconds"]
        assert speed == pytest.approx(len(fold.train))
        assert row["peak_rss_mb"] > 50


def test_a_model_sees_the_training_part_alone(folds):
    seen = []

    def recipe(train, seed):
        seen.append((len(train), seed))
        return GlobalMean().fit(train)

    fit_fold(recipe, folds[0], seed=11)
    assert seen == [(len(folds[0].train), 11)]


def test_the_score_table_holds_the_mean_the_sd_and_the_first_fold(rows):
    lines = score_table(rows).splitlines()
    by_hand = rows[rows["model"] == "bias"]["rmse"]
    expected = [by_hand.mean(), by_hand.std(), by_hand.iloc[0]]
    assert lines[2].split()[:4] == ["bias", *(f"{x:.4f}" for x in expected)]
    assert [line.split()[0] for line in lines[1:]] == ["mean", "bias"]


def test_a_better_model_is_said_to_be_better_on_the_same_folds_and_users(
    folds, results, rows
):
    (line,) = comparisons(rows, folds, Pooled(folds, results), seed=0)
    assert line.startswith("bias - mean: -0.")
    assert "better in 5 of 5 folds; over users -0." in line


def test_pooled_predictions_belong_to_their_ratings(folds, results, small_world):
    pooled = Pooled(folds, results)
    assert pooled.test["rating"].sum() == small_world.ratings["rating"].sum()
    interval = pooled.intervals(seed=0)["bias"]
    assert interval.estimate == pytest.approx(
        rmse(pooled.predicted["bias"], pooled.test["rating"])
    )
    errors = pooled.errors_by("item_id")
    assert errors["ratings"].sum() == len(small_world.ratings)
    mean_square = (errors["bias"] ** 2 * errors["ratings"]).sum() / len(pooled.test)
    assert np.sqrt(mean_square) == pytest.approx(interval.estimate)


def test_one_fold_and_one_model_make_tables_without_comparisons(small_world, capsys):
    name, folds = make_folds(small_world.ratings, "time", seed=0)
    scores, predicted = fit_fold(lambda t, s: BiasModel().fit(t), folds[0], 0)
    row = {"model": "bias", "fold": 1} | scores
    print_tables("planted", name, folds, {"bias": [FoldResult(row, predicted)]}, 0)
    printed = capsys.readouterr().out
    assert "planted, time; cold rows are kept" in printed
    assert "Differences" not in printed


@pytest.mark.parametrize("split", ["user-time", "time", "random"])
def test_the_other_splits_are_one_fold_of_a_fifth(small_world, split):
    name, (fold,) = make_folds(small_world.ratings, split, seed=0)
    assert name == split
    assert len(fold.test) == pytest.approx(0.2 * len(small_world.ratings), rel=0.15)


def test_the_batch_loader_is_at_least_20_times_quicker():
    n = 20_000
    made_up = pd.DataFrame(
        {"user_id": np.arange(n) % 900, "item_id": np.arange(n) % 1600, "rating": 3.0}
    )
    generator = torch.random.get_rng_state()
    speed = compare_loaders(RatingsDataset.fit(made_up))
    torch.random.set_rng_state(generator)
    assert speed.ratio >= 20
    assert "One pass over 20,000 ratings" in str(speed)


@pytest.fixture(scope="module")
def another_edition(tmp_path_factory):
    """A world that nothing was tuned on, in the files and the layout of ML-1M.

    Returns the folder that `MOVIELENS_DIR` would name.
    """
    world = planted_world(n_users=300, n_items=400, n_ratings=20_000, seed=99)
    folder = tmp_path_factory.mktemp("elsewhere")
    (folder / DATASETS["1m"].folder).mkdir()
    ratings = world.ratings[["user_id", "item_id", "rating", "timestamp"]].astype(int)
    for name, table in (
        ("ratings.dat", ratings),
        ("movies.dat", world.movies[["item_id", "title", "genres"]]),
    ):
        lines = ["::".join(map(str, row)) for row in table.itertuples(index=False)]
        path = folder / DATASETS["1m"].folder / name
        path.write_text("\n".join(lines) + "\n", encoding="latin-1")
    return folder


def test_the_command_writes_the_rows_others_read(
    another_edition, tmp_path, capsys, monkeypatch
):
    monkeypatch.setenv("MOVIELENS_DIR", str(another_edition))
    path = tmp_path / "new" / "rows.json"
    arguments = ["--dataset", "1m", "--split", "user-time", "--models", "bias"]
    assert main([*arguments, "--json", str(path)]) == 0
    (row,) = json.loads(path.read_text())
    assert tuple(row) == ROW
    assert row["model"] == "bias"
    assert (row["dataset"], row["split"], row["fold"]) == ("1m", "user-time", 1)
    assert "times quicker" in capsys.readouterr().out


def test_another_edition_needs_no_tuning(another_edition, monkeypatch):
    monkeypatch.setenv("MOVIELENS_DIR", str(another_edition))
    ratings, _ = download_movielens("1m")
    assert len(ratings) == 20_000
    _, (fold,) = make_folds(ratings, "user-time", seed=0)
    scores = {n: fit_fold(r, fold, seed=1).row["rmse"] for n, r in RECIPES.items()}
    baseline = scores.pop("bias")
    assert max(scores.values()) < baseline, scores
    assert max(scores["bayes-plain"], scores["bayes"]) < 0.97 * baseline, scores


def test_an_unknown_model_or_data_set_is_answered_with_the_known_ones(capsys):
    with pytest.raises(SystemExit):
        main(["--models", "bias,bais"])
    assert "no model is named 'bais'; known: bias" in capsys.readouterr().err
    assert main(["--dataset", "100kk", "--models", "bias"]) == 1
    assert "100kk" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (["--models", "mf,bias"], "no model is named 'bias'; known: mf, svdpp, als"),
        (["--folds", "1,6"], "no fold is numbered '6'; known: 1, 2, 3, 4, 5"),
        (["--folds", "0"], "no fold is numbered '0'"),
        (["--folds", "one"], "no fold is numbered 'one'"),
    ],
)
def test_tuning_answers_an_unknown_model_or_fold_with_the_known_ones(
    arguments, answer, capsys
):
    with pytest.raises(SystemExit):
        tune.main(arguments)
    assert answer in capsys.readouterr().err


def test_tuning_without_its_data_set_says_what_to_do(capsys):
    assert tune.main(["--dataset", "100kk"]) == 1
    assert "100kk" in capsys.readouterr().err


def test_the_biases_reach_their_mark_on_the_official_folds(ml100k):
    name, folds = make_folds(ml100k[0], "folds", seed=0)
    assert (name, len(folds)) == ("folds", 5)
    scores = [
        fit_fold(lambda t, s: BiasModel().fit(t), f, 0).row["rmse"] for f in folds
    ]
    assert np.mean(scores) <= 0.947
