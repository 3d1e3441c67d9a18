"""``lend("largest_stable_lr")``: the reference's function in place of one that is not written.

It is for the pictures that come later in the notebook. It gives no points, and every picture that
was drawn with it says so.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from autograder.checking.exercise import Exercise


def lent(exercise: Exercise, called: Callable[[str], None]) -> Callable[..., Any]:
    """The reference of an exercise, marked; ``called(id)`` is told of each call."""

    @functools.wraps(exercise.reference)
    def borrowed(*args: Any, **kwargs: Any) -> Any:
        called(exercise.id)
        return exercise.reference(*args, **kwargs)

    borrowed.lent = exercise.id  # type: ignore[attr-defined]
    return borrowed


def is_lent(function: Any) -> bool:
    """Whether a function was lent."""
    return isinstance(getattr(function, "lent", None), str)


class Loans:
    """Which values of the notebook were made with a lent function."""

    def __init__(self) -> None:
        self._in_this_cell: set[str] = set()
        self._made_with: dict[str, frozenset[str]] = {}

    def called(self, exercise_id: str) -> None:
        """A lent function was called."""
        self._in_this_cell.add(exercise_id)

    def behind(self, names_read: set[str]) -> list[str]:
        """The lent functions behind what a cell has called and read so far."""
        inherited = (self._made_with.get(name, frozenset()) for name in names_read)
        return sorted(self._in_this_cell.union(*inherited))

    def cell_ended(self, names_read: set[str], names_stored: set[str]) -> None:
        """What a cell made inherits the loans of what it used."""
        behind = frozenset(self.behind(names_read))
        for name in names_stored:
            if behind:
                self._made_with[name] = behind
            else:
                self._made_with.pop(name, None)
        self._in_this_cell.clear()
