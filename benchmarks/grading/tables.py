"""From what was measured about grading to the tables of README.md."""

from __future__ import annotations

import numpy as np

from benchmarks.grading.runs import CELL_SECONDS, GRADE, STOCK, Elsewhere, Grading, Timed
from benchmarks.report import BUSY, digits, si, table

FASTER, LONGER = 20, 2
"""The aims: so many times faster than stock nbgrader, at most so many times the cells alone."""


def render(grading: Grading) -> str:
    """The text below the section's heading."""
    parts = [conditions(grading), time_table(grading), verdict(grading)]
    parts += [growth_table(grading), growth(grading), trouble_table(grading)]
    parts += [elsewhere(grading.elsewhere)] if grading.elsewhere else []
    return "\n\n".join(parts)


def conditions(grading: Grading) -> str:
    rounds = len(grading.timed[0].seconds)
    lines = [f"- Submissions: {grading.count}; rounds: {rounds}; workers: {grading.cores}"]
    if grading.foreign is not None:
        lines.append(
            f"- Other processes took {grading.foreign:.1%} of the processors during the run"
        )
        if grading.foreign > BUSY:
            lines.append("- **The machine was busy: these figures are not to be trusted**")
    return "\n".join(lines)


def time_table(grading: Grading) -> str:
    """One row per way and shape, with its ratios to stock nbgrader and to the cells alone."""
    heading = ["", "the class", "per submission", "times faster than stock"]
    heading += [f"its cells alone, on {grading.cores} cores", "times as long as that", "graded"]
    stock = {t.shape: t for t in grading.timed if t.way == STOCK}
    rows = []
    for shape in dict.fromkeys(t.shape for t in grading.timed):
        rows.append([f"**{shape.title}**", *[""] * (len(heading) - 1)])
        mine = [t for t in grading.timed if t.shape == shape]
        mine.sort(key=lambda t: t.way != STOCK)
        rows += [_row(grading, timed, stock[shape]) for timed in mine]
    return table(heading, rows)


def verdict(grading: Grading) -> str:
    """Which ways are as fast as they should be."""
    stock = {t.shape: t for t in grading.timed if t.way == STOCK}
    lines = []
    for timed in (t for t in grading.timed if t.way != STOCK):
        faster = float(np.median(_times_faster(timed, stock[timed.shape])))
        longer = float(np.median(_times_longer(grading, timed)))
        missed = [f"not {FASTER} times faster"] * (faster < FASTER)
        missed += [f"more than {LONGER} times its cells alone"] * (longer > LONGER)
        said = f"**{' and '.join(missed)}**" if missed else "both aims are met"
        lines.append(
            f"- {timed.way.title}, {timed.shape.title}: {digits(faster)} times faster than stock, "
            f"{digits(longer)} times its cells alone: {said}"
        )
    return "\n".join(lines)


def _times_faster(timed: Timed, stock: Timed) -> np.ndarray:
    return np.asarray(stock.seconds) / np.asarray(timed.seconds)


def _times_longer(grading: Grading, timed: Timed) -> np.ndarray:
    return np.asarray(timed.seconds) / (np.asarray(timed.limits) / grading.cores)


def _spread(ratios: np.ndarray) -> str:
    """The median, and in brackets the lowest and the highest."""
    return f"{digits(np.median(ratios))} ({digits(ratios.min())}–{digits(ratios.max())})"


def _row(grading: Grading, timed: Timed, stock: Timed) -> list[str]:
    seconds = float(np.median(timed.seconds))
    return [
        timed.way.title,
        si(seconds),
        si(seconds / grading.count),
        "" if timed.way == STOCK else _spread(_times_faster(timed, stock)),
        si(float(np.median(timed.limits)) / grading.cores),
        _spread(_times_longer(grading, timed)),
        "all" if timed.part == grading.count else f"{timed.part}",
    ]


def trouble_table(grading: Grading) -> str:
    """The time that a submission takes if its code does not end."""
    heading = [f"one submission alone, at most {CELL_SECONDS} s per cell"]
    for way in (STOCK, GRADE):
        heading += [way.title, "points"]
    rows = []
    for trouble in grading.troubles:
        rows.append([trouble.kind])
        for way in (STOCK, GRADE):
            points = trouble.points[way]
            rows[-1].append(si(trouble.seconds[way]))
            rows[-1].append("not graded" if points is None else f"{points:g}")
    return table(heading, rows)


def elsewhere(measured: Elsewhere) -> str:
    """The times of a course that has nothing of ours."""
    heading = ["nbgrader's quickstart course, ps1", "the class", "per submission", "graded"]
    rows = [
        [STOCK.title, si(measured.stock), si(measured.stock / measured.count), f"{measured.part}"],
        [GRADE.title, si(measured.ours), si(measured.ours / measured.count), "all"],
    ]
    ratio = f"{digits(measured.stock / measured.ours)} times faster, with the same marks."
    return f"{table(heading, rows)}\n\n{ratio}"


def growth_table(grading: Grading) -> str:
    """Time and memory of `autograder grade` by the size of the class."""
    heading = ["submissions", "time", "per submission", "memory: main process", "one worker"]
    heading += ["its sandbox", "all together"]
    rows = []
    for grown in grading.grown:
        sizes = [f"{size / 1e6:.0f} MB" for size in vars(grown.peaks).values()]
        each = si(grown.seconds / grown.count)
        rows.append([f"{grown.count:,}", si(grown.seconds), each, *sizes])
    return table(heading, rows)


def growth(grading: Grading) -> str:
    """The time of the start and the time per submission, and whether other sizes agree."""
    first, *between, last = grading.grown
    each = (last.seconds - first.seconds) / (last.count - first.count)
    start = first.seconds - each * first.count
    text = f"From {first.count} to {last.count:,} submissions: {si(max(start, 0.0))} to start, "
    text += f"and {si(max(each, 0.0))} per submission."
    for grown in between:
        off = grown.seconds / (start + each * grown.count) - 1
        more = "more" if off > 0 else "less"
        text += f" {grown.count} submissions took {abs(off):.0%} {more} than that."
    return text
