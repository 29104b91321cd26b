"""For instructors: write the guide, its prose with the tables that the checks know.

    python scripts/tools/make_guide.py

`make notebooks` does it too. Authors edit `notebooks/source/instructors-guide.md`.
`{{times:06}}` becomes the table of a lab's questions, `{{mistakes:06}}` its discussion
prompts and mistakes.
"""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from checks import QUESTIONS, TEXTS
from checks.questions.question import RepairShop
from checks.texts import questions_of
from tools.labs import NOTEBOOKS, ROOT

MARKER = re.compile(r"\{\{(times|mistakes):(\d\d)\}\}")


def guide(template: str) -> str:
    """The guide's text with its markers replaced."""
    return MARKER.sub(
        lambda match: {"times": _times, "mistakes": _mistakes}[match[1]](match[2]),
        template,
    )


def write_guide(notebooks: Path = NOTEBOOKS) -> Path:
    """Write the guide beside the solutions, and return its path."""
    template = notebooks / "source" / "instructors-guide.md"
    target = notebooks / "solutions" / "README.md"
    target.parent.mkdir(exist_ok=True)
    target.write_text(guide(template.read_text(encoding="utf-8")), encoding="utf-8")
    return target


def _times(lab):
    rows = [(key, TEXTS[key]) for key in questions_of(lab)]
    minutes = sum(text["minutes"] for _, text in rows)
    points = sum(text["points"] for _, text in rows)
    lines = ["| question | title | lab | minutes | points |", "|---|---|---|---|---|"]
    for key, text in rows:
        cells = key, text["title"], text["lab"], text["minutes"], text["points"]
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join([*lines, f"| | together | | {minutes} | {points} |"])


def _mistakes(lab):
    parts = []
    for key in questions_of(lab):
        question, text = QUESTIONS[key], TEXTS[key]
        if isinstance(question, RepairShop):
            lines = [f"- {holds}" for holds in question.bugs]
        else:
            known = question.misconceptions
            lines = [f"- `{each.name}`: {each.message}" for each in known]
        title = text["title"] if text["title"].endswith("?") else f"{text['title']}."
        head = f"**{key} · {title}** {text['discuss']}"
        parts.append("\n".join([head, "", *lines]))
    return "\n\n".join(parts)


if __name__ == "__main__":
    print(write_guide().relative_to(ROOT))
