"""What there is to play with, in a real browser: with a mouse and with keys."""

import html
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest

from play import drag_cut, drag_viewer, movie_map, training_curves
from play.draws import page_of_draws
from play.viewer import predicted_stars
from tools.lab_source import NOTEBOOK_METADATA

ROOT = Path(__file__).resolve().parents[2]
EVIL = "</script><b>Bold</b> & \"Co\" 'n' <!--"
MOVIES = {"Alien": (1.0, -0.4), "Emma": (-0.5, 1.0), EVIL: (0.5, 0.9)}
CURVES = {
    "0": ([1.0, 0.7, 0.5], [1.1, 1.0, 1.3]),
    EVIL: ([1.0, 0.9, 0.8], [1.1, 1.0, 0.9]),
}
DRAWS = np.array([[4.0, 2.5, 3.0], [4.5, 2.0, 3.5], [3.75, -0.5, 3.0]])

# Ten people, each on a day of their own: whoever comes after the date is a stranger.
RATINGS = pd.DataFrame(
    {"user_id": np.repeat(range(10), 10), "item_id": [*range(10)] * 10}
)
RATINGS = RATINGS.assign(rating=4.0, timestamp=86_400 * RATINGS["user_id"])


def viewer():
    return drag_viewer(MOVIES, (0.6, 0.9), ("tense", "romantic"), key="test-viewer")


def a_map(n_movies=40):
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "title": [EVIL, *(f"Movie {i}" for i in range(1, n_movies))],
            "year": pd.array([pd.NA, *[1990] * (n_movies - 1)], dtype="Int64"),
            "genres": ["Drama|War", "Comedy", ""] * (n_movies // 3)
            + ["Drama"] * (n_movies % 3),
        }
    )
    counts = np.arange(n_movies)[::-1]
    return movie_map(rng.normal(size=(n_movies, 2)), table, counts, key="test-map")


PAGES = {
    "viewer": viewer,
    "map": a_map,
    "curves": lambda: training_curves(CURVES, key="test-curves", name="λ"),
    "cuts": lambda: drag_cut(RATINGS, key="test-cuts"),
    "draws": lambda: page_of_draws([*MOVIES], DRAWS, key="test-draws"),
}
every_page = pytest.mark.parametrize("kind", PAGES)
page_of_titles = pytest.mark.parametrize("kind", sorted({*PAGES} - {"cuts"}))


def show(tab, page, around="{}"):
    tab.set_content(f"<meta charset=utf-8><body>{around.format(page.html)}")
    tab.wait_for_selector("[data-live]")


@page_of_titles
def test_a_title_is_text_and_never_code(tab, kind):
    """A title with a tag in it would break the page, or run as a script."""
    show(tab, PAGES[kind]())
    assert tab.locator("b").count() == 0
    if kind == "map":
        tab.get_by_role("searchbox").fill("Bold")
    assert EVIL in tab.locator("body").inner_text()


@every_page
def test_it_works_twice_on_a_page_and_in_a_sandboxed_frame(tab, kind):
    """JupyterLab shows an output again in a new view; hubs show it in a frame."""
    page = PAGES[kind]()
    show(tab, page, around="{0}{0}")
    assert tab.locator("[data-live]").count() == 2
    frame = f'<iframe sandbox="allow-scripts" srcdoc="{html.escape(page.html)}">'
    tab.set_content(frame)
    tab.frame_locator("iframe").locator("[data-live]").wait_for()


@every_page
def test_text_is_legible_on_light_and_on_dark(tab, kind):
    """A learner with the dark theme would see black on black."""
    for paper, ink in (("#fff", "rgb(17, 17, 17)"), ("#212121", "rgb(238, 238, 238)")):
        around = f'<div style="background:{paper};color:{ink}">{{}}</div>'
        show(tab, PAGES[kind](), around)
        colours = tab.evaluate(
            "[...document.querySelectorAll('.play th, .play button, .play label,"
            " .play p')].map(e => getComputedStyle(e).color)"
        )
        assert colours
        assert set(colours) == {ink}


def stars_shown(tab):
    cells = tab.locator("tbody td:last-child")
    return [float(cell.get_attribute("data-stars")) for cell in cells.all()]


def test_the_stars_are_those_of_python(tab):
    """Lab 02 computes them by hand: two answers would teach that one is wrong."""
    show(tab, viewer())
    picture = tab.get_by_role("application")
    picture.focus()
    wanted = [predicted_stars((0.6, 0.9), movie) for movie in MOVIES.values()]
    assert stars_shown(tab) == pytest.approx(wanted, abs=1e-12)
    for key in ("ArrowLeft", "ArrowLeft", "ArrowDown", "Shift+ArrowRight"):
        tab.keyboard.press(key)
    wanted = [predicted_stars((0.75, 0.85), movie) for movie in MOVIES.values()]
    assert stars_shown(tab) == pytest.approx(wanted, abs=1e-12)


def test_the_arrow_follows_the_mouse_and_stays_in_the_picture(tab):
    show(tab, viewer())
    box = tab.get_by_role("application").bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    tab.mouse.move(middle[0] + 60, middle[1] - 60)
    tab.mouse.down()
    tab.mouse.move(*middle, steps=4)
    assert stars_shown(tab) == pytest.approx([3.0, 3.0, 3.0], abs=0.02)
    tab.mouse.move(box["x"] + 5 * box["width"], middle[1])
    tab.mouse.up()
    farthest = [predicted_stars((1.5, 0), movie) for movie in MOVIES.values()]
    assert stars_shown(tab) == pytest.approx(farthest, abs=0.02)


def test_a_title_is_found_and_chosen_by_keys_alone(tab):
    show(tab, a_map())
    search = tab.get_by_role("searchbox")
    search.fill("movie 17")
    search.press("Enter")
    assert tab.locator("strong", has_text="Movie 17 (1990)").is_visible()
    near = tab.get_by_role("list", name="Nearest on the map").get_by_role("button")
    assert near.count() == 5
    search.fill("qqq")
    assert tab.get_by_text("No title on this map").is_visible()


# How many pixels of the map are painted in full colour.
INK = (
    "(() => { const c = document.querySelector('.frame canvas');"
    "const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
    "let n = 0; for (let i = 3; i < d.length; i += 4) n += d[i] > 180;"
    "return n; })()"
)


def ink(tab):
    return tab.evaluate(INK)


def test_a_genre_stands_out_and_the_view_zooms_and_comes_back(tab):
    show(tab, a_map())
    everything = ink(tab)
    war = tab.get_by_role("button", name="War")
    war.click()
    assert war.get_attribute("aria-pressed") == "true"
    assert ink(tab) < 0.7 * everything
    war.click()
    assert ink(tab) == everything
    tab.get_by_role("application").focus()
    for key in ("+", "+", "ArrowLeft", "ArrowUp"):
        tab.keyboard.press(key)
    zoomed = ink(tab)
    assert zoomed != everything
    tab.keyboard.press("0")
    assert ink(tab) == everything


def test_the_wheel_zooms_only_after_a_click(tab):
    """Who scrolls past the map wants to read on."""
    show(tab, a_map())
    everything = ink(tab)
    canvas = tab.get_by_role("application")
    canvas.hover()
    tab.mouse.wheel(0, -300)
    tab.wait_for_timeout(100)
    assert ink(tab) == everything
    canvas.focus()
    tab.mouse.wheel(0, -300)
    tab.wait_for_function(f"() => {INK} !== {everything}")


def test_pointing_at_a_movie_names_it(tab):
    one = pd.DataFrame({"title": ["Heat"], "year": [1995], "genres": ["Crime"]})
    show(tab, movie_map(np.zeros((1, 2)), one, np.array([7]), key="one"))
    tab.get_by_role("application").hover()
    assert tab.locator(".tip").inner_text() == "Heat (1995)\nCrime · 7 ratings"


def test_three_thousand_movies_are_drawn_in_a_moment(tab):
    page = a_map(3000)
    started = time.perf_counter()
    show(tab, page)
    assert time.perf_counter() - started < 5
    tab.get_by_role("button", name="Zoom in").click()


def test_the_slider_chooses_a_curve_and_says_its_best_epoch(tab):
    show(tab, PAGES["curves"]())
    slider = tab.get_by_role("slider", name="λ")
    assert slider.get_attribute("aria-valuetext").startswith("0: best RMSE 1.000 at")
    slider.focus()
    tab.keyboard.press("ArrowRight")
    said = f"{EVIL}: best RMSE 0.900 at epoch 3 of 3, 0.900 at the last"
    assert slider.get_attribute("aria-valuetext") == said
    assert tab.locator("tr.chosen").inner_text().startswith(EVIL)
    tab.locator("tbody tr").first.click()
    assert slider.input_value() == "0"


def test_a_date_is_moved_by_keys_and_by_the_mouse(tab):
    """Lab 01: the picture, the sentence and the table speak of one date."""
    show(tab, PAGES["cuts"]())
    slider = tab.get_by_role("slider", name="test from")
    said = "From 9 January 1970: 20 test ratings, 100% of them cold"
    assert slider.get_attribute("aria-valuetext").startswith(said)
    slider.focus()
    for _ in range(2):
        tab.keyboard.press("ArrowRight")
    said = "From 10 January 1970: 10 test ratings, 100% of them cold"
    assert tab.get_by_text(said).is_visible()
    box = tab.get_by_role("img").bounding_box()
    tab.mouse.move(box["x"] + 0.9 * box["width"], box["y"] + 0.5 * box["height"])
    tab.mouse.down()
    tab.mouse.move(box["x"] - 50, box["y"], steps=3)
    tab.mouse.up()
    assert tab.get_by_text("From 2 January 1970: 90 test ratings").is_visible()
    # Bars of the test have the height of their ratings: nine of ten are cold.
    heights = tab.locator("svg rect").evaluate_all(
        "boxes => boxes.filter(b => b.getAttribute('fill') === "
        "'#d55e00' && b.getAttribute('width') !== '12')"
        ".map(b => Number(b.getAttribute('height'))).filter(h => h > 0)"
    )
    assert len(heights) == 9
    assert max(heights) - min(heights) < 0.01
    tab.get_by_text("All dates as a table").click()
    assert tab.locator("tr.chosen").inner_text().startswith("2 January 1970")


def drawn(tab):
    """The numbers of the table: (movies, (this draw, mean so far, spread so far))."""
    rows = tab.locator("tbody tr").all()
    cells = [row.locator("td").all() for row in rows]
    return [[float(c.get_attribute("data-stars")) for c in row] for row in cells]


def so_far(number):
    first = DRAWS[:number]
    return np.stack([first[-1], first.mean(0), first.std(0)], axis=1)


def test_mean_and_spread_so_far_are_those_of_numpy(tab):
    """Lab 08 computes them from the same draws: two answers would contradict."""
    show(tab, PAGES["draws"]())
    slider = tab.get_by_role("slider", name="draw")
    slider.focus()
    for number in (1, 2, 3):
        assert slider.get_attribute("aria-valuetext") == f"Draw {number} of 3"
        assert tab.locator("caption").inner_text() == f"Draw {number} of 3"
        np.testing.assert_allclose(drawn(tab), so_far(number), atol=1e-12)
        tab.keyboard.press("ArrowRight")


def test_the_button_plays_pauses_and_begins_again(tab):
    show(tab, PAGES["draws"]())
    slider, button = tab.get_by_role("slider", name="draw"), tab.get_by_role("button")
    ended = "() => document.querySelector('.play button').textContent === 'Play'"
    button.click()
    assert button.inner_text() == "Pause"
    tab.wait_for_function(ended)
    assert slider.input_value() == "3"
    np.testing.assert_allclose(drawn(tab), so_far(3), atol=1e-12)
    button.click()
    assert slider.input_value() == "1"
    button.click()
    assert button.inner_text() == "Play"
    tab.wait_for_timeout(800)
    assert slider.input_value() == "1"


def test_every_draw_lies_in_the_picture(tab):
    """A draw below one star would be cut off at the edge."""
    show(tab, PAGES["draws"]())
    tab.get_by_role("slider").focus()
    tab.keyboard.press("End")
    frame = tab.locator(".picture svg").bounding_box()
    circles = [circle.bounding_box() for circle in tab.locator("circle").all()]
    assert len(circles) == len(MOVIES)
    for box in circles:
        assert box["x"] > frame["x"]
        assert box["x"] + box["width"] < frame["x"] + frame["width"]


NOTEBOOK = f"""
import sys
sys.path.insert(0, {str(ROOT / "scripts")!r})
import data_utils as du
from models import ALS
from play import rate_movies
world = du.planted_world(n_users=80, n_items=60, n_ratings=2000, seed=1)
train = du.RatingsDataset.fit(world.ratings)
page = rate_movies(ALS(4, epochs=5).fit(train), train, world.movies, n_movies=5)
page
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """The address of a JupyterLab with one notebook, `play.ipynb`."""
    folder = tmp_path_factory.mktemp("lab")
    cell = nbformat.v4.new_code_cell(NOTEBOOK.strip())
    notebook = nbformat.v4.new_notebook(cells=[cell], metadata=NOTEBOOK_METADATA)
    nbformat.write(notebook, folder / "play.ipynb")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += [
        f"--port={port}",
        "--IdentityProvider.token=",
        f"--notebook-dir={folder}",
    ]
    settings = {"JUPYTER_CONFIG_DIR": str(folder / "c"), "PYTHONPATH": ""}
    server = subprocess.Popen(
        command,
        env=os.environ | settings,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(120):
            try:
                urllib.request.urlopen(f"{address}/api", timeout=2).close()
                break
            except OSError:
                time.sleep(0.5)
        yield f"{address}/lab/tree/play.ipynb"
    finally:
        server.terminate()
        server.wait(timeout=20)


@pytest.fixture
def opened(browser, lab):
    """The notebook, run, with `rate_movies` on the screen."""
    page = browser.new_page(viewport={"width": 1300, "height": 1000})
    page.goto(lab, wait_until="domcontentloaded")
    page.locator(".jp-CodeCell .cm-content").first.click(timeout=60_000)
    page.wait_for_selector(
        ".jp-Notebook-ExecutionIndicator[data-status=idle]", timeout=60_000
    )
    page.keyboard.press("Shift+Enter")
    page.wait_for_selector(".rate-movies input", timeout=90_000)
    yield page
    page.close()


def listed(page):
    rows = page.locator(".rate-movies tbody tr").all_inner_texts()
    return [row.split("\t")[1] for row in rows]


def test_stars_are_clicked_and_the_list_changes(opened):
    """The pay-off of the course: a list of one's own, at once."""
    before = listed(opened)
    first = opened.locator(".rate-movies .widget-radio").first
    title = first.locator(".widget-label").inner_text()
    opened.get_by_role("radio", name=f"{title}: 5").click(force=True)
    opened.get_by_text("From your 1 rating").wait_for()
    after = listed(opened)
    assert after != before
    assert title not in after
    # Back again: the cross takes the rating away.
    opened.get_by_role("radio", name=f"{title}: not rated").click(force=True)
    opened.get_by_text("You have rated nothing yet").wait_for()
    assert listed(opened) == before


def test_keys_give_stars_and_leave_the_notebook_alone(opened):
    """Without a mouse, a key that JupyterLab takes for itself rates nothing."""
    cells = opened.locator(".jp-Cell").count()
    radio = opened.locator(".rate-movies input[type=radio]").nth(5)
    radio.focus()
    opened.keyboard.press("Space")
    opened.get_by_text("From your 1 rating").wait_for()
    assert opened.locator(".jp-Cell").count() == cells


def test_a_movie_is_added_by_its_title_and_a_wrong_one_is_explained(opened):
    search = opened.get_by_placeholder("Add a movie by its title")
    search.fill("qqqq")
    search.press("Enter")
    opened.get_by_text(re.compile("No movie is called")).wait_for()
    unrated = listed(opened)[-1]
    search.fill(unrated)
    search.press("Enter")
    first = opened.locator(".rate-movies .widget-radio .widget-label").first
    opened.wait_for_function(
        "title => document.querySelector('.rate-movies .widget-radio .widget-label')"
        ".textContent === title",
        arg=unrated,
    )
    assert first.inner_text() == unrated
