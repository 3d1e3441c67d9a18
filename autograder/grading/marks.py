"""Marks, and how they are written to and read from a gradebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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
    """What to write about one submission.

    Attributes:
        marks: of each notebook that was handed in.
        unanswered: notebook → the solution cells that are unchanged since the release.
        handed_in: a date with time and, if it is not UTC, its zone; "" if it was not noted.
        notes: notebook → what was put right in it or looked odd.
        new_answers: notebook → the tasks whose answer is not the one that was graded before.
    """

    student: str
    marks: Marks
    unanswered: Mapping[str, frozenset[str]]
    handed_in: str = ""
    notes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    new_answers: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Grade:
    """The part of a stored grade that an autograder or a person decides."""

    auto_score: float | None
    manual_score: float | None
    needs_manual_grade: bool

    def agrees(self, mark: Mark) -> bool:
        """Whether this is the mark. If a person has marked, that person decides the rest."""
        by_hand = self.manual_score is not None
        same_need = by_hand or self.needs_manual_grade == mark.needs_manual_grade
        return self.auto_score == mark.score and same_need


class NotWritten(ValueError):  # noqa: N818 - it says why
    """The gradebook does not accept one submission; the others go on."""


def write_mark(grade: Any, mark: Mark) -> None:
    """Enter a mark in a row of nbgrader's."""
    grade.auto_score = mark.score
    # Points that a person gave stay, and the person should check whether they are still right.
    grade.needs_manual_grade = mark.needs_manual_grade or grade.manual_score is not None


def look_again(grade: Any) -> None:
    """Ask in a row of nbgrader's whether points that a person gave still hold; they stay."""
    if grade.manual_score is not None:
        grade.needs_manual_grade = True


def write_comment(comment: Any, *, unanswered: bool, notes: Sequence[str] = ()) -> None:
    """Enter in a row of nbgrader's whether there is an answer, and the notes about its cell."""
    said = [NO_RESPONSE] if unanswered else []
    cell = f"{comment.name} "
    said += [f"This cell {note.removeprefix(cell)}." for note in notes if note.startswith(cell)]
    comment.auto_comment = " ".join(said) or None
