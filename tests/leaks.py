"""Lines of answers, wherever they stand in a site."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import nbformat
from test_notebooks import solution_lines

from autograder import folders

NAMES = folders.notebooks()


class Page(HTMLParser):
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
    """The lines of a page or a notebook, without spaces around them."""
    text = path.read_text("utf-8")
    if path.suffix == ".html":
        parser = Page()
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
    pages = [p for p in site.rglob("*") if p.suffix in (".html", ".ipynb", ".md", ".txt", ".js")]
    return [
        (str(page.relative_to(site)), line)
        for page in pages
        for line in (elsewhere | lines.get(page.stem, set())) & lines_of(page)
    ]
