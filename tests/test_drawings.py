"""The drawings are current, well-formed, right in their sums, and legible.

A learner meets a structure first in its drawing. A sum in it that does not add up, or a
word that runs into another, is learned or skipped. Whoever cannot see it hears its
description, and whoever reads on a dark page needs its own light panel. Widths of text
are estimated from above, as a wide font (DejaVu Sans) would set it.
"""

import re
import xml.etree.ElementTree as ET
from itertools import combinations

import numpy as np
import pytest

from drawings import DRAWINGS, arithmetic, data, factors, lists
from drawings.canvas import PAPER, WIDTH, Sheet
from tools import make_drawings

SVG = "{http://www.w3.org/2000/svg}"
FORMULA = re.compile(r"[\d.]+(?: [−+×/] \(?[−\d.]+\)?)+ = −?[\d.]+")


@pytest.fixture(params=DRAWINGS)
def root(request):
    """The drawing as XML: what is not well-formed shows as a broken image."""
    return ET.fromstring(DRAWINGS[request.param].svg())


def texts(root) -> list[tuple]:
    """(words, left, top, right, bottom, colour) of each text."""
    found = []
    for node in root.iter(f"{SVG}text"):
        x, y, size = (float(node.get(key)) for key in ("x", "y", "font-size"))
        wide = estimated_width(node.text) * size
        wide *= 1.1 if node.get("font-weight") else 1
        left = x - wide * {"middle": 0.5, "end": 1}.get(node.get("text-anchor"), 0)
        box = left, y - 0.76 * size, left + wide, y + 0.2 * size
        found.append((node.text, *box, node.get("fill")))
    return found


def estimated_width(words: str) -> float:
    """In letter sizes: narrow letters, wide ones, and all others."""
    return sum(
        0.36 if c in "ijltfrI.,:;|'() " else 0.95 if c in "mwMW%" else 0.64
        for c in words
    )


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb`, as WCAG 2 defines it."""
    parts = np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    parts = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return float(parts @ (0.2126, 0.7152, 0.0722))


def contrast(one: str, other: str) -> float:
    """From 1 to 21."""
    dark, light = sorted(map(luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


def background(root, text) -> str:
    """The fill under the middle of a text: that of the last box drawn there."""
    _, left, top, right, bottom, _ = text
    x, y = (left + right) / 2, (top + bottom) / 2
    fill = None
    for box in root.iter(f"{SVG}rect"):
        x0, y0, wide, high = (float(box.get(k)) for k in ("x", "y", "width", "height"))
        if x0 <= x <= x0 + wide and y0 <= y <= y0 + high:
            fill = box.get("fill")
    return fill


def test_the_committed_files_are_what_the_code_draws():
    """Otherwise a learner sees an old drawing beside new text."""
    assert make_drawings.stale() == []


def test_who_cannot_see_it_hears_what_it_shows(root):
    assert root.get("role") == "img"
    title, description = root[0], root[1]
    assert (title.tag, description.tag) == (f"{SVG}title", f"{SVG}desc")
    assert 10 < len(title.text) < 60
    assert 80 < len(description.text) < 450
    assert not set(description.text) & set('[]"<>')  # it becomes a text in Markdown


def test_it_is_small_and_fits_a_page(root):
    _, _, wide, high = (float(part) for part in root.get("viewBox").split())
    assert wide == WIDTH <= 760
    assert (root.get("width"), root.get("height")) == (f"{wide:g}", f"{high:g}")
    assert len(ET.tostring(root)) < 15_000
    assert "http" not in ET.tostring(root, "unicode").replace(SVG[1:-1], "")


def test_no_text_leaves_the_panel(root):
    high = float(root.get("height"))
    out = [
        words
        for words, left, top, right, bottom, _ in texts(root)
        if left < 10 or top < 8 or right > WIDTH - 10 or bottom > high - 8
    ]
    assert out == []


def test_no_text_runs_into_another(root):
    over = [
        (a[0], b[0])
        for a, b in combinations(texts(root), 2)
        if a[1] < b[3] and b[1] < a[3] and a[2] < b[4] and b[2] < a[4]
    ]
    assert over == []


def test_every_word_stands_out_from_what_is_behind_it(root):
    """In both themes alike: the panel is the drawing's own."""
    assert root.find(f"{SVG}rect").get("fill") == PAPER
    pale = {
        text[0]: round(contrast(text[-1], background(root, text)), 1)
        for text in texts(root)
        if contrast(text[-1], background(root, text)) < 4.5
    }
    assert pale == {}


def test_letters_are_large_enough_at_600_pixels(root):
    sizes = [float(node.get("font-size")) for node in root.iter(f"{SVG}text")]
    assert min(sizes) * 600 / WIDTH > 10.5


def test_every_sum_that_is_written_adds_up(root):
    """A learner who checks the first sum and finds it wrong believes no other."""
    for node in root.iter(f"{SVG}text"):
        for formula in FORMULA.findall(node.text):
            left, right = formula.replace("−", "-").replace("×", "*").split(" = ")
            digits = len(right.partition(".")[2])
            assert eval(left) == pytest.approx(float(right), abs=0.51 * 10**-digits)


def test_there_are_sums_to_check():
    with_sums = {name for name, d in DRAWINGS.items() if FORMULA.search(d.svg())}
    assert with_sums >= {"table-and-factors", "svdpp-bag", "ndcg", "two-towers"}


def test_numbers_in_a_description_stand_in_the_drawing(root):
    """Who hears it and who sees it are told the same numbers."""
    seen = " ".join(node.text for node in root.iter(f"{SVG}text"))
    for value in re.findall(r"−?\d+\.\d+", root[1].text):
        assert value in seen, value


@pytest.mark.parametrize(
    ("value", "written"), [(-0.3, "−0.30"), (-0.001, "0.00"), (2, "2.00")]
)
def test_a_minus_is_written_as_a_minus(value, written):
    assert arithmetic.number(value) == written


def test_als_solves_what_it_says():
    """Each solve is the minimum for its side, so no small move makes it better."""
    p = factors.solve(factors.TASTES, factors.FIRST)
    least = factors.objective(factors.TASTES, p, factors.FIRST)
    for user in range(3):
        for move in (-0.01, 0.01):
            moved = [value + move * (u == user) for u, value in enumerate(p)]
            assert factors.objective(factors.TASTES, moved, factors.FIRST) > least


def test_the_newcomers_factors_are_the_ridge_solution():
    rows = np.array([q for q, _, _ in lists.RATED.values()])
    t = np.array([stars - least for _, stars, least in lists.RATED.values()])
    gram = rows.T @ rows + lists.RIDGE * np.eye(2)
    assert np.allclose(lists.newcomer(), np.linalg.solve(gram, rows.T @ t))


def test_the_movies_and_viewers_are_those_of_lab_02():
    """Lab 02 computes the same table by hand, and a learner compares them."""
    lab = (make_drawings.NOTEBOOKS / "source").glob("02-*.py")
    text = next(lab).read_text("utf-8")
    for title, pair in factors.MOVIES.items():
        whole = title.replace("- ", "") if "-" in title else title
        assert f'"{whole}": {pair}' in text
    assert all(f'"{name}": {factors.VIEWERS[name]}' in text for name in ("Ana", "Ben"))


def test_each_split_hides_a_fifth_of_what_is_there():
    ratings = {(user, day) for user, days in data.TIMELINES.items() for day in days}
    random, by_user, by_date = (
        data.hidden_at_random(),
        data.hidden_by_user(),
        data.hidden_by_date(),
    )
    for hidden in (random, by_user, by_date):
        assert hidden < ratings
        assert len(hidden) == len(ratings) / 5
    assert {user for user, _ in ratings - by_date} == {"Ana", "Ben", "Cleo"}
    assert {user for user, _ in ratings - by_user} == set(data.TIMELINES)


def test_a_table_shows_that_a_cell_is_missing():
    sheet = Sheet(100)
    sheet.cells(0, 0, [["1", None]])
    assert "dasharray" in "".join(sheet.parts[2:])
    assert "dasharray" not in "".join(sheet.parts[:2])


def test_the_check_names_old_and_foreign_files(tmp_path):
    """An author who forgot to run the command is told which drawings are old."""
    assert len(make_drawings.stale(tmp_path)) == len(DRAWINGS)
    for name, drawing in DRAWINGS.items():
        (tmp_path / f"{name}.svg").write_bytes(drawing.svg().encode())
    assert make_drawings.stale(tmp_path) == []
    (tmp_path / "als.svg").write_text("old")
    (tmp_path / "foreign.svg").write_text("")
    assert make_drawings.stale(tmp_path) == ["als.svg", "foreign.svg"]
