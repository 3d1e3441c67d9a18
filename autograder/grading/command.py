"""``autograder grade``: progress on stderr, a summary on stdout."""

from __future__ import annotations

import argparse
import statistics
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from autograder import folders
from autograder.grading.class_run import Result, run
from autograder.grading.collected import students
from autograder.grading.lazy_nbgrader import collector_paused
from autograder.sandbox import Limits, cgroup

INTERRUPTED = 130  # exit status after Ctrl-C, as in shells
SLOWEST, SLOW = 5, 2  # so many are named, if they took so many times the usual time
SHOWN = 20  # lines and names in a summary: a class may have more than fit on a screen
NOTES = 4  # of a student

UNSAFE = """\
WARNING: without a sandbox the code of every submission runs as you: it can read and change
         your files, this course's answers and the gradebook. No such mark can be trusted."""


def grade(options: argparse.Namespace) -> int:
    """Grade an assignment; 0 if every submission could be graded."""
    name = options.assignment.rstrip("/\\")  # as a shell completes the name of a folder
    root = (options.course_dir or _here()).resolve()
    if not root.is_dir():
        raise FileNotFoundError(f"--course-dir {options.course_dir}: there is no such folder")
    if "/" in name or not name:
        raise ValueError(f"{options.assignment!r} is no name of an assignment, such as 01_ewma")
    settings = folders.configuration(root).Judge
    limits = Limits.from_mapping({**settings.get("limits", {}), **_limits(options.limit)})
    who = students(root, name, options.student)
    if not who:
        print(f"nobody has handed in {name}: there is no {root}/submitted/*/{name}")
        return 0
    if options.unsafe_no_sandbox:
        print(UNSAFE, file=sys.stderr)
    results: list[Result] = []
    # Workers are forked, so there must be no thread that watches the bar.
    tqdm.monitor_interval = 0
    cgroup.prepare()
    running = run(
        name,
        root,
        students=who,
        workers=options.workers,
        scheduler=options.scheduler,
        force=options.force,
        all_cells=options.all_cells or settings.get("all_cells", False),
        limits=limits,
        unsafe=options.unsafe_no_sandbox,
    )
    try:
        with tqdm(total=len(who), desc=name, unit="submission", file=sys.stderr) as bar:
            for result in running:
                results.append(result)
                if not result.fresh:
                    bar.initial += 1  # it took no time, and says nothing about the time left
                bar.update()
    except KeyboardInterrupt:
        left = len(who) - len(results)
        print(f"\nStopped; {left} of {len(who)} are left. Run the same command again to continue.")
        return INTERRUPTED
    print(summary(results, _by_hand(root, name, results)))
    return 1 if any(result.problem for result in results) else 0


def _here() -> Path:
    """The course that nobody names: the current folder if it is one, or else the repository."""
    here = Path.cwd()
    return here if (here / "source").is_dir() else folders.repository()


def _by_hand(root: Path, name: str, results: Sequence[Result]) -> list[str]:
    """What is left to a person."""
    graded = [result.student for result in results if not result.problem]
    if not graded:
        return []
    with collector_paused():
        from autograder.desk import standing  # the desk's modules, which grading does not need

    return standing.for_a_person(root, name, graded)


def summary(results: Sequence[Result], by_hand: Sequence[str] = ()) -> str:
    """What the person who graded wants to know about the class.

    Args:
        by_hand: what is left to a person, a line for each kind.
    """
    graded = [result for result in results if not result.problem]
    fresh = sum(result.fresh for result in graded)
    lines = [f"{fresh} graded, {len(graded) - fresh} graded before"]
    points = [result.points for result in graded if result.points is not None]
    if points:
        lines[0] += (
            f"; points: lowest {min(points):g}, median {statistics.median(points):g}, "
            f"highest {max(points):g} of {max(r.max_points for r in graded):g}"
        )
    lines += by_hand
    if late := sum(result.seconds_late > 0 for result in graded):
        lines.append(f"{late} handed in late")
    lines += _changed(graded)
    lines += _limits_hit(results)
    lines += _slowest(results)
    lines += _worth_a_look(graded)
    failed = [f"{result.student}: {result.problem}" for result in results if result.problem]
    if failed:
        lines.append(f"{len(failed)} could not be graded:")
        lines += [f"  {line}" for line in failed]
    return "\n".join(lines)


def _changed(results: Sequence[Result]) -> list[str]:
    """Whose mark is not what it was, from what to what and why."""
    changed = [result for result in results if result.changes]
    lines = []
    for result in sorted(changed, key=lambda result: result.student)[:SHOWN]:
        points = result.points or 0.0
        before = points - sum((c.after or 0.0) - (c.before or 0.0) for c in result.changes)
        each = [f"{c.title} {_points(c.before)} → {_points(c.after)}" for c in result.changes]
        lines.append(
            f"  {result.student}: {before:g} → {points:g}, {result.why}: {', '.join(each)}"
        )
    if more := [result.student for result in sorted(changed, key=lambda r: r.student)[SHOWN:]]:
        lines.append(f"  and {_some(more)}")
    return [f"other points than before ({len(changed)}):", *lines] if changed else []


def _points(points: float | None) -> str:
    return "none" if points is None else f"{points:g}"


def _limits_hit(results: Sequence[Result]) -> list[str]:
    """Each limit that ended something, and for whom."""
    by_limit: dict[str, list[str]] = {}
    for result in results:
        for name, value in result.hit.items():
            by_limit.setdefault(f"{name}={value:g}", []).append(result.student)
    return [f"limit {limit} was hit by: {_some(who)}" for limit, who in sorted(by_limit.items())]


def _slowest(results: Sequence[Result]) -> list[str]:
    """The submissions that took longest, if they took much longer than most."""
    usual = statistics.median([r.seconds for r in results if r.seconds] or [0.0])
    slow = sorted(results, key=lambda result: -result.seconds)[:SLOWEST]
    said = [f"{r.student} {r.seconds:.1f} s" for r in slow if r.seconds > SLOW * usual]
    return [f"slowest (most took {usual:.1f} s): {', '.join(said)}"] if said else []


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} others" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _worth_a_look(results: Sequence[Result]) -> list[str]:
    """For whom something was put right or looked odd; what only few have comes first."""
    how_many = Counter(note for result in results for note in result.notes)
    noted = [result for result in results if result.notes]
    noted.sort(key=lambda result: (min(map(how_many.__getitem__, result.notes)), result.student))
    lines = []
    for result in noted[:SHOWN]:
        notes = sorted(result.notes, key=how_many.__getitem__)
        more = f"; and {len(notes) - NOTES} more" if len(notes) > NOTES else ""
        lines.append(f"  {result.student}: {'; '.join(notes[:NOTES])}{more}")
    if len(noted) > SHOWN:
        lines.append(f"  and {_some([result.student for result in noted[SHOWN:]])}")
    return [f"worth a look ({len(noted)}):", *lines] if noted else []


def _limits(texts: Sequence[str]) -> dict[str, str]:
    values = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise ValueError(f"--limit {text}: write it as NAME=VALUE, such as cell_seconds=120")
        values[name] = value
    return values
