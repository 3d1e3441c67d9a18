"""The limit of grading: it cannot be faster than the processor time of a notebook's cells."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from autograder import folders
from autograder.cells import as_check
from autograder.exercises import REGISTRY
from autograder.grading.assignment import load
from autograder.grading.needed import needed
from autograder.grading.submission import Cell, read, restore, source_cells
from benchmarks.grading.plain_asserts import test_cell
from benchmarks.grading.students import NOTEBOOK

ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
}


def cpu_seconds(notebooks: list[list[str]]) -> list[float]:
    """The processor time of each notebook's cells, in a warm interpreter, one after the other."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.grading.warm"],
        cwd=folders.repository(),
        env=os.environ | ENVIRONMENT,
        input=json.dumps(notebooks),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return list(json.loads(done.stdout))


def all_cells(stock: Path, student: str) -> list[str]:
    """The code that stock nbgrader runs: of every cell, with the tests restored."""
    return [cell.source for cell in _restored(stock, student) if cell.cell_type == "code"]


def marks_cells(ours: Path, student: str) -> list[str]:
    """The code that marks depend on, and then own experiments, as the judge runs them.

    Plain asserts stand in place of the checks.
    """
    cells = _restored(ours, student)
    plan = needed(cells, load(ours, NOTEBOOK).marks_mounts.modules)
    codes = [*sorted(plan.first.items()), *sorted(plan.last.items())]
    checks = [as_check(cell.source) if cell.graded else None for cell in cells]
    return [
        test_cell(REGISTRY[check.exercise_id]) if (check := checks[place]) else code
        for place, code in codes
    ]


def _restored(folder: Path, student: str) -> Sequence[Cell]:
    """A student's cells, with the graded ones restored."""
    source = folder / folders.SOLUTIONS / NOTEBOOK / f"{NOTEBOOK}.ipynb"
    handed_in = folder / "submitted" / student / NOTEBOOK / f"{NOTEBOOK}.ipynb"
    return restore(read(handed_in.read_bytes()), source_cells(source)).cells
