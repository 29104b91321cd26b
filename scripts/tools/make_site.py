"""For instructors: the solved labs as a site, `make html`.

    python scripts/tools/make_site.py

Nothing is executed. Each lab's solved notebook, or the learner's where there is none,
is prepared for Sphinx in `build/site-source/` and becomes a page of `build/site/`.
Settings, looks and the words of the first page are in `site/`. It runs in .venv-site,
which `make html` makes from `requirements-site.txt`.
"""

import base64
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.labs import BUILD, HEADING_OF, NOTEBOOKS, QUESTIONS, ROOT, lab_names

SETTINGS = Path(__file__).with_name("site")
GUIDE = "instructors-guide"

MARKDOWN_LINK = re.compile(r"(?<!!)\[(?P<words>[^][]*)\]\((?P<target>[^()\s]+)\)")
HTML_LINK = re.compile(r"""(?P<before>\bhref=["'])(?P<target>[^"'#]+)""")
SOLUTION_MARKER = re.compile(r"^ *### (BEGIN|END) SOLUTION\n?", re.MULTILINE)
SOLUTION_CALL = re.compile(r"solution\([^()\n]*\)\s*")
HEAD_ROW = re.compile(r"^\| *\**(?P<name>[^|*]+?)\** *\| *(?P<value>.+?) *\|$", re.M)
OBJECTIVES = re.compile(r"\*\*After this lab you can\*\*\n\n((?:[- ] .+\n?)+)")
OBJECTIVE = re.compile(r"^- (.+(?:\n {2}\S.*)*)", re.MULTILINE)
# ASCII punctuation after a backslash is itself in Markdown.
PUNCTUATION = re.compile(r"([\[\]\\`*_{}<>$&~^|#])")


class NoSite(ValueError):
    """The site cannot be made; the message says what to mend."""


@dataclass(frozen=True)
class Head:
    """What a lab's first cell says about it."""

    title: str  # "03 · Training: learning, overfitting, and an honest number"
    promise: str  # one or a few sentences, Markdown
    time: str  # "about 90 minutes"; empty where the head has none
    objectives: tuple[str, ...]

    @property
    def short(self) -> str:
        """The title up to its colon, for the list of contents: `03 · Training`."""
        return self.title.partition(":")[0]


def main() -> int:
    try:
        print(f"{len(write_sources(BUILD / 'site-source'))} pages.")
        run_sphinx(BUILD / "site-source", BUILD / "site")
    except NoSite as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Open {(BUILD / 'site' / 'index.html').relative_to(ROOT)} in a browser.")
    return 0


def write_sources(target: Path, notebooks: Path = NOTEBOOKS) -> list[str]:
    """Write what Sphinx reads to the folder `target`; the pages' names, in order.

    Raises `NoSite` where a lab is not built or a figure is not described.
    """
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    if (images := notebooks / "images").is_dir():
        shutil.copytree(images, target / "images")
    labs = lab_names(notebooks)
    pages = [*labs, QUESTIONS, GUIDE]
    heads = {}
    for name in [*labs, QUESTIONS]:
        notebook = nbformat.read(notebook_of(name, notebooks), as_version=4)
        if name in labs:
            heads[name] = read_head(notebook.cells[0].source)
        prepare(notebook, name, pages, target)
        nbformat.write(notebook, target / f"{name}.ipynb")
    guide = (notebooks / "solutions" / "README.md").read_text(encoding="utf-8")
    (target / f"{GUIDE}.md").write_text(page_links(guide, pages), encoding="utf-8")
    first = (SETTINGS / "index.md").read_text(encoding="utf-8")
    (target / "index.md").write_text(index(first, heads), encoding="utf-8")
    return ["index", *pages]


def run_sphinx(source: Path, target: Path) -> None:
    """Make the pages; a warning, such as one about a broken link, is an error."""
    shutil.rmtree(target, ignore_errors=True)
    options = ["-b", "html", "-q", "-W", "--keep-going", "-c", str(SETTINGS)]
    folders = ["-d", str(BUILD / "site-doctrees"), str(source), str(target)]
    command = [sys.executable, "-m", "sphinx", *options, *folders]
    if subprocess.run(command).returncode:
        raise NoSite("Sphinx could not make the site: see the lines above.")
    # The notebook that a page hands out is the one of the repository.
    for page in (target / "_sources").glob("*.ipynb"):
        shutil.copyfile(notebook_of(page.stem), page)


def notebook_of(lab: str, notebooks: Path = NOTEBOOKS) -> Path:
    """The lab's solved notebook, or the learner's where there is none."""
    for path in notebooks / "solutions" / f"{lab}.ipynb", notebooks / f"{lab}.ipynb":
        if path.exists():
            return path
    raise NoSite(f"{lab} is not built yet: run make notebooks.")


def read_head(text: str) -> Head:
    """Title, promise, time and objectives of a lab, from its first cell.

    >>> head = read_head("# 03 · Training: and a number\\n\\n*Fit, then\\nmeasure.*"
    ...                  "\\n\\n| Time | two hours |"
    ...                  "\\n\\n**After this lab you can**\\n\\n- stop early;")
    >>> head.short, head.promise, head.time, head.objectives
    ('03 · Training', 'Fit, then measure.', 'two hours', ('stop early',))
    """
    blocks = [block.strip() for block in text.strip().split("\n\n")]
    if not blocks[0].startswith("# "):
        raise NoSite(f"A lab begins with '# ' and its title, not with {blocks[0]!r}.")
    title = re.sub(r"^(\d\d) (?!·)", r"\1 · ", blocks[0].removeprefix("# "))
    promise = blocks[1] if len(blocks) > 1 else ""
    if promise.startswith("*") and not promise.startswith("**"):
        promise = promise.strip("*")
    rows = {row["name"].lower(): row["value"] for row in HEAD_ROW.finditer(text)}
    time = next((rows[name] for name in rows if re.search(r"\btime\b", name)), "")
    listed = OBJECTIVES.search(text)
    found = OBJECTIVE.findall(listed[1]) if listed else []
    return Head(
        title,
        " ".join(promise.split()),
        time,
        tuple(" ".join(each.split()).rstrip(".;") for each in found),
    )


def index(template: str, heads: dict[str, Head]) -> str:
    """The first page: `{{labs}}` becomes a card a lab, `{{contents}}` the lists."""
    cards = "\n\n".join(_card(lab, head) for lab, head in heads.items())
    entries = [f"{head.short} <{lab}>" for lab, head in heads.items()]
    lists = {"The labs": entries, "To look up": [QUESTIONS], "To teach": [GUIDE]}
    contents = "\n\n".join(_toctree(*each) for each in lists.items())
    return template.replace("{{labs}}", cards).replace("{{contents}}", contents)


def _card(lab, head):
    lines = [f"### [{head.title}]({lab}.ipynb)", head.promise]
    if head.time:
        lines.append(f"**Time:** {head.time}")
    if head.objectives:
        objectives = "\n".join(f"- {each}" for each in head.objectives)
        summary = "<details><summary>What you can do afterwards</summary>"
        lines.append(f"{summary}\n\n{objectives}\n\n</details>")
    return "\n\n".join(lines)


def _toctree(caption, entries):
    options = f":hidden:\n:caption: {caption}\n"
    return "\n".join(["```{toctree}", options, *entries, "```"])


def prepare(notebook: NotebookNode, lab: str, pages: list[str], target: Path) -> None:
    """Change the notebook for its page: links, folds, and figures as described files.

    pages: names of all pages, to which links may lead. target: the folder in which
    figures are written, as `figures/03-training-1.png`.
    """
    first = notebook.cells[0]
    first.source = first.source.replace(
        first.source.split("\n")[0], f"# {read_head(first.source).title}", 1
    )
    notebook.cells = [cell for cell in notebook.cells if not _told_twice(cell)]
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = page_links(cell.source, pages)
        elif cell.cell_type == "code":
            _fold(cell)
            for output in cell.outputs:
                _link_output(output.get("data", {}), pages)
    _describe_figures(notebook, lab, target)


def page_links(text: str, pages: Iterable[str]) -> str:
    """Markdown whose links lead to pages; of what is not on the site the words remain.

    >>> page_links("[02](../02-x.ipynb), [data](../data/README.md)", ["02-x"])
    '[02](02-x.ipynb), data'
    >>> page_links("[why](02-x.ipynb#heading=1.-Why?-So)", ["02-x"])
    '[why](02-x.ipynb#1-why-so)'
    >>> page_links("![a table](../images/a.svg)", [])
    '![a table](images/a.svg)'
    """

    def replaced(link):
        target, _, anchor = link["target"].partition("#")
        if not target or "://" in target or target.startswith(("mailto:", "images/")):
            return link[0]
        name = Path(target).name
        if target.endswith("solutions/README.md"):
            name = f"{GUIDE}.md"
        if Path(name).stem not in pages:
            return link["words"]
        return f"[{link['words']}]({name}{'#' + _slug(anchor) if anchor else ''})"

    text = text.replace("](../images/", "](images/")  # of a solved lab
    return html_links(MARKDOWN_LINK.sub(replaced, text), pages)


def _slug(anchor):
    """What the site calls the heading that a link calls `anchor` in JupyterLab."""
    return re.sub(r"[^\w-]", "", anchor.removeprefix(HEADING_OF).lower())


def html_links(text: str, pages: Iterable[str]) -> str:
    """HTML whose links to notebooks lead to their pages.

    >>> html_links("<a href='../02-x.ipynb#why'>", ["02-x"])
    "<a href='02-x.html#why'>"
    """

    def replaced(link):
        name = Path(link["target"])
        if name.suffix != ".ipynb" or name.stem not in pages:
            return link[0]
        return f"{link['before']}{name.stem}.html"

    return HTML_LINK.sub(replaced, text)


def _told_twice(cell):
    """Whether a cell only shows the answer that a solved lab has above its check."""
    return cell.cell_type == "code" and bool(SOLUTION_CALL.fullmatch(cell.source))


def _link_output(data, pages):
    if "text/markdown" in data:
        data["text/markdown"] = page_links(data["text/markdown"], pages)
    if "text/html" in data:
        data["text/html"] = html_links(data["text/html"], pages)


def _fold(cell):
    """Answers and bookkeeping are folded, each under words that say which it is."""
    tags = cell.metadata.setdefault("tags", [])
    words = None
    if SOLUTION_MARKER.search(cell.source):
        cell.source = SOLUTION_MARKER.sub("", cell.source).rstrip("\n")
        tags.append("hide-input")
        words = "one answer"
    elif "solution" in tags:
        tags.append("hide-cell")
        words = "one answer"
    elif cell.metadata.get("jupyter", {}).get("source_hidden"):
        words = "the code"  # and the build has given it the tag
    if words:
        shown = {
            "code_prompt_show": f"Show {words}",
            "code_prompt_hide": f"Hide {words}",
        }
        cell.metadata["mystnb"] = shown


def _describe_figures(notebook, lab, target):
    """Each figure becomes a file; the notebook brings its alternative text."""
    outputs = [out for cell in notebook.cells for out in cell.get("outputs", [])]
    figures = [out for out in outputs if "image/png" in out.get("data", {})]
    for number, output in enumerate(figures, start=1):
        name = f"figures/{lab}-{number}.png"
        about = output.metadata.get("image/png", {})
        if "alt" not in about:
            raise NoSite(f"Figure {number} of {lab} is not described: build it anew.")
        (target / name).parent.mkdir(exist_ok=True)
        (target / name).write_bytes(base64.b64decode(output.data["image/png"]))
        words = PUNCTUATION.sub(r"\\\1", about["alt"])
        size = f"{{width={about['width']}px}}" if "width" in about else ""
        output.data = {"text/markdown": f"![{words}]({name}){size}"}


if __name__ == "__main__":
    sys.exit(main())
