"""Grade an assignment of a class, and go on where it was stopped.

Results go to ``autograded/STUDENT/ASSIGNMENT`` first and then to the gradebook, each whole or not
at all. What is in a folder is never run again: the judge has noted in the notebook what it graded
and the marks, and a gradebook that lacks them gets them from there.
"""

from __future__ import annotations

import difflib
import fcntl
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePath
from typing import Protocol

from autograder import assignment as assignments
from autograder import course
from autograder.assignment import PRIVATE, Assignment
from autograder.autograded import Folder, Records
from autograder.gradebook import ClassGradebook, Grade, Marks, NotWritten, Work, source_folder
from autograder.judge import Graded, Mark, Submission
from autograder.sandbox import Limits
from autograder.submission import Unreadable, choose, companions, load
from autograder.workers import Workers, processors

SUBMITTED, AUTOGRADED = "submitted", "autograded"
TIMESTAMP = "timestamp.txt"  # nbgrader's note of when a submission was handed in
MAX_NAME = 128  # characters of a student's name, nbgrader's limit
IGNORED = [".ipynb_checkpoints", "*.pyc", "__pycache__", "feedback"]  # nbgrader's default


@dataclass(frozen=True)
class Result:
    """What came of one submission.

    Attributes:
        points: earned by its checks; None if it could not be graded.
        max_points: of the checks. What a person marks comes on top.
        by_hand: how many cells a person has to mark.
        seconds_late: after the due date; 0 for one that was graded before.
        problem: why it could not be graded.
        notes: for the teacher.
        fresh: graded by this run, and not before.
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


class Graders(Protocol):
    """Those who grade: :class:`Workers` of this machine or a cluster's."""

    def grade(self, submissions: Iterable[Submission]) -> Iterator[Graded]: ...


def students(course_root: Path, name: str, wanted: Collection[str] = ()) -> list[str]:
    """Who handed something in for an assignment; of them the ``wanted`` ones, if there are any.

    Raises:
        FileNotFoundError: if there is no such assignment.
        ValueError: if somebody who is wanted did not.
    """
    source_folder(course_root, name)
    folders = (course_root / SUBMITTED).glob(f"*/{name}")
    found = sorted(f.parent.name for f in folders if not f.parent.name.startswith("."))
    for student in wanted:
        if student not in found:
            near = difflib.get_close_matches(student, found, n=3, cutoff=0.5)
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            raise ValueError(f"{student} handed in nothing for {name}{hint}")
    return sorted(wanted) or found


def run(
    name: str,
    course_root: Path,
    *,
    students: Collection[str],
    workers: int | None = None,
    scheduler: str | None = None,
    force: bool = False,
    all_cells: bool = False,
    limits: Limits | None = None,
    unsafe: bool = False,
) -> Iterator[Result]:
    """Grade ``students``'s submissions of assignment ``name``; each result when it is stored.

    Args:
        course_root: folder in nbgrader's layout.
        workers: how many processes; as many as there are processors without.
        scheduler: address of a Dask cluster to grade on, in place of workers here.
        force: grade again what is graded already.
        all_cells, limits, unsafe: of :func:`autograder.assignment.load`.

    Raises:
        FileNotFoundError: if there is no such assignment.
        RuntimeError: if the class is being graded already, or a part of the system is missing.
        ValueError: if the source cannot be graded.
    """
    with ExitStack() as stack:
        stack.enter_context(_only_one(course_root))
        assignment = assignments.load(
            course_root, name, limits=limits, all_cells=all_cells, unsafe=unsafe
        )
        class_ = _Class(course_root, assignment)
        class_.recover()
        todo: list[str] = []
        stored: dict[str, tuple[Records, str]] = {}
        for student in students:
            try:
                submission = class_.read(student)
            except Unreadable as problem:
                yield class_.ungraded(student, str(problem))
                continue
            records = class_.folder(student).records()
            if not force and class_.is_graded(submission, records):
                stored[student] = records, _timestamp(submission)
            else:
                todo.append(student)
        graders = stack.enter_context(_graders(assignment, len(todo), workers, scheduler))
        # Only now: loading nbgrader takes a second, in which the workers start their sandboxes.
        gradebook = stack.enter_context(ClassGradebook(course_root, assignment))
        in_book = gradebook.stored() if stored else {}
        for student, (records, timestamp) in stored.items():
            grades = in_book.get(student, {})
            yield class_.enter(gradebook, student, records, timestamp, grades)
        for graded in graders.grade(map(class_.hand_out, todo)):
            yield class_.store(gradebook, graded)


class _Class:
    """The submissions of one assignment, and where their results go."""

    def __init__(self, course_root: Path, assignment: Assignment) -> None:
        self._assignment = assignment
        self._submitted = course_root / SUBMITTED
        self._autograded = course_root / AUTOGRADED
        config = course.configuration(course_root)
        self._ignored: list[str] = config.CourseDirectory.get("ignore", IGNORED)
        kept = config.Autograde.get("exclude_overwriting", {}).get(assignment.name, [])
        self._given = self._files_of_source(course_root, kept)
        self._handed_out: dict[str, Submission] = {}

    def folder(self, student: str) -> Folder:
        return Folder(self._autograded, student, self._assignment.name)

    def recover(self) -> None:
        """Tidy up after a run that was killed."""
        for leftover in self._autograded.glob(f"*/.{self._assignment.name}.*"):
            self.folder(leftover.parent.name).recover()

    def read(self, student: str) -> Submission:
        """What a student handed in, with the source's files over it.

        Raises:
            Unreadable: if there is nothing that can be graded.
        """
        folder = self._submitted / student / self._assignment.name
        _refuse_odd(student, folder)
        notebooks, notes = {}, []
        for name in self._assignment.notebooks:
            try:
                notebooks[name], found = self._notebook(folder, name)
            except Unreadable as problem:
                if len(self._assignment.notebooks) == 1 or (folder / f"{name}.ipynb").exists():
                    raise
                found = [f"{problem} It gets no points."]
            notes += found
        if not notebooks:
            raise Unreadable(f"There is no notebook. {notes[0]}")
        files, left_out = companions(folder, ())
        given = {PurePath(path) for path in self._given}
        kept = {
            path: content
            for path, content in files.items()
            if not self._is_ignored(PurePath(path)) and not _collides(PurePath(path), given)
        }
        return Submission(student, notebooks, {**kept, **self._given}, (*notes, *left_out))

    def _notebook(self, folder: Path, name: str) -> tuple[bytes, list[str]]:
        """One notebook of a submission, and notes on how it was found."""
        source = self._assignment.notebooks[name]
        path, notes = choose(folder, name, [cell.grade_id for cell in source.cells])
        if path.stem != name and path.stem in self._assignment.notebooks:
            raise Unreadable(f"There is no {name}.ipynb.")
        return load(path), notes

    def hand_out(self, student: str) -> Submission:
        """Read a submission for grading; one that has become unreadable is empty."""
        try:
            self._handed_out[student] = self.read(student)
        except Unreadable:
            self._handed_out[student] = Submission(student, {})
        return self._handed_out[student]

    def is_graded(self, submission: Submission, records: Records) -> bool:
        """Whether the records are of this submission, graded by this assignment."""
        wanted = (submission.digest, self._assignment.digest)
        graded = {
            notebook: (record.get("submission"), record.get("assignment"))
            for notebook, record in records.items()
        }
        return graded == dict.fromkeys(submission.notebooks, wanted)

    def enter(
        self,
        gradebook: ClassGradebook,
        student: str,
        records: Records,
        timestamp: str,
        grades: Mapping[tuple[str, str], Grade],
    ) -> Result:
        """See to it that the gradebook has the marks that are on record."""
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
            try:
                gradebook.write(Work(student, marks, unanswered, timestamp))
            except NotWritten as problem:
                return Result(student, self._assignment.name, problem=str(problem))
        notes = tuple(note for record in records.values() for note in record["notes"])
        return self._result(student, marks, notes, fresh=False)

    def store(self, gradebook: ClassGradebook, graded: Graded) -> Result:
        """Put a result where it belongs: into its folder, then into the gradebook."""
        submission = self._handed_out.pop(graded.student)
        if graded.problem:
            return self.ungraded(graded.student, graded.problem)
        texts = {name: notebook.text for name, notebook in graded.notebooks.items()}
        self.folder(graded.student).write(texts, submission.files)
        marks = {name: notebook.marks for name, notebook in graded.notebooks.items()}
        unanswered = {name: notebook.unanswered for name, notebook in graded.notebooks.items()}
        work = Work(graded.student, marks, unanswered, _timestamp(submission))
        try:
            late = gradebook.write(work)
        except NotWritten as problem:
            return Result(graded.student, self._assignment.name, problem=str(problem))
        notes = tuple(note for notebook in graded.notebooks.values() for note in notebook.notes)
        return self._result(graded.student, marks, notes, seconds_late=late)

    def ungraded(self, student: str, problem: str) -> Result:
        """The result of a submission that cannot be graded."""
        if self.folder(student).path.exists():
            problem += " The marks of what was handed in before stand."
        return Result(student, self._assignment.name, problem=problem)

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

    def _files_of_source(self, course_root: Path, kept: Collection[str]) -> dict[str, bytes]:
        """What the author put beside the notebook, but for what students may change (``kept``)."""
        folder = source_folder(course_root, self._assignment.name)
        paths = {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}
        return {
            relative.as_posix(): path.read_bytes()
            for relative, path in paths.items()
            if relative.as_posix() not in kept and not self._is_ignored(relative)
        }

    def _is_ignored(self, path: PurePath) -> bool:
        """Whether nbgrader leaves this file behind, too."""
        patterns = ["*.ipynb", *self._ignored]
        return any(fnmatch(part, pattern) for part in path.parts for pattern in patterns)


def _collides(path: PurePath, others: Collection[PurePath]) -> bool:
    """Whether the file ``path`` is in the way of another: one would have to be a folder."""
    return any(path in other.parents or other in path.parents for other in others)


def _timestamp(submission: Submission) -> str:
    """When it was handed in, as somebody noted it beside it; "" if nobody did."""
    return submission.files.get(TIMESTAMP, b"").decode("utf-8", "replace").strip()


def _refuse_odd(student: str, folder: Path) -> None:
    """Refuse a student's name or folder that cannot be what a submission is collected into.

    Raises:
        Unreadable: with the reason.
    """
    if len(student) > MAX_NAME:
        raise Unreadable(f"A student's name has at most {MAX_NAME} characters.")
    if any(unicodedata.category(c) in ("Cc", "Cs") for c in student):
        raise Unreadable("The student's name has characters that cannot be written.")
    for path in (folder.parent, folder):
        if path.is_symlink():
            raise Unreadable(f"The folder {path.name} is a symbolic link; those are not followed.")
    if not folder.is_dir():
        raise Unreadable(f"{folder.name} is no folder.")


@contextmanager
def _only_one(course_root: Path) -> Iterator[None]:
    """One run at a time in a course.

    The lock belongs to this process and not, as one of ``flock`` would, to its forks as well: it
    ends with it.
    """
    path = course_root / PRIVATE / "lock"
    path.parent.mkdir(mode=0o700, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise RuntimeError(
                f"somebody is grading in {course_root} at this moment: wait until that is done"
            ) from None
        yield


def _graders(
    assignment: Assignment, todo: int, workers: int | None, scheduler: str | None
) -> AbstractContextManager[Graders]:
    if scheduler and todo:
        from autograder.cluster import Cluster

        return Cluster(assignment, scheduler)
    return Workers(assignment, min(workers or processors(), todo))
