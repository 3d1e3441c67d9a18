"""Where to look: what of an answer is right and what is not, for a mistake that has no name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograder.checking.compare import first_difference
from autograder.checking.drive import Call, Oracle, Plain, Previous
from autograder.checking.exercise import Exercise
from autograder.checking.observed import Observed

SMALL = 12  # numbers of an array that can be read at a glance
MAX_CALL = 160  # characters of a call that is shown


def called(exercise: Exercise, seen: Observed) -> str:
    """The call as it would be typed, ``ewma_step(v=0.5, x=2, beta=0.9)``; empty if it is long."""
    if exercise.is_quiz or len(seen.case.script[: seen.case.deciding]) != 1:
        return ""
    call = seen.case.script[0]
    shown = [*map(_shown, call.args), *map(_shown, call.kwargs.values())]
    names = [*exercise.parameters[: len(call.args)], *call.kwargs]
    if not all(shown) or len(names) != len(shown):
        return ""
    text = ", ".join(f"{name}={value}" for name, value in zip(names, shown, strict=True))
    return f"{exercise.id}({text})" if len(text) <= MAX_CALL else ""


def _shown(argument: Any) -> str:
    if isinstance(argument, bool | int | str):
        return repr(argument)
    if isinstance(argument, float):
        return f"{argument:.6g}"
    if isinstance(argument, np.ndarray) and argument.size <= SMALL:
        return _array(argument)
    if isinstance(argument, list) and len(argument) <= SMALL:
        items = [_shown(item) for item in argument]
        return f"[{', '.join(items)}]" if all(items) else ""
    if isinstance(argument, Oracle):
        return argument.name
    return ""


def _array(array: np.ndarray[Any, Any]) -> str:
    text = np.array2string(array, separator=", ", precision=5, floatmode="maxprec")
    return f"np.array({' '.join(text.split()).replace('[ ', '[')})"


def look(exercise: Exercise, seen: Observed, observed: Sequence[Observed]) -> str:
    """One or two sentences that lead to the place; empty if nothing can be told apart."""
    changed = seen.difference is not None and seen.difference.stage == "changed"
    if exercise.is_quiz or changed or not seen.has_values:
        return ""
    found = [
        _which_outputs(exercise, observed),
        _which_call(exercise, seen),
        _which_part(exercise, seen),
        _which_cases(exercise, observed),
    ]
    told = [text for text in found if text][:2] or [_by_hand(exercise, seen, observed)]
    return " ".join(told)


def _by_hand(exercise: Exercise, seen: Observed, observed: Sequence[Observed]) -> str:
    """How to find the step, where each has one right value; or that there is no value yet."""
    if seen.difference is not None and seen.difference.stage in ("type", "shape"):
        return _what_is_returned(seen.difference.where)
    if _free(exercise) or _of_several_kinds(observed) or _is_asked_about_a_function(seen):
        return ""
    which = (
        f"Take the case “{seen.case.label}”, work it out by hand"
        if called(exercise, seen)
        else "Call it with a few small numbers of your own, work them out by hand"
    )
    return (
        f"{which}, and print each step of your function beside it: the first step that differs "
        "is the one."
    )


def _is_asked_about_a_function(seen: Observed) -> bool:
    """A yes or no about a function that it gets: there is no number to work out."""
    script = seen.case.script
    given = script[0].args if script else ()
    return isinstance(seen.expected[0].value, bool) and any(isinstance(a, Oracle) for a in given)


def _free(exercise: Exercise) -> bool:
    """Whether chance makes other values than the reference's right."""
    return exercise.compare is not None and "rng" in exercise.parameters


def _which_outputs(exercise: Exercise, observed: Sequence[Observed]) -> str:
    """Of several outputs, those that are right in every first call and those that are not."""
    names = exercise.outputs
    right, wrong = set(names), set()
    for seen in observed:
        expected, got = seen.expected[0].value, seen.got[0].value
        if not (isinstance(expected, tuple) and isinstance(got, tuple | list)):
            return ""
        if not len(expected) == len(got) == len(names):
            return ""
        for name, one, other in zip(names, expected, got, strict=True):
            if first_difference(one, other, tolerance=exercise.tolerance) is not None:
                right.discard(name)
                wrong.add(name)
    if not right or not wrong:
        return ""
    good, bad = (" and ".join(n for n in names if n in part) for part in (right, wrong))
    lines = "line that computes it" if len(wrong) == 1 else "lines that compute them"
    is_good, is_bad = ("is" if len(part) == 1 else "are" for part in (right, wrong))
    return f"{good} {is_good} right everywhere; {bad} {is_bad} not. Look at the {lines}."


def _which_call(exercise: Exercise, seen: Observed) -> str:
    wrong = _first_wrong_call(exercise, seen)
    calls: Sequence[Call] = seen.case.script
    if not wrong or wrong >= len(calls) or exercise.compare is not None:
        return ""
    which = "The first call is" if wrong == 1 else f"The first {wrong} calls are"
    carried = any(isinstance(arg, Previous) for arg in calls[wrong].args)
    if carried:
        return f"{which} right, call {wrong + 1} is not: what goes from one call into the next?"
    return f"{which} right, call {wrong + 1} is not: what is kept from call to call?"


def _first_wrong_call(exercise: Exercise, seen: Observed) -> int | None:
    for number, (one, other) in enumerate(zip(seen.expected, seen.got, strict=False)):
        if first_difference(one.value, other.value, tolerance=exercise.tolerance) is not None:
            return number
    return None


def _which_part(exercise: Exercise, seen: Observed) -> str:
    """Which rows, columns or positions of the first wrong array are right."""
    if _free(exercise):
        return ""
    number = _first_wrong_call(exercise, seen)
    pair = _wrong_array(exercise, seen, number) if number is not None else None
    if pair is None:
        return ""
    what, expected, got = pair
    with np.errstate(all="ignore"):
        right = np.isclose(got, expected, rtol=1e-6, atol=1e-12, equal_nan=True)
    if not right.any():
        return ""
    if expected.ndim == 1:
        return _positions(what, right)
    for axis, name in ((0, "row"), (1, "column")):
        others = tuple(a for a in range(expected.ndim) if a != axis)
        good = right.all(axis=others)
        if good.any():
            return f"Of {len(good)} {name}s in {what}, {_listed(good)} {_is(good)} right."
    return _some_of(right, what)


def _positions(what: str, right: np.ndarray[Any, Any]) -> str:
    first = int(np.argmin(right))
    if right[first:].sum() == 0 and first:
        many = "the first number is" if first == 1 else f"the first {first} numbers are"
        return f"In {what} {many} right, and all after that are not."
    last = int(np.argmax(right))
    if right[last:].all() and last:
        many = "the first number is" if last == 1 else f"the first {last} numbers are"
        return f"In {what} {many} wrong, and all after that are right."
    return _some_of(right, what)


def _some_of(right: np.ndarray[Any, Any], what: str) -> str:
    many = int(right.sum())
    return f"{many} of the {right.size} numbers in {what} {'is' if many == 1 else 'are'} right."


def _wrong_array(
    exercise: Exercise, seen: Observed, number: int
) -> tuple[str, np.ndarray[Any, Any], np.ndarray[Any, Any]] | None:
    expected, got = seen.expected[number].value, seen.got[number].value
    pairs: list[tuple[str, Plain, Plain]] = [("the result", expected, got)]
    if isinstance(expected, tuple) and isinstance(got, tuple | list) and len(expected) == len(got):
        names = exercise.outputs or tuple(f"part {i + 1}" for i in range(len(expected)))
        pairs = list(zip(names, expected, got, strict=False))
    for what, one, other in pairs:
        if not isinstance(one, np.ndarray) or not isinstance(other, np.ndarray):
            continue
        same_shape = one.shape == other.shape and one.size > 1 and one.dtype.kind in "iuf"
        if same_shape and other.dtype.kind in "iuf" and first_difference(one, other) is not None:
            return what, one, other
    return None


def _listed(good: np.ndarray[Any, Any]) -> str:
    places = [str(i) for i in np.flatnonzero(good)]
    return f"number {places[0]}" if len(places) == 1 else f"{len(places)}"


def _is(good: np.ndarray[Any, Any]) -> str:
    return "is" if good.sum() == 1 else "are"


def _which_cases(exercise: Exercise, observed: Sequence[Observed]) -> str:
    """Cases that are right beside cases that are wrong, if their labels tell them apart.

    A case that counts only some of the outputs is not right if it gets another one wrong.
    """
    if _of_several_kinds(observed):
        return ""
    wrong = {seen.case.label for seen in observed if seen.failed}
    right = {
        seen.case.label
        for seen in observed
        if not exercise.outputs or _first_wrong_call(exercise, seen) is None
    }
    some = [seen.case.label for seen in observed if seen.case.label in right - wrong]
    bad = [seen.case.label for seen in observed if seen.case.label in wrong - right]
    if not some or not bad:
        return ""
    good, others = ("; ".join([*dict.fromkeys(labels)][:3]) for labels in (some, bad))
    return f"Right: {good}. Wrong: {others}. What is different there?"


def _of_several_kinds(observed: Sequence[Observed]) -> bool:
    """Whether some cases ask something else than others, so that it leads nowhere to compare them.

    Random weights: large layers are asked for their distribution, small ones for their generator.
    """
    return len({type(seen.case) for seen in observed}) > 1


def _what_is_returned(where: str) -> str:
    if where.startswith("["):  # a function that returns nothing, and changes what it is given
        return ""
    return (
        "The numbers do not count yet: compare what stands behind your `return` with the line "
        "“returns” of the docstring."
    )
