"""Every link of the book leads somewhere, and no answer stands in the students' edition."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from anchors import Anchors
from leaks import NAMES, leaks

from book import chapters


@cache
def anchors(page: Path) -> Anchors:
    return Anchors(page.read_text("utf-8"))


def dead(page: Path) -> list[str]:
    """The links of a page to files, or to places in pages, that are not there."""
    found = []
    for link in anchors(page).links:
        parts = urlsplit(link)
        if parts.scheme:
            continue
        target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
        fragment = unquote(parts.fragment)
        there = target.is_file()
        if there and fragment and target.suffix == ".html":
            there = fragment in anchors(target).ids
        if not there:
            found.append(link)
    return found


@pytest.mark.parametrize("edition", ["student", "instructor"])
def test_every_link_leads_somewhere(request, edition):
    site = request.getfixturevalue(edition).resolve()
    pages = [page for page in site.rglob("*.html") if "_static" not in page.parts]
    assert len(pages) > len(NAMES)
    faults = {str(page.relative_to(site)): found for page in pages if (found := dead(page))}
    assert not faults


def test_a_dead_link_would_be_found(tmp_path):
    (tmp_path / "b.html").write_text('<p id="there">')
    page = tmp_path / "a.html"
    page.write_text('<a href="b.html#there"><a href="b.html#gone"><a href="c.html"><a href="#x">')
    assert dead(page.resolve()) == ["b.html#gone", "c.html", "#x"]


def test_no_line_of_an_answer_stands_in_the_students_edition(student):
    assert not leaks(student)
    for page in student.rglob("*.html"):
        text = page.read_text("utf-8")
        assert not re.search("(BEGIN|END) (MARK SCHEME|SOLUTION)", text), page
        assert "<summary>Other ways to write it" not in text, page


@pytest.mark.parametrize("name", NAMES)
def test_every_exercise_links_to_its_notebook_and_for_instructors_to_the_reference(
    student, instructor, name
):
    read, taught = (
        (site / f"course/{name}.html").read_text("utf-8") for site in (student, instructor)
    )
    for exercise in chapters.exercises(name):
        place = f'id="{chapters.anchor(exercise)}"'
        assert place in read
        assert f'href="../notebooks/{name}.ipynb"' in read.split(place)[1][:2000]
        if chapters.reference_name(exercise):
            line = f'#{exercise.reference.__qualname__}"'
            assert line in taught.split(place)[1][:2000]
    assert "_modules/" not in read
    assert "<math" in read


def test_open_links_are_made_from_the_settings(student, instructor):
    for site, count in ((student, 0), (instructor, 1)):
        text = (site / "course/03_momentum.html").read_text("utf-8")
        for place in ("JupyterLab", "Binder", "Colab"):
            assert text.count(f"Open in {place}</a>") == count


def test_without_results_the_book_has_no_claims(student, instructor):
    assert (student / "claims/index.html").is_file()
    assert not (instructor / "claims").exists()
    assert "Claims" not in (instructor / "index.html").read_text("utf-8")
