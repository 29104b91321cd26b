"""Every finding of every lab, with the editions of MovieLens it is declared for.

`pytest tests/test_findings_of_labs.py --collect-only -q` prints the list. Whether they
hold there is seen when the labs are run: with LABS_STRICT, as `make run`, `make test`
and the build have it, a declared finding that fails stops the lab.
"""

import ast
from dataclasses import dataclass

import pytest

from findings import EDITIONS
from tools.labs import NOTEBOOKS

LABS = sorted((NOTEBOOKS / "source").glob("*.py"))


@dataclass(frozen=True)
class Declared:
    """A call of `finding` in the source of a lab."""

    lab: str
    line: int
    call: ast.Call

    @property
    def words(self) -> dict:
        return {keyword.arg: keyword.value for keyword in self.call.keywords}

    @property
    def name(self) -> str:
        return ast.unparse(self.call.args[0]).strip("'\"")

    def editions(self, constants: dict) -> list[str] | None:
        """None where a function of the lab passes them on."""
        on = self.words.get("on", ast.Tuple([], ast.Load()))
        if isinstance(on, ast.Name):
            on = constants.get(on.id)
        return None if on is None else list(ast.literal_eval(on))

    def __str__(self):
        return f"{self.lab}: {self.name}"


def constants_of(tree: ast.Module) -> dict:
    """The values of NAME = … at the top level of a lab."""
    return {
        node.targets[0].id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }


TREES = {path.stem[:2]: ast.parse(path.read_text("utf-8")) for path in LABS}
CONSTANTS = {lab: constants_of(tree) for lab, tree in TREES.items()}
FOUND = [
    Declared(lab, node.lineno, node)
    for lab, tree in TREES.items()
    for node in ast.walk(tree)
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "finding"
]


def told(found: Declared) -> str:
    editions = found.editions(CONSTANTS[found.lab])
    where = "passed on" if editions is None else ", ".join(editions) or "no edition"
    return f"{found} ({where})"


@pytest.mark.parametrize("found", FOUND, ids=told)
def test_a_finding_has_words_for_both_outcomes_a_control_and_known_editions(found):
    """Else a learner on other data reads what is not so, or what rests on nothing."""
    words = found.words
    assert {"yes", "no", "control"} <= words.keys()
    assert ast.dump(words["yes"]) != ast.dump(words["no"])
    editions = found.editions(CONSTANTS[found.lab])
    assert editions is None or set(editions) <= set(EDITIONS)


@pytest.mark.parametrize("lab", TREES)
def test_no_two_findings_of_a_lab_share_a_name(lab):
    """Else the second takes the first one's row in the table at the end."""
    names = [found.name for found in FOUND if found.lab == lab]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("lab", sorted({found.lab for found in FOUND}))
def test_a_lab_with_findings_names_the_data_first_and_shows_the_table_last(lab):
    """Else the findings of the lab before, or of other data, are in the table."""
    calls = [
        (node.lineno, node.func.id)
        for node in ast.walk(TREES[lab])
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    order = [
        name for _, name in sorted(calls) if name.endswith(("finding", "findings"))
    ]
    assert order[0] == "begin_findings"
    assert order[-1] == "show_findings"
    assert order.count("begin_findings") == 1
