"""How every student stands in an assignment: the one place that says what is still open."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autograder import folders
from autograder.desk import collect, feedback, page, roster
from autograder.desk.by_hand import guarded
from autograder.desk.feedback import State, duration, state_of
from autograder.desk.marked import (
    Graded,
    GradedNotebook,
    MarkedClass,
    MarkedNotebook,
    NothingGraded,
    Student,
)
from autograder.grading import given_up
from autograder.grading.assignment import PRIVATE, Source, sources_of
from autograder.grading.collected import Collected, students
from autograder.sandbox import Limits

MAX_NAMED = 10  # students in a sentence
SAME = 1e-9  # points that differ by less are the same
COLUMNS = (
    "assignment", "student", "name", "section", "state", "late", "to mark", "to look at again",
    "newer than its marks", "feedback", "total", "exported", "problem",
)  # fmt: skip


@dataclass(frozen=True)
class Row:
    """How one student stands.

    Attributes:
        state: of the submission: ``missing``, ``not graded``, ``open`` or ``marked``.
        points: by (notebook, grade_id); None: not marked yet.
        penalty: what lateness costs.
        section: as the roster has it.
        seconds_late: after the due date.
        called_late: whether the platform said so, and nobody knows the time.
        problem: why the submission cannot be graded; empty if it is not known that it cannot.
        newer: whether it was handed in again after it was graded.
        to_mark: the questions that wait for a person.
        to_look: those with points for an earlier answer.
        feedback: ``current``, ``older than the marks`` or ``none``; empty without marks.
        sent: the total in the last export; None if there was none.
    """

    student: Student
    state: str
    points: Mapping[tuple[str, str], float | None] = field(default_factory=dict)
    penalty: float = 0.0
    section: str = ""
    seconds_late: float = 0.0
    called_late: bool = False
    problem: str = ""
    newer: bool = False
    to_mark: Sequence[str] = ()
    to_look: Sequence[str] = ()
    feedback: str = ""
    sent: float | None = None

    @property
    def total(self) -> float:
        """Points that count so far, never below zero."""
        return max(0.0, sum(p or 0.0 for p in self.points.values()) - self.penalty)

    @property
    def changed_since_sent(self) -> bool:
        return bool(self.points and self.sent is not None and abs(self.total - self.sent) > SAME)


@dataclass(frozen=True)
class _Papers:
    """What lies about an assignment besides its marks, read once for a class."""

    root: Path
    assignment: str
    collected: Collection[str]
    members: Mapping[str, roster.Member]
    problems: Mapping[str, str]
    notes: Mapping[str, Mapping[str, object]]
    sent: Mapping[str, float]
    submitted: Collected

    @classmethod
    def of(cls, root: Path, name: str, sources: Mapping[str, Source]) -> _Papers:
        submitted = Collected(root, _Asked(name, sources))
        return cls(
            root,
            name,
            set(students(root, name)),
            roster.load(root).members,
            given_up.reasons(root, name, submitted.digest),
            collect.notes(root, name),
            sent(root, name),
            submitted,
        )


def rows(marked: MarkedClass) -> list[Row]:
    """One row per student on the roster, and per student who handed in or has marks.

    Without a roster everybody in the gradebook is in the class.
    """
    papers = _Papers.of(marked.root, marked.name, marked.sources)
    found = []
    for name, student in sorted(_everybody(papers, marked.students).items()):
        gone = papers.members and name not in papers.members and name not in papers.collected
        if not gone or name in marked.submissions:
            found.append(_row(marked, student, papers))
    return found


def rows_before_marks(root: Path, name: str) -> list[Row]:
    """The same for an assignment of which nothing has been graded.

    Raises:
        FileNotFoundError: if there is no such assignment.
    """
    papers = _Papers.of(root, name, sources_of(root, name))
    return [_unmarked(student, papers) for _, student in sorted(_everybody(papers, {}).items())]


def _everybody(papers: _Papers, in_gradebook: Mapping[str, Student]) -> dict[str, Student]:
    """By id, whoever handed in, is on the roster or in the gradebook, which has most names."""
    handed_in = {name: Student(name) for name in papers.collected}
    on_roster = {name: member.student for name, member in papers.members.items()}
    return {**handed_in, **on_roster, **in_gradebook}


def _unmarked(student: Student, papers: _Papers) -> Row:
    name = student.id
    collected = name in papers.collected
    return Row(
        student,
        "not graded" if collected else "missing",
        section=_section(name, papers),
        called_late=collected
        and bool(papers.notes.get(name, {}).get("late"))
        and not collect.time_noted(papers.root, name, papers.assignment),
        problem=papers.problems.get(name, "") if collected else "",
    )


def _section(name: str, papers: _Papers) -> str:
    return papers.members[name].section if name in papers.members else ""


def _row(marked: MarkedClass, student: Student, papers: _Papers) -> Row:
    name = student.id
    submission = marked.submissions.get(name)
    notebooks = {n: marked.load(name, n) for n in marked.sources}
    if submission is None or not any(notebooks.values()):
        return _unmarked(student, papers)
    points: dict[tuple[str, str], float | None] = {}
    waiting: dict[State, list[str]] = {"waiting": [], "again": []}
    for cell, state in _states(marked, name, notebooks):
        if state in waiting:
            waiting[state].append(cell.title)
        entered = submission.notebooks.get(cell.notebook, MarkedNotebook())
        mark = entered.marks.get(cell.grade_id)
        known = mark.points if mark else None
        extra = mark.extra if mark else 0.0
        points[cell.notebook, cell.grade_id] = (
            None if state == "waiting" else extra if known is None else known
        )
    return Row(
        student,
        "open" if any(waiting.values()) else "marked",
        points,
        sum(n.penalty for n in submission.notebooks.values()),
        _section(name, papers),
        submission.seconds_late,
        bool(papers.notes.get(name, {}).get("late")) and submission.handed_in is None,
        papers.problems.get(name, ""),
        name in papers.collected and _is_newer(papers.submitted, name, notebooks.values()),
        waiting["waiting"],
        waiting["again"],
        _feedback(marked, name, [n for n, graded in notebooks.items() if graded]),
        papers.sent.get(name),
    )


def _states(
    marked: MarkedClass, student: str, notebooks: Mapping[str, GradedNotebook | None]
) -> Iterator[tuple[Graded, State]]:
    """How each cell stands that earns points; in a notebook that is not there, all are empty."""
    for cell in marked.graded:
        notebook = notebooks[cell.notebook]
        yield cell, "empty" if notebook is None else state_of(marked, student, notebook, cell)


def for_a_person(root: Path, name: str, students: Iterable[str]) -> list[str]:
    """What a person has to mark, or to look at again, of what these students handed in."""
    marked = MarkedClass(root, name)
    found: dict[State, list[str]] = {"waiting": [], "again": []}
    for student in sorted(set(students) & set(marked.submissions)):
        notebooks = {n: marked.load(student, n) for n in marked.sources}
        for _, state in _states(marked, student, notebooks):
            if state in found:
                found[state].append(student)
    said = []
    if waiting := found["waiting"]:
        answers = page.counted(len(waiting), "answer")
        said.append(
            f"{len(set(waiting))} with answers to mark by hand ({answers}): "
            f"autograder marks export {name}, or open formgrader"
        )
    if again := sorted(set(found["again"])):
        said.append(f"marked by hand, but the answer has changed since: {_named(again)}")
    return said + penalty_changes(marked)


def penalty_changes(marked: MarkedClass) -> list[str]:
    """Whose late penalty was brought up to date, from what to what."""
    each = [
        f"{change.student} {page.number(change.before)} → {page.number(change.after)}"
        for change in marked.penalty_changes
    ]
    return [f"another late penalty than before ({len(each)}): {_named(each)}"] if each else []


def _feedback(marked: MarkedClass, student: str, notebooks: Sequence[str]) -> str:
    if not any(feedback.place(marked, student, name).exists() for name in notebooks):
        return "none"
    current = all(feedback.is_current(marked, student, name) for name in notebooks)
    return "current" if current else "older than the marks"


def _is_newer(
    submitted: Collected, student: str, notebooks: Iterable[GradedNotebook | None]
) -> bool:
    """Whether the submission is not the one that was graded."""
    digest = submitted.digest(student)
    return any(graded and graded.record.get("submission") != digest for graded in notebooks)


@dataclass(frozen=True)
class _Asked:
    """As much of an assignment as reading a submission needs; no answer key is worked out."""

    name: str
    notebooks: Mapping[str, Source]
    limits: Limits = field(default_factory=Limits)


def still_open(found: Sequence[Row]) -> list[str]:
    """What keeps the marks from being final, a sentence for each reason."""
    reasons = {
        "handed in, but not graded": [r for r in found if r.state == "not graded"],
        "with an answer that a person has still to mark, or to look at again": [
            r for r in found if r.state == "open"
        ],
        "with a newer submission than was graded": [r for r in found if r.newer],
        "late, as the platform says, without a time": [r for r in found if r.called_late],
    }
    return [
        f"{len(of)} {words}: {_named([row.student.id for row in of])}"
        for words, of in reasons.items()
        if of
    ]


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    return ", ".join(names[:MAX_NAMED]) + more


def sent(root: Path, name: str) -> dict[str, float]:
    """The totals of the last export, by student."""
    try:
        return dict(json.loads(_sent_path(root, name).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return {}


def note_sent(root: Path, name: str, found: Sequence[Row]) -> None:
    """Remember the totals that an export holds."""
    totals = {row.student.id: row.total for row in found if row.points}
    page.write(_sent_path(root, name), json.dumps({**sent(root, name), **totals}))


def _sent_path(root: Path, name: str) -> Path:
    return root / PRIVATE / "sent" / f"{name}.json"


def assignments(root: Path) -> list[str]:
    """The assignments of which somebody has handed in something."""
    submitted = folders.directory(root, "submitted").glob("*/*/")
    handed_in = {path.name for path in submitted if not path.name.startswith(".")}
    known = {p.parent.name for folder in folders.sources(root) for p in folder.glob("*/*.ipynb")}
    return sorted(handed_in & known)


def of(root: Path, name: str) -> list[Row]:
    """How everybody stands, whether something has been graded yet or not.

    Raises:
        FileNotFoundError: if there is no such assignment.
        RuntimeError: if the gradebook cannot be read.
    """
    try:
        return rows(MarkedClass(root, name))
    except NothingGraded:
        return rows_before_marks(root, name)


def remarks(row: Row) -> list[str]:
    """What there is to know about a student besides points, in words; nothing if all is done."""
    said = []
    if row.state == "missing":
        said.append("missing")
    if row.state == "not graded":
        said.append(f"cannot be graded: {row.problem}" if row.problem else "not graded yet")
    elif row.problem:
        said.append(f"handed in again, which cannot be graded: {row.problem}")
    elif row.newer:
        said.append("handed in again after it was graded: grade it")
    if row.seconds_late:
        cost = f", costs {page.counted(row.penalty, 'point')}" if row.penalty else ""
        said.append(f"late by {duration(row.seconds_late)}{cost}")
    if row.called_late:
        said.append("late, as the platform says; the time is not known")
    if row.to_mark:
        said.append(f"to be marked by hand: {', '.join(row.to_mark)}")
    if row.to_look:
        said.append(f"marked by hand, but the answer has changed: {', '.join(row.to_look)}")
    if row.feedback and row.feedback != "current":
        said.append("no feedback yet" if row.feedback == "none" else "feedback is older")
    if row.changed_since_sent and row.sent is not None:
        change = f"{page.number(row.sent)} → {page.number(row.total)}"
        said.append(f"changed since the export: {change}")
    return said


def say(name: str, found: Sequence[Row], *, everybody: bool = False) -> str:
    """How a class stands: in numbers, then who has something open."""
    counts = {
        "missing": sum(row.state == "missing" for row in found),
        "not graded": sum(row.state == "not graded" for row in found),
        "late": sum(bool(row.seconds_late or row.called_late) for row in found),
        "handed in again": sum(row.newer for row in found),
        "to be marked by hand": sum(bool(row.to_mark) for row in found),
        "to look at again": sum(bool(row.to_look) for row in found),
        "with older feedback": sum(row.feedback == "older than the marks" for row in found),
        "without feedback": sum(row.feedback == "none" for row in found),
        "changed since the export": sum(row.changed_since_sent for row in found),
    }
    said = [f"{count} {what}" for what, count in counts.items() if count]
    finished = sum(not remarks(row) for row in found)
    head = f"{name}: {page.counted(len(found), 'student')}: "
    lines = [head + ", ".join([*said, f"{finished} with nothing open"])]
    width = max((len(row.student.id) for row in found), default=0)
    for row in found:
        what = remarks(row)
        if what or everybody:
            total = f"{page.number(row.total):>6}" if row.points else f"{'–':>6}"
            lines.append(f"  {row.student.id:<{width}} {total}  {'; '.join(what) or 'done'}")
    return "\n".join(lines)


def as_csv(classes: Mapping[str, Sequence[Row]]) -> str:
    """One line per assignment and student."""
    text = io.StringIO(newline="")
    written = csv.writer(text)
    written.writerow(COLUMNS)
    written.writerows(_lines(classes))
    return text.getvalue()


def _lines(classes: Mapping[str, Sequence[Row]]) -> Iterator[list[str]]:
    for name, found in classes.items():
        for row in found:
            late = duration(row.seconds_late) if row.seconds_late else ""
            yield [
                name,
                guarded(row.student.id),
                guarded(row.student.name),
                guarded(row.section),
                row.state,
                "time not known" if row.called_late else late,
                ", ".join(row.to_mark),
                ", ".join(row.to_look),
                "yes" if row.newer else "",
                row.feedback,
                page.number(row.total) if row.points else "",
                "" if row.sent is None else page.number(row.sent),
                guarded(row.problem),
            ]
