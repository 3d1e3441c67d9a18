"""Grade what a class handed in, with nbgrader, one submission after the other.

A submission that cannot be graded is reported with its reason; the others go on.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
from nbformat.validator import NotebookValidationError

from autograder import course

if TYPE_CHECKING:
    from nbgrader.apps import NbGraderAPI


@dataclass(frozen=True)
class Result:
    """What came of one submission.

    Attributes:
        points: earned by its checks; None if it could not be graded.
        max_points: of the checks. Questions marked by hand come on top.
        seconds_late: after the due date.
        problem: why it could not be graded.
    """

    student: str
    notebook: str
    points: float | None
    max_points: float
    seconds_late: float = 0.0
    problem: str = ""


def handed_in(course_root: Path, notebook: str | None = None) -> list[tuple[str, str]]:
    """``(student, notebook)`` of every submission, by notebook and student."""
    folders = (course_root / "submitted").glob(f"*/{notebook or '*'}")
    found = [(folder.parent.name, folder.name) for folder in folders if folder.is_dir()]
    return sorted(found, key=lambda pair: (pair[1], pair[0]))


def grade(api: NbGraderAPI, submissions: list[tuple[str, str]]) -> Iterator[Result]:
    """Autograde and write feedback, one after the other; a result as soon as it is there."""
    for student, notebook in submissions:
        path = Path(api.coursedir.root, "submitted", student, notebook, f"{notebook}.ipynb")
        problem = unreadable(path)
        if not problem:
            answer = api.autograde(notebook, student, force=True)
            if answer["success"]:
                answer = api.generate_feedback(notebook, student, force=True)
            problem = "" if answer["success"] else course.reason(answer)
        if problem:
            yield Result(student, notebook, None, max_points(api, notebook), problem=problem)
        else:
            yield _result(api, student, notebook)


def unreadable(path: Path) -> str:
    """Why a notebook cannot be read, in one sentence; empty if it can be."""
    if not path.is_file():
        others = ", ".join(sorted(p.name for p in path.parent.glob("*.ipynb"))) or "no notebook"
        return f"{path.name} is not there; the folder has {others}"
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return f"{path.name} cannot be read: {error}"
    if not text.strip():
        return f"{path.name} is empty"
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        return (
            f"{path.name} is no notebook: it breaks off or is damaged at line {error.lineno}, "
            f"column {error.colno} ({error.msg})"
        )
    try:
        nbformat.validate(nbformat.from_dict(document), version=4)
    except (NotebookValidationError, AttributeError, KeyError, TypeError) as error:
        return f"{path.name} is JSON, but no notebook: {str(error).splitlines()[0]}"
    return ""


def max_points(api: NbGraderAPI, notebook: str) -> float:
    """Points of the checks of a notebook."""
    with api.gradebook as gradebook:
        found = gradebook.find_notebook(notebook, notebook)
        return float(sum(cell.max_score for cell in found.grade_cells))


def _result(api: NbGraderAPI, student: str, notebook: str) -> Result:
    with api.gradebook as gradebook:
        submission = gradebook.find_submission(notebook, student)
        late = submission.total_seconds_late
        grades = gradebook.find_submission_notebook(notebook, notebook, student).grades
        points = sum(g.auto_score or 0.0 for g in grades if g.cell.type == "GradeCells")
    return Result(student, notebook, float(points), max_points(api, notebook), float(late))
