"""The examples in the docstrings of the figures: an author copies them, so they run."""

import doctest
import importlib
import inspect
import pkgutil
import tomllib
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
from drawn import read_axes

import plots

MODULES = [
    importlib.import_module(f"plots.{m.name}")
    for m in pkgutil.iter_modules(plots.__path__)
]
FIGURES = {
    f"{module.__name__}.{name}": value
    for module in MODULES
    for name, value in vars(module).items()
    if inspect.isfunction(value) and value.__module__ == module.__name__
    if not name.startswith("_")
    and module.__name__ not in ("plots.labels", "plots.style")
}
AXES = tomllib.loads((Path(__file__).parent / "axes.toml").read_text("utf-8"))
UNLISTED = ("plots.words", "plots.challenge", "plots.exercises")
"""The first makes no figures; the others have tests of their own."""


def run_example(name: str) -> dict:
    """The names that the example in the docstring leaves behind.

    Doctest's own search passes over decorated functions, so it is not left to it.
    """
    example = FIGURES[name]
    names = vars(inspect.getmodule(example)) | {example.__name__: example}
    (found,) = doctest.DocTestFinder(recurse=False).find(
        inspect.unwrap(example), name, globs=names
    )
    assert found.examples, "the docstring has no example"
    outcome = doctest.DocTestRunner().run(found, clear_globs=False)
    assert outcome.failed == 0
    return found.globs


@pytest.mark.parametrize("name", FIGURES)
def test_the_example_runs_and_its_axes_say_what_they_measure(name):
    """A figure without units, or with another scale than it says, misleads a class."""
    try:
        left = run_example(name)
        if not name.startswith(UNLISTED):
            assert read_axes(left["figure"]) == AXES[name.removeprefix("plots.")]
    finally:
        plt.close("all")
