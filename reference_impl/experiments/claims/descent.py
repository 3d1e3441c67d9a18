"""G: gradient descent, its rate, its batches, its obstacles."""

from __future__ import annotations

import numpy as np

from reference_impl.descent import gradient_descent
from reference_impl.experiments.claims.lab import (
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
from reference_impl.landscapes import double_well, saddle_with_floor
from reference_impl.optim import SGD

NOTEBOOK = "02_gradient_descent"
RATES = grid(0.01, 10.0, 10)


def sgd_loss(rate: float, seed: int, batch: int, epochs: int) -> float:
    return fit(sets(seed), hidden((32,)), SGD(rate), epochs, seed, batch).loss


def _g1(n: Numbers) -> list[Part]:
    return [
        Part("quadratic, a hundredth of the limit 2/λ_max", n["low"] / n["half"], above=10),
        Part("quadratic, 2 % above the limit", n["high"] / n["half"], above=10),
        Part("digits, a hundredth of the best rate", n["net low"] / n["net best"], above=2),
        Part("digits, ten times the best rate", n["net high"] / n["net best"], above=2),
    ]


@lab(
    "G1",
    NOTEBOOK,
    "Too high a learning rate overshoots, too low a rate crawls.",
    (SLIDES, LAYERS),
    "Random quadratics of ten variables, distance to the minimum after 200 steps, at half of the "
    "limit 2/λ_max, a hundredth of it and 2 % above it. A network on the digits, training loss of "
    "the tenth epoch, at its best rate of ten, a hundredth of it and ten times as much.",
    "what is left, divided by what is left at a good rate",
    _g1,
    yes={"low": 90, "high": 90, "half": 1, "net low": 9, "net high": 9, "net best": 1},
    no={"low": 1, "high": 1, "half": 1, "net low": 1, "net high": 1, "net best": 1},
)
def _(seed: int, quick: bool) -> dict[str, float]:
    rng = np.random.default_rng(seed)
    rotation, _ = np.linalg.qr(rng.standard_normal((10, 10)))
    H = rotation * np.geomspace(1, 10, 10) @ rotation.T
    start = rng.standard_normal(10)
    found = {}
    for name, share in (("half", 0.5), ("low", 0.01), ("high", 1.02)):
        end = gradient_descent(lambda x: H @ x, start, share * 2 / 10, 200)[-1]
        found[name] = float(np.linalg.norm(end))
    epochs = 3 if quick else 10
    rate = best(sgd_loss, RATES[3:8] if quick else RATES, seed, 32, epochs)
    for name, factor in (("best", 1.0), ("low", 0.01), ("high", 10.0)):
        found[f"net {name}"] = sgd_loss(factor * rate, seed, 32, epochs)
    return found


G4_NOISES = (0.001, 0.3, 3.0)


def _g4(n: Numbers) -> list[Part]:
    return [
        Part(
            "gradient descent stops: exactly on the ridge of a saddle", 1 - n["saddle 0"], above=0.5
        ),
        Part("gradient descent stops: a thousandth beside it", 1 - n["beside 0"], above=0.5),
        Part("gradient descent stops: a local minimum", 1 - n["well 0"], above=0.5),
        *(
            Part(f"noise {s} helps: saddle", n[f"saddle {s}"] - n["saddle 0"], above=0.5)
            for s in G4_NOISES
        ),
        *(
            Part(f"noise {s} helps: local minimum", n[f"well {s}"] - n["well 0"], above=0.5)
            for s in G4_NOISES
        ),
    ]


@lab(
    "G4",
    NOTEBOOK,
    "Saddle points and local minima stop gradient descent; noise helps it on.",
    (SLIDES, OPTIMIZERS, LAYERS),
    "A saddle with a floor and a double well, 100 walks each of 500 steps at rate 0.1, with noise "
    "of several sizes on each gradient. Which share reaches the floor, or the deeper well?",
    "share of the walks (with noise: how much larger it is than without)",
    _g4,
    yes={
        **over({"saddle": 0, "beside": 0, "well": 0}, 0),
        **over({"saddle": 1, "beside": 1, "well": 1}, *G4_NOISES),
    },
    no=over({"saddle": 1, "beside": 1, "well": 1}, 0, *G4_NOISES),
    ratio=False,
)
def _(seed: int, quick: bool) -> dict[str, float]:
    rng = np.random.default_rng(seed)
    saddle, well = saddle_with_floor(), double_well()
    found = {}
    for sigma in (0, *G4_NOISES):
        for name, land, y in (
            ("saddle", saddle, 0.0),
            ("beside", saddle, 1e-3),
            ("well", well, 0.0),
        ):
            x = rng.uniform(0.8, 1.2, 100) if name == "well" else rng.uniform(-2, -1, 100)
            theta = np.column_stack([x, np.full(100, y)])
            for _ in range(500):
                noise = sigma * rng.standard_normal(theta.shape)
                theta = theta - 0.1 * (land.gradient(theta) + noise)
            there = theta[:, 0] < 0 if name == "well" else np.abs(theta[:, 1]) > 0.5
            found[f"{name} {sigma}"] = float(np.mean(there))
    return found


G5_KAPPAS = (2, 10, 100)


def _g5(n: Numbers) -> list[Part]:
    return [
        *(
            Part(f"ravine along an axis, κ = {k}", n[f"one {k}"] / n[f"own {k}"], above=2)
            for k in G5_KAPPAS
        ),
        Part("ravine at a random angle, κ = 100", n["one turned"] / n["own turned"], above=2),
    ]


@lab(
    "G5",
    NOTEBOOK,
    "In a ravine the trouble is one learning rate for all directions: a rate for each parameter "
    "cures it.",
    (NOTES, OPTIMIZERS),
    "Quadratics of five variables with curvatures from 1 to κ. Steps to a millionth with the best "
    "single rate, and with the rate 1/H_ii for each parameter, scaled to be the best of its kind. "
    "Once the ravine lies along an axis, once it is rotated at random.",
    "steps with one rate divided by steps with a rate for each parameter",
    _g5,
    yes=over({"one": 90, "own": 1}, *G5_KAPPAS, "turned"),
    no=over({"one": 90, "own": 90}, *G5_KAPPAS, "turned"),
    seeds=10,
)
def _(seed: int, quick: bool) -> dict[str, float]:
    rng = np.random.default_rng(seed)
    found = {}
    for k in (*G5_KAPPAS, "turned"):
        lams = np.geomspace(1, k if isinstance(k, int) else 100, 5)
        Q = np.linalg.qr(rng.standard_normal((5, 5)))[0] if k == "turned" else np.eye(5)
        H, start = Q * lams @ Q.T, rng.standard_normal(5)
        for name, scale in (("one", np.ones(5)), ("own", 1 / np.diag(H))):
            # In the units in which the scale is 1 the Hessian is D^½ H D^½.
            within = np.linalg.eigvalsh(np.sqrt(scale)[:, None] * H * np.sqrt(scale))
            lr = 2 / (within[0] + within[-1])
            path = gradient_descent(lambda x, H=H, s=scale: s * (H @ x), start, lr, 3000)  # type: ignore[misc]
            distance = np.linalg.norm(path, axis=1)
            found[f"{name} {k}"] = float(max(1, steps_until(distance, 1e-6 * distance[0])))
    return found


G7_FACTORS = (1, 3, 10, 30)


def _g7(n: Numbers) -> list[Part]:
    return [
        Part(f"{f} × the best rate", n[f"free {f}"] - n[f"clipped {f}"], above=0.05)
        for f in G7_FACTORS
    ]


@lab(
    "G7",
    NOTEBOOK,
    "Clipping the gradient makes training better.",
    (SLIDES,),
    "A network with three hidden layers on the digits, SGD with momentum 0.9, 8 epochs; at the "
    "best of seven rates and at 3, 10 and 30 times that rate, with the global norm clipped to 1 "
    "and without. (The source says itself that clipping prevents explosions and gains nothing "
    "else.)",
    "share of wrong test answers without clipping, minus that with it",
    _g7,
    yes=over({"free": 0.5, "clipped": 0.1}, *G7_FACTORS),
    no=over({"free": 0.1, "clipped": 0.1}, *G7_FACTORS),
    ratio=False,
)
def _(seed: int, quick: bool) -> dict[str, float]:
    data, epochs = sets(seed), 2 if quick else 8
    rate = best(_momentum_wrong, grid(0.003, 1.0, 7), seed, epochs)
    found = {}
    for factor in G7_FACTORS:
        for name, limit in (("free", None), ("clipped", 1.0)):
            run = fit(
                data, hidden((32,) * 3), SGD(factor * rate, 0.9), epochs, seed, clip_norm=limit
            )
            found[f"{name} {factor}"] = run.on(data.test)[1]
    return found


def _momentum_wrong(rate: float, seed: int, epochs: int) -> float:
    data = sets(seed)
    return fit(data, hidden((32,) * 3), SGD(rate, 0.9), epochs, seed).on(data.validation)[0]
