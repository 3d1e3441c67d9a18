"""From outcomes to points and one message: the most basic thing that is wrong, said plainly."""

from __future__ import annotations

from dataclasses import dataclass, replace

from autograder.checking.answer_key import (
    PUBLIC_SEED,
    Key,
    Outcomes,
    answer_key,
    in_this_process,
    run_cases,
)
from autograder.checking.compare import STAGES, Difference
from autograder.checking.exercise import Case, Exercise, Version
from autograder.checking.naming import named_by_comparison, recognise

OPEN = ("tried",)  # the rows of the evidence that give nothing of a secret case away
MAX_TEXT = 2_000  # characters of a headline or of a row: an exception's text may have a megabyte


@dataclass(frozen=True)
class Verdict:
    """Points and message. ``problem`` is None exactly when all points are earned."""

    exercise_id: str
    points: float
    max_points: float
    groups: tuple[tuple[str, float, float], ...] = ()  # name, earned, possible
    problem: Problem | None = None

    @property
    def passed(self) -> bool:
        return self.problem is None


@dataclass(frozen=True)
class Problem:
    """What to tell a student: a sentence, the evidence, and what to do."""

    stage: str
    headline: str
    evidence: tuple[tuple[str, str], ...] = ()
    misconception: str = ""
    advice: str = ""


def assess_here(exercise: Exercise, function: object, seed: int = PUBLIC_SEED) -> Verdict:
    """The verdict on a function of this process."""
    key = answer_key(exercise, seed)
    return assess(exercise, key, run_cases(key.cases, in_this_process(function)))


def assess(exercise: Exercise, key: Key, outcomes: Outcomes) -> Verdict:
    """Points by group; the message is about the most basic difference of all."""
    groups = []
    found: list[tuple[Difference, Case]] = []
    for group, cases, expected, got in zip(
        exercise.groups, key.cases, key.expected, outcomes, strict=True
    ):
        differences = [
            (difference, case)
            for case, e, g in zip(cases, expected, got, strict=True)
            if (difference := exercise.difference(case, e, g)) is not None
        ]
        groups.append((group.name, 0.0 if differences else float(group.points), group.points))
        found += differences
    problem = None
    if found:
        difference, case = min(found, key=lambda pair: STAGES.index(pair[0].stage))
        named = recognise(exercise, key, outcomes) or named_by_comparison(
            exercise, [difference for difference, _ in found]
        )
        problem = describe(exercise, difference, case, named)
    earned = sum(earned for _, earned, _ in groups)
    return Verdict(exercise.id, earned, exercise.points, tuple(groups), problem)


def describe(
    exercise: Exercise, difference: Difference, case: Case, named: Version | None
) -> Problem:
    """Put a difference in words."""
    evidence = {
        "tried": case.label,
        "at": difference.where,
        "expected": difference.expected,
        "got": difference.got,
        "note": "" if named else difference.note,
    }
    if difference.stage in ("not written", "changed"):
        evidence = {}  # the headline says it all
    elif difference.stage == "raised":
        del evidence["got"]  # it is in the headline
    elif exercise.is_quiz:
        evidence = {"got": difference.got}
    return Problem(
        stage=difference.stage,
        headline=_brief(_headline(exercise, difference)),
        evidence=tuple((label, _brief(text)) for label, text in evidence.items() if text),
        misconception=named.message if named else "",
        advice=_advice(exercise, difference, named),
    )


def refuse(exercise_id: str, headline: str, advice: str, max_points: float = 0.0) -> Verdict:
    """A verdict of zero for something that could not be checked at all."""
    problem = Problem("refused", _brief(headline), (), "", advice)
    return Verdict(exercise_id, 0.0, max_points, (), problem)


def explain_in_public(verdict: Verdict, public: Verdict) -> Verdict:
    """What a student may read of a verdict on secret cases.

    If the answer also fails on the public cases, the message is about those. If it fails only on
    secret cases, the message says where, but not what was expected: these cases will be used again.
    Nor does it say anything in the answer's own words, such as an error's: they could be the cases.
    """
    problem = public.problem
    if problem is None and verdict.problem is not None:
        told = tuple(row for row in verdict.problem.evidence if row[0] in OPEN)
        headline = f"{verdict.exercise_id} ran, but what it returned is not right."
        if verdict.problem.stage in ("raised", "not written"):
            headline = f"{verdict.exercise_id} stopped with an error in a case that is not shown."
        problem = replace(verdict.problem, headline=headline, evidence=told)
    return replace(verdict, problem=problem)


def not_written(exercise_id: str) -> str:
    """Headline for a stub."""
    return f"{exercise_id} is not written yet."


def not_a_function(exercise_id: str, described: str) -> tuple[str, str]:
    """Headline and advice for an answer that cannot be called."""
    return (
        f"{exercise_id} is not a function here, but {described}.",
        f'Pass the function without parentheses: check("{exercise_id}", {exercise_id}). '
        "If the name means something else by now, run the cell with the def again.",
    )


def _brief(text: str) -> str:
    return text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 1]}…"


def _headline(exercise: Exercise, difference: Difference) -> str:
    name = exercise.id
    if exercise.is_quiz and difference.got.strip("'") not in exercise.letters:
        return f"{name} is one letter in quotes: {', '.join(exercise.letters)}."
    match difference.stage:
        case "not written":
            if difference.got in (name, ""):
                return not_written(name)
            return f"{name} needs {difference.got}, which is not written yet."
        case "raised":
            return f"Your code stopped with {difference.got}."
        case "returned nothing":
            return f"{name} returned nothing (None)."
        case "type":
            return f"{name} returned the wrong kind of thing."
        case "shape":
            return f"{name} returned the wrong shape."
        case "changed":
            return f"{name} changed its argument {difference.where} in place."
        case "not finite":
            return f"There is a nan or an infinity in what {name} returned."
    if exercise.is_quiz:
        return "That is not the answer."
    return f"{name} ran, but what it returned is not right."


def _advice(exercise: Exercise, difference: Difference, named: Version | None) -> str:
    signature = f"{exercise.id}({', '.join(exercise.parameters)})"
    match difference.stage:
        case "not written":
            if exercise.is_quiz:
                return "Put your letter in the cell above, run that cell, then this one."
            return (
                "Write it in the cell above in place of the line with NotImplementedError, "
                "run that cell, then this one."
            )
        case "raised" if "line " not in difference.where:
            return f"It is called as {signature}, with the arguments in this order."
        case "returned nothing":
            what = ", ".join(exercise.outputs) or "the result"
            return f"Does every path through it end with `return`? It should return {what}."
        case "changed":
            array = difference.where
            return (
                f"The caller still needs the old {array}: make a new array ({array} = {array} - "
                f"…) where you have an in-place change ({array} -= …)."
            )
    return "" if named else exercise.hint
