"""The table at the size of all of MovieLens, and that a stopped run goes on."""

import json
import pickle

import pytest

from data_utils.planted_large import SHAPES, Shape
from tools import benchmark, scale, scale_steps
from tools.large_sample import write_large
from tools.memory import forget_peak, peak_rss_mb
from tools.scale_steps import STEPS, Data, Measured, Step, measure


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A world small enough for every step, in the place of `latest`."""
    folder = tmp_path_factory.mktemp("world")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SHAPES, "latest", Shape(200, 120, 6_000, min_ratings=1))
        write_large("latest", folder)
    return folder


@pytest.fixture(autouse=True)
def tiny(folder, monkeypatch):
    monkeypatch.setenv("MOVIELENS_DIR", str(folder))
    monkeypatch.setattr(scale_steps, "FACTORS", 4)
    monkeypatch.setattr(scale_steps, "BAYES_FACTORS", 2)


@pytest.mark.parametrize("name", STEPS)
def test_each_step_is_timed_and_says_what_it_did(name):
    """A step that raises would be found after the hour that came before it."""
    if name.startswith("MF"):
        pytest.importorskip("scale_training")
    measured, sizes = measure(name, "latest", part=1)
    assert len(measured.seconds) >= (1 if name == "file to lists" else 3)
    assert all(seconds > 0 for seconds in measured.seconds)
    assert measured.peak_mb > 50
    json.dumps([measured.value, sizes])
    pickle.dumps(measured)  # it comes from another process
    if "validation_rmse" in measured.value:
        assert 0.5 < measured.value["validation_rmse"] < 2
        assert sizes["train"] == 4_500


def test_a_part_is_a_part_of_the_users_with_all_of_their_ratings():
    """Fewer ratings of every user would be another problem: shorter rows."""
    whole, quarter = Data("latest").table()[0], Data("latest", 4).table()[0]
    assert quarter["user_id"].nunique() == 50
    own = whole[whole["user_id"].isin(quarter["user_id"])]
    assert own.equals(quarter)


def test_the_times_are_those_of_the_calls_and_the_function_is_put_back():
    class Model:
        def sweep(self, n):
            return 2 * n

    before = Model.sweep
    with scale_steps.times_of(Model, "sweep") as times:
        assert [Model().sweep(n) for n in (3, 4)] == [6, 8]
    assert len(times) == 2
    assert times[0] <= times[1]
    assert Model.sweep is before


class Pretended:
    """Steps that take no time: notes what is run, and breaks off at a job's number."""

    def __init__(self, break_at=None):
        self.ran, self.break_at = [], break_at

    def __call__(self, name, edition, part):
        if len(self.ran) == self.break_at:
            raise KeyboardInterrupt
        self.ran.append((name, part))
        return Measured([3.0 / part, 1.0 / part, 2.0 / part], {}, 900.0), {}


def test_a_stopped_run_goes_on_and_a_whole_one_is_made_anew(
    monkeypatch, tmp_path, capsys
):
    """The steps take an hour together."""
    path = tmp_path / "scale.json"
    first, second, third = Pretended(break_at=4), Pretended(), Pretended()
    monkeypatch.setattr(scale, "in_own_process", first)
    with pytest.raises(KeyboardInterrupt):
        benchmark.main(["--scale", "--json", str(path)])
    assert len(json.loads(path.read_text())["rows"]) == 4
    monkeypatch.setattr(scale, "in_own_process", second)
    assert benchmark.main(["--scale", "--json", str(path)]) == 0
    assert first.ran + second.ran == scale.jobs()
    printed = capsys.readouterr().out
    assert "gone on with: 4 steps" in printed
    assert "100% of the work after" in printed
    report = json.loads(path.read_text())
    assert {"edition", "date", "command", "cpu", "versions"} < set(report["machine"])
    assert report["rows"][-1]["median"] == 2.0
    monkeypatch.setattr(scale, "in_own_process", third)
    scale.run("latest", path)
    assert third.ran == scale.jobs()


@pytest.mark.parametrize("text", ["", "[]", '{"rows": []}', '{"machine": {}}'])
def test_what_cannot_be_gone_on_with_is_measured_anew(text, tmp_path):
    """Figures of two machines in one table would show a growth that nobody has."""
    path = tmp_path / "scale.json"
    path.write_text(text)
    assert scale.unfinished(path, scale.machine("latest")) is None
    other = {"machine": scale.machine("25m"), "rows": []}
    path.write_text(json.dumps(other))
    assert scale.unfinished(path, scale.machine("latest")) is None
    assert scale.unfinished(path, scale.machine("25m")) == other


def test_the_table_shows_the_growth_and_the_marks():
    rows = [
        {"step": "id maps", "part": part, "median": 1.6 / part, "peak_mb": 3210.0}
        for part in (16, 4, 1)
    ]
    lines = scale.table({"machine": scale.machine("latest"), "rows": rows}).splitlines()
    assert "cores of" in lines[0]
    expected = "id maps 0.1 0.4 1.6 2 1 3,210 must"
    assert lines[-1].split() == expected.split()


@pytest.mark.parametrize(
    ("seconds", "mb", "said"),
    [
        (0.9, 90, "aim"),
        (1.5, 90, "must"),
        (0.9, 150, "must"),
        (2.5, 90, "missed: 1.25 times the mark"),
        (0.9, 300, "missed: 1.50 times the mark"),
    ],
)
def test_a_mark_is_reached_by_seconds_and_by_memory(seconds, mb, said):
    step = Step("any", 2, 1, 200, 100, None)
    assert scale.verdict(step, {"median": seconds, "peak_mb": mb}) == said
    free = Step("any", None, None, None, None, None)
    assert scale.verdict(free, {"median": seconds, "peak_mb": mb}) == ""


def test_a_peak_that_is_past_is_forgotten():
    """Reading the data takes more than most steps do."""
    large = bytearray(300_000_000)
    large[::4096] = b"x" * len(large[::4096])
    high = peak_rss_mb()
    del large
    forget_peak()
    assert peak_rss_mb() < high - 200
