"""For authors: explaining a result that no stored wrong answer explains."""

import dis
import inspect
import types

import numpy as np
import torch

from checks.comparing import has_nan, show
from checks.recognizing import beside
from checks.relations import relation
from checks.running import Answer, Returned

NO_RETURN = "The function returns None. Does its last line begin with `return`?"
TRIALS = 4  # calls with another value of one argument


def unknown_mistake(question, answer, asked, results, failing):
    """A message for a mistake that no stored wrong answer explains."""
    values = [result.value for result in results if isinstance(result, Returned)]
    first = failing[0]
    if all(value is None for value in values):
        return NO_RETURN
    if results[first].value is None:
        return (
            "For these arguments the function returns None: one path through it ends "
            "without `return`."
        )
    outside = _outside_name(answer.value)
    if outside:
        return (
            "The result differs from the expected one. The function reads "
            f"`{outside}`, a variable of the notebook: use only the arguments."
        )
    if _is_constant(question, asked, results, values):
        return "The function returns the same result whatever its arguments are."
    plain = [place for place in failing if not asked.labels[place]]
    found = _related(question, asked, results, plain or failing)
    if not plain:
        labels = list(dict.fromkeys(asked.labels[place] for place in failing))
        more = f" and {labels[1]}" if len(labels) == 2 else ""
        more = f" and in {len(labels) - 1} more special cases" if labels[2:] else more
        head = f"The result is right on ordinary inputs, but not {labels[0]}{more}."
        return f"{head} {found}".rstrip()
    is_new = has_nan(results[first].value) and not has_nan(asked.right[first])
    if is_new and not found:
        return (
            "The result contains NaN. Either a NaN among the arguments was included, "
            "or something was divided by zero."
        )
    ignored = "" if found else _ignored(question, answer, asked, results, plain)
    if found or ignored:
        left = [asked.labels[place] for place in failing if asked.labels[place]]
        return (found or ignored) + beside(tuple(dict.fromkeys(left)))
    where = question.differ(results[first].value, asked.right[first])
    if " expected, but " in where or where.startswith(("the column", "its index")):
        return f"{where[0].upper()}{where[1:]}."
    passing = len(results) - len(failing)
    if passing:
        return (
            f"The result differs from the expected one in {len(failing)} of "
            f"{len(results)} calls."
        )
    return "The result differs from the expected one."


def called_with(question, case):
    """The label and the text of a fact: the arguments of one call, one per line."""
    arguments = [
        f"{name} = {show(value)}"
        for name, value in zip(question.arguments, case, strict=True)
    ]
    return "called with", "\n".join(arguments)


def facts_of(question, case, given, expected):
    """Facts on one failing case: the call, both results, and where they differ."""
    shown = question.show(given), question.show(expected)
    if shown[0] == shown[1]:  # they differ beyond the digits that are shown
        shown = show(given, 8), show(expected, 8)
    return (
        called_with(question, case),
        ("given", shown[0]),
        ("expected", shown[1]),
        ("where", question.differ(given, expected)),
    )


def _is_constant(question, asked, results, values):
    """True where every call returned the same although the expected results differ."""
    if len(values) < len(results) or not values:
        return False
    if any(question.differ(values[0], value) for value in values):
        return False
    return any(question.differ(asked.right[0], other) for other in asked.right)


def _related(question, asked, results, places):
    if not all(isinstance(results[place], Returned) for place in places):
        return ""
    pairs = [(results[place].value, asked.right[place]) for place in places]
    try:
        return relation(pairs, question.parts)
    except Exception:  # the given values may be anything
        return ""


def _ignored(question, answer, asked, results, failing):
    """A sentence on arguments that change the right result and not the learner's."""
    names = [
        name
        for place, name in enumerate(question.arguments)
        if _is_ignored(question, answer, asked, results, failing[0], place)
    ]
    if not names:
        return ""
    listed = " or ".join(f"`{name}`" for name in names)
    return f"The result stays the same when {listed} changes. Is it used?"


def _is_ignored(question, answer, asked, results, at, place):
    case, own = asked.cases[at], results[at]
    right = Answer(question.right)
    trials = 0
    for value in _others(asked, case, place):
        changed = (*case[:place], value, *case[place + 1 :])
        expected = question.run(right, changed)
        if not isinstance(expected, Returned) or not question.differ(
            expected.value, asked.right[at]
        ):
            continue
        given = question.run(answer, changed)
        if not isinstance(given, Returned) or question.differ(given.value, own.value):
            return False
        trials += 1
        if trials == TRIALS:
            break
    return trials > 1


def _others(asked, case, place):
    """Other values for an argument: of the other calls, or a table rearranged."""
    value = case[place]
    if isinstance(value, torch.Tensor) and value.ndim:
        for by in (1, 2):
            yield value.roll(by, 0)
        if value.is_floating_point():
            yield value + 1
            yield 2 * value
    elif isinstance(value, bool | int | float | np.number):
        yield from {other[place] for other in asked.cases} - {value}
    elif isinstance(value, list):
        for other in asked.cases:
            if other is not case:
                yield other[place]


def _outside_name(function):
    """The name of a variable of the notebook that the function reads, or ""."""
    if not inspect.isfunction(function):
        return ""
    try:
        enclosing = inspect.getclosurevars(function).nonlocals
    except ValueError:  # a variable without a value yet
        enclosing = {}
    for opname, name in _names_read(function.__code__):
        space = function.__globals__ if opname == "LOAD_GLOBAL" else enclosing
        value = space.get(name, print)  # what is in neither is a builtin or a local
        if not callable(value) and not isinstance(value, types.ModuleType):
            return name
    return ""


def _names_read(code):
    """(instruction, name) where the code, or code within it, reads an outer name.

    The name of an attribute does not count, even where a variable has that name too.
    """
    for step in dis.get_instructions(code):
        if step.opname in ("LOAD_GLOBAL", "LOAD_DEREF"):
            yield step.opname, step.argval
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _names_read(constant)
