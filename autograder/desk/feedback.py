"""``autograder feedback``: a page for each student and notebook, always as new as the marks."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from markupsafe import Markup

from autograder.checking.render import arrows, mark
from autograder.checking.verdict import Verdict
from autograder.desk import page, shown
from autograder.desk.marked import (
    CellMark,
    Graded,
    GradedNotebook,
    MarkedClass,
    MarkedNotebook,
    MarkedSubmission,
)

_FINGERPRINT = re.compile(rb'<meta name="fingerprint" content="([0-9a-f]{64})">')
HEAD = 4_000  # bytes of a page, its style sheet left out, in which the fingerprint stands

# right, partial, wrong: what counts now. waiting: a person has to give the points. again: a person
# gave points, and will look whether they still hold. empty: nothing was answered.
State = Literal["right", "partial", "wrong", "waiting", "again", "empty"]
SIGNS: Mapping[State, str] = {
    "right": "✓", "partial": "◐", "wrong": "✗", "waiting": "…", "again": "…", "empty": "–",
}  # fmt: skip
FOR_THE_EXCHANGE = ("timestamp.txt", "submission_secret.txt")  # nbgrader's names
WAITING = "This is not marked yet: a person will read it."
AGAIN = "You changed this after it was marked: a person will look again."
EMPTY = "There is no answer here."
UNWRITTEN = "This is as it was handed out."


@dataclass(frozen=True)
class Item:
    """One line of the table, and what is told below it."""

    graded: Graded
    state: State
    points: float | None
    first_line: str = ""
    verdict: Verdict | None = None
    told: Sequence[str] = ()
    code: str = ""
    error: str = ""
    question: Markup = shown.NOTHING
    answer: Markup = shown.NOTHING
    comments: Sequence[Markup] = ()
    unwritten: bool = False

    @property
    def sign(self) -> str:
        return SIGNS[self.state]

    @property
    def has_more(self) -> bool:
        """Whether the table does not say everything, as it does of what was not written."""
        if self.state == "empty" or self.unwritten:
            return bool(self.comments)
        return bool(self.state != "right" or self.graded.by_hand or self.comments)


@dataclass(frozen=True)
class Totals:
    """The sum of a notebook: points so far, what a person still has to give, and the penalty."""

    earned: float
    possible: float
    open_points: float
    penalty: float

    @property
    def counted(self) -> float:
        return max(0.0, self.earned - self.penalty)


@dataclass
class Written:
    """What a run of :func:`write` did.

    Attributes:
        fresh: how many pages were written.
        current: how many were as new as the marks already.
        open: students with something that is not marked yet.
        ungraded: students who handed in, but have no graded submission.
    """

    fresh: int = 0
    current: int = 0
    open: list[str] = field(default_factory=list)
    ungraded: list[str] = field(default_factory=list)


def write(root: Path, name: str, students: Collection[str] = ()) -> Written:
    """Write the pages whose marks, comments or submission have changed.

    Args:
        root: folder in nbgrader's layout.
        name: of the assignment.
        students: only theirs, if given.

    Raises:
        ValueError: if a student is unknown, or nothing has been graded.
    """
    marked = MarkedClass(root, name)
    if unknown := sorted(set(students) - set(marked.submissions)):
        raise ValueError(f"no mark of {name} is stored for: {', '.join(unknown)}")
    done = Written()
    for student in sorted(students or marked.submissions):
        there = [n for n in marked.sources if marked.path(student, n).exists()]
        for notebook in there:
            wanted = fingerprint(marked, student, notebook)
            path = place(marked, student, notebook)
            if stored_fingerprint(path) == wanted:
                done.current += 1
                continue
            page.write(path, as_html(marked, student, notebook, wanted))
            _write_beside(path.parent, marked.path(student, notebook).parent)
            done.fresh += 1
        if any(is_open(marked, student, notebook) for notebook in there):
            done.open.append(student)
    done.ungraded = [
        student
        for student in marked.handed_in()
        if not any(marked.path(student, n).exists() for n in marked.sources)
        and (not students or student in students)
    ]
    return done


def _write_beside(folder: Path, graded: Path) -> None:
    """Put beside a page what ``nbgrader release_feedback`` needs to find its student."""
    for name in FOR_THE_EXCHANGE:
        if (graded / name).is_file():
            page.write(folder / name, (graded / name).read_bytes())


def place(marked: MarkedClass, student: str, notebook: str) -> Path:
    """Where the page of a notebook is, in nbgrader's layout."""
    return marked.feedback / student / marked.name / f"{notebook}.html"


def is_current(marked: MarkedClass, student: str, notebook: str) -> bool:
    """Whether the page is there and says what the gradebook holds."""
    path = place(marked, student, notebook)
    return stored_fingerprint(path) == fingerprint(marked, student, notebook)


def stored_fingerprint(path: Path) -> str:
    """What the page was made from; empty if there is none, or it is not one of ours."""
    try:
        with path.open("rb") as file:
            found = _FINGERPRINT.search(file.read(HEAD))
    except FileNotFoundError:
        return ""
    return found[1].decode() if found else ""


def fingerprint(marked: MarkedClass, student: str, notebook: str) -> str:
    """Changes with everything that a page shows."""
    submission = marked.submissions[student]
    content = {
        "edition": page.edition(),
        "graded": marked.digest(student, notebook),
        "marks": submission.notebooks.get(notebook, MarkedNotebook()),
        "late": submission.seconds_late,
        "due": str(marked.due),
        "policy": marked.late_policy,
        "handed in": str(submission.handed_in),
        "student": marked.students[student],
        "questions": marked.questions[notebook],
    }
    text = json.dumps(content, sort_keys=True, default=vars)  # vars: of a dataclass
    return hashlib.sha256(text.encode()).hexdigest()


def is_open(marked: MarkedClass, student: str, notebook: str) -> bool:
    """Whether a person has still to mark something, or to look at it again."""
    graded = marked.load(student, notebook)
    return graded is not None and any(
        state_of(marked, student, graded, cell) in ("waiting", "again")
        for cell in marked.graded_in(notebook)
    )


def state_of(marked: MarkedClass, student: str, notebook: GradedNotebook, cell: Graded) -> State:
    """How a cell stands that earns points."""
    entered = marked.submissions[student].notebooks.get(cell.notebook, MarkedNotebook())
    given = entered.marks.get(cell.grade_id)
    if given is None:
        return "waiting"
    if given.manual is not None and given.to_look:
        return "again"
    if given.manual is None and cell.by_hand and not notebook.answer_in_words(cell):
        return "empty"
    if given.points is None or (given.manual is None and given.to_look):
        return "waiting"
    if given.points >= given.max_points:
        return "right"
    return "partial" if given.points > 0 else "wrong"


def items(marked: MarkedClass, student: str, notebook: str) -> list[Item]:
    """What a notebook's student is told of each cell that earns points, in order.

    Raises:
        FileNotFoundError: if it is not graded.
    """
    entered = marked.submissions[student].notebooks.get(notebook, MarkedNotebook())
    graded = _graded(marked, student, notebook)
    bytes_left: dict[str, Any] = {}
    return [
        _item(marked, student, graded, entered, cell, bytes_left)
        for cell in marked.graded_in(notebook)
    ]


def _graded(marked: MarkedClass, student: str, notebook: str) -> GradedNotebook:
    graded = marked.load(student, notebook)
    if graded is None:
        raise FileNotFoundError(f"{marked.path(student, notebook)} is not there: grade it first")
    return graded


def as_html(marked: MarkedClass, student: str, notebook: str, stamp: str = "") -> str:
    """The page of one notebook of one student."""
    graded = _graded(marked, student, notebook)
    submission = marked.submissions[student]
    entered = submission.notebooks.get(notebook, MarkedNotebook())
    listed = items(marked, student, notebook)
    told = {c.grade_id for c in marked.graded_in(notebook)} | {i.graded.exercise_id for i in listed}
    others = {
        name: page.text(comment) for name, comment in entered.comments.items() if name not in told
    }
    return page.page(
        "feedback.html",
        fingerprint=stamp,
        student=marked.students[student],
        notebook=notebook,
        assignment=marked.name,
        items=listed,
        totals=_totals(listed, entered),
        lateness=lateness(submission, entered.penalty, marked.late_policy),
        others=others,
        pictures=list(shown.pictures(marked, graded, notebook)),
        sign=mark,
    )


def _totals(items: Sequence[Item], entered: MarkedNotebook) -> Totals:
    return Totals(
        earned=sum(item.points or 0.0 for item in items),
        possible=sum(item.graded.max_points for item in items),
        open_points=sum(i.graded.max_points for i in items if i.state == "waiting"),
        penalty=entered.penalty,
    )


def lateness(submission: MarkedSubmission, penalty: float, policy: str = "") -> str:
    """How late it was, what it cost and by which policy; empty if it was in time."""
    if not submission.seconds_late and not penalty:
        return ""
    cost = f"This costs {page.counted(penalty, 'point')}." if penalty else "This costs no points."
    return (
        f"Handed in {duration(submission.seconds_late)} after the due date. {cost} {policy}".strip()
    )


def duration(seconds: float) -> str:
    """``2 days 3 hours``, ``1 hour 5 minutes``, ``less than a minute``."""
    whole = timedelta(seconds=int(seconds))
    hours, minutes = whole.seconds // 3600, whole.seconds % 3600 // 60
    parts = [(whole.days, "day"), (hours, "hour"), (minutes, "minute")]
    said = [page.counted(value, unit) for value, unit in parts if value]
    return " ".join(said[:2]) or "less than a minute"


def _item(
    marked: MarkedClass,
    student: str,
    graded: GradedNotebook,
    entered: MarkedNotebook,
    cell: Graded,
    bytes_left: dict[str, Any],
) -> Item:
    state = state_of(marked, student, graded, cell)
    given = entered.marks.get(cell.grade_id)
    points = _known_points(state, given)
    names = [cell.grade_id, cell.exercise_id]
    comments = [page.text(entered.comments[n]) for n in names if n in entered.comments]
    comments += [page.text(entered.notes[n]) for n in names if n in entered.notes]
    first = {"waiting": WAITING, "again": AGAIN, "empty": EMPTY}.get(state, "")
    if cell.by_hand:
        return Item(
            cell,
            state,
            points,
            first,
            question=page.text(cell.released),
            answer=shown.answer(graded, cell, bytes_left),
            comments=comments,
        )
    verdict = graded.verdict(cell.grade_id)
    problem = verdict.problem if verdict else None
    error = "" if verdict else shown.error(graded, cell)
    unwritten = state == "wrong" and shown.is_unwritten(graded, cell)
    if unwritten:
        first = UNWRITTEN
    elif problem:
        first = first or problem.misconception or problem.headline
    return Item(
        cell,
        state,
        points,
        first or error,
        verdict,
        arrows(problem) if problem else (),
        shown.brief(shown.own_cell(graded, cell)),
        error,
        comments=comments,
        unwritten=unwritten,
    )


def _known_points(state: State, given: CellMark | None) -> float | None:
    if state == "waiting" or given is None:
        return None
    return given.extra if given.points is None else given.points


def say(done: Written) -> str:
    """What an assistant wants to know after a run."""
    lines = [f"{page.counted(done.fresh, 'page')} written, {done.current} current before"]
    if done.open:
        lines.append(
            f"{len(done.open)} with something that is not marked yet, which their pages say"
        )
    if done.ungraded:
        lines.append(
            f"{len(done.ungraded)} without a graded submission: {', '.join(done.ungraded)}"
        )
    return "\n".join(lines)
