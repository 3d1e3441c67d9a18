"""`python -m book`: prepare the pages, and let Sphinx make the site of them."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

import nbformat
from sphinx.cmd.build import build_main

from autograder import folders
from book.chapters import chapter
from book.front import front
from book.pages import write_pages
from book.places import ROOT, settings

EDITIONS = ("student", "instructor")


def prepare(target: Path, *, instructor: bool) -> None:
    """Write what Sphinx reads; a file that is already so keeps its date, and is not read again."""
    where = settings()
    fresh = target.with_name(f"{target.name}-new")
    shutil.rmtree(fresh, ignore_errors=True)
    (fresh / "course").mkdir(parents=True)
    (fresh / "images").mkdir()
    (fresh / "extra/notebooks").mkdir(parents=True)
    for name in folders.notebooks():
        page = chapter(name, instructor=instructor, where=where)
        for i, cell in enumerate(page.cells):
            cell.id = f"cell-{i}"  # random ones would make every page new
        nbformat.write(page, fresh / f"course/{name}.ipynb")
        source = folders.master(name) if instructor else folders.released(name)
        shutil.copy(source, fresh / f"extra/notebooks/{name}.ipynb")
    (fresh / "index.md").write_text(front(), encoding="utf-8")
    for picture in (ROOT / "docs").glob("*.png"):
        shutil.copy(picture, fresh / "images")
    write_pages(fresh, instructor=instructor, where=where)
    _replace(target, fresh)


def _replace(old: Path, new: Path) -> None:
    for path in sorted(new.rglob("*")):
        before = old / path.relative_to(new)
        if path.is_file() and before.is_file() and before.read_bytes() == path.read_bytes():
            shutil.copystat(before, path)
    shutil.rmtree(old, ignore_errors=True)
    new.rename(old)


def main() -> int:
    """Build one edition."""
    parser = argparse.ArgumentParser(prog="python -m book", description=__doc__)
    parser.add_argument("--edition", choices=EDITIONS, default="student")
    parser.add_argument("--to", type=Path, help="the site's folder; build/book if it is not given")
    arguments = parser.parse_args()
    edition = arguments.edition
    site = arguments.to or ROOT / "build" / ("book" if edition == "student" else "book-instructor")
    source = ROOT / "build/book-source" / edition
    source.parent.mkdir(parents=True, exist_ok=True)
    prepare(source, instructor=edition == "instructor")
    options = ["-b", "html", "-c", str(Path(__file__).parent), "-t", edition, "-W", "--keep-going"]
    options += ["-q", "-j", "auto", "-d", str(ROOT / f"build/book-source/{edition}-read")]
    status = build_main([*options, str(source), str(site)])
    if not status:
        print(f"▸ The book, {edition}'s edition: {site / 'index.html'}")
    return status


if __name__ == "__main__":
    sys.exit(main())
