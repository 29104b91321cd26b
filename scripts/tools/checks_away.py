"""For instructors: what a notebook imports as `checks` while it is graded.

The real checks hold the worked answers, and they judge elsewhere. So in the learner's
process `check` says nothing, `passed` is never true, and whatever stands for a worked
answer raises `NotWhileGrading` when it is used.
"""

import sys
from importlib.machinery import ModuleSpec


class NotWhileGrading(Exception):
    """A worked answer, or another part of the checks, was used while grading."""


class Away:
    """Stands for a part of the checks; it can be named and shown, but not used."""

    def __init__(self, name):
        self._name = name

    def __repr__(self):
        return f"{self._name}: not while grading"

    def _refuse(self, *_, **__):
        raise NotWhileGrading(f"{self._name} cannot be used while grading")

    __call__ = __iter__ = __getitem__ = __len__ = __bool__ = __add__ = _refuse

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        self._refuse()


def check(key, answer):
    return Away(f"the outcome of check({key!r}, …)")


def hint(key, number=None):
    return Away(f"hint({key!r})")


def solution(key):
    return Away(f"solution({key!r})")


def passed(key):
    return False


def scoreboard(lab):
    print("The points are counted by the grader.")


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return Away(f"checks.{name}")


class _Submodules:
    """Finds every `checks.…` as a module whose parts are all `Away`."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.startswith(f"{__name__}."):
            return ModuleSpec(name, _Submodules, is_package=True)
        return None

    @staticmethod
    def create_module(spec):
        return None

    @staticmethod
    def exec_module(module):
        def part(name):
            if name.startswith("__"):
                raise AttributeError(name)
            return Away(f"{module.__name__}.{name}")

        module.__getattr__ = part


sys.meta_path.insert(0, _Submodules)
