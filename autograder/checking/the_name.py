"""The name of a mistake: the author's if one explains it, else what behaviour or an error shows."""

from __future__ import annotations

from collections.abc import Sequence

from autograder.checking import behaviour, one_slip, patterns
from autograder.checking.answer_key import Key
from autograder.checking.exercise import Exercise
from autograder.checking.naming import Name, does_the_same, recognise
from autograder.checking.observed import Observed
from autograder.checking.plain_words import in_plain_words
from autograder.checking.written import Written, in_the_text


def name(
    exercise: Exercise, key: Key, observed: Sequence[Observed], written: Written | None
) -> Name:
    """The best name there is; one without a message if nothing explains what was seen."""
    if version := does_the_same(exercise, key, observed):
        return Name(version.message)
    failed = [seen for seen in observed if seen.failed]
    values = next((seen for seen in failed if seen.has_values), None)
    if error := _error(exercise, failed, written):
        return Name(error)
    if any(seen.difference and seen.difference.stage == "not written" for seen in failed):
        return Name()
    if version := recognise(exercise, key, observed):
        return Name(version.message, values)
    if order := patterns.other_order(exercise, written):
        return Name(order)
    if _changed(failed):
        return Name()  # what it changed tells more than what it returned
    found = (
        patterns.explain(exercise, observed)
        or behaviour.explain(exercise, observed, written)
        or behaviour.factor(exercise, observed, with_a_reason=True)
        or one_slip.explain(exercise, observed)
        or behaviour.factor(exercise, observed, with_a_reason=False)
    )
    if found:
        return Name(*found)
    return Name(in_the_text(written)) if written and values else Name()


def _changed(failed: Sequence[Observed]) -> bool:
    return any(seen.difference and seen.difference.stage == "changed" for seen in failed)


def _error(exercise: Exercise, failed: Sequence[Observed], written: Written | None) -> str:
    """The first error of the failed cases, in plain words."""
    for seen in failed:
        failure = seen.got[-1].failure
        if seen.difference and seen.difference.stage == "raised" and failure:
            if order := patterns.other_order(exercise, written):
                return order
            return in_plain_words(exercise, failure, written)
    return ""
