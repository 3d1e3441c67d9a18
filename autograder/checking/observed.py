"""What an answer did in one case, beside what was expected of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from autograder.checking.compare import Difference
from autograder.checking.drive import Instance, Outcome, Plain
from autograder.checking.exercise import Case

ENOUGH = 2  # failed cases that a name has to explain, unless a single one has many numbers
MANY = 4  # different numbers: an answer that has them all is no coincidence
MAX_NUMBERS = 100_000  # of one outcome that are looked at


@dataclass(frozen=True, eq=False)
class Observed:
    """One case: the reference's outcomes, the answer's, and the first difference or None."""

    case: Case
    expected: Sequence[Outcome]
    got: Sequence[Outcome]
    difference: Difference | None

    @property
    def failed(self) -> bool:
        return self.difference is not None

    @property
    def has_values(self) -> bool:
        """Whether it failed with values that can be looked at: no exception, no nan."""
        if self.difference is None or self.difference.stage in ("raised", "not written"):
            return False
        if self.difference.stage == "not finite":
            return len(set(self._computed())) >= ENOUGH  # what is finite counts
        return self.difference.stage != "returned nothing"

    @property
    def is_telling(self) -> bool:
        """Whether no other mistake gives these wrong values by luck.

        A wrong ``True``, a word or a small whole number is what many mistakes give.
        """
        if not self.has_values:
            return False
        got = [x for o in self.got for x in _some(o.value) if not isinstance(x, bool)]
        many = not self._is_an_object and len(set(got)) >= MANY
        return bool(self._computed()) or (many and bool(_wrong_numbers(self.expected, self.got)))

    @property
    def is_rich(self) -> bool:
        """Whether the wrong values are so many that one such case is enough."""
        return self.is_telling and len({round(x, 9) for x in self._computed()}) != 1

    def _computed(self) -> list[float]:
        """The wrong numbers that were computed: no whole ones, and none that came in."""
        wrong = [
            x
            for x in _wrong_numbers(self.expected, self.got)
            if isinstance(x, float) and np.isfinite(x) and x != round(x)
        ]
        if not wrong:
            return []
        given = {x for call in self.case.script for x in _some([*call.args, *call.kwargs.values()])}
        return [x for x in wrong if x not in given] if self._is_an_object else wrong

    @property
    def _is_an_object(self) -> bool:
        """Whether what is returned keeps what came in, as an object or a dict of settings does."""
        return any(isinstance(o.value, dict | Instance) for o in self.expected)


def numbers(value: Plain) -> Iterator[float]:
    """All numbers in plain data, from left to right."""
    if isinstance(value, bool | int | float):
        yield value
    elif isinstance(value, np.ndarray):
        yield from value.ravel().tolist()
    elif isinstance(value, list | tuple):
        for item in value:
            yield from numbers(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from numbers(item)


def _wrong_numbers(expected: Sequence[Outcome], got: Sequence[Outcome]) -> list[float]:
    """The numbers that are not where they are expected; all of them, if counts or shapes differ."""
    wrong: list[float] = []
    for one, other in zip(expected, got, strict=False):
        right, seen = _some(one.value), _some(other.value)
        if len(right) != len(seen) or _other_shapes(one.value, other.value):
            wrong += seen
        else:
            wrong += [s for r, s in zip(right, seen, strict=True) if not _close(r, s)]
    return wrong


def _other_shapes(one: Plain, other: Plain) -> bool:
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return bool(one.shape != other.shape)
    if isinstance(one, tuple | list) and isinstance(other, tuple | list):
        return any(map(_other_shapes, one, other))
    return False


def _some(value: Any) -> list[float]:
    return list(islice(numbers(value), MAX_NUMBERS))


def _close(a: float, b: float) -> bool:
    return bool(a == b or abs(a - b) <= 1e-12 + 1e-6 * abs(a))
