"""The dense layer: textbook form, layer form, and the two against each other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from layer_checks import alone, check_float32, check_gradients

from reference_impl.layers.dense import Dense, dense_backward, dense_forward
from reference_impl.network import Network

sizes = st.integers(1, 6)


@given(n=sizes, fan_in=sizes, units=sizes, bias=st.booleans(), seed=st.integers(0, 99))
def test_gradients(n, fan_in, units, bias, seed):
    check_gradients(lambda: Dense(units, bias=bias), (fan_in,), n, seed)


@given(n=sizes, fan_in=sizes, units=sizes)
def test_float32(n, fan_in, units):
    check_float32(lambda: Dense(units), (fan_in,), n)


@given(n=sizes, fan_in=sizes, units=sizes, seed=st.integers(0, 99))
def test_both_forms_agree(n, fan_in, units, seed):
    rng = np.random.default_rng(seed)
    layer = Dense(units)
    network = alone(layer, (fan_in,), seed)
    X, dZ = rng.normal(size=(n, fan_in)), rng.normal(size=(n, units))
    np.testing.assert_allclose(
        network.forward(X, training=True), dense_forward(X, layer.W, layer.b), rtol=1e-12
    )
    dX, dW, db = dense_backward(dZ, X, layer.W)
    np.testing.assert_allclose(network.backward(dZ.copy(), need_dx=True), dX, rtol=1e-12)
    np.testing.assert_allclose(layer.dW, dW, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(layer.db, db, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("X", "W", "b", "message"),
    [
        ((3,), (3, 2), (2,), r"X has shape \(3,\)"),
        ((4, 3), (3,), (2,), r"W has shape \(3,\)"),
        ((4, 3), (2, 2), (2,), "W has shape .* needs 3 rows"),
        ((4, 3), (3, 2), (2, 1), r"b has shape \(2, 1\)"),
    ],
)
def test_shapes_that_do_not_fit(X, W, b, message):
    with pytest.raises(ValueError, match=message):
        dense_forward(np.ones(X), np.ones(W), np.ones(b))


def test_backward_refuses_a_gradient_of_another_shape():
    with pytest.raises(ValueError, match="dZ has shape"):
        dense_backward(np.ones((4, 3)), np.ones((4, 3)), np.ones((3, 2)))


def test_images_have_to_be_flattened_first():
    with pytest.raises(ValueError, match="Flatten first"):
        Network([Dense(3)], (1, 4, 4), np.random.default_rng(0))


@pytest.mark.parametrize("argument", [{"units": 0}, {"units": -1}])
def test_a_layer_needs_units(argument):
    with pytest.raises(ValueError, match="units"):
        Dense(**argument)


def test_an_initializer_that_is_not_there():
    with pytest.raises(ValueError, match="he_nromal"):
        Network([Dense(3, init="he_nromal")], (2,), np.random.default_rng(0))
