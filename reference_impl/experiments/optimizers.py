"""Eight optimizers on one small network: each at its best rate, and how sharp their minima are.

    python -m reference_impl.experiments.optimizers    # ten minutes of one core

It writes `optimizers_stored`, from which notebook 04 draws. Three questions, on the digits as they
are and on the digits with each pixel in units of its own:

- Which rate? Nine for each method; the one with the lowest loss on the images that choose.
- Who wins? Each at that rate, from five other starts, on test images that have chosen nothing.
- Sharp or flat? The largest eigenvalue of the Hessian of the training loss, where a run first
  reaches a given loss: a run that goes further would be flatter for that reason alone.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np

from reference_impl import optimizers
from reference_impl._validate import Array
from reference_impl.experiments.stored import as_list, heading, told, write
from reference_impl.race import (
    Digits,
    Raced,
    Reached,
    Take,
    Tried,
    evaluate,
    loss_and_gradient,
    own_units,
    race_digits,
    sharpness,
    training,
)

STEPS = 310  # ten epochs of 1,000 images, 32 a step
CHOOSING, RACING, MEASURING = (10, 11, 12), (0, 1, 2, 3, 4), (0, 1, 2)  # seeds
EPS = 1e-8
DATA: dict[str, Array | float] = {"pixels": 1.0, "own units": own_units()}
TARGET = {"pixels": 0.05, "own units": 0.1}
"""The training loss at which the sharpness is measured: each method gets there at many rates."""

METHODS: dict[str, tuple[int, Take, tuple[float, float]]] = {
    "gradient descent": (0, lambda x, kept, g, t, lr: (x - lr * g,), (0.03, 3.0)),
    "momentum": (
        1,
        lambda x, kept, g, t, lr: optimizers.heavy_ball_step(x, kept[0], g, lr, 0.9),
        (0.003, 0.3),
    ),
    "NAG": (
        1,
        lambda x, kept, g, t, lr: optimizers.nag_step_stored(x, kept[0], g, lr, 0.9),
        (0.003, 0.3),
    ),
    "AdaGrad": (
        1,
        lambda x, kept, g, t, lr: optimizers.adagrad_step(x, kept[0], g, lr, EPS),
        (0.01, 1.0),
    ),
    "RMSprop": (
        1,
        lambda x, kept, g, t, lr: optimizers.rmsprop_step(x, kept[0], g, lr, 0.9, EPS),
        (0.001, 0.1),
    ),
    "AdaDelta": (  # it has no rate: ε sets its pace
        2,
        lambda x, kept, g, t, eps: optimizers.adadelta_step(x, kept[0], kept[1], g, 0.9, eps),
        (1e-7, 1e1),
    ),
    "Adam": (
        2,
        lambda x, kept, g, t, lr: optimizers.adam_step(
            x, kept[0], kept[1], g, t, lr, 0.9, 0.999, EPS
        ),
        (0.001, 0.1),
    ),
    "Nadam": (
        2,
        lambda x, kept, g, t, lr: optimizers.nadam_step(
            x, kept[0], kept[1], g, t, lr, 0.9, 0.999, EPS
        ),
        (0.001, 0.1),
    ),
}
"""Method → (vectors it keeps, its step, the lowest and the highest rate that are tried)."""


def rates(method: str) -> Array:
    """Nine rates, each a constant factor above the one before."""
    return np.geomspace(*METHODS[method][2], 9)


def after_a_race(method: str, rate: float, data: Digits, seed: int) -> Array | None:
    """The weights after ten epochs, or None if they left what a float can hold."""
    memory, take, _ = METHODS[method]
    return next(islice(training(take, memory, rate, data, seed), STEPS - 1, None), None)


def tried(name: str, method: str, rate: float) -> Tried:
    """How good a rate is, on the starts and the images that choose."""
    losses = []
    for seed in CHOOSING:
        data = race_digits(seed, DATA[name])
        theta = after_a_race(method, rate, data, seed)
        losses.append(np.inf if theta is None else evaluate(theta, *data.choose)[0])
    return Tried(name, method, _short(rate), min(_short(np.mean(losses)), 99.0))


def raced(name: str, method: str, rate: float) -> Raced:
    """A method at its chosen rate, from starts on which nothing was chosen."""
    rows = []
    for seed in RACING:
        data = race_digits(seed, DATA[name])
        theta = after_a_race(method, rate, data, seed)
        assert theta is not None
        rows.append((evaluate(theta, *data.train)[0], *evaluate(theta, *data.test)))
    train, test, right = np.array(rows).T
    return Raced(
        name,
        method,
        _short(rate),
        train_loss=_short(np.median(train)),
        test_loss=_short(np.median(test)),
        accuracy=_short(np.median(right)),
        lowest=_short(right.min()),
        highest=_short(right.max()),
    )


def reached(
    name: str, method: str, rate: float, seed: int, most: int = 10 * STEPS
) -> Reached | None:
    """The first place, of every tenth step, where the training loss is down at the target."""
    data = race_digits(seed, DATA[name])
    memory, take, _ = METHODS[method]
    for steps, theta in enumerate(training(take, memory, rate, data, seed), start=1):
        if steps % 10 == 0 and evaluate(theta, *data.train)[0] <= TARGET[name]:
            curvature = sharpness(
                lambda x: loss_and_gradient(x, *data.train)[1], theta, np.random.default_rng(0)
            )
            loss = evaluate(theta, *data.test)[0]
            return Reached(name, method, _short(rate), steps, _short(curvature), _short(loss))
        if steps == most:
            break
    return None


def experiment() -> Iterator[Tried | Raced | Reached]:
    """All rows, in the order in which they are computed."""
    for name in DATA:
        for method in METHODS:
            search = [tried(name, method, rate) for rate in rates(method)]
            yield from search
            best = int(np.argmin([row.loss for row in search]))
            yield raced(name, method, rates(method)[best])
            for rate in rates(method)[max(best - 4, 0) : best + 2]:
                for seed in MEASURING:
                    row = reached(name, method, rate, seed)
                    if row is not None:
                        yield row


def _short(number: float | np.floating) -> float:
    """Four digits: more would be the processor's own."""
    return float(f"{number:.4g}")


def as_module(rows: Iterable[Tried | Raced | Reached]) -> str:
    """The text of `optimizers_stored`: a list of each kind of row."""
    lists: dict[str, list[Tried | Raced | Reached]] = {"Tried": [], "Raced": [], "Reached": []}
    for row in rows:
        lists[type(row).__name__].append(row)
    text = heading("optimizers") + "from reference_impl.race import Raced, Reached, Tried\n"
    for kind, of_kind in lists.items():
        text += f"\n{kind.upper()} = {as_list(of_kind, kind)}"
    return text


def main() -> int:
    """The command: says each row when it is there, and writes them beside this file at the end."""
    write(__file__, as_module(told(experiment())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
