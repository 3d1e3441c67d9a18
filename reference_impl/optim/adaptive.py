"""A learning rate for each parameter, from the gradients that it has seen."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from reference_impl._validate import between, not_negative, positive
from reference_impl.compiled import loops
from reference_impl.layers.layer import Floats
from reference_impl.optim.optimizer import Optimizer


class AdaGrad(Optimizer):
    """`adagrad_step` in place.

    G = G + g²,   θ = θ - η g / √(G + ε)

    Parameters
    ----------
    lr : η; PyTorch 0.01, Keras 0.001
    eps : ε; PyTorch 1e-10, Keras 1e-7
    eps_inside : False for PyTorch's √G + ε
    start : of G; Keras 0.1
    """

    slots = ("G",)

    def __init__(
        self, lr: float, eps: float = 1e-7, eps_inside: bool = True, start: float = 0.0
    ) -> None:
        super().__init__(lr)
        positive(eps=eps)
        not_negative(start=start)
        self.eps, self.eps_inside, self.start = eps, eps_inside, start

    def bind(self, theta: Floats, grad: Floats, compiled: bool | None = None) -> AdaGrad:
        super().bind(theta, grad, compiled)
        self.state[...] = self.start
        return self

    def update(self, theta: Floats, g: Floats, G: Floats, tmp: Floats, lr: float) -> None:
        np.multiply(g, g, out=tmp)
        G += tmp
        _divide_by_root(g, G, self.eps, self.eps_inside, out=tmp)
        tmp *= lr
        theta -= tmp

    def loop(self) -> Callable[..., None]:
        return loops.adagrad

    def numbers(self) -> tuple[float, ...]:
        return (self.eps, self.eps_inside)


class RMSprop(Optimizer):
    """`rmsprop_step` in place.

    s = β s + (1-β) g²,   θ = θ - η g / √(s + ε)

    Parameters
    ----------
    lr : η; PyTorch 0.01, Keras 0.001
    beta : β in [0, 1); PyTorch 0.99, Keras 0.9
    eps : ε; PyTorch 1e-8, Keras 1e-7
    eps_inside : False for PyTorch's √s + ε
    """

    slots = ("s",)

    def __init__(
        self, lr: float, beta: float = 0.9, eps: float = 1e-7, eps_inside: bool = True
    ) -> None:
        super().__init__(lr)
        between("beta", beta, 0, 1, below=True)
        positive(eps=eps)
        self.beta, self.eps, self.eps_inside = beta, eps, eps_inside

    def update(self, theta: Floats, g: Floats, s: Floats, tmp: Floats, lr: float) -> None:
        s *= self.beta
        np.multiply(g, g, out=tmp)
        tmp *= 1 - self.beta
        s += tmp
        _divide_by_root(g, s, self.eps, self.eps_inside, out=tmp)
        tmp *= lr
        theta -= tmp

    def loop(self) -> Callable[..., None]:
        return loops.rmsprop

    def numbers(self) -> tuple[float, ...]:
        return (self.eps, self.eps_inside, self.beta, 1 - self.beta)


def _divide_by_root(g: Floats, s: Floats, eps: float, inside: bool, out: Floats) -> None:
    """g / √(s + ε), or g / (√s + ε)."""
    if inside:
        np.add(s, eps, out=out)
        np.sqrt(out, out=out)
    else:
        np.sqrt(s, out=out)
        out += eps
    np.divide(g, out, out=out)


class AdaDelta(Optimizer):
    """`adadelta_step` in place.

    s = ρ s + (1-ρ) g²,   Δ = √(d + ε) / √(s + ε) · g,   d = ρ d + (1-ρ) Δ²,   θ = θ - η Δ

    Parameters
    ----------
    lr : η; the paper and PyTorch 1, Keras 0.001
    rho : ρ in [0, 1); PyTorch 0.9, Keras 0.95
    eps : ε, inside both roots; PyTorch 1e-6, Keras 1e-7
    """

    slots = ("s", "d")

    def __init__(self, lr: float = 1.0, rho: float = 0.95, eps: float = 1e-6) -> None:
        super().__init__(lr)
        between("rho", rho, 0, 1, below=True)
        positive(eps=eps)
        self.rho, self.eps = rho, eps

    def update(
        self, theta: Floats, g: Floats, s: Floats, d: Floats, tmp: Floats, lr: float
    ) -> None:
        s *= self.rho
        np.multiply(g, g, out=tmp)
        tmp *= 1 - self.rho
        s += tmp
        np.divide(d + self.eps, s + self.eps, out=tmp)
        np.sqrt(tmp, out=tmp)
        tmp *= g  # Δ
        d *= self.rho
        d += (1 - self.rho) * tmp**2
        tmp *= lr
        theta -= tmp

    def loop(self) -> Callable[..., None]:
        return loops.adadelta

    def numbers(self) -> tuple[float, ...]:
        return (self.eps, self.rho, 1 - self.rho)
