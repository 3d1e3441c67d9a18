"""From outcomes to points and one message: the most basic thing that is wrong, said plainly."""

from __future__ import annotations

from collections.abc import Collection, Sequence
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
from autograder.checking.drive import Instance, Plain
from autograder.checking.exercise import Exercise
from autograder.checking.in_place import copy_first
from autograder.checking.look import called, look
from autograder.checking.naming import Name
from autograder.checking.observed import Observed
from autograder.checking.plain_words import returned_nothing
from autograder.checking.the_name import name
from autograder.checking.written import Written, leftover, read

OPEN = ("tried",)  # the rows of the evidence that give nothing of a secret case away
BEFORE_VALUES = ("not written", "raised", "changed", "returned nothing")  # stages
NOT_WRONG = ("note", "what it returns is right, and earns half of the points")
CHANGED = 0.5  # the share of the points that is left to an answer that changes its arguments
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
    """What to tell a student: a sentence, the evidence, and what to do.

    For a mistake that has no name it is a ladder, a rung for each wrong answer: what was seen
    (``headline`` and ``evidence``); where to look (``look``); the formula (``advice``), on request.

    Attributes:
        misconception: the name of the mistake, which is told at once.
        advice: what to do.
        look: what is right and what is not; empty if there is nothing to tell apart, or a name.
        on_request: whether ``advice`` gives the formula away. All other advice is told at once.
    """

    stage: str
    headline: str
    evidence: tuple[tuple[str, str], ...] = ()
    misconception: str = ""
    advice: str = ""
    look: str = ""
    on_request: bool = False


def assess_here(exercise: Exercise, function: object, seed: int = PUBLIC_SEED) -> Verdict:
    """The verdict on a function of this process."""
    key = answer_key(exercise, seed)
    outcomes = run_cases(key.cases, in_this_process(function))
    try:
        return assess(exercise, key, outcomes, None if exercise.is_quiz else read(function))
    except Exception as error:  # whatever it returned, the notebook gets a verdict
        return not_comparable(exercise, error)


def not_comparable(exercise: Exercise, error: Exception) -> Verdict:
    """The verdict where comparing itself failed, whatever an answer returned."""
    why = f"What {exercise.id} returned could not be compared ({type(error).__name__})."
    return refuse(exercise.id, why, exercise.hint, exercise.points)


def assess(
    exercise: Exercise, key: Key, outcomes: Outcomes, written: Written | None = None
) -> Verdict:
    """Points by group; the message is about the most basic difference of all.

    An argument that is changed in place costs the same share of the points in every exercise.

    ``written`` is the text of the answer, where it can be read: messages then show its lines.
    """
    groups = []
    observed: dict[tuple[int, int], Observed] = {}  # a case that groups share is seen once
    for group, cases, expected, got in zip(
        exercise.groups, key.cases, key.expected, outcomes, strict=True
    ):
        seen = [
            Observed(case, e, g, exercise.difference(case, e, g))
            for case, e, g in zip(cases, expected, got, strict=True)
        ]
        wrong = any(_is_wrong(exercise, one) for one in seen)
        groups.append((group.name, 0.0 if wrong else float(group.points), group.points))
        observed |= {(id(one.case), id(one.case.script)): one for one in seen}
    problem = _problem(exercise, key, list(observed.values()), written)
    if any(outcome.changed for one in observed.values() for outcome in one.got):
        if problem and all(earned for _, earned, _ in groups):
            problem = replace(problem, evidence=(*problem.evidence, NOT_WRONG))
        groups = [(name, CHANGED * earned, possible) for name, earned, possible in groups]
    earned = sum(earned for _, earned, _ in groups)
    return Verdict(exercise.id, earned, exercise.points, tuple(groups), problem)


def _is_wrong(exercise: Exercise, one: Observed) -> bool:
    """Whether more is wrong in a case than that an argument was changed."""
    if one.difference is None or one.difference.stage != "changed":
        return one.failed
    kept = [replace(outcome, changed=()) for outcome in one.got]
    return exercise.difference(one.case, one.expected, kept) is not None


def _problem(
    exercise: Exercise, key: Key, observed: Sequence[Observed], written: Written | None
) -> Problem | None:
    """What to tell: the most basic difference of all, and its name if it has one."""
    failed = [seen for seen in observed if seen.difference is not None]
    if not failed:
        return None
    try:
        named = name(exercise, key, observed, written)
    except Exception:  # no mark and no message may be lost because of a name
        named = Name()
    shown = min(failed, key=lambda seen: STAGES.index(_stage(seen)))
    if named.shows_in and _stage(shown) not in BEFORE_VALUES:
        shown = named.shows_in
    return describe(exercise, shown, observed, named.message, written)


def _stage(seen: Observed) -> str:
    assert seen.difference is not None
    return seen.difference.stage


def describe(
    exercise: Exercise,
    seen: Observed,
    observed: Sequence[Observed],
    named: str,
    written: Written | None,
) -> Problem:
    """Put what was seen in one case in words."""
    difference = seen.difference
    assert difference is not None
    evidence = {
        "tried": seen.case.label,
        "called": called(exercise, seen),
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
    failure = seen.got[-1].failure if seen.got else None
    interrupted = failure is not None and failure.cause == "interrupted"
    if interrupted:
        del evidence["at"]  # the name of the mistake tells the line
    advice = _advice(exercise, seen, observed, named, written)
    on_request = not advice and not named
    return Problem(
        stage="interrupted" if interrupted else difference.stage,
        headline=_brief(
            f"{exercise.id} was stopped while it ran."
            if interrupted
            else _headline(exercise, difference)
        ),
        evidence=tuple((label, _brief(text)) for label, text in evidence.items() if text),
        misconception=_brief(named),
        advice=exercise.hint if on_request else _brief(advice),
        look="" if named else _brief(look(exercise, seen, observed)),
        on_request=on_request,
    )


def refuse(exercise_id: str, headline: str, advice: str, max_points: float = 0.0) -> Verdict:
    """A verdict of zero for something that could not be checked at all."""
    problem = Problem("refused", _brief(headline), (), "", advice)
    return Verdict(exercise_id, 0.0, max_points, (), problem)


def explain_in_public(verdict: Verdict, public: Verdict, named: Collection[str]) -> Verdict:
    """What a student may read of a verdict on secret cases.

    If the answer also fails on the public cases, the message is about those. If it fails only on
    secret cases, the message says where, but not what was expected: these cases will be used again.
    Nor does it say anything in the answer's own words, such as an error's: they could be the cases;
    nor what was worked out from the values, such as by which factor they differ, or which of them
    are right. That an argument is changed is no such thing, and is told.

    Args:
        verdict: on the secret cases.
        public: on the public ones.
        named: the messages of the exercise's misconceptions, which have no such value in them.
    """
    problem = public.problem
    if problem is None and verdict.problem is not None:
        evidence = verdict.problem.evidence
        told = tuple(row for row in evidence if row[0] in OPEN or row == NOT_WRONG)
        headline = f"{verdict.exercise_id} ran, but what it returned is not right."
        if verdict.problem.stage in ("raised", "not written"):
            headline = f"{verdict.exercise_id} stopped with an error in a case that is not shown."
        elif verdict.problem.stage == "changed":
            headline = verdict.problem.headline  # it names an argument, and no more
        slip = verdict.problem.misconception
        slip = slip if slip in map(_brief, named) else ""
        problem = replace(
            verdict.problem, headline=headline, evidence=told, misconception=slip, look=""
        )
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
    # A function that fills a graph returns nothing: its value are the gradients that it leaves.
    leaves = ".grad" in difference.where
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
        case "shape" if leaves:
            return f"{name} leaves a gradient of the wrong shape."
        case "shape":
            return f"{name} returned the wrong shape."
        case "changed":
            which = f"its argument {difference.where}" if difference.where else "an argument"
            return f"{name} changed {which} in place."
        case "not finite":
            return f"There is a nan or an infinity in what {name} returned."
    if exercise.is_quiz:
        return "That is not the answer."
    if leaves:
        return f"{name} ran, but a gradient that it leaves is not right."
    return f"{name} ran, but what it returned is not right."


def _advice(
    exercise: Exercise,
    seen: Observed,
    observed: Sequence[Observed],
    named: str,
    written: Written | None,
) -> str:
    """What to do at once, whatever the formula is; empty if there is nothing but the formula."""
    difference = seen.difference
    assert difference is not None
    match difference.stage:
        case "not written":
            if exercise.is_quiz:
                return "Put your letter in the cell above, run that cell, then this one."
            if written is not None and leftover(written):
                return (
                    "There is code of yours, but the line with NotImplementedError is still "
                    "there: remove it, run that cell, then this one."
                )
            return (
                "Write it in the cell above in place of the line with NotImplementedError, "
                "run that cell, then this one."
            )
        case "raised" if "line " not in difference.where and not named:
            return f"It is called as {exercise.signature}, with the arguments in this order."
        case "returned nothing" if exercise.is_quiz:
            return (
                "print(…) shows a letter and gives None. Write "
                f'{exercise.id} = "a", with your letter.'
            )
        case "returned nothing" if not named:
            what = ", ".join(exercise.outputs) or "the result"
            why = returned_nothing(written) if written else ""
            return why or _some_path(observed, what)
        case "changed" if not named:
            return copy_first(difference.where, _argument(exercise, seen), written)
    return ""


def _some_path(observed: Sequence[Observed], what: str) -> str:
    """A path without `return`: there must be one if other calls have returned something."""
    results = [
        got.value
        for seen in observed
        for got, expected in zip(seen.got, seen.expected, strict=False)
        if not (got.failure or expected.value is None or isinstance(expected.value, Instance))
    ]
    if any(value is not None for value in results):
        return (
            "Some calls return a value and others nothing: one way through it ends without "
            f"`return`. Every branch, and the end, should return {what}."
        )
    return f"Does every path through it end with `return`? It should return {what}."


def _argument(exercise: Exercise, seen: Observed) -> Plain:
    """The argument that was changed: of the first call, the kind is the same in all."""
    assert seen.difference is not None
    call, where = seen.case.script[0], seen.difference.where
    given = dict(zip(exercise.parameters, call.args, strict=False)) | call.kwargs
    return given.get(where)
