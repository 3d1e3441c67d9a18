"""AdaDelta, what optimizers keep, and the quiz."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.checking.exercise import Case, Exercise, quiz
from autograder.exercises._cases import Rng, call, gradients, walk
from reference_impl import optimizers as reference

EPS = 1e-6

adadelta_step = Exercise(
    "adadelta_step",
    reference=reference.adadelta_step,
    outputs=("theta", "s", "d"),
    hint="Four lines, in this order: s from g, the update Δ from the old d and the new s, d from "
    "Δ, and θ + Δ.",
    minutes=8,
    difficulty=3,
)


def _large(rng: Rng, shape: tuple[int, ...]) -> tuple[Any, Any, Any]:
    """θ, s and d so large that ε does not show: where it stands is asked in a group of its own."""
    theta = rng.uniform(8.0, 10.0, shape) * rng.choice((-1.0, 1.0), shape)
    return theta, rng.uniform(4.0, 8.0, shape), rng.uniform(4.0, 8.0, shape)


@adadelta_step.cases("one step", points=1)
def _(rng: Rng) -> list[Case]:
    theta, s, d = _large(rng, (3,))
    grad = gradients(rng, 1, (3,))[0]
    return [
        call("one step from s, d > 0", theta, s, d, grad, 0.9, EPS),
        call("one parameter", theta[:1], s[1:2], d[2:], np.array([-1.5]), 0.8, EPS),
    ]


@adadelta_step.cases("several steps", points=2)
def _(rng: Rng) -> list[Case]:
    grads = gradients(rng, 5, (2, 3))
    # Where ε stands shows in the third group; with this one it never does here, whatever is drawn.
    return [walk("five steps, shape (2, 3)", _large(rng, (2, 3)), grads, 0.95, EPS / 100)]


@adadelta_step.cases("from zero, and small gradients", points=1)
def _(rng: Rng) -> list[Case]:
    theta, zeros = rng.normal(size=3), np.zeros(3)
    one_moves = np.array([0.0, 1.0, 0.0])
    return [
        walk("from s = d = 0", (theta, zeros, zeros), gradients(rng, 4, (3,)), 0.95, EPS),
        walk(
            "gradients as small as √ε",
            (theta, zeros, zeros),
            gradients(rng, 3, (3,), 1e-3),
            0.9,
            EPS,
        ),
        call("gradients that are 0, from s = d = 0", theta, zeros, zeros, one_moves, 0.9, EPS),
        call("ε = 0.1", theta, zeros + 0.5, zeros + 0.1, gradients(rng, 1, (3,))[0], 0.9, 0.1),
    ]


@adadelta_step.misconception(
    "ε ignored",
    "You use a fixed ε. Use the one that is passed in: the caller may want another value.",
)
def _(theta, s, d, grad, rho, eps):
    s = rho * s + (1 - rho) * grad**2
    step = -np.sqrt(d + 1e-6) / np.sqrt(s + 1e-6) * grad
    return theta + step, s, rho * d + (1 - rho) * step**2


@adadelta_step.misconception(
    "a learning rate of 0.001",
    "Your update is multiplied by 0.001, which is Keras' default learning rate. In the paper there "
    "is none: √(d + ε) has taken its place.",
)
def _(theta, s, d, grad, rho, eps):
    s = rho * s + (1 - rho) * grad**2
    delta = -np.sqrt(d + eps) / np.sqrt(s + eps) * grad
    d = rho * d + (1 - rho) * delta**2
    return theta + 0.001 * delta, s, d


@adadelta_step.misconception(
    "d updated before its use",
    "You put this step's update into d and then use the new d for the step. The numerator is the "
    "RMS of *past* updates: the d that came in.",
)
def _(theta, s, d, grad, rho, eps):
    s = rho * s + (1 - rho) * grad**2
    delta = -np.sqrt(d + eps) / np.sqrt(s + eps) * grad
    d = rho * d + (1 - rho) * delta**2
    return theta - np.sqrt(d + eps) / np.sqrt(s + eps) * grad, s, d


@adadelta_step.misconception(
    "the current update only",
    "Your d keeps only the square of this update: its past, ρ·d, is missing.",
)
def _(theta, s, d, grad, rho, eps):
    s = rho * s + (1 - rho) * grad**2
    delta = -np.sqrt(d + eps) / np.sqrt(s + eps) * grad
    return theta + delta, s, (1 - rho) * delta**2


@adadelta_step.misconception(
    "ε missing above",
    "There is no ε in your numerator: from d = 0 the method would never take its first step.",
)
def _(theta, s, d, grad, rho, eps):
    s = rho * s + (1 - rho) * grad**2
    delta = -np.sqrt(d) / np.sqrt(s + eps) * grad
    return theta + delta, s, rho * d + (1 - rho) * delta**2


@adadelta_step.misconception(
    "ε missing below",
    "There is no ε in your denominator: with s = 0 and a gradient of 0 that is 0 divided by 0.",
)
def _(theta, s, d, grad, rho, eps):
    s = rho * s + (1 - rho) * grad**2
    delta = -np.sqrt(d + eps) / np.sqrt(s) * grad
    return theta + delta, s, rho * d + (1 - rho) * delta**2


@adadelta_step.misconception(
    "ε outside the roots",
    "Your ε are outside the roots. Zeiler's RMS has ε inside: √(d + ε) and √(s + ε).",
)
def _(theta, s, d, grad, rho, eps):
    s = rho * s + (1 - rho) * grad**2
    delta = -(np.sqrt(d) + eps) / (np.sqrt(s) + eps) * grad
    return theta + delta, s, rho * d + (1 - rho) * delta**2


@adadelta_step.misconception(
    "d averages gradients",
    "Your d averages the squares of the gradient once more. It is the average of the squared "
    "*updates* Δ.",
)
def _(theta, s, d, grad, rho, eps):
    s = rho * s + (1 - rho) * grad**2
    delta = -np.sqrt(d + eps) / np.sqrt(s + eps) * grad
    return theta + delta, s, rho * d + (1 - rho) * grad**2


@adadelta_step.misconception(
    "upside down",
    "The two RMS are swapped: that of the past updates is the numerator, that of the gradients is "
    "the denominator.",
)
def _(theta, s, d, grad, rho, eps):
    s = rho * s + (1 - rho) * grad**2
    delta = -np.sqrt(s + eps) / np.sqrt(d + eps) * grad
    return theta + delta, s, rho * d + (1 - rho) * delta**2


@adadelta_step.misconception(
    "the old s",
    "You divide by the root of the old s: add this step's gradient to s first.",
)
def _(theta, s, d, grad, rho, eps):
    delta = -np.sqrt(d + eps) / np.sqrt(s + eps) * grad
    s = rho * s + (1 - rho) * grad**2
    return theta + delta, s, rho * d + (1 - rho) * delta**2


@adadelta_step.misconception(
    "weights swapped", "ρ and 1-ρ are swapped: ρ is the weight of the old averages."
)
def _(theta, s, d, grad, rho, eps):
    s = (1 - rho) * s + rho * grad**2
    delta = -np.sqrt(d + eps) / np.sqrt(s + eps) * grad
    return theta + delta, s, (1 - rho) * d + rho * delta**2


@adadelta_step.misconception(
    "no numerator",
    "This is RMSprop with a learning rate of 1: the factor √(d + ε) is missing from the update.",
)
def _(theta, s, d, grad, rho, eps):
    s = rho * s + (1 - rho) * grad**2
    delta = -grad / np.sqrt(s + eps)
    return theta + delta, s, rho * d + (1 - rho) * delta**2


@adadelta_step.misconception(
    "uphill", "You step uphill: Δ carries a minus sign before it is added to θ."
)
def _(theta, s, d, grad, rho, eps):
    s = rho * s + (1 - rho) * grad**2
    delta = np.sqrt(d + eps) / np.sqrt(s + eps) * grad
    return theta + delta, s, rho * d + (1 - rho) * delta**2


@adadelta_step.misconception(
    "changes s and d in place",
    "Right numbers, but s *= … or d += … changes the caller's arrays. Build new ones.",
)
def _(theta, s, d, grad, rho, eps):
    s *= rho
    s += (1 - rho) * grad**2
    delta = -np.sqrt(d + eps) / np.sqrt(s + eps) * grad
    d *= rho
    d += (1 - rho) * delta**2
    return theta + delta, s, d


@adadelta_step.misconception(
    "d averages Δ, not Δ²",
    "Your d averages the updates themselves, and updates of both signs cancel. It averages their "
    "squares, Δ².",
)
def _(theta, s, d, grad, rho, eps):
    s = rho * s + (1 - rho) * grad**2
    delta = -np.sqrt(d + eps) / np.sqrt(s + eps) * grad
    return theta + delta, s, rho * d + (1 - rho) * delta


@adadelta_step.misconception(
    "without the roots",
    "You divide the averages themselves. They hold squares: take the root of each first.",
)
def _(theta, s, d, grad, rho, eps):
    s = rho * s + (1 - rho) * grad**2
    delta = -(d + eps) / (s + eps) * grad
    return theta + delta, s, rho * d + (1 - rho) * delta**2


@adadelta_step.misconception(
    "root only above",
    "There is no root in your denominator: it is √(s + ε), as the numerator is √(d + ε).",
)
def _(theta, s, d, grad, rho, eps):
    s = rho * s + (1 - rho) * grad**2
    delta = -np.sqrt(d + eps) / (s + eps) * grad
    return theta + delta, s, rho * d + (1 - rho) * delta**2


@adadelta_step.misconception(
    "root only below",
    "There is no root in your numerator: it is √(d + ε), as the denominator is √(s + ε).",
)
def _(theta, s, d, grad, rho, eps):
    s = rho * s + (1 - rho) * grad**2
    delta = -(d + eps) / np.sqrt(s + eps) * grad
    return theta + delta, s, rho * d + (1 - rho) * delta**2


@adadelta_step.misconception(
    "sums instead of averages",
    "Your s and d only ever grow, as AdaGrad's sum does. Both are averages: the old one has the "
    "weight ρ, the new square 1-ρ.",
)
def _(theta, s, d, grad, rho, eps):
    s = s + grad**2
    delta = -np.sqrt(d + eps) / np.sqrt(s + eps) * grad
    return theta + delta, s, d + delta**2


@adadelta_step.misconception(
    "the new squares whole",
    "In both averages the new square has full weight: it needs the weight 1-ρ.",
)
def _(theta, s, d, grad, rho, eps):
    s = rho * s + grad**2
    delta = -np.sqrt(d + eps) / np.sqrt(s + eps) * grad
    return theta + delta, s, rho * d + delta**2


@adadelta_step.misconception(
    "the past of s dropped",
    "Your s holds this gradient only: the term ρ·s with the old average is missing.",
)
def _(theta, s, d, grad, rho, eps):
    s = (1 - rho) * grad**2
    delta = -np.sqrt(d + eps) / np.sqrt(s + eps) * grad
    return theta + delta, s, rho * d + (1 - rho) * delta**2


@adadelta_step.misconception(
    "d never changes",
    "You return d as it came in. It takes in the square of this update.",
)
def _(theta, s, d, grad, rho, eps):
    s = rho * s + (1 - rho) * grad**2
    return theta - np.sqrt(d + eps) / np.sqrt(s + eps) * grad, s, d


@adadelta_step.misconception(
    "ε after the division",
    "a / b + ε adds ε after the division: it comes to the update, and not to the denominator. Put "
    "both sums inside their roots.",
)
def _(theta, s, d, grad, rho, eps):
    s = rho * s + (1 - rho) * grad**2
    delta = -(np.sqrt(d + eps) / np.sqrt(s) + eps) * grad
    return theta + delta, s, rho * d + (1 - rho) * delta**2


@adadelta_step.misconception(
    "Δ returned",
    "You return Δ in place of θ: the update is added to θ.",
)
def _(theta, s, d, grad, rho, eps):
    s = rho * s + (1 - rho) * grad**2
    delta = -np.sqrt(d + eps) / np.sqrt(s + eps) * grad
    return delta, s, rho * d + (1 - rho) * delta**2


@adadelta_step.misconception(
    "gradient missing in the update",
    "√(d + ε)/√(s + ε) is the rate of each parameter. The update is this rate times the gradient.",
)
def _(theta, s, d, grad, rho, eps):
    s = rho * s + (1 - rho) * grad**2
    delta = -np.sqrt(d + eps) / np.sqrt(s + eps)
    return theta + delta, s, rho * d + (1 - rho) * delta**2


@adadelta_step.equivalent("one root of the quotient")
def _(theta, s, d, grad, rho, eps):
    new_s = rho * s + (1 - rho) * grad * grad
    step = grad * ((d + eps) / (new_s + eps)) ** 0.5
    return theta - step, new_s, rho * d + (1 - rho) * step * step


@adadelta_step.equivalent("a loop over the parameters")
def _(theta, s, d, grad, rho, eps):
    theta, s, d = theta.copy(), s.copy(), d.copy()
    for i in np.ndindex(theta.shape):
        s[i] += (1 - rho) * (grad[i] ** 2 - s[i])
        delta = -(((d[i] + eps) / (s[i] + eps)) ** 0.5) * grad[i]
        d[i] += (1 - rho) * (delta**2 - d[i])
        theta[i] += delta
    return [theta, s, d]


# ------------------------------------------------------------------------------- memory
optimizer_memory = Exercise(
    "optimizer_memory",
    reference=reference.optimizer_memory,
    hint="Look at your step functions: which arrays, besides theta and grad, go in and "
    "come out again?",
    minutes=5,
    difficulty=2,
)


@optimizer_memory.cases("sgd and one array", points=1)
def _(rng: Rng) -> list[Case]:
    n = int(rng.integers(2, 10**6))
    names = ("sgd", "momentum", "nag", "adagrad", "rmsprop")
    return [call(f"{name}, n = {n}", name, n) for name in names]


@optimizer_memory.cases("two arrays", points=1)
def _(rng: Rng) -> list[Case]:
    n = int(rng.integers(2, 10**6))
    one = [call("adam, n = 1", "adam", 1)]
    return one + [call(f"{name}, n = {n}", name, n) for name in ("adadelta", "adam", "nadam")]


@optimizer_memory.misconception(
    "one array for Adam",
    "One array for Adam, Nadam and AdaDelta is one too few: each of them keeps two averages.",
)
def _(name, n):
    return 0 if name == "sgd" else n


@optimizer_memory.misconception(
    "the parameters counted as well",
    "You count the parameters themselves. Count what the optimizer keeps *besides* them, so plain "
    "sgd needs 0.",
)
def _(name, n):
    two = ("adadelta", "adam", "nadam")
    return n if name == "sgd" else 3 * n if name in two else 2 * n


@optimizer_memory.misconception(
    "AdaDelta like RMSprop",
    "AdaDelta keeps two averages: one of the gradients, and one of its own updates.",
)
def _(name, n):
    return 0 if name == "sgd" else 2 * n if name in ("adam", "nadam") else n


@optimizer_memory.misconception(
    "corrected moments stored",
    "The corrected moments are computed again in every step and thrown away: only m and v are "
    "kept.",
)
def _(name, n):
    counts = {"sgd": 0, "adadelta": 2, "adam": 4, "nadam": 4}
    return counts.get(name, 1) * n


@optimizer_memory.misconception(
    "bytes", "You return bytes (8 per number in float64). Return the number of floats."
)
def _(name, n):
    return 8 * n * {"sgd": 0, "adadelta": 2, "adam": 2, "nadam": 2}.get(name, 1)


@optimizer_memory.misconception(
    "n forgotten", "That is the number of arrays. Each of them has one float for every parameter."
)
def _(name, n):
    return {"sgd": 0, "adadelta": 2, "adam": 2, "nadam": 2}.get(name, 1)


@optimizer_memory.misconception(
    "velocity forgotten",
    "You count nothing for momentum and nag: both keep a velocity, one number for each parameter.",
)
def _(name, n):
    counts = {"sgd": 0, "momentum": 0, "nag": 0, "adadelta": 2, "adam": 2, "nadam": 2}
    return counts.get(name, 1) * n


@optimizer_memory.misconception(
    "the gradient counted as well",
    "You count the gradient, or the parameters, for every method but sgd. Count only what the "
    "optimizer keeps from step to step besides the parameters.",
)
def _(name, n):
    counts = {"sgd": 0, "adadelta": 3, "adam": 3, "nadam": 3}
    return counts.get(name, 2) * n


@optimizer_memory.misconception(
    "three arrays for Nadam",
    "Nadam computes its look ahead anew in each step, and keeps what Adam keeps: m and v.",
)
def _(name, n):
    counts = {"sgd": 0, "adadelta": 2, "adam": 2, "nadam": 3}
    return counts.get(name, 1) * n


@optimizer_memory.misconception(
    "one for sgd",
    "Plain sgd keeps nothing between two steps: the gradient is computed anew each time.",
)
def _(name, n):
    counts = {"adadelta": 2, "adam": 2, "nadam": 2}
    return counts.get(name, 1) * n


@optimizer_memory.misconception(
    "nag without a velocity",
    "You count nothing for nag. It looks ahead along its velocity, so it keeps one, as momentum "
    "does.",
)
def _(name, n):
    counts = {"sgd": 0, "nag": 0, "adadelta": 2, "adam": 2, "nadam": 2}
    return counts.get(name, 1) * n


@optimizer_memory.misconception(
    "bytes of float32",
    "You return bytes (4 per number in float32). Return the number of floats.",
)
def _(name, n):
    counts = {"sgd": 0, "adadelta": 2, "adam": 2, "nadam": 2}
    return 4 * counts.get(name, 1) * n


@optimizer_memory.misconception(
    "parameters and gradient counted",
    "You count the parameters and their gradient as well. Count what the optimizer keeps *besides* "
    "these two: plain sgd keeps nothing.",
)
def _(name, n):
    counts = {"sgd": 2, "adadelta": 4, "adam": 4, "nadam": 4}
    return counts.get(name, 3) * n


@optimizer_memory.equivalent("if and elif")
def _(name, n):
    if name == "sgd":
        return 0
    elif name in ("momentum", "nag", "adagrad", "rmsprop"):
        return n
    return n + n


@optimizer_memory.equivalent("the names of the arrays")
def _(name, n):
    kept = {"sgd": "", "momentum": "v", "nag": "v", "adagrad": "G", "rmsprop": "s"}
    return sum(np.zeros(n).size for _ in kept.get(name, "mv"))


prediction_adaptive = quiz(
    "prediction_adaptive",
    answer="c",
    a="That is plain gradient descent. Adam divides by √v̂, and v̂ holds the same gradient: what "
    "happens to a quotient when both parts grow a thousandfold?",
    b="The root is taken of the *square* of the gradient, so it undoes the whole factor, not only "
    "its root.",
    d="Dividing by √v̂ undoes the factor 1000 and no more: the numerator m̂ has also grown by this "
    "factor.",
)
