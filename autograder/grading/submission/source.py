"""The source notebook: what is graded, where, and the text that students were given."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.cells import names_defined
from autograder.grading.submission.cells import SourceCell
from autograder.grading.submission.reading import images

if TYPE_CHECKING:
    from traitlets.config import Config

NO_TESTS: Mapping[str, str] = {}


def source_cells(
    source: Path | bytes, config: Config | None = None, made: Mapping[str, str] = NO_TESTS
) -> list[SourceCell]:
    """The cells of a source notebook: stubs in place of its answers, hidden tests included.

    Args:
        source: the notebook, or its file.
        config: of the course; it says how nbgrader replaces answers and hidden tests, and which
            notebooks it puts before and behind.
        made: by grade_id, the tests that nbgrader made when it released the notebook.

    Raises:
        RuntimeError: if nbgrader would not release it: an answer outside a solution cell, say.
    """
    # Takes seconds: only a caller that reads a source waits.
    from nbgrader import nbgraderformat
    from nbgrader.preprocessors import (
        ClearHiddenTests,
        ClearMarkScheme,
        ClearSolutions,
        ComputeChecksums,
        IncludeHeaderFooter,
    )

    data = source.read_bytes() if isinstance(source, Path) else source
    notebook = nbgraderformat.reads(data.decode("utf-8-sig"), as_version=4)
    notebook, _ = IncludeHeaderFooter(config=config).preprocess(notebook, {})
    for cell in notebook.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = made.get(grade_id, cell.source)
    answers = [cell.source for cell in notebook.cells]
    for clear in (ClearSolutions, ComputeChecksums):
        notebook, _ = clear(config=config).preprocess(notebook, {})
    released = deepcopy(notebook)
    for clear in (ClearHiddenTests, ClearMarkScheme):
        released, _ = clear(config=config).preprocess(released, {})
    return [
        _source_cell(number, cell, given.source, answer)
        for number, (cell, given, answer) in enumerate(
            zip(notebook.cells, released.cells, answers, strict=True)
        )
    ]


def _source_cell(number: int, cell: Any, released: str, answer: str) -> SourceCell:
    nbgrader = cell.metadata.get("nbgrader", {})
    marked = any(nbgrader.get(key) for key in ("grade", "solution", "locked", "task"))
    return SourceCell(
        cell_type=cell.cell_type,
        source=cell.source,
        id=cell.get("id") or f"source-{number}",
        nbgrader=dict(nbgrader) if marked else None,
        origin="released",
        attachments=images(cell.get("attachments")),
        released=released,
        defines=names_defined(answer) if nbgrader.get("solution") else (),
    )
