"""Losses and their gradients: by definition, by central differences, and as the frameworks'."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_impl.gradients import numerical_gradient, relative_error
from reference_impl.losses import (
    binary_cross_entropy,
    binary_cross_entropy_grad,
    cross_entropy,
    cross_entropy_grad,
    mae,
    mae_grad,
    mse,
    mse_grad,
)

seeds = st.integers(0, 2**32 - 1)
shapes = st.sampled_from([(1,), (5,), (1, 1), (4, 3), (2, 1, 3)])


@pytest.fixture(scope="module")
def stored():
    with np.load(Path(__file__).parents[1] / "fixtures" / "losses.npz") as file:
        return dict(file)


FUNCTIONS = {
    "mse": (mse, mse_grad, "y", "yhat"),
    "mae": (mae, mae_grad, "y", "yhat"),
    "bce": (binary_cross_entropy, binary_cross_entropy_grad, "answers", "z"),
    "ce": (cross_entropy, cross_entropy_grad, "labels", "logits"),
}
every_loss = pytest.mark.parametrize("name", FUNCTIONS)


@every_loss
@pytest.mark.parametrize(("framework", "rtol"), [("torch", 1e-12), ("keras", 1e-6)])
def test_losses_and_gradients_are_the_frameworks(stored, name, framework, rtol):
    """Keras takes its means in float32."""
    loss, grad, target, prediction = FUNCTIONS[name]
    y, z = stored[target], stored[prediction]
    oracle = f"{framework}_{name}"
    with np.errstate(all="raise", under="ignore"):
        assert loss(y, z) == pytest.approx(float(stored[oracle]), rel=rtol)
        ours = grad(y, z)
    # Differences of probabilities near 1 are rounded to 1e-16 on both sides.
    np.testing.assert_allclose(ours, stored[f"{oracle}_grad"], rtol=rtol, atol=1e-17)


@pytest.mark.parametrize(("loss", "grad"), [(mse, mse_grad), (mae, mae_grad)])
@given(seed=seeds, shape=shapes)
def test_errors_by_central_differences(loss, grad, seed, shape):
    rng = np.random.default_rng(seed)
    y = rng.normal(size=shape)
    # Away from ŷ = y, where |ŷ - y| has a corner.
    yhat = y + rng.choice([-1, 1], size=shape) * rng.uniform(0.1, 2, size=shape)
    numerical = numerical_gradient(lambda p: loss(y, p), yhat)
    assert relative_error(grad(y, yhat), numerical) < 1e-6


@given(seeds, shapes)
def test_binary_cross_entropy_by_definition_and_by_differences(seed, shape):
    rng = np.random.default_rng(seed)
    y, z = rng.uniform(size=shape).round(1), rng.uniform(-4, 4, size=shape)
    p = 1 / (1 + np.exp(-z))
    expected = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    assert binary_cross_entropy(y, z) == pytest.approx(expected)
    numerical = numerical_gradient(lambda z: binary_cross_entropy(y, z), z, h=1e-4)
    np.testing.assert_allclose(binary_cross_entropy_grad(y, z), numerical, rtol=1e-6, atol=1e-9)


@given(seeds, st.integers(1, 7), st.integers(1, 5))
def test_cross_entropy_by_definition_and_by_differences(seed, n, k):
    rng = np.random.default_rng(seed)
    logits, labels = rng.uniform(-3, 3, size=(n, k)), rng.integers(0, k, n)
    expected = 0.0
    for row, label in zip(logits, labels, strict=True):
        expected -= np.log(np.exp(row[label]) / np.exp(row).sum()) / n
    assert cross_entropy(labels, logits) == pytest.approx(expected, rel=1e-12, abs=1e-15)
    numerical = numerical_gradient(lambda z: cross_entropy(labels, z), logits, h=1e-4)
    np.testing.assert_allclose(cross_entropy_grad(labels, logits), numerical, rtol=1e-6, atol=1e-9)


@given(seeds, st.floats(-900, 900))
def test_the_same_added_to_all_logits_changes_nothing(seed, shift):
    rng = np.random.default_rng(seed)
    logits, labels = rng.normal(size=(4, 3)), rng.integers(0, 3, 4)
    moved = cross_entropy(labels, logits + shift)
    assert moved == pytest.approx(cross_entropy(labels, logits), rel=1e-9)


@given(seeds)
def test_two_classes_are_binary(seed):
    """softmax of (0, z) is (1 - σ(z), σ(z))."""
    rng = np.random.default_rng(seed)
    z, labels = rng.normal(size=6) * 5, rng.integers(0, 2, 6)
    logits = np.column_stack([np.zeros(6), z])
    assert cross_entropy(labels, logits) == pytest.approx(binary_cross_entropy(labels, z))
    np.testing.assert_allclose(
        cross_entropy_grad(labels, logits)[:, 1],
        binary_cross_entropy_grad(labels, z),
        rtol=1e-9,
        atol=1e-15,
    )


def test_a_wrong_answer_given_for_certain_costs_its_logit():
    assert binary_cross_entropy(np.array([0.0, 1.0]), np.array([1000.0, -1000.0])) == 1000
    assert binary_cross_entropy(np.array([1.0, 0.0]), np.array([1000.0, -1000.0])) == 0
    assert cross_entropy(np.array([0]), np.array([[-1000.0, 1000.0]])) == 2000


def test_a_right_answer_given_for_certain_costs_next_to_nothing_but_something():
    z = np.array([40.0])
    assert binary_cross_entropy(np.ones(1), z) == pytest.approx(np.exp(-40), rel=1e-12, abs=0)


def test_mae_has_slope_0_where_there_is_no_difference():
    y = np.array([1.0, 2.0, 3.0, 4.0])
    np.testing.assert_array_equal(mae_grad(y, y + np.array([0, 1, -1, 0])), [0, 0.25, -0.25, 0])


def test_a_difference_does_not_wrap_around():
    assert mse(np.array([200], np.uint8), np.array([100], np.uint8)) == 10_000


@every_loss
def test_arguments_stay_as_they_were(stored, name):
    loss, grad, target, prediction = FUNCTIONS[name]
    y, z = stored[target].copy(), stored[prediction].copy()
    loss(y, z)
    grad(y, z)
    np.testing.assert_array_equal(y, stored[target])
    np.testing.assert_array_equal(z, stored[prediction])


three = np.zeros((2, 3))


@pytest.mark.parametrize(
    ("loss", "arguments", "message"),
    [
        ("mse", (np.ones(3), np.ones((3, 1))), r"yhat has shape \(3, 1\); it needs \(3,\)"),
        ("mae", (np.ones(3), np.ones(())), r"yhat has shape \(\); it needs \(3,\)"),
        ("mse", (np.ones(0), np.ones(0)), r"yhat has shape \(0,\)"),
        ("bce", (np.ones(3), np.ones((3, 1))), r"z has shape \(3, 1\); it needs \(3,\)"),
        ("bce", (np.array([1.0, 2.0]), np.ones(2)), r"y has values that are not in \[0, 1\]"),
        ("bce", (np.array([1.0, np.nan]), np.ones(2)), r"y has values that are not in \[0, 1\]"),
        ("bce", (np.ones(2), np.array([0.0, np.nan])), "z holds NaN"),
        ("ce", (np.array([0, 3]), three), r"labels is 3 somewhere; it must lie in 0 … 2"),
        ("ce", (np.array([0, -1]), three), r"labels is -1 somewhere"),
        ("ce", (np.array([0.0, 1.0]), three), "labels is float64; it must be integers"),
        ("ce", (np.array([0, 1, 2]), three), r"labels has shape \(3,\); it needs \(2,\)"),
        ("ce", (np.eye(3, dtype=int)[:2], three), r"labels has shape \(2, 3\); it needs \(2,\)"),
        ("ce", (np.array([0, 1]), np.zeros(2)), r"logits has shape \(2,\); it needs 2 dim"),
        ("ce", (np.array([0, 1]), three * np.nan), "logits holds NaN"),
        ("ce", (np.zeros(0, int), np.zeros((0, 3))), r"logits has shape \(0, 3\)"),
    ],
)
def test_bad_arguments_are_named(loss, arguments, message):
    for function in FUNCTIONS[loss][:2]:
        with pytest.raises(ValueError, match="^" + message):
            function(*arguments)
