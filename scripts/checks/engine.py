"""For authors: the judge. Four outcomes, from fresh inputs and stored wrong answers.

An answer is called on every case of its question: the edges, which are the same in
every check, inputs from fixed seeds, and fresh ones, which no table of remembered
results can know. Where it disagrees with the reference, its results are compared with
those of each stored wrong answer: the one that explains the failing cases names the
misconception. Otherwise the message says how the results relate to the expected ones.
"""

import copy
import secrets
import traceback

from checks.comparing import same_arguments, show
from checks.explaining import called_with, facts_of, unknown_mistake
from checks.outcomes import Outcome
from checks.questions.question import RepairShop
from checks.recognizing import examples, recognize
from checks.repairs import judge_repairs
from checks.running import Answer, AnswerLost, Raised, is_unfinished


def judge(question, answer, text, seed=None):
    """Judge `answer` (a function, or a tuple of functions for a repair shop).

    `text` holds the title and points of the question; `seed` draws the fresh inputs,
    and is itself drawn where it is None.
    Answers may come as `Answer` objects, as the grader's do. Returns an `Outcome`,
    whatever the answer returns; the only error that gets out is `AnswerLost`.
    """
    if seed is None:
        seed = secrets.randbelow(2**31)
    if isinstance(question, RepairShop):

        def judge_bug(bug, function):
            return _judge_one(bug, _as_answer(function), text, seed)

        return judge_repairs(question, answer, judge_bug, text)
    return _judge_one(question, _as_answer(answer), text, seed)


def _as_answer(answer):
    return answer if isinstance(answer, Answer) else Answer(answer)


def _judge_one(question, answer, text, seed):
    blank = {"key": question.key, "title": text["title"], "out_of": text["points"]}
    try:
        return _judge_function(question, answer, text, seed, blank)
    except AnswerLost:
        raise
    except Exception as error:  # no result may bring the check down
        what = traceback.format_exception_only(error)[-1].strip()
        return Outcome(
            status="incorrect",
            message="The check cannot read what the function returns. Does it have the "
            "type, the shape and the columns that the docstring asks for?",
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
            message=f"{question.key} needs the function itself, without parentheses: "
            f'check("{question.key}", {name}).',
            facts=(("given", show(answer.value)), ("expected", f"function {name}")),
            **blank,
        )
    asked = examples(question, seed)
    results = [question.run(answer, case) for case in asked.cases]
    if any(is_unfinished(result) for result in results):
        return Outcome(status="not attempted", **blank)
    every = zip(results, asked.right, asked.cases, strict=True)
    failing = [
        place
        for place, (result, expected, case) in enumerate(every)
        if isinstance(result, Raised) or question.verdict(result.value, expected, case)
    ]
    if not failing:
        note = _changed_argument(question, asked.cases, results)
        return Outcome(status="correct", points=text["points"], message=note, **blank)
    found = recognize(question, asked, results, failing)
    first = failing[0]
    blank["arguments"] = copy.deepcopy(asked.cases[first])
    if found:
        blank["misconception"] = found.known.name
    why = found.message if found else ""
    if isinstance(results[first], Raised):
        return _raised(question, asked.cases[first], results[first], why, blank)
    return Outcome(
        status="incorrect",
        message=why or unknown_mistake(question, answer, asked, results, failing),
        facts=facts_of(
            question, asked.cases[first], results[first].value, asked.right[first]
        ),
        **blank,
    )


def _changed_argument(question, cases, results):
    """A note on a right answer that changes one of its arguments, or ""."""
    for case, result in zip(cases, results, strict=True):
        for name, before, after in zip(
            question.arguments, case, result.arguments, strict=False
        ):
            if not same_arguments(before, after):
                return (
                    f"The result is right, but the function changes `{name}` in place, "
                    "and the caller's data with it: work on a copy."
                )
    return ""


def _raised(question, case, result, why, blank):
    where = f"{result.line}   (line {result.number} of its cell)"
    facts = [("your line", where)] if result.line else []
    if not result.line and result.kind == "TypeError":
        why = (
            f"The check calls it with {len(question.arguments)} values, in this order: "
            f"{', '.join(question.arguments)}."
        )
    if why:
        facts.append(("why", why))
    facts.append(called_with(question, case))
    return Outcome(
        status="raised",
        message=f"{result.kind}: {result.message}",
        facts=tuple(facts),
        trace=result.trace,
        **blank,
    )
