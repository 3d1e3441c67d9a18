"""Notebook 10: the lasso, in many small steps."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.exercise import Case, Exercise
from autograder.exercises._cases import Rng, call
from autograder.exercises.shrinkage import design
from reference_impl import regularization as reference

NOTEBOOK = "10_regularization"

lasso_fit = Exercise(
    "lasso_fit",
    reference=reference.lasso_fit,
    hint="Each step: a gradient step on the squared errors with η = 1/λ_max(XᵀX), then "
    "soft_threshold of the result by η·λ.",
    minutes=15,
    difficulty=4,
)


def _sparse_problem(rng: Rng, n: int = 10, d: int = 4) -> tuple[Any, Any]:
    """Some weights are 0 at the solution, and some are not."""
    X = design(rng, n, d)
    w = rng.uniform(1.5, 2.5, d) * rng.choice((-1.0, 1.0), d) * (np.arange(d) % 2)
    return X, X @ w + 0.2 * rng.normal(size=n)


@lasso_fit.cases("the first steps", points=1)
def _(rng: Rng) -> list[Case]:
    X, y = _sparse_problem(rng)
    return [
        call("one step from w = 0", X, y, 1.0, 1),
        call("three steps", X, y, 1.0, 3),
        call("one column, two steps", np.array([[1.0], [2.0]]), np.array([2.0, 4.0]), 5.0, 2),
    ]


@lasso_fit.cases("at the minimum", points=2)
def _(rng: Rng) -> list[Case]:
    X, y = _sparse_problem(rng)
    tall, of_tall = _sparse_problem(rng, 20, 5)
    return [
        call("400 steps, λ = 2", X, y, 2.0, 400),
        call("400 steps, 5 columns, λ = 0.5", tall, of_tall, 0.5, 400),
        call("λ = 0: least squares", X, y, 0.0, 400),
        call("λ so large that all weights are 0", X, y, 1.5 * float(np.abs(X.T @ y).max()), 400),
    ]


@lasso_fit.misconception(
    "threshold λ",
    "You threshold by λ: the step had the length η, so the threshold is η·λ.",
)
def _(X, y, lam, steps):
    eta = 1 / np.linalg.norm(X, 2) ** 2
    w = np.zeros(X.shape[1])
    for _ in range(steps):
        u = w - eta * X.T @ (X @ w - y)
        w = np.sign(u) * np.maximum(np.abs(u) - lam, 0)
    return w


@lasso_fit.misconception(
    "gradient without ½",
    "Your gradient is 2Xᵀ(Xw - y): the loss here is *half* the squared errors, so the 2 cancels.",
)
def _(X, y, lam, steps):
    eta = 1 / np.linalg.norm(X, 2) ** 2
    w = np.zeros(X.shape[1])
    for _ in range(steps):
        u = w - eta * 2 * X.T @ (X @ w - y)
        w = np.sign(u) * np.maximum(np.abs(u) - eta * lam, 0)
    return w


@lasso_fit.misconception(
    "singular value not squared",
    "Your η is 1 over the largest singular value of X. The largest eigenvalue of XᵀX is its "
    "square.",
)
def _(X, y, lam, steps):
    eta = 1 / np.linalg.norm(X, 2)
    w = np.zeros(X.shape[1])
    for _ in range(steps):
        u = w - eta * X.T @ (X @ w - y)
        w = np.sign(u) * np.maximum(np.abs(u) - eta * lam, 0)
    return w


@lasso_fit.misconception(
    "Frobenius norm",
    "np.linalg.norm(X) is the root of the sum of all squares, which is too large here: with the "
    "argument 2 it is the largest singular value.",
)
def _(X, y, lam, steps):
    eta = 1 / np.linalg.norm(X) ** 2
    w = np.zeros(X.shape[1])
    for _ in range(steps):
        u = w - eta * X.T @ (X @ w - y)
        w = np.sign(u) * np.maximum(np.abs(u) - eta * lam, 0)
    return w


@lasso_fit.misconception(
    "subgradient descent",
    "You add λ·sign(w) to the gradient. Then weights tremble around 0 and never stay there: after "
    "the gradient step of the squares alone, use soft_threshold.",
)
def _(X, y, lam, steps):
    eta = 1 / np.linalg.norm(X, 2) ** 2
    w = np.zeros(X.shape[1])
    for _ in range(steps):
        w = w - eta * (X.T @ (X @ w - y) + lam * np.sign(w))
    return w


@lasso_fit.misconception(
    "threshold only at the end",
    "You threshold once, after all steps: it belongs into the loop, after each gradient step.",
)
def _(X, y, lam, steps):
    eta = 1 / np.linalg.norm(X, 2) ** 2
    w = np.zeros(X.shape[1])
    for _ in range(steps):
        w = w - eta * X.T @ (X @ w - y)
    return np.sign(w) * np.maximum(np.abs(w) - eta * lam, 0)


@lasso_fit.misconception(
    "threshold before the step",
    "You threshold first and step then, so the step moves weights away from 0 again. First the "
    "gradient step, then the threshold.",
)
def _(X, y, lam, steps):
    eta = 1 / np.linalg.norm(X, 2) ** 2
    w = np.zeros(X.shape[1])
    for _ in range(steps):
        w = np.sign(w) * np.maximum(np.abs(w) - eta * lam, 0)
        w = w - eta * X.T @ (X @ w - y)
    return w


@lasso_fit.misconception(
    "hard threshold",
    "What survives your threshold keeps its size: that is the hard threshold. Use soft_threshold, "
    "which shortens it by η·λ.",
)
def _(X, y, lam, steps):
    eta = 1 / np.linalg.norm(X, 2) ** 2
    w = np.zeros(X.shape[1])
    for _ in range(steps):
        u = w - eta * X.T @ (X @ w - y)
        w = np.where(np.abs(u) > eta * lam, u, 0.0)
    return w


@lasso_fit.misconception(
    "one step only", "You leave after one step: is the `return` inside the loop?"
)
def _(X, y, lam, steps):
    eta = 1 / np.linalg.norm(X, 2) ** 2
    u = eta * X.T @ y
    return np.sign(u) * np.maximum(np.abs(u) - eta * lam, 0)


@lasso_fit.equivalent("with XᵀX made once")
def _(X, y, lam, steps):
    gram, xy = X.T @ X, X.T @ y
    largest = np.linalg.eigvalsh(gram)[-1]
    w = np.zeros(len(xy))
    for _ in range(steps):
        u = w - (gram @ w - xy) / largest
        w = u - np.clip(u, -lam / largest, lam / largest)
    return w


@lasso_fit.equivalent("weight by weight")
def _(X, y, lam, steps):
    eta = 1 / max(np.linalg.eigvalsh(X.T @ X))
    w = np.zeros(X.shape[1])
    for _ in range(steps):
        error = X @ w - y
        new = []
        for j in range(X.shape[1]):
            u = w[j] - eta * np.sum(X[:, j] * error)
            size = max(abs(u) - eta * lam, 0.0)
            new.append(size if u > 0 else -size)
        w = np.array(new)
    return w
