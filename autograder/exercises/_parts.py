"""Functions that return several things, where each thing can earn points of its own.

A gradient of three parts is often right in two of them. A :class:`Part` looks at some of what is
returned, so a group of cases can be about these alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from autograder.checking.compare import STAGES, Difference, first_difference
from autograder.checking.drive import Call, Outcome, Plain
from autograder.checking.exercise import Case, Exercise, Version


@dataclass(frozen=True)
class Part(Case):
    """A case of one call in which only the outputs ``parts`` count."""

    parts: tuple[int, ...] = ()


def part(label: str, parts: Sequence[int], *args: Any) -> Part:
    """A case of one call that is about these outputs."""
    return Part(label, (Call(args),), {}, tuple(parts))


def exercise_in_parts(
    id: str, *, inner: Mapping[int, tuple[str, ...]] | None = None, **about: Any
) -> Exercise:
    """An exercise whose cases are all a :class:`Part`.

    A misconception is named by the parts that count, too: a student who has the usual mistake in
    the output and something unusual in the cache still reads about the usual one. A student who has
    two usual mistakes reads about the first of them, in the note.

    Args:
        id: of the exercise.
        inner: names within an output that is a tuple itself, by its place.
        about: everything else that an exercise has.
    """
    exercise = Exercise(id, **about)

    def compare(
        case: Case, expected: Sequence[Outcome], got: Sequence[Outcome]
    ) -> Difference | None:
        assert isinstance(case, Part)
        right, answer = expected[0].value, got[0].value
        if not isinstance(answer, tuple | list) or len(answer) != len(right):
            return first_difference(right, answer, names=exercise.outputs)
        found = _in_parts(exercise, case, right, answer, inner or {})
        if not found:
            return None
        first = min(found, key=lambda d: STAGES.index(d.stage))
        like = _looks_like(exercise, case, answer)
        if like is None:
            return first
        return replace(first, note=like.message, misconception=like.name)

    exercise.compare = compare
    return exercise


def _in_parts(
    exercise: Exercise,
    case: Part,
    right: Sequence[Plain],
    answer: Sequence[Plain],
    inner: Mapping[int, tuple[str, ...]],
) -> list[Difference]:
    differences = (
        first_difference(
            right[i],
            answer[i],
            names=inner.get(i, ()),
            where=exercise.outputs[i],
            tolerance=exercise.tolerance,
        )
        for i in case.parts
    )
    return [d for d in differences if d is not None]


def _looks_like(exercise: Exercise, case: Part, answer: Sequence[Plain]) -> Version | None:
    """The misconception that gives the same in the parts that count."""
    for version in exercise.misconceptions:
        theirs = case.run(version.function)[0]
        if (
            theirs.failure is None
            and isinstance(theirs.value, tuple | list)
            and len(theirs.value) == len(answer)
            and not _in_parts(exercise, case, theirs.value, answer, {})
        ):
            return version
    return None
