"""C: ReLU against its rivals."""

from __future__ import annotations

import time

import numpy as np

from reference_impl.experiments.claims.activations import KINDS, NOTEBOOK, at_best
from reference_impl.experiments.claims.lab import LAYERS, NOTES, Numbers, Part, lab, over
from reference_impl.experiments.claims.small import sets
from reference_impl.layers.layer import Layer


def _c6(n: Numbers) -> list[Part]:
    return [
        *(
            Part(f"loss against {kind}, {d} hidden", n[f"{kind} {d}"] / n[f"ReLU {d}"], above=1.25)
            for kind in ("sigmoid", "tanh")
            for d in (1, 3)
        ),
        *(
            Part(
                f"time of an element against {kind}", n[f"{kind} time"] / n["ReLU time"], above=1.25
            )
            for kind in ("sigmoid", "tanh")
        ),
    ]


@lab(
    "C6",
    NOTEBOOK,
    "ReLU converges faster than sigmoid and tanh, and is cheaper.",
    (NOTES,),
    "A network with one and with three hidden layers on the digits, gradient descent at the best "
    "of eight rates, training loss after 5 epochs; and the processor time of forward and backward.",
    "sigmoid, or tanh, divided by ReLU",
    _c6,
    yes=over({"sigmoid": 9, "tanh": 9, "ReLU": 1}, 1, 3, "time"),
    no=over({"sigmoid": 1, "tanh": 1, "ReLU": 1}, 1, 3, "time"),
)
def _(seed: int, quick: bool) -> dict[str, float]:
    found = {}
    for kind in ("sigmoid", "tanh", "ReLU"):
        for depth in (1, 3):
            found[f"{kind} {depth}"] = at_best(seed, kind, depth, 2 if quick else 5).loss
        found[f"{kind} time"] = nanoseconds(KINDS[kind][0](), (64, 256), seed)
    return found


def nanoseconds(layer: Layer, shape: tuple[int, int], seed: int) -> float:
    """Processor time of forward and backward, in ns an element: the least of many."""
    x = np.random.default_rng(seed).standard_normal(shape).astype(np.float32)
    times = []
    for _ in range(40):
        dy = np.ones_like(x)
        start = time.process_time_ns()
        for _ in range(5):
            layer.forward(x, training=True)
            layer.backward(dy)
        times.append((time.process_time_ns() - start) / 5 / x.size)
    return float(min(times))


C10_DEPTHS = (2, 6)


def _against_relu(n: Numbers, *kinds: str) -> list[Part]:
    return [
        Part(
            f"{kind}: " * (len(kinds) > 1) + f"{what}, {data}, {depth} hidden layers",
            n[f"ReLU {what} {data} {depth}"] / n[f"{kind} {what} {data} {depth}"],
            above=1.1,
        )
        for kind in kinds
        for what in ("training loss", "wrong")
        for data in ("digits", "signals")
        for depth in C10_DEPTHS
    ]


def _against_relu_numbers(factor: float, *kinds: str) -> dict[str, float]:
    places = [
        f"{w} {d} {k}"
        for w in ("training loss", "wrong")
        for d in ("digits", "signals")
        for k in C10_DEPTHS
    ]
    return over({"ReLU": factor, **dict.fromkeys(kinds, 1)}, *places)


def _race(seed: int, quick: bool, *kinds: str) -> dict[str, float]:
    found = {}
    for name in ("ReLU", *kinds):
        for data in ("digits", "signals"):
            for depth in C10_DEPTHS:
                run = at_best(seed, name, depth, 2 if quick else 10, "Adam", data)
                found[f"{name} training loss {data} {depth}"] = run.loss
                found[f"{name} wrong {data} {depth}"] = run.on(sets(seed, name=data).test)[1]
    return found


@lab(
    "C10",
    NOTEBOOK,
    "ELU is better than ReLU.",
    (NOTES,),
    "Networks with two and with six hidden layers on the digits and on MNIST-1D's signals, 1,000 "
    "samples, Adam at the best of five rates, 10 epochs: training loss, and wrong test answers.",
    "ReLU divided by ELU",
    lambda n: _against_relu(n, "ELU"),
    yes=_against_relu_numbers(2, "ELU"),
    no=_against_relu_numbers(1, "ELU"),
    seeds=8,
)
def _(seed: int, quick: bool) -> dict[str, float]:
    return _race(seed, quick, "ELU")


C12_SHAPES = ((32, 64), (128, 512))


def _c12(n: Numbers) -> list[Part]:
    return [
        Part(f"{s[0]} × {s[1]} elements", n[f"swish {s}"] / n[f"ReLU {s}"], below=1.25)
        for s in C12_SHAPES
    ]


@lab(
    "C12",
    NOTEBOOK,
    "Swish is computationally as efficient as ReLU.",
    (LAYERS,),
    "The processor time of forward and backward on arrays of two sizes, float32, the least of "
    "many.",
    "time of swish divided by time of ReLU",
    _c12,
    yes=over({"swish": 1, "ReLU": 1}, *C12_SHAPES),
    no=over({"swish": 5, "ReLU": 1}, *C12_SHAPES),
)
def _(seed: int, quick: bool) -> dict[str, float]:
    return {
        f"{kind} {shape}": nanoseconds(KINDS[kind][0](), shape, seed)
        for kind in ("swish", "ReLU")
        for shape in C12_SHAPES
    }


C15_KINDS = ("swish", "GELU", "SELU")


@lab(
    "C15",
    NOTEBOOK,
    "Swish beats ReLU, on deeper networks above all; so do GELU and SELU.",
    (LAYERS,),
    "Networks with two and with six hidden layers on the digits and on MNIST-1D's signals, 1,000 "
    "samples, Adam at the best of five rates, 10 epochs: training loss, and wrong test answers. "
    "SELU has LeCun's weights, the others He's. (The source says it of swish.)",
    "ReLU divided by the other",
    lambda n: _against_relu(n, *C15_KINDS),
    yes=_against_relu_numbers(2, *C15_KINDS),
    no=_against_relu_numbers(1, *C15_KINDS),
    seeds=8,
)
def _(seed: int, quick: bool) -> dict[str, float]:
    return _race(seed, quick, *C15_KINDS)
