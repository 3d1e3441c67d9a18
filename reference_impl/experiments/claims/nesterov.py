"""N: Nesterov's look ahead."""

from __future__ import annotations

import numpy as np

from reference_impl.experiments.claims.lab import (
    LAYERS,
    NOTES,
    OPTIMIZERS,
    Numbers,
    Part,
    Rival,
    lab,
)
from reference_impl.experiments.claims.momentum import M7_RATES, NOTEBOOK, momentum_loss, walk
from reference_impl.experiments.claims.small import best

N2_KAPPAS = (10, 100, 1000)


def _n2(n: Numbers) -> list[Part]:
    return [
        *(
            Part(
                f"way in a ravine, κ = {k}, rate {r}/λ_max",
                n[f"ball {k} {r}"] / n[f"nag {k} {r}"],
                above=1.2,
            )
            for k in N2_KAPPAS
            for r in (0.1, 1.0)
        ),
        Part(
            "training loss on the digits, momentum 0.9",
            n["loss ball 0.9"] / n["loss nag 0.9"],
            above=1.1,
        ),
        Part(
            "training loss on the digits, momentum 0.99",
            n["loss ball 0.99"] / n["loss nag 0.99"],
            above=1.1,
        ),
    ]


def _n2_numbers(ball: float, nag: float) -> dict[str, float]:
    names = [f"{k} {r}" for k in N2_KAPPAS for r in (0.1, 1.0)]
    return {
        **{
            f"{name} {rest}": value
            for name, value in (("ball", ball), ("nag", nag))
            for rest in names
        },
        **{
            f"loss {name} {m}": value
            for name, value in (("ball", ball), ("nag", nag))
            for m in (0.9, 0.99)
        },
    }


@lab(
    "N2",
    NOTEBOOK,
    "NAG oscillates less than the heavy ball at the same momentum, and trains better for it.",
    (NOTES, OPTIMIZERS),
    "The length of the whole way to the minimum of a ravine, along its direction of small and of "
    "large curvature, at momentum 0.9 and two rates; and the training loss on the digits after 8 "
    "epochs, at momentum 0.9 and 0.99, each at the best of seven rates.",
    "heavy ball divided by NAG",
    _n2,
    yes=_n2_numbers(3, 1),
    no=_n2_numbers(1, 1),
    seeds=10,
    rival=Rival("Both work equally well.", LAYERS, equal=True),
)
def _(seed: int, quick: bool) -> dict[str, float]:
    rng = np.random.default_rng(seed)
    found = {}
    for k in N2_KAPPAS:
        lams = np.array([1.0, k])
        start = rng.uniform(0.5, 1.5, 2)
        for r in (0.1, 1.0):
            for name, nag in (("ball", False), ("nag", True)):
                steps = int(60 * np.sqrt(k) + 5 * k / r)
                path = walk(lambda x, lams=lams: lams * x, start, r / k, 0.9, steps, nag)  # type: ignore[misc]
                found[f"{name} {k} {r}"] = float(np.abs(np.diff(path / start, axis=0)).sum())
    epochs = 2 if quick else 8
    for m in (0.9, 0.99):
        for name, nag in (("ball", False), ("nag", True)):
            rate = best(momentum_loss, M7_RATES[1:-1] if quick else M7_RATES, seed, m, nag, epochs)
            found[f"loss {name} {m}"] = momentum_loss(rate, seed, m, nag, epochs)
    return found
