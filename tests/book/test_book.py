"""The book, built: no answer stands in the student's edition."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
from test_notebooks import solution_lines

from autograder import folders

ROOT = Path(__file__).resolve().parents[2]
NAMES = folders.notebooks()


class Text(HTMLParser):
    """What a page says, folded parts and texts of pictures included, without markup."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.attributes: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # Apart from the text: highlighted code has an element for each word.
        self.attributes += [value for _, value in attrs if value]


def lines_of(path: Path) -> set[str]:
    text = path.read_text("utf-8")
    if path.suffix == ".html":
        parser = Text()
        parser.feed(text)
        text = "\n".join(["".join(parser.parts), *parser.attributes])
    if path.suffix == ".ipynb":
        text = "\n".join(cell.source for cell in nbformat.reads(text, as_version=4).cells)
    return {line.strip() for line in text.splitlines()}


def answers() -> dict[str, set[str]]:
    """The lines of each notebook's answers."""
    masters = {name: nbformat.read(folders.master(name), as_version=4) for name in NAMES}
    return {name: set(solution_lines(master)) for name, master in masters.items()}


def leaks(site: Path) -> list[tuple[str, str]]:
    """(page, line of an answer) wherever one stands.

    On other pages than its chapter a line is no leak if `course/` shows it in another notebook.
    """
    lines = answers()
    elsewhere = set().union(*lines.values()) - set().union(
        *(lines_of(folders.released(name)) for name in NAMES)
    )
    pages = [p for p in site.rglob("*") if p.suffix in (".html", ".ipynb", ".md", ".txt")]
    return [
        (str(page.relative_to(site)), line)
        for page in pages
        for line in (elsewhere | lines.get(page.stem, set())) & lines_of(page)
    ]


@pytest.fixture(scope="module")
def student(tmp_path_factory):
    pytest.importorskip("sphinx", reason="the book's packages are not installed")
    site = tmp_path_factory.mktemp("book")
    done = subprocess.run(
        [sys.executable, "-m", "book", "--to", str(site)], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return site


def test_every_chapter_is_a_page(student):
    for name in NAMES:
        page = (student / f"course/{name}.html").read_text("utf-8")
        assert "exercise-" in page
        assert "<math" in page


def test_no_line_of_an_answer_stands_in_the_students_edition(student):
    assert not leaks(student)
    for page in student.rglob("*.html"):
        assert not re.search("(BEGIN|END) (MARK SCHEME|SOLUTION)", page.read_text("utf-8")), page
        assert "<summary>Other ways to write it" not in page.read_text("utf-8"), page


def test_a_leak_would_be_found(tmp_path):
    line = max(answers()["03_momentum"], key=len)
    (tmp_path / "page.html").write_text(f'<pre><span class="n">{line[:5]}</span>{line[5:]}\n</pre>')
    assert leaks(tmp_path) == [("page.html", line)]
