"""Where it runs: other kernels, backends, consoles, line ends and folders.

If these fail, an instructor is told "All ready." before a lesson that cannot begin, or
loses a long run to its last line.
"""

import json
import os
import subprocess
import sys

import pytest
import torch
from nbformat.v4 import new_code_cell, new_notebook, writes

from data_utils import RatingsDataset
from models import BayesianMF
from tools import benchmark, check_env, five_folds, grade, run_labs, tune
from tools.check_env import CheckFailed, check_data, check_kernel
from tools.labs import ROOT
from tools.reset_notebook import _unexecuted, reset

# ---------------------------------------------------------------- kernels


@pytest.fixture
def another_kernel(tmp_path, monkeypatch):
    """Lets another kernel named python3 stand before ours, by its command."""

    def register(*command):
        folder = tmp_path / "jupyter" / "kernels" / "python3"
        folder.mkdir(parents=True)
        spec = {"argv": command, "display_name": "another", "language": "python"}
        (folder / "kernel.json").write_text(json.dumps(spec))
        monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
        return folder

    return register


GONE = ("/nowhere/bin/python", "-f", "{connection_file}")
ENDS = (sys.executable, "-c", "raise SystemExit('no ipykernel here')")
ELSEWHERE = (
    sys.executable,
    "-c",
    "import sys; sys.prefix = sys.executable = '/another/venv'\n"
    "from ipykernel.kernelapp import launch_new_instance; launch_new_instance()",
    "-f",
    "{connection_file}",
)


def test_the_kernel_of_this_python_is_ready_and_draws(monkeypatch):
    monkeypatch.delenv("MPLBACKEND", raising=False)
    assert check_kernel() == sys.executable


@pytest.mark.parametrize("backend", ["Agg", "TkAgg", "pdf"])
def test_labs_show_their_figures_whatever_the_backend(monkeypatch, backend):
    """A variable set for scripts left every lab without a figure or a word."""
    monkeypatch.setenv("MPLBACKEND", backend)
    assert check_kernel() == sys.executable


def test_a_backend_that_shows_no_figure_is_said(monkeypatch):
    """Nobody would know why a lab has no figures."""
    monkeypatch.setenv("MPLBACKEND", "Agg")
    alone = check_env.DRAW.replace("import plots", "")
    monkeypatch.setattr(check_env, "DRAW", alone)
    with pytest.raises(CheckFailed, match=r"drawn by 'Agg': unset .* MPLBACKEND$"):
        check_kernel()
    assert check_kernel(draw=False) == sys.executable
    monkeypatch.setenv("MPLBACKEND", "no-such-backend")
    with pytest.raises(CheckFailed, match=r"no figure .*no-such-backend.*: unset"):
        check_kernel()


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        (GONE, "'python3' does not start .*/nowhere/bin/python"),
        (ENDS, "'python3' does not start .no ipykernel here."),
        (ELSEWHERE, "would run in /another/venv, but the packages are installed for"),
    ],
)
def test_a_kernel_that_is_not_ours_fails_the_check(another_kernel, command, problem):
    folder = another_kernel(*command)
    with pytest.raises(CheckFailed, match=problem) as caught:
        check_kernel()
    remedy = str(caught.value)
    assert f"Delete the folder {folder}, or unset JUPYTER_PATH" in remedy
    assert f"`{sys.executable} -m ipykernel install --sys-prefix`" in remedy


@pytest.mark.parametrize("command", [GONE, ELSEWHERE])
def test_nothing_is_graded_in_a_kernel_that_is_not_ours(
    another_kernel, tmp_path, capsys, command
):
    """A perfect submission got 0 of 42, and the command ended as if all were well."""
    another_kernel(*command)
    notebook = new_notebook(cells=[new_code_cell("1 + 1")])
    (tmp_path / "ann.ipynb").write_text(writes(notebook))
    assert grade.main([str(tmp_path), "--output", str(tmp_path / "grades")]) == 1
    assert capsys.readouterr().err.startswith("Nothing was graded, because the ")
    assert not (tmp_path / "grades").exists()


def test_the_grader_asks_for_its_folder_before_it_grades(tmp_path, monkeypatch, capsys):
    """An evening of grading ended in a folder that nobody may write to."""
    monkeypatch.setattr(grade, "check_kernel", lambda draw: "as it is")
    monkeypatch.setattr(grade, "grade_folder", lambda *a: pytest.fail("it graded"))
    (tmp_path / "ann.ipynb").write_text(writes(new_notebook()))
    (tmp_path / "a file").touch()
    output = tmp_path / "a file" / "grades"
    assert grade.main([str(tmp_path), "--output", str(output)]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"Nothing was graded, because {output} cannot be written to")
    assert said.endswith("name another folder by --output.\n")


# ---------------------------------------------------------------- the data of a room


@pytest.mark.parametrize("dataset", ["sample", "auto"])
@pytest.mark.parametrize("named", ["misspelt", '"quoted"', "a file"])
def test_a_wrong_movielens_dir_is_not_all_ready(
    tmp_path, monkeypatch, capsys, dataset, named
):
    (tmp_path / "a file").touch()
    (tmp_path / "quoted").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MOVIELENS_DIR", named)
    monkeypatch.setenv("MOVIELENS_DATASET", dataset)
    with pytest.raises(CheckFailed, match=f"^MOVIELENS_DIR names a .*{named}"):
        check_data()
    monkeypatch.setattr(check_env, "check_kernel", lambda: "as it is")
    assert check_env.main() == 1
    said = capsys.readouterr().out
    assert "[FAIL] data set       MOVIELENS_DIR" in said
    assert "All ready." not in said
    assert "1 of " in said


def test_what_is_noted_about_the_data_is_not_all_ready(monkeypatch):
    """Half a copy is loaded with a note; before a lesson it should be seen."""

    def noted(name):
        print("Note: this copy of 100k holds 3 ratings. Is it complete?")
        print("Data: ML-100K, the copy in MOVIELENS_DIR.")

    monkeypatch.delenv("MOVIELENS_DIR", raising=False)
    monkeypatch.setattr("data_utils.download_movielens", lambda name: (noted(name), 0))
    with pytest.raises(CheckFailed, match=r"^this copy of 100k holds 3 ratings\."):
        check_data()


# ---------------------------------------------------------------- line ends, consoles


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a git checkout")
def test_each_file_has_its_line_ends_on_every_machine():
    """On Windows .ci/run broke, and every notebook counted as changed."""
    listed = subprocess.run(
        ["git", "ls-files", "--eol"], cwd=ROOT, capture_output=True, text=True
    )
    for line in listed.stdout.splitlines():
        attributes, name = line.split("\t")
        kept = "-text" if name.startswith("data/sample/") else "text=auto eol=lf"
        assert attributes.split("attr/")[1].strip() == kept, name
        assert "i/crlf" not in attributes, name


def test_other_line_ends_are_no_change_worth_a_copy(tmp_path):
    source = tmp_path / "source" / "01-lab.py"
    source.parent.mkdir()
    source.write_text("# %% [markdown]\n# # A lab\n\n# %%\n1 + 1\n")
    delivered, path = _unexecuted(source), tmp_path / "01-lab.ipynb"
    path.write_bytes(delivered.replace(b"\n", b"\r\n"))
    assert reset("01-lab", tmp_path) is None
    assert path.read_bytes() == delivered
    path.write_bytes(delivered.replace(b"1 + 1", b"1 + 2"))
    assert reset("01-lab", tmp_path).name == "01-lab.mine.ipynb"


def test_a_console_that_lacks_a_sign_does_not_end_a_command():
    """The grader died of a learner's name after an hour of work."""
    run = subprocess.run(
        [sys.executable, "-c", "import tools; print('\\u03a9mega: 42 \\u2212 1')"],
        env={**os.environ, "PYTHONPATH": "scripts", "PYTHONIOENCODING": "cp1252"},
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    assert run.stdout.decode("cp1252").strip() == "?mega: 42 ? 1"


# ---------------------------------------------------------------- the benchmark's rows


def test_the_benchmark_asks_for_its_file_before_it_fits(tmp_path, monkeypatch, capsys):
    """In a read-only checkout it fitted everything, and then died."""
    monkeypatch.setattr(benchmark, "run", lambda *a: pytest.fail("it fitted"))
    (tmp_path / "a file").touch()
    for path in (tmp_path / "a file" / "rows.json", tmp_path):
        assert benchmark.main(["--json", str(path)]) == 1
        said = capsys.readouterr().err
        assert said.startswith(f"{path} cannot be written (")
        assert said.endswith("Name a file elsewhere: --json FILE.\n")


def test_the_rows_are_written_whole_and_an_interrupted_run_keeps_the_old(
    tmp_path, monkeypatch, capsys
):
    path = tmp_path / "build" / "rows.json"
    monkeypatch.setattr(benchmark, "run", lambda *a: [{"model": "mf", "rmse": 0.9}])
    assert benchmark.main(["--json", str(path)]) == 0
    assert f"The rows are in {path}." in capsys.readouterr().out

    def interrupt(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(benchmark, "run", interrupt)
    with pytest.raises(KeyboardInterrupt):
        benchmark.main(["--json", str(path)])
    assert json.loads(path.read_text()) == [{"model": "mf", "rmse": 0.9}]
    assert [file.name for file in path.parent.iterdir()] == ["rows.json"]


@pytest.mark.parametrize(
    ("module", "option", "work"),
    [(tune, "--csv", "tune"), (five_folds, "--json", "measure")],
)
def test_authors_commands_ask_for_their_file_before_they_fit(
    tmp_path, monkeypatch, capsys, module, option, work
):
    """Hours of tuning would end at a folder that cannot be made."""
    monkeypatch.setattr(module, work, lambda *a: pytest.fail("it fitted"))
    (tmp_path / "a file").touch()
    edition = [] if module is tune else ["sample"]
    dataset = ["--dataset", "sample"] if module is tune else []
    path = tmp_path / "a file" / "rows"
    command = [module.__name__, *edition, *dataset, option, str(path)]
    monkeypatch.setattr("sys.argv", command)
    assert module.main() == 1
    said = capsys.readouterr().err
    assert said.startswith(f"{path} cannot be written (")
    assert said.endswith(f"Name another file: {option} FILE.\n")


def test_labs_are_run_only_where_their_pages_can_be_written(
    tmp_path, monkeypatch, capsys
):
    """The first page would fail after the first minutes."""
    (tmp_path / "build").touch()
    monkeypatch.setattr(run_labs, "BUILD", tmp_path / "build")
    monkeypatch.setattr(run_labs, "run_lab", lambda *a: pytest.fail("it ran"))
    monkeypatch.setenv("MOVIELENS_DATASET", "sample")
    monkeypatch.setattr("sys.argv", ["run_labs.py"])
    assert run_labs.main() == 1
    assert "labs.html cannot be written (" in capsys.readouterr().err


# ---------------------------------------------------------------- threads


def test_the_number_of_threads_changes_no_more_than_the_last_digits(small_world):
    """A class whose machines differ compares its RMSE at three decimals."""
    train = RatingsDataset.fit(small_world.ratings)
    before, fitted = torch.get_num_threads(), []
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            model = BayesianMF(4, epochs=4, burn_in=2).fit(train)
            fitted.append(model.predict(train.users, train.items))
    finally:
        torch.set_num_threads(before)
    torch.testing.assert_close(*fitted, rtol=0, atol=1e-3)
