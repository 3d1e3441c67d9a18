"""How long the steps of gradient descent may be."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise, quiz
from autograder.exercises._cases import Rng, call
from reference_impl import descent

# ------------------------------------------------------------------------------- its limit
largest_stable_lr = Exercise(
    "largest_stable_lr",
    reference=descent.largest_stable_lr,
    hint="np.linalg.eigvalsh(H) gives the curvatures; the largest of them sets the limit.",
    minutes=4,
    difficulty=2,
)


@largest_stable_lr.cases("four surfaces", points=1)
def _(rng: Rng) -> list[Case]:
    def turned(*curvatures):
        """A symmetric matrix with these eigenvalues, not along the axes."""
        d = len(curvatures)
        Q, _ = np.linalg.qr(rng.normal(size=(d, d)) + 3 * np.eye(d) + 1)
        H = Q @ np.diag(curvatures) @ Q.T
        return (H + H.T) / 2

    return [
        call("a ravine along the axes", np.diag([1.0, 25.0])),
        call("a ravine in between", turned(0.5, 3.0, 12.0)),
        call("one dimension", np.array([[8.0]])),
        # Its eigenvalues come from np.linalg.eigvals as they stand, the largest in the middle.
        call("three dimensions, along the axes", np.diag([3.0, 25.0, 1.0])),
    ]


@largest_stable_lr.misconception(
    "1/λ_max",
    "1/λ_max is safe, but it is only half of the limit: a step may go past the minimum, as long "
    "as it ends nearer than it began.",
)
def _(H):
    return 1 / np.linalg.eigvalsh(H)[-1]


@largest_stable_lr.misconception(
    "2/λ_min",
    "You took the flattest direction. The steepest one is the first to diverge: λ_max decides.",
)
def _(H):
    return 2 / np.linalg.eigvalsh(H)[0]


@largest_stable_lr.misconception(
    "2/(λ_min + λ_max)",
    "That is the learning rate that converges fastest; return the one above which the steepest "
    "direction diverges.",
)
def _(H):
    curvatures = np.linalg.eigvalsh(H)
    return 2 / (curvatures[0] + curvatures[-1])


@largest_stable_lr.misconception(
    "2/largest entry of the diagonal",
    "You used the largest entry of H: it is the curvature along one of the axes. The steepest "
    "direction may lie between them: take the eigenvalues.",
)
def _(H):
    return 2 / np.max(np.diag(H))


@largest_stable_lr.misconception(
    "λ_max/2", "That is the limit upside down: the steeper the surface, the *smaller* the limit."
)
def _(H):
    return np.linalg.eigvalsh(H)[-1] / 2


@largest_stable_lr.misconception(
    "the last of eigvals",
    "np.linalg.eigvals returns the eigenvalues in no order, so its last one need not be the "
    "largest. Take their maximum, or use eigvalsh, which sorts.",
)
def _(H):
    return 2 / np.real(np.linalg.eigvals(H)[-1])


@largest_stable_lr.misconception(
    "the first of eigvals",
    "The first one of np.linalg.eigvals need not be the largest: they come in no order. Take their "
    "maximum.",
)
def _(H):
    return 2 / np.real(np.linalg.eigvals(H)[0])


@largest_stable_lr.misconception(
    "the norm of all entries",
    "np.linalg.norm(H) is the root of the sum of all squared entries: it mixes all curvatures. "
    "Only the steepest one decides, the largest eigenvalue.",
)
def _(H):
    return 2 / np.linalg.norm(H)


@largest_stable_lr.misconception(
    "a limit for each direction",
    "You return a limit for each direction. All of them must hold at once: the smallest one "
    "counts, that of λ_max.",
)
def _(H):
    return 2 / np.linalg.eigvalsh(H)


@largest_stable_lr.misconception(
    "2/trace",
    "You divide by the sum of all curvatures. Only the steepest direction decides: λ_max.",
)
def _(H):
    return 2 / np.trace(H)


@largest_stable_lr.misconception(
    "condition number",
    "λ_max/λ_min is the condition number. It says how long the ravine is; the limit for the "
    "learning rate comes from λ_max alone.",
)
def _(H):
    curvatures = np.linalg.eigvalsh(H)
    return curvatures[-1] / curvatures[0]


@largest_stable_lr.misconception(
    "λ_max itself",
    "That is the largest curvature. The limit is 2 divided by it.",
)
def _(H):
    return np.linalg.eigvalsh(H)[-1]


@largest_stable_lr.equivalent("the spectral norm")
def _(H):
    return 2 / np.linalg.norm(H, 2)


@largest_stable_lr.equivalent("by power iteration")
def _(H):
    v = np.ones(len(H)) + np.arange(len(H)) / 10
    for _ in range(200):
        v = H @ v
        v = v / np.linalg.norm(v)
    return float(2 / (v @ H @ v))


@largest_stable_lr.equivalent("eigvals, in any order")
def _(H):
    return min(2 / np.abs(np.linalg.eigvals(H)))


prediction_gd = quiz(
    "prediction_gd",
    answer="c",
    a="A step too long does not merely waste time: across the valley each step ends further from "
    "the floor than it began.",
    b="Along the valley the limit would be 2, and 0.081 is far below it: that coordinate goes on "
    "shrinking while the other one grows.",
    d="It would stand still only where the gradient is 0. Here the gradient across the valley "
    "grows from step to step.",
)
