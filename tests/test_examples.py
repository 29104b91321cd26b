"""Whatever a notebook imports has an example in its docstring, and the example runs.

A learner who meets a new name asks `help(name)`; an example that is missing, or that
no longer prints what it says, leaves them with prose. The names are found in the
notebooks' sources, so a new import needs an example too. Constants and exceptions need
none.

An example is run as `python -m doctest` runs it: with the names of the module that
defines it, and no options but those it states itself. Here a warning fails it, and so
does the network.
"""

import ast
import doctest
import importlib
import inspect
import socket
from collections.abc import Iterator
from pathlib import Path

import matplotlib as mpl
import pytest

mpl.use("Agg")

import matplotlib.pyplot as plt

import checks
from tools.labs import NOTEBOOKS, ROOT

SCRIPTS = ROOT / "scripts"


def imported_names(source: str) -> set[tuple[str, str]]:
    """(module, name) for all that a notebook takes from the course's own modules.

    By `from metrics import rmse`, or through a module: `import models` and then
    `models.ALS`, `from plots import lists as plots` and then `plots.protocols`.
    """
    nodes = list(ast.walk(ast.parse(source)))
    found, modules = set(), {}
    for module, name, alias in _imports(nodes):
        if _is_module(f"{module}.{name}" if name else module):
            modules[alias] = f"{module}.{name}" if name else module
        else:
            found.add((module, name))
    for node in nodes:
        module = _module_before_the_dot(node, modules)
        if not module or _is_module(f"{module}.{node.attr}"):
            continue
        # A variable may carry a module's name elsewhere in the notebook.
        if hasattr(importlib.import_module(module), node.attr):
            found.add((module, node.attr))
    return found


def _imports(nodes: list[ast.AST]) -> Iterator[tuple[str, str, str]]:
    """(module, name, alias) of each import of the course's; name is "" for a module."""
    for node in nodes:
        if isinstance(node, ast.Import):
            for each in node.names:
                if _is_ours(each.name):
                    top = each.name.partition(".")[0]
                    yield each.name if each.asname else top, "", each.asname or top
        elif isinstance(node, ast.ImportFrom) and _is_ours(node.module):
            for each in node.names:
                yield node.module, each.name, each.asname or each.name


def _module_before_the_dot(node: ast.AST, modules: dict[str, str]) -> str | None:
    """The module whose attribute `node` is: of `models.gram.cholesky`, models.gram."""
    if not isinstance(node, ast.Attribute):
        return None
    if isinstance(node.value, ast.Name):
        return modules.get(node.value.id)
    package = _module_before_the_dot(node.value, modules)
    path = f"{package}.{node.value.attr}" if package else ""
    return path if _is_module(path) else None


def _is_ours(module: str) -> bool:
    top = SCRIPTS / module.partition(".")[0]
    return top.is_dir() or top.with_suffix(".py").is_file()


def _is_module(path: str) -> bool:
    stem = SCRIPTS.joinpath(*path.split("."))
    return (stem / "__init__.py").is_file() or stem.with_suffix(".py").is_file()


def _needs_an_example(thing) -> bool:
    if inspect.isclass(thing):
        return not issubclass(thing, BaseException)
    return callable(thing)


def _labs_by_name() -> dict[tuple[str, str], list[str]]:
    labs = {}
    for path in sorted((NOTEBOOKS / "source").glob("*.py")):
        for name in imported_names(path.read_text(encoding="utf-8")):
            labs.setdefault(name, []).append(path.stem[:2])
    return dict(sorted(labs.items()))


LABS = _labs_by_name()


@pytest.fixture(autouse=True)
def _as_in_a_fresh_notebook(monkeypatch):
    """No network, no data set chosen by a variable, no earlier answers or figures."""

    def refuse(*args, **kwargs):
        raise OSError("an example must not use the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.delenv("MOVIELENS_DATASET", raising=False)
    monkeypatch.delenv("MOVIELENS_DIR", raising=False)
    monkeypatch.setattr(checks, "_latest", {})
    monkeypatch.setattr(checks, "_hints_given", {})
    yield
    plt.close("all")


@pytest.mark.parametrize(
    ("module", "name"), LABS, ids=[f"{module}.{name}" for module, name in LABS]
)
def test_what_a_notebook_imports_has_an_example_that_runs(module, name):
    """A learner would find no example of it, or one that prints something else."""
    labs = ", ".join(LABS[module, name])
    thing = getattr(importlib.import_module(module), name, None)
    if thing is None:
        pytest.fail(f"{module} has no {name}, used in lab {labs}", pytrace=False)
    if not _needs_an_example(thing):
        return
    home = inspect.getmodule(thing)
    where = f"{name} ({Path(home.__file__).relative_to(SCRIPTS)}, used in lab {labs})"
    test = doctest.DocTestParser().get_doctest(
        inspect.getdoc(thing) or "", dict(vars(home)), where, home.__file__, None
    )
    if not test.examples:
        pytest.fail(f"{where} has no >>> example in its docstring", pytrace=False)
    said = []
    doctest.DocTestRunner(verbose=False).run(test, out=said.append)
    if said:
        pytest.fail("".join(said), pytrace=False)


def test_the_finder_sees_every_way_to_import():
    """A name that it overlooks would need no example, and nobody would notice."""
    source = """
import numpy as np
import data_utils as du
import models
import plots.training
from metrics import rmse as error
from models import ALS, gram
from plots import lists as shown, factors

du.planted_world(), models.SVDpp, gram.RatingRows, models.gram.cholesky, np.zeros(2)
plots.training.race, shown.two_protocols
def draw():
    factors.ladder(error)
factors = np.ones(3)
factors.shape, du.nothing
"""
    assert imported_names(source) == {
        ("data_utils", "planted_world"),
        ("metrics", "rmse"),
        ("models", "ALS"),
        ("models", "SVDpp"),
        ("models.gram", "RatingRows"),
        ("models.gram", "cholesky"),
        ("plots.factors", "ladder"),
        ("plots.lists", "two_protocols"),
        ("plots.training", "race"),
    }


def test_constants_and_exceptions_need_no_example():
    """Else an author would have to show how one raises `DatasetUnavailable`."""
    assert not any(map(_needs_an_example, (3, "text", {"a": 1}, ValueError)))
    assert all(map(_needs_an_example, (len, dict)))
