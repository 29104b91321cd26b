"""Every page of the site in a real browser, as files, without a network."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "build" / "site"
SHOTS = ROOT / "build" / "browser"
PAGES = sorted(
    path.name for path in SITE.glob("*.html") if path.stem not in ("genindex", "search")
)
WIDTHS = {390: 844, 1280: 900, 1920: 1080}  # a phone, a laptop, a large screen

# What sticks out of the window, and what is cut off without a scroll bar.
CUT_OFF = """() => {
  const found = [];
  if (document.documentElement.scrollWidth > innerWidth) found.push('the page');
  const boxes = 'article pre, article table, article img';
  for (const box of document.querySelectorAll(boxes)) {
    if (!box.checkVisibility()) continue;
    let holder = box, scrolls = false;
    while (holder.tagName !== 'ARTICLE') {
      scrolls ||= /auto|scroll/.test(getComputedStyle(holder).overflowX);
      holder = holder.parentElement;
    }
    const right = box.getBoundingClientRect().right;
    const wide = right > holder.getBoundingClientRect().right + 1
      || (box.tagName === 'PRE' && box.scrollWidth > box.clientWidth + 1);
    if (wide && !scrolls) found.push(box.outerHTML.slice(0, 150));
  }
  return found;
}"""

HEADINGS = """() => [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')]
  .filter(each => each.closest('article'))
  .map(each => [Number(each.tagName[1]), each.textContent])"""

# Text whose colour is too near to its background's, each pair of colours once.
PALE = """() => {
  const numbers = colour => {
    const found = colour.match(/-?[0-9.]+(e-?[0-9]+)?/g).map(Number);
    const unit = colour.startsWith('color(') ? 255 : 1;
    return [...found.slice(0, 3).map(x => x * unit), found[3] ?? 1];
  };
  const over = (top, below) =>
    [0, 1, 2].map(i => top[i] * top[3] + below[i] * (1 - top[3]));
  const behind = element => {
    if (!element) return [255, 255, 255];
    const own = numbers(getComputedStyle(element).backgroundColor);
    if (own[3] === 1) return own.slice(0, 3);
    return over(own, behind(element.parentElement));
  };
  const light = colour => {
    const [r, g, b] = colour.map(x => x / 255)
      .map(x => x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const found = new Map();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const holder = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !holder.checkVisibility()) continue;
    if (holder.closest('svg, script, style, noscript, mjx-assistive-mml')) continue;
    const style = getComputedStyle(holder);
    if (style.visibility === 'hidden' || style.opacity === '0') continue;
    const ground = behind(holder);
    const [dark, bright] = [light(over(numbers(style.color), ground)), light(ground)]
      .sort((a, b) => a - b);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    const ratio = (bright + 0.05) / (dark + 0.05);
    if (ratio < (large ? 3 : 4.5))
      found.set(style.color + ground, `${ratio} ${holder.outerHTML.slice(0, 150)}`);
  }
  return [...found.values()];
}"""

pytestmark = pytest.mark.skipif(not PAGES, reason="no site here: run make html")


@pytest.fixture
def open_page(browser):
    """`open_page(name, theme)` gives a tab and the list of what went wrong in it."""
    contexts = []

    def opened(name, theme="light"):
        context = browser.new_context(
            viewport={"width": 1280, "height": 900}, color_scheme=theme
        )
        contexts.append(context)
        return _opened(context, name)

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture(scope="module", params=PAGES)
def each_page(request, browser):
    """One page of the site after another, opened once: its name, tab and faults."""
    context = browser.new_context(color_scheme="light")
    page, faults = _opened(context, request.param)
    page.add_style_tag(content="* { transition: none !important }")
    yield request.param, page, faults
    context.close()


def _opened(context, name):
    page = context.new_page()
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda line: _note(faults, line))
    page.on("request", lambda request: _note_request(faults, request.url))
    page.goto((SITE / name).as_uri())
    page.wait_for_function("!window.MathJax || MathJax.startup?.promise")
    page.evaluate("() => window.MathJax && MathJax.startup.promise")
    return page, faults


def _note(faults, line):
    if line.type in ("error", "warning"):
        faults.append(line.text)


def _note_request(faults, url):
    if not url.startswith(("file:", "data:", "blob:")):
        faults.append(f"request to {url}")


def test_a_page_is_whole_at_every_width(each_page):
    """On a phone code was cut off, and formulas needed a network."""
    name, page, faults = each_page
    SHOTS.mkdir(parents=True, exist_ok=True)
    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=SHOTS / f"{Path(name).stem}-{width}.png")
        assert page.evaluate(CUT_OFF) == [], f"at {width} px"
    unset = page.locator("article .math").filter(has_not=page.locator("mjx-container"))
    assert unset.count() == 0
    assert page.locator("mjx-merror").count() == 0
    assert faults == []


def test_a_page_can_be_read_by_ear(each_page):
    """Who hears the page goes from heading to heading, and cannot see a figure."""
    _, page, _ = each_page
    headings = page.evaluate(HEADINGS)
    levels = [level for level, _ in headings]
    assert levels[0] == 1
    assert levels.count(1) == 1
    jumps = [
        text for (before, _), (level, text) in pairwise(headings) if level > before + 1
    ]
    assert jumps == []
    described = "all => all.map(img => [img.getAttribute('src'), img.alt])"
    for source, words in page.locator("article img").evaluate_all(described):
        assert len(words) > 20, source
    title = page.title()
    assert re.match(r"\d\d · |Latent-factor labs|Questions|Instructor", title), title


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_stand_out_from_what_is_behind_them(theme, each_page):
    """Who sees weakly: contrast of 4.5, or 3 for large letters, in either theme."""
    name, page, _ = each_page
    page.emulate_media(color_scheme=theme)
    page.wait_for_function(f"document.documentElement.dataset.theme === '{theme}'")
    page.screenshot(path=SHOTS / f"{Path(name).stem}-{theme}.png")
    page.locator("article details").evaluate_all(
        "all => all.forEach(fold => { fold.open = true })"
    )
    assert page.evaluate(PALE) == []
    brightest = page.evaluate(
        "Math.max(...getComputedStyle(document.body).backgroundColor"
        ".match(/[0-9]+/g).map(Number).slice(0, 3))"
    )
    assert (brightest < 60) == (theme == "dark")


# axe looks at each node: a page's code and formulas have tens of thousands, all alike.
FEWER_NODES = """() => {
  for (const code of document.querySelectorAll('article pre'))
    code.textContent = code.textContent;
  for (const formula of document.querySelectorAll('mjx-container > svg'))
    formula.replaceChildren();
}"""


def test_a_page_keeps_the_rules_of_access(each_page):
    """Who has no mouse, or hears the page: WCAG 2.1 A and AA, beside the contrast."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    _, page, _ = each_page
    page.evaluate(FEWER_NODES)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.wait_for_timeout(700)  # the theme looks anew for what scrolls
    options = {
        "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"],
        "rules": {"color-contrast": {"enabled": False}},
        "resultTypes": ["violations"],
        "preload": False,  # it would wait for styles that a file may not read again
    }
    result = axe.Axe().run(page, options=options)
    found = [
        (broken["id"], node["html"][:150], node["failureSummary"][:300])
        for broken in result.response["violations"]
        for node in broken["nodes"]
    ]
    assert found == []


def test_the_first_page_leads_to_every_other_and_each_to_the_next(open_page):
    page, _ = open_page("index.html")
    cards = page.locator("#the-labs > section")
    labs = [name for name in PAGES if re.match(r"\d\d-", name)]
    links = [card.locator("h3 a").first.get_attribute("href") for card in cards.all()]
    assert links == labs
    for number, name in enumerate(labs):
        assert page.url.endswith("index.html" if number == 0 else labs[number - 1])
        page.locator("a.right-next").click()
        assert page.url.endswith(name)
    for name in ("questions.html", "instructors-guide.html"):
        page.locator("a.right-next").click()
        assert page.url.endswith(name)


def test_the_search_finds_a_word(open_page):
    page, faults = open_page("index.html")
    page.keyboard.press("Control+k")
    page.keyboard.type("overfitting")
    page.keyboard.press("Enter")
    page.wait_for_selector("#search-results li a")
    found = page.locator("#search-results li a").all_text_contents()
    assert any("Training" in each for each in found)
    assert faults == []
    page.screenshot(path=SHOTS / "search.png")


def test_the_theme_can_be_switched_and_stays(open_page):
    page, _ = open_page("index.html", "light")
    dark = "document.documentElement.dataset.theme === 'dark'"
    assert not page.evaluate(dark)
    page.locator("button.theme-switch-button:visible").click()
    page.locator("button.dropdown-item:visible", has_text="Dark").click()
    page.wait_for_function(dark)
    page.reload()
    assert page.evaluate(dark)


def test_an_answer_opens_by_key_and_all_of_them_on_paper(open_page):
    page, _ = open_page("03-training.html")
    fold = page.locator("article details").last
    fold.locator("summary").focus()
    page.keyboard.press("Enter")
    assert fold.get_attribute("open") is not None
    page.keyboard.press("Enter")
    closed = page.locator("article details:not([open])")
    number = closed.count()
    assert number == page.locator("article details").count()
    page.emulate_media(media="print")
    folds = "document.querySelectorAll('article details:not([open])').length"
    page.wait_for_function(f"{folds} === 0")
    page.emulate_media(media="screen")
    page.wait_for_function(f"{folds} === {number}")


def test_code_can_be_copied(open_page):
    page, _ = open_page("03-training.html")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    block = page.locator("div.cell_input div.highlight:visible").first
    block.hover()
    block.locator("button.copybtn").click()
    page.wait_for_function("navigator.clipboard.readText().then(text => text !== '')")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.strip() == block.locator("pre").text_content().strip()
