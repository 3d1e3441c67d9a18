"""The methods of notebook 04 on one network, each at the best of its own nine rates."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from reference_impl.experiments.claims.small import Fit, best, fit, grid, hidden, sets
from reference_impl.layers.layer import Floats
from reference_impl.optim import SGD, AdaDelta, AdaGrad, Adam, Nadam, RMSprop
from reference_impl.optim.optimizer import Optimizer

WINDOW = 10
"""As long as the memory of AdaDelta's average, 1/(1-ρ), at PyTorch's ρ = 0.9."""


class WindowAdaDelta(Optimizer):
    """AdaDelta with windows: the sum of the last ten squares, divided by ten, is s, and d likewise.

    Before the tenth step the windows are filled up with zeros, as the averages start at 0.
    """

    slots = tuple(f"{name} {i}" for name in ("g²", "Δ²") for i in range(WINDOW))

    def __init__(self, eps: float) -> None:
        super().__init__(1.0)
        self.eps = eps

    def update(self, theta: Floats, g: Floats, *rest: Floats) -> None:
        squares, updates = rest[:WINDOW], rest[WINDOW : 2 * WINDOW]
        place = (self.t - 1) % WINDOW
        squares[place][...] = g**2
        s, d = sum(squares) / WINDOW, sum(updates) / WINDOW
        delta = np.sqrt((d + self.eps) / (s + self.eps)) * g
        updates[place][...] = delta**2
        theta -= delta


METHODS: dict[str, tuple[Callable[[float], Optimizer], tuple[float, ...]]] = {
    "gradient descent": (SGD, grid(0.003, 3, 9)),
    "momentum": (lambda rate: SGD(rate, 0.9), grid(0.0003, 0.3, 9)),
    "AdaGrad": (AdaGrad, grid(0.0001, 1, 9)),  # its first step moves every weight by the rate
    "RMSprop": (RMSprop, grid(0.0001, 0.1, 9)),
    "AdaDelta": (lambda eps: AdaDelta(1.0, 0.9, eps), grid(1e-7, 10, 9)),
    "AdaDelta, window": (WindowAdaDelta, grid(1e-7, 10, 9)),
    "Adam": (Adam, grid(0.0001, 0.1, 9)),
    "Nadam": (Nadam, grid(0.0001, 0.1, 9)),
}
"""Method → (its optimizer at a rate, the rates that are tried). AdaDelta's is its ε."""


def trained(
    method: str, rate: float, seed: int, units: bool, epochs: int, noisy: float = 0.0
) -> Fit:
    """A network with one hidden layer on the digits."""
    data = sets(seed, units=units, noisy=noisy)
    return fit(data, hidden((32,)), METHODS[method][0](rate), epochs, seed)


def chosen(
    rate: float, seed: int, method: str, units: bool, epochs: int, noisy: float = 0.0
) -> float:
    """How good a rate is: the training loss, with seeds that choose."""
    return trained(method, rate, seed, units, epochs, noisy).loss


def validated(rate: float, seed: int, method: str, units: bool, epochs: int) -> float:
    """The same by the validation loss."""
    return trained(method, rate, seed, units, epochs).on(sets(seed, units=units).validation)[0]


def at_best(
    method: str, seed: int, units: bool, epochs: int, score: Callable[..., float] = chosen
) -> Fit:
    """A method at the best of its nine rates."""
    rate = best(score, METHODS[method][1], seed, method, units, epochs)
    return trained(method, rate, seed, units, epochs)


def loss_on_test(run: Fit, seed: int, units: bool) -> float:
    """The loss on the test images."""
    return run.on(sets(seed, units=units).test)[0]
