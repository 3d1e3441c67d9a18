"""L and I: a loss that withstands outliers, and the weights to start from."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from reference_impl._validate import Array
from reference_impl.activations import relu, saturated_fraction, tanh
from reference_impl.datasets import linear_data
from reference_impl.experiments.claims.activations import KINDS, set_biases
from reference_impl.experiments.claims.lab import NOTES, SLIDES, Numbers, Part, lab, over
from reference_impl.experiments.claims.small import best, fit, grid, hidden, sets
from reference_impl.initializers import distinct_units, he_normal, layer_std, xavier_normal
from reference_impl.layers.dense import Dense
from reference_impl.network import Network
from reference_impl.optim import SGD, Adam

NOTEBOOK = "08_initialization"

L1_CASES = {
    "no outliers": (0.0, False),
    "5 % of the targets": (0.05, False),
    "20 % of the targets": (0.2, False),
    "5 % of the samples, inputs too": (0.05, True),
}


def _l1(n: Numbers) -> list[Part]:
    return [Part(name, n[f"mse {name}"] / n[f"mae {name}"], above=1.25) for name in L1_CASES]


@lab(
    "L1",
    "06_losses",
    "The squared error is sensitive to outliers, the absolute error is robust.",
    (SLIDES,),
    "Linear regression on 200 samples of five features, noise of deviation 0.5. A share of the "
    "targets is wrong by 20; once such samples also have inputs ten times too large. The distance "
    "of the weights at the minimum of each loss from the true ones.",
    "error of the weights: squared loss divided by absolute loss",
    _l1,
    yes=over({"mse": 9, "mae": 1}, *L1_CASES),
    no=over({"mse": 1, "mae": 1}, *L1_CASES),
    seeds=20,
    limits={"outlier": (-1000, 1000), "stretch": (0.01, 100)},
)
def _(seed: int, quick: bool, *, outlier: float = 20.0, stretch: float = 10.0) -> dict[str, float]:
    found = {}
    for name, (share, inputs) in L1_CASES.items():
        rng = np.random.default_rng(seed)
        X, y, w = linear_data(200, 5, rng, noise=0.5)
        wrong = rng.permutation(200)[: int(200 * share)]
        y[wrong] += outlier
        if inputs:
            X[wrong] *= stretch
        squares = np.linalg.lstsq(X, y)[0]
        found[f"mse {name}"] = float(np.linalg.norm(squares - w))
        found[f"mae {name}"] = float(np.linalg.norm(_least_absolute(X, y) - w))
    return found


def _least_absolute(X: Array, y: Array) -> Array:
    """The minimum of Σ |y - Xw|, by weighted least squares with weights 1/|error|."""
    w = np.asarray(np.linalg.lstsq(X, y)[0], np.float64)
    for _ in range(200):
        weights = 1 / np.maximum(np.abs(y - X @ w), 1e-8)
        w = np.asarray(np.linalg.solve(X.T * weights @ X, X.T @ (weights * y)))
    return w


def constant_start(value: float, biases: float = 0.0) -> Callable[[Network], None]:
    """A start at which every weight has this value; biases are random, with this deviation."""

    def change(network: Network) -> None:
        for layer in network.layers:
            if isinstance(layer, Dense):
                layer.W[...] = value
                layer.b[...] = biases * network.rng.standard_normal(layer.b.shape)

    return change


def after(
    kind: str,
    change: Callable[[Network], None],
    seed: int,
    quick: bool,
    dropout: float = 0.0,
    adam: bool = False,
) -> tuple[Network, float]:
    """(network with 16 hidden units after 5 epochs, how many of them differ)."""
    layers = hidden((16,), KINDS[kind][0], dropout=dropout)
    optimizer = Adam(0.01) if adam else SGD(0.1)
    network = fit(sets(seed), layers, optimizer, 1 if quick else 5, seed, change=change).network
    H = network.check_input(sets(seed).validation[0])
    for layer in network.layers[:2]:
        H = layer.forward(H)
    return network, float(distinct_units(np.asarray(H, np.float64), tol=1e-3))


def _i1(n: Numbers) -> list[Part]:
    return [
        Part("ReLU: largest hidden weight after training", n["moved ReLU"], below=1e-6),
        Part("tanh: largest hidden weight after training", n["moved tanh"], below=1e-6),
        Part("tanh with Adam: largest hidden weight", n["moved Adam"], below=1e-6),
        Part("sigmoid: units that differ", n["units sigmoid"], below=1.5),
        Part("sigmoid with dropout: units that differ", n["units dropout"], below=1.5),
    ]


@lab(
    "I1",
    NOTEBOOK,
    "With weights of 0, ReLU and tanh layers never move, and a sigmoid layer acts as one unit.",
    (NOTES, SLIDES),
    "A network with 16 hidden units on the digits, all weights and biases at 0, five epochs of "
    "gradient descent or of Adam, once with dropout.",
    "what each line names",
    _i1,
    yes={
        "moved ReLU": 0,
        "moved tanh": 0,
        "moved Adam": 0,
        "units sigmoid": 1,
        "units dropout": 1,
    },
    no={
        "moved ReLU": 1,
        "moved tanh": 1,
        "moved Adam": 1,
        "units sigmoid": 16,
        "units dropout": 16,
    },
    ratio=False,
    limits={"biases": (-10, 10)},
)
def _(seed: int, quick: bool, *, biases: float = 0.0) -> dict[str, float]:
    zero = constant_start(0.0, biases)
    found = {}
    for name, kind, adam in (
        ("ReLU", "ReLU", False),
        ("tanh", "tanh", False),
        ("Adam", "tanh", True),
    ):
        network, _ = after(kind, zero, seed, quick, adam=adam)
        found[f"moved {name}"] = float(np.abs(network.layers[0].W).max())  # type: ignore[attr-defined]
    found["units sigmoid"] = after("sigmoid", zero, seed, quick)[1]
    found["units dropout"] = after("sigmoid", zero, seed, quick, dropout=0.5)[1]
    return found


I2_CASES = {
    "ReLU, 0.1": ("ReLU", 0.1, 0.0, 0.0),
    "tanh, 0.1": ("tanh", 0.1, 0.0, 0.0),
    "sigmoid, 0.5": ("sigmoid", 0.5, 0.0, 0.0),
    "tanh, -1": ("tanh", -1.0, 0.0, 0.0),
    "tanh, 0.1, random biases": ("tanh", 0.1, 0.1, 0.0),
    "tanh, 0.1, dropout": ("tanh", 0.1, 0.0, 0.5),
}


def _i2(n: Numbers) -> list[Part]:
    return [Part(name, n[name], below=1.5) for name in I2_CASES]


@lab(
    "I2",
    NOTEBOOK,
    "Any constant start leaves all units of a layer the same.",
    (NOTES, SLIDES),
    "A network with 16 hidden units on the digits, all weights at one value, five epochs: how many "
    "hidden units differ? Over activation and value, with random biases, with dropout.",
    "hidden units that differ",
    _i2,
    yes=dict.fromkeys(I2_CASES, 1),
    no=dict.fromkeys(I2_CASES, 16),
    ratio=False,
)
def _(seed: int, quick: bool) -> dict[str, float]:
    return {
        name: after(kind, constant_start(value, biases), seed, quick, dropout)[1]
        for name, (kind, value, biases, dropout) in I2_CASES.items()
    }


I3_DEPTHS = (2, 10)


def _i3(n: Numbers) -> list[Part]:
    return [
        Part(
            "ReLU, a tenth of He's: the signal after 10 layers, inverse",
            1 / n["relu small"],
            above=100,
        ),
        Part("ReLU, ten times He's: the signal after 10 layers", n["relu large"], above=100),
        Part(
            "tanh, ten times Xavier's: saturated, of those with Xavier's", n["tanh large"], above=5
        ),
        *(
            Part(
                f"wrong answers with {size}, {d} hidden layers",
                n[f"{size} {d}"] / n[f"right {d}"],
                above=1.5,
            )
            for size in ("a tenth", "ten times")
            for d in I3_DEPTHS
        ),
    ]


@lab(
    "I3",
    NOTEBOOK,
    "Too small a start makes the signal vanish, too large a start saturates or explodes, and "
    "training fails.",
    (NOTES, SLIDES),
    "Random inputs through 10 layers of 100 units, with a tenth and with ten times the weights of "
    "He and of Xavier. And ReLU networks with two and with ten hidden layers on the digits, SGD "
    "with momentum at the best of nine rates for each start, 5 epochs.",
    "of the wrong start, divided by that of the right one",
    _i3,
    yes={
        "relu small": 1e-9,
        "relu large": 1e9,
        "tanh large": 50,
        **over({"a tenth": 5, "ten times": 5, "right": 1}, *I3_DEPTHS),
    },
    no={
        "relu small": 1,
        "relu large": 1,
        "tanh large": 1,
        **over({"a tenth": 1, "ten times": 1, "right": 1}, *I3_DEPTHS),
    },
)
def _(seed: int, quick: bool) -> dict[str, float]:
    found = {}
    for name, factor in (("relu small", 0.1), ("relu large", 10.0)):
        rng = np.random.default_rng(seed)
        X = rng.standard_normal((200, 100))
        weights = [factor * he_normal(100, 100, rng) for _ in range(10)]
        found[name] = layer_std(X, weights, relu)[-1]
    shares = []
    for factor in (10.0, 1.0):
        rng = np.random.default_rng(seed)
        H = rng.standard_normal((200, 100))
        for _ in range(10):
            Z = factor * (H @ xavier_normal(100, 100, rng))
            H = tanh(Z)
        shares.append(saturated_fraction(Z) + 0.01)
    found["tanh large"] = shares[0] / shares[1]
    for depth in I3_DEPTHS:
        for name, factor in (("a tenth", 0.1), ("right", 1.0), ("ten times", 10.0)):
            rates = grid(0.00003, 0.3, 9)[:: 4 if quick else 1]
            rate = best(_scaled, rates, seed, factor, depth, 1 if quick else 5)
            found[f"{name} {depth}"] = _scaled(rate, seed, factor, depth, 1 if quick else 5, True)
    return found


def _scaled(
    rate: float, seed: int, factor: float, depth: int, epochs: int, test: bool = False
) -> float:
    def change(network: Network) -> None:
        for layer in network.layers:
            if isinstance(layer, Dense):
                layer.W[...] *= factor

    data = sets(seed)
    run = fit(data, hidden((32,) * depth), SGD(rate, 0.9), epochs, seed, change=change)
    return run.on(data.test)[1] if test else run.on(data.validation)[0]


I6_DEPTHS = (4, 20)
I6_CASES = {
    "ReLU": ("he_normal", "xavier_normal", "uniform_fan_in"),
    "tanh": ("xavier_normal", "he_normal", "uniform_fan_in"),
    "SELU": ("lecun_normal", "he_normal", "uniform_fan_in"),
}
I6_NAMES = {
    "he_normal": "He",
    "xavier_normal": "Xavier",
    "lecun_normal": "LeCun",
    "uniform_fan_in": "U(±1/√fan_in)",
}


def _i6(n: Numbers) -> list[Part]:
    return [
        Part(
            f"{kind}, {depth} layers: {I6_NAMES[own]} against {I6_NAMES[other]}",
            n[f"{kind} {other} {depth}"] / n[f"{kind} {own} {depth}"],
            above=1.25,
        )
        for depth in I6_DEPTHS
        for kind, (own, *others) in I6_CASES.items()
        for other in others
    ]


def _i6_numbers(factor: float) -> dict[str, float]:
    return {
        f"{kind} {init} {depth}": 1.0 if init == inits[0] else factor
        for kind, inits in I6_CASES.items()
        for init in inits
        for depth in I6_DEPTHS
    }


@lab(
    "I6",
    NOTEBOOK,
    "He's start is right for ReLU, Xavier's for tanh, LeCun's for SELU.",
    (NOTES, SLIDES),
    "Networks of 4 and of 20 hidden layers of 32 units on the digits, Adam at the best of four "
    "rates for each start, 5 epochs: wrong test answers with another start.",
    "wrong answers with the other start, divided by those with its own",
    _i6,
    yes=_i6_numbers(3),
    no=_i6_numbers(1),
)
def _(seed: int, quick: bool) -> dict[str, float]:
    found = {}
    for kind, inits in I6_CASES.items():
        for init in inits:
            for depth in I6_DEPTHS:
                epochs = 1 if quick else 5
                rate = best(
                    _started, grid(0.0003, 0.01, 2 if quick else 4), seed, kind, init, depth, epochs
                )
                found[f"{kind} {init} {depth}"] = _started(
                    rate, seed, kind, init, depth, epochs, True
                )
    return found


def _started(
    rate: float, seed: int, kind: str, init: str, depth: int, epochs: int, test: bool = False
) -> float:
    data = sets(seed)
    layers = hidden((32,) * depth, KINDS[kind][0], init)
    run = fit(data, layers, Adam(rate), epochs, seed, init=init, change=lambda n: set_biases(n, 0))
    return run.on(data.test)[1] if test else run.on(data.validation)[0]
