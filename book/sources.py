"""What Sphinx reads: the chapters and the pages as Markdown, and the notebooks to download."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat

from autograder import folders
from book.chapters import chapter
from book.front import front
from book.pages import write_pages
from book.places import ROOT, settings


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
