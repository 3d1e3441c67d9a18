"""A random answer is recognised by the exercise's own comparison, not by equality."""

from __future__ import annotations

import pytest

from autograder.checking.compare import Difference
from autograder.checking.drive import Call, Rng
from autograder.checking.exercise import Case, Exercise
from autograder.checking.verdict import assess_here


def coin(rng):
    return int(rng.integers(2))


def always_two(rng):
    rng.random()
    return 2


def no_coin(case, expected, got):
    if got[0].value in (0, 1):
        return None
    name = "a third side" if got[0].value == 2 else ""
    return Difference("value", "result", "0 or 1", str(got[0].value), misconception=name)


@pytest.fixture
def exercise():
    exercise = Exercise("coin", reference=coin, compare=no_coin, minutes=3, difficulty=1)
    exercise.cases("a throw", points=1)(lambda rng: [Case("a throw", (Call((Rng(3),)),))])
    # Its own result is drawn: no student's outcome equals it.
    exercise.misconception("a third side", "A coin has two sides.")(lambda rng: rng.normal())
    return exercise


@pytest.mark.parametrize(
    ("answer", "message"),
    [(always_two, "A coin has two sides."), (lambda rng: 7, "")],
)
def test_the_comparison_may_name_a_misconception(exercise, answer, message):
    verdict = assess_here(exercise, answer)
    assert verdict.problem is not None
    assert verdict.problem.misconception == message


def test_any_right_draw_passes(exercise):
    assert assess_here(exercise, lambda rng: int(rng.random() < 0.5)).passed
