"""Whose fault it is: an answer that calls another one cannot be better than that one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from types import CodeType, FunctionType
from typing import Any

from autograder.checking.exercise import Exercise
from autograder.checking.made_from import functions_of, namespace_of
from autograder.checking.verdict import Problem, Verdict, assess_here, refuse
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
        if not (other := assess_here(REGISTRY[name], namespace_of(answer)[name])).passed
    }
    if not wrong:
        return verdict
    names = ", ".join(wrong)
    name, first = next(iter(wrong.items()))
    if not all(callable(REGISTRY[other].reference) for other in wrong):
        return _with_theirs(verdict, name, first)  # a class's edition has no right function
    with _in_place(namespace_of(answer), {name: REGISTRY[name].reference for name in wrong}):
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


def mend_first(exercise: Exercise, answer: Any) -> Verdict | None:
    """A refusal, if the check is made from another answer of the student's that is not right yet.

    So it is in a class's edition where a check needs a right function.
    """
    name = exercise.made_from
    function = namespace_of(answer).get(name)
    if not name or (callable(function) and assess_here(REGISTRY[name], function).passed):
        return None
    return refuse(
        exercise.id,
        f"{exercise.id} is checked with functions that are made from your {name}, and that is not "
        "right yet.",
        f"Mend {name} and run its check first; then this one again.",
        exercise.points,
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
    namespace = namespace_of(answer)
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

    for function in functions_of(answer):
        walk(function.__code__)
    return list(found)


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
