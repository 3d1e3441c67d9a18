"""What a cell is: as handed in, in the source, and in the notebook to be graded."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

CellType = Literal["code", "markdown", "raw"]
Attachments = dict[str, dict[str, str]]  # file name → media type → base64


class Unreadable(ValueError):  # noqa: N818 - it is the file that is wrong, not the program
    """The submission cannot be graded; the message is a sentence for the teacher."""


def compared(source: str) -> str:
    """The text by which cells are compared: without white space at the end of lines."""
    return "\n".join(map(str.rstrip, source.rstrip().split("\n")))


@dataclass(frozen=True)
class Cell:
    """A cell of a notebook that is to be graded.

    Attributes:
        nbgrader: nbgrader's metadata from the source, with the checksum of the released text.
        origin: whether the text is the source's own, or the student's.
    """

    cell_type: CellType
    source: str
    id: str
    nbgrader: dict[str, Any] | None = None
    origin: Literal["released", "student"] = "student"
    attachments: Attachments = field(default_factory=dict)

    @property
    def grade_id(self) -> str:
        return str(self.nbgrader["grade_id"]) if self.nbgrader else ""

    @property
    def graded(self) -> bool:
        return bool(self.nbgrader and self.nbgrader.get("grade"))

    @property
    def solution(self) -> bool:
        return bool(self.nbgrader and self.nbgrader.get("solution"))

    @property
    def locked(self) -> bool:
        """Whether the text always comes from the source, whatever a student writes there."""
        return self.nbgrader is not None and not self.solution


@dataclass(frozen=True)
class SourceCell(Cell):
    """A cell of the source: stubs in place of answers, hidden tests included.

    Attributes:
        released: the text that students are given, without hidden tests and mark schemes.
        defines: the names that the author's answer defines, if this is a solution.
    """

    released: str = ""
    defines: tuple[str, ...] = ()

    @cached_property
    def unchanged(self) -> frozenset[str]:
        """The texts, as :func:`compared` gives them, of a cell that nobody has changed."""
        return frozenset({compared(self.source), compared(self.released)})


@dataclass(frozen=True)
class RawCell:
    """A cell as it was handed in: its text is not trusted."""

    cell_type: CellType
    source: str
    id: str = ""
    grade_id: str = ""
    attachments: Attachments = field(default_factory=dict)


@dataclass(frozen=True)
class ReadNotebook:
    """A notebook that could be read, and what is odd about the file.

    Attributes:
        python: the version that it says it ran with; zeros if it says none.
    """

    cells: list[RawCell]
    notes: list[str] = field(default_factory=list)
    python: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class Restored:
    """A notebook that can be graded, and the corrections, one sentence each."""

    cells: list[Cell]
    notes: list[str]
