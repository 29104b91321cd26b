"""For authors: a question has a right answer, fresh inputs, and known wrong answers."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field

from checks.comparing import difference, show


@dataclass(frozen=True)
class Misconception:
    """A stored wrong answer. Its docstring is the message that the learner reads.

    It is recognized by giving the same results. Where that is impossible (a random
    split depends on its seed), `sign(given, *case)` says whether a result shows the
    mistake.
    """

    name: str
    message: str
    wrong: Callable
    sign: Callable | None = None


@dataclass(frozen=True)
class Question:
    """One function to write.

    `right` is the reference: its name, signature and docstring become the stub, its
    body the solution. `cases(seed)` returns a list of argument tuples for it, drawn at
    random. `edges()` returns (label, arguments) pairs that are tried in every check:
    a label such as "where the list is empty" says what is special about them, and ""
    marks a plain example, which comes first. `wrong` are functions of the same
    signature.

    `differ(given, expected)` is "" when two results agree, and `show(result)` prints
    one. `equal(given, expected, *case)` is true where two results that differ are
    equally right, as the orders of a tie are. `parts` names the values of a result
    that has several. Where the effect of a call is not in what it returns,
    `drive(function, *case)` makes the call and returns what to compare.
    """

    key: str
    right: Callable
    cases: Callable
    wrong: tuple = ()
    differ: Callable = difference
    drive: Callable | None = None
    show: Callable = show
    edges: Callable = list
    equal: Callable | None = None
    parts: tuple = ()

    @property
    def names(self):
        """The names of the answer in the learner's notebook."""
        return (self.right.__name__,)

    @property
    def arguments(self):
        """The names of the arguments of a case, in order."""
        parameters = inspect.signature(self.drive or self.right).parameters
        if any(each.kind is each.VAR_POSITIONAL for each in parameters.values()):
            return tuple(inspect.signature(self.right).parameters)
        return tuple(parameters)[1:] if self.drive else tuple(parameters)

    def verdict(self, given, expected, case):
        """How a result differs from the expected one of a case, or ""."""
        found = self.differ(given, expected)
        if found and self.equal:
            try:
                return "" if self.equal(given, expected, *case) else found
            except Exception:  # the given value may be anything
                return found
        return found

    def run(self, answer, case):
        """Call an `Answer` on one case."""
        return answer.call(case, self.drive)

    @property
    def misconceptions(self):
        """The wrong answers that this question knows, as `Misconception`s."""
        return tuple(_misconception(function) for function in self.wrong)


@dataclass(frozen=True)
class RepairShop:
    """Several broken functions; every bug is a `Question` with its own test.

    `bugs` maps what must hold ("every rating is visited") to a question about one
    function, whose only wrong answer is the function as it was handed out. `wrong`
    maps it to repairs that do not repair it, which are recognized like wrong answers.
    """

    key: str
    bugs: dict = field(default_factory=dict)
    wrong: dict = field(default_factory=dict)

    @property
    def names(self):
        """The names of the functions to repair, in order of appearance."""
        return tuple(self.repaired)

    def misconceptions(self, holds):
        """The wrong repairs known for one bug, as `Misconception`s."""
        return tuple(_misconception(function) for function in self.wrong.get(holds, ()))

    @property
    def repaired(self):
        """The functions as they should be, by name."""
        return {bug.right.__name__: bug.right for bug in self.bugs.values()}

    @property
    def broken(self):
        """The functions as they are handed out, by the name they are given."""
        return {bug.right.__name__: bug.wrong[0] for bug in self.bugs.values()}


def recognized_by(sign):
    """Decorates a stored wrong answer with the sign by which it is recognized."""

    def mark(function):
        function.sign = sign
        return function

    return mark


def _misconception(function):
    message = " ".join(inspect.getdoc(function).split())
    name = function.__name__.replace("_", "-")
    return Misconception(name, message, function, getattr(function, "sign", None))
