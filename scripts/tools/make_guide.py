"""For instructors: write the guide, its prose with the tables that the checks know.

    python scripts/tools/make_guide.py

`make notebooks` does it too. Authors edit `notebooks/source/instructors-guide.md`.
`{{times:06}}` becomes the table of a lab's questions, `{{mistakes:06}}` its discussion
prompts with short answers, and its mistakes.
"""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from atomic import write_whole
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
    write_whole(target, guide(template.read_text(encoding="utf-8")).encode())
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
            lines = _lights(question)
        else:
            lines = list(map(_line, question.misconceptions))
        title = text["title"] if text["title"].endswith("?") else f"{text['title']}."
        parts += [f"**{key} · {title}** {text['discuss']}"]
        if "answer" in text:
            parts += [_folded("A short answer", text["answer"])]
        parts += ["\n".join(lines)]
    return "\n\n".join(parts)


def _lights(shop):
    """Each light of the repair shop, with the repairs that leave it red."""
    lines = []
    for holds in shop.bugs:
        known = [f"  {_line(each)}" for each in shop.misconceptions(holds)]
        lines += [f"- {holds}", *known]
    return lines


def _line(known):
    return f"- `{known.name}`: {known.message}"


def _folded(summary, body):
    return f"<details>\n<summary>{summary}</summary>\n\n{body}\n\n</details>"


if __name__ == "__main__":
    print(write_guide().relative_to(ROOT))
