"""Validate: run a notebook in a new kernel, and say what it gives and what is open.

nbgrader runs it and gives the points, so they are those of its own Validate. What differs is what
is said: each exercise with its points and the first line of its message, the sum, and the questions
in words that are still empty. A cell that does not end costs its limit and a sentence.
"""

from __future__ import annotations

import asyncio
import html
import json
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.preprocessors import CheckCellMetadata, ClearOutput, Execute
from nbgrader.validator import Validator
from traitlets import List
from traitlets.config import Config

from autograder.cells import as_check
from autograder.notebook import saved

_CARD = re.compile(r"<strong>.*?</strong>\s*<div[^>]*>(?P<headline>.*?)</div>", re.DOTALL)
_IN_A_CELL = re.compile(r"\(\S+\.py, (line \d+)\)")  # how a SyntaxError names the kernel's file
_TERMINAL = re.compile(r"\x1b\[[0-9;]*m")


# A kernel is told through this process's environment that it validates.
_MARKS = {"NBGRADER_VALIDATING": "1", "NBGRADER_EXECUTION": "validate"}
_ONE_AT_A_TIME = threading.Lock()  # of two, the first to end would take the marks from the other
PATIENCE, PAUSE = 15, 0.25  # seconds: how long a kernel may take to stop, and between interrupts


@dataclass(frozen=True)
class Line:
    """One graded cell: what it is about, its points, and what is to be said."""

    name: str
    points: float
    possible: float
    message: str = ""

    @property
    def sign(self) -> str:
        if self.points >= self.possible:
            return "✓"
        return "◐" if self.points else "✗"

    @property
    def mark(self) -> str:
        return f"{self.points:g} of {self.possible:g}"


@dataclass(frozen=True)
class Report:
    """What Validate has to say about a notebook."""

    name: str
    lines: tuple[Line, ...] = ()
    open_questions: tuple[str, ...] = ()
    trouble: str = ""

    @property
    def summary(self) -> str:
        """``02_gradient_descent: 7 of 12 exercises, 17 of 22 points.``"""
        if not self.lines:
            return f"{self.name}: no check was run."
        done = sum(line.points >= line.possible for line in self.lines)
        earned = sum(line.points for line in self.lines)
        possible = sum(line.possible for line in self.lines)
        exercises = f"{done} of {len(self.lines)} exercises"
        return f"{self.name}: {exercises}, {earned:g} of {possible:g} points."

    @property
    def sentences(self) -> list[str]:
        """What is to be said besides the exercises, without what is not the case."""
        questions = [f"Still empty: {question}." for question in self.open_questions]
        return [sentence for sentence in (self.trouble, *questions) if sentence]

    def as_text(self) -> str:
        """For a terminal."""
        width = max((len(line.name) for line in self.lines), default=0)
        rows = [
            f"{x.sign} {x.name:<{width}}  {x.mark:>8}  {x.message}".rstrip() for x in self.lines
        ]
        return "\n".join([self.summary, *rows, *self.sentences])

    def as_html(self) -> str:
        """For a dialog: it follows the theme, and signs stand beside the points.

        The sentences come first: a long table reaches beyond the dialog.
        """
        rows = "".join(
            f"<tr><td>{x.sign}</td><td><code>{html.escape(x.name)}</code></td><td>{x.mark}</td>"
            f"<td>{html.escape(x.message)}</td></tr>"
            for x in self.lines
        )
        above = "".join(f"<p>{html.escape(text)}</p>" for text in self.sentences)
        return f"{above}<table><tbody>{rows}</tbody></table>"


def validate(path: Path, config: Config | None = None) -> Report:
    """Run the notebook that is saved at ``path`` and say what it gives.

    Raises:
        Unreadable: if it is no notebook; its text is a sentence.
    """
    saved.read(path)
    data = path.read_bytes()
    text = data.decode(json.detect_encoding(data))  # an editor may have saved it as UTF-16
    notebook = nbformat.reads(text, as_version=nbformat.current_nbformat)
    course = CourseValidator(config=config)
    trouble = course.run(notebook, path.parent)
    lines = tuple(_lines(notebook, course)) if course.has_run else ()
    if not lines and not trouble:
        trouble = "There is no exercise in this notebook."
    return Report(path.stem, lines, _open_questions(path), trouble)


class Patient(Execute):  # type: ignore[misc]
    """Runs a notebook; a cell that reaches its limit is interrupted, and the rest goes on."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.interrupted: list[NotebookNode] = []

    async def _async_handle_timeout(self, timeout: int, cell: NotebookNode | None = None) -> None:
        """Interrupt until the kernel says how the cell ended.

        A check calls a function with one case after the other, and each call may be endless: one
        interrupt is not enough. nbclient's own does not wait for the kernel's word, and reads what
        this cell says as the outputs of the next.

        Raises:
            CellTimeoutError: if the kernel does not stop.
        """
        self.interrupted.append(cell)
        for _ in range(round(PATIENCE / PAUSE)):
            await self.km.interrupt_kernel()
            await asyncio.sleep(PAUSE)
            if await self.kc.shell_channel.msg_ready():
                return
        raise CellTimeoutError("the kernel does not stop")

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], index: int
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Run a cell, unless it is a picture of a function that does not end."""
        names = {check.exercise_id for c in self.interrupted if (check := as_check(c.source))}
        if not utils.is_grade(cell) and names & set(re.findall(r"\w+", cell.source)):
            return cell, resources
        result: tuple[NotebookNode, dict[str, Any]]
        result = super().preprocess_cell(cell, resources, index)
        return result


@contextmanager
def _marked() -> Iterator[None]:
    """The environment in which kernels validate. nbgrader's `setenv` leaves it after an error."""
    with _ONE_AT_A_TIME:
        before = {name: os.environ.get(name) for name in _MARKS}
        os.environ.update(_MARKS)
        try:
            yield
        finally:
            for name, value in before.items():
                os.environ.pop(name)
                if value is not None:
                    os.environ[name] = value


class CourseValidator(Validator):  # type: ignore[misc]
    """nbgrader's Validator, whose run is kept."""

    preprocessors = List([CheckCellMetadata, ClearOutput, Patient])

    def run(self, notebook: NotebookNode, folder: Path) -> str:
        """Run all cells in place.

        Returns:
            a sentence, if the run did not reach the end.
        """
        self.interrupted: list[NotebookNode] = []
        self.limit = 0
        self.has_run = False  # until then the notebook has the outputs of another run
        if self._get_type_changed_cells(notebook):
            return (
                "A cell of a check or a text has another type than it was handed out with. "
                "Nothing was run."
            )
        self.has_run = True
        try:
            with _marked():
                for kind in self.preprocessors:
                    step = kind(parent=self)
                    if isinstance(step, Patient):
                        self.interrupted, self.limit = step.interrupted, step.timeout
                    step.preprocess(notebook, {"metadata": {"path": str(folder)}})
        except CellTimeoutError:
            return "A cell does not end, and cannot be stopped. What stands behind it was not run."
        except DeadKernelError:
            return (
                "The kernel died while the notebook ran, perhaps because the memory was full. "
                "What stands behind that place was not run."
            )
        except CellExecutionError as error:
            return f"The run has stopped: {error.ename}: {error.evalue}"
        if self._get_changed_cells(notebook):
            return (
                "The text of a check was changed. Its points here may not be those of the marks: "
                "`autograder fresh` gives you the notebook as it was handed out."
            )
        return ""


def _lines(notebook: NotebookNode, course: CourseValidator) -> list[Line]:
    """A line for each graded code cell, in order."""
    answers = {
        cell.metadata.nbgrader.grade_id: cell
        for cell in notebook.cells
        if cell.cell_type == "code" and utils.is_solution(cell)
    }
    lines = []
    for cell in notebook.cells:
        if cell.cell_type != "code" or not utils.is_grade(cell):
            continue
        points, possible = utils.determine_grade(cell, course.log)
        name = cell.metadata.nbgrader.grade_id.removeprefix("check_")
        message = ""
        if any(cell is stopped for stopped in course.interrupted):
            if not cell.outputs:
                points = 0.0  # nbgrader gives all points for a check that says nothing
            message = (
                f"It did not end within {course.limit} seconds, and was stopped. "
                "Is there a loop that never ends?"
            )
        elif not cell.execution_count:
            points, message = 0.0, "It was not run."
        elif points is None or points < possible:
            message = _cell_error(answers.get(name)) or _first_line(cell)
        lines.append(Line(name, float(points or 0.0), float(possible), message))
    return lines


def _cell_error(cell: NotebookNode | None) -> str:
    """Why the cell of an answer stopped; nothing if it ran."""
    for output in cell.outputs if cell is not None else []:
        if output.output_type == "error":
            return f"Its own cell stops with {_named(output)}"
    return ""


def _named(error: NotebookNode) -> str:
    """``TypeError: what Python said``, in one line."""
    said = _IN_A_CELL.sub(r"(\1)", error.evalue or "").strip().splitlines()
    return ": ".join([str(error.ename), *said[:1]])


def _first_line(cell: NotebookNode) -> str:
    """The first line of what a check says, from its card or from its error."""
    for output in cell.outputs:
        if output.output_type == "error":
            # The traceback, because a check that explains an error puts its words there.
            lines = _TERMINAL.sub("", "\n".join(output.traceback)).strip().splitlines()
            if output.ename == "CheckFailed":
                return str(output.evalue)
            if 0 < len(lines) <= 4 and not lines[0].startswith("-"):
                return lines[0].strip()
            return _named(output)
        if output.output_type != "execute_result":
            continue
        told = output.metadata.get("verdict")
        if isinstance(told, dict) and told.get("headline"):
            return str(told["headline"])
        if card := _CARD.search(saved.text(output.data.get("text/html"))):
            return html.unescape(re.sub(r"<[^>]+>", "", card["headline"])).strip()
    return ""


def _open_questions(path: Path) -> tuple[str, ...]:
    """The questions in words that have no answer, as sentences without their points."""
    questions = [question for question in saved.read(path).questions if not question.answered]
    if len(questions) == 1:
        return ("the question in words, near the end (a teacher gives its points)",)
    return tuple(f"the question in words {question.cell}" for question in questions)
