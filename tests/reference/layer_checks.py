"""What must hold of every layer, checked the same way for all of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from reference_impl.gradients import numerical_gradient
from reference_impl.layers.layer import Layer
from reference_impl.network import Network


def error(a: np.ndarray, b: np.ndarray) -> float:
    """The largest difference, relative to the largest element: single ones may be near 0."""
    largest = max(np.max(np.abs(a), initial=1e-8), np.max(np.abs(b), initial=1e-8))
    return float(np.max(np.abs(a - b), initial=0.0) / largest)


def alone(layer: Layer, shape: tuple[int, ...], seed: int = 0, dtype=np.float64) -> Network:
    """A network of this one layer, all parameters moved away from their first values."""
    network = Network([layer], shape, np.random.default_rng(seed), dtype=dtype)
    network.theta += 0.3 * np.random.default_rng(seed + 1).normal(size=network.theta.shape)
    return network


def clear_of_kinks(x: np.ndarray) -> np.ndarray:
    """x in the same order, with no number nearer than 1e-3 to another one or to 0.

    Where the two largest of some numbers are equal, or a number is 0, max and ReLU have a kink, and
    a central difference across it is no derivative.
    """
    size = np.abs(x)
    rank = size.argsort(axis=None).argsort().reshape(x.shape)
    return np.copysign(size + 1e-3 * (1 + rank), x)


def check_gradients(
    make: Callable[[], Layer], shape: tuple[int, ...], n: int, seed: int = 0, spread: float = 1.0
) -> None:
    """Backward agrees with central differences, for the input and for every parameter.

    The scalar is Σ y · r for a fixed random r. Generator and buffers are set back before each
    forward, so that a layer that draws, or tracks, does the same each time.
    """
    network = alone(make(), shape, seed)
    rng = np.random.default_rng(seed + 2)
    x = clear_of_kinks(spread * rng.normal(size=(n, *shape)))
    r = rng.normal(size=(n, *network.shapes[-1]))
    drawn = network.rng.bit_generator.state
    buffers = network.buffers.copy()

    def forward(x: np.ndarray) -> np.ndarray:
        network.rng.bit_generator.state = drawn
        network.buffers[...] = buffers
        return network.forward(x, training=True)

    kept = x.copy()
    y = forward(x)
    np.testing.assert_array_equal(x, kept, err_msg="forward changed its input")
    assert y.shape == r.shape
    network.grad[...] = np.nan  # written, not added to
    dx = network.backward(r.copy(), need_dx=True).copy()
    grad = network.grad.copy()
    assert dx.shape == x.shape
    assert error(dx, numerical_gradient(lambda x: float(np.sum(forward(x) * r)), x)) < 1e-6

    def loss_at(theta: np.ndarray) -> float:
        network.theta[...] = theta
        return float(np.sum(forward(x) * r))

    theta = network.theta.copy()
    assert error(grad, numerical_gradient(loss_at, theta)) < 1e-6
    network.theta[...] = theta


def check_float32(make: Callable[[], Layer], shape: tuple[int, ...], n: int, seed: int = 0) -> None:
    """In float32 everything stays float32, and agrees with float64 to its precision.

    And `initialize` fills all there is, whatever stood there.
    """
    layer = make()
    for name, value in list(vars(layer).items()):  # settings as a search hands them over
        if type(value) is float:
            setattr(layer, name, np.float64(value))
    exact, quick = alone(make(), shape, seed), alone(layer, shape, seed, np.float32)
    quick.theta[...] = exact.theta
    rng = np.random.default_rng(seed + 2)
    x = rng.normal(size=(n, *shape))
    r = rng.normal(size=(n, *exact.shapes[-1]))
    results = []
    for network in (exact, quick):
        y = network.forward(x.astype(network.dtype), training=True)
        dx = network.backward(r.astype(network.dtype), need_dx=True)
        assert y.dtype == dx.dtype == network.dtype
        assert network.predict(x).dtype == network.dtype
        results.append((y.copy(), dx.copy(), network.grad.copy()))
    for wanted, got in zip(*results, strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-3, atol=1e-4)
    quick.theta[...] = quick.buffers[...] = np.nan
    layer.initialize(np.random.default_rng(seed))
    assert np.isfinite(quick.theta).all()
    assert np.isfinite(quick.buffers).all()


def check_batches_stay_apart(
    make: Callable[[], Layer], shape: tuple[int, ...], n: int, seed: int = 0
) -> None:
    """A result stays what it was when the next batch comes; predicting does not disturb training.

    Layers may work in buffers of their own, but hand none out, and backward belongs to the last
    forward with training=True.
    """
    rng = np.random.default_rng(seed + 2)
    x, other, unseen = rng.normal(size=(3, n, *shape))

    def step(network: Network, interrupted: bool) -> tuple[np.ndarray, np.ndarray]:
        y = network.forward(x, training=True)
        if interrupted:
            network.forward(unseen)
        return y, network.backward(np.ones_like(y), need_dx=True)

    y, dx = step(alone(make(), shape, seed), interrupted=False)
    network = alone(make(), shape, seed)
    results = [*step(network, interrupted=True), network.predict(unseen)]
    for wanted, got in zip((y, dx), results, strict=False):
        np.testing.assert_array_equal(got, wanted)
    kept = [result.copy() for result in results]
    network.backward(np.ones_like(network.forward(other, training=True)), need_dx=True)
    network.predict(other)
    for wanted, got in zip(kept, results, strict=True):
        np.testing.assert_array_equal(got, wanted)


def memory_orders(x: np.ndarray) -> list[np.ndarray]:
    """Copies of x that lie in memory sample by sample, channel by channel, and samples last."""
    samples_last = (*range(1, x.ndim), 0)
    orders = [tuple(range(x.ndim)), (1, 0, *range(2, x.ndim)), samples_last]
    return [x.transpose(order).copy().transpose(np.argsort(order)) for order in orders]


def check_memory_order(
    make: Callable[[], Layer], shape: tuple[int, ...], n: int, seed: int = 0
) -> None:
    """A layer gives the same for any order in memory, and leaves the array in that order.

    For layers whose output has the shape of their input.
    """
    rng = np.random.default_rng(seed + 2)
    x, dy = rng.normal(size=(2, n, *shape))
    results = []
    for laid_x, laid_dy in zip(memory_orders(x), memory_orders(dy), strict=True):
        network = alone(make(), shape, seed)
        y = network.forward(laid_x, training=True)
        dx = network.backward(laid_dy, need_dx=True)
        results.append((y, dx, network.grad))
        for got in (y, dx):
            assert same_order(got, laid_x)
    for other in results[1:]:
        for wanted, got in zip(results[0], other, strict=True):
            np.testing.assert_allclose(got, wanted, rtol=1e-9, atol=1e-12)


def same_order(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two arrays have the same order in memory; an axis of length 1 has none."""
    return all(i == j for size, i, j in zip(a.shape, a.strides, b.strides, strict=True) if size > 1)
