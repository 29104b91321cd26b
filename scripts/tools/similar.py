"""For instructors: pairs of notebooks whose functions have nearly the same code.

Names and comments are set aside. What is near the course's own answer does not count,
nor what many have, nor what is too short to differ. A pair is a reason to ask; it does
not say how the likeness came about.
"""

import ast
import re
from collections import defaultdict
from difflib import SequenceMatcher
from itertools import combinations

from checks import QUESTIONS
from checks.questions.question import RepairShop
from checks.texts import questions_of, solution_of
from tools.notebook_code import NotANotebook, read_notebook
from tools.submissions import Submission
from tools.submitted_files import CannotRead

NEAR = 0.95  # share of equal words, from 0 to 1
SHORT = 80  # words; a function with fewer looks like any other
MOST_SHARE = 0.25  # of all notebooks: what more of them have is common


def similar_pairs(submissions: list[Submission], lab: str) -> dict[tuple, list[str]]:
    """The names of the functions that each pair of submissions shares."""
    given = _given(lab)
    by_function = defaultdict(dict)
    for submission in submissions:
        for name, words in _functions(submission).items():
            known = given.get(name)
            if known and len(words) >= SHORT and not _near(words, known):
                by_function[name][submission.name] = words
    pairs = defaultdict(list)
    for name, versions in by_function.items():
        alike = [
            pair
            for pair in combinations(sorted(versions), 2)
            if _near(versions[pair[0]], versions[pair[1]])
        ]
        people = {person for pair in alike for person in pair}
        if len(people) <= max(3, MOST_SHARE * len(submissions)):
            for pair in alike:
                pairs[pair].append(name)
    return dict(sorted(pairs.items(), key=lambda item: -len(item[1])))


def words_of(function: ast.FunctionDef) -> list[str]:
    """The code as words, its own names replaced by numbers, without its docstring."""
    if ast.get_docstring(function, clean=False) is not None:
        function.body = function.body[1:]
    own = {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)}
    own |= {
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    numbers = {}
    for node in ast.walk(function):
        field = {ast.arg: "arg", ast.Name: "id"}.get(type(node))
        if field and (name := getattr(node, field)) in own:
            setattr(node, field, f"name{numbers.setdefault(name, len(numbers))}")
    text = "".join(ast.dump(statement) for statement in function.body)
    return re.findall(r"\w+|'[^']*'", text)


def _functions(submission):
    try:
        cells = read_notebook(submission.read()).cells
    except (CannotRead, NotANotebook):
        return {}
    found = {}
    for _, source in cells:
        try:
            body = ast.parse(source).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        definitions = [node for node in body if isinstance(node, ast.FunctionDef)]
        found |= {node.name: words_of(node) for node in definitions}
    return found


def _given(lab):
    """The words of the course's own answers, by the name of the function."""
    found = {}
    for key in questions_of(lab):
        if isinstance(QUESTIONS[key], RepairShop):
            continue  # everybody has the same code there, but for a line
        for node in ast.parse(solution_of(key).code).body:
            found[node.name] = words_of(node)
    return found


def _near(first, second):
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    return matcher.quick_ratio() >= NEAR and matcher.ratio() >= NEAR
