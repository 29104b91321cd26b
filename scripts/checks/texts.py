"""For authors: the texts of the exercises, one source for notebook, calls and guide.

Titles, minutes, points and hints of labs 06 and 07 stand in `exercises.toml`, those of
each other lab in `turns/`; the solutions are the source code of the reference functions
that the checks compare with.
"""

import ast
import inspect
import re
import tomllib
from dataclasses import dataclass
from html import escape
from pathlib import Path

from checks.outcomes import unmarked
from checks.questions import QUESTIONS
from checks.questions.question import RepairShop

HERE = Path(__file__).parent
TEXTS = {
    key: text
    for file in (HERE / "exercises.toml", *sorted((HERE / "turns").glob("*.toml")))
    for key, text in tomllib.loads(file.read_text(encoding="utf-8")).items()
}
MARKER = re.compile(r"^(?:# )?\{\{(\w+):([qsy]\d+)(?:\.(\w+))?\}\}$", re.MULTILINE)


class UnknownQuestion(ValueError):
    """There is no question, or no lab with questions, of this name."""


class UnknownMarker(ValueError):
    """A lab's source asks for a text that does not exist."""


@dataclass(frozen=True)
class Hint:
    """One rung of the ladder; `table` holds the target curve's points, or ""."""

    title: str
    text: str
    table: str = ""

    def __str__(self):
        parts = self.title, unmarked(self.text), self.table
        return "\n".join(part for part in parts if part)

    __repr__ = __str__

    def _repr_markdown_(self):
        parts = (f"**{self.title}.** {self.text}", self.table)
        return "\n\n".join(part for part in parts if part)


@dataclass(frozen=True)
class Solution:
    """A worked answer: shown folded, and callable like the function that it shows."""

    title: str
    code: str
    function: object = None

    def __call__(self, *arguments):
        if self.function is None:
            raise TypeError(
                f"{self.title} has several functions and cannot be called: "
                "print it to read its code."
            )
        return self.function(*arguments)

    def __str__(self):
        return f"{self.title}\n\n{self.code}"

    __repr__ = __str__

    def _repr_html_(self):
        return (
            f"<details><summary>{escape(self.title)}</summary>"
            f"<pre>{escape(self.code)}</pre></details>"
        )


def lab_of(key):
    """The lab that a question is asked in, such as "06"."""
    return TEXTS[key].get("notebook", "06")


def lab_named(name):
    """A lab's two digits, from them or from a number. Raises `UnknownQuestion`."""
    lab, labs = str(name).zfill(2), sorted({lab_of(key) for key in TEXTS})
    if lab not in labs:
        raise UnknownQuestion(
            f"Lab {name!r} has no questions to check: choose one of {', '.join(labs)}."
        )
    return lab


def questions_of(lab):
    """The keys of a lab's questions. Raises `UnknownQuestion` for a lab without any."""
    lab = lab_named(lab)
    return [key for key in QUESTIONS if lab_of(key) == lab]


def hints_of(key):
    """The ladder of a question's `Hint`s, first to last."""
    texts, target = TEXTS[key]["hints"], TEXTS[key].get("target")
    last = len(texts)
    return [
        Hint(
            f"Hint {place} of {last} for {key}",
            text.strip(),
            target_table(target) if target and place == last else "",
        )
        for place, text in enumerate(texts, start=1)
    ]


def solution_of(key):
    """The `Solution` of a question."""
    question, title = QUESTIONS[key], f"Solution of {key}"
    if isinstance(question, RepairShop):
        code = "\n\n".join(_code(function) for function in question.repaired.values())
        return Solution(title, code)
    return Solution(title, _code(question.right), question.right)


def target_table(target):
    """The points of a target curve as a Markdown table."""
    names = [target["x_label"], *target["series"]]
    rows = zip(target["x"], *target["series"].values(), strict=True)
    lines = [names, ["---"] * len(names), *([f"{v:g}" for v in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def expand(cell, region):
    """A cell's text with its markers replaced; text without markers stays as it is.

    `{{head:q05}}` or, in a box, `{{turn:y011}}`, `{{hints:q05}}` (with the solution)
    and `{{ladder:q05}}` (without, where a cell shows it) are for Markdown cells, on a
    line of their own;
    `# {{answer:q05}}`, `# {{broken:q16.name}}` and `# {{repaired:q16.name}}` for code.
    `region` holds the two lines that stand round a solution in a source.
    Raises `UnknownMarker`.
    """
    return MARKER.sub(lambda match: _expanded(match, region), cell)


def _expanded(match, region):
    kind, key, part = match.groups()
    if key not in QUESTIONS or kind not in ("answer", *_EXPANSIONS):
        raise UnknownMarker(
            f"{match[0]!r} does not name a text of the exercises: use head, turn, "
            "hints, ladder, answer, broken or repaired, and one of "
            f"{', '.join(QUESTIONS)}."
        )
    return _answer(key, region) if kind == "answer" else _EXPANSIONS[kind](key, part)


def _head(key, _):
    text = TEXTS[key]
    return (
        f"### {key} · {text['title']}\n\n"
        f"*Lab {text['lab']} · about {text['minutes']} minutes · "
        f"{text['points']} {'point' if text['points'] == 1 else 'points'}*"
    )


def _turn(key, _):
    text = TEXTS[key]
    stop = "" if text["title"].endswith("?") else "."
    return (
        f"**Your turn: {text['title']}{stop}** *{key}, about {text['minutes']} minutes*"
    )


def _folded(title, body):
    # JupyterLab wants the body unindented, and a blank line after the summary.
    return f"<details>\n<summary>{title}</summary>\n\n{body}\n\n</details>"


def _ladder(key, _):
    return "\n\n".join(
        _folded(
            hint.title, "\n\n".join(part for part in (hint.text, hint.table) if part)
        )
        for hint in hints_of(key)
    )


def _hints(key, _):
    code = f"```python\n{solution_of(key).code}```"
    return f"{_ladder(key, _)}\n\n{_folded(f'Solution of {key}', code)}"


def _answer(key, region):
    """The reference with its body as a solution region: what is left is the stub."""
    code = _code(QUESTIONS[key].right)
    definition = ast.parse(code).body[0]
    lines = code.splitlines()
    last_of_head = definition.body[0].end_lineno
    body = [" " * 4 + region[0], *lines[last_of_head:], " " * 4 + region[1]]
    return "\n".join([*lines[:last_of_head], *body])


def _broken(key, part):
    function = QUESTIONS[key].broken[part]
    return _code(function).replace(f"def {function.__name__}", f"def {part}").rstrip()


def _repaired(key, part):
    return _code(QUESTIONS[key].repaired[part]).rstrip()


def _code(function):
    return inspect.getsource(function)


_EXPANSIONS = {
    "head": _head,
    "turn": _turn,
    "hints": _hints,
    "ladder": _ladder,
    "broken": _broken,
    "repaired": _repaired,
}
