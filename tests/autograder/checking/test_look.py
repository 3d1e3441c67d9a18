"""Where to look, for a mistake without a name, and what a card says was expected."""

from __future__ import annotations

import numpy as np

from autograder import verdict_on


def test_a_case_that_counts_other_outputs_is_not_shown_as_right():
    def batchnorm_backward(dout, cache):
        x_hat, gamma, std = cache
        mean, product = dout.mean(axis=0), (dout * x_hat).mean(axis=0)
        return (
            gamma / std * (dout - mean - x_hat * product),
            (dout * x_hat**3).sum(axis=0),
            0 * mean,
        )

    look = verdict_on("batchnorm_backward", batchnorm_backward).problem.look
    assert "dX is right everywhere" in look
    assert "Right:" not in look


def test_right_numbers_in_another_shape_are_recognised():
    def ridge_fit(X, y, lam):
        return np.linalg.solve(X.T @ X + lam * np.eye(X.shape[1]), X.T @ y[:, None])

    problem = verdict_on("ridge_fit", ridge_fit).problem
    assert "right numbers in a column" in problem.misconception


def test_a_list_of_arrays_is_expected_by_that_name():
    problem = verdict_on("l2_gradient", lambda weights, lam: 0.0).problem
    assert ("expected", "a list of 1 array") in problem.evidence


def test_chance_where_there_is_none_is_told():
    def dropout_inference(X, p):
        return X * (np.random.rand(*X.shape) > p)

    assert (
        "Nothing is random"
        in verdict_on("dropout_inference", dropout_inference).problem.misconception
    )


def test_a_copy_before_a_line_in_a_loop_would_come_too_late():
    def l2_gradient(weights, lam):
        for w in weights:
            w *= 2 * lam
        return weights

    assert verdict_on("l2_gradient", l2_gradient).problem.advice.endswith("before the loop.")
