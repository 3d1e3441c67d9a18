"""Submissions on which the grader has given up: they hold up one run, and no later one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from autograder.grading.assignment import PRIVATE, Assignment
from autograder.grading.judge import Graded
from autograder.grading.submission import Submission

AGAIN = "It is tried again when it changes, with --force, or with another --limit {}=…"


class GivenUp:
    """A note for each submission that exceeded a limit of the grader itself.

    It counts as long as the submission, the assignment and that limit are the same.
    """

    def __init__(self, class_folder: Path, assignment: Assignment) -> None:
        self._assignment = assignment
        self._path = class_folder / PRIVATE / "given-up" / f"{assignment.name}.json"
        try:
            self._notes: dict[str, Any] = dict(json.loads(self._path.read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            self._notes = {}  # then each is tried once more

    def problem(self, submission: Submission) -> str:
        """Why it is not to be tried again; "" if it is."""
        note = self._notes.get(submission.student)
        if isinstance(note, Mapping) and note.get("of") == self._of(submission, note.get("limit")):
            return f"{note['problem']} {AGAIN.format(note['limit'])}"
        return ""

    def note(self, submission: Submission, graded: Graded) -> None:
        """Remember what a run has found, whether it was given up or not."""
        before = self._notes.pop(submission.student, None)
        if graded.problem and graded.hit:
            limit = min(graded.hit)
            of = self._of(submission, limit)
            problem = f"{graded.problem}."
            self._notes[submission.student] = {"of": of, "limit": limit, "problem": problem}
        if self._notes.get(submission.student) != before:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            new = self._path.with_suffix(".new")
            new.write_text(json.dumps(self._notes), "utf-8")
            new.replace(self._path)

    def _of(self, submission: Submission, limit: Any) -> list[Any]:
        limits = asdict(self._assignment.limits)
        return [submission.digest, self._assignment.digest, limits.get(limit)]
