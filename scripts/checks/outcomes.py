"""For authors: what a check answers, as text and as HTML for light and dark themes."""

import re
import textwrap
from dataclasses import dataclass, field, replace
from html import escape

# A symbol, a word and a colour: the colour is never alone.
LOOKS = {
    "correct": ("✓", "Correct", "#009E73"),
    "incorrect": ("✗", "Not yet", "#D55E00"),
    "not attempted": ("○", "Not attempted", "#999999"),
    "raised": ("!", "Your code raised an error", "#CC79A7"),
}

CODE = ("your line", "called with", "given", "expected")  # facts that are not prose
WIDTH = 100  # columns of the plain text


@dataclass(frozen=True)
class Outcome:
    """The result of one check.

    `facts` are (label, text) pairs; `misconception` is the name of the recognized
    mistake or ""; `progress` is the line that counts what is done. `arguments` are
    those of the call that the facts show: `my_function(*outcome.arguments)` repeats it.
    """

    key: str
    title: str
    status: str
    out_of: float
    points: float = 0
    message: str = ""
    misconception: str = ""
    facts: tuple = ()
    trace: str = ""
    progress: str = ""
    arguments: tuple = field(default=(), compare=False)

    def with_progress(self, line):
        """The same outcome with a line that counts what is done."""
        return replace(self, progress=line)

    def __str__(self):
        symbol, word, _ = LOOKS[self.status]
        lines = [f"{symbol} {word}: {self.key}, {self.title} ({self._points})"]
        for line in (self.message, self._next):
            lines += _wrapped(unmarked(line), "  ", "  ")
        for label, text in self.facts:
            text = text if label in CODE else unmarked(text)
            first, *rest = text.splitlines() or [""]
            lines += _wrapped(first, f"  {label:<12} ", " " * 15) or [f"  {label}"]
            for line in rest:
                lines += _wrapped(line, " " * 15, " " * 17)
        for line in self.trace.splitlines():
            lines += _wrapped(line, "", "    ")
        if self.progress:
            lines.append(f"  {self.progress}")
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self):
        symbol, word, colour = LOOKS[self.status]
        rows = "".join(
            f"<tr><td style='text-align:left'>{escape(label)}</td>"
            "<td style='text-align:left;white-space:pre-wrap'>"
            + (f"<code>{escape(text)}</code>" if label in CODE else _marked(text))
            + "</td></tr>"
            for label, text in self.facts
        )
        trace = (
            "<details><summary>The whole traceback</summary>"
            f"<pre>{escape(self.trace)}</pre></details>"
            if self.trace
            else ""
        )
        return (
            f"<div style='border-left:5px solid {colour};padding:0 1em'>"
            f"<p><strong>{symbol} {word}</strong>: {self.key}, "
            f"{escape(self.title)} ({self._points})</p>"
            + "".join(f"<p>{_marked(s)}</p>" for s in (self.message, self._next) if s)
            + (f"<table>{rows}</table>" if rows else "")
            + trace
            + (
                f"<p><small>{escape(self.progress)}</small></p>"
                if self.progress
                else ""
            )
            + "</div>"
        )

    @property
    def _points(self):
        one = "point" if self.out_of == 1 else "points"
        return f"{self.points:g} of {self.out_of:g} {one}"

    @property
    def _next(self):
        if self.status == "correct":
            return ""
        return f'Stuck? hint("{self.key}") gives the next hint.'


def unmarked(text):
    """The text without the backticks that stand round code in it."""
    return re.sub(r"`([^`]+)`", r"\1", text)


def _wrapped(text, first, rest):
    """The text in lines of at most `WIDTH` columns; columns of a table stay apart."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        expand_tabs=False,
        replace_whitespace=False,
    )


def _marked(text):
    """Escaped text with what stands between backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))
