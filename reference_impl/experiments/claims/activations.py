"""C: activations."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from reference_impl._validate import Array
from reference_impl.activations import dead_units, selu
from reference_impl.experiments.claims.lab import LAYERS, NOTES, Numbers, Part, lab, over
from reference_impl.experiments.claims.small import Fit, best, fit, grid, hidden, sets
from reference_impl.initializers import draw
from reference_impl.layers.activation import (
    ELU,
    SELU,
    BinaryStep,
    LeakyReLU,
    ReLU,
    Sigmoid,
    Swish,
    Tanh,
)
from reference_impl.layers.dense import Dense
from reference_impl.layers.layer import Floats, Layer
from reference_impl.network import Network
from reference_impl.optim import SGD, Adam

NOTEBOOK = "05_activations"


class CentredSigmoid(Sigmoid):
    """y = σ(x) - ½: the same slopes, and 0 in the middle."""

    def forward(self, x: Floats, training: bool = False) -> Floats:
        return super().forward(x, training) - 0.5


class GELU(Layer):
    """y = x/2 (1 + tanh u),   u = √(2/π) (x + 0.044715 x³): nearly x times the normal distribution

    dx = dy · (1/2 (1 + tanh u) + x/2 (1 - tanh² u) u′)   (Hendrycks and Gimpel, 2016)
    """

    def forward(self, x: Floats, training: bool = False) -> Floats:
        tanh = np.tanh(np.sqrt(2 / np.pi).astype(x.dtype) * (x + 0.044715 * x**3))
        if training:
            self._x, self._tanh = x, tanh
        return np.asarray(x / 2 * (1 + tanh))

    def backward(self, dy: Floats, need_dx: bool = True) -> Floats:
        x, tanh = self._x, self._tanh
        du = np.sqrt(2 / np.pi).astype(x.dtype) * (1 + 3 * 0.044715 * x**2)
        dy *= (1 + tanh) / 2 + x / 2 * (1 - tanh**2) * du
        return dy


KINDS: dict[str, tuple[Callable[[], Layer], str]] = {
    "step": (BinaryStep, "he_normal"),
    "sigmoid": (Sigmoid, "xavier_normal"),
    "centred sigmoid": (CentredSigmoid, "xavier_normal"),
    "tanh": (Tanh, "xavier_normal"),
    "ReLU": (ReLU, "he_normal"),
    "leaky ReLU": (LeakyReLU, "he_normal"),
    "ELU": (ELU, "he_normal"),
    "SELU": (SELU, "lecun_normal"),
    "swish": (Swish, "he_normal"),
    "GELU": (GELU, "he_normal"),
}
SGD_RATES, ADAM_RATES = grid(0.03, 100, 8), grid(0.0003, 0.03, 5)


def trained(rate: float, seed: int, kind: str, depth: int, epochs: int, how: str, data: str) -> Fit:
    layer, init = KINDS[kind]
    optimizer = SGD(rate) if how == "SGD" else Adam(rate)
    return fit(sets(seed, name=data), hidden((32,) * depth, layer, init), optimizer, epochs, seed)


def loss(
    rate: float,
    seed: int,
    kind: str,
    depth: int,
    epochs: int,
    how: str = "SGD",
    data: str = "digits",
) -> float:
    return trained(rate, seed, kind, depth, epochs, how, data).loss


def at_best(
    seed: int, kind: str, depth: int, epochs: int, how: str = "SGD", data: str = "digits"
) -> Fit:
    """A network at the best of the rates, by the training loss."""
    setting = kind, depth, epochs, how, data
    rate = best(loss, SGD_RATES if how == "SGD" else ADAM_RATES, seed, *setting)
    return trained(rate, seed, *setting)


def _c1(n: Numbers) -> list[Part]:
    return [
        Part("the layer before the step does not move", n["moved"], below=1e-6),
        Part("the network learns nothing: right answers below 0.2", n["right step"], below=0.2),
        Part("it is worse than with ReLU, by 0.03", n["right step"] - n["right ReLU"], below=-0.03),
    ]


@lab(
    "C1",
    NOTEBOOK,
    "The binary step has gradient 0: nothing trains.",
    (LAYERS,),
    "A network with one hidden layer on the digits, Adam at 0.01, 10 epochs: how far the hidden "
    "weights move, and the share of right test answers, with the step and with ReLU.",
    "what each line names",
    _c1,
    yes={"moved": 0, "right step": 0.1, "right ReLU": 0.9},
    no={"moved": 1, "right step": 0.9, "right ReLU": 0.9},
    ratio=False,
)
def _(seed: int, quick: bool) -> dict[str, float]:
    found = {}
    for kind in ("step", "ReLU"):
        first: list[Array] = []

        def keep(network: Network, first: list[Array] = first) -> None:
            first.append(network.layers[0].W.copy())  # type: ignore[attr-defined]

        layer, init = KINDS[kind]
        data = sets(seed)
        run = fit(
            data, hidden((32,), layer, init), Adam(0.01), 2 if quick else 10, seed, change=keep
        )
        found[f"right {kind}"] = 1.01 - run.on(data.test)[1]
        if kind == "step":
            now = run.network.layers[0].W  # type: ignore[attr-defined]
            found["moved"] = float(np.abs(now - first[0]).max())
    return found


C4_DEPTHS = (2, 6, 12)


def _c4(n: Numbers) -> list[Part]:
    return [
        *(Part(f"sigmoid, {d} hidden layers", n[f"sigmoid {d}"], above=10) for d in C4_DEPTHS),
        Part("sigmoid, 12 hidden layers, weights four times as large", n["wide 12"], above=10),
        Part("against tanh: 12 hidden layers", n["sigmoid 12"] / n["tanh 12"], above=10),
    ]


@lab(
    "C4",
    NOTEBOOK,
    "A sigmoid's slope is at most 1/4, so gradients vanish on their way back.",
    (NOTES, LAYERS),
    "Networks of 32 units a layer before training, Xavier's weights: the norm of the gradient of "
    "the last hidden layer's weights, divided by that of the first; over depth, for the sigmoid, "
    "for tanh, and with four times Xavier's weights, which make up for a slope of 1/4.",
    "gradient of the last hidden layer divided by that of the first",
    _c4,
    yes={**over({"sigmoid": 1e5}, *C4_DEPTHS), "wide 12": 1e5, "tanh 12": 1},
    no={**over({"sigmoid": 1}, *C4_DEPTHS), "wide 12": 1, "tanh 12": 1},
)
def _(seed: int, quick: bool) -> dict[str, float]:
    X, labels = sets(seed).train
    found = {}
    cases = [("sigmoid", d, 1.0) for d in C4_DEPTHS] + [("tanh", 12, 1.0), ("wide", 12, 4.0)]
    for name, depth, factor in cases:
        layer, init = KINDS["tanh" if name == "tanh" else "sigmoid"]
        layers = [*hidden((32,) * depth, layer, init), Dense(10)]
        network = Network(layers, (64,), np.random.default_rng(seed), dtype=np.float64)
        for place in layers[:-1:2]:
            place.W[...] *= factor  # type: ignore[attr-defined]
        network.backprop(X, labels)
        norms = [np.linalg.norm(place.dW) for place in layers[:-1:2]]  # type: ignore[attr-defined]
        found[f"{name} {depth}"] = float(norms[-1] / norms[0])
    return found


C5_DEPTHS = (1, 3)


def _c5(n: Numbers) -> list[Part]:
    return [
        *(
            Part(
                f"sigmoid against tanh, {d} hidden", n[f"sigmoid {d}"] / n[f"tanh {d}"], above=1.25
            )
            for d in C5_DEPTHS
        ),
        *(
            Part(
                f"sigmoid against σ - ½, {d} hidden",
                n[f"sigmoid {d}"] / n[f"centred sigmoid {d}"],
                above=1.25,
            )
            for d in C5_DEPTHS
        ),
    ]


@lab(
    "C5",
    NOTEBOOK,
    "A sigmoid trains more slowly than tanh because it is not centred on zero.",
    (NOTES, LAYERS),
    "A network with one and with three hidden layers on the digits, gradient descent at the best "
    "of eight rates, training loss after 10 epochs. σ - ½ has the sigmoid's slopes and is centred: "
    "it tells whether the centre is the reason.",
    "loss with the sigmoid divided by loss with the other",
    _c5,
    yes=over({"sigmoid": 9, "tanh": 1, "centred sigmoid": 1}, *C5_DEPTHS),
    no=over({"sigmoid": 1, "tanh": 1, "centred sigmoid": 1}, *C5_DEPTHS),
)
def _(seed: int, quick: bool) -> dict[str, float]:
    return {
        f"{kind} {depth}": at_best(seed, kind, depth, 2 if quick else 10).loss
        for kind in ("sigmoid", "tanh", "centred sigmoid")
        for depth in C5_DEPTHS
    }


def _c7(n: Numbers) -> list[Part]:
    return [
        Part("cause: a rate of 0.1", n["dead rate"] - n["dead base"], above=0.1),
        Part("cause: biases that start at -3", n["dead bias"] - n["dead base"], above=0.1),
        Part("cause: 12 layers in place of 3", n["dead deep"] - n["dead base"], above=0.1),
        Part("cure: biases that start at 0.01", n["dead rate"] - n["dead cure"], above=0.1),
        Part("cure: leaky ReLU, wrong answers", n["wrong rate"] - n["wrong leaky"], above=0.1),
    ]


@lab(
    "C7",
    NOTEBOOK,
    "ReLU units die by a large rate, by negative biases and in deep networks; a bias of 0.01 and "
    "leaky units cure it.",
    (NOTES,),
    "Three hidden layers on the digits, Adam at 0.003, 10 epochs: the share of units that are "
    "above 0 for no training sample. One cause at a time, and two cures at a rate of 0.1.",
    "difference of the shares of dead units (the last: of wrong answers)",
    _c7,
    yes={
        "dead base": 0,
        "dead rate": 0.9,
        "dead bias": 0.9,
        "dead deep": 0.9,
        "dead cure": 0,
        "wrong rate": 0.9,
        "wrong leaky": 0.1,
    },
    no={
        "dead base": 0,
        "dead rate": 0,
        "dead bias": 0,
        "dead deep": 0,
        "dead cure": 0,
        "wrong rate": 0.1,
        "wrong leaky": 0.1,
    },
    ratio=False,
    seeds=10,
)
def _(seed: int, quick: bool) -> dict[str, float]:
    data, found = sets(seed), {}
    cases: list[tuple[str, float, float, int]] = [
        ("base", 0.003, 0, 3),
        ("rate", 0.1, 0, 3),
        ("bias", 0.003, -3, 3),
        ("deep", 0.003, 0, 12),
        ("cure", 0.1, 0.01, 3),
    ]
    for name, rate, bias, depth in cases:
        run = fit(
            data,
            hidden((32,) * depth),
            Adam(rate),
            2 if quick else 10,
            seed,
            change=partial(set_biases, value=bias),
        )
        found[f"dead {name}"] = dead_share(run.network, data.train[0])
        if name == "rate":
            found["wrong rate"] = run.on(data.test)[1]
    leaky = fit(data, hidden((32,) * 3, LeakyReLU), Adam(0.1), 2 if quick else 10, seed)
    found["wrong leaky"] = leaky.on(data.test)[1]
    return found


def set_biases(network: Network, value: float) -> None:
    """Every hidden bias at this value."""
    for layer in network.layers[:-1]:
        if isinstance(layer, Dense):
            layer.b[...] = value


def dead_share(network: Network, X: Array) -> float:
    """The share of ReLU units that are above 0 for no sample."""
    H = network.check_input(X)
    dead = []
    for layer in network.layers:
        if isinstance(layer, ReLU):
            dead.append(dead_units(H).mean())
        H = layer.forward(H)
    return float(np.mean(dead))


C11_CASES = {
    "LeCun's weights": ("lecun_normal", 1.0, 0.0),
    "He's weights": ("he_normal", 1.0, 0.0),
    "U(±1/√fan_in)": ("uniform_fan_in", 1.0, 0.0),
    "LeCun's weights, inputs ten times as large": ("lecun_normal", 10.0, 0.0),
    "LeCun's weights, inputs of mean 3": ("lecun_normal", 1.0, 3.0),
}


def _c11(n: Numbers) -> list[Part]:
    return [Part(name, n[name], below=1.25) for name in C11_CASES]


@lab(
    "C11",
    NOTEBOOK,
    "SELU normalizes itself: mean 0 and variance 1 through all layers.",
    (NOTES,),
    "500 random inputs through 50 layers of 100 units before training. How far the root of the "
    "mean square after the last layer is from 1, as a factor; over the initialization and the "
    "inputs.",
    "root mean square after the last layer, or its inverse",
    _c11,
    yes=dict.fromkeys(C11_CASES, 1.01),
    no=dict.fromkeys(C11_CASES, 9),
    limits={"units": (1, 500), "layers": (1, 200)},
)
def _(seed: int, quick: bool, *, units: int = 100, layers: int = 50) -> dict[str, float]:
    found = {}
    for name, (init, scale, mean) in C11_CASES.items():
        rng = np.random.default_rng(seed)
        H = mean + scale * rng.standard_normal((500, units))
        for _ in range(layers):
            H = selu(H @ draw(init, (units, units), units, units, rng))
        size = max(float(np.sqrt(np.mean(H**2))), 1e-12)
        found[name] = max(size, 1 / size)
    return found
