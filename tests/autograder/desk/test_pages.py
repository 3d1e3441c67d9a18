"""The desk's pages in a real Chromium: they fit their window, and everybody can read them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from class_of_six import NAME

from autograder.desk import feedback, report

WIDTHS = (390, 1024, 1920)
SCHEMES = ("light", "dark")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
STUDENTS = ("ada", "bo", "di", "ed")  # a picture; late, wrong; nothing written; marked by hand


@pytest.fixture
def pages(folder, by_hand, policy):
    """One page of every kind, by name."""
    policy("c.LatePolicy.percent_per_day = 10", "c.LatePolicy.at_most_percent = 50")
    by_hand("bo", 2.5, "See the *second* event.")
    by_hand("ed", 4.0)
    feedback.write(folder, NAME)
    _, page = report.write(folder, NAME)
    made = {s: folder / "feedback" / s / NAME / f"{NAME}.html" for s in STUDENTS}
    return made | {"report": page}


def wider(tab):
    """What makes a page scroll to the right."""
    return tab.evaluate(
        """() => [...document.querySelectorAll("body *")].filter((element) =>
          element.getBoundingClientRect().right > innerWidth + 1
          && ![...document.querySelectorAll(".wide, math")].some((w) => w.contains(element)))
          .map((element) => element.outerHTML.slice(0, 100))"""
    ) or (["the page"] if tab.evaluate("document.documentElement.scrollWidth > innerWidth") else [])


def torn(tab):
    """Signs that stand above the name of their exercise, and not beside it."""
    return tab.evaluate(
        """() => [...document.querySelectorAll(".named")].filter(({children: [sign, name]}) =>
          sign.getBoundingClientRect().bottom <= name.getBoundingClientRect().top
        ).map((element) => element.outerHTML.slice(0, 100))"""
    )


def unreadable(tab):
    """What somebody cannot read: contrast, alternative texts, order of headings, names."""
    found = Axe().run(tab, options={"runOnly": RULES}).response
    assert found["passes"]
    return {v["id"]: v["nodes"][0]["failureSummary"] for v in found["violations"]}


def test_every_page_fits_its_window_and_can_be_read(pages, browser):
    faults, asked, problems = {}, [], []
    for width in WIDTHS:
        for scheme in SCHEMES:
            tab = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
            tab.on("request", lambda request: asked.append(request.url))
            tab.on("pageerror", lambda error: problems.append(str(error)))
            for name, path in pages.items():
                tab.goto(path.as_uri())
                if folder := os.environ.get("SCREENSHOTS"):  # for people who want to look
                    file = Path(folder) / f"{name}-{width}-{scheme}.png"
                    tab.screenshot(path=str(file), full_page=True)
                background = tab.evaluate("getComputedStyle(document.body).backgroundColor")
                assert (background == "rgb(255, 255, 255)") == (scheme == "light")
                if found := wider(tab) + torn(tab):
                    faults[name, width, scheme] = found
                if width < 1920 and (found := unreadable(tab)):
                    faults[name, width, scheme, "read"] = found
            tab.close()
    assert faults == {}
    assert problems == []
    assert all(url.startswith(("file:", "data:")) for url in asked)


def test_a_page_that_cannot_be_read_would_be_found(pages, browser):
    tab = browser.new_page(viewport={"width": 390, "height": 900})
    # The page runs no scripts of its own; what a test changes is not kept from it.
    tab.goto(pages["bo"].as_uri())
    tab.evaluate(
        """const main = document.querySelector("main");
        main.insertAdjacentHTML("afterbegin",
        '<p style="color:#aaa;background:#fff">grey</p><div style="width:500px">wide</div>')"""
    )
    assert "color-contrast" in unreadable(tab)
    assert any("wide" in element for element in wider(tab))


def test_what_is_printed_is_light_and_has_its_bars(pages, browser):
    tab = browser.new_page(viewport={"width": 1024, "height": 900}, color_scheme="dark")
    tab.emulate_media(media="print", color_scheme="dark")
    for path in pages.values():
        tab.goto(path.as_uri())
        ink, paper = tab.evaluate(
            """(({color, backgroundColor}) =>
            [color, backgroundColor])(getComputedStyle(document.body))"""
        )
        assert (ink, paper) == ("rgb(0, 0, 0)", "rgb(255, 255, 255)")
        assert torn(tab) == []
    # The last is the report. Browsers leave out what is only a background, such as a bar.
    bars = """[...document.querySelectorAll(".bar")].map((bar) => getComputedStyle(bar)).map(
        ({printColorAdjust, backgroundColor}) => [printColorAdjust, backgroundColor])"""
    printed = tab.evaluate(bars)
    assert {adjust for adjust, _ in printed} == {"exact"}
    tab.emulate_media(media="screen", color_scheme="light")
    assert [colour for _, colour in tab.evaluate(bars)] == [colour for _, colour in printed]
