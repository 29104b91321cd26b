"""For instructors: a lab on paper, for a room without screens, `make handout NB=03`.

    python scripts/tools/make_handout.py 03

writes `build/handouts/03-training.html`, one file that needs no network; a browser
prints it. It holds the texts, drawings, code and questions of the learner's lab. What
would answer them is left out: outputs, hints, worked answers, and the boxes that say
what just happened. A guess and an answer get room for a pencil.
"""

import argparse
import base64
import re
import sys
from html import escape
from pathlib import Path
from textwrap import indent

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from nbconvert import HTMLExporter
from nbformat import NotebookNode
from pygments.formatters import HtmlFormatter

from atomic import CannotWrite, write_whole
from tools.lab_source import STUB, plan_notebook
from tools.labs import BUILD, NOTEBOOKS, ROOT, UnknownLab, find_lab
from tools.make_site import page_links

STYLE = Path(__file__).parent / "site" / "handout.css"

FOLD = re.compile(r"<details>\s*<summary>(.*?)</summary>.*?</details>", re.DOTALL)
TOLD = re.compile(r'<div class="alert [^"]*alert-info">.*?</div>', re.DOTALL)
DRAWING = re.compile(r"!\[([^]]*)\]\((images/[^)]+\.svg)\)")
HELP = re.compile(r"^(check|hint|solution|example|show_findings)\(", re.MULTILINE)
LINES = "\n\n".join(["_" * 60] * 4)  # for a pencil, in place of a stub

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
{style}
</style>
<script>
window.MathJax = {{tex: {{inlineMath: [["$", "$"]]}}, options: {{enableMenu: false}}}};
</script>
<script>
{mathjax}
</script>
</head>
<body>
{body}
</body>
</html>
"""


class NoHandout(ValueError):
    """The hand-out cannot be made; the message says what to mend."""


def write_handout(lab: str, folder: Path = BUILD / "handouts") -> Path:
    """Write the page of `lab`, such as "03", and return its path."""
    name = find_lab(lab)
    notebook = plan_notebook(NOTEBOOKS / "source" / f"{name}.py")
    on_paper(notebook, NOTEBOOKS)
    exporter = HTMLExporter(template_name="basic", exclude_input_prompt=True)
    body, _ = exporter.from_notebook_node(notebook)
    colours = HtmlFormatter(style="bw").get_style_defs(".highlight")
    page = PAGE.format(
        title=escape(notebook.cells[0].source.split("\n")[0].strip("# ")),
        style=colours + STYLE.read_text(encoding="utf-8"),
        mathjax=_mathjax(),
        body=body,
    )
    path = folder / f"{name}.html"
    write_whole(path, page.encode())
    return path


def on_paper(notebook: NotebookNode, folder: Path) -> None:
    """Leave out what answers a question, and what only a screen can do.

    folder: where the drawings' `images/` is; they become part of the page.
    """
    cells = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = _words(cell.source, folder)
        elif _only_on_screen(cell):
            continue
        else:
            cell.source = _with_room(cell.source)
        if cell.source.strip():
            cells.append(cell)
    notebook.cells = cells


def _only_on_screen(cell):
    hidden = cell.metadata.get("jupyter", {}).get("source_hidden")
    return hidden or HELP.match(cell.source)


def _words(text, folder):
    """Markdown without answers; the question in a fold's first line stays."""
    text = TOLD.sub("", text)
    text = FOLD.sub(lambda m: f"**{m[1]}**" if m[1][:1].isdigit() else "", text)
    text = DRAWING.sub(lambda m: _embedded(m[1], folder / m[2]), text)
    return page_links(text, [])


def _embedded(words, drawing):
    data = base64.b64encode(drawing.read_bytes()).decode()
    return f'<img alt="{escape(words)}" src="data:image/svg+xml;base64,{data}">'


def _with_room(code):
    """Code with ruled lines in place of its stubs."""
    marker, rest = map(re.escape, STUB)
    stub = re.compile(rf"^( *){marker}\n *{rest}$", re.MULTILINE)
    return stub.sub(lambda m: indent(LINES, m[1]), code)


def _mathjax():
    """MathJax in one piece, from the environment that `make html` made."""
    found = (ROOT / ".venv-site").glob("**/mathjax/es5/tex-svg.js")
    path = next(found, None)
    if path is None:
        raise NoHandout("The formulas need MathJax: make handout installs it.")
    return path.read_text(encoding="utf-8").replace("</script", r"<\/script")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("lab", help="03, for example")
    try:
        path = write_handout(parser.parse_args().lab)
    except (CannotWrite, NoHandout, UnknownLab) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Open {path.relative_to(ROOT)} in a browser, and print it.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
