"""The reference of this repository, by its own training loop."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.workloads import BATCHNORM_DECAY, BATCHNORM_EPS, HYPER, Training, Update
from reference_impl import optim, training
from reference_impl.layers.activation import ReLU
from reference_impl.layers.batchnorm import BatchNorm
from reference_impl.layers.convolution import Conv2D
from reference_impl.layers.dense import Dense
from reference_impl.layers.dropout import Dropout
from reference_impl.layers.flatten import Flatten
from reference_impl.layers.layer import Layer
from reference_impl.layers.pooling import MaxPool2D
from reference_impl.network import Network


def versions() -> str:
    import numba

    return f"NumPy {np.__version__} on OpenBLAS's kernel {kernel()}; Numba {numba.__version__}"


def kernel() -> str:
    from threadpoolctl import threadpool_info

    pools = (pool for pool in threadpool_info() if pool["internal_api"] == "openblas")
    return next((pool["architecture"] for pool in pools), "none")


def threads() -> int:
    from threadpoolctl import threadpool_info

    return max(pool["num_threads"] for pool in threadpool_info())


class Given:
    """Stands in for a generator: it gives the order that every peer gets."""

    def __init__(self, order: np.ndarray) -> None:
        self.order = order

    def permutation(self, n: int) -> np.ndarray:
        return self.order


class Trainer:
    def __init__(self, work: Training, compiled: bool = True) -> None:
        self.work, self.compiled = work, compiled
        layers = [layer(spec) for spec in work.layers]
        self.net = Network(layers, work.X.shape[1:], np.random.default_rng(0))

    def start(self) -> None:
        self.net.theta[:] = np.concatenate([a.ravel() for a in self.work.start])
        chosen = optimizer(self.work.optimizer)
        self.trainer = training.Trainer(
            self.net, chosen, batch_size=self.work.batch, compiled=self.compiled
        )

    def epoch(self, order: np.ndarray) -> None:
        self.net.rng = Given(order)
        self.trainer.train_epoch(self.work.X, self.work.labels)

    def parameters(self) -> list[np.ndarray]:
        ends = np.cumsum([a.size for a in self.work.start])
        parts = np.split(self.net.theta.copy(), ends[:-1])
        return [a.reshape(b.shape) for a, b in zip(parts, self.work.start, strict=True)]

    def loss(self) -> float:
        return self.net.backprop(self.work.X[:512], self.work.labels[:512])


class Updater:
    def __init__(self, work: Update, compiled: bool = True) -> None:
        self.theta = work.theta.copy()
        self.optimizer = optimizer(work.optimizer).bind(self.theta, work.grad, compiled)

    def step(self) -> None:
        self.optimizer.step()

    def parameters(self) -> list[np.ndarray]:
        return [self.theta.copy()]


def layer(spec: tuple[Any, ...]) -> Layer:
    match spec:
        case ("dense" | "dense-" as kind, _, fan_out):
            return Dense(fan_out, bias=kind == "dense")
        case ("conv", _, c_out):
            return Conv2D(c_out, 3, pad=1)
        case ("maxpool",):
            return MaxPool2D(2)
        case ("flatten",):
            return Flatten()
        case ("batchnorm", _):
            return BatchNorm(eps=BATCHNORM_EPS, decay=BATCHNORM_DECAY)
        case ("relu",):
            return ReLU()
        case ("dropout", p):
            return Dropout(p)
    raise ValueError(f"the reference: no layer {spec}")


def optimizer(name: str) -> optim.Optimizer:
    h = HYPER[name]
    match name:
        case "adam":
            return optim.Adam(**h)
        case "adamw":
            return optim.AdamW(**h)
        case "momentum":
            return optim.SGD(**h)
        case "rmsprop":
            return optim.RMSprop(**h, eps_inside=False)
    raise ValueError(f"the reference: no optimizer {name}")
