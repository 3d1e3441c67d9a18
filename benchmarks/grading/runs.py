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

from autograder import folders
from benchmarks import machine
from benchmarks.grading import classroom, limit, marks, quickstart
from benchmarks.grading.classroom import SHAPES, SMALL, WHOLE, Shape
from benchmarks.grading.memory import Peaks, Watch
from benchmarks.grading.students import CLASS, NOTEBOOK, PART, Student, students, troubled

GROWTH = (10, 100, 300, 1000)
ROUNDS = 3
CELL_SECONDS = 10
"""The limit for a cell that does not end."""


@dataclass(frozen=True)
class Way:
    """A command that grades.

    Attributes:
        marks_only: it runs only the cells that marks depend on.
        whole_class: it is quick enough to grade everybody in every round.
    """

    title: str
    stock: bool = False
    arguments: tuple[str, ...] = ()
    marks_only: bool = False
    whole_class: bool = False


STOCK = Way("`nbgrader autograde`", stock=True)
GRADE = Way("`autograder grade`", marks_only=True, whole_class=True)
ALL_CELLS = Way("`autograder grade --all-cells`", arguments=("--all-cells",))
WAYS = (STOCK, GRADE, ALL_CELLS)


@dataclass
class Timed:
    """What one way took for one shape.

    Attributes:
        part: how many submissions a round graded; less than the class if the time for the rest is
        computed.
        seconds: wall time of the class, by round.
        limits: processor time, in seconds, of the cells that it runs for the class, by round.
    """

    shape: Shape
    way: Way
    part: int
    seconds: list[float] = field(default_factory=list)
    limits: list[float] = field(default_factory=list)


@dataclass
class Trouble:
    """What one submission alone took by each way, and the points that it got; None: not graded."""

    kind: str
    seconds: dict[Way, float] = field(default_factory=dict)
    points: dict[Way, float | None] = field(default_factory=dict)


@dataclass
class Grown:
    """What `autograder grade` took for a class of some size."""

    count: int
    seconds: float
    peaks: Peaks


@dataclass
class Elsewhere:
    """What nbgrader's own example course took; stock nbgrader's time is computed from a part."""

    count: int
    part: int
    stock: float
    ours: float


@dataclass
class Grading:
    """All that was measured about grading; others took the share ``foreign`` of the processors."""

    count: int
    cores: int
    timed: list[Timed] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    grown: list[Grown] = field(default_factory=list)
    foreign: float | None = None
    elsewhere: Elsewhere | None = None


def measure(folder: Path, say: Callable[[str], None], *, quick: bool) -> Grading:
    """Take all measurements, in course folders in ``folder``.

    Raises:
        OtherMarksError: if the ways do not agree about a student.
        RuntimeError: if a command failed.
    """
    classmates = students(4 if quick else CLASS)
    part, rounds = (3, 1) if quick else (PART, ROUNDS)
    shapes = (SMALL,) if quick else SHAPES
    load = machine.Load()
    machine.adopt_orphans()
    say(f"{len(classmates)} students hand in")
    for student in classmates:
        marks.require_same(f"plain asserts, {student}", student, marks.by_asserts(student))
    for shape in shapes:
        for stock in (True, False):
            everybody = [*classmates, *troubled()]
            classroom.make(_course(folder, shape, stock), shape, everybody, stock=stock)

    grading = Grading(len(classmates), machine.cores())
    for shape in shapes:
        for way in WAYS:
            graded = graded_by(way, len(classmates), part)
            grading.timed.append(Timed(shape, way, graded))
    rng = np.random.default_rng(0)
    for number in range(rounds):
        for i in rng.permutation(len(grading.timed)):
            timed = grading.timed[i]
            say(f"{timed.shape.name}: {timed.way.title}, round {number + 1} of {rounds}")
            timed.seconds.append(_class_seconds(folder, timed, classmates))
            timed.limits.append(_limit(folder, timed, classmates))
    for student in [classmates[0], *troubled()]:
        say(f"one submission: {student.kind}")
        grading.troubles.append(_trouble(folder, student))
    for count in (2, 4) if quick else GROWTH:
        say(f"{count} submissions")
        grading.grown.append(_grow(folder / "growth" / str(count), count))
    say("a course that has nothing of ours")
    grading.elsewhere = _elsewhere(
        folder / "elsewhere", 2 if quick else CLASS, 2 if quick else PART
    )
    grading.foreign = load.foreign_share()
    return grading


def graded_by(way: Way, count: int, part: int) -> int:
    """How many of a class a way grades in a round.

    What grades as many at a time as there are processors needs two turns of each: the time of a
    submission is that by which two turns take longer than one.
    """
    if way.whole_class:
        return count
    return part if way.stock else min(count, max(part, 2 * machine.cores()))


def _course(folder: Path, shape: Shape, stock: bool) -> Path:
    return folder / shape.name / ("stock" if stock else "ours")


def _limit(folder: Path, timed: Timed, classmates: list[Student]) -> float:
    """Processor time of the class's cells; computed if only a part of the class is graded."""
    cells = limit.marks_cells if timed.way.marks_only else limit.all_cells
    original = _course(folder, timed.shape, stock=not timed.way.marks_only)
    notebooks = [cells(original, student.name) for student in classmates[: timed.part]]
    return sum(limit.cpu_seconds(notebooks)) / timed.part * len(classmates)


def _class_seconds(folder: Path, timed: Timed, classmates: list[Student]) -> float:
    """The wall time for the class; computed if only a part of it is graded.

    A program is started once, whatever the size of the class. Two runs, with one submission for
    each process and with the part, separate the start from the time per submission.
    """
    seconds = _seconds(folder, timed, classmates[: timed.part])
    if timed.part == len(classmates):
        return seconds
    few = 1 if timed.way.stock else machine.cores()
    start = _seconds(folder, timed, classmates[:few])
    return start + (seconds - start) / (timed.part - few) * (len(classmates) - few)


def _seconds(folder: Path, timed: Timed, graded: list[Student]) -> float:
    """The wall time of one command on a fresh course folder; the marks are checked afterwards."""
    fresh = folder / "fresh"
    original = _course(folder, timed.shape, timed.way.stock)
    classroom.part_of(original, fresh, [student.name for student in graded])
    begin = time.perf_counter()
    _require_success(_start(timed.way, fresh))
    seconds = time.perf_counter() - begin
    found = marks.in_gradebook(fresh)
    for student in graded:
        marks.require_same(f"{timed.way.title}, {student}", student, found.get(student.name))
    return seconds


def _trouble(folder: Path, student: Student) -> Trouble:
    trouble = Trouble(student.kind)
    limits = {
        STOCK: (f"--Execute.timeout={CELL_SECONDS}",),
        GRADE: ("--limit", f"cell_seconds={CELL_SECONDS}"),
    }
    for way, arguments in limits.items():
        fresh = folder / "fresh"
        classroom.part_of(_course(folder, SMALL, way.stock), fresh, [student.name])
        begin = time.perf_counter()
        _start(way, fresh, *arguments).wait()  # it may well fail
        trouble.seconds[way] = time.perf_counter() - begin
        machine.reap()
        found = marks.in_gradebook(fresh).get(student.name)
        graded = found is not None and None not in found.values()
        trouble.points[way] = sum(found.values()) if graded else None
    return trouble


def _grow(folder: Path, count: int) -> Grown:
    classroom.make(folder, WHOLE, students(count), stock=False)
    begin = time.perf_counter()
    process = _start(GRADE, folder)
    with Watch(process.pid) as watch:
        _require_success(process)
    return Grown(count, time.perf_counter() - begin, watch.peaks)


def _elsewhere(folder: Path, count: int, part: int) -> Elsewhere:
    """The course of nbgrader's quickstart, graded by stock nbgrader (a part) and by us."""
    quickstart.make(folder / "all", count)
    seconds = {}
    found = {}
    for way, names in (
        (STOCK, quickstart.names(1)),
        (STOCK, quickstart.names(part)),
        (GRADE, quickstart.names(count)),
    ):
        fresh = folder / "fresh"
        classroom.part_of(folder / "all", fresh, names)
        begin = time.perf_counter()
        _require_success(_start(way, fresh, assignment=quickstart.NAME))
        seconds[way, len(names)] = time.perf_counter() - begin
        found[way] = quickstart.in_gradebook(fresh)
    for who, cells in found[STOCK].items():
        if cells != found[GRADE][who]:
            raise marks.OtherMarksError(f"{who}: {found[GRADE][who]}, by stock nbgrader {cells}")
    start, some = seconds[STOCK, 1], seconds[STOCK, part]
    stock = start + (some - start) / (part - 1) * (count - 1)
    return Elsewhere(count, part, stock, seconds[GRADE, count])


def _start(way: Way, folder: Path, *arguments: str, assignment: str = NOTEBOOK) -> subprocess.Popen:
    """Start a command in the way that its user types it."""
    scripts = sysconfig.get_path("scripts")
    if way.stock:
        command = [os.path.join(scripts, "nbgrader"), "autograde", assignment]
    else:
        command = [sys.executable, "-m", "autograder.cli", "grade", assignment]
        command += ["--course-dir", str(folder), *way.arguments]
    path = os.pathsep.join([scripts, os.environ["PATH"]])  # nbgrader calls programs by name
    environment = os.environ | {"PYTHONPATH": str(folders.repository()), "PATH": path}
    # If this were set, Python would compile nbgrader and its imports again at every start.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with (folder / "log.txt").open("w") as log:
        return subprocess.Popen(
            [*command, *arguments], cwd=folder, env=environment, stdout=log, stderr=log
        )


def _require_success(process: subprocess.Popen) -> None:
    if process.wait():
        raise RuntimeError(f"{process.args} ended with {process.returncode}: see its log.txt")
    machine.reap()
