"""``autograder export``: marks as plain CSV, and as Canvas's and Moodle's gradebooks read them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from autograder.desk import page, table
from autograder.desk.by_hand import guarded
from autograder.desk.marked import MarkedClass, Student
from autograder.desk.standing import Row

CANVAS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
POSSIBLE = "    Points Possible"  # Canvas writes it with these spaces
MOODLE = ("First name", "Last name", "ID number", "Email address")


def plain(marked: MarkedClass, found: Sequence[Row], _: Path | None = None) -> str:
    """Plain CSV: a column for each exercise. An empty field is not marked yet, or not handed in."""
    several = len(marked.sources) > 1
    titles = [f"{c.notebook}: {c.title}" if several else c.title for c in marked.graded]
    header = ["student", "first name", "last name", "email", "state", *titles]
    body = [
        [
            *(guarded(text) for text in _names(row.student)),
            row.state,
            *(_shown(row.points.get((c.notebook, c.grade_id))) for c in marked.graded),
            _shown(row.penalty if row.points else None),
            _shown(row.total if row.points else None),
            _shown(_possible(marked)),
        ]
        for row in found
    ]
    return _table([*header, "late penalty", "total", "possible"], body)


def _names(student: Student) -> tuple[str, ...]:
    return student.id, student.first_name, student.last_name, student.email


def canvas(marked: MarkedClass, found: Sequence[Row], roster: Path | None = None) -> str:
    """Canvas's gradebook: who it is, then a column for the assignment, possible points above.

    With ``roster``, the file that Canvas exported, its identifying columns and the column of the
    assignment are taken from there as they are, so that Canvas finds them again.
    """
    column = marked.name
    by_id = {row.student.id: row for row in found}
    if roster is None:
        people = {row.student.id: _canvas_person(row.student) for row in found}
    else:
        people, column = _canvas_roster(roster, marked, column)
    body: list[list[str]] = [[POSSIBLE, "", "", "", "", _shown(_possible(marked))]]
    for student, person in people.items():
        row = by_id.get(student)
        body.append([*person, _shown(row.total if row and row.points else None)])
    return _table([*CANVAS, column], body)


def _canvas_person(student: Student) -> list[str]:
    name = f"{student.last_name}, {student.first_name}".strip(", ") or student.id
    return [name, student.lms_user_id, "", student.id, ""]


def _canvas_roster(
    path: Path, marked: MarkedClass, column: str
) -> tuple[dict[str, list[str]], str]:
    """Student → the fields of Canvas's file, and its name of the assignment, with its number."""
    header, lines = table.read(path)
    if missing := [name for name in CANVAS if name not in header]:
        raise ValueError(f"{path} is no gradebook of Canvas: there is no column {missing[0]!r}")
    alike = [c for c in header if c.partition(" (")[0].strip() == column]
    people = {}
    for fields in lines:
        if fields.get("Student", "").strip() in ("", POSSIBLE.strip()):
            continue
        person = [fields.get(name, "") for name in CANVAS]
        people[_known(marked, person[3], person[2], person[1])] = person
    return people, (alike or [column])[0]


def moodle(marked: MarkedClass, found: Sequence[Row], roster: Path | None = None) -> str:
    """Moodle's gradebook: as "CSV file" of its grade export has it, to be mapped by e-mail.

    With ``roster``, the file that Moodle exported, names and addresses are those of that file.
    """
    people = {
        row.student.id: [
            row.student.first_name,
            row.student.last_name,
            row.student.id,
            row.student.email,
        ]
        for row in found
    }
    column = f"Assignment: {marked.name} (Real)"
    if roster is not None:
        header, lines = table.read(roster)
        if "Surname" in header:  # before Moodle 4.0
            header = ["Last name" if name == "Surname" else name for name in header]
            lines = [{**line, "Last name": line["Surname"]} for line in lines]
        if missing := [name for name in MOODLE if name not in header]:
            raise ValueError(
                f"{roster} is no gradebook of Moodle: there is no column {missing[0]!r}"
            )
        column = next((name for name in header if marked.name in name), column)
        people = {}
        for fields in lines:
            person = [fields.get(name, "") for name in MOODLE]
            people[_known(marked, person[2], person[3])] = person
    by_id = {row.student.id: row for row in found}
    body = []
    for student, person in people.items():
        row = by_id.get(student)
        body.append([*person, _shown(row.total if row and row.points else None)])
    return _table([*MOODLE, column], body)


def _known(marked: MarkedClass, *names: str) -> str:
    """The student whom one of these names belongs to; the first name if nobody has it."""
    students = {
        key.casefold(): student.id
        for student in marked.students.values()
        for key in (student.email, student.lms_user_id, student.id)
        if key
    }
    for name in names:
        if name and name.casefold() in students:
            return students[name.casefold()]
    return next((name for name in names if name), "")


FORMATS: Mapping[str, Callable[[MarkedClass, Sequence[Row], Path | None], str]] = {
    "csv": plain, "canvas": canvas, "moodle": moodle,
}  # fmt: skip


def _possible(marked: MarkedClass) -> float:
    return sum(cell.max_points for cell in marked.graded)


def _shown(points: float | None) -> str:
    return "" if points is None else page.number(points)


def _table(header: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([header, *body])
    return text.getvalue()
