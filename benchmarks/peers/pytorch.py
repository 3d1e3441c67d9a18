"""PyTorch eager: the plain loop of its tutorials, on tensors."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from benchmarks.workloads import BATCHNORM_DECAY, BATCHNORM_EPS, HYPER, Training, Update


def versions() -> str:
    return f"PyTorch {torch.__version__}"


def threads() -> int:
    return torch.get_num_threads()


class Trainer:
    def __init__(
        self,
        work: Training,
        fused: bool = False,
        channels_last: bool = False,
        compiled: bool = False,
    ) -> None:
        self.work, self.fused = work, fused
        self.net = nn.Sequential(*map(layer, work.layers))
        self.X = torch.from_numpy(work.X)
        self.labels = torch.from_numpy(work.labels)
        if channels_last:
            self.net = self.net.to(memory_format=torch.channels_last)
            self.X = self.X.to(memory_format=torch.channels_last)
        # A compiled module shares the parameters of the plain one.
        self.forward = torch.compile(self.net) if compiled else self.net
        # PyTorch keeps W as (fan_out, fan_in).
        self.dense = {id(m.weight) for m in self.net if isinstance(m, nn.Linear)}

    def start(self) -> None:
        with torch.no_grad():
            for p, value in zip(self.net.parameters(), self.work.start, strict=True):
                p.copy_(torch.from_numpy(value.T if id(p) in self.dense else value))
        self.optimizer = optimizer(self.work.optimizer, self.net.parameters(), self.fused)

    def epoch(self, order: np.ndarray) -> None:
        for rows in torch.split(torch.from_numpy(order), self.work.batch):
            self.optimizer.zero_grad(set_to_none=True)
            z = self.forward(self.X.index_select(0, rows))
            functional.cross_entropy(z, self.labels.index_select(0, rows)).backward()
            self.optimizer.step()

    def parameters(self) -> list[np.ndarray]:
        arrays = [(p.detach().numpy().copy(), id(p) in self.dense) for p in self.net.parameters()]
        return [a.T if turned else a for a, turned in arrays]

    def loss(self) -> float:
        with torch.no_grad():
            return functional.cross_entropy(self.net(self.X[:512]), self.labels[:512]).item()


class Updater:
    def __init__(self, work: Update, fused: bool = False) -> None:
        self.theta = nn.Parameter(torch.from_numpy(work.theta.copy()))
        self.theta.grad = torch.from_numpy(work.grad)
        self.optimizer = optimizer(work.optimizer, [self.theta], fused)

    def step(self) -> None:
        self.optimizer.step()

    def parameters(self) -> list[np.ndarray]:
        return [self.theta.detach().numpy().copy()]


def layer(spec: tuple[Any, ...]) -> nn.Module:
    match spec:
        case ("dense" | "dense-" as kind, fan_in, fan_out):
            return nn.Linear(fan_in, fan_out, bias=kind == "dense")
        case ("conv", c_in, c_out):
            return nn.Conv2d(c_in, c_out, 3, padding=1)
        case ("batchnorm", units):
            return nn.BatchNorm1d(units, eps=BATCHNORM_EPS, momentum=1 - BATCHNORM_DECAY)
        case ("relu",):
            return nn.ReLU()
        case ("maxpool",):
            return nn.MaxPool2d(2)
        case ("flatten",):
            return nn.Flatten()
        case ("dropout", p):
            return nn.Dropout(p)
    raise ValueError(f"PyTorch: no layer {spec}")


def optimizer(name: str, parameters: Any, fused: bool) -> torch.optim.Optimizer:
    h = HYPER[name]
    # False would choose the plain loop; None is the default.
    common = {"lr": h["lr"], "fused": fused or None}
    match name:
        case "adam":
            betas = (h["beta1"], h["beta2"])
            return torch.optim.Adam(parameters, betas=betas, eps=h["eps"], **common)
        case "adamw":
            betas, decay = (h["beta1"], h["beta2"]), h["weight_decay"]
            return torch.optim.AdamW(
                parameters, betas=betas, eps=h["eps"], weight_decay=decay, **common
            )
        case "momentum":
            return torch.optim.SGD(parameters, momentum=h["momentum"], **common)
        case "rmsprop":
            return torch.optim.RMSprop(parameters, lr=h["lr"], alpha=h["beta"], eps=h["eps"])
    raise ValueError(f"PyTorch: no optimizer {name}")
