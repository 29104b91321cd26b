"""The index of questions: its links lead to sections, and it gives no result away."""

import re

import nbformat
import pytest

from tools.labs import NOTEBOOKS, QUESTIONS, ROOT, UnknownLab, lab_names
from tools.make_questions import LINK, NoSuchHeading, linked, plan_questions

TEXT = (NOTEBOOKS / "source" / f"{QUESTIONS}.md").read_text(encoding="utf-8")
ENTRIES = [block for block in TEXT.split("\n\n") if block.startswith("**")]
NUMBER = re.compile(r"\d+(?:[.,]\d+)?")


def jupyter_names(lab):
    """What JupyterLab calls the headings of a learner's notebook, as it stands."""
    notebook = nbformat.read(NOTEBOOKS / f"{lab}.ipynb", as_version=4)
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    found = re.findall(r"^#+ (.+)$", "\n\n".join(cells), re.MULTILINE)
    return [re.sub(r"[`*]", "", heading).replace(" ", "-") for heading in found]


def test_the_page_is_that_of_its_source():
    """A question that was added and not built cannot be found."""
    built = nbformat.read(NOTEBOOKS / f"{QUESTIONS}.ipynb", as_version=4)
    assert built == plan_questions(), "authors run scripts/tools/make_questions.py"
    nbformat.validate(built)


def test_every_link_leads_to_a_heading_of_a_lab():
    """A reader with a question lands at the top of a long lab, or nowhere."""
    names = {lab: jupyter_names(lab) for lab in lab_names()}
    page = "\n".join(cell.source for cell in plan_questions().cells)
    links = re.findall(r"\]\(([^)]+)\)", page)
    assert len(links) > len(ENTRIES)
    for link in links:
        file, _, anchor = link.partition("#")
        assert (NOTEBOOKS / file).exists(), link
        if file.endswith(".ipynb"):
            assert anchor.startswith("heading="), (
                "or JupyterLab finds only what is drawn"
            )
            name = anchor.removeprefix("heading=")
            assert names[file.removesuffix(".ipynb")].count(name) == 1, link


def test_a_link_to_a_section_that_moved_stops_the_build():
    """An author renames a heading, and a reader would be the first to notice."""
    meant = "{{05: 6. Strangers}} {{05: The loop}}"
    assert linked(meant).count("](05-recommendations.ipynb#") == 2
    with pytest.raises(NoSuchHeading, match=r"has 0\. Is it '6\. Strangers'\?"):
        linked("{{05: 6. Stranger}}")
    with pytest.raises(NoSuchHeading, match="link to one above it"):
        linked("{{03: `(N, 1)` against `(N,)`}}")
    with pytest.raises(UnknownLab):
        linked("{{77: 6. Strangers}}")


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry[2:40])
def test_an_entry_asks_and_leads_somewhere(entry):
    """An entry is a question in one breath, at most three sentences, and a link."""
    question, answer = re.fullmatch(r"\*\*(.+?[.?])\*\*(.*)", entry, re.DOTALL).groups()
    assert len(question) <= 120
    assert LINK.search(answer) or "](solutions/README.md)" in answer
    words = LINK.sub("", answer).strip()
    assert len(re.findall(r"[.?!](?:\s|$)", words)) <= 3, words


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry[2:40])
def test_an_answer_states_no_number_of_a_data_set(entry):
    """It would be false on other data, and answer a guess before it is made."""
    words = re.sub(r"`[^`]*`", "", LINK.sub("", entry))
    assert set(NUMBER.findall(words)) <= {"0", "1"}, words
    assert not re.search("%|per ?cent|times as", words)


def test_the_questions_are_about_a_hundred_and_none_comes_twice():
    """README says how many; a second copy of a question would age by itself."""
    questions = [entry.partition("**")[2].partition("**")[0] for entry in ENTRIES]
    assert 90 <= len(questions) <= 110
    assert len(set(questions)) == len(questions)


@pytest.mark.parametrize(
    ("page", "link"),
    [
        ("README.md", "](notebooks/questions.ipynb)"),
        ("notebooks/source/00-start-here.py", "](questions.ipynb)"),
        ("notebooks/source/instructors-guide.md", "](../questions.ipynb)"),
        ("scripts/tools/site/index.md", "](questions.ipynb)"),
    ],
)
def test_readers_are_led_to_the_page(page, link):
    """A page that nothing leads to is not read."""
    assert link in (ROOT / page).read_text(encoding="utf-8")
