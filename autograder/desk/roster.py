"""``autograder roster``: who is in the class, from a table or from what a platform exports."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path

from autograder.desk import page, table
from autograder.desk.marked import Student
from autograder.grading.collected import MAX_NAME
from autograder.grading.database import Database

FILE = "roster.csv"
MAX_SHOWN = 10  # faults of a table that are named
SHORTENED = re.compile(r"-?\d([.,]\d+)?E\+\d+")  # a spreadsheet's way to show a long number
CANVAS = ("student", "id", "sis user id", "sis login id", "section")
# What each field is called, in nbgrader, Moodle, Gradescope, and in tables made by hand. Of the
# columns that a table has, the first that is filled in counts.
COLUMNS: Mapping[str, Sequence[str]] = {
    "id": ("id", "student id", "id number", "sid", "username", "email address", "email", "e-mail"),
    "first_name": ("first name", "firstname", "given name"),
    "last_name": ("last name", "lastname", "surname", "family name"),
    "name": ("full name", "name", "student"),
    "email": ("email", "email address", "e-mail"),
    "section": ("section", "group", "groups"),
    "lms_user_id": ("lms user id",),
    "number": ("identifier", "participant"),
}


@dataclass(frozen=True)
class Member:
    """A student on the roster.

    Attributes:
        number: of the participant in Moodle, which stands in the names of its files.
    """

    student: Student
    section: str = ""
    number: str = ""


@dataclass(frozen=True)
class Roster:
    """The students of a class, by id."""

    members: Mapping[str, Member] = field(default_factory=dict)

    def find(self, *names: str, lms_user_id: str = "", participant: str = "") -> str:
        """The id of the one student whom one of these belongs to; empty if it is nobody.

        A name may be an id, an address, the part before its @, or first and last name in either
        order, with or without spaces. Numbers of a platform are surer, and earlier names surer than
        later ones. An id as it is written on the roster is surest: others may differ from it only
        in capitals or signs.
        """
        for number in (("lms_user_id", lms_user_id), ("participant", participant)):
            if number in self._by_number:
                return self._by_number[number]
        for name in names:
            if name.strip() in self.members:
                return name.strip()
            ids = self._by_name.get(key(name), frozenset())
            if len(ids) == 1:
                return next(iter(ids))
        return ""

    @cached_property
    def _by_number(self) -> Mapping[tuple[str, str], str]:
        """Kind and number of a platform → id; of two with one number the first."""
        found: dict[tuple[str, str], str] = {}
        for name, member in self.members.items():
            for number in (
                ("lms_user_id", member.student.lms_user_id),
                ("participant", member.number),
            ):
                if number[1]:
                    found.setdefault(number, name)
        return found

    @cached_property
    def _by_name(self) -> Mapping[str, frozenset[str]]:
        found: dict[str, set[str]] = {}
        for of in (_sure_names, _likely_names):
            added: dict[str, set[str]] = {}
            for member in self.members.values():
                for name in of(member):
                    if key(name) and key(name) not in found:
                        added.setdefault(key(name), set()).add(member.student.id)
            found |= added  # what is likely never stands against what is sure
        return {name: frozenset(ids) for name, ids in found.items()}


def key(name: str) -> str:
    """A name as it is compared: without case, spaces and signs, in one form of umlauts."""
    plain = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", name).casefold())
    return "".join(c for c in plain if c.isalnum())


def _sure_names(member: Member) -> Iterable[str]:
    student = member.student
    return student.id, student.email


def _likely_names(member: Member) -> Iterable[str]:
    student = member.student
    first, last = student.first_name, student.last_name
    both = (f"{first} {last}", f"{last} {first}") if first and last else ()
    return *both, student.email.partition("@")[0], student.id.partition("@")[0]


def load(root: Path) -> Roster:
    """The roster of a class; empty if nobody has given one.

    Raises:
        ValueError: if it cannot be used, as after a change by hand.
    """
    path = root / FILE
    try:
        return _read(path) if path.exists() else Roster()
    except ValueError as fault:
        raise ValueError(f"{fault}\nGive the roster again: autograder roster FILE") from None


def _read(path: Path) -> Roster:
    """The roster in a file.

    Raises:
        ValueError: if there is none in it; the sentence names the file.
    """
    columns, rows = table.read(path)
    try:
        return parsed(columns, rows)
    except ValueError as fault:
        raise ValueError(f"{path}: {fault}") from None


def parsed(columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> Roster:
    """A roster from a table of one's own, or of Canvas, Moodle or Gradescope.

    Raises:
        ValueError: if there is no column that names a student, two columns have one name, or a row
            cannot be used; the sentences name each.
    """
    names = {_plain(column): column for column in columns}
    known = {name for of_field in COLUMNS.values() for name in of_field}.union(CANVAS)
    how_often = Counter(map(_plain, columns))
    if twice := [name for name in names if how_often[name] > 1 and name in known]:
        raise ValueError(
            f"{page.counted(how_often[twice[0]], 'column')} are called {twice[0]!r}: give the "
            "others another name in a copy of this file, and give the copy"
        )
    of_canvas = set(CANVAS) <= set(names)
    if not of_canvas and not set(COLUMNS["id"]) & set(names):
        raise ValueError(
            f"no column names a student; it may be called {', '.join(COLUMNS['id'])}. There are: "
            f"{', '.join(columns)}"
        )
    members: dict[str, Member] = {}
    faults = []
    for number, row in enumerate(rows, start=2):
        fields = {name: row[column].strip() for name, column in names.items()}
        if not any(fields.values()) or (of_canvas and _no_student(fields)):
            continue
        if fields.get("role", "student").casefold() not in ("", "student"):
            continue
        member = _of_canvas(fields) if of_canvas else _of_any(fields)
        if fault := _fault(member, members):
            faults.append(f"  row {number}: {fault}")
        members[member.student.id] = member
    if faults:
        more = [f"  and {len(faults) - MAX_SHOWN} more"] if len(faults) > MAX_SHOWN else []
        raise ValueError("\n".join(["it cannot be used:", *faults[:MAX_SHOWN], *more]))
    if not members:
        raise ValueError("there is no student in it")
    return Roster(dict(sorted(members.items())))


def _plain(column: str) -> str:
    return " ".join(column.casefold().replace("_", " ").split())


def _no_student(fields: Mapping[str, str]) -> bool:
    """Whether a row of Canvas's gradebook is the possible points, or the teacher's trial."""
    return fields["student"] in ("", "Points Possible", "Student, Test")


def _of_canvas(fields: Mapping[str, str]) -> Member:
    last, _, first = fields["student"].partition(",")
    login, number = fields["sis login id"], fields["id"]
    student = Student(
        login or fields["sis user id"] or number,
        first.strip(),
        last.strip(),
        login if "@" in login else "",
        number,
    )
    return Member(student, fields["section"])


def _of_any(fields: Mapping[str, str]) -> Member:
    found = {
        field: next((fields[name] for name in names if fields.get(name)), "")
        for field, names in COLUMNS.items()
    }
    first, last = found["first_name"], found["last_name"]
    if not first and not last:
        if "," in found["name"]:
            last, first = (part.strip() for part in found["name"].split(",", 1))
        else:
            first, _, last = found["name"].rpartition(" ")
    number = found["number"].rpartition(" ")[2]  # Moodle writes "Participant 123"
    student = Student(found["id"], first, last, found["email"], found["lms_user_id"])
    return Member(student, found["section"], number)


def _fault(member: Member, before: Mapping[str, Member]) -> str:
    """What is wrong with a student, in words; empty if nothing is."""
    name = member.student.id
    if not name:
        return f"{member.student.name or 'a student'} has no id"
    if SHORTENED.fullmatch(name):
        return (
            f"{name} is what a spreadsheet made of a longer number: open the file that it was made "
            "of again, with this column as text"
        )
    if name in before:
        return f"{name} stands in it twice"
    return unusable(name)


def unusable(name: str) -> str:
    """Why no folder can have this student's id as its name; empty if one can."""
    if len(name) > MAX_NAME:
        return f"{name[:20]}… has more than {MAX_NAME} characters"
    odd = any(c in "/\\" or unicodedata.category(c) in ("Cc", "Cs") for c in name)
    if odd or name.startswith(".") or name != name.strip():
        return f"{name!r} cannot be the name of a folder"
    return ""


@dataclass(frozen=True)
class Taken:
    """What a new roster changed: ids of students.

    Attributes:
        unreadable: why the roster before could not be read; empty if it could.
    """

    path: Path
    roster: Roster
    new: Sequence[str]
    changed: Sequence[str]
    gone: Sequence[str]
    unreadable: str = ""


def take(root: Path, file: Path) -> Taken:
    """Make a file the roster of a class, and enter its names in the gradebook.

    Raises:
        ValueError: if it is no roster. Then the one before stays.
        RuntimeError: if the gradebook cannot be written.
    """
    roster = _read(file)
    path = root / FILE
    before: Mapping[str, Member] = {}
    unreadable = ""
    try:
        before = _read(path).members if path.exists() else {}
    except ValueError as fault:
        unreadable = str(fault)
    enter(root, roster)
    page.write(path, as_csv(roster))
    new = [name for name in roster.members if name not in before]
    changed = [n for n, m in roster.members.items() if n in before and before[n] != m]
    gone = [n for n in before if n not in roster.members]
    return Taken(path, roster, new, changed, gone, unreadable)


def as_csv(roster: Roster) -> str:
    """The roster as a table that :func:`parsed` reads."""
    text = io.StringIO(newline="")
    columns = [*Student.__dataclass_fields__, "section", "participant"]
    written = csv.DictWriter(text, columns)
    written.writeheader()
    for member in roster.members.values():
        of = {"section": member.section, "participant": member.number}
        written.writerow({**asdict(member.student), **of})
    return text.getvalue()


def enter(root: Path, roster: Roster) -> None:
    """Enter the names in nbgrader's gradebook, all of them or none.

    A field that the roster leaves empty stays as it is. A new gradebook gets its name only when it
    is complete.

    Raises:
        RuntimeError: if the database cannot be written.
    """
    from nbgrader import api

    database = Database.of(root)
    with database.in_words(), database.alone():
        file = database.new_file
        unfinished = file and file.with_name(f"{file.name}.new")
        if unfinished:
            unfinished.unlink(missing_ok=True)
        url = database.url.set(database=unfinished.as_posix()) if unfinished else database.url
        with database.connected(url) as gradebook:
            database.take_turn(gradebook.db)
            known = {student.id: student for student in gradebook.students}
            for name, member in roster.members.items():
                row = known.get(name) or api.Student(id=name)
                for column, value in asdict(member.student).items():
                    if value and getattr(row, column) != value:
                        setattr(row, column, value)
                gradebook.db.add(row)
            gradebook.db.commit()
        if file and unfinished:
            unfinished.rename(file)


def say(taken: Taken) -> str:
    """What an assistant wants to know about a new roster."""
    there = page.counted(len(taken.roster.members), "student")
    changes = f"{len(taken.new)} new, {len(taken.changed)} changed"
    lines = [f"{taken.path}: {there} ({changes})"]
    if taken.unreadable:
        lines.append(f"the roster before could not be read, and counts as none: {taken.unreadable}")
    if taken.gone:
        lines.append(f"no longer on the roster: {', '.join(taken.gone)}; their marks are kept")
    nameless = [n for n, m in taken.roster.members.items() if m.student.name == n]
    if nameless:
        lines.append(f"without a name: {', '.join(nameless)}")
    return "\n".join(lines)
