"""All small edits of a source that could be a slip: what mutants are made of.

For those who carry the project on. An edit is made in the text and not in the tree, so
that a mutant differs from its source in no more than a slip of the hand would change.
"""

import ast
import hashlib
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

OPERATORS = {
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
    ast.Div: ("/", "*"),
    ast.BitAnd: ("&", "|"),
    ast.BitOr: ("|", "&"),
    ast.And: ("and", "or"),
    ast.Or: ("or", "and"),
}
OPPOSITES = {
    "min": "max",
    "minimum": "maximum",
    "argmin": "argmax",
    "idxmin": "idxmax",
    "nsmallest": "nlargest",
    "any": "all",
    "low": "high",
    "head": "tail",
}
OPPOSITES |= {there: here for here, there in OPPOSITES.items()}
SETTLED = {"annotation", "returns", "decorator_list", "defaults", "kw_defaults"}
"""Fields of the tree that are left alone: types, decorators and default values."""


class Mutant(NamedTuple):
    """One edit of one file, in the line (or lines) that it changes.

    `before` and `after` hold these lines without indentation; `source`, the whole text.
    """

    path: str
    line: int
    before: str
    after: str
    source: str

    def rank(self, seed: int) -> bytes:
        """A random number that stays the same when other lines change."""
        text = f"{seed} {self.path} {self.before} {self.after}"
        return hashlib.sha256(text.encode()).digest()


def mutants_of(source: str, path: str, untouched=()) -> list[Mutant]:
    """All mutants of a module.

    `untouched`: names of methods and keywords that are left as they are.
    """
    edits = _Edits(source, frozenset(untouched))
    found = [edits.made(path, start, end, new) for start, end, new in edits.all()]
    return list({mutant.source: mutant for mutant in found}.values())


class _Edits:
    """`(start, end, new)`: the bytes from start to end become `new`."""

    def __init__(self, source: str, untouched: frozenset[str]):
        self.source, self.tree = source.encode(), ast.parse(source)
        self.untouched = untouched
        lengths = [len(line) for line in self.source.splitlines(keepends=True)]
        self.lines = [sum(lengths[:n]) for n in range(len(lengths) + 1)]

    def all(self) -> Iterator[tuple[int, int, str]]:
        for node, parent in self.nodes(self.tree, None):
            yield from self.of(node, parent)

    def of(self, node, parent) -> Iterator[tuple[int, int, str]]:
        match node:
            case ast.Compare():
                sides = pairwise([node.left, *node.comparators])
                for op, (left, right) in zip(node.ops, sides, strict=True):
                    yield from self.swapped(op, left, right)
            case ast.BinOp():
                yield from self.swapped(node.op, node.left, node.right)
            case ast.BoolOp():
                for left, right in pairwise(node.values):
                    yield from self.swapped(node.op, left, right)
            case ast.AugAssign():
                yield from self.swapped(node.op, node.target, node.value)
            case ast.UnaryOp():
                sign = re.match(r"not\s*|.", self.text(node))
                yield self.start(node), self.start(node) + sign.end(), ""
            case ast.IfExp():
                a, b = self.text(node.body), self.text(node.orelse)
                condition = self[self.end(node.body) : self.start(node.orelse)]
                yield self.start(node), self.end(node), b + condition + a
            case ast.Constant(value=bool()):
                yield self.start(node), self.end(node), str(not node.value)
            case ast.Constant(value=int() | float()):
                number = 1 - node.value if _is_axis(node, parent) else node.value + 1
                yield self.start(node), self.end(node), repr(number)
            case ast.Name(id=name, ctx=ast.Load()) if name in OPPOSITES:
                yield self.start(node), self.end(node), OPPOSITES[name]
            case ast.Attribute(attr=name) if name in OPPOSITES:
                yield self.end(node) - len(name), self.end(node), OPPOSITES[name]
            case ast.Slice():
                for bound in (node.lower, node.upper):
                    if bound and not isinstance(bound, ast.Constant):
                        yield self.end(bound), self.end(bound), " + 1"
            case ast.Expr(value=ast.Call()):
                yield self.start(node), self.end(node), "pass"
            case ast.Call():
                yield from self.dropped(node)

    def swapped(self, op, left, right) -> Iterator[tuple[int, int, str]]:
        here, there = OPERATORS.get(type(op), (None, None))
        between = self[self.end(left) : self.start(right)]
        if here and here in between:
            start = self.end(left) + len(between[: between.index(here)].encode())
            yield start, start + len(here), there

    def dropped(self, call) -> Iterator[tuple[int, int, str]]:
        """The call without one of its keyword arguments."""
        everything = sorted([*call.args, *call.keywords], key=self.start)
        for n, argument in enumerate(everything):
            if isinstance(argument, ast.keyword) and argument.arg:
                if argument.arg in self.untouched:
                    continue
                start, end = self.start(argument), self.end(argument)
                if n:
                    start = self.end(everything[n - 1])
                elif len(everything) > 1:
                    end = self.start(everything[1])
                yield start, end, ""

    def nodes(self, node, parent) -> Iterator[tuple[ast.AST, ast.AST]]:
        """`node` and all below it that may be edited, each with its parent."""
        if self.is_untouched(node, parent):
            return
        if isinstance(node, ast.FormattedValue) and not self.is_placed(node.value):
            return
        yield node, parent
        for name, value in ast.iter_fields(node):
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST) and name not in SETTLED:
                    yield from self.nodes(child, node)

    def is_untouched(self, node, parent) -> bool:
        match node, parent:
            case ((ast.Expr(value=ast.Call() as call) | (ast.Call() as call)), _):
                name = getattr(call.func, "attr", getattr(call.func, "id", ""))
                is_command = ast.unparse(call).startswith("sys.path.")
                return is_command or name in self.untouched
            case ast.keyword(arg=name), _:
                return name in self.untouched
            case ast.expr(), ast.Call(func=ast.Attribute(attr="annotate")):
                return node in parent.args[2:]  # how far the text is moved
            case ast.expr(), ast.Dict() if node in parent.values:
                key = parent.keys[parent.values.index(node)]
                return getattr(key, "value", None) in self.untouched
            case ast.If(), ast.Module():
                return "__name__" in ast.unparse(node.test)
        return False

    def is_placed(self, node) -> bool:
        """Before Python 3.12 what stands in an f-string may claim a wrong place."""
        try:
            here = ast.parse(f"({self.text(node)})", mode="eval").body
        except (SyntaxError, UnicodeDecodeError):
            return False
        same = (re.sub(r"ctx=\w+\(\)", "", ast.dump(tree)) for tree in (here, node))
        return len(set(same)) == 1

    def start(self, node) -> int:
        return self.lines[node.lineno - 1] + node.col_offset

    def end(self, node) -> int:
        return self.lines[node.end_lineno - 1] + node.end_col_offset

    def text(self, node) -> str:
        return self[self.start(node) : self.end(node)]

    def __getitem__(self, place: slice) -> str:
        return self.source[place].decode()

    def made(self, path: str, start: int, end: int, new: str) -> Mutant:
        first = self.source.rfind(b"\n", 0, start) + 1
        last = (self.source + b"\n").find(b"\n", end)
        old, changed = self[first:last], self[first:start] + new + self[end:last]
        return Mutant(
            path,
            self.source.count(b"\n", 0, start) + 1,
            " ".join(old.split()),
            " ".join(changed.split()),
            self[:start] + new + self[end:],
        )


def _is_axis(node, parent) -> bool:
    """Whether a 0 or 1 numbers an axis: `axis=1`, `x.sum(0)`, but not `np.log(1)`."""
    match parent:
        case ast.keyword(arg="axis" | "dim"):
            return node.value in (0, 1)
        case ast.Call(func=ast.Attribute(value=of), args=[only]) if only is node:
            is_module = getattr(of, "id", "") in ("np", "torch")
            return node.value in (0, 1) and not is_module
    return False
