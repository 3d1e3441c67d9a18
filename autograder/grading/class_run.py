"""Grade an assignment of a class, and continue a run that was stopped.

Results go to ``autograded/STUDENT/ASSIGNMENT`` first and then to the gradebook, each whole or not
at all. A submission that has such a folder is never run again: the judge has noted in the notebook
what it graded and the marks. If they are missing in the gradebook, they are copied from there.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from autograder import faults, folders
from autograder.grading import assignment as assignments
from autograder.grading.assignment import PRIVATE, Assignment
from autograder.grading.collected import Collected, handed_in_at
from autograder.grading.given_up import GivenUp
from autograder.grading.graded_folder import Folder, Records
from autograder.grading.judge import Graded
from autograder.grading.lazy_nbgrader import collector_paused
from autograder.grading.marks import Grade, GradebookEntry, Mark, Marks, NotWritten
from autograder.grading.submission import Submission, Unreadable
from autograder.grading.words import task_answers
from autograder.grading.workers import Workers, processors
from autograder.sandbox import Limits

if TYPE_CHECKING:
    from autograder.grading.gradebook import ClassGradebook


@dataclass(frozen=True)
class Change:
    """A mark that is not what it was; None: there was none, or there is none."""

    title: str
    before: float | None
    after: float | None


@dataclass(frozen=True)
class Result:
    """The result of one submission.

    Attributes:
        points: earned by its checks; None if it could not be graded.
        max_points: of the checks, without what a person marks.
        by_hand: how many cells a person has to mark.
        seconds_late: after the due date; 0 for a submission that was graded by an earlier run.
        problem: why it could not be graded.
        notes: for the teacher.
        fresh: graded by this run, not by an earlier one.
        hit: the limits that ended something: name → value.
        seconds: how long grading took; 0 for a submission that was graded by an earlier run.
        changes: the marks of the judge that are not what they were before this run.
        why: it was graded again; empty if it was graded for the first time.
        ours: whether the problem is the grader's or the machine's, and not the submission's.
    """

    student: str
    assignment: str
    points: float | None = None
    max_points: float = 0.0
    by_hand: int = 0
    seconds_late: float = 0.0
    problem: str = ""
    notes: tuple[str, ...] = ()
    fresh: bool = True
    hit: Mapping[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    changes: Sequence[Change] = ()
    why: str = ""
    ours: bool = False


class Graders(Protocol):
    """What grades: the :class:`Workers` of this machine or those of a cluster."""

    def grade(self, submissions: Iterable[Submission]) -> Iterator[Graded]:
        """Start to grade, and give each result as soon as it is there, in any order."""


def run(
    name: str,
    class_folder: Path,
    *,
    students: Collection[str],
    workers: int | None = None,
    scheduler: str | None = None,
    force: bool = False,
    all_cells: bool = False,
    limits: Limits | None = None,
    unsafe: bool = False,
) -> Iterator[Result]:
    """Grade what ``students`` handed in for ``name``, and give each result when it is stored.

    Args:
        class_folder: folder in nbgrader's layout.
        workers: how many processes; None: one for each processor.
        scheduler: address of a Dask cluster to grade on, in place of workers here.
        force: grade again what is graded already.
        all_cells, limits, unsafe: of :func:`autograder.grading.assignment.load`.

    Raises:
        FileNotFoundError: if there is no such assignment.
        RuntimeError: if the class is being graded already, a part of the system is missing, or
            something cannot be written. What was graded is stored; the same command goes on.
        ValueError: if the source cannot be graded.
    """
    with ExitStack() as stack:
        stack.enter_context(_disk_errors_in_words(class_folder))
        stack.enter_context(_only_one(class_folder, name))
        with collector_paused():
            assignment = assignments.load(
                class_folder, name, limits=limits, all_cells=all_cells, unsafe=unsafe
            )
        ongoing = _Run(class_folder, assignment)
        ongoing.recover()
        todo: list[str] = []
        stored: dict[str, tuple[Records, str]] = {}
        for student in students:
            try:
                submission = ongoing.collected.read(student)
            except Unreadable as problem:
                ongoing.given_up.note_unreadable(student, str(problem))
                yield ongoing.ungraded(student, str(problem))
                continue
            records = ongoing.folder(student).records()
            if not force and ongoing.is_graded(submission, records):
                stored[student] = records, handed_in_at(submission)
            elif not force and (problem_before := ongoing.given_up.problem(submission)):
                yield ongoing.ungraded(student, problem_before)
            else:
                todo.append(student)
        graders = stack.enter_context(_graders(assignment, len(todo), workers, scheduler))
        results = graders.grade(map(ongoing.hand_out, todo))
        # Only now: loading the database's interface takes a while, and the graders work meanwhile.
        with collector_paused():
            from autograder.grading.gradebook import ClassGradebook

        gradebook = stack.enter_context(ClassGradebook(class_folder, assignment))
        in_book = gradebook.stored() if stored else {}
        for student, (records, timestamp) in stored.items():
            grades = in_book.get(student, {})
            yield ongoing.enter(gradebook, student, records, timestamp, grades)
        for graded in results:
            yield ongoing.store(gradebook, graded)


class _Run:
    """The submissions of one assignment, and where their results go."""

    def __init__(self, class_folder: Path, assignment: Assignment) -> None:
        self._assignment = assignment
        self._autograded = folders.directory(class_folder, "autograded")
        self.collected = Collected(class_folder, assignment)
        self.given_up = GivenUp(class_folder, assignment)
        self._handed_out: dict[str, Submission] = {}

    def folder(self, student: str) -> Folder:
        return Folder(self._autograded, student, self._assignment.name)

    def recover(self) -> None:
        """Tidy up after a run that was killed."""
        for leftover in self._autograded.glob(f"*/.{self._assignment.name}.*"):
            self.folder(leftover.parent.name).recover()

    def hand_out(self, student: str) -> Submission:
        """Read a submission for grading; one that has become unreadable is empty."""
        try:
            self._handed_out[student] = self.collected.read(student)
        except Unreadable:
            self._handed_out[student] = Submission(student, {})
        return self._handed_out[student]

    def is_graded(self, submission: Submission, records: Records) -> bool:
        """Whether the records belong to this submission, graded by this assignment.

        Other limits make another mark only for those whom a limit stopped.
        """
        wanted = (submission.digest, self._assignment.digest)
        graded = {
            notebook: (record.get("submission"), record.get("assignment"))
            for notebook, record in records.items()
        }
        return graded == dict.fromkeys(submission.notebooks, wanted) and not any(
            "verdicts" not in record  # of a version that did not keep them: feedback needs them
            or self._assignment.limits.change(
                record["limits"], record["hit"], lost=_has_lost(record["marks"].values())
            )
            for record in records.values()
        )

    def enter(
        self,
        gradebook: ClassGradebook,
        student: str,
        records: Records,
        timestamp: str,
        grades: Mapping[tuple[str, str], Grade],
    ) -> Result:
        """Make sure that the gradebook has the recorded marks."""
        marks = {
            notebook: {grade_id: Mark(**mark) for grade_id, mark in record["marks"].items()}
            for notebook, record in records.items()
        }
        if not all(
            (notebook, grade_id) in grades and grades[notebook, grade_id].agrees(mark)
            for notebook, by_id in marks.items()
            for grade_id, mark in by_id.items()
        ):
            unanswered = {name: frozenset(record["unanswered"]) for name, record in records.items()}
            by_notebook = {name: record["notes"] for name, record in records.items()}
            try:
                gradebook.write(GradebookEntry(student, marks, unanswered, timestamp, by_notebook))
            except NotWritten as problem:
                return Result(student, self._assignment.name, problem=str(problem), ours=True)
        notes = [note for record in records.values() for note in record["notes"]]
        notes += _undated(timestamp)
        hit = {name: r["limits"][name] for r in records.values() for name in r["hit"]}
        return replace(self._result(student, marks, notes, fresh=False), hit=hit)

    def store(self, gradebook: ClassGradebook, graded: Graded) -> Result:
        """Store a result: in its folder, then in the gradebook."""
        submission = self._handed_out.pop(graded.student)
        self.given_up.note(submission, graded)
        result = self._stored(gradebook, submission, graded)
        limits = asdict(self._assignment.limits)
        hit = {name: limits[name] for name in sorted(graded.hit)}
        return replace(result, hit=hit, seconds=graded.seconds)

    def _stored(self, gradebook: ClassGradebook, submission: Submission, graded: Graded) -> Result:
        if graded.problem:
            return self.ungraded(graded.student, graded.problem, ours=graded.ours)
        texts = {name: notebook.text for name, notebook in graded.notebooks.items()}
        folder = self.folder(graded.student)
        before = folder.records()
        new_answers = self._new_answers(folder, texts)
        if before and any(new_answers.values()):
            gradebook.look_again(graded.student, new_answers)
        try:
            folder.write(texts, submission.files)
        except OSError as error:
            if error.errno not in faults.FULL:
                raise
            said = "There is no room on the disk for its result."
            return self.ungraded(graded.student, said, ours=True)
        marks = {name: notebook.marks for name, notebook in graded.notebooks.items()}
        unanswered = {name: notebook.unanswered for name, notebook in graded.notebooks.items()}
        by_notebook = {name: notebook.notes for name, notebook in graded.notebooks.items()}
        timestamp = handed_in_at(submission)
        work = GradebookEntry(
            graded.student, marks, unanswered, timestamp, by_notebook, new_answers
        )
        try:
            late = gradebook.write(work)
        except NotWritten as problem:
            return Result(graded.student, self._assignment.name, problem=str(problem), ours=True)
        notes = [note for found in by_notebook.values() for note in found] + _undated(timestamp)
        result = self._result(graded.student, marks, notes, seconds_late=late)
        return replace(result, changes=_changes(before, marks), why=self._why(submission, before))

    def _new_answers(self, folder: Folder, texts: Mapping[str, str]) -> dict[str, frozenset[str]]:
        """The tasks of each notebook whose answer is not the one that was graded before."""
        found = {}
        for name, text in texts.items():
            source = self._assignment.notebooks[name]
            now = task_answers(json.loads(text)["cells"], source)
            earlier = task_answers(folder.cells(name), source)
            found[name] = frozenset(task for task in now if now[task] != earlier[task])
        return found

    def _why(self, submission: Submission, before: Records) -> str:
        """Why a submission was graded again; empty if it was graded for the first time."""
        if not before:
            return ""
        if any(record.get("submission") != submission.digest for record in before.values()):
            return "handed in again"
        if any(r.get("assignment") != self._assignment.digest for r in before.values()):
            return "the assignment has changed"
        if any(r.get("limits") != asdict(self._assignment.limits) for r in before.values()):
            return "other limits"
        return "graded again"

    def ungraded(self, student: str, problem: str, *, ours: bool = False) -> Result:
        """The result of a submission that cannot be graded."""
        if self.folder(student).path.exists():
            problem += " The marks of the earlier submission are kept."
        return Result(student, self._assignment.name, problem=problem, ours=ours)

    def _result(
        self,
        student: str,
        marks: Marks,
        notes: Iterable[str],
        *,
        seconds_late: float = 0.0,
        fresh: bool = True,
    ) -> Result:
        each = [mark for by_id in marks.values() for mark in by_id.values()]
        return Result(
            student,
            self._assignment.name,
            points=sum(mark.score or 0.0 for mark in each),
            max_points=sum(mark.max_score for mark in each),
            by_hand=sum(mark.needs_manual_grade for mark in each),
            seconds_late=seconds_late,
            notes=tuple(dict.fromkeys(notes)),
            fresh=fresh,
        )


def _changes(before: Records, marks: Marks) -> tuple[Change, ...]:
    """The marks that are not what they were; nothing for a first grading."""
    if not before:
        return ()
    found = []
    for notebook, by_id in marks.items():
        earlier = before.get(notebook, {}).get("marks", {})
        for grade_id, mark in by_id.items():
            old = earlier.get(grade_id, {}).get("score")
            if old != mark.score:
                found.append(Change(grade_id.removeprefix("check_"), old, mark.score))
    return tuple(found)


def _undated(timestamp: str) -> list[str]:
    """What to say of a note of when it was handed in that has no date."""
    from autograder.grading.gradebook import date

    if not timestamp or date(timestamp):
        return []
    said = timestamp if len(timestamp) <= 40 else f"{timestamp[:40]}…"
    return [f"timestamp.txt has no date, but {said!r}: it does not count as late"]


def _has_lost(marks: Iterable[Mapping[str, Any]]) -> bool:
    return any((mark["score"] or 0.0) < mark["max_score"] for mark in marks)


@contextmanager
def _disk_errors_in_words(class_folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if not (helps := faults.advice(error)):
            raise
        raise RuntimeError(
            f"{error.filename or class_folder} cannot be written: {error.strerror}. {helps}, then "
            "run the same command again: it continues from here."
        ) from error


@contextmanager
def _only_one(class_folder: Path, name: str) -> Iterator[None]:
    """One run at a time of an assignment in a course.

    The lock belongs to this process alone, and ends with it. A lock of ``flock`` would also belong
    to its forks.
    """
    path = class_folder / PRIVATE / "grading" / name
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise RuntimeError(
                f"somebody is grading {name} in {class_folder} now: wait until that is done"
            ) from None
        yield


def _graders(
    assignment: Assignment, todo: int, workers: int | None, scheduler: str | None
) -> AbstractContextManager[Graders]:
    if scheduler and todo:
        from autograder.grading.cluster import Cluster

        return Cluster(assignment, scheduler)
    return Workers(assignment, min(workers or processors(), todo))
