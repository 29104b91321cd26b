"""The notebooks as committed: fresh, whole, in order, and built as every lab is.

What a lab must have, and how these tests find it:

- the first cell, the same in all labs: number and title, the promise in italics, a
  table with time (counted by the build), run time, memory, difficulty and what the lab
  builds on, 3 to 6 objectives under "After this lab you can", and the prerequisites;
- "Why it matters", real-world context and plain words, before the first code;
- one set-up cell, the first with code, of at most a dozen lines besides its imports;
- "What just happened?" and at least two **Predict** prompts;
- headings with "Common mistakes", "Key questions", "Checkpoint" and "Further reading";
- at least four folded answers under "Key questions";
- objectives in the past tense under "Checkpoint", as many as at the start;
- a link to the next lab, unless it is the last.

The first notebook is the start page: it teaches nothing yet, and so needs no guesses,
mistakes and key questions.
"""

import ast
import re
import sys
from pathlib import Path

import nbformat
import pytest

from tools.build_notebooks import DATASET, check_lab, problems
from tools.lab_source import STAMP
from tools.labs import NOTEBOOKS, QUESTIONS, ROOT, lab_names

LABS = lab_names()
LEARNERS = [NOTEBOOKS / f"{lab}.ipynb" for lab in LABS]
SOLVED = [NOTEBOOKS / "solutions" / f"{lab}.ipynb" for lab in LABS]
PATHS = LEARNERS + SOLVED
WIDEST, TALLEST = 79, 24  # of a code cell, in columns and lines

every_lab = pytest.mark.parametrize("lab", LABS)
every_lesson = pytest.mark.parametrize("lab", LABS[1:])
every_notebook = pytest.mark.parametrize(
    "path", PATHS, ids=lambda path: str(path.relative_to(NOTEBOOKS).with_suffix(""))
)
every_learners = pytest.mark.parametrize("path", LEARNERS, ids=LABS)
every_solved = pytest.mark.parametrize("path", SOLVED, ids=LABS)


def read(path):
    if not path.exists():
        pytest.fail(f"{path.name} is not built: run `make notebooks`.")
    return nbformat.read(path, as_version=4)


def code_cells(notebook):
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [cell for cell in cells if cell.source.strip()]


def prose(lab):
    """All Markdown of a lab, cell by cell."""
    cells = read(NOTEBOOKS / f"{lab}.ipynb").cells
    return [cell.source for cell in cells if cell.cell_type == "markdown"]


def objectives(lab):
    """What the head promises, one string for each."""
    _, _, rest = prose(lab)[0].partition("**After this lab you can**")
    promised, _, _ = rest.partition("**Prerequisites**")
    return re.findall(r"^- (.+)", promised, re.MULTILINE)


def setup_cell(lab):
    """The first cell with code, as a syntax tree."""
    return ast.parse(code_cells(read(NOTEBOOKS / f"{lab}.ipynb"))[0].source)


def section(lab, heading):
    """The Markdown under the first heading that contains `heading`, to the next one."""
    text = "\n\n".join(prose(lab))
    match = re.search(rf"^(#+) .*{heading}.*$", text, re.MULTILINE | re.IGNORECASE)
    assert match, f"{lab} has no heading with {heading!r}"
    rest = text[match.end() :]
    following = re.search(rf"^#{{1,{len(match[1])}}} ", rest, re.MULTILINE)
    return rest[: following.start()] if following else rest


@every_lab
def test_notebooks_follow_from_their_source(lab):
    """A learner would read something else than the author wrote."""
    assert check_lab(lab) == [], (
        "authors run `make notebooks`; `make reset NB=...` keeps a learner's copy"
    )


def test_no_notebook_is_left_over():
    """A notebook without source can no longer be built or mended."""
    built = {path.stem for path in NOTEBOOKS.glob("solutions/*.ipynb")}
    built |= {path.stem for path in NOTEBOOKS.glob("*.ipynb")}
    assert {name for name in built if ".mine" not in name} <= {*LABS, QUESTIONS}


@every_learners
def test_nothing_on_the_page_answers_a_guess_beforehand(path):
    """A stored figure below a Predict would make the guess a joke."""
    for cell in code_cells(read(path)):
        assert not cell.outputs
        assert cell.execution_count is None


@every_solved
def test_outputs_are_of_one_real_run(path):
    """A stamp alone proves nothing: all cells must have been run, in this order."""
    notebook = read(path)
    cells = code_cells(notebook)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert sum(bool(cell.outputs) for cell in cells) >= len(cells) / 2
    assert notebook.metadata[STAMP].dataset == DATASET


@every_solved
def test_outputs_hold_nothing_that_must_not_be_shown(path):
    notebook = read(path)
    assert problems(notebook) == []
    assert path.stat().st_size <= 1_000_000


@every_notebook
def test_the_file_is_valid_and_its_ids_are_unique(path):
    notebook = read(path)
    nbformat.validate(notebook)
    assert notebook.nbformat_minor >= 5
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    assert "jupytext" not in notebook.metadata
    assert not any("execution" in cell.metadata for cell in notebook.cells)


@every_notebook
def test_a_notebook_away_from_its_project_says_so(path, tmp_path, monkeypatch):
    """Moved, or opened alone in Colab: a bare StopIteration says nothing."""
    monkeypatch.chdir(tmp_path)
    first = next(cell for cell in read(path).cells if cell.cell_type == "code")
    with pytest.raises(SystemExit, match="needs its project: open it in the folder"):
        exec(compile(first.source, path.name, "exec"), {})


@every_notebook
def test_code_fits_a_projector(path):
    for number, cell in enumerate(read(path).cells):
        if cell.cell_type == "code":
            lines = cell.source.splitlines()
            assert len(lines) <= TALLEST, f"cell {number} has {len(lines)} lines"
            for line in lines:
                assert len(line) <= WIDEST, f"cell {number}: {line}"


@every_notebook
def test_the_same_path_runs_for_everyone_and_nothing_is_silenced(path):
    for cell in code_cells(read(path)):
        assert not re.search(r"\bif\s+(not\s+)?TEST", cell.source)
        assert not re.search(r"filterwarnings|simplefilter|%%capture", cell.source)


@every_notebook
def test_folded_text_is_rendered(path):
    """JupyterLab shows Markdown in <details> only after a blank line, not indented."""
    for cell in read(path).cells:
        if cell.cell_type == "markdown":
            assert cell.source.count("<details") == cell.source.count("</details>")
            for after in re.findall(r"</summary>(.*\n.*)", cell.source):
                assert after.strip(" ").startswith("\n"), after
                assert not after.split("\n")[1].strip(), after


@every_lab
def test_the_head_says_what_to_expect(lab):
    head = prose(lab)[0]
    number, rest = lab[:2], r"[^\n]+\n\n\*[^*].*?\*\n\n"
    assert re.match(rf"# {number} {rest}\| \| \|\n", head, re.DOTALL)
    rows = re.findall(r"^\| \*\*(.+?)\*\* \| .+ \|$", head, re.MULTILINE)
    assert rows == [
        "Time", "Run time, two CPU cores", "Memory", "Difficulty", "Builds on"
    ]  # fmt: skip
    assert re.search(r"Time\*\* \| about \d+ minutes", head), "counted by the build"
    assert 3 <= len(objectives(lab)) <= 6
    assert "**Prerequisites**: " in head


@every_lab
def test_context_comes_before_code(lab):
    cells = read(NOTEBOOKS / f"{lab}.ipynb").cells
    first_code = next(i for i, cell in enumerate(cells) if cell.cell_type == "code")
    before = "\n".join(cell.source for cell in cells[:first_code]).lower()
    for part in ("## why it matters", "**real-world context.**", "plain words"):
        assert part in before


@every_lab
def test_the_set_up_cell_is_short(lab):
    statements = [
        statement
        for statement in setup_cell(lab).body
        if not isinstance(statement, ast.Import | ast.ImportFrom)
    ]
    assert sum(s.end_lineno - s.lineno + 1 for s in statements) <= 12


@every_lesson
def test_all_labs_begin_alike(lab):
    """What one lab learned about finding its project or starting soon, all need."""
    first, here = (
        [ast.unparse(x) for x in setup_cell(name).body if "Import" not in str(type(x))]
        for name in (LABS[0], lab)
    )
    shared = 1 + next(n for n, line in enumerate(first) if line.startswith("gc."))
    assert here[:shared] == first[:shared]


@every_lab
@pytest.mark.parametrize("folder", [".", "notebooks", "notebooks/source"])
def test_scripts_are_found_wherever_jupyter_was_started(lab, folder, monkeypatch):
    setup = setup_cell(lab)
    last = next(
        number
        for number, statement in enumerate(setup.body)
        if ast.unparse(statement).startswith("sys.path.insert")
    )
    opening = ast.Module(setup.body[: last + 1], type_ignores=[])
    monkeypatch.chdir(ROOT / folder)
    monkeypatch.setattr(sys, "path", list(sys.path))
    exec(compile(opening, lab, "exec"), {})
    assert Path(sys.path[0]) == ROOT / "scripts"


@every_lesson
def test_the_reader_guesses_and_is_answered(lab):
    text = "\n".join(prose(lab))
    assert len(re.findall(r"\*\*Predict", text)) >= 2, "two guesses"
    assert re.search(r"what just happened\?", text, re.IGNORECASE)


@every_lesson
def test_mistakes_are_shown_and_key_questions_answered(lab):
    assert section(lab, "common mistakes").strip()
    answers = re.findall(r"<details>", section(lab, "key questions"))
    assert len(answers) >= 4, "four folded answers"


@every_lab
def test_the_checkpoint_keeps_the_promises_of_the_head(lab):
    kept = re.findall(r"^- ", section(lab, "checkpoint"), re.MULTILINE)
    assert len(kept) == len(objectives(lab))
    assert section(lab, "further reading").strip()


@every_lab
def test_the_next_lab_is_linked(lab):
    links = re.findall(r"\]\(([^)#\s]+\.ipynb)\)", "\n".join(prose(lab)))
    if lab != LABS[-1]:
        following = LABS[LABS.index(lab) + 1]
        assert f"{following}.ipynb" in links
    for link in links:
        assert Path(link).stem in {*LABS, QUESTIONS}, f"{link} leads nowhere"
