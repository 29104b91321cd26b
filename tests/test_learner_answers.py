"""Learners' answers: no right one is refused, and nearly all mistakes are named.

If these fail, a learner is turned away who is right, passes who is wrong, or hears of
another mistake than the one made.
"""

import pytest
from learner_answers import RIGHT, WRONG

from checks import QUESTIONS, TEXTS, judge

SEEDS = (0, 1234)


def said(outcome):
    """All words of an outcome, in one line and small letters."""
    return " ".join(str(outcome).replace("`", "").lower().split())


def named(outcome, words):
    return any(word in said(outcome) for word in words.split("|"))


ASKED = {key for key, *_ in WRONG}
EXAM = [key for key in QUESTIONS if not key.startswith("y") and key != "q16"]


@pytest.mark.parametrize("key", EXAM + sorted(ASKED - set(EXAM)))
def test_right_answers_pass_and_wrong_ones_hear_their_mistake(key):
    """The figures per question: 0 refused, 0 accepted, and nine of ten are named."""
    question, text = QUESTIONS[key], TEXTS[key]
    refused = [
        str(judge(question, answer, text, seed))
        for seed in SEEDS
        for asked, answer in RIGHT
        if asked == key and judge(question, answer, text, seed).status != "correct"
    ]
    assert not refused, refused[0]
    wrong = [(words, answer) for asked, words, answer in WRONG if asked == key]
    outcomes = [(words, judge(question, answer, text)) for words, answer in wrong]
    accepted = [words for words, outcome in outcomes if outcome.status == "correct"]
    assert not accepted
    silent = [(w, str(outcome)) for w, outcome in outcomes if not named(outcome, w)]
    share = 1 - len(silent) / len(outcomes)
    assert share >= 0.9, "\n\n".join(f"{words}\n{text}" for words, text in silent)


def test_there_are_enough_answers_of_either_kind():
    assert len(RIGHT) >= 80
    assert len(WRONG) >= 300
