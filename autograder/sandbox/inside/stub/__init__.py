"""What a notebook sees as ``autograder`` while it is graded: nothing with an answer in it."""

from types import SimpleNamespace
from typing import Any

__all__ = ["check", "lend", "progress", "verdict_on"]


class Mark(float):
    """The points of a check that is not counted here."""

    def __repr__(self) -> str:
        return "This check counts in its own cell."


def check(exercise_id: str, answer: Any = None) -> Mark:
    """A check outside its own cell: it gives no points and raises no error."""
    return Mark(0.0)


def verdict_on(exercise_id: str, answer: Any = None) -> Any:
    """No verdict is made here: the fields of one without points."""
    return SimpleNamespace(
        exercise_id=exercise_id, points=0.0, max_points=0.0, groups=(), problem=None, passed=False
    )


def lend(exercise_id: str) -> None:
    """Nothing is lent while a notebook is graded."""


def progress(folder: Any = None) -> None:
    """A student's other notebooks are not here."""
