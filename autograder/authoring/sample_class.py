"""A class to try the grading on: students who do what students do, and what each must get.

Every submission is made from the released notebook, by filling in its cells as a student would.
The answers are the authors' and the registry's: equivalents for the many ways of being right,
misconceptions for those of being wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import nbformat

from autograder.cells import definitions, is_solution, without_solution_marks
from autograder.checking.exercise import Exercise
from autograder.checking.written import as_definition
from autograder.exercises import REGISTRY
from autograder.folders import master
from autograder.notebook.check import verdict_on

# What was due so far. A demonstration does not need the whole term: the others take minutes each.
ASSIGNMENTS = ("01_ewma", "02_gradient_descent", "03_momentum", "04_adaptive")
DUE = datetime(2026, 10, 1, 18, 0, tzinfo=UTC)
BEFORE, LATE = timedelta(hours=-3), timedelta(days=2)

Answers = Mapping[str, str]  # exercise id → the text of its cell; without one the stub stays

# One student each: whose first misconception about the exercise they hold.
MISTAKEN = {
    "finn": "ewma_step",
    "gita": "ewma_corrected",
    "hugo": "mse_and_gradient",
    "ines": "clip_by_global_norm",
    "joao": "momentum_step",
    "kira": "nag_step",
    "liam": "adagrad_step",
    "mona": "adam_step",
}


@dataclass(frozen=True)
class SampleSubmission:
    """One student's notebook, and what must come of it.

    Attributes:
        text: the file, as it was handed in.
        mark: the points its checks must get; None if it cannot be graded.
        remark: what is particular about it.
        handed_in: when.
    """

    student: str
    notebook: str
    text: str
    mark: float | None
    remark: str
    handed_in: datetime = DUE + BEFORE

    def write(self, submitted: Path) -> None:
        """Put it where nbgrader looks: ``submitted/STUDENT/NOTEBOOK/NOTEBOOK.ipynb``."""
        folder = submitted / self.student / self.notebook
        folder.mkdir(parents=True)
        (folder / f"{self.notebook}.ipynb").write_text(self.text, encoding="utf-8")
        stamp = self.handed_in.strftime("%Y-%m-%d %H:%M:%S.%f UTC")
        (folder / "timestamp.txt").write_text(stamp, encoding="utf-8")


def sample_class(course: Path) -> list[SampleSubmission]:
    """Everybody's submissions, made from the notebooks released in ``course``."""
    released = {
        name: (course / name / f"{name}.ipynb").read_text(encoding="utf-8") for name in ASSIGNMENTS
    }
    everyone: list[SampleSubmission] = []

    def hand_in(
        student: str,
        notebook: str,
        answers: Answers,
        remark: str,
        *,
        change: Callable[[Any], None] | None = None,
        mark: float | None = None,
        handed_in: datetime = DUE + BEFORE,
    ) -> None:
        mark = expected_mark(answers) if mark is None else mark
        text = fill_in(released[notebook], answers, change)
        everyone.append(SampleSubmission(student, notebook, text, mark, remark, handed_in))

    for notebook in released:
        hand_in("ada", notebook, authors(notebook), "the authors' answers")
        hand_in("bela", notebook, equivalents(notebook, 0), "right, in another style")
        hand_in("chen", notebook, equivalents(notebook, 1), "right, in a third style")
        hand_in("dana", notebook, first_half(notebook), "the first half of the exercises")
    for student, exercise_id in MISTAKEN.items():
        exercise = REGISTRY[exercise_id]
        slip = exercise.misconceptions[0]
        wrong = {exercise_id: as_definition(slip.function, exercise_id)}
        answers = equivalents(exercise.notebook, 0) | wrong
        hand_in(student, exercise.notebook, answers, f"{exercise_id}: {slip.name}")

    hand_in("emil", "01_ewma", {}, "stubs only")
    hand_in("emil", "03_momentum", {}, "stubs only")
    hand_in("noor", "02_gradient_descent", authors("02_gradient_descent"), "a check cell deleted",
            change=_delete_check("gradient_descent"))  # fmt: skip
    cheating = {k: v for k, v in authors("04_adaptive").items() if k != "nadam_step"}
    hand_in("otto", "04_adaptive", cheating, "nadam_step not written, its check edited",
            change=_edit_check("nadam_step"))  # fmt: skip
    hand_in("pia", "01_ewma", authors("01_ewma"), "late", handed_in=DUE + LATE)

    whole = fill_in(released["03_momentum"], authors("03_momentum"))
    broken = whole[: len(whole) // 2]
    everyone.append(SampleSubmission("quin", "03_momentum", broken, None, "the file breaks off"))
    return everyone


def expected_mark(answers: Answers) -> float:
    """The points of these answers, run and checked together, without the rest of the notebook."""
    if not answers:
        return 0.0
    [notebook] = {REGISTRY[exercise_id].notebook for exercise_id in answers}
    namespace = _given(notebook)  # one namespace for all: what is given calls answers, too
    for text in answers.values():
        exec(text, namespace)
    return sum(verdict_on(exercise_id, namespace[exercise_id]).points for exercise_id in answers)


def _given(notebook: str) -> dict[str, Any]:
    """What answers may use of their notebook: its imports, given functions and plain constants."""
    sources = [source for source in _code(notebook) if not is_solution(source)]
    return definitions(sources, notebook)


def authors(notebook: str) -> dict[str, str]:
    """The answers of the master."""
    cells = nbformat.read(master(notebook), as_version=4).cells
    return {
        cell.metadata.nbgrader.grade_id: without_solution_marks(cell.source)
        for cell in cells
        if cell.cell_type == "code" and is_solution(cell.source)
    }


def equivalents(notebook: str, number: int) -> dict[str, str]:
    """Right answers in other words: of each exercise the equivalent of that number."""
    return {
        e.id: f'{e.id} = "{e.reference.upper()}"'
        if e.is_quiz
        else as_definition(e.equivalents[number % len(e.equivalents)].function, e.id)
        for e in _exercises(notebook)
    }


def first_half(notebook: str) -> dict[str, str]:
    """The authors' answers to the first half, in the order of the notebook."""
    answers = list(authors(notebook).items())
    return dict(answers[: len(answers) // 2])


def fill_in(released: str, answers: Answers, change: Callable[[Any], None] | None = None) -> str:
    """The text of a released notebook with ``answers`` in their cells."""
    notebook = nbformat.reads(released, as_version=4)
    for cell in notebook.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if grade_id in answers:
            cell.source = answers[grade_id]
    if change is not None:
        change(notebook)
    return str(nbformat.writes(notebook))


def _code(notebook: str) -> list[str]:
    cells = nbformat.read(master(notebook), as_version=4).cells
    return [cell.source for cell in cells if cell.cell_type == "code"]


def _exercises(notebook: str) -> list[Exercise]:
    return [e for e in REGISTRY.values() if e.notebook == notebook]


def _check_cell(notebook: Any, exercise_id: str) -> Any:
    wanted = f"check_{exercise_id}"
    return next(
        c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == wanted
    )


def _delete_check(exercise_id: str) -> Callable[[Any], None]:
    def change(notebook: Any) -> None:
        notebook.cells.remove(_check_cell(notebook, exercise_id))

    return change


def _edit_check(exercise_id: str) -> Callable[[Any], None]:
    def change(notebook: Any) -> None:
        _check_cell(notebook, exercise_id).source = f"{REGISTRY[exercise_id].points}"

    return change
