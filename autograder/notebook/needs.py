"""Whose fault it is: an answer that calls another one cannot be better than that one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from types import CodeType, FunctionType
from typing import Any

from autograder.checking.exercise import Exercise
from autograder.checking.verdict import Problem, Verdict, assess_here
from autograder.exercises import REGISTRY


def blame(exercise: Exercise, answer: Any, verdict: Verdict) -> Verdict:
    """The verdict with the fault laid where it is; its points stay.

    If the answer calls another exercise of the notebook that does not pass its own check, the
    answer is tried once more with the reference in that one's place: what is wrong then is its own.
    In a class's edition, which has no reference, the verdict says which one to mend first.
    """
    wrong = {
        name: other
        for name in called(answer, exercise)
        if not (other := assess_here(REGISTRY[name], _globals(answer)[name])).passed
    }
    if not wrong:
        return verdict
    names = ", ".join(wrong)
    name, first = next(iter(wrong.items()))
    if not all(callable(REGISTRY[other].reference) for other in wrong):
        return _with_theirs(verdict, name, first)  # a class's edition has no right function
    with _in_place(_globals(answer), {name: REGISTRY[name].reference for name in wrong}):
        own = assess_here(exercise, answer)
    told = f"your {name} is not right yet: {first.points:g} of {first.max_points:g} points"
    if own.problem is not None:
        note = ("with", f"the reference's {names} in place of yours, because {told}")
        return replace(
            verdict, problem=replace(own.problem, evidence=(*own.problem.evidence, note))
        )
    return replace(
        verdict,
        problem=Problem(
            stage="refused",
            headline=f"{exercise.id} calls {name}, and {told}.",
            evidence=(("with", f"a right {names}, {exercise.id} has all its points"),),
            advice=f"Leave {exercise.id} as it is. Mend {name}, and run its check first.",
        ),
    )


def _with_theirs(verdict: Verdict, name: str, other: Verdict) -> Verdict:
    """The verdict, and which function to mend first."""
    if verdict.problem is None:
        return verdict
    told = f"{name}, which is not right yet: {other.points:g} of {other.max_points:g} points"
    evidence = (*verdict.problem.evidence, ("calls", f"your {told}. Mend that first."))
    return replace(verdict, problem=replace(verdict.problem, evidence=evidence))


def called(answer: Any, exercise: Exercise) -> list[str]:
    """The other exercises of the same notebook that an answer calls, also through helpers."""
    namespace = _globals(answer)
    found: dict[str, None] = {}
    seen: set[int] = set()

    def walk(code: CodeType) -> None:
        if id(code) in seen:
            return
        seen.add(id(code))
        for name in code.co_names:
            value, other = namespace.get(name), REGISTRY.get(name)
            if other and name != exercise.id and other.notebook == exercise.notebook:
                if callable(value) and not other.is_quiz:
                    found[name] = None
            elif isinstance(value, FunctionType) and value.__globals__ is namespace:
                walk(value.__code__)
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                walk(constant)

    for function in _functions(answer):
        walk(function.__code__)
    return list(found)


def _functions(answer: Any) -> Iterator[FunctionType]:
    if isinstance(answer, FunctionType):
        yield answer
    elif isinstance(answer, type):
        yield from (value for value in vars(answer).values() if isinstance(value, FunctionType))


def _globals(answer: Any) -> dict[str, Any]:
    return next((function.__globals__ for function in _functions(answer)), {})


@contextmanager
def _in_place(
    namespace: dict[str, Any], others: Mapping[str, Callable[..., Any]]
) -> Iterator[None]:
    kept = {name: namespace[name] for name in others}
    namespace.update(others)
    try:
        yield
    finally:
        namespace.update(kept)
