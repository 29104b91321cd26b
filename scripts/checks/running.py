"""For authors: running what a learner wrote. Is it an answer, and what does it do?

Standard library only: `make grade` sends this file into the learner's process.
"""

import copy
import dis
import linecache
import traceback
from dataclasses import dataclass, field

_HEAD = "Traceback, your own lines only (most recent call last):\n"
_EMPTY_BODY = {"RESUME", "LOAD_CONST", "RETURN_CONST", "RETURN_VALUE", "NOP"}


@dataclass(frozen=True)
class Returned:
    """A call that returned a value; `arguments` are as they were after the call."""

    value: object
    arguments: tuple = field(default=(), compare=False)


@dataclass(frozen=True)
class Raised:
    """A call that raised an error: which, and at which line of the learner's code."""

    kind: str
    message: str
    line: str
    number: int
    trace: str


class AnswerLost(RuntimeError):
    """An answer can no longer be called. This is not a verdict: `judge` lets it out."""


class Answer:
    """A learner's answer.

    `kind` is "nothing" (a placeholder or an untouched stub), "function" or "value".
    """

    def __init__(self, value):
        self.value = value
        self.kind = _kind(value)

    def call(self, arguments, drive=None):
        """Call the function on copies of `arguments` -> `Returned` or `Raised`.

        With `drive`, the value is that of `drive(function, *arguments)`.
        """
        arguments = copy.deepcopy(tuple(arguments))
        try:
            if drive:
                return Returned(_array(drive(self.value, *arguments)), arguments)
            return Returned(_array(self.value(*arguments)), arguments)
        except (Exception, SystemExit) as error:
            return _raised(error, self.value)


def _array(value):
    """A column, index or extension array of pandas as an array; the rest as it is.

    So `make grade` sees what a notebook sees: a result leaves the learner's process as
    an array or not at all.
    """
    is_pandas = type(value).__module__.partition(".")[0] == "pandas"
    if is_pandas and hasattr(value, "to_numpy") and not hasattr(value, "columns"):
        return value.to_numpy()
    return value


def tensor_to_array(tensor):
    """Any PyTorch tensor as a numpy array: sparse, in bfloat16, with a gradient, …"""
    dense = tensor.detach().cpu().to_dense().resolve_conj().resolve_neg()
    short = dense.is_floating_point() and dense.element_size() < 4  # as bfloat16 is
    return (dense.float() if short else dense).numpy()


def is_placeholder(value):
    """`...`, or a tuple, list or dict with `...` in it."""
    if value is ...:
        return True
    parts = value.values() if isinstance(value, dict) else value
    return isinstance(value, tuple | list | dict) and any(p is ... for p in parts)


def is_unfinished(result):
    """A stub that was called gives itself away: `...` or NotImplementedError.

    PyTorch raises NotImplementedError too, with a message, in a line that does not
    name it: that is an error like any other.
    """
    if isinstance(result, Returned):
        return is_placeholder(result.value)
    if result.kind == "NotImplementedError":
        return not result.message or result.kind in result.line
    return "'ellipsis'" in result.message


def _kind(value):
    if value is None or is_placeholder(value):
        return "nothing"
    if not callable(value):
        return "value"
    return "nothing" if _has_empty_body(value) else "function"


def _has_empty_body(function):
    """True for a body of only a docstring, `...` or `pass`."""
    code = getattr(function, "__code__", None)
    if code is None:
        return False
    steps = list(dis.get_instructions(code))
    if any(step.opname not in _EMPTY_BODY for step in steps):
        return False
    loaded = [s.argval for s in steps if s.opname in ("LOAD_CONST", "RETURN_CONST")]
    return all(constant in (None, ...) for constant in loaded)


def _raised(error, function):
    frames = list(traceback.walk_tb(error.__traceback__))
    own = [place for place, (frame, _) in enumerate(frames) if _is_own(frame, function)]
    kind, message = type(error).__name__, str(error)
    if not own:  # the call itself failed: other arguments were named
        return Raised(kind, message, "", 0, "")
    frame, number = frames[own[-1]]
    line = linecache.getline(frame.f_code.co_filename, number, frame.f_globals)
    every = traceback.extract_tb(error.__traceback__)
    trace = "".join(traceback.format_list([every[place] for place in own]))
    last = f"{kind}: {message}" if message else kind
    return Raised(kind, message, line.strip(), number, f"{_HEAD}{trace}{last}\n")


def _is_own(frame, function):
    """True for a frame of the learner's code: neither a library's nor the check's."""
    home = getattr(function, "__globals__", None)
    if home is None:
        home = getattr(type(function).__call__, "__globals__", None)
    return frame.f_globals is home
