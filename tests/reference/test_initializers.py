"""Initializers: distributed as PyTorch's and Keras', and doing what they are for.

initializers.npz is made by make_initializers_fixtures.py; no framework is needed here.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_impl import activations, initializers
from reference_impl.initializers import (
    INIT_FOR,
    SCALES,
    TRUNCATED_STD,
    constant_init,
    distinct_units,
    draw,
    fans,
    init_for,
    layer_std,
)

FIXTURES = Path(__file__).parents[1] / "fixtures" / "initializers.npz"
STORED = dict(np.load(FIXTURES))
ORACLES = sorted(key.removesuffix("_std") for key in STORED if key.endswith("_std"))

NOTEBOOK = [name for name in SCALES if name != "zeros" and not name.endswith("truncated")]
UNIFORM = [name for name in SCALES if "uniform" in name]
every_notebook_init = pytest.mark.parametrize("name", NOTEBOOK)

sizes = st.integers(1, 40)
seeds = st.integers(0, 2**32 - 1)


def drawn(name, shape, seed=0):
    return draw(name, shape, *fans(shape), np.random.default_rng(seed))


def kurtosis(w):
    """3 for a normal distribution, 1.8 for a uniform one."""
    return np.mean((w - w.mean()) ** 4) / np.var(w) ** 2


def largest_gap(w, oracle):
    """Of two distribution functions, as Kolmogorov and Smirnov measure it, at the quantiles."""
    below = np.searchsorted(np.sort(w, axis=None), STORED[f"{oracle}_quantiles"]) / w.size
    return np.max(np.abs(below - STORED["probabilities"]))


def allowed_gap(w, oracle):
    """Passed by chance once in 10⁶ pairs of samples of these sizes."""
    return np.sqrt(-np.log(1e-6 / 2) / 2 * (1 / w.size + 1 / STORED[f"{oracle}_count"]))


def test_every_initializer_has_an_oracle():
    named = {oracle.split("_", 2)[2] for oracle in ORACLES}
    assert named == set(SCALES) - {"zeros"}


@pytest.mark.parametrize("oracle", ORACLES)
def test_distributed_as_in_the_frameworks(oracle):
    _, layer, name = oracle.split("_", 2)
    w = drawn(name, tuple(STORED[layer]))
    assert largest_gap(w, oracle) < allowed_gap(w, oracle)
    # The standard error of a standard deviation is at most σ / √(2n): that of a normal.
    errors = 1 / (2 * w.size) + 1 / (2 * STORED[f"{oracle}_count"])
    assert np.std(w) == pytest.approx(STORED[f"{oracle}_std"], rel=5 * np.sqrt(errors))
    if name in UNIFORM:
        assert np.max(np.abs(w)) == pytest.approx(STORED[f"{oracle}_largest"], rel=1e-4)


@pytest.mark.parametrize(
    ("oracle", "other"),
    [
        ("torch_dense_he_normal", "he_truncated"),
        ("keras_dense_he_truncated", "he_normal"),
        ("torch_dense_he_normal", "he_uniform"),
        ("torch_dense_he_uniform", "lecun_uniform"),
        ("torch_dense_xavier_uniform", "lecun_uniform"),
        ("torch_dense_uniform_fan_in", "lecun_uniform"),
    ],
)
def test_another_distribution_would_be_seen(oracle, other):
    w = drawn(other, tuple(STORED["dense"]))
    assert largest_gap(w, oracle) > 3 * allowed_gap(w, oracle)


@every_notebook_init
def test_the_functions_of_the_notebook_are_draws_by_name(name):
    w = getattr(initializers, name)(7, 3, np.random.default_rng(5))
    np.testing.assert_array_equal(w, drawn(name, (7, 3), seed=5))


@pytest.mark.parametrize("name", SCALES)
@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (5, 1), (4, 3, 3, 2)])
def test_shape_type_and_chance(name, shape):
    w = drawn(name, shape)
    assert w.shape == shape
    assert w.dtype == np.float64
    np.testing.assert_array_equal(w, drawn(name, shape))
    assert name == "zeros" or not np.isin(w, drawn(name, shape, seed=1)).any()


@pytest.mark.parametrize("name", [name for name in SCALES if name not in UNIFORM])
def test_normals_have_no_bound_truncated_ones_have(name):
    w = drawn(name, (300, 400))
    if name == "zeros":
        assert not w.any()
    elif name.endswith("truncated"):
        std = np.sqrt(np.mean(w**2))
        assert np.max(np.abs(w)) == pytest.approx(2 / TRUNCATED_STD * std, rel=0.01)
        assert 1.8 < kurtosis(w) < 2.9
    else:
        assert kurtosis(w) == pytest.approx(3, abs=0.1)


@given(fan_in=sizes, fan_out=sizes, seed=seeds)
@pytest.mark.parametrize("name", UNIFORM)
def test_uniform_ones_stay_within_their_limit_and_come_near(name, fan_in, fan_out, seed):
    """The limit that gives the σ of the normal of that name, or 1 / √fan_in."""
    w = draw(name, (2000,), fan_in, fan_out, np.random.default_rng(seed))
    if name == "uniform_fan_in":
        limit = 1 / np.sqrt(fan_in)
    else:
        scale = SCALES[name.replace("uniform", "normal")][1]
        limit = np.sqrt(3) * scale(fan_in, fan_out)
    assert 0.98 * limit < np.max(np.abs(w)) <= limit * (1 + 1e-15)


@pytest.mark.parametrize("name", UNIFORM)
def test_uniform_ones_are_flat(name):
    assert kurtosis(drawn(name, (300, 400))) == pytest.approx(1.8, abs=0.02)


def test_the_truncated_std_is_that_of_the_cut_normal():
    z = np.linspace(-2, 2, 1_000_001)
    density = np.exp(-(z**2) / 2)
    assert np.sqrt(np.sum(z**2 * density) / np.sum(density)) == pytest.approx(
        TRUNCATED_STD, rel=1e-5
    )


@pytest.mark.parametrize("name", ["lecun_normal", "lecun_uniform", "lecun_truncated"])
def test_lecun_keeps_the_variance_of_a_sum(name):
    X = np.random.default_rng(1).normal(size=(1000, 300))
    assert np.var(X @ drawn(name, (300, 200))) == pytest.approx(1, rel=0.03)


@pytest.mark.parametrize("name", ["he_normal", "he_uniform", "he_truncated"])
def test_he_keeps_the_mean_square_behind_relu(name):
    X = np.random.default_rng(1).normal(size=(1000, 300))
    H = activations.relu(X @ drawn(name, (300, 200)))
    assert np.mean(H**2) == pytest.approx(1, rel=0.05)


@pytest.mark.parametrize("name", ["xavier_normal", "xavier_uniform", "xavier_truncated"])
def test_xavier_stands_between_forward_and_backward(name):
    """Variance fan_in · σ² forward and fan_out · σ² backward: they average 1."""
    fan_in, fan_out = 300, 100
    W = drawn(name, (fan_in, fan_out))
    rng = np.random.default_rng(1)
    forward = np.var(rng.normal(size=(1000, fan_in)) @ W)
    backward = np.var(rng.normal(size=(1000, fan_out)) @ W.T)
    assert forward == pytest.approx(2 * fan_in / (fan_in + fan_out), rel=0.05)
    assert (forward + backward) / 2 == pytest.approx(1, rel=0.05)


@given(fan_in=sizes, fan_out=sizes, value=st.floats(-10, 10))
def test_constant_is_constant(fan_in, fan_out, value):
    W = constant_init(fan_in, fan_out, value)
    assert W.shape == (fan_in, fan_out)
    assert W.dtype == np.float64
    assert (value == W).all()


@given(fan_in=sizes, fan_out=sizes, kh=sizes, kw=sizes)
def test_fans_count_connections(fan_in, fan_out, kh, kw):
    assert fans((fan_in, fan_out)) == (fan_in, fan_out)
    # A 1 × 1 convolution is a dense layer at each pixel, its matrix transposed.
    assert fans((fan_out, fan_in, 1, 1)) == (fan_in, fan_out)
    # What all outputs take in is the kernel, once; what all inputs give out likewise.
    into, out_of = fans((fan_out, fan_in, kh, kw))
    assert fan_out * into == fan_in * out_of == fan_out * fan_in * kh * kw
    # Along one axis it is as in an image of height 1.
    assert fans((fan_out, fan_in, kw)) == fans((fan_out, fan_in, 1, kw))


@given(n=st.integers(1, 5), k=st.integers(1, 6), copies=st.integers(0, 6), seed=seeds)
def test_distinct_units_counts_columns_once(n, k, copies, seed):
    rng = np.random.default_rng(seed)
    different = rng.normal(size=(n, k))
    columns = np.concatenate([np.arange(k), rng.integers(k, size=copies)])
    H = different[:, rng.permutation(columns)]
    assert distinct_units(H) == k
    assert distinct_units(H + rng.uniform(0, 1e-12, size=H.shape)) == k


def test_one_sample_is_enough_to_tell_units_apart_and_tol_is_the_measure():
    H = np.zeros((3, 4))
    H[1] = [0.0, 0.5e-9, 1e-3, 1.0]
    assert distinct_units(H) == 3
    assert distinct_units(H, tol=0.0) == 4
    assert distinct_units(H, tol=0.1) == 2
    assert distinct_units(H, tol=0.5) == 2
    assert distinct_units(H, tol=1.0) == 1
    assert distinct_units(np.ones((3, 4)), tol=0.0) == 1


def trained_hidden_layer(W1, W2, steps=20):
    """The activations of the hidden layer of a tanh network after steps of gradient descent."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(30, W1.shape[0])), rng.normal(size=(30, W2.shape[1]))
    for _ in range(steps):
        H = np.tanh(X @ W1)
        residual = (H @ W2 - y) / len(X)
        dH = residual @ W2.T
        W1, W2 = W1 - 0.5 * X.T @ (dH * (1 - H**2)), W2 - 0.5 * H.T @ residual
    return np.tanh(X @ W1)


@pytest.mark.parametrize("value", [0.0, 0.3])
def test_after_a_constant_start_all_units_stay_one(value):
    H = trained_hidden_layer(constant_init(4, 8, value), constant_init(8, 2, value))
    assert distinct_units(H) == 1
    assert value == 0 or np.ptp(H) > 0.1


def test_after_a_random_start_units_differ():
    H = trained_hidden_layer(drawn("xavier_normal", (4, 8)), drawn("xavier_normal", (8, 2)))
    assert distinct_units(H) == 8


def test_layer_std_goes_through_the_layers():
    rng = np.random.default_rng(2)
    X, W1, W2 = (rng.normal(size=shape) for shape in [(6, 4), (4, 3), (3, 1)])
    stds = layer_std(X, [W1, W2], np.tanh)
    H1 = np.tanh(X @ W1)
    assert stds == pytest.approx([H1.std(), np.tanh(H1 @ W2).std()])
    assert layer_std(X[:1], [W1[:, :1]], np.tanh) == [0.0]
    assert layer_std(X, [], np.tanh) == []


@pytest.mark.parametrize("activation", INIT_FOR)
def test_the_init_for_an_activation_keeps_its_signal_through_30_layers(activation):
    def strength(scheme):
        weights = [drawn(f"{scheme}_normal", (100, 100), seed) for seed in range(30)]
        X = np.random.default_rng(99).normal(size=(200, 100))
        stds = layer_std(X, weights, getattr(activations, activation))
        return stds[-1] / stds[0]

    assert 0.1 < strength(init_for(activation)) < 10


def test_the_classic_pairs():
    """Strength alone leaves a choice: in square layers Xavier is LeCun, and tanh bears He."""
    he, xavier = ("relu", "leaky_relu"), ("tanh", "sigmoid")
    assert {init_for(activation) for activation in he} == {"he"}
    assert {init_for(activation) for activation in xavier} == {"xavier"}
    assert init_for("selu") == "lecun"
    assert set(INIT_FOR) == {*he, *xavier, "selu"}


@pytest.mark.parametrize("scheme", ["lecun", "xavier"])
def test_relu_without_its_init_dies_out(scheme):
    """30 layers of half the variance: 2^-15."""
    weights = [drawn(f"{scheme}_normal", (100, 100), seed) for seed in range(30)]
    X = np.random.default_rng(99).normal(size=(200, 100))
    stds = layer_std(X, weights, activations.relu)
    assert stds[-1] / stds[0] < 1e-3


RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        (draw, ("he", (2, 2), 2, 2, RNG), "'he'; it must be one of .*uniform_fan_in.*lecun_unif"),
        (draw, ("he_normal", (2, 2), 0, 2, RNG), "fan_in is 0"),
        (initializers.xavier_normal, (2, -1, RNG), "fan_out is -1"),
        (initializers.lecun_normal, (float("nan"), 2, RNG), "fan_in is nan"),
        (constant_init, (0, 3, 1.0), "fan_in is 0"),
        (fans, ((3,),), r"shape is \(3,\)"),
        (fans, ((1, 2, 3, 4, 5),), r"shape is \(1, 2, 3, 4, 5\)"),
        (distinct_units, (np.ones(3),), r"H has shape \(3,\)"),
        (distinct_units, (np.ones((0, 3)),), r"H has shape \(0, 3\)"),
        (distinct_units, (np.full((2, 2), np.nan),), "H holds NaN in 4"),
        (distinct_units, (np.ones((2, 2)), -1.0), "tol is -1.0"),
        (layer_std, (np.ones(3), [], np.tanh), r"X has shape \(3,\)"),
        (layer_std, (np.ones((2, 3)), [np.ones(3)], np.tanh), r"weights\[0\] has shape \(3,\)"),
        (
            layer_std,
            (np.ones((2, 3)), [np.ones((3, 4)), np.ones((3, 4))], np.tanh),
            r"weights\[1\] has shape \(3, 4\); it needs 4 rows",
        ),
        (init_for, ("softmax",), "'softmax'; it must be one of relu, leaky_relu, tanh"),
    ],
)
def test_bad_input_is_named(function, arguments, message):
    with pytest.raises(ValueError, match=message):
        function(*arguments)
