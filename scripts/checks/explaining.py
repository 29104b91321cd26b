"""For authors: explaining a result that no stored wrong answer explains."""

import dis
import inspect
import types

from checks.comparing import has_nan, show
from checks.running import Returned

NO_RETURN = "The function returns None. Does its last line begin with `return`?"


def unknown_mistake(question, answer, results, right, first):
    """A message for a mistake that no stored wrong answer explains.

    `first` is the place of the first case that failed.
    """
    values = [result.value for result in results if isinstance(result, Returned)]
    if all(value is None for value in values):
        return NO_RETURN
    if results[first].value is None:
        return (
            "For these arguments the function returns None: one path through it ends "
            "without `return`."
        )
    if has_nan(results[first].value) and not has_nan(right[first]):
        return (
            "The result contains NaN. Either a NaN among the arguments was included, "
            "or something was divided by zero."
        )
    outside = _outside_name(answer.value)
    if outside:
        return (
            "The result differs from the expected one. The function reads "
            f"`{outside}`, a variable of the notebook: use only the arguments."
        )
    constant = not any(question.differ(values[0], value) for value in values)
    if constant and any(question.differ(right[0], other) for other in right):
        return "The function returns the same result whatever its arguments are."
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
    return (
        called_with(question, case),
        ("given", question.show(given)),
        ("expected", question.show(expected)),
        ("where", question.differ(given, expected)),
    )


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
