"""P: Adam and Nadam."""

from __future__ import annotations

import numpy as np

from reference_impl._validate import Array
from reference_impl.experiments import optimizers as race
from reference_impl.experiments.claims.lab import (
    LAYERS,
    NOTES,
    OPTIMIZERS,
    SLIDES,
    Numbers,
    Part,
    Rival,
    lab,
    over,
)
from reference_impl.experiments.claims.small import best, fit, grid, hidden, sets, steps_until
from reference_impl.experiments.claims.tuned import (
    METHODS,
    at_best,
    chosen,
    loss_on_test,
    trained,
    validated,
)
from reference_impl.experiments.optimizers_stored import RACED
from reference_impl.network import Network
from reference_impl.optim import SGD, AdaDelta, AdaGrad, Adam, Nadam, RMSprop
from reference_impl.optim.optimizer import Optimizer
from reference_impl.optimizers import adam_step, nadam_step

NOTEBOOK = "04_adaptive"

P2_BETAS = ((0.9, 0.999), (0.9, 0.99), (0.9, 0.9))


class Uncorrected(Adam):
    """Adam without the correction: m and v as they are, from their start at 0."""

    def coefficients(self) -> tuple[float, ...]:
        # Kept are M = m/(1-β1) and V = v/(1-β2).
        root = float(np.sqrt(1 - self.beta2))
        return self.lr * (1 - self.beta1) / root, self.eps / root


def _p2(n: Numbers) -> list[Part]:
    return [
        *(
            Part(f"without: 1st step wrong, β = {b[0]}, {b[1]}", n[f"without {b}"], above=1.5)
            for b in P2_BETAS
        ),
        *(
            Part(f"with: 1st step right, β = {b[0]}, {b[1]}", n[f"with {b}"], below=1.1)
            for b in P2_BETAS
        ),
        Part("loss after 1 epoch, each its own rate", n["off 1"] / n["on 1"], above=1.1),
        Part("loss after 10 epochs, each its own rate", n["off 10"] / n["on 10"], above=1.1),
    ]


@lab(
    "P2",
    NOTEBOOK,
    "The bias correction gives Adam's first steps their proper size, and so a better training.",
    (NOTES, OPTIMIZERS),
    "The size of the first step, with and without the correction, for three pairs of β, as the "
    "factor by which it misses η. And a network on the digits with and without it, 1 and 10 "
    "epochs, each at the best of six rates.",
    "how far the first step is from η, as a factor; loss without divided by loss with",
    _p2,
    yes={**over({"without": 3, "with": 1}, *P2_BETAS), **over({"off": 3, "on": 1}, 1, 10)},
    no={**over({"without": 1, "with": 3}, *P2_BETAS), **over({"off": 1, "on": 1}, 1, 10)},
)
def _(seed: int, quick: bool) -> dict[str, float]:
    found = {}
    gradient = np.random.default_rng(seed).standard_normal(50)
    for betas in P2_BETAS:
        for name, make in (("with", Adam), ("without", Uncorrected)):
            theta = np.zeros(50)
            optimizer = make(1.0, *betas).bind(theta, gradient.copy())
            optimizer.step()
            size = float(np.median(np.abs(theta)))
            found[f"{name} {betas}"] = max(size, 1 / size)
    for epochs in (1, 10):
        for name, method in (("on", "Adam"), ("off", "Uncorrected")):
            e = 1 if quick else epochs
            rate = best(_corrected, METHODS["Adam"][1][2:-1], seed, method, e)
            found[f"{name} {epochs}"] = _corrected(rate, seed, method, e)
    return found


def _corrected(rate: float, seed: int, method: str, epochs: int) -> float:
    """The training loss after the last epoch."""
    make = Adam if method == "Adam" else Uncorrected
    data = sets(seed)
    return fit(data, hidden((32,)), make(rate), epochs, seed).on(data.train)[0]


P4_OTHERS: dict[str, Optimizer] = {
    "gradient descent": SGD(0.1),
    "momentum": SGD(0.1, 0.9),
    "AdaGrad": AdaGrad(0.1),
    "RMSprop": RMSprop(0.1),
    "AdaDelta": AdaDelta(),
    "Nadam": Nadam(),
}


def _p4(n: Numbers) -> list[Part]:
    return [Part(f"than {name}", n["Adam"] / n[name], above=1.1) for name in P4_OTHERS]


@lab(
    "P4",
    NOTEBOOK,
    "Adam needs more memory than other optimizers.",
    (NOTES,),
    "Bytes for parameters, gradients and what the optimizer keeps, counted on networks of several "
    "widths.",
    "bytes of Adam divided by bytes of the other",
    _p4,
    yes={"Adam": 16, **dict.fromkeys(P4_OTHERS, 12)},
    no={"Adam": 12, **dict.fromkeys(P4_OTHERS, 12)},
    rival=Rival("Adam requires less memory than others.", SLIDES),
)
def _(seed: int, quick: bool) -> dict[str, float]:
    rng = np.random.default_rng(seed)
    network = Network(hidden((int(rng.integers(8, 200)), 10)), (64,), rng)
    found = {}
    for name, optimizer in {"Adam": Adam(), **P4_OTHERS}.items():
        optimizer.bind(network.theta, network.grad)
        kept = network.theta.nbytes + network.grad.nbytes + optimizer.state.nbytes
        found[name] = kept / network.theta.size
    return found


P5_RATES = ("a quarter of the best rate", "the best rate")


def _p5(n: Numbers) -> list[Part]:
    return [
        Part(f"{data}, {rate}", n[f"Adam, {data}, {rate}"] / n[f"gd, {data}, {rate}"], above=1.2)
        for data in race.DATA
        for rate in P5_RATES
    ]


_P5_PLACES = tuple(f"{data}, {rate}" for data in race.DATA for rate in P5_RATES)


@lab(
    "P5",
    NOTEBOOK,
    "Adam finds sharper minima than gradient descent.",
    (NOTES,),
    "The network of notebook 04 on the digits, as pixels and with each pixel in a unit of its own. "
    "The largest eigenvalue of the Hessian of the training loss, where a run first reaches a given "
    "loss; at the best rate of the race of notebook 04, and at a quarter of it.",
    "largest eigenvalue with Adam divided by that with gradient descent",
    _p5,
    yes={f"{m}, {p}": 3 if m == "Adam" else 1 for m in ("Adam", "gd") for p in _P5_PLACES},
    no={f"{m}, {p}": 1 if m == "Adam" else 3 for m in ("Adam", "gd") for p in _P5_PLACES},
    seeds=8,
    rival=Rival("Adam prefers flat minima.", LAYERS),
)
def _(seed: int, quick: bool) -> dict[str, float]:
    found = {}
    rates = {(row.data, row.method): row.rate for row in RACED}
    for data in race.DATA:
        for short, method in (("Adam", "Adam"), ("gd", "gradient descent")):
            for name, factor in zip(P5_RATES, (0.25, 1.0), strict=True):
                rate = factor * rates[data, method]
                place = None if quick else race.reached(data, method, rate, seed, 20 * race.STEPS)
                found[f"{short}, {data}, {name}"] = place.sharpness if place else 1.0
                if place is None and not quick:
                    raise ValueError(f"{method} at {rate} does not reach the loss")
    return found


P6_DEFAULTS: dict[str, float] = {
    "gradient descent": 0.01,
    "momentum": 0.01,
    "AdaGrad": 0.001,
    "RMSprop": 0.001,
    "Adam": 0.001,
}


def _p6(n: Numbers) -> list[Part]:
    return [
        *(
            Part(
                f"Adam at its default, {d}, {e} epochs",
                n[f"Adam default {d} {e}"] / n[f"Adam best {d} {e}"],
                below=1.25,
            )
            for d in ("digits", "own units")
            for e in (5, 30)
        ),
        *(
            Part(
                f"nearer to its best than {m} at {P6_DEFAULTS[m]}",
                n[f"{m} miss"] / n["Adam miss"],
                above=1.25,
            )
            for m in P6_DEFAULTS
            if m != "Adam"
        ),
        Part(
            "good rates span a wider range than gradient descent's",
            n["width Adam"] / n["width gd"],
            above=1.25,
        ),
    ]


_P6_PLACES = ("digits 5", "digits 30", "own units 5", "own units 30")


@lab(
    "P6",
    NOTEBOOK,
    "Adam works well with its default settings.",
    (NOTES, OPTIMIZERS),
    "A network on the digits in two scalings, 5 and 30 epochs. Wrong test answers at Adam's "
    "default rate, 0.001, against those at the best of nine; the training loss after 10 epochs at "
    "the default against the best, for Adam and at Keras' defaults of the others; and how wide the "
    "range of rates is whose loss is at most twice the best.",
    "default divided by best rate; the others' quotient divided by Adam's",
    _p6,
    yes={
        **over({"Adam default": 1, "Adam best": 1}, *_P6_PLACES),
        "Adam miss": 1,
        "width Adam": 3,
        "width gd": 1,
        **{f"{m} miss": 3 for m in P6_DEFAULTS if m != "Adam"},
    },
    no={
        **over({"Adam default": 3, "Adam best": 1}, *_P6_PLACES),
        "Adam miss": 1,
        "width Adam": 1,
        "width gd": 1,
        **{f"{m} miss": 1 for m in P6_DEFAULTS if m != "Adam"},
    },
    limits={"default": (1e-6, 10)},
)
def _(seed: int, quick: bool, *, default: float = P6_DEFAULTS["Adam"]) -> dict[str, float]:
    found = {}
    for units, where in ((False, "digits"), (True, "own units")):
        for epochs in (5, 30):
            e = min(epochs, 3) if quick else epochs
            test = sets(seed, units=units).test
            run = at_best("Adam", seed, units, e, validated)
            found[f"Adam best {where} {epochs}"] = run.on(test)[1]
            run = trained("Adam", default, seed, units, e)
            found[f"Adam default {where} {epochs}"] = run.on(test)[1]
    epochs = 2 if quick else 10
    for method, rate in (P6_DEFAULTS | {"Adam": default}).items():
        miss = trained(method, rate, seed, False, epochs).loss
        found[f"{method} miss"] = miss / at_best(method, seed, False, epochs).loss
    for short, method in (("Adam", "Adam"), ("gd", "gradient descent")):
        rates = grid(0.0001, 10, 11 if quick else 31)
        losses = np.array([chosen(rate, seed, method, False, 2 if quick else 5) for rate in rates])
        found[f"width {short}"] = (rates[1] / rates[0]) ** float(np.sum(losses < 2 * losses.min()))
    return found


def _p7(n: Numbers) -> list[Part]:
    return [
        *(
            Part(
                f"training loss, {where}, {e} epochs",
                n[f"Adam {where} {e}"] / n[f"Nadam {where} {e}"],
                above=1.02,
            )
            for where in ("digits", "own units")
            for e in (3, 10)
        ),
        Part("test loss, digits, 10 epochs", n["Adam test"] / n["Nadam test"], above=1.02),
        Part("less overshoot in a ravine, rate 0.1", n["Adam over"] / n["Nadam over"], above=1.02),
        Part("fewer steps in a ravine, rate 0.1", n["Adam steps"] / n["Nadam steps"], above=1.02),
    ]


_P7_PLACES = ("digits 3", "digits 10", "own units 3", "own units 10", "test", "over", "steps")


@lab(
    "P7",
    NOTEBOOK,
    "Nadam is slightly faster than Adam, with less overshoot.",
    (NOTES,),
    "A network on the digits in two scalings, 3 and 10 epochs, each at the best of nine rates; and "
    "a ravine with κ = 25 from random starts: how far it goes beyond the minimum, and steps to a "
    "thousandth of the distance.",
    "Adam divided by Nadam",
    _p7,
    yes=over({"Adam": 2, "Nadam": 1}, *_P7_PLACES),
    no=over({"Adam": 1, "Nadam": 1}, *_P7_PLACES),
    seeds=10,
)
def _(seed: int, quick: bool) -> dict[str, float]:
    found = {}
    for method, step in (("Adam", adam_step), ("Nadam", nadam_step)):
        for units, where in ((False, "digits"), (True, "own units")):
            for epochs in (3, 10):
                run = at_best(method, seed, units, 1 if quick else epochs)
                found[f"{method} {where} {epochs}"] = run.loss
        run = at_best(method, seed, False, 1 if quick else 10, validated)
        found[f"{method} test"] = loss_on_test(run, seed, False)
        lams, start = np.array([1.0, 25.0]), np.random.default_rng(seed).uniform(0.5, 1.5, 2)
        x, m, v = start, np.zeros(2), np.zeros(2)
        way: list[Array] = [x]
        for t in range(1, 1001):
            x, m, v = step(x, m, v, lams * x, t, 0.1, 0.9, 0.999, 1e-8)
            way.append(x)
        found[f"{method} over"] = max(0.0, -float(np.min(way))) + 1e-3
        distance = np.linalg.norm(way, axis=1)
        found[f"{method} steps"] = float(steps_until(distance, 1e-3 * distance[0]))
    return found
