"""Submissions that could not be graded, and why; what held up one run holds up no later one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from autograder.grading.assignment import PRIVATE, Assignment
from autograder.grading.judge import Graded
from autograder.grading.submission import Submission

AGAIN = "It is tried again when it changes, with --force, or with another --limit {}=…"


class GivenUp:
    """A note for each submission that could not be graded.

    If it exceeded a limit of the grader itself, it is not tried again as long as the submission,
    the assignment and that limit are the same.
    """

    def __init__(self, class_folder: Path, assignment: Assignment) -> None:
        self._assignment = assignment
        self._path = _path(class_folder, assignment.name)
        self._notes = _notes(self._path)

    def problem(self, submission: Submission) -> str:
        """Why it is not to be tried again; "" if it is."""
        note = self._notes.get(submission.student)
        if not isinstance(note, Mapping) or not note.get("limit"):
            return ""
        if note.get("of") == self._of(submission, note["limit"]):
            return f"{note['problem']} {AGAIN.format(note['limit'])}"
        return ""

    def note(self, submission: Submission, graded: Graded) -> None:
        """Remember what a run has found, whether it was given up or not."""
        limit = min(graded.hit) if graded.problem and graded.hit else ""
        note = {"of": self._of(submission, limit), "limit": limit, "problem": graded.problem}
        if limit:
            note["problem"] = f"{graded.problem}."
        self._keep(submission.student, note if graded.problem else None)

    def note_unreadable(self, student: str, problem: str) -> None:
        """Remember why a submission could not even be read."""
        self._keep(student, {"of": [], "limit": "", "problem": problem})

    def _keep(self, student: str, note: dict[str, Any] | None) -> None:
        before = self._notes.pop(student, None)
        if note:
            self._notes[student] = note
        if note != before:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            new = self._path.with_suffix(".new")
            new.write_text(json.dumps(self._notes), "utf-8")
            new.replace(self._path)

    def _of(self, submission: Submission, limit: Any) -> list[Any]:
        limits = asdict(self._assignment.limits)
        return [submission.digest, self._assignment.digest, limits.get(limit)]


def reasons(class_folder: Path, name: str, digest: Callable[[str], str]) -> dict[str, str]:
    """Why submissions of an assignment cannot be graded, by student.

    Args:
        digest: of the submission that a student has handed in now; empty if it cannot be read.
            A note about another one is of the past.
    """
    found = {}
    for student, note in _notes(_path(class_folder, name)).items():
        if isinstance(note, Mapping):
            of = note.get("of") or [""]
            if of[0] == digest(student):
                found[student] = str(note.get("problem", ""))
    return found


def _path(class_folder: Path, name: str) -> Path:
    return class_folder / PRIVATE / "given-up" / f"{name}.json"


def _notes(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return {}  # then each is tried once more
