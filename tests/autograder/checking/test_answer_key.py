"""What is drawn from a seed, and what is kept of it."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.checking import answer_key as module
from autograder.checking.answer_key import answer_key, draw_cases
from autograder.checking.drive import Call
from autograder.checking.exercise import Case, Exercise


def doubling(*groups: str) -> Exercise:
    """An exercise whose groups all draw a number in the same way."""
    exercise = Exercise("doubled", reference=lambda x: 2 * x, minutes=1, difficulty=1)
    for name in groups:
        exercise.cases(name, points=1)(lambda rng: [Case("a number", [Call((rng.normal(),))])])
    exercise.misconception("as it came", "Twice.")(lambda x: x)
    return exercise


def numbers(exercise: Exercise, seed: int) -> list[float]:
    return [cases[0].script[0].args[0] for cases in draw_cases(exercise, seed)]


def test_each_group_draws_for_itself():
    first, second = numbers(doubling("one", "two"), seed=3)
    assert first != second
    assert numbers(doubling("one", "two", "three"), seed=3)[:2] == [first, second]
    assert numbers(doubling("one"), seed=4) != [first]


@pytest.mark.parametrize("most", [1, 0])
def test_what_a_misconception_does_is_computed_once_if_it_is_not_large(monkeypatch, most):
    exercise = doubling("one")
    [wrong] = exercise.misconceptions
    key = answer_key(exercise)
    [[case]] = key.cases
    monkeypatch.setattr(module, "MOST_KEPT", most)
    first, second = key.outcomes_of(wrong, case), key.outcomes_of(wrong, case)
    assert (second is first) == (most == 1)
    for outcomes in (first, second):
        np.testing.assert_equal([o.value for o in outcomes], [case.script[0].args[0]])
