"""From what was measured about grading to the tables of README.md."""

from __future__ import annotations

import numpy as np

from benchmarks.grading.runs import STOCK, Grading, Timed
from benchmarks.report import digits, si, table


def render(grading: Grading) -> str:
    """The section's tables, without its heading."""
    return "\n\n".join([time_table(grading), growth_table(grading)])


def time_table(grading: Grading) -> str:
    """A row a way and a shape; its ratios to stock nbgrader and to what the cells alone take."""
    heading = ["", f"{grading.count} submissions", "each", "times faster than stock"]
    heading += [f"the cells alone, on {grading.cores} cores", "times as long as that", "timed"]
    stock = {t.shape.name: t for t in grading.timed if t.way == STOCK}
    rows = []
    for shape in dict.fromkeys(t.shape for t in grading.timed):
        rows.append([f"**{shape.title}**", *[""] * (len(heading) - 1)])
        for timed in (t for t in grading.timed if t.shape == shape):
            rows.append(_row(grading, timed, stock[shape.name]))
    return table(heading, rows)


def _row(grading: Grading, timed: Timed, stock: Timed) -> list[str]:
    seconds = float(np.median(timed.seconds))
    limit = timed.limit / grading.cores
    faster = np.asarray(stock.seconds) / np.asarray(timed.seconds)
    ratio = digits(float(np.median(faster)))
    if len(faster) > 1:
        ratio += f" ({digits(faster.min())}–{digits(faster.max())})"
    return [
        timed.way.title,
        si(seconds),
        si(seconds / grading.count),
        "" if timed.way == STOCK else ratio,
        si(limit),
        digits(seconds / limit),
        "all" if timed.part == grading.count else f"1 and {timed.part}",
    ]


def growth_table(grading: Grading) -> str:
    """Time and memory of `autograder grade` by the size of the class."""
    heading = ["submissions", "time", "each", "memory: main process", "a worker", "its sandbox"]
    heading += ["all together"]
    return table(
        heading,
        [
            [
                f"{grown.count:,}",
                si(grown.seconds),
                si(grown.seconds / grown.count),
                *(f"{size / 1e6:.0f} MB" for size in vars(grown.peaks).values()),
            ]
            for grown in grading.grown
        ],
    )
