"""Handwritten digits by a small network: accuracy on images that it never saw.

python -m reference_impl.experiments.digits              # five splits of the data
python -m reference_impl.experiments.digits --splits 1
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence

import numpy as np

from reference_impl.handwritten import digits
from reference_impl.layers.activation import ReLU
from reference_impl.layers.batchnorm import BatchNorm
from reference_impl.layers.dense import Dense
from reference_impl.layers.dropout import Dropout
from reference_impl.layers.layer import Layer
from reference_impl.network import Network
from reference_impl.optim import AdamW
from reference_impl.schedules import cosine_decay
from reference_impl.training import Trainer

EPOCHS = 40
LR = 0.002


def held_out_accuracy(seed: int) -> float:
    """The share of 360 held-out digits that 64-256-128-10 gets right; `seed` splits and starts."""
    data = digits(seed)
    layers: list[Layer] = []
    for units in (256, 128):
        layers += [Dense(units, bias=False), BatchNorm(), ReLU(), Dropout(0.3)]
    network = Network([*layers, Dense(10)], (64,), np.random.default_rng(seed))
    trainer = Trainer(
        network,
        AdamW(LR, weight_decay=0.05),
        batch_size=32,
        schedule=lambda epoch: cosine_decay(LR, epoch, EPOCHS),
    )
    trainer.fit(data.X, data.labels, EPOCHS)
    return network.evaluate(data.X_test, data.labels_test)[1]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command: an accuracy for each split, and their mean."""
    parser = argparse.ArgumentParser(prog="digits", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--splits", type=int, default=5, help="how many, 1 or more (5)")
    splits = parser.parse_args(arguments).splits
    if splits < 1:
        parser.error(f"--splits is {splits}; it must be 1 or more")
    accuracies = []
    for seed in range(splits):
        start = time.perf_counter()
        accuracies.append(held_out_accuracy(seed))
        print(
            f"split {seed}: {accuracies[-1]:.1%} in {time.perf_counter() - start:.1f} s", flush=True
        )
    print(f"mean {np.mean(accuracies):.2%}, worst {min(accuracies):.1%}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
