"""Mistakes that show when outcomes are laid beside the cases, without running anything again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograder.checking.compare import first_difference
from autograder.checking.drive import Call, Oracle, Plain
from autograder.checking.exercise import Exercise
from autograder.checking.observed import ENOUGH, Observed, numbers
from autograder.checking.written import Written


def other_order(exercise: Exercise, written: Written | None) -> str:
    """The arguments have the right names, and another order."""
    mine, right = written.parameters if written else (), exercise.parameters
    if len(right) < 2 or mine == right or sorted(mine) != sorted(right):
        return ""
    return (
        f"Your arguments stand in another order: you have ({', '.join(mine)}), and it is called as "
        f"({', '.join(right)})."
    )


def explain(exercise: Exercise, observed: Sequence[Observed]) -> tuple[str, Observed] | None:
    """What all failed cases have in common, and a case that shows it."""
    failed = [seen for seen in observed if seen.failed]
    if exercise.is_quiz or not failed or not all(_is_value(seen) for seen in failed):
        return None
    found = (
        _never_called(exercise, observed)
        or _one_of_several(exercise, failed)
        or _always_the_same(failed, observed)
        or _left_over(exercise, failed)
        or _table(exercise, failed)
        or _only_some_parts(exercise, failed)
    )
    return (found, failed[0]) if found else None


def _is_value(seen: Observed) -> bool:
    return seen.difference is not None and seen.difference.stage not in (
        "raised",
        "not written",
        "returned nothing",
    )


def _never_called(exercise: Exercise, observed: Sequence[Observed]) -> str:
    """A function that is given as an argument, and that the reference calls."""
    for name in dict.fromkeys(
        asked for seen in observed for outcome in seen.expected for asked, _ in outcome.asked
    ):
        calls = [call for seen in observed for call in seen.case.script]
        argument = _argument_of(exercise, name, calls)
        asked = {a for seen in observed for outcome in seen.got for a, _ in outcome.asked}
        if argument and not asked:
            return (
                f"Your function never calls `{argument}`: it is an argument, a function, and each "
                "case brings another one."
            )
    return ""


def _argument_of(exercise: Exercise, oracle: str, calls: Sequence[Call]) -> str:
    for call in calls:
        for parameter, value in zip(exercise.parameters, call.args, strict=False):
            if isinstance(value, Oracle) and value.name == oracle:
                return parameter
    return ""


def _one_of_several(exercise: Exercise, failed: Sequence[Observed]) -> str:
    """One value where several are asked for."""
    names = exercise.outputs
    for seen in failed:
        got = seen.got[0].value
        if seen.difference is None or seen.difference.stage != "type" or len(names) < 2:
            return ""
        if not isinstance(got, int | float | np.ndarray):
            return ""
    if all(np.shape(seen.got[0].value)[:1] == (len(names),) for seen in failed):
        return (
            f"You return one array. Return {len(names)} values, with commas between them: "
            f"{', '.join(names)}."
        )
    return (
        f"You return one value, and {len(names)} are asked for. Put all of them behind `return`, "
        f"in this order and with commas between them: {', '.join(names)}."
    )


def _always_the_same(failed: Sequence[Observed], observed: Sequence[Observed]) -> str:
    """The public example's result, whatever goes in."""
    if len(observed) < 3 or len(failed) < 2 or any(len(seen.got) > 1 for seen in observed):
        return ""
    first = observed[0].got[0].value
    if not isinstance(first, int | float | np.ndarray | tuple | list) or isinstance(first, bool):
        return ""
    if any(first_difference(first, seen.got[0].value) is not None for seen in observed):
        return ""
    distinct = [seen.expected[0].value for seen in observed]
    if all(first_difference(distinct[0], value) is None for value in distinct):
        return ""
    if _is_empty(first):
        return "You return nothing but an empty list or array: is anything ever put into it?"
    if (found := list(numbers(first))) and not any(found):
        return "You return 0 in every case. Print each step of your function for one of them."
    return "You return the same in every case: the result does not depend on the arguments."


def _is_empty(value: Plain) -> bool:
    """Whether nothing is in it, nor in its parts."""
    if isinstance(value, list | tuple):
        return all(map(_is_empty, value))
    return isinstance(value, np.ndarray) and not value.size


def _left_over(exercise: Exercise, failed: Sequence[Observed]) -> str:
    """The right result, and before it the results of earlier calls."""
    for seen in failed:
        expected, got = seen.expected[0].value, seen.got[0].value
        if not isinstance(expected, list | np.ndarray) or not isinstance(got, list | np.ndarray):
            return ""
        if any(isinstance(v, np.ndarray) and not v.ndim for v in (expected, got)):
            return ""
        more = len(got) - len(expected)
        if more < 2 or not len(expected):
            return ""
        if first_difference(expected, got[more:], tolerance=exercise.tolerance) is not None:
            return ""
    if len(failed) < ENOUGH:
        return ""
    return (
        "The right values stand at the end, and before them those of earlier calls: a list is kept "
        "from call to call. Make a new one inside the function (a default `out=[]` is made once)."
    )


def _table(exercise: Exercise, failed: Sequence[Observed]) -> str:
    """(n, 1) against (n,): one number for each pair, a table n × n."""
    pairs = [_first_wrong(exercise, seen) for seen in failed]
    shapes = [(np.shape(e), np.shape(g)) for e, g in pairs if _has_shape(e) and _has_shape(g)]
    if len(shapes) < len(failed):
        return ""
    tables = [
        (right, mine)
        for right, mine in shapes
        if len(mine) == 2 and mine[0] == mine[1] > 1 and right in ((mine[0],), (mine[0], 1))
    ]
    if not tables or len(tables) < len([s for s in shapes if max((0, *s[0])) > 1]):
        return ""
    n = tables[0][1][0]
    return (
        f"You get a table of {n} × {n} numbers where {n} are expected: an array of shape ({n}, 1) "
        f"met one of shape ({n},), and NumPy pairs each with each. Make both flat, or both columns."
    )


def _first_wrong(exercise: Exercise, seen: Observed) -> tuple[Plain, Plain]:
    expected, got = seen.expected[0].value, seen.got[0].value
    if isinstance(expected, tuple) and isinstance(got, tuple | list) and len(got) == len(expected):
        for one, other in zip(expected, got, strict=True):
            if first_difference(one, other, tolerance=exercise.tolerance) is not None:
                return one, other
    return expected, got


def _has_shape(value: Plain) -> bool:
    return isinstance(value, int | float | np.ndarray)


def _only_some_parts(exercise: Exercise, failed: Sequence[Observed]) -> str:
    """Some layers, rows or channels are right; the others are 0 or as they came in."""
    said = {_some_parts(exercise, seen) for seen in failed}
    return said.pop() if len(said) == 1 and len(failed) >= ENOUGH else ""


def _some_parts(exercise: Exercise, seen: Observed) -> str:
    expected, got = _first_wrong(exercise, seen)
    for axis, name in ((0, "row"), (1, "column")):
        pairs = _parts(expected, got, axis)
        if len(pairs) < 2:
            return ""
        name = "element" if axis == 0 and _is_one(pairs[0][0]) else name
        right = [first_difference(e, g, tolerance=exercise.tolerance) is None for e, g in pairs]
        rest = [g for (_, g), ok in zip(pairs, right, strict=True) if not ok]
        where = _where(right)
        if where and all(_is_zero(g) for g in rest):
            return f"Only the {where} {name} is computed; the others are 0."
        if where and isinstance(expected, list) and _as_they_came(seen, pairs, right):
            return f"Only the {where} one is changed; the others are returned as they came in."
    return ""


def _is_one(value: Plain) -> bool:
    return not isinstance(value, list | tuple | dict) and np.ndim(value) == 0


def _parts(expected: Plain, got: Plain, axis: int) -> list[tuple[Any, Any]]:
    if isinstance(expected, np.ndarray) and isinstance(got, np.ndarray):
        if expected.shape != got.shape or expected.ndim <= axis:
            return []
        one, other = np.moveaxis(expected, axis, 0), np.moveaxis(got, axis, 0)
        return list(zip(one, other, strict=True))
    if axis or not isinstance(expected, list) or not isinstance(got, list | tuple):
        return []
    return list(zip(expected, got, strict=True)) if len(expected) == len(got) else []


def _where(right: Sequence[bool]) -> str:
    if sum(right) != 1:
        return ""
    return "first" if right[0] else "last" if right[-1] else ""


def _is_zero(value: Plain) -> bool:
    return isinstance(value, int | float | np.ndarray | np.number) and not np.any(value)


def _as_they_came(seen: Observed, pairs: Sequence[tuple[Any, Any]], right: Sequence[bool]) -> bool:
    for argument in seen.case.script[0].args:
        if isinstance(argument, list) and len(argument) == len(pairs):
            return all(
                ok or first_difference(came, mine) is None
                for came, (_, mine), ok in zip(argument, pairs, right, strict=True)
            )
    return False
