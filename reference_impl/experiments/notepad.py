"""An LSTM that is to remember one value of a sequence: which rate, and how open a forget gate?

    python -m reference_impl.experiments.notepad    # some minutes of one core

It writes `notepad_stored`, from which notebook 13 prints. The task, the network and the 400 steps
are those of the notebook. Each forget bias gets the rate, of several, with the least error on
sequences and from starts that are not reported. What is reported comes from other starts and other
sequences, of the length that was trained and of three times that.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

import numpy as np

from reference_impl.experiments.stored import as_list, heading, told, write
from reference_impl.layers.layer import Floats
from reference_impl.layers.lstm import lstm_step, lstm_step_backward
from reference_impl.optimizers import adam_step

UNITS, TIME, LONGER = 4, 20, 60
STEPS, BATCH = 400, 50
BIASES = (0, 1, 3, 5)
RATES = (0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32)
CHOOSING, REPORTED = (10, 11), (0, 1, 2, 3, 4)  # seeds of the starts

Params = dict[str, Floats]
Row = tuple[int, float, list[float], list[float]]


def notes(n: int, rng: np.random.Generator, time: int = TIME) -> tuple[Floats, Floats]:
    """Sequences of (value, write), and the value that stood where "write" was 1."""
    value, at = rng.uniform(-1, 1, (n, time)), rng.integers(0, time - 5, n)
    written = (np.arange(time) == at[:, None]).astype(float)
    return np.stack([value, written], axis=2), value[np.arange(n), at]


def read(X: Floats, p: Params) -> tuple[Floats, list[tuple[Floats, Floats]]]:
    """The prediction behind the last step, and the states before each step and at the end."""
    h = c = np.zeros((len(X), UNITS))
    states = [(h, c)]
    for t in range(X.shape[1]):
        h, c = lstm_step(X[:, t], h, c, p["Wx"], p["Wh"], p["b"])
        states.append((h, c))
    predicted: Floats = (h @ p["w"] + p["w0"])[:, 0]
    return predicted, states


def gradients(X: Floats, y: Floats, p: Params) -> Params:
    """The gradient of the mean squared error in each parameter: through time, backwards."""
    predicted, states = read(X, p)
    d = (2 * (predicted - y) / len(y))[:, None]
    grads = {"w": states[-1][0].T @ d, "w0": d.sum(axis=0)}
    grads |= {name: np.zeros_like(p[name]) for name in ("Wx", "Wh", "b")}
    dh, dc = d @ p["w"].T, np.zeros((len(X), UNITS))
    for t in reversed(range(X.shape[1])):
        _, dh, dc, *parts = lstm_step_backward(
            dh, dc, X[:, t], *states[t], p["Wx"], p["Wh"], p["b"]
        )
        for name, part in zip(("Wx", "Wh", "b"), parts, strict=True):
            grads[name] += part
    return grads


def trained(forget_bias: float, rate: float, seed: int) -> Params:
    """The parameters after 400 steps of Adam, each on 50 new sequences."""
    rng = np.random.default_rng(seed)
    p = {
        "Wx": rng.normal(0, 0.5, (2, 4 * UNITS)),
        "Wh": rng.normal(0, 0.25, (UNITS, 4 * UNITS)),
        "b": np.zeros(4 * UNITS),
        "w": rng.normal(0, 0.5, (UNITS, 1)),
        "w0": np.zeros(1),
    }
    p["b"][UNITS : 2 * UNITS] = forget_bias
    moments = {name: (np.zeros_like(value), np.zeros_like(value)) for name, value in p.items()}
    for t in range(1, STEPS + 1):
        grads = gradients(*notes(BATCH, rng), p)
        for name in p:
            p[name], *after = adam_step(
                p[name], *moments[name], grads[name], t, rate, 0.9, 0.999, 1e-8
            )
            moments[name] = (after[0], after[1])
    return p


def error(p: Params, seed: int, time: int = TIME) -> float:
    """The mean squared error on 500 sequences of this seed."""
    X, y = notes(500, np.random.default_rng(seed), time)
    return float(np.mean((read(X, p)[0] - y) ** 2))


def row(forget_bias: int) -> Row:
    """One forget bias: its rate, and at that rate the errors on sequences of both lengths."""

    def wrong(rate: float) -> float:
        return float(np.mean([error(trained(forget_bias, rate, s), 200) for s in CHOOSING]))

    rate = min(RATES, key=wrong)
    networks = [trained(forget_bias, rate, seed) for seed in REPORTED]
    at_20 = [float(f"{error(p, 100):.2g}") for p in networks]
    at_60 = [float(f"{error(p, 101, LONGER):.2g}") for p in networks]
    return forget_bias, rate, at_20, at_60


def experiment() -> Iterator[Row]:
    """All rows, in the order in which they are computed."""
    for forget_bias in BIASES:
        yield row(forget_bias)


def as_module(rows: Iterable[Row]) -> str:
    """The text of `notepad_stored`."""
    text = heading("notepad")
    text += "# forget bias, rate, mean squared errors of five starts after 20 steps, and after 60\n"
    return text + f"ROWS: list[tuple[int, float, list[float], list[float]]] = {as_list(rows)}"


def main() -> int:
    """The command: says each row when it is there, and writes them beside this file at the end."""
    write(__file__, as_module(told(experiment())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
