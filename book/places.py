"""Where things of the repository stand in the book, and links to them."""

from __future__ import annotations

import os
import posixpath
import re
import tomllib
from pathlib import Path

import nbformat

from autograder import folders
from autograder.authoring import lessons

ROOT = Path(__file__).resolve().parents[1]
SETTINGS = Path(__file__).with_name("settings.toml")

# File of the repository → page of the book, without its ending.
PAGES = {
    "README.md": "index",
    "reference_impl/README.md": "reference/index",
    "docs/train-your-own.md": "reference/train-your-own",
    "docs/glossary.md": "glossary",
    "benchmarks/README.md": "benchmarks",
    "solutions/README.md": "teachers/index",
    "docs/desk.md": "teachers/desk",
    "docs/editions.md": "teachers/editions",
    "docs/any-course.md": "teachers/any-course",
    "docs/threat-model.md": "teachers/threat-model",
    "CONTRIBUTING.md": "teachers/contributing",
}

# What the claims lab keeps; without any the book has no pages of claims.
RESULTS = Path(os.environ.get("BOOK_CLAIMS", ROOT / "reference_impl/experiments/results"))
CLAIMS = "docs/claims.md"

_LINK = re.compile(r"(?<!!)\[((?:[^\[\]]|`[^`]*`)*)\]\(([^()\s]+)\)")


def pages(*, instructor: bool) -> dict[str, str]:
    """File → page, of this edition: how the lessons go is for teachers alone."""
    if not instructor:
        return PAGES
    names = folders.notebooks()
    return PAGES | {f"{lessons.FOLDER}/{name}.md": f"teachers/lessons/{name}" for name in names}


def title(name: str) -> str:
    """The heading of a notebook: ``03 · Momentum, and a look ahead``."""
    first = nbformat.read(folders.released(name), as_version=4).cells[0].source
    return str(first.splitlines()[0].removeprefix("# "))


def settings(path: Path = SETTINGS) -> dict[str, str]:
    """What ``settings.toml`` says under ``[open]``; BOOK_GITHUB and its like go first."""
    written: dict[str, str] = tomllib.loads(path.read_text("utf-8"))["open"]
    return {key: os.environ.get(f"BOOK_{key.upper()}", value) for key, value in written.items()}


def open_links(notebook: str, where: dict[str, str]) -> dict[str, str]:
    """Name → address, of the places at which a notebook of the course can be opened."""
    path, links = f"course/{notebook}/{notebook}.ipynb", {}
    if lab := where["jupyterlab"].rstrip("/"):
        links["JupyterLab"] = f"{lab}/{notebook}/{notebook}.ipynb"
    if github := where["github"]:
        branch = where["branch"]
        links["Binder"] = f"https://mybinder.org/v2/gh/{github}/{branch}?labpath={path}"
        links["Colab"] = f"https://colab.research.google.com/github/{github}/blob/{branch}/{path}"
    return links


def source_link(path: str, line: int, where: dict[str, str]) -> str:
    """Markdown for a line of a file: a link if the settings name the repository, else its name."""
    address = _on_github(path, where)
    return f"[`{path}`]({address}#L{line})" if address else f"`{path}`, line {line}"


def _on_github(path: str, where: dict[str, str]) -> str:
    if not where["github"]:
        return ""
    kind = "tree" if (ROOT / path).is_dir() else "blob"
    return f"https://github.com/{where['github']}/{kind}/{where['branch']}/{path}"


def _page(path: str, anchor: str, pages: dict[str, str]) -> str:
    """The page that shows a file of the repository, with the place in it; "" if there is none."""
    if path == CLAIMS and any(RESULTS.glob("*.json")):
        # There each claim has a heading, here a page.
        return f"claims/{anchor.upper() or 'index'}.md"
    notebook = Path(path)
    if notebook.suffix == ".ipynb" and notebook.stem in folders.notebooks():
        return f"course/{notebook.name}"
    return f"{pages[path]}.md{anchor and '#' + anchor}" if path in pages else ""


def relinked(text: str, file: str, where: dict[str, str], pages: dict[str, str] = PAGES) -> str:
    """A Markdown file's text for its page: links lead to pages, or to GitHub, or become words.

    Parameters
    ----------
    file : where the text stands in the repository
    where : the settings
    pages : file → page, of the edition
    """

    def link(match: re.Match[str]) -> str:
        words, target = match.groups()
        if re.match(r"[a-z]+:|#", target):
            return match[0]
        path, _, anchor = target.partition("#")
        path = posixpath.normpath(posixpath.join(posixpath.dirname(file), path))
        if page := _page(path, anchor, pages):
            return f"[{words}]({posixpath.relpath(page, posixpath.dirname(pages[file]) or '.')})"
        address = _on_github(path, where)
        return f"[{words}]({address})" if address else words

    # What stands in code is no link, and a link's words may be code.
    blocks = re.split(r"(^```.*?^```)", text, flags=re.M | re.S)
    return "".join(b if b.startswith("```") else _LINK.sub(link, b) for b in blocks)
