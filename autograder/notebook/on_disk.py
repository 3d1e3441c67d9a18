"""The notebook of this kernel as it is saved: what a kernel itself does not see."""

from __future__ import annotations

import json
from dataclasses import dataclass

from autograder.cells import as_check, names_defined
from autograder.notebook.ledger import CellRun
from autograder.notebook.progress import running_notebook


@dataclass(frozen=True)
class SavedCell:
    """A code cell in the file. ``grade_id`` is nbgrader's name of it, or empty."""

    cell_id: str
    grade_id: str
    source: str


def cells() -> list[SavedCell]:
    """The code cells of the saved notebook; none if there is no file or it cannot be read."""
    file = running_notebook()
    if file is None:
        return []
    try:
        read = json.loads(file.read_text("utf-8"))["cells"]
        return [
            SavedCell(
                cell.get("id", ""),
                cell.get("metadata", {}).get("nbgrader", {}).get("grade_id", ""),
                "".join(cell["source"]),
            )
            for cell in read
            if cell["cell_type"] == "code"
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return []


def solution_cell(exercise_id: str) -> SavedCell | None:
    """The cell in which the answer to an exercise belongs."""
    return next((cell for cell in cells() if cell.grade_id == exercise_id), None)


def not_yet_run(exercise_id: str, run: CellRun) -> str | None:
    """The first line that is new since ``run``, if the saved answer was written after it.

    A file that is older than the run says nothing: it was not saved since.
    """
    file = running_notebook()
    if file is None or not run.cell_id or file.stat().st_mtime <= run.ended:
        return None
    newest = None
    for cell in cells():
        if exercise_id in names_defined(cell.source) or cell.cell_id == run.cell_id:
            newest = cell
        check = as_check(cell.source)
        if check and check.exercise_id == exercise_id:
            break
    if newest is None or newest.source.rstrip() == run.source.rstrip():
        return None
    old = run.source.splitlines()
    new = newest.source.splitlines()
    same = [a == b for a, b in zip(old, new, strict=False)]
    number = same.index(False) if False in same else len(same)
    text = new[number].strip() if number < len(new) else "(a line is gone)"
    return f"line {number + 1}: {text}"
