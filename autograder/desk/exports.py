"""``autograder export``: marks as plain CSV, and as Canvas's and Moodle's gradebooks read them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.desk import page, table
from autograder.desk.by_hand import guarded
from autograder.desk.marked import MarkedClass, Student
from autograder.desk.standing import Row

CANVAS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
POSSIBLE = "    Points Possible"  # Canvas writes it with these spaces
TRIAL = "Student, Test"  # the teacher's view as a student, in Canvas
MOODLE = ("First name", "Last name", "ID number", "Email address")

Person = tuple[str, list[str]]  # a student's id, empty if it is not known, and the fields of a row


@dataclass(frozen=True)
class Export:
    """A table of marks.

    Attributes:
        students: who has a row in it.
        unknown: what the rows say of which nobody knows whose they are.
    """

    text: str
    students: frozenset[str]
    unknown: Sequence[str] = ()


def plain(marked: MarkedClass, found: Sequence[Row], _: Path | None = None) -> Export:
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
    text = _table([*header, "late penalty", "total", "possible"], body)
    return Export(text, frozenset(row.student.id for row in found))


def _names(student: Student) -> tuple[str, ...]:
    return student.id, student.first_name, student.last_name, student.email


def canvas(marked: MarkedClass, found: Sequence[Row], roster: Path | None = None) -> Export:
    """Canvas's gradebook: who it is, then a column for the assignment, possible points above.

    With ``roster``, the file that Canvas exported, its identifying columns and the column of the
    assignment are taken from there as they are, so that Canvas finds them again.
    """
    column = marked.name
    people = [(row.student.id, _canvas_person(row.student)) for row in found]
    if roster is not None:
        people, column = _canvas_roster(roster, marked)
    above = [POSSIBLE, "", "", "", "", _shown(_possible(marked))]
    return _of(people, _table([*CANVAS, column], [above, *_with_totals(people, found)]))


def _canvas_person(student: Student) -> list[str]:
    name = f"{student.last_name}, {student.first_name}".strip(", ") or student.id
    return [name, student.lms_user_id, "", student.id, ""]


def _canvas_roster(path: Path, marked: MarkedClass) -> tuple[list[Person], str]:
    """The people of Canvas's file, and its name of the assignment, with its number."""
    header, lines = table.read(path)
    if missing := [name for name in CANVAS if name not in header]:
        raise ValueError(f"{path} is no gradebook of Canvas: there is no column {missing[0]!r}")
    title = re.escape(marked.name)
    column = _column(path, header, marked.name, [rf"{title}( \(\d+\))?"])
    ids = _Ids(marked)
    people = []
    for fields in lines:
        if fields.get("Student", "").strip() in ("", POSSIBLE.strip()):
            continue
        person = [fields.get(name, "") for name in CANVAS]
        people.append((ids.find(person[3], person[2], lms_user_id=person[1]), person))
    _refuse_twice(path, people)
    return people, column or marked.name


def moodle(marked: MarkedClass, found: Sequence[Row], roster: Path | None = None) -> Export:
    """Moodle's gradebook: as "CSV file" of its grade export has it, to be mapped by e-mail.

    With ``roster``, the file that Moodle exported, names and addresses are those of that file.
    """
    people = [(row.student.id, _moodle_person(row.student)) for row in found]
    column = ""
    if roster is not None:
        header, lines = table.read(roster)
        if "Surname" in header:  # before Moodle 4.0
            header = ["Last name" if name == "Surname" else name for name in header]
            lines = [{**line, "Last name": line["Surname"]} for line in lines]
        if missing := [name for name in MOODLE if name not in header]:
            raise ValueError(
                f"{roster} is no gradebook of Moodle: there is no column {missing[0]!r}"
            )
        title = re.escape(marked.name)
        word = rf".*(?<!\w){title}(?!\w).*"
        surest_first = [
            rf"Assignment: {title} \(Real\)",
            rf".*: {title} \(Real\)",
            rf".*: {title} \(.*",  # in another language
            rf"{word} \(Real\)",
            word,
        ]
        column = _column(roster, header, marked.name, surest_first)
        ids = _Ids(marked)
        people = []
        for fields in lines:
            person = [fields.get(name, "") for name in MOODLE]
            people.append((ids.find(person[2], person[3]), person))
        _refuse_twice(roster, people)
    column = column or f"Assignment: {marked.name} (Real)"
    return _of(people, _table([*MOODLE, column], _with_totals(people, found)))


def _of(people: Sequence[Person], text: str) -> Export:
    nobody = [fields for student, fields in people if not student and fields[0] != TRIAL]
    unknown = [" ".join(filter(None, fields)) for fields in nobody]
    return Export(text, frozenset(student for student, _ in people if student), unknown)


def _moodle_person(student: Student) -> list[str]:
    return [student.first_name, student.last_name, student.id, student.email]


def _column(path: Path, header: Sequence[str], name: str, surest_first: Sequence[str]) -> str:
    """The column of an assignment: the only one that fits the first pattern that any fits.

    Returns:
        Empty if there is none.

    Raises:
        ValueError: if several may be meant.
    """
    for pattern in surest_first:
        found = [column for column in header if re.fullmatch(pattern, column)]
        if len(found) > 1:
            raise ValueError(
                f"{path}: several columns may be meant by {name}: {', '.join(map(repr, found))}. "
                "Delete the others in a copy of this file, and give the copy"
            )
        if found:
            return found[0]
    return ""


class _Ids:
    """Who a row of a platform's gradebook is."""

    def __init__(self, marked: MarkedClass) -> None:
        students = marked.students.values()
        self._ids = set(marked.students)
        self._by_number = {s.lms_user_id: s.id for s in students if s.lms_user_id}
        self._by_name: dict[str, set[str]] = {}
        for s in students:
            for name in filter(None, (s.id, s.email)):
                self._by_name.setdefault(name.casefold(), set()).add(s.id)

    def find(self, *names: str, lms_user_id: str = "") -> str:
        """The id of the student whom the platform's number, or one of these names, belongs to.

        A number is no name: one student's login may be another's number. Empty: it is nobody, or
        any of several.
        """
        if lms_user_id in self._by_number:
            return self._by_number[lms_user_id]
        for name in names:
            if name in self._ids:
                return name
            known = self._by_name.get(name.casefold(), set())
            if len(known) == 1:
                return next(iter(known))
        return ""


def _refuse_twice(path: Path, people: Sequence[Person]) -> None:
    """Refuse two rows of one student: the points would go to both.

    Raises:
        ValueError: with the rows.
    """
    rows: dict[str, list[str]] = {}
    for student, person in people:
        rows.setdefault(student, []).append(" ".join(filter(None, person)))
    for student, shown in rows.items():
        if student and len(shown) > 1:
            raise ValueError(
                f"{path}: {len(shown)} rows are of the student {student}: {'; '.join(shown)}. "
                "Delete the wrong ones in a copy of this file, and give the copy"
            )


def _with_totals(people: Sequence[Person], found: Sequence[Row]) -> list[list[str]]:
    by_id = {row.student.id: row for row in found}
    body = []
    for student, person in people:
        row = by_id.get(student)
        body.append([*person, _shown(row.total if row and row.points else None)])
    return body


FORMATS: Mapping[str, Callable[[MarkedClass, Sequence[Row], Path | None], Export]] = {
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
