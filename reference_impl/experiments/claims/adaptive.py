"""A, D and R: AdaGrad, AdaDelta, RMSprop."""

from __future__ import annotations

import numpy as np

from reference_impl._validate import Array
from reference_impl.datasets import sparse_data, standardize
from reference_impl.experiments.claims.lab import (
    ADAPTIVE,
    LAYERS,
    NOTES,
    OPTIMIZERS,
    SLIDES,
    Numbers,
    Part,
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
from reference_impl.losses import binary_cross_entropy, binary_cross_entropy_grad
from reference_impl.optim import AdaGrad
from reference_impl.optimizers import adagrad_step, rmsprop_step

NOTEBOOK = "04_adaptive"

A2_LABELS = {"clean labels": 0.0, "a third of the labels wrong": 0.33}


def _a2(n: Numbers) -> list[Part]:
    parts = []
    for name in A2_LABELS:
        adagrad, adam = n[f"AdaGrad {name}"], n[f"Adam {name}"]
        early = n[f"AdaGrad early, {name}"] / n[f"Adam early, {name}"]
        parts += [
            Part(
                f"its rates, epoch 1 against 30, {name}", n[f"1 {name}"] / n[f"30 {name}"], above=3
            ),
            Part(f"its loss after 30 epochs, {name}", adagrad / adam, above=1.25),
            Part(f"the same at the best rate for 3 epochs, {name}", early, above=1.25),
        ]
    return parts


@lab(
    "A2",
    NOTEBOOK,
    "AdaGrad's learning rate dies, and training stalls.",
    (NOTES, SLIDES, OPTIMIZERS, ADAPTIVE, LAYERS),
    "A network on the digits, with clean labels and with a third of the training labels wrong, so "
    "that the gradients stay large. The median of η/√G over the parameters after epoch 1 and after "
    "epoch 30; and the training loss after 30 epochs against Adam's, each at the best of nine "
    "rates for 30 epochs, and at the best for 3.",
    "rate early divided by late; loss of AdaGrad divided by that of Adam",
    _a2,
    yes=over(
        {"1": 9, "30": 1, "AdaGrad": 9, "Adam": 1, "AdaGrad early,": 9, "Adam early,": 1},
        *A2_LABELS,
    ),
    no=over(
        {"1": 1, "30": 1, "AdaGrad": 1, "Adam": 1, "AdaGrad early,": 1, "Adam early,": 1},
        *A2_LABELS,
    ),
)
def _(seed: int, quick: bool) -> dict[str, float]:
    found = {}
    late = 6 if quick else 30
    for name, noisy in A2_LABELS.items():
        for method in ("AdaGrad", "Adam"):
            for label, epochs in ((method, late), (f"{method} early,", 3)):
                rate = best(chosen, METHODS[method][1], seed, method, False, epochs, noisy)
                found[f"{label} {name}"] = trained(method, rate, seed, False, late, noisy).loss
        for label, epochs in (("1", 1), ("30", late)):
            optimizer = AdaGrad(0.03)
            fit(sets(seed, noisy=noisy), hidden((32,)), optimizer, epochs, seed)
            size = np.sqrt(np.median(optimizer.state) + optimizer.eps)
            found[f"{label} {name}"] = 0.03 / float(size)
    return found


A3_DATA = ("sparse", "unscaled", "standardized")


def _a3(n: Numbers) -> list[Part]:
    return [
        Part("sparse features, some rare", n["gd sparse"] / n["AdaGrad sparse"], above=1.1),
        Part("features in units of their own", n["gd unscaled"] / n["AdaGrad unscaled"], above=1.1),
        Part("the same, standardized", n["gd standardized"] / n["AdaGrad standardized"], above=1.1),
    ]


@lab(
    "A3",
    NOTEBOOK,
    "AdaGrad is good for sparse features and for features of mixed scales.",
    (NOTES, SLIDES, OPTIMIZERS, LAYERS),
    "Logistic regression on 1,000 samples with 40 features, five epochs in batches of 20: features "
    "that are 0 or 1, the rarest in one sample of a hundred; features from a normal distribution "
    "in units from 1/30 to 30; these, standardized. The training loss above its minimum, each "
    "method at the best of 13 rates.",
    "excess loss of gradient descent divided by that of AdaGrad",
    _a3,
    yes=over({"gd": 3, "AdaGrad": 1}, *A3_DATA),
    no=over({"gd": 1, "AdaGrad": 1}, *A3_DATA),
)
def _(seed: int, quick: bool) -> dict[str, float]:
    found = {}
    for data in A3_DATA:
        for method in ("gd", "AdaGrad"):
            rates = grid(1e-4, 100, 13)[:: 3 if quick else 1]
            rate = best(_logistic, rates, seed, method, data)
            found[f"{method} {data}"] = _logistic(rate, seed, method, data)
    return found


def _logistic(rate: float, seed: int, method: str, data: str) -> float:
    """The training loss of a logistic regression, above that after 25 of Newton's steps."""
    rng = np.random.default_rng(seed)
    if data == "sparse":
        X, labels, _ = sparse_data(1000, 40, rng)
    else:
        X = rng.standard_normal((1000, 40)) * rng.permutation(np.geomspace(1 / 30, 30, 40))
        X = standardize(X) if data == "standardized" else X
        z = standardize(X) @ rng.standard_normal(40) / 2
        labels = (rng.random(1000) < 1 / (1 + np.exp(-z))).astype(np.intp)
    y = labels.astype(np.float64)
    ridge = 1e-3  # keeps the minimum finite where a rare feature has one label only

    def loss(w: Array) -> float:
        return binary_cross_entropy(y, X @ w) + ridge / 2 * float(w @ w)

    w: Array = np.zeros(40)
    for _ in range(25):
        p = 1 / (1 + np.exp(-np.clip(X @ w, -30, 30)))
        H = (X.T * (p * (1 - p))) @ X / 1000 + ridge * np.eye(40)
        w = w - np.linalg.solve(H, X.T @ (p - y) / 1000 + ridge * w)
    lowest = loss(w)
    w, G = np.zeros(40), np.zeros(40)
    with np.errstate(all="ignore"):
        for _ in range(5):
            order = rng.permutation(1000)
            for i in range(0, 1000, 20):
                batch = order[i : i + 20]
                gradient = X[batch].T @ binary_cross_entropy_grad(y[batch], X[batch] @ w)
                gradient += ridge * w
                if method == "gd":
                    w = w - rate * gradient
                else:
                    w, G = adagrad_step(w, G, gradient, rate, 1e-8)
    return max(loss(w) - lowest, 1e-6)


def _a5(n: Numbers) -> list[Part]:
    return [
        Part(
            f"{what}, {where}", n[f"AdaGrad {what} {where}"] / n[f"Adam {what} {where}"], above=1.25
        )
        for what in ("training loss", "test loss")
        for where in ("digits", "own units")
    ] + [Part("a convex bowl, after 5000 steps", n["bowl"] / 1e-6, above=1)]


_A5_PLACES = (
    "training loss digits",
    "training loss own units",
    "test loss digits",
    "test loss own units",
)


@lab(
    "A5",
    NOTEBOOK,
    "AdaGrad gets close but does not converge, and is no method for networks.",
    (NOTES, OPTIMIZERS),
    "A network on the digits, as they are and with each pixel in a unit of its own, 10 epochs, "
    "each method at the best of nine rates, by the training or the validation loss; and a "
    "quadratic of five variables with curvatures from 1 to 100: the distance to the minimum, of "
    "the first, after 5000 steps at the best of seven rates.",
    "loss of AdaGrad divided by that of Adam; in the bowl, the distance in millionths",
    _a5,
    yes={**over({"AdaGrad": 9, "Adam": 1}, *_A5_PLACES), "bowl": 1e-2},
    no={**over({"AdaGrad": 1, "Adam": 1}, *_A5_PLACES), "bowl": 1e-9},
)
def _(seed: int, quick: bool) -> dict[str, float]:
    found = {}
    epochs = 2 if quick else 10
    for units, where in ((False, "digits"), (True, "own units")):
        for method in ("AdaGrad", "Adam"):
            found[f"{method} training loss {where}"] = at_best(method, seed, units, epochs).loss
            run = at_best(method, seed, units, epochs, validated)
            found[f"{method} test loss {where}"] = loss_on_test(run, seed, units)
    rate = best(_bowl, grid(0.01, 10, 7), seed)
    found["bowl"] = max(_bowl(rate, seed), 1e-12)
    return found


def _bowl(rate: float, seed: int) -> float:
    theta = np.random.default_rng(seed).standard_normal(5)
    lams, G, start = np.geomspace(1, 100, 5), np.zeros(5), float(np.linalg.norm(theta))
    for _ in range(5000):
        theta, G = adagrad_step(theta, G, lams * theta, rate, 1e-8)
    return float(np.linalg.norm(theta)) / start


D1_DATA = ("digits", "own units")


def _d1(n: Numbers) -> list[Part]:
    return [
        *(
            Part(f"defaults, {d}, 10 epochs", n[f"default {d}"] / n[f"best {d}"], below=1.25)
            for d in D1_DATA
        ),
        *(
            Part(f"ε 1000 times as large, {d}", n[f"large {d}"] / n[f"best {d}"], below=1.25)
            for d in D1_DATA
        ),
        *(
            Part(f"against Adam at its best, {d}", n[f"best {d}"] / n[f"Adam {d}"], below=1.25)
            for d in D1_DATA
        ),
        *(
            Part(f"a window, not an average, {d}", n[f"window {d}"] / n[f"best {d}"], below=1.25)
            for d in D1_DATA
        ),
    ]


@lab(
    "D1",
    NOTEBOOK,
    "AdaDelta, with a window of squared gradients or with their average, needs no learning rate.",
    (SLIDES, LAYERS),
    "A network on the digits, in two scalings, 10 epochs. AdaDelta with PyTorch's defaults, η = 1 "
    "and ε = 10⁻⁶, and with 1000 times that ε, against the best of nine ε; and that against Adam, "
    "and against itself with windows of ten steps, at the best of nine ε as well.",
    "training loss divided by that at the best ε (of Adam)",
    _d1,
    yes=over({"default": 1, "large": 1, "best": 1, "Adam": 1, "window": 1}, *D1_DATA),
    no=over({"default": 9, "large": 9, "best": 3, "Adam": 1, "window": 9}, *D1_DATA),
)
def _(seed: int, quick: bool) -> dict[str, float]:
    found = {}
    epochs = 2 if quick else 10
    for units, where in ((False, "digits"), (True, "own units")):
        found[f"best {where}"] = at_best("AdaDelta", seed, units, epochs).loss
        found[f"Adam {where}"] = at_best("Adam", seed, units, epochs).loss
        found[f"window {where}"] = at_best("AdaDelta, window", seed, units, epochs).loss
        found[f"default {where}"] = trained("AdaDelta", 1e-6, seed, units, epochs).loss
        found[f"large {where}"] = trained("AdaDelta", 1e-3, seed, units, epochs).loss
    return found


def _r2(n: Numbers) -> list[Part]:
    return [
        *(
            Part(
                f"{where}, {e} epochs",
                n[f"AdaGrad {where} {e}"] / n[f"RMSprop {where} {e}"],
                above=1.25,
            )
            for where in ("digits", "own units")
            for e in (3, 30)
        ),
        Part("a slope that becomes flat", n["AdaGrad flat"] / n["RMSprop flat"], above=1.25),
    ]


_R2_PLACES = ("digits 3", "digits 30", "own units 3", "own units 30", "flat")


@lab(
    "R2",
    NOTEBOOK,
    "RMSprop cures AdaGrad's stall.",
    (NOTES, SLIDES, OPTIMIZERS, ADAPTIVE),
    "A network on the digits in two scalings, 3 and 30 epochs, each method at the best of nine "
    "rates. And a loss that is steep for 100 steps and then a hundred times as flat: steps that "
    "the flat part takes, both methods at 0.01.",
    "AdaGrad divided by RMSprop: training loss, and steps",
    _r2,
    yes=over({"AdaGrad": 9, "RMSprop": 1}, *_R2_PLACES),
    no=over({"AdaGrad": 1, "RMSprop": 1}, *_R2_PLACES),
)
def _(seed: int, quick: bool) -> dict[str, float]:
    found = {}
    for method in ("AdaGrad", "RMSprop"):
        for units, where in ((False, "digits"), (True, "own units")):
            for epochs in (3, 30):
                run = at_best(method, seed, units, min(epochs, 4) if quick else epochs)
                found[f"{method} {where} {epochs}"] = run.loss
    for method, way in _entered(seed).items():
        found[f"{method} flat"] = float(steps_until(np.abs(way), 0.1 * abs(way[0])))
    return found


def _entered(seed: int) -> dict[str, Array]:
    """One variable's way through a bowl ½ x², from 1, after 100 steps on a slope of about 100."""
    rng = np.random.default_rng(seed)
    slope = 100 * rng.uniform(0.5, 1.5, 100)
    G, s = float(np.sum(slope**2)), 0.0
    for g in slope:
        s = 0.9 * s + 0.1 * g**2
    ways = {}
    for name, state in (("AdaGrad", G), ("RMSprop", s)):
        x, kept = np.array([1.0]), np.array([state])
        way = [1.0]
        for _ in range(20_000):
            if name == "RMSprop":
                x, kept = rmsprop_step(x, kept, x, 0.01, 0.9, 1e-8)
            else:
                x, kept = adagrad_step(x, kept, x, 0.01, 1e-8)
            way.append(float(x[0]))
            if abs(way[-1]) < 1e-3:
                break
        ways[name] = np.array(way)
    return ways


def _r3(n: Numbers) -> list[Part]:
    return [
        Part("faster than AdaGrad that came all the way", n["through"] / n["RMSprop"], above=2),
        Part("no slower than a fresh AdaGrad, to a tenth", n["RMSprop"] / n["fresh"], below=1.25),
        Part("as near in the end, constant rate", n["end RMSprop"] / n["end fresh"], below=1.25),
    ]


@lab(
    "R3",
    NOTEBOOK,
    "In a convex bowl RMSprop converges like an AdaGrad that was started there.",
    (SLIDES,),
    "Five variables come from a slope of about 100 into the bowl ½ Σ λx², with λ from 1 to 10. "
    "Steps to a tenth of the distance, and the distance after 3000 steps, for RMSprop, for an "
    "AdaGrad that has the slope in its sum, and for one that starts in the bowl. RMSprop and the "
    "fresh AdaGrad at the best of 13 rates, the other AdaGrad at the rate of the fresh one.",
    "steps, or distance at the end, of the first divided by the second",
    _r3,
    yes={"through": 90, "RMSprop": 10, "fresh": 10, "end RMSprop": 1, "end fresh": 1},
    no={"through": 10, "RMSprop": 90, "fresh": 10, "end RMSprop": 9, "end fresh": 1},
)
def _(seed: int, quick: bool) -> dict[str, float]:
    rates = grid(0.001, 1, 13)
    found = {}
    for name in ("through", "RMSprop", "fresh"):
        rate = best(_in_bowl_steps, rates, seed, "fresh" if name == "through" else name)
        way = _in_bowl(rate, seed, name)
        found[name] = _first_below(way)
        if name != "through":
            found[f"end {name}"] = max(float(way[-100:].mean()), 1e-9)
    return found


def _in_bowl_steps(rate: float, seed: int, name: str) -> float:
    return _first_below(_in_bowl(rate, seed, name))


def _first_below(way: Array) -> float:
    """Steps until it is down to a tenth for the first time; all of them if never."""
    return float(np.argmax(way <= 0.1) or len(way))


def _in_bowl(rate: float, seed: int, name: str) -> Array:
    """The distance to the minimum on the way, of the first."""
    rng = np.random.default_rng(seed)
    lams = np.geomspace(1, 10, 5)
    kept: Array = np.zeros(5)
    if name != "fresh":
        for _ in range(100):
            g = 100 * rng.uniform(0.5, 1.5, 5)
            kept = 0.9 * kept + 0.1 * g**2 if name == "RMSprop" else kept + g**2
    x: Array = rng.uniform(0.5, 1.5, 5)
    way = [x]
    for _ in range(3000):
        if name == "RMSprop":
            x, kept = rmsprop_step(x, kept, lams * x, rate, 0.9, 1e-8)
        else:
            x, kept = adagrad_step(x, kept, lams * x, rate, 1e-8)
        way.append(x)
    distance = np.linalg.norm(way, axis=1)
    return np.asarray(distance / distance[0])
