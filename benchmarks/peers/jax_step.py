"""JAX: one jitted step per batch, which may overwrite its parameters and state."""

from __future__ import annotations

import os
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.flatten_util import ravel_pytree

from benchmarks.workloads import BATCHNORM_EPS, HYPER, Layers, Training, Update

PICK_INSIDE = 8192
"""Up to so many numbers in a batch, XLA picks the rows faster than NumPy does before the call."""


def versions() -> str:
    return f"JAX {jax.__version__}"


def threads() -> int:
    # XLA's pool has no setting that can be read: it takes the processors that the process may use.
    return len(os.sched_getaffinity(0))


class Trainer:
    """With `flat`, parameters and state are one vector each, else a list of arrays."""

    def __init__(self, work: Training, flat: bool = False) -> None:
        self.work = work
        self.X, self.labels = work.X, work.labels.astype(np.int32)
        self.inside = work.X[0].size * work.batch <= PICK_INSIDE
        if self.inside:
            self.X, self.labels = jnp.asarray(self.X), jnp.asarray(self.labels)
        self.first, self.restore = ravel_pytree(work.start) if flat else (work.start, list)
        self.jitted = jax.jit(self.train, donate_argnums=0)
        self.losses = jax.jit(self.mean_loss)

    def mean_loss(self, theta: Any, X: Any, labels: Any, key: Any) -> Any:
        z = forward(self.work.layers, self.restore(theta), X, key)
        return -jnp.take_along_axis(jax.nn.log_softmax(z), labels[:, None], 1).mean()

    def train(self, carried: Any, X: Any, labels: Any, rows: Any) -> Any:
        theta, state, t, key = carried
        if self.inside:
            X, labels = X[rows], labels[rows]
        key, used = jax.random.split(key) if self.work.p else (key, key)
        grad = jax.grad(self.mean_loss)(theta, X, labels, used)
        return (*update(self.work.optimizer, theta, grad, state, t + 1), t + 1, key)

    def start(self) -> None:
        # Copies: the step overwrites what it gets.
        theta = jax.tree.map(jnp.array, self.first)
        self.carried = (theta, fresh_state(self.work.optimizer, theta), jnp.float32(0), key())

    def epoch(self, order: np.ndarray) -> None:
        order = order.astype(np.int32)
        for i in range(0, len(order), self.work.batch):
            rows = order[i : i + self.work.batch]
            batch = (self.X, self.labels, rows)
            if not self.inside:
                batch = (self.X.take(rows, axis=0), self.labels.take(rows), None)
            self.carried = self.jitted(self.carried, *batch)
        jax.block_until_ready(self.carried)

    def parameters(self) -> list[np.ndarray]:
        return [np.array(a) for a in self.restore(self.carried[0])]

    def loss(self) -> float:
        return float(self.losses(self.carried[0], self.X[:512], self.labels[:512], key()))


class Updater:
    def __init__(self, work: Update) -> None:
        theta = jnp.array(work.theta)
        self.carried = (theta, fresh_state(work.optimizer, theta), jnp.float32(0))
        self.grad = jnp.asarray(work.grad)

        def step(carried: Any, grad: Any) -> Any:
            theta, state, t = carried
            return (*update(work.optimizer, theta, grad, state, t + 1), t + 1)

        self.jitted = jax.jit(step, donate_argnums=0)

    def step(self) -> None:
        self.carried = jax.block_until_ready(self.jitted(self.carried, self.grad))

    def parameters(self) -> list[np.ndarray]:
        return [np.array(self.carried[0])]


def key() -> Any:
    # XLA's own generator is the fastest that it has on a processor.
    return jax.random.key(0, impl="unsafe_rbg")


def forward(layers: Layers, parameters: list[Any], x: Any, key: Any) -> Any:
    """Inside, images are (n, height, width, channels): on a processor XLA is faster with that."""
    rest = iter(parameters)
    if x.ndim == 4:
        x = x.transpose(0, 2, 3, 1)
    for spec in layers:
        match spec:
            case ("dense", _, _):
                x = x @ next(rest) + next(rest)
            case ("dense-", _, _):
                x = x @ next(rest)
            case ("conv", _, _):
                names = ("NHWC", "OIHW", "NHWC")
                x = lax.conv_general_dilated(x, next(rest), (1, 1), "SAME", dimension_numbers=names)
                x = x + next(rest)
            case ("batchnorm", _):
                # One pass for mean and variance, as XLA fuses them.
                mean, var = x.mean(0), x.var(0)
                x = (x - mean) * (lax.rsqrt(var + BATCHNORM_EPS) * next(rest)) + next(rest)
            case ("relu",):
                x = jax.nn.relu(x)
            case ("maxpool",):
                window = (1, 2, 2, 1)
                x = lax.reduce_window(x, -jnp.inf, lax.max, window, window, "VALID")
            case ("flatten",):
                x = x.transpose(0, 3, 1, 2).reshape(len(x), -1)
            case ("dropout", p):
                key, used = jax.random.split(key)
                x = jnp.where(jax.random.bernoulli(used, 1 - p, x.shape), x / (1 - p), 0)
            case _:
                raise ValueError(f"JAX: no layer {spec}")
    return x


def fresh_state(name: str, theta: Any) -> tuple[Any, ...]:
    slots = 2 if name in ("adam", "adamw") else 1
    return tuple(jax.tree.map(jnp.zeros_like, theta) for _ in range(slots))


def update(name: str, theta: Any, grad: Any, state: tuple[Any, ...], t: Any) -> tuple[Any, Any]:
    """(theta, state) after step t, array by array."""
    h = HYPER[name]
    lr = h["lr"]
    if name in ("adam", "adamw"):
        beta1, beta2, decay = h["beta1"], h["beta2"], h.get("weight_decay", 0.0)
        m, v = state
        m = jax.tree.map(lambda m, g: beta1 * m + (1 - beta1) * g, m, grad)
        v = jax.tree.map(lambda v, g: beta2 * v + (1 - beta2) * g * g, v, grad)
        # 1 - β^t in float32 loses four digits at t = 1.
        c1, c2 = -jnp.expm1(t * np.log(beta1)), -jnp.expm1(t * np.log(beta2))
        theta = jax.tree.map(
            lambda p, m, v: p * (1 - lr * decay) - lr * (m / c1) / (jnp.sqrt(v / c2) + h["eps"]),
            theta,
            m,
            v,
        )
        return theta, (m, v)
    (s,) = state
    if name == "momentum":
        s = jax.tree.map(lambda s, g: h["momentum"] * s + g, s, grad)
        return jax.tree.map(lambda p, s: p - lr * s, theta, s), (s,)
    beta = h["beta"]
    s = jax.tree.map(lambda s, g: beta * s + (1 - beta) * g * g, s, grad)
    moved = jax.tree.map(lambda p, s, g: p - lr * g / (jnp.sqrt(s) + h["eps"]), theta, s, grad)
    return moved, (s,)
