"""A browser for the tests of this folder: Debian's Chromium, driven by playwright."""

from pathlib import Path

import pytest

CHROMIUM = Path("/usr/bin/chromium")


@pytest.fixture(scope="session")
def browser():
    """Chromium; skips, and says why, where it or playwright is not installed."""
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not here: apt install chromium")
    reason = "playwright is not here: pip install -r requirements-browser.txt"
    playwright = pytest.importorskip("playwright.sync_api", reason=reason)
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox"]
        )
        yield chromium
        chromium.close()


@pytest.fixture
def tab(browser):
    """An empty page without a network; a script that fails there fails the test."""
    page = browser.new_page(viewport={"width": 900, "height": 900})
    page.context.set_offline(True)
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    page.close()
    assert errors == []
