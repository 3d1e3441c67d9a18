"""Course folders in nbgrader's layout, with a class that has handed in."""

from __future__ import annotations

import copy
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from autograder import folders
from autograder.authoring.sample_class import SampleSubmission, fill_in
from benchmarks.grading.plain_asserts import with_plain_asserts
from benchmarks.grading.students import NOTEBOOK, Student

PICTURE = "agreeing, arguing = "
"""The beginning of the one picture that the small notebook keeps: it needs only an answer."""

# The course's configuration without the judge: stock nbgrader executes everything.
STOCK = """\
c = get_config()
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "course"
c.OverwriteCells.add_missing_cells = True
c.Execute.timeout = 120
c.Execute.extra_arguments = ["--HistoryManager.hist_file=:memory:", "--IPKernelApp.log_level=40"]
"""


@dataclass(frozen=True)
class Shape:
    """A notebook to grade: the course's as it is, or cut down."""

    name: str
    title: str
    small: bool


SMALL = Shape("small", f"{NOTEBOOK} cut down: imports, graded cells, one picture", True)
WHOLE = Shape("whole", f"{NOTEBOOK} as it is", False)
SHAPES = (SMALL, WHOLE)


def master(shape: Shape, *, stock: bool) -> Any:
    """The master of a shape; for stock nbgrader, with plain asserts."""
    notebook = nbformat.read(folders.master(NOTEBOOK), as_version=4)
    if shape.small:
        notebook.cells = _cut(notebook.cells)
    return with_plain_asserts(notebook) if stock else notebook


def make(folder: Path, shape: Shape, classmates: list[Student], *, stock: bool) -> None:
    """Make a course folder: the assignment is released, and all students have handed in."""
    source = folder / folders.SOLUTIONS / NOTEBOOK / f"{NOTEBOOK}.ipynb"
    source.parent.mkdir(parents=True)
    notebook = master(shape, stock=stock)
    nbformat.write(notebook, source)
    own = folders.repository() / folders.CONFIGURATION
    text = STOCK if stock else own.read_text(encoding="utf-8")
    (folder / folders.CONFIGURATION).write_text(text, encoding="utf-8")
    answer = folders.nbgrader(folder).generate_assignment(NOTEBOOK)
    if not answer["success"]:
        raise RuntimeError(f"nbgrader could not release {NOTEBOOK}: {folders.reason(answer)}")
    path = folder / folders.COURSE / NOTEBOOK / f"{NOTEBOOK}.ipynb"
    released = path.read_text(encoding="utf-8")
    for student in classmates:
        text = handed_in(released, student)
        SampleSubmission(student.name, NOTEBOOK, text, None, student.kind).write(
            folder / "submitted"
        )


def handed_in(released: str, student: Student) -> str:
    """The text of a student's notebook."""

    def change(notebook: Any) -> None:
        for one in student.changes:
            one(notebook)

    return fill_in(released, student.answers, change)


def part_of(folder: Path, to: Path, names: list[str]) -> None:
    """A fresh copy of a course folder in which only these students have handed in."""
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(folder, to, ignore=shutil.ignore_patterns("submitted"))
    for name in names:
        shutil.copytree(folder / "submitted" / name, to / "submitted" / name)


def _cut(cells: list[Any]) -> list[Any]:
    """The imports, what is graded, and one picture."""
    imports = next(cell for cell in cells if cell.cell_type == "code")
    [picture] = [cell for cell in cells if cell.source.startswith(PICTURE)]
    graded = [cell for cell in cells if "nbgrader" in cell.metadata]
    kept = [id(cell) for cell in (imports, picture, *graded)]
    return [copy.deepcopy(cell) for cell in cells if id(cell) in kept]
