"""The site's pure parts: heads, links, folds and figures, without Sphinx."""

import base64

import nbformat
import pytest

from tools.labs import QUESTIONS, lab_names
from tools.make_site import (
    GUIDE,
    NoSite,
    html_links,
    index,
    notebook_of,
    page_links,
    prepare,
    read_head,
    write_sources,
)

v4 = nbformat.v4
HEAD = """# 03 Training: one honest number

*Fit it, then
measure it.*

| | |
|---|---|
| **Reading and doing time** | about 90 minutes |
| **Run time, two CPU cores** | a minute |

**After this lab you can**

- stop in
  time;
- report one number.

**Prerequisites**: labs 01 and 02.
"""


def test_a_head_is_read_as_the_labs_write_it():
    """The first page promises minutes and objectives: a student plans by them."""
    head = read_head(HEAD)
    assert head.title == "03 · Training: one honest number"
    assert head.short == "03 · Training"
    assert head.promise == "Fit it, then measure it."
    assert head.time == "about 90 minutes"
    assert head.objectives == ("stop in time", "report one number")
    with pytest.raises(NoSite, match="begins with '# '"):
        read_head("No title")


@pytest.mark.parametrize("lab", lab_names())
def test_the_head_of_every_lab_is_found(lab):
    notebook = nbformat.read(notebook_of(lab), as_version=4)
    head = read_head(notebook.cells[0].source)
    assert head.short.startswith(f"{lab[:2]} · ")
    assert head.promise
    assert "|" not in head.promise
    assert 3 <= len(head.objectives) <= 6


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[lab 2](02-x.ipynb)", "[lab 2](02-x.ipynb)"),
        ("[lab 2](../solutions/02-x.ipynb#why)", "[lab 2](02-x.ipynb#why)"),
        ("[paper](https://doi.org/10)", "[paper](https://doi.org/10)"),
        ("[below](#why)", "[below](#why)"),
        ("[3](02-x.ipynb#heading=3.-My-y:-b?)", "[3](02-x.ipynb#3-my-y-b)"),
        ("![a map](images/map.svg)", "![a map](images/map.svg)"),
        ("[the guide](solutions/README.md)", f"[the guide]({GUIDE}.md)"),
        ("[data](../data/README.md), [09](09-y.ipynb)", "data, 09"),
        ('<a href="02-x.ipynb">2</a>', '<a href="02-x.html">2</a>'),
    ],
)
def test_a_link_leads_to_a_page_or_is_words(text, expected):
    """A reader of the site has no notebooks: a link to a file would lead nowhere."""
    assert page_links(text, ["02-x", GUIDE]) == expected


def test_a_link_to_another_host_stays_in_html():
    assert html_links("<a href='https://a.b/c.ipynb'>", ["02-x"]).count("https") == 1


def test_a_figure_keeps_its_words_and_the_size_it_was_drawn_for(tmp_path):
    """Who cannot see the figure hears what it shows; sharp must not mean wide."""
    shown = v4.new_output(
        "display_data",
        {"image/png": base64.b64encode(b"1").decode()},
        metadata={"image/png": {"width": 560, "alt": "Up to 3_x_."}},
    )
    figure = v4.new_code_cell("", outputs=[shown])
    notebook = v4.new_notebook(cells=[v4.new_markdown_cell("# 01 A"), figure])
    prepare(notebook, "01-a", ["01-a"], tmp_path)
    expected = "![Up to 3\\_x\\_.](figures/01-a-1.png){width=560px}"
    assert shown.data["text/markdown"] == expected
    assert (tmp_path / "figures" / "01-a-1.png").read_bytes() == b"1"
    shown.data, shown.metadata = {"image/png": ""}, {}
    with pytest.raises(NoSite, match="Figure 1 of 01-a is not described"):
        prepare(notebook, "01-a", ["01-a"], tmp_path)


def test_answers_are_folded_under_words_that_say_so(tmp_path):
    """A student who reads the page is not shown an answer before a guess."""
    region = "def f():\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION"
    folded_by_the_build = {"jupyter": {"source_hidden": True}, "tags": ["hide-input"]}
    cells = [
        v4.new_markdown_cell("# 01 A"),
        v4.new_code_cell(region),
        v4.new_code_cell('solution("q01")', metadata={"tags": ["solution"]}),
        v4.new_code_cell("a", metadata={"tags": ["solution"]}),
        v4.new_code_cell("b", metadata=folded_by_the_build),
        v4.new_code_cell("c"),
    ]
    notebook = v4.new_notebook(cells=cells)
    prepare(notebook, "01-a", ["01-a"], tmp_path)
    assert len(notebook.cells) == len(cells) - 1, "the same answer, told twice"
    cells = notebook.cells
    assert cells[1].source == "def f():\n    return 1"
    assert [cell.metadata.tags for cell in cells[1:]] == [
        ["hide-input"],
        ["solution", "hide-cell"],
        ["hide-input"],
        [],
    ]
    assert cells[1].metadata.mystnb["code_prompt_show"] == "Show one answer"


def test_the_first_page_lists_each_lab_with_its_minutes():
    page = index("{{labs}}\n\n{{contents}}", {"03-training": read_head(HEAD)})
    assert "### [03 · Training: one honest number](03-training.ipynb)" in page
    assert "**Time:** about 90 minutes" in page
    assert "- stop in time\n- report one number" in page
    assert "03 · Training <03-training>" in page
    assert page.count("```{toctree}") == 3
    assert ":caption: To look up\n\nquestions\n" in page


def test_the_sources_of_all_pages_are_written(tmp_path):
    """A lab that is forgotten here is missing from the site without a word."""
    pages = write_sources(tmp_path / "site")
    assert pages == ["index", *lab_names(), QUESTIONS, GUIDE]
    written = {path.stem for path in (tmp_path / "site").glob("*.*")}
    assert written == set(pages)


def test_a_lab_that_is_not_built_stops_the_site(tmp_path):
    with pytest.raises(NoSite, match="04-x is not built yet: run make notebooks"):
        notebook_of("04-x", tmp_path)
