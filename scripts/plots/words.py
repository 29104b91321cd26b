"""Numbers with their nouns, and lists, as one says them. For authors of figures."""

from collections.abc import Sequence


def counted(number: float, noun: str) -> str:
    """The number and its noun, in the plural unless it is 1.

    >>> counted(1, "rating"), counted(1200, "rating"), counted(10.5, "rating")
    ('1 rating', '1,200 ratings', '10.5 ratings')
    """
    return f"{number:,.10g} {noun}{'' if number == 1 else 's'}"


def listed(parts: Sequence[str]) -> str:
    """The parts with commas between, and "and" before the last.

    >>> listed(["War"]), listed(["War", "Drama"]), listed(["War", "Drama", "Crime"])
    ('War', 'War and Drama', 'War, Drama and Crime')
    """
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last
