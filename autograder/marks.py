"""What a gradebook is told of a submission, and what it has of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from autograder.judge import Mark

Marks = Mapping[str, Mapping[str, Mark]]  # notebook → grade_id → mark


@dataclass(frozen=True)
class Work:
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
