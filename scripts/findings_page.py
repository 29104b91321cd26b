"""The page that a project leaves behind: what was found on these data, in Markdown.

For students: lab 12.
"""

from pathlib import Path

import pandas as pd

from atomic import write_whole
from findings import findings_table


def as_markdown(table: pd.DataFrame) -> str:
    """A table as Markdown, its index first; floats with three decimals.

    >>> print(as_markdown(pd.DataFrame({"RMSE": [0.91234]}, index=["ALS"])))
    |  | RMSE |
    |---|---|
    | ALS | 0.912 |
    """
    table = table.reset_index(names=table.index.name or "")
    lines = [_row(table.columns), "|---" * len(table.columns) + "|"]
    return "\n".join([*lines, *map(_row, table.itertuples(index=False))])


def write_page(path: str | Path, title: str, parts: dict) -> str:
    """Write `parts` under their headings, then this lab's findings; returns the text.

    parts: heading → a text, a list of texts, or a table. Empty ones are left out. The
    findings are those that `finding` has recorded, with what each rests on. The file is
    written whole or not at all. Raises `CannotWrite`.

    >>> import tempfile
    >>> from findings import begin_findings
    >>> begin_findings(None)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     page = write_page(Path(folder) / "page.md", "Books", {"Split": "by date"})
    >>> print(page)
    # Books
    <BLANKLINE>
    ## Split
    <BLANKLINE>
    by date
    <BLANKLINE>
    """
    blocks = [f"# {title}"]
    parts = parts | {"Findings": findings_table().drop(columns="on your data")}
    for heading, part in parts.items():
        if not len(part):
            continue
        if isinstance(part, pd.DataFrame):
            part = as_markdown(part)
        elif isinstance(part, list):
            part = "\n".join(f"- {line}" for line in part)
        blocks += [f"## {heading}", part]
    text = "\n\n".join(blocks) + "\n"
    write_whole(Path(path), text.encode())
    return text


def _row(cells) -> str:
    shown = (f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in cells)
    return (
        "| " + " | ".join(c.replace("|", "∣").replace("\n", " ") for c in shown) + " |"
    )
