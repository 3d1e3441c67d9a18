"""What is drawn from a seed, and what is kept of it."""

from __future__ import annotations

import numpy as np

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


def test_what_a_misconception_does_is_computed_once_as_long_as_there_is_room(monkeypatch):
    exercise = doubling("one", "two")
    [wrong] = exercise.misconceptions
    key = answer_key(exercise)
    (a,), (b,) = key.cases
    monkeypatch.setattr(module, "MOST_KEPT", 1)
    kept, anew = key.outcomes_of(wrong, a), key.outcomes_of(wrong, b)
    assert key.outcomes_of(wrong, a) is kept
    assert key.outcomes_of(wrong, b) is not anew
    np.testing.assert_equal([o.value for o in anew], [b.script[0].args[0]])
