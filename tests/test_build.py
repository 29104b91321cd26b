"""The build of the notebooks: what a learner must not see, and what must not drift."""

import shutil
import subprocess
import sys
import time

import nbformat
import pytest

from tools import build_notebooks, make_guide, run_labs
from tools.build_notebooks import (
    BadNotebook,
    build_lab,
    check_lab,
    problems,
    write_notebook,
)
from tools.kernels import CellFailed, Run, run_notebook
from tools.lab_source import STAMP, BadSource, plan_notebook, strip_solutions
from tools.labs import NOTEBOOKS, ROOT, UnknownLab, find_lab
from tools.reset_notebook import reset

SOURCE = '''\
# %% [markdown]
# # A lab
#
# Some words.

# %%
import os

print(os.environ["MOVIELENS_DATASET"], end="")

# %%
def twice(number):
    """The double of a number."""
    ### BEGIN SOLUTION
    return 2 * number
    ### END SOLUTION


print(twice(21))

# %% tags=["solution"]
print("a worked answer")

# %% tags=["instructor"]
print("a common wrong answer")

# %%
print("the same cell")

# %%
print("the same cell")
'''


@pytest.fixture
def notebooks(tmp_path):
    """A folder with the source of one lab, 01-tiny."""
    folder = tmp_path / "notebooks"
    (folder / "source").mkdir(parents=True)
    (folder / "source" / "01-tiny.py").write_text(SOURCE)
    return folder


def edit(notebooks, old, new):
    source = notebooks / "source" / "01-tiny.py"
    text = source.read_text()
    assert old in text
    source.write_text(text.replace(old, new))
    return source


def executed(*codes):
    cells = [nbformat.v4.new_code_cell(code) for code in codes]
    return nbformat.v4.new_notebook(cells=cells)


def test_a_region_becomes_a_stub_and_the_code_around_it_stays():
    text = (
        "def f(x):\n    y = x\n    ### BEGIN SOLUTION\n    for _ in range(3):\n"
        "        y += 1\n    ### END SOLUTION\n    return y"
    )
    assert strip_solutions(text) == (
        "def f(x):\n    y = x\n    # YOUR CODE HERE\n    ...\n    return y"
    )


@pytest.mark.parametrize(
    "text",
    [
        "### BEGIN SOLUTION\nx = 1",
        "x = 1\n### END SOLUTION",
        "### BEGIN SOLUTION\n### BEGIN SOLUTION\n### END SOLUTION",
    ],
)
def test_a_marker_without_its_partner_is_refused_and_not_published(text):
    with pytest.raises(BadSource, match="partner"):
        strip_solutions(text)


def test_the_learner_never_gets_the_solution(notebooks):
    source = notebooks / "source" / "01-tiny.py"
    learner = nbformat.writes(plan_notebook(source))
    assert "2 * number" not in learner
    assert "wrong answer" not in learner
    assert "SOLUTION" not in learner
    solution = nbformat.writes(plan_notebook(source, solution=True))
    assert "2 * number" in solution
    assert "wrong answer" in solution


def test_a_worked_answer_is_folded_for_the_learner_only(notebooks):
    source = notebooks / "source" / "01-tiny.py"

    def folded(solution):
        cells = plan_notebook(source, solution).cells
        return ["jupyter" in cell.metadata for cell in cells]

    assert folded(solution=False) == [False, False, False, True, False, False]
    assert not any(folded(solution=True))


def test_a_page_may_list_the_minutes_of_a_lab(notebooks):
    """Copied figures would fall behind the labs that they are about."""
    source = edit(notebooks, "Some words.", "It takes {{time:01}} minutes.")
    assert "It takes 0 minutes." in plan_notebook(source).cells[0].source


def test_both_notebooks_find_what_lies_beside_the_labs(notebooks):
    """A solved lab lies in a folder of its own, and would show broken pictures."""
    source = edit(notebooks, "Some words.", "![a table](images/table.svg)")
    assert "](images/table.svg)" in plan_notebook(source).cells[0].source
    solved = plan_notebook(source, solution=True).cells[0].source
    assert "](../images/table.svg)" in solved
    source = edit(notebooks, "![a table](images/table.svg)", "[ask](questions.ipynb)")
    solved = plan_notebook(source, solution=True).cells[0].source
    assert "](../questions.ipynb)" in solved


def test_ids_are_unique_and_an_edit_changes_only_its_own(notebooks):
    source = notebooks / "source" / "01-tiny.py"
    before = [cell.id for cell in plan_notebook(source).cells]
    assert len(set(before)) == len(before)
    assert before == [cell.id for cell in plan_notebook(source).cells]
    edit(notebooks, "Some words.", "Other words.\n\n# %%\nprint('a new cell')")
    after = [cell.id for cell in plan_notebook(source).cells]
    assert after[2:] == before[1:]
    assert after[0] != before[0]


def test_learner_and_solution_agree_on_ids_and_a_better_solution_keeps_them(notebooks):
    source = notebooks / "source" / "01-tiny.py"
    learner = {cell.id for cell in plan_notebook(source).cells}
    assert learner < {cell.id for cell in plan_notebook(source, solution=True).cells}
    edit(notebooks, "return 2 * number", "return number + number")
    assert learner == {cell.id for cell in plan_notebook(source).cells}


def test_the_build_runs_the_solved_one_and_a_changed_source_makes_both_stale(notebooks):
    learner, solution = build_lab("01-tiny", notebooks, "sample")
    assert check_lab("01-tiny", notebooks) == []

    built = nbformat.read(learner, as_version=4)
    assert not any(cell.outputs for cell in built.cells[1:])
    solved = nbformat.read(solution, as_version=4)
    assert [c.execution_count for c in solved.cells[1:]] == [1, 2, 3, 4, 5, 6]
    assert solved.cells[1].outputs[0].text == "sample"
    assert solved.cells[2].outputs[0].text == "42\n"
    assert solved.metadata[STAMP].dataset == "sample"
    assert "execution" not in solved.cells[1].metadata

    built.cells[1].outputs = solved.cells[1].outputs
    write_notebook(built, learner)
    assert "answer its own questions" in check_lab("01-tiny", notebooks)[0]

    edit(notebooks, "Some words.", "Other words.")
    assert "stale: its stamp" in check_lab("01-tiny", notebooks)[0]
    edit(notebooks, "Other words.", "Some words.")
    built.cells[0].source = "# An edited lab"
    write_notebook(built, learner)
    assert "cell 0 was edited by hand" in check_lab("01-tiny", notebooks)[0]
    solution.unlink()
    assert "is not built" in check_lab("01-tiny", notebooks)[1]


@pytest.mark.parametrize(("only", "written"), [([], [1]), (["--only", "03"], [])])
def test_a_build_of_all_labs_ends_with_the_instructors_guide(
    only, written, monkeypatch
):
    """It holds the texts of the exercises, and would fall behind them."""
    calls = []
    built = [NOTEBOOKS / "solutions" / "06-exercises.ipynb"] * 2
    monkeypatch.setattr(build_notebooks, "build_lab", lambda lab, words: built)
    monkeypatch.setattr(make_guide, "write_guide", lambda: calls.append(1) or ROOT)
    monkeypatch.setattr(sys, "argv", ["build_notebooks.py", *only])
    assert build_notebooks.main() == 0
    assert calls == written


def test_new_words_keep_the_outputs_and_new_code_is_run(notebooks):
    """A comma would cost a minute, or a stale output would stand under new code."""
    _, solution = build_lab("01-tiny", notebooks, "sample")
    solved = nbformat.read(solution, as_version=4)
    solved.cells[2].outputs[0].text = "kept\n"
    write_notebook(solved, solution)

    edit(notebooks, "Some words.", "Other words.")
    build_lab("01-tiny", notebooks, "sample", words=True)
    assert check_lab("01-tiny", notebooks) == []
    solved = nbformat.read(solution, as_version=4)
    assert solved.cells[2].outputs[0].text == "kept\n"
    assert solved.metadata[STAMP].dataset == "sample"

    edit(notebooks, "return 2 * number", "return number + number")
    build_lab("01-tiny", notebooks, "sample", words=True)
    solved = nbformat.read(solution, as_version=4)
    assert solved.cells[2].outputs[0].text == "42\n"


def test_a_cell_that_raises_stops_the_build_and_keeps_the_old_notebook(notebooks):
    edit(notebooks, "print(twice(21))", "print(1 / 0)")
    (notebooks / "01-tiny.ipynb").write_text("the old one")
    with pytest.raises(CellFailed, match=r"01-tiny\.ipynb: cell 2 (.|\n)*ZeroDiv"):
        build_lab("01-tiny", notebooks, "sample")
    assert (notebooks / "01-tiny.ipynb").read_text() == "the old one"
    assert [path.name for path in notebooks.glob("*.*")] == ["01-tiny.ipynb"]


def test_a_warning_on_show_stops_the_build(notebooks):
    edit(notebooks, "import os", "import os, warnings\nwarnings.warn('look here')")
    with pytest.raises(BadNotebook, match=r"stderr(.|\n)*look here"):
        build_lab("01-tiny", notebooks, "sample")
    assert not (notebooks / "01-tiny.ipynb").exists()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("saved to /" + "home/ada/labs/data", "path of this machine"),
        ("C:\\Users\\ada\\labs", "path of this machine"),
        ("<function f at 0x7f3a5c0d1e40>", "object's address"),
    ],
)
def test_what_belongs_to_one_machine_is_named(text, problem):
    cell = nbformat.v4.new_code_cell("x")
    cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=text)]
    assert problem in problems(nbformat.v4.new_notebook(cells=[cell]))[0]


def test_a_cell_that_shows_no_figure_stops_the_build():
    """Built under MPLBACKEND=Agg, a whole course would go out without figures."""
    cell = nbformat.v4.new_code_cell("figure, sentence = draw()\nplt.show()")
    notebook = nbformat.v4.new_notebook(cells=[cell])
    assert "cell 0 draws a figure, and none came out" in problems(notebook)[0]
    picture = {"image/png": "", "text/plain": "<Figure>"}
    cell.outputs = [nbformat.v4.new_output("display_data", data=picture)]
    cell.outputs[0].metadata["image/png"] = {"alt": "A line that rises."}
    assert problems(notebook) == []
    perhaps = nbformat.v4.new_code_cell("if dated:\n    plt.show()")
    assert problems(nbformat.v4.new_notebook(cells=[perhaps])) == []


def test_addresses_on_the_web_and_fractions_are_no_machine_path():
    cell = nbformat.v4.new_code_cell("x")
    text = "https://files.grouplens.org/home/x and 3/4, data/sample, and/or"
    cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=text)]
    assert problems(nbformat.v4.new_notebook(cells=[cell])) == []


def test_a_progress_bar_leaves_its_last_line_only(tmp_path):
    notebook = executed(
        "import sys\nfor i in range(3):\n"
        "    print(f'\\r{i + 1} of 3', end='', flush=True)\nprint()\nprint('done')"
    )
    run_notebook(notebook, tmp_path)
    assert notebook.cells[0].outputs[0].text == "3 of 3\ndone\n"


def test_a_run_reports_seconds_and_peak_memory(tmp_path):
    notebook = executed(
        "import time\nblock = bytearray(b'1') * 200_000_000\ntime.sleep(0.3)\ndel block"
    )
    run = run_notebook(notebook, tmp_path)
    assert run.seconds > 0.3
    assert 200 < run.peak_mb < 600


def test_a_hanging_cell_is_named(tmp_path):
    with pytest.raises(CellFailed, match="cell 0"):
        run_notebook(executed("while True: pass"), tmp_path, cell_timeout=1)


@pytest.mark.parametrize("name", ["1", "01", "01-tiny", "notebooks/01-tiny.ipynb"])
def test_a_lab_goes_by_number_or_name(notebooks, name):
    assert find_lab(name, notebooks) == "01-tiny"


@pytest.mark.parametrize("name", ["", "7", "tiny"])
def test_an_unknown_lab_is_answered_with_the_list(notebooks, name):
    with pytest.raises(UnknownLab, match="01-tiny"):
        find_lab(name, notebooks)


def test_reset_never_overwrites_a_learners_copy(notebooks):
    path = notebooks / "01-tiny.ipynb"
    assert reset("01-tiny", notebooks) is None
    assert "YOUR CODE HERE" in path.read_text()
    for name in ("01-tiny.mine.ipynb", "01-tiny.mine-2.ipynb", "01-tiny.mine-3.ipynb"):
        path.write_text(f"kept as {name}")
        assert reset("01-tiny", notebooks) == notebooks / name
        assert "YOUR CODE HERE" in path.read_text()
    for kept in notebooks.glob("*.mine*"):
        assert kept.read_text() == f"kept as {kept.name}"


def test_reset_of_an_untouched_notebook_leaves_no_copy(notebooks):
    reset("01-tiny", notebooks)
    assert reset("01-tiny", notebooks) is None


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_reset_takes_the_committed_notebook_with_its_outputs(notebooks):
    path = notebooks / "01-tiny.ipynb"
    path.write_text("as delivered, with outputs")
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "Deliver"]):
        subprocess.run([*git, *command], cwd=notebooks, check=True)
    path.write_text("my answers")
    kept = reset("01-tiny", notebooks)
    assert path.read_text() == "as delivered, with outputs"
    assert kept.read_text() == "my answers"


def test_a_cell_that_fails_when_run_again_is_found(tmp_path, monkeypatch):
    """Learners run cells twice; a lab that breaks then looks broken to them."""
    monkeypatch.setattr(run_labs, "NOTEBOOKS", tmp_path)
    monkeypatch.setattr(run_labs, "BUILD", tmp_path)
    path = tmp_path / "01-tiny.ipynb"
    write_notebook(executed("seen = 1 / ('seen' not in globals())"), path)
    assert run_labs.run_lab(path, "sample").result == "pass"
    assert "raised" in run_labs.run_lab(path, "sample", twice=True).result


def beside_another(path):
    """Stands in for a lab; notes whether another one ran at the same time."""
    mine = path.with_suffix(".running")
    mine.touch()
    for _ in range(200):
        if len(list(path.parent.glob("*.running"))) == 2:
            return run_labs.Row(path.stem, 15, Run(seconds=1.0, peak_mb=1))
        time.sleep(0.1)
    return run_labs.Row(path.stem, 15, None)


def test_labs_run_side_by_side_and_are_listed_in_their_order(tmp_path, capsys):
    """One after the other would keep half of a machine idle for minutes."""
    paths = [tmp_path / f"{name}.ipynb" for name in ("02-second", "01-first")]
    rows, seconds = run_labs.side_by_side(beside_another, paths, jobs=2)
    assert [row.name for row in rows] == ["02-second", "01-first"]
    assert capsys.readouterr().out == "02-second: pass\n01-first: pass\n"
    assert seconds > 0
