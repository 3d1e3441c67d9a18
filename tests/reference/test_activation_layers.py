"""Activation layers: gradients, the functions of `activations`, PyTorch and Keras.

The fixtures are those of test_activations and test_batchnorm.
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
    check_memory_order,
)

from reference_impl import activations as functions
from reference_impl.layers.activation import (
    ELU,
    SELU,
    BinaryStep,
    LeakyReLU,
    Maxout,
    PReLU,
    ReLU,
    Sigmoid,
    Softmax,
    Swish,
    Tanh,
)
from reference_impl.layers.elementwise import Elementwise
from reference_impl.network import Network

FIXTURES = Path(__file__).parents[1] / "fixtures"

# layer, the function it is, its derivative, what follows z in both
ELEMENTWISE = {
    "binary_step": (BinaryStep, functions.binary_step, functions.binary_step_grad, ()),
    "relu": (ReLU, functions.relu, functions.relu_grad, ()),
    "leaky_relu": (lambda: LeakyReLU(0.3), functions.leaky_relu, functions.leaky_relu_grad, (0.3,)),
    "elu": (lambda: ELU(0.7), functions.elu, functions.elu_grad, (0.7,)),
    "selu": (SELU, functions.selu, functions.selu_grad, ()),
    "sigmoid": (Sigmoid, functions.sigmoid, functions.sigmoid_grad, ()),
    "tanh": (Tanh, functions.tanh, functions.tanh_grad, ()),
    "swish": (Swish, functions.swish, functions.swish_grad, ()),
    "own": (
        lambda: Elementwise(functions.swish, functions.swish_grad),
        functions.swish,
        functions.swish_grad,
        (),
    ),
}
ANY_SHAPE = {
    **{name: make for name, (make, *_) in ELEMENTWISE.items()},
    "prelu": PReLU,
    "prelu_channels": lambda: PReLU(shared=False),
}
VECTORS = {
    "softmax": Softmax,
    "maxout": lambda: Maxout(3),
    "maxout_1": lambda: Maxout(2, pieces=1),
    "maxout_3": lambda: Maxout(1, pieces=3),
}

few = settings(max_examples=30)
sizes = st.integers(1, 5)
seeds = st.integers(0, 9)
vectors = st.tuples(sizes)
images = st.tuples(sizes, st.integers(1, 3), st.integers(1, 3))
of_any_shape = pytest.mark.parametrize("make", ANY_SHAPE.values(), ids=ANY_SHAPE)
of_vectors = pytest.mark.parametrize("make", VECTORS.values(), ids=VECTORS)
elementwise = pytest.mark.parametrize(
    ("make", "function", "grad", "extra"), ELEMENTWISE.values(), ids=ELEMENTWISE
)


def stored(name: str) -> dict[str, np.ndarray]:
    with np.load(FIXTURES / f"{name}.npz") as file:
        return dict(file)


@pytest.fixture(scope="module")
def activations():
    return stored("activations")


@pytest.fixture(scope="module")
def normalization():
    return stored("normalization")


@of_any_shape
@few
@given(shape=vectors | images, n=sizes, seed=seeds)
def test_gradients(make, shape, n, seed):
    check_gradients(make, shape, n, seed, spread=2.0)


@of_vectors
@few
@given(shape=vectors, n=sizes, seed=seeds)
def test_gradients_of_layers_on_vectors(make, shape, n, seed):
    check_gradients(make, shape, n, seed)


@of_any_shape
@few
@given(shape=vectors | images, n=sizes)
def test_float32(make, shape, n):
    check_float32(make, shape, n)
    check_batches_stay_apart(make, shape, n)


@of_vectors
@few
@given(shape=vectors, n=sizes)
def test_float32_of_layers_on_vectors(make, shape, n):
    check_float32(make, shape, n)
    check_batches_stay_apart(make, shape, n)


@of_any_shape
@few
@given(shape=images, n=sizes)
def test_order_in_memory(make, shape, n):
    check_memory_order(make, shape, n)


@elementwise
@few
@given(n=sizes, d=sizes, seed=seeds)
def test_a_layer_is_its_function(make, function, grad, extra, n, d, seed):
    x, dy = 5 * np.random.default_rng(seed).normal(size=(2, n, d))
    layer = make()
    np.testing.assert_allclose(layer.forward(x), function(x, *extra), rtol=1e-12, atol=1e-15)
    layer.forward(x, training=True)
    np.testing.assert_allclose(
        layer.backward(dy.copy()), dy * grad(x, *extra), rtol=1e-12, atol=1e-14
    )


@elementwise
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_large_inputs_neither_overflow_nor_become_nan(make, function, grad, extra, dtype):
    x = np.array([[-1000, -100, -1e-30, 0, 1e-30, 100, 1000]], dtype)
    layer = make()
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        y = layer.forward(x, training=True)
        dx = layer.backward(np.ones_like(x))
    np.testing.assert_allclose(y, function(x.astype(float), *extra), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(dx, grad(x.astype(float), *extra), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    ("oracle", "make"),
    [
        ("torch_relu", ReLU),
        ("torch_leaky_relu", LeakyReLU),
        ("torch_leaky_relu_slope", lambda: LeakyReLU(0.3)),
        ("torch_elu", ELU),
        ("torch_elu_alpha", lambda: ELU(0.7)),
        ("torch_selu", SELU),
        ("torch_sigmoid", Sigmoid),
        ("torch_tanh", Tanh),
        ("torch_swish", Swish),
        ("keras_relu", ReLU),
        ("keras_leaky_relu_layer", lambda: LeakyReLU(0.3)),
        ("keras_leaky_relu_function", lambda: LeakyReLU(0.2)),
        ("keras_elu", ELU),
        ("keras_elu_alpha", lambda: ELU(0.7)),
        ("keras_selu", SELU),
        ("keras_sigmoid", Sigmoid),
        ("keras_tanh", Tanh),
        ("keras_swish", Swish),
    ],
)
def test_elementwise_layers_are_those_of_the_frameworks(activations, oracle, make):
    layer = make()
    z = activations["z"][None]
    y = layer.forward(z, training=True)
    # Absolute, as a value such as e^-100 is lost beside the ½ of σ = ½ + ½ tanh.
    np.testing.assert_allclose(y[0], activations[oracle], rtol=1e-12, atol=1e-13)
    dx = layer.backward(np.ones_like(z))
    np.testing.assert_allclose(dx[0], activations[f"{oracle}_grad"], rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("framework", ["torch", "keras"])
def test_one_learned_slope_is_that_of_the_frameworks(activations, framework):
    layer = PReLU(start=float(activations["slope"]))
    network = Network([layer], activations["z"].shape, np.random.default_rng(0), dtype=float)
    y = network.forward(activations["z"][None], training=True)
    dx = network.backward(activations["dout"][None].copy(), need_dx=True)
    np.testing.assert_allclose(y[0], activations[f"{framework}_prelu"], rtol=1e-12)
    wanted = activations[f"{framework}_prelu_dz"]
    if framework == "keras":  # its slope at 0 is 0
        wanted = np.where(activations["z"] == 0, activations["slope"] * activations["dout"], wanted)
    np.testing.assert_allclose(dx[0], wanted, rtol=1e-12)
    np.testing.assert_allclose(layer.da, activations[f"{framework}_prelu_da"], rtol=1e-12)


@pytest.mark.parametrize("framework", ["torch", "keras"])
@pytest.mark.parametrize("kind", ["vectors", "sequences", "images"])
def test_a_slope_a_channel_is_that_of_the_frameworks(normalization, framework, kind):
    x, dy = normalization[f"{kind}_x"][0], normalization[f"{kind}_dy"][0]
    layer = PReLU(shared=False)
    network = Network([layer], x.shape[1:], np.random.default_rng(0), dtype=float)
    layer.a[...] = normalization[f"{kind}_a"]
    y = network.forward(x, training=True)
    dx = network.backward(dy.copy(), need_dx=True)
    for name, got in {"y": y, "dx": dx, "da": layer.da.reshape(-1)}.items():
        wanted = normalization[f"{framework}_{kind}_prelu_{name}"].reshape(got.shape)
        np.testing.assert_allclose(got, wanted, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("framework", ["torch", "keras"])
def test_softmax_is_that_of_the_frameworks(activations, framework):
    layer = Softmax()
    y = layer.forward(activations["Z"], training=True)
    dx = layer.backward(activations["dP"].copy())
    np.testing.assert_allclose(y, activations[f"{framework}_softmax"], rtol=1e-12, atol=1e-300)
    np.testing.assert_allclose(dx, activations[f"{framework}_softmax_dZ"], rtol=1e-9, atol=1e-15)


def test_maxout_by_autograd_of_torch(activations):
    layer = Maxout(3)
    network = Network([layer], (5,), np.random.default_rng(0), dtype=float)
    layer.W[...] = np.hstack([activations["maxout_W1"], activations["maxout_W2"]])
    layer.b[...] = np.hstack([activations["maxout_b1"], activations["maxout_b2"]])
    y = network.forward(activations["maxout_X"], training=True)
    dx = network.backward(activations["maxout_dout"].copy(), need_dx=True)
    dW = np.hstack([activations["torch_maxout_dW1"], activations["torch_maxout_dW2"]])
    db = np.hstack([activations["torch_maxout_db1"], activations["torch_maxout_db2"]])
    for got, wanted in (
        (y, activations["torch_maxout"]),
        (dx, activations["torch_maxout_dX"]),
        (layer.dW, dW),
        (layer.db, db),
    ):
        np.testing.assert_allclose(got, wanted, rtol=1e-12, atol=1e-14)


@few
@given(n=sizes, d=sizes, units=sizes, seed=seeds, tie=st.booleans())
def test_maxout_of_two_pieces_is_the_textbooks(n, d, units, seed, tie):
    layer = Maxout(units)
    network = alone(layer, (d,), seed)
    X, dout = np.random.default_rng(seed).normal(size=(2, n, max(d, units)))
    X, dout = X[:, :d].copy(), dout[:, :units].copy()
    if tie:
        # Whole numbers: equal columns of a product with others may differ in the last bit.
        X, network.theta[...] = np.round(3 * X), np.round(3 * network.theta)
        layer.W[:, units:], layer.b[units:] = layer.W[:, :units], layer.b[:units]
    pieces = (layer.W[:, :units], layer.b[:units], layer.W[:, units:], layer.b[units:])
    np.testing.assert_allclose(
        network.forward(X, training=True), functions.maxout(X, *pieces), rtol=1e-12, atol=1e-15
    )
    dX, dW1, db1, dW2, db2 = functions.maxout_backward(dout, X, *pieces)
    got = network.backward(dout.copy(), need_dx=True)
    np.testing.assert_allclose(got, dX, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(layer.dW, np.hstack([dW1, dW2]), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(layer.db, np.hstack([db1, db2]), rtol=1e-12, atol=1e-14)


def test_at_a_tie_the_first_of_three_pieces_gets_the_gradient():
    layer = Maxout(1, pieces=3)
    network = Network([layer], (1,), np.random.default_rng(0), dtype=float)
    layer.W[...], layer.b[...] = 1.0, (0.0, 2.0, 2.0)
    network.forward(np.array([[3.0]]), training=True)
    network.backward(np.array([[5.0]]))
    np.testing.assert_array_equal(layer.db, [0.0, 5.0, 0.0])


def test_nothing_before_a_binary_step_learns():
    network = Network(
        [Maxout(4), BinaryStep(), Maxout(2)], (3,), np.random.default_rng(0), dtype=float
    )
    x = np.random.default_rng(1).normal(size=(6, 3))
    network.backprop(x, np.array([0, 1, 0, 1, 1, 0]))
    before, after = network.parameters()["0.W"][1], network.parameters()["2.W"][1]
    assert not before.any()
    assert after.any()


def test_written_as_they_are_made():
    layers = [SELU(), ELU(), ELU(0.5), LeakyReLU(0.2), PReLU(shared=False), Maxout(4, pieces=3)]
    assert [repr(layer) for layer in layers] == [
        "SELU()",
        "ELU()",
        "ELU(alpha=0.5)",
        "LeakyReLU(slope=0.2)",
        "PReLU(shared=False)",
        "Maxout(4, pieces=3)",
    ]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: LeakyReLU(-0.1), "slope is -0.1"),
        (lambda: LeakyReLU(1.5), "slope is 1.5"),
        (lambda: ELU(0), "alpha is 0"),
        (lambda: Maxout(0), "units is 0"),
        (lambda: Maxout(2, pieces=0), "pieces is 0"),
    ],
)
def test_arguments_out_of_range(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("layer", "shape"), [(Softmax(), (2, 3, 3)), (Maxout(2), (2, 3)), (PReLU(), ())]
)
def test_shapes_that_a_layer_cannot_take(layer, shape):
    with pytest.raises(ValueError, match=type(layer).__name__):
        Network([layer], shape, np.random.default_rng(0))


@pytest.mark.parametrize("name", ["sigmoid", "swish", "selu", "elu"])
def test_the_tails_in_float32_are_those_of_the_textbook_forms(name):
    """Small values relative to themselves, and not to the largest: sigmoid(-20) is 2e-9, not 0."""
    layer, textbook, slope, more = ELEMENTWISE[name]
    x = np.concatenate([np.linspace(-80, -1e-3, 500), np.linspace(1e-3, 12, 100)], dtype=np.float32)
    network = alone(layer(), (1,), dtype=np.float32)
    y = network.forward(x[:, None], training=True)
    dx = network.backward(np.ones_like(y), need_dx=True)
    exact = x.astype(np.float64)
    np.testing.assert_allclose(y[:, 0], textbook(exact, *more), rtol=2e-6)
    # y (1 - y) has one tail; swish' has a zero, near which only the absolute error is small.
    seen = exact < 0 if name == "sigmoid" else exact < 12
    np.testing.assert_allclose(dx[seen, 0], slope(exact, *more)[seen], rtol=2e-5, atol=1e-34)


@pytest.mark.parametrize("name", sorted(ELEMENTWISE.keys() - {"binary_step"}))
def test_nan_is_passed_on(name):
    layer, *_ = ELEMENTWISE[name]
    y = alone(layer(), (2,)).forward(np.array([[1.0, np.nan]]), training=True)
    assert np.isnan(y).tolist() == [[False, True]]
