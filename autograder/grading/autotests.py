"""Tests that nbgrader writes: what a line ``### AUTOTEST f(2)`` has become.

When nbgrader releases a notebook, it runs the author's answers and writes tests of what they gave.
Those tests are in the gradebook, and they are what a submission is marked by: made once more they
could be others.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from autograder import folders

DELIMITER = "AUTOTEST"  # nbgrader's default


def tests_made(
    class_folder: Path, name: str, paths: Sequence[Path]
) -> Mapping[str, Mapping[str, str]]:
    """The tests that nbgrader made at release: notebook → grade_id → source.

    An assignment that has not been released yet is entered in the gradebook now, which makes them.

    Args:
        class_folder: folder in nbgrader's layout.
        name: of the assignment.
        paths: of its source notebooks.

    Raises:
        RuntimeError: if nbgrader cannot make them.
    """
    config = folders.configuration(class_folder)
    delimiter = config.InstantiateTests.get("autotest_delimiter", DELIMITER)
    wanted = {path.stem: ids for path in paths if (ids := _asking(path, delimiter))}
    if not wanted:
        return {}
    from autograder.grading.gradebook import entered_sources  # it needs a while to load

    return {
        notebook: {grade_id: sources[grade_id] for grade_id in wanted[notebook]}
        for notebook, sources in entered_sources(class_folder, name, wanted).items()
    }


def _asking(path: Path, delimiter: str) -> frozenset[str]:
    """The cells in which nbgrader is asked for tests."""
    text = path.read_bytes().decode("utf-8-sig")
    if delimiter not in text:
        return frozenset()
    found = set()
    for cell in json.loads(text)["cells"]:
        nbgrader = cell.get("metadata", {}).get("nbgrader", {})
        is_test = cell["cell_type"] == "code" and nbgrader.get("grade")
        if is_test and delimiter in "".join(cell["source"]):
            found.add(str(nbgrader["grade_id"]))
    return frozenset(found)
