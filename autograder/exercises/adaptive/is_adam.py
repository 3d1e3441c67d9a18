"""The break-it lab, where the student writes the test."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograder.checking.compare import Difference, first_difference
from autograder.checking.drive import Call, Oracle, Outcome
from autograder.checking.exercise import Case, Exercise
from autograder.checking.made_from import MadeFrom
from autograder.exercises._cases import Rng
from autograder.exercises.adaptive._adams import (
    HIDDEN,
    PLAIN,
    RIGHT,
    SUBTLE,
    Candidates,
    textbook,
)
from reference_impl import optimizers as reference

STEP = Oracle("step", ("theta", "m", "v", "grad", "t", "lr", "beta1", "beta2", "eps"))


def refused_or_let_through(
    case: Case, expected: Sequence[Outcome], got: Sequence[Outcome]
) -> Difference | None:
    """Says which Adam it was: a bare "expected True" would help nobody."""
    difference = first_difference(expected[0].value, got[0].value)
    if isinstance(got[0].value, list | tuple):
        return Difference("type", "", "True or False", "a list", misconception="a list of answers")
    if difference is None or difference.stage != "value":
        return difference
    if expected[0].value:
        note = f"your test refuses a right version: {case.label}"
    else:
        note = f"your test accepts {case.label}"
    return Difference("value", "", difference.expected, difference.got, note)


is_adam = Exercise(
    "is_adam",
    reference=reference.is_adam,
    hint="Run `step` and your own adam_step side by side, on the same arguments, and compare all "
    "three outputs with np.allclose. Then ask: on which arguments could a mistake hide?",
    compare=refused_or_let_through,
    minutes=20,
    difficulty=5,
)


def candidates(rng: Rng, *named: Candidates) -> list[Case]:
    """One case for each, in an order that does not show which are right."""
    cases: list[Case] = [
        MadeFrom(label, (Call((STEP,)),), {"step": made(textbook)}, "adam_step", {"step": made})
        for versions in named
        for label, made in versions.items()
    ]
    return [cases[i] for i in rng.permutation(len(cases))]


@is_adam.cases("plain faults caught, right versions accepted", points=2)
def _(rng: Rng) -> list[Case]:
    return candidates(rng, RIGHT, PLAIN)


@is_adam.cases("faults that need a past, right versions accepted", points=2)
def _(rng: Rng) -> list[Case]:
    return candidates(rng, RIGHT, SUBTLE)


@is_adam.cases("well hidden faults, right versions accepted", points=2)
def _(rng: Rng) -> list[Case]:
    return candidates(rng, RIGHT, HIDDEN)


# ------------------------------------------------------------------------------- tests that fail
@is_adam.misconception(
    "always True",
    "Your test accepts every candidate, the wrong ones as well. Does it run `step`, compare all "
    "the *numbers* that come back with right ones, and return False when one of them differs?",
)
def _(step):
    return True


@is_adam.misconception(
    "always False",
    "Your test refuses even a right Adam. Is the Adam that you compare with right, and are both "
    "called with the same arguments?",
)
def _(step):
    return False


@is_adam.misconception(
    "a list of answers",
    "You return an answer for each output. One answer is asked for: put `all(…)` around the list.",
)
def _(step):
    return [True]


@is_adam.misconception(
    "shapes only",
    "Your test looks at shapes. Nearly every wrong Adam has the right shapes: compare the numbers.",
)
def _(step):
    x = np.ones(3)
    out = step(x, x, x, x, 1, 0.1, 0.9, 0.999, 1e-8)
    return len(out) == 3 and all(np.shape(a) == (3,) for a in out)


@is_adam.misconception(
    "one step from zero",
    "Your test looks at the first step from zero moments only. That step does not show what an "
    "Adam does with its past: give it moments that are not zero, and a later t.",
)
def _(step):
    theta, g, zero = np.array([1.0, -2.0, 0.5]), np.array([0.3, -0.2, 2.0]), np.zeros(3)
    got = step(theta, zero, zero, g, 1, 0.001, 0.9, 0.999, 1e-8)
    m, v = 0.1 * g, 0.001 * g**2
    want = (theta - 0.001 * g / (np.abs(g) + 1e-8), m, v)
    return all(
        np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=1e-7, atol=1e-15)
        for a, b in zip(got, want)
    )


@is_adam.misconception(
    "only theta",
    "Your test passes moments in, but compares theta alone. An Adam that returns wrong moments "
    "gets through: compare m and v as well.",
)
def _(step):
    rng = np.random.default_rng(3)
    for t in range(1, 8):
        for b1, b2, eps in [(0.9, 0.999, 1e-8), (0.5, 0.8, 0.1)]:
            for scale in (1.0, 1e-8, 0.0):
                theta, m, g = rng.normal(size=(3, 4)) * np.array([[1], [scale], [scale]])
                v = scale**2 * rng.uniform(0.5, 2, 4)
                m1, v1 = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
                want = theta - 0.1 * m1 / (1 - b1**t) / (np.sqrt(v1 / (1 - b2**t)) + eps)
                got = step(theta, m, v, g, t, 0.1, b1, b2, eps)[0]
                if np.shape(got) != (4,) or not np.allclose(got, want, rtol=1e-7):
                    return False
    return True


@is_adam.misconception(
    "exact equality",
    "Your test asks for equality to the last bit. Two right Adams round differently: compare with "
    "np.allclose.",
)
def _(step):
    rng = np.random.default_rng(3)
    for t in range(1, 20):
        for b1, b2, eps in [(0.9, 0.999, 1e-8), (0.5, 0.8, 0.1)]:
            for scale in (1.0, 1e-8, 0.0):
                theta, m, g = rng.normal(size=(3, 4)) * np.array([[1], [scale], [scale]])
                v = scale**2 * rng.uniform(0.5, 2, 4)
                m1, v1 = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
                want = theta - 0.1 * (m1 / (1 - b1**t)) / (np.sqrt(v1 / (1 - b2**t)) + eps)
                got = step(theta, m, v, g, t, 0.1, b1, b2, eps)
                if not all(np.array_equal(a, b) for a, b in zip(got, (want, m1, v1))):
                    return False
    return True


@is_adam.misconception(
    "default settings only",
    "Your test uses one set of β and ε, the usual one. It does not find an Adam that ignores these "
    "arguments or has ε in the wrong place: try other β, and an ε or gradients for which ε "
    "matters.",
)
def _(step):
    rng = np.random.default_rng(3)
    b1, b2, eps = 0.9, 0.999, 1e-8
    for t in range(1, 8):
        theta, m, g = rng.normal(size=(3, 4))
        v = rng.uniform(0.5, 2, 4)
        m1, v1 = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
        want = theta - 0.1 * m1 / (1 - b1**t) / (np.sqrt(v1 / (1 - b2**t)) + eps)
        got = step(theta, m, v, g, t, 0.1, b1, b2, eps)
        for a, b in zip(got, (want, m1, v1)):
            if np.shape(a) != (4,) or not np.allclose(a, b, rtol=1e-5):
                return False
    return True


@is_adam.misconception(
    "ε never matters",
    "Your test never makes ε matter: with gradients around 1 and an ε of 1e-8, you cannot see "
    "where ε is. Try gradients as small as ε, or an ε of 0.1.",
)
def _(step):
    rng = np.random.default_rng(3)
    for t in range(1, 8):
        for b1, b2, eps in [(0.9, 0.999, 1e-8), (0.5, 0.8, 1e-8)]:
            theta, m, g = rng.normal(size=(3, 4))
            v = rng.uniform(0.5, 2, 4)
            m1, v1 = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
            want = theta - 0.1 * m1 / (1 - b1**t) / (np.sqrt(v1 / (1 - b2**t)) + eps)
            got = step(theta, m, v, g, t, 0.1, b1, b2, eps)
            for a, b in zip(got, (want, m1, v1)):
                if np.shape(a) != (4,) or not np.allclose(a, b, rtol=1e-5):
                    return False
    return True


@is_adam.misconception(
    "one parameter only",
    "Your test tries a single parameter. An Adam that mixes the parameters of an array looks right "
    "there: use arrays with different gradients in them.",
)
def _(step):
    rng = np.random.default_rng(3)
    for t in range(1, 8):
        for b1, b2, eps in [(0.9, 0.999, 1e-8), (0.5, 0.8, 0.1)]:
            for scale in (1.0, 1e-8, 0.0):
                theta, m, g = rng.normal(size=(3, 1)) * np.array([[1], [scale], [scale]])
                v = scale**2 * rng.uniform(0.1, 2, 1)
                m1, v1 = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
                want = theta - 0.1 * m1 / (1 - b1**t) / (np.sqrt(v1 / (1 - b2**t)) + eps)
                got = step(theta, m, v, g, t, 0.1, b1, b2, eps)
                for a, b in zip(got, (want, m1, v1)):
                    if not np.allclose(a, b, rtol=1e-7, atol=0):
                        return False
    return True


@is_adam.misconception(
    "t is always 1",
    "Your test never leaves t = 1. An Adam that corrects as if each step were the first "
    "gets through.",
)
def _(step):
    rng = np.random.default_rng(3)
    for b1, b2, eps in [(0.9, 0.999, 1e-8), (0.5, 0.8, 0.1)] * 4:
        for scale in (1.0, 1e-8, 0.0):
            theta, m, g = rng.normal(size=(3, 4)) * np.array([[1], [scale], [scale]])
            v = scale**2 * rng.uniform(0.5, 2, 4)
            m1, v1 = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
            want = theta - 0.1 * m1 / (1 - b1) / (np.sqrt(v1 / (1 - b2)) + eps)
            got = step(theta, m, v, g, 1, 0.1, b1, b2, eps)
            for a, b in zip(got, (want, m1, v1)):
                if np.shape(a) != (4,) or not np.allclose(a, b, rtol=1e-7, atol=0):
                    return False
    return True


# ------------------------------------------------------------------------------- tests that work
@is_adam.equivalent("a walk beside one's own Adam, with a large ε")
def _(step):
    def adam(theta, m, v, g, t, lr, b1, b2, eps):
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
        return theta - lr * (m / (1 - b1**t)) / (np.sqrt(v / (1 - b2**t)) + eps), m, v

    rng = np.random.default_rng(1)
    for b1, b2, eps in [(0.9, 0.999, 0.1), (0.6, 0.7, 0.5)]:
        mine = theirs = (rng.normal(size=3), np.zeros(3), np.zeros(3))
        for t in range(1, 11):
            g = rng.normal(size=3) * 10.0 ** rng.integers(-2, 2)
            mine = adam(*mine, g, t, 0.1 / t, b1, b2, eps)
            theirs = step(*theirs, g, t, 0.1 / t, b1, b2, eps)
            for a, b in zip(mine, theirs):
                if np.shape(a) != np.shape(b) or not np.allclose(a, b):
                    return False
    return True


@is_adam.equivalent("a table of single steps, the first fault raises")
def _(step):
    try:
        for t in (1, 2, 5, 30):
            for size in (1.0, 1e-8, 0.0):
                for b1, b2 in [(0.9, 0.999), (0.3, 0.6)]:
                    theta = np.array([[1.0, -0.5, 3.0], [0.2, 4.0, -1.0]])
                    g = size * np.array([[1.0, -0.1, 0.01], [0.5, -2.0, 0.3]])
                    m, v = size * np.full((2, 3), 0.2), size**2 * np.full((2, 3), 0.4)
                    got = step(theta, m, v, g, t, 0.05, b1, b2, 1e-8)
                    m = b1 * m + (1 - b1) * g
                    v = b2 * v + (1 - b2) * g**2
                    top, low = m / (1 - b1**t), np.sqrt(v / (1 - b2**t)) + 1e-8
                    np.testing.assert_allclose(got[0], theta - 0.05 * top / low, rtol=1e-6)
                    np.testing.assert_allclose(got[1], m, rtol=1e-6)
                    np.testing.assert_allclose(got[2], v, rtol=1e-6)
                    assert all(np.shape(a) == (2, 3) for a in got)
    except AssertionError:
        return False
    return True
