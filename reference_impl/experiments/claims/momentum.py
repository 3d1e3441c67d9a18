"""M: momentum."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from reference_impl._validate import Array
from reference_impl.convergence import best_momentum, convergence_rate
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
from reference_impl.experiments.claims.small import (
    best,
    choosing,
    fit,
    grid,
    hidden,
    sets,
    steps_until,
)
from reference_impl.landscapes import double_well
from reference_impl.optim import SGD
from reference_impl.optimizers import heavy_ball_step, momentum_step, nag_step

NOTEBOOK = "03_momentum"
Gradient = Callable[[Array], Array]


def walk(
    gradient: Gradient, start: Array, lr: float, momentum: float, steps: int, nag: bool = False
) -> Array:
    """(steps+1, …) the path of the heavy ball, or of NAG; momentum 0 is gradient descent."""
    theta, v = np.array(start, np.float64), np.zeros_like(start, np.float64)
    path = [theta]
    for _ in range(steps):
        if nag:
            theta, v = nag_step(theta, v, gradient, lr, momentum)
        else:
            theta, v = heavy_ball_step(theta, v, gradient(theta), lr, momentum)
        path.append(theta)
    return np.array(path)


def curvatures(kappa: float) -> Array:
    """Five curvatures from 1 to κ."""
    return np.geomspace(1, kappa, 5)


def steps_to(path: Array, level: float = 1e-6) -> int:
    """Steps until the distance to 0 is a millionth of the first, for good."""
    distance = np.linalg.norm(path, axis=1)
    return steps_until(distance, level * distance[0])


M4_KAPPAS = (2, 25, 1000)


def _m4(n: Numbers) -> list[Part]:
    return [
        *(
            Part(f"fewer steps, κ = {k}, best momentum", n[f"gd {k}"] / n[f"best {k}"], above=1.3)
            for k in M4_KAPPAS
        ),
        *(
            Part(f"fewer steps, κ = {k}, momentum 0.9", n[f"gd {k}"] / n[f"0.9 {k}"], above=1.3)
            for k in M4_KAPPAS
        ),
        Part("less zigzag across the valley, κ = 25", n["turns gd"] / n["turns 0.9"], above=1.3),
        Part("it overshoots along the valley, κ = 25", n["over 0.9"] / n["over gd"], above=1.3),
    ]


@lab(
    "M4",
    NOTEBOOK,
    "In a ravine momentum needs fewer steps and zigzags less, and it overshoots the minimum.",
    (NOTES, OPTIMIZERS),
    "Quadratics with five curvatures from 1 to κ, random starts. Gradient descent at its best rate "
    "2/(λ_min + λ_max), the heavy ball at its best rate and momentum, and at momentum 0.9 with the "
    "best rate of 200. Zigzag and overshoot in a ravine of two directions, at gradient descent's "
    "best rate divided by 10 for momentum 0.9, the same length of a steady step.",
    "gradient descent divided by momentum (overshoot: the other way round)",
    _m4,
    yes={
        **over({"gd": 90, "best": 30, "0.9": 30}, *M4_KAPPAS),
        "turns gd": 20,
        "turns 0.9": 5,
        "over gd": 0.1,
        "over 0.9": 1.0,
    },
    no={
        **over({"gd": 30, "best": 40, "0.9": 40}, *M4_KAPPAS),
        "turns gd": 5,
        "turns 0.9": 20,
        "over gd": 1.0,
        "over 0.9": 0.9,
    },
)
def _(seed: int, quick: bool) -> dict[str, float]:
    rng = np.random.default_rng(seed)
    found = {}
    for k in M4_KAPPAS:
        lams = curvatures(k)
        start = rng.standard_normal(5)
        steps = 20 * k + 400
        rates = np.geomspace(0.1 / k, 3.7 / k, 200)
        lr_09 = float(min(rates, key=lambda r: convergence_rate(r, 0.9, lams)))
        for name, pair in {
            "gd": (2 / (1 + k), 0.0),
            "best": best_momentum(np.diag(lams)),
            "0.9": (lr_09, 0.9),
        }.items():
            path = walk(lambda x, lams=lams: lams * x, start, *pair, steps)  # type: ignore[misc]
            found[f"{name} {k}"] = float(steps_to(path))
    two = np.array([1.0, 25.0])
    start = rng.uniform(0.5, 1.5, 2)
    for name, lr, momentum in (("gd", 2 / 26, 0.0), ("0.9", 0.2 / 26, 0.9)):
        path = walk(lambda x: two * x, start, lr, momentum, 60)
        # Changes of side of the steep direction, while it is still a hundredth of the start away.
        steep = path[: 1 + steps_until(np.abs(path[:, 1]), 0.01 * start[1]), 1]
        found[f"turns {name}"] = 1.0 + float(np.sum(steep[1:] * steep[:-1] < 0))
        found[f"over {name}"] = 0.01 + float(max(0, -path[:, 0].min()) / start[0])
    return found


M5_MOMENTA = (0.5, 0.8, 0.9, 0.95)


def _m5(n: Numbers) -> list[Part]:
    return [
        *(
            Part(f"the heavy ball, momentum {m}", n[f"ball {m}"] - n["gd"], above=0.2)
            for m in M5_MOMENTA
        ),
        *(
            Part(f"NAG stays where the ball leaves, {m}", n[f"ball {m}"] - n[f"nag {m}"], above=0.2)
            for m in M5_MOMENTA
        ),
    ]


@lab(
    "M5",
    NOTEBOOK,
    "Momentum rolls out of a local minimum in which gradient descent stays; NAG may stay too.",
    (OPTIMIZERS,),
    "A double well with the deeper minimum on the left. 200 random starts on the right slope, rate "
    "0.1, 1000 steps: which share ends in the deeper well? Momentum is varied.",
    "difference of the shares that end in the deeper well",
    _m5,
    yes={"gd": 0.0, **over({"ball": 0.9, "nag": 0.1}, *M5_MOMENTA)},
    no={"gd": 0.5, **over({"ball": 0.1, "nag": 0.5}, *M5_MOMENTA)},
    ratio=False,
    limits={"rate": (0.001, 1)},
)
def _(seed: int, quick: bool, *, rate: float = 0.1) -> dict[str, float]:
    rng = np.random.default_rng(seed)
    well = double_well()
    start = np.column_stack([rng.uniform(1.0, 2.2, 200), rng.uniform(-1, 1, 200)])

    def left(momentum: float, nag: bool = False) -> float:
        end = walk(well.gradient, start, rate, momentum, 200 if quick else 1000, nag)[-1]
        return float(np.mean(end[:, 0] < 0))

    found = {"gd": left(0.0)}
    for m in M5_MOMENTA:
        found |= {f"ball {m}": left(m), f"nag {m}": left(m, nag=True)}
    return found


def _m6(n: Numbers) -> list[Part]:
    return [
        Part("shorter steps, average, same rate", n["step gd"] / n["step average"], above=1.5),
        Part(
            "lower noise floor, average, same rate", n["floor gd"] / n["floor average"], above=1.2
        ),
        Part(
            "lower noise floor, heavy ball, same rate", n["floor gd"] / n["floor ball"], above=1.2
        ),
        Part("faster at first, average, same rate", n["fall gd"] / n["fall average"], above=1.2),
        Part("faster at first, heavy ball, same rate", n["fall gd"] / n["fall ball"], above=1.2),
    ]


@lab(
    "M6",
    NOTEBOOK,
    "Momentum smooths noisy gradients, and so it converges faster.",
    (NOTES, OPTIMIZERS, LAYERS),
    "½ Σ λx² with curvatures from 1 to 10 and noise of deviation 1 on each gradient, rate 0.02, "
    "momentum 0.9 as an average, (1-β) g, and as a heavy ball, g. The floor is the mean loss of "
    "the last half of 20,000 steps; the fall is the number of steps down to 1/10,000 of the first "
    "loss, from a start 100 away.",
    "gradient descent divided by momentum",
    _m6,
    yes={
        **over({"step": 9, "floor": 9, "fall": 9}, "gd"),
        **over({"step": 3, "floor": 3, "fall": 3}, "average", "ball"),
    },
    no={
        **over({"step": 3, "floor": 3, "fall": 3}, "gd"),
        **over({"step": 4, "floor": 4, "fall": 4}, "average", "ball"),
    },
)
def _(seed: int, quick: bool) -> dict[str, float]:
    lams = np.geomspace(1, 10, 10)
    found = {}
    for name, step in (("gd", None), ("average", momentum_step), ("ball", heavy_ball_step)):
        rng = np.random.default_rng(seed)
        theta, v = 100 * np.sign(rng.standard_normal(10)), np.zeros(10)
        losses, lengths = [], []
        for _ in range(4000 if quick else 20_000):
            gradient = lams * theta + rng.standard_normal(10)
            before = theta
            if step:
                theta, v = step(theta, v, gradient, 0.02, 0.9)
            else:
                theta = theta - 0.02 * gradient
            losses.append(0.5 * float(lams @ theta**2))
            lengths.append(float(np.linalg.norm(theta - before)))
        half = len(losses) // 2
        found[f"floor {name}"] = float(np.mean(losses[half:]))
        found[f"step {name}"] = float(np.mean(lengths[half:]))
        found[f"fall {name}"] = float(steps_until(np.array(losses), 1e-4 * losses[0]))
    return found


M7_KAPPAS = (10, 100, 1440, 10_000)
M7_MOMENTA = (0.0, 0.5, 0.8, 0.9, 0.95, 0.99)
M7_RATES = grid(0.001, 1.0, 7)


def _m7(n: Numbers) -> list[Part]:
    return [
        *(
            Part(f"quadratic, κ = {k}", n[f"0.9, {k}"] / n[f"best, {k}"], below=1.25)
            for k in M7_KAPPAS
        ),
        Part("digits, three hidden layers", n["loss 0.9"] / n["loss other"], below=1.25),
    ]


@lab(
    "M7",
    NOTEBOOK,
    "0.9 is the right momentum: no other is better by a quarter.",
    (NOTES, OPTIMIZERS),
    "Steps of the heavy ball down to a millionth, on quadratics with curvatures from 1 to κ: at "
    "0.9 and its best rate, and at the best pair. On the digits the training loss after 8 epochs "
    "at 0.9, against the best of 0, 0.5, 0.8, 0.95 and 0.99, each at the best of seven rates.",
    "at momentum 0.9, divided by the best momentum",
    _m7,
    yes={
        **over({"0.9,": 50, "best,": 50}, *M7_KAPPAS),
        "loss 0.9": 1,
        "loss other": 1,
    },
    no={
        **over({"0.9,": 90, "best,": 50}, *M7_KAPPAS),
        "loss 0.9": 2,
        "loss other": 1,
    },
    seeds=8,
)
def _(seed: int, quick: bool) -> dict[str, float]:
    rng = np.random.default_rng(seed)
    found = {}
    for k in M7_KAPPAS[: 2 if quick else None]:
        lams = curvatures(k)
        start = rng.standard_normal(5)
        rates = np.geomspace(0.1 / k, 3.7 / k, 200)
        lr = float(min(rates, key=lambda r: convergence_rate(r, 0.9, lams)))
        for name, pair in (("0.9", (lr, 0.9)), ("best", best_momentum(np.diag(lams)))):
            path = walk(lambda x, lams=lams: lams * x, start, *pair, int(100 * np.sqrt(k)))  # type: ignore[misc]
            found[f"{name}, {k}"] = float(steps_to(path))
    if quick:
        found |= {f"{m}, {k}": 1.0 for m in ("0.9", "best") for k in M7_KAPPAS[2:]}
    epochs = 2 if quick else 8
    tuned = {m: best(momentum_loss, M7_RATES, seed, m, False, epochs) for m in M7_MOMENTA}
    others = {m: _chosen_loss(m, tuned[m], seed, epochs) for m in M7_MOMENTA if m != 0.9}
    found["loss 0.9"] = momentum_loss(tuned[0.9], seed, 0.9, False, epochs)
    other = min(others, key=others.__getitem__)
    found["loss other"] = momentum_loss(tuned[other], seed, other, False, epochs)
    return found


def momentum_loss(rate: float, seed: int, momentum: float, nag: bool, epochs: int) -> float:
    layers = hidden((32, 32, 32))
    return fit(sets(seed), layers, SGD(rate, momentum, nesterov=nag), epochs, seed).loss


def _chosen_loss(momentum: float, rate: float, seed: int, epochs: int) -> float:
    """As good as this momentum is for the seeds that choose."""
    return float(np.mean([momentum_loss(rate, s, momentum, False, epochs) for s in choosing(seed)]))


def _m8(n: Numbers) -> list[Part]:
    return [
        Part("at the same rate", n["gd 1"] / n["ball"], above=1.5),
        Part("against ten times the rate", n["gd 10"] / n["ball"], above=1.5),
    ]


@lab(
    "M8",
    NOTEBOOK,
    "Momentum gets over flat regions faster.",
    (SLIDES, OPTIMIZERS),
    "f = Σ x²/(1 + x²) in five variables, which is almost flat at the random starts, 4 to 8 away. "
    "Steps until all |x| < 1, with the heavy ball at rate 0.1 and momentum 0.9, and with gradient "
    "descent at 0.1 and at 1, where a steady step is as long as the ball's.",
    "steps of gradient descent divided by those of the heavy ball",
    _m8,
    yes={"gd 1": 900, "gd 10": 900, "ball": 300},
    no={"gd 1": 300, "gd 10": 300, "ball": 300},
)
def _(seed: int, quick: bool) -> dict[str, float]:
    rng = np.random.default_rng(seed)
    start = rng.uniform(4, 8, 5) * rng.choice([-1, 1], 5)

    def gradient(x: Array) -> Array:
        return 2 * x / (1 + x**2) ** 2

    def steps(lr: float, momentum: float) -> float:
        path = walk(gradient, start, lr, momentum, 8000)
        return float(np.argmax(np.abs(path).max(axis=1) < 1))

    return {"gd 1": steps(0.1, 0.0), "gd 10": steps(1.0, 0.0), "ball": steps(0.1, 0.9)}
