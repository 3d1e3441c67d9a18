"""The cases of an exercise for one seed, with what the reference and misconceptions do in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from autograder.checking.drive import Foreign, Outcome
from autograder.checking.exercise import Case, Exercise, Version

PUBLIC_SEED = 0
MOST_KEPT = 10_000  # numbers of a case: more are whole layers, and quicker to make than to keep

Outcomes = Sequence[Sequence[list[Outcome]]]  # by group, by case, by call
RunAll = Callable[[Sequence[Case]], Sequence[list[Outcome]]]


@dataclass(frozen=True)
class Key:
    """The cases of an exercise for one seed, with what the reference does in each."""

    cases: tuple[tuple[Case, ...], ...]  # a tuple for each group of the exercise
    expected: Outcomes
    # What a misconception does in a case: the same for all wrong answers, so computed once.
    wrong: dict[tuple[str, int], list[Outcome]] = field(default_factory=dict, compare=False)

    def outcomes_of(self, version: Version, case: Case) -> list[Outcome]:
        """What a misconception does in a case; kept if it is not large."""
        place = version.name, id(case)
        if place in self.wrong:
            return self.wrong[place]
        outcomes = case.run(version.function)
        size = sum(numbers_in(outcome.value) + numbers_in(outcome.asked) for outcome in outcomes)
        if size <= MOST_KEPT:
            self.wrong[place] = outcomes
        return outcomes


@lru_cache(maxsize=128)
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
        ValueError: if there is nothing to compare an answer with: points would be given away.
    """
    if not exercise.groups:
        raise ValueError(f"{exercise.id} has no cases: nothing can be checked")
    drawn = []
    for number, group in enumerate(exercise.groups):
        # Each group has a seed of its own: a new group leaves the cases of the others as they were.
        cases = group.make(np.random.default_rng([seed, number]))
        if not isinstance(cases, list | tuple) or not all(isinstance(c, Case) for c in cases):
            raise ValueError(f"{exercise.id}: {group.name!r} must return a list of cases")
        if not cases or not (exercise.is_quiz or all(case.script for case in cases)):
            raise ValueError(f"{exercise.id}: there is nothing to call in {group.name!r}")
        drawn.append(tuple(cases))
    return tuple(drawn)


def run_cases(cases: Sequence[Sequence[Case]], run_all: RunAll) -> Outcomes:
    """The outcomes of every case; a case that several groups share runs once."""
    distinct = {_script(case): case for group in cases for case in group}
    ran = dict(zip(distinct, run_all(list(distinct.values())), strict=True))
    return [[ran[_script(case)] for case in group] for group in cases]


def in_this_process(function: object) -> RunAll:
    """Run cases with a function of this process; who interrupts one has stopped them all."""

    def run_all(cases: Sequence[Case]) -> list[list[Outcome]]:
        ran: list[list[Outcome]] = []
        for case in cases:
            failure = ran[-1][-1].failure if ran and ran[-1] else None
            stopped = failure is not None and failure.cause == "interrupted"
            ran.append([Outcome(failure=failure)] if stopped else case.run(function))
        return ran

    return run_all


def numbers_in(value: object) -> int:
    """How many numbers there are in plain data: what it takes to keep and to compare it."""
    if isinstance(value, np.ndarray):
        return value.size
    if isinstance(value, dict):
        return sum(numbers_in(item) for item in value.values())
    return sum(numbers_in(item) for item in value) if isinstance(value, list | tuple) else 1


def _script(case: Case) -> tuple[int, int]:
    return id(case.script), id(case.oracles)
