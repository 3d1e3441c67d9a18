"""The judge's own functions, lent to an answer that calls another one which is not right.

The function stays here; its arguments and its value cross. Whatever the arguments are, a call is
cheap, and a check may make only so many of them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograder.checking.drive import Plain, plain
from autograder.checking.exercise import Exercise

CALLS = 5_000  # of one check
MAX_SIDE = 1_000  # of an array, and length of a list
MAX_ITEMS = 20_000  # numbers in all arguments of a call
MAX_NUMBER = 10_000  # an integer may say how often something is done

States = Mapping[str, Any]


def can_be_lent(exercise: Exercise) -> bool:
    """Whether all that an answer gets from an exercise's function is its value."""
    return not exercise.is_quiz and inspect.isfunction(exercise.reference)


class Lender:
    """Answers the calls of one check."""

    def __init__(self, functions: Mapping[str, Callable[..., Any]]) -> None:
        self.functions = functions
        self._calls = 0

    def call(
        self, name: str, arguments: tuple[Plain, ...], keywords: Mapping[str, Plain], rngs: States
    ) -> tuple[Plain, dict[str, Any]]:
        """The value of a function, and the states of its random generators afterwards.

        Args:
            name: of the function.
            arguments: by position; None where there is a generator.
            keywords: by name, in the same way.
            rngs: the states of the generators, by position or name.

        Raises:
            Exception: whatever the function makes of its arguments, or if they are too large.
        """
        self._calls += 1
        if self._calls > CALLS:
            raise RuntimeError(f"{name} was called more than {CALLS:,} times")
        if _size([*arguments, *keywords.values()]) > MAX_ITEMS:
            raise ValueError(f"the arguments of {name} are larger than any check needs")
        generators = {place: _generator(state) for place, state in rngs.items()}
        args = [generators.get(str(i), value) for i, value in enumerate(arguments)]
        kwargs = {key: generators.get(key, value) for key, value in keywords.items()}
        with np.errstate(all="ignore"):
            value = plain(self.functions[name](*args, **kwargs))
        return value, {place: g.bit_generator.state for place, g in generators.items()}


def _size(value: Plain) -> int:
    """How many numbers there are in a value; more than are allowed if one is too large."""
    too_many = MAX_ITEMS + 1
    if isinstance(value, np.ndarray):
        return too_many if max(value.shape, default=0) > MAX_SIDE else value.size
    if isinstance(value, list | tuple | dict):
        items = list(value.values()) if isinstance(value, dict) else list(value)
        return too_many if len(items) > MAX_SIDE else sum(map(_size, items))
    if isinstance(value, int) and abs(value) > MAX_NUMBER:
        return too_many
    return 1


def _generator(state: Any) -> np.random.Generator:
    bits = np.random.PCG64(0)
    bits.state = state
    return np.random.Generator(bits)
