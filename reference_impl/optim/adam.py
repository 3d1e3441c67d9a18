"""Adam and what grew out of it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from reference_impl._validate import between, not_negative, positive
from reference_impl.compiled import loops
from reference_impl.layers.layer import Floats
from reference_impl.optim.optimizer import Optimizer


class Adam(Optimizer):
    """`adam_step` in place, with fewer passes over memory.

    m = β1 m + (1-β1) g,   v = β2 v + (1-β2) g²
    θ = θ - η m̂ / (√v̂ + ε),   m̂ = m / (1 - β1^t),   v̂ = v / (1 - β2^t)

    Kept are M = m / (1-β1) and V = v / (1-β2), which need one multiplication less each, and all
    corrections go into two numbers per step:

    M = β1 M + g,   V = β2 V + g²,   θ = θ - η_t M / (√V + ε_t)

    Parameters
    ----------
    lr : η
    beta1, beta2 : in [0, 1)
    eps : ε; the paper and PyTorch 1e-8, Keras 1e-7
    eps_hat : True for Keras' √v + ε before the correction: the "epsilon hat" of the paper
    coupled_decay : λ; the gradient is then g + λ θ, so m and v see it: PyTorch's `weight_decay` of
        Adam. `AdamW` has the decay that they do not see
    """

    slots = ("M", "V")

    def __init__(
        self,
        lr: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-8,
        eps_hat: bool = False,
        coupled_decay: float = 0.0,
    ) -> None:
        super().__init__(lr)
        between("beta1", beta1, 0, 1, below=True)
        between("beta2", beta2, 0, 1, below=True)
        positive(eps=eps)
        not_negative(coupled_decay=coupled_decay)
        self.beta1, self.beta2, self.eps, self.eps_hat = beta1, beta2, eps, eps_hat
        self.coupled_decay = coupled_decay

    def coefficients(self) -> tuple[float, ...]:
        """(η_t, ε_t)"""
        correction1 = (1 - self.beta1**self.t) / (1 - self.beta1)
        correction2 = math.sqrt((1 - self.beta2**self.t) / (1 - self.beta2))
        eps_t = self.eps / math.sqrt(1 - self.beta2) if self.eps_hat else self.eps * correction2
        return self.lr * correction2 / correction1, eps_t

    def update(
        self,
        theta: Floats,
        g: Floats,
        M: Floats,
        V: Floats,
        tmp: Floats,
        lr_t: float,
        eps_t: float,
    ) -> None:
        if self.coupled_decay:
            np.multiply(theta, self.coupled_decay, out=tmp)
            g += tmp
        M *= self.beta1
        M += g
        V *= self.beta2
        np.multiply(g, g, out=tmp)
        V += tmp
        np.sqrt(V, out=tmp)
        tmp += eps_t
        np.divide(M, tmp, out=tmp)
        tmp *= lr_t
        theta -= tmp

    def loop(self) -> Callable[..., None]:
        return loops.adam

    def numbers(self) -> tuple[float, ...]:
        return (self.beta1, self.beta2, self.coupled_decay, 1.0)


class AdamW(Adam):
    """`adamw_step` in place: Adam, and weights that shrink by themselves.

    θ = (1 - η λ) θ,   then Adam's step

    Parameters
    ----------
    weight_decay : λ, decoupled: the gradient does not hold it; PyTorch 0.01, Keras 0.004
    others : as Adam
    """

    def __init__(
        self,
        lr: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-8,
        weight_decay: float = 0.01,
        eps_hat: bool = False,
    ) -> None:
        super().__init__(lr, beta1, beta2, eps, eps_hat)
        not_negative(weight_decay=weight_decay)
        self.weight_decay = weight_decay

    def update(self, theta: Floats, *rest: Any) -> None:
        theta *= 1 - self.lr * self.weight_decay
        super().update(theta, *rest)

    def numbers(self) -> tuple[float, ...]:
        return (self.beta1, self.beta2, 0.0, 1 - self.lr * self.weight_decay)


class Nadam(Optimizer):
    """`nadam_step` in place, with the schedule of β1 that the paper and the frameworks have.

    m = β1 m + (1-β1) g,   v = β2 v + (1-β2) g²
    m̂ = μ_{t+1} m / (1 - Π μ_1…μ_{t+1}) + (1-μ_t) g / (1 - Π μ_1…μ_t),   v̂ = v / (1 - β2^t)
    θ = θ - η m̂ / (√v̂ + ε)

    Parameters
    ----------
    lr : η
    beta1, beta2, eps : as Adam
    momentum_decay : ψ of μ_t = β1 (1 - ½ · 0.96^(t ψ)); None for μ_t = β1 as in `nadam_step`,
        PyTorch (and the paper, 1/250) 0.004, Keras 1
    """

    slots = ("m", "v")

    def __init__(
        self,
        lr: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-8,
        momentum_decay: float | None = None,
    ) -> None:
        super().__init__(lr)
        between("beta1", beta1, 0, 1, below=True)
        between("beta2", beta2, 0, 1, below=True)
        positive(eps=eps)
        not_negative(momentum_decay=momentum_decay or 0.0)
        self.beta1, self.beta2, self.eps = beta1, beta2, eps
        self.momentum_decay = momentum_decay
        self._products = [1.0]

    def mu(self, t: int) -> float:
        """μ_t"""
        if self.momentum_decay is None:
            return self.beta1
        return self.beta1 * (1 - 0.5 * math.pow(0.96, t * self.momentum_decay))

    def coefficients(self) -> tuple[float, ...]:
        """The weights of m and of g in η m̂, and 1 / √(1 - β2^t)."""
        while len(self._products) < self.t + 2:
            self._products.append(self._products[-1] * self.mu(len(self._products)))
        now, ahead = self._products[self.t : self.t + 2]
        weight_m = self.lr * self.mu(self.t + 1) / (1 - ahead)
        weight_g = self.lr * (1 - self.mu(self.t)) / (1 - now)
        return weight_m, weight_g, 1 / math.sqrt(1 - self.beta2**self.t)

    def update(
        self,
        theta: Floats,
        g: Floats,
        m: Floats,
        v: Floats,
        tmp: Floats,
        weight_m: float,
        weight_g: float,
        correction: float,
    ) -> None:
        m *= self.beta1
        np.multiply(g, 1 - self.beta1, out=tmp)
        m += tmp
        v *= self.beta2
        np.multiply(g, g, out=tmp)
        tmp *= 1 - self.beta2
        v += tmp
        root = np.sqrt(v, out=tmp)
        root *= correction
        root += self.eps
        theta -= (weight_m * m + weight_g * g) / root

    def loop(self) -> Callable[..., None]:
        return loops.nadam

    def numbers(self) -> tuple[float, ...]:
        return (self.eps, self.beta1, 1 - self.beta1, self.beta2, 1 - self.beta2)
