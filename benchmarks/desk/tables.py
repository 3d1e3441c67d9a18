"""From what was measured at the desk to the tables of README.md."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.desk.runs import Desk, Step
from benchmarks.report import BUSY, megabytes, si, table

HEADING = ["time", "per student", "memory: all together", "main process"]


def render(desk: Desk) -> str:
    """The text below the section's heading."""
    lines = [f"- Students: {desk.count:,}; one notebook each; {desk.cores} cores; SQLite"]
    if desk.foreign is not None:
        lines.append(f"- Other processes took {desk.foreign:.1%} of the processors during the run")
        if desk.foreign > BUSY:
            lines.append("- **The machine was busy: these figures are not to be trusted**")
    parts = ["\n".join(lines), step_table("", desk, desk.steps)]
    parts.append(step_table("again, when nothing has changed", desk, desk.again))
    if desk.list_seconds is not None:
        parts.append(
            f"nbgrader's formgrader shows the complete list of submissions in a browser after "
            f"{si(desk.list_seconds)}."
        )
    return "\n\n".join(parts)


def step_table(title: str, desk: Desk, steps: Sequence[Step]) -> str:
    """One row per command."""
    rows = []
    for step in steps:
        memory = [megabytes(step.peaks.together), megabytes(step.peaks.main)]
        each = si(step.seconds / desk.count)
        rows.append([f"`autograder {step.command}`", si(step.seconds), each, *memory])
    return table([title, *HEADING], rows)
