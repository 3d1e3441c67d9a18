"""The marks of a student by every way of grading; they must agree, or the times say nothing."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import Any

import numpy as np

from autograder import folders
from autograder.exercises import REGISTRY
from autograder.notebook.check import verdict_on
from benchmarks.grading.plain_asserts import test_cell
from benchmarks.grading.students import NOTEBOOK, Student

Marks = dict[str, float]  # exercise id → points

EXERCISES = tuple(e.id for e in REGISTRY.values() if e.notebook == NOTEBOOK)


class OtherMarksError(AssertionError):
    """Two ways of grading gave somebody different marks."""


def by_checks(student: Student) -> Marks:
    """The marks that the course's checks give in this process."""
    namespace = _defined(student)
    return {
        id: verdict_on(id, namespace[id]).points if id in student.answers else 0.0
        for id in EXERCISES
    }


def by_asserts(student: Student) -> Marks:
    """The marks that the plain asserts give in this process."""
    return {id: _score(id, _defined(student)) for id in EXERCISES}


def in_gradebook(folder: Path) -> dict[str, Marks]:
    """Student → marks, as a gradebook has them."""
    found: dict[str, Marks] = {}
    with folders.nbgrader(folder).gradebook as gradebook:
        for submission in gradebook.assignment_submissions(NOTEBOOK):
            [notebook] = submission.notebooks
            scores = {grade.name: grade.auto_score for grade in notebook.grades}
            found[submission.student.id] = {id: scores[f"check_{id}"] for id in EXERCISES}
    return found


def require_same(who: str, student: Student, got: Marks | None) -> None:
    """Raise OtherMarksError unless the marks are what the checks say."""
    expected = by_checks(student)
    if got != expected:
        raise OtherMarksError(f"{who}: the marks are {got}, not {expected}")


def _defined(student: Student) -> dict[str, Any]:
    namespace: dict[str, Any] = {"np": np}
    for text in student.answers.values():
        exec(text, namespace)
    return namespace


def _score(exercise_id: str, namespace: dict[str, Any]) -> float:
    """nbgrader's rule: an error is no points, `score` is partial credit, else all points."""
    points = REGISTRY[exercise_id].points
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(test_cell(REGISTRY[exercise_id]), namespace)
    except Exception:
        return 0.0
    return float(namespace.get("score", points))
