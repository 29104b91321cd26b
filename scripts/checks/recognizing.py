"""For authors: recognizing a mistake by a stored wrong answer with the same results."""

from functools import cache

from checks.running import Answer, Raised, Returned

SECOND = " This explains part of the difference: there is a second mistake as well."


@cache
def examples(question, seed):
    """The inputs of a question, and the right result for each."""
    cases = question.cases(seed)
    right = Answer(question.right)
    return cases, [question.run(right, case).value for case in cases]


@cache
def _stored_mistakes(question, seed):
    """(misconception, its results) for each wrong answer that the question knows."""
    cases, _ = examples(question, seed)
    return [
        (known, [question.run(Answer(known.wrong), case) for case in cases])
        for known in question.misconceptions
    ]


def recognize(question, seed, results, failing):
    """(the misconception, what to tell the learner), or (None, "").

    It is the stored wrong answer that explains every failing case. Equal results count
    for more than a sign, and agreement on the passing cases too counts for more than on
    the failing ones alone. A wrong answer that differs in most cases is not the
    learner's mistake, even where one result is the same by chance.

    Where none explains them all, it is one that explains the first failing case, at
    least two failing cases and at least half of them: then there is a second mistake.
    """
    whole, parts = [], []
    cases, _ = examples(question, seed)
    for known, stored in _stored_mistakes(question, seed):
        alike = [_alike(question, a, b) for a, b in zip(results, stored, strict=True)]
        explained = sum(alike[place] for place in failing)
        if explained == len(failing) and 2 * sum(alike) >= len(cases):
            whole.append((sum(alike), known))
        elif known.sign and all(
            _bears_sign(known, results[place], cases[place]) for place in failing
        ):
            whole.append((0, known))
        elif alike[failing[0]] and explained >= 2 and 2 * explained >= len(failing):
            parts.append((explained, known))
    if whole:
        known = _best(whole)
        return known, known.message
    if parts and len(question.wrong) > 1:  # a bug of q16 has no other wrong answers
        known = _best(parts)
        return known, known.message + SECOND
    return None, ""


def _best(fits):
    return max(fits, key=lambda fit: fit[0])[1]


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
