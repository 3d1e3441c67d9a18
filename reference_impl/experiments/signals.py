"""MNIST-1D on a small budget: the rate of each model, chosen where nothing is reported.

    python -m reference_impl.experiments.signals    # some minutes of one core

It writes `signals_stored`, from which notebook 13 prints. The models and their penalties are those
of `mnist1d`, the epochs those of the notebook. Each model gets the rate, of several, that is best
on 1,000 training signals put aside, with starts that are not reported. What is reported are shares
of the test signals, from five other starts: at the chosen rate, and at the one that the notebook
takes from `mnist1d`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

import numpy as np

from reference_impl.experiments.mnist1d import BATCH_SIZE, MODELS
from reference_impl.experiments.stored import as_list, heading, told, write
from reference_impl.layers.layer import Floats
from reference_impl.mnist1d import mnist1d
from reference_impl.network import Network
from reference_impl.optim import Adam
from reference_impl.schedules import cosine_decay
from reference_impl.training import Trainer

EPOCHS = {"logistic": 20, "mlp": 12, "cnn": 12, "gru": 8}
RATES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1)
ASIDE = 1000  # training signals, the last ones, that choose the rate
CHOOSING, REPORTED = (10, 11), (0, 1, 2, 3, 4)  # seeds

Row = tuple[str, float, list[float], list[float]]


def right(
    name: str, rate: float, seed: int, learn: tuple[Floats, Floats], judge: tuple[Floats, Floats]
) -> float:
    """The accuracy of one network: `learn` and `judge` are signals and labels."""
    model = MODELS[name]
    network = Network(model.layers(), model.input_shape, np.random.default_rng(seed))
    trainer = Trainer(
        network,
        Adam(rate),
        batch_size=BATCH_SIZE,
        schedule=lambda epoch: cosine_decay(rate, epoch, EPOCHS[name]),
        l2=model.l2,
    )
    trainer.fit(learn[0].reshape(-1, *model.input_shape), learn[1], EPOCHS[name])
    return network.evaluate(judge[0].reshape(-1, *model.input_shape), judge[1])[1]


def row(name: str) -> Row:
    """One model: the rate that is chosen, and test accuracies at that and at `mnist1d`'s rate."""
    data = mnist1d()
    rest = data.X[:-ASIDE], data.labels[:-ASIDE]
    aside = data.X[-ASIDE:], data.labels[-ASIDE:]

    def aside_right(rate: float) -> float:
        return float(np.mean([right(name, rate, seed, rest, aside) for seed in CHOOSING]))

    chosen, test = max(RATES, key=aside_right), (data.X_test, data.labels_test)
    found = {
        rate: [round(right(name, rate, seed, (data.X, data.labels), test), 3) for seed in REPORTED]
        for rate in {chosen, MODELS[name].lr}
    }
    return name, chosen, found[chosen], found[MODELS[name].lr]


def experiment() -> Iterator[Row]:
    """All rows, in the order in which they are computed."""
    for name in EPOCHS:
        yield row(name)


def as_module(rows: Iterable[Row]) -> str:
    """The text of `signals_stored`."""
    text = heading("signals")
    text += "# model, rate, test accuracies of five starts at that rate, and at the notebook's\n"
    return text + f"ROWS: list[tuple[str, float, list[float], list[float]]] = {as_list(rows)}"


def main() -> int:
    """The command: says each row when it is there, and writes them beside this file at the end."""
    write(__file__, as_module(told(experiment())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
