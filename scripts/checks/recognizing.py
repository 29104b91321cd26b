"""For authors: recognizing a mistake by a stored wrong answer with the same results."""

from dataclasses import dataclass
from functools import lru_cache

from checks.running import Answer, Raised, Returned

SEEDS = (0, 1, 2)  # of the drawn inputs that every check tries, besides fresh ones


@dataclass(frozen=True)
class Examples:
    """Inputs with the right results; `labels` say what is special about an input.

    The label is "" for a plain example and for inputs that were drawn.
    """

    cases: tuple
    labels: tuple
    right: tuple


@dataclass(frozen=True)
class Recognized:
    """A stored wrong answer that explains `explained` of the `failing` calls."""

    known: object
    explained: int
    failing: int
    unexplained: tuple = ()  # labels of failing calls that it does not explain

    @property
    def message(self):
        """What to tell the learner."""
        if self.explained < self.failing and not self.unexplained:
            return (
                f"In {self.explained} of {self.failing} failing calls the result is "
                f"that of a known mistake: {self.known.message} The other calls differ "
                "in another way."
            )
        return self.known.message + beside(self.unexplained)


def beside(labels):
    """A sentence on failing calls of another kind than the mistake that was named."""
    if not labels:
        return ""
    return f" This does not explain the result {' or '.join(labels[:2])}."


def examples(question, seed):
    """The inputs of a question: fixed ones, drawn ones, and fresh ones from `seed`."""
    fixed, fresh = _fixed(question), _answered(question, question.cases(seed))
    drawn, labelled = (
        [place for place, label in enumerate(fixed.labels) if bool(label) == special]
        for special in (False, True)
    )

    def joined(one, other):
        return (*(one[p] for p in drawn), *other, *(one[p] for p in labelled))

    return Examples(
        joined(fixed.cases, fresh.cases),
        joined(fixed.labels, fresh.labels),
        joined(fixed.right, fresh.right),
    )


def recognize(question, asked, results, failing):
    """The `Recognized` mistake, or None.

    It is the stored wrong answer that explains every failing call, leaving aside calls
    with a label, which may fail for reasons of their own. Equal results count for more
    than a sign, and agreement on the passing calls too counts for more than on the
    failing ones alone. A wrong answer that differs in most calls is not the learner's
    mistake, even where one result is the same by chance.

    Where none explains them all, it is one that explains the first failing call, at
    least two failing calls and more than half of them.
    """
    plain = [place for place in failing if not asked.labels[place]]
    must = plain or failing
    drawn = [place for place, label in enumerate(asked.labels) if not label]
    whole, parts = [], []
    for known, stored in _stored_mistakes(question, asked):
        explained = alike = 0
        left = ()
        if _alike(question, results[must[0]], stored(must[0])):
            same = [
                _alike(question, result, stored(place))
                for place, result in enumerate(results)
            ]
            if 2 * sum(same[place] for place in drawn) >= len(drawn):
                explained, alike = sum(same[place] for place in must), sum(same)
                others = sorted(set(failing) - set(must))
                left = (asked.labels[p] for p in others if not same[p])
        if explained == len(must):
            labels = tuple(dict.fromkeys(left))
            whole.append((alike, Recognized(known, explained, len(must), labels)))
        elif bearing := _bearing(known, asked, results, failing):
            # Less than one equal result.
            share = bearing / (len(results) + 1)
            whole.append((share, Recognized(known, len(must), len(must))))
        elif plain and explained >= 2 and 2 * explained > len(must):
            parts.append((explained, Recognized(known, explained, len(must))))
    return _best(whole) or _best(parts if len(question.wrong) > 1 else [])


@lru_cache(maxsize=64)
def _fixed(question):
    edges = list(question.edges())
    drawn = [("", case) for seed in SEEDS for case in question.cases(seed)]
    plain = [pair for pair in edges if not pair[0]]
    special = [pair for pair in edges if pair[0]]
    labels, cases = zip(*plain, *drawn, *special, strict=True)
    return _answered(question, cases, labels)


def _answered(question, cases, labels=None):
    right = Answer(question.right)
    values = tuple(question.run(right, case).value for case in cases)
    return Examples(tuple(cases), labels or ("",) * len(cases), values)


@lru_cache(maxsize=64)
def _fixed_mistakes(question):
    """The fixed cases, and (misconception, its results by the id of the case) pairs.

    The cases are kept because an id is only one's own for as long as one lives.
    """
    cases = _fixed(question).cases
    return cases, [
        (known, {id(case): question.run(Answer(known.wrong), case) for case in cases})
        for known in question.misconceptions
    ]


def _stored_mistakes(question, asked):
    """(misconception, function from a place to its result there), for each wrong answer
    that the question knows."""

    def of_one(known, by_case):
        def result_at(place):
            case = asked.cases[place]
            return by_case.get(id(case)) or question.run(Answer(known.wrong), case)

        return result_at

    for known, by_case in _fixed_mistakes(question)[1]:
        yield known, of_one(known, by_case)


def _best(fits):
    return max(fits, key=lambda fit: fit[0])[1] if fits else None


def _bearing(known, asked, results, failing):
    """How many results bear the sign of a mistake; 0 where a failing one does not."""
    if not known.sign:
        return 0
    every = zip(results, asked.cases, strict=True)
    signs = [_bears_sign(known, *pair) for pair in every]
    return sum(signs) if all(signs[place] for place in failing) else 0


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
