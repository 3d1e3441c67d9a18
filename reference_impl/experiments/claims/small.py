"""Small trainings that the labs share: data in three parts, a network, a run, a search for a rate.

Every setting that is chosen, a learning rate above all, is chosen on starts and images that are not
reported: on the validation part, with five seeds of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference_impl._validate import Array
from reference_impl.datasets import Labels, Split
from reference_impl.handwritten import digits
from reference_impl.layers.activation import ReLU
from reference_impl.layers.batchnorm import BatchNorm
from reference_impl.layers.dense import Dense
from reference_impl.layers.dropout import Dropout
from reference_impl.layers.layer import Layer
from reference_impl.mnist1d import mnist1d
from reference_impl.network import Network
from reference_impl.optim.optimizer import Optimizer
from reference_impl.race import own_units
from reference_impl.training import Trainer

WORST = 100.0
"""The loss of a run that diverged."""

LEARNED = 0.01
"""Added to losses and to shares of wrong answers, so that a ratio does not compare two networks
that have both learned all there is: 0.0001 is no better than 0.0002."""


@dataclass(frozen=True)
class Sets:
    """Images or signals: `train`, `validation` and `test` are (samples, labels)."""

    train: tuple[Array, Labels]
    validation: tuple[Array, Labels]
    test: tuple[Array, Labels]


@cache
def _whole(name: str) -> Split:
    return digits(0) if name == "digits" else mnist1d()


@lru_cache(maxsize=64)
def sets(
    seed: int, train: int = 1000, name: str = "digits", noisy: float = 0.0, units: bool = False
) -> Sets:
    """The digits (or "signals", MNIST-1D), standardized by the training part's mean and deviation.

    Parameters
    ----------
    seed : which samples train, and which choose; the test samples are always the same
    train : how many train; 400 others choose
    noisy : share of the training labels that are drawn anew
    units : whether each input is then given a unit of its own, from 1/20 to 5
    """
    data, rng = _whole(name), np.random.default_rng(5000 + seed)
    order = rng.permutation(len(data.X))
    used, choose = order[:train], order[-400:]
    center, spread = data.X[used].mean(axis=0), data.X[used].std()
    labels = data.labels[used].copy()
    wrong = rng.random(train) < noisy
    labels[wrong] = rng.integers(0, 10, int(wrong.sum()))

    factors = own_units() if units else 1.0

    def scaled(X: NDArray[Any]) -> Array:
        return np.asarray((X - center) / spread * factors, np.float64)

    return Sets(
        (scaled(data.X[used]), labels),
        (scaled(data.X[choose]), data.labels[choose]),
        (scaled(data.X_test), data.labels_test),
    )


def hidden(
    widths: Sequence[int],
    activation: Callable[[], Layer] = ReLU,
    init: str = "he_normal",
    normalize: bool = False,
    dropout: float = 0.0,
) -> list[Layer]:
    """Hidden layers: dense, a normalization if wished, an activation, a dropout if wished."""
    layers: list[Layer] = []
    for units in widths:
        layers += [Dense(units, init), *([BatchNorm()] if normalize else []), activation()]
        layers += [Dropout(dropout)] if dropout else []
    return layers


@dataclass
class Fit:
    """A network after its training."""

    network: Network
    losses: list[float]
    validation_losses: list[float]
    validation_accuracies: list[float]

    @property
    def loss(self) -> float:
        """The training loss of the last epoch, and `LEARNED`."""
        return self.losses[-1] + LEARNED

    def on(self, part: tuple[Array, Labels]) -> tuple[float, float]:
        """(loss, share of wrong answers), each with `LEARNED`; the worst after a divergence."""
        with np.errstate(all="ignore"):
            loss, right = self.network.evaluate(*part)
        if not np.isfinite(loss):
            return WORST, 0.9 + LEARNED
        return min(loss, WORST) + LEARNED, 1 - right + LEARNED


def fit(
    data: Sets,
    layers: Sequence[Layer],
    optimizer: Optimizer,
    epochs: int,
    seed: int,
    batch: int = 32,
    watch: tuple[Array, Labels] | None = None,
    init: str = "he_normal",
    change: Callable[[Network], None] | None = None,
    l1: float = 0.0,
    l2: float = 0.0,
    clip_norm: float | None = None,
) -> Fit:
    """Train `layers` and a last dense one of ten units.

    Parameters
    ----------
    watch : samples that are judged after each epoch
    init : of the last layer
    change : called with the network before it is trained
    others : as in `Trainer`
    """
    X, labels = data.train
    network = Network([*layers, Dense(10, init)], X.shape[1:], np.random.default_rng(seed))
    if change:
        change(network)
    trainer = Trainer(network, optimizer, batch_size=batch, l1=l1, l2=l2, clip_norm=clip_norm)
    with np.errstate(all="ignore"):
        history = trainer.fit(X, labels, epochs, watch)
    losses = [min(float(loss), WORST) if np.isfinite(loss) else WORST for loss in history["loss"]]
    losses += [WORST] * (epochs - len(losses))
    return Fit(network, losses, history.get("val_loss", []), history.get("val_accuracy", []))


def choosing(seed: int) -> tuple[int, ...]:
    """Five seeds that choose and are not reported, for all reported seeds of the same thousand."""
    first = seed // 1000 * 1000 + 900
    return tuple(range(first, first + 5))


Score = Callable[..., float]
SMALLEST = 1e-9  # a score of 0 is as good as this


def best(score: Score, rates: Sequence[float], seed: int, *setting: Hashable) -> float:
    """The rate whose mean of log score(rate, seed, *setting) over the `choosing` seeds is lowest.

    The logarithm, as in what is reported: of two rates that are chosen by a hair, and perhaps by
    the rounding of a processor, either gives about the same effect then.
    """
    return _best(score, tuple(rates), choosing(seed), setting)


@cache
def _best(
    score: Score, rates: tuple[float, ...], seeds: tuple[int, ...], setting: tuple[Hashable, ...]
) -> float:
    scores = np.array([[score(rate, seed, *setting) for seed in seeds] for rate in rates])
    return rates[int(np.argmin(np.log(np.maximum(scores, SMALLEST)).mean(axis=1)))]


def grid(low: float, high: float, count: int) -> tuple[float, ...]:
    """Rates, each a constant factor above the one before."""
    return tuple(float(f"{rate:.3g}") for rate in np.geomspace(low, high, count))


def steps_until(values: Array, level: float) -> int:
    """The first step from which the values stay at or below a level; all of them if never."""
    above = np.flatnonzero(~(np.asarray(values) <= level))
    return int(above[-1]) + 1 if len(above) else 0
