"""The README's table comes from here: a slip in it would be believed by everyone."""

import argparse
import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch

from data_utils import (
    DATASETS,
    RatingsDataset,
    download_movielens,
    planted_world,
    train_test_split_random,
)
from metrics import bootstrap_rmse_difference, rmse
from models import BiasModel, GlobalMean
from recipes import RECIPES
from tools import benchmark, loader_speed, memory, tune
from tools.benchmark import FoldResult, fit_fold, main, make_folds
from tools.benchmark_tables import Pooled, comparisons, print_tables, score_table
from tools.loader_speed import LoaderSpeed, compare_loaders

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


def score_rows(model, *scores, seconds=1.0):
    """Rows of a model with an RMSE on each fold; memory and time grow by fold."""
    return [
        {
            "model": model,
            "fold": fold,
            "rmse": score,
            "mae": score / 2,
            "fit_seconds": fold * seconds,
            "ratings_per_second": 1000.0 * fold,
            "peak_rss_mb": 100.0 * fold,
        }
        for fold, score in enumerate(scores, start=1)
    ]


def test_the_score_table_holds_the_mean_the_sd_and_the_first_fold():
    """A reader compares with papers that report fold 1 alone, or the mean of five."""
    rows = score_rows("mf", 0.94, 0.92, 0.9) + score_rows("als", 0.91, 0.93, seconds=2)
    assert [line.split() for line in score_table(pd.DataFrame(rows)).splitlines()] == [
        ["RMSE", "sd", "fold", "1", "MAE", "seconds", "ratings/s", "peak", "MB"],
        ["mf", "0.9200", "0.0200", "0.9400", "0.4600", "2.00", "2,000", "300"],
        ["als", "0.9200", "0.0141", "0.9100", "0.4600", "3.00", "1,500", "200"],
    ]


def test_one_fold_has_no_sd():
    table = score_table(pd.DataFrame(score_rows("mf", 0.94)))
    assert table.splitlines()[1].split()[:4] == ["mf", "0.9400", "-", "0.9400"]


def sized_folds(*sizes):
    """Folds with so many training and test ratings, and nothing else in them."""
    return [
        SimpleNamespace(train=range(n_train), test=range(n_test))
        for n_train, n_test in sizes
    ]


def pooled_errors(**errors):
    """Predictions of four ratings by two users that are wrong by these numbers."""
    test = pd.DataFrame({"user_id": [1, 1, 2, 2], "rating": [3.0, 4.0, 2.0, 5.0]})
    predicted = {name: test["rating"] + np.array(e) for name, e in errors.items()}
    return SimpleNamespace(test=test, predicted=predicted)


def test_the_interval_over_folds_is_widened_for_their_common_training_ratings():
    """Turned upside down, n_train / n_test would call no model of the table better.

    Differences -0.01, -0.02, -0.03 have the mean -0.02 and the sd 0.01. The ratios are
    1/4, 1/4 and 1/2: with t(2) = 4.302653 the half width is 4.302653 · 0.01 ·
    √(1/3 + 1/3) = 0.0351. Nadeau & Bengio 2003.
    """
    rows = score_rows("mf", 0.94, 0.93, 0.92) + score_rows("als", 0.93, 0.91, 0.89)
    pooled = pooled_errors(mf=[1, 1, 1, 1], als=[0, 0, 0, 0])
    folds = sized_folds((80, 20), (80, 20), (100, 50))
    (line,) = comparisons(pd.DataFrame(rows), folds, pooled, seed=0)
    assert line == (
        "als - mf: -0.0200, 95% interval -0.0551 to +0.0151, better in 3 of 3 folds; "
        "over users -1.0000 (-1.0000 to -1.0000)"
    )


def test_two_folds_are_enough_for_an_interval_over_folds():
    rows = score_rows("mf", 0.94, 0.92) + score_rows("als", 0.93, 0.92)
    pooled = pooled_errors(mf=[1, 1, 1, 1], als=[0, 0, 0, 0])
    folds = sized_folds((80, 20), (80, 20))
    (line,) = comparisons(pd.DataFrame(rows), folds, pooled, seed=0)
    assert line.startswith("als - mf: -0.0050, 95% interval")
    assert "better in 1 of 2 folds" in line


def test_every_pair_is_compared_once_the_later_model_less_the_earlier():
    """Exchanged, the sign says that the worse model is the better one."""
    rows = [row for name in ("a", "b", "c") for row in score_rows(name, 0.9)]
    pooled = pooled_errors(a=[1, 0, 2, 1], b=[0, 0, 1, 1], c=[1, 1, 3, 0])
    found = comparisons(pd.DataFrame(rows), sized_folds((4, 1)), pooled, seed=3)
    assert [line.split(":")[0] for line in found] == ["b - a", "c - a", "c - b"]
    assert not any("folds" in line for line in found)  # one fold has no spread
    for line, (a, b) in zip(found, ["ba", "ca", "cb"], strict=True):
        interval = bootstrap_rmse_difference(
            pooled.predicted[a],
            pooled.predicted[b],
            pooled.test["rating"],
            pooled.test["user_id"],
            np.random.default_rng(3),
            level=0.95,
        )
        low, high = f"{interval.low:+.4f}", f"{interval.high:+.4f}"
        assert low != high
        by_users = f"over users {interval.estimate:+.4f} ({low} to {high})"
        assert line.endswith(by_users)


def test_a_better_model_is_said_to_be_better_on_the_same_folds_and_users(
    folds, results, rows
):
    """From fits to the line of the table: the biases beat the mean."""
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
    assert interval.level == 0.95
    errors = pooled.errors_by("item_id")
    assert errors["ratings"].sum() == len(small_world.ratings)
    mean_square = (errors["bias"] ** 2 * errors["ratings"]).sum() / len(pooled.test)
    assert np.sqrt(mean_square) == pytest.approx(interval.estimate)


def test_errors_are_grouped_by_what_the_fold_of_the_rating_trained_on():
    """Someone may be new in one fold and known in the next: each has its own count."""
    part = pd.DataFrame
    folds = [
        SimpleNamespace(
            train=part({"user_id": [1, 1, 2], "item_id": [7, 8, 7]}),
            test=part({"user_id": [1, 3], "item_id": [7, 9], "rating": [4.0, 4.0]}),
        ),
        SimpleNamespace(
            train=part({"user_id": [3, 1], "item_id": [9, 7]}),
            test=part({"user_id": [3], "item_id": [8], "rating": [4.0]}),
        ),
    ]
    results = {
        "a": [FoldResult({}, np.array([4.0, 2.0])), FoldResult({}, np.array([3.0]))],
        "b": [FoldResult({}, np.array([4.5, 4.0])), FoldResult({}, np.array([4.0]))],
    }
    pooled = Pooled(folds, results)
    assert pooled.counts["user_id"].tolist() == [2, 0, 1]
    assert pooled.counts["item_id"].tolist() == [2, 0, 0]
    assert pooled.errors_by("user_id").to_dict("list") == {
        "fewest": [0, 1, 2],
        "most": [0, 1, 2],
        "ratings": [1, 1, 1],
        "a": [2.0, 1.0, 0.0],
        "b": [0.0, 0.0, 0.5],
    }


def test_the_tables_are_those_of_their_headings(folds, results, rows, capsys):
    """Users exchanged with movies would send an author to mend the wrong cold start."""
    print_tables("planted", "random-folds", folds, results, seed=1)
    printed = capsys.readouterr().out
    asked, scores, intervals, differences, users, movies = printed.split("\n\n")
    assert asked.startswith("\nplanted, random-folds; cold rows are kept")
    lines = asked.splitlines()[2:]
    assert [line.split()[1] for line in lines[1:]] == list("12345")
    assert lines[1].split()[2] == str(len(folds[0].train))
    assert scores == f"Scores\n{score_table(rows)}"
    pooled = Pooled(folds, results)
    assert intervals.splitlines()[0] == (
        "RMSE over all test ratings, 95% intervals from resampling users"
    )
    for line, name in zip(intervals.splitlines()[1:], ("mean", "bias"), strict=True):
        assert line == f"{name:8} {pooled.intervals(1)[name]}"
    assert differences.splitlines() == [
        "Differences in RMSE, with 95% intervals",
        *comparisons(rows, folds, pooled, seed=1),
    ]
    for table, who, key in ((users, "users", "user_id"), (movies, "movies", "item_id")):
        heading, columns, *body = table.strip().splitlines()
        assert heading == (
            f"RMSE by the number of training ratings of the test ratings' {who}"
        )
        assert columns.split() == ["fewest", "most", "ratings", "mean", "bias"]
        expected = pooled.errors_by(key)
        assert [line.split()[4] for line in body] == [
            f"{score:.4f}" for score in expected["bias"]
        ]
        assert [int(line.split()[0]) for line in body] == expected["fewest"].tolist()


def test_one_fold_and_one_model_make_tables_without_comparisons(small_world, capsys):
    """There is nothing to compare with, and no fold to spread over."""
    name, folds = make_folds(small_world.ratings, "time", seed=0)
    scores, predicted = fit_fold(lambda t, s: BiasModel().fit(t), folds[0], 0)
    row = {"model": "bias", "fold": 1} | scores
    print_tables("planted", name, folds, {"bias": [FoldResult(row, predicted)]}, 0)
    printed = capsys.readouterr().out
    assert "planted, time; cold rows are kept" in printed
    assert "Differences" not in printed


def test_the_seconds_are_those_of_the_fit_alone(small_world, monkeypatch):
    """The README says how many ratings per second a model learns from."""
    clock = iter([10.0, 12.5])
    monkeypatch.setattr(benchmark, "perf_counter", lambda: next(clock))
    _, (fold,) = make_folds(small_world.ratings, "random", seed=0)
    row = fit_fold(lambda train, seed: GlobalMean().fit(train), fold, seed=0).row
    assert row["fit_seconds"] == 2.5
    assert row["ratings_per_second"] == len(fold.train) / 2.5


@pytest.mark.parametrize("split", ["user-time", "time", "random"])
def test_the_other_splits_are_one_fold_of_a_fifth(small_world, split):
    name, (fold,) = make_folds(small_world.ratings, split, seed=0)
    assert name == split
    assert len(fold.test) == pytest.approx(0.2 * len(small_world.ratings), rel=0.1)
    newest = fold.test["timestamp"].min() >= fold.train["timestamp"].max()
    assert newest == (split == "time")
    assert (fold.report.leakage_share == 0) == (split != "random")


def test_the_seed_draws_the_random_folds(small_world):
    """The same seed must give the same table, and another seed another one."""
    for split in ("random", "folds"):
        first, again, other = (
            make_folds(small_world.ratings, split, seed)[1][0].test.index.tolist()
            for seed in (1, 1, 2)
        )
        assert first == again != other


def test_a_model_is_fitted_on_each_fold_with_a_seed_of_its_own(
    small_world, monkeypatch, capsys
):
    """Five folds with one seed would be called five draws, and be one."""
    fitted = []

    def recipe(train, seed):
        fitted.append((len(train), seed))
        return GlobalMean().fit(train)

    monkeypatch.setattr(benchmark, "RECIPES", {"mean": recipe})
    monkeypatch.setattr(
        benchmark, "download_movielens", lambda name: (small_world.ratings, None)
    )
    results = benchmark.fit_all_folds("mean", "planted", "folds", seed=10)
    _, folds = make_folds(small_world.ratings, "folds", 10)
    warm_up, *rest = fitted
    assert warm_up == (1000, 10)  # uncounted
    assert rest == [(len(fold.train), 10 + n) for n, fold in enumerate(folds, 1)]
    rows = [result.row for result in results]
    assert [row["fold"] for row in rows] == [1, 2, 3, 4, 5]
    named = {(row["model"], row["dataset"], row["split"]) for row in rows}
    assert named == {("mean", "planted", "random-folds")}
    printed = capsys.readouterr().out.splitlines()
    assert printed == [
        f"mean     fold {n}: RMSE {row['rmse']:.4f} in {row['fit_seconds']:.2f} s"
        for n, row in enumerate(rows, 1)
    ]


def test_the_memory_is_the_peak_and_in_millions_of_bytes(monkeypatch, tmp_path):
    """The present value would hide what a fit needs while it runs."""
    status = tmp_path / "status"
    monkeypatch.setattr(memory, "Path", lambda path: status)
    status.write_text("VmPeak:\t 9999 kB\nVmHWM:\t 250000 kB\nVmRSS:\t 1 kB\n")
    assert memory.peak_rss_mb() == pytest.approx(256.0)
    status.unlink()
    info = SimpleNamespace(peak_wset=3e8, rss=2e8)
    process = SimpleNamespace(memory_info=lambda: info)
    monkeypatch.setattr(memory.psutil, "Process", lambda: process)
    assert memory.peak_rss_mb() == pytest.approx(300)
    del info.peak_wset
    assert memory.peak_rss_mb() == pytest.approx(200)


def test_a_model_is_named_once_however_often_it_is_asked_for():
    read = benchmark.model_names(("mf", "als"))
    assert read(" als, mf,als") == ["als", "mf"]
    with pytest.raises(argparse.ArgumentTypeError, match="'x', 'y'; known: mf, als"):
        read("x,mf,y")


def test_the_batch_loader_is_at_least_20_times_quicker():
    n = 20_000
    made_up = pd.DataFrame(
        {"user_id": np.arange(n) % 901, "item_id": np.arange(n) % 1600, "rating": 3.0}
    )
    generator = torch.random.get_rng_state()
    speed = compare_loaders(RatingsDataset.fit(made_up))
    torch.random.set_rng_state(generator)
    assert speed.ratio >= 20
    assert "One pass over 20,000 ratings" in str(speed)


def test_the_speed_is_that_of_the_quicker_loader_over_the_slower_one():
    """The README quotes this line: 50 times, not a fiftieth."""
    speed = LoaderSpeed(n_ratings=20_000, per_sample=0.5, per_batch=0.0104)
    assert speed.ratio == pytest.approx(48.08, abs=0.01)
    assert str(speed) == (
        "One pass over 20,000 ratings in batches of 1,024: per-sample DataLoader 500 "
        "ms, ratings_loader 10.4 ms, 48 times quicker."
    )


def test_the_quickest_pass_counts(monkeypatch):
    """A pass during which the machine was busy says nothing about a loader."""
    clock = iter([0.0, 5.0, 10.0, 12.0, 20.0, 23.0])
    monkeypatch.setattr(loader_speed, "perf_counter", lambda: next(clock))
    passes = []

    class Loader:
        def __iter__(self):
            passes.append("pass")
            return iter([(1, 2, 3)])

    assert loader_speed._one_pass(Loader()) == 2
    assert passes == ["pass"] * 3


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
    path = tmp_path / "a" / "new" / "rows.json"
    arguments = ["--dataset", "1m", "--split", "user-time", "--models", "bias"]
    assert main([*arguments, "--json", str(path)]) == 0
    (row,) = json.loads(path.read_text())
    assert tuple(row) == ROW
    assert row["model"] == "bias"
    assert (row["dataset"], row["split"], row["fold"]) == ("1m", "user-time", 1)
    printed = capsys.readouterr().out
    assert "1m, user-time; cold rows are kept" in printed
    assert "times quicker" in printed
    assert printed.endswith(f"The rows are in {path}.\n")


def test_another_edition_needs_no_tuning(another_edition, monkeypatch):
    monkeypatch.setenv("MOVIELENS_DIR", str(another_edition))
    ratings, _ = download_movielens("1m")
    assert len(ratings) == 20_000
    _, (fold,) = make_folds(ratings, "user-time", seed=0)
    scores = {n: fit_fold(r, fold, seed=1).row["rmse"] for n, r in RECIPES.items()}
    baseline = scores.pop("bias")
    assert max(scores.values()) < baseline, scores
    assert max(scores["bayes-plain"], scores["bayes"]) < 0.97 * baseline, scores


def test_without_options_all_models_are_measured_on_the_official_folds(
    monkeypatch, tmp_path
):
    """`make bench` gives none, and the README's table is what it prints."""
    asked = []
    monkeypatch.setattr(benchmark, "run", lambda *a: asked.extend(a) or [])
    monkeypatch.setattr(benchmark, "DEFAULT_JSON", tmp_path / "build" / "rows.json")
    assert main([]) == 0
    assert asked == [list(RECIPES), "100k", "folds", 0]
    assert json.loads((tmp_path / "build" / "rows.json").read_text()) == []
    main(["--seed", "3", "--json", str(tmp_path / "rows.json")])
    assert asked[-1] == 3


def test_without_options_all_models_are_tuned_on_the_five_folds(
    monkeypatch, small_world, tmp_path
):
    """Without them the settings in `recipes.py` would have another source."""
    tried, asked = pd.DataFrame({"setting": [], "seconds": []}), []
    monkeypatch.setattr(tune, "ranking", lambda tried: tried)
    monkeypatch.setattr(
        tune,
        "tune",
        lambda model, trains, settings, seed: (
            asked.append((model, list(trains), settings, seed)) or tried
        ),
    )
    monkeypatch.setattr(
        tune, "download_movielens", lambda name: (small_world.ratings, name)
    )
    monkeypatch.setattr(tune, "DEFAULT_CSV", tmp_path / "build" / "tried.csv")
    assert tune.main([]) == 0
    assert (tmp_path / "build" / "tried.csv").exists()
    assert asked == [
        (model, [1, 2, 3, 4, 5], settings, 0) for model, settings in tune.GRIDS.items()
    ]


@pytest.mark.parametrize("command", [benchmark, tune])
def test_help_shows_what_the_command_does_and_an_example(command, capsys):
    """Line by line, as it is written: argparse would run the example together."""
    with pytest.raises(SystemExit):
        command.main(["--help"])
    printed = capsys.readouterr().out
    assert command.__doc__.strip() in printed


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


class Constant:
    """A model that predicts the number it is given."""

    def __init__(self, stars):
        self.stars = stars

    def predict(self, users, items):
        return torch.full((len(users),), self.stars)


@pytest.fixture
def tried_on(monkeypatch):
    """A recipe "constant" in the tuner's list; what it is trained on, seen by seed."""
    seen = []

    def recipe(train, seed, stars, pause=0):
        seen.append((train, seed))
        return Constant(stars)

    monkeypatch.setattr(tune, "RECIPES", {"constant": recipe})
    return seen


def test_a_setting_is_scored_on_ratings_it_was_not_trained_on(small_world, tried_on):
    """On its own training part the largest model wins, and the README's marks are
    those of an overfit."""
    train = small_world.ratings
    settings = tune.grid(stars=[3.0, 5.0])
    table = tune.tune("constant", {2: train, 4: train[:900]}, settings, seed=7)
    assert table["fold"].tolist() == [2, 4, 2, 4]
    assert table["setting"].tolist() == [0, 0, 1, 1]
    assert table["settings"].tolist() == [{"stars": s} for s in (3.0, 3.0, 5.0, 5.0)]
    assert set(table["model"]) == {"constant"}
    assert (table["seconds"] >= 0).all()
    # the number of the fold is the seed of its validation part
    splits = [
        train_test_split_random(part, 0.1, fold)
        for fold, part in ((2, train), (4, train[:900]))
    ]
    expected = [
        np.sqrt(((split.test["rating"] - stars) ** 2).mean())
        for stars in (3.0, 5.0)
        for split in splits
    ]
    assert table["validation_rmse"].tolist() == pytest.approx(expected, abs=1e-6)
    for (rest, seed), split in zip(tried_on, splits * 2, strict=True):
        assert seed == 7
        assert rest.ratings.tolist() == split.train["rating"].tolist()


def test_the_time_of_a_setting_is_that_of_its_fit(small_world, tried_on, monkeypatch):
    clock = iter([10.0, 12.5])
    monkeypatch.setattr(tune, "perf_counter", lambda: next(clock))
    (row,) = tune.tune(
        "constant", {1: small_world.ratings}, [{"stars": 3.0}], 0
    ).to_dict("records")
    assert row["seconds"] == 2.5


def test_the_validation_part_is_a_tenth_with_the_ids_of_the_rest(small_world):
    """Encoded by itself, it would ask about other users than the model knows."""
    rest, validation = tune.validation_parts(small_world.ratings, seed=3)
    split = train_test_split_random(small_world.ratings, 0.1, 3)
    assert (len(rest), len(validation)) == (1350, 150)
    known = split.test["user_id"].isin(split.train["user_id"]).to_numpy()
    raw = rest.user_ids.decode(validation.users.numpy()[known])
    assert raw.tolist() == split.test["user_id"][known].tolist()


def test_the_settings_are_ranked_by_the_mean_of_their_folds():
    """The best on one fold is luck; the worst one first would be copied by hand."""
    tried = pd.DataFrame(
        {
            "setting": [0, 0, 1, 1, 2, 2],
            "validation_rmse": [0.9, 1.0, 0.93, 0.94, 0.85, 1.2],
            "seconds": [1, 3, 2, 2, 5, 6],
            "settings": [{"a": n} for n in (0, 0, 1, 1, 2, 2)],
        }
    )
    table = tune.ranking(tried)
    assert table["settings"].tolist() == ["{'a': 1}", "{'a': 0}", "{'a': 2}"]
    assert table["validation_rmse"].tolist() == pytest.approx([0.935, 0.95, 1.025])
    assert table["seconds"].tolist() == [2.0, 2.0, 5.5]
    assert table.index.tolist() == [0, 1, 2]
    assert table.columns.tolist() == ["validation_rmse", "seconds", "settings"]


def test_a_grid_has_each_combination_once():
    assert tune.grid(a=[1, 2], b=[3, 4]) == [
        {"a": 1, "b": 3},
        {"a": 1, "b": 4},
        {"a": 2, "b": 3},
        {"a": 2, "b": 4},
    ]


def test_models_that_minimize_a_loss_get_equally_many_settings():
    """More tries for one model would be called its merit."""
    sizes = {name: len(settings) for name, settings in tune.GRIDS.items()}
    minimizers = {"mf": 27, "svdpp": 27, "als": 27}
    assert sizes == minimizers | {"bayes-quick": 27, "bayes-plain": 5, "bayes": 5}
    for settings in tune.GRIDS.values():
        assert len({str(setting) for setting in settings}) == len(settings)


def test_the_prices_of_svdpp_set_p_and_q_alike_and_y_apart():
    """The factors of the stars and those of the history are tuned apart."""
    assert tune.svdpp_prices(3.0, 70.0) == {
        "user_factors": 3.0,
        "item_factors": 3.0,
        "implicit_factors": 70.0,
    }


def test_tuning_writes_what_was_tried_on_the_folds_asked_for(
    small_world, tried_on, monkeypatch, tmp_path, capsys
):
    """An author copies the winner by hand: the best has to stand first."""
    monkeypatch.setattr(tune, "GRIDS", {"constant": tune.grid(stars=[1.0, 3.5])})
    monkeypatch.setattr(
        tune, "download_movielens", lambda name: (small_world.ratings, None)
    )
    path = tmp_path / "a" / "new" / "tried.csv"
    arguments = ["--folds", "5, 2,5", "--seed", "4", "--csv", str(path)]
    assert tune.main(arguments) == 0
    tried = pd.read_csv(path)
    assert tried["fold"].tolist() == [5, 2, 5, 2]
    assert tried.columns.tolist() == [
        "model", "setting", "fold", "settings", "validation_rmse", "seconds",
    ]  # fmt: skip
    _, folds = make_folds(small_world.ratings, "folds", 4)
    for (rest, seed), fold in zip(tried_on, [5, 2, 5, 2], strict=True):
        kept = train_test_split_random(folds[fold - 1].train, 0.1, fold).train
        assert rest.ratings.tolist() == kept["rating"].tolist()
        assert seed == 4
    printed = capsys.readouterr().out
    assert printed.index("\nconstant\n") < printed.index("{'stars': 3.5}")
    assert printed.index("{'stars': 3.5}") < printed.index("{'stars': 1.0}")
    best = tried[tried["setting"] == 1]["validation_rmse"].mean()
    assert f"{best:.4f}" in printed
    assert printed.endswith(f"What was tried is in {path}.\n")
    assert tune.main(arguments) == 0  # the folder may be there already


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
