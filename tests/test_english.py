"""A few turns of phrase that no native speaker would use, and what to write instead.

Learners read the messages, hints and docstrings of `scripts/` when they are stuck, and
a sentence that has to be read twice costs them the thread. This is a list of phrases
that once stood here, not a judge of style: a text that passes may still be bad English.
It reads the Python and the exercises of `scripts/`, comments included, and the
notebooks' sources. Whoever adds a phrase gives an example that it catches, and one that
it leaves alone.
"""

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from tools.labs import NOTEBOOKS, ROOT

SCRIPTS = [*(ROOT / "scripts").rglob("*.py"), *(ROOT / "scripts").rglob("*.toml")]
SOURCES = [*(NOTEBOOKS / "source").glob("*.py"), *(NOTEBOOKS / "source").glob("*.md")]


class Phrase(NamedTuple):
    """`caught` and `passed` are examples, to hold `pattern` to what it is meant for."""

    pattern: str
    instead: str
    caught: str
    passed: str


# A space stands for any gap between words: see `places`.
PHRASES = [
    Phrase(
        r"\b(?:an?|one) (?:row|line|column|panel|bar|number|point|path|tensor) an?"
        r" (?!few|lot|little)\w+",
        '"one row per user"',
        "Returns a row a user, and one panel a setting.",
        "Returns one row per user. Move a number a little.",
    ),
    Phrase(
        r"(?<=\S)(?<!there) (?:is|are|was|were) no (?:(?:whole|finite) )?"
        r"(?:tensor|array|number|integer|parameter|checkpoint|id|index|pair|function)s?\b",
        '"is not a tensor", "are not whole numbers"',
        "Y is no tensor; ratings that are no finite numbers.",
        "There is no number of this name. Ratings that are not finite numbers.",
    ),
    Phrase(
        r"\bhas it the\b|\bhow many \w+ (?:has|have) (?:it|they|you)\b(?! \w+ed)",
        '"How many cells does it have?", "Does it have the type …?"',
        "How many cells has it? Has it the type that was asked for?",
        "How many cells does it have? How many movies have you rated?",
    ),
    Phrase(
        r"\bso were their\b|\bwere both \w+ zero\b",
        '"where both factors are zero, so are their gradients"',
        "For were both factors zero, so were their gradients.",
        "Where both factors are zero, so are their gradients.",
    ),
    Phrase(
        r"\banyone, of\b|\bwhat anyone (?:is|would be) told\b",
        '"the prediction for an average user"',
        "anyone, of Alien: this is what anyone would be told.",
        "an average user, for Alien; anyone can be told",
    ),
    Phrase(
        r"\blose patience\b",
        "what was given, what was expected and what to do next, without the joke",
        "patience needs validation data to lose patience over.",
        "patience=3 needs validation data.",
    ),
]

FILM = re.compile("film", re.IGNORECASE)
TITLES = re.compile("Film-Noir")  # a genre of MovieLens
FILM_INSTEAD = '"movie", in names of variables and functions too'


def places(pattern: str, text: str) -> list[tuple[int, str]]:
    """Line and words of each match, also where a sentence runs over several lines.

    Between two words there may be a line's end, a comment sign, or the quotes between
    two parts of one string.
    """
    gap = r"""(?:\s|["']\s*\n\s*f?["']|\n\s*\#)+"""
    found = re.finditer(pattern.replace(" ", gap), text, re.IGNORECASE)
    return [(text.count("\n", 0, m.start()) + 1, " ".join(m[0].split())) for m in found]


def complaints(pattern: str, paths: list[Path]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{line}: {words}"
        for path in sorted(paths)
        for line, words in places(pattern, path.read_text(encoding="utf-8"))
    ]


@pytest.mark.parametrize("phrase", PHRASES, ids=[p.caught for p in PHRASES])
def test_no_phrase_of_the_list_stands_in_code_or_labs(phrase):
    """A learner would stumble over it where they need help most."""
    found = complaints(phrase.pattern, SCRIPTS + SOURCES)
    if found:
        listed = "\n".join(found)
        pytest.fail(f"Write {phrase.instead}:\n{listed}", pytrace=False)


def test_a_movie_is_called_a_movie():
    """Two words for one thing make a learner look for the difference."""
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in sorted(SCRIPTS)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if FILM.search(TITLES.sub("", line))
    ]
    if found:
        listed = "\n".join(found)
        pytest.fail(f"Write {FILM_INSTEAD}:\n{listed}", pytrace=False)


@pytest.mark.parametrize("phrase", PHRASES, ids=[p.caught for p in PHRASES])
def test_each_phrase_is_caught_and_its_correction_is_not(phrase):
    """A pattern that matches nothing would guard nothing."""
    for text in (phrase.caught, phrase.caught.replace(" ", "\n    ")):
        assert places(phrase.pattern, text), text
    assert not places(phrase.pattern, phrase.passed)


@pytest.mark.parametrize(
    "text", ["a row\n# a user", '"a row "\n    "a user"', "'a row'\n f' a user'"]
)
def test_a_phrase_is_found_across_lines(text):
    """Most sentences of a message are broken over two strings."""
    assert places(PHRASES[0].pattern, f"\n{text}")[0][0] == 2
