"""What a notebook sees as ``autograder`` while it is graded: nothing with an answer in it."""

from typing import Any

__all__ = ["check", "lend", "progress"]


class Mark(float):
    """The points of a check that is not counted here."""

    def __repr__(self) -> str:
        return "This check counts in its own cell."


def check(exercise_id: str, answer: Any = None) -> Mark:
    """A check outside its own cell: it gives no points and raises no error."""
    return Mark(0.0)


def lend(exercise_id: str) -> None:
    """Nothing is lent while a notebook is graded."""


def progress(folder: Any = None) -> None:
    """A student's other notebooks are not here."""
