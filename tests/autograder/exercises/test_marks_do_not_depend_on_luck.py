"""Slips that only some seeds would show, if a group of cases held by luck what it needs."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from autograder.checking.verdict import assess_here
from autograder.exercises import REGISTRY

BCE = REGISTRY["binary_cross_entropy"]


def one_coordinate_at_a_time(grad, theta, lr, steps):
    theta = np.array(theta)
    path = [theta.copy()]
    for _ in range(steps):
        for j in range(theta.size):
            theta[j] -= lr * np.asarray(grad(theta))[j]
        path.append(theta.copy())
    return path


def last_of_the_unsorted(H):
    return 2 / np.linalg.eigvals(H)[-1].real


def cut_off_at_zero(X, W1, b1, W2, b2):
    return np.maximum(0, np.maximum(X @ W1 + b1, X @ W2 + b2))


def level_steps_rise(x):
    rising = [b >= a for a, b in pairwise(x)]
    return sum(one != other for one, other in pairwise(rising))


def a_step_relative_to_x(f, x, h=1e-5):
    slopes = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[i] = h * max(1, abs(x[i]))
        slopes[i] = (f(x + step) - f(x - step)) / (2 * h)
    return slopes


@pytest.mark.parametrize(
    ("exercise_id", "said"),
    [
        ("equivalent_lr", ""),  # one number alone is no evidence for a name
        ("convergence_rate", ""),
        ("mse", ""),
        ("mae", ""),
        ("momentum_matrix", "rounded to 6 decimals"),
        ("numerical_gradient", "rounded to 6 decimals"),
    ],
)
def test_a_result_that_is_rounded_as_in_the_example_never_passes(exercise_id, said, seeds):
    exercise = REGISTRY[exercise_id]

    def rounded(*args):
        return np.round(exercise.reference(*args), 6)

    for seed in seeds:
        result = assess_here(exercise, rounded, seed)
        assert result.points < result.max_points, seed
        assert said in result.problem.misconception, seed


@pytest.mark.parametrize(
    ("exercise_id", "answer"),
    [
        ("numerical_gradient", a_step_relative_to_x),
        ("relu_grad", lambda z: (z >= 1) * 1.0),
    ],
)
def test_a_slip_on_one_side_of_1_has_the_same_marks_on_every_seed(exercise_id, answer, seeds):
    earned = {assess_here(REGISTRY[exercise_id], answer, seed).points for seed in seeds}
    assert len(earned) == 1
    assert max(earned) < REGISTRY[exercise_id].points


@pytest.mark.parametrize(
    ("exercise_id", "answer"),
    [
        ("standardize", lambda X: _standardized(X, X[0] == X[-1])),
        ("standardize", lambda X: _standardized(X, X[0] == X[1 % len(X)])),
        ("dead_units", lambda Z: Z.max(axis=0) <= 1e-3),
        ("count_turns", lambda x: _turns(np.where(np.abs(np.diff(x)) < 1e-3, 0, np.diff(x)))),
    ],
)
def test_a_shortcut_that_ordinary_numbers_hide_is_seen(exercise_id, answer, seeds):
    for seed in seeds:
        result = assess_here(REGISTRY[exercise_id], answer, seed)
        assert result.points < result.max_points, seed


def with_math(y, z):
    pairs = zip(y.flat, z.flat, strict=True)
    return sum(b - a * b + math.log(1 + math.exp(-b)) for a, b in pairs) / y.size


def with_numpy(y, z):
    return np.mean(z - y * z + np.log(1 + np.exp(-z)))


def test_a_formula_that_overflows_has_the_same_marks_however_it_is_written(seeds):
    """math.exp(1000) stops where np.exp gives inf: in no call that does not decide."""
    for seed in seeds:
        results = [assess_here(BCE, answer, seed) for answer in (with_math, with_numpy)]
        assert [result.points for result in results] == [1, 1]
        for result in results:
            evidence = dict(result.problem.evidence)
            assert evidence["tried"] == "z = -1000 where y = 1"
            assert "z=np.array([-1000.])" in evidence["called"]
            assert "call" not in evidence.get("at", "")


def test_a_share_cut_to_0_is_not_only_told_of_a_wrong_and():
    def share(z, limit=3.0):
        return np.sum(np.abs(z) > limit) // z.size

    problem = assess_here(REGISTRY["saturated_fraction"], share).problem
    assert "`//`" in problem.misconception


def _standardized(X, constant):
    deviation = np.where(constant, 1, X.std(axis=0))
    return np.where(constant, 0, (X - X.mean(axis=0)) / deviation)


def _turns(differences):
    sign = np.sign(differences[differences != 0])
    return int(np.sum(sign[1:] != sign[:-1]))


@pytest.mark.parametrize(
    ("exercise_id", "answer"),
    [
        ("gradient_descent", one_coordinate_at_a_time),
        ("largest_stable_lr", last_of_the_unsorted),
        ("maxout", cut_off_at_zero),
        ("count_turns", level_steps_rise),
    ],
)
def test_no_seed_lets_it_pass(exercise_id, answer, seeds):
    for seed in seeds:
        result = assess_here(REGISTRY[exercise_id], answer, seed)
        assert result.points < result.max_points, seed
        assert result.problem.misconception, seed


def test_the_share_that_is_wrong_is_never_the_share_that_is_right():
    """With seed 2043 half of an even number of samples was right after each epoch."""
    train = REGISTRY["train"]
    [slip] = [v for v in train.misconceptions if v.name == "the error rate for the accuracy"]
    assert assess_here(train, slip.function, 2043).problem.misconception == slip.message
