"""The report in a real browser: nothing loaded, nothing wrong, nothing cut off."""

import os
import shutil
from pathlib import Path

import pytest

from rarebit.reporting import write_report

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def missing(reason):
    """Skip where a person runs the tests without a browser; fail where the browser is promised."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def browser():
    path = os.environ.get("CHROMIUM") or "/usr/bin/chromium"
    if not (Path(path).exists() or shutil.which(path)):
        missing(f"no Chromium at {path}; set CHROMIUM to its path")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("playwright is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory, two_classes, two_answers, four_classes, many_classes, hostile):
    folder = tmp_path_factory.mktemp("reports")
    given = {
        "two": two_classes,
        "answers": two_answers,
        "four": four_classes,
        "many": many_classes,
        "hostile": hostile,
    }
    return {name: write_report(value, folder / f"{name}.html") for name, value in given.items()}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", ["two", "answers", "four", "many", "hostile"])
def test_page_in_a_browser(browser, files, name, width, scheme):
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    said, requests = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append(dialog.message) or dialog.dismiss())
    page.on("request", lambda request: requests.append(request.url))
    try:
        page.goto(files[name].as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert said == []
        assert requests == [files[name].as_uri()]
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, "the page scrolls sideways"
        assert page.locator("svg").count() > 5
        hidden = page.evaluate(
            """[...document.querySelectorAll('svg')]
            .filter(svg => getComputedStyle(svg).display !== 'none')
            .map(svg => svg.getBoundingClientRect())
            .filter(box => box.width < 20 || box.height < 8).length"""
        )
        assert hidden == 0
        assert contrast(page) >= 4.5
        assert smallest_text(page) >= 9.5
        if width == 1280:
            assert page.evaluate(
                """[...document.querySelectorAll('.scroll:has(.ranking)')]
                .every(box => box.scrollWidth <= box.clientWidth)"""
            ), "the ranking is cut off"
        # Nobody has to scroll sideways to see an interval.
        ends = page.evaluate(
            """[...document.querySelectorAll('.ranking .bars .sub, .effects .bars .sub')]
            .map(text => text.getBoundingClientRect().right)"""
        )
        assert max(ends) <= width
    finally:
        page.close()


@pytest.mark.parametrize("name", ["two", "answers"])
def test_printed_page_is_light_and_as_wide_as_the_sheet(browser, files, name):
    page = browser.new_page(viewport={"width": 718, "height": 1000}, color_scheme="dark")
    try:
        page.goto(files[name].as_uri())
        page.emulate_media(media="print", color_scheme="dark")
        # A4 with the margins of a browser
        assert page.evaluate("document.documentElement.scrollWidth") <= 718
        bars = page.locator(".classes .fill").first
        assert bars.evaluate("bar => getComputedStyle(bar).printColorAdjust") == "exact"
        broken = "heads => heads.every(h => getComputedStyle(h).breakAfter === 'avoid')"
        assert page.locator("h2, h3, thead").evaluate_all(broken)
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert ground == "rgb(255, 255, 255)"
        assert contrast(page) >= 4.5
    finally:
        page.close()


def contrast(page):
    """Least contrast of a text to the ground of the page, by the formula of WCAG 2.2."""

    def luminance(color):
        channels = [int(part) / 255 for part in color[4:-1].split(",")[:3]]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    ground, *texts = page.evaluate(
        """[getComputedStyle(document.body).backgroundColor, ...new Set(
            [...document.querySelectorAll('p, li, td, th, h1, h2, h3, summary, .sub, .label')]
            .map(item => getComputedStyle(item).color))]"""
    )
    pairs = [sorted((luminance(ground), luminance(text))) for text in texts]
    return min((light + 0.05) / (dark + 0.05) for dark, light in pairs)


def smallest_text(page):
    """Height in pixels of the smallest text in a plot as it is seen."""
    return page.evaluate(
        """Math.min(...[...document.querySelectorAll('figure > svg')].map(svg => {
            const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
            const sizes = [...svg.querySelectorAll('text')]
                .map(text => parseFloat(getComputedStyle(text).fontSize));
            return scale * Math.min(...sizes);
        }))"""
    )
