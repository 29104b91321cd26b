"""The judge: four outcomes, from fresh inputs and stored wrong answers.

An answer is called on every case of its question. Where it disagrees with the
reference, its results are compared with those of each stored wrong answer: the one
that explains every failing case names the misconception.
"""

import inspect
import traceback
import types
from functools import cache

from checks.comparing import has_nan, show
from checks.outcomes import Outcome
from checks.questions.question import RepairShop
from checks.running import Answer, AnswerLost, Raised, Returned, is_unfinished


def judge(question, answer, text, seed=0):
    """Judge `answer` (a function, or a tuple of functions for a repair shop).

    `text` holds the title and points of the question; `seed` draws the inputs.
    Answers may come as `Answer` objects, as the grader's do. Returns an `Outcome`,
    whatever the answer returns; only an `AnswerLost` gets out.
    """
    if isinstance(question, RepairShop):
        return _judge_repairs(question, answer, text, seed)
    return _judge_one(question, _as_answer(answer), text, seed)


def _as_answer(answer):
    return answer if isinstance(answer, Answer) else Answer(answer)


def _judge_one(question, answer, text, seed):
    blank = {"key": question.key, "title": text["title"], "out_of": text["points"]}
    try:
        return _judge_function(question, answer, text, seed, blank)
    except AnswerLost:
        raise
    except Exception as error:  # no result may take the check down with it
        what = traceback.format_exception_only(error)[-1].strip()
        return Outcome(
            status="incorrect",
            message="The check cannot read what the function returns. Has it the type, "
            "the shape and the columns that the docstring asks for?",
            facts=(("the check", f"raised {what}"),),
            **blank,
        )


def _judge_function(question, answer, text, seed, blank):
    if answer.kind == "nothing":
        return Outcome(status="not attempted", **blank)
    if answer.kind == "value":
        name = question.right.__name__
        return Outcome(
            status="incorrect",
            message=f"{question.key} wants the function itself, without parentheses: "
            f'check("{question.key}", {name}).',
            facts=(("given", show(answer.value)), ("expected", f"function {name}")),
            **blank,
        )
    cases, right = _examples(question, seed)
    results = [question.run(answer, case) for case in cases]
    if any(is_unfinished(result) for result in results):
        return Outcome(status="not attempted", **blank)
    failing = [
        place
        for place, (result, expected) in enumerate(zip(results, right, strict=True))
        if isinstance(result, Raised) or question.differ(result.value, expected)
    ]
    if not failing:
        return Outcome(status="correct", points=text["points"], **blank)
    known = _recognize(question, seed, results, failing)
    first = failing[0]
    if isinstance(results[first], Raised):
        return _raised(question, cases[first], results[first], known, blank)
    return Outcome(
        status="incorrect",
        message=known.message
        if known
        else _unknown(question, answer, results, right, first),
        misconception=known.name if known else "",
        facts=_facts(question, cases[first], results[first].value, right[first]),
        **blank,
    )


@cache
def _examples(question, seed):
    """The inputs of a question, and the right result for each."""
    cases = question.cases(seed)
    right = Answer(question.right)
    return cases, [question.run(right, case).value for case in cases]


@cache
def _stored_mistakes(question, seed):
    """(misconception, its results) for each wrong answer that the question knows."""
    cases, _ = _examples(question, seed)
    return [
        (known, [question.run(Answer(known.wrong), case) for case in cases])
        for known in question.misconceptions
    ]


def _recognize(question, seed, results, failing):
    """The stored wrong answer that explains every failing case, or None.

    Equal results count for more than a sign, and agreement on the passing cases too
    counts for more than on the failing ones alone. A wrong answer that differs in most
    cases is not the learner's mistake, even where one result is the same by chance.
    """
    fits = []
    cases, _ = _examples(question, seed)
    for known, stored in _stored_mistakes(question, seed):
        alike = [_alike(question, a, b) for a, b in zip(results, stored, strict=True)]
        if all(alike[place] for place in failing) and 2 * sum(alike) >= len(cases):
            fits.append((sum(alike), known))
        elif known.sign and all(
            _bears_sign(known, results[place], cases[place]) for place in failing
        ):
            fits.append((0, known))
    return max(fits, key=lambda fit: fit[0])[1] if fits else None


def _bears_sign(known, result, case):
    try:
        return isinstance(result, Returned) and bool(known.sign(result.value, *case))
    except Exception:  # a table without the column that the sign looks for, say
        return False


def _alike(question, one, other):
    if isinstance(one, Raised) or isinstance(other, Raised):
        fields = ("kind", "message")
        return all(getattr(one, f, 1) == getattr(other, f, 2) for f in fields)
    return not question.differ(one.value, other.value)


def _raised(question, case, result, known, blank):
    where = f"{result.line}   (line {result.number} of its cell)"
    facts = [("your line", where)] if result.line else []
    if known:
        facts.append(("why", known.message))
    facts.append(_called_with(question, case))
    return Outcome(
        status="raised",
        message=f"{result.kind}: {result.message}",
        misconception=known.name if known else "",
        facts=tuple(facts),
        trace=result.trace,
        **blank,
    )


def _unknown(question, answer, results, right, first):
    """A message for a mistake that no stored wrong answer explains.

    `first` is the place of the first case that failed.
    """
    values = [result.value for result in results if isinstance(result, Returned)]
    if all(value is None for value in values):
        return "The function returns None: does its last line say `return`?"
    if results[first].value is None:
        return (
            "For these arguments the function returns None: one way through it ends "
            "without `return`."
        )
    if has_nan(results[first].value) and not has_nan(right[first]):
        return (
            "The result contains NaN. Either a NaN among the arguments was counted in, "
            "or something was divided by zero."
        )
    outside = _outside_name(answer.value)
    if outside:
        return (
            "The result differs from the expected one. The function reads "
            f"`{outside}`, a variable of the notebook: use the arguments only."
        )
    constant = not any(question.differ(values[0], value) for value in values)
    if constant and any(question.differ(right[0], other) for other in right):
        return "The result stays the same whatever the arguments are."
    return "The result differs from the expected one."


def _outside_name(function):
    """The name of a variable of the notebook that the function uses, or ""."""
    if not inspect.isfunction(function):
        return ""
    used = inspect.getclosurevars(function)
    for name, value in {**used.globals, **used.nonlocals}.items():
        if not callable(value) and not isinstance(value, types.ModuleType):
            return name
    return ""


def _called_with(question, case):
    arguments = [
        f"{name} = {show(value)}"
        for name, value in zip(question.arguments, case, strict=True)
    ]
    return "called with", "\n".join(arguments)


def _facts(question, case, given, expected):
    return (
        _called_with(question, case),
        ("given", show(given)),
        ("expected", show(expected)),
        ("where", question.differ(given, expected)),
    )


def _judge_repairs(shop, answers, text, seed):
    answers = answers if isinstance(answers, tuple | list) else (answers,)
    blank = {"key": shop.key, "title": text["title"], "out_of": text["points"]}
    if len(answers) != len(shop.names):
        wanted = ", ".join(shop.names)
        return Outcome(
            status="incorrect",
            message=f"{shop.key} wants {len(shop.names)} functions: ({wanted}).",
            facts=(("given", f"{len(answers)} values"), ("expected", wanted)),
            **blank,
        )
    by_name = dict(zip(shop.names, map(_as_answer, answers), strict=True))
    outcomes = {
        holds: _judge_one(bug, by_name[bug.right.__name__], text, seed)
        for holds, bug in shop.bugs.items()
    }
    repaired = sum(outcome.status == "correct" for outcome in outcomes.values())
    facts = tuple(
        (f"{'✓' if outcome.status == 'correct' else '✗'} bug {place}", holds)
        for place, (holds, outcome) in enumerate(outcomes.items(), start=1)
    )
    raised = [o for o in outcomes.values() if o.status == "raised"]
    if repaired == len(outcomes):
        return Outcome(status="correct", points=text["points"], facts=facts, **blank)
    if raised:
        first = raised[0]
        return Outcome(
            status="raised",
            points=text["points"] * repaired / len(outcomes),
            message=first.message,
            facts=first.facts + facts,
            trace=first.trace,
            **blank,
        )
    as_handed_out = all(
        outcome.status == "not attempted" or outcome.misconception
        for outcome in outcomes.values()
    )
    message = f"{repaired} of {len(outcomes)} bugs repaired."
    if as_handed_out:
        message = f"The functions still do what they did when handed out. {message}"
    return Outcome(
        status="not attempted" if as_handed_out else "incorrect",
        points=text["points"] * repaired / len(outcomes),
        message=message,
        facts=facts,
        **blank,
    )
