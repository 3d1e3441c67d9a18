"""A course that has nothing of ours: every kind of cell that nbgrader knows, and a class."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import nbformat
import nbgrader
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

NAME = "tour"

CONFIGURATION = """
c = get_config()
c.IncludeHeaderFooter.header = "source/header.ipynb"
c.IncludeHeaderFooter.footer = "source/footer.ipynb"
c.IgnorePattern.enabled = True
c.IgnorePattern.pattern = "^a known nuisance"
"""

AREA = """\
def area(width, height):
    ### BEGIN SOLUTION
    return width * height
    ### END SOLUTION"""
NOISY = """\
def noisy(x):
    ### BEGIN SOLUTION
    return x + 1
    ### END SOLUTION"""
TOTAL = """\
def total(path):
    ### BEGIN SOLUTION
    import pandas
    return int(pandas.read_csv(path)["n"].sum())
    ### END SOLUTION"""
TESTS = {  # by notebook: grade_id → points, test
    "cells": {
        "hidden": (
            2,
            "assert area(2, 3) == 6\n### BEGIN HIDDEN TESTS\nassert area(2, 5) == 10\n"
            "### END HIDDEN TESTS",
        ),
        "partial": (3, "float(area(1, 1) == 1) + 2 * (area(0, 3) == 0)"),
        "nothing_right": (1, "0 if area(3, 3) == 9 else 1"),
        "prints": (1, "print('trying', area(1, 4))\nassert area(1, 4) == 4"),
        "pictures": (1, "display({'text/plain': 'a picture'}, raw=True)\nassert area(1, 4) == 4"),
        "warns": (1, "assert noisy(1) == 2"),
        "nuisance": (1, "import sys\nprint('a known nuisance', file=sys.stderr)\nassert area"),
        "where": (1, "import os\nassert os.environ['NBGRADER_EXECUTION'] == 'autograde'"),
        "last_line": (2, "assert noisy(1) == 2\n1"),
        "odd": (1, "assert area(1, 1) == 1\n'well done'"),  # nobody knows what this is worth
    },
    "files": {
        "helper": (1, "from helpers.shapes import square\nassert square(3, area) == 9"),
        "long": (2, "assert total('data/numbers/long.csv') == 19999900000"),
        "made": (2, "### AUTOTEST area(4, 5); area(2, 2) > 3\n### HASHED AUTOTEST noisy(6)"),
        "magic": (1, "%time seven = area(1, 7)\n!true\nassert seven == 7"),
    },
}
ESSAY, PLAN, DRAWING = "Why?", "Draw a plan.", "# your drawing"


def cell(kind: Any, source: str, grade_id: str, points: float | None = None, **flags: bool) -> Any:
    """A cell with nbgrader's metadata."""
    off = dict.fromkeys(("grade", "solution", "locked", "task"), False)
    nbgrader = {**off, "schema_version": 3, "grade_id": grade_id, **flags}
    if points is not None:
        nbgrader["points"] = points
    return kind(source, metadata={"nbgrader": nbgrader})


def _tests(part: str) -> list[Any]:
    return [
        cell(new_code_cell, source, grade_id, points, grade=True, locked=True)
        for grade_id, (points, source) in TESTS[part].items()
    ]


def _notebook(cells: list[Any]) -> Any:
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def _parts() -> dict[str, Any]:
    answers = [
        cell(new_code_cell, source, name, solution=True)
        for name, source in (("area", AREA), ("noisy", NOISY))
    ]
    essay = [
        cell(new_markdown_cell, "What follows is fixed.", "fixed", locked=True),
        cell(new_markdown_cell, ESSAY, "essay", 4, grade=True, solution=True),
        cell(new_markdown_cell, PLAN, "plan", 3, task=True, locked=True),
        cell(new_code_cell, DRAWING, "drawing", 2, grade=True, solution=True),
    ]
    reading = [cell(new_code_cell, TOTAL, "total", solution=True)]
    return {
        "cells": _notebook([new_markdown_cell("# Areas"), *answers, *_tests("cells"), *essay]),
        "files": _notebook([*answers, *reading, new_code_cell("total"), *_tests("files")]),
    }


def make(folder: Path) -> None:
    """The course, not released yet."""
    home = folder / "source" / NAME
    (home / "data" / "numbers").mkdir(parents=True)
    (home / "helpers").mkdir()
    for part, notebook in _parts().items():
        nbformat.write(notebook, home / f"{part}.ipynb")
    numbers = "\n".join(map(str, range(200_000)))
    (home / "data" / "numbers" / "long.csv").write_text(f"n\n{numbers}\n")
    (home / "helpers" / "shapes.py").write_text("def square(n, area):\n    return area(n, n)\n")
    header = [new_markdown_cell("Run all of it."), new_code_cell("NAME = ''\nimport math")]
    footer = [cell(new_code_cell, "assert math.pi > 3 and area(1, 1) == 1", "named", 1, grade=True)]
    for name, cells in (("header", header), ("footer", footer)):
        nbformat.write(_notebook(cells), folder / "source" / f"{name}.ipynb")
    (folder / "nbgrader_config.py").write_text(CONFIGURATION)
    guide = Path(nbgrader.__file__).parent / "docs" / "source" / "user_guide"
    shutil.copy(guide / "autotests.yml", folder)


def hand_in(
    course: Path,
    name: str,
    student: str,
    answers: Mapping[str, Mapping[str, str]],
    change: Callable[[Any], None] = lambda notebook: None,
) -> None:
    """Put a submission where nbgrader collects it.

    Args:
        course: folder; the assignment has been released there.
        name: of the assignment.
        student: the folder's name.
        answers: notebook → what is in a cell's text, or its grade_id → the new text of the cell.
            Only these notebooks are handed in.
        change: applied to each notebook, last.
    """
    home = course / "submitted" / student / name
    shutil.copytree(course / "release" / name, home, ignore=shutil.ignore_patterns("*.ipynb"))
    for part, texts in answers.items():
        notebook = nbformat.read(course / "release" / name / f"{part}.ipynb", as_version=4)
        for one in notebook.cells:
            grade_id = one.metadata.get("nbgrader", {}).get("grade_id")
            for key, text in texts.items():
                if key == grade_id or (not grade_id and key in one.source):
                    one.source = text
        change(notebook)
        nbformat.write(notebook, home / f"{part}.ipynb")


RIGHT = {
    "NAME = ''": "NAME = 'Ada'\nimport math",
    "area": "def area(width, height):\n    return height * width",
    "noisy": "def noisy(x):\n    return x + 1",
    "total": "def total(path):\n    return sum(int(n) for n in open(path) if n != 'n\\n')",
    "essay": "Because $2 \\cdot 3 = 6$.",
    "drawing": "print('+--+')",
}
WRONG = {
    "area": "def area(width, height):\n    return width + height - 1",
    "noisy": "import warnings\ndef noisy(x):\n    warnings.warn('hm')\n    return x + 1",
    "total": "def total(path:\n    return 1",
    "drawing": "1 / 0",
}


def _own_way(notebook: Any) -> None:
    """Own cells and edited tests, whose points and texts nbgrader restores."""
    notebook.cells.insert(3, new_code_cell("%%time\nprint(math.pi)"))
    notebook.cells.insert(3, new_code_cell("undefined_name"))
    for one in notebook.cells:
        if one.metadata.get("nbgrader", {}).get("grade_id") in ("hidden", "long"):
            one.source, one.metadata.nbgrader.points = "pass", 100


def _without_a_test(notebook: Any) -> None:
    gone = ("partial", "named", "drawing")
    notebook.cells = [
        one
        for one in notebook.cells
        if one.metadata.get("nbgrader", {}).get("grade_id") not in gone
    ]


def make_class(course: Path) -> None:
    """Everybody hands in; the assignment has been released."""
    hand_in(course, NAME, "ada", dict.fromkeys(TESTS, RIGHT))
    hand_in(course, NAME, "bela", dict.fromkeys(TESTS, WRONG))
    hand_in(course, NAME, "chen", {"files": RIGHT, "cells": {}}, _own_way)
    hand_in(course, NAME, "dana", {"cells": RIGHT}, _without_a_test)
