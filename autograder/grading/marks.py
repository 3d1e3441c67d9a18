"""Marks, and what a gradebook is told and has of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

NO_RESPONSE = "No response."  # nbgrader's words


@dataclass(frozen=True)
class Mark:
    """The mark of one graded cell; ``score`` is None where only a person can give it."""

    score: float | None
    max_score: float
    needs_manual_grade: bool = False


Marks = Mapping[str, Mapping[str, Mark]]  # notebook → grade_id → mark


@dataclass(frozen=True)
class GradebookEntry:
    """What is to be written of one submission.

    Attributes:
        marks: of each notebook that was handed in.
        unanswered: notebook → the solution cells that are as they were released.
        handed_in: a date with time and, if it is not UTC, its zone; "" if nobody noted it.
    """

    student: str
    marks: Marks
    unanswered: Mapping[str, frozenset[str]]
    handed_in: str = ""


@dataclass(frozen=True)
class Grade:
    """The part of a stored grade that an autograder and a person have a say in."""

    auto_score: float | None
    manual_score: float | None
    needs_manual_grade: bool

    def agrees(self, mark: Mark) -> bool:
        """Whether this is the mark. Where a person has marked, the person decides what is left."""
        by_hand = self.manual_score is not None
        same_need = by_hand or self.needs_manual_grade == mark.needs_manual_grade
        return self.auto_score == mark.score and same_need


class NotWritten(ValueError):  # noqa: N818 - says what came of it
    """One submission that the gradebook does not take; the others go on."""


def write_mark(grade: Any, mark: Mark) -> None:
    """Enter a mark in a row of nbgrader's."""
    grade.auto_score = mark.score
    # What a person gave stays, and the person should look whether it still holds.
    grade.needs_manual_grade = mark.needs_manual_grade or grade.manual_score is not None


def write_comment(comment: Any, *, unanswered: bool) -> None:
    """Enter in a row of nbgrader's whether there is an answer."""
    comment.auto_comment = NO_RESPONSE if unanswered else None
