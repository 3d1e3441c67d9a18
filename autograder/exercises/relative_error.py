"""Notebook 00: how far apart two gradients are."""

from __future__ import annotations

import numpy as np

from autograder.exercise import Case, Exercise
from autograder.exercises._cases import Rng, call
from reference_impl import gradients

NOTEBOOK = "00_start_here"

relative_error = Exercise(
    "relative_error",
    reference=gradients.relative_error,
    hint="Divide |a-b| by |a|+|b|, but by no less than 1e-8, element by element; take the largest.",
    minutes=6,
    difficulty=2,
)


@relative_error.cases("ordinary numbers", points=1)
def _(rng: Rng) -> list[Case]:
    a = rng.normal(size=(2, 3)) * 10.0 ** rng.integers(-3, 4, (2, 3))
    return [
        call("(1, 2) and (1, 3)", np.array([1.0, 2.0]), np.array([1.0, 3.0])),
        call("equal up to a thousandth", a, a * (1 + 1e-3 * rng.normal(size=(2, 3)))),
        call("opposite signs in one place", np.array([5.0, -2.0, 1.0]), np.array([5.0, 2.0, 1.5])),
        call("the first one smaller", np.array([1.0, 0.01]), np.array([4.0, 0.02])),
    ]


@relative_error.cases("at and near zero", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        call("a zero in both", np.array([0.0, 1.0]), np.array([0.0, 1.5])),
        call("nothing but zeros", np.zeros(3), np.zeros(3)),
        call("numbers below 1e-8", np.array([1e-9, 1.0]), np.array([-2e-9, 1.0])),
    ]


@relative_error.misconception(
    "nan at 0",
    "Where both are 0 you divide 0 by 0. The denominator is never less than 1e-8: np.maximum.",
)
def _(a, b):
    return float(np.max(np.abs(a - b) / (np.abs(a) + np.abs(b))))


@relative_error.misconception(
    "1e-8 added",
    "You add 1e-8 to the denominator. Asked for is the larger of the two: it shows with small "
    "numbers.",
)
def _(a, b):
    return float(np.max(np.abs(a - b) / (np.abs(a) + np.abs(b) + 1e-8)))


@relative_error.misconception(
    "absolute error",
    "That is the absolute error: a difference of 0.1 is a lot for 0.2 and little for 1000. Divide "
    "by the size of the numbers.",
)
def _(a, b):
    return float(np.max(np.abs(a - b)))


@relative_error.misconception(
    "mean", "You take the mean. One wrong element among thousands would hide in it: take the max."
)
def _(a, b):
    return float(np.mean(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b))))


@relative_error.misconception(
    "divided by b only", "You divide by |b| alone: the denominator is |a| + |b|."
)
def _(a, b):
    return float(np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(b))))


@relative_error.misconception(
    "absolute value of the sum",
    "The denominator is |a| + |b|, not |a + b|: numbers of opposite sign must not cancel.",
)
def _(a, b):
    return float(np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a + b))))


@relative_error.misconception(
    "sign kept", "The difference keeps its sign, so a b that is too large is never noticed: |a-b|."
)
def _(a, b):
    return float(np.max((a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b))))


@relative_error.misconception(
    "one element for each",
    "You return an error for each element. Asked for is one number, the largest of them.",
)
def _(a, b):
    return np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b))


@relative_error.misconception(
    "as lengths",
    "You compare the lengths of the two arrays as wholes; a small element that is quite wrong "
    "would not be seen. Divide element by element, then take the largest.",
)
def _(a, b):
    size = np.sqrt(np.sum(a**2)) + np.sqrt(np.sum(b**2))
    return float(np.sqrt(np.sum((a - b) ** 2)) / max(1e-8, size))


@relative_error.equivalent("a loop")
def _(a, b):
    worst = 0.0
    for x, y in zip(a.ravel(), b.ravel(), strict=True):
        worst = max(worst, abs(x - y) / max(1e-8, abs(x) + abs(y)))
    return worst


@relative_error.equivalent("the denominator mended in place")
def _(a, b):
    size = np.abs(a) + np.abs(b)
    size[size < 1e-8] = 1e-8
    return (np.abs(b - a) / size).max()
