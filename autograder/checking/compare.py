"""Find the first place where plain data differs from what was expected.

Comparing never sees the student's function: only the outcomes that
:mod:`autograder.checking.drive` made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.checking.drive import Foreign, Instance, Outcome, Plain, in_range

RTOL = 1e-6  # any equivalent float64 formula passes; a misplaced ε of 1e-8 does not
ATOL = 1e-12


@dataclass(frozen=True)
class Tolerance:
    """``|got - expected| <= atol + rtol·|expected|``."""

    rtol: float = RTOL
    atol: float = ATOL


@dataclass(frozen=True)
class Difference:
    """The first difference. ``stage`` is how a person would sort it; see :data:`STAGES`.

    ``misconception`` is the name of the exercise's misconception that shows in it, where a
    ``compare=`` function can tell: random answers are never equal to a stored wrong one's.
    """

    stage: str
    where: str = ""
    expected: str = ""
    got: str = ""
    note: str = ""
    misconception: str = ""


# In the order in which a person would look for what is wrong.
STAGES = (
    "not written",
    "raised",
    "returned nothing",
    "type",
    "shape",
    "changed",
    "not finite",
    "value",
)


def first_difference(
    expected: Plain,
    got: Plain,
    *,
    names: Sequence[str] = (),
    tolerance: Tolerance = Tolerance(),
    where: str = "",
) -> Difference | None:
    """The first difference between two pieces of plain data, or None.

    Args:
        expected: what the reference returned.
        got: what the student's function returned.
        names: names of the parts, if ``expected`` is a tuple: ``("theta", "v")``.
        tolerance: how close numbers must be.
        where: path to the part being compared, for the message.

    A list of numbers counts as an array, a list as a tuple, and a NumPy scalar or an array of
    shape ``()`` as a number: how an answer is wrapped is not what an exercise asks about.
    """
    if got is None and expected is not None:
        return Difference("returned nothing", where, _kind(expected), "None")
    if isinstance(expected, Instance) or isinstance(got, Foreign):
        same = isinstance(expected, Instance) and isinstance(got, Instance)
        return None if same else Difference("type", where, _kind(expected), _kind(got))
    if isinstance(expected, bool | str):
        return _compare_exactly(expected, got, where)
    if isinstance(expected, int | float):
        return _compare_number(expected, got, where, tolerance)
    if isinstance(expected, np.ndarray):
        return _compare_array(expected, got, where, tolerance)
    if isinstance(expected, tuple | list):
        return _compare_sequence(expected, got, names, tolerance, where)
    if isinstance(expected, dict):
        return _compare_dict(expected, got, tolerance, where)
    same = type(expected) is type(got) and expected == got  # never of arrays
    return None if same else Difference("type", where, _kind(expected), _kind(got))


def same_outcomes(
    a: Sequence[Outcome],
    b: Sequence[Outcome],
    tolerance: Tolerance = Tolerance(),
) -> bool:
    """Whether two functions did the same in every call: values, failures and changed arguments."""
    if len(a) != len(b):
        return False
    for one, other in zip(a, b, strict=True):
        if one.changed != other.changed or (one.failure is None) != (other.failure is None):
            return False
        if one.failure and other.failure and one.failure.type_name != other.failure.type_name:
            return False
        if first_difference(one.value, other.value, tolerance=tolerance) is not None:
            return False
    return True


def _compare_exactly(expected: bool | str, got: Plain, where: str) -> Difference | None:
    if isinstance(got, np.ndarray) and got.shape == ():
        got = got.item()
    if type(got) is not type(expected):
        return Difference("type", where, _kind(expected), _kind(got))
    if isinstance(got, str):
        got = got.strip(" \t\n.()").lower()
    same = got == expected
    return None if same else Difference("value", where, repr(expected), repr(got))


def _compare_number(
    expected: float, got: Plain, where: str, tolerance: Tolerance
) -> Difference | None:
    if isinstance(got, np.ndarray) and got.shape != ():
        return Difference("shape", where, "one number", f"an array of shape {got.shape}")
    value = got.item() if isinstance(got, np.ndarray) else got
    if isinstance(value, bool) or not isinstance(value, int | float):
        return Difference("type", where, _kind(expected), _kind(value))
    return _compare_array(np.asarray(expected), got, where, tolerance)


def _compare_array(
    expected: np.ndarray[Any, Any], got: Plain, where: str, tolerance: Tolerance
) -> Difference | None:
    if isinstance(got, list | tuple):
        got = _as_array(got)
    if isinstance(got, int | float) and not isinstance(got, bool):
        got = np.asarray(in_range(got))
    if not isinstance(got, np.ndarray):
        return Difference("type", where, _kind(expected), _kind(got))
    if got.shape != expected.shape:
        return Difference("shape", where, _shape(expected), _shape(got))
    finite = np.isfinite(got) | ~np.isfinite(expected)
    if not finite.all():
        index = tuple(int(i) for i in np.argwhere(~finite)[0])
        return _at("not finite", index, where, expected, got, "")
    if expected.dtype == bool:
        wrong = ~np.isin(got, (0, 1)) | (got.astype(bool) != expected)
    else:
        with np.errstate(invalid="ignore", over="ignore"):
            allowed = tolerance.atol + tolerance.rtol * np.abs(expected)
            # A wrong version may give inf, and a relative tolerance would accept any number for it.
            close = (np.abs(got.astype(float) - expected) <= allowed) & np.isfinite(expected)
        wrong = ~(close | (got == expected) | (np.isnan(got) & np.isnan(expected)))
    if not wrong.any():
        return None
    index = tuple(int(i) for i in np.argwhere(wrong)[0])
    return _at("value", index, where, expected, got, _note(expected, got))


def _compare_sequence(
    expected: Sequence[Plain],
    got: Plain,
    names: Sequence[str],
    tolerance: Tolerance,
    where: str,
) -> Difference | None:
    seen = _kind(got)
    if isinstance(got, np.ndarray) and got.ndim and isinstance(expected, list):
        got = [got[i, ...] for i in range(len(got))]  # arrays, of shape () too: each has its dtype
    if not isinstance(got, tuple | list):
        return Difference("type", where, _wanted(expected, names), seen)
    if len(got) != len(expected):
        if isinstance(expected, tuple):
            seen = _values(len(got))
        return Difference("shape", where, _wanted(expected, names), seen)
    differences = []
    for i, (e, g) in enumerate(zip(expected, got, strict=True)):
        part = names[i] if i < len(names) else f"{where}[{i}]"
        difference = first_difference(e, g, tolerance=tolerance, where=part)
        if difference is not None:
            differences.append(difference)
    return min(differences, key=lambda d: STAGES.index(d.stage), default=None)


def _compare_dict(
    expected: dict[str, Plain], got: Plain, tolerance: Tolerance, where: str
) -> Difference | None:
    if not isinstance(got, dict):
        return Difference("type", where, _kind(expected), _kind(got))
    missing = [key for key in expected if key not in got]
    if missing:
        return Difference("shape", where, f"the key {missing[0]!r}", f"the keys {list(got)}")
    for key, value in expected.items():
        difference = first_difference(
            value, got[key], tolerance=tolerance, where=f"{where}[{key!r}]"
        )
        if difference is not None:
            return difference
    return None


def _at(
    stage: str,
    index: tuple[int, ...],
    where: str,
    expected: np.ndarray[Any, Any],
    got: np.ndarray[Any, Any],
    note: str,
) -> Difference:
    place = f"{where or 'result'}[{', '.join(map(str, index))}]" if index else where
    wanted, seen = _number(expected[index]), _number(got[index])
    if wanted == seen:  # to six digits
        wanted, seen = str(expected[index]), str(got[index])
    return Difference(stage, place, wanted, seen, note)


def _note(expected: np.ndarray[Any, Any], got: np.ndarray[Any, Any]) -> str:
    """A constant ratio, a flipped sign or float32 says more than one pair of numbers."""
    if expected.dtype.kind != "f" or not np.isfinite(expected).all():
        return ""
    if got.dtype in (np.float32, np.float16):
        return f"your result is {got.dtype}: compute in float64"
    used = np.abs(expected) > 1e-12
    if not used.any() or np.any(np.abs(got[~used]) > 1e-12):
        return ""
    ratios = got[used] / expected[used]
    if not np.allclose(ratios, ratios.flat[0], rtol=1e-6, atol=0):
        return ""
    ratio = float(ratios.flat[0])
    says_nothing = used.sum() == 1 and not np.isclose(ratio, (-1, 0.5, 2)).any()
    if np.isclose(ratio, 0) or says_nothing or _number(ratio) == "1":
        return ""
    every = "every number" if used.sum() > 1 else "it"
    if np.isclose(ratio, -1):
        return f"{every} has the wrong sign"
    return f"{every} is {_number(ratio)} times what is expected"


def _as_array(items: Sequence[Plain]) -> Plain:
    try:
        array = np.array(items)
    except (ValueError, OverflowError):
        return items
    return array if array.dtype.kind in "biuf" else items


def _number(value: Any) -> str:
    is_float = isinstance(value, float | np.floating)
    return f"{value + 0.0:.6g}" if is_float else str(value)  # + 0.0: nobody asked for -0


def _shape(array: np.ndarray[Any, Any]) -> str:
    return f"shape {array.shape}" if array.ndim else "one number"


def _values(count: int) -> str:
    return f"{count} value{'' if count == 1 else 's'}"


def _wanted(expected: Sequence[Plain], names: Sequence[str]) -> str:
    """Several outputs by their names, a list by what is in it."""
    if isinstance(expected, list) and not names:
        arrays = expected and all(isinstance(item, np.ndarray) for item in expected)
        what = f" array{'' if len(expected) == 1 else 's'}" if arrays else ""
        return f"a list of {len(expected)}{what}"
    return _values(len(expected)) + (f" ({', '.join(names)})" if names else "")


def _kind(value: Plain) -> str:
    """What a value is, in words."""
    match value:
        case None:
            return "None"
        case bool():
            return "True or False"
        case str():
            return "text"
        case int() | float():
            return "a number"
        case np.ndarray():
            return f"an array of shape {value.shape}" if value.ndim else "a number"
        case tuple():
            return f"a tuple of {len(value)}"
        case list():
            return f"a list of {len(value)}"
        case dict():
            return "a dict"
        case Foreign(type_name=name):
            return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"
        case Instance(methods=("__call__",)):
            return "a function"
        case Instance(methods=methods):
            return f"an object with {' and '.join(methods)}"
    return type(value).__name__
