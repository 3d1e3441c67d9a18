"""Notebooks with an attack in them, and what must be unchanged after they are graded."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from autograder import folders
from autograder.authoring.sample_class import authors, fill_in
from autograder.exercises import REGISTRY
from autograder.grading.assignment import Assignment
from autograder.grading.judge import Graded, Judge
from autograder.grading.submission import Submission

NAME = "03_momentum"
HONEST = "heavy_ball_step"  # the one exercise that an attacker answers
HONEST_POINTS = 3.0
ALL_POINTS = sum(exercise.points for exercise in REGISTRY.values() if exercise.notebook == NAME)
STEPS = ("momentum_step", "heavy_ball_step", "nag_step_stored")  # (theta, v, grad, lr, beta)
FUNCTIONS = (*STEPS, "nag_step", "equivalent_lr", "count_turns")

# The content of files that no submission may read; each canary adds its own name.
CANARY = "canary-7f3a9c51"


@cache
def right() -> dict[str, str]:
    """The authors' answers."""
    return authors(NAME)


@cache
def released() -> str:
    return folders.released(NAME).read_text("utf-8")


def notebook(*cells: str, at: int = 2, answers: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The released notebook with ``cells`` inserted, and with ``answers``; without them, HONEST is
    answered.

    The illustrations are left out, which a student may do: they would only take time.
    """
    if answers is None:
        answers = {HONEST: right()[HONEST]}
    made: dict[str, Any] = json.loads(fill_in(released(), answers))
    codes = [cell for cell in made["cells"] if cell["cell_type"] == "code"]
    illustrations = [cell for cell in codes[1:] if "nbgrader" not in cell["metadata"]]
    made["cells"] = [cell for cell in made["cells"] if cell not in illustrations]
    made["cells"][at:at] = [code(text, f"attack-{i}") for i, text in enumerate(cells)]
    return made


def code(source: str, cell_id: str, **metadata: Any) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": cell_id,
        "metadata": metadata,
        "source": source,
        "outputs": [],
        "execution_count": None,
    }


def marked(document: dict[str, Any], grade_id: str) -> dict[str, Any]:
    """The cell with this ``grade_id``."""
    return next(
        cell
        for cell in document["cells"]
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == grade_id
    )


def submission(document: Any, student: str = "mallory", **files: bytes) -> Submission:
    """A notebook handed in; a name in ``files`` has ``__`` where a path has ``.``."""
    text = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Submission(
        student, {NAME: text}, {name.replace("__", "."): data for name, data in files.items()}
    )


@dataclass
class Arena:
    """A judge, an honest student's result from it, and files that nobody may touch."""

    judge: Judge
    canaries: Sequence[Path]
    honest: dict[str, Any] = field(default_factory=dict)

    @property
    def assignment(self) -> Assignment:
        return self.judge.assignment

    def attack(self, *cells: str, points: float = HONEST_POINTS, **options: Any) -> str:
        """Grade a notebook with these cells in it, and return the result as text.

        It may get ``points`` at most: those of the one exercise that it answers.
        """
        return self.hand_in(submission(notebook(*cells, **options)), points=points)

    def hand_in(self, handed_in: Submission, points: float = HONEST_POINTS) -> str:
        graded = self.judge.grade(handed_in)
        assert score(graded) <= points, f"{score(graded)} points for an attack"
        text = "".join(result.text for result in graded.notebooks.values())
        assert CANARY not in text, "the contents of a canary"
        # A line takes up to ten times its bytes in the file of a notebook.
        assert len(text) < 12 * self.assignment.limits.output_bytes
        return text + graded.problem

    def intact(self) -> None:
        """Check that an honest student's result and the canaries are as before."""
        assert outcome(self.judge) == self.honest
        for path in self.canaries:
            assert path.read_text() == f"{CANARY} {path.name}"


def score(graded: Graded) -> float:
    marks = [mark for result in graded.notebooks.values() for mark in result.marks.values()]
    assert not any(mark.score is None and not mark.needs_manual_grade for mark in marks)
    return sum(mark.score or 0.0 for mark in marks)


def outcome(judge: Judge) -> dict[str, Any]:
    """All that an honest, complete submission gets: marks, notes, and the checks' messages."""
    graded = judge.grade(submission(notebook(answers=right()), "honest"))
    result = graded.notebooks[NAME]
    cells = json.loads(result.text)["cells"]
    checks = [cell.get("outputs") for cell in cells if cell["metadata"].get("nbgrader")]
    others = [
        (output["output_type"], output.get("text"))
        for cell in cells
        if cell["cell_type"] == "code"
        for output in cell["outputs"]
    ]
    return {
        "score": score(graded),
        "marks": result.marks,
        "notes": result.notes,
        "checks": checks,
        "others": others,
    }


def printed(text: str) -> list[str]:
    """The words that a notebook's cells printed, and the names of the errors."""
    said = []
    for cell in json.loads(text)["cells"]:
        for output in cell.get("outputs", []):
            said += "".join(output.get("text", "")).split()
            said += [output["ename"]] if output["output_type"] == "error" else []
    return said
