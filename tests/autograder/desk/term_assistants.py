"""What two assistants do in a term, step by step, each compared with what was reckoned by hand."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

import term_course as files
from term_account import Account
from term_course import Course
from term_formgrader import Marking, formgrader
from term_story import (
    EXTENSIONS,
    GUESTS,
    IN_WORDS,
    PLATFORMS,
    POINTS,
    SECTIONS,
    HandIn,
    Person,
)

SAME = 0.005 + 1e-9  # points are written with two digits
GUEST = "auditorguest"  # as Canvas writes the name of somebody whom nobody knows


@dataclass
class Term:
    """A term that is played.

    Attributes:
        accounts: by assignment and student, what must be.
        faults: a line for everything that is otherwise.
    """

    course: Course
    people: Sequence[Person]
    marking: Callable[[Course], AbstractContextManager[Marking]] = formgrader
    accounts: dict[str, dict[str, Account]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    compared: int = 0
    told: int = 0  # of the faults
    mended: set[str] = field(default_factory=set)  # notebooks
    exports: int = 0
    handed_out: dict[str, str] = field(default_factory=dict)
    extensions: dict[str, dict[str, float]] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)

    # --------------------------------------------------------------------------- how it is told
    def tell(self, what: str) -> None:
        """Progress, and what differs since the last line."""
        print(f"[{time.monotonic() - self.began:4.0f} s] {what}", flush=True)
        for fault in self.faults[self.told :]:
            print(f"  ✗ {fault}", flush=True)
        self.told = len(self.faults)

    def same(self, what: str, got: object, wanted: object) -> None:
        """Compare one thing; a difference is remembered, and the term goes on."""
        self.compared += 1
        if got != wanted:
            self.faults.append(f"{what}: {got!r}, not {wanted!r}")

    def says(self, text: str, *wanted: str) -> None:
        """Compare what a command says: every one of these must be in it."""
        for words in wanted:
            self.compared += 1
            if words not in text:
                self.faults.append(f"nobody says {words!r} in:\n{text}")

    def stand(self, *names: str) -> None:
        """Compare how everybody stands in these assignments."""
        tables = self.course.tables(names)
        for name in names:
            question = f"explain {name[3:].replace('_', ' ')}"
            table = tables[name]
            self.same(f"students of {name}", sorted(table), sorted(self.accounts[name]))
            for student, account in self.accounts[name].items():
                wanted = account.row(question)
                got = {column: table.get(student, {}).get(column, "") for column in wanted}
                got["problem"] = got["problem"] and "yes"
                self.compared += 1
                if other := {c: (got[c], w) for c, w in wanted.items() if not _agree(got[c], w)}:
                    each = ", ".join(f"{c} is {g!r}, not {w!r}" for c, (g, w) in other.items())
                    self.faults.append(f"{name}, {student}: {each}")

    # --------------------------------------------------------------------------- what is done
    def begin(self, notebooks: Sequence[str], *, bundle: bool) -> None:
        """The roster, the due dates, and what the class gets."""
        gradebook = files.canvas_gradebook(self.course.root / "canvas.csv", self.people, notebooks)
        said = self.course.run("roster", gradebook)
        self.says(said, f"{len(self.people)} students ({len(self.people)} new, 0 changed)")
        for name in notebooks:
            self.course.due(name)
            self.accounts[name] = {person.id: Account() for person in self.people}
        folder = self.course.root / folders_of(bundle)
        if bundle:
            self.course.run("bundle", "for_class", *notebooks)
        self.handed_out = {name: files.released(folder, name) for name in notebooks}
        self.extend(EXTENSIONS)
        self.tell(f"{len(self.people)} students are on the roster, {len(notebooks)} are handed out")

    def extend(self, extensions: Mapping[str, Mapping[str, float]]) -> None:
        """Grant days."""
        for student, by_name in extensions.items():
            for name, days in by_name.items():
                if student in self.accounts.get(name, {}):
                    self.extensions.setdefault(student, {})[name] = days
                    self.accounts[name][student].extension = days
        self.course.configure(self.extensions)

    def export(self, name: str, handed_in: Mapping[str, HandIn], *, dated: bool = True) -> Path:
        """The zip of a platform."""
        self.exports += 1
        by_id = {person.id: person for person in self.people}
        return files.export(
            self.course.root / f"export-{self.exports}.zip",
            self.handed_out[name],
            {by_id[student]: hand_in for student, hand_in in handed_in.items()},
            number=self.exports,
            dated=dated,
            guest=GUESTS.get(name),
        )

    def collect(self, name: str, handed_in: Mapping[str, HandIn], *, dated: bool = True) -> None:
        """Collect an export of everybody's newest hand-in; compare what is said about it."""
        accounts = self.accounts[name]
        arrived = {student: h for student, h in handed_in.items() if h.arrives}
        strangers = [GUEST] if name in GUESTS else []
        for stranger in strangers:
            accounts.setdefault(stranger, Account())
            arrived[stranger] = HandIn(name, form="unchanged", hours=-2.0)
        fresh = [s for s, hand_in in arrived.items() if accounts[s].collected != hand_in]
        for student in fresh:
            accounts[student].collect(arrived[student], dated=dated)
        said = self.course.run("collect", self.export(name, handed_in, dated=dated))
        what = f"{len(fresh)} collected, {len(arrived) - len(fresh)} there before"
        self.says(said, f"{name}, as {PLATFORMS[name].capitalize()} exports it: {what}")
        missing = [s for s, account in accounts.items() if account.collected is None]
        for label, names in (
            ("on the roster, and missing", missing),
            ("not on the roster, collected under these names", strangers),
            ("late, as the platform says; the time is not known", self._called_late(name)),
        ):
            if names:
                self.says(said, f"{label} ({len(names)}): {', '.join(sorted(names))}")
        for student in handed_in.keys() - arrived.keys():
            self.says(said, f"{student}: no notebook: ")
        self.tell(f"{name}: {what}; {len(missing)} missing")

    def _called_late(self, name: str) -> list[str]:
        return [s for s, account in self.accounts[name].items() if account.called_late]

    def grade(self, name: str) -> str:
        """Grade, and compare how many were graded and whose mark changed."""
        accounts = self.accounts[name]
        before = {s: a.checks if a.graded else None for s, a in accounts.items()}
        todo = {
            s
            for s, a in accounts.items()
            if a.collected and (a.graded is None or a.is_newer or a.mended != self.is_mended(name))
        }
        for account in accounts.values():
            account.grade(mended=self.is_mended(name))
        failed = [s for s, a in accounts.items() if a.failed]
        said = self.course.run("grade", name, status=1 if failed else 0)
        graded = [s for s, a in accounts.items() if a.collected and not a.failed]
        fresh = sum(s in todo for s in graded)
        self.says(said, f"{fresh} graded, {len(graded) - fresh} graded before")
        changed = {
            s: (before[s], accounts[s].checks)
            for s in graded
            if before[s] is not None and before[s] != accounts[s].checks
        }
        if changed:
            self.says(said, f"other points than before ({len(changed)}):")
        else:
            self.same(f"{name}: nobody's points change", "other points" in said, False)
        for student, (old, new) in changed.items():
            self.says(said, f"  {student}: {old:g} → {new:g}, ")
        if failed:
            self.says(said, f"{len(failed)} could not be graded:", *(f"  {s}: " for s in failed))
        again = sorted(s for s in graded if accounts[s].look_again)
        if again:
            self.says(said, f"the answer has changed since: {', '.join(again)}")
        self.tell(f"{name}: {fresh} graded, {len(changed)} marks are other than before")
        return said

    def is_mended(self, name: str) -> bool:
        return name in self.mended

    def mark(self, name: str, marking: Marking, *, clash: bool = False) -> None:
        """Both assistants mark: one in a table, one in formgrader; perhaps the same student."""
        table = self.course.root / f"{name}-by-hand.csv"
        self.course.run("marks", "export", name, "--to", table)
        own, others = self._waiting(name)
        if clash:
            twice = next(iter(own))
            marking(name, {twice: (1.0, "")})
            files.write(table, self._filled(table, own))
            said = self.course.run("marks", "import", name, table, status=1)
            self.says(said, "nothing was entered", twice, "was marked elsewhere")
            self.accounts[name][twice].mark(1.0, "")
            self.stand(name)
            self.course.run("marks", "export", name, "--to", table)
        marking(name, {s: (h.gets, h.comment) for s, h in others.items()})
        files.write(table, self._filled(table, own))
        said = self.course.run("marks", "import", name, table)
        for student, hand_in in (own | others).items():
            self.accounts[name][student].mark(hand_in.gets, hand_in.comment)
        self.tell(f"{name}: answers marked: {len(own)} in the table, {len(others)} in formgrader")

    def _waiting(self, name: str) -> tuple[dict[str, HandIn], dict[str, HandIn]]:
        """Whom the first and whom the second assistant has to mark."""
        sections = {person.id: person.section for person in self.people}
        found: tuple[dict[str, HandIn], dict[str, HandIn]] = ({}, {})
        for student, account in self.accounts[name].items():
            if account.graded and (account.waits or account.look_again):
                found[SECTIONS.index(sections[student])][student] = account.graded
        return found

    def _filled(self, table: Path, own: Mapping[str, HandIn]) -> list[dict[str, str]]:
        rows = files.read(table)
        for row in rows:
            if hand_in := own.get(row["student"]):
                row |= {"points": f"{hand_in.gets:g}", "comment": hand_in.comment}
        return rows

    def feedback(self, name: str) -> None:
        """Write feedback and compare how many pages had to be written."""
        accounts = self.accounts[name].values()
        fresh = sum([account.send_feedback() for account in accounts])
        there = sum(account.graded is not None for account in accounts)
        said = self.course.run("feedback", name)
        pages = f"{fresh} page{'' if fresh == 1 else 's'} written, {there - fresh} current before"
        self.says(said, pages)
        self.tell(f"{name}: {pages}")

    def report(self, name: str) -> None:
        """Write the report, and compare whom it counts."""
        said = self.course.run("report", name)
        graded = sum(a.graded is not None for a in self.accounts[name].values())
        missing = sum(a.state == "missing" for a in self.accounts[name].values())
        self.says(said, f"{graded} with marks, {missing} have not handed in")
        self.tell(f"{name}: the report is written")

    def refused(self, name: str) -> None:
        """A final export while something is open: it is refused, and says what."""
        if not any(account.open for account in self.accounts[name].values()):
            return  # in a small class
        path = self.course.root / "too-early.csv"
        said = self.course.run("export", name, "--final", "--to", path, status=1)
        self.says(said, f"{name} is not final")
        self.same(f"{name}: a refused export writes nothing", path.exists(), False)
        for student in sorted(s for s, a in self.accounts[name].items() if a.open)[:3]:
            self.says(said, student)
        self.tell(f"{name}: a final export is refused")

    def final(self, name: str) -> None:
        """Write the final marks for the platform, and read them back as it would."""
        kind = PLATFORMS[name]
        path = self.course.root / f"{name}-{kind}.csv"
        if kind == "canvas":
            roster = self.course.root / "canvas.csv"
            key, column = "SIS Login ID", f"{name} ({4700 + list(self.accounts).index(name)})"
        else:
            roster = files.moodle_gradebook(self.course.root / "moodle.csv", self.people, name)
            key, column = "ID number", f"Assignment: {name} (Real)"
        self.course.run(
            "export", name, "--final", "--format", kind, "--roster", roster, "--to", path
        )
        rows = {row[key]: row[column] for row in files.read(path)}
        if kind == "canvas":
            self.same(f"{name}: possible points", float(rows.pop("")), POINTS[name] + IN_WORDS)
            self.same(f"{name}: Canvas's own test student", rows.pop("test"), "")
        self.same(f"{name}: who is in the export", sorted(rows), sorted(p.id for p in self.people))
        for person in self.people:
            account = self.accounts[name][person.id]
            wanted = account.total if account.graded else ""
            self.compared += 1
            if not _agree(rows.get(person.id, ""), wanted):
                self.faults.append(f"{name}, {person.id}: exported {rows.get(person.id)}: {wanted}")
        for account in self.accounts[name].values():
            account.export()
        self.tell(f"{name}: final marks for {kind.capitalize()}, read back")


def folders_of(bundle: bool) -> str:
    return "for_class/handout/course" if bundle else "course"


def _agree(got: str, wanted: str | float) -> bool:
    if isinstance(wanted, str):
        return got == wanted
    return got != "" and abs(float(got) - wanted) <= SAME
