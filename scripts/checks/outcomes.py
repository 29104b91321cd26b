"""For authors: what a check answers, as text and as HTML for light and dark themes."""

import re
from dataclasses import dataclass, replace
from html import escape

# A symbol, a word and a colour: the colour is never alone.
LOOKS = {
    "correct": ("✓", "Correct", "#009E73"),
    "incorrect": ("✗", "Not yet", "#D55E00"),
    "not attempted": ("○", "Not attempted", "#999999"),
    "raised": ("!", "Your code raised an error", "#CC79A7"),
}


@dataclass(frozen=True)
class Outcome:
    """The result of one check.

    `facts` are (label, text) pairs; `misconception` is the name of the recognized
    mistake or ""; `progress` is the line that counts what is done.
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

    def with_progress(self, line):
        """The same outcome with a line that counts what is done."""
        return replace(self, progress=line)

    def __str__(self):
        symbol, word, _ = LOOKS[self.status]
        lines = [f"{symbol} {word}: {self.key}, {self.title} ({self._points})"]
        lines += [f"  {line}" for line in (self.message, self._next) if line]
        for label, text in self.facts:
            first, *rest = text.splitlines() or [""]
            lines.append(f"  {label:<12} {first}")
            lines += [" " * 15 + line for line in rest]
        if self.trace:
            lines.append(self.trace.rstrip())
        if self.progress:
            lines.append(f"  {self.progress}")
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self):
        symbol, word, colour = LOOKS[self.status]
        rows = "".join(
            f"<tr><td style='text-align:left'>{escape(label)}</td>"
            f"<td style='text-align:left;white-space:pre-wrap'><code>{escape(text)}"
            "</code></td></tr>"
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
        return f"{self.points:g} of {self.out_of:g} points"

    @property
    def _next(self):
        if self.status == "correct":
            return ""
        return f'Stuck? hint("{self.key}") gives the next hint.'


def _marked(text):
    """Escaped text with what stands between backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))
