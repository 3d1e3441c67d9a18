"""What lateness costs: one policy, computed from all points, those given by hand among them.

nbgrader takes a percentage when it grades, before anybody has marked by hand, and keeps it when the
due date changes. Here it is a function of what the gradebook holds, and is brought up to date
whenever marks are read.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from traitlets import Dict, Float, TraitError
from traitlets.config import Config, Configurable

from autograder import folders

DAY = timedelta(days=1).total_seconds()
SAME = 1e-9  # points that differ by less are the same


class LatePolicyError(ValueError):
    """The configuration of late penalties cannot be used."""


class LatePolicy(Configurable):
    """So many per cent of the points for each day begun after the due date."""

    grace_minutes = Float(0.0, min=0.0, help="after the due date that cost nothing").tag(
        config=True
    )
    percent_per_day = Float(
        0.0, min=0.0, max=100.0, help="of the points earned, for each day begun; 0: no penalty"
    ).tag(config=True)
    at_most_percent = Float(100.0, min=0.0, max=100.0, help="of the points earned").tag(config=True)
    extensions = Dict(
        help="days by student, or by student and assignment: {'ada': 2, 'bo': {'03_momentum': 7}}"
    ).tag(config=True)

    def extension(self, student: str, assignment: str) -> float:
        """The seconds by which this student's due date is later."""
        days = self.extensions.get(student, 0)
        if isinstance(days, dict):
            days = days.get(assignment, 0)
        if not isinstance(days, int | float) or not 0 <= days < math.inf:
            raise LatePolicyError(
                f"LatePolicy.extensions: {student!r} has no number of days: {days!r}"
            )
        return float(days) * DAY

    def share(self, seconds_late: float) -> float:
        """The share of the points that so many seconds cost."""
        counted = seconds_late - 60 * self.grace_minutes
        days = math.ceil(counted / DAY) if counted > 0 else 0
        return min(days * self.percent_per_day, self.at_most_percent) / 100

    @property
    def words(self) -> str:
        """The policy as a student reads it; empty if lateness costs nothing."""
        if not self.percent_per_day:
            return ""
        said = f"Each day begun costs {self.percent_per_day:g} % of the points"
        if self.at_most_percent < 100:
            said += f", at most {self.at_most_percent:g} %"
        if self.grace_minutes:
            said += f"; the first {self.grace_minutes:g} minutes cost nothing"
        return f"{said}."


@dataclass(frozen=True)
class PenaltyChange:
    """A penalty that is not what it was."""

    student: str
    before: float
    after: float


class Penalties:
    """Late penalties as a course configures them.

    nbgrader's plugin (``c.AssignLatePenalties.plugin_class``) is asked first. Where it assigns
    nothing, as nbgrader's own does by default, ``c.LatePolicy`` decides.

    Raises:
        LatePolicyError: if the configuration cannot be used.
    """

    def __init__(self, config: Config, folder: Path | None) -> None:
        from nbgrader.preprocessors import AssignLatePenalties

        with _importable(folder):
            try:
                self.policy = LatePolicy(config=config)
                self._assign = AssignLatePenalties(config=config)
                self._assign.init_plugin()
            except (TraitError, ImportError) as error:
                raise LatePolicyError(f"the late penalties cannot be used: {error}") from error

    def seconds_late(self, submission: Any) -> float:
        """How late a submission of nbgrader's is: after the later of two extended due dates.

        One extension may be in the gradebook (nbgrader's ``grant_extension``), one in the policy.
        """
        late = float(submission.total_seconds_late)
        extension = self.policy.extension(submission.student_id, submission.assignment.name)
        if not late or not extension:
            return late
        due = submission.assignment.duedate
        return max(0.0, min(late, float((submission.timestamp - due).total_seconds()) - extension))

    def penalise(self, submission: Any, notebook: Any, score: float | None = None) -> None:
        """Enter the penalty of a notebook of nbgrader's.

        Args:
            score: the notebook's points; None: those in the database.

        Raises:
            LatePolicyError: if the course's own plugin fails.
        """
        late = self.seconds_late(submission)
        wanted = None
        if late:
            score = float(notebook.score if score is None else score)
            wanted = self._penalty(submission.student_id, score, late)
        before = notebook.late_submission_penalty
        if (before is None) != (wanted is None) or abs((before or 0.0) - (wanted or 0.0)) > SAME:
            notebook.late_submission_penalty = wanted

    def _penalty(self, student: str, score: float, late: float) -> float | None:
        try:
            of_plugin = self._assign.plugin_inst.late_submission_penalty(student, score, late)
        except Exception as error:  # the course's own plugin
            raise LatePolicyError(
                f"the late penalty fails: {type(error).__name__}: {error}"
            ) from error
        if of_plugin is not None:
            scored = SimpleNamespace(score=score)  # as much of a notebook as nbgrader looks at
            return float(self._assign._check_late_penalty(scored, of_plugin))
        if not self.policy.percent_per_day:
            return None
        return score * self.policy.share(late)

    def bring_up_to_date(self, db: Any, assignment: Any) -> list[PenaltyChange]:
        """Compute every penalty of an assignment of nbgrader's anew; what changed."""
        from nbgrader import api
        from sqlalchemy.orm import selectinload

        changes = []
        scores = _scores(db, assignment)
        submissions = (
            db.query(api.SubmittedAssignment)
            .filter(api.SubmittedAssignment.assignment_id == assignment.id)
            .options(selectinload(api.SubmittedAssignment.notebooks))
        )
        for submission in submissions:
            before = _sum(submission)
            for notebook in submission.notebooks:
                self.penalise(submission, notebook, scores.get(notebook.id, 0.0))
            if abs(_sum(submission) - before) > SAME:
                changes.append(PenaltyChange(submission.student_id, before, _sum(submission)))
        if db.dirty:
            db.commit()
        return sorted(changes, key=lambda change: change.student)


def _scores(db: Any, assignment: Any) -> dict[str, float]:
    """The points of every notebook, by its id in the database; asked one by one, this takes long.

    nbgrader has no index for the grades of a notebook.
    """
    from nbgrader import api
    from sqlalchemy import func

    rows = (
        db.query(api.Grade.notebook_id, func.coalesce(func.sum(api.Grade.score), 0.0))
        .join(api.SubmittedNotebook, api.SubmittedNotebook.id == api.Grade.notebook_id)
        .join(
            api.SubmittedAssignment,
            api.SubmittedAssignment.id == api.SubmittedNotebook.assignment_id,
        )
        .filter(api.SubmittedAssignment.assignment_id == assignment.id)
        .group_by(api.Grade.notebook_id)
    )
    return {notebook: float(score) for notebook, score in rows}


def of_course(class_folder: Path) -> Penalties:
    """The penalties of the course in ``class_folder``.

    Raises:
        LatePolicyError: if the configuration cannot be used.
    """
    return Penalties(
        folders.configuration(class_folder), folders.configuration_folder(class_folder)
    )


def _sum(submission: Any) -> float:
    return sum(notebook.late_submission_penalty or 0.0 for notebook in submission.notebooks)


@contextmanager
def _importable(folder: Path | None) -> Iterator[None]:
    """A plugin may be in a file beside ``nbgrader_config.py``: there nbgrader finds it, too."""
    path = str(folder) if folder else ""
    if not path or path in sys.path:
        yield
        return
    sys.path.append(path)
    try:
        yield
    finally:
        sys.path.remove(path)
