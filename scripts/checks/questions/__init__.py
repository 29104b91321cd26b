"""For authors: all questions by key.

To add one: write its right answer and its wrong answers in a module of this package
(the docstring of a wrong answer is its message), list them with a `cases(seed)` in that
module's `QUESTIONS`, add the module below and the key's title, lab, minutes, points and
hints to `exercises.toml` or, for a "Your turn" of lab 01 (its keys begin with y01), to
`turns/01.toml`. The tests then hold it to the same rules as all the others.
"""

from checks.questions import (
    alternating,
    bags,
    exploring,
    factorizing,
    folding_in,
    implicit_sets,
    measuring,
    movie_means,
    neighbours,
    new_movies,
    pairwise,
    penalizing,
    ranking,
    repairing,
    sampled_ranks,
    splitting,
    svdpp,
    svdpp_gradient,
    tuning,
    turns_01,
    turns_02,
    turns_03,
    turns_04,
    turns_05,
    turns_08,
    turns_09,
    turns_10,
    turns_11,
    turns_12,
)

_LAB_06 = (
    exploring,
    splitting,
    movie_means,
    factorizing,
    alternating,
    measuring,
    tuning,
    penalizing,
    neighbours,
    ranking,
    folding_in,
    pairwise,
    sampled_ranks,
    new_movies,
    repairing,
)
_LAB_07 = (implicit_sets, bags, svdpp, svdpp_gradient)
_TURNS = (
    turns_01,
    turns_02,
    turns_03,
    turns_04,
    turns_05,
    turns_08,
    turns_09,
    turns_10,
    turns_11,
    turns_12,
)

QUESTIONS = {
    question.key: question
    for topic in (*_LAB_06, *_LAB_07, *_TURNS)
    for question in topic.QUESTIONS
}
