"""Plain NumPy as a student writes it first: one array per parameter, the formulas as they are."""

from __future__ import annotations

import numpy as np

from benchmarks.workloads import HYPER, Training, Update


def versions() -> str:
    return f"NumPy {np.__version__}"


def threads() -> int:
    from threadpoolctl import threadpool_info

    return max(pool["num_threads"] for pool in threadpool_info())


class Trainer:
    """Dense layers with ReLU between them."""

    def __init__(self, work: Training) -> None:
        self.work = work

    def start(self) -> None:
        self.theta = [a.copy() for a in self.work.start]
        self.states = [fresh_state(self.work.optimizer, a) for a in self.theta]
        self.t = 0

    def forward(self, x: np.ndarray) -> list[np.ndarray]:
        """The input and the output of each layer; the last one is log p."""
        outputs = [x]
        for W, b in zip(self.theta[:-2:2], self.theta[1:-2:2], strict=True):
            outputs.append(np.maximum(0, outputs[-1] @ W + b))
        z = outputs[-1] @ self.theta[-2] + self.theta[-1]
        z = z - z.max(axis=1, keepdims=True)
        return [*outputs, z - np.log(np.exp(z).sum(axis=1, keepdims=True))]

    def gradients(self, x: np.ndarray, labels: np.ndarray) -> list[np.ndarray]:
        *outputs, log_p = self.forward(x)
        dz = np.exp(log_p)
        dz[np.arange(len(x)), labels] -= 1
        dz /= len(x)
        grads = []
        for y, W in zip(outputs[::-1], self.theta[-2::-2], strict=True):
            grads += [dz.sum(axis=0), y.T @ dz]
            dz = (dz @ W.T) * (y > 0)
        return grads[::-1]

    def epoch(self, order: np.ndarray) -> None:
        for i in range(0, len(order), self.work.batch):
            rows = order[i : i + self.work.batch]
            grads = self.gradients(self.work.X[rows], self.work.labels[rows])
            self.t += 1
            for k, grad in enumerate(grads):
                self.theta[k], self.states[k] = update(
                    self.work.optimizer, self.theta[k], self.states[k], grad, self.t
                )

    def parameters(self) -> list[np.ndarray]:
        return self.theta

    def loss(self) -> float:
        log_p = self.forward(self.work.X[:512])[-1]
        return float(-log_p[np.arange(len(log_p)), self.work.labels[:512]].mean())


class Updater:
    def __init__(self, work: Update) -> None:
        self.work, self.theta, self.t = work, work.theta, 0
        self.state = fresh_state(work.optimizer, work.theta)

    def step(self) -> None:
        self.t += 1
        self.theta, self.state = update(
            self.work.optimizer, self.theta, self.state, self.work.grad, self.t
        )

    def parameters(self) -> list[np.ndarray]:
        return [self.theta]


def fresh_state(name: str, theta: np.ndarray) -> tuple[np.ndarray, ...]:
    slots = 2 if name in ("adam", "adamw") else 1
    return tuple(np.zeros_like(theta) for _ in range(slots))


def update(
    name: str, theta: np.ndarray, state: tuple[np.ndarray, ...], g: np.ndarray, t: int
) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
    """(theta, state) after step t."""
    h = HYPER[name]
    lr = h["lr"]
    if name in ("adam", "adamw"):
        m, v = state
        m = h["beta1"] * m + (1 - h["beta1"]) * g
        v = h["beta2"] * v + (1 - h["beta2"]) * g**2
        m_hat = m / (1 - h["beta1"] ** t)
        v_hat = v / (1 - h["beta2"] ** t)
        theta = theta - lr * h.get("weight_decay", 0.0) * theta
        return theta - lr * m_hat / (np.sqrt(v_hat) + h["eps"]), (m, v)
    (s,) = state
    if name == "momentum":
        s = h["momentum"] * s + g
        return theta - lr * s, (s,)
    s = h["beta"] * s + (1 - h["beta"]) * g**2
    return theta - lr * g / (np.sqrt(s) + h["eps"]), (s,)
