"""The course that `nbgrader quickstart` makes, and a class that hands it in: nothing in it is ours.

An author of such a course has to do nothing for it but name the folder.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import nbformat

from autograder import folders

NAME = "ps1"
RIGHT = {
    "squares": "def squares(n):\n    if n < 1:\n        raise ValueError\n"
    "    return [i * i for i in range(1, n + 1)]",
    "sum_of_squares": "def sum_of_squares(n):\n    return sum(squares(n))",
}
WRONG = {
    "squares": "def squares(n):\n    return [i ** 2 for i in range(n)]",
    "sum_of_squares": "def sum_of_squares(n):\n    return sum(i ** 2 for i in range(1, n + 1))",
}


def names(count: int) -> list[str]:
    """The students."""
    return [f"student_{i:04}" for i in range(count)]


def make(folder: Path, count: int) -> None:
    """Make the course, release it, and let so many students hand in."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "nbgrader", "quickstart", folder.name]
    subprocess.run(command, cwd=folder.parent, check=True, capture_output=True)
    answer = folders.nbgrader(folder).generate_assignment(NAME)
    if not answer["success"]:
        raise RuntimeError(f"nbgrader could not release {NAME}: {folders.reason(answer)}")
    for number, student in enumerate(names(count)):
        home = folder / "submitted" / student / NAME
        home.mkdir(parents=True)
        for released in (folder / "release" / NAME).iterdir():
            if released.suffix != ".ipynb":
                (home / released.name).write_bytes(released.read_bytes())
                continue
            notebook = nbformat.read(released, as_version=4)
            for cell in notebook.cells:
                grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
                cell.source = (RIGHT, WRONG)[number % 2].get(grade_id, cell.source)
            nbformat.write(notebook, home / released.name)


def in_gradebook(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """Student → points of each cell, and whether a person has to mark it."""
    found: dict[str, list[tuple[object, ...]]] = {}
    with sqlite3.connect(folder / "gradebook.db") as connection:
        rows = connection.execute(
            "SELECT student_id, notebook.name, base_cell.name, auto_score, needs_manual_grade"
            " FROM grade JOIN base_cell ON base_cell.id = cell_id"
            " JOIN submitted_notebook ON submitted_notebook.id = grade.notebook_id"
            " JOIN notebook ON notebook.id = submitted_notebook.notebook_id"
            " JOIN submitted_assignment"
            " ON submitted_assignment.id = submitted_notebook.assignment_id"
            " ORDER BY 1, 2, 3"
        )
        for student, *cell in rows:
            found.setdefault(student, []).append(tuple(cell))
    return found
