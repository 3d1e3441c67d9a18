"""Which mistake it is: a name is given only if it explains what was seen.

An author's misconception is recognised in three ways, the strictest first:

1. It does just what the answer does, in every case.
2. It explains every case that *failed*. Where the answer is right the two may differ: a guard for
   an empty batch, or a clip, makes an answer right in cases in which the plain mistake is wrong.
3. The exercise's own comparison names it, and no failed case contradicts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from autograder.checking.answer_key import Key
from autograder.checking.compare import Difference, first_difference, same_outcomes
from autograder.checking.drive import Outcome, Plain
from autograder.checking.exercise import Case, Exercise, Version
from autograder.checking.observed import ENOUGH, Observed, numbers

NEARLY_ALL = 0.9  # of the cases, if their values are words or truth values


@dataclass(frozen=True)
class Name:
    """What to tell a student, and a failed case that shows it; no message if there is no name."""

    message: str = ""
    shows_in: Observed | None = None


def recognise(exercise: Exercise, key: Key, observed: Sequence[Observed]) -> Version | None:
    """The author's misconception that explains what was seen, or None."""
    return (
        does_the_same(exercise, key, observed)
        or _explains_what_failed(exercise, key, observed)
        or _named_by_comparison(exercise, key, observed)
    )


def agrees(exercise: Exercise, theirs: Sequence[Outcome], seen: Observed) -> bool:
    """Whether a version that does ``theirs`` in a case does there what the answer does."""
    if same_outcomes(theirs, seen.got, exercise.tolerance):
        return True
    if exercise.compare is None or len(theirs) != len(seen.got):
        return False
    if any(outcome.failure for outcome in (*theirs, *seen.got)):
        return False
    if seen.case.parts:
        return _same_parts(exercise, theirs[0].value, seen.got[0].value, seen.case.parts)
    try:  # a comparison need not be ready for what a wrong version returns
        return exercise.difference(seen.case, theirs, seen.got) is None
    except Exception:
        return False


def _same_parts(exercise: Exercise, one: Plain, other: Plain, parts: Sequence[int]) -> bool:
    both = isinstance(one, tuple | list) and isinstance(other, tuple | list)
    if not both or len(one) != len(other) or len(one) <= max(parts):
        return False
    return all(
        first_difference(one[i], other[i], tolerance=exercise.tolerance) is None for i in parts
    )


def is_comparable(exercise: Exercise, seen: Observed) -> bool:
    """Whether an answer is held against outcomes, and not against what must hold of any draw."""
    if exercise.compare is None or seen.case.parts:
        return True
    try:
        return exercise.difference(seen.case, seen.got, seen.got) is None
    except Exception:
        return False


def is_evidence(explained: Sequence[Observed], failed: Sequence[Observed]) -> bool:
    """Whether these explained cases are enough for a name."""
    telling = [seen for seen in explained if seen.is_telling]
    if len(telling) >= ENOUGH:
        return True
    return len(telling) == 1 and (len(failed) == 1 or len(explained) > 1) and telling[0].is_rich


def does_the_same(exercise: Exercise, key: Key, observed: Sequence[Observed]) -> Version | None:
    for version in exercise.misconceptions:
        if all(
            same_outcomes(key.outcomes_of(version, seen.case), seen.got, exercise.tolerance)
            for seen in observed
        ):
            return version
    return None


def _explains_what_failed(
    exercise: Exercise, key: Key, observed: Sequence[Observed]
) -> Version | None:
    """The one that explains all that failed and agrees in the most cases; a tie names nothing."""
    failed = next((seen for seen in observed if seen.has_values), None)
    if exercise.is_quiz or failed is None or not is_comparable(exercise, failed):
        return None
    for same in (agrees, _agrees_but_for_its_sign):
        found = [
            (count, version)
            for version in exercise.misconceptions
            if (count := _explained(exercise, key, version, observed, same))
        ]
        best = max((count for count, _ in found), default=0)
        likely = [version for count, version in found if count == best]
        if likely:
            return likely[0] if len(likely) == 1 else None
    return None


def _explained(
    exercise: Exercise,
    key: Key,
    version: Version,
    observed: Sequence[Observed],
    same: Callable[[Exercise, Sequence[Outcome], Observed], bool],
) -> int:
    """In how many cases a version agrees; 0 if it does not explain what failed."""
    failed = [seen for seen in observed if seen.failed]
    explained = []
    for seen in failed:
        theirs = key.outcomes_of(version, seen.case)
        if same(exercise, theirs, seen):
            explained.append(seen)
        elif not (may_have_another_cause(seen) or not is_finite(theirs)):
            return 0
    if not any(_difference(exercise, key, version, seen.case, seen.expected) for seen in explained):
        return 0  # but for the sign it is right there: the sign is the whole mistake
    agreed = sum(
        agrees(exercise, key.outcomes_of(version, seen.case), seen)
        for seen in observed
        if not seen.failed
    )
    count = len(explained) + agreed
    values = [seen for seen in explained if seen.has_values]
    nearly = len(explained) == len(failed) and count >= NEARLY_ALL * len(observed)
    if is_evidence(explained, failed) or (nearly and len(values) >= ENOUGH):
        return count
    return 0


def may_have_another_cause(seen: Observed) -> bool:
    """A nan or an empty array of a degenerate case: a guard is missing, besides the mistake."""
    empty = any(isinstance(o.value, np.ndarray) and not o.value.size for o in seen.got)
    return empty or (seen.difference is not None and seen.difference.stage == "not finite")


def is_finite(outcomes: Sequence[Outcome]) -> bool:
    """Whether these are values without nan and infinity: what else there is, a guard may change."""
    return all(
        outcome.failure is None and all(map(math.isfinite, numbers(outcome.value)))
        for outcome in outcomes
    )


def _agrees_but_for_its_sign(exercise: Exercise, theirs: Sequence[Outcome], seen: Observed) -> bool:
    if exercise.compare is not None or len(theirs) != len(seen.got):
        return False
    return same_outcomes([_negative(outcome) for outcome in theirs], seen.got, exercise.tolerance)


def _negative(outcome: Outcome) -> Outcome:
    return replace(outcome, value=negative(outcome.value))


def negative(value: Plain) -> Plain:
    """The numbers with the other sign."""
    if isinstance(value, np.ndarray) and value.dtype.kind in "if":
        return -value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return -value
    return tuple(map(negative, value)) if isinstance(value, tuple) else value


def _named_by_comparison(
    exercise: Exercise, key: Key, observed: Sequence[Observed]
) -> Version | None:
    """The misconception that the exercise's own comparison named, for answers that are random.

    No case may name another one, at least half of the failed cases must name it, and none may
    contradict it: where the misconception itself is right, the answer must be right, too.
    """
    failed = [seen for seen in observed if seen.difference is not None]
    named = [n for seen in failed if seen.difference and (n := seen.difference.misconception)]
    if len(set(named)) != 1 or 2 * len(named) < len(failed):
        return None
    by_name = {version.name: version for version in exercise.misconceptions}
    version = by_name.get(named[0])
    if version is None or any(
        _contradicts(exercise, key, version, seen)
        for seen in failed
        if seen.difference and not seen.difference.misconception
    ):
        return None
    return version


def _contradicts(exercise: Exercise, key: Key, version: Version, seen: Observed) -> bool:
    """Whether the version earns the points of a case that is wrong, or an error parts the two."""
    assert seen.difference is not None
    theirs = _difference(exercise, key, version, seen.case, seen.expected)
    if seen.difference.stage == "raised":
        return theirs is None or theirs.stage != "raised"
    return any(
        all(
            _difference(exercise, key, version, case, e) is None
            for case, e in zip(cases, expected, strict=True)
        )
        for cases, expected in zip(key.cases, key.expected, strict=True)
        if any(case is seen.case for case in cases)
    )


def _difference(
    exercise: Exercise, key: Key, version: Version, case: Case, expected: Sequence[Outcome]
) -> Difference | None:
    try:
        return exercise.difference(case, expected, key.outcomes_of(version, case))
    except Exception:  # a comparison need not be ready for what a wrong version returns
        return Difference("value")
