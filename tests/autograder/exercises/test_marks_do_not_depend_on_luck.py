"""Slips that only some seeds would show, if a group of cases held by luck what it needs."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from autograder.checking.verdict import assess_here
from autograder.exercises import REGISTRY


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
