"""Batch normalization over depth: who it wakes, and who dies of it.

    python -m reference_impl.experiments.depth    # about ten minutes of one core

It writes `depth_stored`, from which notebook 09 draws: networks of 32 units per layer on the
digits, with sigmoid and with ReLU, under gradient descent and under Adam, without and with batch
normalization. Each of them gets the rate, of several, whose training loss is lowest on starts that
choose. What is reported comes from other starts, and from held-out digits that have chosen nothing.
Beside it: what an epoch costs.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from reference_impl._validate import Array
from reference_impl.experiments.stored import as_list, heading, told, write
from reference_impl.handwritten import digits
from reference_impl.initializers import he_normal, xavier_normal
from reference_impl.layers.activation import ReLU, Sigmoid
from reference_impl.layers.batchnorm import BatchNorm
from reference_impl.layers.dense import Dense
from reference_impl.layers.layer import Layer
from reference_impl.network import Network
from reference_impl.optim import SGD, Adam
from reference_impl.optim.optimizer import Optimizer
from reference_impl.training import Trainer

DEPTHS = (2, 4, 8, 12, 20, 30)
WIDTH, EPOCHS, BATCH = 32, 6, 64
CHOOSING, REPORTED = (10, 11), (0, 1, 2, 3, 4)  # seeds

Initializer = Callable[[int, int, np.random.Generator], Array]
ACTIVATIONS: dict[str, tuple[Callable[[], Layer], Initializer]] = {
    "sigmoid": (Sigmoid, xavier_normal),
    "ReLU": (ReLU, he_normal),
}
OPTIMIZERS: dict[str, tuple[Callable[[float], Optimizer], tuple[float, ...]]] = {
    "gradient descent": (SGD, (0.01, 0.03, 0.1, 0.3, 1.0, 3.0)),
    "Adam": (Adam, (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1)),
}

Row = tuple[str, str, bool, int, float, list[float]]


def deep_network(activation: str, normalize: bool, depth: int, seed: int) -> Network:
    """`depth` hidden layers of 32 units; a normalization stands in front of each activation."""
    layer, init = ACTIVATIONS[activation]
    hidden: list[Layer] = []
    for _ in range(depth):
        hidden += [Dense(WIDTH), *([BatchNorm()] if normalize else []), layer()]
    rng = np.random.default_rng(seed)
    network = Network([*hidden, Dense(10)], (64,), rng)
    for name, (weights, _) in network.parameters().items():
        if name.endswith("W"):
            fan_in, fan_out = weights.shape
            weights[...] = init(fan_in, fan_out, rng)
    return network


def trained(
    activation: str, optimizer: str, normalize: bool, depth: int, rate: float, seed: int,
    epochs: int = EPOCHS,
) -> tuple[float, float]:  # fmt: skip
    """(training loss of the last epoch, accuracy on held-out digits); inf if it diverged."""
    data = digits()
    center, spread = data.X.mean(axis=0), data.X.std()
    network = deep_network(activation, normalize, depth, seed)
    trainer = Trainer(network, OPTIMIZERS[optimizer][0](rate), batch_size=BATCH)
    with np.errstate(over="ignore", invalid="ignore"):
        loss = trainer.fit((data.X - center) / spread, data.labels, epochs)["loss"][-1]
        right = network.evaluate((data.X_test - center) / spread, data.labels_test)[1]
    return (loss if np.isfinite(loss) else np.inf), right


def row(activation: str, optimizer: str, normalize: bool, depth: int) -> Row:
    """One kind of network: its rate, and its accuracies at that rate."""
    kind = activation, optimizer, normalize, depth

    def loss(rate: float) -> float:
        return float(np.mean([trained(*kind, rate, seed)[0] for seed in CHOOSING]))

    rate = min(OPTIMIZERS[optimizer][1], key=loss)
    right = [round(trained(*kind, rate, seed)[1], 3) for seed in REPORTED]
    return *kind, rate, right


def cost(normalize: bool, times: int = 40) -> float:
    """Processor time of an epoch of the notebook's network, in ms: the median of many."""
    data = digits()
    hidden: list[Layer] = []
    for _ in range(4):
        hidden += [Dense(64, bias=not normalize), *([BatchNorm()] if normalize else []), ReLU()]
    network = Network([*hidden, Dense(10)], (64,), np.random.default_rng(0))
    trainer = Trainer(network, SGD(0.1), batch_size=BATCH)
    took = []
    for epoch in range(1, times + 1):
        start = time.process_time()
        trainer.fit(data.X / 16, data.labels, until_epoch=epoch)
        took.append(1000 * (time.process_time() - start))
    return float(f"{np.median(took):.2g}")


def experiment() -> Iterator[Row]:
    """All rows, in the order in which they are computed."""
    for activation in ACTIVATIONS:
        for optimizer in OPTIMIZERS:
            for depth in DEPTHS:
                for normalize in (False, True):
                    yield row(activation, optimizer, normalize, depth)


def as_module(rows: Iterable[Row], costs: Sequence[float]) -> str:
    """The text of `depth_stored`."""
    text = heading("depth")
    text += f"EPOCH_MS = {costs[0]!r}, {costs[1]!r}\n"
    text += '"""ms of processor time an epoch: four layers of 64, plain and normalized."""\n\n'
    text += "# activation, optimizer, normalized, hidden layers, rate, accuracies of five seeds\n"
    return text + f"ROWS: list[tuple[str, str, bool, int, float, list[float]]] = {as_list(rows)}"


def main() -> int:
    """The command: says each row when it is there, and writes them beside this file at the end."""
    rows = told(experiment())
    write(__file__, as_module(rows, [cost(normalize) for normalize in (False, True)]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
