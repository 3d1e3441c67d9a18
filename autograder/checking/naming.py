"""Which mistake it is: a name is given only if it explains what was seen."""

from __future__ import annotations

from collections.abc import Sequence

from autograder.checking.answer_key import Key, Outcomes
from autograder.checking.compare import Difference, same_outcomes
from autograder.checking.exercise import Exercise, Version


def recognise(exercise: Exercise, key: Key, outcomes: Outcomes) -> Version | None:
    """The misconception that does just what the student's function did, in every case."""
    for version in exercise.misconceptions:
        if all(
            same_outcomes(key.outcomes_of(version, case), got, exercise.tolerance)
            for cases, group in zip(key.cases, outcomes, strict=True)
            for case, got in zip(cases, group, strict=True)
        ):
            return version
    return None


def named_by_comparison(exercise: Exercise, differences: Sequence[Difference]) -> Version | None:
    """The misconception that the exercise's own comparison named, for answers that are random.

    No case may name another one, and at least half of the failed cases must name it: a mistake that
    fits one case by coincidence does not count.
    """
    named = [d.misconception for d in differences if d.misconception]
    by_name = {version.name: version for version in exercise.misconceptions}
    agreed = len(set(named)) == 1 and 2 * len(named) >= len(differences)
    return by_name.get(named[0]) if agreed else None
