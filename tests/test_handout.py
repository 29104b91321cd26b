"""A lab on paper: questions stay, whatever answers them goes."""

import nbformat
import pytest

from tools import make_handout
from tools.lab_prose import boxed
from tools.make_handout import NoHandout, on_paper, write_handout

v4 = nbformat.v4
TEXT = """**Predict.** More, or fewer?

**What just happened?** Fewer.

![A box.](images/a.svg) See [lab 02](02-x.ipynb).

<details><summary>3. Why is it so?</summary>

Because.

</details>

<details>
<summary>Hint 1 of 2 for y031</summary>

Nearly there.

</details>"""
STUB = "def f(x):\n    # YOUR CODE HERE\n    ...\n    return x"


def test_questions_stay_and_answers_go(tmp_path):
    """A class that finds the answer on its sheet makes no guess."""
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "a.svg").write_text("<svg/>")
    folded = {"jupyter": {"source_hidden": True}}
    cells = [
        v4.new_markdown_cell(boxed(TEXT)),
        v4.new_code_cell(STUB),
        v4.new_code_cell('check("y031", f)'),
        v4.new_code_cell("say(42)", metadata=folded),
    ]
    notebook = v4.new_notebook(cells=cells)
    on_paper(notebook, tmp_path)
    words, code = (cell.source for cell in notebook.cells)
    assert "**Predict.** More, or fewer?" in words
    assert "**3. Why is it so?**" in words
    assert '<img alt="A box." src="data:image/svg+xml;base64,' in words
    assert "See lab 02." in words
    for answer in ("Fewer.", "Because", "Hint", "Nearly"):
        assert answer not in words
    assert code.count("    ______") == 4
    assert code.endswith("\n    return x")
    assert "..." not in code


def test_the_page_is_whole_without_a_network(tmp_path, monkeypatch):
    """The room has no screens, and perhaps no network at the printer either."""
    monkeypatch.setattr(make_handout, "_mathjax", lambda: "/* MathJax */")
    page = write_handout("00", tmp_path).read_text(encoding="utf-8")
    assert "<title>00 Start here" in page
    assert "How a notebook works" in page
    assert 'src="http' not in page
    assert 'rel="stylesheet"' not in page


def test_formulas_that_cannot_be_set_are_said(tmp_path, monkeypatch):
    monkeypatch.setattr(make_handout, "ROOT", tmp_path)
    with pytest.raises(NoHandout, match="make handout installs it"):
        make_handout._mathjax()
