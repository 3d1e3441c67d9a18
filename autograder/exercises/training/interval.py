"""How far a share can be trusted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograder.checking.compare import Difference, first_difference
from autograder.checking.drive import Outcome
from autograder.checking.exercise import Case, Exercise
from autograder.exercises._cases import Rng, call
from reference_impl import diagnostics as reference

ENDS = ("low", "high")


def compare_ends(
    case: Case, expected: Sequence[Outcome], got: Sequence[Outcome]
) -> Difference | None:
    """As usual, and an array of the two ends is two ends as well."""
    answer = got[0].value
    if isinstance(answer, np.ndarray) and answer.shape == (2,):
        answer = answer.tolist()
    return first_difference(expected[0].value, answer, names=ENDS)


wilson_interval = Exercise(
    "wilson_interval",
    reference=reference.wilson_interval,
    outputs=ENDS,
    compare=compare_ends,
    minutes=8,
    difficulty=2,
    hint="p = right / n. Then three lines: what both ends are divided by, 1 + z²/n; the middle, "
    "p + z²/(2n), divided by it; and the half width, z times the root, divided by it as well. "
    "Return the middle minus and plus the half width.",
)


@wilson_interval.cases("at z = 1.96", points=2)
def _(rng: Rng) -> list[Case]:
    n = int(rng.integers(300, 500))
    few = int(rng.integers(20, 40))
    return [
        call("a good model", n - int(rng.integers(1, 4)), n),  # Wald's interval exceeds 1
        call("one that is right in a third of a few cases", few // 3, few),
        call("one that is wrong more often than right", int(rng.integers(20, 60)), n),
    ]


@wilson_interval.cases("at the ends: all right, none right, one image", points=1)
def _(rng: Rng) -> list[Case]:
    n = int(rng.integers(8, 30))
    return [call("all right", n, n), call("none right", 0, n), call("one image, right", 1, 1)]


@wilson_interval.cases("at another z", points=1)
def _(rng: Rng) -> list[Case]:
    n = int(rng.integers(30, 60))
    return [
        call("z = 2.576, for 99 %", n - int(rng.integers(4, 9)), n, 2.576),
        call("z = 1, by name", n - int(rng.integers(4, 9)), n, z=1.0),
    ]


# ------------------------------------------------------------------------ how it goes wrong
@wilson_interval.misconception(
    "Wald's interval",
    "That is p ± z·√(p(1-p)/n), with the spread of the measured share. It fails near 0 and 1: "
    "where all are right, it has no width. Wilson's has z² in the middle, in the root and below.",
)
def _(right, n, z=1.96):
    p = right / n
    half = z * np.sqrt(p * (1 - p) / n)
    return p - half, p + half


@wilson_interval.misconception(
    "Wald's interval, cut off at 0 and 1",
    "You cut p ± z·√(p(1-p)/n) off at 0 and 1. Then it no longer exceeds 100 %, and is as wrong as "
    "before: where all are right, it still has no width. Use Wilson's formula.",
)
def _(right, n, z=1.96):
    p = right / n
    half = z * np.sqrt(p * (1 - p) / n)
    return max(0.0, p - half), min(1.0, p + half)


@wilson_interval.misconception(
    "the middle is p itself",
    "Your interval stands symmetrically around p. Its middle is (p + z²/(2n)) / (1 + z²/n), a "
    "little nearer to one half.",
)
def _(right, n, z=1.96):
    p = right / n
    half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return p - half, p + half


@wilson_interval.misconception(
    "not divided by 1 + z²/n",
    "Both the middle and the half width are divided by 1 + z²/n; you divide neither.",
)
def _(right, n, z=1.96):
    p = right / n
    half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return p + z**2 / (2 * n) - half, p + z**2 / (2 * n) + half


@wilson_interval.misconception(
    "the half width not divided",
    "You divide the middle by 1 + z²/n, but not the half width: both are divided.",
)
def _(right, n, z=1.96):
    p = right / n
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return middle - half, middle + half


@wilson_interval.misconception(
    "the middle not divided",
    "You divide the half width by 1 + z²/n, but not the middle: both are divided. Is a bracket "
    "missing?",
)
def _(right, n, z=1.96):
    p = right / n
    middle = p + z**2 / (2 * n)
    half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return middle - half, middle + half


@wilson_interval.misconception(
    "z²/n in the middle",
    "In the middle stands z²/(2n), half of what stands in 1 + z²/n.",
)
def _(right, n, z=1.96):
    p = right / n
    middle = (p + z**2 / n) / (1 + z**2 / n)
    half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return middle - half, middle + half


@wilson_interval.misconception(
    "z²/(2n) times n: a bracket",
    "`z**2 / 2 * n` divides by 2 and then *multiplies* by n. Write `z**2 / (2 * n)`.",
)
def _(right, n, z=1.96):
    p = right / n
    middle = (p + z**2 / 2 * n) / (1 + z**2 / n)
    half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return middle - half, middle + half


@wilson_interval.misconception(
    "z²/4 times n²: a bracket",
    "`z**2 / 4 * n**2` divides by 4 and then *multiplies* by n². Write `z**2 / (4 * n**2)`.",
)
def _(right, n, z=1.96):
    p = right / n
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(p * (1 - p) / n + z**2 / 4 * n**2) / (1 + z**2 / n)
    return middle - half, middle + half


@wilson_interval.misconception(
    "4n in the root",
    "In the root stands z²/(4n²), with the square of n: yours has z²/(4n).",
)
def _(right, n, z=1.96):
    p = right / n
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n)) / (1 + z**2 / n)
    return middle - half, middle + half


@wilson_interval.misconception(
    "nothing of z in the root",
    "Under the root, z²/(4n²) is missing: without it the interval is far too short near 0 and 1.",
)
def _(right, n, z=1.96):
    p = right / n
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(p * (1 - p) / n) / (1 + z**2 / n)
    return middle - half, middle + half


@wilson_interval.misconception(
    "the root without z in front",
    "The half width is z times the root: z in front is missing.",
)
def _(right, n, z=1.96):
    p = right / n
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return middle - half, middle + half


@wilson_interval.misconception(
    "no root",
    "The half width needs the square root: a spread has the unit of the share, not of its square.",
)
def _(right, n, z=1.96):
    p = right / n
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * (p * (1 - p) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return middle - half, middle + half


@wilson_interval.misconception(
    "z in place of z²",
    "In the middle and below stand z²/(2n) and z²/n: you have z without its square.",
)
def _(right, n, z=1.96):
    p = right / n
    middle = (p + z / (2 * n)) / (1 + z / n)
    half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)) / (1 + z / n)
    return middle - half, middle + half


@wilson_interval.misconception(
    "the spread of one answer, not of n",
    "p(1-p) is divided by n under the root: the spread of a share shrinks when there are more "
    "images.",
)
def _(right, n, z=1.96):
    p = right / n
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(p * (1 - p) + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return middle - half, middle + half


@wilson_interval.misconception(
    "z = 1.96 built in",
    "You wrote 1.96 into the formula, so the argument z does nothing. Use z: 2.576 makes it an "
    "interval for 99 %.",
)
def _(right, n, z=1.96):
    p = right / n
    middle = (p + 1.96**2 / (2 * n)) / (1 + 1.96**2 / n)
    half = 1.96 * np.sqrt(p * (1 - p) / n + 1.96**2 / (4 * n**2)) / (1 + 1.96**2 / n)
    return middle - half, middle + half


@wilson_interval.misconception("high first", "The lower end comes first: return (low, high).")
def _(right, n, z=1.96):
    p = right / n
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return middle + half, middle - half


@wilson_interval.misconception(
    "the middle and the half width",
    "You return the middle and the half width. Return the two ends: middle minus, middle plus.",
)
def _(right, n, z=1.96):
    p = right / n
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return middle, half


@wilson_interval.misconception(
    "counts in place of shares",
    "You return numbers of images. Return shares, from 0 to 1: leave the factor n out.",
)
def _(right, n, z=1.96):
    p = right / n
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return n * (middle - half), n * (middle + half)


@wilson_interval.misconception("per cent", "You return per cent. Return shares, from 0 to 1.")
def _(right, n, z=1.96):
    p = right / n
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return 100 * (middle - half), 100 * (middle + half)


@wilson_interval.misconception(
    "the interval of the wrong answers",
    "That is the interval of the share of *wrong* answers. p is right / n.",
)
def _(right, n, z=1.96):
    p = 1 - right / n
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return middle - half, middle + half


@wilson_interval.misconception(
    "Agresti and Coull's interval",
    "That is the interval of Agresti and Coull: Wald's formula at Wilson's middle. It is close, "
    "and a little wider; Wilson's half width has p itself under the root, and z²/(4n²) beside it.",
)
def _(right, n, z=1.96):
    more = n + z**2
    middle = (right + z**2 / 2) / more
    half = z * np.sqrt(middle * (1 - middle) / more)
    return middle - half, middle + half


@wilson_interval.misconception(
    "two right and two wrong added",
    "You add two right and two wrong answers and use Wald's formula. That is a rule of thumb for "
    "z = 1.96, and close; here Wilson's own formula is asked for.",
)
def _(right, n, z=1.96):
    p = (right + 2) / (n + 4)
    half = z * np.sqrt(p * (1 - p) / (n + 4))
    return p - half, p + half


# -------------------------------------------------------------------------------- right ones
@wilson_interval.equivalent("all multiplied by n")
def _(right, n, z=1.96):
    wrong = n - right
    root = z * np.sqrt(right * wrong / n + z**2 / 4)
    return [(right + z**2 / 2 - root) / (n + z**2), (right + z**2 / 2 + root) / (n + z**2)]


@wilson_interval.equivalent("the two roots of (p - q)² = z² q(1-q)/n")
def _(right, n, z=1.96):
    p = right / n
    a, b, c = 1 + z**2 / n, -(2 * p + z**2 / n), p**2
    root = np.sqrt(b * b - 4 * a * c)
    return np.array([(-b - root) / (2 * a), (-b + root) / (2 * a)])


@wilson_interval.equivalent("the ends kept between 0 and 1")
def _(right, n, z=1.96):
    p, over = right / n, z * z / n
    middle = (p + over / 2) / (1 + over)
    half = np.sqrt(over * p * (1 - p) + over**2 / 4) / (1 + over)
    return max(0.0, middle - half), min(1.0, middle + half)
