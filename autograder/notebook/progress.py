"""Where a student stands: exercises, points, and what comes next, read from notebooks as saved.

An exercise is done when it has all its points. The question in words has points that a teacher
gives; here it only counts as answered or not.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from autograder import folders
from autograder.checking.exercise import Exercise
from autograder.exercises import REGISTRY
from autograder.notebook import saved
from autograder.notebook.saved import Saved, Unreadable


def standing(notebook: str, points: Mapping[str, float], path: Path | None) -> str:
    """One line about a notebook: what is done and what comes next.

    Args:
        notebook: its name, ``02_gradient_descent``.
        points: what this kernel's checks have given, by exercise.
        path: where the notebook is saved, for what other kernels have checked; None if unknown.

    Returns:
        the line, or nothing if no notebook has that name.
    """
    state = NotebookProgress.of(notebook, path, points)
    if not state.exercises:
        return ""
    all_done = state.done == len(state.exercises)
    exercises = f"all {state.done}" if all_done else f"{state.done} of {len(state.exercises)}"
    line = f"{notebook}: {exercises} exercises, {state.earned:g} of {state.possible:g} points."
    return f"{line} {state.what_next}"


@dataclass(frozen=True)
class NotebookProgress:
    """What is done in one notebook.

    Attributes:
        name: ``02_gradient_descent``.
        title: ``02 · Gradient descent``.
        exercises: all of them, in the order of the notebook.
        points: of those that were tried.
        questions: how many are to be answered in words.
        open_questions: how many of these have no answer yet.
        started: whether there is a notebook to read at all.
        trouble: a sentence, if there is one but it cannot be read.
    """

    name: str
    title: str
    exercises: tuple[Exercise, ...]
    points: Mapping[str, float] = field(default_factory=dict)
    questions: int = 0
    open_questions: int = 0
    started: bool = False
    trouble: str = ""

    @classmethod
    def of(
        cls, name: str, path: Path | None, points: Mapping[str, float] | None = None
    ) -> NotebookProgress:
        """The notebook that is saved at ``path``, with the verdicts in ``points`` laid over it."""
        as_handed_out = _handed_out(name)
        mine, trouble = Saved(questions=as_handed_out.questions), ""
        started = path is not None and path.is_file()
        if path is not None and started:
            try:
                mine = saved.read(path)
            except Unreadable as error:
                trouble = str(error)
        exercises = _in_order(name, as_handed_out.order or mine.order)
        known = {exercise.id for exercise in exercises}
        tried = {k: v for k, v in {**mine.points, **(points or {})}.items() if k in known}
        answered = {question.cell for question in mine.questions if question.answered}
        questions = {question.cell for question in as_handed_out.questions or mine.questions}
        return cls(
            name,
            as_handed_out.title or mine.title or name,
            exercises,
            tried,
            len(questions),
            len(questions - answered),
            started,
            trouble,
        )

    @property
    def left(self) -> tuple[Exercise, ...]:
        """The exercises that do not have all their points."""
        return tuple(e for e in self.exercises if self.points.get(e.id, 0.0) < e.points)

    @property
    def done(self) -> int:
        return len(self.exercises) - len(self.left)

    @property
    def earned(self) -> float:
        return sum(min(self.points.get(e.id, 0.0), e.points) for e in self.exercises)

    @property
    def possible(self) -> float:
        return sum(e.points for e in self.exercises)

    @property
    def minutes_left(self) -> int:
        """By the entries' own figures, for the exercises that are left."""
        return sum(e.minutes for e in self.left)

    @property
    def difficulty(self) -> tuple[int, int] | None:
        """The easiest and the hardest of what is left, from 1 to 5."""
        levels = [e.difficulty for e in self.left]
        return (min(levels), max(levels)) if levels else None

    @property
    def finished(self) -> bool:
        return not self.left and not self.open_questions

    @property
    def what_next(self) -> str:
        """A sentence: the first exercise that is left, or the question in words."""
        if self.left:
            return f"Next: {self.left[0].id}."
        if self.open_questions:
            return "Next: the question in words, near the end."
        if self.questions:
            return "The question in words has an answer, too."
        return "Nothing is left."


def _in_order(name: str, order: tuple[str, ...]) -> tuple[Exercise, ...]:
    """All exercises of a notebook: those of ``order`` first, what it does not know behind them."""
    mine = {e.id: e for e in REGISTRY.values() if e.notebook == name}
    return tuple(mine[i] for i in dict.fromkeys([*order, *mine]) if i in mine)


def _handed_out(name: str) -> Saved:
    """The notebook before anybody has worked in it.

    The master comes first, where there is one: while an author builds it, course/ is still the old.
    """
    pristine = folders.pristine()
    for folder in (pristine.parent / folders.SOLUTIONS, pristine):
        try:
            return saved.read(folder / name / f"{name}.ipynb")
        except Unreadable:
            continue
    return Saved()


def running_notebook() -> Path | None:
    """Where the notebook is saved that runs in this kernel.

    Jupyter's server says it in the kernel's environment, VS Code in a variable.

    Returns:
        None if nobody says it, or if it is no notebook of this course.
    """
    shell = ipython.get_ipython() if (ipython := sys.modules.get("IPython")) else None
    names = [os.environ.get("JPY_SESSION_NAME")]
    if shell is not None:
        names.insert(0, shell.user_ns.get("__vsc_ipynb_file__"))
    known = {exercise.notebook for exercise in REGISTRY.values()}
    for name in names:
        path = Path(name) if isinstance(name, str) and name else None
        if path and path.suffix == ".ipynb" and path.is_file():
            return path if any(path.name.startswith(k) for k in known) else None
    return None
