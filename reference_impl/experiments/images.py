"""What helps a dense network to read images that are moved and partly covered, one thing at a time.

    python -m reference_impl.experiments.images    # some minutes of one core

It writes `images_stored`, from which notebook 12 draws. The base is 784-256-128-10, trained by Adam
for 30 epochs on images that are disturbed anew in each. Every other row changes one thing of it; an
ensemble answers by the mean of its networks' softmax.
What is reported are shares of 1,000 test images, each disturbed once, that have chosen nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from reference_impl.augmentation import disturbed
from reference_impl.datasets import Split
from reference_impl.experiments.stored import as_list, heading, told, write
from reference_impl.handwritten import mnist5k
from reference_impl.layers.activation import ReLU
from reference_impl.layers.batchnorm import BatchNorm
from reference_impl.layers.dense import Dense
from reference_impl.layers.dropout import Dropout
from reference_impl.layers.layer import Floats, Layer
from reference_impl.network import Network
from reference_impl.optim import AdamW
from reference_impl.schedules import cosine_decay
from reference_impl.training import Trainer

SEEDS = (0, 10, 20, 30, 40)
BATCH = 128


@dataclass(frozen=True)
class Setting:
    """How a network is made and trained."""

    augmentation: bool = True
    units: tuple[int, ...] = (256, 128)
    epochs: int = 30
    lr: float = 0.001
    falling: bool = False  # the rate, to 0 along a cosine
    batchnorm: bool = False
    dropout: float = 0.0  # behind each hidden layer
    weight_decay: float = 0.0  # of AdamW; without it, that is Adam
    networks: int = 1


BASE = Setting()
SETTINGS: dict[str, Setting] = {
    "base": BASE,
    "no augmentation": replace(BASE, augmentation=False),
    "2 × lr, falling to 0": replace(BASE, falling=True, lr=0.002),
    "twice as wide": replace(BASE, units=(512, 256)),
    "twice the epochs": replace(BASE, epochs=60),
    "batch normalization": replace(BASE, batchnorm=True),
    "dropout, p = 0.2": replace(BASE, dropout=0.2),
    "weight decay 0.1": replace(BASE, weight_decay=0.1),
    "ensemble of five": replace(BASE, networks=5),
}

Row = tuple[str, list[float]]


@cache
def data() -> Split:
    """`mnist5k`, and its test images disturbed: the same for every row."""
    split = mnist5k()
    X_test = disturbed(split.X_test, np.random.default_rng(100)).astype(np.float32)
    return Split(split.X.astype(np.float32), split.labels, X_test, split.labels_test)


def trained(setting: Setting, seed: int) -> Network:
    """One network."""
    rng = np.random.default_rng(seed)
    layers: list[Layer] = []
    for units in setting.units:
        layers += [Dense(units, bias=not setting.batchnorm)]
        layers += [BatchNorm()] if setting.batchnorm else []
        layers += [ReLU()]
        layers += [Dropout(setting.dropout)] if setting.dropout else []
    network = Network([*layers, Dense(10)], (784,), rng)
    lr, epochs = setting.lr, setting.epochs
    trainer = Trainer(
        network,
        AdamW(lr, weight_decay=setting.weight_decay),
        batch_size=BATCH,
        schedule=lambda epoch: cosine_decay(lr, epoch, epochs) if setting.falling else lr,
    )
    X: Floats = data().X
    for epoch in range(epochs):
        shown = disturbed(X, rng) if setting.augmentation else X
        trainer.fit(shown, data().labels, until_epoch=epoch + 1)
    return network


def reached(setting: Setting, seed: int) -> float:
    """The share of the test that a network gets right, or several that vote."""
    networks = (trained(setting, seed + number) for number in range(setting.networks))
    votes = sum(network.predict_proba(data().X_test) for network in networks)
    return float(np.mean(np.argmax(votes, axis=1) == data().labels_test))


def experiment() -> Iterator[Row]:
    """All rows, in the order in which they are computed."""
    for name, setting in SETTINGS.items():
        yield name, [round(reached(setting, seed), 3) for seed in SEEDS]


def as_module(rows: Iterable[Row]) -> str:
    """The text of `images_stored`."""
    text = heading("images") + "# what is changed, test accuracies of five seeds\n"
    return text + f"ROWS: list[tuple[str, list[float]]] = {as_list(rows)}"


def main() -> int:
    """The command: says each row when it is there, and writes them beside this file at the end."""
    write(__file__, as_module(told(experiment())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
