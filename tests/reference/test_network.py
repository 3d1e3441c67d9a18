"""The network: one flat vector seen through its layers, gradients of the whole, checked input."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from layer_checks import error

from reference_impl.gradients import numerical_gradient
from reference_impl.layers.activation import ReLU
from reference_impl.layers.convolution import Conv2D
from reference_impl.layers.dense import Dense
from reference_impl.layers.flatten import Flatten
from reference_impl.layers.layer import Layer
from reference_impl.layers.output import LinearOutput, SigmoidOutput, SoftmaxOutput
from reference_impl.layers.pooling import MaxPool2D
from reference_impl.network import Network


class Tanh(Layer):
    """No kinks, so that central differences hold everywhere."""

    def forward(self, x, training=False):
        self._y = np.tanh(x)
        return self._y

    def backward(self, dy, need_dx=True):
        return dy * (1 - self._y**2)


class Centre(Layer):
    """Tracks a mean while training, and subtracts it when training is over."""

    def buffer_shapes(self):
        return {"mean": (3,)}

    def forward(self, x, training=False):
        if training:
            self.mean[...] = x.mean(axis=0)
            return x
        return x - self.mean

    def backward(self, dy, need_dx=True):
        return dy


STACKS = {
    "linear": lambda k: [Dense(k)],
    "one hidden": lambda k: [Dense(4), Tanh(), Dense(k)],
    "no biases": lambda k: [Dense(2, bias=False), Tanh(), Dense(k, bias=False)],
    "narrow": lambda k: [Dense(1), Tanh(), Dense(5), Tanh(), Dense(k)],
    "starts and ends without parameters": lambda k: [Tanh(), Dense(4), Tanh(), Dense(k), Tanh()],
    "no parameters": lambda k: [Tanh(), Tanh()],
}
OUTPUTS = [SoftmaxOutput(), SigmoidOutput(), LinearOutput(), LinearOutput("mae")]
seeds = st.integers(0, 2**32 - 1)


def make(layers, shape, output=None, seed=0, dtype=np.float64):
    """A network whose biases are not 0."""
    network = Network(layers, shape, np.random.default_rng(seed), output, dtype)
    network.theta += 0.1 * np.random.default_rng(seed + 1).normal(size=network.theta.shape)
    return network


def drawn(output, n, d, k, seed):
    """(X, target) for this output."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d))
    if isinstance(output, SoftmaxOutput):
        return X, rng.integers(0, k, n)
    if isinstance(output, SigmoidOutput):
        return X, rng.uniform(size=(n, k))
    return X, rng.normal(size=(n, k)) * 10  # far from z, where the absolute value has a kink


def numerical(network, X, target):
    """The gradients of the loss in θ and in X, by central differences."""
    kept = network.theta.copy()

    def loss(X):
        z = network.forward(X, training=True)
        return network.output.loss_and_gradient(z, target)[0]

    def loss_at(theta):
        network.theta[...] = theta
        return loss(X)

    of_theta = numerical_gradient(loss_at, kept)
    network.theta[...] = kept
    return of_theta, numerical_gradient(loss, X)


def assert_gradients(network, X, target):
    of_theta, of_X = numerical(network, X, target)
    kept = X.copy()
    network.grad[...] = np.nan  # written, not added to
    loss = network.backprop(X, target)
    assert error(network.grad, of_theta) < 1e-6
    np.testing.assert_array_equal(X, kept)
    again, dz = network.output.loss_and_gradient(network.forward(X, training=True), target)
    assert again == loss
    assert error(network.backward(dz, need_dx=True), of_X) < 1e-6


@pytest.mark.parametrize("output", OUTPUTS, ids=repr)
@pytest.mark.parametrize("stack", STACKS.values(), ids=STACKS.keys())
@pytest.mark.parametrize(("n", "k"), [(1, 1), (1, 3), (5, 1), (7, 3)])
def test_gradient_of_the_whole_network(stack, output, n, k):
    d = k if stack is STACKS["no parameters"] else 3
    network = make(stack(k), (d,), output)
    assert_gradients(network, *drawn(output, n, d, k, seed=5))


@given(n=st.integers(1, 5), seed=seeds)
def test_gradient_with_relu(n, seed):
    layers = [Dense(4), ReLU(), Dense(3), ReLU(), Dense(2)]
    # Not a class: one that the network is sure of leaves a gradient below the loss's rounding.
    network = make(layers, (3,), LinearOutput(), seed=seed)
    X, y = drawn(network.output, n, 3, 2, seed)
    for end in (1, 3):  # what goes into each ReLU stays clear of its kink
        z = X
        for layer in layers[:end]:
            z = layer.forward(z)
        assume(np.min(np.abs(z)) > 1e-3)
    assert_gradients(network, X, y)


@pytest.mark.parametrize("output", OUTPUTS, ids=repr)
def test_float32_stays_float32_and_close(output):
    exact = make(STACKS["one hidden"](3), (3,), output)
    quick = make(STACKS["one hidden"](3), (3,), output, dtype=np.float32)
    quick.theta[...] = exact.theta
    X, target = drawn(output, 7, 3, 3, seed=1)
    results = []
    for network in (exact, quick):
        x, y = network.check_input(X), network.check_target(target, len(X))
        loss = network.backprop(x, y)
        z = network.predict(X)
        assert z.dtype == network.grad.dtype == network.dtype
        results.append((loss, network.grad, z, *network.evaluate(X, target)))
    for wanted, got in zip(*results, strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("output", [SigmoidOutput(), LinearOutput(), LinearOutput("mae")], ids=repr)
@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int64, np.float32, np.float64])
def test_numbers_of_any_type_are_targets(output, dtype):
    network = make([Dense(1)], (3,), output, dtype=np.float32)
    X, y = np.ones((4, 3), np.float32), np.array([1, 0, 0, 1])
    expected = network.backprop(X, y[:, None].astype(np.float32))
    expected_grad = network.grad.copy()
    target = network.check_target(y.astype(dtype), 4)
    assert network.backprop(X, target) == expected
    np.testing.assert_array_equal(network.grad, expected_grad)


def test_layers_are_views_of_the_flat_vectors():
    first, last = Dense(4), Dense(2)
    network = Network([first, ReLU(), last], (3,), np.random.default_rng(0))
    assert network.shapes == [(3,), (4,), (4,), (2,)]
    assert network.theta.shape == network.grad.shape == (3 * 4 + 4 + 4 * 2 + 2,)
    first.W[1, 2] = 7
    assert network.theta[1 * 4 + 2] == 7
    network.theta[...] = np.arange(network.theta.size)
    np.testing.assert_array_equal(first.b, [12, 13, 14, 15])
    np.testing.assert_array_equal(last.W, np.arange(16, 24).reshape(4, 2))
    last.db[...] = 5
    np.testing.assert_array_equal(network.grad[-2:], 5)


def test_parameters_are_named_and_in_the_order_of_theta():
    layers = [Dense(4), ReLU(), Dense(2, bias=False), Dense(1)]
    network = Network(layers, (3,), np.random.default_rng(0))
    parameters = network.parameters()
    assert list(parameters) == ["0.W", "0.b", "2.W", "3.W", "3.b"]
    for flat, which in ((network.theta, 0), (network.grad, 1)):
        flat[...] = np.arange(flat.size)
        pieces = [pair[which].ravel() for pair in parameters.values()]
        np.testing.assert_array_equal(np.concatenate(pieces), flat)
    np.testing.assert_array_equal(parameters["2.W"][0], layers[2].W)
    np.testing.assert_array_equal(parameters["3.b"][1], layers[3].db)


def test_buffers_are_tracked_apart_from_the_parameters():
    layers = [Dense(3), Centre(), Dense(2), Dense(3), Centre()]
    network = Network(layers, (3,), np.random.default_rng(0))
    assert network.buffers.shape == (6,)
    assert list(network.parameters()) == ["0.W", "0.b", "2.W", "2.b", "3.W", "3.b"]
    network.buffers[...] = np.arange(6)
    np.testing.assert_array_equal(layers[1].mean, [0, 1, 2])
    np.testing.assert_array_equal(layers[4].mean, [3, 4, 5])
    X = np.random.default_rng(1).normal(size=(5, 3)).astype(np.float32)
    z = network.forward(X, training=True)
    np.testing.assert_allclose(network.buffers[3:], z.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(network.forward(X).shape, z.shape)


def test_summary():
    network = Network([Dense(40), ReLU(), Dense(10, bias=False)], (64,), np.random.default_rng(0))
    assert network.summary() == "\n".join(
        [
            "layer                  output  parameters",
            "-----------------------------------------",
            "Dense(40)              (40,)        2,600",
            "ReLU()                 (40,)            0",
            "Dense(10, bias=False)  (10,)          400",
            "-----------------------------------------",
            "3,000 parameters, 12 KiB",
        ]
    )


def test_summary_names_what_is_tracked():
    network = Network([Dense(3), Centre()], (2,), np.random.default_rng(0))
    assert network.summary().endswith("9 parameters, 0 KiB; 3 tracked")


@given(n=st.integers(0, 20), batch_size=st.integers(1, 25))
def test_prediction_does_not_depend_on_the_batches(n, batch_size):
    network = make([Dense(3), Centre(), Tanh(), Dense(2)], (4,))
    network.buffers[...] = 0.5
    X = np.random.default_rng(n).normal(size=(n, 4))
    z = network.predict(X, batch_size)
    assert z.shape == (n, 2)
    np.testing.assert_allclose(z, network.forward(X), rtol=1e-12)
    np.testing.assert_array_equal(network.buffers, 0.5)


def test_prediction_takes_images_lists_and_whole_numbers():
    network = Network([Tanh()], (1, 2, 2), np.random.default_rng(0))
    images = np.arange(12).reshape(3, 1, 2, 2) - 6
    assert network.predict(images).dtype == np.float32
    np.testing.assert_array_equal(network.predict(images.tolist()), network.predict(images))
    np.testing.assert_allclose(network.predict(images), np.tanh(images), rtol=1e-6)


def test_evaluation_judges_the_prediction_and_changes_nothing():
    network = make(STACKS["one hidden"](3), (4,))
    X, labels = drawn(network.output, 9, 4, 3, seed=0)
    theta, grad = network.theta.copy(), network.grad.copy()
    loss, score = network.evaluate(X, labels)
    z = network.predict(X)
    assert loss == network.output.loss_and_gradient(z, labels)[0]
    assert score == network.output.score(z, labels)
    np.testing.assert_array_equal(network.theta, theta)
    np.testing.assert_array_equal(network.grad, grad)


def test_one_seed_one_network():
    def layers():
        return [Dense(4), ReLU(), Dense(2)]

    theta = Network(layers(), (3,), np.random.default_rng(7)).theta
    np.testing.assert_array_equal(Network(layers(), (3,), np.random.default_rng(7)).theta, theta)
    assert (Network(layers(), (3,), np.random.default_rng(8)).theta != theta).any()
    exact = Network(layers(), (3,), np.random.default_rng(7), dtype=np.float64).theta
    np.testing.assert_array_equal(exact.astype(np.float32), theta)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.zeros((2, 4)), r"X has shape \(2, 4\); it needs \(n, \*\(3,\)\)"),
        (np.zeros(3), r"X has shape \(3,\)"),
        (np.zeros((2, 3, 1)), r"X has shape \(2, 3, 1\)"),
        (np.float64(1.0), r"X has shape \(\)"),
        ([[0, 0, 0], [0, np.nan, 0]], r"X has nan at \(1, 1\); it must be finite"),
        ([[0, 0, 0], [0, 0, np.inf]], r"X has inf at \(1, 2\)"),
        ([[-np.inf, 0, 0], [0, 0, 0]], r"X has -inf at \(0, 0\)"),
        ([[0, 1e300, 0]], r"X has inf at \(0, 1\)"),  # above the largest float32
        ([["a", "b", "c"]], "could not convert string to float"),
    ],
)
def test_samples_that_a_network_cannot_take(X, message):
    network = Network([Dense(2)], (3,), np.random.default_rng(0))
    with pytest.raises(ValueError, match=message):
        network.check_input(X)
    with pytest.raises(ValueError, match=message):
        network.predict(X)


def test_the_check_names_the_argument_and_copies_only_what_it_has_to():
    network = Network([Dense(2)], (3,), np.random.default_rng(0))
    with pytest.raises(ValueError, match="X_val has shape"):
        network.check_input(np.zeros((2, 4)), "X_val")
    X = np.zeros((2, 3), np.float32)
    assert network.check_input(X) is X
    assert network.check_input(np.zeros((3, 2), np.float32).T).flags.c_contiguous


def test_targets_are_checked_for_the_networks_own_shape():
    network = Network([Dense(2)], (3,), np.random.default_rng(0))
    with pytest.raises(ValueError, match="labels is 2 somewhere"):
        network.check_target([0, 2], 2)
    with pytest.raises(ValueError, match=r"labels has shape \(2,\); it needs \(3,\)"):
        network.evaluate(np.zeros((3, 3)), [0, 1])
    with pytest.raises(ValueError, match="a masked array; leave out the samples without one"):
        network.check_target(np.ma.masked_equal([0, 1], 0), 2)


def test_nothing_can_be_judged_on_no_samples():
    network = Network([Dense(2)], (3,), np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"X has shape \(0, 3\)"):
        network.evaluate(np.zeros((0, 3)), np.zeros(0, int))


def test_networks_that_cannot_be_made():
    rng, layer = np.random.default_rng(0), Dense(3)
    with pytest.raises(ValueError, match="layers is empty"):
        Network([], (3,), rng)
    with pytest.raises(ValueError, match="one layer twice"):
        Network([layer, ReLU(), layer], (3,), rng)
    with pytest.raises(ValueError, match="dtype is int64; it must be float32"):
        Network([layer], (3,), rng, dtype=np.int64)
    with pytest.raises(ValueError, match="batch_size is 0"):
        Network([layer], (3,), rng).predict(np.zeros((2, 3)), batch_size=0)


def test_an_input_shape_is_a_tuple():
    with pytest.raises(ValueError, match=r"input_shape is 64; it must be a tuple, such as \(64,\)"):
        Network([Dense(2)], 64, np.random.default_rng(0))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_pooling_works_before_the_relu_in_front_of_it_and_no_number_changes(dtype):
    def layers():
        return [
            Conv2D(3, 2), ReLU(), MaxPool2D(2), Conv2D(4, 2), ReLU(), ReLU(), MaxPool2D(2),
            Flatten(), Dense(5), ReLU(), Dense(3),
        ]  # fmt: skip

    rng = np.random.default_rng(0)
    net = Network(layers(), (2, 9, 9), rng, dtype=dtype)
    # Whole numbers: many equal ones in a square, on both sides of 0 and at it.
    net.theta[...] = rng.integers(-2, 3, net.theta.shape)
    X, labels = rng.integers(-2, 3, (6, 2, 9, 9)).astype(dtype), rng.integers(0, 3, 6)
    as_written = copy.deepcopy(net)
    kinds = [type(layer).__name__ for layer in as_written._in_order_of_work]
    assert kinds[:6] == ["Conv2D", "MaxPool2D", "ReLU", "Conv2D", "ReLU", "MaxPool2D"]
    as_written._in_order_of_work = as_written.layers

    loss = net.backprop(X, labels)
    assert loss == as_written.backprop(X, labels)
    np.testing.assert_array_equal(net.grad, as_written.grad)
    assert np.count_nonzero(net.grad) > net.grad.size / 2
    dz = rng.integers(-2, 3, (6, 3)).astype(dtype)
    dx = net.backward(dz.copy(), need_dx=True)
    np.testing.assert_array_equal(dx, as_written.backward(dz, need_dx=True))
