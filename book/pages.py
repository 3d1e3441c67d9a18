"""The pages that are no chapters: conventions, exercises, the reference, and what teachers need."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import nbformat

import reference_impl
from autograder import folders
from book import chapters, claims
from book.places import ROOT, pages, relinked, title

_CONVENTIONS = re.compile(r"^## Where conventions differ\n(.*?)(?=^## |\Z)", re.M | re.S)
_TABLE = re.compile(r"(?:^\|.*\n)+", re.M)
# A table with so many columns, and a cell of so many letters, is too wide for a telephone.
COLUMNS, SENTENCE = 3, 50
# Programs that print tables; a reader of the reference's formulas does not look there.
_LEFT_OUT = ("experiments",)


def write_pages(target: Path, *, instructor: bool, where: dict[str, str]) -> None:
    """Write every page but the chapters and the first page below ``target``."""
    here = pages(instructor=instructor)
    for file, page in here.items():
        if page == "index":
            continue
        text = relinked((ROOT / file).read_text("utf-8"), file, where, here)
        if page == "teachers/index":
            text = _teachers(text, here, instructor=instructor)
        if page == "reference/index":
            text += _modules_toctree()
        if page == "glossary":
            text = _TABLE.sub(lambda table: _framed(table[0], "glossary rows-as-cards"), text)
        else:
            text = _TABLE.sub(_table_of_sentences, text)
        _write(target, page, text)
    _write(target, "course/index", _course())
    _write(target, "course/exercises", _exercises())
    _write(target, "conventions", _conventions())
    for page, text in claims.pages().items():
        _write(target, page, text)
    for module in modules():
        _write(target, f"reference/{module}", _module(module))


@cache
def modules() -> list[str]:
    """The dotted names of the reference's public modules."""
    found = pkgutil.walk_packages(reference_impl.__path__, "reference_impl.")
    return [
        module.name
        for module in found
        if not any(p.startswith("_") or p in _LEFT_OUT for p in module.name.split("."))
    ]


def _write(target: Path, page: str, text: str) -> None:
    path = target / f"{page}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.rstrip() + "\n", encoding="utf-8")


def toctree(pages: list[str], *options: str) -> str:
    """MyST's directive for the pages below this one."""
    return "\n".join(["", "```{toctree}", *options, "", *pages, "```", ""])


def _course() -> str:
    lines = [
        "# The course",
        "",
        "The chapters are the course's notebooks as they look when every exercise is solved: "
        "text, formulas, pictures and results. To work on the exercises, open the notebooks; each "
        "chapter has its own to download.",
        "",
        "All exercises with their points stand in [one table](exercises.md).",
    ]
    pages = [*folders.notebooks(), "exercises"]
    return "\n".join(lines) + "\n" + toctree(pages, ":maxdepth: 1")


def _exercises() -> str:
    lines = ["# All exercises", ""]
    for name in folders.notebooks():
        lines += [f"## {title(name)}", "", "| exercise | points | minutes | difficulty |"]
        lines.append("|---|---:|---:|---|")
        lines += [
            f"| [`{e.id}`]({name}.ipynb#{chapters.anchor(e)}) | {e.points:g} | {e.minutes} | "
            f"{chapters.difficulty(e)} |"
            for e in chapters.exercises(name)
        ]
        lines.append("")
    return "\n".join(lines)


def _conventions() -> str:
    lines = [
        "# Where conventions differ",
        "",
        "Papers, PyTorch, Keras and this course often use one name for two things, or two names "
        "for one. Each chapter has a table of it; here they all are.",
        "",
    ]
    for name in folders.notebooks():
        cells = nbformat.read(folders.released(name), as_version=4).cells
        texts = [found for c in cells if c.cell_type == "markdown" for found in _found_in(c.source)]
        if texts:
            lines += [f"## {title(name)}", "", *texts, ""]
            lines += [f"From [the chapter](course/{name}.ipynb).", ""]
    return "\n".join(lines)


def _found_in(source: str) -> Iterator[str]:
    for match in _CONVENTIONS.finditer(source):
        yield _TABLE.sub(_table_of_sentences, match[1].strip() + "\n").strip()


def _teachers(text: str, here: dict[str, str], *, instructor: bool) -> str:
    """The guide; students get neither its tables nor the mark schemes, which say the answers."""
    if not instructor:
        # From the example of an entry on.
        text = text.split("```python")[0] + "The example stands in the instructor's edition.\n"
    below = [p.removeprefix("teachers/") for p in here.values() if p.startswith("teachers/")]
    return text + "\n" + toctree([p for p in below if p != "index"], ":hidden:")


def _table_of_sentences(table: re.Match[str]) -> str:
    """A table, framed if one of several columns holds sentences."""
    rows = [line.strip("|").split("|") for line in table[0].splitlines()]
    long = any(len(cell.strip()) >= SENTENCE for row in rows for cell in row)
    return _framed(table[0], "of-sentences") if long and len(rows[0]) >= COLUMNS else table[0]


def _framed(table: str, name: str) -> str:
    return f"::::{{container}} {name}\n{table}::::\n"


def _modules_toctree() -> str:
    pages = ["train-your-own", *modules()]
    return "\n\n## All modules\n" + toctree(pages, ":maxdepth: 1")


def _module(name: str) -> str:
    module = importlib.import_module(name)
    package = hasattr(module, "__path__")
    lines = [
        f"# `{name.removeprefix('reference_impl.')}`",
        "",
        "```{eval-rst}",
        f".. automodule:: {name}",
        "   :members:",
        "   :show-inheritance:",
        # What a package gathers is documented where it is written, and only there.
        *(["   :ignore-module-all:"] if package else []),
        "```",
    ]
    gathered = {each: getattr(module, each) for each in getattr(module, "__all__", ())}
    links = [
        f"{{py:obj}}`{each} <{member.__module__}.{each}>`"
        for each, member in gathered.items()
        if getattr(member, "__module__", name) in modules() and member.__module__ != name
    ]
    if package and links:
        lines += ["", f"From here one imports {', '.join(links)}."]
    return "\n".join(lines)
