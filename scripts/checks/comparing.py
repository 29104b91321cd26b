"""For authors: comparing a learner's value with the expected one, and showing both."""

import numbers

import numpy as np
import pandas as pd
import torch

from checks.running import tensor_to_array

SHOWN = 6  # values of an array that a message prints
ROWS = 12  # rows of the longest table that a message prints


def difference(given, expected, relative=1e-4, absolute=1e-6):
    """How `given` differs from `expected`: a sentence part, or "" when they agree.

    Lists, arrays and tensors are interchangeable; NaN equals NaN. Whole numbers must
    be equal; others may be off by `relative` times the largest of them, because the
    sums behind a small number round as the large ones do. Values that cannot be
    compared count as different.
    """
    try:
        return _difference(given, expected, relative, absolute)
    except Exception as error:  # the given value may be anything
        return f"comparing them raised {type(error).__name__}"


def _difference(given, expected, relative, absolute):
    given, expected = plain(given), plain(expected)
    if isinstance(expected, tuple):
        return _tuple_difference(given, expected, relative, absolute)
    if isinstance(expected, pd.DataFrame):
        return _frame_difference(given, expected)
    if isinstance(expected, np.ndarray):
        return _array_difference(given, expected, relative, absolute)
    return "" if given == expected else "the values differ"


def same_arguments(one, other):
    """True when every array, table or list in `one` equals its partner in `other`."""
    if isinstance(one, pd.DataFrame | pd.Series):
        return one.equals(other)
    if isinstance(one, torch.Tensor | np.ndarray):
        one, other = plain(one), plain(other)
        return np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same_arguments, one, other))
    return True


def show(value, digits=4):
    """A value in one short line, or a small table in a few."""
    try:
        return _show(value, digits)
    except Exception:  # the value may be anything
        return f"{type(value).__name__}, which cannot be shown"


def _show(value, digits):
    if isinstance(value, pd.DataFrame):
        rows = f"table of {len(value)} row{'s' * (len(value) != 1)}"
        if len(value) > ROWS:
            return f"{rows}, index {_joined(map(str, value.index))}"
        return f"{rows}\n{value.to_string(line_width=80)}"
    if isinstance(value, tuple):
        parts = [show(part, digits) for part in value]
        if any("\n" in part for part in parts):
            return "\n".join(parts)
        return "(" + ", ".join(parts) + ")"
    array = plain(value)
    if isinstance(array, np.ndarray):
        return _show_array(array, digits)
    if isinstance(value, list):
        return "[" + _joined(map(show, value)) + "]"
    named = torch.nn.Module | torch.optim.Optimizer | torch.Generator
    if isinstance(value, named) or callable(value):
        return getattr(value, "__name__", type(value).__name__)
    text = repr(value)
    return text if len(text) <= 160 else text[:157] + "…"


def has_nan(value):
    """True where a number, or one of several, is NaN."""
    if isinstance(value, tuple):
        return any(map(has_nan, value))
    array = plain(value)
    is_floats = isinstance(array, np.ndarray) and array.dtype.kind == "f"
    return is_floats and bool(np.isnan(array).any())


def plain(value):
    """Tensors, lists of numbers and scalars as one numpy array; the rest as it is.

    The columns, indices and extension arrays of pandas count as arrays too.
    """
    if isinstance(value, torch.Tensor):
        return tensor_to_array(value)
    if isinstance(value, pd.Series | pd.Index | pd.api.extensions.ExtensionArray):
        value = value.to_numpy()
    if isinstance(value, numbers.Number | np.generic):
        return np.asarray(value)
    if isinstance(value, np.ndarray) and value.dtype == object:
        numeric = _numeric_array(value.tolist())
        return value if isinstance(numeric, list) else numeric
    return _numeric_array(value) if isinstance(value, list) else value


def _numeric_array(values):
    try:
        array = np.array([plain(part) for part in values])
    except (TypeError, ValueError):  # uneven parts, or pd.NA among the numbers
        return values
    return array if array.dtype.kind in "biuf" else values


def _tuple_difference(given, expected, relative, absolute):
    wanted = {2: "two"}.get(len(expected), len(expected))
    if isinstance(given, np.ndarray) and given.ndim and len(given) == len(expected):
        given = tuple(given)
    if not isinstance(given, tuple | list):
        return f"{wanted} values were expected, but {_one(given)} was given"
    if len(given) != len(expected):
        return f"{wanted} values were expected, but {len(given)} were given"
    for place, (one, other) in enumerate(zip(given, expected, strict=True), start=1):
        if found := difference(one, other, relative, absolute):
            return f"value {place} of {len(expected)}: {found}"
    return ""


def _one(value):
    """What was given where several values were expected, in words."""
    if value is None:
        return "None"
    if not isinstance(value, np.ndarray):
        return f"one {_kind(value)}"
    if value.ndim == 0:
        return "one number"
    return f"one array of {' × '.join(map(str, value.shape))} numbers"


def _frame_difference(given, expected):
    if not isinstance(given, pd.DataFrame):
        return "a table (DataFrame) was expected"
    missing = [name for name in expected.columns if name not in given.columns]
    if missing:
        return f"the column {missing[0]!r} is missing"
    if len(given) != len(expected):
        return f"it has {len(given)} rows instead of {len(expected)}"
    if set(given.index) != set(expected.index):
        return "its index has other labels than expected"
    ordered = given.loc[expected.index]
    for name in expected.columns:
        if found := _column_difference(ordered[name], expected[name]):
            return f"the column {name!r}: {found}"
    return ""


def _column_difference(given, expected):
    """As `difference`, but whole numbers may be written as decimal ones."""
    given, expected = plain(given), plain(expected)
    if isinstance(given, np.ndarray) and given.dtype.kind == "f":
        expected = expected.astype(float)
    return difference(given, expected)


def _array_difference(given, expected, relative, absolute):
    wanted = "one number" if expected.ndim == 0 else f"shape {expected.shape}"
    if isinstance(given, tuple) and not hasattr(given, "indices"):
        given = _numeric_array(list(given))
    if not isinstance(given, np.ndarray) or given.dtype.kind not in "biuf":
        return f"{wanted} was expected, but {_kind(given)} was given"
    if given.shape != expected.shape:
        got = f"shape {given.shape}" if given.ndim else "one number"
        return f"{wanted} was expected, but {got} was given"
    # An empty array has no type that says anything; a single number may be 3.0.
    is_list = expected.ndim and given.size and expected.dtype.kind in "iu"
    if is_list and given.dtype.kind in "bf":
        kind = "decimal numbers" if given.dtype.kind == "f" else "True and False"
        return f"whole numbers were expected, but {kind} were given"
    if expected.dtype.kind == "f":
        scale = np.abs(expected[np.isfinite(expected)]).max(initial=0)
        absolute = max(absolute, relative * scale)
    close = np.isclose(given, expected, 0, absolute, equal_nan=True)
    if close.all():
        return ""
    if expected.ndim == 0:
        return "the numbers differ"
    place = tuple(int(axis[0]) for axis in np.nonzero(~close))
    return f"they differ at position {place if len(place) > 1 else place[0]}"


def _kind(value):
    """In words, what a value is that is not an array of numbers."""
    if hasattr(value, "indices") and hasattr(value, "values"):
        return "values and indices together"  # what topk and sort return
    if isinstance(value, list | np.ndarray):
        kind = "a list" if isinstance(value, list) else "an array"
        types = {type(part).__name__ for part in list(value)}
        odd = types - {"int", "float", "bool"}
        names = sorted("None" if name == "NoneType" else name for name in odd)
        return f"{kind} that holds {' and '.join(names) or 'uneven parts'}"
    return type(value).__name__


def _joined(texts):
    """The first few of some texts, with commas."""
    texts = list(texts)
    more = [] if len(texts) <= SHOWN else ["…"]
    return ", ".join([*texts[:SHOWN], *more])


def _show_array(array, digits):
    if array.ndim == 0:
        return _show_number(array.item(), digits)
    if array.ndim == 1 and array.size <= 2 * SHOWN:
        numbers = ", ".join(_show_number(x, digits) for x in array.tolist())
        return f"[{numbers}]"
    first = array.ravel()[:SHOWN].tolist()
    shown = ", ".join(_show_number(x, digits) for x in first)
    return f"shape {array.shape}: {shown}{', …' * (array.size > SHOWN)}"


def _show_number(number, digits):
    return f"{number:.{digits}g}" if isinstance(number, float) else str(number)
