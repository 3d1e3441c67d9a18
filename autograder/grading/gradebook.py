"""The gradebook of a class: it gets what stock ``nbgrader autograde`` would write, but faster.

nbgrader connects for each step of each submission, and commits each step. Here one process has one
connection, and a submission is one transaction: it is in the gradebook, or it is not.
"""

from __future__ import annotations

import re
import shutil
import warnings
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from dateutil import tz  # type: ignore[import-untyped]
from dateutil.parser import UnknownTimezoneWarning, parse  # type: ignore[import-untyped]
from nbgrader import api, utils
from sqlalchemy.orm import scoped_session, sessionmaker, with_polymorphic

from autograder import folders
from autograder.grading import late
from autograder.grading.assignment import PRIVATE, Assignment, source_folder
from autograder.grading.database import Database
from autograder.grading.late import LatePolicyError
from autograder.grading.marks import (
    Grade,
    GradebookEntry,
    Mark,
    NotWritten,
    look_again,
    write_comment,
    write_mark,
)

AUTOTESTS = ("autotest_filename", "autotests.yml")  # nbgrader's setting, and its default
MOST_OF_A_DATE = 100  # characters that are read as a date

_ZONE = re.compile(r"[A-Za-z]+(/[\w+-]+)*|(UTC|GMT)[+-]\d+")


class ClassGradebook:
    """The gradebook of one assignment; the assignment is entered if it is not there yet.

    Raises:
        RuntimeError: if nbgrader cannot enter the assignment, or the database cannot be used.
    """

    def __init__(self, class_folder: Path, assignment: Assignment) -> None:
        self._assignment = assignment
        self._penalties = late.of_course(class_folder)
        self._database = Database.of(class_folder)
        if self._database.new_file:
            _enter(self._database, assignment.name)
        with ExitStack() as stack:
            self._gradebook = stack.enter_context(self._database.opened())
            entered = self._is_entered()
            self._gradebook.db.rollback()  # reading also begins a transaction
            if not entered:
                _enter(self._database, assignment.name)
            self._open = stack.pop_all()

    def __enter__(self) -> ClassGradebook:
        return self

    def __exit__(self, *exception: object) -> None:
        self._open.close()

    def stored(self) -> dict[str, dict[tuple[str, str], Grade]]:
        """Every grade of the assignment: student → (notebook, grade_id) → grade."""
        db = self._gradebook.db
        rows = (
            db.query(
                api.SubmittedAssignment.student_id,
                api.Notebook.name,
                api.BaseCell.name,
                api.Grade.auto_score,
                api.Grade.manual_score,
                api.Grade.needs_manual_grade,
            )
            .select_from(api.Grade)
            .join(api.BaseCell, api.BaseCell.id == api.Grade.cell_id)
            .join(api.SubmittedNotebook, api.SubmittedNotebook.id == api.Grade.notebook_id)
            .join(api.Notebook, api.Notebook.id == api.SubmittedNotebook.notebook_id)
            .join(
                api.SubmittedAssignment,
                api.SubmittedAssignment.id == api.SubmittedNotebook.assignment_id,
            )
            .join(api.Assignment, api.Assignment.id == api.SubmittedAssignment.assignment_id)
            .filter(api.Assignment.name == self._assignment.name)
        )
        grades: dict[str, dict[tuple[str, str], Grade]] = {}
        with self._database.in_words():
            for student, notebook, cell, *grade in rows:
                grades.setdefault(student, {})[notebook, cell] = Grade(*grade)
            db.rollback()
        return grades

    def write(self, work: GradebookEntry) -> float:
        """Write one submission, all of it or nothing, and say how many seconds it was late.

        Raises:
            NotWritten: if this submission cannot be entered.
            RuntimeError: if the database cannot be written.
        """
        with self._database.in_words(), self._transaction() as gradebook:
            _known = self._cells(gradebook.db)  # kept, so that they are not read again, row by row
            gradebook.update_or_create_student(work.student)
            moment = date(work.handed_in)
            noted = {"timestamp": moment} if moment else {}
            submission = gradebook.update_or_create_submission(
                self._assignment.name, work.student, **noted
            )
            for notebook in submission.notebooks:
                if notebook.name in work.marks:
                    marks = work.marks[notebook.name]
                    _write_marks(notebook, marks, work.new_answers.get(notebook.name, ()))
                    for comment in notebook.comments:
                        write_comment(
                            comment,
                            unanswered=comment.name in work.unanswered[notebook.name],
                            notes=work.notes.get(notebook.name, ()),
                        )
                    self._penalise(submission, notebook)
                else:
                    _write_missing(notebook)
            return self._penalties.seconds_late(submission)

    def look_again(self, student: str, new_answers: Mapping[str, Collection[str]]) -> None:
        """Ask for another look at points that a person gave for an earlier answer.

        This comes before the new answers are put in their place: a run that is killed between may
        ask for a look too many, and never for one too few.

        Raises:
            RuntimeError: if the database cannot be written.
        """
        with self._database.in_words(), self._transaction() as gradebook:
            try:
                submission = gradebook.find_submission(self._assignment.name, student)
            except api.MissingEntry:
                return
            for notebook in submission.notebooks:
                for grade in notebook.grades:
                    if grade.name in new_answers.get(notebook.name, ()):
                        look_again(grade)

    def _cells(self, db: Any) -> list[Any]:
        """All cells of the assignment, and with them its notebooks."""
        return list(
            db.query(with_polymorphic(api.BaseCell, "*"))
            .join(api.Notebook, api.Notebook.id == api.BaseCell.notebook_id)
            .join(api.Assignment, api.Assignment.id == api.Notebook.assignment_id)
            .filter(api.Assignment.name == self._assignment.name)
        )

    @contextmanager
    def _transaction(self) -> Iterator[Any]:
        """nbgrader's gradebook, with a single commit at the end."""
        gradebook = self._gradebook
        each_step = gradebook.db
        with gradebook.engine.begin() as connection:
            self._database.take_turn(connection)
            gradebook.db = scoped_session(
                sessionmaker(
                    bind=connection,
                    join_transaction_mode="rollback_only",
                    autoflush=False,
                    expire_on_commit=False,
                )
            )
            try:
                yield gradebook
                gradebook.db.commit()
            finally:
                gradebook.db.remove()
                gradebook.db = each_step

    def _penalise(self, submission: Any, notebook: Any) -> None:
        """The late penalty, as the course configures it."""
        if self._penalties.seconds_late(submission):
            db = self._gradebook.db  # the score is a sum over the rows, and may be an old one
            db.flush()
            db.refresh(notebook, ["score"])
        try:
            self._penalties.penalise(submission, notebook)
        except LatePolicyError as error:
            raise NotWritten(str(error)) from error

    def _is_entered(self) -> bool:
        """Whether the gradebook has the source's graded cells and no others."""
        try:
            entered = self._gradebook.find_assignment(self._assignment.name).notebooks
        except api.MissingEntry:
            return False
        return {
            notebook.name: {
                **{cell.name: float(cell.max_score) for cell in notebook.grade_cells},
                **{cell.name: float(cell.max_score) for cell in notebook.task_cells},
                **{f"{cell.name} (solution)": 0.0 for cell in notebook.solution_cells},
            }
            for notebook in entered
        } == {name: _cells(source.cells) for name, source in self._assignment.notebooks.items()}


def date(text: str) -> Any:
    """The moment that a text says, in UTC; None if it says none, or in a zone that is not known.

    nbgrader takes ``15:00 CEST`` for 15:00 UTC, ``3:00 pm`` for 3:00, and ``+0200`` for seconds.
    """
    when, _, word = text.rpartition(" ")
    try:
        if not 0 < len(text) <= MOST_OF_A_DATE:
            return None
        zone = tz.gettz(word) if when and _ZONE.fullmatch(word) else None
        with warnings.catch_warnings():
            warnings.simplefilter("error", UnknownTimezoneWarning)
            moment = parse(when).replace(tzinfo=zone) if zone else parse(text)
        return utils.parse_utc(moment)
    except (ValueError, OverflowError, UnknownTimezoneWarning):
        return None


def _cells(source: Any) -> dict[str, float]:
    """The cells of a source that a gradebook has a row for, with their points."""
    cells = {}
    for cell in source:
        metadata = cell.nbgrader or {}
        if metadata.get("grade") or metadata.get("task"):
            cells[metadata["grade_id"]] = float(metadata["points"])
        if metadata.get("solution"):
            cells[f"{metadata['grade_id']} (solution)"] = 0.0
    return cells


def _write_marks(notebook: Any, marks: Mapping[str, Mark], new_answers: Collection[str]) -> None:
    for grade in notebook.grades:
        if mark := marks.get(grade.name):
            write_mark(grade, mark)
        elif grade.name in new_answers:
            look_again(grade)


def _write_missing(notebook: Any) -> None:
    """A notebook that was not handed in gets 0 points, and nobody needs to look at it."""
    for grade in notebook.grades:
        grade.auto_score, grade.needs_manual_grade = 0.0, False


def entered_sources(
    class_folder: Path, name: str, wanted: Mapping[str, Collection[str]]
) -> dict[str, dict[str, str]]:
    """The text of cells as they were when nbgrader released them, with the hidden tests.

    Args:
        class_folder: folder in nbgrader's layout.
        name: of the assignment. If the gradebook does not have these cells, it is entered now.
        wanted: notebook → the grade_id of its cells.

    Raises:
        RuntimeError: if nbgrader cannot enter the assignment, or the database cannot be used.
    """
    database = Database.of(class_folder)
    for again in (False, True):
        if again or database.new_file:
            _enter(database, name)
        with database.opened() as gradebook:
            rows = (
                gradebook.db.query(api.Notebook.name, api.SourceCell.name, api.SourceCell.source)
                .join(api.Notebook, api.Notebook.id == api.SourceCell.notebook_id)
                .join(api.Assignment, api.Assignment.id == api.Notebook.assignment_id)
                .filter(api.Assignment.name == name)
            )
            found: dict[str, dict[str, str]] = {notebook: {} for notebook in wanted}
            for notebook, cell, source in rows:
                if cell in wanted.get(notebook, ()):
                    found[notebook][cell] = source
        if all(set(cells) == set(found[notebook]) for notebook, cells in wanted.items()):
            return found
    raise RuntimeError(
        f"nbgrader did not make the tests of {name}: release it, and see what it says"
    )


def _enter(database: Database, name: str) -> None:
    """Enter an assignment as ``nbgrader generate_assignment`` does, but leave ``course/`` alone.

    A new database file gets its name only when it is complete: nbgrader could not continue with
    half of one.
    """
    with database.in_words(), database.alone():
        commands = folders.nbgrader(database.folder)
        workshop = database.folder / PRIVATE / "entering"
        shutil.rmtree(workshop, ignore_errors=True)
        source = source_folder(database.folder, name)
        there = workshop / commands.coursedir.source_directory / name
        shutil.copytree(source, there)
        templates = database.folder / commands.config.InstantiateTests.get(*AUTOTESTS)
        if templates.is_file() and not (there / templates.name).exists():
            shutil.copy(templates, there)
        commands.coursedir.root = str(workshop)
        if file := database.new_file:
            unfinished = file.with_name(f"{file.name}.new")
            unfinished.unlink(missing_ok=True)
            commands.coursedir.db_url = f"sqlite:///{unfinished.as_posix()}"
        answer = commands.generate_assignment(name)
        shutil.rmtree(workshop)
        if not answer["success"]:
            why = folders.reason(answer)
            helps = database.advice(why, unreachable="OperationalError" in why)
            raise RuntimeError(
                f"nbgrader could not enter {name} in the gradebook: {why} {helps}".rstrip()
            )
        if file:
            unfinished.rename(file)
