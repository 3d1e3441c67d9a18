"""What a class has been given so far: the gradebook of an assignment, and the graded notebooks."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from autograder import folders
from autograder.cells import SCHEME_BEGIN, SCHEME_END, as_check
from autograder.checking.verdict import Problem, Verdict
from autograder.exercises import REGISTRY
from autograder.grading import late
from autograder.grading.assignment import Source, sources_of
from autograder.grading.database import Database
from autograder.grading.marks import NO_RESPONSE
from autograder.grading.submission import SourceCell
from autograder.grading.words import answer_to_task, place_of, released_texts, text_of

_SCHEME = re.compile(f"{re.escape(SCHEME_BEGIN)}(.*?){re.escape(SCHEME_END)}", re.DOTALL)

# In the judge's record: the digest of the assignment.
_GRADED_BY = re.compile(rb'"assignment": "[0-9a-f]{64}"')


@dataclass(frozen=True)
class CellMark:
    """What the gradebook holds of one graded cell.

    Attributes:
        auto: points that the judge gave; None if it gives none.
        manual: points that a person gave; they count instead.
        extra: points that a person gave besides.
        to_look: nbgrader's ``needs_manual_grade``.
    """

    auto: float | None
    manual: float | None
    extra: float
    to_look: bool
    max_points: float

    @property
    def points(self) -> float | None:
        """Points in all; None as long as nobody gave any."""
        given = self.auto if self.manual is None else self.manual
        return None if given is None else given + self.extra


@dataclass
class MarkedNotebook:
    """What the gradebook holds of one student's notebook, by grade_id.

    Attributes:
        comments: that people wrote.
        notes: that the judge wrote, other than that there is no answer.
    """

    penalty: float = 0.0
    marks: dict[str, CellMark] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)


@dataclass
class MarkedSubmission:
    """What the gradebook holds of one student's submission."""

    handed_in: datetime | None
    seconds_late: float
    notebooks: dict[str, MarkedNotebook]


@dataclass(frozen=True)
class Student:
    """A student as the gradebook knows them; a field that nobody entered is empty."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.id


@dataclass(frozen=True)
class GradedNotebook:
    """A notebook in ``autograded/``: its cells, and what the judge noted about it."""

    cells: Sequence[Mapping[str, Any]]
    record: Mapping[str, Any]
    folder: Path

    def verdict(self, grade_id: str) -> Verdict | None:
        """The verdict on a check, as its student may read it."""
        stored = self.record.get("verdicts", {}).get(grade_id)
        if stored is None:
            return None
        problem = stored["problem"]
        if problem is not None:
            evidence = tuple((label, text) for label, text in problem["evidence"])
            problem = Problem(**{**problem, "evidence": evidence})
        groups = tuple((name, earned, possible) for name, earned, possible in stored["groups"])
        return Verdict(**{**stored, "groups": groups, "problem": problem})

    def place(self, grade_id: str) -> int | None:
        """Where a cell of nbgrader's is."""
        return place_of(self.cells, grade_id)

    def answer_in_words(self, question: Graded) -> str:
        """What a student wrote to a question: its own cell, or those around it."""
        if question.is_task:
            return answer_to_task(self.cells, question.grade_id, question.given)
        start = self.place(question.grade_id)
        text = "" if start is None else text_of(self.cells[start])
        return "" if text.rstrip() == question.released.rstrip() else text


@dataclass(frozen=True)
class Graded:
    """A cell that earns points: a check, an assistant's own test, or a question in words.

    Attributes:
        notebook: its name.
        title: what people call it: ``momentum_step``, ``explain momentum``.
        released: its text as it was handed out.
        secret: whether it holds tests that are not handed out.
        rubric: how it is marked; empty if its author did not say.
        heading: of the section in which the course explains it.
        given: the texts of all cells of the notebook as they were handed out.
    """

    notebook: str
    grade_id: str
    title: str
    max_points: float
    exercise_id: str
    by_hand: bool
    is_task: bool
    released: str
    secret: bool
    rubric: str
    heading: str
    given: frozenset[str] = field(repr=False)

    @property
    def explanation(self) -> str:
        """Where the course explains it, such as ``03_momentum, “The heavy ball”``."""
        return f"{self.notebook}, “{self.heading}”" if self.heading else self.notebook


class NothingGraded(ValueError):  # noqa: N818 - it says why
    """There are no marks of an assignment yet."""


class MarkedClass:
    """The marks of one assignment, as they are in the gradebook now.

    Late penalties are brought up to date in the gradebook first.

    Raises:
        FileNotFoundError: if there is no such assignment.
        NothingGraded: if nothing of the assignment has been graded.
        ValueError: if the late penalties cannot be computed.
    """

    def __init__(self, root: Path, name: str) -> None:
        self.root, self.name = root, name
        self._autograded = folders.directory(root, "autograded")
        self.feedback = folders.directory(root, "feedback")
        self.sources = sources_of(root, name)
        self.database = Database.of(root)
        self.due: datetime | None = None
        self.late_policy = ""  # in words
        self.penalty_changes: list[late.PenaltyChange] = []
        self.students: dict[str, Student] = {}
        self.submissions: dict[str, MarkedSubmission] = {}
        if missing := self.database.new_file:
            raise NothingGraded(f"there is no gradebook {missing}: grade first")
        self._read()

    @cached_property
    def graded(self) -> list[Graded]:
        """Every cell that earns points, in the order of the notebooks."""
        return [
            cell for name, source in self.sources.items() for cell in graded_cells(name, source)
        ]

    def graded_in(self, notebook: str) -> list[Graded]:
        return [cell for cell in self.graded if cell.notebook == notebook]

    @cached_property
    def questions(self) -> dict[str, str]:
        """Notebook → what changes with the texts and points of the cells that earn points."""
        asked = {
            name: [(c.grade_id, c.max_points, c.released) for c in self.graded_in(name)]
            for name in self.sources
        }
        return {n: hashlib.sha256(repr(cells).encode()).hexdigest() for n, cells in asked.items()}

    def path(self, student: str, notebook: str) -> Path:
        """Where a graded notebook is."""
        return self._autograded / student / self.name / f"{notebook}.ipynb"

    def load(self, student: str, notebook: str) -> GradedNotebook | None:
        """A graded notebook; None if there is none, as for one that was not handed in.

        Raises:
            ValueError: if it is damaged.
        """
        path = self.path(student, notebook)
        try:
            data = json.loads(path.read_bytes())
            return GradedNotebook(
                data["cells"], data["metadata"].get("autograder", {}), path.parent
            )
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError, AttributeError):
            raise ValueError(
                f"{path} is damaged: delete it, and autograder grade {self.name} writes it again"
            ) from None

    def digest(self, student: str, notebook: str) -> str:
        """Changes with what is in the graded notebook; empty if there is none.

        Which version of the assignment graded it does not count: when one exercise is mended, most
        students have the same marks and messages as before.
        """
        try:
            data = self.path(student, notebook).read_bytes()
        except FileNotFoundError:
            return ""
        return hashlib.sha256(_GRADED_BY.sub(b"", data)).hexdigest()

    def handed_in(self) -> list[str]:
        """The students whose submission has been collected."""
        found = folders.directory(self.root, "submitted").glob(f"*/{self.name}")
        return sorted(f.parent.name for f in found if not f.parent.name.startswith("."))

    def _read(self) -> None:
        from nbgrader import api

        with self.database.opened() as gradebook:
            db = gradebook.db
            entered = db.query(api.Assignment).filter(api.Assignment.name == self.name).first()
            if entered is None:
                raise NothingGraded(
                    f"nothing of {self.name} is graded yet: autograder grade it first"
                )
            self.due = entered.duedate
            penalties = late.of_course(self.root)
            self.late_policy = penalties.policy.words
            self.penalty_changes = penalties.bring_up_to_date(db, entered)
            for s in db.query(api.Student):
                self.students[s.id] = Student(
                    s.id,
                    *(value or "" for value in (s.first_name, s.last_name, s.email, s.lms_user_id)),
                )
            for submission in entered.submissions:
                self.submissions[submission.student_id] = MarkedSubmission(
                    submission.timestamp, penalties.seconds_late(submission), {}
                )
            self._read_notebooks(api, db)

    def _read_notebooks(self, api: Any, db: Any) -> None:
        of_this = api.Assignment.name == self.name
        cells = {
            cell.id: float(cell.max_score)
            for kind in (api.GradeCell, api.TaskCell)
            for cell in db.query(kind).join(api.Notebook).join(api.Assignment).filter(of_this)
        }
        by_id: dict[str, MarkedNotebook] = {}
        rows = (
            db.query(
                api.SubmittedNotebook.id,
                api.SubmittedAssignment.student_id,
                api.Notebook.name,
                api.SubmittedNotebook.late_submission_penalty,
            )
            .join(api.Notebook, api.Notebook.id == api.SubmittedNotebook.notebook_id)
            .join(
                api.SubmittedAssignment,
                api.SubmittedAssignment.id == api.SubmittedNotebook.assignment_id,
            )
            .join(api.Assignment, api.Assignment.id == api.SubmittedAssignment.assignment_id)
            .filter(of_this)
        )
        for key, student, notebook, penalty in rows:
            by_id[key] = MarkedNotebook(float(penalty or 0.0))
            self.submissions[student].notebooks[notebook] = by_id[key]
        grades = (
            db.query(
                api.Grade.notebook_id,
                api.Grade.cell_id,
                api.BaseCell.name,
                api.Grade.auto_score,
                api.Grade.manual_score,
                api.Grade.extra_credit,
                api.Grade.needs_manual_grade,
            )
            .join(api.BaseCell, api.BaseCell.id == api.Grade.cell_id)
            .filter(api.Grade.cell_id.in_(list(cells)))
        )
        for key, cell, name, auto, manual, extra, to_look in grades:
            if key in by_id:
                by_id[key].marks[name] = CellMark(auto, manual, extra or 0.0, to_look, cells[cell])
        comments = (
            db.query(
                api.Comment.notebook_id,
                api.BaseCell.name,
                api.Comment.manual_comment,
                api.Comment.auto_comment,
            )
            .join(api.BaseCell, api.BaseCell.id == api.Comment.cell_id)
            .join(api.Notebook, api.Notebook.id == api.BaseCell.notebook_id)
            .join(api.Assignment, api.Assignment.id == api.Notebook.assignment_id)
            .filter(of_this)
        )
        for key, name, comment, note in comments:
            if key in by_id and (comment or "").strip():
                by_id[key].comments[name] = comment
            if key in by_id and (note := (note or "").removeprefix(NO_RESPONSE).strip()):
                by_id[key].notes[name] = note


def graded_cells(notebook: str, source: Source) -> list[Graded]:
    """Every cell of a notebook that earns points, in order."""
    found = []
    heading = ""
    given = released_texts(source)
    for cell in source.cells:
        if cell.cell_type == "markdown" and not cell.nbgrader:
            titles = re.findall(r"^#{1,4}\s+(.+)$", cell.source, re.MULTILINE)
            heading = titles[-1].strip() if titles else heading
        metadata = cell.nbgrader or {}
        is_task = bool(metadata.get("task"))
        if cell.graded or is_task:
            found.append(_one(notebook, cell, heading, given, is_task=is_task))
    return found


def _one(
    notebook: str, cell: SourceCell, heading: str, given: frozenset[str], *, is_task: bool
) -> Graded:
    check = as_check(cell.source) if cell.cell_type == "code" and not cell.solution else None
    known = check is not None and check.exercise_id in REGISTRY
    exercise_id = check.exercise_id if check and known else ""
    scheme = _SCHEME.search(cell.source)
    return Graded(
        notebook,
        cell.grade_id,
        exercise_id or cell.grade_id.replace("_", " "),
        float((cell.nbgrader or {})["points"]),
        exercise_id,
        by_hand=is_task or cell.solution or cell.cell_type != "code",
        is_task=is_task,
        released=cell.released,
        secret=cell.source.rstrip() != cell.released.rstrip(),
        rubric=scheme[1].strip() if scheme else "",
        heading=heading,
        given=given,
    )
