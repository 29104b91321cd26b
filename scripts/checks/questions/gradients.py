"""For authors: comparing tensors and their gradients, which later cells need."""

import numpy as np

from checks.comparing import difference, plain, show
from checks.questions.workbench import IN_PLACE


def same_with_gradient(given, expected):
    """How (value, gradient) differs from what is expected, the value first."""
    if not _is_pair(given):
        return difference(given, expected[0])
    if found := difference(given[0], expected[0]):
        return found
    if has_no_gradient(given):
        return "the value is right, but it has no gradient"
    found = difference(given[1], expected[1])
    return found and f"the value is right, but its gradient is not: {found}"


def show_with_gradient(given):
    """The value, and its gradient where it has one."""
    if not _is_pair(given):
        return show(given)
    lines = [show(given[0]), "without a gradient"]
    if np.size(plain(given[1])):
        lines[1] = f"its gradient: {show(given[1])}"
    return "\n".join(lines)


def same_tensor(given, expected):
    """As `difference`, for what the drives `tensor_only` and `tensors_only` return."""
    different = difference(given, expected)
    return given if different and is_not_a_tensor(given) else different


def has_no_gradient(given, *case):
    """True for numbers that came without the gradient that they should have."""
    if not _is_pair(given) or np.size(plain(given[1])):
        return False
    value = plain(given[0])
    return isinstance(value, np.ndarray) and value.dtype.kind in "biuf"


def is_not_a_tensor(given, *case):
    """True where the drive has found something other than a tensor."""
    return isinstance(given, str) and IN_PLACE in given


def _is_pair(given):
    return isinstance(given, tuple | list) and len(given) == 2
