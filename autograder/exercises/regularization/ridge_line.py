"""A line whose slope has a price."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise
from autograder.exercises._cases import Rng, call
from reference_impl import regularization as reference

ridge_line_loss = Exercise(
    "ridge_line_loss",
    reference=reference.ridge_line_loss,
    hint="Σ(y - m·x - b)² + λ·m²: the errors are squared and summed, and the slope is squared.",
    minutes=6,
    difficulty=1,
)


@ridge_line_loss.cases("two lines at two points", points=1)
def _(rng: Rng) -> list[Case]:
    x, y = np.array([1.0, 3.0]), np.array([2.3, 5.3])
    return [
        call("the line through both points, λ = 1", 1.5, 0.8, x, y, 1.0),
        call("the flatter line, λ = 1", 0.9, 1.5, x, y, 1.0),
        call("the flatter line, λ = 3", 0.9, 1.5, x, y, 3.0),
    ]


@ridge_line_loss.cases("other lines, other points", points=1)
def _(rng: Rng) -> list[Case]:
    x, y = rng.normal(2.0, 1.0, (2, 7))
    return [
        call("seven points, λ = 0.7", float(rng.uniform(1.2, 2)), 0.4, x, y, 0.7),
        call("a falling line", -float(rng.uniform(1.2, 2)), 0.5, x, y, 2.0),
        call("one point, λ = 0", 0.5, 1.0, x[:1], y[:1], 0.0),
    ]


@ridge_line_loss.misconception(
    "intercept penalised",
    "You penalise the intercept b as well: only the slope m costs anything here. A line may lie as "
    "high as the data do.",
)
def _(m, b, x, y, lam):
    return np.sum((y - m * x - b) ** 2) + lam * (m**2 + b**2)


@ridge_line_loss.misconception("slope not squared", "The penalty is λ times the *square* of m.")
def _(m, b, x, y, lam):
    return np.sum((y - m * x - b) ** 2) + lam * m


@ridge_line_loss.misconception(
    "absolute slope",
    "You penalise |m|: that is the lasso's penalty, which comes later. Ridge takes the square.",
)
def _(m, b, x, y, lam):
    return np.sum((y - m * x - b) ** 2) + lam * abs(m)


@ridge_line_loss.misconception(
    "λ squared", "You square λ together with m: mind the brackets, only m is squared."
)
def _(m, b, x, y, lam):
    return np.sum((y - m * x - b) ** 2) + (lam * m) ** 2


@ridge_line_loss.misconception(
    "mean of the errors", "You take the mean of the squared errors: here they are summed."
)
def _(m, b, x, y, lam):
    return np.mean((y - m * x - b) ** 2) + lam * m**2


@ridge_line_loss.misconception(
    "penalty for each point",
    "The penalty stands inside the sum, so it is added once for each point: add it once, outside.",
)
def _(m, b, x, y, lam):
    return np.sum((y - m * x - b) ** 2 + lam * m**2)


@ridge_line_loss.misconception(
    "penalty subtracted", "You subtract the penalty: steep lines then become cheaper. Add it."
)
def _(m, b, x, y, lam):
    return np.sum((y - m * x - b) ** 2) - lam * m**2


@ridge_line_loss.misconception(
    "no penalty", "These are the squared errors alone: the term with λ is missing."
)
def _(m, b, x, y, lam):
    return np.sum((y - m * x - b) ** 2)


@ridge_line_loss.misconception(
    "half of the errors",
    "There is a factor ½ too many before the squared errors: here they are summed as they are.",
)
def _(m, b, x, y, lam):
    return 0.5 * np.sum((y - m * x - b) ** 2) + lam * m**2


@ridge_line_loss.misconception(
    "half of everything",
    "You return half of the loss: nothing here has a factor ½.",
)
def _(m, b, x, y, lam):
    return 0.5 * (np.sum((y - m * x - b) ** 2) + lam * m**2)


@ridge_line_loss.misconception(
    "errors not squared",
    "You add the sizes of the errors, |y - mx - b|: here each error is squared.",
)
def _(m, b, x, y, lam):
    return np.sum(np.abs(y - m * x - b)) + lam * m**2


@ridge_line_loss.misconception(
    "square of the sum",
    "You sum the errors first and square afterwards, so that errors of opposite signs cancel: "
    "square each error, then sum.",
)
def _(m, b, x, y, lam):
    return np.sum(y - m * x - b) ** 2 + lam * m**2


@ridge_line_loss.equivalent("point by point")
def _(m, b, x, y, lam):
    total = lam * m * m
    for xi, yi in zip(x, y, strict=True):
        total += (m * xi + b - yi) ** 2
    return total


@ridge_line_loss.equivalent("as a product")
def _(m, b, x, y, lam):
    residual = y - (m * x + b)
    return residual @ residual + lam * m**2
