"""The reference of this repository."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.workloads import HYPER, Training, Update
from reference_impl import optim
from reference_impl.layers.activation import ReLU
from reference_impl.layers.dense import Dense
from reference_impl.layers.layer import Layer
from reference_impl.network import Network


def versions() -> str:
    return f"NumPy {np.__version__}"


def threads() -> int:
    from threadpoolctl import threadpool_info

    return max(pool["num_threads"] for pool in threadpool_info())


class Trainer:
    def __init__(self, work: Training) -> None:
        self.work = work
        layers = [layer(spec) for spec in work.layers]
        self.net = Network(layers, work.X.shape[1:], np.random.default_rng(0))
        self.X = np.empty((work.batch, *work.X.shape[1:]), np.float32)

    def start(self) -> None:
        self.net.theta[:] = np.concatenate([a.ravel() for a in self.work.start])
        self.optimizer = optimizer(self.work.optimizer).bind(self.net.theta, self.net.grad)

    def epoch(self, order: np.ndarray) -> None:
        work = self.work
        for i in range(0, len(order), work.batch):
            rows = order[i : i + work.batch]
            # mode="raise" would need a copy, so that nothing is half written.
            X = work.X.take(rows, axis=0, out=self.X[: len(rows)], mode="clip")
            self.net.loss_and_gradient(X, work.labels.take(rows))
            self.optimizer.step()

    def parameters(self) -> list[np.ndarray]:
        ends = np.cumsum([a.size for a in self.work.start])
        parts = np.split(self.net.theta.copy(), ends[:-1])
        return [a.reshape(b.shape) for a, b in zip(parts, self.work.start, strict=True)]

    def loss(self) -> float:
        return self.net.loss_and_gradient(self.work.X[:512], self.work.labels[:512])


class Updater:
    def __init__(self, work: Update) -> None:
        self.theta = work.theta.copy()
        self.optimizer = optimizer(work.optimizer).bind(self.theta, work.grad)

    def step(self) -> None:
        self.optimizer.step()

    def parameters(self) -> list[np.ndarray]:
        return [self.theta.copy()]


def layer(spec: tuple[Any, ...]) -> Layer:
    match spec:
        case ("dense" | "dense-" as kind, _, fan_out):
            return Dense(fan_out, bias=kind == "dense")
        case ("relu",):
            return ReLU()
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
