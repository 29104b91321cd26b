"""For authors: exercise checks that name the mistake.

In a notebook: `check("q05", my_function)`, `hint("q05")`, `example("q05")`,
`solution("q05")`. A check sees only what is passed to it; nothing here reads the
notebook's variables.
"""

import copy
import re
import secrets
from dataclasses import dataclass

import matplotlib.pyplot as plt

from checks.comparing import show
from checks.engine import judge
from checks.outcomes import LOOKS
from checks.questions import QUESTIONS
from checks.questions.question import RepairShop
from checks.recognizing import examples
from checks.targets import target_figure
from checks.texts import (
    TEXTS,
    UnknownQuestion,
    hints_of,
    lab_of,
    questions_of,
    solution_of,
)

__all__ = [
    "QUESTIONS",
    "TEXTS",
    "UnknownQuestion",
    "check",
    "example",
    "hint",
    "judge",
    "passed",
    "scoreboard",
    "solution",
]

_MISSING = object()  # no answer was passed: None is one that was
_FIRST_CALL = 'check("q01", sparsity)'
_latest = {}  # the latest outcome of each question that was checked
_hints_given = {}


@dataclass(frozen=True)
class Example:
    """A call of a question's function: its `arguments`, and the `expected` result."""

    call: str
    arguments: tuple
    expected: object

    def __repr__(self):
        lines = ["called with", *self.call.splitlines()]
        return "\n".join([*lines, "expected", *show(self.expected).splitlines()])


def check(key=_MISSING, answer=_MISSING):
    """Check an answer: a function, or for the repair shop a tuple of functions.

    Returns an `Outcome`, which a notebook shows when it is a cell's last line: correct,
    incorrect, not attempted or raised. Its `arguments` are those of the call that it
    shows. The inputs are new in every call. Raises `UnknownQuestion`.

    >>> def sparsity(n_users, n_items, n_ratings):
    ...     return n_ratings / (n_users * n_items)
    >>> outcome = check("q01", sparsity)
    >>> outcome.status, outcome.misconception
    ('incorrect', 'density-for-sparsity')
    """
    _known(key)
    if answer is _MISSING:
        names = ", ".join(QUESTIONS[key].names)
        what = f"({names})" if "," in names else names
        raise UnknownQuestion(
            "Pass your function after the name of the question: "
            f'check("{key}", {what}).'
        )
    _latest[key] = judge(QUESTIONS[key], answer, TEXTS[key])
    return _latest[key].with_progress(_progress_line(key))


def example(key=_MISSING, number=1):
    """The arguments of one call of a question's function, with the expected result.

    `number` counts them from 1: plain ones come first and special ones last. Raises
    `UnknownQuestion`, also for the repair shop.

    >>> example("q01").arguments, round(example("q01").expected, 2)
    ((4, 5, 6), 0.7)
    """
    question = QUESTIONS[_known(key)]
    if isinstance(question, RepairShop):
        raise UnknownQuestion(
            f"{key} has several functions and no one example: its check shows the call "
            "that fails."
        )
    asked = examples(question, secrets.randbelow(2**31))
    if number not in range(1, len(asked.cases) + 1):
        raise UnknownQuestion(
            f"{key} has {len(asked.cases)} examples, numbered from 1, and none is "
            f"{number!r}."
        )
    arguments = copy.deepcopy(asked.cases[int(number) - 1])
    names = "\n".join(
        f"  {name} = {show(value)}"
        for name, value in zip(question.arguments, arguments, strict=True)
    )
    return Example(names, arguments, question.right(*copy.deepcopy(arguments)))


def hint(key=_MISSING, number=None):
    """The next hint for a question, or hint `number`, counted from 1.

    The last hint of a training question also draws the curve to expect. Raises
    `UnknownQuestion`, also for a number that the question has no hint for.

    >>> hint("q01", 1)
    Hint 1 of 3 for q01
    Draw a matrix of 4 users and 5 movies on paper. How many cells does it have?
    """
    _known(key)
    ladder = hints_of(key)
    if number is None:
        number = min(_hints_given.get(key, 0) + 1, len(ladder))
    if number not in range(1, len(ladder) + 1):
        raise UnknownQuestion(
            f"{key} has {len(ladder)} hints, numbered from 1, and none is {number!r}: "
            f'ask for one of them, or for the next one with hint("{key}").'
        )
    _hints_given[key] = number = int(number)
    if ladder[number - 1].table:
        target_figure(TEXTS[key]["target"])
        plt.show()
    return ladder[number - 1]


def solution(key=_MISSING):
    """The worked answer, folded in a notebook. You can call it like your function.

    >>> sparsity = solution("q01")
    >>> round(sparsity(4, 5, 6), 2)
    0.7
    """
    return solution_of(_known(key))


def passed(key=_MISSING):
    """True when the latest check of this question was correct.

    >>> _ = check("q01", solution("q01"))
    >>> passed("q01")
    True
    """
    return _known(key) in _latest and _latest[key].status == "correct"


def scoreboard(lab):
    """Print one line per question of a lab, such as "06", and the points together.

    >>> scoreboard("07")  # doctest: +ELLIPSIS
    ○ s01  What N(u) may contain ... 0 of 1  not attempted
    ...
    Done: 0 of 5 questions, 0 of 11 points.
    """
    keys = questions_of(lab)
    lines = []
    for key in keys:
        status = _latest[key].status if key in _latest else "not attempted"
        points = _latest[key].points if key in _latest else 0
        out_of = TEXTS[key]["points"]
        symbol, word, _ = LOOKS[status]
        lines.append(
            f"{symbol} {key}  {TEXTS[key]['title']:<44} {points:g} of {out_of:g}"
            f"  {word.lower()}"
        )
    print("\n".join([*lines, _progress_line(keys[0])]))


def _known(key):
    if not isinstance(key, str | int):
        given = "" if key is _MISSING else f", not {show(key)}"
        near = [
            f'check("{known}", {name})'
            for known, question in QUESTIONS.items()
            for name in question.names
            if name == getattr(key, "__name__", "") and len(question.names) == 1
        ]
        raise UnknownQuestion(
            "The first argument must be the name of a question, such as "
            f"{(near or [_FIRST_CALL])[0]}{given}."
        )
    if key not in QUESTIONS:
        letter = "s" if str(key).lower().startswith("s") else "q"
        number = re.sub(r"\D", "", str(key)).zfill(2)
        near = [known for known in QUESTIONS if known == letter + number]
        raise UnknownQuestion(
            f"There is no question {key!r}. "
            + (
                f'Did you mean "{near[0]}"?'
                if near
                else f"The questions are {', '.join(QUESTIONS)}."
            )
        )
    return key


def _progress_line(key):
    keys = questions_of(lab_of(key))
    done = sum(passed(each) for each in keys)
    points = sum(_latest[each].points for each in keys if each in _latest)
    total = sum(TEXTS[each]["points"] for each in keys)
    return f"Done: {done} of {len(keys)} questions, {points:g} of {total:g} points."
