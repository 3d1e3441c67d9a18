"""B: batch normalization."""

from __future__ import annotations

import math
import time

import numpy as np

from reference_impl._validate import Array
from reference_impl.experiments import depth
from reference_impl.experiments.claims.activations import KINDS
from reference_impl.experiments.claims.lab import NOTES, Numbers, Part, lab, over
from reference_impl.experiments.claims.small import best, fit, grid, hidden, sets
from reference_impl.experiments.depth_stored import ROWS
from reference_impl.layers.dense import Dense
from reference_impl.network import Network
from reference_impl.optim import SGD, Adam

NOTEBOOK = "09_batchnorm"

B4_DEPTHS = (4, 12, 30)
B4_KINDS = {
    f"{activation}, {optimizer}, {layers} layers": (activation, optimizer, layers)
    for activation in depth.ACTIVATIONS
    for optimizer in depth.OPTIMIZERS
    for layers in B4_DEPTHS
}


B4_FAST = {name: kind for name, kind in B4_KINDS.items() if kind[2] < 30}
"""Where a rate ten times as high is tried: with 30 layers few networks learn at any."""


def _b4(n: Numbers) -> list[Part]:
    return [
        *(Part(kind, n[f"with {kind}"] - n[f"without {kind}"], above=0.05) for kind in B4_KINDS),
        *(
            Part(
                f"ten times the rate, {kind}",
                n[f"fast with {kind}"] - n[f"fast without {kind}"],
                above=0.05,
            )
            for kind in B4_FAST
        ),
    ]


@lab(
    "B4",
    NOTEBOOK,
    "Batch normalization lets networks learn faster, and at higher rates.",
    (NOTES,),
    "The networks of notebook 09: 4, 12 and 30 hidden layers of 32 units, sigmoid and ReLU, "
    "gradient descent and Adam, each with and without it at the best of six rates, six epochs on "
    "the digits. With 4 and 12 layers also both at ten times the rate that is best without it.",
    "share of right test answers with it, minus that without",
    _b4,
    yes={
        **over({"with": 0.9, "without": 0.1}, *B4_KINDS),
        **over({"fast with": 0.9, "fast without": 0.1}, *B4_FAST),
    },
    no={
        **over({"with": 0.9, "without": 0.9}, *B4_KINDS),
        **over({"fast with": 0.9, "fast without": 0.9}, *B4_FAST),
    },
    ratio=False,
    limits={"epochs": (1, 50)},
)
def _(seed: int, quick: bool, *, epochs: int = depth.EPOCHS) -> dict[str, float]:
    rates = {row[:4]: row[4] for row in ROWS}
    found = {}

    def right(rate: float, activation: str, optimizer: str, normalize: bool, layers: int) -> float:
        kind = activation, optimizer, normalize, layers
        share = depth.trained(*kind, rate, seed, math.ceil(epochs / 6) if quick else epochs)[1]
        return 0.0 if np.isnan(share) else share

    for name, (activation, optimizer, layers) in B4_KINDS.items():
        without = rates[activation, optimizer, False, layers]
        for word, normalize in (("with", True), ("without", False)):
            kind = activation, optimizer, normalize, layers
            found[f"{word} {name}"] = right(rates[kind], *kind)
            if name in B4_FAST:
                found[f"fast {word} {name}"] = right(10 * without, *kind)
    return found


B5_BATCHES = (4, 16)


def _b5(n: Numbers) -> list[Part]:
    return [
        *(
            Part(f"regularizes: {k} samples", n[f"plain {k}"] / n[f"normalized {k}"], above=1.1)
            for k in (100, 1000)
        ),
        Part(
            "regularizes: 1000 samples, a third of the labels wrong",
            n["plain noisy"] / n["normalized noisy"],
            above=1.1,
        ),
        *(
            Part(
                f"worse with batches of {b}, against 64",
                n[f"batch {b}"] / n["batch 64"],
                above=1.25,
            )
            for b in B5_BATCHES
        ),
    ]


@lab(
    "B5",
    NOTEBOOK,
    "Batch normalization regularizes as a side effect, and is worse with small batches.",
    (NOTES,),
    "Three hidden layers on the digits, 20 epochs, Adam at the best of four rates. Wrong test "
    "answers without it against with it, after training on 100 and on 1,000 samples and with wrong "
    "labels; and with it, batches of 4 and of 16 against 64, six epochs, each at its best rate.",
    "wrong answers without divided by with; small batch divided by large",
    _b5,
    yes={
        **over({"plain": 2, "normalized": 1}, 100, 1000, "noisy"),
        **over({"batch": 2}, *B5_BATCHES),
        "batch 64": 1,
    },
    no={
        **over({"plain": 1, "normalized": 1}, 100, 1000, "noisy"),
        **over({"batch": 1}, *B5_BATCHES),
        "batch 64": 1,
    },
    seeds=10,
)
def _(seed: int, quick: bool) -> dict[str, float]:
    found = {}

    def wrong(samples: int, noisy: float, normalize: bool, batch: int, epochs: int) -> float:
        setting = samples, noisy, normalize, batch, epochs
        rate = best(_wrong, grid(0.0003, 0.03, 4), seed, *setting)
        return _wrong(rate, seed, *setting, test=True)

    for name, samples, noisy in (("100", 100, 0.0), ("1000", 1000, 0.0), ("noisy", 1000, 0.33)):
        for word, normalize in (("plain", False), ("normalized", True)):
            found[f"{word} {name}"] = wrong(samples, noisy, normalize, 20, 2 if quick else 20)
    for batch in (*B5_BATCHES, 64):
        found[f"batch {batch}"] = wrong(1000, 0.0, True, batch, 1 if quick else 6)
    return found


def _wrong(
    rate: float,
    seed: int,
    samples: int,
    noisy: float,
    normalize: bool,
    batch: int,
    epochs: int,
    test: bool = False,
) -> float:
    data = sets(seed, samples, noisy=noisy)
    layers = hidden((32,) * 3, normalize=normalize)
    run = fit(data, layers, Adam(rate), epochs, seed, batch)
    return run.on(data.test)[1] if test else run.on(data.validation)[1]


B6_RATES = ("one rate for both", "each its own rate")


def _b6(n: Numbers) -> list[Part]:
    return [
        Part(
            f"{what}, {kind}, {rate}",
            n[f"plain {what} {kind} {rate}"] / n[f"normalized {what} {kind} {rate}"],
            above=1.25,
        )
        for what in ("drift of the inputs", "shift of the gradient")
        for kind in ("ReLU", "sigmoid")
        for rate in B6_RATES
    ]


_B6_PLACES = [
    f"{w} {k} {r}"
    for w in ("drift of the inputs", "shift of the gradient")
    for k in ("ReLU", "sigmoid")
    for r in B6_RATES
]


@lab(
    "B6",
    NOTEBOOK,
    "Batch normalization reduces internal covariate shift.",
    (NOTES,),
    "Four hidden layers on the digits, 60 steps of gradient descent. Drift: how far the means of "
    "what the last activation gets move in ten steps, in standard deviations. Shift (Santurkar et "
    "al. 2018): how much the gradient of the last hidden layer changes when the layers before it "
    "take their step, of its norm. At 0.1, and each at the best of six rates.",
    "without it divided by with it",
    _b6,
    yes=over({"plain": 3, "normalized": 1}, *_B6_PLACES),
    no=over({"plain": 1, "normalized": 1}, *_B6_PLACES),
    seeds=10,
)
def _(seed: int, quick: bool) -> dict[str, float]:
    found = {}
    for kind in ("ReLU", "sigmoid"):
        for word, normalize in (("plain", False), ("normalized", True)):
            for name in B6_RATES:
                rate = 0.1
                if name == B6_RATES[1]:
                    rate = best(_two_epochs, grid(0.01, 3, 6), seed, kind, normalize)
                drift, shift = _shifts(kind, normalize, rate, seed)
                found[f"{word} drift of the inputs {kind} {name}"] = drift
                found[f"{word} shift of the gradient {kind} {name}"] = shift
    return found


def _two_epochs(rate: float, seed: int, kind: str, normalize: bool) -> float:
    layer, init = KINDS[kind]
    layers = hidden((32,) * 4, layer, init, normalize)
    return fit(sets(seed), layers, SGD(rate), 2, seed).loss


def _shifts(kind: str, normalize: bool, rate: float, seed: int) -> tuple[float, float]:
    """(drift, shift) of one training, means over 60 steps."""
    layer, init = KINDS[kind]
    layers = [*hidden((32,) * 4, layer, init, normalize), Dense(10)]
    network = Network(layers, (64,), np.random.default_rng(seed))
    X, labels = sets(seed).train
    X = network.check_input(X)
    last = max(i for i, one in enumerate(layers[:-1]) if isinstance(one, Dense))
    before = sum(
        w.size for name, (w, _) in network.parameters().items() if int(name.split(".")[0]) < last
    )
    rng = np.random.default_rng(seed)
    drifts, shifts, means = [], [], None
    for step in range(60):
        batch = rng.choice(len(X), 64, replace=False)
        network.backprop(X[batch], labels[batch])
        gradient, theta = network.grad.copy(), network.theta.copy()
        own = layers[last].dW.copy()  # type: ignore[attr-defined]
        network.theta[:before] -= rate * gradient[:before]
        network.backprop(X[batch], labels[batch])
        after = layers[last].dW  # type: ignore[attr-defined]
        shifts.append(np.linalg.norm(after - own) / max(float(np.linalg.norm(own)), 1e-12))
        network.theta[...] = theta - rate * gradient
        if step % 10 == 0:
            H: Array = X
            for one in layers[: last + 1 + normalize]:
                H = one.forward(H, training=True)
            if means is not None:
                drifts.append(np.mean(np.abs(H.mean(axis=0) - means) / (H.std(axis=0) + 1e-6)))
            means = H.mean(axis=0)
    return float(np.mean(drifts)) + 1e-6, float(np.mean(shifts)) + 1e-6


B7_SCALES = (0.1, 0.3, 1.0, 3.0, 10.0)
B7_CASES = {
    f"{depth} hidden layers, {how} at {rate}": (depth, how, rate)
    for depth in (3, 10)
    for how, rates in (("SGD", (0.03, 0.3)), ("Adam", (0.001, 0.01)))
    for rate in rates
}


def _b7(n: Numbers) -> list[Part]:
    return [
        Part(name, n[f"plain {name}"] - n[f"normalized {name}"], above=0.1) for name in B7_CASES
    ]


@lab(
    "B7",
    NOTEBOOK,
    "Batch normalization reduces the impact of the weights' initialization.",
    (NOTES,),
    "He's weights times 0.1, 0.3, 1, 3 and 10, on networks with 3 and 10 hidden layers, five "
    "epochs on the digits, at two rates of gradient descent and of Adam. The range of the shares "
    "of wrong test answers over the five starts.",
    "range over the starts without it, minus that with it",
    _b7,
    yes=over({"plain": 0.8, "normalized": 0.0}, *B7_CASES),
    no=over({"plain": 0.1, "normalized": 0.1}, *B7_CASES),
    ratio=False,
    seeds=8,
)
def _(seed: int, quick: bool) -> dict[str, float]:
    found = {}
    for name, case in B7_CASES.items():
        for word, normalize in (("plain", False), ("normalized", True)):
            wrong = [_from_scale(s, seed, normalize, quick, *case) for s in B7_SCALES]
            found[f"{word} {name}"] = max(wrong) - min(wrong)
    return found


def _from_scale(
    scale: float, seed: int, normalize: bool, quick: bool, depth: int, how: str, rate: float
) -> float:
    """The share of wrong answers from He's weights times `scale`."""

    def change(network: Network) -> None:
        for layer in network.layers:
            if isinstance(layer, Dense):
                layer.W[...] *= scale

    data = sets(seed)
    layers = hidden((32,) * depth, normalize=normalize)
    optimizer = SGD(rate) if how == "SGD" else Adam(rate)
    return fit(data, layers, optimizer, 1 if quick else 5, seed, change=change).on(data.test)[1]


B8_WIDTHS = (32, 128, 512)


def _b8(n: Numbers) -> list[Part]:
    return [
        Part(f"{w} units a layer", n[f"normalized {w}"] / n[f"plain {w}"], above=1.25)
        for w in B8_WIDTHS
    ]


@lab(
    "B8",
    NOTEBOOK,
    "Batch normalization costs computing time in each layer.",
    (NOTES,),
    "Two hidden layers of 32, 128 and 512 units, batches of 64: the processor time of a step.",
    "time with it divided by time without",
    _b8,
    yes=over({"normalized": 2, "plain": 1}, *B8_WIDTHS),
    no=over({"normalized": 1, "plain": 1}, *B8_WIDTHS),
)
def _(seed: int, quick: bool) -> dict[str, float]:
    X, labels = sets(seed).train
    found = {}
    for width in B8_WIDTHS:
        for word, normalize in (("plain", False), ("normalized", True)):
            layers = [*hidden((width, width), normalize=normalize), Dense(10)]
            network = Network(layers, (64,), np.random.default_rng(seed))
            batch = network.check_input(X[:64])
            times = []
            for _ in range(30 if quick else 100):
                start = time.process_time_ns()
                network.backprop(batch, labels[:64])
                times.append((time.process_time_ns() - start) / 1000)
            found[f"{word} {width}"] = float(np.median(times))
    return found
