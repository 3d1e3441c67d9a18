"""Gradient descent on mini-batches, with momentum in each of its forms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from reference_impl._validate import between, not_negative
from reference_impl.compiled import loops
from reference_impl.layers.layer import Floats
from reference_impl.optim.optimizer import Optimizer


class SGD(Optimizer):
    """Gradient descent on mini-batches, with momentum in each of its forms.

    no momentum                      θ = θ - η g
    "outside" (PyTorch)              v = μ v + g,          θ = θ - η v
    "inside"  (Polyak, Keras)        v = μ v + η g,        θ = θ - v
    "average" (the (1-β) form)       v = μ v + (1-μ) g,    θ = θ - η v
    "outside", nesterov (PyTorch)    v = μ v + g,          θ = θ - η (g + μ v)
    "inside",  nesterov (Keras)      v = μ v + η g,        θ = θ - (η g + μ v)

    Parameters
    ----------
    lr : η
    momentum : μ in [0, 1)
    nesterov : Nesterov's step at the stored point, as `nag_step_stored`
    form : where η stands: "outside", "inside" or "average"
    coupled_decay : λ; the gradient is then g + λ θ: PyTorch's `weight_decay` of SGD
    """

    def __init__(
        self,
        lr: float,
        momentum: float = 0.0,
        nesterov: bool = False,
        form: str = "outside",
        coupled_decay: float = 0.0,
    ) -> None:
        super().__init__(lr)
        between("momentum", momentum, 0, 1, below=True)
        not_negative(coupled_decay=coupled_decay)
        if form not in ("outside", "inside", "average"):
            raise ValueError(f"form is {form!r}; it must be 'outside', 'inside' or 'average'")
        if nesterov and (form == "average" or not momentum):
            raise ValueError("nesterov needs momentum above 0, and the form 'outside' or 'inside'")
        self.momentum, self.nesterov, self.form = momentum, nesterov, form
        self.coupled_decay = coupled_decay
        self.slots = ("v",) if momentum else ()

    def update(self, theta: Floats, g: Floats, *rest: Any) -> None:
        *state, tmp, lr = rest
        if self.coupled_decay:
            np.multiply(theta, self.coupled_decay, out=tmp)
            g += tmp
        if not state:
            np.multiply(g, lr, out=tmp)
            theta -= tmp
            return
        (v,) = state
        v *= self.momentum
        if self.form == "outside":
            v += g
            if self.nesterov:
                np.multiply(v, self.momentum, out=tmp)
                tmp += g
                tmp *= lr
            else:
                np.multiply(v, lr, out=tmp)
            theta -= tmp
        elif self.form == "inside":
            np.multiply(g, lr, out=tmp)
            v += tmp
            if self.nesterov:
                theta -= tmp
                np.multiply(v, self.momentum, out=tmp)
                theta -= tmp
            else:
                theta -= v
        else:
            np.multiply(g, 1 - self.momentum, out=tmp)
            v += tmp
            np.multiply(v, lr, out=tmp)
            theta -= tmp

    def loop(self) -> Callable[..., None]:
        if not self.momentum:
            return loops.sgd
        forms = {
            "outside": loops.momentum_outside,
            "inside": loops.momentum_inside,
            "average": loops.momentum_average,
        }
        return forms[self.form]

    def numbers(self) -> tuple[float, ...]:
        if not self.momentum:
            return (self.coupled_decay,)
        last = 1 - self.momentum if self.form == "average" else self.nesterov
        return (self.coupled_decay, self.momentum, last)
