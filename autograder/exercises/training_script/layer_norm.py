"""Layer normalization."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise
from autograder.exercises._cases import Rng, call
from reference_impl.layers import layernorm as reference

layer_norm = Exercise(
    "layer_norm",
    reference=reference.layer_norm,
    hint="Mean and variance of each *row*: axis=1, with keepdims=True so that they stand as a "
    "column beside X.",
    minutes=8,
    difficulty=2,
)


def rows(label: str, rng: Rng, n: int, d: int, eps: float = 1e-5, scale: float = 1.0) -> Case:
    """Rows of different means and spreads."""
    X = scale * (rng.normal(size=(n, d)) * rng.uniform(0.5, 3, (n, 1)) + rng.normal(size=(n, 1)))
    return call(label, X, rng.uniform(0.5, 2, d), rng.normal(size=d), eps)


@layer_norm.cases("rows", points=2)
def _(rng: Rng) -> list[Case]:
    return [
        rows("4 rows of 6", rng, 4, 6),
        rows("5 rows of 5", rng, 5, 5),
        rows("3 rows of 2", rng, 3, 2),
    ]


@layer_norm.cases("ε, and rows that hardly vary", points=1)
def _(rng: Rng) -> list[Case]:
    same = np.full((1, 4), rng.uniform(1, 2))
    gamma, beta = rng.uniform(0.5, 2, 4), rng.normal(size=4)
    return [
        rows("3 rows of 5, ε = 0.5", rng, 3, 5, 0.5),
        rows("4 rows of 3, spread about 0.001", rng, 4, 3, 1e-5, 1e-3),
        call("a row of equal values", same, gamma, beta, 1e-5),
    ]


@layer_norm.cases("one row is enough", points=1)
def _(rng: Rng) -> list[Case]:
    return [rows("1 row of 7", rng, 1, 7), rows("1 row of 4, ε = 0.1", rng, 1, 4, 0.1)]


@layer_norm.misconception(
    "columns",
    "You normalize columns: that is *batch* normalization. Layer normalization takes the mean and "
    "the variance of each row: axis=1.",
)
def _(X, gamma, beta, eps):
    return gamma * (X - X.mean(axis=0)) / np.sqrt(X.var(axis=0) + eps) + beta


@layer_norm.misconception(
    "one mean for all",
    "You take one mean and one variance for the whole array. Each row has its own: axis=1.",
)
def _(X, gamma, beta, eps):
    return gamma * (X - X.mean()) / np.sqrt(X.var() + eps) + beta


@layer_norm.misconception(
    "sample variance",
    "Your variance divides by d - 1. Layer normalization divides by d: leave ddof at 0.",
)
def _(X, gamma, beta, eps):
    d = X.shape[1]
    centred = X - X.mean(axis=1, keepdims=True)
    var = np.sum(centred**2, axis=1, keepdims=True) / max(d - 1, 1)
    return gamma * centred / np.sqrt(var + eps) + beta


@layer_norm.misconception(
    "ε outside the root",
    "ε stands outside your root. It belongs inside: √(var + ε).",
)
def _(X, gamma, beta, eps):
    centred = X - X.mean(axis=1, keepdims=True)
    return gamma * centred / (X.std(axis=1, keepdims=True) + eps) + beta


@layer_norm.misconception(
    "without ε",
    "You do not add ε to the variance. It is added in every row, and not only where the variance "
    "is 0: √(var + ε).",
)
def _(X, gamma, beta, eps):
    std = X.std(axis=1, keepdims=True)
    return gamma * (X - X.mean(axis=1, keepdims=True)) / np.where(std > 0, std, 1.0) + beta


@layer_norm.misconception(
    "divided by the variance",
    "You divide by the variance. Divide by its square root.",
)
def _(X, gamma, beta, eps):
    centred = X - X.mean(axis=1, keepdims=True)
    return gamma * centred / (X.var(axis=1, keepdims=True) + eps) + beta


@layer_norm.misconception(
    "not shifted",
    "You only divide: the mean of each row has to be subtracted first. (Without the mean, and with "
    "the mean of the squares, it is RMS normalization.)",
)
def _(X, gamma, beta, eps):
    return gamma * X / np.sqrt(X.var(axis=1, keepdims=True) + eps) + beta


@layer_norm.misconception(
    "RMS normalization",
    "You divide by the root of the mean square, and subtract no mean: that is RMS normalization, "
    "a younger relative. Here the mean of the row is subtracted.",
)
def _(X, gamma, beta, eps):
    return gamma * X / np.sqrt(np.mean(X**2, axis=1, keepdims=True) + eps) + beta


@layer_norm.misconception("γ and β exchanged", "γ multiplies and β is added: yours are exchanged.")
def _(X, gamma, beta, eps):
    centred = X - X.mean(axis=1, keepdims=True)
    return beta * centred / np.sqrt(X.var(axis=1, keepdims=True) + eps) + gamma


@layer_norm.misconception("β left out", "β is missing: it is added at the end.")
def _(X, gamma, beta, eps):
    centred = X - X.mean(axis=1, keepdims=True)
    return gamma * centred / np.sqrt(X.var(axis=1, keepdims=True) + eps)


@layer_norm.misconception("γ left out", "γ is missing: it multiplies what was normalized.")
def _(X, gamma, beta, eps):
    centred = X - X.mean(axis=1, keepdims=True)
    return centred / np.sqrt(X.var(axis=1, keepdims=True) + eps) + beta


@layer_norm.misconception(
    "γ and β left out",
    "You normalize, and leave out γ and β: out = γ · normalized + β.",
)
def _(X, gamma, beta, eps):
    centred = X - X.mean(axis=1, keepdims=True)
    return centred / np.sqrt(X.var(axis=1, keepdims=True) + eps)


@layer_norm.misconception(
    "brackets round γ and β",
    "You add β before you multiply by γ. First γ times the normalized row, then plus β.",
)
def _(X, gamma, beta, eps):
    centred = X - X.mean(axis=1, keepdims=True)
    return gamma * (centred / np.sqrt(X.var(axis=1, keepdims=True) + eps) + beta)


@layer_norm.misconception(
    "keepdims forgotten",
    "Your means have the shape (n,), and NumPy lays them along a row: each column gets the mean of "
    "another sample, or the shapes do not fit. Keep the axis: keepdims=True.",
)
def _(X, gamma, beta, eps):
    return gamma * (X - X.mean(axis=1)) / np.sqrt(X.var(axis=1) + eps) + beta


@layer_norm.equivalent("through the transposed array")
def _(X, gamma, beta, eps):
    Z = X.T
    return ((Z - Z.mean(0)) / np.sqrt(Z.var(0) + eps)).T * gamma + beta


@layer_norm.equivalent("row by row")
def _(X, gamma, beta, eps):
    out = np.empty(X.shape)
    for i, row in enumerate(X):
        mean = sum(row) / len(row)
        var = sum((x - mean) ** 2 for x in row) / len(row)
        out[i] = gamma * (row - mean) * (var + eps) ** -0.5 + beta
    return out
