"""What a page shows of a student's own notebook: answers, cells, errors, pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from autograder.cells import names_defined
from autograder.desk import page
from autograder.desk.marked import Graded, GradedNotebook, MarkedClass
from autograder.grading.pictures import MAX_PICTURES, is_picture
from autograder.grading.words import grade_id_of, text_of

NOTHING = Markup()
MAX_ERROR = 2_000  # characters
MAX_CELL = 20_000


@dataclass(frozen=True)
class Picture:
    """What a cell drew, and below which exercise."""

    source: str
    code: str
    after: str


def answer(graded: GradedNotebook, cell: Graded, bytes_left: dict[str, Any]) -> Markup:
    """A student's answer in words, with its pictures, whose bytes are counted for the page."""
    place = graded.place(cell.grade_id)
    words = graded.answer_in_words(cell)
    if place is None or not words:
        return NOTHING
    behind = graded.cells[place : place + 1] if not cell.is_task else graded.cells[place + 1 :]
    attachments = {
        name: bundle for c in behind for name, bundle in c.get("attachments", {}).items()
    }
    return page.text(words, attachments, graded.folder, bytes_left)


def error(graded: GradedNotebook, cell: Graded) -> str:
    """The error of an assistant's own test; not a secret test's words, which may be a case."""
    place = graded.place(cell.grade_id)
    outputs = graded.cells[place].get("outputs", []) if place is not None else []
    for output in outputs:
        if output.get("output_type") == "error":
            name, said = output.get("ename", "Error"), output.get("evalue", "")
            if cell.secret:
                return f"{name}, in a test that is not handed out as a whole"
            return f"{name}: {said}"[:MAX_ERROR] if said else name
    return ""


def own_cell(graded: GradedNotebook, cell: Graded) -> str:
    """The student's cell that a check is about.

    It is the answer's own, or the last that defines it; of an assistant's own test, the last cell
    for an answer that stands before it.
    """
    place = graded.place(cell.exercise_id) if cell.exercise_id else None
    if place is not None:
        return text_of(graded.cells[place])
    for other in reversed(graded.cells[: graded.place(cell.grade_id) or 0]):
        text = text_of(other)
        if other["cell_type"] == "code" and (
            cell.exercise_id in names_defined(text)
            if cell.exercise_id
            else other.get("metadata", {}).get("nbgrader", {}).get("solution")
        ):
            return text
    return ""


def is_unwritten(graded: GradedNotebook, cell: Graded) -> bool:
    """Whether the cell that a check is about is as it was handed out."""
    code = own_cell(graded, cell).strip()
    return bool(code) and code in cell.given


def brief(code: str) -> str:
    """A cell as far as a page shows it."""
    if len(code) <= MAX_CELL:
        return code
    return f"{code[:MAX_CELL]}\n[cut here: the cell has {len(code):,} characters]"


def pictures(marked: MarkedClass, graded: GradedNotebook, notebook: str) -> Iterator[Picture]:
    """What cells drew in which a name stands that the student has defined."""
    cells = marked.graded_in(notebook)
    given = cells[0].given if cells else frozenset()
    titles = {cell.grade_id: cell.title for cell in cells}
    own: set[str] = set()
    after, left = "", MAX_PICTURES
    for cell in graded.cells:
        after = titles.get(grade_id_of(cell), after)
        if cell["cell_type"] != "code":
            continue
        code = text_of(cell)
        if code.strip() not in given:
            own |= set(names_defined(code))
        if not own & set(re.findall(r"\w+", code)):
            continue
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            for kind in ("image/png", "image/jpeg"):
                picture = "".join(data.get(kind, ""))
                if picture and len(picture) <= left and is_picture(kind, picture):
                    left -= len(picture)
                    yield Picture(f"data:{kind};base64,{picture}", code, after)
                    break
