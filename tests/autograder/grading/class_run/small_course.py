"""A small course whose cells take no time, and classes that hand it in."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

NAME = "small"
PARTS = ("counting", "words")
DUE = "2026-10-01 18:00:00 UTC"
BEFORE, AFTER = "2026-10-01 12:00:00 UTC", "2026-10-03 18:00:00 UTC"

CONFIGURATION = """
from pathlib import Path

c = get_config()
c.CourseDirectory.root = str(Path(__file__).parent)
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "course"
c.OverwriteCells.add_missing_cells = True
c.LateSubmissionPlugin.penalty_method = "zero"
"""

ANSWER = """\
def double(x):
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION"""


# What nbgrader releases in place of the answers.
NO_CODE = "def double(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()"
NO_WORDS = "YOUR ANSWER HERE"


def graded(kind: Any, source: str, grade_id: str, points: float | None, **nbgrader: bool) -> Any:
    """A cell with nbgrader's metadata."""
    metadata = {
        "grade": False,
        "solution": False,
        "locked": False,
        "task": False,
        "schema_version": 3,
        "grade_id": grade_id,
        **nbgrader,
    }
    if points is not None:
        metadata["points"] = points
    return kind(source, metadata={"nbgrader": metadata})


def source(part: str) -> Any:
    """A notebook with every kind of cell that nbgrader has a row for."""
    cells = [
        new_markdown_cell("# Doubling", metadata={}),
        graded(new_code_cell, ANSWER, "double", None, solution=True),
        graded(new_code_cell, "assert double(2) == 4", "test_double", 2, grade=True, locked=True),
        graded(
            new_code_cell,
            "float(double(1) == 2) + 0.5",
            "test_part",
            2,
            grade=True,
            locked=True,
        ),
    ]
    if part == "words":
        cells += [
            graded(new_markdown_cell, "Why?", "why", 3, grade=True, solution=True),
            graded(new_markdown_cell, "Draw a plan.", "plan", 4, task=True, locked=True),
        ]
    notebook = new_notebook(cells=cells)
    notebook.metadata.kernelspec = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    return notebook


def make_course(folder: Path) -> Path:
    """A course with one assignment of two notebooks and a file beside them."""
    home = folder / "solutions" / NAME
    home.mkdir(parents=True)
    for part in PARTS:
        nbformat.write(source(part), home / f"{part}.ipynb")
    (home / "data.txt").write_text("given")
    (folder / "nbgrader_config.py").write_text(CONFIGURATION)
    return folder


def hand_in(
    folder: Path,
    student: str,
    answer: str = "def double(x):\n    return 2 * x",
    why: str = NO_WORDS,
    parts: tuple[str, ...] = PARTS,
    when: str = BEFORE,
) -> Path:
    """Put a submission where nbgrader collects it: the sources with ``answer`` filled in."""
    home = folder / "submitted" / student / NAME
    home.mkdir(parents=True, exist_ok=True)
    for part in parts:
        notebook = source(part)
        for cell in notebook.cells:
            grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
            if grade_id == "double":
                cell.source = answer
            if grade_id == "why":
                cell.source = why
        nbformat.write(notebook, home / f"{part}.ipynb")
    (home / "timestamp.txt").write_text(when)
    return home


def tables(gradebook: Path) -> dict[str, list[tuple[Any, ...]]]:
    """The whole content of a gradebook, with names in place of its random ids."""
    with sqlite3.connect(gradebook) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master "
                                                        "WHERE type = 'table'")]  # fmt: skip
        content = {}
        for name in names:
            cursor = connection.execute(f"SELECT * FROM {name}")
            columns = [column[0] for column in cursor.description]
            content[name] = [dict(zip(columns, row, strict=True)) for row in cursor]
    known = {row["id"]: row for rows in content.values() for row in rows if "id" in row}
    parents = {row["id"]: row for row in content["base_cell"]}

    def named(row: dict[str, Any]) -> tuple[Any, ...]:
        """A row by its content; a reference to another row becomes the content of that row."""
        said = []
        for column, value in row.items():
            if column == "id" and is_id(value):
                parent = parents.get(value)
                said.append(named(parent) if parent and parent is not row else None)
            elif is_id(value) and value in known:
                said.append(named(known[value]))
            else:
                said.append(value)
        return tuple(said)

    return {name: sorted(map(named, rows), key=repr) for name, rows in content.items()}


def is_id(value: Any) -> bool:
    return (
        isinstance(value, str) and len(value) == 32 and all(c in "0123456789abcdef" for c in value)
    )


def record(folder: Path, student: str, part: str = PARTS[0]) -> dict[str, Any]:
    """What the judge has noted in an autograded notebook."""
    path = folder / "autograded" / student / NAME / f"{part}.ipynb"
    return dict(json.loads(path.read_bytes())["metadata"]["autograder"])
