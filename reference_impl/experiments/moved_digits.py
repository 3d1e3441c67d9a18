"""Dense layers and a convolution on digits that do not stay in the middle of the image.

    python -m reference_impl.experiments.moved_digits    # some minutes of one core

It writes `moved_digits_stored`, from which notebook 13 draws. Each network gets the rate, of
several, that is best on training images put aside, with starts that are not reported. What is
reported comes from other starts, and from moved test images that have chosen nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from reference_impl.augmentation import moved
from reference_impl.datasets import Split
from reference_impl.experiments.stored import as_list, heading, told, write
from reference_impl.handwritten import mnist5k
from reference_impl.layers.activation import ReLU
from reference_impl.layers.convolution import Conv2D
from reference_impl.layers.dense import Dense
from reference_impl.layers.flatten import Flatten
from reference_impl.layers.layer import Floats, Layer
from reference_impl.layers.pooling import AvgPool2D, MaxPool2D
from reference_impl.network import Network
from reference_impl.optim import Adam
from reference_impl.schedules import cosine_decay
from reference_impl.training import Trainer

REACH = 3  # pixels of the 28 by 28 image
EPOCHS, BATCH = 15, 50
RATES = (0.001, 0.003, 0.01, 0.03, 0.1)
ASIDE = 1000  # training images, the last ones, that choose the rate
CHOOSING, REPORTED = (10, 11), (0, 1, 2, 3, 4)  # seeds


def _dense(units: int) -> Callable[[], Sequence[Layer]]:
    return lambda: [Flatten(), Dense(units), ReLU(), Dense(10)]


NETWORKS: dict[str, Callable[[], Sequence[Layer]]] = {
    "convolution": lambda: [Conv2D(8, 5), ReLU(), MaxPool2D(2), Flatten(), Dense(10)],
    "dense, 11 units": _dense(11),
    "dense, 64 units": _dense(64),
    "dense, 256 units": _dense(256),
}
"""The first two have about as many parameters; the others are what a dense network can do."""

Row = tuple[str, bool, int, float, list[float]]


def digits(move_training: bool) -> Split:
    """`mnist5k` at half the size, (n, 1, 14, 14): test images moved, training images if wished."""
    data, rng = mnist5k(), np.random.default_rng(0)
    X: Floats = data.X.reshape(-1, 1, 28, 28)
    X_test = moved(data.X_test.reshape(-1, 1, 28, 28), REACH, rng)
    if move_training:
        X = moved(X, REACH, rng)
    half = AvgPool2D(2).forward
    return Split(half(X), data.labels, half(X_test), data.labels_test)


def trained(name: str, data: Split, rate: float, seed: int) -> Network:
    """One network, trained on `data`."""
    network = Network(NETWORKS[name](), (1, 14, 14), np.random.default_rng(seed))
    trainer = Trainer(
        network,
        Adam(rate),
        batch_size=BATCH,
        schedule=lambda epoch: cosine_decay(rate, epoch, EPOCHS),
    )
    trainer.fit(data.X, data.labels, EPOCHS)
    return network


def row(name: str, move_training: bool) -> Row:
    """One kind of network: its parameters, its rate, and its test accuracies at that rate."""
    data = digits(move_training)
    # Choose on moved images in any case: those are what the network is for.
    aside = digits(move_training=True)
    X_aside, labels_aside = aside.X[-ASIDE:], aside.labels[-ASIDE:]
    rest = Split(data.X[:-ASIDE], data.labels[:-ASIDE], X_aside, labels_aside)

    def right(rate: float) -> float:
        networks = [trained(name, rest, rate, seed) for seed in CHOOSING]
        return float(np.mean([n.evaluate(X_aside, labels_aside)[1] for n in networks]))

    rate = max(RATES, key=right)
    networks = [trained(name, data, rate, seed) for seed in REPORTED]
    found = [round(n.evaluate(data.X_test, data.labels_test)[1], 3) for n in networks]
    return name, move_training, networks[0].theta.size, rate, found


def experiment() -> Iterator[Row]:
    """All rows, in the order in which they are computed."""
    for move_training in (True, False):
        for name in NETWORKS:
            yield row(name, move_training)


def as_module(rows: Iterable[Row]) -> str:
    """The text of `moved_digits_stored`."""
    text = heading("moved_digits")
    text += "# network, training images moved, parameters, rate, test accuracies of five seeds\n"
    return text + f"ROWS: list[tuple[str, bool, int, float, list[float]]] = {as_list(rows)}"


def main() -> int:
    """The command: says each row when it is there, and writes them beside this file at the end."""
    write(__file__, as_module(told(experiment())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
