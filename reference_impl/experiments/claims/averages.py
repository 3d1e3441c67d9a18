"""E: the exponentially weighted average."""

from __future__ import annotations

import numpy as np

from reference_impl.experiments.claims.lab import OPTIMIZERS, Numbers, Part, lab

WEIGHTS = (0.5, 0.9)


def _e3(n: Numbers) -> list[Part]:
    return [
        Part("weight on the past, v = βv + (1-β)x", n["past, 0.5"] / n["past, 0.9"], above=1.5),
        Part("weight on the new value, v = (1-α)v + αx", n["new, 0.5"] / n["new, 0.9"], above=1.5),
    ]


@lab(
    "E3",
    "01_ewma",
    "A weight close to 1 responds fast: recent data dominates.",
    (OPTIMIZERS,),
    "A noisy series jumps from 0 to 1. How many values until its average has crossed 0.8, at a "
    "weight of 0.5 and at one of 0.9? The weight is once that of the past, and once that of the "
    "new value (pandas' alpha).",
    "time to respond at a weight of 0.5, divided by that at 0.9",
    _e3,
    yes={"past, 0.5": 9, "past, 0.9": 3, "new, 0.5": 9, "new, 0.9": 3},
    no={"past, 0.5": 3, "past, 0.9": 9, "new, 0.5": 3, "new, 0.9": 9},
    seeds=10,
    limits={"level": (0.01, 0.99), "noise": (0, 100)},
)
def _(seed: int, quick: bool, *, level: float = 0.8, noise: float = 0.2) -> dict[str, float]:
    rng = np.random.default_rng(seed)
    found = {}
    for weight in WEIGHTS:
        for name, beta in (("past", weight), ("new", 1 - weight)):
            waits = []
            for _ in range(20 if quick else 200):
                x = 1 + noise * rng.standard_normal(60)
                v, t = 0.0, 0
                while v < level and t < len(x):
                    v, t = beta * v + (1 - beta) * x[t], t + 1
                waits.append(t)
            found[f"{name}, {weight}"] = float(np.mean(waits))
    return found
