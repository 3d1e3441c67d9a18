"""One assignment of a large class through every command of the desk, and the clock."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import sysconfig
import time
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autograder import folders
from benchmarks import machine
from benchmarks.desk import formgrader
from benchmarks.grading import classroom, marks
from benchmarks.grading.memory import Peaks, Watch
from benchmarks.grading.students import KINDS, NOTEBOOK, Student, students

CLASS = 1000
ROSTER, HANDED_IN, MARKS = "roster-of-canvas.csv", "submissions-of-canvas.zip", "marks.csv"
# What an assistant types for an assignment, in this order.
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("roster", ROSTER),
    ("collect", HANDED_IN),
    ("grade", NOTEBOOK),
    ("class",),
    ("feedback", NOTEBOOK),
    ("report", NOTEBOOK),
    ("export", NOTEBOOK, "--to", MARKS),
)
AGAIN = (("grade", NOTEBOOK), ("class",), ("feedback", NOTEBOOK))
"""The same once more, when nothing has changed: what a command costs that has nothing to do."""


@dataclass(frozen=True)
class Step:
    """What one command took."""

    command: str
    seconds: float
    peaks: Peaks


@dataclass
class Desk:
    """All that was measured; others took the share ``foreign`` of the processors.

    Attributes:
        list_seconds: until formgrader's list of submissions was complete in a browser; None if
            there is no browser here.
    """

    count: int
    cores: int
    steps: list[Step] = field(default_factory=list)
    again: list[Step] = field(default_factory=list)
    list_seconds: float | None = None
    foreign: float | None = None


class OtherClassError(AssertionError):
    """What a command wrote is not about the class that handed in."""


def measure(folder: Path, say: Callable[[str], None], *, count: int) -> Desk:
    """Take a class of this size through the commands, in a course folder in ``folder``.

    Raises:
        OtherMarksError, OtherClassError: if the marks are not those of the class.
        RuntimeError: if a command failed.
    """
    load = machine.Load()
    machine.adopt_orphans()
    say(f"{count} students hand in")
    classmates = students(count)
    course = folder / "course"
    classroom.make(course, classroom.WHOLE, [], stock=False)
    write_roster(course / ROSTER, classmates)
    write_zip(course / HANDED_IN, course, classmates)
    desk = Desk(count, machine.cores())
    for done, commands in ((desk.steps, COMMANDS), (desk.again, AGAIN)):
        for command in commands:
            say(f"autograder {' '.join(command)}")
            done.append(_step(course, command))
    require_class(course, classmates)
    say("formgrader's list of submissions")
    desk.list_seconds = formgrader.list_seconds(course, NOTEBOOK, count)
    desk.foreign = load.foreign_share()
    return desk


def write_roster(path: Path, classmates: Sequence[Student]) -> None:
    """The class as Canvas exports its gradebook."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["Student", "ID", "SIS User ID", "SIS Login ID", "Section"])
        table.writerow(["    Points Possible", "", "", "", ""])
        for number, student in enumerate(classmates, start=1):
            table.writerow([f"{number}, Student", number, "", student.name, f"Group {number % 20}"])


def write_zip(path: Path, course: Path, classmates: Sequence[Student]) -> None:
    """What the class handed in, as Canvas exports it: one file per student, one minute apart."""
    released = (course / folders.COURSE / NOTEBOOK / f"{NOTEBOOK}.ipynb").read_text("utf-8")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, student in enumerate(classmates, start=1):
            name = f"student{number}_{number}_{10_000 + number}_{NOTEBOOK}.ipynb"
            when = (2026, 10, 1 + number // 1440, number // 60 % 24, number % 60, 0)
            entry = zipfile.ZipInfo(name, when)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, classroom.handed_in(released, student))


def require_class(course: Path, classmates: Sequence[Student]) -> None:
    """Raise unless everybody has marks, every kind of student the right ones."""
    found = marks.in_gradebook(course)
    names = {student.name for student in classmates}
    with (course / MARKS).open(encoding="utf-8", newline="") as file:
        exported = {row["student"] for row in csv.DictReader(file) if row["total"]}
    pages = len(list((course / "feedback").glob(f"*/{NOTEBOOK}/*.html")))
    if not found.keys() == exported == names or pages != len(names):
        raise OtherClassError(
            f"of {len(names)} students {len(found)} are graded, {len(exported)} exported, and "
            f"{pages} have feedback"
        )
    for student in classmates[:KINDS]:
        marks.require_same(str(student), student, found[student.name])


def _step(course: Path, command: Sequence[str]) -> Step:
    """Run a command in the way that its user types it."""
    scripts = sysconfig.get_path("scripts")
    path = os.pathsep.join([scripts, os.environ["PATH"]])  # nbgrader calls programs by name
    environment = os.environ | {"PYTHONPATH": str(folders.repository()), "PATH": path}
    # If this were set, Python would compile nbgrader and its imports again at every start.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    words = [sys.executable, "-m", "autograder.cli", *command, "--course-dir", str(course)]
    with (course / "log.txt").open("w+", encoding="utf-8") as log:
        begin = time.perf_counter()
        process = subprocess.Popen(words, cwd=course, env=environment, stdout=log, stderr=log)
        with Watch(process.pid) as watch:
            status = process.wait()
        seconds = time.perf_counter() - begin
        machine.reap()
        if status:
            log.seek(0)
            raise RuntimeError(f"{' '.join(words)} ended with {status}:\n{log.read()[-2000:]}")
    return Step(command[0], seconds, watch.peaks)
