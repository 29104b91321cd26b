"""For authors: where the labs are, and which one a short name such as `06` means."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = ROOT / "notebooks"
BUILD = ROOT / "build"
HEADING_OF = "heading="  # in a link; without it JupyterLab misses what is not drawn yet
QUESTIONS = "questions"  # the page that leads from a question to a lab's section


class UnknownLab(ValueError):
    """No lab, or more than one, begins with the name that was given."""


def lab_names(notebooks: Path = NOTEBOOKS) -> list[str]:
    """Names of all labs in their order, such as `01-data-exploration`."""
    return sorted(source.stem for source in (notebooks / "source").glob("*.py"))


def find_lab(name: str, notebooks: Path = NOTEBOOKS) -> str:
    """The one lab whose name begins with `name`: `6`, `06` or `06-exercises.ipynb`.

    Raises `UnknownLab` with the list of labs if none or several match.
    """
    start = Path(name).name.removesuffix(".ipynb").removesuffix(".py")
    if start.isdigit():
        start = start.zfill(2)
    found = [lab for lab in lab_names(notebooks) if start and lab.startswith(start)]
    if len(found) != 1:
        known = ", ".join(lab_names(notebooks)) or "none"
        raise UnknownLab(
            f"{name!r} matches {len(found)} labs, but must match one of: {known}."
        )
    return found[0]


def selected_labs(only: list[str] | None, notebooks: Path = NOTEBOOKS) -> list[str]:
    """All labs, or those that `only` names, in the order of the course."""
    if not only:
        return lab_names(notebooks)
    return sorted({find_lab(name, notebooks) for name in only})
