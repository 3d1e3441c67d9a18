"""Mistakes that show in the behaviour alone, for any exercise and without an author's help.

Each is a small change of the *reference*: an argument replaced by a constant, two arguments or two
outputs exchanged, a sign, a factor. The changed reference is run on the same cases, so a name is
tested and not guessed: it is given only if every case that failed comes out as the answer did.
The student's code is never run again.
"""

from __future__ import annotations

import ast
import itertools
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from autograder.checking.compare import first_difference
from autograder.checking.drive import Outcome, Plain
from autograder.checking.exercise import Exercise
from autograder.checking.naming import (
    agrees,
    is_comparable,
    is_evidence,
    is_finite,
    may_have_another_cause,
)
from autograder.checking.observed import Observed, numbers
from autograder.checking.recorded import Recorded
from autograder.checking.written import Written

MAX_PAIRED = 200  # rows that are paired with each other
SECONDS = 0.6  # of processor time for all hypotheses about one answer
CONSTANTS = (0.0, 1.0, 0.9, 0.99, 0.999, 0.1, 0.01, 0.001, 0.5, 0.95, 1e-8, 2.0, 10.0)

Function = Callable[..., Any]


@dataclass(frozen=True)
class Hypothesis:
    """A changed reference, and what to tell a student who has written that."""

    message: str
    function: Function | Recorded


def explain(
    exercise: Exercise, observed: Sequence[Observed], written: Written | None
) -> tuple[str, Observed] | None:
    """The message of the first hypothesis that explains what was seen, and a case that shows it."""
    failed = [seen for seen in observed if seen.failed]
    telling = sorted((seen for seen in failed if seen.has_values), key=_work)
    if exercise.is_quiz or not telling or not is_comparable(exercise, telling[0]):
        return None
    limit = time.process_time() + SECONDS
    passed = [seen for seen in observed if not seen.failed]
    rest = [seen for seen in failed if seen not in telling]
    for number, hypothesis in enumerate(_hypotheses(exercise, observed, telling, written)):
        # The system takes longer to say the time than a small hypothesis takes to run.
        if number % 10 == 9 and time.process_time() > limit:
            break
        if _explains(exercise, hypothesis, [*telling, *rest], passed):
            return hypothesis.message, telling[0]
    column = _column(exercise, telling)
    return (column, telling[0]) if column else None


def factor(
    exercise: Exercise, observed: Sequence[Observed], *, with_a_reason: bool
) -> tuple[str, Observed] | None:
    """The factor in all that is wrong: one that sizes and arguments explain, or a constant."""
    failed = [seen for seen in observed if seen.failed]
    telling = sorted((seen for seen in failed if seen.has_values), key=_work)
    if exercise.is_quiz or not telling or not is_comparable(exercise, telling[0]):
        return None
    if not all(may_have_another_cause(seen) for seen in failed if seen not in telling):
        return None
    said = _factor(exercise, telling, with_a_reason)
    return (said, telling[0]) if said else None


def _work(seen: Observed) -> int:
    return len(seen.case.script)


def _explains(
    exercise: Exercise,
    hypothesis: Hypothesis,
    failed: Sequence[Observed],
    passed: Sequence[Observed],
) -> bool:
    explained = []
    for seen in failed:
        outcomes = _run(hypothesis.function, seen)
        if agrees(exercise, outcomes, seen):
            explained.append(seen)
        elif not may_have_another_cause(seen):
            return False
    if not is_evidence(explained, failed):
        return False
    return all(_fits(exercise, hypothesis, seen) for seen in passed)


def _fits(exercise: Exercise, hypothesis: Hypothesis, seen: Observed) -> bool:
    """Whether it is right where the answer is right; a guard may have caught what is not finite."""
    outcomes = _run(hypothesis.function, seen)
    return not is_finite(outcomes) or agrees(exercise, outcomes, seen)


def _run(function: Function | Recorded, seen: Observed) -> list[Outcome]:
    return seen.case.run(function)


# ------------------------------------------------------------------------------ the hypotheses
def _hypotheses(
    exercise: Exercise,
    observed: Sequence[Observed],
    telling: Sequence[Observed],
    written: Written | None,
) -> Iterator[Hypothesis]:
    yield from _about_outputs(exercise, telling)
    yield from _about_siblings(exercise)
    yield from _about_epsilon(exercise)
    yield from _about_arguments(exercise, observed, telling, written)


def _about_siblings(exercise: Exercise) -> Iterator[Hypothesis]:
    """Another exercise of the notebook with the same arguments: the two were taken for one."""
    for other in exercise.siblings:
        if not other.is_quiz and other.parameters == exercise.parameters:
            yield Hypothesis(
                f"What you return is {other.id}, another exercise of this notebook.",
                other.reference,
            )


def _about_outputs(exercise: Exercise, telling: Sequence[Observed]) -> Iterator[Hypothesis]:
    reference, names = exercise.reference, exercise.outputs
    vary = any(_varies(seen.expected[0].value) for seen in telling)
    changes = {text: c for text, c in _changes().items() if vary or c not in _REDUCED}
    value = telling[0].expected[0].value
    if isinstance(value, tuple) and 2 <= len(value) <= 4:
        names = names if len(names) == len(value) else tuple(f"part {i + 1}" for i in range(9))
        for order in itertools.permutations(range(len(value))):
            if list(order) != sorted(order):
                yours = ", ".join(names[i] for i in order)
                right = ", ".join(names[: len(value)])
                yield Hypothesis(
                    f"Right values in the wrong order: you return ({yours}), and ({right}) is "
                    "asked for.",
                    _then(reference, lambda v, order=order: tuple(v[i] for i in order)),
                )
        wrong = _wrong_outputs(exercise, telling)
        for label, change in changes.items():
            if 0 < len(wrong) < len(value):
                which = " and ".join(names[i] for i in sorted(wrong))
                yield Hypothesis(
                    f"{which}: {label}", _then(reference, _on_parts(change, frozenset(wrong)))
                )
    for label, change in changes.items():
        yield Hypothesis(_sentence(label), _then(reference, _everywhere(change)))


def _varies(value: Plain) -> bool:
    """Whether there is an array in it in which not all rows are the same."""
    if isinstance(value, list | tuple):
        return any(map(_varies, value)) or len(set(numbers(value))) > 1
    return isinstance(value, np.ndarray) and value.ndim > 0 and not (value == value[:1]).all()


def _wrong_outputs(exercise: Exercise, telling: Sequence[Observed]) -> set[int]:
    """Which of several outputs are not right in the first call of some case."""
    wrong = set()
    for seen in telling:
        expected, got = seen.expected[0].value, seen.got[0].value
        if isinstance(expected, tuple) and isinstance(got, tuple | list):
            for i, (one, other) in enumerate(zip(expected, got, strict=False)):
                if first_difference(one, other, tolerance=exercise.tolerance) is not None:
                    wrong.add(i)
    return wrong


def _numeric(change: Function) -> Function:
    def changed(value: Any) -> Any:
        if isinstance(value, bool | np.bool_) or not isinstance(
            value, int | float | np.number | np.ndarray
        ):
            raise TypeError("no number")
        return change(np.asarray(value, dtype=float))

    return changed


def _no_scalar(change: Function) -> Function:
    def changed(value: Any) -> Any:
        if not isinstance(value, np.ndarray) or value.ndim == 0:
            raise TypeError("no array")
        return change(value)

    return changed


def _reduced(change: Function) -> Function:
    """Of numbers that are not all the same: else nobody can tell a mean from a first row."""
    changed = _no_scalar(change)
    _REDUCED.add(changed)
    return changed


_REDUCED: set[Function] = set()


# These tables are made when they are first used: in a class's edition, none of these functions may
# be imported and handed in.
@cache
def _changes() -> Mapping[str, Function]:
    """What becomes of the right result in the answer, and how to say it."""
    return {
        "every number has the wrong sign.": _numeric(lambda x: -x),
        "the result is transposed: rows and columns are exchanged.": _no_scalar(
            lambda x: x.T if x.ndim > 1 else np.zeros(0)
        ),
        "you return the square of what is asked for: is a square root missing?": _numeric(
            np.square
        ),
        "you return the square root of what is asked for: one root too many, or a square "
        "missing.": (_numeric(np.sqrt)),
        "you return 1 minus what is asked for.": _numeric(lambda x: 1 - x),
        "you return 1 divided by what is asked for: it is upside down.": _numeric(lambda x: 1 / x),
        "you return the size without the sign: np.abs is too much here.": _numeric(np.abs),
        "you return the logarithm of what is asked for: is an exp missing, or a log too much?": (
            _numeric(np.log)
        ),
        "you return the exponential of what is asked for: is a log missing, or an exp too much?": (
            _numeric(np.exp)
        ),
        "every number is 1 too large.": _numeric(lambda x: x + 1),
        "every number is 1 too small.": _numeric(lambda x: x - 1),
        "the right numbers in reverse order.": _no_scalar(lambda x: x[::-1]),
        "the right numbers, but sorted: each has to stay at its place.": _no_scalar(
            lambda x: np.sort(x, axis=-1)
        ),
        "you return the running sum (np.cumsum) of what is asked for.": _no_scalar(np.cumsum),
        "negative numbers have become 0: np.maximum or a ReLU is too much here.": _numeric(
            lambda x: np.maximum(x, 0)
        ),
        "the decimals are cut off: the result stands in an array of whole numbers, or `//` or int "
        "made them whole.": _numeric(np.trunc),
        "the decimals are cut off: `//` and np.floor round down.": _numeric(np.floor),
        "the numbers are rounded: nobody asked for that.": _numeric(np.round),
        **{
            f"the numbers are rounded to {places} decimals: return them as they are. Where an "
            "example rounds, it does so to be short.": _numeric(
                lambda x, places=places: np.round(x, places)
            )
            for places in range(2, 9)
        },
        "you return the sum of all numbers: each has to stay by itself.": _reduced(np.sum),
        "you return the mean of all numbers: each has to stay by itself.": _reduced(np.mean),
        "you return the sums of the columns: each number has to stay by itself.": _reduced(
            lambda x: np.sum(x, axis=0)
        ),
        "you return the means of the columns: each number has to stay by itself.": _reduced(
            lambda x: np.mean(x, axis=0)
        ),
        "you return the sums of the rows: each number has to stay by itself.": _reduced(
            lambda x: np.sum(x, axis=-1)
        ),
        "only the first number is computed, the others are 0: is the `return` inside the loop, or "
        "does the loop end at once?": _no_scalar(lambda x: _only(x, 1)),
        "the first number is 0: the loop starts one too late.": _no_scalar(
            lambda x: np.concatenate([np.zeros_like(x[:1]), x[1:]])
        ),
        "the last number is 0: the loop ends one too early.": _no_scalar(
            lambda x: np.concatenate([x[:-1], np.zeros_like(x[:1])])
        ),
        "every number stands one place too late: the result is shifted by one.": _no_scalar(
            lambda x: np.concatenate([np.zeros_like(x[:1]), x[:-1]])
        ),
        "every number stands one place too early: the result is shifted by one.": _no_scalar(
            lambda x: np.concatenate([x[1:], np.zeros_like(x[:1])])
        ),
        "the last one is missing: the loop, or the range, ends one too early.": _no_scalar(
            lambda x: x[:-1]
        ),
        "the first one is missing: the loop starts one too late, or the start is left out.": (
            _no_scalar(lambda x: x[1:])
        ),
        "the last one is there twice: one value too many.": _no_scalar(
            lambda x: np.concatenate([x, x[-1:]])
        ),
        "the first one is there twice: one value too many.": _no_scalar(
            lambda x: np.concatenate([x[:1], x])
        ),
        "there is one 0 too many in front.": _no_scalar(
            lambda x: np.concatenate([np.zeros_like(x[:1]), x])
        ),
        "there is one 0 too many at the end.": _no_scalar(
            lambda x: np.concatenate([x, np.zeros_like(x[:1])])
        ),
        "you return the last one only: keep all of them.": _reduced(lambda x: x[-1]),
        "you return the first one only: is the `return` inside the loop?": _reduced(lambda x: x[0]),
        "you return a list or array with the first one only: is the `return` inside the loop?": (
            _no_scalar(lambda x: x[:1])
        ),
        "the right numbers in a column of shape (n, 1): a flat array of shape (n,) is asked for. "
        "keepdims=True or a reshape is too much.": _no_scalar(
            lambda x: x[:, None] if x.ndim == 1 else np.zeros(0)
        ),
        "the right numbers, but flat: the axes are lost. Keep them, with keepdims=True or "
        "reshape.": (_no_scalar(lambda x: x.ravel() if x.ndim > 1 else np.zeros(0))),
        "the right numbers in a table with one row, of shape (1, n).": _no_scalar(
            lambda x: x[None]
        ),
    }


def _only(x: Any, count: int) -> Any:
    kept = np.zeros_like(x)
    kept[:count] = x[:count]
    return kept


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


def _then(reference: Function | Recorded, change: Function) -> Function | Recorded:
    """The reference, with its result changed."""
    if isinstance(reference, Recorded):
        return reference.then(change)
    return lambda *args, **kwargs: change(reference(*args, **kwargs))


def _everywhere(change: Function) -> Function:
    def changed(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(changed(item) for item in value)
        if isinstance(value, list):
            return _of_a_list(value, change)
        return change(value)

    return changed


def _of_a_list(value: list[Any], change: Function) -> Any:
    """A list of equal arrays is changed as one array is, element by element else."""
    try:
        return list(change(np.array(value)))
    except (TypeError, ValueError):
        return [change(item) for item in value]


def _on_parts(change: Function, parts: frozenset[int]) -> Function:
    everywhere = _everywhere(change)
    return lambda value: tuple(everywhere(v) if i in parts else v for i, v in enumerate(value))


# ------------------------------------------------------------------------------ its arguments
def _about_arguments(
    exercise: Exercise,
    observed: Sequence[Observed],
    telling: Sequence[Observed],
    written: Written | None,
) -> Iterator[Hypothesis]:
    """The reference, called with other arguments; for several outputs also in the wrong ones."""
    parameters = exercise.parameters
    values = _arguments(exercise, observed)
    outputs = telling[0].expected[0].value
    wrong = _wrong_outputs(exercise, telling)
    partly = isinstance(outputs, tuple) and 0 < len(wrong) < len(outputs)
    for name in parameters:
        if _are(values[name], _is_array):
            yield Hypothesis(
                f"Nothing is carried from one element of {name} to the next: each of your values "
                "comes out as if it were the first. Is a variable never updated in the loop?",
                _each_by_itself(exercise, name),
            )
    for name in parameters:
        yield from _returned_as_it_came(exercise, name, wrong if partly else set())
    for message, change in _changes_of_arguments(parameters, values, written):
        changed = _with_arguments(exercise.reference, parameters, change)
        yield Hypothesis(message, changed)
        if partly:
            names = exercise.outputs or tuple(f"part {i + 1}" for i in range(9))
            which = " and ".join(names[i] for i in sorted(wrong))
            yield Hypothesis(
                f"In {which}: {message[0].lower() + message[1:] if message[0] != '`' else message}",
                _mixed(exercise.reference, changed, frozenset(wrong)),
            )


def _each_by_itself(exercise: Exercise, name: str) -> Function:
    def function(*args: Any, **kwargs: Any) -> Any:
        given = dict(zip(exercise.parameters, args, strict=False)) | kwargs
        pieces = [given[name][i : i + 1] for i in range(len(given[name]))]
        return np.concatenate([exercise.reference(**(given | {name: p})) for p in pieces])

    return function


def _returned_as_it_came(exercise: Exercise, name: str, wrong: set[int]) -> Iterator[Hypothesis]:
    def argument(*args: Any, **kwargs: Any) -> Any:
        given = dict(zip(exercise.parameters, args, strict=False)) | kwargs
        if isinstance(given[name], str) or callable(given[name]):
            raise TypeError("no number")
        return given[name]

    if not wrong:
        yield Hypothesis(f"You return {name} as it came in, without any change.", argument)
    elif len(wrong) == 1 and exercise.outputs:
        output = exercise.outputs[next(iter(wrong))]
        yield Hypothesis(
            f"The {output} that you return is {name} as it came in: the new value is not stored, "
            "or the wrong variable is returned.",
            _mixed(
                exercise.reference,
                lambda *a, **k: {next(iter(wrong)): argument(*a, **k)},
                frozenset(wrong),
            ),
        )


def _arguments(exercise: Exercise, observed: Sequence[Observed]) -> dict[str, list[Any]]:
    """The values that each argument has in the cases."""
    values: dict[str, list[Any]] = {name: [] for name in exercise.parameters}
    for seen in observed:
        for call in seen.case.script:
            if call.method or call.attribute:
                continue
            for name, value in zip(exercise.parameters, call.args, strict=False):
                values[name].append(value)
            for name, value in call.kwargs.items():
                values.setdefault(name, []).append(value)
    return values


def _with_arguments(
    reference: Function, parameters: Sequence[str], change: Callable[[dict[str, Any]], None]
) -> Function:
    def function(*args: Any, **kwargs: Any) -> Any:
        given = dict(zip(parameters, args, strict=False)) | kwargs
        change(given)
        return reference(**given)

    return function


def _mixed(reference: Function, changed: Function, parts: frozenset[int]) -> Function:
    """The changed reference's outputs ``parts``, and the reference's own others."""

    def function(*args: Any, **kwargs: Any) -> Any:
        right, wrong = reference(*args, **kwargs), changed(*args, **kwargs)
        return tuple(wrong[i] if i in parts else right[i] for i in range(len(right)))

    return function


Change = tuple[str, Callable[[dict[str, Any]], None]]


def _changes_of_arguments(
    parameters: Sequence[str], values: Mapping[str, list[Any]], written: Written | None
) -> Iterator[Change]:
    numbers = [p for p in parameters if _are(values.get(p, []), _is_number)]
    arrays = [p for p in parameters if _are(values.get(p, []), _is_array)]
    for kind in (numbers, arrays):
        for one, other in itertools.combinations(kind, 2):
            yield _exchanged(one, other)
    for name in numbers:
        yield from _constants(name, values[name], written)
    for name in parameters:
        if _are(values.get(name, []), lambda v: isinstance(v, str)):
            for text in dict.fromkeys(values[name]):
                yield _constant(name, text)
    for name in arrays:
        yield (
            f"`{name}` has no effect in yours: it is as if it were all 0.",
            _put(name, np.zeros_like),
        )
        yield (
            f"`{name}` has no effect in yours: it is as if it were all 1.",
            _put(name, np.ones_like),
        )
    for name in numbers:
        for said, change in _numbers().items():
            yield f"It is as if {said.format(name)}.", _put(name, change)
    for name in arrays:
        for said, change in _arrays().items():
            yield f"It is as if {said.format(name)}.", _put(name, change)
    for kind in (numbers, arrays):
        for one, other in itertools.permutations(kind, 2):
            yield _instead(one, other)


def _are(values: Sequence[Any], kind: Callable[[Any], bool]) -> bool:
    """Whether an argument is of a kind wherever its value is known (markers are not)."""
    known = [value for value in values if isinstance(value, bool | int | float | str | np.ndarray)]
    return bool(known) and all(map(kind, known))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_array(value: Any) -> bool:
    return isinstance(value, float) or (isinstance(value, np.ndarray) and value.dtype.kind == "f")


def _exchanged(one: str, other: str) -> Change:
    def change(given: dict[str, Any]) -> None:
        given[one], given[other] = given[other], given[one]

    return f"{one} and {other} are exchanged: each stands where the other belongs.", change


def _instead(one: str, other: str) -> Change:
    def change(given: dict[str, Any]) -> None:
        given[one] = given[other]

    return f"{other} stands where {one} belongs.", change


def _put(name: str, change: Function) -> Callable[[dict[str, Any]], None]:
    def put(given: dict[str, Any]) -> None:
        given[name] = change(given[name])

    return put


def _constants(name: str, values: Sequence[Any], written: Written | None) -> Iterator[Change]:
    known = [value for value in values if _is_number(value)]
    if len(set(known)) < 2:
        return  # nobody can see whether an argument counts that is always the same
    for constant in dict.fromkeys([*_literals(written), *CONSTANTS, *known]):
        whole = all(isinstance(value, int) for value in known)
        if not whole or constant == round(constant):
            yield _constant(name, int(constant) if whole else constant)


def _constant(name: str, constant: Any) -> Change:
    shown = repr(constant) if isinstance(constant, str) else f"{constant:.6g}"
    return (
        f"`{name}` has no effect in yours: it is as if it were always {shown}. Use the argument.",
        _put(name, lambda _: constant),
    )


def _literals(written: Written | None) -> list[float]:
    """The numbers that stand in the student's text: likely candidates, no more."""
    if written is None:
        return []
    return [
        node.value
        for node in written.nodes()
        if isinstance(node, ast.Constant)
        and isinstance(node.value, int | float)
        and not isinstance(node.value, bool)
    ][:20]


@cache
def _numbers() -> Mapping[str, Function]:
    """What stands in place of a number, and how to say it."""
    return {
        "{0} were one less": lambda x: x - 1,
        "{0} were one more": lambda x: x + 1,
        "1 - {0} stood in place of {0}": lambda x: 1 - x,
        "{0} had the other sign": lambda x: -x,
        "{0} were squared": lambda x: x**2,
        "the root of {0} stood in place of {0}": lambda x: x**0.5,
        "1/{0} stood in place of {0}": lambda x: 1 / x,
        "{0} were twice as large": lambda x: 2 * x,
        "{0} were half as large": lambda x: x / 2,
    }


@cache
def _arrays() -> Mapping[str, Function]:
    """What stands in place of an array, and how to say it."""
    return {
        "{0} had the other sign": lambda x: -x,
        "{0} were squared": lambda x: x**2,
        "the size |{0}| stood in place of {0}": np.abs,
        "only the sign of {0} counted": np.sign,
        "{0} were twice as large": lambda x: 2 * x,
        "{0} were half as large": lambda x: x / 2,
        "{0} were in reverse order": lambda x: x[::-1],
        "{0} were transposed": np.transpose,
        "{0} were sorted": lambda x: np.sort(x, axis=0),
        "the first element of {0} were 0": lambda x: np.concatenate([0 * x[:1], x[1:]]),
        "the last element of {0} were 0": lambda x: np.concatenate([x[:-1], 0 * x[:1]]),
        "the first element of {0} were missing": lambda x: x[1:],
        "the last element of {0} were missing": lambda x: x[:-1],
        "{0} were one number, its sum": lambda x: np.full_like(x, np.sum(x)),
        "{0} were one number, its mean": lambda x: np.full_like(x, np.mean(x)),
        "all of {0} were its first element": lambda x: np.broadcast_to(x[:1], x.shape).copy(),
        "the negative numbers of {0} were 0": lambda x: np.maximum(x, 0.0),
        "1 - {0} stood in place of {0}": lambda x: 1 - x,
        "{0} were rounded down to whole numbers": np.floor,
        "the mean had been subtracted from {0}": lambda x: x - np.mean(x),
        "each row of {0} had been made to sum to 1": lambda x: x / x.sum(axis=-1, keepdims=True),
        "exp({0}) stood in place of {0}": np.exp,
        "log({0}) stood in place of {0}": np.log,
        "σ({0}) stood in place of {0}": lambda x: 1 / (1 + np.exp(-x)),
        "the softmax of {0} stood in place of {0}": lambda x: (
            np.exp(x - x.max(-1, keepdims=True))
            / np.exp(x - x.max(-1, keepdims=True)).sum(-1, keepdims=True)
        ),
    }


# ------------------------------------------------------------------------------ a column
def _column(exercise: Exercise, telling: Sequence[Observed]) -> str:
    """(n, 1) against (n,): the first number that is wrong is what broadcasting makes of it."""
    if any(len(seen.case.script) > 1 for seen in telling):
        return ""
    for rows, flat in itertools.permutations(exercise.parameters, 2):
        several = [seen for seen in telling if _length(exercise, flat, seen) != 1]
        if is_evidence(several, several) and all(
            _as_a_table(exercise, rows, flat, seen) for seen in several
        ):
            return (
                f"It is as if an array of shape (n, 1) met one of shape (n,): each row of {rows} "
                f"is taken together with each element of {flat}, in a table n × n. Make both flat, "
                "or both columns."
            )
    return ""


def _length(exercise: Exercise, name: str, seen: Observed) -> int | None:
    call = seen.case.script[0]
    value = (dict(zip(exercise.parameters, call.args, strict=False)) | call.kwargs).get(name)
    return len(value) if isinstance(value, np.ndarray) and value.ndim else None


def _as_a_table(exercise: Exercise, rows: str, flat: str, seen: Observed) -> bool:
    """Whether the first number is what comes out for all pairs of a row and an element."""

    def pairs(*args: Any, **kwargs: Any) -> Any:
        given = dict(zip(exercise.parameters, args, strict=False)) | kwargs
        n = len(given[rows])
        if not given[flat].shape == (n,) or not 1 < n <= MAX_PAIRED:
            raise ValueError("no pairs")
        table = {rows: np.repeat(given[rows], n, axis=0), flat: np.tile(given[flat], n)}
        return exercise.reference(**(given | table))

    theirs, mine, right = (
        _first(outcomes[0].value) for outcomes in (_run(pairs, seen), seen.got, seen.expected)
    )
    if not all(isinstance(x, float) for x in (theirs, mine, right)):
        return False
    return bool(np.isclose(theirs, mine, rtol=1e-6) and not np.isclose(mine, right, rtol=1e-6))


def _first(value: Plain) -> Plain:
    return value[0] if isinstance(value, tuple | list) and value else value


# ------------------------------------------------------------------------------ a factor
def _factor(exercise: Exercise, telling: Sequence[Observed], with_a_reason: bool) -> str:
    value = telling[0].expected[0].value
    parts = _wrong_outputs(exercise, telling) if isinstance(value, tuple) else {0}
    if not parts or any(len(seen.case.script) > 1 for seen in telling):
        return ""
    by_part = [[_ratio(seen, part) for seen in telling] for part in sorted(parts)]
    ratios = [ratio for ratio in by_part[0] if ratio is not None]
    if len(ratios) < len(telling) or not all(map(_same_ratios, by_part, by_part[1:])):
        return ""
    what = "every number"
    if not is_evidence(telling, telling) and not all(_has_a_fraction(seen) for seen in telling):
        telling = telling[:1]  # small whole numbers: any formula would do
    if isinstance(value, tuple):
        names = exercise.outputs or tuple(f"part {i + 1}" for i in range(len(value)))
        what = f"all of {' and '.join(names[i] for i in sorted(parts))}"
    elif not isinstance(value, np.ndarray | list):
        what = "the result"
    say = _explained_factor if with_a_reason else _constant_factor
    return say(exercise, telling, ratios, what)


def _same_ratios(one: Sequence[float | None], other: Sequence[float | None]) -> bool:
    return None not in other and np.allclose(
        np.array(one, float), np.array(other, float), rtol=1e-6, atol=0
    )


def _has_a_fraction(seen: Observed) -> bool:
    return any(x != round(x) for x in numbers(seen.expected[0].value) if np.isfinite(x))


def _constant_factor(
    exercise: Exercise, telling: Sequence[Observed], ratios: Sequence[float], what: str
) -> str:
    first = ratios[0]
    if len(ratios) < 2 or np.isclose(first, 1) or not _is_constant(ratios):
        return ""
    return _sentence(f"{what} is {first:.6g} times what is expected, in every wrong case.")


def _explained_factor(
    exercise: Exercise, telling: Sequence[Observed], ratios: Sequence[float], what: str
) -> str:
    if len(telling) < len(ratios) or _is_constant(ratios):
        return ""
    for formula, factors in _formulas(exercise, telling):
        if np.allclose(ratios, factors, rtol=1e-6, atol=0):
            return _sentence(
                f"{what} is {ratios[0]:.6g} times what is expected in “{telling[0].case.label}”, "
                f"and in every wrong case this factor is {formula}."
            )
    return ""


def _is_constant(ratios: Sequence[float]) -> bool:
    return bool(np.allclose(ratios, ratios[0], rtol=1e-6, atol=0))


def _ratio(seen: Observed, part: int) -> float | None:
    """How many times as large as expected one output of the first call is, if all of it is."""
    expected, got = seen.expected[0].value, seen.got[0].value
    if isinstance(expected, tuple):
        if not isinstance(got, tuple | list) or len(got) != len(expected):
            return None
        expected, got = expected[part], got[part]
    try:
        right, mine = np.asarray(expected, dtype=float), np.asarray(got, dtype=float)
    except (TypeError, ValueError):
        return None
    if right.shape != mine.shape or not right.size or not np.isfinite(mine).all():
        return None
    used = np.abs(right) > 1e-12
    if not used.any() or np.any(np.abs(mine[~used]) > 1e-12):
        return None
    ratios = mine[used] / right[used]
    ratio = float(ratios.flat[0])
    return ratio if np.allclose(ratios, ratio, rtol=1e-6, atol=0) and ratio else None


def _formulas(exercise: Exercise, telling: Sequence[Observed]) -> Iterator[tuple[str, Any]]:
    """Factors for each case, the simple ones first."""
    tables = [_atoms(exercise, seen) for seen in telling]
    names = [name for name in tables[0] if all(name in table for table in tables)]
    columns = {name: np.array([table[name] for table in tables], float) for name in names}
    columns = {name: column for name, column in columns.items() if (column != 0).all()}
    number = {"2": 2.0, "1/2": 0.5, "-2": -2.0, "-1/2": -0.5}
    for name, column in columns.items():
        yield name, column
        yield f"1/{name}", 1 / column
    for name, column in columns.items():
        for text, constant in {"-1": -1.0, **number}.items():
            yield f"{text}·{name}", constant * column
            yield f"{text}/{name}", constant / column
        yield f"√{name}", np.sqrt(np.abs(column))
        yield f"1/√{name}", 1 / np.sqrt(np.abs(column))
        yield f"{_bracketed(name)}²", column**2
        yield f"1/{_bracketed(name)}²", 1 / column**2
        if (column > 1).all() and len(telling) > 2:
            yield f"n/(n - 1), with n = {name}", column / (column - 1)
            yield f"(n - 1)/n, with n = {name}", (column - 1) / column
    if len(telling) < 3:
        return  # two sizes multiplied give nearly any factor in two cases
    for one, other in itertools.permutations(columns, 2):
        yield f"{one}/{other}", columns[one] / columns[other]
        if one < other:
            yield f"{one}·{other}", columns[one] * columns[other]
            yield f"1/({one}·{other})", 1 / (columns[one] * columns[other])


def _bracketed(name: str) -> str:
    return f"({name})" if " " in name and name[0] != "(" else name


def _atoms(exercise: Exercise, seen: Observed) -> dict[str, float]:
    """What a factor may be made of: the arguments' numbers and lengths."""
    found: dict[str, float] = {}
    call = seen.case.script[0]
    for name, value in [*zip(exercise.parameters, call.args, strict=False), *call.kwargs.items()]:
        if _is_number(value):
            found[name] = value
            if 0 < value < 1:
                found[f"(1 - {name})"] = 1 - value
        elif isinstance(value, np.ndarray) and value.ndim:
            found[f"the length of {name}" if value.ndim == 1 else f"the rows of {name}"] = len(
                value
            )
            if value.ndim > 1:
                found[f"the columns of {name}"] = value.shape[-1]
            found[f"the count of all numbers in {name}"] = value.size
        elif isinstance(value, list):
            found[f"the length of {name}"] = len(value)
    return found


# ------------------------------------------------------------------------------ ε at another place
def _about_epsilon(exercise: Exercise) -> Iterator[Hypothesis]:
    for name in exercise.parameters:
        if name not in ("eps", "epsilon"):
            continue
        for sign, lr in itertools.product((1, -1), (False, True)):
            if lr and "lr" not in exercise.parameters:
                continue
            yield Hypothesis(
                f"`{name}` is added after the division and not to what you divide by: in "
                f"a / b + {name} brackets are missing, a / (b + {name}).",
                _epsilon_outside(exercise, name, sign, lr),
            )


def _epsilon_outside(exercise: Exercise, name: str, sign: int, lr: bool) -> Function:
    def function(*args: Any, **kwargs: Any) -> Any:
        given = dict(zip(exercise.parameters, args, strict=False)) | kwargs
        added = sign * given[name] * (given["lr"] if lr else 1)
        value = exercise.reference(**(given | {name: 0.0}))
        return (value[0] + added, *value[1:]) if isinstance(value, tuple) else value + added

    return function
