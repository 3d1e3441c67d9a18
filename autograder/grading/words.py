"""What a student wrote to a question that a person marks."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from autograder.grading.assignment import Source

# What a released cell asks for, and where a student writes behind it: "*Your answer:*".
_PLACEHOLDER = re.compile(r"\s*[*_]*your answer:?[*_]*:?", re.IGNORECASE)

Cells = Sequence[Mapping[str, Any]]  # of nbformat


def text_of(cell: Mapping[str, Any]) -> str:
    """The text of a cell of nbformat, which may be a list of lines."""
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)


def grade_id_of(cell: Mapping[str, Any]) -> str:
    """nbgrader's name of a cell; empty if it has none."""
    return str(cell.get("metadata", {}).get("nbgrader", {}).get("grade_id", ""))


def place_of(cells: Cells, grade_id: str) -> int | None:
    """Where a cell of nbgrader's is."""
    for i, cell in enumerate(cells):
        if grade_id_of(cell) == grade_id:
            return i
    return None


def released_texts(source: Source) -> frozenset[str]:
    """The texts of all cells of a notebook as they were handed out."""
    return frozenset(cell.released.strip() for cell in source.cells)


def answer_to_task(cells: Cells, grade_id: str, given: Collection[str]) -> str:
    """The answer to a task of nbgrader's, empty if there is none.

    Behind a task every cell counts that was not handed out as it is, up to the next one of
    nbgrader's. If there is none, the student's own texts right above the task may be the answer.
    """
    start = place_of(cells, grade_id)
    if start is None:
        return ""
    parts: list[str] = []
    for cell in cells[start + 1 :]:
        if grade_id_of(cell):
            break
        text = text_of(cell)
        if text.strip() not in given:
            parts.append(_PLACEHOLDER.sub("", text, count=1) if not parts else text)
    return _joined(parts) or _joined(_above(cells[:start], given))


def _above(cells: Cells, given: Collection[str]) -> list[str]:
    """The student's own texts at the end of some cells."""
    parts: list[str] = []
    for cell in reversed(cells):
        text = text_of(cell)
        if cell["cell_type"] == "code" or grade_id_of(cell) or text.strip() in given:
            break
        parts.insert(0, text)
    return parts


def _joined(parts: Sequence[str]) -> str:
    return "\n\n".join(part.strip() for part in parts if part.strip())


def task_answers(cells: Cells, source: Source) -> dict[str, str]:
    """The answers to all tasks of a notebook, by grade_id."""
    given = released_texts(source)
    tasks = [c.grade_id for c in source.cells if c.nbgrader and c.nbgrader.get("task")]
    return {grade_id: answer_to_task(cells, grade_id, given) for grade_id in tasks}
