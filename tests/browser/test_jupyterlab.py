"""JupyterLab as `make lab` starts it: what a learner sees, and labs that run there."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHOTS = ROOT / "build" / "browser"
LABS = sorted(path.stem for path in (ROOT / "notebooks").glob("[0-9][0-9]-*.ipynb"))
RUN = [lab for lab in LABS if lab[:2] in ("00", "01", "04", "05")]
TOKEN = "for-this-test"

# The notebook in front: its outputs that a learner would see as a red box.
RED = """() => jupyterapp.shell.currentWidget.context.model.toJSON().cells
  .flatMap(cell => cell.outputs ?? [])
  .filter(out => out.output_type === 'error' || out.name === 'stderr')
  .map(out => JSON.stringify(out).slice(0, 400))"""


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """The address of a JupyterLab on a copy of the notebooks, with our settings."""
    home = tmp_path_factory.mktemp("course")
    # A page saves what it shows: the checkout's own notebooks must stay as they are.
    command = ["cp", "-r", str(ROOT / "notebooks"), str(home / "notebooks")]
    subprocess.run(command, check=True)
    for folder in ("scripts", "data"):
        (home / folder).symlink_to(ROOT / folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += [f"--notebook-dir={home / 'notebooks'}", f"--port={port}"]
    command += [f"--IdentityProvider.token={TOKEN}", "--expose-app-in-browser"]
    environment = {
        **os.environ,
        "MOVIELENS_DATASET": "sample",
        "JUPYTER_CONFIG_PATH": str(ROOT / "scripts" / "jupyter"),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
    }
    with open(home / "log", "w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    for _ in range(120):
        try:
            ask(address, "api/status")
            break
        except OSError:
            time.sleep(0.5)
    yield address
    process.terminate()
    process.wait(30)


def ask(address, path):
    request = urllib.request.Request(f"{address}/{path}")
    request.add_header("Authorization", f"token {TOKEN}")
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


@pytest.fixture
def lab_page(browser, server):
    """`lab_page(path)` opens a notebook in JupyterLab and gives the tab."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(90_000)
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: _note_request(faults, server, request.url))

    def opened(path):
        page.goto(f"{server}/lab/tree/{path}?token={TOKEN}&reset")
        page.wait_for_function(
            "path => window.jupyterapp?.shell.currentWidget?.context?.path === path"
            " && jupyterapp.shell.currentWidget.context.isReady",
            arg=path,
        )
        page.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.ready")
        return page

    yield opened
    context.close()
    assert faults == []


def _note_request(faults, server, url):
    local = (server, server.replace("http", "ws", 1), "data:", "blob:")
    if not url.startswith(local):
        faults.append(f"request to {url}")


def test_a_learner_sees_the_labs_and_a_teacher_reaches_the_rest(server):
    """Solutions and all wrong answers were one click away, above lab 01."""
    seen = {each["name"] for each in ask(server, "api/contents")["content"]}
    assert {f"{lab}.ipynb" for lab in LABS} <= seen
    assert not seen & {"source", "solutions", "__pycache__"}
    inside = {each["name"] for each in ask(server, "api/contents/solutions")["content"]}
    assert "06-exercises.ipynb" in inside


def test_nothing_asks_for_news_or_extensions(browser, server):
    """The first thing that a learner saw was a question about news."""
    page = browser.new_page()
    page.goto(f"{server}/lab?token={TOKEN}")
    page.wait_for_selector("#jp-main-dock-panel")
    config = json.loads(page.locator("#jupyter-config-data").text_content())
    assert config["news"]["disabled"]
    page.wait_for_timeout(3000)
    assert page.locator(".Toastify__toast").all_text_contents() == []
    page.close()


@pytest.mark.parametrize("lab", LABS)
def test_a_lab_opens(lab, lab_page):
    page = lab_page(f"{lab}.ipynb")
    page.wait_for_selector(".jp-RenderedMarkdown h1")
    assert (
        page.locator(".jp-RenderedMarkdown h1").first.text_content().startswith(lab[:2])
    )
    assert page.locator(".jp-Dialog").count() == 0
    assert page.locator(".jp-DirListing-itemModified:visible").count() == 0
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"jupyterlab-{lab[:2]}.png")
    assert broken_rules(page) == []


def broken_rules(page):
    """What axe finds in the notebook's texts, boxes, tables and widgets on the screen.

    JupyterLab's own frame is not ours. Its figures cannot have a description; the
    sentence under each stands for it.
    """
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    ours = {
        "include": [[".jp-RenderedMarkdown"], [".jp-OutputArea-output"]],
        "exclude": [[".jp-RenderedImage"], ["mjx-container"]],
    }
    options = {
        "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"],
        "resultTypes": ["violations"],
        "preload": False,
    }
    result = axe.Axe().run(page, context=ours, options=options)
    return [
        (broken["id"], node["html"][:150], node["failureSummary"][:300])
        for broken in result.response["violations"]
        for node in broken["nodes"]
    ]


@pytest.mark.parametrize("lab", RUN)
def test_a_lab_runs_without_a_red_box(lab, lab_page):
    """Run All is what most learners press first."""
    page = lab_page(f"{lab}.ipynb")
    page.evaluate("() => jupyterapp.commands.execute('notebook:run-all-cells')")
    assert page.evaluate(RED) == []
    counts = page.evaluate(
        "() => jupyterapp.shell.currentWidget.context.model.toJSON().cells"
        ".filter(cell => cell.cell_type === 'code' && cell.source.length)"
        ".map(cell => cell.execution_count)"
    )
    assert None not in counts
    if lab == "00-start-here":
        page.locator(".rate-movies").scroll_into_view_if_needed()
        assert broken_rules(page) == [], "of the stars to click on"
    page.screenshot(path=SHOTS / f"jupyterlab-{lab[:2]}-run.png")
    page.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.shutdown()")


def test_an_answer_opens_by_key(lab_page):
    page = lab_page("03-training.ipynb")
    page.evaluate(
        "() => { const book = jupyterapp.shell.currentWidget.content;"
        " const at = book.widgets.findIndex("
        "cell => cell.model.sharedModel.source.includes('<summary>'));"
        " return book.scrollToItem(at, 'center'); }"
    )
    fold = page.locator(".jp-RenderedMarkdown details").first
    fold.locator("summary").focus()
    page.keyboard.press("Enter")
    assert fold.get_attribute("open") is not None


DRAWN = """words => [...document.querySelectorAll('h3')]
  .some(each => each.textContent.startsWith(words) && each.checkVisibility())"""
IN_SIGHT = """words => [...document.querySelectorAll('h3')]
  .filter(each => each.textContent.startsWith(words) && each.checkVisibility())
  .some(each => Math.abs(each.getBoundingClientRect().top) < innerHeight)"""


def test_a_question_leads_to_its_section(lab_page):
    """A reader would have to search a long lab. (The first click opens it, no more.)"""
    page = lab_page("questions.ipynb")
    link = page.locator(".jp-RenderedMarkdown a", has_text="The loop")
    link.click()
    page.wait_for_function(DRAWN, arg="The loop")
    page.evaluate(
        "() => jupyterapp.commands.execute('application:activate-previous-tab')"
    )
    link.click()
    page.wait_for_function(IN_SIGHT, arg="The loop")
