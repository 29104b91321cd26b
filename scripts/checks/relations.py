"""For authors: how results relate to the expected ones, for mistakes nobody stored.

"Every result is twice the expected one" names a mistake without knowing its code.
"""

import numpy as np

from checks.comparing import difference, plain

ORDINALS = ("first", "second", "third", "fourth")


def relation(pairs, names=()):
    """A sentence that is true of every (given, expected) pair, or "".

    `names` are those of the values of a result that has several, in order.
    """
    given, expected = zip(*((plain(g), plain(e)) for g, e in pairs), strict=True)
    if not isinstance(expected[0], tuple):
        found = _relation(list(zip(given, expected, strict=True)))
        return found and f"{found[0].upper()}{found[1:]}."
    count = len(expected[0])
    names = names or [f"the {word} value" for word in ORDINALS[:count]]
    return _of_parts(given, expected, count, names)


def _of_parts(given, expected, count, names):
    for place in range(count):
        if not _first_difference(given, [e[place] for e in expected]):
            others = " and ".join(n for at, n in enumerate(names) if at != place)
            return f"This is only {names[place]}: return {others} as well, in order."
    rows = [_parts(each) for each in given]
    if any(row is None or len(row) != count for row in rows):
        return ""
    if not _first_difference([row[::-1] for row in rows], expected):
        return f"The values come in the wrong order: first {names[0]}."
    wrong, said = [], []
    for place in range(count):
        pairs = [(row[place], e[place]) for row, e in zip(rows, expected, strict=True)]
        differing = [pair for pair in pairs if difference(*pair)]
        if differing:
            wrong.append(names[place])
            said.append(_relation([(plain(g), plain(e)) for g, e in differing]))
    right = [name for name in names if name not in wrong]
    head = f"{_joined(right)} {_is(right)} right in every call. " if right else ""
    if all(said):
        if len(set(said)) == 1 and len(said) > 1:
            return f"{head}In {_joined(wrong)} alike: {said[0]}."
        return head + " ".join(
            f"In {name}: {text}." for name, text in zip(wrong, said, strict=True)
        )
    if right:
        text = f"{head}{_joined(wrong)} {_is(wrong)} not."
        return text[0].upper() + text[1:]
    return ""


def _is(names):
    return "is" if len(names) == 1 else "are"


def _joined(names):
    return " and ".join(names)


def _parts(value):
    if isinstance(value, np.ndarray) and value.ndim:
        return list(value)
    return list(value) if isinstance(value, tuple | list) else None


def _first_difference(given, expected):
    found = (difference(g, e) for g, e in zip(given, expected, strict=True))
    return next(filter(None, found), "")


def _relation(pairs):
    if all(isinstance(g, str) for g, _ in pairs):
        return "this is text, not a number: format it where you print it"
    pairs = [(_unpacked(g), e) for g, e in pairs]
    if not all(_is_numbers(value) for pair in pairs for value in pair):
        return ""
    if all(g.shape == e.shape for g, e in pairs):
        return _relation_of_numbers(pairs)
    if all(g.size == e.size and _same(g.ravel(), e.ravel()) for g, e in pairs):
        g, e = next((g, e) for g, e in pairs if g.shape != e.shape)
        wanted = f"the shape {e.shape}" if e.ndim else "one plain number"
        return f"the numbers are right, but they have the shape {g.shape}, not {wanted}"
    return _relation_of_lengths(pairs)


def _unpacked(value):
    """A tuple of numbers as an array; anything else as it is."""
    return plain(list(value)) if isinstance(value, tuple) else value


def _is_numbers(value):
    return isinstance(value, np.ndarray) and value.dtype.kind in "biuf"


def _same(one, other):
    return one.shape == other.shape and not difference(one, other)


def _relation_of_numbers(pairs):
    for holds, text in _TRANSFORMED:
        with np.errstate(all="ignore"):
            if all(_same(g.astype(float), holds(e.astype(float))) for g, e in pairs):
                return text
    for places in range(7):
        if all(np.array_equal(g, np.round(e, places)) for g, e in pairs) and not all(
            _is_whole(e) for _, e in pairs
        ):
            return (
                f"the number is right, but it is rounded to {places} decimal places: "
                "round where you print it"
            )
    if all(e.ndim for _, e in pairs):
        if all(_same(g, e[::-1]) for g, e in pairs):
            return "the values are right, but in the reverse order"
        if all(_same(np.sort(g, 0), np.sort(e, 0)) for g, e in pairs):
            return "the values are right, but in another order"
    return _constant(pairs)


def _is_whole(values):
    return values.dtype.kind in "biu" or bool(np.all(values == np.round(values)))


_TRANSFORMED = (
    (np.negative, "the sign is reversed"),
    (np.square, "this is the square of the expected result: the root is missing"),
    (np.sqrt, "this is the root of the expected result"),
    (lambda e: 1 - e, "this is 1 minus the expected result"),
    (lambda e: 1 / e, "this is 1 divided by the expected result"),
    (np.abs, "the sign is lost: the result was made positive"),
    (np.trunc, "the part after the decimal point is cut off"),
    (lambda e: np.clip(e, 1, 5), "the result is cut off at 1 and 5"),
)


def _constant(pairs):
    """A factor or a summand that all results share, in words."""
    given = np.concatenate([g.ravel().astype(float) for g, _ in pairs])
    expected = np.concatenate([e.ravel().astype(float) for _, e in pairs])
    finite = np.isfinite(given) & np.isfinite(expected)
    if not np.array_equal(np.isnan(given), np.isnan(expected)) or finite.sum() < 3:
        return ""
    given, expected = given[finite], expected[finite]
    if np.ptp(expected) < 1e-3:
        return ""
    factor = given @ expected / (expected @ expected)
    if factor and not difference(given, factor * expected):
        return f"every result is {factor:.4g} times the expected one"
    by = (given - expected).mean()
    if not difference(given, expected + by):
        side = "large" if by > 0 else "small"
        return f"every result is too {side} by {abs(by):.4g}"
    return ""


def _relation_of_lengths(pairs):
    """What can be said where lists are too long or too short."""
    if not all(g.ndim == e.ndim == 1 for g, e in pairs):
        return ""
    if all(len(g) <= len(e) and _same(g, e[: len(g)]) for g, e in pairs):
        short = {len(e) - len(g) for g, e in pairs if len(g) != len(e)}
        many = f"by {short.pop()} " if len(short) == 1 else ""
        return f"the list begins right, but is {many}too short".replace("  ", " ")
    if all(len(g) >= len(e) and _same(g[: len(e)], e) for g, e in pairs):
        return "the list begins right, but is too long"
    return ""
