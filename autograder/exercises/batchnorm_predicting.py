"""Notebook 08: what is tracked while training, predicting with it, folding it away, counting it."""

from __future__ import annotations

import numpy as np

from autograder.drive import Call, Previous
from autograder.exercise import Case, Exercise
from autograder.exercises._cases import Rng, call
from autograder.exercises._parts import exercise_in_parts, part
from reference_impl.layers import batchnorm as reference

NOTEBOOK = "08_batchnorm"

# ------------------------------------------------------------------------------- tracking
update_running = Exercise(
    "update_running",
    reference=reference.update_running,
    minutes=3,
    difficulty=1,
    hint="A moving average: decay times the old, and the rest of the weight for the new.",
)


@update_running.cases("batch after batch", points=1)
def _(rng: Rng) -> list[Case]:
    decays = (0.9, 0.99, 0.6, 0.8)
    batches = rng.normal(size=(4, 3))
    start = Call((np.zeros(3), batches[0], decays[0]))
    onwards = zip(batches[1:], decays[1:], strict=True)
    return [
        call("3 units, decay 0.9", rng.normal(size=3), rng.normal(size=3), 0.9),
        call("variances of one unit, decay 0.99", np.ones(1), rng.uniform(1, 5, 1), 0.99),
        Case("four batches from 0", (start, *(Call((Previous(), b, d)) for b, d in onwards))),
    ]


@update_running.misconception(
    "decay for the new",
    "decay and 1-decay are swapped: decay is the weight of the *old* value. (In PyTorch `momentum` "
    "is the weight of the new one; with that, yours would be right.)",
)
def _(running, new, decay):
    return (1 - decay) * running + decay * new


@update_running.misconception(
    "new added whole", "The new value is added whole: its weight is 1-decay, so that both sum to 1."
)
def _(running, new, decay):
    return decay * running + new


@update_running.misconception("memory dropped", "The old value is gone: decay·running is missing.")
def _(running, new, decay):
    return (1 - decay) * new


@update_running.misconception(
    "halfway", "You take the middle of both: use decay and 1-decay as their weights."
)
def _(running, new, decay):
    return (running + new) / 2


@update_running.equivalent("a step towards the new")
def _(running, new, decay):
    return running + (1 - decay) * (new - running)


@update_running.equivalent("number by number")
def _(running, new, decay):
    return [decay * r + (1 - decay) * x for r, x in zip(running, new, strict=True)]


# ------------------------------------------------------------------------------- predicting
batchnorm_inference = Exercise(
    "batchnorm_inference",
    reference=reference.batchnorm_inference,
    minutes=5,
    difficulty=2,
    hint="The formula of training, with running_mean and running_var in place of the batch's.",
)


def _learned(rng: Rng, d: int, low: float, high: float) -> tuple[np.ndarray, ...]:
    """γ, β, a running mean, and a running variance between two limits."""
    gamma = rng.uniform(1.5, 3.0, d)
    beta = rng.uniform(0.5, 2.0, d) * rng.choice((-1.0, 1.0), d)
    return gamma, beta, rng.uniform(-2, 2, d), rng.uniform(low, high, d)


@batchnorm_inference.cases("ε next to nothing", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        call("5 samples of 3 units", rng.normal(size=(5, 3)), *_learned(rng, 3, 2, 5), 1e-12),
        call("4 samples of 4 units", rng.normal(size=(4, 4)), *_learned(rng, 4, 0.1, 0.5), 1e-12),
    ]


@batchnorm_inference.cases("one sample, and an ε that counts", points=1)
def _(rng: Rng) -> list[Case]:
    constant = (*_learned(rng, 2, 1, 2)[:3], np.array([0.0, 2.0]))
    return [
        call("one sample, ε = 0.5", rng.normal(size=(1, 3)), *_learned(rng, 3, 0.2, 2), 0.5),
        call("6 samples of one unit", rng.normal(size=(6, 1)), *_learned(rng, 1, 0.2, 2), 0.1),
        call("a running variance of 0", rng.normal(size=(3, 2)), *constant, 1e-3),
    ]


@batchnorm_inference.misconception(
    "statistics of the batch",
    "You use the mean and variance of the X that came in. When predicting, a sample must not "
    "depend on its company: take running_mean and running_var. (A single sample is its own mean: "
    "yours gives β for it, whatever it is.)",
)
def _(X, gamma, beta, running_mean, running_var, eps):
    return gamma * (X - X.mean(axis=0)) / np.sqrt(X.var(axis=0) + eps) + beta


@batchnorm_inference.misconception(
    "mean of the batch", "The mean is still that of the batch: subtract running_mean."
)
def _(X, gamma, beta, running_mean, running_var, eps):
    return gamma * (X - X.mean(axis=0)) / np.sqrt(running_var + eps) + beta


@batchnorm_inference.misconception(
    "ε outside the root",
    "You divide by σ + ε: here as in training, ε stands inside the root, √(running_var + ε).",
)
def _(X, gamma, beta, running_mean, running_var, eps):
    return gamma * (X - running_mean) / (np.sqrt(running_var) + eps) + beta


@batchnorm_inference.misconception(
    "no ε", "ε is missing: the same σ as in training, √(running_var + ε)."
)
def _(X, gamma, beta, running_mean, running_var, eps):
    return gamma * (X - running_mean) / np.sqrt(running_var) + beta


@batchnorm_inference.misconception(
    "no root", "running_var is a variance: you divide by it without taking the root."
)
def _(X, gamma, beta, running_mean, running_var, eps):
    return gamma * (X - running_mean) / (running_var + eps) + beta


@batchnorm_inference.misconception(
    "not scaled and shifted",
    "γ and β are missing. What was learned belongs to the layer when predicting, too.",
)
def _(X, gamma, beta, running_mean, running_var, eps):
    return (X - running_mean) / np.sqrt(running_var + eps)


@batchnorm_inference.misconception(
    "normalized twice",
    "You normalize X by its own batch first, and then by the running statistics: the second is all "
    "there is when predicting.",
)
def _(X, gamma, beta, running_mean, running_var, eps):
    x_hat = (X - X.mean(axis=0)) / np.sqrt(X.var(axis=0) + eps)
    return gamma * (x_hat - running_mean) / np.sqrt(running_var + eps) + beta


@batchnorm_inference.equivalent("as one line a unit")
def _(X, gamma, beta, running_mean, running_var, eps):
    slope = gamma * (running_var + eps) ** -0.5
    return X * slope + (beta - running_mean * slope)


@batchnorm_inference.equivalent("sample by sample")
def _(X, gamma, beta, running_mean, running_var, eps):
    std = np.sqrt(running_var + eps)
    return [beta + (x - running_mean) / std * gamma for x in X]


# ------------------------------------------------------------------------------- folding
fold_batchnorm = exercise_in_parts(
    "fold_batchnorm",
    reference=reference.fold_batchnorm,
    outputs=("W", "b"),
    minutes=8,
    difficulty=3,
    hint="With Z = XW + b put into γ(Z - mean)/σ + β, collect what multiplies X and what does not.",
)


def _layer(rng: Rng, label: str, parts: list[int], shape: tuple[int, int], eps: float) -> Case:
    fan_in, units = shape
    mean_and_so_on = _learned(rng, units, 0.2, 3.0)
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
    "mean forgotten", "In b' the mean is missing: it is taken from b before scaling."
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
    "old bias dropped",
    "The old bias b has got lost: mean was measured on Z = XW + b, with b in it.",
)
def _(W, b, gamma, beta, mean, var, eps):
    scale = gamma / np.sqrt(var + eps)
    return W * scale, beta - mean * scale


@fold_batchnorm.misconception(
    "mean taken from the weights",
    "You take the mean from W as well: it is subtracted from Z once, and that belongs in the bias.",
)
def _(W, b, gamma, beta, mean, var, eps):
    scale = gamma / np.sqrt(var + eps)
    return (W - mean) * scale, (b - mean) * scale + beta


@fold_batchnorm.misconception(
    "weights not scaled", "Your W' is still W: each column of it gets its unit's γ/σ."
)
def _(W, b, gamma, beta, mean, var, eps):
    return W.copy(), (b - mean) * gamma / np.sqrt(var + eps) + beta


@fold_batchnorm.misconception(
    "rows scaled",
    "You scale the rows of W. Units are columns here: each *column* gets its unit's γ/σ.",
)
def _(W, b, gamma, beta, mean, var, eps):
    scale = gamma / np.sqrt(var + eps)
    return W * scale[:, None], (b - mean) * scale + beta


@fold_batchnorm.misconception("γ forgotten", "γ is missing: the factor of each unit is γ/σ.")
def _(W, b, gamma, beta, mean, var, eps):
    std = np.sqrt(var + eps)
    return W / std, (b - mean) / std + beta


@fold_batchnorm.misconception(
    "ε outside the root", "You divide by σ + ε: ε stands inside the root, √(var + ε)."
)
def _(W, b, gamma, beta, mean, var, eps):
    scale = gamma / (np.sqrt(var) + eps)
    return W * scale, (b - mean) * scale + beta


@fold_batchnorm.misconception("no ε", "ε is missing: σ is √(var + ε), as in training.")
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
    "Four numbers a unit is right, but not all are learned: no gradient reaches the running mean "
    "and variance.",
)
def _(units):
    return 4 * units, 0


@batchnorm_parameters.misconception(
    "two for the layer", "That is for one unit. Each unit has its own: multiply by their number."
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
