"""How far apart two texts may be where a cell prints the numbers of one run.

A network that was trained for some hundred steps ends elsewhere on another processor. What a cell
prints should hold on all of them; where it has to print a run's own numbers, its metadata say how
far these may lie apart: ``"tolerance": 0.02`` is two per cent. Words must be the same always.
"""

from __future__ import annotations

import re
from typing import Any

_NUMBER = re.compile(r"[-+−]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")


class Tolerant(str):
    """A text that is equal to another one if only numbers differ, and these by little.

    Two numbers are close if they differ by no more than ``tolerance`` of the larger one, or by one
    unit of the last digit that either shows: where rounding tips, nothing is wrong.
    """

    tolerance: float

    def __new__(cls, text: str, tolerance: float) -> Tolerant:
        new = super().__new__(cls, text)
        new.tolerance = tolerance
        return new

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, str):
            return NotImplemented
        mine, theirs = _NUMBER.findall(self), _NUMBER.findall(other)
        return _words(self) == _words(other) and all(
            _close(a, b, self.tolerance) for a, b in zip(mine, theirs, strict=True)
        )

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__


def tolerant(text: Any, cell: Any) -> Any:
    """An output's text, as the cell that printed it wants it compared."""
    tolerance = cell["metadata"].get("tolerance")
    return Tolerant(text, tolerance) if tolerance and isinstance(text, str) else text


def _words(text: str) -> list[str]:
    # Columns are aligned by spaces: a digit more is a space less.
    return [" ".join(part.split()) for part in _NUMBER.split(text)]


def _close(a: str, b: str, tolerance: float) -> bool:
    x, y = float(a.replace("−", "-")), float(b.replace("−", "-"))
    allowed = max(tolerance * max(abs(x), abs(y)), _last_digit(a), _last_digit(b))
    return abs(x - y) <= allowed * (1 + 1e-9)


def _last_digit(number: str) -> float:
    mantissa, _, exponent = number.lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    return float(10.0 ** (int(exponent or 0) - decimals))
