"""Convolution: textbook form, layer form, PyTorch and Keras.

convolution.npz is made by make_convolution_fixtures.py; no framework is needed here.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from layer_checks import alone, check_batches_stay_apart, check_float32, check_gradients, error

from reference_impl.gradients import numerical_gradient
from reference_impl.layers import convolution
from reference_impl.layers.activation import ReLU
from reference_impl.layers.convolution import Conv1D, Conv2D, conv2d, conv2d_backward
from reference_impl.layers.dense import Dense
from reference_impl.layers.flatten import Flatten
from reference_impl.layers.pooling import GlobalAvgPool, MaxPool1D, MaxPool2D
from reference_impl.network import Network

FIXTURES = Path(__file__).parents[1] / "fixtures" / "convolution.npz"
CONVOLUTIONS = ["plain", "padded", "strided", "strided_padded", "one_by_one"]
CONVOLUTIONS_1D = [f"{name}_1d" for name in CONVOLUTIONS[:-1]]
# Keras pads only so much that the size stays.
ORACLES = [
    (name, framework)
    for name in CONVOLUTIONS + CONVOLUTIONS_1D
    for framework in ("torch", "keras")
    if framework == "torch" or not name.startswith("strided_padded")
]

seeds = st.integers(0, 99)
few = settings(max_examples=25)


@st.composite
def convolutions(draw):
    """(n, channels, height, width), channels of the output, kernel, stride, pad: all that fit."""
    n, channels, channels_out = (draw(st.integers(1, 3)) for _ in range(3))
    kernel = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    stride, pad = draw(st.integers(1, 3)), draw(st.integers(0, 2))
    height, width = (max(1, k - 2 * pad) + draw(st.integers(0, 4)) for k in kernel)
    return (n, channels, height, width), channels_out, kernel, stride, pad


def first_row(case):
    """The same along one axis: no height."""
    (n, channels, _, width), channels_out, (_, k), stride, pad = case
    return (n, channels, width), channels_out, k, stride, pad


@pytest.fixture(scope="module")
def stored():
    with np.load(FIXTURES) as file:
        return dict(file)


def arrays(case, seed):
    """X, W, b, and a gradient of the output."""
    shape, channels, kernel, stride, pad = case
    rng = np.random.default_rng(seed)
    X = rng.normal(size=shape)
    W, b = rng.normal(size=(channels, shape[1], *kernel)), rng.normal(size=channels)
    return X, W, b, rng.normal(size=conv2d(X, W, b, stride, pad).shape)


@pytest.mark.parametrize("dtype", [np.float32, np.int64, np.uint8])
def test_the_biases_do_not_decide_about_the_type(dtype):
    X, W, _, _ = arrays(((2, 2, 5, 4), 3, (3, 2), 1, 0), 0)
    b = np.array([1, 0, 2])
    Y = conv2d(X, W, b.astype(dtype))
    np.testing.assert_array_equal(Y, conv2d(X, W, b.astype(float)))
    assert Y.dtype == np.float64


def by_definition(X, W, b, stride, pad):
    """Y, an element at a time."""
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    kh, kw = W.shape[2:]
    height, width = ((P.shape[2] - kh) // stride + 1, (P.shape[3] - kw) // stride + 1)
    Y = np.empty((len(X), len(W), height, width))
    for n, o, y, x in np.ndindex(Y.shape):
        seen = P[n, :, stride * y : stride * y + kh, stride * x : stride * x + kw]
        Y[n, o, y, x] = b[o] + np.sum(W[o] * seen)
    return Y


@few
@given(case=convolutions(), seed=seeds)
def test_textbook_form_is_the_definition(case, seed):
    X, W, b, _ = arrays(case, seed)
    np.testing.assert_allclose(
        conv2d(X, W, b, *case[3:]), by_definition(X, W, b, *case[3:]), rtol=1e-10, atol=1e-12
    )


@settings(max_examples=10)
@given(case=convolutions(), seed=seeds)
def test_textbook_gradients(case, seed):
    *_, stride, pad = case
    X, W, b, dout = arrays(case, seed)
    kept = [a.copy() for a in (X, W, dout)]

    def loss(X, W, b):
        return float(np.sum(conv2d(X, W, b, stride, pad) * dout))

    dX, dW, db = conv2d_backward(dout, X, W, stride, pad)
    assert error(dX, numerical_gradient(lambda X: loss(X, W, b), X)) < 1e-6
    assert error(dW, numerical_gradient(lambda W: loss(X, W, b), W)) < 1e-6
    assert error(db, numerical_gradient(lambda b: loss(X, W, b), b)) < 1e-6
    for before, after in zip(kept, (X, W, dout), strict=True):
        np.testing.assert_array_equal(after, before)


@settings(max_examples=15)
@given(case=convolutions(), seed=seeds)
def test_gradients(case, seed):
    (n, *shape), *arguments = case
    check_gradients(lambda: Conv2D(*arguments), tuple(shape), n, seed)


@settings(max_examples=15)
@given(case=convolutions(), seed=seeds)
def test_gradients_along_one_axis(case, seed):
    (n, *shape), *arguments = first_row(case)
    check_gradients(lambda: Conv1D(*arguments), tuple(shape), n, seed)


@few
@given(case=convolutions())
def test_float32(case):
    (n, *shape), *arguments = case
    check_float32(lambda: Conv2D(*arguments), tuple(shape), n)
    (n, *shape), *arguments = first_row(case)
    check_float32(lambda: Conv1D(*arguments), tuple(shape), n)


@few
@given(case=convolutions())
def test_batches_stay_apart(case):
    (n, *shape), *arguments = case
    check_batches_stay_apart(lambda: Conv2D(*arguments), tuple(shape), n)


@few
@given(case=convolutions(), block=st.sampled_from([1, 100, 400, convolution.BLOCK]), seed=seeds)
def test_both_forms_agree_in_blocks_of_any_size(case, block, seed):
    (_, *shape), *arguments = case
    layer = Conv2D(*arguments)
    network = alone(layer, tuple(shape), seed)
    X, _, _, dout = arrays(case, seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(convolution, "BLOCK", block)
        Y = network.forward(X, training=True)
        dX = network.backward(dout.copy(), need_dx=True)
    wanted = conv2d(X, layer.W, layer.b, layer.stride, layer.pad)
    assert Y.shape[1:] == network.shapes[-1]
    np.testing.assert_allclose(Y, wanted, rtol=1e-9, atol=1e-12)
    gradients = conv2d_backward(dout, X, layer.W, layer.stride, layer.pad)
    for got, gradient in zip((dX, layer.dW, layer.db), gradients, strict=True):
        np.testing.assert_allclose(got, gradient, rtol=1e-9, atol=1e-11)


@few
@given(case=convolutions(), seed=seeds)
def test_the_first_layer_may_skip_the_gradient_of_its_input(case, seed):
    (_, *shape), *arguments = case
    X, _, _, dout = arrays(case, seed)
    grads = []
    for need_dx in (True, False):
        network = alone(Conv2D(*arguments), tuple(shape), seed)
        network.forward(X, training=True)
        network.backward(dout.copy(), need_dx=need_dx)
        grads.append(network.grad)
    np.testing.assert_array_equal(*grads)


@few
@given(case=convolutions(), seed=seeds)
def test_the_order_in_memory_changes_nothing(case, seed):
    (_, *shape), *arguments = case
    X, _, _, dout = arrays(case, seed)
    results = []
    for order in [(0, 1, 2, 3), (1, 2, 3, 0), (1, 0, 2, 3)]:
        back = np.argsort(order)
        laid_X, laid_dout = (a.transpose(order).copy().transpose(back) for a in (X, dout))
        network = alone(Conv2D(*arguments), tuple(shape), seed)
        Y = network.forward(laid_X, training=True)
        results.append((Y, network.backward(laid_dout, need_dx=True), network.grad))
    for other in results[1:]:
        for wanted, got in zip(results[0], other, strict=True):
            np.testing.assert_allclose(got, wanted, rtol=1e-9, atol=1e-12)


def test_samples_lie_last_in_memory_from_layer_to_layer():
    """What the speed rests on: only the first convolution has anything to transpose."""
    rng = np.random.default_rng(0)
    layers = [Conv2D(3, 3, pad=1), ReLU(), Conv2D(4, 2), Flatten(), Dense(2)]
    x = rng.normal(size=(6, 2, 5, 4))
    network = Network(layers, x.shape[1:], rng, dtype=x.dtype)
    for layer in layers[:3]:
        x = layer.forward(x, training=True)
        assert np.moveaxis(x, 0, -1).flags.c_contiguous
    flat = layers[3].forward(x, training=True)
    assert np.shares_memory(flat, x)
    dy = layers[3].backward(rng.normal(size=flat.shape))
    assert np.moveaxis(dy, 0, -1).flags.c_contiguous
    assert network.shapes[-2] == flat.shape[1:]


def test_no_samples_are_no_results():
    layers = [Conv2D(3, 3, pad=1), MaxPool2D(2), Flatten(), Dense(2)]
    network = Network(layers, (1, 4, 4), np.random.default_rng(0))
    assert network.forward(np.empty((0, 1, 4, 4), np.float32)).shape == (0, 2)


@pytest.mark.parametrize("kind", ["image", "sequence"])
def test_a_whole_network_learns_by_the_right_gradient(kind):
    image = [Conv2D(2, 3, pad=1), ReLU(), MaxPool2D(2), Conv2D(3, 2, stride=2), GlobalAvgPool()]
    sequence = [Conv1D(2, 3, pad=1), ReLU(), MaxPool1D(2), Conv1D(3, 2, stride=2), Flatten()]
    layers, shape = {"image": (image, (1, 8, 8)), "sequence": (sequence, (1, 8))}[kind]
    rng = np.random.default_rng(0)
    network = Network([*layers, Dense(4)], shape, rng, dtype=np.float64)
    X, labels = rng.normal(size=(5, *shape)), rng.integers(4, size=5)
    network.backprop(X, labels)
    grad, theta = network.grad.copy(), network.theta.copy()

    def loss_at(theta):
        network.theta[...] = theta
        return network.backprop(X, labels)

    assert error(grad, numerical_gradient(loss_at, theta)) < 1e-6


@pytest.mark.parametrize(("name", "framework"), ORACLES)
def test_layers_are_those_of_the_frameworks(stored, name, framework):
    inputs = {key: stored[f"conv/{name}/{key}"] for key in ("x", "W", "b", "dy", "stride", "pad")}
    x, W, stride, pad = inputs["x"], inputs["W"], int(inputs["stride"]), int(inputs["pad"])
    channels, _, *kernel = W.shape
    make, size = (Conv2D, tuple(kernel)) if len(kernel) == 2 else (Conv1D, kernel[0])
    layer = make(channels, size, stride, pad)
    network = Network([layer], x.shape[1:], np.random.default_rng(0), dtype=x.dtype)
    layer.W[...], layer.b[...] = W, inputs["b"]
    y = network.forward(x, training=True)
    dx = network.backward(inputs["dy"].copy(), need_dx=True)
    oracle = f"conv/{name}/{framework}"
    for key, got in {"y": y, "dx": dx, "dW": layer.dW, "db": layer.db}.items():
        np.testing.assert_allclose(got, stored[f"{oracle}/{key}"], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_textbook_form_is_that_of_pytorch(stored, name):
    case = f"conv/{name}"
    X, W, b, dout = (stored[f"{case}/{key}"] for key in ("x", "W", "b", "dy"))
    stride, pad = int(stored[f"{case}/stride"]), int(stored[f"{case}/pad"])
    Y = conv2d(X, W, b, stride, pad)
    results = (Y, *conv2d_backward(dout, X, W, stride, pad))
    for key, got in zip(("y", "dx", "dW", "db"), results, strict=True):
        np.testing.assert_allclose(got, stored[f"{case}/torch/{key}"], rtol=1e-10, atol=1e-12)


def test_the_kernel_is_not_flipped(stored):
    X, W, b = (stored[f"conv/plain/{key}"] for key in ("x", "W", "b"))
    assert not np.allclose(conv2d(X, W[:, :, ::-1, ::-1], b), stored["conv/plain/torch/y"])


def test_weights_start_by_the_fans_of_the_kernel():
    layer = Conv2D(64, (3, 5))
    Network([layer], (16, 8, 8), np.random.default_rng(0))
    assert np.std(layer.W) == pytest.approx(np.sqrt(2 / (16 * 15)), rel=0.02)
    assert not layer.b.any()


@pytest.mark.parametrize(
    ("X", "W", "b", "more", "message"),
    [
        ((4, 5, 5), (2, 1, 3, 3), (2,), {}, r"X has shape \(4, 5, 5\)"),
        ((4, 1, 5, 5), (2, 3, 3), (2,), {}, r"W has shape \(2, 3, 3\)"),
        ((4, 1, 5, 5), (2, 3, 3, 3), (2,), {}, "W has shape .* needs 1 input channels"),
        ((4, 1, 5, 5), (2, 1, 3, 3), (2, 1), {}, r"b has shape \(2, 1\)"),
        ((4, 1, 5, 5), (2, 1, 6, 3), (2,), {}, "kernel spans 6; .* there are 5"),
        ((4, 1, 5, 5), (2, 1, 3, 8), (2,), {"pad": 1}, "kernel spans 8; .* there are 7"),
        ((4, 1, 5, 5), (2, 1, 3, 3), (2,), {"stride": 0}, "stride is 0"),
        ((4, 1, 5, 5), (2, 1, 3, 3), (2,), {"pad": -1}, "pad is -1"),
    ],
)
def test_what_does_not_fit(X, W, b, more, message):
    with pytest.raises(ValueError, match=message):
        conv2d(np.ones(X), np.ones(W), np.ones(b), **more)


def test_backward_refuses_a_gradient_of_another_shape():
    with pytest.raises(ValueError, match="dout has shape"):
        conv2d_backward(np.ones((4, 2, 4, 3)), np.ones((4, 1, 5, 5)), np.ones((2, 1, 3, 3)))


@pytest.mark.parametrize("make", [Conv1D, Conv2D])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"channels": 0, "size": 3}, "channels is 0"),
        ({"channels": 2, "size": 0}, "size is 0"),
        ({"channels": 2, "size": 3, "stride": 0}, "stride is 0"),
        ({"channels": 2, "size": 3, "pad": -1}, "pad is -1"),
    ],
)
def test_layers_name_a_bad_argument(make, arguments, message):
    with pytest.raises(ValueError, match=message):
        make(**arguments)


@pytest.mark.parametrize(
    ("layer", "shape", "message"),
    [
        (Conv2D(2, 3), (5, 5), r"Conv2D\(2, 3\) needs .*\(channels, height, width\)"),
        (Conv1D(2, 3), (1, 5, 5), r"Conv1D\(2, 3\) needs .*\(channels, length\)"),
        (Conv2D(2, 3), (1, 5, 2), "kernel spans 3; .* there are 2"),
        (Conv1D(2, 5, pad=1), (1, 2), "kernel spans 5; .* there are 4"),
        (Conv2D(2, 3, init="he_nromal"), (1, 5, 5), "he_nromal"),
    ],
)
def test_layers_refuse_samples_that_do_not_fit(layer, shape, message):
    with pytest.raises(ValueError, match=message):
        Network([layer], shape, np.random.default_rng(0))
