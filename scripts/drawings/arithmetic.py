"""The numbers in the drawings: computed, and written as a learner would write them."""


def number(value: float, digits: int = 2) -> str:
    """With a minus sign instead of a hyphen: −0.30."""
    text = f"{abs(value):.{digits}f}"
    return "−" + text if value < 0 and float(text) else text


def factor(value: float, digits: int = 1) -> str:
    """A number inside a product: a negative one in parentheses."""
    return f"({number(value, digits)})" if value < 0 else number(value, digits)


def dot(p, q) -> float:
    """The dot product of two short vectors."""
    return sum(a * b for a, b in zip(p, q, strict=True))


def dot_in_words(p, q, start: float = 0, digits: int = 2) -> str:
    """`3 + 1.2 × 1.0 + (−0.3) × (−0.4) = 4.32`, without the 3 if `start` is zero."""
    terms = [f"{factor(a)} × {factor(b)}" for a, b in zip(p, q, strict=True)]
    first = [f"{start:g}"] if start else []
    return f"{' + '.join(first + terms)} = {number(start + dot(p, q), digits)}"


def vector(values, digits: int = 1) -> str:
    """`(0.4, −0.2)`."""
    return f"({', '.join(number(value, digits) for value in values)})"


def ridge_line(vectors, targets, price: float) -> list[float]:
    """The two numbers p that minimize Σ (t − p · v)² + price · |p|², by Cramer's rule.

    vectors (n, 2), targets (n,).
    """
    first, second = zip(*vectors, strict=True)
    a, b, c = dot(first, first) + price, dot(first, second), dot(second, second) + price
    s, t = dot(first, targets), dot(second, targets)
    return [(s * c - t * b) / (a * c - b * b), (t * a - s * b) / (a * c - b * b)]
