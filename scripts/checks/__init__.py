"""Exercise checks that name the mistake.

In a notebook: `check("q05", my_function)`, `hint("q05")`, `solution("q05")`. Everything
that is checked is passed; nothing reads the notebook's variables.
"""

import re

import matplotlib.pyplot as plt

from checks.engine import judge
from checks.outcomes import LOOKS
from checks.questions import QUESTIONS
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
    "hint",
    "judge",
    "passed",
    "scoreboard",
    "solution",
]

_latest = {}  # the latest outcome of each question that was checked
_hints_given = {}


def check(key, answer):
    """Check an answer: a function, or for the repair shop a tuple of functions.

    Returns an `Outcome` that a notebook shows when it is a cell's last line: correct,
    incorrect, not attempted or raised.
    """
    _known(key)
    _latest[key] = judge(QUESTIONS[key], answer, TEXTS[key])
    return _latest[key].with_progress(_progress_line(key))


def hint(key, number=None):
    """The next hint for a question, or hint `number`, counted from 1.

    The last hint of a training question also draws the curve to expect.
    """
    _known(key)
    ladder = hints_of(key)
    if number is None:
        number = min(_hints_given.get(key, 0) + 1, len(ladder))
    if number not in range(1, len(ladder) + 1):
        raise UnknownQuestion(
            f"{key} has {len(ladder)} hints, counted from 1; {number!r} was asked for."
        )
    _hints_given[key] = number = int(number)
    if ladder[number - 1].table:
        target_figure(TEXTS[key]["target"])
        plt.show()
    return ladder[number - 1]


def solution(key):
    """The worked answer, folded in a notebook. It can be called like your function."""
    return solution_of(_known(key))


def passed(key):
    """True when the latest check of this question was correct."""
    return _known(key) in _latest and _latest[key].status == "correct"


def scoreboard(lab):
    """One line per question of a lab ("06" or "07"), and the points together."""
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
        raise UnknownQuestion('The name comes first: check("q01", sparsity).')
    if key not in QUESTIONS:
        letter = "s" if str(key).lower().startswith("s") else "q"
        number = re.sub(r"\D", "", str(key)).zfill(2)
        near = [known for known in QUESTIONS if known == letter + number]
        raise UnknownQuestion(
            f"There is no question {key!r}. "
            + (
                f'Did you mean "{near[0]}"?'
                if near
                else f"There are {', '.join(QUESTIONS)}."
            )
        )
    return key


def _progress_line(key):
    keys = questions_of(lab_of(key))
    done = sum(passed(each) for each in keys)
    points = sum(_latest[each].points for each in keys if each in _latest)
    total = sum(TEXTS[each]["points"] for each in keys)
    return f"Done: {done} of {len(keys)} questions, {points:g} of {total:g} points."
