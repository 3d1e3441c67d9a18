"""Pooling and flattening: textbook form, layer form, PyTorch and Keras.

convolution.npz is made by make_convolution_fixtures.py; no framework is needed here.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from layer_checks import (
    alone,
    check_batches_stay_apart,
    check_float32,
    check_gradients,
    clear_of_kinks,
    error,
)

from reference_impl.gradients import numerical_gradient
from reference_impl.layers.flatten import Flatten
from reference_impl.layers.pooling import (
    AvgPool1D,
    AvgPool2D,
    GlobalAvgPool,
    MaxPool1D,
    MaxPool2D,
    avg_pool2d,
    avg_pool2d_backward,
    global_avg_pool,
    global_avg_pool_backward,
    max_pool2d,
    max_pool2d_backward,
)
from reference_impl.network import Network

FIXTURES = Path(__file__).parents[1] / "fixtures" / "convolution.npz"
POOLS = [MaxPool2D, AvgPool2D, MaxPool1D, AvgPool1D]
SIZED = {
    "max": (max_pool2d, max_pool2d_backward, MaxPool2D, MaxPool1D),
    "avg": (avg_pool2d, avg_pool2d_backward, AvgPool2D, AvgPool1D),
}

seeds = st.integers(0, 99)
few = settings(max_examples=25)


@st.composite
def poolings(draw):
    """(n, channels, height, width) and the size of a pool, dividing them or not."""
    size = draw(st.integers(1, 3))
    n, channels = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    return (n, channels, *(size + draw(st.integers(0, 4)) for _ in range(2))), size


def for_layer(make, shape):
    """Samples of that shape as the layer wants them: without a height for some."""
    return shape[1:] if make in (MaxPool2D, AvgPool2D) else (shape[1], shape[3])


@pytest.fixture(scope="module")
def stored():
    with np.load(FIXTURES) as file:
        return dict(file)


def squares(X, size):
    """Each square of each channel, with the index it is pooled to."""
    n, channels, height, width = X.shape
    for index in np.ndindex(n, channels, height // size, width // size):
        *image, y, x = index
        yield (
            index,
            X[(*image, slice(size * y, size * y + size), slice(size * x, size * x + size))],
        )


@few
@given(case=poolings(), seed=seeds)
def test_textbook_forms_are_the_definition(case, seed):
    shape, size = case
    X = np.random.default_rng(seed).normal(size=shape)
    largest, mean = max_pool2d(X, size), avg_pool2d(X, size)
    wanted = (*shape[:2], shape[2] // size, shape[3] // size)
    assert largest.shape == mean.shape == wanted
    for index, square in squares(X, size):
        assert largest[index] == square.max()
        assert mean[index] == pytest.approx(square.mean(), rel=1e-12, abs=1e-14)
    for n, channel in np.ndindex(shape[:2]):
        everything = X[n, channel].mean()
        assert global_avg_pool(X)[n, channel] == pytest.approx(everything, rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("kind", ["max", "avg", "global"])
@settings(max_examples=10)
@given(case=poolings(), seed=seeds)
def test_textbook_gradients(kind, case, seed):
    shape, size = case
    pool, backward, arguments = (
        (*SIZED[kind][:2], (size,))
        if kind in SIZED
        else (global_avg_pool, global_avg_pool_backward, ())
    )
    rng = np.random.default_rng(seed)
    X = clear_of_kinks(rng.normal(size=shape))
    dout = rng.normal(size=pool(X, *arguments).shape)
    kept = X.copy(), dout.copy()
    dX = backward(dout, X, *arguments)
    np.testing.assert_array_equal(X, kept[0])
    np.testing.assert_array_equal(dout, kept[1])
    wanted = numerical_gradient(lambda X: float(np.sum(pool(X, *arguments) * dout)), X)
    assert error(dX, wanted) < 1e-6


@pytest.mark.parametrize("make", POOLS)
@settings(max_examples=15)
@given(case=poolings(), seed=seeds)
def test_gradients(make, case, seed):
    shape, size = case
    check_gradients(lambda: make(size), for_layer(make, shape), shape[0], seed)


@pytest.mark.parametrize("make", [GlobalAvgPool, Flatten])
@pytest.mark.parametrize("axes", [2, 3])
@settings(max_examples=10)
@given(case=poolings(), seed=seeds)
def test_gradients_without_a_size(make, axes, case, seed):
    shape, _ = case
    check_gradients(make, shape[1 : axes + 1], shape[0], seed)


@pytest.mark.parametrize("make", POOLS)
@few
@given(case=poolings())
def test_float32_and_batches_apart(make, case):
    shape, size = case
    check_float32(lambda: make(size), for_layer(make, shape), shape[0])
    check_batches_stay_apart(lambda: make(size), for_layer(make, shape), shape[0])


@pytest.mark.parametrize("make", [GlobalAvgPool, Flatten])
@few
@given(case=poolings())
def test_float32_and_batches_apart_without_a_size(make, case):
    shape, _ = case
    check_float32(make, shape[1:], shape[0])
    check_batches_stay_apart(make, shape[1:], shape[0])


@pytest.mark.parametrize("kind", ["max", "avg"])
@few
@given(case=poolings(), values=st.sampled_from([2, 3, 1000]), seed=seeds)
def test_both_forms_agree(kind, case, values, seed):
    """Few values: a maximum then often occurs twice, and the first one gets the gradient."""
    shape, size = case
    pool, backward, make, _ = SIZED[kind]
    rng = np.random.default_rng(seed)
    X = rng.integers(values, size=shape).astype(np.float64)
    network = alone(make(size), shape[1:])
    Y = network.forward(X, training=True)
    np.testing.assert_allclose(Y, pool(X, size), rtol=1e-12)
    dout = rng.normal(size=Y.shape)
    dX = network.backward(dout.copy(), need_dx=True)
    np.testing.assert_allclose(dX, backward(dout, X, size), rtol=1e-12)


@few
@given(case=poolings(), seed=seeds)
def test_both_forms_agree_over_a_whole_channel(case, seed):
    shape, _ = case
    rng = np.random.default_rng(seed)
    X, dout = rng.normal(size=shape), rng.normal(size=shape[:2])
    network = alone(GlobalAvgPool(), shape[1:])
    Y = network.forward(X, training=True)
    np.testing.assert_allclose(Y, global_avg_pool(X), rtol=1e-12, atol=1e-14)
    dX = network.backward(dout.copy(), need_dx=True)
    np.testing.assert_allclose(dX, global_avg_pool_backward(dout, X), rtol=1e-12)


@few
@given(case=poolings(), seed=seeds)
def test_of_equals_the_first_gets_the_gradient(case, seed):
    (n, channels, height, width), size = case
    X = np.full((n, channels, height, width), float(seed))
    dX = max_pool2d_backward(max_pool2d(X, size) * 0 + 1, X, size)
    assert dX.sum() == n * channels * (height // size) * (width // size)
    for _, square in squares(dX, size):
        assert square[0, 0] == 1


@pytest.mark.parametrize("make", [*POOLS, GlobalAvgPool, Flatten])
@few
@given(case=poolings(), seed=seeds)
def test_the_gradient_lies_in_memory_as_the_input(make, case, seed):
    shape, size = case
    sample = for_layer(make, shape)
    layer = make(size) if make in POOLS else make()
    network = alone(layer, sample)
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(shape[0], *sample))
    laid_x = np.moveaxis(np.moveaxis(x, 0, -1).copy(), -1, 0)
    y = network.forward(x, training=True)
    dy = rng.normal(size=y.shape)
    dx = network.backward(dy.copy(), need_dx=True)
    np.testing.assert_allclose(network.forward(laid_x, training=True), y, rtol=1e-12, atol=1e-14)
    laid_dx = network.backward(dy, need_dx=True)
    np.testing.assert_array_equal(laid_dx, dx)
    assert np.moveaxis(laid_dx, 0, -1).flags.c_contiguous


@pytest.mark.parametrize("framework", ["torch", "keras"])
@pytest.mark.parametrize("name", ["even", "odd", "even_1d", "odd_1d"])
@pytest.mark.parametrize("kind", ["max", "avg", "global"])
def test_layers_are_those_of_the_frameworks(stored, kind, name, framework):
    case = f"{kind}/{name}"
    x, dy, size = stored[f"{case}/x"], stored[f"{case}/dy"], int(stored[f"{case}/size"])
    layer = SIZED[kind][2 + (x.ndim == 3)](size) if kind in SIZED else GlobalAvgPool()
    # Keras takes means of whole channels in float32, whatever it is given.
    rtol = 1e-6 if (kind, framework) == ("global", "keras") else 1e-12
    network = alone(layer, x.shape[1:])
    y = network.forward(x, training=True)
    np.testing.assert_allclose(y, stored[f"{case}/{framework}/y"], rtol=rtol)
    dx = network.backward(dy.copy(), need_dx=True)
    np.testing.assert_allclose(dx, stored[f"{case}/{framework}/dx"], rtol=rtol)


def test_the_stored_maxima_are_often_there_twice(stored):
    X, size = stored["max/even/x"], int(stored["max/even/size"])
    ties = [np.sum(square == square.max()) > 1 for _, square in squares(X, size)]
    assert np.mean(ties) > 0.2


@given(shape=st.lists(st.integers(1, 4), min_size=1, max_size=4), n=st.integers(1, 3))
def test_flatten_keeps_the_order_of_a_sample(shape, n):
    x = np.arange(n * np.prod(shape), dtype=np.float64).reshape(n, *shape)
    y = alone(Flatten(), tuple(shape)).forward(x)
    for row, sample in zip(y, x, strict=True):
        np.testing.assert_array_equal(row, sample.ravel())


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        (max_pool2d, (np.ones((2, 4, 4)), 2), r"X has shape \(2, 4, 4\)"),
        (avg_pool2d, (np.ones((2, 4, 4)), 2), r"X has shape \(2, 4, 4\)"),
        (global_avg_pool, (np.ones((2, 4, 4)),), r"X has shape \(2, 4, 4\)"),
        (max_pool2d, (np.ones((1, 1, 4, 4)), 0), "size is 0"),
        (avg_pool2d, (np.ones((1, 1, 4, 2)), 3), "size is 3; .* only 2"),
        (
            max_pool2d_backward,
            (np.ones((1, 1, 2, 1)), np.ones((1, 1, 4, 4)), 2),
            "dout has shape .* needs",
        ),
        (
            avg_pool2d_backward,
            (np.ones((1, 1, 4, 4)), np.ones((1, 1, 4, 4)), 2),
            "dout has shape .* needs",
        ),
        (
            global_avg_pool_backward,
            (np.ones((1, 2)), np.ones((1, 1, 4, 4))),
            "dout has shape .* needs",
        ),
    ],
)
def test_what_does_not_fit(function, arguments, message):
    with pytest.raises(ValueError, match=message):
        function(*arguments)


@pytest.mark.parametrize("make", POOLS)
def test_a_pool_needs_a_size(make):
    with pytest.raises(ValueError, match="size is 0"):
        make(0)


@pytest.mark.parametrize(
    ("layer", "shape", "message"),
    [
        (MaxPool2D(2), (3, 4), r"MaxPool2D\(2\) needs .*\(channels, height, width\)"),
        (AvgPool1D(2), (3, 4, 4), r"AvgPool1D\(2\) needs .*\(channels, length\)"),
        (MaxPool2D(3), (1, 4, 2), "size is 3; .* only 2"),
        (GlobalAvgPool(), (3,), r"GlobalAvgPool\(\) needs .*\(channels, …\)"),
    ],
)
def test_layers_refuse_samples_that_do_not_fit(layer, shape, message):
    with pytest.raises(ValueError, match=message):
        Network([layer], shape, np.random.default_rng(0))
