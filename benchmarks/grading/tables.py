"""From what was measured about grading to the tables of README.md."""

from __future__ import annotations

import numpy as np

from benchmarks.grading.runs import CELL_SECONDS, GRADE, STOCK, Grading, Timed
from benchmarks.report import BUSY, digits, si, table


def render(grading: Grading) -> str:
    """What stands under the section's heading."""
    parts = [conditions(grading), time_table(grading), trouble_table(grading)]
    return "\n\n".join([*parts, growth_table(grading)])


def conditions(grading: Grading) -> str:
    rounds = len(grading.timed[0].seconds)
    lines = [f"- Submissions: {grading.count}; rounds: {rounds}; workers: {grading.cores}"]
    if grading.foreign is not None:
        lines.append(f"- Other processes took {grading.foreign:.1%} of the processors meanwhile")
        if grading.foreign > BUSY:
            lines.append("- **The machine was busy: these figures are not to be trusted**")
    return "\n".join(lines)


def time_table(grading: Grading) -> str:
    """A row a way and a shape; its ratios to stock nbgrader and to what the cells alone take."""
    heading = ["", "the class", "a submission", "times faster than stock"]
    heading += [f"its cells alone, on {grading.cores} cores", "times as long as that", "graded"]
    stock = {t.shape: t for t in grading.timed if t.way == STOCK}
    rows = []
    for shape in dict.fromkeys(t.shape for t in grading.timed):
        rows.append([f"**{shape.title}**", *[""] * (len(heading) - 1)])
        mine = [t for t in grading.timed if t.shape == shape]
        mine.sort(key=lambda t: t.way != STOCK)
        rows += [_row(grading, timed, stock[shape]) for timed in mine]
    return table(heading, rows)


def _row(grading: Grading, timed: Timed, stock: Timed) -> list[str]:
    seconds = float(np.median(timed.seconds))
    limit = timed.limit / grading.cores
    faster = np.asarray(stock.seconds) / np.asarray(timed.seconds)
    ratio = f"{digits(np.median(faster))} ({digits(faster.min())}–{digits(faster.max())})"
    return [
        timed.way.title,
        si(seconds),
        si(seconds / grading.count),
        "" if timed.way == STOCK else ratio,
        si(limit),
        digits(seconds / limit),
        "all" if timed.part == grading.count else f"{timed.part}",
    ]


def trouble_table(grading: Grading) -> str:
    """What a submission costs that does not come back."""
    heading = [f"one submission alone, {CELL_SECONDS} s a cell"]
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


def growth_table(grading: Grading) -> str:
    """Time and memory of `autograder grade` by the size of the class."""
    heading = ["submissions", "time", "a submission", "memory: main process", "a worker"]
    heading += ["its sandbox", "all together"]
    rows = []
    for grown in grading.grown:
        sizes = [f"{size / 1e6:.0f} MB" for size in vars(grown.peaks).values()]
        each = si(grown.seconds / grown.count)
        rows.append([f"{grown.count:,}", si(grown.seconds), each, *sizes])
    return table(heading, rows)
