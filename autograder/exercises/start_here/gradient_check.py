"""Slopes by central differences, and how far apart two gradients are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.checking.compare import Tolerance
from autograder.checking.drive import Call, Oracle
from autograder.checking.exercise import Case, Exercise
from autograder.exercises._cases import Rng, call
from reference_impl import gradients

# ------------------------------------------------------------------------------- the gradient
numerical_gradient = Exercise(
    "numerical_gradient",
    reference=gradients.numerical_gradient,
    hint="For each element: f with that element h larger, minus f with it h smaller, all divided "
    "by 2·h.",
    # Rounding of f, divided by h, is about 1e-10; forward differences are off by about 1e-5.
    tolerance=Tolerance(rtol=1e-6, atol=1e-8),
    minutes=12,
    difficulty=3,
)

H = 1e-5


def _points(rng: Rng, shape: tuple[int, ...]) -> Any:
    """Points that x + h - 2h + h brings back to the last digit.

    A solution may change x and put it back; it loses no points for a last digit that changes on the
    way.
    """
    x = rng.uniform(0.3, 1.5, 200 * int(np.prod(shape)))
    back = ((x + H) - 2 * H) + H == x
    back &= ((x - H) + 2 * H) - H == x
    back &= ((x + H) - H == x) & ((x - H) + H == x)
    return x[back][: int(np.prod(shape))].reshape(shape)


def _gradient_of(label: str, f: Callable[[Any], float], x: Any, *h: float) -> Case:
    return Case(label, (Call((Oracle("f"), x, *h)),), {"f": f})


@numerical_gradient.cases("a vector", points=1)
def _(rng: Rng) -> list[Case]:
    w = rng.uniform(1, 3, 3)
    return [
        _gradient_of("f = Σ x², at (1, 2)", lambda x: float(np.sum(x**2)), np.array([1.0, 2.0])),
        _gradient_of(
            "three variables that mix",
            lambda x: float(np.sum(w * x**3) + np.sum(x) ** 2),
            _points(rng, (3,)),
        ),
        # So small that a result rounded as in the example is not close enough.
        _gradient_of(
            "slopes of about 0.001", lambda x: 0.0005 * float(np.sum(x**2)), _points(rng, (4,))
        ),
    ]


@numerical_gradient.cases("other shapes", points=1)
def _(rng: Rng) -> list[Case]:
    w = rng.uniform(1, 3, (2, 3))
    return [
        _gradient_of(
            "an array of shape (2, 3)",
            lambda x: float(np.sum(w * x**3) + np.sum(x) ** 2),
            _points(rng, (2, 3)),
        ),
        _gradient_of("one element", lambda x: float(np.sum(np.exp(x))), _points(rng, (1,))),
        _gradient_of(
            "an array of shape (2, 1, 2)",
            lambda x: float(np.sum(x**4) + np.prod(x)),
            _points(rng, (2, 1, 2)),
        ),
    ]


@numerical_gradient.cases("another h", points=1)
def _(rng: Rng) -> list[Case]:
    # 0.125 and eighths add without rounding.
    x = np.append(11, rng.choice(np.arange(3, 11), 3, replace=False)) / 8  # on both sides of 1
    return [
        _gradient_of("h = 0.125, with f = Σ x³", lambda x: float(np.sum(x**3)), x, 0.125),
    ]


@numerical_gradient.misconception(
    "forward differences",
    "You compare f(x + h) with f(x): forward differences. Central ones, f(x + h) - f(x - h) over "
    "2h, are far more exact.",
)
def _(f, x, h=1e-5):
    gradient = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        moved = x.copy()
        moved[i] += h
        gradient[i] = (f(moved) - f(x)) / h
    return gradient


@numerical_gradient.misconception(
    "2 missing",
    "Twice too large: from x - h to x + h the distance is 2h, not h.",
)
def _(f, x, h=1e-5):
    gradient = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[i] += h
        down[i] -= h
        gradient[i] = (f(up) - f(down)) / h
    return gradient


@numerical_gradient.misconception(
    "brackets missing",
    "/ 2 * h divides by 2 and then *multiplies* by h: put brackets around (2 * h).",
)
def _(f, x, h=1e-5):
    gradient = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[i] += h
        down[i] -= h
        gradient[i] = (f(up) - f(down)) / 2 * h
    return gradient


@numerical_gradient.misconception(
    "not divided", "That is the difference of f. For a slope, divide it by the distance 2h."
)
def _(f, x, h=1e-5):
    gradient = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[i] += h
        down[i] -= h
        gradient[i] = f(up) - f(down)
    return gradient


@numerical_gradient.misconception(
    "wrong sign", "Every sign is wrong: it is f(x + h) minus f(x - h), in this order."
)
def _(f, x, h=1e-5):
    gradient = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[i] += h
        down[i] -= h
        gradient[i] = (f(down) - f(up)) / (2 * h)
    return gradient


@numerical_gradient.misconception(
    "h ignored", "The h that was passed in is not used: your step is always 1e-5."
)
def _(f, x, h=1e-5):
    gradient = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[i] += 1e-5
        down[i] -= 1e-5
        gradient[i] = (f(up) - f(down)) / 2e-5
    return gradient


@numerical_gradient.misconception(
    "all elements at once",
    "You move all elements at once, which gives one number. Move one at a time: there is a slope "
    "for each.",
)
def _(f, x, h=1e-5):
    return (f(x + h) - f(x - h)) / (2 * h)


@numerical_gradient.misconception(
    "whole rows",
    "Right for a vector; but x[i] of a table is a whole row. Go through single elements, with "
    "np.ndindex(x.shape).",
)
def _(f, x, h=1e-5):
    gradient = np.zeros_like(x)
    for i in range(len(x)):
        up, down = x.copy(), x.copy()
        up[i] += h
        down[i] -= h
        gradient[i] = (f(up) - f(down)) / (2 * h)
    return gradient


@numerical_gradient.misconception(
    "flat",
    "Right numbers, but in one long row: give the result the shape of x.",
)
def _(f, x, h=1e-5):
    slopes = []
    for i in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[i] += h
        down[i] -= h
        slopes.append((f(up) - f(down)) / (2 * h))
    return np.array(slopes)


@numerical_gradient.misconception(
    "x not put back",
    "You move x itself and leave it there, so the next element starts from a moved point, and the "
    "caller's x has changed. Work on a copy.",
)
def _(f, x, h=1e-5):
    gradient = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        x[i] += h
        up = f(x)
        x[i] -= 2 * h
        gradient[i] = (up - f(x)) / (2 * h)
    return gradient


@numerical_gradient.misconception(
    "two names for one array",
    "Every difference is 0: up = x makes no copy, so `up` and `down` are the same array, and f "
    "gets the same numbers twice. Write x.copy() for each of them.",
)
def _(f, x, h=1e-5):
    gradient = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        up = x
        down = x
        up[i] += h
        down[i] -= h
        gradient[i] = (f(up) - f(down)) / (2 * h)
    return gradient


@numerical_gradient.misconception(
    "only h taken away",
    "Every slope is half of what it should be. After f(x + h) you take h away once, which leads "
    "back to x: f is never asked at x - h.",
)
def _(f, x, h=1e-5):
    gradient = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        moved = x.copy()
        moved[i] += h
        up = f(moved)
        moved[i] -= h
        gradient[i] = (up - f(moved)) / (2 * h)
    return gradient


@numerical_gradient.misconception(
    "backward differences",
    "You compare f(x) with f(x - h): backward differences. Central ones look at both sides of x, "
    "and are far more exact.",
)
def _(f, x, h=1e-5):
    gradient = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        moved = x.copy()
        moved[i] -= h
        gradient[i] = (f(x) - f(moved)) / h
    return gradient


@numerical_gradient.misconception(
    "copies made once",
    "Your copies are made once, before the loop, so the elements that were moved earlier stay "
    "moved. Make new copies for each element.",
)
def _(f, x, h=1e-5):
    gradient = np.zeros_like(x)
    up, down = x.copy(), x.copy()
    for i in np.ndindex(x.shape):
        up[i] += h
        down[i] -= h
        gradient[i] = (f(up) - f(down)) / (2 * h)
    return gradient


@numerical_gradient.misconception(
    "the same number everywhere",
    "Every slope is the same number: inside the loop you still move the whole of x by h. Move "
    "only the element whose turn it is.",
)
def _(f, x, h=1e-5):
    gradient = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        gradient[i] = (f(x + h) - f(x - h)) / (2 * h)
    return gradient


@numerical_gradient.misconception(
    "element set to h",
    "You set the element to h and to -h. It moves *from where it is*: x + h and x - h.",
)
def _(f, x, h=1e-5):
    gradient = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[i] = h
        down[i] = -h
        gradient[i] = (f(up) - f(down)) / (2 * h)
    return gradient


@numerical_gradient.misconception(
    "copy not put back",
    "You move an element of your copy, and leave it moved when the next one has its turn. Put it "
    "back, or make a new copy for each element.",
)
def _(f, x, h=1e-5):
    gradient = np.zeros_like(x)
    moved = x.copy()
    for i in np.ndindex(x.shape):
        moved[i] += h
        up = f(moved)
        moved[i] -= 2 * h
        gradient[i] = (up - f(moved)) / (2 * h)
    return gradient


@numerical_gradient.misconception(
    "one number for each row",
    "Right for a vector; but range(len(x)) counts the rows of a table, and you give one number "
    "for each. Go through single elements, with np.ndindex(x.shape), and return the shape of x.",
)
def _(f, x, h=1e-5):
    slopes = []
    for i in range(len(x)):
        up, down = x.copy(), x.copy()
        up[i] += h
        down[i] -= h
        slopes.append((f(up) - f(down)) / (2 * h))
    return np.array(slopes)


@numerical_gradient.misconception(
    "a step as long as x has rows",
    "Right for a vector; but a table has more elements than len(x), and a step of that length does "
    "not fit. Make it of the shape of x, and go through all elements with np.ndindex(x.shape).",
)
def _(f, x, h=1e-5):
    slopes = np.zeros(len(x))
    for i in range(len(x)):
        step = np.zeros(len(x))
        step[i] = h
        slopes[i] = (f(x + step) - f(x - step)) / (2 * h)
    return slopes


@numerical_gradient.misconception(
    "return inside the loop",
    "The `return` is inside the loop: you leave after the first element, and all others stay 0.",
)
def _(f, x, h=1e-5):
    gradient = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[i] += h
        down[i] -= h
        gradient[i] = (f(up) - f(down)) / (2 * h)
        return gradient


@numerical_gradient.equivalent("moves x and puts it back")
def _(f, x, h=1e-5):
    gradient = np.empty(x.shape)
    for i in np.ndindex(x.shape):
        old = x[i]
        x[i] = old + h
        up = f(x)
        x[i] = old - h
        down = f(x)
        x[i] = old
        gradient[i] = (up - down) / (2 * h)
    return gradient


@numerical_gradient.equivalent("puts it back by counting")
def _(f, x, h=1e-5):
    gradient = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        x[i] += h
        up = f(x)
        x[i] -= 2 * h
        down = f(x)
        x[i] += h
        gradient[i] = (up - down) / (2 * h)
    return gradient


@numerical_gradient.equivalent("on a flat copy")
def _(f, x, h=1e-5):
    directions = np.eye(x.size) * h
    flat = x.ravel()
    both = [[f((flat + sign * d).reshape(x.shape)) for sign in (1, -1)] for d in directions]
    return np.array([(up - down) / h / 2 for up, down in both]).reshape(x.shape)


relative_error = Exercise(
    "relative_error",
    reference=gradients.relative_error,
    hint="Divide |a-b| by |a|+|b|, but by no less than 1e-8, element by element; take the largest.",
    minutes=6,
    difficulty=2,
)


@relative_error.cases("ordinary numbers", points=1)
def _(rng: Rng) -> list[Case]:
    # Far above 1e-8: what an answer does with that belongs to the other group.
    a = rng.uniform(0.5, 2, (2, 3)) * 10.0 ** rng.integers(-1, 4, (2, 3))
    return [
        call("(1, 2) and (1, 3)", np.array([1.0, 2.0]), np.array([1.0, 3.0])),
        call("equal up to a thousandth", a, a * (1 + 1e-3 * rng.normal(size=(2, 3)))),
        call("opposite signs in one place", np.array([5.0, -2.0, 1.0]), np.array([5.0, 2.0, 1.5])),
        call("the first one smaller", np.array([1.0, 0.01]), np.array([4.0, 0.02])),
        call("the second one smaller", np.array([4.0, 0.02]), np.array([1.0, 0.01])),
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
    "You add 1e-8 to the denominator. Take the larger of the two: with small numbers that is a "
    "difference.",
)
def _(a, b):
    return float(np.max(np.abs(a - b) / (np.abs(a) + np.abs(b) + 1e-8)))


@relative_error.misconception(
    "absolute error",
    "That is the absolute error: an error of 0.1 is large for 0.2 and small for 1000. Divide by "
    "the size of the numbers.",
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
    "divided by the mean size",
    "Your result is twice too large: you divide by the mean of |a| and |b|. The denominator is "
    "their sum, so that the result goes from 0 to 1.",
)
def _(a, b):
    return float(np.max(np.abs(a - b) / np.maximum(1e-8, (np.abs(a) + np.abs(b)) / 2)))


@relative_error.misconception(
    "absolute value of the sum",
    "The denominator is |a| + |b|, not |a + b|: numbers of opposite sign must not cancel.",
)
def _(a, b):
    return float(np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a + b))))


@relative_error.misconception(
    "sign kept",
    "The difference keeps its sign, so a b that is too large is never noticed: take |a-b|.",
)
def _(a, b):
    return float(np.max((a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b))))


@relative_error.misconception(
    "one element for each",
    "You return an error for each element. Return one number, the largest of them.",
)
def _(a, b):
    return np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b))


@relative_error.misconception(
    "as lengths",
    "You compare the lengths of the two whole arrays; this would not show a small element that is "
    "quite wrong. Divide element by element, then take the largest.",
)
def _(a, b):
    size = np.sqrt(np.sum(a**2)) + np.sqrt(np.sum(b**2))
    return float(np.sqrt(np.sum((a - b) ** 2)) / max(1e-8, size))


@relative_error.misconception(
    "as lengths, not guarded",
    "You compare the lengths of the two whole arrays (some courses do): a small element that is "
    "quite wrong does not show there, and two zero arrays give 0/0. Divide element by element, "
    "and never by less than 1e-8.",
)
def _(a, b):
    return np.linalg.norm(a - b) / (np.linalg.norm(a) + np.linalg.norm(b))


@relative_error.misconception(
    "largest over largest",
    "You divide the largest difference by the largest sum, and these may belong to different "
    "elements. Divide first, element by element; take the max of the quotients.",
)
def _(a, b):
    return float(np.max(np.abs(a - b)) / max(1e-8, np.max(np.abs(a) + np.abs(b))))


@relative_error.misconception(
    "divided by the larger one",
    "You divide by the larger of |a| and |b|, as CS231n's notes do. Here the denominator is "
    "their sum.",
)
def _(a, b):
    return float(np.max(np.abs(a - b) / np.maximum(1e-8, np.maximum(np.abs(a), np.abs(b)))))


@relative_error.misconception(
    "divided by a only", "You divide by |a| alone: b is as good a measure, so both are added."
)
def _(a, b):
    return float(np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a))))


@relative_error.misconception(
    "one sum over another",
    "You sum all differences and divide by the sum of all sizes. One wrong element among "
    "thousands would hide in it: divide element by element, then take the max.",
)
def _(a, b):
    return float(np.sum(np.abs(a - b)) / max(1e-8, np.sum(np.abs(a) + np.abs(b))))


@relative_error.misconception(
    "absolute value of the sum, zeros left out",
    "The denominator is |a| + |b|, not |a + b|: where signs are opposite your sum is 0, and you "
    "leave out just the elements that differ most.",
)
def _(a, b):
    size = np.abs(a + b)
    used = size >= 1e-8
    return float(np.max(np.abs(a - b)[used] / size[used], initial=0.0))


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
