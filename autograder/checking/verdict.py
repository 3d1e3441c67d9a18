"""From outcomes to points and one message: the most basic thing that is wrong, said plainly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np

from autograder.checking.compare import STAGES, Difference, same_outcomes
from autograder.checking.drive import Foreign, Outcome
from autograder.checking.exercise import Case, Exercise, Version

PUBLIC_SEED = 0
SECRET = ("expected", "got", "note")  # rows of the evidence that give a secret case away
MAX_TEXT = 2_000  # characters of a headline or of a row: an exception may say a megabyte


Outcomes = Sequence[Sequence[list[Outcome]]]  # by group, by case, by call
RunAll = Callable[[Sequence[Case]], Sequence[list[Outcome]]]


@dataclass(frozen=True)
class Key:
    """The cases of an exercise for one seed, with what the reference does in each."""

    cases: tuple[tuple[Case, ...], ...]  # a tuple for each group of the exercise
    expected: Outcomes
    # What a misconception does in a case: asked of every wrong answer, and the same for all.
    wrong: dict[tuple[str, int], list[Outcome]] = field(default_factory=dict, compare=False)

    def outcomes_of(self, version: Version, case: Case) -> list[Outcome]:
        """What a misconception does in a case."""
        place = version.name, id(case)
        if place not in self.wrong:
            self.wrong[place] = case.run(version.function)
        return self.wrong[place]


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


@lru_cache(maxsize=256)
def answer_key(exercise: Exercise, seed: int = PUBLIC_SEED) -> Key:
    """The cases drawn from ``seed`` and the reference's outcomes: computed once."""
    cases = draw_cases(exercise, seed)
    expected = run_cases(cases, in_this_process(exercise.reference))
    for outcome in (o for group in expected for outcomes in group for o in outcomes):
        if outcome.failure or isinstance(outcome.value, Foreign):
            raise RuntimeError(f"the reference of {exercise.id} fails: {outcome}")
    return Key(cases, expected)


def draw_cases(exercise: Exercise, seed: int) -> tuple[tuple[Case, ...], ...]:
    """The cases of each group, drawn from ``seed``.

    Raises:
        ValueError: if there is nothing to hold an answer against: points would be given away.
    """
    if not exercise.groups:
        raise ValueError(f"{exercise.id} has no cases: nothing can be checked")
    drawn = []
    for number, group in enumerate(exercise.groups):
        # A seed of its own for each group: adding one leaves the cases of the others as they were.
        cases = group.make(np.random.default_rng([seed, number]))
        if not isinstance(cases, list | tuple) or not all(isinstance(c, Case) for c in cases):
            raise ValueError(f"{exercise.id}: {group.name!r} must return a list of cases")
        if not cases or not (exercise.is_quiz or all(case.script for case in cases)):
            raise ValueError(f"{exercise.id}: there is nothing to call in {group.name!r}")
        drawn.append(tuple(cases))
    return tuple(drawn)


def run_cases(cases: Sequence[Sequence[Case]], run_all: RunAll) -> Outcomes:
    """The outcomes of every case; one that groups share runs once."""
    distinct = {_script(case): case for group in cases for case in group}
    ran = dict(zip(distinct, run_all(list(distinct.values())), strict=True))
    return [[ran[_script(case)] for case in group] for group in cases]


def in_this_process(function: object) -> RunAll:
    """Run cases with a function that is at hand."""
    return lambda cases: [case.run(function) for case in cases]


def assess_here(exercise: Exercise, function: object, seed: int = PUBLIC_SEED) -> Verdict:
    """The verdict on a function that is at hand."""
    key = answer_key(exercise, seed)
    return assess(exercise, key, run_cases(key.cases, in_this_process(function)))


def _script(case: Case) -> tuple[int, int]:
    return id(case.script), id(case.oracles)


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

    No case may name another, and half of those that failed must name it: what fits one of them by
    coincidence is nobody's mistake.
    """
    named = [d.misconception for d in differences if d.misconception]
    by_name = {version.name: version for version in exercise.misconceptions}
    agreed = len(set(named)) == 1 and 2 * len(named) >= len(differences)
    return by_name.get(named[0]) if agreed else None


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
        del evidence["got"]  # stands in the headline
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

    If the answer fails on the public cases, too, those are talked about; if only on secret ones,
    it is said where, but not what was expected: the cases will serve again.
    """
    problem = public.problem
    if problem is None and verdict.problem is not None:
        told = tuple(row for row in verdict.problem.evidence if row[0] not in SECRET)
        problem = replace(verdict.problem, evidence=told)
    return replace(verdict, problem=problem)


def not_a_function(exercise_id: str, described: str) -> tuple[str, str]:
    """Headline and advice for an answer that cannot be called."""
    return (
        f"{exercise_id} is not a function here, but {described}.",
        f'Pass the function without parentheses: check("{exercise_id}", {exercise_id}). '
        "If the name was used for something else meanwhile, run the cell with the def again.",
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
                return f"{name} is not written yet."
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
                f"Whoever called it still needs the old {array}: make a new array "
                f"({array} = {array} - …) where you have an in-place change ({array} -= …)."
            )
    return "" if named else exercise.hint
