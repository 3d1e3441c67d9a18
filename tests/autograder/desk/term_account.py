"""How a student must stand: reckoned from what was done, without a line of the desk's code."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from term_story import AT_MOST, GRACE, PER_DAY, HandIn

DAY = timedelta(days=1)


@dataclass
class Account:
    """One student in one assignment.

    Attributes:
        collected: what lies in submitted/ now. graded: what the marks are for.
        dated: whether the time of what was collected is known. graded_dated: of what was graded.
        mended: whether the marks are those of the mended exercise.
        failed: whether grading was tried on what lies there now, and could not be done.
        hand: points that a person gave. read: the words that this person read.
        extension: days.
        page: what the last feedback page was made of.
        sent: the total of the last export.
    """

    collected: HandIn | None = None
    graded: HandIn | None = None
    dated: bool = True
    graded_dated: bool = True
    mended: bool = False
    failed: bool = False
    hand: float | None = None
    read: str = ""
    comment: str = ""
    look_again: bool = False
    extension: float = 0.0
    page: tuple[object, ...] | None = None
    sent: float | None = None

    def collect(self, hand_in: HandIn, *, dated: bool) -> None:
        """Another hand-in lies there now; nobody has tried to grade it."""
        self.collected, self.dated, self.failed = hand_in, dated, False

    def grade(self, *, mended: bool) -> None:
        """What is collected is graded, if it can be."""
        if self.collected is None:
            return
        self.failed = not self.collected.can_be_graded
        if self.failed:
            return
        if self.hand is not None and self.collected.words != self.read:
            self.look_again = True
        self.graded, self.graded_dated = self.collected, self.dated
        self.mended = mended

    def mark(self, points: float, comment: str) -> None:
        """A person gives points for the answer in words."""
        assert self.graded is not None
        self.hand, self.comment, self.read = points, comment, self.graded.words
        self.look_again = False

    @property
    def waits(self) -> bool:
        """Whether a person has something to read."""
        return bool(self.graded and self.graded.words and self.hand is None)

    @property
    def checks(self) -> float:
        """The points of the checks."""
        assert self.graded is not None
        return self.graded.points(mended=self.mended)

    @property
    def late(self) -> timedelta:
        """After the due date of this student."""
        if self.graded is None or not self.graded_dated:
            return timedelta(0)
        late = timedelta(hours=self.graded.hours) - self.extension * DAY
        return max(late, timedelta(0))

    @property
    def penalty(self) -> float:
        days = math.ceil((self.late - GRACE) / DAY) if self.late > GRACE else 0
        return min(days * PER_DAY, AT_MOST) / 100 * (self.checks + (self.hand or 0.0))

    @property
    def total(self) -> float:
        return max(0.0, self.checks + (self.hand or 0.0) - self.penalty)

    @property
    def state(self) -> str:
        if self.graded is None:
            return "missing" if self.collected is None else "not graded"
        return "open" if self.waits or self.look_again else "marked"

    @property
    def is_newer(self) -> bool:
        return self.graded is not None and (
            self.graded != self.collected or self.graded_dated != self.dated
        )

    @property
    def called_late(self) -> bool:
        """Canvas writes LATE, and nobody knows the time."""
        known = self.dated if self.graded is None else self.graded_dated
        return bool(self.collected and self.collected.hours > 0 and not known)

    @property
    def content(self) -> tuple[object, ...]:
        """What a feedback page says."""
        return (
            self.graded, self.checks, self.hand, self.comment, self.look_again, self.penalty,
            self.late,
        )  # fmt: skip

    @property
    def feedback(self) -> str:
        if self.graded is None:
            return ""
        if self.page is None:
            return "none"
        return "current" if self.page == self.content else "older than the marks"

    def send_feedback(self) -> bool:
        """A page is written if it is not current; whether it was."""
        fresh = self.graded is not None and self.feedback != "current"
        if fresh:
            self.page = self.content
        return fresh

    def export(self) -> None:
        if self.graded is not None:
            self.sent = self.total

    @property
    def open(self) -> bool:
        """Whether the mark is not final."""
        return self.state in ("not graded", "open") or self.is_newer or self.called_late

    def row(self, question: str) -> Mapping[str, str | float]:
        """What the table of `autograder class --csv` must say."""
        graded = self.graded is not None
        late = "time not known" if self.called_late else in_words(self.late)
        return {
            "state": self.state,
            "late": late,
            "to mark": question if self.waits else "",
            "to look at again": question if self.look_again else "",
            "newer than its marks": "yes" if self.is_newer else "",
            "feedback": self.feedback,
            "total": self.total if graded else "",
            "exported": "" if self.sent is None else self.sent,
            "problem": "yes" if self.failed else "",
        }


def in_words(late: timedelta) -> str:
    """``1 day 2 hours``."""
    minutes = round(late.total_seconds() / 60)
    parts = (minutes // 1440, "day"), (minutes % 1440 // 60, "hour"), (minutes % 60, "minute")
    said = [f"{n} {unit}{'' if n == 1 else 's'}" for n, unit in parts if n]
    return " ".join(said[:2])
