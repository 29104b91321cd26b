"""For authors: what the build adds to a lab's words: boxes, folds and honest minutes.

A source stays plain Markdown. A paragraph that begins with one of `BOXES` in bold, as
`**Predict.** How many ...`, becomes a coloured box; where colours are not shown, as on
GitHub, the same words remain. A cell that finds the project or states a finding is
bookkeeping: its code is folded, its output stays. A section whose heading begins with
"Deeper" is not part of the core path: nothing later needs it, and `{{time}}` in the
head counts it apart.
"""

import re
from collections.abc import Sequence

from nbformat import NotebookNode

BOXES = {
    "Predict": "warning",
    "Your turn": "success",
    "What just happened": "info",
    "Common mistake": "danger",
}
"""How a box begins, and which of JupyterLab's four colours it has."""

LEAD = re.compile(rf"^\*\*({'|'.join(BOXES)})")
# What goes on with the paragraph before it: a list, a table, a formula, a folded text.
CONTINUES = re.compile(r"[-*] |\d+\. |\||\$\$|```|<details")
HEADING = re.compile(r"^(#+) +(.*)$", re.MULTILINE)
FINDING = re.compile(r"^ *finding\($", re.MULTILINE)
SET_UP = re.compile(r"^home = next\(", re.MULTILINE)
EXERCISE = re.compile(r"about (\d+) minutes?\b[^|]*$", re.MULTILINE)
TIME = "{{time}}"

WORDS_A_MINUTE = 150
SECONDS_A_LINE = 7  # of code that is not folded
MINUTES_A_GUESS = 1
MINUTES_AN_OUTPUT = 0.5  # of a figure, or of a finding, whose code is folded


def boxed(text: str) -> str:
    """A Markdown cell with its boxes, each a <div> of its own.

    >>> print(boxed("Words.\\n\\n**Predict.** How many?"))
    Words.
    <BLANKLINE>
    <div class="alert alert-block alert-warning">
    <BLANKLINE>
    **Predict.** How many?
    <BLANKLINE>
    </div>
    """
    # Without blank lines around them the words in a <div> are not read as Markdown.
    parts, box = [], None
    for block in _blocks(text):
        lead = LEAD.match(block)
        if box is not None and (lead or not _belongs(block, box)):
            parts.append("</div>")
            box = None
        if lead:
            box = lead[1]
            parts.append(f'<div class="alert alert-block alert-{BOXES[box]}">')
        parts.append(block)
    if box is not None:
        parts.append("</div>")
    return "\n\n".join(parts)


def is_bookkeeping(cell: NotebookNode) -> bool:
    """Whether a code cell finds the project or states a finding: it is folded then."""
    return cell.cell_type == "code" and bool(
        SET_UP.search(cell.source) or FINDING.search(cell.source)
    )


def minutes(cells: Sequence[NotebookNode]) -> tuple[int, int]:
    """Minutes to read and do the core path, and all of it, to the nearest five.

    150 words a minute, but none for the references under "Further reading"; seven
    seconds for a line of code that is not folded, half a minute for a figure or a
    finding, a minute for each Predict, and for an exercise what it says ("about 5
    minutes"). Students needed about as long for labs 01 to 08.

    >>> import nbformat
    >>> words = nbformat.v4.new_markdown_cell("word " * 750)
    >>> deeper = nbformat.v4.new_markdown_cell("## Deeper: more\\n" + "word " * 1500)
    >>> minutes([words, deeper])
    (5, 15)
    """
    core = everything = 0.0
    depth = None  # of the "Deeper" heading that we are under
    for cell in cells:
        if cell.cell_type != "markdown":
            spent = _code_minutes(cell)
            everything += spent
            core += spent if depth is None else 0
            continue
        for part in re.split(r"^(?=#+ )", cell.source, flags=re.MULTILINE):
            if heading := HEADING.match(part):
                level = len(heading[1])
                if depth is not None and level <= depth:
                    depth = None
                if depth is None and re.match(r"([\d.·]+ )*Deeper", heading[2]):
                    depth = level
            spent = _prose_minutes(part)
            everything += spent
            core += spent if depth is None else 0
    return tuple(5 * round(number / 5) for number in (core, everything))


def said_minutes(cells: Sequence[NotebookNode]) -> str:
    """`minutes` in words, for the head of a lab."""
    core, everything = minutes(cells)
    if core == everything:
        return f"about {core} minutes"
    return f"about {core} minutes; {everything} with all that is marked *Deeper*"


def _blocks(text: str) -> list[str]:
    """The paragraphs of a cell; a folded text and a fenced one stay whole."""
    blocks = [""]
    for block in text.split("\n\n"):
        inside = blocks[-1]
        open_fold = inside.count("<details") > inside.count("</details>")
        if open_fold or inside.count("```") % 2:
            blocks[-1] += f"\n\n{block}"
        else:
            blocks.append(block)
    return blocks[1:]


def _belongs(block: str, box: str) -> bool:
    if block.startswith("#"):
        return False
    return box == "Your turn" or bool(CONTINUES.match(block))


def _code_minutes(cell: NotebookNode) -> float:
    if "solution" in cell.metadata.get("tags", []):
        return 0.0
    if is_bookkeeping(cell):
        return MINUTES_AN_OUTPUT
    lines = sum(bool(line.strip()) for line in cell.source.splitlines())
    figures = cell.source.count("plt.show()")
    return lines * SECONDS_A_LINE / 60 + figures * MINUTES_AN_OUTPUT


def _prose_minutes(text: str) -> float:
    if re.match(r"#+ Further reading", text):
        return 0.0
    words = len(re.sub(r"<[^>]*>", " ", text).split())
    guesses = len(re.findall(r"^\*\*Predict", text, re.MULTILINE))
    exercises = sum(int(number) for number in EXERCISE.findall(text))
    return words / WORDS_A_MINUTE + guesses * MINUTES_A_GUESS + exercises
