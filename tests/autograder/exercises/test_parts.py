"""Exercises whose outputs earn points one by one."""

from __future__ import annotations

import numpy as np

from autograder.checking.verdict import assess_here
from autograder.exercises import REGISTRY


def verdict(id, function):
    return assess_here(REGISTRY[id], function)


def named(id, name):
    [version] = [v for v in REGISTRY[id].misconceptions if v.name == name]
    return version.message


def test_a_usual_mistake_is_named_beside_an_unusual_cache():
    def forward(X, gamma, beta, eps):
        std = X.std(axis=0) + eps
        return gamma * (X - X.mean(axis=0)) / std + beta, (X.T, gamma, std)

    result = verdict("batchnorm_forward", forward)
    assert result.problem.misconception == named("batchnorm_forward", "ε outside the root")
    assert result.points == 2


def test_of_two_usual_mistakes_the_note_names_the_first():
    def backward(dout, cache):
        _, gamma, std = cache
        return dout * gamma / std, dout.sum(axis=0), dout.sum(axis=0)

    result = verdict("batchnorm_backward", backward)
    assert not result.problem.misconception
    assert dict(result.problem.evidence)["note"] == named("batchnorm_backward", "dγ without x̂")


def test_a_right_part_earns_its_points():
    def backward(dout, cache):
        x_hat, _, _ = cache
        return np.zeros_like(dout), (dout * x_hat).sum(axis=0), dout.sum(axis=0)

    result = verdict("batchnorm_backward", backward)
    assert [earned for _, earned, _ in result.groups] == [2, 0]
