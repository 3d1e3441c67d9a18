"""The book in a real Chromium, opened from disk: does every kind of page look as it should?"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

# One page of every kind, with what only it has.
KINDS = (
    "index",  # the player, the cards
    "course/index",
    "course/03_momentum",  # figures, a slider, checks
    "course/05_activations",  # tables that cells print
    "course/13_beyond_dense",  # images
    "course/exercises",
    "conventions",
    "glossary",
    "claims/index",  # the filter
    "claims/M4",  # a figure of effects
    "reference/index",
    "reference/reference_impl.optimizers",
    "benchmarks",
    "teachers/index",
    "teachers/threat-model",
    "teachers/editions",
    "search",
    "genindex",
)
# What instructors have besides: answers, mark schemes, the source.
TAUGHT = ("course/03_momentum", "teachers/index", "_modules/reference_impl/optimizers")
WIDTHS = (390, 1024, 1920)
THEMES = ("light", "dark")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
# The corner of a table with words at its top and at its left stays empty.
ALLOWED = {"empty-table-header"}

WIDER = """() => [...document.querySelectorAll("body *")].filter((element) => {
  if (element.getBoundingClientRect().right <= innerWidth + 1) return false;
  for (let over = element.parentElement; over !== document.body; over = over.parentElement)
    // The theme lets its columns scroll, too: that would be a page that scrolls sideways.
    if (!over.querySelector("article") && getComputedStyle(over).overflowX !== "visible"
        && !over.matches("article")) return false;
  return getComputedStyle(element).visibility !== "hidden";
}).map((element) => element.outerHTML.slice(0, 100))"""


@pytest.fixture
def look(browser, student):
    """``look(width, theme)``: a function that opens a page, and notes what it asks for."""
    contexts = []

    def at(width: int, theme: str = "light", site: Path = student, **options):
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=theme,
            reduced_motion=options.pop("reduced_motion", "reduce"),
        )
        contexts.append(context)
        page = context.new_page()
        page.asked, page.missing, page.errors = [], [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("requestfailed", lambda request: page.missing.append(request.url))
        page.on("pageerror", lambda error: page.errors.append(str(error)))

        def open_page(name: str):
            page.goto(f"file://{site}/{name}", wait_until="load")
            return page

        return open_page

    yield at
    for context in contexts:
        context.close()


def sideways(page) -> list[str]:
    """What makes a page scroll to the right."""
    width, inner = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    wider = page.evaluate(WIDER)
    return wider or [f"{width} of {inner} pixels"] if width > inner or wider else []


def pages(site: Path) -> list[str]:
    """Every page; the theme's own files are none."""
    names = (str(path.relative_to(site)) for path in site.rglob("*.html"))
    return sorted(name for name in names if not name.startswith("_static"))


@pytest.mark.parametrize("edition", ["student", "instructor"])
def test_no_page_asks_the_network_lacks_a_file_or_scrolls_sideways(look, request, edition):
    site = request.getfixturevalue(edition)
    open_page = look(390, site=site)
    faults = {}
    for name in pages(site):
        page = open_page(name)
        if found := sideways(page):
            faults[name] = found
    assert not faults
    assert page.asked
    assert [url for url in page.asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert page.missing == []
    assert page.errors == []


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_every_kind_of_page_fits_its_window(look, width, theme):
    open_page = look(width, theme)
    faults = {}
    for name in KINDS:
        page = open_page(f"{name}.html")
        assert page.evaluate("document.documentElement.dataset.theme") == theme
        if found := sideways(page):
            faults[name] = found
        if folder := os.environ.get("SCREENSHOTS"):
            file = f"{name.replace('/', '-')}-{width}-{theme}.png"
            page.screenshot(path=str(Path(folder) / file))
    assert not faults


@pytest.mark.parametrize(
    ("edition", "width", "theme"),
    [
        ("student", 390, "dark"),
        ("student", 1024, "light"),
        ("instructor", 390, "light"),
        ("instructor", 1024, "dark"),
    ],
)
def test_every_kind_of_page_can_be_read_by_everybody(look, request, edition, width, theme):
    """Contrast, alternative texts, order of headings, names of links and controls."""
    open_page = look(width, theme, site=request.getfixturevalue(edition))
    faults = {}
    for name in KINDS if edition == "student" else TAUGHT:
        found = Axe().run(open_page(f"{name}.html"), options={"runOnly": RULES}).response
        assert found["passes"]
        for fault in found["violations"]:
            if fault["id"] not in ALLOWED:
                first = fault["nodes"][0]
                faults[name, fault["id"]] = first["html"][:200], first["failureSummary"]
    assert not faults


def test_a_page_that_cannot_be_read_would_be_found(look):
    page = look(390)("glossary.html")
    page.evaluate(
        """const article = document.querySelector("article");
        article.insertAdjacentHTML("afterbegin",
        '<p style="color:#aaa;background:#fff">grey</p><img src="">' +
        '<div style="width:500px">wide</div>');
        article.insertAdjacentHTML("beforeend", "<h5>after the heading of the first order</h5>")"""
    )
    ids = {v["id"] for v in Axe().run(page, options={"runOnly": RULES}).response["violations"]}
    assert {"color-contrast", "heading-order", "image-alt"} <= ids
    assert any("wide" in element for element in sideways(page))


def test_the_player_on_the_first_page_walks_by_itself_unless_less_motion_is_asked_for(look):
    page = look(1024, reduced_motion="no-preference")("index.html")
    player = page.locator(".front-player")
    player.locator("button", has_text="Pause").wait_for()
    step = player.locator("output")
    page.wait_for_function("document.querySelector('.front-player output').textContent === '60'")
    player.locator("button", has_text="Play").wait_for()
    assert step.text_content() == "60"

    still = look(1024)("index.html").locator(".front-player")
    still.locator("canvas").wait_for()
    assert still.locator("button").text_content() == "Play"


def test_an_index_stands_below_its_line_and_a_power_above(look):
    page = look(1024)("course/04_adaptive.html")
    below, above = (
        page.evaluate(
            """tag => [...document.querySelectorAll("article " + tag)].map((both) => {
              const [base, small] = [...both.children].map((e) => e.getBoundingClientRect());
              return (small.top + small.bottom - base.top - base.bottom) / base.height;
            })""",
            tag,
        )
        for tag in ("msub", "msup")
    )
    assert len(below) > 20
    assert min(below) > 0.2
    assert max(above) < -0.2


def test_a_slider_moves_its_picture_without_a_kernel(look):
    page = look(1024)("course/03_momentum.html")
    picture = page.locator("[data-moving-picture]").first
    canvas = picture.locator("canvas")
    canvas.wait_for()
    before = canvas.get_attribute("aria-label")
    picture.locator("input").press("Home")
    page.wait_for_function(
        "before => document.querySelector('[data-moving-picture] canvas').ariaLabel !== before",
        arg=before,
    )


def test_the_claims_are_filtered_by_topic_and_verdict(look):
    page = look(1024)("claims/index.html")
    shown = page.locator(".claims tbody tr:visible")
    count = page.locator(".claim-filter output")
    assert (shown.count(), count.text_content()) == (3, "3 of 3 claims")
    page.get_by_label("topic").select_option("03_momentum")
    assert (shown.count(), count.text_content()) == (2, "2 of 3 claims")
    page.get_by_label("verdict").select_option("holds")
    assert [row.split()[0] for row in shown.all_inner_texts()] == ["M10"]


def test_the_claims_are_filtered_with_the_keyboard_and_by_a_link(look):
    page = look(1024)("claims/index.html?topic=03_momentum")
    shown = page.locator(".claims tbody tr:visible")
    assert shown.count() == 2
    page.get_by_label("topic").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    assert page.get_by_label("verdict").input_value() == "holds"
    assert [row.split()[0] for row in shown.all_inner_texts()] == ["M10"]
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/claims/M10.html")
    page.go_back()
    assert page.locator(".claim-filter output").text_content() == "1 of 3 claims"


def test_the_claims_are_all_there_without_scripts(browser, student):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"file://{student}/claims/index.html")
    assert page.locator(".claims tbody tr:visible").count() == 3
    assert not page.locator(".claim-filter").is_visible()
    context.close()


def test_a_search_finds_chapters_from_disk(look):
    page = look(1024)("search.html?q=momentum")
    page.locator("#search-results li a").first.wait_for()
    found = page.locator("#search-results li a").all_inner_texts()
    assert any(text.startswith("03 · Momentum") for text in found)


def test_what_is_printed_is_light_and_has_no_menus(look):
    page = look(1024, "dark")("course/03_momentum.html")
    page.emulate_media(media="print", color_scheme="dark")
    page.wait_for_function("document.documentElement.dataset.theme === 'light'")
    assert not page.locator(".bd-header").is_visible()
    assert not page.locator(".bd-sidebar-primary").is_visible()
    assert page.locator("article h1").is_visible()
    page.emulate_media(media="screen", color_scheme="dark")
    page.wait_for_function("document.documentElement.dataset.theme === 'dark'")
