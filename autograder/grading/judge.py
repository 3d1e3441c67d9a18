"""Grade one submission: run what was handed in inside the sandbox, compare and write outside.

The student's process gets inputs and is asked for outputs. The expected outputs, the comparison,
the points and the text in a check's cell are on this side. Only right outputs raise a score;
nothing else that comes back does.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from typing import Any

import nbformat

from autograder.cells import as_check
from autograder.checking import render
from autograder.checking.answer_key import Key, draw_cases
from autograder.checking.verdict import (
    Verdict,
)
from autograder.exercises import REGISTRY
from autograder.grading.assignment import PLOTTING, Assignment, Source
from autograder.grading.marking import Marking
from autograder.grading.marks import Mark
from autograder.grading.needed import needed
from autograder.grading.outputs import harmless
from autograder.grading.running import run_cell
from autograder.grading.submission import Cell, Submission, Unreadable, read, restore
from autograder.sandbox import Mounts, Sandbox, Stopped
from autograder.sandbox.session import CellResult

UNSAFE = "Graded without a sandbox: this mark can be forged."

# No mark depends on a picture: most submissions are graded without matplotlib, which takes a
# second.
_PLOTS = re.compile("plot|plt")

Output = dict[str, Any]


@dataclass(frozen=True)
class GradedNotebook:
    """The result of one notebook.

    Attributes:
        text: the autograded notebook, ready to be written. Its metadata hold the rest under
            ``autograder``, with the isolation and the digests of what was graded and what graded
            it.
        marks: by ``grade_id``, of every graded cell.
        unanswered: the ``grade_id`` of each solution cell that is unchanged since the release.
        notes: what was corrected.
    """

    text: str
    marks: Mapping[str, Mark]
    unanswered: frozenset[str]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Graded:
    """The result of a submission.

    Attributes:
        problem: why it could not be graded.
        hit: names of the limits that ended something.
        seconds: how long it took.
        ours: whether the problem is the grader's or the machine's, and not the submission's.
    """

    student: str
    notebooks: Mapping[str, GradedNotebook]
    problem: str = ""
    hit: frozenset[str] = frozenset()
    seconds: float = 0.0
    ours: bool = False


@dataclass(frozen=True)
class CellOutcome:
    """The result of one cell."""

    outputs: Sequence[Output] = ()
    execution_count: int | None = None
    mark: Mark | None = None


class Judge:
    """Grades submissions of one assignment, one after the other, in one sandbox."""

    def __init__(self, assignment: Assignment) -> None:
        self.assignment = assignment
        self._open = ExitStack()
        self._hit: set[str] = set()  # limits, by the notebook that is graded
        self._marks = self._sandbox(assignment.marks_mounts)
        figures_mounts = assignment.figures_mounts
        self._figures = self._sandbox(figures_mounts) if figures_mounts else None
        self._keys: dict[tuple[str, int], Key] = {}

    def _sandbox(self, room: Mounts) -> Sandbox:
        sandbox = Sandbox(room, self.assignment.limits, unsafe=self.assignment.unsafe)
        sandbox.hit = self._hit
        self._open.callback(sandbox.close)
        return sandbox

    def close(self) -> None:
        """End the sandbox."""
        self._open.close()

    def __enter__(self) -> Judge:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def grade(self, submission: Submission) -> Graded:
        """Grade every notebook of the assignment that was handed in."""
        graded = {}
        hit = set[str]()
        for name, source in self.assignment.notebooks.items():
            if name in submission.notebooks:
                try:
                    graded[name] = self._grade(submission, name, source)
                except Unreadable as problem:
                    return Graded(submission.student, {}, str(problem))
                hit |= self._hit
        missing = "" if graded else "no notebook was handed in"
        return Graded(submission.student, graded, missing, frozenset(hit))

    def _grade(self, submission: Submission, name: str, source: Source) -> GradedNotebook:
        self._hit.clear()
        handed_in = read(submission.notebooks[name])
        restored = restore(handed_in, source.cells)
        cells = restored.cells
        done, verdicts = self._mark_all(source, cells, submission, handed_in.python)
        if self._figures is not None:
            with self._figures.session(submission.files) as session:
                for i, cell in enumerate(cells):
                    if cell.cell_type == "code" and not cell.graded:
                        done[i] = self._outcome(run_cell(session, cell.source))
        released = {cell.grade_id: cell.released for cell in source.cells if cell.solution}
        unanswered = frozenset(
            cell.grade_id
            for cell in cells
            if cell.solution and cell.source.rstrip() == released[cell.grade_id].rstrip()
        )
        marks = {c.grade_id: d.mark for c, d in zip(cells, done, strict=True) if d.mark}
        marks |= {c.grade_id: _hand_mark(c, unanswered) for c in cells if _by_hand(c)}
        newer = _of_a_newer_python(handed_in.python, done)
        notes = (*submission.notes, *restored.notes, *newer)
        record = {
            "submission": submission.digest,
            "assignment": self.assignment.digest,
            "isolation": self._marks.isolation,
            "marks": {grade_id: asdict(mark) for grade_id, mark in marks.items()},
            "verdicts": {cells[i].grade_id: asdict(verdict) for i, verdict in verdicts.items()},
            "unanswered": sorted(unanswered),
            "notes": list(notes),
            "limits": asdict(self.assignment.limits),
            "hit": sorted(self._hit),
        }
        text = _written(cells, done, {**source.metadata, "autograder": record})
        return GradedNotebook(text, marks, unanswered, notes)

    def _mark_all(
        self, source: Source, cells: Sequence[Cell], submission: Submission, python: tuple[int, int]
    ) -> tuple[list[CellOutcome], Mapping[int, Verdict]]:
        """Run and mark all cells; also the verdicts, by place, as a student may read them."""
        plan = needed(cells, self.assignment.marks_mounts.modules)
        if any(_PLOTS.search(code) for code in (*plan.first.values(), *plan.last.values())):
            self._marks.preload(*PLOTTING)
        checks = {
            i: check
            for i, cell in enumerate(cells)
            if cell.graded and not _by_hand(cell) and (check := as_check(cell.source))
        }
        marking = Marking(
            self._marks,
            self._key,
            self.assignment.seed_for(submission.digest),
            cells,
            checks,
            [check.exercise_id for c in source.cells if (check := as_check(c.source))],
            plan,
            submission.files,
            python,
        )
        shown = {i: self._outcome(result) for i, result in marking.run().cells.items()}
        marking.judge({i: outcome.outputs for i, outcome in shown.items()})
        done = [
            self._marked(cell, marking.verdicts[i], marking.with_others(i))
            if i in checks
            else self._one(cell, shown.get(i))
            for i, cell in enumerate(cells)
        ]
        return done, marking.verdicts

    def _marked(self, cell: Cell, verdict: Verdict, tried_with: str) -> CellOutcome:
        """The mark and the outputs of a check."""
        assert cell.nbgrader is not None
        max_score = float(cell.nbgrader["points"])
        score = verdict.points / verdict.max_points * max_score
        outputs = render.as_outputs(verdict, score)
        if tried_with and verdict.passed:
            text = f"{verdict.exercise_id} was tried with {tried_with}.\n"
            outputs = [{"output_type": "stream", "name": "stdout", "text": text}, *outputs]
        return CellOutcome(self._with_warning(outputs), mark=Mark(score, max_score))

    def _one(self, cell: Cell, ran: CellOutcome | None) -> CellOutcome:
        """The outputs of any other cell, and its mark if it is an assistant's own test."""
        ran = ran or CellOutcome()
        if not cell.graded or _by_hand(cell):
            return ran
        assert cell.nbgrader is not None
        mark = plain_mark(ran, float(cell.nbgrader["points"]))
        return replace(ran, outputs=self._with_warning(ran.outputs), mark=mark)

    def _outcome(self, result: CellResult | Stopped) -> CellOutcome:
        """What is shown of a cell. A cell that ends the process has an error."""
        if isinstance(result, Stopped):
            return CellOutcome((_error("Stopped", str(result)),))
        outputs = harmless(result.outputs, self.assignment.limits.output_bytes)
        if pattern := self.assignment.ignored_stderr:
            outputs = [output for output in outputs if not _ignored(output, pattern)]
        if result.stopped:
            outputs = [*outputs, _error("Stopped", result.stopped)]
        return CellOutcome(outputs, result.execution_count)

    def _with_warning(self, outputs: Sequence[Output]) -> Sequence[Output]:
        """The outputs, with a warning if the mark was made without a sandbox."""
        if not self.assignment.unsafe:
            return outputs
        said = {"output_type": "display_data", "data": {"text/plain": UNSAFE}, "metadata": {}}
        return [*outputs, said]

    def _key(self, exercise_id: str, seed: int) -> Key:
        if (exercise_id, seed) not in self._keys:
            cases = draw_cases(REGISTRY[exercise_id], seed)
            self._keys[exercise_id, seed] = Key(cases, self.assignment.expected[seed][exercise_id])
        return self._keys[exercise_id, seed]


def _of_a_newer_python(python: tuple[int, int], done: Sequence[CellOutcome]) -> Sequence[str]:
    """A note if Python could not read a cell, and the notebook ran with a newer one that may."""
    unread = any(o.get("ename") == "SyntaxError" for cell in done for o in cell.outputs)
    if python <= sys.version_info[:2] or not unread:
        return ()
    theirs, ours = (f"{major}.{minor}" for major, minor in (python, sys.version_info[:2]))
    return (f"a cell cannot be read by Python {ours}, which graded; it ran with {theirs}",)


def _ignored(output: Output, pattern: str) -> bool:
    """Whether the course's configuration says that this means nothing."""
    stderr = output["output_type"] == "stream" and output["name"] == "stderr"
    return stderr and re.search(pattern, output["text"]) is not None


def plain_mark(ran: CellOutcome, max_score: float) -> Mark:
    """The mark of an assistant's own test cell, by nbgrader's rules.

    An error or something on stderr is zero; a number as the cell's value is partial credit; nothing
    at all is full marks. If nbgrader does not understand a value, it gives full marks; here a
    person looks at it.
    """
    for output in ran.outputs:
        kind = output["output_type"]
        if kind == "error" or (kind == "stream" and output["name"] == "stderr"):
            return Mark(0.0, max_score)
        if kind == "execute_result":
            try:
                score = float(output["data"].get("text/plain", ""))
            except ValueError:
                score = -1.0
            known = 0.0 <= score <= max_score
            return Mark(score if known else None, max_score, needs_manual_grade=not known)
    return Mark(max_score, max_score)


def _written(
    cells: Sequence[Cell], done: Sequence[CellOutcome], metadata: Mapping[str, Any]
) -> str:
    """The autograded notebook's text, on one line: with indentation it takes ten times as long."""
    nodes = []
    for cell, result in zip(cells, done, strict=True):
        node: dict[str, Any] = {
            "cell_type": cell.cell_type,
            "id": cell.id,
            "metadata": {"nbgrader": cell.nbgrader} if cell.nbgrader else {},
            "source": cell.source,
        }
        if cell.cell_type == "code":
            node |= {"outputs": list(result.outputs), "execution_count": result.execution_count}
        if cell.attachments:
            node["attachments"] = cell.attachments
        nodes.append(node)
    version = {"nbformat": nbformat.v4.nbformat, "nbformat_minor": nbformat.v4.nbformat_minor}
    return json.dumps({"cells": nodes, "metadata": metadata, **version}, ensure_ascii=False)


def _error(name: str, text: str) -> Output:
    return {"output_type": "error", "ename": name, "evalue": text, "traceback": [f"{name}: {text}"]}


def _by_hand(cell: Cell) -> bool:
    """Whether a person marks this cell: an answer that has points of its own, or a text."""
    return cell.graded and (cell.solution or cell.cell_type != "code")


def _hand_mark(cell: Cell, unanswered: Collection[str]) -> Mark:
    """nbgrader's rule: no response is zero; a person marks anything else."""
    assert cell.nbgrader is not None
    nothing = cell.grade_id in unanswered
    max_score = float(cell.nbgrader["points"])
    return Mark(0.0 if nothing else None, max_score, needs_manual_grade=not nothing)
