"""``check("ewma", ewma)``: the verdict on an exercise, in the notebook where it was written.

Importing this in a notebook also installs :mod:`autograder.notebook.errors`.
"""

from __future__ import annotations

import difflib
import sys
from typing import Any

from autograder.checking import render
from autograder.checking.verdict import Verdict, assess_here, not_a_function, refuse
from autograder.exercises import REGISTRY
from autograder.notebook import errors

_MISSING = object()


class ShownPoints(float):
    """The points of a verdict. Shows the verdict; its text is the number that nbgrader reads."""

    verdict: Verdict

    def __new__(cls, verdict: Verdict) -> ShownPoints:
        mark = super().__new__(cls, verdict.points)
        mark.verdict = verdict
        return mark

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": f"{float(self)!r}", "text/html": render.as_html(self.verdict)}


class CheckFailed(Exception):  # noqa: N818 - it is what a student reads, and no error of the program
    """No points. An exception, because that is what nbgrader and Run All understand."""

    def __init__(self, verdict: Verdict) -> None:
        problem = verdict.problem
        super().__init__(problem.headline if problem else "")
        self.verdict = verdict

    def _render_traceback_(self) -> list[str]:
        return render.as_text(self.verdict, colour=True).split("\n")


def check(exercise_id: str, answer: Any = _MISSING) -> ShownPoints:
    """Check an exercise and show the verdict.

    Args:
        exercise_id: the name of the exercise, ``"ewma"``.
        answer: what you wrote: the function itself (``ewma``, without parentheses), or the letter.

    Returns:
        The points, which show as a message.

    Raises:
        CheckFailed: if there are no points; its message says what to do.
    """
    verdict = verdict_on(exercise_id, answer)
    if not verdict.points:
        raise CheckFailed(verdict)
    return ShownPoints(verdict)


def verdict_on(exercise_id: str, answer: Any = _MISSING) -> Verdict:
    """The verdict that :func:`check` shows, as data."""
    if not isinstance(exercise_id, str):
        return refuse(
            "check",
            "The first argument is the name of the exercise, in quotes.",
            'For example: check("ewma", ewma)',
        )
    exercise = REGISTRY.get(exercise_id)
    if exercise is None:
        near = difflib.get_close_matches(exercise_id, REGISTRY, n=1, cutoff=0.5)
        return refuse(
            exercise_id,
            f"There is no exercise called {exercise_id!r}.",
            f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(REGISTRY)}.",
        )
    if answer is _MISSING:
        return refuse(
            exercise_id,
            "The check was given a name, but not what you wrote.",
            f'Call it as check("{exercise_id}", {exercise_id}).',
            exercise.points,
        )
    if not exercise.is_quiz and not callable(answer):
        return refuse(
            exercise_id, *not_a_function(exercise_id, _described(answer)), exercise.points
        )
    return assess_here(exercise, answer)


def _described(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"a {type(value).__name__}"


if (ipython := sys.modules.get("IPython")) and (shell := ipython.get_ipython()):
    errors.install(shell)
