"""Folding a normalization into the layer before it, and counting what it keeps."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise
from autograder.exercises._cases import Rng, call
from autograder.exercises._parts import exercise_in_parts, part
from autograder.exercises.batchnorm.predicting import learned
from reference_impl.layers import batchnorm as reference

# ------------------------------------------------------------------------------- folding
fold_batchnorm = exercise_in_parts(
    "fold_batchnorm",
    reference=reference.fold_batchnorm,
    outputs=("W", "b"),
    minutes=8,
    difficulty=3,
    hint="Put Z = XW + b into γ(Z - mean)/σ + β, and collect the terms with X and the terms "
    "without.",
)


def _layer(rng: Rng, label: str, parts: list[int], shape: tuple[int, int], eps: float) -> Case:
    fan_in, units = shape
    mean_and_so_on = learned(rng, units, 0.2, 3.0)
    b = rng.uniform(0.5, 2, units)
    return part(label, parts, rng.normal(size=(fan_in, units)), b, *mean_and_so_on, eps)


@fold_batchnorm.cases("the weights", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        _layer(rng, "4 inputs, 3 units", [0], (4, 3), 1e-12),
        _layer(rng, "3 inputs, 3 units", [0], (3, 3), 1e-12),
    ]


@fold_batchnorm.cases("the biases", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        _layer(rng, "4 inputs, 3 units", [1], (4, 3), 1e-12),
        _layer(rng, "3 inputs, 3 units", [1], (3, 3), 1e-12),
    ]


@fold_batchnorm.cases("both, and an ε that counts", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        _layer(rng, "2 inputs, 5 units, ε = 0.5", [0, 1], (2, 5), 0.5),
        _layer(rng, "3 inputs, one unit, ε = 0.1", [0, 1], (3, 1), 0.1),
    ]


@fold_batchnorm.misconception(
    "mean forgotten", "In b' the mean is missing: subtract it from b before scaling."
)
def _(W, b, gamma, beta, mean, var, eps):
    scale = gamma / np.sqrt(var + eps)
    return W * scale, b * scale + beta


@fold_batchnorm.misconception(
    "b not scaled",
    "b is not scaled. It is part of Z, and all of Z is multiplied by γ/σ: b as well.",
)
def _(W, b, gamma, beta, mean, var, eps):
    scale = gamma / np.sqrt(var + eps)
    return W * scale, b - mean * scale + beta


@fold_batchnorm.misconception(
    "β scaled", "β is added after the scaling: it does not get the factor γ/σ."
)
def _(W, b, gamma, beta, mean, var, eps):
    scale = gamma / np.sqrt(var + eps)
    return W * scale, (b - mean + beta) * scale


@fold_batchnorm.misconception(
    "mean not scaled",
    "In b' the mean is not scaled: it is subtracted from Z before anything is multiplied by γ/σ.",
)
def _(W, b, gamma, beta, mean, var, eps):
    scale = gamma / np.sqrt(var + eps)
    return W * scale, b * scale - mean + beta


@fold_batchnorm.misconception(
    "mean added", "In b' the mean has the wrong sign: the normalization subtracts it."
)
def _(W, b, gamma, beta, mean, var, eps):
    scale = gamma / np.sqrt(var + eps)
    return W * scale, (b + mean) * scale + beta


@fold_batchnorm.misconception("β forgotten", "In b' β is missing: it is added last.")
def _(W, b, gamma, beta, mean, var, eps):
    scale = gamma / np.sqrt(var + eps)
    return W * scale, (b - mean) * scale


@fold_batchnorm.misconception(
    "bias as it was",
    "Your b' is still b. Put Z = XW + b into the formula: everything without X belongs in b'.",
)
def _(W, b, gamma, beta, mean, var, eps):
    return W * gamma / np.sqrt(var + eps), b.copy()


@fold_batchnorm.misconception(
    "matrix product",
    "@ sums over the units and leaves a vector. Each column of W is multiplied by its own factor: "
    "that is *.",
)
def _(W, b, gamma, beta, mean, var, eps):
    scale = gamma / np.sqrt(var + eps)
    return W @ scale, (b - mean) * scale + beta


@fold_batchnorm.misconception(
    "old bias dropped",
    "The old bias b is missing: mean was measured on Z = XW + b, with b in it.",
)
def _(W, b, gamma, beta, mean, var, eps):
    scale = gamma / np.sqrt(var + eps)
    return W * scale, beta - mean * scale


@fold_batchnorm.misconception(
    "mean taken from the weights",
    "You subtract the mean from W as well: it is subtracted from Z once, and that goes into the "
    "bias.",
)
def _(W, b, gamma, beta, mean, var, eps):
    scale = gamma / np.sqrt(var + eps)
    return (W - mean) * scale, (b - mean) * scale + beta


@fold_batchnorm.misconception(
    "weights not scaled", "Your W' is still W: multiply each column by its unit's γ/σ."
)
def _(W, b, gamma, beta, mean, var, eps):
    return W.copy(), (b - mean) * gamma / np.sqrt(var + eps) + beta


@fold_batchnorm.misconception(
    "rows scaled",
    "You scale the rows of W. Units are columns here: multiply each *column* by its unit's γ/σ.",
)
def _(W, b, gamma, beta, mean, var, eps):
    scale = gamma / np.sqrt(var + eps)
    return W * scale[:, None], (b - mean) * scale + beta


@fold_batchnorm.misconception(
    "γ forgotten", "γ is missing: the factor of each unit is γ/σ, in W' and in b'."
)
def _(W, b, gamma, beta, mean, var, eps):
    std = np.sqrt(var + eps)
    return W / std, (b - mean) / std + beta


@fold_batchnorm.misconception(
    "σ forgotten", "σ is missing: the factor of each unit is γ/σ, in W' and in b'."
)
def _(W, b, gamma, beta, mean, var, eps):
    return W * gamma, (b - mean) * gamma + beta


@fold_batchnorm.misconception(
    "ε outside the root", "You divide by σ + ε: ε belongs inside the root, √(var + ε)."
)
def _(W, b, gamma, beta, mean, var, eps):
    scale = gamma / (np.sqrt(var) + eps)
    return W * scale, (b - mean) * scale + beta


@fold_batchnorm.misconception(
    "no ε",
    "You do not add ε to the variance. It is added for every unit, and not only where the variance "
    "is 0: σ is √(var + ε), in W' and in b'.",
)
def _(W, b, gamma, beta, mean, var, eps):
    scale = gamma / np.sqrt(var)
    return W * scale, (b - mean) * scale + beta


@fold_batchnorm.misconception("no root", "var is a variance: you divide by it without a root.")
def _(W, b, gamma, beta, mean, var, eps):
    scale = gamma / (var + eps)
    return W * scale, (b - mean) * scale + beta


@fold_batchnorm.equivalent("with a diagonal matrix")
def _(W, b, gamma, beta, mean, var, eps):
    D = np.diag(gamma * (var + eps) ** -0.5)
    return [W @ D, b @ D - mean @ D + beta]


@fold_batchnorm.equivalent("unit by unit")
def _(W, b, gamma, beta, mean, var, eps):
    columns, biases = [], []
    for j in range(len(b)):
        s = (var[j] + eps) ** 0.5
        columns.append(W[:, j] * gamma[j] / s)
        biases.append(gamma[j] * (b[j] - mean[j]) / s + beta[j])
    return np.array(columns).T, np.array(biases)


@fold_batchnorm.equivalent("by what comes out")
def _(W, b, gamma, beta, mean, var, eps):
    def both(X):
        return gamma * (X @ W + b - mean) / np.sqrt(var + eps) + beta

    bias = both(np.zeros((1, len(W))))[0]
    return both(np.eye(len(W))) - bias, bias


# ------------------------------------------------------------------------------- counting
batchnorm_parameters = Exercise(
    "batchnorm_parameters",
    reference=reference.batchnorm_parameters,
    outputs=("learned", "tracked"),
    minutes=2,
    difficulty=1,
    hint="Which of γ, β, the running mean and the running variance does gradient descent change?",
)


@batchnorm_parameters.cases("the count", points=1)
def _(rng: Rng) -> list[Case]:
    return [call("1 unit", 1), call("64 units", 64), call("many", int(rng.integers(100, 999)))]


@batchnorm_parameters.misconception(
    "all four learned",
    "Four numbers per unit is right, but not all are learned: no gradient reaches the running mean "
    "and variance.",
)
def _(units):
    return 4 * units, 0


@batchnorm_parameters.misconception(
    "two for the layer",
    "That is for one unit. Each unit has its own: multiply by the number of units.",
)
def _(units):
    return 2, 2


@batchnorm_parameters.misconception(
    "one of each", "Count again: two kinds of numbers are learned, and two kinds are tracked."
)
def _(units):
    return units, units


@batchnorm_parameters.misconception(
    "one number", "You return the total: return two numbers, learned and tracked."
)
def _(units):
    return 4 * units


@batchnorm_parameters.equivalent("by adding")
def _(units):
    return units + units, units + units


@batchnorm_parameters.equivalent("by the arrays")
def _(units):
    gamma, beta, mean, variance = np.ones((4, units))
    return [gamma.size + beta.size, mean.size + variance.size]
