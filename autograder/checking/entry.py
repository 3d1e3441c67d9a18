"""What is wrong with an author's entry, in words, without running anything of it.

A student's kernel registers every exercise, so this reads names and lengths and no more: what shows
only when something runs is found by ``autograder try``.
"""

from __future__ import annotations

import inspect
import keyword
import math
import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from autograder.checking.compare import Tolerance

if TYPE_CHECKING:
    from autograder.checking.exercise import Exercise, Version

TODO = "TODO"  # stands in what `autograder new` writes, wherever an author has something to say
MINUTES, DIFFICULTY = (1, 30), (1, 5)
MISCONCEPTIONS, OF_A_STEP, EQUIVALENTS = 2, 4, 2
LETTERS = "abcdefgh"


def faults(exercise: Exercise) -> list[str]:
    """What is wrong, each as the rest of a sentence that begins with the exercise's name."""
    if not isinstance(exercise.id, str) or not is_name(exercise.id):
        return [f"needs another id: {exercise.id!r} is no name that a student can define"]
    found = [*_groups(exercise)]
    if not exercise.is_quiz:
        found += [*_head(exercise), *_reference(exercise), *_versions(exercise)]
    elif not isinstance(exercise.reference, str):
        found.append(
            f"has the reference {exercise.reference!r}: give it a function, or for a quiz a letter"
        )
    else:
        found += _quiz(exercise)
    return found


def is_name(text: str) -> bool:
    """Whether a student can define something of this name, and it is not a private one."""
    return text.isidentifier() and not keyword.iskeyword(text) and not text.startswith("_")


def is_step(exercise_id: str) -> bool:
    """Whether an exercise is a step of an optimizer, in which there are more ways to go wrong."""
    return re.search(r"_step(_|$)", exercise_id) is not None


def misconceptions_needed(exercise_id: str) -> int:
    """How many misconceptions an exercise has at least."""
    return OF_A_STEP if is_step(exercise_id) else MISCONCEPTIONS


def parameters(function: Callable[..., Any]) -> tuple[str, ...]:
    """Names of the arguments. Reading them off the code takes a tenth of `inspect.signature`.

    Raises:
        ValueError: if they cannot be read, as those of some functions in C.
    """
    code = getattr(function, "__code__", None)
    starred = inspect.CO_VARARGS | inspect.CO_VARKEYWORDS
    if code is None or code.co_flags & starred or hasattr(function, "__wrapped__"):
        return tuple(inspect.signature(function).parameters)
    names: tuple[str, ...] = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return names


def is_unwritten(function: Any) -> bool:
    """Whether a function still says that it is not written."""
    code = getattr(function, "__code__", None)
    return code is not None and "NotImplementedError" in code.co_names


def version_fault(exercise: Exercise, version: Version) -> str:
    """Why a misconception or an equivalent cannot be run as one; empty if it can."""
    function = version.function
    if not callable(function) or getattr(function, "__name__", "") == "<lambda>":
        return "must be written with def or class, as a student would write it"
    if is_unwritten(function):
        return "is not written yet: replace its NotImplementedError"
    if _arguments(function) != (expected := _arguments(exercise.reference)):
        return (
            f"takes ({_listed(_arguments(function))}), and the reference takes "
            f"({_listed(expected)}): give it the same arguments"
        )
    return ""


def _head(exercise: Exercise) -> Iterator[str]:
    if not _said(exercise.hint):
        yield "has no hint: write one sentence that helps, whatever is wrong (hint=…)"
    for what, (low, high) in {"minutes": MINUTES, "difficulty": DIFFICULTY}.items():
        value = getattr(exercise, what)
        if type(value) is not int or not low <= value <= high:
            yield f"has {what}={value!r}: it must be a whole number from {low} to {high}"
    outputs = exercise.outputs
    if not isinstance(outputs, tuple) or not all(map(_said, outputs)):
        yield f'has outputs={outputs!r}: it must be a tuple of names, such as ("theta", "v")'
    elif len(set(outputs)) < len(outputs):
        yield f"gives two of its outputs one name: {_listed(outputs)}"
    if not isinstance(exercise.tolerance, Tolerance):
        yield f"has tolerance={exercise.tolerance!r}: write Tolerance(rtol=…)"


def _reference(exercise: Exercise) -> Iterator[str]:
    reference = exercise.reference
    where = f"{getattr(reference, '__module__', '')}.{getattr(reference, '__name__', reference)}"
    if _arguments(reference) is None:
        yield f"has a reference whose arguments cannot be read: write {where} with def"
    if is_unwritten(reference):
        yield f"has a reference that is not written yet: {where}"
    if TODO in (getattr(reference, "__doc__", None) or ""):
        yield f"has a reference whose docstring still says {TODO}: {where}"


def _groups(exercise: Exercise) -> Iterator[str]:
    if not exercise.groups:
        yield f'has no cases: add @{exercise.id}.cases("what they are about", points=2)'
    for number, group in enumerate(exercise.groups, 1):
        if not _said(group.name):
            yield f"needs a name for its group of cases {number}: say what they are about"
        if not _is_positive(group.points):
            yield f"gives no points for its cases {group.name!r} (points={group.points!r})"
        if not callable(group.make) or len(_arguments(group.make) or ()) != 1:
            yield f"must draw its cases {group.name!r} from one argument: def _(rng): …"
    yield from _twice(exercise.groups, "groups of cases")


def _versions(exercise: Exercise) -> Iterator[str]:
    needed = {
        "misconception": (exercise.misconceptions, misconceptions_needed(exercise.id)),
        "equivalent": (exercise.equivalents, EQUIVALENTS),
    }
    for kind, (versions, least) in needed.items():
        if len(versions) < least:
            call = '("its name", "what to tell the student")'
            example = call if kind == "misconception" else '("its name")'
            why = ", because it is a step" if least == OF_A_STEP else ""
            yield (
                f"has {_count(len(versions), kind)} and needs {least}{why}: "
                f"add @{exercise.id}.{kind}{example}"
            )
        for number, version in enumerate(versions, 1):
            if not _said(version.name):
                yield f"needs a name for its {kind} {number}: say in some words what it does"
            elif fault := version_fault(exercise, version):
                yield f"has the {kind} {version.name!r}, which {fault}"
        yield from _twice(versions, f"{kind}s")
    yield from _messages(exercise)


def _messages(exercise: Exercise) -> Iterator[str]:
    told: dict[str, str] = {}
    for number, version in enumerate(exercise.misconceptions, 1):
        if not _said(version.message):
            what = f"misconception {repr(version.name) if _said(version.name) else number}"
            yield f"needs a message for its {what}: tell the student what is wrong"
        elif version.message in told:
            yield (
                f"says the same of two misconceptions, {told[version.message]!r} and "
                f"{version.name!r}: tell each student what is wrong in theirs"
            )
        told[version.message] = version.name


def _quiz(exercise: Exercise) -> Iterator[str]:
    wrong = [version.function for version in exercise.misconceptions]
    letters = sorted([exercise.reference, *map(str, wrong)])
    if len(letters) < 3 or letters != list(LETTERS[: len(letters)]):
        yield (
            f"is a quiz about the letters {_listed(letters)}: it needs three or more, from a on, "
            "the answer and for each other letter why it is wrong"
        )
    yield from _messages(exercise)


def _twice(named: Sequence[Any], what: str) -> Iterator[str]:
    names = [one.name for one in named if _said(one.name)]
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        yield f"has two {what} called {name!r}: give each a name of its own"


def _arguments(function: Any) -> tuple[str, ...] | None:
    try:
        return parameters(function)
    except (TypeError, ValueError):
        return None


def _is_positive(points: Any) -> bool:
    number = isinstance(points, int | float) and not isinstance(points, bool)
    return number and math.isfinite(points) and points > 0


def _said(text: Any) -> bool:
    return isinstance(text, str) and bool(text.strip()) and TODO not in text


def _listed(names: Sequence[str] | None) -> str:
    return ", ".join(names or ())


def _count(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"
