"""A small network as one flat vector of parameters, so that any optimizer's step can train it.

Handwritten digits, 64 pixels → 32 tanh units → 10 classes. Notebook 04 lets a student's optimizers
race on it; `experiments.optimizers` is the same race with all rates and more starts.

It imports no optimizer, for a step function is handed in; and it trains with the layers in place,
so that it needs no function that students have yet to write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np

from reference_impl._validate import Array
from reference_impl.datasets import Labels
from reference_impl.handwritten import digits
from reference_impl.layers.activation import Tanh
from reference_impl.layers.dense import Dense
from reference_impl.network import Network

SIZES = (64, 32, 10)
BATCH = 32
TRAINED = 1000  # samples; the other 437 choose the rate, and the 360 test images choose nothing

Take = Callable[..., tuple[Array, ...]]
"""take(theta, kept, gradient, t, rate) → (theta, *kept): one step, and what it remembers."""


@dataclass(frozen=True)
class Digits:
    """The images of a race: `train`, `choose` and `test` are (images, labels)."""

    train: tuple[Array, Labels]
    choose: tuple[Array, Labels]
    test: tuple[Array, Labels]


class Tried(NamedTuple):
    """A rate, and the mean loss after a race on the images that choose."""

    data: str
    method: str
    rate: float
    loss: float


class Raced(NamedTuple):
    """A method at its chosen rate, on new starts: medians, and the accuracies' range."""

    data: str
    method: str
    rate: float
    train_loss: float
    test_loss: float
    accuracy: float
    lowest: float
    highest: float


class Reached(NamedTuple):
    """How many steps a run took to a training loss, and what its place there is like."""

    data: str
    method: str
    rate: float
    steps: int
    sharpness: float
    test_loss: float


def race_digits(seed: int, scales: Array | float = 1.0) -> Digits:
    """The digits, with the same test images for every seed.

    Parameters
    ----------
    seed : which of the other images train, and which choose a learning rate
    scales : what each pixel is multiplied by, one number or (64,)

    Returns
    -------
    Digits: 1,000 images to train, 437 to choose a rate, 360 to test
    """
    data = digits(0)
    order = np.random.default_rng(1000 + seed).permutation(len(data.X))
    train, choose = order[:TRAINED], order[TRAINED:]
    factors = np.asarray(scales, dtype=np.float64)
    return Digits(
        (data.X[train] * factors, data.labels[train]),
        (data.X[choose] * factors, data.labels[choose]),
        (data.X_test * factors, data.labels_test),
    )


def own_units() -> Array:
    """A factor for each of the 64 pixels, from 1/20 to 5 in random order, as other units give."""
    return np.random.default_rng(0).permutation(np.geomspace(0.05, 5.0, SIZES[0]))


@cache
def _network() -> Network:
    """The layers, in float64. Whoever uses them writes weights of their own into them first."""
    _, hidden, classes = SIZES
    layers = [Dense(hidden, "xavier_normal"), Tanh(), Dense(classes, "xavier_normal")]
    return Network(layers, SIZES[:1], np.random.default_rng(0), dtype=np.float64)


def first_weights(rng: np.random.Generator) -> Array:
    """Xavier's weights and biases of 0, in one vector."""
    network = _network()
    for layer in network.layers:
        layer.initialize(rng)
    return network.theta.copy()


def loss_and_gradient(theta: Array, X: Array, labels: Labels) -> tuple[float, Array]:
    """Cross-entropy of the network, and its gradient, a vector as long as theta."""
    network = _network()
    network.theta[...] = theta
    loss = network.backprop(X, labels)
    return loss, network.grad.copy()


def evaluate(theta: Array, X: Array, labels: Labels) -> tuple[float, float]:
    """Cross-entropy, and the share of images whose digit is right."""
    network = _network()
    network.theta[...] = theta
    logits = network.forward(X)
    loss, _ = network.output.loss_and_gradient(logits, labels)
    return loss, network.output.score(logits, labels)


def training(take: Take, memory: int, rate: float, data: Digits, seed: int) -> Iterator[Array]:
    """The weights after each step of mini-batch training; it goes on for ever.

    Parameters
    ----------
    take : one step of an optimizer
    memory : how many vectors, zeros at first, it keeps between two steps
    rate : handed to `take`
    data : trained on `data.train`
    seed : of the first weights, and of the order of the images

    Yields
    ------
    theta; the last one is of a step whose weights are no longer finite, if that happens
    """
    rng = np.random.default_rng(seed)
    theta = first_weights(rng)
    kept = [np.zeros_like(theta) for _ in range(memory)]
    X, labels = data.train
    t = 0
    while True:
        shuffled = rng.permutation(len(X))
        for i in range(0, len(X) - BATCH + 1, BATCH):
            batch = shuffled[i : i + BATCH]
            t += 1
            with np.errstate(all="ignore"):
                gradient = loss_and_gradient(theta, X[batch], labels[batch])[1]
                theta, *kept = take(theta, kept, gradient, t, rate)
            if not np.isfinite(theta).all():
                return
            yield theta


def sharpness(
    gradient: Callable[[Array], Array],
    theta: Array,
    rng: np.random.Generator,
    iterations: int = 40,
    h: float = 1e-4,
) -> float:
    """The largest eigenvalue of the Hessian at a minimum, by power iteration.

    H u ≈ (∇L(θ + h u) - ∇L(θ - h u)) / 2h,   u ← H u / ‖H u‖,   λ = uᵀ H u

    Parameters
    ----------
    gradient : ∇L as a function of theta
    theta : where
    rng : of the first direction u
    iterations : each costs two gradients
    h : length of the step for the difference

    Returns
    -------
    the eigenvalue of the largest size; near a minimum it is the largest one
    """
    u = rng.normal(size=theta.shape)
    u /= np.linalg.norm(u)
    for _ in range(iterations):
        Hu = (gradient(theta + h * u) - gradient(theta - h * u)) / (2 * h)
        eigenvalue = float(u @ Hu)
        u = Hu / np.linalg.norm(Hu)
    return eigenvalue
