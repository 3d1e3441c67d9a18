"""What grading cannot be faster than: the processor time of a notebook's cells alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from autograder import course
from autograder.assignment import load
from autograder.needed import needed
from autograder.submission import read, restore, source_cells
from benchmarks.grading.students import NOTEBOOK

ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
}


def cpu_seconds(notebooks: list[list[str]]) -> list[float]:
    """The processor time of each notebook's cells, in a warm interpreter, one after the other."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.grading.warm"],
        cwd=course.root(),
        env=os.environ | ENVIRONMENT,
        input=json.dumps(notebooks),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return list(json.loads(done.stdout))


def all_cells(stock: Path, student: str) -> list[str]:
    """The code that stock nbgrader runs: of every cell, the tests put right."""
    return [cell.source for cell in _restored(stock, student) if cell.cell_type == "code"]


def marks_cells(stock: Path, ours: Path, student: str) -> list[str]:
    """The code that marks depend on: the tests, and what they need."""
    modules = load(ours, NOTEBOOK).marks_room.modules
    return [code for code in needed(_restored(stock, student), modules) if code is not None]


def _restored(folder: Path, student: str) -> list:
    source = folder / course.SOLUTIONS / NOTEBOOK / f"{NOTEBOOK}.ipynb"
    handed_in = folder / "submitted" / student / NOTEBOOK / f"{NOTEBOOK}.ipynb"
    return restore(read(handed_in.read_bytes()), source_cells(source)).cells
