"""What a function did in the public cases, in place of the function; and plain data as JSON.

A class is given this: see :mod:`autograder.checking.stored`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.checking import drive
from autograder.checking.compare import Tolerance
from autograder.checking.drive import Failure, Outcome, Plain, Previous

if TYPE_CHECKING:
    from autograder.checking.exercise import Case

_RECORDS: dict[str, type] = {
    kind.__name__: kind
    for kind in (
        drive.Previous,
        drive.Rng,
        drive.Oracle,
        drive.Graph,
        drive.Call,
        drive.Foreign,
        drive.Instance,
        drive.Failure,
        drive.Outcome,
        Tolerance,
    )
}
NOT_RECORDED = Failure("NotRecorded", "what this function does here is not stored")


class Recorded:
    """What a function did in the public cases. It cannot be called: it is nobody's answer."""

    def __init__(self, read: Callable[[], Mapping[int, Sequence[Outcome]]]) -> None:
        """``read`` gives the outcomes of each case, by the identity of its script."""
        self._read = read

    def outcomes(self, case: Case) -> list[Outcome]:
        """What the function did in a case; a failure if that is not stored."""
        return list(self._read().get(id(case.script), [Outcome(failure=NOT_RECORDED)]))

    def then(self, change: Callable[[Plain], Plain]) -> Recorded:
        """The function with its results changed, where no call builds on the one before it."""

        def read() -> dict[int, Sequence[Outcome]]:
            return {key: [_changed(o, change) for o in kept] for key, kept in self._read().items()}

        return _Changed(read)


class _Changed(Recorded):
    def outcomes(self, case: Case) -> list[Outcome]:
        builds_on = any(
            call.method or call.attribute or any(isinstance(a, Previous) for a in call.args)
            for call in case.script
        )
        return [Outcome(failure=NOT_RECORDED)] if builds_on else super().outcomes(case)


def _changed(outcome: Outcome, change: Callable[[Plain], Plain]) -> Outcome:
    try:
        with np.errstate(all="ignore"):
            return replace(outcome, value=drive.plain(change(drive.plain(outcome.value))))
    except Exception as error:  # a change need not suit every result
        return Outcome(failure=Failure(type(error).__name__, str(error)))


class Numbers:
    """The numbers of many arrays, those of one dtype in a row."""

    def __init__(self) -> None:
        self._kept: dict[str, list[np.ndarray[Any, Any]]] = {}
        self._ends: dict[str, int] = {}

    def place(self, array: np.ndarray[Any, Any]) -> int:
        """Keep an array; where its first number stands among those of its dtype."""
        name = array.dtype.str
        start = self._ends.get(name, 0)
        self._kept.setdefault(name, []).append(np.ascontiguousarray(array).ravel())
        self._ends[name] = start + array.size
        return start

    def flat(self) -> dict[str, np.ndarray[Any, Any]]:
        """One array for each dtype, by the dtype's name."""
        return {name: np.concatenate(kept) for name, kept in sorted(self._kept.items())}


def encode(value: Any, numbers: Numbers) -> Any:
    """Plain data and the drive's types as JSON; what is in arrays goes to ``numbers``.

    Raises:
        TypeError: if it is anything else.
    """
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        return ["array", value.dtype.str, numbers.place(value), *value.shape]
    if type(value) in (list, tuple):
        return [type(value).__name__, *(encode(item, numbers) for item in value)]
    if type(value) is dict:
        pairs = ([encode(k, numbers), encode(v, numbers)] for k, v in value.items())
        return ["dict", *pairs]
    if _RECORDS.get(type(value).__name__) is type(value):
        parts = (encode(part, numbers) for part in vars(value).values())
        return [type(value).__name__, *parts]
    raise TypeError(f"not plain data: {type(value).__name__}")


def decode(value: Any, flat: Mapping[str, np.ndarray[Any, Any]]) -> Any:
    """What :func:`encode` was given."""
    if not isinstance(value, list):
        return value
    kind, *parts = value
    if kind == "array":
        dtype, start, *shape = parts
        size = int(np.prod(shape, dtype=int))
        return flat[dtype][start : start + size].reshape(shape).copy()
    if kind == "dict":
        return {decode(k, flat): decode(v, flat) for k, v in parts}
    items = [decode(part, flat) for part in parts]
    if kind in ("list", "tuple"):
        return items if kind == "list" else tuple(items)
    return _RECORDS[kind](*items)
