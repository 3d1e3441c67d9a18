"""Capacity and overfitting: what a wider and a deeper network gets of the digits it has not seen.

    python -m reference_impl.experiments.capacity    # some minutes of one core

It writes `capacity_stored`, from which notebook 11 draws. A network is trained until the epochs are
over on 200 digits, of which a share of the labels was drawn at random; the held-out digits have
right labels. Ten such training sets are drawn for each network, so that its squared error on
held-out digits can be split: with p the probabilities that it predicts, p̄ their mean over the
training sets and y the one-hot label,

    mean ‖p - y‖² = ‖p̄ - y‖² (bias²) + mean ‖p - p̄‖² (variance)

Geman, Bienenstock and Doursat (1992) split it so; Belkin and others (2019) ask what comes after the
width at which everything is learned by heart.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from itertools import pairwise

import numpy as np

from reference_impl._validate import Array
from reference_impl.datasets import Labels
from reference_impl.experiments.stored import heading, told, write
from reference_impl.handwritten import digits
from reference_impl.layers.activation import ReLU
from reference_impl.layers.dense import Dense
from reference_impl.layers.layer import Layer
from reference_impl.network import Network
from reference_impl.optim import Adam
from reference_impl.training import Trainer

WIDTHS = (2, 4, 6, 8, 12, 16, 24, 32, 64, 128, 256, 512)  # one hidden layer
DEPTHS, DEPTH_WIDTH = (0, 1, 2, 3, 4, 6, 8), 32  # hidden layers of 32 units
SAMPLES, SETS = 200, 10  # digits in a training set, training sets
WRONG = (0.0, 0.2, 0.4)  # share of the labels that are drawn at random, for the widths
DEPTH_WRONG = 0.2
EPOCHS, BATCH, RATE = 1000, 50, 0.003

Row = tuple[float, tuple[int, ...], int, float, list[float], float, float]


def training_set(seed: int, wrong: float) -> tuple[Array, Labels]:
    """200 of the training digits, a share of the labels drawn at random."""
    data, rng = digits(), np.random.default_rng(seed)
    chosen = rng.choice(len(data.X), SAMPLES, replace=False)
    labels = data.labels[chosen]
    drawn = rng.random(SAMPLES) < wrong
    labels[drawn] = rng.integers(0, 10, drawn.sum())
    return data.X[chosen].astype(np.float32), labels


def trained(
    wrong: float, hidden: tuple[int, ...], seed: int, epochs: int = EPOCHS
) -> tuple[float, Array]:
    """(accuracy on its own training labels, probabilities for the held-out digits)."""
    X, labels = training_set(seed, wrong)
    layers: list[Layer] = []
    for units in hidden:
        layers += [Dense(units), ReLU()]
    network = Network([*layers, Dense(10)], (64,), np.random.default_rng(seed))
    Trainer(network, Adam(RATE), batch_size=BATCH).fit(X, labels, epochs)
    return network.evaluate(X, labels)[1], network.predict_proba(digits().X_test)


def split(P: Array, labels: Labels) -> tuple[float, float]:
    """(bias², variance) of the predicted probabilities.

    P: (training sets, n, classes); labels: (n,) with the right classes.
    """
    mean, truth = P.mean(axis=0), np.eye(P.shape[2])[labels]
    bias = np.mean(np.sum((mean - truth) ** 2, axis=1))
    variance = np.mean(np.sum((P - mean) ** 2, axis=2))
    return float(bias), float(variance)


def parameters(hidden: tuple[int, ...]) -> int:
    """Weights and biases of 64 → hidden → 10."""
    sizes = (64, *hidden, 10)
    return sum((n + 1) * m for n, m in pairwise(sizes))


def row(wrong: float, hidden: tuple[int, ...]) -> Row:
    """One network: its size, what it has learned by heart, its accuracies, bias² and variance."""
    known, P = zip(*(trained(wrong, hidden, seed) for seed in range(SETS)), strict=True)
    labels = digits().labels_test
    right = [round(float(np.mean(p.argmax(axis=1) == labels)), 3) for p in P]
    bias, variance = split(np.array(P), labels)
    learned = round(float(np.median(known)), 3)
    return wrong, hidden, parameters(hidden), learned, right, round(bias, 3), round(variance, 3)


def networks() -> list[tuple[float, tuple[int, ...]]]:
    """Every network once: the wider and wider ones, then the deeper and deeper ones."""
    wide = [(wrong, (width,)) for wrong in WRONG for width in WIDTHS]
    deep = [(DEPTH_WRONG, (DEPTH_WIDTH,) * depth) for depth in DEPTHS]
    return list(dict.fromkeys([*wide, *deep]))


def experiment() -> Iterator[Row]:
    """All rows, in the order in which they are computed."""
    for wrong, hidden in networks():
        yield row(wrong, hidden)


def as_module(rows: Iterable[Row]) -> str:
    """The text of `capacity_stored`."""
    text = heading("capacity")
    text += "# share of labels drawn at random, hidden layers, parameters, share of the training\n"
    text += (
        "# labels learned, accuracy on held-out digits from each training set, bias², variance\n"
    )
    text += "# fmt: off\n"
    text += "Row = tuple[float, tuple[int, ...], int, float, list[float], float, float]\n"
    text += "ROWS: list[Row] = [\n"
    for wrong, hidden, size, known, right, bias, variance in rows:
        text += f"    ({wrong}, {hidden}, {size}, {known},\n     {right}, {bias}, {variance}),\n"
    return text + "]\n"


def main() -> int:
    """The command: says each row when it is there, and writes them beside this file at the end."""
    write(__file__, as_module(told(experiment())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
