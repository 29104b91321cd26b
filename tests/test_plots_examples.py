"""The examples in the docstrings of the figures: an author copies them, so they run."""

import doctest
import importlib
import inspect
import pkgutil

import matplotlib.pyplot as plt
import pytest

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


@pytest.mark.parametrize("name", FIGURES)
def test_the_example_in_the_docstring_runs(name):
    """Doctest's own search passes over decorated functions, so it is not left to it."""
    example = FIGURES[name]
    names = vars(inspect.getmodule(example)) | {example.__name__: example}
    (found,) = doctest.DocTestFinder(recurse=False).find(
        inspect.unwrap(example), name, globs=names
    )
    assert found.examples, "the docstring has no example"
    outcome = doctest.DocTestRunner().run(found)
    plt.close("all")
    assert outcome.failed == 0
