"""Findings: what is true of these data, said in words for either outcome.

For authors. An identity (two ways to one number agree) is an `assert`: it holds on any
data, or the code is wrong. A finding (Adam overfits here; neighbours share genres) is
true of some data. It never stops a learner: it is computed, said, and recorded, and the
last cell of a lab shows them all. Where the author declares that it holds on an edition
of the data, and LABS_STRICT is set (as it is in the build and in the tests), a finding
that fails there raises, so that a lab cannot claim what is not so.
"""

import os
from collections.abc import Collection
from dataclasses import dataclass

import pandas as pd

from reporting import say

EDITIONS = ("sample", "100k", "latest-small", "1m")
"""Editions for which a lab may declare a finding."""


class FindingFailed(AssertionError):
    """A finding does not hold on an edition for which its author declared it."""


@dataclass(frozen=True)
class Finding:
    """One claim: its `name`, whether it `holds`, what was `said`, its `control`."""

    name: str
    holds: bool
    said: str
    control: str


_edition: str | None = None
_found: dict[str, Finding] = {}


def begin_findings(edition: str | None) -> None:
    """Forget all findings; those to come are about `edition`, None for unknown data.

    `edition` is what `data_utils.edition_of(ratings)` answers.

    >>> begin_findings(None)
    >>> findings_table().empty
    True
    """
    global _edition
    _edition = edition
    _found.clear()


def finding(
    name: str, holds: bool, yes: str, no: str, *, control: str, on: Collection[str] = ()
) -> None:
    """Say `yes` where the claim `holds` and `no` where it does not, and record it.

    name: the claim in a few words, as the table at the end of the lab lists it.
    control: the interval, the null or the second measurement that it rests on, or why
    there is none. on: the editions for which the author declares that it holds. Raises
    `FindingFailed` where it fails on one of them and LABS_STRICT is set, and
    `ValueError` for words that do not depend on the outcome or an unknown edition.

    >>> begin_findings(None)
    >>> finding("Most cells are empty", 0.94 > 0.5, yes="**94 %** are empty.",
    ...         no="Only 94 % are empty.", control="a count, exact")
    **94 %** are empty.
    """
    if yes == no:
        raise ValueError(f"{name!r} says the same whether it holds or not: {yes!r}.")
    if unknown := sorted(set(on) - set(EDITIONS)):
        raise ValueError(
            f"{name!r} is declared for {', '.join(unknown)}; an edition is one of "
            f"{', '.join(EDITIONS)}."
        )
    holds = bool(holds)
    _found[name] = Finding(name, holds, yes if holds else no, control)
    if not holds and _edition in on and os.environ.get("LABS_STRICT"):
        raise FindingFailed(
            f"{name!r} is declared for {_edition} and does not hold there. The lab "
            f"would say: {no}"
        )
    say(_found[name].said)


def findings_table() -> pd.DataFrame:
    """What was claimed in this lab, a row for each: does it hold, and what supports it.

    >>> begin_findings(None)
    >>> finding("A", True, yes="a", no="b", control="an interval")
    a
    >>> findings_table()["on your data"].tolist()
    ['holds']
    """
    rows = [
        {
            "claim": found.name,
            "on your data": "holds" if found.holds else "does not hold",
            "what was found": found.said.replace("**", ""),
            "it rests on": found.control,
        }
        for found in _found.values()
    ]
    columns = ["claim", "on your data", "what was found", "it rests on"]
    return pd.DataFrame(rows, columns=columns).set_index("claim")


def show_findings() -> None:
    """Show the table, with how many hold; a lab's last cell.

    >>> begin_findings(None)
    >>> show_findings()
    This lab has claimed nothing about your data yet: run its cells first.
    """
    if not _found:
        say("This lab has claimed nothing about your data yet: run its cells first.")
        return
    holding = sum(found.holds for found in _found.values())
    text = f"**{holding} of {len(_found)}** findings of this lab hold on these data."
    if holding < len(_found):
        text += (
            " What does not hold is no mistake: a finding is true of some data. Ask "
            "what differs here: how many ratings there are, how they were drawn, how "
            "they spread."
        )
    say(text)
    say(_markdown(findings_table()))


def _markdown(table: pd.DataFrame) -> str:
    heads = [table.index.name, *table.columns]
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    for claim, row in table.iterrows():
        cells = [claim, *(text.replace("\n", " ") for text in row)]
        lines.append("| " + " | ".join(c.replace("|", "∣") for c in cells) + " |")
    return "\n".join(lines)
