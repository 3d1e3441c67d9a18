"""Keras 3 on PyTorch: `train_on_batch` on tensors, which is no slower than `fit`."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import torch

from benchmarks.workloads import BATCHNORM_DECAY, BATCHNORM_EPS, HYPER, Training, Update

LAYERS = keras.layers


def versions() -> str:
    return f"Keras {keras.__version__} on PyTorch {torch.__version__}"


def threads() -> int:
    return torch.get_num_threads()


class Trainer:
    def __init__(self, work: Training) -> None:
        self.work = work
        inputs = LAYERS.Input(work.X.shape[1:])
        self.net = keras.Sequential([inputs, *map(layer, work.layers)])
        self.X = torch.from_numpy(work.X)
        self.labels = torch.from_numpy(work.labels)
        self.cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        self.net.compile(optimizer=optimizer(work.optimizer), loss=self.cross_entropy)
        self.net.optimizer.build(self.net.trainable_variables)
        kept = [*self.net.non_trainable_variables, *self.net.optimizer.variables]
        self.fresh = [(variable, variable.numpy().copy()) for variable in kept]

    def start(self) -> None:
        for variable, value in self.fresh:
            variable.assign(value)
        for variable, value in zip(self.net.trainable_variables, self.work.start, strict=True):
            # Keras keeps K as (3, 3, c_in, c_out).
            variable.assign(value.transpose(2, 3, 1, 0) if value.ndim == 4 else value)

    def epoch(self, order: np.ndarray) -> None:
        for rows in torch.split(torch.from_numpy(order), self.work.batch):
            self.net.train_on_batch(self.X.index_select(0, rows), self.labels.index_select(0, rows))

    def parameters(self) -> list[np.ndarray]:
        arrays = [v.numpy().copy() for v in self.net.trainable_variables]
        return [a.transpose(3, 2, 0, 1) if a.ndim == 4 else a for a in arrays]

    def loss(self) -> float:
        with torch.no_grad():
            z = self.net(self.X[:512], training=True)
            return float(self.cross_entropy(self.labels[:512], z))


class Updater:
    def __init__(self, work: Update) -> None:
        self.theta = keras.Variable(work.theta)
        self.grad = torch.from_numpy(work.grad)
        self.optimizer = optimizer(work.optimizer)
        self.optimizer.build([self.theta])

    def step(self) -> None:
        with torch.no_grad():
            self.optimizer.apply([self.grad])

    def parameters(self) -> list[np.ndarray]:
        return [self.theta.numpy().copy()]


def layer(spec: tuple[Any, ...]) -> keras.Layer:
    # PyTorch computes in this order, and would have to reorder Keras' usual one.
    order = {"data_format": "channels_first"}
    match spec:
        case ("dense" | "dense-" as kind, _, fan_out):
            return LAYERS.Dense(fan_out, use_bias=kind == "dense")
        case ("conv", _, c_out):
            return LAYERS.Conv2D(c_out, 3, padding="same", **order)
        case ("batchnorm", _):
            return LAYERS.BatchNormalization(momentum=BATCHNORM_DECAY, epsilon=BATCHNORM_EPS)
        case ("relu",):
            return LAYERS.ReLU()
        case ("maxpool",):
            return LAYERS.MaxPooling2D(2, **order)
        case ("flatten",):
            # With channels_first, Keras would move the channels to the end.
            return LAYERS.Flatten()
        case ("dropout", p):
            return LAYERS.Dropout(p)
    raise ValueError(f"Keras: no layer {spec}")


def optimizer(name: str) -> keras.optimizers.Optimizer:
    h = HYPER[name]
    match name:
        case "adam":
            return keras.optimizers.Adam(h["lr"], h["beta1"], h["beta2"], h["eps"])
        case "adamw":
            betas = {"beta_1": h["beta1"], "beta_2": h["beta2"]}
            decay = h["weight_decay"]
            return keras.optimizers.AdamW(h["lr"], weight_decay=decay, epsilon=h["eps"], **betas)
        case "momentum":
            return keras.optimizers.SGD(h["lr"], h["momentum"])
        case "rmsprop":
            return keras.optimizers.RMSprop(h["lr"], h["beta"], epsilon=h["eps"])
    raise ValueError(f"Keras: no optimizer {name}")
