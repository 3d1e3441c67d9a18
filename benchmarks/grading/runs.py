"""Grade the class in both ways, in turns, and watch the clock."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from autograder import course
from benchmarks.grading import classroom, limit, marks
from benchmarks.grading.classroom import SHAPES, Shape
from benchmarks.grading.memory import Peaks, Watch
from benchmarks.grading.students import CLASS, NOTEBOOK, Student, students

GROWTH = (10, 100, 300, 1000)
ROUNDS = 2


@dataclass(frozen=True)
class Way:
    """A command that grades.

    Attributes:
        part: of each shape, how many submissions a round grades; where that is less than
            the class, the time of the class is worked out from it.
        marks_only: it runs only the cells that marks depend on.
    """

    name: str
    title: str
    stock: bool
    arguments: tuple[str, ...]
    part: dict[str, int]
    marks_only: bool = False


STOCK = Way("stock", "`nbgrader autograde`", True, (), {"small": 16, "whole": 8})
GRADE = Way("grade", "`autograder grade`", False, (), {"small": CLASS, "whole": CLASS}, True)
ALL_CELLS = Way(
    "all-cells",
    "`autograder grade --all-cells`",
    False,
    ("--all-cells",),
    {"small": CLASS, "whole": 16},
)
WAYS = (STOCK, GRADE, ALL_CELLS)


@dataclass
class Timed:
    """What one way took for one shape. A list has an entry a round.

    Attributes:
        seconds: wall time of the class.
        part: how many submissions were graded in a round, and not worked out.
        limit: processor time of all cells that it runs, of the class, in seconds.
    """

    shape: Shape
    way: Way
    part: int
    limit: float
    seconds: list[float] = field(default_factory=list)


@dataclass
class Grown:
    """What a class of some size took of `autograder grade`."""

    count: int
    seconds: float
    peaks: Peaks


@dataclass
class Grading:
    """All that was measured about grading."""

    count: int
    rounds: int
    cores: int
    timed: list[Timed] = field(default_factory=list)
    grown: list[Grown] = field(default_factory=list)


def measure(folder: Path, cores: int, say: Callable[[str], None], *, quick: bool) -> Grading:
    """Take all measurements, in folders in ``folder``.

    Raises:
        OtherMarksError: if the ways do not agree about somebody.
        RuntimeError: if a command failed.
    """
    count, rounds = (4, 1) if quick else (CLASS, ROUNDS)
    class_ = students(count)
    say(f"grading: {count} students hand in")
    for student in class_:
        who = f"plain asserts, {student.name} ({student.kind})"
        marks.require_same(who, marks.by_checks(student), marks.by_asserts(student))
    for shape in SHAPES:
        for stock in (True, False):
            classroom.make(_course(folder, shape, stock), shape, class_, stock=stock)
    grading = Grading(count, rounds, cores)
    order = np.random.default_rng(0)
    # Who is in a part is drawn, so that the part is as mixed as the class.
    class_ = [class_[i] for i in order.permutation(count)]
    for shape in SHAPES:
        for way in WAYS:
            part = min(way.part[shape.name], 2 if quick else count)
            say(f"grading: the cells alone, {shape.name}, {way.name}")
            grading.timed.append(Timed(shape, way, part, _limit(folder, shape, way, class_, part)))
    for number in range(rounds):
        for timed in order.permutation(np.array(grading.timed, dtype=object)):
            say(f"grading: {timed.shape.name}, {timed.way.name}, round {number + 1} of {rounds}")
            timed.seconds.append(_class_seconds(folder, timed, class_))
    for count in (2, 4) if quick else GROWTH:
        say(f"grading: {count} submissions")
        grading.grown.append(_grow(folder / "growth", count))
    return grading


def _course(folder: Path, shape: Shape, stock: bool) -> Path:
    return folder / shape.name / ("stock" if stock else "ours")


def _limit(folder: Path, shape: Shape, way: Way, class_: list[Student], part: int) -> float:
    """Seconds for the class, worked out from the students of the part."""
    stock, ours = (_course(folder, shape, stock) for stock in (True, False))
    names = [student.name for student in class_[:part]]
    if way.marks_only:
        notebooks = [limit.marks_cells(stock, ours, name) for name in names]
    else:
        notebooks = [limit.all_cells(stock, name) for name in names]
    return sum(limit.cpu_seconds(notebooks)) / part * len(class_)


def _class_seconds(folder: Path, timed: Timed, class_: list[Student]) -> float:
    """The wall time for the class, worked out where only a part of it is graded.

    Starting nbgrader is done once, whatever the size of the class. One student alone and then the
    part give the two: the start, and the time a submission.
    """
    whole = _seconds(folder, timed, class_[: timed.part])
    if timed.part == len(class_):
        return whole
    one = _seconds(folder, timed, class_[:1])
    return one + (whole - one) / (timed.part - 1) * (len(class_) - 1)


def _seconds(folder: Path, timed: Timed, graded: list[Student]) -> float:
    """The wall time of one command on a fresh course folder, its marks checked afterwards."""
    original = _course(folder, timed.shape, timed.way.stock)
    fresh = folder / "fresh"
    classroom.part_of(original, fresh, [student.name for student in graded])
    begin = time.perf_counter()
    _wait(_start(timed.way, fresh))
    seconds = time.perf_counter() - begin
    found = marks.in_gradebook(fresh)
    for student in graded:
        who = f"{timed.way.name}, {student.name} ({student.kind})"
        marks.require_same(who, marks.by_checks(student), found.get(student.name))
    return seconds


def _grow(folder: Path, count: int) -> Grown:
    classroom.make(folder / str(count), SHAPES[1], students(count), stock=False)
    begin = time.perf_counter()
    process = _start(GRADE, folder / str(count))
    with Watch(process.pid) as watch:
        _wait(process)
    return Grown(count, time.perf_counter() - begin, watch.peaks)


def _start(way: Way, folder: Path) -> subprocess.Popen:
    """Start a command as its user types it."""
    if way.stock:
        program = os.path.join(sysconfig.get_path("scripts"), "nbgrader")
        command = [program, "autograde", NOTEBOOK]
    else:
        command = [sys.executable, "-m", "autograder.cli", "grade", NOTEBOOK]
        command += ["--course-dir", str(folder), *way.arguments]
    environment = os.environ | {"PYTHONPATH": str(course.root())}
    # With it set, Python would compile nbgrader and what it imports anew at every start.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with (folder / "log.txt").open("w") as log:
        return subprocess.Popen(
            command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT
        )


def _wait(process: subprocess.Popen) -> None:
    if process.wait():
        raise RuntimeError(f"{process.args} ended with {process.returncode}: see its log.txt")
