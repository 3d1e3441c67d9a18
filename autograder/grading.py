"""Grade what a class handed in, with nbgrader, several submissions at a time.

A submission that cannot be graded is reported with its reason; the others go on.
"""

from __future__ import annotations

import json
import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
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


def handed_in(course_root: Path) -> list[tuple[str, str]]:
    """``(student, notebook)`` of every submission, by notebook and student."""
    folders = (course_root / "submitted").glob("*/*")
    found = [(folder.parent.name, folder.name) for folder in folders if folder.is_dir()]
    return sorted(found, key=lambda pair: (pair[1], pair[0]))


def grade(
    course_root: Path, submissions: list[tuple[str, str]], workers: int | None = None
) -> Iterator[Result]:
    """Autograde and write feedback; each result as soon as it is there.

    Args:
        course_root: folder in nbgrader's layout, with its gradebook.
        submissions: of :func:`handed_in`.
        workers: how many processes; as many as there are processors without.
    """
    with course.nbgrader(course_root).gradebook as gradebook:
        # Here and not in the workers: two of them would enter the same student at once.
        for student in {student for student, _ in submissions}:
            gradebook.update_or_create_student(student)
    pool = ProcessPoolExecutor(
        max_workers=workers or os.cpu_count(),
        mp_context=multiprocessing.get_context("spawn"),
    )
    with pool:
        futures = [pool.submit(grade_one, course_root, *pair) for pair in submissions]
        for future in as_completed(futures):
            yield future.result()


def grade_one(course_root: Path, student: str, notebook: str) -> Result:
    """Autograde one submission and write its feedback."""
    api = course.nbgrader(course_root)
    path = course_root / "submitted" / student / notebook / f"{notebook}.ipynb"
    problem = unreadable(path)
    if not problem:
        answer = api.autograde(notebook, student, force=True)
        if answer["success"]:
            answer = api.generate_feedback(notebook, student, force=True)
        problem = "" if answer["success"] else course.reason(answer)
    if problem:
        return Result(student, notebook, None, _max_points(api, notebook), problem=problem)
    return _result(api, student, notebook)


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


def _max_points(api: NbGraderAPI, notebook: str) -> float:
    with api.gradebook as gradebook:
        found = gradebook.find_notebook(notebook, notebook)
        return float(sum(cell.max_score for cell in found.grade_cells))


def _result(api: NbGraderAPI, student: str, notebook: str) -> Result:
    from nbgrader.api import GradeCell

    with api.gradebook as gradebook:
        late = gradebook.find_submission(notebook, student).total_seconds_late
        grades = gradebook.find_submission_notebook(notebook, notebook, student).grades
        points = sum(g.auto_score or 0.0 for g in grades if isinstance(g.cell, GradeCell))
    return Result(student, notebook, float(points), _max_points(api, notebook), float(late))
