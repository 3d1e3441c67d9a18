"""Activations: as PyTorch and Keras have them, and what must hold for each.

activations.npz is made by make_activations_fixtures.py; no framework is needed here.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from reference_impl.activations import (
    SELU_SCALE,
    binary_step,
    binary_step_grad,
    collapse_linear,
    dead_units,
    elu,
    elu_grad,
    gelu,
    gelu_grad,
    gelu_tanh,
    gelu_tanh_grad,
    leaky_relu,
    leaky_relu_grad,
    linear,
    linear_grad,
    maxout,
    maxout_backward,
    prelu,
    prelu_backward,
    relu,
    relu_grad,
    saturated_fraction,
    selu,
    selu_grad,
    sigmoid,
    sigmoid_grad,
    swish,
    swish_grad,
    tanh,
    tanh_grad,
)
from reference_impl.gradients import numerical_gradient, relative_error
from reference_impl.softmax import softmax, softmax_backward

FIXTURES = Path(__file__).parents[1] / "fixtures" / "activations.npz"

# name → (function, derivative, what follows z)
ELEMENTWISE = {
    "binary_step": (binary_step, binary_step_grad, ()),
    "linear": (linear, linear_grad, (-2.5,)),
    "sigmoid": (sigmoid, sigmoid_grad, ()),
    "tanh": (tanh, tanh_grad, ()),
    "relu": (relu, relu_grad, ()),
    "leaky_relu": (leaky_relu, leaky_relu_grad, (0.2,)),
    "elu": (elu, elu_grad, (0.7,)),
    "selu": (selu, selu_grad, ()),
    "swish": (swish, swish_grad, ()),
    "gelu": (gelu, gelu_grad, ()),
}
every_activation = pytest.mark.parametrize(
    ("function", "grad", "extra"), ELEMENTWISE.values(), ids=ELEMENTWISE.keys()
)

reals = st.floats(-1000, 1000)
seeds = st.integers(0, 2**32 - 1)


def arrays(*shape):
    """Arrays of numbers from -1000 to 1000; a size may be given as a strategy."""
    shapes = st.tuples(*(s if isinstance(s, st.SearchStrategy) else st.just(s) for s in shape))
    return shapes.flatmap(lambda s: hnp.arrays(np.float64, s, elements=reals))


few = st.integers(1, 5)


@pytest.fixture(scope="module")
def stored():
    with np.load(FIXTURES) as file:
        return dict(file)


def test_the_stored_z_reach_from_the_smallest_number_to_1000(stored):
    size = np.abs(stored["z"])
    assert size.max() == 1000
    assert (size == 0).any()
    assert 0 < size[size > 0].min() < 1e-300


@pytest.mark.parametrize(
    ("oracle", "name", "extra"),
    [
        ("torch_linear", "linear", ("a",)),
        ("torch_sigmoid", "sigmoid", ()),
        ("torch_tanh", "tanh", ()),
        ("torch_relu", "relu", ()),
        ("torch_leaky_relu", "leaky_relu", ()),
        ("torch_leaky_relu_slope", "leaky_relu", ("slope",)),
        ("torch_elu", "elu", ()),
        ("torch_elu_alpha", "elu", ("alpha",)),
        ("torch_selu", "selu", ()),
        ("torch_swish", "swish", ()),
        ("keras_sigmoid", "sigmoid", ()),
        ("keras_tanh", "tanh", ()),
        ("keras_relu", "relu", ()),
        ("keras_leaky_relu_layer", "leaky_relu", ("keras_layer_slope",)),
        ("keras_leaky_relu_function", "leaky_relu", ("keras_function_slope",)),
        ("keras_elu", "elu", ()),
        ("keras_elu_alpha", "elu", ("alpha",)),
        ("keras_selu", "selu", ()),
        ("keras_swish", "swish", ()),
    ],
)
def test_values_and_derivatives_are_the_frameworks(stored, oracle, name, extra):
    function, grad, _ = ELEMENTWISE[name]
    arguments = [float(stored[argument]) for argument in extra]
    z = stored["z"]
    # At -745 their e^z is already 0, ours the smallest number there is.
    np.testing.assert_allclose(function(z, *arguments), stored[oracle], rtol=1e-13, atol=1e-320)
    # Theirs have 1 - σ, with the rounding of numbers near 1.
    np.testing.assert_allclose(
        grad(z, *arguments), stored[f"{oracle}_grad"], rtol=1e-12, atol=1e-15
    )


@pytest.mark.parametrize(
    ("form", "function", "grad"),
    [("exact", gelu, gelu_grad), ("tanh", gelu_tanh, gelu_tanh_grad)],
    ids=["exact", "tanh"],
)
@pytest.mark.parametrize("framework", ["torch", "keras"])
def test_gelu_is_the_frameworks_in_both_forms(stored, framework, form, function, grad):
    """Where z is far below 0 theirs are 1 + erf or 1 + tanh of z: what is left is rounding."""
    z, stem = stored["z"], f"{framework}_gelu_{form}"
    size = np.maximum(np.abs(z), 1)
    assert (np.abs(function(z) - stored[stem]) <= 1e-15 * size).all()
    assert (np.abs(grad(z) - stored[f"{stem}_grad"]) <= 4e-15 * size).all()


def test_gelu_keeps_its_digits_far_below_zero():
    """Φ(-10) = 7.619853024160527e-24, where 1 + erf would be 0."""
    assert gelu(-10.0) == pytest.approx(-7.619853024160525e-23, rel=1e-13)


def test_the_approximation_of_gelu_is_within_half_a_thousandth():
    z = np.linspace(-8, 8, 16_001)
    gap = np.abs(gelu(z) - gelu_tanh(z))
    assert 4e-4 < gap.max() < 5e-4


def test_the_derivative_of_the_approximation_is_its_own():
    z = np.linspace(-5, 5, 40)
    numerical = numerical_gradient(lambda z: float(np.sum(gelu_tanh(z))), z)
    np.testing.assert_allclose(gelu_tanh_grad(z), numerical, atol=1e-9)
    with np.errstate(all="raise", under="ignore"):
        assert np.isfinite(gelu_tanh(np.array([-1000.0, 1000.0]))).all()


def test_binary_step_is_torch_heaviside_that_is_1_at_0(stored):
    np.testing.assert_array_equal(binary_step(stored["z"]), stored["torch_binary_step"])
    assert binary_step(0.0) == 1


@pytest.mark.parametrize("framework", ["torch", "keras"])
def test_prelu_and_its_slope_are_the_frameworks(stored, framework):
    z, a = stored["z"], float(stored["slope"])
    np.testing.assert_allclose(prelu(z, a), stored[f"{framework}_prelu"], rtol=1e-15)
    dz, da = prelu_backward(z, a, stored["dout"])
    theirs = stored[f"{framework}_prelu_dz"]
    if framework == "keras":  # It computes relu(z) - a relu(-z), whose derivative at 0 is 0.
        assert not theirs[z == 0].any()
        theirs = np.where(z == 0, dz, theirs)
    np.testing.assert_allclose(dz, theirs, rtol=1e-15)
    assert da == pytest.approx(stored[f"{framework}_prelu_da"].item(), rel=1e-13)


@pytest.mark.parametrize("framework", ["torch", "keras"])
def test_softmax_and_its_gradient_are_the_frameworks(stored, framework):
    P = softmax(stored["Z"])
    np.testing.assert_allclose(P, stored[f"{framework}_softmax"], rtol=1e-13)
    dZ = softmax_backward(P, stored["dP"])
    np.testing.assert_allclose(dZ, stored[f"{framework}_softmax_dZ"], rtol=1e-12, atol=1e-16)


def test_maxout_and_its_gradients_are_torch(stored):
    names = ("X", "W1", "b1", "W2", "b2")
    layer = [stored[f"maxout_{name}"] for name in names]
    np.testing.assert_allclose(maxout(*layer), stored["torch_maxout"], rtol=1e-13)
    for name, gradient in zip(names, maxout_backward(stored["maxout_dout"], *layer), strict=True):
        np.testing.assert_allclose(gradient, stored[f"torch_maxout_d{name}"], rtol=1e-12)


@every_activation
@pytest.mark.parametrize("shape", [(), (1,), (0,), (4,), (2, 3), (3, 1, 2)])
def test_any_shape_is_kept_and_z_as_it_was(function, grad, extra, shape):
    z = np.random.default_rng(0).normal(size=shape)
    before = z.copy() if shape else z
    for f in (function, grad):
        out = f(z, *extra)
        assert np.shape(out) == shape
        assert np.asarray(out).dtype == np.float64
        assert not shape or not np.shares_memory(out, z)
    np.testing.assert_array_equal(z, before)


@every_activation
@given(z=arrays(few, few))
def test_each_number_is_treated_alone(function, grad, extra, z):
    for f in (function, grad):
        alone = [[float(f(value, *extra)) for value in row] for row in z]
        np.testing.assert_allclose(f(z, *extra), alone, rtol=1e-14, atol=0)


def test_a_gradient_is_not_stretched():
    with pytest.raises(ValueError, match=r"dout has shape \(\); it needs \(2,\), as z"):
        prelu_backward(np.ones(2), 0.1, 1.0)


@every_activation
def test_nothing_overflows(stored, function, grad, extra):
    with np.errstate(all="raise", under="ignore"):
        for f in (function, grad):
            assert np.isfinite(f(stored["z"], *extra)).all()


@every_activation
def test_the_derivative_is_that_of_the_function(function, grad, extra):
    """Away from the kink, from -1.278 and -0.752, where swish' and GELU' are 0, and from where the
    differences of GELU are hardly more than the rounding of a sum."""
    z = np.linspace(-3, 5, 40)
    numerical = numerical_gradient(lambda z: float(np.sum(function(z, *extra))), z)
    assert relative_error(grad(z, *extra), numerical) < 1e-6


@every_activation
def test_a_nan_is_not_hidden(function, grad, extra):
    assert np.isnan(function(np.array([np.nan, 1.0]), *extra)).tolist() == [True, False]


@given(z=arrays(few))
def test_sigmoid_and_its_relatives(z):
    np.testing.assert_allclose(sigmoid(z) + sigmoid(-z), 1, rtol=1e-15)
    np.testing.assert_allclose(tanh(z), 2 * sigmoid(2 * z) - 1, atol=1e-15)
    np.testing.assert_allclose(swish(z) - swish(-z), z, rtol=1e-14, atol=1e-300)
    np.testing.assert_array_equal(sigmoid_grad(z), sigmoid_grad(-z))
    assert ((sigmoid(z) >= 0) & (sigmoid(z) <= 1)).all()


@given(z=arrays(few))
def test_the_relatives_of_relu(z):
    np.testing.assert_array_equal(leaky_relu(z, 0.0), relu(z))
    np.testing.assert_array_equal(elu(z, 0.0), relu(z))
    np.testing.assert_array_equal(leaky_relu(z, 1.0), linear(z, 1.0))
    np.testing.assert_array_equal(prelu(z, 0.3), leaky_relu(z, 0.3))
    np.testing.assert_array_equal(relu(z) - relu(-z), z)


@pytest.mark.parametrize("z", [-1.0, -30.0, -700.0])
def test_small_values_keep_all_their_digits(z):
    """1 / (1 + e^-z) is within rounding; 1 - 1 / (1 + e^z) would be 0 from -37 on."""
    exp = np.exp(z)
    assert sigmoid(z) == pytest.approx(exp / (1 + exp), rel=1e-15)
    assert sigmoid_grad(-z) == pytest.approx(exp / (1 + exp) ** 2, rel=1e-15)


def test_mean_0_and_variance_1_are_the_fixed_point_of_selu():
    z = np.linspace(-12, 12, 200_001)
    density = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    dz = z[1] - z[0]
    assert np.sum(selu(z) * density) * dz == pytest.approx(0, abs=1e-8)
    assert np.sum(selu(z) ** 2 * density) * dz == pytest.approx(1, rel=1e-8)
    assert selu_grad(1.0) == SELU_SCALE


@pytest.mark.parametrize("shape", [(1,), (7,), (4, 3)])
def test_prelu_backward_is_the_gradient_in_both(shape):
    rng = np.random.default_rng(1)
    z, dout, a = rng.normal(size=shape), rng.normal(size=shape), np.array(0.25)
    dz, da = prelu_backward(z, 0.25, dout)
    assert relative_error(dz, numerical_gradient(lambda z: np.sum(dout * prelu(z, a)), z)) < 1e-6
    assert relative_error(da, numerical_gradient(lambda a: np.sum(dout * prelu(z, a)), a)) < 1e-6


@given(Z=arrays(few, few), shift=reals)
def test_softmax_gives_probabilities_that_a_shift_leaves(Z, shift):
    with np.errstate(all="raise", under="ignore"):
        P = softmax(Z)
    assert (P >= 0).all()
    np.testing.assert_allclose(P.sum(axis=1), 1, rtol=1e-14)
    np.testing.assert_allclose(softmax(Z + shift), P, rtol=1e-9, atol=1e-300)
    assert (P[np.arange(len(Z)), Z.argmax(axis=1)] == P.max(axis=1)).all()


@given(z=arrays(few))
def test_softmax_of_two_is_the_sigmoid(z):
    Z = np.stack([z, np.zeros_like(z)], axis=1)
    np.testing.assert_allclose(softmax(Z)[:, 0], sigmoid(z), rtol=1e-14, atol=0)


@pytest.mark.parametrize("shape", [(1, 1), (1, 4), (3, 1), (5, 3)])
def test_softmax_backward_is_the_gradient(shape):
    rng = np.random.default_rng(2)
    Z, dP = rng.normal(size=shape), rng.normal(size=shape)
    dZ = softmax_backward(softmax(Z), dP)
    numerical = numerical_gradient(lambda Z: float(np.sum(dP * softmax(Z))), Z)
    # A single class has probability 1 whatever its logit: two zeros but for rounding.
    assert relative_error(dZ + 1, numerical + 1) < 1e-9
    assert shape[1] == 1 or relative_error(dZ, numerical) < 1e-6


def maxout_layer(n, d, units, seed):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=shape) for shape in ((n, d), (d, units), units, (d, units), units)]


@given(n=few, d=few, units=few, seed=seeds)
def test_maxout_is_relu_and_the_absolute_value(n, d, units, seed):
    X, W, b, *_ = maxout_layer(n, d, units, seed)
    np.testing.assert_array_equal(maxout(X, W, b, 0 * W, 0 * b), relu(X @ W + b))
    np.testing.assert_allclose(maxout(X, W, b, -W, -b), np.abs(X @ W + b), rtol=1e-12)


@pytest.mark.parametrize(("n", "d", "units"), [(1, 1, 1), (1, 3, 2), (4, 2, 1), (5, 3, 4)])
def test_maxout_backward_is_the_gradient_in_all_five(n, d, units):
    layer = maxout_layer(n, d, units, seed=3)
    dout = np.random.default_rng(4).normal(size=(n, units))
    before = [value.copy() for value in (dout, *layer)]
    gradients = maxout_backward(dout, *layer)
    for i, gradient in enumerate(gradients):

        def loss(value, i=i):
            return float(np.sum(dout * maxout(*layer[:i], value, *layer[i + 1 :])))

        assert relative_error(gradient, numerical_gradient(loss, layer[i])) < 1e-6
    for value, as_it_was in zip((dout, *layer), before, strict=True):
        np.testing.assert_array_equal(value, as_it_was)


def test_at_a_tie_the_first_piece_of_maxout_has_the_whole_gradient():
    X, W, b, *_ = maxout_layer(3, 2, 4, seed=5)
    dout = np.ones((3, 4))
    dX, dW1, db1, dW2, db2 = maxout_backward(dout, X, W, b, W, b)
    np.testing.assert_allclose(dX, dout @ W.T)
    np.testing.assert_allclose(dW1, X.T @ dout)
    assert (db1 == 3).all()
    assert not dW2.any()
    assert not db2.any()


@given(sizes=st.tuples(few, few, few, few, few), seed=seeds)
def test_one_matrix_does_what_three_linear_layers_do(sizes, seed):
    rng = np.random.default_rng(seed)
    X, W1, W2, W3 = (rng.normal(size=shape) for shape in pairwise(sizes))
    W = collapse_linear(W1, W2, W3)
    assert W.shape == (sizes[1], sizes[4])
    np.testing.assert_allclose(X @ W, X @ W1 @ W2 @ W3, rtol=1e-9, atol=1e-12)


@given(z=arrays(few, few), limit=st.floats(0, 1000))
def test_saturated_is_beyond_the_limit_on_either_side(z, limit):
    expected = sum(abs(value) > limit for value in z.ravel()) / z.size
    assert saturated_fraction(z, limit) == pytest.approx(expected)
    assert saturated_fraction(-z, limit) == saturated_fraction(z, limit)


def test_the_limit_of_saturation_is_3_and_not_beyond_itself():
    assert saturated_fraction(np.array([3.0, -3.0, np.nextafter(3.0, 4), -4.0])) == 0.5


@given(n=few, units=few, seed=seeds)
def test_dead_units_are_those_that_no_gradient_reaches(n, units, seed):
    rng = np.random.default_rng(seed)
    Z = rng.normal(size=(n, units)) + rng.choice([-9, 0], size=units)
    dead = dead_units(Z)
    assert dead.dtype == bool
    np.testing.assert_array_equal(dead, relu_grad(Z).sum(axis=0) == 0)
    np.testing.assert_array_equal(dead, relu(Z).max(axis=0) == 0)


def test_a_unit_that_is_0_at_best_is_dead():
    assert dead_units(np.array([[0.0, 0.0, -1.0], [-1.0, 1e-9, -1.0]])).tolist() == [
        True,
        False,
        True,
    ]


X, W, B = np.ones((4, 3)), np.ones((3, 2)), np.ones(2)
NAN = np.array([[1.0, np.nan]])


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        (softmax, (np.ones(3),), r"Z has shape \(3,\)"),
        (softmax_backward, (np.ones(3), np.ones(3)), r"P has shape \(3,\)"),
        (softmax_backward, (np.ones((2, 3)), np.ones((2, 1))), r"dP has shape \(2, 1\)"),
        (prelu, (X, np.ones(3)), r"a has shape \(3,\)"),
        (prelu_backward, (X, np.ones(3), X), r"a has shape \(3,\)"),
        (prelu_backward, (X, 0.1, np.ones((4, 1))), r"dout has shape \(4, 1\)"),
        (maxout, (np.ones(3), W, B, W, B), r"X has shape \(3,\)"),
        (maxout, (X, B, B, W, B), r"W1 has shape \(2,\)"),
        (maxout, (X, W.T, B, W, B), r"W1 has shape \(2, 3\)"),
        (maxout, (X, W, np.ones(3), W, B), r"b1 has shape \(3,\)"),
        (maxout, (X, W, B, W[:, :1], B), r"W2 has shape \(3, 1\)"),
        (maxout, (X, W, B, W, np.ones((1, 2))), r"b2 has shape \(1, 2\)"),
        (maxout_backward, (np.ones((4, 3)), X, W, B, W, B), r"dout has shape \(4, 3\)"),
        (maxout_backward, (np.ones((4, 2)), X, W.T, B, W, B), r"W1 has shape \(2, 3\)"),
        (collapse_linear, (W, W, W), r"W2 has shape \(3, 2\)"),
        (collapse_linear, (W, W.T, W.T), r"W3 has shape \(2, 3\)"),
        (collapse_linear, (B, W, W), r"W1 has shape \(2,\)"),
        (saturated_fraction, (np.ones(0),), "z has shape"),
        (saturated_fraction, (NAN,), "z holds NaN in 1"),
        (saturated_fraction, (X, -1.0), "limit is -1.0"),
        (dead_units, (np.ones(3),), r"Z has shape \(3,\)"),
        (dead_units, (np.ones((0, 3)),), r"Z has shape \(0, 3\)"),
        (dead_units, (NAN,), "Z holds NaN in 1"),
    ],
)
def test_bad_input_is_named(function, arguments, message):
    with pytest.raises(ValueError, match=message):
        function(*arguments)
