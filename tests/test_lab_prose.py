"""What the build adds to a lab's words: boxes, folds, minutes one can trust."""

import doctest

import nbformat
import pytest

from tools import lab_prose
from tools.lab_prose import boxed, is_bookkeeping, minutes, said_minutes


def prose(text):
    return nbformat.v4.new_markdown_cell(text)


def code(text, **metadata):
    return nbformat.v4.new_code_cell(text, metadata=metadata)


def test_the_examples_in_its_docstrings_run():
    assert doctest.testmod(lab_prose).failed == 0


@pytest.mark.parametrize(("lead", "colour"), lab_prose.BOXES.items())
def test_each_kind_of_box_has_its_colour_and_keeps_its_words(lead, colour):
    """Without the colours, as on GitHub, a reader still sees what it is."""
    text = boxed(f"Before.\n\n**{lead}.** Inside.\n\n## After")
    opening = f'<div class="alert alert-block alert-{colour}">'
    assert text == f"Before.\n\n{opening}\n\n**{lead}.** Inside.\n\n</div>\n\n## After"


def test_a_list_or_formula_stays_in_the_box_and_a_heading_does_not():
    """Half a question outside its box would read as an answer."""
    text = boxed("**Predict.** Which?\n\n- one\n- two\n\n$$x$$\n\n## Next\n\nWords.")
    assert text.index("$$x$$") < text.index("</div>") < text.index("## Next")


def test_an_exercise_is_one_box_to_the_end_of_its_cell():
    text = boxed("**Your turn.** Write it.\n\nIt takes two arguments.")
    assert text.endswith("It takes two arguments.\n\n</div>")


def test_a_folded_text_and_a_listing_are_not_cut():
    """A </div> inside <details> or a fence would break the page below."""
    fold = "<details><summary>Why?</summary>\n\nFirst.\n\nSecond.\n\n</details>"
    listing = "```python\na = 1\n\nb = 2\n```"
    text = boxed(f"**What just happened?** This.\n\n{fold}\n\n{listing}\n\nAfter.")
    assert fold in text
    assert listing in text
    assert text.endswith("</div>\n\nAfter.")


def test_two_boxes_in_one_cell_stay_two():
    text = boxed("**What just happened?** A.\n\n**Predict.** B?")
    assert text.count("<div") == text.count("</div>") == 2


def test_only_bookkeeping_is_folded():
    """Folding a lesson's code would hide the lesson."""
    assert is_bookkeeping(code('x = 1\nfinding(\n    "A", True, yes="a", no="b")'))
    assert is_bookkeeping(code("if DATED:\n    finding(\n        'A', True)"))
    assert is_bookkeeping(code("import sys\n\nhome = next((p for p in []), None)"))
    assert not is_bookkeeping(code("from findings import finding"))
    assert not is_bookkeeping(prose("finding(\n"))


def test_every_part_of_the_rule_counts():
    """A head that promises half the time is what students complain about."""
    assert minutes([prose("word " * 1500)]) == (10, 10)
    assert minutes([code("x = 1\n\n" * 90)]) == (10, 10)  # about 90 lines, 7 s each
    assert minutes([prose("**Predict.** x?")] * 10) == (10, 10)
    assert minutes([code("plt.show()")] * 10) == (5, 5)
    assert minutes([code("finding(\n    1)")] * 10) == (5, 5)
    assert minutes([code("x = 1\n" * 900, tags=["solution"])]) == (0, 0)
    assert minutes([prose("## Further reading\n" + "word " * 900)]) == (0, 0)
    assert minutes([prose("**Your turn.** A · about 5 minutes")] * 2) == (10, 10)


def test_a_section_marked_deeper_ends_with_the_next_heading_of_its_rank():
    long = "word " * 1500
    cells = [
        prose("# Lab"),
        prose(f"## 3. Deeper: more\n\n{long}"),
        prose(f"### A part of it\n\n{long}"),
        prose(f"## 4. Back\n\n{long}"),
        prose(f"### Deeper: a part\n\n{long}"),
        prose(f"### And on\n\n{long}"),
    ]
    assert minutes(cells) == (20, 50)
    assert said_minutes(cells) == (
        "about 20 minutes; 50 with all that is marked *Deeper*"
    )
    assert said_minutes(cells[:1]) == "about 0 minutes"
