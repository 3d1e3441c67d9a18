"""What a saved notebook says of itself: verdicts, the order of its checks, its question in words.

It is read in the student's kernel, so it costs no more than reading JSON. Nothing in a file is
trusted to be there: a file that is damaged or strange is a :class:`Unreadable`, in one sentence.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.cells import as_check


class Unreadable(ValueError):  # noqa: N818 - the sentence is what counts
    """A file that is no notebook. Its text is a sentence for the student."""


@dataclass(frozen=True)
class Question:
    """A question that is to be answered in words.

    Attributes:
        cell: the id in nbgrader's metadata.
        answer: what stands in the cells behind it, where the answer belongs.
    """

    cell: str
    answer: str

    @property
    def answered(self) -> bool:
        """Whether anything stands there besides the words that were handed out."""
        return self.answer.replace("*Your answer:*", "").strip() != ""


@dataclass(frozen=True)
class Saved:
    """A notebook as it is on disk.

    Attributes:
        order: the exercises, in the order of their checks.
        points: of each check that was run, what its stored output says.
        questions: those in words.
        title: its first heading.
    """

    order: tuple[str, ...] = ()
    points: Mapping[str, float] = field(default_factory=dict)
    questions: tuple[Question, ...] = ()
    title: str = ""


def read(path: Path) -> Saved:
    """What a notebook says.

    Raises:
        Unreadable: if it is not there, or no notebook.
    """
    try:
        stamp = path.stat()
        return _read(path, stamp.st_mtime_ns, stamp.st_size)
    except OSError as error:
        raise Unreadable(f"{path.name or path} cannot be read: {error.strerror}.") from error


@functools.lru_cache(maxsize=32)
def _read(path: Path, changed: int, size: int) -> Saved:
    """The stamps are the key of the cache: a notebook is read again when it was saved again."""
    try:
        document = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise Unreadable(
            f"{path.name} is damaged: it is not a notebook that Jupyter can open."
        ) from error
    cells = document.get("cells") if isinstance(document, dict) else None
    if not isinstance(cells, list):
        raise Unreadable(f"{path.name} is not a notebook of this course.")
    cells = [cell for cell in cells if isinstance(cell, dict)]
    checks = list(_checks(cells))
    # A check of the course's counts before one that the student has added for himself.
    points: dict[str, float] = {}
    for exercise_id, _, earned in sorted(checks, key=lambda check: check[1]):
        if earned is not None:
            points[exercise_id] = earned
    order = tuple(dict.fromkeys(exercise_id for exercise_id, graded, _ in checks if graded))
    return Saved(
        order or tuple(dict.fromkeys(exercise_id for exercise_id, _, _ in checks)),
        points,
        _questions(cells),
        _title(cells),
    )


def _title(cells: list[dict[str, Any]]) -> str:
    for cell in cells:
        lines = text(cell.get("source")).strip().splitlines()
        if cell.get("cell_type") == "markdown" and lines and lines[0].startswith("# "):
            return lines[0][2:].strip()
    return ""


def _checks(cells: list[dict[str, Any]]) -> Iterator[tuple[str, bool, float | None]]:
    """Of each cell that checks: the exercise, whether it counts, and what it gave."""
    for cell in cells:
        source = text(cell.get("source"))
        if cell.get("cell_type") != "code" or "check(" not in source:
            continue
        if check := as_check(source):
            graded = bool(_nbgrader(cell).get("grade"))
            yield check.exercise_id, graded, earned(cell.get("outputs"))


def earned(outputs: Any) -> float | None:
    """The points that a check's outputs show; None if it was not run, or says nothing."""
    for output in outputs if isinstance(outputs, list) else []:
        if not isinstance(output, dict):
            continue
        if output.get("output_type") == "error":
            return 0.0
        data = output.get("data")
        if output.get("output_type") == "execute_result" and isinstance(data, dict):
            try:
                return float(text(data.get("text/plain")))
            except ValueError:
                return None
    return None


def _questions(cells: list[dict[str, Any]]) -> tuple[Question, ...]:
    """The questions, each with what stands between it and the next heading or nbgrader cell."""
    found = []
    for number, cell in enumerate(cells):
        marks = _nbgrader(cell)
        if cell.get("cell_type") != "markdown" or not marks.get("points"):
            continue
        if marks.get("task"):
            answer = "\n".join(_behind(cells[number + 1 :]))
        elif marks.get("solution"):  # nbgrader's other form: the answer takes the cell's own place
            answer = text(cell.get("source"))
        else:
            continue
        found.append(Question(str(marks.get("grade_id", "")), answer))
    return tuple(found)


def _behind(cells: list[dict[str, Any]]) -> Iterator[str]:
    for cell in cells:
        source = text(cell.get("source"))
        if _nbgrader(cell) or (
            source.lstrip().startswith("#") and cell.get("cell_type") == "markdown"
        ):
            return
        yield source


def _nbgrader(cell: dict[str, Any]) -> dict[str, Any]:
    metadata = cell.get("metadata")
    marks = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return marks if isinstance(marks, dict) else {}


def text(value: Any) -> str:
    """A text of a notebook's, which may be stored as a list of lines."""
    if isinstance(value, list):
        return "".join(part for part in value if isinstance(part, str))
    return value if isinstance(value, str) else ""
