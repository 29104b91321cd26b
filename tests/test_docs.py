"""The pages for people: their links lead somewhere, and their examples run."""

import re
import textwrap

import matplotlib as mpl
import pandas as pd
import pytest
from test_contract import ModelContract

mpl.use("Agg")

import matplotlib.pyplot as plt

from checks import TEXTS, judge
from data_utils import RatingsDataset, registry
from tools.lab_source import plan_notebook
from tools.labs import ROOT

CONTRIBUTING = ROOT / "CONTRIBUTING.md"
NAMES = ROOT / "scripts" / "README.md"
PAGES = [ROOT / name for name in ("README.md", "INSTALL.md", "RESULTS.md")]
PAGES += [CONTRIBUTING, NAMES, ROOT / "data" / "README.md"]
every_page = pytest.mark.parametrize(
    "page", PAGES, ids=lambda p: str(p.relative_to(ROOT))
)
INVENTED = {"notebooks/source/09-years.py"}  # what a contributor would add


@pytest.fixture(scope="module")
def written():
    """The names that the Python of CONTRIBUTING.md defines, run from top to bottom."""
    text = CONTRIBUTING.read_text(encoding="utf-8")
    names = {"__name__": "written", "ModelContract": ModelContract}
    for block in re.findall(
        r"^ *```python\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE
    ):
        line = text.count("\n", 0, text.index(block))
        code = "\n" * line + textwrap.dedent(block)
        exec(compile(code, str(CONTRIBUTING), "exec"), names)
    return names


def anchors(page):
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", h).lower().replace(" ", "-") for h in headings}


@every_page
def test_links_lead_somewhere(page):
    """A reader who follows one would find nothing."""
    text = page.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if link.startswith("https://"):
            continue
        file, _, anchor = link.partition("#")
        target = page.parent / file if file else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_the_dictionary_of_names_is_that_of_the_code():
    """A learner who comes from another library would look for a setting in vain."""
    page = NAMES.read_text(encoding="utf-8")
    _, table = page.split("| here | scikit-learn |")
    rows = [row.split("|")[1] for row in table.split("\n\n")[0].splitlines()[2:]]
    code = "".join(p.read_text("utf-8") for p in (ROOT / "scripts").rglob("*.py"))
    names = {name for row in rows for name in re.findall(r"`(?:\w+\.)?(\w+)", row)}
    assert len(names) > 15
    assert names <= set(re.findall(r"\w+", code))


def test_the_short_tables_are_rows_of_the_long_ones():
    """README and RESULTS.md would give two figures for one model."""
    long = rows_of(ROOT / "RESULTS.md")
    short = rows_of(ROOT / "README.md")
    short = [row for row in short if re.fullmatch(r"\d?\.\d+", row[1])]
    assert len(short) >= 10
    for name, *cells in short:
        assert any(
            known.startswith(name) and {*cells} <= {*wide} for known, *wide in long
        ), name


def rows_of(page):
    """The cells of a page's table rows, without bold."""
    text = page.read_text(encoding="utf-8").replace("**", "")
    rows = re.findall(r"^\| ([^-|].*) \|$", text, re.MULTILINE)
    return [[cell.strip() for cell in row.split(" | ")] for row in rows]


def test_contributors_are_sent_to_files_and_commands_that_exist():
    """A page that names a moved file costs its reader an hour."""
    text = CONTRIBUTING.read_text(encoding="utf-8")
    named = set(re.findall(r"(?:scripts|tests|notebooks|data)/[\w./-]*\w", text))
    missing = {path for path in named - INVENTED if not (ROOT / path).exists()}
    assert missing == set()
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"`make ([a-z-]+)", text)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"make {target}"


def test_the_model_of_the_page_passes_the_contract(written, small_world):
    """Who copies it would start from a model that the tests refuse."""
    contract, train = (
        written["TestMovieMeans"](),
        RatingsDataset.fit(small_world.ratings),
    )
    contract.test_predictions_are_plain_numbers(train)
    contract.test_a_default_of_float64_changes_no_type(train)
    contract.test_a_model_says_its_settings(train)
    contract.test_a_second_fit_starts_anew(small_world.ratings, train)
    table = pd.DataFrame([(1, 1, 5.0), (2, 1, 4.0), (2, 2, 3.0)])
    tiny = RatingsDataset.fit(table.set_axis(["user_id", "item_id", "rating"], axis=1))
    found = written["MovieMeans"](item_damping=1.0).fit(tiny).predict([0, 1], [0, 1])
    assert found.tolist() == pytest.approx([4 + 1 / 3, 4 - 1 / 2])


def test_the_cells_of_the_page_become_a_learners_notebook(tmp_path):
    """A marker that the build does not know would publish the solution."""
    text = CONTRIBUTING.read_text(encoding="utf-8")
    (cells,) = re.findall(r"^```text\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    source = tmp_path / "09-years.py"
    source.write_text(cells, encoding="utf-8")
    prose, code = plan_notebook(source).cells
    assert 'alert-warning">\n\n**Predict.**' in prose.source
    assert "# YOUR CODE HERE" in code.source
    assert "groupby" not in code.source
    assert "groupby" in plan_notebook(source, solution=True).cells[1].source


def test_the_question_of_the_page_tells_right_from_wrong(written):
    (question,) = written["QUESTIONS"]
    text = TEXTS["q01"]
    assert judge(question, question.right, text).status == "correct"
    (known,) = question.misconceptions
    assert known.message in judge(question, known.wrong, text).message


def test_the_data_set_of_the_page_has_the_facts_of_the_others(written):
    """A field that the registry does not know would stop the import."""
    edition = written["edition"]
    assert isinstance(edition, registry.Dataset)
    assert edition.files == ("ratings.csv", "movies.csv")


def test_the_figure_of_the_page_says_what_its_data_say(written):
    for last, word in ((0.8, "better than"), (1.1, "worse than"), (1.0, "as well as")):
        figure, sentence = written["error_by_year"]([1990, 1998], [1.0, last])
        assert word in figure.axes[0].get_title(loc="left")
        assert sentence == f"From 1990 to 1998 the RMSE goes from 1.00 to {last:.2f}."
    plt.close("all")


def test_the_licence_and_the_citation_name_the_same_terms():
    """Who cites or copies must not find two answers."""
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert "license:\n  - MIT\n  - CC-BY-4.0\n" in citation
    assert licence.count("Copyright (c) 2026 the authors of latent-factor labs") == 2
    for words in (
        "MIT License",
        "CC BY 4.0",
        "MovieLens",
        'THE SOFTWARE IS PROVIDED "AS IS"',
    ):
        assert words in licence
